//! Whose session an answer is for: requests passed on to another person, sessions opened for a victim, codes
//! brought to another session, stores that fail.

use async_trait::async_trait;
use chitty_client::{
    Code, Error,
    wallet::{MemoryResponses, ResponseStore, Site, SiteAnswer, Wallet},
};
use chitty_tests::{
    people::{Keeper, People, all_of, answer, passed, policy, rp, schema},
    town::Town,
};
use spooky_core::{
    credential::{
        Arrival, Flow, Policy, Presentation, PresentationReason, PresentationVerdict,
        VerifiedRequest,
    },
    pseudonym::AuthenticatedRp,
    verdict::Verdict,
};

use crate::{code, refused};

const SHOP: &str = "shop.example";
const EVIL: &str = "evil.example";

const OTHER_NONCE: PresentationVerdict = Verdict::Invalid(PresentationReason::OtherNonce);
const NO_NONCE: PresentationVerdict = Verdict::Invalid(PresentationReason::NonceUnknown);
const NO_CODE: PresentationVerdict = Verdict::Invalid(PresentationReason::ResponseCode);

/// A wallet with a credential that reaches the sites of the town.
async fn victim(people: &People, town: &Town) -> Wallet {
    let wallet = people.wallet(&Keeper::default()).transport(town.clone());
    let wallet = wallet.build().expect("wallet");
    wallet.register().await.expect("registered");
    let code = people.enrol("victim").await;
    let obtained = wallet.obtain(schema().digest(), Some(&code)).await;
    obtained.expect("credential");
    wallet
}

async fn answers(wallet: &Wallet, signed: &str, arrival: Arrival) -> Result<SiteAnswer, Error> {
    let asked = wallet.open_request(signed, arrival).await?;
    wallet
        .answer(&asked, &all_of(&asked.request().policy))
        .await
}

fn wants() -> Policy {
    policy(&["age_over_21"], true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_another_session_s_question_is_refused() {
    let people = People::start().await;
    let wallet = people.person("one").await;
    let shop = people.site(SHOP).build().expect("site");
    let wants = wants();
    // The victim answers the question of their own session; the attacker's session brings what it got hold of.
    let (victims, attackers) = (
        shop.request(&wants).await.expect("request"),
        shop.request(&wants).await.expect("request"),
    );
    let shown = answer(&wallet, SHOP, &victims).await;
    let verdict = shop.verify(&shown, &wants, &attackers.nonce).await;
    assert_eq!(verdict.expect("verdict"), OTHER_NONCE);
    // The attacker's own nonce is used up by that. The victim's is not.
    let own = answer(&wallet, SHOP, &attackers).await;
    let verdict = shop.verify(&own, &wants, &attackers.nonce).await;
    assert_eq!(verdict.expect("verdict"), NO_NONCE);
    let verdict = shop.verify(&shown, &wants, &victims.nonce).await;
    passed(verdict.expect("the control"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_asking_session_gets_in_with_the_code_and_once() {
    let (people, town) = (People::start().await, Town::default());
    let wallet = victim(&people, &town).await;
    let shop = town.open(SHOP, people.site(SHOP));
    let asked = shop.signed_request(&wants(), Flow::SameDevice).await;
    let asked = asked.expect("request");
    let said = answers(&wallet, &asked.text, Arrival::Link).await;
    let said = said.expect("answered");
    let code = said.response_code.expect("a code");
    let back = format!("https://shop.example/answers?response_code={code}");
    assert_eq!(said.return_uri, Some(back));
    let posted = town.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].0, "https://shop.example/answers");
    let shown = shop.accept(&code, &asked.nonce).await.expect("verdict");
    passed(shown).tag.expect("tag");
    let again = shop.accept(&code, &asked.nonce).await.expect("verdict");
    assert_eq!(again, NO_CODE, "once");
    // What was posted is worth nothing any more, here or where no code is asked for.
    let shown = Presentation::from_cbor(&posted[0].1).expect("CBOR");
    let replayed = shop.receive(&shown).await.expect("verdict");
    assert_eq!(replayed, Verdict::Invalid(PresentationReason::NonceUnknown));
    let plain = shop.verify(&shown, &wants(), &asked.nonce).await;
    assert_eq!(plain.expect("verdict"), NO_NONCE);
    // For a polling session there never was anything.
    assert!(shop.collect(&asked.nonce).await.expect("store").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_makes_a_victim_answer_their_session_s_request_is_not_let_in() {
    let (people, town) = (People::start().await, Town::default());
    let wallet = victim(&people, &town).await;
    let shop = town.open(SHOP, people.site(SHOP).allow_cross_device());
    // The attacker opens a session and sends its request to the victim, who answers.
    let asked = shop.signed_request(&wants(), Flow::SameDevice).await;
    let attackers = asked.expect("request");
    let said = answers(&wallet, &attackers.text, Arrival::Link).await;
    let code = said.expect("answered").response_code.expect("code");
    // The code is on the victim's device. The attacker has the nonce alone.
    assert!(
        shop.collect(&attackers.nonce)
            .await
            .expect("store")
            .is_none()
    );
    let guesses = ["", "AA", &attackers.nonce.to_text(), &attackers.text];
    for guess in guesses {
        let verdict = shop.accept(guess, &attackers.nonce).await;
        assert_eq!(verdict.expect("verdict"), NO_CODE, "{guess}");
    }
    // The victim's browser has another session, or none: the code is not for it, and used up.
    let own = shop.signed_request(&wants(), Flow::SameDevice).await;
    let own = own.expect("request");
    let verdict = shop.accept(&code, &own.nonce).await.expect("verdict");
    assert_eq!(verdict, NO_CODE);
    let verdict = shop.accept(&code, &attackers.nonce).await;
    assert_eq!(verdict.expect("verdict"), NO_CODE, "burnt by the attempt");

    // Control: without a code, which is what `cross_device` is, the same attack succeeds once the victim scans.
    let asked = shop.signed_request(&wants(), Flow::CrossDevice).await;
    let attackers = asked.expect("request");
    let said = answers(&wallet, &attackers.text, Arrival::Scanned).await;
    assert_eq!(said.expect("answered").response_code, None);
    let got = shop.collect(&attackers.nonce).await.expect("store");
    passed(got.expect("the attacker is the victim"));
    assert!(
        shop.collect(&attackers.nonce)
            .await
            .expect("store")
            .is_none(),
        "once"
    );
    // Which is why wallets do not take such a request by link, and sites have to want it.
    let asked = shop.signed_request(&wants(), Flow::CrossDevice).await;
    let asked = asked.expect("request");
    let by_link = refused(answers(&wallet, &asked.text, Arrival::Link).await);
    assert_eq!(
        (by_link.code(), by_link.reason()),
        (Code::SignedRequestRefused, Some("request_flow"))
    );
    let careful = town.open(SHOP, people.site(SHOP));
    let asked = careful.signed_request(&wants(), Flow::CrossDevice).await;
    assert_eq!(code_of(asked), Code::ConfigurationInvalid);
}

fn code_of<T>(result: Result<T, Error>) -> Code {
    code(result)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_passes_a_signed_request_on_gets_nothing() {
    let (people, town) = (People::start().await, Town::default());
    let wallet = victim(&people, &town).await;
    let shop = town.open(SHOP, people.site(SHOP));
    let evil = town.open(EVIL, people.site(EVIL));
    let asked = shop.signed_request(&wants(), Flow::SameDevice).await;
    let asked = asked.expect("request");
    // Brought by evil.example: the answer goes to the shop.
    let said = answers(&wallet, &asked.text, Arrival::Link).await;
    said.expect("answered");
    let posted = town.posted();
    assert!(
        posted
            .iter()
            .all(|(url, _)| url.starts_with("https://shop.example/"))
    );
    // Not even the wallet's own app gets it, for want of anybody to hand it to.
    let asked = shop.signed_request(&wants(), Flow::SameDevice).await;
    let asked = asked.expect("request");
    let opened = wallet.open_request(&asked.text, Arrival::Link).await;
    let opened: VerifiedRequest = opened.expect("request");
    let consent = all_of(&opened.request().policy);
    let handed = wallet
        .present(&opened.rp(), opened.request(), &consent)
        .await;
    assert_eq!(
        refused(handed).reason(),
        Some("request_response_uri"),
        "a presentation for a signed request is handed to nobody"
    );
    // Control: a request that says nothing of where the answer goes. Whoever the wallet believes to be the shop
    // has an answer that the shop takes.
    let plain = shop.request(&wants()).await.expect("request");
    let believed: AuthenticatedRp = rp(SHOP);
    let consent = all_of(&plain.policy);
    let shown = wallet.present(&believed, &plain, &consent).await;
    let shown = shown.expect("presentation");
    let verdict = shop.verify(&shown, &plain.policy, &plain.nonce).await;
    passed(verdict.expect("verdict"));
    // What evil.example got for itself is none for the shop.
    let asked = evil.signed_request(&wants(), Flow::SameDevice).await;
    let said = answers(&wallet, &asked.expect("request").text, Arrival::Link).await;
    said.expect("answered");
    let last = town.posted().pop().expect("posted");
    assert_eq!(last.0, "https://evil.example/answers");
    let shown = Presentation::from_cbor(&last.1).expect("CBOR");
    let there = shop.receive(&shown).await.expect("verdict");
    assert_eq!(there, Verdict::Invalid(PresentationReason::NonceUnknown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_a_code_or_somewhere_else_is_an_error() {
    let (people, town) = (People::start().await, Town::default());
    let wallet = victim(&people, &town).await;
    let shop = town.open(SHOP, people.site(SHOP));
    let ask = async || {
        let asked = shop.signed_request(&wants(), Flow::SameDevice).await;
        let asked = asked.expect("request");
        answers(&wallet, &asked.text, Arrival::Link).await
    };
    for (status, body, wanted) in [
        (200, "{}", Code::ResponseCodeMissing),
        (200, "", Code::ResponseCodeMissing),
        (200, r#"{"response_code":"AA"}"#, Code::ResponseCodeMissing),
        (200, r#"{"response_code":7}"#, Code::ResponseCodeMissing),
        (302, "{}", Code::RedirectRefused),
        (403, "{}", Code::Forbidden),
    ] {
        town.always_says(status, body);
        let before = town.posted().len();
        assert_eq!(code(ask().await), wanted, "{status} {body}");
        assert_eq!(town.posted().len(), before + 1, "sent once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_and_requests_end_and_are_of_one_place() {
    let (people, town) = (People::start().await, Town::default());
    let wallet = victim(&people, &town).await;
    // Two replicas with one store.
    let store = std::sync::Arc::new(MemoryResponses::default());
    let one = town.open(SHOP, people.site(SHOP).responses(store.clone()));
    let other = town.open(SHOP, people.site(SHOP).responses(store));
    let ask = async |site: &Site| {
        let asked = site.signed_request(&wants(), Flow::SameDevice).await;
        asked.expect("request")
    };
    // Asked and posted at the second, which the town knows; fetched at the first.
    let asked = ask(&other).await;
    let said = answers(&wallet, &asked.text, Arrival::Link).await;
    let got = said.expect("answered").response_code.expect("code");
    passed(one.accept(&got, &asked.nonce).await.expect("verdict"));
    // A code lives 300 seconds, and so does a request.
    let asked = ask(&other).await;
    let said = answers(&wallet, &asked.text, Arrival::Link).await;
    let got = said.expect("answered").response_code.expect("code");
    people.clock.set(301_500);
    let late = other.accept(&got, &asked.nonce).await.expect("verdict");
    assert_eq!(late, NO_CODE);
    people.clock.set(0);
    let asked = ask(&other).await;
    people.clock.set(301_500);
    let late = answers(&wallet, &asked.text, Arrival::Link).await;
    assert_eq!(code(late), Code::Forbidden, "the site's own answer");
}

/// A place for requests and answers that is away.
struct Broken;

#[async_trait]
impl ResponseStore for Broken {
    async fn put(&self, _: [u8; 32], _: Vec<u8>, _: u64, _: u64) -> Result<(), Error> {
        Err(Code::StoreFailed.into())
    }

    async fn take(&self, _: [u8; 32], _: u64) -> Result<Option<Vec<u8>>, Error> {
        Err(Code::StoreFailed.into())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_lets_nobody_in() {
    let (people, town) = (People::start().await, Town::default());
    let wallet = victim(&people, &town).await;
    let broken = town.open(SHOP, people.site(SHOP).responses(Broken));
    let asked = broken.signed_request(&wants(), Flow::SameDevice).await;
    assert_eq!(code(asked), Code::ResponseStoreFailed);
    let small = people.site(SHOP).responses(MemoryResponses::new(1));
    let small = town.open(SHOP, small);
    let asked = small.signed_request(&wants(), Flow::SameDevice).await;
    let asked = asked.expect("request");
    let second = small.signed_request(&wants(), Flow::SameDevice).await;
    assert_eq!(code(second), Code::ResponseStoreFull);
    // The control: the one that fits.
    let said = answers(&wallet, &asked.text, Arrival::Link).await;
    let got = said.expect("answered").response_code.expect("code");
    let verdict = broken.accept(&got, &asked.nonce).await;
    assert_eq!(code(verdict), Code::ResponseStoreFailed);
    let polled = broken.collect(&asked.nonce).await;
    assert_eq!(code(polled), Code::ResponseStoreFailed);
    passed(small.accept(&got, &asked.nonce).await.expect("verdict"));
    // What has no key or no address signs nothing; an address of another host builds no site.
    let plain = people.site(SHOP).build().expect("site");
    let asked = plain.signed_request(&wants(), Flow::SameDevice).await;
    assert_eq!(code(asked), Code::ConfigurationInvalid);
    for uri in ["https://evil.example/answers", "http://shop.example/", "x"] {
        let built = people.site(SHOP).response_uri(uri).build();
        assert_eq!(code(built), Code::SiteInvalid, "{uri}");
    }
}
