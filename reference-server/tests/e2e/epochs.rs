//! Restores and fallbacks: one month and cycle never has two keys, logs come again, and main and
//! fallbacks notice what nobody said (decision D27). Each begins with the hazard.

use std::path::{Path, PathBuf};

use chitty_client::{error::Code, issuance::grant::GrantClaims};
use serde_json::json;
use spooky_core::jose::UnverifiedJws;

use crate::{
    bench::{Ask, Backup, Bench, DAY, TestClock},
    rogue::{Rogue, signed_request},
};

const GRANT: &str = "/api/chittyid/fallback/grant";

/// A main that can be restored, and the clock that it shares with its fallbacks.
struct Site {
    folder: tempfile::TempDir,
    clock: std::sync::Arc<TestClock>,
}

impl Site {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: TestClock::new(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("main.sqlite")
    }

    async fn main(&self, prefix: &str) -> Bench {
        let keys = self.folder.path().join("keys");
        Bench::prefixed(self.clock.clone(), self.file().into(), Some(&keys), prefix).await
    }

    async fn stop(&self, bench: Bench) -> Vec<u8> {
        bench.main.shutdown().await;
        std::fs::read(self.file()).unwrap()
    }

    /// A fallback on files of its own, for whichever main runs.
    async fn fallback(&self, bench: &Bench, name: &str) -> Backup {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("fb.sqlite");
        bench
            .bare_fallback(name, file.into(), Some(&folder.join("keys")))
            .await
    }

    async fn enrolled(&self, bench: &Bench, name: &str) -> Backup {
        let backup = self.fallback(bench, name).await;
        let thumbprint = backup.handle.thumbprint();
        let namespaces = ["GEN", "USR"];
        let done = bench.main.enroll_fallback(name, &thumbprint, &namespaces);
        done.await.unwrap();
        backup
    }
}

fn claims(grant: &str) -> GrantClaims {
    UnverifiedJws::parse(grant, "chitty-fallback-grant+jwt")
        .unwrap()
        .dangerous_unverified_claims()
        .unwrap()
}

async fn held(backup: &Backup) -> GrantClaims {
    claims(&backup.handle.store().grant().await.unwrap().unwrap())
}

fn forget_wal(file: &Path) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
}

#[tokio::test]
async fn after_a_restore_that_was_said_no_pair_has_two_keys_and_logs_come_again() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let backup = site.stop(bench).await;
    // Lost: two fallbacks, what they issued and what main learned of it.
    let bench = site.main("AA").await;
    let (one, two) = (
        site.enrolled(&bench, "one").await,
        site.enrolled(&bench, "two").await,
    );
    one.handle.renew_now().await.unwrap();
    two.handle.renew_now().await.unwrap();
    let lost = two.issue(&Ask::new("lost")).await.ok();
    two.handle.renew_now().await.unwrap();
    assert_eq!(bench.main.store().outstanding().await.unwrap().count, 1);
    assert_eq!(held(&two).await.cyc, ["1"]);
    site.stop(bench).await;
    two.handle.shutdown().await;
    one.handle.shutdown().await;

    // The hazard: a main that does not look at what was shown gives the lowest free cycle again.
    std::fs::write(site.file(), &backup).unwrap();
    let bench = site.main("AA").await;
    let rogue = Rogue::enrolled(&bench, "rogue").await;
    let rogue_2 = Rogue::enrolled(&bench, "rogue 2").await;
    assert_eq!(rogue_2.claims.cyc, ["1"], "the pair that `two` holds");
    drop(rogue);
    site.stop(bench).await;

    std::fs::write(site.file(), &backup).unwrap();
    let bench = site.main("AB").await;
    bench.main.close_month("AA").await.unwrap();
    // `two` comes first, and a stranger before both.
    let key = spooky_core::jose::SigningKey::make(&spooky_core::entropy::OsEntropy).unwrap();
    let thumbprint = key.verifying_key().thumbprint();
    bench
        .main
        .enroll_fallback("new", &thumbprint, &["GEN"])
        .await
        .unwrap();
    let request = signed_request(&bench, &key, "new", "grant", |_| {}).await;
    bench
        .post(GRANT, "", &request)
        .await
        .refused(503, Code::PairNotShown);
    let two = site.enrolled(&bench, "two").await;
    two.handle.renew_now().await.unwrap();
    let one = site.enrolled(&bench, "one").await;
    one.handle.renew_now().await.unwrap();
    assert_eq!(
        (held(&one).await.cyc, held(&two).await.cyc),
        (vec!["0".into()], vec!["1".into()])
    );
    // The log came again, whole, and what it holds can be reconciled.
    assert_eq!(bench.main.store().outstanding().await.unwrap().count, 1);
    let body = json!({"fallbackId": lost.id, "action": "reconcile"});
    let settled = bench
        .post("/api/chittyid/reconcile", &bench.secret, &body)
        .await;
    assert_eq!(settled.status, 200, "{}", settled.body);
    assert!(bench.main.store().alarms().await.unwrap().is_empty());
    // Grant life and tolerance later the new one gets a cycle that nobody ever had.
    site.clock.advance(3 * DAY + 300_000);
    let request = signed_request(&bench, &key, "new", "grant", |_| {}).await;
    let reply = bench.post(GRANT, "", &request).await;
    let new = claims(reply.body["grant"].as_str().unwrap());
    assert_eq!(new.cyc, ["Z"]);
    let fresh = two.issue(&Ask::new("after")).await;
    fresh.refused(503, Code::GrantNotHeld); // its grant ended meanwhile
    two.handle.renew_now().await.unwrap();
    let after = two.issue(&Ask::new("after")).await.ok();
    assert_ne!(after.id, lost.id);
    site.stop(bench).await;
}

#[tokio::test]
async fn two_fallbacks_that_hold_one_pair_are_found_when_they_show_it() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let backup = site.stop(bench).await;
    let bench = site.main("AA").await;
    let one = site.enrolled(&bench, "one").await;
    one.handle.renew_now().await.unwrap();
    one.handle.shutdown().await;
    site.stop(bench).await;
    // Restored, and nobody says it while another one gets the same pair.
    std::fs::write(site.file(), &backup).unwrap();
    let bench = site.main("AA").await;
    let two = site.enrolled(&bench, "two").await;
    two.handle.renew_now().await.unwrap();
    assert_eq!(held(&two).await.cyc, ["0"], "the hazard itself");
    let (_, _) = (
        bench.main.close_month("AA").await.unwrap(),
        two.handle.renew_now().await.unwrap(),
    );
    let one = site.enrolled(&bench, "one").await;
    let said = one.handle.renew_now().await.unwrap_err().to_string();
    assert!(said.contains(Code::PairConflict.as_str()), "{said}");
    let said = two.handle.renew_now().await.unwrap_err().to_string();
    assert!(said.contains(Code::FallbackSuspended.as_str()), "{said}");
    assert_eq!(bench.main.store().alarms().await.unwrap().len(), 2);
    site.stop(bench).await;
}

#[tokio::test]
async fn a_restore_that_nobody_said_is_noticed_and_nothing_is_allocated() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let fallback = site.enrolled(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    let old = fallback.issue(&Ask::new("debt")).await.ok();
    let kept = bench.generate(&Ask::new("kept")).await.ok();
    let backup = site.stop(bench).await;
    fallback.handle.shutdown().await;
    // The control: nothing happened since the copy, and main goes on with it.
    let bench = site.main("AA").await;
    let fallback = site.fallback(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    let lost = bench.generate(&Ask::new("lost")).await.ok();
    fallback.handle.shutdown().await;
    site.stop(bench).await;

    std::fs::write(site.file(), &backup).unwrap();
    let bench = site.main("AA").await;
    let twice = bench.generate(&Ask::new("another")).await.ok();
    assert_eq!(
        twice.id, lost.id,
        "the hazard, before anybody says anything"
    );
    let fallback = site.fallback(&bench, "one").await;
    let said = fallback.handle.renew_now().await.unwrap_err().to_string();
    assert!(said.contains(Code::RestoreUnannounced.as_str()), "{said}");
    bench
        .generate(&Ask::new("more"))
        .await
        .refused(503, Code::RestoreUnannounced);
    assert_eq!(
        bench.reconcile(&Ask::new("debt"), &old).await,
        Err(Code::RestoreUnannounced)
    );
    let steps = bench.main.store().lifecycle(&old.id, None).await.unwrap();
    assert!(
        steps.iter().all(|step| step.event != "refused"),
        "it may pass"
    );
    assert_eq!(
        bench.generate(&Ask::new("kept")).await.ok(),
        kept,
        "a repeat"
    );
    let health = bench.get("/health", None).await;
    assert_eq!(health.status, 503);
    assert!(
        health.body["status"]
            .as_str()
            .unwrap()
            .contains("older copy")
    );
    let url = format!("{}/metrics", bench.main.url());
    let metrics = bench.http.get(url).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(
        metrics.contains("chitty_restore_unannounced 1"),
        "{metrics}"
    );
    assert!(metrics.contains("chitty_ready 0"), "{metrics}");

    bench.main.close_month("AA").await.unwrap();
    site.stop(bench).await;
    fallback.handle.shutdown().await;
    let bench = site.main("AB").await;
    assert_eq!(bench.get("/health", None).await.status, 200);
    let fallback = site.fallback(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    bench.reconcile(&Ask::new("debt"), &old).await.unwrap();
    let fresh = bench.generate(&Ask::new("more")).await.ok();
    assert_ne!(fresh.id, lost.id);
    site.stop(bench).await;
}

#[tokio::test]
async fn a_copy_of_before_an_earlier_restore_is_noticed_and_said_once() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let fallback = site.enrolled(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    fallback.handle.shutdown().await;
    let backup = site.stop(bench).await;
    // A life in between, which is lost together with its epoch.
    let bench = site.main("AB").await;
    bench.main.close_month("AA").await.unwrap();
    site.clock.advance(600_000);
    let fallback = site.fallback(&bench, "one").await;
    fallback.issue(&Ask::new("a")).await.ok();
    fallback.handle.renew_now().await.unwrap();
    fallback.handle.shutdown().await;
    site.stop(bench).await;

    std::fs::write(site.file(), &backup).unwrap();
    let bench = site.main("AB").await;
    let fallback = site.fallback(&bench, "one").await;
    let said = fallback.handle.renew_now().await.unwrap_err().to_string();
    assert!(said.contains(Code::RestoreUnannounced.as_str()), "{said}");
    site.clock.advance(600_000);
    bench.main.close_month("AB").await.unwrap();
    fallback.handle.renew_now().await.unwrap();
    assert_eq!(bench.main.store().outstanding().await.unwrap().count, 1);
    site.stop(bench).await;
}

#[tokio::test]
async fn a_restore_that_was_said_counts_for_what_a_clock_ahead_had_signed() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let fallback = site.enrolled(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    let backup = site.stop(bench).await;
    fallback.handle.shutdown().await;
    // For a while the clock is a day ahead; then it is put right.
    site.clock.advance(DAY);
    let bench = site.main("AA").await;
    let fallback = site.fallback(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    fallback.handle.shutdown().await;
    site.stop(bench).await;
    site.clock.advance(-DAY);
    for said in [false, true] {
        std::fs::write(site.file(), &backup).unwrap();
        let bench = site.main("AB").await;
        if said {
            bench.main.close_month("AA").await.unwrap();
        }
        let fallback = site.fallback(&bench, "one").await;
        let renewed = fallback.handle.renew_now().await;
        let answer = bench.generate(&Ask::new("after")).await;
        match said {
            // The control: nobody said anything, and what is shown is news to main.
            false => {
                answer.refused(503, Code::RestoreUnannounced);
            }
            true => {
                assert_eq!(answer.status, 200, "{} {renewed:?}", answer.body);
            }
        }
        fallback.handle.shutdown().await;
        site.stop(bench).await;
    }
}

#[tokio::test]
async fn a_grant_that_main_signed_and_does_not_know_shows_a_restore_too() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let backup = site.stop(bench).await;
    let bench = site.main("AA").await;
    let rogue = Rogue::enrolled(&bench, "one").await;
    let ask = Ask::new("a");
    let issue = rogue.issue(&ask, "alpha", &rogue.id(1), |_| {});
    site.stop(bench).await;
    std::fs::write(site.file(), &backup).unwrap();
    let bench = site.main("AA").await;
    bench.generate(&Ask::new("before")).await.ok();
    // Somebody else's invention shows nothing.
    let forger = Rogue {
        key: spooky_core::jose::SigningKey::make(&spooky_core::entropy::OsEntropy).unwrap(),
        name: rogue.name.clone(),
        grant: rogue.grant.clone(),
        claims: rogue.claims.clone(),
    };
    let forged = forger.issue(&ask, "alpha", &rogue.id(1), |_| {});
    assert_eq!(bench.reconcile(&ask, &forged).await, Err(Code::GrantHolder));
    bench.generate(&Ask::new("still")).await.ok();
    assert_eq!(
        bench.reconcile(&ask, &issue).await,
        Err(Code::RestoreUnannounced)
    );
    bench
        .generate(&Ask::new("after"))
        .await
        .refused(503, Code::RestoreUnannounced);
    site.stop(bench).await;
}

#[tokio::test]
async fn a_fallback_that_is_an_older_copy_stops_once_main_is_heard() {
    let site = Site::new();
    let bench = site.main("AA").await;
    let folder = site.folder.path().join("one");
    let file = folder.join("fb.sqlite");
    let fallback = site.enrolled(&bench, "one").await;
    fallback.handle.renew_now().await.unwrap();
    fallback.handle.shutdown().await;
    let copy = std::fs::read(&file).unwrap();
    let fallback = site.fallback(&bench, "one").await;
    fallback.issue(&Ask::new("a")).await.ok();
    fallback.issue(&Ask::new("b")).await.ok();
    fallback.handle.renew_now().await.unwrap();
    fallback.handle.shutdown().await;

    let restore = || {
        forget_wal(&file);
        std::fs::write(&file, &copy).unwrap();
    };
    restore();
    let fallback = site.fallback(&bench, "one").await;
    // Until then it goes on: the hazard.
    let twice = fallback.issue(&Ask::new("c")).await.ok();
    assert!(twice.id.starts_with("AA-E-GEN-0000-"), "{}", twice.id);
    assert!(fallback.handle.renew_now().await.is_err());
    fallback
        .issue(&Ask::new("d"))
        .await
        .refused(503, Code::FallbackRolledBack);
    assert_eq!(fallback.issue(&Ask::new("c")).await.ok(), twice, "a repeat");
    fallback.handle.shutdown().await;
    let fallback = site.fallback(&bench, "one").await;
    fallback
        .issue(&Ask::new("d"))
        .await
        .refused(503, Code::FallbackRolledBack);
    fallback.handle.shutdown().await;

    // One that caught up in numbers is found by what stands in places that were acknowledged.
    assert!(bench.main.store().resume("one").await.unwrap());
    restore();
    let fallback = site.fallback(&bench, "one").await;
    for n in 0..5 {
        fallback.issue(&Ask::new(&format!("e{n}"))).await.ok();
    }
    let said = fallback.handle.renew_now().await.unwrap_err().to_string();
    assert!(said.contains(Code::FallbackRolledBack.as_str()), "{said}");
    assert!(bench.main.store().fallbacks().await.unwrap()[0].suspended);
    fallback
        .issue(&Ask::new("d"))
        .await
        .refused(503, Code::FallbackRolledBack);
    fallback.handle.shutdown().await;

    // Nor does a new database under the old key get a grant.
    assert!(bench.main.store().resume("one").await.unwrap());
    forget_wal(&file);
    std::fs::remove_file(&file).unwrap();
    let fallback = site.fallback(&bench, "one").await;
    assert!(fallback.handle.renew_now().await.is_err());
    assert!(!fallback.handle.holds_grant());
    site.stop(bench).await;
}

#[tokio::test]
async fn what_main_refuses_of_a_log_is_said_entry_by_entry_and_comes_again() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    for n in 0..3 {
        backup.issue(&Ask::new(&n.to_string())).await.ok();
    }
    // Main holds the grant for used up, as it does when its books are those of a copy.
    let grant = held(&backup).await;
    let filler = Rogue::enrolled(&bench, "filler").await;
    let one = filler.issue(&Ask::new("x"), "alpha", &filler.id(1), |_| {});
    let bad = filler.issue(&Ask::new("y"), "alpha", &filler.id(2), |c| c.iat -= 400);
    let reply = filler.upload(&bench, "alpha", &bad).await;
    assert_eq!(reply.body["accepted"], 0);
    assert_eq!(
        reply.body["refused"],
        json!([{"index": 0, "code": Code::GrantTime.as_str()}])
    );
    let reply = filler.upload(&bench, "alpha", &one).await;
    assert_eq!(
        (&reply.body["accepted"], &reply.body["refused"]),
        (&json!(1), &json!([]))
    );
    assert!(reply.body.get("acknowledged").is_none(), "it named no log");
    assert_eq!(grant.max, 10_000);
    backup.handle.renew_now().await.unwrap();
    assert_eq!(backup.handle.store().refused_count().await.unwrap(), 0);
    assert_eq!(bench.main.store().outstanding().await.unwrap().count, 4);
}

#[tokio::test]
async fn a_nonce_serves_its_epoch_purpose_and_fallback() {
    let bench = Bench::new().await;
    let rogue = Rogue::enrolled(&bench, "one").await;
    let nonce = async |query: &str| -> String {
        let path = format!("/api/chittyid/fallback/nonce{query}");
        let reply = bench.get(&path, None).await;
        let nonce = reply.body["nonce"].as_str().unwrap().to_owned();
        assert_eq!(nonce.len(), 43, "32 bytes");
        assert!(reply.body["epoch"].as_str().unwrap().contains('.'));
        nonce
    };
    let ask = async |nonce: String| {
        let edit = |claims: &mut chitty_client::wire::fallback::RequestClaims| claims.nonce = nonce;
        let request = signed_request(&bench, &rogue.key, "one", "grant", edit).await;
        bench.post(GRANT, "", &request).await
    };
    assert_eq!(
        ask(nonce("?fallback=one&purpose=grant").await).await.status,
        200
    );
    assert_eq!(
        ask(nonce("").await).await.status,
        200,
        "fallbacks of before"
    );
    for other in [
        "?fallback=two&purpose=grant",
        "?fallback=one&purpose=issue-log",
    ] {
        ask(nonce(other).await)
            .await
            .refused(401, Code::NonceInvalid);
    }
    let old = nonce("").await;
    bench.main.close_month("AA").await.unwrap();
    ask(old).await.refused(401, Code::NonceInvalid);
}
