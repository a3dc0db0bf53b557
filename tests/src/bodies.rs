//! People with keys of their own, and what they and a site send to a broker: bodies of requests, made from
//! a nonce that the broker gave out. Nothing here speaks HTTP.

use reference_server::{BrokerHandle, BrokerServer, Database, Overload};
use serde_json::{Value, json};
use spooky_core::{
    anchor::{AnchorCommitment, RevocationReason, register, revoke_by_anchor},
    bbs::Suite,
    credential::{
        HeldCredential, HolderSecrets, IssuedCredential, IssuerId, IssuerKeys, Nonce,
        PresentationRequest, request_credential,
    },
    encoding::{base64url, from_base64url},
    entropy::OsEntropy,
    keys::{AnchorKey, Seed, SeedSize, SoftwareSigner},
};

use crate::people::{BROKER, all_of, policy, rp, schema};

/// The site's host, which is the tenant of its API key.
pub const SITE: &str = "shop.example";

/// A broker without limits, whose callers are many at one address.
///
/// # Panics
/// When it does not start.
pub async fn start_broker(database: impl Into<Database>) -> BrokerHandle {
    BrokerServer::builder()
        .issuer(BROKER)
        .schema(schema())
        .database(database)
        .credentials_per_day(u64::MAX)
        .overload(Overload {
            strangers_per_second: 0.0,
            ..Overload::default()
        })
        .start()
        .await
        .expect("broker")
}

fn now() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    since.expect("a time after 1970").as_secs()
}

/// Somebody with a seed and a device.
pub struct Person {
    seed: Seed,
    anchor: AnchorKey,
    device: SoftwareSigner,
}

impl Person {
    /// Somebody new.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self {
            seed: Seed::make(SeedSize::Bits128, &OsEntropy).expect("seed"),
            anchor: AnchorKey::make(&OsEntropy).expect("anchor"),
            device: SoftwareSigner::make(&OsEntropy).expect("device"),
        }
    }

    /// Their anchor's commitment, base64url.
    pub fn anchor(&self) -> String {
        AnchorCommitment::of(&self.anchor.public()).to_text()
    }

    /// `POST /api/anchor/register`.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    pub fn registration(&self, nonce: &[u8; 32]) -> Value {
        let recovery = self.seed.recovery_key().expect("recovery key");
        let device = Some(&self.device as _);
        let text = register(nonce, BROKER, now(), &self.anchor, &recovery, device);
        let nonce = Nonce::from_bytes(*nonce).to_text();
        json!({ "nonce": nonce, "registration": text.expect("registration") })
    }

    /// `POST /api/anchor/revoke`.
    ///
    /// # Panics
    /// When nothing can be signed.
    pub fn revocation(&self) -> Value {
        let text = revoke_by_anchor(&self.anchor, now(), RevocationReason::Lost);
        json!({ "certificate": text.expect("certificate") })
    }

    fn secrets(&self) -> HolderSecrets {
        let issuer = IssuerId::parse(BROKER).expect("issuer");
        let secret = self.seed.pseudonym_secret().expect("secret");
        HolderSecrets::derive(&secret, Suite::Bls12381Sha256, &issuer).expect("secrets")
    }

    /// `POST /api/oidc/credential`, with the enrolment code the first time.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    pub fn asks(&self, nonce: &[u8; 32], code: Option<&str>) -> Value {
        let (schema, secrets) = (schema(), self.secrets());
        let nonce = Nonce::from_bytes(*nonce);
        let text = request_credential(&secrets, &self.anchor, &schema, &nonce, now(), &OsEntropy);
        let mut body = json!({
            "nonce": nonce.to_text(), "schema": schema.digest().to_text(),
            "request": text.expect("request"),
        });
        if let Some(code) = code {
            body["enrolment_code"] = code.into();
        }
        body
    }

    /// The credential in the broker's answer, checked as a wallet does.
    ///
    /// # Panics
    /// When it is not one.
    pub fn take(&self, answer: &Value, keys: &IssuerKeys) -> HeldCredential {
        let bytes = from_base64url(answer["credential"].as_str().expect("credential"));
        let issued = IssuedCredential::from_cbor(&bytes.expect("bytes")).expect("issued");
        let held = HeldCredential::take(&issued, &schema(), keys, &self.secrets(), now());
        held.expect("credential")
    }
}

/// `POST /api/oidc/verify`: the site asks for `age_over_21` and a tag with a nonce that it fetched with its API
/// key, and the person agrees.
///
/// # Panics
/// When the credential does not show it.
pub fn presentation(held: &HeldCredential, nonce: &[u8; 32]) -> Value {
    let request = PresentationRequest {
        nonce: Nonce::from_bytes(*nonce),
        policy: policy(&["age_over_21"], true),
    };
    let consent = all_of(&request.policy);
    let shown = held.present(&rp(SITE), &request, &consent, now(), &OsEntropy);
    let shown = base64url(&shown.expect("presentation").to_cbor());
    json!({ "expected_nonce": request.nonce.to_text(), "presentation": shown,
        "policy": request.policy })
}
