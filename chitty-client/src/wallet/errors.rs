//! What the checks of spooky-core say, as errors of this crate: every refusal with its own code, and
//! with the name that the specification gives to the check.

use spooky_core::{
    anchor::{RegistrationError, StatusReason},
    credential::{PolicyRefusal, PresentRefusal, RequestReason, TakeRefusal},
    keys::SignerError,
    verdict::Verdict,
};

use crate::error::{Code, Error, Stage};

pub(super) fn signer(error: SignerError) -> Error {
    let code = match error {
        SignerError::Cancelled => Code::SignerCancelled,
        SignerError::AuthenticationRequired => Code::SignerAuthenticationRequired,
        SignerError::Invalidated => Code::SignerInvalidated,
        SignerError::Busy => Code::SignerBusy,
        SignerError::WrongKey => Code::SignerWrongKey,
        SignerError::Malformed => Code::SignerMalformed,
        // Unavailable, and what later versions know.
        _ => Code::SignerUnavailable,
    };
    Error::new(code).named(error.code())
}

pub(super) fn registration(error: RegistrationError) -> Error {
    match error {
        RegistrationError::Signer(error) => signer(error),
        _ => Code::Internal.into(),
    }
}

/// A verdict about something that the broker signed.
pub(super) fn statement<T>(verdict: Verdict<T, StatusReason>) -> Result<T, Error> {
    let (code, reason) = match verdict {
        Verdict::Valid(value) => return Ok(value),
        Verdict::Invalid(reason) => (Code::StatementRefused, reason),
        Verdict::Indeterminate(reason) => (Code::StatementUndecided, reason),
    };
    Err(Error::new(code).at(Stage::Answered).named(reason.code()))
}

/// A verdict about a snapshot.
pub(super) fn snapshot<T>(verdict: Verdict<T, StatusReason>) -> Result<T, Error> {
    let (open, reason) = match verdict {
        Verdict::Valid(value) => return Ok(value),
        Verdict::Invalid(reason) => (false, reason),
        Verdict::Indeterminate(reason) => (true, reason),
    };
    let code = match reason {
        StatusReason::OlderSequence | StatusReason::OlderTime => Code::SnapshotRolledBack,
        StatusReason::Equivocation | StatusReason::AnchorsShrank => Code::SnapshotEquivocates,
        _ if open => Code::StatementUndecided,
        _ => Code::SnapshotRefused,
    };
    Err(Error::new(code).at(Stage::Answered).named(reason.code()))
}

pub(super) fn take(refusal: TakeRefusal) -> Error {
    Error::new(Code::CredentialNotTaken)
        .at(Stage::Answered)
        .named(refusal.code())
}

pub(super) fn policy(refusal: PolicyRefusal) -> Error {
    Error::new(Code::PolicyUnsound).named(refusal.code())
}

pub(super) fn present(refusal: PresentRefusal) -> Error {
    let code = match refusal {
        PresentRefusal::OtherIssuer | PresentRefusal::Policy(_) => Code::PolicyUnsound,
        PresentRefusal::Expired => Code::CredentialExpired,
        PresentRefusal::AttributeNotConsented => Code::AttributeNotConsented,
        PresentRefusal::TagNotConsented => Code::TagNotConsented,
        PresentRefusal::NotFulfilled => Code::PolicyNotFulfilled,
        PresentRefusal::Failed(spooky_core::Error::Entropy) => Code::EntropyFailed,
        _ => Code::Internal,
    };
    Error::new(code).named(refusal.code())
}

/// A verdict about a site's signed request.
pub(super) fn request<T>(verdict: Verdict<T, RequestReason>) -> Result<T, Error> {
    let (code, reason) = match verdict {
        Verdict::Valid(value) => return Ok(value),
        Verdict::Invalid(reason) => (Code::SignedRequestRefused, reason),
        Verdict::Indeterminate(reason) => (Code::SignedRequestUndecided, reason),
    };
    Err(Error::new(code).named(reason.code()))
}
