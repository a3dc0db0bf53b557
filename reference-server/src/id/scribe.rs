//! Makes permanent ids with their receipts, inside the store's transaction (decision D3).

use std::sync::Arc;

use chitty_client::{
    error::Code,
    id::{Class, Profile},
    issuance::{
        Intent,
        receipt::{CheckedReceipt, RECEIPT_TYPE, ReceiptClaims},
    },
};
use spooky_core::{
    encoding::base64url,
    entropy::{Entropy, OsEntropy},
    secret::constant_time_eq,
};

use super::{
    MainService,
    mint::{Canonical, SecureFallback},
};
use crate::{
    config::Minting,
    error::Refusal,
    fallback::logs::check_logged,
    keys::{Keys, Purpose},
    store::{Mint, Minted, Replacement, Slot},
};

/// Where ids of one intent come from.
pub(super) enum Source {
    SecureFallback(SecureFallback),
    Canonical(Canonical),
}

impl Source {
    pub(super) fn new(minting: &Minting, intent: &Intent, now: i64) -> Result<Self, Refusal> {
        match intent.parsed_profile()? {
            Profile::SecureFallback => Ok(Self::SecureFallback(SecureFallback::standard(
                &minting.prefix,
                intent,
                now,
            ))),
            Profile::Canonical => Ok(Self::Canonical(Canonical::new(
                minting.region,
                &minting.jurisdiction,
                intent,
                now,
            ))),
            _ => Err(Code::ProfileUnsupported.into()),
        }
    }

    pub(super) fn slot(&self) -> Slot {
        match self {
            Self::SecureFallback(source) => source.slot(),
            Self::Canonical(source) => source.slot(),
        }
    }
}

/// A fallback id and the digest of its receipt.
type Supersedes = (String, String);

/// Writes ids and receipts for one intent.
pub(crate) struct Scribe {
    keys: Arc<Keys>,
    issuer: String,
    /// `None` where no new id may be made.
    source: Option<Source>,
    rqd: String,
    idk: String,
    /// Whose request it is, as fallback receipts say it.
    tnd: Option<String>,
    /// The fallback id and receipt that are replaced.
    supersedes: Option<Supersedes>,
    /// Why no new id may be made, if so.
    refuses: Option<Code>,
    now: i64,
}

impl Scribe {
    /// For a new intent.
    pub(super) fn standard(
        service: &MainService,
        source: Source,
        (rqd, idk, tnd): (&str, &str, String),
        now: i64,
    ) -> Self {
        Self {
            keys: service.keys.current(),
            issuer: service.issuer.clone(),
            source: Some(source),
            rqd: rqd.to_owned(),
            idk: idk.to_owned(),
            tnd: Some(tnd),
            supersedes: None,
            refuses: None,
            now,
        }
    }

    /// Restates what there is, and makes nothing new for this reason.
    pub(super) fn refusing(mut self, reason: Option<Code>) -> Self {
        self.refuses = reason;
        self
    }

    /// For a debt: receipts say which fallback receipt they replace.
    pub(super) fn permanent(
        service: &MainService,
        source: Source,
        old: &CheckedReceipt,
        now: i64,
    ) -> Self {
        Self {
            source: Some(source),
            ..Self::restating(service, old, now)
        }
    }

    /// For a debt whose intent has its permanent id; makes no new one.
    pub(crate) fn restating(service: &MainService, old: &CheckedReceipt, now: i64) -> Self {
        Self {
            keys: service.keys.current(),
            issuer: service.issuer.clone(),
            source: None,
            rqd: old.claims().rqd.clone(),
            idk: old.claims().idk.clone(),
            tnd: old.claims().tnd.clone(),
            supersedes: Some(named(old)),
            refuses: None,
            now,
        }
    }

    fn receipt(&self, identifier: &str, supersedes: Option<Supersedes>) -> Result<String, Code> {
        let iat = self.now.div_euclid(1000);
        let key = self.keys.active(Purpose::Receipt, iat)?;
        let (sup, spd) = supersedes.unzip();
        let claims = ReceiptClaims {
            iss: self.issuer.clone(),
            sub: identifier.to_owned(),
            jti: random_name()?,
            iat,
            cls: Class::Standard.as_str().to_owned(),
            rqd: self.rqd.clone(),
            idk: self.idk.clone(),
            exp: None,
            grant: None,
            tnd: None,
            sup,
            spd,
        };
        key.key
            .sign_jws(&key.kid, RECEIPT_TYPE, &claims)
            .map_err(|_| Code::Internal)
    }

    /// Whether a fallback answered this very request with `old`: same key, salt, intent and tenant.
    fn is_about(&self, old: &ReceiptClaims) -> bool {
        let same = |left: &str, right: &str| constant_time_eq(left.as_bytes(), right.as_bytes());
        let tenant = self.tnd.as_deref().zip(old.tnd.as_deref());
        same(&self.idk, &old.idk)
            && same(&self.rqd, &old.rqd)
            && tenant.is_some_and(|(own, other)| same(own, other))
    }
}

fn named(old: &CheckedReceipt) -> Supersedes {
    (old.id().to_string(), base64url(&old.digest()))
}

impl Mint for Scribe {
    fn mint(&self, counter: u64) -> Result<Minted, Code> {
        self.refuses.map_or(Ok(()), Err)?;
        let id = match self.source.as_ref().ok_or(Code::Internal)? {
            Source::SecureFallback(source) => source.mint(counter)?,
            Source::Canonical(source) => source.mint(counter)?,
        };
        Ok(Minted {
            identifier: id.to_string(),
            receipt: self.receipt_for(id.as_str())?,
        })
    }

    fn receipt_for(&self, identifier: &str) -> Result<String, Code> {
        self.receipt(identifier, self.supersedes.clone())
    }

    fn replace(&self, logged: &str, identifier: &str) -> Result<Option<Replacement>, Code> {
        let old = check_logged(logged, &self.keys.publish(&self.issuer));
        let Some(old) = old.filter(|old| self.is_about(old.claims())) else {
            return Ok(None);
        };
        let receipt = self.receipt(identifier, Some(named(&old)))?;
        Ok(Some((old, receipt)))
    }
}

/// Sixteen random bytes in base64url.
pub(crate) fn random_name() -> Result<String, Code> {
    let mut bytes = [0; 16];
    OsEntropy
        .fill(&mut bytes)
        .map_err(|_| Code::EntropyFailed)?;
    Ok(base64url(&bytes))
}
