//! The plain data around grants, issue logs and restores that stores take and give.

use chitty_client::error::Code;

/// What a grant is asked for.
pub struct GrantOrder<'a> {
    /// The fallback's name.
    pub fallback: &'a str,
    /// Its key.
    pub thumbprint: &'a str,
    /// Months, each of which gets the same cycles. The first one is the present one.
    pub months: &'a [String],
    /// How many cycles, before any that are added because those are nearly used up.
    pub cycles: u32,
    /// How many ids of one kind a cycle holds.
    pub per_cycle: u64,
    /// Months and cycles of grants that main signed for this key.
    pub shown: &'a [(String, String)],
    /// For how long after a restore nothing is given but what is shown, in milliseconds.
    pub window: i64,
    /// The grant's own name.
    pub jti: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// What is closed after a restore of main's database.
pub struct RestoreOrder<'a> {
    /// Slots that may have been used since the backup.
    pub families: &'a [String],
    /// Months whose cycles may have been given out since the backup.
    pub months: &'a [String],
    /// Milliseconds since 1970.
    pub now: i64,
}

/// How far a key's issue log was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Which log: the fallback's epoch.
    pub log: String,
    /// The last place.
    pub acknowledged: i64,
}

/// What main answered to entries of an issue log.
pub struct Uploaded<'a> {
    /// Main's epoch, when it said one.
    pub main_epoch: Option<&'a str>,
    /// The last place of a page; `None` for entries that were sent again.
    pub through: Option<i64>,
    /// The places that were sent.
    pub sent: &'a [i64],
    /// Those that main refuses, with its code; without one from a main that says only how many.
    pub refused: &'a [(i64, Option<Code>)],
    /// Main's acknowledgement.
    pub acknowledgement: Option<&'a str>,
    /// Milliseconds since 1970.
    pub now: i64,
}
