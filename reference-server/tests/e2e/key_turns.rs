//! Replicas of main with one folder of keys and clocks that differ: whatever becomes of the keys, every
//! replica signs, under a key that counts.

use std::{sync::Arc, time::Duration};

use chitty_client::issuance::keyset::{KeySet, KeyState, KeyUse};
use reference_server::{Database, FallbackServer, keys::KeyRing};

use crate::bench::{Ask, Bench, ISSUER, START, TestClock};

async fn replica(keys: &std::path::Path, off_ms: i64) -> Bench {
    let clock = TestClock::new();
    clock.advance(off_ms);
    Bench::on(clock, Database::Memory, Some(keys)).await
}

/// Waits until every replica has read this version of the folder.
async fn seen(replicas: &[Bench], version: u64) {
    for replica in replicas {
        while replica.main.key_set().version < version {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An id of each replica, and the key of its receipt.
async fn sign(replicas: &[Bench], round: u32) -> Vec<String> {
    let mut kids = Vec::new();
    for (n, replica) in replicas.iter().enumerate() {
        let ask = Ask::new(&format!("{n} {round}"));
        let issue = replica.generate(&ask).await.ok();
        replica.check(&issue);
        let header = issue.receipt.split('.').next().unwrap();
        let header = spooky_core::encoding::from_base64url(header).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        kids.push(header["kid"].as_str().unwrap().to_owned());
    }
    kids
}

fn active(set: &KeySet) -> (String, i64) {
    let mut keys = set.keys.iter();
    let key = keys.rfind(|key| key.state == KeyState::Active && key.key_use == KeyUse::Receipt);
    let key = key.unwrap();
    (key.kid.clone(), key.nbf)
}

#[tokio::test]
async fn a_rotation_and_a_revocation_leave_every_replica_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let offs = [-300_000, -20_000, 0, 20_000, 300_000];
    let mut replicas = Vec::new();
    for off in offs {
        replicas.push(replica(&keys, off).await);
    }
    let (old, _) = active(&replicas[0].main.key_set());
    assert!(sign(&replicas, 0).await.iter().all(|kid| *kid == old));

    KeyRing::rotate_in(&keys, false, START / 1000, 730).unwrap();
    seen(&replicas, 2).await;
    let (new, begins) = active(&replicas[0].main.key_set());
    assert_eq!(
        begins,
        START / 1000 + 300,
        "the lead is what clocks may differ"
    );
    let mut rounds = 1;
    for _ in 0..14 {
        let kids = sign(&replicas, rounds).await;
        for (kid, replica) in kids.iter().zip(&replicas) {
            // The control: whoever is before its beginning would have none but the old one.
            let wanted = match replica.clock_seconds() < begins {
                true => &old,
                false => &new,
            };
            assert_eq!(kid, wanted);
            replica.clock.advance(50_000);
        }
        rounds += 1;
    }
    assert!(sign(&replicas, rounds).await.iter().all(|kid| *kid == new));

    // In an emergency the next key begins in the past: also the slowest clock can use it at once.
    let now = START / 1000 + 700;
    KeyRing::revoke_in(&keys, &new, now, 730).unwrap();
    seen(&replicas, 3).await;
    let kids = sign(&replicas, rounds + 1).await;
    assert!(
        kids.iter().all(|kid| *kid != new && *kid != old),
        "{kids:?}"
    );
    // A jump forth, and back to where it was.
    for jump in [3_600_000, -3_600_000] {
        for replica in &replicas {
            replica.clock.advance(jump);
        }
        rounds += 2;
        assert_eq!(sign(&replicas, rounds).await, kids);
    }
}

/// A grant that is renewed in the seconds after main's grant key changed is of use at a fallback whose clock
/// is behind.
#[tokio::test]
async fn a_fallback_that_is_behind_can_use_a_grant_of_a_key_that_has_just_begun() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let main = replica(&keys, 0).await;
    let behind = TestClock::new();
    behind.advance(-20_000);
    let fallback = FallbackServer::builder()
        .name("behind")
        .main_url(main.main.url())
        .main_issuer(ISSUER)
        .clock(Arc::clone(&behind) as _)
        .renew_by_hand();
    let fallback = fallback.start().await.unwrap();
    let thumbprint = fallback.thumbprint();
    let enrolled = main
        .main
        .enroll_fallback("behind", &thumbprint, &["GEN"])
        .await;
    enrolled.unwrap();
    fallback.renew_now().await.unwrap();
    assert!(fallback.holds_grant(), "the control");
    main.main.rotate_keys().unwrap();
    // Half-life is not waited for: renewed by hand, each second around the new key's beginning.
    for step in [298_000, 1_000, 1_000, 1_000, 9_000, 290_000, 10_000] {
        main.clock.advance(step);
        behind.advance(step);
        fallback.renew_now().await.unwrap();
        assert!(fallback.holds_grant(), "{}", main.clock_seconds());
    }
    let kid = main.main.key_set();
    let grant = kid.keys.iter().filter(|key| key.key_use == KeyUse::Grant);
    for key in grant.filter(|key| key.state == KeyState::Active) {
        main.main.revoke_key(&key.kid).unwrap();
    }
    fallback.renew_now().await.unwrap();
    assert!(fallback.holds_grant(), "after an emergency, too");
}
