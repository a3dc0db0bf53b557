//! Debts: settled once, the same answer for ever, shared with generate (decisions D4, D6).

use chitty_client::{
    error::Code,
    id::{ChittyId, Class},
    issuance::receipt::{CheckedReceipt, Expected},
};
use reference_server::ApiKeySpec;
use serde_json::json;

use crate::{
    bench::{Ask, Bench, DAY, Issue, START},
    rogue::Rogue,
};

const PATH: &str = "/api/chittyid/reconcile";

fn single(issue: &Issue) -> serde_json::Value {
    json!({"fallbackId": issue.id, "action": "reconcile", "timestamp": "2026-11-10T12:00:00Z"})
}

#[tokio::test]
async fn a_debt_is_settled_once_and_the_answer_stays_the_same_for_400_days() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let old = backup.issue(&ask).await.ok();
    let new = bench.reconcile(&ask, &old).await.unwrap();
    let id: ChittyId = new.id.parse().unwrap();
    assert_eq!(id.class(), Class::Standard);
    let old_receipt = bench.check(&old);
    let expected = Expected {
        supersedes: Some((old_receipt.id(), old_receipt.digest())),
        ..Expected::default()
    };
    let checked =
        CheckedReceipt::check(&new.receipt, &id, &bench.main.key_set(), expected).unwrap();
    assert_eq!(checked.claims().rqd, old_receipt.claims().rqd);
    assert_eq!(checked.claims().idk, ask.idk());

    bench.clock.advance(400 * DAY);
    bench.main.rotate_keys().unwrap();
    assert_eq!(bench.reconcile(&ask, &old).await, Ok(new.clone()));
    // Generate shares the row.
    assert_eq!(bench.generate(&ask).await.ok(), new);
    assert_eq!(bench.main.store().intents().await.unwrap().len(), 1);
    assert_eq!(bench.main.store().debts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_debt_whose_intent_main_had_answered_gets_that_id() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let committed = bench.generate(&ask).await.ok();
    let old = backup.issue(&ask).await.ok();
    let new = bench.reconcile(&ask, &old).await.unwrap();
    assert_eq!(new.id, committed.id);
    assert_ne!(new.receipt, committed.receipt);
    assert_eq!(
        bench.check(&new).claims().sup.as_deref(),
        Some(old.id.as_str())
    );
    assert_eq!(bench.reconcile(&ask, &old).await, Ok(new));
    assert_eq!(bench.generate(&ask).await.ok(), committed);

    // The same key asked main for something else: one key, two intents.
    let clash = Ask::new("clash");
    bench.generate(&clash.clone().namespace("USR")).await.ok();
    let old = backup.issue(&clash).await.ok();
    assert_eq!(
        bench.reconcile(&clash, &old).await,
        Err(Code::IdempotencyKeyReused)
    );
}

#[tokio::test]
async fn an_upload_settles_what_main_had_answered_and_counts_the_rest() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let committed = bench.generate(&ask).await.ok();
    let old = backup.issue(&ask).await.ok();
    backup.issue(&Ask::new("died")).await.ok();
    backup.handle.renew_now().await.unwrap();
    let store = bench.main.store();
    let debts = store.debts().await.unwrap();
    assert_eq!(debts.len(), 1);
    assert_eq!(
        (&debts[0].fallback_id, &debts[0].identifier),
        (&old.id, &committed.id)
    );
    let waiting = store.outstanding().await.unwrap();
    assert_eq!((waiting.count, waiting.oldest), (1, Some(START)));
    let new = bench.reconcile(&ask, &old).await.unwrap();
    assert_eq!(new.id, committed.id);
    backup.handle.renew_now().await.unwrap();
    assert_eq!(store.outstanding().await.unwrap(), waiting);
    let died = Ask::new("died");
    let old = backup.issue(&died).await.ok();
    bench.reconcile(&died, &old).await.unwrap();
    assert_eq!(store.outstanding().await.unwrap().count, 0);
}

#[tokio::test]
async fn an_answer_of_main_settles_what_a_fallback_had_logged_for_it() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let (ask, waits) = (Ask::new("a"), Ask::new("waits"));
    let old = backup.issue(&ask).await.ok();
    let other = backup.issue(&waits).await.ok();
    backup.handle.renew_now().await.unwrap();
    let store = bench.main.store();
    assert_eq!(store.outstanding().await.unwrap().count, 2);

    // The same key, and yet another tenant's, another intent's or another salt's: the debt stays.
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    bench.generate_as(&beta, &ask).await.ok();
    assert_eq!(store.outstanding().await.unwrap().count, 2);
    let mut salted = waits.clone();
    salted.salt = [9; 32];
    let restated = bench.generate(&salted).await.ok();
    assert_eq!(store.outstanding().await.unwrap().count, 2);

    let new = bench.generate(&ask).await.ok();
    let metrics = bench
        .http
        .get(format!("{}/metrics", bench.main.url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains("chitty_fallback_outstanding 1\n"),
        "{metrics}"
    );
    assert_eq!(bench.check(&new).claims().sup, None);
    let debts = store.debts().await.unwrap();
    assert_eq!(
        (debts.len(), &debts[0].fallback_id, &debts[0].identifier),
        (1, &old.id, &new.id)
    );

    // The alias, the life and the answer to whoever still holds the fallback id.
    let path = format!("/api/chittyid/resolve/{}", old.id);
    let alias = bench.get(&path, Some(&bench.secret)).await.ok();
    assert_eq!(alias.id, new.id);
    let path = format!("/api/chittyid/lifecycle/{}", old.id);
    let life = bench.get(&path, Some(&bench.secret)).await.body["events"].clone();
    assert_eq!(
        (&life[0]["event"], &life[1]["event"], &life[1]["other"]),
        (&json!("issued"), &json!("superseded"), &json!(new.id))
    );
    assert!(life[2].is_null());
    assert_eq!(bench.reconcile(&ask, &old).await, Ok(alias.clone()));
    let old = bench.check(&old);
    let claims = bench.check(&alias).claims().clone();
    assert_eq!(claims.sup.as_deref(), Some(old.id().as_str()));
    assert_eq!(
        (&claims.rqd, &claims.idk),
        (&old.claims().rqd, &old.claims().idk)
    );
    let expected = Expected {
        supersedes: Some((old.id(), old.digest())),
        ..Expected::default()
    };
    let id: ChittyId = alias.id.parse().unwrap();
    CheckedReceipt::check(&alias.receipt, &id, &bench.main.key_set(), expected).unwrap();

    // Who proves everything settles what the other salt left.
    assert_eq!(
        bench.reconcile(&waits, &other).await.unwrap().id,
        restated.id
    );
    assert_eq!(store.outstanding().await.unwrap().count, 0);
}

#[tokio::test]
async fn a_log_that_names_a_wrong_tenant_settles_nothing_by_an_answer() {
    let bench = Bench::new().await;
    let rogue = Rogue::enrolled(&bench, "one").await;
    let ask = Ask::new("a");
    // Issued to alpha, and so it says; the log claims beta, who holds alpha's key and salt.
    let issue = rogue.issue(&ask, "alpha", &rogue.id(1), |_| {});
    let honest = rogue.issue(&ask, "beta", &rogue.id(2), |_| {});
    for issue in [&issue, &honest] {
        assert_eq!(
            rogue.upload(&bench, "beta", issue).await.body["accepted"],
            1
        );
    }
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    bench.generate_as(&beta, &ask).await.ok();
    let debts = bench.main.store().debts().await.unwrap();
    // The control is the entry beside it, which says the truth.
    assert_eq!((debts.len(), &debts[0].fallback_id), (1, &honest.id));
    let new = bench.reconcile(&ask, &issue).await.unwrap();
    assert_ne!(new.id, debts[0].identifier, "alpha has an id of its own");
}

#[tokio::test]
async fn the_single_form_answers_only_the_owner_of_a_known_debt() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let old = backup.issue(&ask).await.ok();
    bench
        .post(PATH, &bench.secret, &single(&old))
        .await
        .refused(404, Code::DebtUnknown);
    backup.handle.renew_now().await.unwrap();
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    bench
        .post(PATH, &beta, &single(&old))
        .await
        .refused(403, Code::DebtForeign);
    let new = bench.post(PATH, &bench.secret, &single(&old)).await.ok();
    assert_eq!(
        bench.check(&new).claims().sup.as_deref(),
        Some(old.id.as_str())
    );
    assert_eq!(
        bench.post(PATH, &bench.secret, &single(&old)).await.ok(),
        new
    );
    // The full item and generate find the same id, though main never saw the intent before.
    assert_eq!(bench.reconcile(&ask, &old).await, Ok(new.clone()));
    assert_eq!(bench.generate(&ask).await.ok(), new);
    let mut other = ask.clone();
    other.intent.metadata.insert("more".into(), json!(1));
    bench
        .generate(&other)
        .await
        .refused(422, Code::IdempotencyKeyReused);

    let wrong = json!({"fallbackId": old.id, "action": "delete"});
    bench
        .post(PATH, &bench.secret, &wrong)
        .await
        .refused(400, Code::BodyInvalid);
}

#[tokio::test]
async fn items_answer_one_by_one_and_batches_have_an_end() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let (good, bad) = (Ask::new("good"), Ask::new("bad"));
    let (first, second) = (
        backup.issue(&good).await.ok(),
        backup.issue(&bad).await.ok(),
    );
    let mut stolen = bad.item(&second);
    stolen["idempotencyKey"] = good.item(&first)["idempotencyKey"].clone();
    let body = json!({"items": [stolen, good.item(&first)]});
    let results = bench.post(PATH, &bench.secret, &body).await.body["results"].clone();
    assert_eq!(results[0]["fallbackId"], second.id.as_str());
    assert_eq!(results[0]["error"]["code"], Code::DebtKeyMismatch.as_str());
    assert_eq!(
        results[0]["jti"],
        bench.check(&second).claims().jti.as_str()
    );
    assert_eq!(results[1]["fallbackId"], first.id.as_str());
    assert!(results[1]["identifier"].is_string() && results[1]["error"].is_null());

    let item = good.item(&first);
    let both = json!({"items": [&item], "fallbackId": first.id.as_str(), "action": "reconcile"});
    bench
        .post(PATH, &bench.secret, &both)
        .await
        .refused(400, Code::BodyInvalid);
    let many = json!({"items": vec![item; 101]});
    bench
        .post(PATH, &bench.secret, &many)
        .await
        .refused(413, Code::BatchTooLarge);
    // The refusal is written into the id's life, once however often it comes.
    bench.post(PATH, &bench.secret, &body).await;
    let path = format!("/api/chittyid/lifecycle/{}", second.id);
    let events = bench.get(&path, Some(&bench.secret)).await.body["events"].clone();
    assert_eq!(events[0]["event"], "refused");
    assert_eq!(events[0]["why"], Code::DebtKeyMismatch.as_str());
    assert_eq!(events.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn scope_and_namespace_are_needed_and_the_quota_counts_new_ids() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let asks = [Ask::new("a"), Ask::new("b")];
    let old = [
        backup.issue(&asks[0]).await.ok(),
        backup.issue(&asks[1]).await.ok(),
    ];
    let no_scope = ApiKeySpec::new("alpha")
        .named("no scope")
        .scopes(&["generate"]);
    let no_scope = bench.tenant(no_scope).await;
    let body = json!({"items": [asks[0].item(&old[0])]});
    bench
        .post(PATH, &no_scope, &body)
        .await
        .refused(403, Code::ScopeMissing);
    let elsewhere = ApiKeySpec::new("alpha")
        .named("elsewhere")
        .namespaces(&["USR"]);
    let elsewhere = bench.tenant(elsewhere).await;
    let refused = bench.reconcile_as(&elsewhere, asks[0].item(&old[0])).await;
    assert_eq!(refused, Err(Code::NamespaceForbidden));
    let small = bench
        .tenant(ApiKeySpec::new("alpha").named("small").daily_quota(1))
        .await;
    let new = bench
        .reconcile_as(&small, asks[0].item(&old[0]))
        .await
        .unwrap();
    let refused = bench.reconcile_as(&small, asks[1].item(&old[1])).await;
    assert_eq!(refused, Err(Code::QuotaExceeded));
    // A settled debt is answered whatever the quota.
    assert_eq!(
        bench.reconcile_as(&small, asks[0].item(&old[0])).await,
        Ok(new)
    );
    bench.clock.advance(DAY);
    assert!(
        bench
            .reconcile_as(&small, asks[1].item(&old[1]))
            .await
            .is_ok()
    );
}
