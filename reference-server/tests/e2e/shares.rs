//! No tenant uses up what all of them share: the control is one whose share is everything.

use chitty_client::error::Code;
use reference_server::ApiKeySpec;

use crate::bench::{Ask, Bench, reply};

#[tokio::test]
async fn one_tenant_leaves_ids_to_the_others_at_main_and_the_refusal_is_no_outage() {
    let bench = Bench::new().await;
    let store = bench.main.store();
    // All but 150 are gone, to whoever: alpha may have 75 of those.
    store.set_counter("AA-C-GEN-I-8Z", 359_850).await.unwrap();
    for n in 0..75 {
        bench.generate(&Ask::new(&n.to_string())).await.ok();
    }
    let refused = bench.generate(&Ask::new("greedy")).await;
    refused.refused(429, Code::SlotShareUsed);
    let hint = refused.body["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("operator"), "{hint}");
    assert_eq!(refused.headers["retry-after"], "3600");
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    bench.generate_as(&beta, &Ask::new("beta")).await.ok();
    bench
        .generate(&Ask::new("other kind").namespace("USR"))
        .await
        .ok();
    bench.generate(&Ask::new("0")).await.ok(); // a repeat

    store.set_share("alpha", Some(100)).await.unwrap();
    for n in 0..74 {
        bench.generate(&Ask::new(&format!("more {n}"))).await.ok();
    }
    let gamma = bench.tenant(ApiKeySpec::new("gamma")).await;
    bench
        .generate_as(&gamma, &Ask::new("late"))
        .await
        .refused(503, Code::SequenceExhausted);
}

#[tokio::test]
async fn one_tenant_leaves_ids_to_the_others_at_a_fallback() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let store = backup.handle.store();
    store.set_counter("AA-E-GEN-I-8Z-0", 9_900).await.unwrap();
    let url = format!("{}/metrics", backup.handle.url());
    let metrics = bench.http.get(url).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("chitty_slot_left_ratio 0.01"), "{metrics}");
    assert!(metrics.contains("chitty_grant_left_ratio 1.0"), "{metrics}");
    for n in 0..50 {
        backup.issue(&Ask::new(&n.to_string())).await.ok();
    }
    let refused = backup.issue(&Ask::new("greedy")).await;
    refused.refused(429, Code::SlotShareUsed);
    let beta = ApiKeySpec::new("beta");
    let beta = backup.handle.add_api_key(beta).await.unwrap();
    backup.issue_as(&beta, &Ask::new("beta")).await.ok();
    // The control.
    store.set_share("alpha", Some(100)).await.unwrap();
    for n in 0..49 {
        backup.issue(&Ask::new(&format!("more {n}"))).await.ok();
    }
    backup
        .issue_as(&beta, &Ask::new("late"))
        .await
        .refused(503, Code::GrantExhausted);
    let health = reply(bench.http.get(format!("{}/health", backup.handle.url())));
    assert_eq!(health.await.unwrap().status, 200);
}
