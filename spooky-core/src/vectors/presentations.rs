//! `spec/vectors/credentials/presentations.json`: made by this crate, since Python has no curve here,
//! and judged from their bytes like those of a stranger. Write them again after a change of the
//! format: `SPOOKY_WRITE_VECTORS=1 cargo test -p spooky-core --lib vectors::presentations`.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{bytes, read, written};
use crate::{
    Error,
    bbs::{SecretKey, Suite},
    credential::*,
    encoding::{base64url, labelled_sha256},
    entropy::Entropy,
    keys::{AnchorKey, Seed},
    pseudonym::{AuthenticatedRp, Host},
};

const NAME: &str = "credentials/presentations.json";
const NOW: u64 = 1_795_000_000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    description: String,
    schema: serde_json::Value,
    policy: serde_json::Value,
    issuer_keys: serde_json::Value,
    host: String,
    nonce: String,
    now: u64,
    cbor: String,
    json: serde_json::Value,
    result: String,
    verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
}

/// The same bytes every time: nothing here is secret.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(7);
        Ok(())
    }
}

fn schema() -> Schema {
    let text = json!({ "typ": "spookyid/schema/v1", "id": "https://issuer.example/person",
        "life_days": 7, "linkable": false, "attributes": [
            { "name": "family_name", "type": "text" }, { "name": "birth_date", "type": "date" },
            { "name": "age_over_21", "type": "boolean",
              "derived": { "rule": "age_over", "from": "birth_date", "years": 21 } },
            { "name": "points", "type": "integer" }] });
    Schema::from_json(text.to_string().as_bytes()).unwrap()
}

fn attribute(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

fn credential(suite: Suite) -> Result<(HeldCredential, IssuerKeys), Box<dyn std::error::Error>> {
    let (schema, id) = (schema(), IssuerId::parse("https://issuer.example")?);
    let key = SecretKey::from_bytes(suite, &[7; 32])?;
    let period = IssuerKey {
        key: key.public_key().clone(),
        from: Day::parse("2026-01-01")?,
        until: Day::parse("2026-12-31")?,
        state: IssuerKeyState::Active,
    };
    let keys = IssuerKeys::new(id.clone(), 1, vec![period])?;
    let secret = Seed::from_bytes(&[1; 16])?.pseudonym_secret()?;
    let secrets = HolderSecrets::derive(&secret, suite, &id)?;
    let (anchor, nonce) = (AnchorKey::from_bytes(&[2; 32])?, Nonce::from_bytes([3; 32]));
    let text = request_credential(&secrets, &anchor, &schema, &nonce, NOW, &Fixed)?;
    let unverified = UnverifiedCredentialRequest::parse(&text)?;
    let request = unverified.verify(&id, &schema, &nonce, NOW)?;
    let attributes = Attributes::from([
        (attribute("family_name"), Value::Text("Lovelace".into())),
        (
            attribute("birth_date"),
            Value::Date(Day::parse("1985-12-10")?),
        ),
        (attribute("points"), Value::Integer(-12)),
    ]);
    let issuer = Issuer {
        id: &id,
        key: &key,
        schema: &schema,
    };
    let (today, active) = (Day::of_unix_time(NOW)?, AnchorState::Active);
    let (issued, _) = issuer.first(&request, active, attributes, today, &Fixed)?;
    let held = HeldCredential::take(&issued, &schema, &keys, &secrets, NOW)?;
    Ok((held, keys))
}

fn policy(tag: bool) -> Policy {
    let terms = PolicyTerms {
        issuers: vec![IssuerId::parse("https://issuer.example").unwrap()],
        attributes: vec![
            Requirement {
                name: attribute("age_over_21"),
                equals: Some(Value::Boolean(true)),
            },
            Requirement {
                name: attribute("points"),
                equals: None,
            },
        ],
        tag,
        max_days: 7,
    };
    Policy::build(&schema(), terms).unwrap()
}

fn make() -> Result<Vec<Case>, Box<dyn std::error::Error>> {
    let mut cases = Vec::new();
    for (suite, name) in Suite::ALL.into_iter().zip(["SHA-256", "SHAKE-256"]) {
        let (held, keys) = credential(suite)?;
        for tag in [true, false] {
            let nonce = Nonce::from_bytes(labelled_sha256("test nonce", &[b"presentation"]));
            let request = PresentationRequest {
                nonce,
                policy: policy(tag),
            };
            let consent = Consent {
                attributes: [attribute("age_over_21"), attribute("points")].into(),
                tag,
            };
            let rp = AuthenticatedRp::posting_to("https://shop.example")?;
            let good = held.present(&rp, &request, &consent, NOW, &Fixed)?;
            let mut add = |what: &str, host: &str, nonce: Nonce, now, one: &Presentation| {
                let verdict = judge(&schema(), &policy(tag), &keys, host, nonce, now, one);
                let (verdict, result) = verdict;
                let tags = verdict == "valid" && tag;
                let kind = if tag { "with tag" } else { "without tag" };
                cases.push(Case {
                    description: format!("{name}, {kind}: {what}"),
                    schema: serde_json::from_slice(&schema().to_json().unwrap()).unwrap(),
                    policy: serde_json::from_slice(&policy(tag).to_json().unwrap()).unwrap(),
                    issuer_keys: serde_json::from_slice(&keys.to_json().unwrap()).unwrap(),
                    host: host.to_owned(),
                    nonce: nonce.to_text(),
                    now,
                    cbor: base64url(&one.to_cbor()),
                    json: serde_json::from_slice(&one.to_json().unwrap()).unwrap(),
                    result,
                    verdict: verdict.to_owned(),
                    tag: tags.then(|| {
                        let json: serde_json::Value =
                            serde_json::from_slice(&one.to_json().unwrap()).unwrap();
                        json["pseudonym"].as_str().unwrap().to_owned()
                    }),
                });
            };
            add("a presentation", "shop.example", nonce, NOW, &good);
            add("at another site", "other.example", nonce, NOW, &good);
            let other = Nonce::from_bytes([9; 32]);
            add("for another nonce", "shop.example", other, NOW, &good);
            let later = NOW + 9 * 86_400;
            add("after its last day", "shop.example", nonce, later, &good);
            let elsewhere = AuthenticatedRp::posting_to("https://other.example")?;
            let foreign = held.present(&elsewhere, &request, &consent, NOW, &Fixed)?;
            let text = String::from_utf8(foreign.to_json()?)?.replace("other.", "shop.");
            let renamed = Presentation::from_json(text.as_bytes())?;
            add(
                "for another site, renamed",
                "shop.example",
                nonce,
                NOW,
                &renamed,
            );
            let text = String::from_utf8(good.to_json()?)?.replace("-12}", "12}");
            let changed = Presentation::from_json(text.as_bytes())?;
            add("a changed value", "shop.example", nonce, NOW, &changed);
        }
    }
    Ok(cases)
}

fn judge(
    schema: &Schema,
    policy: &Policy,
    keys: &IssuerKeys,
    host: &str,
    nonce: Nonce,
    now: u64,
    presentation: &Presentation,
) -> (&'static str, String) {
    let host = Host::parse(host).unwrap();
    let issuers = [TrustedIssuer {
        keys: keys.clone(),
        fetched_at: now,
    }];
    let verifier = Verifier::new(&host, policy, schema, &issuers, 0).unwrap();
    let verdict = verifier.verify(presentation, BurnedNonce::after_burning(nonce), now);
    written(&verdict, |reason| reason.code().to_owned())
}

#[test]
fn presentations() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::var_os("SPOOKY_WRITE_VECTORS").is_some() {
        let document = json!({ "kind": "presentations",
            "description": "Presentations and their verdicts, made by spooky-core itself. Every key \
                behind this file is a throw-away test key. Trust none of them.",
            "cases": make()? });
        let mut text = serde_json::to_string_pretty(&document)?.replace("  ", " ");
        text.push('\n');
        std::fs::write(super::path(NAME), text)?;
    }
    let mut valid = 0;
    for case in read::<Case>(NAME, "presentations").cases {
        let what = &case.description;
        let one = Presentation::from_cbor(&bytes(&case.cbor))?;
        assert!(
            one == Presentation::from_json(case.json.to_string().as_bytes())?,
            "{what}"
        );
        assert_eq!(base64url(&one.to_cbor()), case.cbor, "{what}");
        let schema = Schema::from_json(case.schema.to_string().as_bytes())?;
        let policy = Policy::from_json(case.policy.to_string().as_bytes())?;
        let keys = IssuerKeys::from_json(case.issuer_keys.to_string().as_bytes())?;
        let nonce = Nonce::parse(&case.nonce)?;
        let judged = judge(&schema, &policy, &keys, &case.host, nonce, case.now, &one);
        assert_eq!(
            (judged.0, &judged.1),
            (&*case.verdict, &case.result),
            "{what}"
        );
        valid += u32::from(judged.0 == "valid");
    }
    assert_eq!(valid, 4, "both suites, with tag and without");
    Ok(())
}
