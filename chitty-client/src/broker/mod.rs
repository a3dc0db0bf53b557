//! What a wallet and a site say to a broker over HTTP (`spec/broker.md`): one method per operation.
//!
//! Reads are repeated as the policy allows. What burns a nonce is sent once per nonce: whoever
//! repeats it fetches a fresh one first ([`Tries`]). Refuses to judge what comes back: that is done
//! by [`keys`] and by the wallet.

pub(crate) mod keys;
mod metadata;
mod peer;

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use spooky_core::{
    credential::{IssuerId, Nonce},
    encoding::json,
    jose::StatementKeys,
};

pub(crate) use self::{
    keys::{Fetch, Published, is_fresh},
    metadata::Metadata,
    peer::{PeersBuilder, off_thread},
};
use crate::{
    error::{Code, Error, Stage},
    line::Line,
    resilience::Spent,
    service::{Call, Failure, FailureClass, Peer, lock},
    shared::remaining,
    transport::MAX_SNAPSHOT,
    wire::broker::{
        CredentialRequest, CredentialResponse, NonceResponse, RegisterRequest, RegisterResponse,
        RevokeRequest, RevokeResponse, SnapshotResponse, StatusResponse,
    },
};

/// A broker, by its issuer name and where it is reached.
pub(crate) struct Broker {
    pub(crate) issuer: IssuerId,
    pub(crate) line: Arc<Line>,
    pub(crate) deadline: Duration,
    peer: Peer,
}

/// A call's time, from its start on.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    start: i64,
    total: Duration,
}

impl Limit {
    fn left(self, now: i64) -> Duration {
        remaining(self.start, self.total, now)
    }
}

impl Broker {
    pub(crate) fn new(issuer: IssuerId, line: Arc<Line>, peer: Peer, deadline: Duration) -> Self {
        Self {
            issuer,
            line,
            deadline,
            peer,
        }
    }

    /// Seconds since 1970; a clock before that is none.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.line.now_s()).unwrap_or(0)
    }

    /// The times of a fetch whose request was sent at `sent` and whose answer is taken now.
    pub(crate) fn fetched(&self, sent: u64) -> Fetch {
        let now = self.now();
        Fetch { sent, now }
    }

    /// The time of a call that begins now.
    pub(crate) fn limit(&self) -> Limit {
        Limit {
            start: self.line.clock.now_ms(),
            total: self.deadline,
        }
    }

    /// A nonce for one signed request.
    pub(crate) async fn nonce(&self, limit: Limit) -> Result<Nonce, Error> {
        let answer: NonceResponse = self.get("/api/oidc/nonce", limit).await?;
        Nonce::parse(&answer.nonce).map_err(|_| malformed())
    }

    pub(crate) async fn register(
        &self,
        nonce: &Nonce,
        registration: String,
        limit: Limit,
    ) -> Result<RegisterResponse, Failure> {
        let body = RegisterRequest {
            nonce: nonce.to_text(),
            registration,
        };
        self.post("/api/anchor/register", &body, limit).await
    }

    pub(crate) async fn credential(
        &self,
        body: &CredentialRequest,
        limit: Limit,
    ) -> Result<CredentialResponse, Failure> {
        self.post("/api/oidc/credential", body, limit).await
    }

    pub(crate) async fn status(&self, anchor: &str, limit: Limit) -> Result<StatusResponse, Error> {
        self.get(&format!("/api/anchor/status?anchor={anchor}"), limit)
            .await
    }

    /// Revokes by a certificate: repeating it changes nothing, so it is repeated as a read is.
    pub(crate) async fn revoke(
        &self,
        certificate: String,
        limit: Limit,
    ) -> Result<RevokeResponse, Error> {
        let call = Call::post("/api/anchor/revoke", &RevokeRequest { certificate })?;
        self.repeated(&call, limit).await
    }

    /// The newest snapshot's text.
    pub(crate) async fn snapshot(&self, limit: Limit) -> Result<String, Error> {
        let mut call = Call::get("/api/anchor/snapshot");
        call.max_answer = MAX_SNAPSHOT;
        let answer: SnapshotResponse = self.repeated(&call, limit).await?;
        Ok(answer.snapshot)
    }

    /// The keys for statements, as anybody fetches them.
    pub(crate) async fn statement_keys(&self, limit: Limit) -> Result<StatementKeys, Error> {
        let body = self.bytes("/.well-known/jwks.json", limit).await?;
        StatementKeys::from_json(&body)
            .ok()
            .filter(|keys| keys.issuer() == self.issuer.as_str())
            .ok_or_else(|| answered(Code::KeySetInvalid))
    }

    /// Issuer keys and schemas, as anybody fetches them.
    pub(crate) async fn metadata(&self, limit: Limit) -> Result<Metadata, Error> {
        let path = "/.well-known/openid-credential-issuer";
        let body = self.bytes(path, limit).await?;
        Metadata::read(&body, &self.issuer)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, limit: Limit) -> Result<T, Error> {
        self.repeated(&Call::get(path), limit).await
    }

    async fn bytes(&self, path: &str, limit: Limit) -> Result<Vec<u8>, Error> {
        let call = Call::get(path);
        let answer = self.line.call(&self.peer, &call, |now| limit.left(now));
        Ok(answer.await.map_err(|failure| said(failure.error))?.body)
    }

    async fn repeated<T: DeserializeOwned>(&self, call: &Call, limit: Limit) -> Result<T, Error> {
        let answer = self.line.call(&self.peer, call, |now| limit.left(now));
        let answer = answer.await.map_err(|failure| said(failure.error))?;
        json::read_names(&answer.body).map_err(|_| malformed())
    }

    /// Sends once: the nonce in `body` is good for no second time.
    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        limit: Limit,
    ) -> Result<T, Failure> {
        let call = Call::post(path, body).map_err(Failure::rejected)?;
        let answer = self
            .line
            .attempt(&self.peer, &call, &|now| limit.left(now))
            .await
            .map_err(|failure| Failure {
                error: said(failure.error),
                ..failure
            })?;
        json::read_names(&answer.body).map_err(|_| Failure::rejected(malformed()))
    }
}

/// Repetitions of a request that needs a fresh nonce each time.
pub(crate) struct Tries {
    retries: u32,
    nonce_was_late: bool,
    spent: Option<Spent>,
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self {
            retries: 0,
            nonce_was_late: false,
            spent: None,
        }
    }

    /// The last attempt was answered.
    pub(crate) fn done(self, broker: &Broker) {
        lock(&broker.line.quota).succeeded(self.spent);
    }

    /// Waits before the next attempt, or answers why there is to be none.
    ///
    /// # Errors
    /// The failure, when repeating is useless, too late or too often.
    pub(crate) async fn again(
        &mut self,
        broker: &Broker,
        failure: Failure,
        limit: Limit,
    ) -> Result<(), Error> {
        // A nonce that was over when it arrived: once more, at once.
        if failure.error.code() == Code::NonceInvalid && !self.nonce_was_late {
            self.nonce_was_late = true;
            return Ok(());
        }
        if failure.class == FailureClass::Final {
            return Err(failure.error);
        }
        self.retries += 1;
        let line = &broker.line;
        let Some((pause, spent)) = line.retry_after(&failure, self.retries) else {
            return Err(failure.error);
        };
        self.spent = Some(spent);
        if limit.left(line.clock.now_ms()) <= pause {
            return Err(failure.error);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// A broker's own codes say more than the status that they came with.
fn said(error: Error) -> Error {
    error.promoted(|code| code == Code::NonceInvalid || (2032..=2045).contains(&code.number()))
}

fn answered(code: Code) -> Error {
    Error::new(code).at(Stage::Answered)
}

fn malformed() -> Error {
    answered(Code::AnswerMalformed)
}
