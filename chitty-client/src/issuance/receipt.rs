//! Receipts: who issued an id, for which request, and when; checked without a network
//! (`spec/receipts.md`; decisions D3, D4).
//!
//! [`CheckedReceipt`] is a receipt whose signature and content passed; its time is judged apart,
//! because expiry binds relying parties and never reconciliation. [`VerifiedReceipt`] passed both.
//! A receipt is never a credential.

use serde::{Deserialize, Serialize};
use spooky_core::{
    Error as CoreError, encoding::base64url, jose::UnverifiedJws, secret::constant_time_eq,
    verdict::Verdict,
};

use super::{
    grant::VerifiedGrant,
    keyset::{KeySet, KeyUse},
};
use crate::{
    error::Code,
    id::{ChittyId, Class},
};

/// `typ` of a receipt.
pub const RECEIPT_TYPE: &str = "chitty-receipt+jwt";
const DIGEST_LABEL: &str = "chitty/receipt/v1";
/// How far two honest clocks may be apart, in seconds.
pub const CLOCK_SKEW: i64 = spooky_core::clock::TOLERANCE_SECONDS;

/// What a receipt says. Times are seconds since 1970; digests are base64url of 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptClaims {
    /// Main's issuer name, or the fallback's name under a grant.
    pub iss: String,
    /// The id.
    pub sub: String,
    /// The receipt's own name.
    pub jti: String,
    /// When it was issued.
    pub iat: i64,
    /// `standard` or `fallback`.
    pub cls: String,
    /// Digest of the request, salted.
    pub rqd: String,
    /// Digest of the idempotency key.
    pub idk: String,
    /// Fallback: until when relying parties accept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Fallback: the grant, a compact JWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Fallback: salted digest of the tenant it was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tnd: Option<String>,
    /// Reconciliation: the fallback id that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sup: Option<String>,
    /// Reconciliation: digest of the signed bytes of the fallback receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spd: Option<String>,
}

/// What the holder knows and the receipt must match. Unset members are not compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected {
    /// The request digest.
    pub request_digest: Option<[u8; 32]>,
    /// The digest of the idempotency key.
    pub key_digest: Option<[u8; 32]>,
    /// The class.
    pub class: Option<Class>,
    /// The fallback id that is replaced, and the digest of its receipt ([`receipt_digest`]).
    pub supersedes: Option<(ChittyId, [u8; 32])>,
}

/// A receipt whose signature and content passed; its time has not been judged.
#[derive(Clone)]
pub struct CheckedReceipt {
    id: ChittyId,
    class: Class,
    claims: ReceiptClaims,
    digest: [u8; 32],
    text: String,
    grant: Option<VerifiedGrant>,
}

impl CheckedReceipt {
    /// Checks everything but time: form, signer, grant, subject and what is `expected`.
    ///
    /// # Errors
    /// The code of the first check that failed.
    pub fn check(
        text: &str,
        id: &ChittyId,
        keys: &KeySet,
        expected: Expected,
    ) -> Result<Self, Code> {
        let jws = UnverifiedJws::parse(text, RECEIPT_TYPE).map_err(|error| match error {
            CoreError::Unsupported(_) => Code::ReceiptUnsupported,
            _ => Code::ReceiptMalformed,
        })?;
        let hint: ReceiptClaims = jws
            .dangerous_unverified_claims()
            .map_err(|_| Code::ReceiptMalformed)?;
        let (claims, class, grant) = match (&hint.grant, hint.cls.as_str()) {
            (Some(grant), "fallback") => {
                let grant = VerifiedGrant::verify(grant, keys)?;
                (under_grant(&jws, &grant)?, Class::Fallback, Some(grant))
            }
            (None, "standard") => (under_main(&jws, keys)?, Class::Standard, None),
            (None, "fallback") => return Err(Code::GrantMissing),
            _ => return Err(Code::ReceiptClass),
        };
        if claims.sub != id.as_str() {
            return Err(Code::ReceiptSubject);
        }
        if id.class() != class {
            return Err(match class {
                Class::Fallback => Code::GrantDomain,
                _ => Code::ReceiptClass,
            });
        }
        if let Some(grant) = &grant {
            inside_grant(&claims, id, grant)?;
        }
        let checked = Self {
            id: *id,
            class,
            digest: jws.digest(DIGEST_LABEL),
            claims,
            text: text.to_owned(),
            grant,
        };
        checked.matches(expected)?;
        Ok(checked)
    }

    fn matches(&self, expected: Expected) -> Result<(), Code> {
        if expected.class.is_some_and(|class| class != self.class) {
            return Err(Code::ReceiptClass);
        }
        let same = |wanted: Option<[u8; 32]>, found: &str| {
            wanted.is_none_or(|wanted| {
                constant_time_eq(base64url(&wanted).as_bytes(), found.as_bytes())
            })
        };
        if !same(expected.key_digest, &self.claims.idk) {
            return Err(Code::ReceiptKey);
        }
        if !same(expected.request_digest, &self.claims.rqd) {
            return Err(Code::ReceiptRequest);
        }
        if let Some((old, digest)) = expected.supersedes {
            let replaces = self.claims.sup.as_deref() == Some(old.as_str())
                && self.claims.spd.as_deref() == Some(base64url(&digest).as_str());
            if !replaces {
                return Err(Code::ReceiptSupersedes);
            }
        }
        Ok(())
    }

    /// Judges the receipt's time for a relying party at `now` (seconds), allowing [`CLOCK_SKEW`].
    pub fn at(self, now: i64) -> Verdict<VerifiedReceipt, Code> {
        if self.claims.iat > now.saturating_add(CLOCK_SKEW) {
            return Verdict::Indeterminate(Code::ReceiptFuture);
        }
        if self
            .claims
            .exp
            .is_some_and(|exp| exp < now.saturating_sub(CLOCK_SKEW))
        {
            return Verdict::Invalid(Code::ReceiptExpired);
        }
        Verdict::Valid(VerifiedReceipt(self))
    }

    /// The id.
    pub fn id(&self) -> ChittyId {
        self.id
    }

    /// Standard or fallback, as proven by the signer.
    pub fn class(&self) -> Class {
        self.class
    }

    /// What the receipt says.
    pub fn claims(&self) -> &ReceiptClaims {
        &self.claims
    }

    /// The grant under which a fallback receipt was issued.
    pub fn grant(&self) -> Option<&VerifiedGrant> {
        self.grant.as_ref()
    }

    /// SHA-256("chitty/receipt/v1" ‖ 0 ‖ signing input): what `spd` refers to.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The compact JWS.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for CheckedReceipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CheckedReceipt({})", self.class.as_str())
    }
}

/// A receipt that passed every check, time included.
#[derive(Debug, Clone)]
pub struct VerifiedReceipt(CheckedReceipt);

impl std::ops::Deref for VerifiedReceipt {
    type Target = CheckedReceipt;

    fn deref(&self) -> &CheckedReceipt {
        &self.0
    }
}

/// Checks a receipt that somebody presents with an id, offline.
///
/// `now` is in seconds since 1970. `Indeterminate` says which knowledge is missing: the key set
/// does not hold the signer's key, or the receipt lies in this clock's future. How old `keys` are is
/// the caller's to judge: who fetched them long ago does not know what was revoked since.
///
/// ```no_run
/// # fn f(id: chitty_client::id::ChittyId, receipt: &str, keys: &chitty_client::issuance::keyset::KeySet, now: i64) {
/// use chitty_client::issuance::receipt::verify_receipt;
/// if verify_receipt(&id, receipt, keys, now).is_valid() { /* the id is real */ }
/// # }
/// ```
pub fn verify_receipt(
    id: &ChittyId,
    text: &str,
    keys: &KeySet,
    now: i64,
) -> Verdict<VerifiedReceipt, Code> {
    match CheckedReceipt::check(text, id, keys, Expected::default()) {
        Ok(checked) => checked.at(now),
        Err(code @ (Code::ReceiptKeyUnknown | Code::GrantKeyUnknown)) => {
            Verdict::Indeterminate(code)
        }
        Err(code) => Verdict::Invalid(code),
    }
}

/// SHA-256("chitty/receipt/v1" ‖ 0 ‖ signing input) of a receipt that need not verify any more.
///
/// # Errors
/// `ReceiptMalformed`.
pub fn receipt_digest(text: &str) -> Result<[u8; 32], Code> {
    UnverifiedJws::parse(text, RECEIPT_TYPE)
        .map(|jws| jws.digest(DIGEST_LABEL))
        .map_err(|_| Code::ReceiptMalformed)
}

fn under_main(jws: &UnverifiedJws, keys: &KeySet) -> Result<ReceiptClaims, Code> {
    let (published, key) = keys.find(jws.kid(), KeyUse::Receipt)?;
    let claims: ReceiptClaims = verified(jws.verify(&key))?;
    if claims.iss != keys.issuer {
        return Err(Code::ReceiptIssuer);
    }
    if claims.iat < published.nbf || claims.iat > published.exp {
        return Err(Code::ReceiptKeyTime);
    }
    if claims.sup.is_some() != claims.spd.is_some() {
        return Err(Code::ReceiptMalformed);
    }
    Ok(claims)
}

fn under_grant(jws: &UnverifiedJws, grant: &VerifiedGrant) -> Result<ReceiptClaims, Code> {
    let claims: ReceiptClaims =
        verified(jws.verify(grant.holder())).map_err(|code| match code {
            Code::ReceiptSignature => Code::GrantHolder,
            other => other,
        })?;
    if claims.iss != grant.claims().sub {
        return Err(Code::ReceiptIssuer);
    }
    // Only main replaces ids.
    if claims.sup.is_some() || claims.spd.is_some() {
        return Err(Code::ReceiptMalformed);
    }
    Ok(claims)
}

fn inside_grant(claims: &ReceiptClaims, id: &ChittyId, grant: &VerifiedGrant) -> Result<(), Code> {
    grant.covers(id)?;
    let (limits, exp) = (grant.claims(), claims.exp.ok_or(Code::ReceiptMalformed)?);
    if claims.iat < limits.nbf || claims.iat > limits.exp {
        return Err(Code::GrantTime);
    }
    if exp > claims.iat.saturating_add(limits.rttl) {
        return Err(Code::GrantReceiptLife);
    }
    Ok(())
}

fn verified(result: Result<ReceiptClaims, CoreError>) -> Result<ReceiptClaims, Code> {
    result.map_err(|error| match error {
        CoreError::Signature => Code::ReceiptSignature,
        _ => Code::ReceiptMalformed,
    })
}
