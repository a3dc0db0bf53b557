//! Debts: settled once, counted once, and seen when one fallback id turns up twice. The receipts
//! are real; a fallback that signs anything writes them.

use std::sync::Arc;

use chitty_client::{error::Code, issuance::receipt::CheckedReceipt};
use reference_server::store::{
    DebtProof, Enrolment, MainStore, Mint, ProvenIntent, Quota, Settled, Slot,
};
use spooky_core::{entropy::OsEntropy, jose::SigningKey, jose::UnverifiedJws};

use crate::{
    bench::{Ask, Bench},
    rogue::{Rogue, signed_request},
    stores::{NOW, Numbers, Place, crowd, intent, slot},
};

const NAME: &str = "fb";

/// A fallback with a grant, and its key enrolled at the store under test.
pub(crate) struct Fallback {
    pub(crate) bench: Bench,
    rogue: Rogue,
}

impl Fallback {
    pub(crate) async fn new(store: &dyn MainStore, max: u64) -> Self {
        let bench = Bench::new().await;
        let key = SigningKey::make(&OsEntropy).unwrap();
        let enrolment = Enrolment {
            name: NAME.to_owned(),
            thumbprint: key.verifying_key().thumbprint(),
            namespaces: vec!["GEN".to_owned()],
            max,
            cycles: 1,
        };
        bench.main.store().enroll(&enrolment, NOW).await.unwrap();
        store.enroll(&enrolment, NOW).await.unwrap();
        let request = signed_request(&bench, &key, NAME, "grant", |_| {}).await;
        let path = "/api/chittyid/fallback/grant";
        let reply = bench.post(path, "", &request).await;
        let grant = reply.body["grant"].as_str().unwrap().to_owned();
        let jws = UnverifiedJws::parse(&grant, "chitty-fallback-grant+jwt").unwrap();
        let rogue = Rogue {
            name: NAME.to_owned(),
            key,
            grant,
            claims: jws.dangerous_unverified_claims().unwrap(),
        };
        Self { bench, rogue }
    }

    /// A receipt of the `number`-th id for `ask`.
    pub(crate) fn debt(&self, ask: &Ask, number: u32) -> Debt {
        let issue = self
            .rogue
            .issue(ask, "alpha", &self.rogue.id(number), |_| {});
        Debt(self.bench.check(&issue), ask.idk(), slot(9999))
    }
}

/// A checked receipt, the digest of its key, and where permanent ids come from.
pub(crate) struct Debt(
    pub(crate) CheckedReceipt,
    pub(crate) String,
    pub(crate) Slot,
);

impl Debt {
    pub(crate) fn proof<'a>(&'a self, tenant: &'a str, proven: bool) -> DebtProof<'a> {
        DebtProof {
            tenant,
            receipt: &self.0,
            proven: proven.then_some(ProvenIntent {
                fingerprint: [1; 32],
                metadata: "{}",
            }),
            slot: &self.2,
            quota: Quota { daily: None },
            now: NOW,
        }
    }

    async fn settle(&self, store: &dyn MainStore) -> Result<Settled, Code> {
        let settled = store
            .settle(&self.proof("alpha", true), &Numbers("p"))
            .await;
        settled.map_err(|refusal| refusal.code())
    }

    async fn log(&self, store: &dyn MainStore) -> usize {
        let mint = Numbers("p");
        let entries = [(self.proof("alpha", false), &mint as &dyn Mint)];
        store.log(&entries).await.unwrap().known
    }
}

pub(crate) async fn a_debt_is_settled_once_and_repeated_for_ever(place: Place) {
    let handles = [place.main().await, place.main().await];
    let fallback = Fallback::new(&*handles[0], 9).await;
    let debt = Arc::new(fallback.debt(&Ask::new("a"), 1));
    let asked = debt.clone();
    let settled = crowd(16, &handles, move |_, store| {
        let debt = asked.clone();
        async move { debt.settle(&*store).await.unwrap().answer }
    })
    .await;
    assert!(settled.iter().all(|answer| answer.identifier == "p0"));
    assert!(
        settled
            .iter()
            .all(|answer| answer.receipt == settled[0].receipt)
    );
    assert_eq!(settled.iter().filter(|answer| !answer.repeated).count(), 1);
    assert_eq!(handles[0].debts().await.unwrap().len(), 1);
    let old = debt.0.id().to_string();
    let events = |steps: Vec<reference_server::store::Step>| -> Vec<String> {
        steps.into_iter().map(|step| step.event).collect()
    };
    let life = handles[1].lifecycle(&old, None).await.unwrap();
    assert_eq!(events(life), ["issued", "superseded"]);
    let life = handles[1].lifecycle("p0", None).await.unwrap();
    assert_eq!(events(life), ["issued", "reconciled"]);
    let known = handles[1].look_up(&old).await.unwrap();
    assert_eq!(
        (known[0].class, known[0].permanent.as_deref()),
        ("fallback", Some("p0"))
    );
    let foreign = handles[0]
        .settle(&debt.proof("beta", true), &Numbers("p"))
        .await;
    assert_eq!(foreign.err().unwrap().code(), Code::DebtForeign);
}

pub(crate) async fn two_receipts_of_one_id_raise_one_alarm(place: Place) {
    let handles = [place.main().await, place.main().await];
    let fallback = Arc::new(Fallback::new(&*handles[0], 99).await);
    let asked = fallback.clone();
    // Each id has two receipts, which arrive at both replicas at once.
    let settled = crowd(16, &handles, move |n, store| {
        let debt = asked.debt(&Ask::new(&n.to_string()), u32::try_from(n / 2).unwrap());
        async move { debt.settle(&*store).await.unwrap() }
    })
    .await;
    let mut permanent: Vec<String> = Vec::new();
    for pair in settled.chunks(2) {
        let seen = pair.iter().filter(|one| one.duplicate).count();
        assert_eq!(seen, 1, "the second of a pair must be seen");
        permanent.extend(pair.iter().map(|one| one.answer.identifier.clone()));
    }
    permanent.sort();
    permanent.dedup();
    assert_eq!(permanent.len(), 16, "every holder has an id of its own");
    let alarms = handles[0].alarms().await.unwrap();
    assert_eq!(alarms.len(), 8);
    assert!(
        alarms
            .iter()
            .all(|alarm| alarm.is(Code::DuplicateFallbackId))
    );
    assert!(handles[1].fallbacks().await.unwrap()[0].suspended);
    assert!(handles[1].resume(NAME).await.unwrap());
    assert!(!handles[0].fallbacks().await.unwrap()[0].suspended);
}

pub(crate) async fn a_grant_s_maximum_holds_under_a_crowd(place: Place) {
    let handles = [place.main().await, place.main().await];
    let fallback = Arc::new(Fallback::new(&*handles[0], 3).await);
    let asked = fallback.clone();
    let settled = crowd(12, &handles, move |n, store| {
        let debt = asked.debt(&Ask::new(&n.to_string()), u32::try_from(n).unwrap());
        async move { debt.settle(&*store).await.err() }
    })
    .await;
    assert_eq!(
        settled.iter().filter(|refused| refused.is_none()).count(),
        3
    );
    let full = settled
        .iter()
        .filter(|refused| **refused == Some(Code::GrantExhausted));
    assert_eq!(full.count(), 9);
}

pub(crate) async fn generate_and_reconcile_meet_in_one_id(place: Place) {
    let handles = [place.main().await, place.main().await];
    let fallback = Arc::new(Fallback::new(&*handles[0], 99).await);
    let ids = crowd(16, &handles, move |n, store| {
        // Half of the eight intents come as a request, half as a debt.
        let ask = Ask::new(&(n / 2).to_string());
        let debt = fallback.debt(&ask, u32::try_from(n / 2).unwrap());
        async move {
            match n % 2 {
                0 => debt.settle(&*store).await.unwrap().answer.identifier,
                _ => {
                    let slot = slot(9999);
                    let request = intent(&debt.1, &slot);
                    store
                        .generate(&request, &Numbers("p"))
                        .await
                        .unwrap()
                        .identifier
                }
            }
        }
    })
    .await;
    assert!(ids.chunks(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    assert_eq!(handles[0].intents().await.unwrap().len(), 8);
}

pub(crate) async fn a_log_is_remembered_and_settled_debts_leave_it(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let fallback = Fallback::new(&*one, 2).await;
    let first = fallback.debt(&Ask::new("a"), 0);
    let second = fallback.debt(&Ask::new("b"), 1);
    let third = fallback.debt(&Ask::new("c"), 2);
    assert_eq!(first.log(&*one).await, 1);
    assert_eq!(first.log(&*other).await, 1, "known already");
    assert_eq!(second.log(&*other).await, 1);
    assert_eq!(third.log(&*one).await, 0, "beyond the grant");
    let waiting = one.outstanding().await.unwrap();
    assert_eq!(waiting.count, 2);
    assert_eq!(waiting.oldest, Some(first.0.claims().iat * 1000));
    let known = other.look_up(first.0.id().as_ref()).await.unwrap();
    assert_eq!(known[0].pending_receipt.as_deref(), Some(first.0.as_str()));
    first.settle(&*other).await.unwrap();
    assert_eq!(one.outstanding().await.unwrap().count, 1);
    assert_eq!(one.fallbacks().await.unwrap()[0].outstanding.count, 1);
}
