//! What a client tells about itself: events, counters, health.

use chitty_client as core;

use super::records::Issued;

/// Something that happened in the background. Everything it says is in the store as well.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
#[non_exhaustive]
pub enum Event {
    /// A fallback id was handed out; a permanent one is owed.
    FallbackIssued {
        /// The temporary id with its receipt.
        issued: Issued,
    },
    /// A fallback id has been replaced.
    Reconciled {
        /// The fallback id.
        old: String,
        /// The permanent id with its receipt.
        issued: Issued,
    },
    /// A request whose caller went away was answered after all.
    Recovered {
        /// The id with its receipt.
        issued: Issued,
    },
    /// The service refuses to replace a fallback id.
    Wedged {
        /// The fallback id.
        old: String,
        /// Why.
        code: u16,
    },
    /// The main service published a newer key set.
    KeySetUpdated {
        /// Its version.
        version: u64,
    },
}

prints!(Event, |it, f| match it {
    Event::FallbackIssued { .. } => f.write_str("FallbackIssued(…)"),
    Event::Reconciled { .. } => f.write_str("Reconciled(…)"),
    Event::Recovered { .. } => f.write_str("Recovered(…)"),
    Event::Wedged { code, .. } => write!(f, "Wedged({code})"),
    Event::KeySetUpdated { version } => write!(f, "KeySetUpdated({version})"),
});

impl Event {
    /// The event as the border knows it; `None` for one that is newer than this code.
    pub(crate) fn of(event: core::Event) -> Option<Self> {
        Some(match event {
            core::Event::FallbackIssued { issued } => Self::FallbackIssued {
                issued: issued.into(),
            },
            core::Event::Reconciled { old, issued } => Self::Reconciled {
                old: old.to_string(),
                issued: issued.into(),
            },
            core::Event::Recovered { issued } => Self::Recovered {
                issued: issued.into(),
            },
            core::Event::Wedged { old, reason } => Self::Wedged {
                old: old.to_string(),
                code: reason.number(),
            },
            core::Event::KeySetUpdated { version } => Self::KeySetUpdated { version },
            _ => return None,
        })
    }
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters since the client was made.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
        pub struct Metrics {
            $($(#[$doc])* pub $name: u64,)*
            /// Failures of the parts that the app handed in and that nobody waits for: listener and
            /// clock.
            pub foreign_failures: u64,
        }

        impl Metrics {
            pub(crate) fn of(counters: core::metrics::Metrics, foreign_failures: u64) -> Self {
                Self { $($name: counters.$name,)* foreign_failures }
            }
        }
    };
}

metrics! {
    /// Calls of `request_id`.
    requests,
    /// Requests answered with a permanent id.
    issued_standard,
    /// Requests answered with a fallback id.
    issued_fallback,
    /// Requests answered from the store.
    repeated,
    /// Requests that failed.
    failed,
    /// HTTP requests to main.
    sent_main,
    /// HTTP requests to the fallback.
    sent_fallback,
    /// HTTP requests that repeated an earlier one.
    retries,
    /// Retries not made because the quota was used up.
    retries_refused,
    /// HTTP requests not sent because the service refused most of the latest ones.
    held_back,
    /// Times a circuit opened.
    circuit_opened,
    /// Answers that did not verify.
    answers_rejected,
    /// Fallback ids replaced.
    reconciled,
    /// Fallback ids whose replacement failed for now.
    reconcile_failed,
    /// Fallback ids whose replacement was refused.
    wedged,
    /// Open requests answered after their caller went away.
    recovered,
    /// Sum of the times from fallback id to permanent id, in milliseconds.
    reconcile_ms,
}

/// Where a circuit stands. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum CircuitState {
    /// Calls pass.
    Closed = 1,
    /// Calls are refused for a while.
    Open = 2,
    /// A probe is awaited or under way.
    HalfOpen = 3,
}

/// How one service looks from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ServiceHealth {
    /// Whether it answered its health check.
    pub reachable: bool,
    /// Its circuit.
    pub circuit: CircuitState,
    /// Why it is not reachable.
    pub code: Option<u16>,
}

impl From<core::ServiceHealth> for ServiceHealth {
    fn from(health: core::ServiceHealth) -> Self {
        use core::resilience::BreakerState;
        Self {
            reachable: health.reachable,
            circuit: match health.circuit {
                BreakerState::Closed => CircuitState::Closed,
                BreakerState::Open { .. } => CircuitState::Open,
                BreakerState::HalfOpen => CircuitState::HalfOpen,
            },
            code: health.code.map(core::Code::number),
        }
    }
}

/// How both services and the store look from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Health {
    /// The main service.
    pub main: ServiceHealth,
    /// The fallback service, when one is configured.
    pub fallback: Option<ServiceHealth>,
    /// Requests whose answer is not on record.
    pub open: u64,
    /// Fallback ids still owed, wedged ones included.
    pub debts: u64,
}

impl From<core::Health> for Health {
    fn from(health: core::Health) -> Self {
        use core::reconcile::store::State;
        Self {
            main: health.main.into(),
            fallback: health.fallback.map(ServiceHealth::from),
            open: health.store.of(State::Open),
            debts: health.store.debts(),
        }
    }
}
