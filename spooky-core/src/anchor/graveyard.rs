//! The revoked anchors of a broker: a set that only grows. Where it is stored is the broker's
//! business; whoever loads it hands every entry to [`Graveyard::bury`] again.

use std::collections::BTreeSet;

use super::AnchorCommitment;

/// Commitments of revoked anchors. There is no way to take one out.
///
/// ```
/// use spooky_core::anchor::{AnchorCommitment, Graveyard};
/// let anchor = AnchorCommitment::from_bytes([7; 32]);
/// let mut graveyard = Graveyard::default();
/// assert!(graveyard.bury(anchor));
/// assert!(!graveyard.bury(anchor), "it was there already");
/// assert!(graveyard.contains(&anchor));
/// ```
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Graveyard(BTreeSet<AnchorCommitment>);

impl Graveyard {
    /// Adds a commitment; answers whether it is new.
    pub fn bury(&mut self, commitment: AnchorCommitment) -> bool {
        self.0.insert(commitment)
    }

    /// Whether the anchor is revoked.
    pub fn contains(&self, commitment: &AnchorCommitment) -> bool {
        self.0.contains(commitment)
    }

    /// All of them, ascending: what a snapshot lists.
    pub fn iter(&self) -> impl Iterator<Item = AnchorCommitment> + '_ {
        self.0.iter().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<AnchorCommitment> for Graveyard {
    fn extend<I: IntoIterator<Item = AnchorCommitment>>(&mut self, commitments: I) {
        self.0.extend(commitments);
    }
}

impl core::fmt::Debug for Graveyard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Graveyard")
            .field("len", &self.len())
            .finish()
    }
}
