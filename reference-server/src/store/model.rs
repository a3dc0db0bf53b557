//! The plain data that stores take and give. No behaviour beyond small questions about it.
//!
//! Types with ids, receipts or metadata have no `Debug`, so that they cannot slip into logs.

use chitty_client::{error::Code, issuance::receipt::CheckedReceipt};

/// A counter with its end.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The counter's name.
    pub name: String,
    /// How many ids it has.
    pub capacity: u64,
    /// The slots that are closed together with it: a prefix in a month.
    pub family: String,
}

/// How much a tenant may take today.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Ids per UTC day; `None` is unlimited.
    pub daily: Option<u64>,
}

/// A freshly made id.
#[derive(Clone)]
pub struct Minted {
    /// The id.
    pub identifier: String,
    /// Its receipt.
    pub receipt: String,
}

/// An answer to an intent.
#[derive(Clone)]
pub struct Answer {
    /// The id.
    pub identifier: String,
    /// Its receipt.
    pub receipt: String,
    /// Whether it was given before.
    pub repeated: bool,
    /// When the fallback ids were issued that this answer settled, beside the one that was brought, in
    /// milliseconds since 1970.
    pub settled: Vec<i64>,
}

/// What became of the entries of an issue log.
#[derive(Default)]
pub struct Logged {
    /// How many main knows now.
    pub known: usize,
    /// When those were issued that an answer of before settled, in milliseconds since 1970.
    pub settled: Vec<i64>,
    /// What became of each, in order.
    pub outcomes: Vec<LogOutcome>,
}

/// What became of one entry of an issue log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOutcome {
    /// Main knew it.
    Known,
    /// Main knows it now.
    New,
    /// Main does not take it, for now.
    Refused(Code),
}

/// An intent that main is asked to answer.
pub struct NewIntent<'a> {
    /// Who asks.
    pub tenant: &'a str,
    /// Digest of the idempotency key, base64url.
    pub idk: &'a str,
    /// What is asked for.
    pub fingerprint: [u8; 32],
    /// The salted digest, base64url: tells sameness when only a fallback's log knows the intent.
    pub rqd: &'a str,
    /// The request's metadata as JSON.
    pub metadata: &'a str,
    /// Where the id comes from.
    pub slot: &'a Slot,
    /// The tenant's quota.
    pub quota: Quota,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// A debt whose receipt has been checked.
pub struct DebtProof<'a> {
    /// Who asks, or, in an issue log, whom the fallback names.
    pub tenant: &'a str,
    /// The checked fallback receipt.
    pub receipt: &'a CheckedReceipt,
    /// The intent, when the caller proved it; an issue log does not hold it.
    pub proven: Option<ProvenIntent<'a>>,
    /// Where the permanent id comes from.
    pub slot: &'a Slot,
    /// The tenant's quota.
    pub quota: Quota,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// The part of an intent that only its holder knows.
#[derive(Clone, Copy)]
pub struct ProvenIntent<'a> {
    /// What was asked for.
    pub fingerprint: [u8; 32],
    /// The request's metadata as JSON.
    pub metadata: &'a str,
}

/// A settled debt.
pub struct Settled {
    /// The permanent id with its reconciliation receipt.
    pub answer: Answer,
    /// Whether the same fallback id turned up with another receipt.
    pub duplicate: bool,
}

/// What main knows about an id: one row per holder.
#[derive(Clone)]
pub struct Known {
    /// Whom it belongs to.
    pub tenant: String,
    /// `standard` or `fallback`.
    pub class: &'static str,
    /// The permanent id that replaced it, when there is one.
    pub permanent: Option<String>,
    /// The receipt of the permanent id.
    pub receipt: Option<String>,
    /// The receipt of a fallback id that waits, from the issue log.
    pub pending_receipt: Option<String>,
    /// The request's metadata as JSON.
    pub metadata: Option<String>,
    /// Milliseconds since 1970.
    pub issued_at: i64,
}

/// A step in an id's life.
#[derive(Clone)]
pub struct Step {
    /// `issued`, `reconciled`, `superseded` or `refused`.
    pub event: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who caused it.
    pub by: String,
    /// A code or a short reason.
    pub why: String,
    /// The other id of a replacement.
    pub other: Option<String>,
}

/// A fallback that the operator enrols.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Its name.
    pub name: String,
    /// The RFC 7638 thumbprint of its key.
    pub thumbprint: String,
    /// Namespaces it may issue in.
    pub namespaces: Vec<String>,
    /// Most ids under one grant.
    pub max: u64,
    /// Cycles per month.
    pub cycles: u32,
}

/// An enrolled fallback, without the cost of counting its ids.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// As enrolled.
    pub enrolment: Enrolment,
    /// Whether it gets no grants until the operator resumes it.
    pub suspended: bool,
}

/// An enrolled fallback.
#[derive(Debug, Clone)]
pub struct FallbackRow {
    /// As enrolled.
    pub enrolment: Enrolment,
    /// Whether it gets no grants until the operator resumes it.
    pub suspended: bool,
    /// Its ids that wait for reconciliation.
    pub outstanding: Outstanding,
}

/// Fallback ids that wait for reconciliation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// How many.
    pub count: u64,
    /// When the oldest was issued, in milliseconds since 1970.
    pub oldest: Option<i64>,
}

/// Something an operator must look at.
#[derive(Clone)]
pub struct Alarm {
    /// What happened.
    pub code: String,
    /// Which fallback.
    pub fallback: String,
    /// The fallback id concerned.
    pub fallback_id: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Alarm {
    /// Whether the alarm is of this kind.
    pub fn is(&self, code: Code) -> bool {
        self.code == code.as_str()
    }
}

/// A stored intent.
#[derive(Clone)]
pub struct IntentRow {
    /// Who asked.
    pub tenant: String,
    /// Digest of the idempotency key.
    pub idk: String,
    /// The permanent id.
    pub identifier: String,
    /// Its first receipt.
    pub receipt: String,
}

/// A settled debt, as stored.
#[derive(Clone)]
pub struct DebtRow {
    /// The fallback id.
    pub fallback_id: String,
    /// The name of the fallback receipt.
    pub jti: String,
    /// Whose it was.
    pub tenant: String,
    /// The permanent id.
    pub identifier: String,
    /// The reconciliation receipt.
    pub receipt: String,
}

/// An intent that a fallback is asked to answer.
pub struct NewFallback<'a> {
    /// Who asks.
    pub tenant: &'a str,
    /// Digest of the idempotency key, base64url.
    pub idk: &'a str,
    /// What is asked for.
    pub fingerprint: [u8; 32],
    /// The slots of the granted cycles, in order. Counters run on through all of them.
    pub slots: &'a [Slot],
    /// All of them together, under a name that more cycles do not change: what tenants share.
    pub shared: &'a Slot,
    /// The grant's own name.
    pub grant_jti: &'a str,
    /// Most ids under the grant.
    pub max: u64,
    /// The tenant's quota.
    pub quota: Quota,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// An entry of a fallback's issue log.
#[derive(Clone)]
pub struct LogRow {
    /// Its place.
    pub seq: i64,
    /// Who asked.
    pub tenant: String,
    /// The receipt.
    pub receipt: String,
}
