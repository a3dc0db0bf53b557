//! A broker in memory that signs whatever it is told to, behind the transport of a wallet. Other hosts
//! are answered by a function of the test's.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use chitty_client::{
    Stage,
    clock::Clock,
    transport::{HttpRequest, HttpResponse, HttpTransport, Method, TransportError, TransportFault},
    wire::broker::{CredentialRequest, RegisterRequest},
};
use serde_json::{Value, json};
use spooky_core::{
    anchor::{
        AnchorCommitment, REGISTERED_USE, Registered, STATUS_USE, SnapshotHead,
        UnverifiedRegistration, sign_snapshot,
    },
    bbs::{SecretKey, Suite},
    credential::{
        AnchorState, Attributes, Day, Issuer, IssuerId, IssuerKey, IssuerKeyState, IssuerKeys,
        Lineage, Nonce, Schema, UnverifiedCredentialRequest,
    },
    encoding::{base64url, bytes_32},
    entropy::{OsEntropy, random_32},
    jose::{Ed25519SigningKey, KeyState, PublishedKey, StatementKey, StatementKeys},
};

use crate::people::{BROKER, attributes, schema};

type Elsewhere = Box<dyn Fn(&HttpRequest) -> Option<HttpResponse> + Send>;

/// What the broker does, to be changed at any time.
pub struct Plan {
    /// Keys for credentials: the first one is the one that it ought to use.
    pub secrets: Vec<SecretKey>,
    /// Which of them signs.
    pub signs_with: usize,
    /// Version and keys of the published set, by their places in `secrets` and their days.
    pub version: u64,
    pub published: Vec<(usize, Day, Day)>,
    /// Places in `secrets` of keys that are published as revoked.
    pub revoked: Vec<usize>,
    /// Whose name is in metadata and in credentials.
    pub metadata_of: String,
    pub issues_as: String,
    /// Schemas that it offers, and under which digest, when not under their own.
    pub schemas: Vec<Schema>,
    pub misnamed: bool,
    /// What it issues whatever was asked for.
    pub issues: Option<(Schema, Attributes)>,
    /// Days by which its calendar is off.
    pub days_off: i64,
    /// What it keeps of the one lineage; none: tags change with every credential.
    pub lineage: Option<Lineage>,
    pub forgets_lineage: bool,
    /// Signs statements; the published key is always the first.
    pub statement_keys: [Ed25519SigningKey; 2],
    pub signs_statements_with: usize,
    /// The set of statement keys: its version, the first key's state, and whether the second is in it.
    pub statements_version: u64,
    pub first_statement_key: KeyState,
    pub publishes_both: bool,
    /// The statement that it answers when it is asked where the anchor stands.
    pub statement: Option<String>,
    pub snapshot: String,
    pub anchor: Option<AnchorCommitment>,
    /// No answer at all.
    pub away: bool,
    /// How many answers to POSTs get lost after they were acted upon.
    pub loses: u32,
    /// Method and path of everything that arrived, with the nonce of what carries one.
    pub seen: Vec<(String, Option<String>)>,
    elsewhere: Option<Elsewhere>,
}

/// The broker. Clones share it.
#[derive(Clone)]
pub struct RogueBroker {
    clock: Arc<dyn Clock>,
    plan: Arc<Mutex<Plan>>,
}

impl RogueBroker {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let suite = Suite::Bls12381Sha256;
        let secret = || SecretKey::make(suite, &OsEntropy).expect("key");
        let statement = || Ed25519SigningKey::make(&OsEntropy).expect("key");
        let now = clock.now_ms().unsigned_abs() / 1000;
        let today = Day::of_unix_time(now).expect("day");
        let until = today.plus_days(400).expect("day");
        let plan = Plan {
            secrets: vec![secret(), secret(), secret()],
            signs_with: 0,
            version: 5,
            published: vec![(0, today, until)],
            revoked: Vec::new(),
            metadata_of: BROKER.to_owned(),
            issues_as: BROKER.to_owned(),
            schemas: vec![schema()],
            misnamed: false,
            issues: None,
            days_off: 0,
            lineage: None,
            forgets_lineage: false,
            statement_keys: [statement(), statement()],
            signs_statements_with: 0,
            statements_version: 1,
            first_statement_key: KeyState::Active,
            publishes_both: false,
            statement: None,
            snapshot: String::new(),
            anchor: None,
            away: false,
            loses: 0,
            seen: Vec::new(),
            elsewhere: None,
        };
        Self {
            clock,
            plan: Arc::new(Mutex::new(plan)),
        }
    }

    /// What it does, to be read and changed.
    pub fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("plan")
    }

    /// Who answers at other hosts.
    pub fn elsewhere(
        &self,
        answer: impl Fn(&HttpRequest) -> Option<HttpResponse> + Send + 'static,
    ) {
        self.plan().elsewhere = Some(Box::new(answer));
    }

    /// Signs a snapshot with this head, and serves it.
    pub fn serve_snapshot(&self, head: &SnapshotHead, anchors: &[AnchorCommitment]) -> String {
        let mut plan = self.plan();
        let key = &plan.statement_keys[plan.signs_statements_with];
        let anchors = anchors.iter().copied();
        let kid = plan.signing_kid();
        let text = sign_snapshot(key, &kid, head, anchors, []).expect("snapshot");
        plan.snapshot.clone_from(&text);
        text
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        self.clock.now_ms().unsigned_abs() / 1000
    }

    /// How often this operation was asked for.
    pub fn asked(&self, operation: &str) -> usize {
        let plan = self.plan();
        plan.seen
            .iter()
            .filter(|(seen, _)| seen == operation)
            .count()
    }
}

impl Plan {
    fn statements(&self) -> StatementKeys {
        let one = |usage: &str, place: usize, state| PublishedKey {
            kid: (place + 1).to_string(),
            usage: usage.into(),
            key: StatementKey::EdDsa(self.statement_keys[place].verifying_key()),
            nbf: 0,
            exp: 4_000_000_000,
            state,
        };
        let mut keys = vec![
            one(REGISTERED_USE, 0, self.first_statement_key),
            one(STATUS_USE, 0, self.first_statement_key),
        ];
        if self.publishes_both {
            keys.push(one(REGISTERED_USE, 1, KeyState::Active));
            keys.push(one(STATUS_USE, 1, KeyState::Active));
        }
        StatementKeys::new(BROKER, self.statements_version, keys).expect("keys")
    }

    fn metadata(&self) -> Value {
        let keys = self.published.iter().map(|(place, from, until)| IssuerKey {
            key: self.secrets[*place].public_key().clone(),
            from: *from,
            until: *until,
            state: match self.revoked.contains(place) {
                true => IssuerKeyState::Revoked,
                false => IssuerKeyState::Active,
            },
        });
        let issuer = IssuerId::parse(&self.metadata_of).expect("issuer");
        let keys = IssuerKeys::new(issuer, self.version, keys.collect()).expect("keys");
        let keys: Value = serde_json::from_slice(&keys.to_json().expect("JSON")).expect("JSON");
        let offers: serde_json::Map<_, _> = self
            .schemas
            .iter()
            .map(|schema| {
                let text = schema.to_json().expect("JSON");
                let value: Value = serde_json::from_slice(&text).expect("JSON");
                let name = match self.misnamed {
                    true => base64url(&[7; 32]),
                    false => schema.digest().to_text(),
                };
                (name, json!({ "format": "spookyid-bbs", "schema": value }))
            })
            .collect();
        json!({
            "credential_issuer": self.metadata_of,
            "issuer_keys": keys,
            "credential_configurations_supported": offers,
        })
    }

    fn register(&mut self, body: &[u8], now: u64) -> Value {
        let request: RegisterRequest = serde_json::from_slice(body).expect("body");
        let nonce = bytes_32(&request.nonce).expect("nonce");
        let unverified = UnverifiedRegistration::parse(&request.registration).expect("JWS");
        let registration = unverified
            .verify(&nonce, BROKER, now)
            .expect("registration");
        let anchor = registration.commitment();
        assert!(
            self.anchor.is_none_or(|known| known == anchor),
            "the same anchor again"
        );
        self.anchor = Some(anchor);
        let key = &self.statement_keys[self.signs_statements_with];
        let kid = self.signing_kid();
        let statement = Registered::sign(key, &kid, BROKER, &anchor, now).expect("statement");
        json!({ "statement": statement })
    }

    /// The name under which it signs: a second key that is not published takes the first one's.
    fn signing_kid(&self) -> String {
        let second = self.publishes_both && self.signs_statements_with == 1;
        if second { "2" } else { "1" }.to_owned()
    }

    /// A statement about the wallet's anchor, signed now.
    pub fn state_anew(&mut self, now: u64) {
        let key = &self.statement_keys[self.signs_statements_with];
        let anchor = self.anchor.expect("registered");
        let statement = Registered::sign(key, &self.signing_kid(), BROKER, &anchor, now);
        self.statement = Some(statement.expect("statement"));
    }

    fn issue(&mut self, body: &[u8], now: u64) -> Value {
        let request: CredentialRequest = serde_json::from_slice(body).expect("body");
        let nonce = Nonce::parse(&request.nonce).expect("nonce");
        let broker = IssuerId::parse(BROKER).expect("issuer");
        let wanted = |schema: &&Schema| schema.digest().to_text() == request.schema;
        let schema = self.schemas.iter().find(wanted).expect("schema");
        let verified = UnverifiedCredentialRequest::parse(&request.request)
            .expect("JWS")
            .verify(&broker, schema, &nonce, now)
            .expect("request");
        let (schema, attributes) = match &self.issues {
            Some((schema, attributes)) => (schema.clone(), attributes.clone()),
            None => (schema.clone(), attributes()),
        };
        let today = Day::of_unix_time(now).expect("day").number();
        let today = Day::from_number(i64::from(today) + self.days_off).expect("day");
        let id = IssuerId::parse(&self.issues_as).expect("issuer");
        let issuer = Issuer {
            id: &id,
            key: &self.secrets[self.signs_with],
            schema: &schema,
        };
        let active = AnchorState::Active;
        let known = self.lineage.as_ref().filter(|_| !self.forgets_lineage);
        let issued = match known {
            Some(lineage) => issuer.renew(&verified, active, lineage, attributes, today),
            None => issuer
                .first(&verified, active, attributes, today, &OsEntropy)
                .map(|(issued, lineage)| {
                    self.lineage.get_or_insert(lineage);
                    issued
                }),
        };
        json!({ "credential": base64url(&issued.expect("issued").to_cbor()) })
    }
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

#[async_trait]
impl HttpTransport for RogueBroker {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let fault = |fault, stage| Err(TransportError { fault, stage });
        let now = self.now();
        let mut plan = self.plan();
        let Some(path) = request.url.strip_prefix(BROKER).map(str::to_owned) else {
            let answer = plan.elsewhere.as_ref().and_then(|answer| answer(&request));
            return answer.map_or_else(
                || fault(TransportFault::NameNotResolved, Stage::NotSent),
                Ok,
            );
        };
        if plan.away {
            return fault(TransportFault::ConnectFailed, Stage::NotSent);
        }
        let (path, _) = path.split_once('?').unwrap_or((&path, ""));
        let nonce = serde_json::from_slice::<Value>(&request.body)
            .ok()
            .and_then(|body| body["nonce"].as_str().map(str::to_owned));
        plan.seen.push((path.to_owned(), nonce));
        let body = match path {
            "/api/oidc/nonce" => {
                let nonce = base64url(&random_32(&OsEntropy).expect("random"));
                json!({ "nonce": nonce, "expires_in": 300 })
            }
            "/api/anchor/register" => plan.register(&request.body, now),
            "/api/oidc/credential" => plan.issue(&request.body, now),
            "/api/anchor/status" => json!({ "state": "active", "statement": plan.statement }),
            "/api/anchor/snapshot" => json!({ "snapshot": plan.snapshot }),
            "/.well-known/openid-credential-issuer" => plan.metadata(),
            "/.well-known/jwks.json" => {
                let keys = plan.statements().to_json().expect("JSON");
                serde_json::from_slice(&keys).expect("JSON")
            }
            other => panic!("nobody asks for {other}"),
        };
        if request.method == Method::Post && plan.loses > 0 {
            plan.loses -= 1;
            return fault(TransportFault::ConnectionLost, Stage::MaybeSent);
        }
        let answer = answer(200, &body);
        if answer.body.len() > request.max_answer {
            return fault(TransportFault::AnswerTooLarge, Stage::Answered);
        }
        Ok(answer)
    }
}
