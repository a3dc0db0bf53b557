//! Writes `seeds/` again, always the same: objects of our own making, and texts from
//! `spec/vectors`. Then runs every target on its seeds.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml --example seeds`

use std::path::{Path, PathBuf};

use chitty_fuzz::{TARGETS, engine::key};
use serde_json::Value;
use spooky_core::{
    Error,
    bbs::{Credential, Disclosure, NymSecret, Suite, commit, commit_with_nym},
    credential::{
        AnchorState, AttributeName, Attributes, Day, HolderSecrets, IssuedCredential, Issuer,
        IssuerId, Nonce, Schema, UnverifiedCredentialRequest, Value as Attribute,
        request_credential,
    },
    encoding::from_base64url,
    entropy::Entropy,
    keys::{AnchorKey, Seed},
};

type Seeds = Vec<(&'static str, String, Vec<u8>)>;

/// The same bytes every time: nothing here is secret.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(5);
        Ok(())
    }
}

fn engine(seeds: &mut Seeds) -> Result<(), Error> {
    let suite = Suite::Bls12381Sha256;
    let (key, texts) = (key(), ["name", "over 21"]);
    let public = key.public_key();
    let signature = key.sign(b"header", &texts)?;
    let mut add = |target, name: &str, bytes: &[u8]| {
        seeds.push((target, name.to_owned(), bytes.to_vec()));
    };
    add("scalar", "key", key.expose_secret().as_slice());
    add("scalar", "zero", &[0; 32]);
    add("public_key", "key", &public.to_bytes());
    add("signature", "two-messages", &signature.to_bytes());
    let credential = Credential::new(public, &signature, b"header", &texts)?;
    let one = Disclosure {
        messages: &[1],
        committed: &[],
    };
    let proof = credential.prove(one, b"nonce", &Fixed)?.to_bytes();
    add("proof", "one-shown", &proof);
    // form, signer, one shown message (index 1), all of it before the split, header, ph, pseudonym.
    let shown = [
        &[1, 1, 7][..],
        b"over 21",
        &[1, 6],
        b"header",
        &[5],
        b"nonce",
    ]
    .concat();
    let statement =
        |form: &[u8], pseudonym: &[u8], proof: &[u8]| [form, &shown, pseudonym, proof].concat();
    add("verify", "core", &statement(&[0, 0], &[0; 48], &proof));

    let (commitment, blind) = commit(suite, &["mine"], &Fixed)?;
    add("commitment", "one-message", &commitment.to_bytes());
    let signature = key.blind_sign(Some(&commitment), b"header", &texts)?;
    let credential =
        Credential::from_blind(public, &signature, b"header", &texts, &["mine"], &blind)?;
    let proof = credential.prove(one, b"nonce", &Fixed)?.to_bytes();
    add("proof", "blind", &proof);
    add("verify", "blind", &statement(&[1, 2], &[0; 48], &proof));

    let (prover, signer) = (
        NymSecret::from_bytes(&[3; 32])?,
        NymSecret::from_bytes(&[9; 32])?,
    );
    let (commitment, blind) = commit_with_nym(suite, &["mine"], &prover, &Fixed)?;
    add("commitment", "pseudonym", &commitment.to_bytes());
    let signature = key.blind_sign_with_nym(&commitment, &signer, b"header", &texts)?;
    let credential = Credential::with_nym(
        public,
        &signature,
        b"header",
        &texts,
        &["mine"],
        &blind,
        &prover,
        &signer,
    )?;
    let (proof, nym) = credential.prove_with_pseudonym(one, b"context", b"nonce", &Fixed)?;
    add("pseudonym", "one", &nym.to_bytes());
    let verify = statement(&[2, 2], &nym.to_bytes(), &proof.to_bytes());
    add("verify", "pseudonym", &verify);
    Ok(())
}

fn cases(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../spec/vectors")
        .join(path);
    let text = std::fs::read_to_string(path).expect("a vector file");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    document["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .take(12)
        .cloned()
        .collect()
}

fn texts(seeds: &mut Seeds) {
    let mut add = |target, number: usize, text: &str| {
        seeds.push((target, format!("vector-{number}"), text.as_bytes().to_vec()));
    };
    let ids = cases("ids/secure-fallback.json")
        .into_iter()
        .chain(cases("ids/canonical.json"));
    for (number, case) in ids.enumerate() {
        add("id", number, case["text"].as_str().expect("a text"));
    }
    for (number, case) in cases("receipts/valid.json").iter().enumerate() {
        let (id, receipt) = (&case["id"], &case["receipt"]);
        let (id, receipt) = (
            id.as_str().expect("an id"),
            receipt.as_str().expect("a receipt"),
        );
        add("receipt", number, &format!("{id}\n{receipt}"));
        add("jws", number, receipt);
        let answer = serde_json::json!({ "identifier": id, "receipt": receipt });
        add("answer", number, &answer.to_string());
    }
    for (number, case) in cases("grants/valid.json").iter().enumerate() {
        add("grant", number, case["grant"].as_str().expect("a grant"));
    }
    for (number, case) in cases("receipts/key-sets.json").iter().enumerate() {
        if let Some(offered) = case["offered"].as_str() {
            add("keys", number, offered);
        }
    }
}

/// As `chitty_fuzz::wallet` reads them: a state, or what everybody answers.
fn wallet(seeds: &mut Seeds) {
    let mut add = |name: &str, pieces: &[&[u8]]| {
        seeds.push(("wallet", name.to_owned(), pieces.concat()));
    };
    let good = chitty_fuzz::wallet::GOOD.trim_end();
    add("state-good", &[&[0], good.as_bytes()]);
    add("state-newer", &[&[0], br#"{"v":2}"#]);
    add(
        "answer-refused",
        &[
            &[1, 2],
            br#"{"error":{"code":"CHT-2035","reason":"issuance_anchor_revoked"}}"#,
        ],
    );
    let nonce = "A".repeat(43);
    let text = format!(r#"{{"nonce":"{nonce}","expires_in":300,"state":"revoked"}}"#);
    add("answer-nonce", &[&[1, 0], text.as_bytes()]);
    // Its own metadata, as the broker published them.
    let state: serde_json::Value = serde_json::from_str(good).expect("JSON");
    let document = |value: &serde_json::Value| -> serde_json::Value {
        serde_json::from_str(value.as_str().expect("text")).expect("JSON")
    };
    let schema = document(&state["schemas"][0]);
    let kept = &state["credentials"][0];
    let digest = spooky_core::credential::Schema::from_json(schema.to_string().as_bytes());
    let digest = digest.expect("schema").digest().to_text();
    let metadata = serde_json::json!({
        "credential_issuer": "https://broker.example",
        "issuer_keys": document(&state["issuer_keys"]["document"]),
        "credential_configurations_supported": {
            digest: { "format": "spookyid-bbs", "schema": schema },
        },
        "nonce": nonce,
        "credential": kept["credential"],
        "snapshot": state["snapshot"]["document"],
    });
    add(
        "answer-metadata",
        &[&[1, 0], metadata.to_string().as_bytes()],
    );
    let keys = document(&state["statement_keys"]["document"]).to_string();
    add("answer-keys", &[&[1, 0], keys.as_bytes()]);
}

/// As `chitty_fuzz::store` reads them.
fn store(seeds: &mut Seeds) {
    let mut add = |name: &str, pieces: &[&[u8]]| {
        seeds.push(("store", name.to_owned(), pieces.concat()));
    };
    add("file-empty", &[&[0]]);
    add("file-text", &[&[0], b"not a database, but a letter"]);
    let header = [
        &b"SQLite format 3\0"[..],
        &[0; 44],
        &[0, 0, 0, 1],
        &[0; 4],
        b"ChiQ",
    ]
    .concat();
    add("file-header", &[&[0], &header, &[0; 40]]);
    // user_version, application_id, text encoding, then a page.
    add("bytes-newer", &[&[1, 0, 60, 4, 0, 0, 39, 15]]);
    add("bytes-foreign", &[&[1, 0, 68, 4, 0, 0, 0, 7]]);
    add("bytes-encoding", &[&[1, 0, 56, 4, 0, 0, 0, 2]]);
    add(
        "bytes-page",
        &[&[1, 0x30, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x20, 9, 1, 9]],
    );
    // Row, column, kind, value.
    add("column-state", &[&[2, 2, 1, 1, 2]]);
    add("column-due-number", &[&[2, 2, 4, 1, 9]]);
    add("column-due-text", &[&[2, 2, 4, 3], b"tomorrow"]);
    add(
        "column-due-real",
        &[&[2, 2, 4, 2], &f64::INFINITY.to_le_bytes()],
    );
    add("column-key", &[&[2, 2, 0, 4], &[9; 32]]);
    add("column-body", &[&[2, 3, 6, 4], b"another body"]);
    add("column-fallback-id", &[&[2, 3, 2, 0]]);
    // State, two ids, due time, body.
    let receipt = cases("receipts/valid.json")
        .iter()
        .filter_map(|case| case["receipt"].as_str().map(str::to_owned))
        .next()
        .expect("a receipt");
    let body = |more: Value| {
        let mut record = serde_json::json!({
            "version": 1, "handle": "cm93LTE3", "named": true, "createdMs": 1_795_000_000_000_i64,
            "fingerprint": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        });
        let (record_map, more) = (record.as_object_mut().expect("a map"), more);
        record_map.extend(more.as_object().expect("a map").clone());
        record.to_string().into_bytes()
    };
    let intent = serde_json::json!({"profile": "secure-fallback", "namespace": "GEN", "type": "I", "metadata": {}});
    let open = body(serde_json::json!({ "intent": intent }));
    let owed = body(serde_json::json!({ "intent": intent, "fallbackReceipt": receipt }));
    let wedged = body(serde_json::json!({
        "intent": intent, "fallbackReceipt": receipt, "attempts": 3, "lastCode": "CHT-2013",
    }));
    let settled = body(serde_json::json!({ "receipt": receipt, "settledMs": 1 }));
    let newer = serde_json::json!({ "version": 2 }).to_string();
    add("row-open", &[&[3, 0, 0, 0, 0], &open]);
    add("row-owed", &[&[3, 2, 1, 0, 0], &owed]);
    add("row-held", &[&[3, 3, 1, 0, 0], &owed]);
    add("row-wedged", &[&[3, 4, 1, 0, 0], &wedged]);
    add("row-reconciled", &[&[3, 5, 1, 2, 0], &settled]);
    add("row-owed-without-id", &[&[3, 2, 0, 0, 0], &owed]);
    add("row-newer", &[&[3, 2, 1, 0, 0], newer.as_bytes()]);
    add("row-damaged", &[&[3, 2, 1, 0, 0], b"{"]);
}

/// A request for a credential, and what is issued for it.
fn issued() -> Result<(String, IssuedCredential), Error> {
    const NOW: u64 = 1_795_000_000;
    let schema = Schema::from_json(
        br#"{"typ":"spookyid/schema/v1","id":"s","life_days":7,"linkable":false,"attributes":[{"name":"a","type":"text"}]}"#,
    )?;
    let (key, issuer) = (key(), IssuerId::parse("https://issuer.example")?);
    let secret = Seed::from_bytes(&[1; 16])?.pseudonym_secret()?;
    let secrets = HolderSecrets::derive(&secret, Suite::Bls12381Sha256, &issuer)?;
    let (anchor, nonce) = (AnchorKey::from_bytes(&[2; 32])?, Nonce::from_bytes([3; 32]));
    let text = request_credential(&secrets, &anchor, &schema, &nonce, NOW, &Fixed)?;
    let unverified = UnverifiedCredentialRequest::parse(&text)?;
    let request = unverified
        .verify(&issuer, &schema, &nonce, NOW)
        .expect("a good request");
    let attributes = Attributes::from([(AttributeName::parse("a")?, Attribute::Text("b".into()))]);
    let issuer = Issuer {
        id: &issuer,
        key: &key,
        schema: &schema,
    };
    let today = Day::of_unix_time(NOW)?;
    let (issued, _) = issuer
        .first(&request, AnchorState::Active, attributes, today, &Fixed)
        .expect("a credential");
    Ok((text, issued))
}

fn people(seeds: &mut Seeds) -> Result<(), Error> {
    let mut add = |target, name: String, bytes: Vec<u8>| seeds.push((target, name, bytes));
    let statements = [
        ("anchors/registrations.json", "registration"),
        ("anchors/registered.json", "statement"),
        ("anchors/revocations.json", "certificate"),
        ("anchors/snapshots.json", "snapshot"),
    ];
    for (kind, (path, member)) in (0u8..).zip(statements) {
        for (number, case) in cases(path).iter().enumerate().take(6) {
            let text = case[member].as_str().or(case["steps"][0][member].as_str());
            let Some(text) = text else { continue };
            let bytes = [&[kind], text.as_bytes()].concat();
            add("anchor", format!("{member}-{number}"), bytes);
        }
    }
    for (number, case) in cases("credentials/requests.json").iter().enumerate().take(6) {
        let text = case["request"].as_str().expect("a text");
        let bytes = [&[5], text.as_bytes()].concat();
        add("anchor", format!("site-request-{number}"), bytes);
    }
    let (request, issued) = issued()?;
    add(
        "anchor",
        "request".into(),
        [&[4], request.as_bytes()].concat(),
    );
    add("issued", "cbor".into(), issued.to_cbor().to_vec());
    add("issued", "json".into(), issued.to_json()?.to_vec());
    for (path, member) in [
        ("credentials/schemas.json", "schema"),
        ("credentials/policies.json", "policy"),
    ] {
        for (number, case) in cases(path).iter().enumerate() {
            let text = case[member].as_str().expect("a text");
            add("public_json", format!("{member}-{number}"), text.into());
        }
    }
    for (number, case) in cases("receipts/intents.json").iter().enumerate() {
        let text = case["intent"].as_str().expect("a text");
        // The longest say nothing more.
        if text.len() < 4_096 {
            add("json", format!("intent-{number}"), text.into());
        }
    }
    for (number, case) in cases("credentials/presentations.json").iter().enumerate() {
        let cbor = from_base64url(case["cbor"].as_str().expect("a text"))?;
        add("presentation", format!("cbor-{number}"), cbor);
        let json = case["json"].to_string().into_bytes();
        add("presentation", format!("json-{number}"), json);
        if number == 0 {
            let keys = case["issuer_keys"].to_string().into_bytes();
            add("public_json", "issuer-keys".into(), keys);
            let request = serde_json::json!({ "nonce": case["nonce"], "policy": case["policy"] });
            add(
                "public_json",
                "request".into(),
                request.to_string().into_bytes(),
            );
        }
    }
    for (number, case) in cases("pseudonyms/contexts.json").iter().enumerate() {
        let host = case["host"].as_str().expect("a text");
        add("host", format!("vector-{number}"), host.into());
        add(
            "host",
            format!("origin-{number}"),
            format!("https://{host}:443").into(),
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut seeds = Seeds::new();
    engine(&mut seeds)?;
    texts(&mut seeds);
    store(&mut seeds);
    wallet(&mut seeds);
    people(&mut seeds)?;
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "seeds"].iter().collect();
    for (name, target) in TARGETS {
        let own: Vec<_> = seeds.iter().filter(|seed| seed.0 == name).collect();
        assert!(!own.is_empty(), "{name} has no seed");
        std::fs::create_dir_all(folder.join(name))?;
        for (_, file, bytes) in own {
            std::fs::write(folder.join(name).join(file), bytes)?;
            target(bytes);
        }
    }
    println!("{} seeds for {} targets", seeds.len(), TARGETS.len());
    Ok(())
}
