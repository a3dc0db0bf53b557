//! What an attacker tries on debts and grants (decision D4): stolen and forged receipts, borrowed grants,
//! restored fallbacks. Each test has a control in which the honest case passes.

use chitty_client::{error::Code, issuance::receipt::ReceiptClaims};
use reference_server::ApiKeySpec;
use serde_json::json;
use spooky_core::{entropy::OsEntropy, jose::SigningKey};

use crate::{
    bench::{Ask, Bench, Issue},
    rogue::{Rogue, signed_request},
};

type Edit = fn(&mut ReceiptClaims);

#[tokio::test]
async fn a_stolen_receipt_settles_nothing_without_k_salt_intent_and_tenant() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let old = backup.issue(&ask).await.ok();
    let mut thief = ask.clone();
    thief.key = [7; 32];
    assert_eq!(
        bench.reconcile(&thief, &old).await,
        Err(Code::DebtKeyMismatch)
    );
    // What the fallback saw, idk, is not K either.
    let mut item = ask.item(&old);
    item["idempotencyKey"] = ask.idk().into();
    assert_eq!(
        bench.reconcile_as(&bench.secret, item).await,
        Err(Code::DebtKeyMismatch)
    );
    let mut other = ask.clone();
    other.salt = [7; 32];
    assert_eq!(
        bench.reconcile(&other, &old).await,
        Err(Code::DebtRequestMismatch)
    );
    let mut other = ask.clone();
    other.intent.metadata.clear();
    assert_eq!(
        bench.reconcile(&other, &old).await,
        Err(Code::DebtRequestMismatch)
    );
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    assert_eq!(
        bench.reconcile_as(&beta, ask.item(&old)).await,
        Err(Code::DebtForeign)
    );
    assert!(bench.main.store().debts().await.unwrap().is_empty());
    assert!(
        bench.reconcile(&ask, &old).await.is_ok(),
        "the control: the owner succeeds"
    );
}

#[tokio::test]
async fn only_the_grants_own_key_makes_ids_inside_it() {
    let bench = Bench::new().await;
    let (one, two) = (
        Rogue::enrolled(&bench, "one").await,
        Rogue::enrolled(&bench, "two").await,
    );
    let ask = Ask::new("a");
    let settle = |issue: Issue| {
        let (bench, ask) = (&bench, &ask);
        async move { bench.reconcile(ask, &issue).await }
    };
    // Invented inside a granted block, signed by a key of nobody.
    let forger = Rogue {
        key: SigningKey::make(&OsEntropy).unwrap(),
        name: one.name.clone(),
        grant: one.grant.clone(),
        claims: one.claims.clone(),
    };
    let id = one.id(1);
    assert_eq!(
        settle(forger.issue(&ask, "alpha", &id, |_| {})).await,
        Err(Code::GrantHolder)
    );
    // A receipt under another fallback's grant, in either direction.
    let borrowed = two.issue(&ask, "alpha", &id, |c| c.grant = Some(one.grant.clone()));
    assert_eq!(settle(borrowed).await, Err(Code::GrantHolder));
    assert_eq!(
        settle(two.issue(&ask, "alpha", &id, |_| {})).await,
        Err(Code::GrantCycle)
    );

    let with_id = |id: String| one.issue(&ask, "alpha", &id, |_| {});
    let ym = &one.claims.ym[0];
    assert_eq!(
        settle(with_id(format!("AA-C-GEN-0001-I-{ym}-0-0"))).await,
        Err(Code::GrantDomain)
    );
    assert_eq!(
        settle(with_id("03-9-ZZZ-0000-T-2512-3-36".into())).await,
        Err(Code::GrantDomain),
        "nor a Canonical id"
    );
    assert_eq!(
        settle(with_id("AA-E-GEN-0001-I-90-0-0".into())).await,
        Err(Code::GrantYearMonth)
    );
    assert_eq!(
        settle(with_id(format!("AA-E-GEN-0001-I-{ym}-1-0"))).await,
        Err(Code::GrantCycle)
    );
    assert_eq!(
        settle(with_id(format!("AA-E-USR-0001-I-{ym}-0-0"))).await,
        Err(Code::GrantNamespace)
    );

    let edits: [(Code, Edit); 7] = [
        (Code::GrantTime, |c| c.iat -= 400),
        (Code::GrantTime, |c| {
            c.iat += 73 * 3600;
            c.exp = Some(c.iat);
        }),
        (Code::GrantReceiptLife, |c| c.exp = c.exp.map(|exp| exp + 1)),
        (Code::ReceiptMalformed, |c| c.exp = None),
        (Code::GrantMissing, |c| c.grant = None),
        (Code::ReceiptIssuer, |c| c.iss = "two".into()),
        (Code::DebtForeign, |c| c.tnd = None),
    ];
    for (code, edit) in edits {
        assert_eq!(settle(one.issue(&ask, "alpha", &id, edit)).await, Err(code));
    }
    // Type and namespace of the id must be those that were asked for.
    let typed = format!("AA-E-GEN-0001-D-{ym}-0-0");
    assert_eq!(settle(with_id(typed)).await, Err(Code::DebtRequestMismatch));
    let standard = bench.generate(&Ask::new("std")).await.ok();
    assert_eq!(settle(standard).await, Err(Code::ReceiptClass));
    assert!(
        settle(with_id(id)).await.is_ok(),
        "the control: an honest receipt settles"
    );
}

#[tokio::test]
async fn one_jti_for_two_holders_settles_for_the_first_only() {
    let bench = Bench::new().await;
    let rogue = Rogue::enrolled(&bench, "one").await;
    let (ask, other) = (Ask::new("a"), Ask::new("b"));
    let id = rogue.id(1);
    let first = rogue.issue(&ask, "alpha", &id, |c| c.jti = "same".into());
    let second = rogue.issue(&other, "alpha", &id, |c| c.jti = "same".into());
    bench.reconcile(&ask, &first).await.unwrap();
    assert_eq!(
        bench.reconcile(&other, &second).await,
        Err(Code::DebtKeyConflict)
    );
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    let third = rogue.issue(&ask, "beta", &id, |c| c.jti = "same".into());
    assert_eq!(
        bench.reconcile_as(&beta, ask.item(&third)).await,
        Err(Code::DebtForeign)
    );
}

#[tokio::test]
async fn a_grant_is_held_to_its_maximum() {
    let bench = Bench::new().await;
    let key = SigningKey::make(&OsEntropy).unwrap();
    let small = reference_server::store::Enrolment {
        name: "small".into(),
        thumbprint: key.verifying_key().thumbprint(),
        namespaces: vec!["GEN".into()],
        max: 2,
        cycles: 1,
    };
    bench.main.store().enroll(&small, 0).await.unwrap();
    let request = signed_request(&bench, &key, "small", "grant", |_| {}).await;
    let reply = bench
        .post("/api/chittyid/fallback/grant", "", &request)
        .await;
    let grant = reply.body["grant"].as_str().unwrap().to_owned();
    let claims = spooky_core::jose::UnverifiedJws::parse(&grant, "chitty-fallback-grant+jwt")
        .unwrap()
        .dangerous_unverified_claims()
        .unwrap();
    let rogue = Rogue {
        name: "small".into(),
        key,
        grant,
        claims,
    };
    for n in 0..4 {
        let ask = Ask::new(&n.to_string());
        let issue = rogue.issue(&ask, "alpha", &rogue.id(n), |_| {});
        let settled = bench.reconcile(&ask, &issue).await;
        match n {
            0 | 1 => assert!(settled.is_ok()),
            _ => assert_eq!(settled, Err(Code::GrantExhausted)),
        }
        // A repeat counts once.
        assert_eq!(bench.reconcile(&ask, &issue).await.is_ok(), n < 2);
    }
}

#[tokio::test]
async fn a_restored_fallback_gives_two_permanent_ids_an_alarm_and_no_further_grant() {
    if crate::place::ELSEWHERE {
        return; // it restores a file of SQLite; main's side is in the conformance tests
    }
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("fb.sqlite"), folder.path().join("keys"));
    let bench = Bench::new().await;
    let backup = bench
        .fallback_on("fb", file.clone().into(), Some(&keys))
        .await;
    let secret = backup.secret.clone();
    backup.handle.shutdown().await;
    let saved = std::fs::read(&file).unwrap();

    let backup = bench
        .bare_fallback("fb", file.clone().into(), Some(&keys))
        .await;
    let first_ask = Ask::new("first");
    let first = backup.issue_as(&secret, &first_ask).await.ok();
    backup.handle.shutdown().await;
    // The machine is restored from its backup: what it issued since is forgotten.
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("fb.sqlite{suffix}")));
    }
    std::fs::write(&file, saved).unwrap();
    let backup = bench.bare_fallback("fb", file.into(), Some(&keys)).await;
    let second_ask = Ask::new("second");
    let second = backup.issue_as(&secret, &second_ask).await.ok();
    assert_eq!(first.id, second.id, "the hazard itself");

    let one = bench.reconcile(&first_ask, &first).await.unwrap();
    assert!(bench.main.store().alarms().await.unwrap().is_empty());
    let two = bench.reconcile(&second_ask, &second).await.unwrap();
    assert_ne!(one.id, two.id);
    assert_eq!(bench.reconcile(&first_ask, &first).await, Ok(one));
    assert_eq!(bench.reconcile(&second_ask, &second).await, Ok(two));
    let alarms = bench.main.store().alarms().await.unwrap();
    assert_eq!(alarms.len(), 1);
    assert!(alarms[0].is(Code::DuplicateFallbackId) && alarms[0].fallback == "fb");
    let refused = backup.handle.renew_now().await.unwrap_err().to_string();
    assert!(
        refused.contains(Code::FallbackSuspended.as_str()),
        "{refused}"
    );
    let body = json!({"fallbackId": first.id, "action": "reconcile"});
    let single = bench
        .post("/api/chittyid/reconcile", &bench.secret, &body)
        .await;
    single.refused(409, Code::DuplicateFallbackId);
    assert!(bench.main.store().resume("fb").await.unwrap());
    backup.handle.renew_now().await.unwrap();
}

#[tokio::test]
async fn an_issue_log_with_two_holders_raises_the_alarm_too_and_forged_entries_are_dropped() {
    let bench = Bench::new().await;
    let rogue = Rogue::enrolled(&bench, "one").await;
    let (a, b) = (Ask::new("a"), Ask::new("b"));
    let twice = [
        rogue.issue(&a, "alpha", &rogue.id(1), |_| {}),
        rogue.issue(&b, "beta", &rogue.id(1), |_| {}),
    ];
    let forger = Rogue {
        key: SigningKey::make(&OsEntropy).unwrap(),
        name: rogue.name.clone(),
        grant: rogue.grant.clone(),
        claims: rogue.claims.clone(),
    };
    let forged = forger.issue(&a, "alpha", &rogue.id(2), |_| {});
    let upload = async |issues: &[&Issue], tamper: bool| {
        let entries: Vec<_> = issues
            .iter()
            .map(|issue| chitty_client::wire::fallback::LogEntry {
                tenant: "alpha".into(),
                receipt: issue.receipt.clone(),
            })
            .collect();
        let value = serde_json::to_value(&entries).unwrap();
        let canonical = spooky_core::encoding::canonical_json(&value).unwrap();
        let digest = spooky_core::encoding::labelled_sha256("chitty/issue-log/v1", &[&canonical]);
        let mut request = signed_request(&bench, &rogue.key, "one", "issue-log", |claims| {
            claims.digest = Some(spooky_core::encoding::base64url(&digest));
        })
        .await;
        request["entries"] = value;
        if tamper {
            request["entries"][0]["tenant"] = "beta".into();
        }
        bench
            .post("/api/chittyid/fallback/issue-log", "", &request)
            .await
    };
    upload(&[&twice[0]], true)
        .await
        .refused(401, Code::FallbackRequestInvalid);
    assert_eq!(
        upload(&[&twice[0], &forged], false).await.body["accepted"],
        1
    );
    assert_eq!(upload(&[&twice[0]], false).await.body["accepted"], 1);
    assert!(bench.main.store().alarms().await.unwrap().is_empty());
    assert_eq!(bench.main.store().outstanding().await.unwrap().count, 1);
    assert_eq!(upload(&[&twice[1]], false).await.body["accepted"], 1);
    assert_eq!(bench.main.store().alarms().await.unwrap().len(), 1);
    assert!(bench.main.store().fallbacks().await.unwrap()[0].suspended);
}
