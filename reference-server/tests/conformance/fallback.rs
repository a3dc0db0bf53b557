//! A fallback's ids: one per key, every one in the log, none beyond the grant.

use std::collections::BTreeSet;

use chitty_client::error::Code;
use reference_server::store::{NewFallback, Quota, Slot};

use crate::stores::{Broken, NOW, Numbers, Place, crowd, slot};

fn request<'a>(idk: &'a str, slots: &'a [Slot], max: u64) -> NewFallback<'a> {
    NewFallback {
        tenant: "alpha",
        idk,
        fingerprint: [1; 32],
        slots,
        grant_jti: "grant",
        max,
        quota: Quota { daily: None },
        now: NOW,
    }
}

pub(crate) async fn one_key_gets_one_fallback_id_at_every_handle(place: Place) {
    let handles = [place.fallback().await, place.fallback().await];
    let answers = crowd(16, &handles, |_, store| async move {
        let slots = [slot(9)];
        store
            .issue(&request("k", &slots, 9), &Numbers("e"))
            .await
            .unwrap()
    })
    .await;
    assert!(answers.iter().all(|answer| answer.identifier == "e0"));
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert_eq!(handles[1].issued().await.unwrap(), 1);
    let slots = [slot(9)];
    let mut other = request("k", &slots, 9);
    other.fingerprint = [2; 32];
    let refused = handles[1].issue(&other, &Numbers("e")).await.err().unwrap();
    assert_eq!(refused.code(), Code::IdempotencyKeyReused);
}

/// Reads the log while two replicas write it, under two grants, and must miss no entry.
pub(crate) async fn the_log_passes_over_nothing(place: Place) {
    let handles = [place.fallback().await, place.fallback().await];
    let reader = handles[0].clone();
    let read = tokio::spawn(async move {
        let mut seen = BTreeSet::new();
        while seen.len() < 60 {
            for row in reader.log_page(7).await.unwrap() {
                seen.insert(row.seq);
                reader.uploaded(row.seq).await.unwrap();
            }
            tokio::task::yield_now().await;
        }
        seen.len()
    });
    crowd(60, &handles, |n, store| async move {
        // No row in common but the log itself.
        let half = ["a", "b"][n / 2 % 2];
        let key = format!("k{n}");
        let slots = [Slot {
            name: half.to_owned(),
            capacity: 99,
            family: String::new(),
        }];
        let mut request = request(&key, &slots, 99);
        (request.grant_jti, request.tenant) = (half, half);
        store.issue(&request, &Numbers(half)).await.unwrap();
    })
    .await;
    let seen = tokio::time::timeout(std::time::Duration::from_secs(10), read).await;
    let seen = seen.expect("an entry of the log was passed over").unwrap();
    assert_eq!(seen, 60);
    assert_eq!(handles[1].log_after(0, 100).await.unwrap().len(), 60);
}

pub(crate) async fn a_grant_and_its_cycles_end(place: Place) {
    let handles = [place.fallback().await, place.fallback().await];
    let named = |name: &str| Slot {
        name: name.to_owned(),
        capacity: 2,
        family: String::new(),
    };
    let slots = [named("one"), named("two")];
    assert!(
        handles[0]
            .issue(&request("x", &slots, 9), &Broken)
            .await
            .is_err()
    );
    let mut outcomes = Vec::new();
    for n in 0..5 {
        let key = format!("k{n}");
        let issued = handles[n % 2]
            .issue(&request(&key, &slots, 9), &Numbers(""))
            .await;
        outcomes.push(
            issued
                .map(|answer| answer.identifier)
                .map_err(|refusal| refusal.code()),
        );
    }
    let ids: Vec<&str> = outcomes.iter().flatten().map(String::as_str).collect();
    assert_eq!(
        ids,
        ["0", "1", "2", "3"],
        "counters run on through the cycles"
    );
    assert_eq!(outcomes[4], Err(Code::GrantExhausted));
    let many = [slot(99)];
    let refused = handles[1]
        .issue(&request("y", &many, 4), &Numbers(""))
        .await;
    assert_eq!(
        refused.err().unwrap().code(),
        Code::GrantExhausted,
        "the grant's own maximum"
    );
    handles[0].put_grant("text").await.unwrap();
    assert_eq!(handles[1].grant().await.unwrap().as_deref(), Some("text"));
}
