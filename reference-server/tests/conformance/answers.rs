//! Main's answer to an intent settles what fallbacks have logged for it, in either order and once.
//! That the logged receipt is about the very request is the scribe's to judge (`e2e/reconcile.rs`);
//! here it accepts what verifies, so what the store hands it is what the store picked.

use chitty_client::{error::Code, issuance::keyset::KeySet, issuance::receipt::CheckedReceipt};
use reference_server::store::{MainStore, Mint, Minted, NewIntent, Outstanding, Replacement};

use crate::{
    bench::Ask,
    debts::{Debt, Fallback},
    stores::{Numbers, Place, crowd, intent},
};

/// Numbers, and receipts in the place of every fallback receipt that verifies.
struct Replacing(KeySet);

impl Mint for Replacing {
    fn mint(&self, counter: u64) -> Result<Minted, Code> {
        Numbers("p").mint(counter)
    }

    fn receipt_for(&self, identifier: &str) -> Result<String, Code> {
        Numbers("p").receipt_for(identifier)
    }

    fn replace(&self, logged: &str, identifier: &str) -> Result<Option<Replacement>, Code> {
        let id = serde_json::from_str::<serde_json::Value>(&claims_of(logged)).unwrap()["sub"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap();
        let old = CheckedReceipt::check(logged, &id, &self.0, Default::default())?;
        Ok(Some((old, format!("{identifier} in the place of {id}"))))
    }
}

fn claims_of(receipt: &str) -> String {
    let middle = receipt.split('.').nth(1).unwrap();
    String::from_utf8(spooky_core::encoding::from_base64url(middle).unwrap()).unwrap()
}

/// The request that the debt's fallback answered, as main gets it.
fn request<'a>(debt: &'a Debt) -> NewIntent<'a> {
    NewIntent {
        rqd: &debt.0.claims().rqd,
        ..intent(&debt.1, &debt.2)
    }
}

async fn log(store: &dyn MainStore, debt: &Debt, tenant: &str, mint: &Replacing) {
    let entries = [(debt.proof(tenant, false), mint as &dyn Mint)];
    assert_eq!(store.log(&entries).await.unwrap().known, 1);
}

async fn waiting(store: &dyn MainStore) -> u64 {
    store.outstanding().await.unwrap().count
}

async fn life(store: &dyn MainStore, id: &str) -> Vec<(String, Option<String>)> {
    let steps = store.lifecycle(id, None).await.unwrap();
    steps
        .into_iter()
        .map(|step| (step.event, step.other))
        .collect()
}

/// The debt is settled by `permanent`, once and for ever, and `known` says so.
async fn is_settled_by(store: &dyn MainStore, debt: &Debt, permanent: &str) {
    let old = debt.0.id().to_string();
    let step = |event: &str, other: Option<&str>| (event.to_owned(), other.map(str::to_owned));
    let expected = [step("issued", None), step("superseded", Some(permanent))];
    assert_eq!(life(store, &old).await, expected);
    let known = store.look_up(&old).await.unwrap();
    let mut known = known.iter().filter(|row| row.tenant == "alpha");
    assert_eq!(known.next().unwrap().permanent.as_deref(), Some(permanent));
    let again = debt.proof("alpha", true);
    let again = store.settle(&again, &Numbers("other")).await.unwrap();
    assert!(again.answer.repeated && !again.duplicate);
    assert_eq!(again.answer.identifier, permanent);
}

pub(crate) async fn an_answer_settles_what_was_logged_for_it_once(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let fallback = Fallback::new(&*one, 9).await;
    let mint = Replacing(fallback.bench.main.key_set());
    let ask = Ask::new("a");
    let debt = fallback.debt(&ask, 1);
    log(&*one, &debt, "alpha", &mint).await;
    // Another intent, and one of another tenant under the same key.
    let other_debt = fallback.debt(&Ask::new("b"), 2);
    log(&*one, &other_debt, "alpha", &mint).await;
    log(&*one, &fallback.debt(&ask, 3), "beta", &mint).await;
    assert_eq!(waiting(&*other).await, 3);

    let answer = other.generate(&request(&debt), &mint).await.unwrap();
    assert_eq!((answer.identifier.as_str(), answer.repeated), ("p0", false));
    assert_eq!(
        answer.receipt, "receipt 0",
        "generate answers its own receipt"
    );
    let after = one.outstanding().await.unwrap();
    let oldest = Some(debt.0.claims().iat * 1000);
    assert_eq!(after, Outstanding { count: 2, oldest });
    assert_eq!(one.fallbacks().await.unwrap()[0].outstanding, after);
    is_settled_by(&*one, &debt, "p0").await;

    // Neither a repeat nor another upload does it again.
    assert!(one.generate(&request(&debt), &mint).await.unwrap().repeated);
    log(&*other, &debt, "alpha", &mint).await;
    is_settled_by(&*other, &debt, "p0").await;
    let events = life(&*one, "p0").await;
    assert_eq!(events.len(), 2, "issued and reconciled: {events:?}");
    assert_eq!(one.debts().await.unwrap().len(), 1);
    assert_eq!(waiting(&*one).await, 2);

    // The control: where nothing may be replaced nothing is settled; a repeat makes up for it.
    let asked = request(&other_debt);
    one.generate(&asked, &Numbers("p")).await.unwrap();
    assert_eq!(waiting(&*one).await, 2);
    assert!(other.generate(&asked, &mint).await.unwrap().repeated);
    assert_eq!(waiting(&*one).await, 1);
    is_settled_by(&*one, &other_debt, "p1").await;
}

pub(crate) async fn a_log_settles_what_was_answered_before(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let fallback = Fallback::new(&*one, 9).await;
    let mint = Replacing(fallback.bench.main.key_set());
    let ask = Ask::new("a");
    let debt = fallback.debt(&ask, 1);
    one.generate(&request(&debt), &mint).await.unwrap();
    log(&*other, &debt, "alpha", &mint).await;
    assert_eq!(waiting(&*one).await, 0);
    is_settled_by(&*one, &debt, "p0").await;
    // Another tenant's, and a request with another salt: they wait for their owner.
    log(&*other, &fallback.debt(&ask, 2), "beta", &mint).await;
    let salted = Ask {
        salt: [9; 32],
        ..ask
    };
    log(&*other, &fallback.debt(&salted, 3), "alpha", &mint).await;
    assert_eq!(waiting(&*one).await, 2);
}

pub(crate) async fn answers_and_logs_that_cross_leave_no_debt(place: Place) {
    let handles = [place.main().await, place.main().await];
    let fallback = std::sync::Arc::new(Fallback::new(&*handles[0], 99).await);
    let asked = fallback.clone();
    crowd(64, &handles, move |n, store| {
        // Each intent comes from both sides at once, at two replicas.
        let number = u32::try_from(n / 2).unwrap();
        let debt = asked.debt(&Ask::new(&number.to_string()), number);
        let mint = Replacing(asked.bench.main.key_set());
        async move {
            match n % 2 {
                0 => log(&*store, &debt, "alpha", &mint).await,
                _ => drop(store.generate(&request(&debt), &mint).await.unwrap()),
            }
        }
    })
    .await;
    assert_eq!(waiting(&*handles[0]).await, 0);
    assert_eq!(handles[1].debts().await.unwrap().len(), 32);
    assert_eq!(handles[1].intents().await.unwrap().len(), 32);
}

pub(crate) async fn a_reconciliation_settles_another_fallback_id_of_its_intent(place: Place) {
    let store = place.main().await;
    let fallback = Fallback::new(&*store, 9).await;
    let mint = Replacing(fallback.bench.main.key_set());
    let ask = Ask::new("a");
    let (first, second) = (fallback.debt(&ask, 1), fallback.debt(&ask, 2));
    log(&*store, &first, "alpha", &mint).await;
    log(&*store, &second, "alpha", &mint).await;
    let settled = store.settle(&second.proof("alpha", true), &mint).await;
    assert_eq!(settled.unwrap().answer.identifier, "p0");
    assert_eq!(waiting(&*store).await, 0);
    is_settled_by(&*store, &first, "p0").await;
    is_settled_by(&*store, &second, "p0").await;
    assert_eq!(store.intents().await.unwrap().len(), 1);
}
