//! An issuer, a wallet and two sites for the tests.

use crate::{
    bbs::{SecretKey, Suite},
    credential::*,
    entropy::OsEntropy,
    keys::{AnchorKey, Seed, SeedSize},
    pseudonym::{AuthenticatedRp, Host},
};

/// 2026-11-18T14:26:40Z.
pub(super) const NOW: u64 = 1_795_000_000;
pub(super) const DAY: u64 = 86_400;

pub(super) type Outcome = Result<(), Box<dyn std::error::Error>>;

pub(super) fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

pub(super) fn attribute(text: &str, kind: AttributeType) -> AttributeSchema {
    AttributeSchema {
        name: name(text),
        kind,
        derived: None,
    }
}

pub(super) fn person_schema() -> Schema {
    let mut over_21 = attribute("age_over_21", AttributeType::Boolean);
    over_21.derived = Some(Derivation::AgeOver {
        from: name("birth_date"),
        years: 21,
    });
    let attributes = vec![
        attribute("family_name", AttributeType::Text),
        attribute("birth_date", AttributeType::Date),
        over_21,
        attribute("points", AttributeType::Integer),
        attribute("photo", AttributeType::Bytes),
    ];
    Schema::new("https://issuer.example/person", 7, false, attributes).unwrap()
}

pub(super) fn person() -> Attributes {
    Attributes::from([
        (name("family_name"), Value::Text("Lovelace".into())),
        (
            name("birth_date"),
            Value::Date(Day::parse("1985-12-10").unwrap()),
        ),
        (name("points"), Value::Integer(-12)),
        (name("photo"), Value::Bytes(vec![1, 2, 3])),
    ])
}

/// An issuer, and a wallet that has a seed and an anchor.
pub(super) struct World {
    pub(super) id: IssuerId,
    pub(super) key: SecretKey,
    pub(super) schema: Schema,
    pub(super) keys: IssuerKeys,
    pub(super) seed: Seed,
    pub(super) anchor: AnchorKey,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(person_schema())
    }

    pub(super) fn with(schema: Schema) -> Self {
        let id = IssuerId::parse("https://issuer.example").unwrap();
        let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy).unwrap();
        Self {
            keys: published(&id, &key),
            id,
            key,
            schema,
            seed: Seed::make(SeedSize::Bits128, &OsEntropy).unwrap(),
            anchor: AnchorKey::make(&OsEntropy).unwrap(),
        }
    }

    pub(super) fn issuer(&self) -> Issuer<'_> {
        Issuer {
            id: &self.id,
            key: &self.key,
            schema: &self.schema,
        }
    }

    pub(super) fn secrets(&self) -> HolderSecrets {
        secrets(&self.seed, &self.id)
    }

    pub(super) fn request_with(&self, secrets: &HolderSecrets, now: u64) -> CredentialRequest {
        let nonce = Nonce::make(&OsEntropy).unwrap();
        let text = request_credential(secrets, &self.anchor, &self.schema, &nonce, now, &OsEntropy)
            .unwrap();
        UnverifiedCredentialRequest::parse(&text)
            .unwrap()
            .verify(&self.id, &self.schema, &nonce, now)
            .unwrap()
    }

    pub(super) fn request(&self) -> CredentialRequest {
        self.request_with(&self.secrets(), NOW)
    }

    pub(super) fn issue(&self, attributes: Attributes) -> (IssuedCredential, Lineage) {
        let today = crate::credential::Day::of_unix_time(NOW).unwrap();
        self.issuer()
            .first(
                &self.request(),
                AnchorState::Active,
                attributes,
                today,
                &OsEntropy,
            )
            .unwrap()
    }

    pub(super) fn take(&self, issued: &IssuedCredential) -> Result<HeldCredential, TakeRefusal> {
        HeldCredential::take(issued, &self.schema, &self.keys, &self.secrets(), NOW)
    }

    pub(super) fn credential(&self) -> HeldCredential {
        self.take(&self.issue(person()).0).unwrap()
    }

    pub(super) fn trusted(&self) -> Vec<TrustedIssuer> {
        vec![TrustedIssuer {
            keys: self.keys.clone(),
            fetched_at: NOW - 60,
        }]
    }

    pub(super) fn policy(&self, attributes: &[&str], tag: bool) -> Policy {
        let requirement = |text: &&str| Requirement {
            name: name(text),
            equals: None,
        };
        let terms = PolicyTerms {
            issuers: vec![self.id.clone()],
            attributes: attributes.iter().map(requirement).collect(),
            tag,
            max_days: 7,
        };
        Policy::build(&self.schema, terms).unwrap()
    }

    pub(super) fn judge(
        &self,
        host: &str,
        policy: &Policy,
        presentation: &Presentation,
        nonce: Nonce,
        now: u64,
    ) -> PresentationVerdict {
        let host = Host::parse(host).unwrap();
        let mut issuers = self.trusted();
        issuers[0].fetched_at = now;
        let verifier = Verifier::new(&host, policy, &self.schema, &issuers, 30 * DAY).unwrap();
        verifier.verify(presentation, BurnedNonce::after_burning(nonce), now)
    }
}

pub(super) fn secrets(seed: &Seed, issuer: &IssuerId) -> HolderSecrets {
    let secret = seed.pseudonym_secret().unwrap();
    HolderSecrets::derive(&secret, Suite::Bls12381Sha256, issuer).unwrap()
}

pub(super) fn published(id: &IssuerId, key: &SecretKey) -> IssuerKeys {
    let entry = IssuerKey {
        key: key.public_key().clone(),
        from: crate::credential::Day::parse("2026-01-01").unwrap(),
        until: crate::credential::Day::parse("2026-12-31").unwrap(),
        state: IssuerKeyState::Active,
    };
    IssuerKeys::new(id.clone(), 1, vec![entry]).unwrap()
}

pub(super) fn rp(host: &str) -> AuthenticatedRp {
    AuthenticatedRp::posting_to(&format!("https://{host}")).unwrap()
}

pub(super) fn ask(policy: &Policy) -> PresentationRequest {
    PresentationRequest {
        nonce: Nonce::make(&OsEntropy).unwrap(),
        policy: policy.clone(),
    }
}

/// A person who agrees to everything that is asked.
pub(super) fn agreed(policy: &Policy) -> Consent {
    Consent {
        attributes: policy
            .attributes()
            .iter()
            .map(|one| one.name.clone())
            .collect(),
        tag: policy.tag(),
    }
}

pub(super) fn show(
    credential: &HeldCredential,
    host: &str,
    request: &PresentationRequest,
) -> Result<Presentation, PresentRefusal> {
    let consent = agreed(&request.policy);
    credential.present(&rp(host), request, &consent, NOW, &OsEntropy)
}
