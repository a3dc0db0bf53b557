//! The whole life of a wallet, a site and a broker at `debug`, searched for everything that must not be
//! in a log: as it is, in hexadecimal and in base64url.

use std::sync::Arc;

use chitty_tests::{
    log::Log,
    people::{FAMILY_NAME, Glass, Keeper, People, all_of, answer, policy, rp, schema, visit},
};
use reference_server::Faults;
use spooky_core::{
    anchor::AnchorCommitment,
    encoding::{base64url, from_base64url},
    entropy::OsEntropy,
    keys::{AnchorKey, HardwareSigner, SoftwareSigner},
};

/// What must not be in a log, with a name for the message.
#[derive(Default)]
struct Secrets(Vec<(&'static str, Vec<u8>)>);

impl Secrets {
    /// A text, as it is and encoded.
    fn text(&mut self, what: &'static str, text: &str) {
        self.bytes(what, text.as_bytes());
    }

    /// Bytes in every encoding; 12 bytes of them are enough to tell.
    fn bytes(&mut self, what: &'static str, bytes: &[u8]) {
        let some = &bytes[..bytes.len().min(12)];
        let hex: String = some.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = base64url(some);
        let forms = [
            some.to_vec(),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
            base64.replace('-', "+").replace('_', "/").into_bytes(),
            base64.into_bytes(),
            // As a list of numbers.
            format!("{some:?}")
                .trim_matches(['[', ']'])
                .as_bytes()
                .to_vec(),
        ];
        self.0.extend(forms.map(|form| (what, form)));
    }

    fn base64(&mut self, what: &'static str, text: &serde_json::Value) {
        let bytes = from_base64url(text.as_str().expect("text")).expect("base64url");
        self.bytes(what, &bytes);
    }

    /// Which of them are in it.
    fn found(&self, log: &[u8]) -> Vec<&'static str> {
        let contains = |form: &[u8]| log.windows(form.len()).any(|part| part == form);
        let hits = self.0.iter().filter(|(_, form)| contains(form));
        let mut names: Vec<_> = hits.map(|(what, _)| *what).collect();
        names.dedup();
        names
    }
}

/// A device key whose bytes the test knows.
#[derive(Clone)]
struct Device(Arc<SoftwareSigner>);

impl HardwareSigner for Device {
    fn public_key(&self) -> Result<Vec<u8>, spooky_core::keys::SignerError> {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, spooky_core::keys::SignerError> {
        self.0.sign(message)
    }

    fn security_level(&self) -> spooky_core::keys::SecurityLevel {
        self.0.security_level()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_tag_commitment_attribute_id_or_key_is_logged() {
    let log = Log::at_debug();

    let people = People::start().await;
    let (store, keeper) = (Glass::default(), Keeper::default());
    let device = Device(Arc::new(SoftwareSigner::make(&OsEntropy).expect("key")));
    let wallet = people
        .wallet(&keeper)
        .store(store.clone())
        .device(device.clone())
        .build()
        .expect("wallet");
    let shop = people.site("shop-marker.example").build().expect("site");
    let mut secrets = Secrets::default();

    wallet.register().await.expect("registered");
    wallet.standing().await.expect("standing");
    let code = people.enrol("enrolled-name-marker").await;
    let digest = schema().digest();
    wallet
        .obtain(digest, Some("enr_wrong-code-marker"))
        .await
        .expect_err("a wrong code");
    wallet
        .obtain(digest, Some(&code))
        .await
        .expect("credential");
    let first = store.state().await["credentials"][0]["credential"].clone();
    wallet.refresh().await.expect("refreshed");
    let wants = policy(&["family_name", "age_over_21"], true);
    let visited = visit(&wallet, &shop, "shop-marker.example", &wants).await;
    // Refusals are logged as well.
    let request = shop.request(&wants).await.expect("request");
    let shown = answer(&wallet, "forum-marker.example", &request).await;
    let verdict = shop.verify(&shown, &wants, &request.nonce).await;
    let verdict = verdict.expect("verdict");
    assert!(!verdict.is_valid());
    let nothing = spooky_core::credential::Consent::default();
    let refused = wallet
        .present(&rp("shop-marker.example"), &request, &nothing)
        .await;
    refused.expect_err("no consent");
    people.broker.faults().set(Faults {
        down: true,
        ..Faults::default()
    });
    wallet.obtain(digest, None).await.expect_err("away");
    people.broker.faults().set(Faults::default());
    people.days_later(1);
    wallet.obtain(digest, None).await.expect("renewed");
    let state = store.state().await;
    wallet.revoke().await.expect("revoked");
    wallet.refresh().await.expect("refreshed");
    wallet.obtain(digest, None).await.expect_err("revoked");

    secrets.bytes("seed", &keeper.seeds()[0]);
    secrets.base64("anchor key", &state["anchor"]);
    secrets.base64("pseudonym secret", &state["pseudonym_secret"]);
    secrets.base64("credential", &first);
    for held in [&first, &state["credentials"][0]["credential"]] {
        let bytes = from_base64url(held.as_str().expect("text")).expect("base64url");
        // Signature and signer_nym_entropy are at its end.
        secrets.bytes("signature", &bytes[bytes.len() - 32 - 3 - 80..]);
        secrets.bytes("signer_nym_entropy", &bytes[bytes.len() - 32..]);
    }
    let anchor = from_base64url(state["anchor"].as_str().expect("text")).expect("bytes");
    let anchor = AnchorKey::from_bytes(&anchor).expect("key").public();
    secrets.bytes("anchor public key", &anchor.to_bytes());
    let commitment = AnchorCommitment::of(&anchor);
    secrets.bytes("anchor commitment", commitment.as_bytes());
    let seed = spooky_core::keys::Seed::from_bytes(&keeper.seeds()[0]).expect("seed");
    let recovery = seed.recovery_key().expect("key").public();
    secrets.bytes("recovery key", &recovery.to_bytes());
    let recovery = spooky_core::keys::recovery_commitment(&recovery);
    secrets.bytes("recovery commitment", &recovery);
    // Behind the byte that every uncompressed key begins with.
    secrets.bytes("device key", &device.public_key().expect("key")[1..]);
    let tag = visited.tag.expect("tag").to_bytes();
    secrets.bytes("tag", &tag);
    secrets.bytes("nonce", request.nonce.as_bytes());
    let json = shown.to_json().expect("JSON");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    secrets.base64("proof", &json["proof"]);
    secrets.base64("tag elsewhere", &json["pseudonym"]);
    secrets.text("attribute", FAMILY_NAME);
    secrets.text("attribute", "1985-12-10");
    secrets.text("attribute name", "family_name");
    secrets.text("enrolment code", &code);
    secrets.text("enrolment code", "enr_wrong-code-marker");
    secrets.text("enrolled name", "enrolled-name-marker");
    secrets.text("site", "shop-marker.example");
    secrets.text("site", "forum-marker.example");
    for part in state["statement"].as_str().expect("JWS").split('.').skip(1) {
        secrets.text("statement", part);
    }
    // Nobody prints a wallet or what it holds by accident.
    let printed = format!(
        "{wallet:?} {:?} {shop:?} {shown:?} {request:?} {:?}",
        wallet.credentials().await.expect("list"),
        all_of(&wants)
    );
    let told = secrets.found(printed.replace("family_name", "").as_bytes());
    assert_eq!(told, [""; 0], "{printed}");

    let text = log.bytes();
    let readable = String::from_utf8_lossy(&text).into_owned();
    for side in ["chitty_client", "reference_server"] {
        assert!(readable.contains(side), "both sides log");
    }
    assert_eq!(secrets.found(&text), [""; 0]);

    // The control: one line that leaks is found, whatever its encoding.
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    tracing::debug!(tag = hex, "leak");
    tracing::debug!(anchor = commitment.to_text(), "leak");
    let text = log.bytes();
    let mut found = secrets.found(&text);
    found.sort_unstable();
    assert_eq!(found, ["anchor commitment", "tag"]);
}
