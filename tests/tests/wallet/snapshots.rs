//! Snapshots as a wallet keeps them: never an older one, never two histories, also after a restart, and
//! no answer without a fresh one.

use chitty_client::{Code, transport::MAX_ANSWER};
use chitty_tests::{
    people::{BROKER, Glass, Keeper},
    rogue_broker::RogueBroker,
};
use spooky_core::{
    anchor::{AnchorCommitment, SnapshotHead, StatusReason, UnverifiedSnapshot, sign_snapshot},
    encoding::labelled_sha256,
    entropy::OsEntropy,
    jose::Ed25519SigningKey,
    verdict::Verdict,
};

use crate::{Bench, code, refused};

const HOUR: u64 = 3_600;

fn head(seq: u64, as_of: u64, prev: Option<[u8; 32]>) -> SnapshotHead {
    SnapshotHead {
        issuer: BROKER.to_owned(),
        seq,
        as_of,
        prev,
        reset: None,
    }
}

/// SHA-256("spookyid/status/v1" ‖0‖ signing input).
fn digest(text: &str) -> [u8; 32] {
    let (input, _) = text.rsplit_once('.').expect("JWS");
    labelled_sha256("spookyid/status/v1", &[input.as_bytes()])
}

fn own(broker: &RogueBroker) -> AnchorCommitment {
    broker.plan().anchor.expect("registered")
}

#[tokio::test]
async fn a_snapshot_may_be_longer_than_other_answers() {
    let bench = Bench::new();
    let wallet = bench.wallet().seed_keeper(Keeper::default()).build();
    let wallet = wallet.expect("wallet");
    wallet.register().await.expect("registered");
    let stranger = |number: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        AnchorCommitment::from_bytes(bytes)
    };
    let mut revoked: Vec<_> = (0..25_000).map(stranger).collect();
    let now = bench.broker.now();
    let text = bench.broker.serve_snapshot(&head(1, now, None), &revoked);
    assert!(text.len() > MAX_ANSWER, "longer than any other answer");
    wallet.refresh().await.expect("refreshed");
    let standing = wallet.check_standing(HOUR).await.expect("check");
    assert_eq!(standing, Verdict::Valid(now));
    revoked.push(own(&bench.broker));
    let next = head(2, now, Some(digest(&text)));
    bench.broker.serve_snapshot(&next, &revoked);
    wallet.refresh().await.expect("refreshed");
    let standing = wallet.check_standing(HOUR).await.expect("check");
    assert_eq!(standing, Verdict::Invalid(StatusReason::Revoked));
}

#[tokio::test]
async fn snapshots_never_go_back_also_after_a_restart() {
    let bench = Bench::new();
    let (store, now) = (Glass::default(), bench.broker.now());
    let open = || {
        let wallet = bench.wallet().store(store.clone());
        wallet
            .seed_keeper(Keeper::default())
            .build()
            .expect("wallet")
    };
    let wallet = open();
    wallet.register().await.expect("registered");
    let missing = wallet.check_standing(HOUR).await.expect("check");
    assert_eq!(
        missing,
        Verdict::Indeterminate(StatusReason::SnapshotMissing)
    );

    let stranger = AnchorCommitment::from_bytes([1; 32]);
    let first = bench.broker.serve_snapshot(&head(1, now - 50, None), &[]);
    wallet.refresh().await.expect("the first");
    let next = head(2, now - 40, Some(digest(&first)));
    let second = bench.broker.serve_snapshot(&next, &[stranger]);
    wallet.refresh().await.expect("the second");
    wallet.refresh().await.expect("the same again");
    let prev = Some(digest(&second));

    let key = Ed25519SigningKey::make(&OsEntropy).expect("key");
    let forged = sign_snapshot(&key, "1", &head(3, now, prev), [stranger], []).expect("JWS");
    let unknown = sign_snapshot(&key, "2", &head(3, now, prev), [stranger], []).expect("JWS");
    assert!(UnverifiedSnapshot::parse(&forged).is_ok());
    let broker = &bench.broker;
    let lies = [
        (Code::SnapshotRolledBack, "status_older_sequence", first),
        (
            Code::SnapshotRolledBack,
            "status_older_time",
            broker.serve_snapshot(&head(3, now - 45, prev), &[stranger]),
        ),
        (
            Code::SnapshotEquivocates,
            "status_equivocation",
            broker.serve_snapshot(&next, &[]),
        ),
        (
            Code::SnapshotEquivocates,
            "status_equivocation",
            broker.serve_snapshot(&head(3, now, Some([7; 32])), &[stranger]),
        ),
        (
            Code::SnapshotEquivocates,
            "status_anchors_shrank",
            broker.serve_snapshot(&head(9, now, Some([7; 32])), &[]),
        ),
        (Code::SnapshotRefused, "status_signature", forged),
        (Code::StatementUndecided, "status_unknown_key", unknown),
        (
            Code::StatementUndecided,
            "status_ahead_of_clock",
            broker.serve_snapshot(&head(3, now + 900, prev), &[stranger]),
        ),
    ];
    for (wanted, reason, text) in lies {
        broker.plan().snapshot = text;
        // The one that lives on, and one that starts again with the store.
        for wallet in [&wallet, &open()] {
            let error = refused(wallet.refresh().await);
            assert_eq!((error.code(), error.reason()), (wanted, Some(reason)));
        }
    }
    broker.plan().snapshot = "a.b.c".to_owned();
    assert_eq!(code(wallet.refresh().await), Code::SnapshotRefused);
    broker.serve_snapshot(&head(3, now, prev), &[stranger]);
    wallet.refresh().await.expect("the control");
}

#[tokio::test]
async fn an_anchor_stands_by_a_fresh_snapshot_alone_and_falls_by_any() {
    let bench = Bench::new();
    let wallet = bench.person().await;
    let now = bench.broker.now();
    let first = bench.broker.serve_snapshot(&head(1, now, None), &[]);
    wallet.refresh().await.expect("fetched");
    bench.broker.plan().away = true;
    let check = async || wallet.check_standing(HOUR).await.expect("check");
    assert_eq!(check().await, Verdict::Valid(now));
    bench.clock.set(3_601_000);
    assert_eq!(
        check().await,
        Verdict::Indeterminate(StatusReason::SnapshotStale)
    );

    bench.broker.plan().away = false;
    let next = head(2, bench.broker.now(), Some(digest(&first)));
    bench.broker.serve_snapshot(&next, &[own(&bench.broker)]);
    wallet.refresh().await.expect("fetched");
    assert_eq!(check().await, Verdict::Invalid(StatusReason::Revoked));
    bench.clock.set(360_000_000);
    let revoked = check().await;
    assert_eq!(revoked, Verdict::Invalid(StatusReason::Revoked), "for good");
}
