//! A site's signed requests: asked for a session, answered by the wallet's own post to `response_uri`, and
//! believed for the session that brings the response code back (`decisions.md` D30;
//! `spec/credentials.md`, sections 5 and 8).
//!
//! Refuses answers to any but an open signed request, and never lets such an answer pass through
//! [`Site::verify`]: there a stranger's session could use it.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use spooky_core::{
    credential::{
        Flow, Nonce, Policy, Presentation, PresentationReason, PresentationRequest,
        PresentationVerdict, ResponseUri, sign_request,
    },
    encoding::{base64url, from_base64url},
    jose::JwsSigner,
    verdict::Verdict,
};

use super::{
    Site,
    responses::{ResponseCode, ResponseStore, answer_key, open_key},
    site::NONCE_LIFE,
};
use crate::error::{Code, Error};

/// What a site needs for signed requests.
pub(super) struct Signing {
    pub(super) response_uri: Option<ResponseUri>,
    pub(super) key: Option<(String, Arc<dyn JwsSigner + Send + Sync>)>,
    pub(super) cross_device: bool,
    pub(super) store: Arc<dyn ResponseStore>,
}

/// A signed request for one session.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The compact JWS that the wallet gets, by a link or as a picture.
    pub text: String,
    /// What the session that asked keeps on the server, and brings to [`Site::accept`] or
    /// [`Site::collect`].
    pub nonce: Nonce,
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedRequest")
    }
}

/// What the site answers to a wallet's post that passed.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResponseAnswer {
    /// The response code, for `same_device`: 43 characters that only the person's own device gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_code: Option<String>,
}

impl ResponseAnswer {
    /// The body of the answer, `application/json`; it must not be cached or logged.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|_| Code::Internal.into())
    }
}

/// Prints no code.
impl fmt::Debug for ResponseAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseAnswer")
    }
}

/// An open request, as stored.
#[derive(Serialize, Deserialize)]
struct Open {
    policy: Policy,
    flow: Flow,
}

/// An answer, as stored: judged again when it is fetched.
#[derive(Serialize, Deserialize)]
struct Answer {
    nonce: String,
    policy: Policy,
    presentation: String,
}

impl Site {
    /// A signed request over a fresh nonce, open for 300 seconds. It names
    /// [`SiteBuilder::response_uri`](super::SiteBuilder::response_uri), to which the wallet itself posts.
    ///
    /// With [`Flow::SameDevice`] the session that asked is believed when it brings the response code to
    /// [`Site::accept`]. With [`Flow::CrossDevice`], which has to be allowed when the site is built, it asks
    /// [`Site::collect`]: whoever lets another person scan the picture gets in as that person.
    ///
    /// # Errors
    /// `ConfigurationInvalid` without an address, a key, or the permission for `CrossDevice`;
    /// `ResponseStoreFailed`, `ResponseStoreFull`; as [`Site::request`].
    pub async fn signed_request(
        &self,
        policy: &Policy,
        flow: Flow,
    ) -> Result<SignedRequest, Error> {
        let invalid = |what| Error::new(Code::ConfigurationInvalid).detail(what);
        let signing = self.signing();
        let uri = signing.response_uri.as_ref();
        let uri = uri.ok_or_else(|| invalid("signed requests need a response_uri"))?;
        let key = signing.key.as_ref();
        let (kid, signer) = key.ok_or_else(|| invalid("signed requests need a key"))?;
        if flow == Flow::CrossDevice && !signing.cross_device {
            return Err(invalid("cross_device is not allowed at this site"));
        }
        self.sound(policy).await?;
        let (nonce, now) = (self.fresh_nonce()?, self.now());
        let until = now.saturating_add(NONCE_LIFE);
        let policy = policy.clone();
        let request = PresentationRequest { nonce, policy };
        let text = sign_request(signer.as_ref(), kid, &request, uri, flow, now, until)
            .map_err(|error| invalid("the key does not sign").caused_by(error))?;
        let policy = request.policy;
        let key = open_key(&nonce);
        self.keep(key, &Open { policy, flow }, now).await?;
        Ok(SignedRequest { text, nonce })
    }

    /// Takes what a wallet posted to `response_uri`, and judges it. The request is used up, whatever comes of
    /// it. Answer the wallet with [`ResponseAnswer::to_json`]; log nobody in by this call: whose session asked
    /// is not known here.
    ///
    /// # Errors
    /// `ResponseStoreFailed`, `ResponseStoreFull`: nothing is accepted then; as [`Site::verify`].
    pub async fn receive(
        &self,
        presentation: &Presentation,
    ) -> Result<Verdict<ResponseAnswer, PresentationReason>, Error> {
        let (nonce, now) = (presentation.claimed_nonce(), self.now());
        let Some(Open { policy, flow }) = self.taken(open_key(&nonce), now).await? else {
            return Ok(Verdict::Invalid(PresentationReason::NonceUnknown));
        };
        match self.decide(presentation, &policy, nonce, now).await? {
            Verdict::Valid(_) => {}
            Verdict::Invalid(reason) => return Ok(Verdict::Invalid(reason)),
            Verdict::Indeterminate(reason) => return Ok(Verdict::Indeterminate(reason)),
        }
        let answer = Answer {
            nonce: nonce.to_text(),
            policy,
            presentation: base64url(&presentation.to_cbor()),
        };
        let (key, response_code) = match flow {
            Flow::SameDevice => {
                let code = ResponseCode::make(self.entropy())?;
                (code.key(), Some(code.to_text()))
            }
            Flow::CrossDevice => (answer_key(&nonce), None),
        };
        self.keep(key, &answer, now).await?;
        Ok(Verdict::Valid(ResponseAnswer { response_code }))
    }

    /// What was shown to the session that brings `response_code` and kept `expected_nonce`: once, within 300
    /// seconds. A code of another session is `presentation_response_code`, and is used up.
    ///
    /// # Errors
    /// `ResponseStoreFailed`: nothing is accepted then; as [`Site::verify`].
    pub async fn accept(
        &self,
        response_code: &str,
        expected_nonce: &Nonce,
    ) -> Result<PresentationVerdict, Error> {
        const REFUSED: PresentationVerdict = Verdict::Invalid(PresentationReason::ResponseCode);
        let Some(code) = ResponseCode::parse(response_code) else {
            return Ok(REFUSED);
        };
        let now = self.now();
        match self.taken::<Answer>(code.key(), now).await? {
            Some(answer) if answer.nonce == expected_nonce.to_text() => {
                self.again(answer, *expected_nonce, now).await
            }
            _ => Ok(REFUSED),
        }
    }

    /// What was shown in answer to a [`Flow::CrossDevice`] request, once; `None` as long as there is nothing.
    /// Whoever showed the picture gets it, and not who was asked: see [`Flow::warning`].
    ///
    /// # Errors
    /// `ResponseStoreFailed`: nothing is accepted then; as [`Site::verify`].
    pub async fn collect(&self, nonce: &Nonce) -> Result<Option<PresentationVerdict>, Error> {
        let now = self.now();
        let Some(answer) = self.taken::<Answer>(answer_key(nonce), now).await? else {
            return Ok(None);
        };
        self.again(answer, *nonce, now).await.map(Some)
    }

    /// Judges what was stored: the store is not believed.
    async fn again(
        &self,
        answer: Answer,
        nonce: Nonce,
        now: u64,
    ) -> Result<PresentationVerdict, Error> {
        let damaged = |_| Error::new(Code::ResponseStoreFailed);
        let bytes = from_base64url(&answer.presentation).map_err(damaged)?;
        let shown = Presentation::from_cbor(&bytes).map_err(damaged)?;
        self.decide(&shown, &answer.policy, nonce, now).await
    }

    async fn keep(&self, key: [u8; 32], value: &impl Serialize, now: u64) -> Result<(), Error> {
        let value = serde_json::to_vec(value).map_err(|_| Code::Internal)?;
        let until = now.saturating_add(NONCE_LIFE);
        let kept = self.signing().store.put(key, value, until, now).await;
        kept.map_err(|error| match error.code() {
            Code::ResponseStoreFull => error,
            _ => Error::new(Code::ResponseStoreFailed).because_of(vec![error]),
        })
    }

    async fn taken<T: for<'a> Deserialize<'a>>(
        &self,
        key: [u8; 32],
        now: u64,
    ) -> Result<Option<T>, Error> {
        let failed = |error| Error::new(Code::ResponseStoreFailed).because_of(vec![error]);
        let value = self.signing().store.take(key, now).await.map_err(failed)?;
        let read = value.map(|value| serde_json::from_slice(&value));
        read.transpose()
            .map_err(|_| Code::ResponseStoreFailed.into())
    }
}
