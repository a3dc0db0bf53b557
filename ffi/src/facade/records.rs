//! Records that cross the border, and how they are read from the client's own types.

use chitty_client as core;

/// What to ask for.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct IdRequest {
    /// Three letters A-Z.
    pub namespace: String,
    /// One letter A-Z.
    pub entity_type: String,
    /// Names the thing, 1 to 256 bytes: repeating the request yields the same id.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub handle: Option<Vec<u8>>,
    /// The app's own data: the text of one JSON object.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub metadata_json: Option<String>,
    /// The id of the thing that this one belongs to.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub parent: Option<String>,
    /// `secure-fallback` (the default) or `canonical`.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub profile: Option<String>,
    /// Refuses a temporary id: the call fails instead.
    #[cfg_attr(feature = "uniffi", uniffi(default = false))]
    pub require_standard: bool,
    /// Another deadline than the client's.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub deadline_ms: Option<u64>,
}

prints!(IdRequest, |_it, f| f.write_str("IdRequest(…)"));

/// What the text of an id claims it is for. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum IdClass {
    /// A permanent id.
    Standard = 1,
    /// A temporary id of the fallback service, to be replaced.
    Fallback = 2,
    /// An error id of the live service: never a key.
    Error = 3,
}

impl From<core::Class> for IdClass {
    fn from(class: core::Class) -> Self {
        match class {
            core::Class::Standard => Self::Standard,
            core::Class::Fallback => Self::Fallback,
            _ => Self::Error,
        }
    }
}

/// An id that a service issued, with the proof.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct Issued {
    /// The id.
    pub id: String,
    /// The proof: keep it with the id, anyone can check it offline.
    pub receipt: String,
    /// Standard or fallback.
    pub class: IdClass,
    /// Whether the id will be replaced: learn the permanent one through `resolve` or events.
    pub temporary: bool,
}

prints!(Issued, |it, f| write!(f, "Issued({:?})", it.class));

impl From<core::Issued> for Issued {
    fn from(issued: core::Issued) -> Self {
        Self {
            id: issued.id().to_string(),
            receipt: issued.receipt().as_str().to_owned(),
            class: issued.class().into(),
            temporary: issued.is_temporary(),
        }
    }
}

/// What main says about an id.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct Verification {
    /// Whether main issued the id and has not superseded it. Only `true` passes.
    pub valid: bool,
    /// `None` for an id that main does not know.
    pub class: Option<IdClass>,
    /// `active`, `pending`, `superseded` or `unknown`.
    pub status: String,
    /// The permanent id that replaced it, for its owner.
    pub permanent_id: Option<String>,
}

prints!(Verification, |it, f| write!(
    f,
    "Verification({})",
    it.valid
));

impl From<core::Verification> for Verification {
    fn from(answer: core::Verification) -> Self {
        Self {
            valid: answer.valid,
            class: answer.class.map(IdClass::from),
            status: answer.status,
            permanent_id: answer.permanent_id.map(|id| id.to_string()),
        }
    }
}

/// The three answers of an offline check. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum VerdictState {
    /// The check passed.
    Valid = 1,
    /// Refused for good.
    Invalid = 2,
    /// Something is stale or missing; until then refused.
    Indeterminate = 3,
}

/// What an offline check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Verdict {
    /// Only `true` passes.
    pub valid: bool,
    /// Which of the three answers.
    pub state: VerdictState,
    /// Why it did not pass.
    pub code: Option<u16>,
}

impl<T> From<spooky_core::verdict::Verdict<T, core::Code>> for Verdict {
    fn from(verdict: spooky_core::verdict::Verdict<T, core::Code>) -> Self {
        use spooky_core::verdict::Verdict as Core;
        let (state, code) = match verdict {
            Core::Valid(_) => (VerdictState::Valid, None),
            Core::Invalid(code) => (VerdictState::Invalid, Some(code.number())),
            Core::Indeterminate(code) => (VerdictState::Indeterminate, Some(code.number())),
        };
        Self {
            valid: state == VerdictState::Valid,
            state,
            code,
        }
    }
}

/// Where a debt stands. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum PendingState {
    /// It will be replaced.
    Owed = 1,
    /// Owed, and its receipt is not yet accepted by this clock.
    Held = 2,
    /// The service refuses to replace it.
    Wedged = 3,
}

/// A fallback id that is still owed a permanent one.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct Pending {
    /// The fallback id.
    pub fallback_id: String,
    /// Where it stands.
    pub state: PendingState,
    /// When it was asked for, in milliseconds since 1970.
    pub since_ms: i64,
    /// Attempts to replace it so far.
    pub attempts: u32,
    /// Why the last attempt failed, or why it is wedged.
    pub last_code: Option<u16>,
}

prints!(Pending, |it, f| write!(f, "Pending({:?})", it.state));

impl From<core::reconcile::pending::Pending> for Pending {
    fn from(debt: core::reconcile::pending::Pending) -> Self {
        use core::reconcile::store::State;
        Self {
            fallback_id: debt.fallback_id.to_string(),
            state: match debt.state {
                State::Wedged => PendingState::Wedged,
                State::Held => PendingState::Held,
                _ => PendingState::Owed,
            },
            since_ms: debt.since_ms,
            attempts: debt.attempts,
            last_code: debt.last_code.map(core::Code::number),
        }
    }
}

/// What a drain did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct DrainReport {
    /// Fallback ids replaced.
    pub reconciled: u64,
    /// Open requests answered.
    pub recovered: u64,
    /// Fallback ids that the service refuses to replace.
    pub wedged: u64,
    /// Rows that failed for now and come up again later.
    pub deferred: u64,
    /// Fallback ids still owed, wedged ones included.
    pub remaining: u64,
    /// Why the drain stopped early, if it did.
    pub stopped: Option<u16>,
}

impl From<core::reconcile::drain::DrainReport> for DrainReport {
    fn from(report: core::reconcile::drain::DrainReport) -> Self {
        Self {
            reconciled: report.reconciled,
            recovered: report.recovered,
            wedged: report.wedged,
            deferred: report.deferred,
            remaining: report.remaining,
            stopped: report.stopped.map(core::Code::number),
        }
    }
}

/// One step in the life of an id.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct LifecycleEvent {
    /// `issued`, `reconciled`, `superseded` or `refused`.
    pub event: String,
    /// RFC 3339 time.
    pub at: String,
    /// The tenant or service that caused it.
    pub by: String,
    /// Why: a code or a short reason.
    pub why: String,
    /// The other id of a replacement.
    pub other: Option<String>,
}

prints!(LifecycleEvent, |_it, f| f.write_str("LifecycleEvent(…)"));

impl From<core::wire::id::LifecycleEvent> for LifecycleEvent {
    fn from(step: core::wire::id::LifecycleEvent) -> Self {
        Self {
            event: step.event,
            at: step.at,
            by: step.by,
            why: step.why,
            other: step.other,
        }
    }
}
