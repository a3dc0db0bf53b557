//! Sites that ask in another's name, pass things on, work together, or fail: a presentation serves one
//! site, one occasion, one question.

use std::time::Duration;

use async_trait::async_trait;
use chitty_client::{Code, Error, wallet::NonceStore};
use chitty_tests::people::{
    DAY, People, all_of, answer, name, passed, policy, policy_of, rp, schema, visit,
};
use reference_server::Faults;
use spooky_core::{
    credential::{Consent, Nonce, Policy, Presentation, PresentationReason, PresentationRequest},
    entropy::OsEntropy,
    verdict::Verdict,
};

use crate::{code, refused};

const SHOP: &str = "shop.example";
const FORUM: &str = "forum.example";

fn invalid(
    reason: PresentationReason,
) -> Verdict<spooky_core::credential::Presented, PresentationReason> {
    Verdict::Invalid(reason)
}

/// The presentation with one member of its JSON changed.
fn bent(shown: &Presentation, member: &str, value: &str) -> Presentation {
    let json = shown.to_json().expect("JSON");
    let mut json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    json[member] = value.into();
    Presentation::from_json(json.to_string().as_bytes()).expect("presentation")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_site_gets_is_worth_nothing_at_another() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let (shop, forum) = (
        people.site(SHOP).build().expect("site"),
        people.site(FORUM).build().expect("site"),
    );
    let wants = policy(&["age_over_21"], true);

    // The shop passes the forum's request on as its own: the answer is for the shop's host.
    let relayed = forum.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &relayed).await;
    let verdict = forum.verify(&shown, &wants, &relayed.nonce).await;
    let verdict = verdict.expect("verdict");
    assert_eq!(verdict, invalid(PresentationReason::OtherHost));
    // Nor does it help to write the forum's name into it.
    let relayed = forum.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &relayed).await;
    let renamed = bent(&shown, "host", FORUM);
    let verdict = forum.verify(&renamed, &wants, &relayed.nonce).await;
    let verdict = verdict.expect("verdict");
    assert_eq!(verdict, invalid(PresentationReason::Proof));

    // A broker that asks on the shop's behalf gets a tag of its own, which no site knows.
    let request = shop.request(&wants).await.expect("request");
    let for_broker = answer(&wallet, "broker.example", &request).await;
    let verdict = shop.verify(&for_broker, &wants, &request.nonce).await;
    let verdict = verdict.expect("verdict");
    assert_eq!(verdict, invalid(PresentationReason::OtherHost));
    let broker = people.site("broker.example").build().expect("site");
    let own = visit(&wallet, &broker, "broker.example", &wants).await.tag;
    let at_shop = visit(&wallet, &shop, SHOP, &wants).await.tag;
    let bytes = |tag: Option<spooky_core::pseudonym::Tag>| tag.expect("tag").to_bytes();
    let at_shop = bytes(at_shop);
    assert_ne!(bytes(own), at_shop);
    let again = visit(&wallet, &shop, SHOP, &wants).await.tag;
    assert_eq!(bytes(again), at_shop, "the control: the same site");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_is_for_one_answer_and_one_occasion() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let shop = people.site(SHOP).build().expect("site");
    let wants = policy(&["age_over_21"], true);
    let show = async || {
        let request = shop.request(&wants).await.expect("request");
        answer(&wallet, SHOP, &request).await
    };
    let judge = async |shown: &Presentation| {
        let nonce = shown.claimed_nonce();
        let verdict = shop.verify(shown, &wants, &nonce).await;
        verdict.expect("verdict")
    };
    let shown = show().await;
    passed(judge(&shown).await);
    assert_eq!(
        judge(&shown).await,
        invalid(PresentationReason::NonceUnknown),
        "replayed"
    );
    // Shifted to another open nonce: that one is burnt, and the proof is for the first.
    let other = shop.request(&wants).await.expect("request");
    let shifted = bent(&show().await, "nonce", &other.nonce.to_text());
    assert_eq!(judge(&shifted).await, invalid(PresentationReason::Proof));
    let answered = answer(&wallet, SHOP, &other).await;
    assert_eq!(
        judge(&answered).await,
        invalid(PresentationReason::NonceUnknown),
        "burnt by the attempt"
    );
    let made_up = PresentationRequest {
        nonce: Nonce::make(&OsEntropy).expect("random"),
        policy: wants.clone(),
    };
    let shown = answer(&wallet, SHOP, &made_up).await;
    assert_eq!(
        judge(&shown).await,
        invalid(PresentationReason::NonceUnknown)
    );
    let (late, in_time) = (show().await, show().await);
    people.clock.set(299_000);
    passed(judge(&in_time).await);
    people.clock.set(302_000);
    assert_eq!(
        judge(&late).await,
        invalid(PresentationReason::NonceUnknown)
    );
    // Of two that arrive at once one passes.
    let shown = show().await;
    let (one, other) = tokio::join!(judge(&shown), judge(&shown));
    assert!(one.is_valid() != other.is_valid());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_asked_and_agreed_is_shown() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let shop = people.site(SHOP).build().expect("site");
    let wants = policy(&["age_over_21", "family_name"], true);
    let request = shop.request(&wants).await.expect("request");
    let consents = |names: &[&str], tag| Consent {
        attributes: names.iter().map(|text| name(text)).collect(),
        tag,
    };
    for (consent, wanted) in [
        (
            consents(&["age_over_21"], true),
            Code::AttributeNotConsented,
        ),
        (
            consents(&["age_over_21", "family_name"], false),
            Code::TagNotConsented,
        ),
    ] {
        let refused = wallet.present(&rp(SHOP), &request, &consent).await;
        assert_eq!(code(refused), wanted);
    }
    // More consent than the site asks for shows no more.
    let generous = consents(&["age_over_21", "family_name", "birth_date"], true);
    let shown = wallet.present(&rp(SHOP), &request, &generous).await;
    let shown = passed(
        shop.verify(&shown.expect("shown"), &wants, &request.nonce)
            .await
            .expect("verdict"),
    );
    assert_eq!(shown.attributes.len(), 2);

    // A question about another schema is answered neither by the wallet nor by the site.
    let other = spooky_core::credential::Schema::new(
        "https://broker.example/other",
        7,
        false,
        schema().attributes().to_vec(),
    );
    let swapped = policy_of(&other.expect("schema"), &["age_over_21"], true);
    assert_eq!(code(shop.request(&swapped).await), Code::SchemaUnknown);
    let question = PresentationRequest {
        nonce: request.nonce,
        policy: swapped,
    };
    let refused = wallet.present(&rp(SHOP), &question, &generous).await;
    assert_eq!(code(refused), Code::CredentialMissing);
    // An answer to one question is none to another.
    let (narrow, wide) = (
        policy(&["age_over_21"], true),
        policy(&["family_name"], true),
    );
    let request = shop.request(&narrow).await.expect("request");
    let shown = answer(&wallet, SHOP, &request).await;
    let verdict = shop.verify(&shown, &wide, &request.nonce).await;
    let verdict = verdict.expect("verdict");
    assert_eq!(verdict, invalid(PresentationReason::OverDisclosed));
    // A value that the site does not accept is not shown to it.
    let mut strict: serde_json::Value =
        serde_json::from_slice(&narrow.to_json().expect("JSON")).expect("JSON");
    strict["attributes"][0]["equals"] = serde_json::json!({ "type": "boolean", "value": false });
    let strict = Policy::from_json(strict.to_string().as_bytes()).expect("policy");
    let request = shop.request(&strict).await.expect("request");
    let refused = wallet.present(&rp(SHOP), &request, &all_of(&strict)).await;
    assert_eq!(code(refused), Code::PolicyNotFulfilled);
}

/// A store that does not answer.
struct Broken;

#[async_trait]
impl NonceStore for Broken {
    async fn remember(&self, _: &Nonce, _: u64, _: u64) -> Result<(), Error> {
        Ok(())
    }

    async fn burn(&self, _: &Nonce, _: u64) -> Result<bool, Error> {
        Err(Code::StoreFailed.into())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_cannot_burn_accepts_nothing() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let wants = policy(&["age_over_21"], true);
    let broken = people.site(SHOP).nonces(Broken).build().expect("site");
    let request = broken.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &request).await;
    let error = refused(broken.verify(&shown, &wants, &request.nonce).await);
    assert_eq!(error.code(), Code::NonceStoreFailed);
    assert_eq!(error.causes()[0].code(), Code::StoreFailed);
    let nonces = chitty_client::wallet::MemoryNonces::new(1);
    let small = people.site(SHOP).nonces(nonces).build().expect("site");
    let request = small.request(&wants).await.expect("request");
    assert_eq!(code(small.request(&wants).await), Code::NonceStoreFull);
    let shown = answer(&wallet, SHOP, &request).await;
    let verdict = small.verify(&shown, &wants, &request.nonce).await;
    passed(verdict.expect("the control"));
}

/// What a site fetched while its clock was ahead is dated in a time to come: it is fetched again, and no
/// visitor is turned away until then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_were_fetched_by_a_clock_ahead_are_fetched_again() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let shop = people.site(SHOP).build().expect("site");
    let wants = policy(&["age_over_21"], true);
    people.clock.set(30 * DAY);
    shop.refresh().await.expect("cached");
    people.clock.set(0);
    // The hazard: what was cached cannot be judged by. Without a network that is what is said.
    let down = |down| {
        people.broker.faults().set(Faults {
            down,
            ..Faults::default()
        });
    };
    let request = shop.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &request).await;
    down(true);
    let ahead = Verdict::Indeterminate(PresentationReason::KeysAheadOfClock);
    assert_eq!(
        shop.verify(&shown, &wants, &shown.claimed_nonce())
            .await
            .expect("verdict"),
        ahead
    );
    down(false);
    // Fetches that presentations cause are apart by a minute.
    people.clock.set(120_000);
    visit(&wallet, &shop, SHOP, &wants).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_work_offline_until_the_keys_are_too_old() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let shop = people
        .site(SHOP)
        .keys_max_age(Duration::from_secs(2 * 86_400));
    let shop = shop.build().expect("site");
    let wants = policy(&["age_over_21"], true);
    wallet.refresh().await.expect("cached");
    shop.refresh().await.expect("cached");
    let fresh = people
        .site(FORUM)
        .deadline(Duration::from_secs(1))
        .build()
        .expect("site");
    people.broker.faults().set(Faults {
        down: true,
        ..Faults::default()
    });
    visit(&wallet, &shop, SHOP, &wants).await;
    people.clock.set(2 * DAY - 60_000);
    visit(&wallet, &shop, SHOP, &wants).await;
    people.clock.set(2 * DAY + 60_000);
    let request = shop.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &request).await;
    let stale = Verdict::Indeterminate(PresentationReason::KeysStale);
    let verdict = shop.verify(&shown, &wants, &request.nonce).await;
    assert_eq!(verdict.expect("verdict"), stale);
    // Who never fetched anything cannot even ask.
    let error = refused(fresh.request(&wants).await);
    assert_eq!(error.code(), Code::ConnectionLost);
    let offline = wallet.obtain(schema().digest(), None).await;
    assert_eq!(code(offline), Code::ConnectionLost);

    people.broker.faults().set(Faults::default());
    people.clock.set(2 * DAY + 130_000);
    visit(&wallet, &shop, SHOP, &wants).await;
}
