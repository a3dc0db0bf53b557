//! A site's question: a nonce and a policy, plain or signed for the site's host (`decisions.md` D11;
//! `spec/credentials.md`, section 5). The plain form says nothing about who asks.

use serde::{Deserialize, Serialize};

use super::{Nonce, Policy, codec::from_json};
use crate::{
    Error, clock,
    jose::{JwsSigner, StatementKeys, UnverifiedJws, sign_compact, unix_time},
    pseudonym::{AuthenticatedRp, Host},
    reason::reasons,
    verdict::Verdict,
};

/// `typ` of a signed request.
pub const REQUEST_TYPE: &str = "spookyid-request+jwt";

/// `use` of the site keys that sign requests.
pub const REQUEST_USE: &str = "spookyid-request";

/// Longest life of a signed request, in seconds.
const MAX_LIFE: u64 = 600;

/// What a site asks a wallet. There is no field for who asks: see [`AuthenticatedRp`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentationRequest {
    /// The site's nonce.
    pub nonce: Nonce,
    /// What it wants to know.
    pub policy: Policy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    nonce: String,
    policy: Policy,
}

impl PresentationRequest {
    /// Reads JSON `{nonce, policy}` of at most 64 KiB; unknown members are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let wire: Wire = from_json(text, "presentation request")?;
        Ok(Self {
            nonce: Nonce::parse(&wire.nonce)?,
            policy: wire.policy,
        })
    }

    /// The request as JSON.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let wire = Wire {
            nonce: self.nonce.to_text(),
            policy: self.policy.clone(),
        };
        serde_json::to_vec(&wire).map_err(|_| Error::Malformed("presentation request"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    iat: u64,
    exp: u64,
    nonce: String,
    policy: Policy,
}

/// Signs a request as the site of `host`, with the key that it published as `kid` for
/// [`REQUEST_USE`]; it lives until `exp`, at most 600 seconds after `now`.
///
/// # Errors
/// [`Error::Malformed`] for a longer life; what the signer says.
pub fn sign_request(
    signer: &dyn JwsSigner,
    kid: &str,
    host: &Host,
    request: &PresentationRequest,
    now: u64,
    exp: u64,
) -> Result<String, Error> {
    if exp < now || exp - now > MAX_LIFE {
        return Err(Error::Malformed("life of a request"));
    }
    let claims = Claims {
        iss: format!("https://{}", host.as_str()),
        iat: unix_time(now)?,
        exp: unix_time(exp)?,
        nonce: request.nonce.to_text(),
        policy: request.policy.clone(),
    };
    sign_compact(signer, kid, REQUEST_TYPE, &claims)
}

/// The keys of a site, as its own host served them over https.
pub struct SiteKeys {
    host: Host,
    keys: StatementKeys,
}

impl SiteKeys {
    /// Takes keys that the SDK fetched from `origin` over https.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but an https origin, [`Error::Unsupported`] for a key set
    /// of another issuer than `https://` and that host.
    pub fn fetched_from(origin: &str, keys: StatementKeys) -> Result<Self, Error> {
        let host = Host::of_https_origin(origin)?;
        if keys.issuer().strip_prefix("https://") != Some(host.as_str()) {
            return Err(Error::Unsupported("key set of another host"));
        }
        Ok(Self { host, keys })
    }
}

reasons! {
    /// Why a signed request is not followed.
    pub enum RequestReason {
        /// The claims cannot be read.
        Malformed = "request_malformed",
        /// The site publishes no such key: newer keys may know it.
        UnknownKey = "request_unknown_key",
        /// The key is revoked, or signed outside its life.
        KeyNotValid = "request_key_not_valid",
        /// The signature does not verify.
        Signature = "request_signature",
        /// It names another host than the one whose keys signed it.
        OtherHost = "request_other_host",
        /// It lives longer than 600 seconds.
        LifeTooLong = "request_life_too_long",
        /// It is over.
        Expired = "request_expired",
        /// Its time lies ahead of this clock by more than 300 seconds.
        AheadOfClock = "request_ahead_of_clock",
    }
}

/// A signed request as it came.
pub struct UnverifiedRequest(UnverifiedJws);

impl UnverifiedRequest {
    /// Parses a compact JWS.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another type or algorithm.
    pub fn parse(text: &str) -> Result<Self, Error> {
        UnverifiedJws::parse_statement(text, REQUEST_TYPE).map(Self)
    }

    /// The https origin that it claims, **before** anything was checked: where to fetch the keys
    /// that decide.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn dangerous_unverified_origin(&self) -> Result<String, Error> {
        let claims: Claims = self.0.dangerous_unverified_claims()?;
        Ok(claims.iss)
    }

    /// Checks it against the keys of the host that it names.
    pub fn verify(&self, keys: &SiteKeys, now: u64) -> Verdict<VerifiedRequest, RequestReason> {
        use RequestReason as Reason;
        let Some(key) = keys.keys.find(&self.0, REQUEST_USE) else {
            return Verdict::Indeterminate(Reason::UnknownKey);
        };
        let claims: Claims = match self.0.verify_statement(&key.key) {
            Ok(claims) => claims,
            Err(Error::Signature) => return Verdict::Invalid(Reason::Signature),
            Err(_) => return Verdict::Invalid(Reason::Malformed),
        };
        if !key.counts_at(claims.iat) {
            return Verdict::Invalid(Reason::KeyNotValid);
        }
        if claims.iss != keys.keys.issuer() {
            return Verdict::Invalid(Reason::OtherHost);
        }
        let Ok(nonce) = Nonce::parse(&claims.nonce) else {
            return Verdict::Invalid(Reason::Malformed);
        };
        if claims.exp < claims.iat || claims.exp - claims.iat > MAX_LIFE {
            return Verdict::Invalid(Reason::LifeTooLong);
        }
        if clock::is_ahead(claims.iat, now) {
            return Verdict::Indeterminate(Reason::AheadOfClock);
        }
        if clock::is_over(claims.exp, now) {
            return Verdict::Invalid(Reason::Expired);
        }
        Verdict::Valid(VerifiedRequest {
            host: keys.host.clone(),
            request: PresentationRequest {
                nonce,
                policy: claims.policy,
            },
        })
    }
}

/// A request that its site signed.
#[derive(Debug, Clone)]
pub struct VerifiedRequest {
    host: Host,
    request: PresentationRequest,
}

impl VerifiedRequest {
    /// The site that signed, whoever brought the request here: a broker that passes it on gets the
    /// site's tag, and only the site can use the presentation.
    pub fn rp(&self) -> AuthenticatedRp {
        AuthenticatedRp::signed_by(self.host.clone())
    }

    /// What it asks.
    pub fn request(&self) -> &PresentationRequest {
        &self.request
    }
}
