//! Keys that a broker published and revokes, sets that are old, and answers that come late: what wallet and
//! site make of them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chitty_client::{
    Code,
    transport::{HttpRequest, HttpResponse, HttpTransport, TransportError},
    wallet::Site,
};
use chitty_tests::{
    people::{BROKER, Glass, Keeper, answer, policy, schema},
    rogue_broker::RogueBroker,
};
use spooky_core::{
    anchor::{SnapshotHead, StatusReason},
    credential::PresentationReason,
    jose::KeyState,
    verdict::Verdict,
};
use tokio::sync::Notify;

use crate::{Bench, code, refused};

const SHOP: &str = "shop.example";
const DAY: u64 = 86_400;
const METADATA: &str = "/.well-known/openid-credential-issuer";

fn site(bench: &Bench) -> Site {
    let site = Site::builder().host(SHOP).broker(BROKER);
    let site = site
        .clock(bench.clock.clone())
        .transport(bench.broker.clone());
    site.build().expect("site")
}

/// The first key is revoked, and the second covers its period.
fn revoke_first(bench: &Bench) {
    let mut plan = bench.broker.plan();
    let (_, from, until) = plan.published[0];
    plan.published.push((1, from, until));
    plan.revoked.push(0);
    plan.version += 1;
    plan.signs_with = 1;
}

#[tokio::test]
async fn a_credential_of_a_revoked_key_is_obtained_anew_with_the_same_tags() {
    let bench = Bench::new();
    let (wallet, shop) = (bench.person().await, site(&bench));
    let wants = policy(&["age_over_21"], true);
    let show = async || {
        let request = shop.request(&wants).await.expect("request");
        let shown = answer(&wallet, SHOP, &request).await;
        shop.verify(&shown, &wants, &shown.claimed_nonce())
            .await
            .expect("verdict")
    };
    let Verdict::Valid(before) = show().await else {
        panic!("the control");
    };
    revoke_first(&bench);
    let head = SnapshotHead {
        issuer: BROKER.to_owned(),
        seq: 1,
        as_of: bench.broker.now(),
        prev: None,
        reset: None,
    };
    bench.broker.serve_snapshot(&head, &[]);
    shop.refresh().await.expect("everybody's set");
    // A wallet that does not know yet shows it, and the site knows better.
    let gone = Verdict::Invalid(PresentationReason::KeyRevoked);
    assert_eq!(show().await, gone);
    let request = shop.request(&wants).await.expect("request");
    wallet.refresh().await.expect("everybody's set");
    let rp = chitty_tests::people::rp(SHOP);
    let consent = spooky_core::credential::Consent {
        attributes: [chitty_tests::people::name("age_over_21")].into(),
        tag: true,
    };
    let told = wallet.present(&rp, &request, &consent).await;
    assert_eq!(code(told), Code::CredentialKeyRevoked);

    let renewed = wallet.obtain(schema().digest(), None).await;
    renewed.expect("under the key that took its place");
    let Verdict::Valid(after) = show().await else {
        panic!("it passes again");
    };
    assert!(after.tag == before.tag, "bans hold");
    // A key that was revoked does not come back, nor does its period without it.
    for (revoked, place) in [(vec![], 0), (vec![], 1)] {
        {
            let mut plan = bench.broker.plan();
            let period = plan.published[0];
            plan.version += 1;
            (plan.revoked, plan.published) = (revoked, vec![(place, period.1, period.2)]);
        }
        let refused = wallet.obtain(schema().digest(), None).await;
        assert_eq!(code(refused), Code::IssuerKeysChanged, "{place}");
        assert_eq!(code(shop.refresh().await), Code::IssuerKeysChanged);
    }
    assert!(show().await.is_valid(), "what was refused changed nothing");
}

#[tokio::test]
async fn a_statement_of_a_revoked_key_is_fetched_anew() {
    let bench = Bench::new();
    let wallet = bench.person().await;
    let now = bench.broker.now();
    let head = |seq, prev| SnapshotHead {
        issuer: BROKER.to_owned(),
        seq,
        as_of: now,
        prev,
        reset: None,
    };
    bench.broker.serve_snapshot(&head(1, None), &[]);
    wallet.refresh().await.expect("refreshed");
    let standing = async || wallet.check_standing(3_600).await.expect("check");
    assert_eq!(standing().await, Verdict::Valid(now), "the control");
    assert_eq!(
        bench.broker.asked("/api/anchor/status"),
        0,
        "not without need"
    );

    {
        let mut plan = bench.broker.plan();
        plan.statements_version = 2;
        plan.first_statement_key = KeyState::Revoked;
        plan.publishes_both = true;
        plan.signs_statements_with = 1;
        plan.state_anew(now);
    }
    bench.broker.serve_snapshot(&head(3, Some([7; 32])), &[]);
    wallet.refresh().await.expect("under the new key");
    assert_eq!(standing().await, Verdict::Valid(now));
    assert_eq!(bench.broker.asked("/api/anchor/status"), 1);
    // Unrevoked, or under another version: refused, and nothing changes.
    let bend = |version, state| {
        let mut plan = bench.broker.plan();
        (plan.statements_version, plan.first_statement_key) = (version, state);
    };
    bend(3, KeyState::Active);
    assert_eq!(code(wallet.refresh().await), Code::StatementKeysChanged);
    assert_eq!(code(wallet.standing().await), Code::StatementKeysChanged);
    bend(2, KeyState::Active);
    assert_eq!(code(wallet.refresh().await), Code::KeySetRolledBack);
    bend(3, KeyState::Revoked);
    wallet.refresh().await.expect("the control");
    assert_eq!(standing().await, Verdict::Valid(now));
    // A broker that goes on answering what the revoked key signed is not believed.
    bench.broker.plan().signs_statements_with = 0;
    bench.broker.plan().state_anew(now);
    let error = refused(wallet.standing().await);
    assert_eq!(error.code(), Code::StatementRefused);
    assert_eq!(error.reason(), Some("status_key_not_valid"));
}

#[tokio::test]
async fn keys_that_are_old_or_of_the_future_judge_nothing_also_after_a_restart() {
    let bench = Bench::new();
    let store = Glass::default();
    let open = || {
        let wallet = bench.wallet().store(store.clone());
        wallet
            .seed_keeper(Keeper::default())
            .build()
            .expect("wallet")
    };
    open().register().await.expect("registered");
    let day = i64::try_from(DAY).expect("days") * 1000;
    bench.clock.set(10 * day);
    let now = bench.broker.now();
    let head = SnapshotHead {
        issuer: BROKER.to_owned(),
        seq: 1,
        as_of: now,
        prev: None,
        reset: None,
    };
    bench.broker.serve_snapshot(&head, &[]);
    open().refresh().await.expect("refreshed");
    // However old a snapshot may be, the keys that verify it may not.
    let check = async || open().check_standing(365 * DAY).await.expect("check");
    let stale = Verdict::Indeterminate(StatusReason::KeysStale);
    bench.clock.set(10 * day + day - 60_000);
    assert_eq!(check().await, Verdict::Valid(now), "the control");
    bench.clock.set(10 * day + day + 60_000);
    assert_eq!(check().await, stale);
    let patient = bench.wallet().store(store.clone());
    let patient = patient.keys_max_age(Duration::from_secs(2 * DAY));
    let patient = patient
        .seed_keeper(Keeper::default())
        .build()
        .expect("wallet");
    let longer = patient.check_standing(365 * DAY).await.expect("check");
    assert_eq!(longer, Verdict::Valid(now), "as it was told");
    // What is presented is the person's own affair and needs no fresh keys: it is the site's to judge.

    // A site: keys of a clock that was ahead are stale, and are fetched anew.
    bench.clock.set(400 * day);
    let shop = site(&bench);
    shop.refresh().await.expect("in a year");
    bench.clock.set(10 * day);
    let wallet = open();
    wallet
        .obtain(schema().digest(), None)
        .await
        .expect("credential");
    let wants = policy(&["age_over_21"], true);
    let request = shop.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &request).await;
    let asked = bench.broker.asked(METADATA);
    let verdict = shop
        .verify(&shown, &wants, &shown.claimed_nonce())
        .await
        .expect("verdict");
    assert!(verdict.is_valid(), "{verdict:?}");
    assert_eq!(bench.broker.asked(METADATA), asked + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_asks_for_keys_at_most_once_a_minute_however_many_present() {
    let bench = Bench::new();
    let (wallet, shop) = (bench.person().await, site(&bench));
    let wants = policy(&["age_over_21"], true);
    shop.refresh().await.expect("keys");
    bench.clock.set(25 * 3_600_000);
    wallet
        .obtain(schema().digest(), None)
        .await
        .expect("renewed");
    let mut shown = Vec::new();
    for _ in 0..8 {
        let request = shop.request(&wants).await.expect("request");
        shown.push(answer(&wallet, SHOP, &request).await);
    }
    bench.broker.plan().away = true;
    let stale = Verdict::Indeterminate(PresentationReason::KeysStale);
    for one in &shown[..3] {
        assert_eq!(
            shop.verify(one, &wants, &one.claimed_nonce())
                .await
                .expect("verdict"),
            stale
        );
    }
    bench.broker.plan().away = false;
    let asked = bench.broker.asked(METADATA);
    bench.clock.set(25 * 3_600_000 + 50_000);
    assert_eq!(
        shop.verify(&shown[3], &wants, &shown[3].claimed_nonce())
            .await
            .expect("verdict"),
        stale
    );
    assert_eq!(bench.broker.asked(METADATA), asked, "not within a minute");
    bench.clock.set(25 * 3_600_000 + 61_000);
    let judge = async |n: usize| {
        let one = &shown[n];
        shop.verify(one, &wants, &one.claimed_nonce()).await
    };
    let (a, b, c, d) = tokio::join!(judge(4), judge(5), judge(6), judge(7));
    assert!(
        [a, b, c, d]
            .into_iter()
            .all(|one| one.is_ok_and(|one| one.is_valid()))
    );
    assert_eq!(
        bench.broker.asked(METADATA),
        asked + 1,
        "once for all of them"
    );
}

/// A line on which the answer with the keys is late: it stands still until it is let go.
#[derive(Clone)]
struct Late {
    broker: RogueBroker,
    answered: Arc<Notify>,
    go: Arc<Notify>,
}

#[async_trait]
impl HttpTransport for Late {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let keys = request.url.ends_with(METADATA);
        let answer = self.broker.send(request).await;
        if keys {
            self.answered.notify_one();
            self.go.notified().await;
        }
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_with_one_wallet_the_late_one_puts_nothing_back() {
    let bench = Bench::new();
    let store = Glass::default();
    let wallet = || bench.wallet().store(store.clone());
    let quick = wallet().build().expect("wallet");
    quick.register().await.expect("registered");
    quick
        .obtain(schema().digest(), None)
        .await
        .expect("credential");
    let late = Late {
        broker: bench.broker.clone(),
        answered: Arc::default(),
        go: Arc::default(),
    };
    let slow = wallet().transport(late.clone()).build().expect("wallet");
    let task = tokio::spawn(async move { slow.obtain(schema().digest(), None).await });
    late.answered.notified().await;
    // The other one learns of the revocation meanwhile.
    revoke_first(&bench);
    let told = async || {
        let request = spooky_core::credential::PresentationRequest {
            nonce: spooky_core::credential::Nonce::from_bytes([7; 32]),
            policy: policy(&["age_over_21"], true),
        };
        let consent = spooky_core::credential::Consent {
            attributes: [chitty_tests::people::name("age_over_21")].into(),
            tag: true,
        };
        quick
            .present(&chitty_tests::people::rp(SHOP), &request, &consent)
            .await
    };
    let head = SnapshotHead {
        issuer: BROKER.to_owned(),
        seq: 1,
        as_of: bench.broker.now(),
        prev: None,
        reset: None,
    };
    assert!(told().await.is_ok(), "the control");
    bench.broker.serve_snapshot(&head, &[]);
    // Later than the other one asked.
    bench.clock.set(3_000);
    quick.refresh().await.expect("refreshed");
    assert_eq!(code(told().await), Code::CredentialKeyRevoked);
    late.go.notify_one();
    let obtained = task.await.expect("task");
    obtained.expect("a late answer is no broker's lie");
    told().await.expect("under the key of the set that stayed");
    // The newer set is still the one that counts.
    bench.broker.plan().version -= 1;
    bench.broker.plan().revoked.clear();
    bench.broker.plan().published.truncate(1);
    assert_eq!(code(quick.refresh().await), Code::KeySetRolledBack);
}
