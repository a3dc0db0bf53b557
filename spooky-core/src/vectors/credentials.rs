//! `spec/vectors/credentials` and `spec/vectors/pseudonyms`, but for presentations.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{bytes, bytes_32, read};
use crate::{
    bbs::Suite,
    credential::*,
    encoding::base64url,
    keys::PseudonymSecret,
    pseudonym::{Host, site_context},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretCase {
    description: String,
    result: String,
    secret: String,
    suite: String,
    issuer: String,
    prover_nym: String,
    blind: String,
}

#[test]
fn secrets() {
    for case in read::<SecretCase>("credentials/secrets.json", "holder-secrets").cases {
        assert_eq!(case.result, "valid");
        let secret = PseudonymSecret::from_bytes(&bytes(&case.secret)).unwrap();
        let mut suites = Suite::ALL.into_iter();
        let suite = suites.find(|suite| suite.id() == case.suite).unwrap();
        let issuer = IssuerId::parse(&case.issuer).unwrap();
        let (nym, blind) = HolderSecrets::derive(&secret, suite, &issuer)
            .unwrap()
            .exposed();
        let what = &case.description;
        assert_eq!(base64url(nym.as_slice()), case.prover_nym, "{what}");
        assert_eq!(base64url(blind.as_slice()), case.blind, "{what}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageCase {
    description: String,
    result: String,
    name: String,
    value: serde_json::Value,
    message: Option<String>,
}

#[test]
fn messages() {
    let mut seen = std::collections::BTreeSet::new();
    for case in read::<MessageCase>("credentials/messages.json", "messages").cases {
        let what = &case.description;
        let name = AttributeName::parse(&case.name).unwrap();
        match serde_json::from_value::<Value>(case.value.clone()) {
            Ok(value) => {
                assert_eq!(case.result, "valid", "{what}");
                let message = base64url(&message(&name, &value));
                assert_eq!(Some(&message), case.message.as_ref(), "{what}");
                assert!(seen.insert(message), "{what}: another attribute's message");
                assert_eq!(serde_json::to_value(&value).unwrap(), case.value, "{what}");
            }
            Err(_) => assert_eq!(case.result, "malformed", "{what}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaCase {
    description: String,
    schema: String,
    result: String,
    canonical: Option<String>,
    digest: Option<String>,
}

#[test]
fn schemas() {
    for case in read::<SchemaCase>("credentials/schemas.json", "schemas").cases {
        let what = &case.description;
        match Schema::from_json(case.schema.as_bytes()) {
            Ok(schema) => {
                assert_eq!(case.result, "valid", "{what}");
                let canonical = String::from_utf8(schema.to_json().unwrap()).unwrap();
                assert_eq!(Some(canonical), case.canonical, "{what}");
                assert_eq!(Some(schema.digest().to_text()), case.digest, "{what}");
            }
            Err(_) => assert_eq!(case.result, "malformed", "{what}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderCase {
    description: String,
    result: String,
    schema: String,
    not_after: String,
    header: String,
}

#[test]
fn headers() {
    for case in read::<HeaderCase>("credentials/headers.json", "headers").cases {
        assert_eq!(case.result, "valid");
        let schema = SchemaDigest(bytes_32(&case.schema));
        let header = header(&schema, Day::parse(&case.not_after).unwrap()).unwrap();
        assert_eq!(base64url(&header), case.header, "{}", case.description);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyCase {
    description: String,
    policy: String,
    schema: String,
    result: String,
    canonical: Option<String>,
    digest: Option<String>,
}

#[test]
fn policies() {
    for case in read::<PolicyCase>("credentials/policies.json", "policies").cases {
        let what = &case.description;
        let schema = Schema::from_json(case.schema.as_bytes()).unwrap();
        let Ok(policy) = Policy::from_json(case.policy.as_bytes()) else {
            assert_eq!(case.result, "malformed", "{what}");
            continue;
        };
        match policy.check(&schema) {
            Ok(()) => {
                assert_eq!(case.result, "valid", "{what}");
                let canonical = String::from_utf8(policy.to_json().unwrap()).unwrap();
                assert_eq!(Some(canonical), case.canonical, "{what}");
                assert_eq!(Some(base64url(&policy.digest())), case.digest, "{what}");
            }
            Err(refusal) => assert_eq!(refusal.code(), case.result, "{what}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresentationHeaderCase {
    description: String,
    result: String,
    host: String,
    nonce: String,
    policy: String,
    header: String,
}

#[test]
fn presentation_headers() {
    let name = "credentials/presentation-headers.json";
    for case in read::<PresentationHeaderCase>(name, "presentation-headers").cases {
        assert_eq!(case.result, "valid");
        let host = Host::parse(&case.host).unwrap();
        let nonce = Nonce::parse(&case.nonce).unwrap();
        let header = presentation_header(&host, &nonce, &bytes_32(&case.policy));
        assert_eq!(base64url(&header), case.header, "{}", case.description);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerKeysCase {
    description: String,
    offered: String,
    held: Option<String>,
    today: Option<String>,
    result: String,
    /// The key of some last days, when the set is good.
    keys: Option<BTreeMap<String, Option<String>>>,
}

#[test]
fn issuer_keys() {
    let name = "credentials/issuer-keys.json";
    for case in read::<IssuerKeysCase>(name, "issuer-keys").cases {
        let what = &case.description;
        let Ok(offered) = IssuerKeys::from_json(case.offered.as_bytes()) else {
            assert_eq!(case.result, "malformed", "{what}");
            continue;
        };
        let again = IssuerKeys::from_json(&offered.to_json().unwrap());
        assert_eq!(again.as_ref(), Ok(&offered), "{what}");
        let result = case.held.map_or("valid", |held| {
            let held = IssuerKeys::from_json(held.as_bytes()).unwrap();
            let today = Day::parse(case.today.as_ref().unwrap()).unwrap();
            match (
                offered.may_replace(&held),
                offered.keeps_periods_of(&held, today),
            ) {
                (false, _) => "rolled_back",
                (true, false) => "changed",
                (true, true) => "valid",
            }
        });
        assert_eq!(result, case.result, "{what}");
        for (day, key) in case.keys.unwrap_or_default() {
            let found = offered.for_last_day(Day::parse(&day).unwrap());
            let found = found.map(|key| base64url(&key.to_bytes()));
            assert_eq!(found, key, "{what}: {day}");
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgeCase {
    description: String,
    result: String,
    born: String,
    years: u8,
    on: String,
    reached: bool,
}

#[test]
fn ages() {
    for case in read::<AgeCase>("credentials/ages.json", "ages").cases {
        assert_eq!(case.result, "valid");
        let born = Day::parse(&case.born).unwrap();
        let reached = born.reaches_age(case.years, Day::parse(&case.on).unwrap());
        assert_eq!(reached, case.reached, "{}", case.description);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextCase {
    description: String,
    host: String,
    result: String,
    canonical: Option<String>,
    context: Option<String>,
}

#[test]
fn contexts() {
    for case in read::<ContextCase>("pseudonyms/contexts.json", "contexts").cases {
        let what = &case.description;
        match Host::parse(&case.host) {
            Ok(host) => {
                assert_eq!(case.result, "valid", "{what}");
                assert_eq!(Some(host.as_str()), case.canonical.as_deref(), "{what}");
                let context = base64url(&site_context(&host));
                assert_eq!(Some(context), case.context, "{what}");
            }
            Err(_) => assert_eq!(case.result, "malformed", "{what}"),
        }
    }
}
