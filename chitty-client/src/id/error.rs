//! Why a text is not a ChittyID: the segment and what was found there, never what the check
//! character should have been.

/// A segment of an id, in the words of its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Segment {
    /// Segment 1 of SecureFallback.
    IssuerPrefix,
    /// Segment 1 of Canonical.
    Version,
    /// Segment 2 of SecureFallback.
    Domain,
    /// Segment 2 of Canonical.
    Region,
    /// Segment 3 of SecureFallback.
    Namespace,
    /// Segment 3 of Canonical.
    Jurisdiction,
    /// Segment 4.
    Sequence,
    /// Segment 5.
    EntityType,
    /// Segment 6.
    YearMonth,
    /// Segment 7 of SecureFallback.
    Cycle,
    /// Segment 7 of Canonical.
    TrustLevel,
    /// Segment 8.
    Check,
}

impl Segment {
    /// The segment's name and its place, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::IssuerPrefix => "issuer prefix (segment 1)",
            Self::Version => "version (segment 1)",
            Self::Domain => "domain (segment 2)",
            Self::Region => "region (segment 2)",
            Self::Namespace => "namespace (segment 3)",
            Self::Jurisdiction => "jurisdiction (segment 3)",
            Self::Sequence => "sequence (segment 4)",
            Self::EntityType => "entity type (segment 5)",
            Self::YearMonth => "year and month (segment 6)",
            Self::Cycle => "cycle (segment 7)",
            Self::TrustLevel => "trust level (segment 7)",
            Self::Check => "check (segment 8)",
        }
    }
}

/// Why a text is not a ChittyID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// No profile has ids of this length.
    #[error("a ChittyID has 22 or 25 characters, this text has {found} bytes")]
    Length {
        /// Bytes found.
        found: usize,
    },
    /// There are fewer than eight segments.
    #[error("the {} is missing", segment.describe())]
    Missing {
        /// The first segment that is missing.
        segment: Segment,
    },
    /// A segment has another number of characters than its profile says.
    #[error("the {} has {found} characters instead of {expected}", segment.describe())]
    Width {
        /// Which segment.
        segment: Segment,
        /// Characters found.
        found: usize,
        /// Characters expected.
        expected: usize,
    },
    /// A segment has a character that is not allowed there.
    #[error("the {} cannot hold {found:?}", segment.describe())]
    Character {
        /// Which segment.
        segment: Segment,
        /// The first character that is not allowed.
        found: char,
    },
    /// The two check digits of a Canonical id do not fit its other segments.
    #[error("the check digits (segment 8) do not fit the other segments; this looks like a typo")]
    Check,
}
