//! Snapshots and what a verifier makes of them.

use proptest::prelude::*;

use super::*;
use crate::verdict::Verdict;

fn value(number: u64) -> AnchorCommitment {
    AnchorCommitment::from_bytes(crate::encoding::sha256(&number.to_be_bytes()))
}

fn head(seq: u64, as_of: u64, prev: Option<[u8; 32]>) -> SnapshotHead {
    SnapshotHead {
        issuer: BROKER.to_owned(),
        seq,
        as_of,
        prev,
        reset: None,
    }
}

impl World {
    fn snapshot(&self, head: &SnapshotHead, anchors: &[u64]) -> StatusSnapshot {
        let anchors = anchors.iter().map(|number| value(*number));
        let text = sign_snapshot(&self.broker, "1", head, anchors, [[5; 32]]).unwrap();
        let unverified = UnverifiedSnapshot::parse(&text).unwrap();
        unverified.verify(&self.keys).into_result().unwrap()
    }
}

#[test]
fn stale_rolled_back_equivocating_and_missing_snapshots_are_seen() {
    use StatusReason as Reason;
    let world = World::new();
    let mut monitor = StatusMonitor::new(BROKER);
    let alive = value(100);
    let missing = monitor.anchor(&alive, NOW, 600);
    assert_eq!(missing, Verdict::Indeterminate(Reason::SnapshotMissing));
    let first = world.snapshot(&head(1, NOW, None), &[1, 2]);
    assert_eq!(
        monitor.offer(first.clone(), NOW),
        Verdict::Valid(Accepted::Newer)
    );
    assert_eq!(
        monitor.offer(first.clone(), NOW),
        Verdict::Valid(Accepted::Same)
    );
    assert_eq!(
        monitor.anchor(&alive, NOW + 600, 600),
        Verdict::Valid(NOW),
        "the control"
    );
    let stale = monitor.anchor(&alive, NOW + 601, 600);
    assert_eq!(stale, Verdict::Indeterminate(Reason::SnapshotStale));
    let early = monitor.anchor(&alive, NOW - 301, 600);
    assert_eq!(early, Verdict::Indeterminate(Reason::AheadOfClock));
    // Revoked stays revoked however old the snapshot is.
    let revoked = Verdict::Invalid(Reason::Revoked);
    assert_eq!(monitor.anchor(&value(2), NOW + 1_000_000, 600), revoked);
    assert_eq!(monitor.lease(&[5; 32], NOW, 600), revoked);
    assert_eq!(monitor.lease(&[6; 32], NOW, 600), Verdict::Valid(NOW));

    let second = world.snapshot(&head(2, NOW + 60, Some(first.digest())), &[1, 2, 3]);
    let later = NOW + 60;
    assert!(monitor.offer(second.clone(), later).is_valid());
    let mark = monitor.mark();
    let mut refuse = |head: SnapshotHead, anchors: &[u64], verdict| {
        let offered = monitor.offer(world.snapshot(&head, anchors), later);
        assert_eq!(offered, verdict);
        assert_eq!(monitor.mark(), mark, "nothing changed");
    };
    let (prev, invalid) = (Some(second.digest()), |reason| Verdict::Invalid(reason));
    let all = [1, 2, 3, 4];
    refuse(head(1, NOW, None), &[1, 2], invalid(Reason::OlderSequence));
    refuse(head(3, NOW + 59, prev), &all, invalid(Reason::OlderTime));
    let other = Some(first.digest());
    refuse(head(2, later, other), &all, invalid(Reason::Equivocation));
    refuse(head(3, later, other), &all, invalid(Reason::Equivocation));
    refuse(
        head(3, later, prev),
        &[1, 3, 4],
        invalid(Reason::AnchorsShrank),
    );
    let ahead = Verdict::Indeterminate(Reason::AheadOfClock);
    refuse(head(3, later + 301, prev), &all, ahead);
    let foreign = SnapshotHead {
        issuer: "https://x.example".into(),
        ..head(3, later, prev)
    };
    let keys = published(
        &world.broker,
        "https://x.example",
        crate::jose::KeyState::Active,
    );
    let text = sign_snapshot(&world.broker, "1", &foreign, [], []).unwrap();
    let unverified = UnverifiedSnapshot::parse(&text).unwrap();
    let foreign = unverified.verify(&keys).into_result().unwrap();
    let verdict = monitor.offer(foreign, later);
    assert_eq!(verdict, invalid(Reason::OtherIssuer));

    // After a restart the mark holds what the memory held.
    let mut restarted = StatusMonitor::resume(BROKER, mark.unwrap());
    let verdict = restarted.offer(first.clone(), later);
    assert_eq!(verdict, Verdict::Invalid(Reason::OlderSequence));
    assert!(restarted.offer(second, later).is_valid());
    let control = StatusMonitor::new(BROKER).offer(first, later);
    assert!(
        control.is_valid(),
        "without a mark the roll-back would pass"
    );
}

#[test]
fn a_snapshot_of_a_million_is_read_and_searched() {
    let world = World::new();
    let count = 1_000_000;
    let text = {
        let anchors = (0..count).map(value);
        sign_snapshot(&world.broker, "1", &head(1, NOW, None), anchors, []).unwrap()
    };
    let started = std::time::Instant::now();
    let unverified = UnverifiedSnapshot::parse(&text).unwrap();
    let snapshot = unverified.verify(&world.keys).into_result().unwrap();
    let loaded = started.elapsed();
    assert_eq!(snapshot.counts(), (1_000_000, 0));
    let started = std::time::Instant::now();
    for number in 0..10_000 {
        assert!(snapshot.revokes_anchor(&value(number)));
        assert!(!snapshot.revokes_anchor(&value(number + count)));
    }
    let searched = started.elapsed();
    println!(
        "{} bytes, loaded in {loaded:?}, 20 000 look-ups in {searched:?}",
        text.len()
    );
    // A walk through a million values for each would take minutes.
    assert!(searched < std::time::Duration::from_secs(5));
    let mut monitor = StatusMonitor::new(BROKER);
    assert!(monitor.offer(snapshot.clone(), NOW).is_valid());
    assert_eq!(monitor.offer(snapshot, NOW), Verdict::Valid(Accepted::Same));
}

#[test]
fn lists_that_are_not_sorted_whole_values_are_malformed() {
    use crate::encoding::base64url;
    let world = World::new();
    let judge = |anchors: String, seq: u64, prev: Option<String>| {
        let claims = serde_json::json!({ "iss": BROKER, "seq": seq, "as_of": NOW, "prev": prev,
            "anchors": anchors, "leases": "" });
        let text = world.broker.sign_jws("1", STATUS_TYPE, &claims).unwrap();
        let unverified = UnverifiedSnapshot::parse(&text).unwrap();
        match unverified.verify(&world.keys) {
            Verdict::Valid(_) => None,
            Verdict::Invalid(reason) | Verdict::Indeterminate(reason) => Some(reason),
        }
    };
    let list = |values: &[[u8; 32]]| base64url(&values.concat());
    let ([one, two], malformed) = ([[1; 32], [2; 32]], Some(StatusReason::Malformed));
    assert_eq!(judge(list(&[one, two]), 1, None), None, "the control");
    assert_eq!(judge(list(&[two, one]), 1, None), malformed);
    assert_eq!(judge(list(&[one, one]), 1, None), malformed);
    assert_eq!(judge(base64url(&[1; 33]), 1, None), malformed);
    assert_eq!(judge("=".into(), 1, None), malformed);
    assert_eq!(judge(list(&[one]), 0, None), malformed);
    assert_eq!(judge(list(&[one]), 2, None), malformed);
    assert_eq!(judge(list(&[one]), 1, Some(list(&[one]))), malformed);
    assert_eq!(judge(list(&[one]), 2, Some("AA".into())), malformed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is offered in whatever order: sequence and time never fall, nothing that was ever
    /// revoked comes back, and one sequence number has one digest.
    #[test]
    fn a_monitor_never_goes_back(offers in proptest::collection::vec(
        (1u64..5, 0u64..4, proptest::collection::btree_set(0u64..4, 0..4), any::<bool>()), 1..12))
    {
        let world = World::new();
        let mut monitor = StatusMonitor::new(BROKER);
        let mut ever = std::collections::BTreeSet::new();
        let mut digests = std::collections::BTreeMap::new();
        for (seq, time, anchors, follows) in offers {
            let mark = monitor.mark();
            let prev = match mark {
                Some(mark) if follows => mark.digest,
                _ => [7; 32],
            };
            let head = head(seq, NOW + time, (seq > 1).then_some(prev));
            let list: Vec<u64> = anchors.iter().copied().collect();
            let snapshot = world.snapshot(&head, &list);
            let digest = snapshot.digest();
            if monitor.offer(snapshot, NOW).is_valid() {
                if let Some(mark) = mark {
                    prop_assert!(seq >= mark.seq && head.as_of >= mark.as_of);
                }
                prop_assert_eq!(*digests.entry(seq).or_insert(digest), digest);
                prop_assert!(anchors.is_superset(&ever));
                ever.extend(anchors);
            }
            for number in &ever {
                let verdict = monitor.anchor(&value(*number), NOW + 1_000_000, 0);
                prop_assert_eq!(verdict, Verdict::Invalid(StatusReason::Revoked));
            }
        }
    }
}

/// A broker's clock was once far ahead, and so was this verifier's, which took the snapshot.
#[test]
fn a_snapshot_that_says_so_steps_back_once() {
    // As far as the test's key reaches; a year is no different.
    const AHEAD: u64 = 900_000;
    let world = World::new();
    let mut monitor = StatusMonitor::new(BROKER);
    let first = world.snapshot(&head(1, NOW, None), &[1]);
    assert!(monitor.offer(first.clone(), NOW).is_valid());
    let ahead = world.snapshot(&head(2, NOW + AHEAD, Some(first.digest())), &[1, 2]);
    // Another verifier, whose clock was right, refused it and is in the way of nothing.
    let mut right = monitor.clone();
    let refused = right.offer(ahead.clone(), NOW + 60);
    assert_eq!(refused, Verdict::Indeterminate(StatusReason::AheadOfClock));
    assert!(monitor.offer(ahead.clone(), NOW + AHEAD).is_valid());

    let now = NOW + 120;
    let third = |reset, anchors: &[u64]| {
        let head = SnapshotHead {
            reset,
            ..head(3, now, Some(ahead.digest()))
        };
        world.snapshot(&head, anchors)
    };
    // The control: without the word it waits until that time is over. With it no anchor may go.
    let refused = monitor.offer(third(None, &[1, 2, 3]), now);
    assert_eq!(refused, Verdict::Invalid(StatusReason::OlderTime));
    let too_early = monitor.offer(third(Some(2), &[1, 2, 3]), now);
    assert_eq!(too_early, Verdict::Invalid(StatusReason::OlderTime));
    let shrunk = monitor.offer(third(Some(3), &[1, 3]), now);
    assert_eq!(shrunk, Verdict::Invalid(StatusReason::AnchorsShrank));

    // One that was started again knows its snapshot although that is ahead now, and says no more of it.
    let mark = monitor.mark().unwrap();
    let mut again = StatusMonitor::resume(BROKER, mark);
    assert_eq!(
        again.offer(ahead.clone(), now),
        Verdict::Valid(Accepted::Same)
    );
    assert_eq!(
        again.anchor(&value(9), now, 600),
        Verdict::Indeterminate(StatusReason::AheadOfClock)
    );
    let shrunk = again.offer(third(Some(3), &[1, 3]), now);
    assert_eq!(shrunk, Verdict::Invalid(StatusReason::AnchorsShrank));

    let back = third(Some(3), &[1, 2, 3]);
    for monitor in [&mut monitor, &mut again, &mut right] {
        let taken = monitor.offer(back.clone(), now);
        assert_eq!(taken, Verdict::Valid(Accepted::Newer));
        assert_eq!(monitor.anchor(&value(9), now, 600), Verdict::Valid(now));
        let revoked = monitor.anchor(&value(3), now, 600);
        assert_eq!(revoked, Verdict::Invalid(StatusReason::Revoked));
        // Once: the same word does not excuse a second step back.
        let next = SnapshotHead {
            reset: Some(3),
            ..head(4, now - 1, Some(back.digest()))
        };
        let later = monitor.offer(world.snapshot(&next, &[1, 2, 3]), now);
        assert_eq!(later, Verdict::Invalid(StatusReason::OlderTime));
    }
    // Who missed it follows a later one that repeats the word.
    let mut late = StatusMonitor::resume(BROKER, mark);
    let fifth = SnapshotHead {
        reset: Some(3),
        ..head(5, now + 60, Some([7; 32]))
    };
    let fifth = world.snapshot(&fifth, &[1, 2, 3]);
    assert!(late.offer(fifth, now + 60).is_valid());

    for reset in [0, 1, 4] {
        let wrong = SnapshotHead {
            reset: Some(reset),
            ..head(3, now, Some([7; 32]))
        };
        let refused = sign_snapshot(&world.broker, "1", &wrong, [], []);
        assert_eq!(
            refused.unwrap_err(),
            crate::Error::Malformed("status snapshot")
        );
    }
}
