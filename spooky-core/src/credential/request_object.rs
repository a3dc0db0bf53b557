//! A site's question: a nonce and a policy, plain or signed for the site's host (`decisions.md` D11, D30;
//! `spec/credentials.md`, section 5). The plain form says nothing about who asks; the signed one says who
//! asks, where the answer goes, and how the asking session gets to know of it.

use serde::{Deserialize, Serialize};

use super::{Arrival, Flow, Nonce, Policy, ResponseUri, codec::from_json};
use crate::{
    Error, clock,
    jose::{JwsSigner, StatementKeys, UnverifiedJws, sign_compact, unix_time},
    pseudonym::{AuthenticatedRp, Host},
    reason::reasons,
    verdict::Verdict,
};

/// `typ` of a signed request.
pub const REQUEST_TYPE: &str = "spookyid-request-v2+jwt";

/// `typ` of signed requests that did not say where the answer goes. They are refused: whoever passed one on
/// got the answer.
const FIRST_TYPE: &str = "spookyid-request+jwt";

/// `use` of the site keys that sign requests.
pub const REQUEST_USE: &str = crate::jose::uses::REQUEST;

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
    response_uri: String,
    flow: Flow,
}

/// Signs a request as the site of the host that answers go to, with the key that it published as `kid`
/// for [`REQUEST_USE`]; it lives until `exp`, at most 600 seconds after `now`.
///
/// # Errors
/// [`Error::Malformed`] for a longer life; what the signer says.
pub fn sign_request(
    signer: &dyn JwsSigner,
    kid: &str,
    request: &PresentationRequest,
    response_uri: &ResponseUri,
    flow: Flow,
    now: u64,
    exp: u64,
) -> Result<String, Error> {
    if exp < now || exp - now > MAX_LIFE {
        return Err(Error::Malformed("life of a request"));
    }
    let claims = Claims {
        iss: format!("https://{}", response_uri.host().as_str()),
        iat: unix_time(now)?,
        exp: unix_time(exp)?,
        nonce: request.nonce.to_text(),
        policy: request.policy.clone(),
        response_uri: response_uri.as_str().to_owned(),
        flow,
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
        /// It is of the first version, which does not say where the answer goes.
        OtherVersion = "request_other_version",
        /// Its answer would go elsewhere than to an https address of the site that signed.
        ResponseUri = "request_response_uri",
        /// It was made for the other way to reach a wallet: `cross_device` is taken by the camera alone,
        /// `same_device` by a link alone.
        Flow = "request_flow",
    }
}

/// A signed request as it came.
pub struct UnverifiedRequest(UnverifiedJws);

impl UnverifiedRequest {
    /// Parses a compact JWS.
    ///
    /// # Errors
    /// [`RequestReason::OtherVersion`] for a request of the first version; [`RequestReason::Malformed`].
    pub fn parse(text: &str) -> Result<Self, RequestReason> {
        UnverifiedJws::parse_statement(text, REQUEST_TYPE)
            .map(Self)
            .map_err(|_| match UnverifiedJws::parse_statement(text, FIRST_TYPE) {
                Ok(_) => RequestReason::OtherVersion,
                Err(_) => RequestReason::Malformed,
            })
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

    /// Checks it against the keys of the host that it names, and against how it reached this wallet.
    pub fn verify(
        &self,
        keys: &SiteKeys,
        arrival: Arrival,
        now: u64,
    ) -> Verdict<VerifiedRequest, RequestReason> {
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
        let response_uri = ResponseUri::parse(&claims.response_uri).ok();
        let Some(response_uri) = response_uri.filter(|uri| *uri.host() == keys.host) else {
            return Verdict::Invalid(Reason::ResponseUri);
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
        if !claims.flow.fits(arrival) {
            return Verdict::Invalid(Reason::Flow);
        }
        Verdict::Valid(VerifiedRequest {
            host: keys.host.clone(),
            response_uri,
            flow: claims.flow,
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
    response_uri: ResponseUri,
    flow: Flow,
}

impl VerifiedRequest {
    /// The site that signed, whoever brought the request here. What is shown to it goes to
    /// [`Self::response_uri`] and is given to nobody else: whoever passed the request on would bring it to the
    /// site as the answer of a session of their own.
    pub fn rp(&self) -> AuthenticatedRp {
        AuthenticatedRp::signed_by(self.host.clone())
    }

    /// What it asks.
    pub fn request(&self) -> &PresentationRequest {
        &self.request
    }

    /// The only address that the answer may go to.
    pub fn response_uri(&self) -> &ResponseUri {
        &self.response_uri
    }

    /// How the asking session gets to know of the answer. Show the person [`Flow::warning`].
    pub fn flow(&self) -> Flow {
        self.flow
    }
}
