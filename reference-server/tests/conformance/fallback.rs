//! A fallback's ids: one per key, every one in the log, none beyond the grant.

use std::collections::BTreeSet;

use chitty_client::error::Code;
use reference_server::store::{FallbackStore, NewFallback, Quota, Slot, Uploaded};

use crate::stores::{Broken, NOW, Numbers, Place, crowd, slot};

/// Tests that are about something else than shares have slots too small to be divided.
static SHARED: Slot = Slot {
    name: String::new(),
    capacity: 0,
    family: String::new(),
};

fn request<'a>(idk: &'a str, slots: &'a [Slot], max: u64) -> NewFallback<'a> {
    NewFallback {
        tenant: "alpha",
        idk,
        fingerprint: [1; 32],
        slots,
        shared: &SHARED,
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

fn through(seq: i64) -> Uploaded<'static> {
    Uploaded {
        main_epoch: None,
        through: Some(seq),
        sent: &[],
        refused: &[],
        acknowledgement: None,
        now: NOW,
    }
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
                reader.uploaded(&through(row.seq)).await.unwrap();
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
    handles[0].put_grant("text", "j", 9).await.unwrap();
    assert_eq!(handles[1].grant().await.unwrap().as_deref(), Some("text"));
    assert_eq!(handles[1].held_grants(9).await.unwrap(), ["text"]);
}

async fn issue(store: &dyn FallbackStore, key: &str) {
    let slots = [slot(99)];
    store
        .issue(&request(key, &slots, 99), &Numbers("e"))
        .await
        .unwrap();
}

/// What main refused once does not count as uploaded, and a main in another epoch gets everything again.
pub(crate) async fn a_refused_entry_is_not_uploaded_and_comes_again(place: Place) {
    let (one, other) = (place.fallback().await, place.fallback().await);
    for key in ["a", "b", "c"] {
        issue(&*one, key).await;
    }
    assert!(one.start_again("0.x").await.unwrap());
    assert!(!other.start_again("0.x").await.unwrap());
    let seqs = async |store: &dyn FallbackStore| -> Vec<i64> {
        let page = store.log_page(9).await.unwrap();
        page.into_iter().map(|row| row.seq).collect()
    };
    let all = seqs(&*one).await;
    let refused = [(all[1], Some(Code::GrantExhausted))];
    let mut done = Uploaded {
        main_epoch: Some("0.x"),
        through: Some(all[2]),
        sent: &all,
        refused: &refused,
        acknowledgement: Some("ack"),
        now: NOW,
    };
    one.uploaded(&done).await.unwrap();
    assert!(seqs(&*other).await.is_empty());
    let state = other.main_state().await.unwrap();
    assert_eq!(state, (Some("0.x".to_owned()), Some("ack".to_owned())));
    assert_eq!(other.refused_count().await.unwrap(), 1);
    assert!(
        other.refused_page(NOW, 9).await.unwrap().is_empty(),
        "not yet"
    );
    let later = other.refused_page(NOW + 60_000, 9).await.unwrap();
    assert_eq!((later.len(), later[0].seq), (1, all[1]));
    // Sent again and refused again: later and later.
    let again = [all[1]];
    (done.sent, done.through, done.now) = (&again, None, NOW + 60_000);
    other.uploaded(&done).await.unwrap();
    assert!(one.refused_page(NOW + 120_000, 9).await.unwrap().is_empty());
    assert_eq!(one.refused_page(NOW + 180_000, 9).await.unwrap().len(), 1);
    done.refused = &[];
    one.uploaded(&done).await.unwrap();
    assert_eq!(other.refused_count().await.unwrap(), 0);

    // An answer of the epoch before comes too late.
    assert!(one.start_again("1.y").await.unwrap());
    (done.sent, done.through) = (&all, Some(all[2]));
    other.uploaded(&done).await.unwrap();
    assert_eq!(seqs(&*one).await, all, "everything again");
    let shown = one.main_state().await.unwrap().1;
    assert_eq!(
        shown.as_deref(),
        Some("ack"),
        "what main may have forgotten"
    );
}

pub(crate) async fn a_fallback_that_is_an_older_copy_issues_nothing(place: Place) {
    let (one, other) = (place.fallback().await, place.fallback().await);
    assert_eq!(one.known_epoch(), other.known_epoch(), "one database");
    issue(&*one, "a").await;
    one.mark_behind("a test").await.unwrap();
    let slots = [slot(99)];
    let refused = async |store: &dyn FallbackStore, key: &'static str| {
        let asked = request(key, &slots, 99);
        store
            .issue(&asked, &Numbers("e"))
            .await
            .err()
            .unwrap()
            .code()
    };
    assert_eq!(refused(&*other, "b").await, Code::FallbackRolledBack);
    issue(&*other, "a").await; // a repeat

    let epoch = one.restored(NOW).await.unwrap();
    assert_eq!((epoch.counter, &one.known_epoch()), (1, &epoch));
    assert_eq!(
        refused(&*other, "b").await,
        Code::EpochChanged,
        "a handle of before"
    );
    assert_eq!(refused(&*one, "b").await, Code::FallbackRolledBack);
    assert_eq!(one.grant().await.unwrap(), None);
}

/// One tenant with default rights takes half, the next half of the rest; without shares the first took all.
pub(crate) async fn no_tenant_uses_up_a_fallback(place: Place) {
    let handles = [place.fallback().await, place.fallback().await];
    let slots = [slot(200)];
    let shared = Slot {
        name: "both cycles".to_owned(),
        ..slot(200)
    };
    let take = async |tenant: &str, most: usize| -> (usize, Code) {
        for n in 0..most {
            let key = format!("{tenant} {n}");
            let mut asked = request(&key, &slots, 9_999);
            (asked.tenant, asked.shared) = (tenant, &shared);
            if let Err(refusal) = handles[n % 2].issue(&asked, &Numbers("")).await {
                return (n, refusal.code());
            }
        }
        (most, Code::Internal)
    };
    assert_eq!(take("greedy", 200).await, (100, Code::SlotShareUsed));
    assert_eq!(take("second", 200).await, (50, Code::SlotShareUsed));
    assert_eq!(take("third", 200).await, (25, Code::SlotShareUsed));
    // The control: a tenant that may have everything takes the rest, and then nobody gets any.
    handles[0].set_share("unbounded", Some(100)).await.unwrap();
    assert_eq!(
        handles[1].shares().await.unwrap(),
        [("unbounded".to_owned(), 100)]
    );
    assert_eq!(take("unbounded", 200).await, (25, Code::GrantExhausted));
    assert_eq!(take("late", 200).await, (0, Code::GrantExhausted));
}
