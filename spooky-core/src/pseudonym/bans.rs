//! A site's list of unwanted tags: a set of one host. It can neither hold nor answer anything about
//! tags of other hosts. Where it is stored is the site's business.

use std::collections::BTreeSet;

use super::{Host, Tag};
use crate::Error;

/// Tags that one site turns away. They hold after renewal, since renewed credentials keep their
/// tags (`decisions.md` D12).
#[derive(Clone, PartialEq, Eq)]
pub struct BanSet {
    host: Host,
    tags: BTreeSet<[u8; Tag::BYTES]>,
}

impl BanSet {
    /// An empty set for the site `host`.
    pub fn new(host: Host) -> Self {
        Self {
            host,
            tags: BTreeSet::new(),
        }
    }

    /// Bans a tag; answers whether it is new.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a tag of another site.
    pub fn ban(&mut self, tag: &Tag) -> Result<bool, Error> {
        self.check(tag)?;
        Ok(self.tags.insert(tag.to_bytes()))
    }

    /// Lifts a ban; answers whether there was one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a tag of another site.
    pub fn lift(&mut self, tag: &Tag) -> Result<bool, Error> {
        self.check(tag)?;
        Ok(self.tags.remove(&tag.to_bytes()))
    }

    /// Whether the tag is banned.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a tag of another site: the caller mixed something up, and neither
    /// answer would be safe.
    pub fn contains(&self, tag: &Tag) -> Result<bool, Error> {
        self.check(tag)?;
        Ok(self.tags.contains(&tag.to_bytes()))
    }

    /// The site.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// All banned tags, ascending, for the site's store.
    pub fn iter(&self) -> impl Iterator<Item = &[u8; Tag::BYTES]> {
        self.tags.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    fn check(&self, tag: &Tag) -> Result<(), Error> {
        if tag.host() == &self.host {
            Ok(())
        } else {
            Err(Error::Unsupported("tag of another site"))
        }
    }
}

impl core::fmt::Debug for BanSet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BanSet").field("len", &self.len()).finish()
    }
}
