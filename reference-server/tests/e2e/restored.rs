//! Main's database restored from a backup: without a word of the operator ids come twice, with it they
//! do not.

use std::path::Path;

use chitty_client::error::Code;
use serde_json::json;

use crate::bench::{Ask, Bench, TestClock};

/// A main on this file.
async fn open(file: &Path, keys: &Path) -> Bench {
    Bench::on(TestClock::new(), file.to_owned().into(), Some(keys)).await
}

/// The file as a backup has it: nothing is left beside it after a shutdown.
async fn close(bench: Bench, file: &Path) -> Vec<u8> {
    bench.main.shutdown().await;
    std::fs::read(file).unwrap()
}

#[tokio::test]
async fn no_id_comes_twice_after_a_restore_that_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (
        folder.path().join("main.sqlite"),
        folder.path().join("keys"),
    );
    let canonical = |name| {
        let mut ask = Ask::new(name);
        ask.intent = serde_json::from_value(json!({"profile": "canonical", "type": "P"})).unwrap();
        ask
    };
    let bench = open(&file, &keys).await;
    let kept = bench.generate(&Ask::new("kept")).await.ok();
    let backup = close(bench, &file).await;
    let bench = open(&file, &keys).await;
    let lost = bench.generate(&Ask::new("lost")).await.ok();
    let lost_canonical = bench.generate(&canonical("lost canonical")).await.ok();
    close(bench, &file).await;

    std::fs::write(&file, &backup).unwrap();
    let bench = open(&file, &keys).await;
    let again = bench.generate(&Ask::new("another")).await.ok();
    assert_eq!(again.id, lost.id, "the hazard itself");
    close(bench, &file).await;

    std::fs::write(&file, &backup).unwrap();
    let bench = open(&file, &keys).await;
    assert!(bench.main.close_month("a").await.is_err(), "no prefix");
    let closed = bench.main.close_month("AA").await.unwrap();
    assert_eq!(closed, ["03-2611", "AA-8Z"]);
    for ask in [
        Ask::new("another"),
        Ask::new("other").namespace("USR"),
        canonical("other"),
    ] {
        bench
            .generate(&ask)
            .await
            .refused(503, Code::SequenceExhausted);
    }
    assert_eq!(bench.generate(&Ask::new("kept")).await.ok(), kept);
    close(bench, &file).await;

    // Another prefix goes on at once; the next month is as ever.
    let clock = TestClock::new();
    let bench = Bench::prefixed(clock, file.clone().into(), Some(&keys), "AB").await;
    let new = bench.generate(&Ask::new("another")).await.ok();
    assert!(new.id.starts_with("AB-C-GEN-0000-"), "{}", new.id);
    bench
        .generate(&canonical("other"))
        .await
        .refused(503, Code::SequenceExhausted);
    bench.clock.advance(30 * crate::bench::DAY);
    let next = bench.generate(&canonical("other")).await.ok();
    assert_ne!(next.id, lost_canonical.id);
    close(bench, &file).await;
}
