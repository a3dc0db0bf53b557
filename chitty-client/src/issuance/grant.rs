//! A main service's permission to a fallback to issue ids during an outage (decision D4).
//!
//! Owns the claims and their verification under the main key set. Whether a receipt stays inside
//! its grant is judged in [`super::receipt`].

use serde::{Deserialize, Serialize};
use spooky_core::{
    Error as CoreError,
    jose::{Jwk, UnverifiedJws, VerifyingKey},
};

use super::keyset::{KeySet, KeyUse};
use crate::{error::Code, id::ChittyId};

/// `typ` of a grant.
pub const GRANT_TYPE: &str = "chitty-fallback-grant+jwt";

/// What a grant says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantClaims {
    /// Main's issuer name.
    pub iss: String,
    /// The fallback's name.
    pub sub: String,
    /// The grant's own name.
    pub jti: String,
    /// First second in which the fallback may issue.
    pub nbf: i64,
    /// Last second in which the fallback may issue.
    pub exp: i64,
    /// The fallback's public key (RFC 7800).
    pub cnf: Confirmation,
    /// Namespaces it may use.
    pub ns: Vec<String>,
    /// Year-month segments it may use.
    pub ym: Vec<String>,
    /// Cycles it may use in each of these months.
    pub cyc: Vec<String>,
    /// Most ids it may issue under this grant.
    pub max: u64,
    /// Longest life of a fallback receipt, in seconds.
    pub rttl: i64,
}

/// The holder's key (RFC 7800 §3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The key.
    pub jwk: Jwk,
}

/// A grant whose signature verified under a main key with use `chitty-grant`.
#[derive(Debug, Clone)]
pub struct VerifiedGrant {
    claims: GrantClaims,
    holder: VerifyingKey,
}

impl VerifiedGrant {
    /// Verifies signature, key and issuer. Expired grants pass: what was issued under them counts.
    ///
    /// # Errors
    /// A code of the 14xx family, or of 13xx for the key's life and state.
    pub fn verify(text: &str, keys: &KeySet) -> Result<Self, Code> {
        let jws = UnverifiedJws::parse(text, GRANT_TYPE).map_err(|_| Code::GrantMalformed)?;
        let (published, key) = keys
            .find(jws.kid(), KeyUse::Grant)
            .map_err(|code| match code {
                Code::ReceiptKeyUnknown => Code::GrantKeyUnknown,
                other => other,
            })?;
        let claims: GrantClaims = jws.verify(&key).map_err(|error| match error {
            CoreError::Signature => Code::GrantSignature,
            _ => Code::GrantMalformed,
        })?;
        if claims.iss != keys.issuer {
            return Err(Code::GrantIssuer);
        }
        if claims.nbf < published.nbf || claims.nbf > published.exp || claims.nbf > claims.exp {
            return Err(Code::ReceiptKeyTime);
        }
        let holder = VerifyingKey::from_jwk(&claims.cnf.jwk).map_err(|_| Code::GrantMalformed)?;
        Ok(Self { claims, holder })
    }

    /// What the grant says.
    pub fn claims(&self) -> &GrantClaims {
        &self.claims
    }

    /// The key that receipts under this grant must be signed with.
    pub fn holder(&self) -> &VerifyingKey {
        &self.holder
    }

    /// Whether the grant covers `id`.
    ///
    /// # Errors
    /// `GrantDomain`, `GrantNamespace`, `GrantYearMonth` or `GrantCycle`.
    pub fn covers(&self, id: &ChittyId) -> Result<(), Code> {
        let cycle = match (id.domain(), id.cycle()) {
            (Some('E'), Some(cycle)) => cycle.to_string(),
            _ => return Err(Code::GrantDomain),
        };
        if !self.claims.ns.iter().any(|ns| ns == id.namespace()) {
            return Err(Code::GrantNamespace);
        }
        if !self.claims.ym.iter().any(|ym| ym == id.year_month()) {
            return Err(Code::GrantYearMonth);
        }
        if !self.claims.cyc.contains(&cycle) {
            return Err(Code::GrantCycle);
        }
        Ok(())
    }
}
