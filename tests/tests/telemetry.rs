//! What the client tells a recorder of metrics, in a process of its own: the recorder is global.

use std::{collections::BTreeMap, time::Duration};

use chitty_client::IdRequest;
use chitty_tests::world::World;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_and_its_end_are_counted_under_stable_names() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    recorder.install().expect("the only recorder");
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world.client().build().expect("client");
    let request = || IdRequest::new("GEN", 'I').handle("h").expect("handle");
    client
        .request_id(IdRequest::new("GEN", 'I'))
        .await
        .expect("standard id");
    world.main_down(true);
    let old = client.request_id(request()).await.expect("fallback id");
    client.request_id(request()).await.expect("the same again");
    client
        .request_id(IdRequest::new("GEN", 'I').require_standard())
        .await
        .expect_err("main is down");
    world.main_down(false);
    client.drain(Duration::from_secs(5)).await.expect("drain");

    let mut seen = BTreeMap::new();
    for (key, _, _, value) in snapshots.snapshot().into_vec() {
        let key = key.key();
        let labels: Vec<_> = key.labels().map(|label| label.value().to_owned()).collect();
        assert!(
            labels.iter().all(|label| label != old.id().as_str()),
            "no id is a label"
        );
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(level) => level.to_string(),
            DebugValue::Histogram(values) => format!("{} values", values.len()),
        };
        seen.insert(format!("{}{labels:?}", key.name()), value);
    }
    let wanted = [
        (r#"chitty.client.circuit.state["fallback"]"#, "0"),
        (r#"chitty.client.circuit.state["main"]"#, "0"),
        (r#"chitty.client.issue.requests["fallback", "ok"]"#, "1"),
        (r#"chitty.client.issue.requests["main", "ok"]"#, "1"),
        (r#"chitty.client.issue.requests["none", "CHT-1606"]"#, "1"),
        (r#"chitty.client.issue.requests["store", "ok"]"#, "1"),
        (r#"chitty.client.reconcile.attempts["ok"]"#, "1"),
        ("chitty.client.reconcile.duration[]", "1 values"),
        ("chitty.client.reconcile.pending[]", "0"),
        ("chitty.client.reconcile.wedged[]", "0"),
    ];
    for (name, value) in wanted {
        assert_eq!(
            seen.get(name).map(String::as_str),
            Some(value),
            "{name}: {seen:#?}"
        );
    }
    assert!(seen.contains_key("chitty.client.retry.quota[]"));
}
