//! Credentials from a broker: to active anchors alone, renewed on the identical commitment, at most so
//! many a day (`spec/broker.md`).

use async_trait::async_trait;
use chitty_client::error::Code;
use reference_server::{AttributeSource, BrokerServer, Refusal};
use serde_json::Value;
use spooky_core::{
    anchor::AnchorCommitment,
    credential::{AttributeSchema, AttributeType, Attributes, Schema},
    entropy::OsEntropy,
    keys::{AnchorKey, Seed, SeedSize},
};

use crate::{
    bench::DAY,
    people::{Bench, Person, name, schema},
};

const CREDENTIAL: &str = "/api/oidc/credential";

fn other_schema() -> Schema {
    let one = AttributeSchema {
        name: name("family_name"),
        kind: AttributeType::Text,
        derived: None,
    };
    Schema::new("https://broker.example/other", 7, false, vec![one]).unwrap()
}

#[tokio::test]
async fn a_credential_is_issued_once_enrolled_and_renewed_with_the_same_tags() {
    let bench = Bench::new().await;
    let person = Person::registered(&bench).await;
    let nothing_known = person.renew(&bench).await;
    nothing_known.refused(403, Code::EnrolmentMissing);

    let (person, first) = Person::with_credential(&bench).await;
    let over_21 = first.attributes().get(&name("age_over_21"));
    assert_eq!(
        over_21,
        Some(&spooky_core::credential::Value::Boolean(true))
    );
    bench.clock.advance(DAY);
    let again = person.renew(&bench).await;
    assert_eq!(again.headers["cache-control"], "no-store");
    let renewed = person.take(&bench, &again).await;
    assert!(renewed.has_tags_of(&first), "bans would not hold");
    assert!(renewed.not_after() > first.not_after());
    // The next period's key signs when its days come.
    bench.handle().rotate_keys().unwrap();
    bench.clock.advance(729 * DAY);
    bench.handle().rotate_keys().unwrap();
    let later = person.renew(&bench).await;
    assert!(person.take(&bench, &later).await.has_tags_of(&first));
}

#[tokio::test]
async fn an_enrolment_code_serves_one_anchor_and_one_schema() {
    let bench = Bench::new().await;
    let (one, other) = (
        Person::registered(&bench).await,
        Person::registered(&bench).await,
    );
    let code = bench.enrol("one").await;
    let ask = async |person: &Person, code: &str| {
        let mut ask = person.asks(&bench.nonce().await, &schema(), bench.now());
        ask["enrolment_code"] = code.into();
        bench.post(CREDENTIAL, &ask).await
    };
    let unknown = ask(&one, "enr_wrong").await;
    unknown.refused(403, Code::EnrolmentCodeInvalid);
    let unregistered = ask(&Person::new(), &code).await;
    unregistered.refused(404, Code::AnchorUnknown);
    assert_eq!(ask(&one, &code).await.status, 200, "it was not used up");
    assert_eq!(
        ask(&one, &code).await.status,
        200,
        "a lost answer is asked for again"
    );
    let taken = ask(&other, &code).await;
    taken.refused(403, Code::EnrolmentCodeInvalid);
    other
        .renew(&bench)
        .await
        .refused(403, Code::EnrolmentMissing);

    // What the operator removes is gone.
    assert!(
        bench
            .handle()
            .store()
            .remove_enrolment("one")
            .await
            .unwrap()
    );
    one.renew(&bench).await.refused(403, Code::EnrolmentMissing);
    let wrong = Attributes::from([(
        name("family_name"),
        spooky_core::credential::Value::Integer(1),
    )]);
    assert!(
        bench
            .handle()
            .enrol("two", &schema(), &wrong)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_request_is_refused_for_each_thing_that_is_wrong_with_it() {
    let bench = Bench::new().await;
    let (person, _) = Person::with_credential(&bench).await;
    let asks = async |now| person.asks(&bench.nonce().await, &schema(), now);

    let mut other_nonce = asks(bench.now()).await;
    other_nonce["nonce"] = asks(bench.now()).await["nonce"].take();
    let reply = bench.post(CREDENTIAL, &other_nonce).await;
    reply.because(422, Code::CredentialRefused, "issuance_other_nonce");
    for now in [bench.now() - 301, bench.now() + 301] {
        let reply = bench.post(CREDENTIAL, &asks(now).await).await;
        reply.because(401, Code::SignedTimeInvalid, "issuance_clock");
    }
    // A schema that is not offered; one that is swapped for an offered one; half a request.
    let unknown = person.asks(&bench.nonce().await, &other_schema(), bench.now());
    let mut swapped = person.asks(&bench.nonce().await, &other_schema(), bench.now());
    swapped["schema"] = schema().digest().to_text().into();
    for body in [unknown, swapped] {
        let reply = bench.post(CREDENTIAL, &body).await;
        reply.because(422, Code::CredentialRefused, "issuance_other_schema");
    }
    let mut cut = asks(bench.now()).await;
    cut["request"] = "a.b.c".into();
    let reply = bench.post(CREDENTIAL, &cut).await;
    reply.because(422, Code::CredentialRefused, "issuance_malformed");
    // Another anchor's signature under this one's claims.
    let mut forged = asks(bench.now()).await;
    let other = Person::new().asks(&[0; 32], &schema(), bench.now());
    let signature = |body: &Value| {
        let text = body["request"].as_str().unwrap();
        text.rsplit_once('.')
            .map(|(input, sign)| (input.to_owned(), sign.to_owned()))
    };
    let (input, sign) = (signature(&forged).unwrap().0, signature(&other).unwrap().1);
    forged["request"] = format!("{input}.{sign}").into();
    let reply = bench.post(CREDENTIAL, &forged).await;
    reply.because(422, Code::CredentialRefused, "issuance_anchor_signature");

    // The control, and its replay.
    let good = asks(bench.now()).await;
    assert_eq!(bench.post(CREDENTIAL, &good).await.status, 200);
    let replayed = bench.post(CREDENTIAL, &good).await;
    replayed.refused(401, Code::NonceInvalid);
}

#[tokio::test]
async fn a_wallet_that_changed_its_secret_is_not_renewed() {
    let bench = Bench::new().await;
    let (mut person, first) = Person::with_credential(&bench).await;
    let seed = Seed::make(SeedSize::Bits128, &OsEntropy).unwrap();
    let own = std::mem::replace(&mut person.seed, seed);
    let reply = person.renew(&bench).await;
    reply.because(409, Code::CommitmentChanged, "issuance_other_commitment");
    person.seed = own;
    let renewed = person.renew(&bench).await;
    assert!(person.take(&bench, &renewed).await.has_tags_of(&first));
}

#[tokio::test]
async fn a_revoked_anchor_gets_nothing_more() {
    let bench = Bench::new().await;
    let (person, _) = Person::with_credential(&bench).await;
    assert_eq!(person.renew(&bench).await.status, 200, "the control");
    person.revoke(&bench).await;
    let reply = person.renew(&bench).await;
    reply.because(403, Code::AnchorRevoked, "issuance_anchor_revoked");
    let unregistered = Person {
        anchor: AnchorKey::make(&OsEntropy).unwrap(),
        ..Person::new()
    };
    let reply = unregistered.renew(&bench).await;
    reply.because(404, Code::AnchorUnknown, "issuance_anchor_unknown");
}

#[tokio::test]
async fn an_anchor_gets_so_many_credentials_a_day() {
    let bench = Bench::new().await;
    let (person, _) = Person::with_credential(&bench).await;
    for _ in 0..2 {
        assert_eq!(person.renew(&bench).await.status, 200);
    }
    let reply = person.renew(&bench).await;
    reply.refused(429, Code::QuotaExceeded);
    assert_eq!(
        reply.headers["retry-after"], "43200",
        "midnight is twelve hours away"
    );
    let (other, _) = Person::with_credential(&bench).await;
    assert_eq!(other.renew(&bench).await.status, 200);
    bench.clock.advance(DAY);
    assert_eq!(person.renew(&bench).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_requests_that_cross_get_one_lineage() {
    let bench = Bench::new().await;
    let person = Person::registered(&bench).await;
    let code = bench.enrol("one").await;
    let ask = async || {
        let mut ask = person.asks(&bench.nonce().await, &schema(), bench.now());
        ask["enrolment_code"] = code.as_str().into();
        bench.post(CREDENTIAL, &ask).await
    };
    let (one, other) = tokio::join!(ask(), ask());
    let one = person.take(&bench, &one).await;
    assert!(person.take(&bench, &other).await.has_tags_of(&one));
}

/// A source that does not answer.
struct Away;

#[async_trait]
impl AttributeSource for Away {
    async fn attributes(
        &self,
        _: &AnchorCommitment,
        _: &Schema,
        _: Option<&str>,
    ) -> Result<Option<Attributes>, Refusal> {
        Err(Refusal::new(Code::ServiceFailed))
    }
}

#[tokio::test]
async fn a_source_of_attributes_that_does_not_answer_is_a_refusal() {
    let broker = BrokerServer::builder()
        .schema(schema())
        .attribute_source(std::sync::Arc::new(Away))
        .start()
        .await
        .unwrap();
    let bench = Bench::elsewhere(&broker.url(), "");
    let person = Person::registered(&bench).await;
    person.renew(&bench).await.refused(500, Code::ServiceFailed);
}
