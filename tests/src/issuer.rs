//! A signer with the keys of a main service and of a fallback, for answers right and wrong. Ids are
//! fixed texts: nothing here makes one.

use std::sync::Arc;

use chitty_client::{
    clock::{Clock, SystemClock},
    issuance::{
        Intent,
        grant::{Confirmation, GRANT_TYPE, GrantClaims},
        key_digest,
        keyset::{KeySet, KeyState, KeyUse, PublishedKey},
        receipt::{RECEIPT_TYPE, ReceiptClaims},
        tenant_digest,
    },
};
use serde_json::json;
use spooky_core::{
    encoding::{base64url, bytes_32},
    entropy::OsEntropy,
    jose::{SigningKey, UnverifiedJws},
};

use crate::raw_server::{Action, Received};

/// A standard id of namespace GEN and type I.
pub const STANDARD: &str = "AA-C-GEN-0001-I-8Z-0-1";
/// Another one.
pub const STANDARD_2: &str = "AA-C-GEN-0002-I-8Z-0-1";
/// A fallback id of namespace GEN and type I.
pub const FALLBACK: &str = "AA-E-GEN-0001-I-8Z-0-1";

pub const ISSUER: &str = "https://id.example";

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemClock.now_ms() / 1_000
}

pub struct Issuer {
    clock: Arc<dyn Clock>,
    pub receipt_key: SigningKey,
    pub grant_key: SigningKey,
    pub holder: SigningKey,
}

impl Default for Issuer {
    fn default() -> Self {
        Self::at(Arc::new(SystemClock))
    }
}

impl Issuer {
    /// One that signs what `clock` says.
    pub fn at(clock: Arc<dyn Clock>) -> Self {
        let key = || SigningKey::make(&OsEntropy).expect("key");
        Self {
            clock,
            receipt_key: key(),
            grant_key: key(),
            holder: key(),
        }
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.clock.now_ms() / 1_000
    }

    pub fn key_set(&self) -> KeySet {
        let published = |kid: &str, key: &SigningKey, key_use| PublishedKey {
            jwk: key.verifying_key().to_jwk(),
            kid: kid.to_owned(),
            key_use,
            nbf: self.now() - 86_400,
            exp: self.now() + 86_400,
            state: KeyState::Active,
        };
        KeySet {
            issuer: ISSUER.to_owned(),
            version: 1,
            keys: vec![
                published("receipt-1", &self.receipt_key, KeyUse::Receipt),
                published("grant-1", &self.grant_key, KeyUse::Grant),
            ],
        }
    }

    pub fn grant_claims(&self) -> GrantClaims {
        GrantClaims {
            iss: ISSUER.to_owned(),
            sub: "fallback-1".to_owned(),
            jti: "grant-a".to_owned(),
            nbf: self.now() - 3_600,
            exp: self.now() + 3_600,
            cnf: Confirmation {
                jwk: self.holder.verifying_key().to_jwk(),
            },
            ns: vec!["GEN".to_owned()],
            ym: vec!["8Z".to_owned()],
            cyc: vec!["0".to_owned()],
            max: 100,
            rttl: 86_400,
        }
    }

    pub fn grant(&self, claims: &GrantClaims) -> String {
        self.grant_key
            .sign_jws("grant-1", GRANT_TYPE, claims)
            .expect("grant")
    }

    /// The claims of an honest standard receipt for the generate request at main.
    pub fn standard_claims(&self, request: &Received, id: &str) -> ReceiptClaims {
        let key = bytes_32(request.header("idempotency-key").expect("key")).expect("key");
        ReceiptClaims {
            iss: ISSUER.to_owned(),
            cls: "standard".to_owned(),
            idk: base64url(&key_digest(&key)),
            ..self.claims(&request.json(), id)
        }
    }

    /// The claims of an honest fallback receipt for the request at the fallback.
    pub fn fallback_claims(&self, request: &Received, id: &str) -> ReceiptClaims {
        let salt = salt_of(&request.json());
        ReceiptClaims {
            iss: "fallback-1".to_owned(),
            cls: "fallback".to_owned(),
            idk: request.header("idempotency-key").expect("key").to_owned(),
            exp: Some(self.now() + 3_600),
            grant: Some(self.grant(&self.grant_claims())),
            tnd: Some(tenant_digest(&salt, "tenant-1")),
            ..self.claims(&request.json(), id)
        }
    }

    pub fn sign_standard(&self, claims: &ReceiptClaims) -> String {
        self.receipt_key
            .sign_jws("receipt-1", RECEIPT_TYPE, claims)
            .expect("receipt")
    }

    pub fn sign_fallback(&self, claims: &ReceiptClaims) -> String {
        self.holder
            .sign_jws("holder", RECEIPT_TYPE, claims)
            .expect("receipt")
    }

    /// An honest answer of main.
    pub fn answer_standard(&self, request: &Received, id: &str) -> Action {
        let receipt = self.sign_standard(&self.standard_claims(request, id));
        Action::Json(200, json!({ "identifier": id, "receipt": receipt }))
    }

    /// An honest answer of the fallback.
    pub fn answer_fallback(&self, request: &Received, id: &str) -> Action {
        let receipt = self.sign_fallback(&self.fallback_claims(request, id));
        Action::Json(200, json!({ "identifier": id, "receipt": receipt }))
    }

    /// The honest result of one reconcile item.
    pub fn reconciled(&self, item: &serde_json::Value, id: &str) -> serde_json::Value {
        let old = item["fallbackReceipt"].as_str().expect("receipt");
        let digest = chitty_client::issuance::receipt::receipt_digest(old).expect("digest");
        let key = bytes_32(item["idempotencyKey"].as_str().expect("key")).expect("key");
        let request = json!({
            "profile": item["request"]["profile"], "namespace": item["request"]["namespace"],
            "type": item["request"]["type"], "parent": item["request"]["parent"],
            "metadata": item["request"]["metadata"], "requestSalt": item["requestSalt"],
        });
        let receipt = self.sign_standard(&ReceiptClaims {
            iss: ISSUER.to_owned(),
            cls: "standard".to_owned(),
            idk: base64url(&key_digest(&key)),
            sup: Some(item["fallbackId"].as_str().expect("id").to_owned()),
            spd: Some(base64url(&digest)),
            ..self.claims(&request, id)
        });
        let jws = UnverifiedJws::parse(old, RECEIPT_TYPE).expect("receipt");
        let claims: ReceiptClaims = jws.dangerous_unverified_claims().expect("claims");
        json!({
            "fallbackId": item["fallbackId"], "jti": claims.jti,
            "identifier": id, "receipt": receipt,
        })
    }

    /// What every receipt says of this request.
    fn claims(&self, body: &serde_json::Value, id: &str) -> ReceiptClaims {
        let intent: Intent = serde_json::from_value(body.clone()).expect("intent");
        let digest = intent.request_digest(&salt_of(body)).expect("digest");
        ReceiptClaims {
            iss: String::new(),
            sub: id.to_owned(),
            jti: base64url(&digest[..16]),
            iat: self.now(),
            cls: String::new(),
            rqd: base64url(&digest),
            idk: String::new(),
            exp: None,
            grant: None,
            tnd: None,
            sup: None,
            spd: None,
        }
    }
}

fn salt_of(body: &serde_json::Value) -> [u8; 32] {
    bytes_32(body["requestSalt"].as_str().expect("salt")).expect("salt")
}
