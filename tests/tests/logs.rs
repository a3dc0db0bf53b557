//! A whole run at `debug` on both sides, searched for everything that must not be in a log.

use std::time::Duration;

use chitty_client::IdRequest;
use chitty_tests::{log::Log, world::World};
use reference_server::Faults;

fn found<'a>(log: &str, secrets: &'a [String]) -> Vec<&'a str> {
    let hit = |secret: &&String| log.contains(secret.as_str());
    secrets.iter().filter(hit).map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_id_key_receipt_or_metadata_is_logged() {
    let log = Log::at_debug();

    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world.client().build().expect("client");
    let request = |number: u64| {
        IdRequest::new("GEN", 'I')
            .metadata("email", "someone@private.example")
            .handle(format!("patient-{number}-secret-handle"))
            .expect("handle")
    };
    let standard = client.request_id(request(1)).await.expect("id");
    world.main.faults().set(Faults {
        drop_after_commit: 1.0,
        ..Faults::default()
    });
    let temporary = client.request_id(request(2)).await.expect("id");
    let failed = client.drain(Duration::from_secs(2)).await.expect("drain");
    assert!(failed.stopped.is_some());
    world.calm().await;
    client.drain(Duration::from_secs(5)).await.expect("drain");
    let permanent = client.resolve(&temporary.id()).await.expect("alias");
    client.verify(&permanent.id()).await.expect("verify");
    client.history(&permanent.id()).await.expect("history");
    client
        .verify(&"AA-C-GEN-9999-I-8Z-0-1".parse().expect("id"))
        .await
        .expect("unknown");
    // Refusals are logged as well.
    let wrong = world
        .client()
        .main(
            world.main.url(),
            chitty_client::ApiKey::new("wrong-api-key-1"),
        )
        .build()
        .expect("client");
    wrong
        .request_id(request(3))
        .await
        .expect_err("unauthorised");
    world
        .fallback
        .renew_now()
        .await
        .expect("renewed and uploaded");

    let mut secrets = vec![
        "someone@private.example".to_owned(),
        "secret-handle".to_owned(),
        "wrong-api-key-1".to_owned(),
        world.main_key.clone(),
        world.fallback_key.clone(),
        "AA-C-GEN-9999-I-8Z-0-1".to_owned(),
    ];
    for issued in [&standard, &temporary, &permanent] {
        let claims = issued.receipt().claims();
        secrets.push(issued.id().to_string());
        secrets.push(issued.receipt().as_str().to_owned());
        secrets.extend([claims.jti.clone(), claims.idk.clone(), claims.rqd.clone()]);
        secrets.extend(issued.receipt().as_str().split('.').map(str::to_owned));
    }
    let text = String::from_utf8_lossy(&log.bytes()).into_owned();
    assert!(
        text.contains("chitty_client") && text.contains("reference_server"),
        "both sides log"
    );
    let leaks: Vec<&str> = text
        .lines()
        .filter(|line| !found(line, &secrets).is_empty())
        .collect();
    assert!(
        leaks.is_empty(),
        "{} of {} lines leak, e.g. {:?}",
        leaks.len(),
        text.lines().count(),
        leaks.first()
    );

    // The control: a line that leaks is found.
    tracing::debug!(id = %standard.id(), "leak");
    let text = String::from_utf8_lossy(&log.bytes()).into_owned();
    assert_eq!(found(&text, &secrets), [standard.id().as_str()]);
}
