//! What a broker keeps: nonces burn once, anchors have one statement, the graveyard only grows and is
//! in the next snapshot, nothing is issued past a revocation, an enrolment serves one anchor.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
};

use async_trait::async_trait;
use chitty_client::error::Code;
use reference_server::store::{
    BrokerStore, CredentialOrder, IssueCredential, NewAnchor, NewEnrolment, Relearned, SignStatus,
    SnapshotRow, StoreResult,
};
use spooky_core::{
    anchor::AnchorCommitment,
    credential::Lineage,
    encoding::{base64url, sha256},
};

use tokio::sync::Notify;

use crate::stores::{NOW, Place, crowd};

const SECONDS: u64 = 1_794_312_000;

fn anchor(n: usize) -> AnchorCommitment {
    AnchorCommitment::from_bytes(sha256(&n.to_be_bytes()))
}

fn new(n: usize, recovery: u8) -> NewAnchor {
    NewAnchor {
        anchor: anchor(n),
        recovery: [recovery; 32],
        device: None,
        now: SECONDS,
    }
}

/// No snapshot is new enough.
const NEW: std::ops::RangeInclusive<u64> = u64::MAX..=u64::MAX;
/// Every one is.
const ANY: std::ops::RangeInclusive<u64> = 0..=u64::MAX;

/// Signs nothing: a statement is a number, a snapshot the list itself. Once the key of the first ones is
/// revoked, nobody takes them.
#[derive(Default)]
struct Names(Mutex<u64>, AtomicBool);

#[async_trait]
impl SignStatus for Names {
    fn registered(&self, _: &AnchorCommitment, _: u64) -> StoreResult<String> {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        Ok(format!("statement {count}"))
    }

    fn confirms(&self, _: &AnchorCommitment, statement: &str, _: u64) -> bool {
        !self.1.load(SeqCst) || statement != "statement 1"
    }

    fn publishes(&self, snapshot: &str) -> bool {
        // The first one has none before it.
        !self.1.load(SeqCst) || !snapshot.starts_with('|')
    }

    async fn snapshot(
        &self,
        before: Option<&SnapshotRow>,
        mut revoked: Vec<AnchorCommitment>,
    ) -> StoreResult<SnapshotRow> {
        revoked.sort_unstable();
        let listed: String = revoked.iter().map(|one| one.to_text() + " ").collect();
        let prev = before.map_or(String::new(), |row| base64url(&row.digest));
        let document = format!("{prev}|{listed}");
        Ok(SnapshotRow {
            seq: before.map_or(1, |row| row.seq + 1),
            as_of: before.map_or(SECONDS, |row| row.as_of + 1),
            digest: sha256(document.as_bytes()),
            document,
            reset: before.and_then(|row| row.reset),
        })
    }
}

/// Issues what the anchor's standing is, and refuses a revoked one.
struct Standing;

#[async_trait]
impl IssueCredential for Standing {
    async fn issue(
        &self,
        revoked: Option<bool>,
        lineage: Option<Lineage>,
    ) -> StoreResult<(Vec<u8>, Lineage)> {
        match revoked {
            None => Err(Code::AnchorUnknown.into()),
            Some(true) => Err(Code::AnchorRevoked.into()),
            Some(false) => Ok(match lineage {
                Some(known) => (b"again".to_vec(), known),
                None => (b"first".to_vec(), drawn()),
            }),
        }
    }
}

/// A lineage that nobody else has drawn.
fn drawn() -> Lineage {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [1; Lineage::BYTES];
    bytes[72..].copy_from_slice(&NEXT.fetch_add(1, SeqCst).to_be_bytes());
    Lineage::from_bytes(&bytes).unwrap()
}

fn order(n: usize) -> CredentialOrder {
    CredentialOrder {
        anchor: anchor(n),
        daily: 20,
        now: NOW,
    }
}

pub(crate) async fn a_broker_s_nonce_burns_once(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    assert_eq!(handles[0].known_epoch(), handles[1].known_epoch());
    let burnt = crowd(16, &handles, move |_, store| async move {
        store.burn_nonce([1; 32], 100, 1).await.unwrap()
    })
    .await;
    assert_eq!(burnt.into_iter().filter(|first| *first).count(), 1);
    // Its row is kept longer than it lives, since clocks differ, and it is used for good.
    let count = "SELECT count(*) FROM burnt_nonces WHERE expires = $1";
    for (n, now, rows) in [(2, 1000, 1), (3, 1001, 0)] {
        assert!(handles[0].burn_nonce([n; 32], 5000, now).await.unwrap());
        assert_eq!(place.sql(count, 100).await.unwrap(), rows);
        assert!(!handles[1].burn_nonce([1; 32], 100, now).await.unwrap());
    }
    let one = handles[0].nonce_secret([1; 32]).await.unwrap();
    assert_eq!(handles[1].nonce_secret([2; 32]).await.unwrap(), one);
}

pub(crate) async fn an_anchor_is_registered_once_with_one_set_of_keys(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    let names = Arc::new(Names::default());
    let statements = crowd(8, &handles, |_, store| {
        let names = names.clone();
        async move { store.register(&new(1, 1), &*names).await.unwrap() }
    })
    .await;
    assert!(statements.iter().all(|one| *one == statements[0]));
    let other = handles[1].register(&new(1, 2), &*names).await.unwrap_err();
    assert_eq!(other.code(), Code::AnchorConflict);
    let row = handles[0].anchor(&anchor(1)).await.unwrap().unwrap();
    assert_eq!((row.recovery, row.revoked), (Some([1; 32]), false));
    assert!(handles[0].anchor(&anchor(2)).await.unwrap().is_none());
    assert!(handles[0].revoke(&anchor(1), SECONDS).await.unwrap());
    assert!(!handles[1].revoke(&anchor(1), SECONDS).await.unwrap());
    assert!(
        handles[1]
            .anchor(&anchor(1))
            .await
            .unwrap()
            .unwrap()
            .revoked
    );
    let late = handles[0].register(&new(1, 1), &*names).await.unwrap_err();
    assert_eq!(late.code(), Code::AnchorRevoked);
    let unknown = handles[0].revoke(&anchor(2), SECONDS).await.unwrap_err();
    assert_eq!(unknown.code(), Code::AnchorUnknown);
}

/// A statement or snapshot whose key was revoked gives way to one that is signed now, once.
pub(crate) async fn what_nobody_takes_any_more_is_signed_anew(place: Place) {
    let store = place.broker().await;
    let names = Names::default();
    let one = new(1, 1);
    let first = store.register(&one, &names).await.unwrap();
    let again = async || store.statement(&anchor(1), SECONDS, &names).await.unwrap();
    assert_eq!(again().await, Some(first.clone()), "the control");
    let chain = store.snapshot(&(SECONDS..=u64::MAX), &names).await.unwrap();
    let same = store.snapshot(&(SECONDS..=u64::MAX), &names).await.unwrap();
    assert_eq!(same.digest, chain.digest, "the control");

    names.1.store(true, SeqCst);
    let second = again().await.unwrap();
    assert_ne!(second, first);
    assert_eq!(again().await.as_ref(), Some(&second), "it is kept");
    assert_eq!(store.register(&one, &names).await.unwrap(), second);
    let row = store.anchor(&anchor(1)).await.unwrap().unwrap();
    assert_eq!(row.statement.as_ref(), Some(&second));
    let next = store.snapshot(&(SECONDS..=u64::MAX), &names).await.unwrap();
    assert_eq!(next.seq, chain.seq + 1);
    assert!(next.document.starts_with(&base64url(&chain.digest)));
    let same = store.snapshot(&(SECONDS..=u64::MAX), &names).await.unwrap();
    assert_eq!(same.digest, next.digest);
    // Nobody who is unknown or revoked gets one.
    let unknown = store.statement(&anchor(2), SECONDS, &names).await;
    assert_eq!(unknown.unwrap(), None);
    store.revoke(&anchor(1), SECONDS).await.unwrap();
    assert_eq!(again().await, None);
}

/// Publishes and revokes at once; the chain has no fork and the end lists all.
pub(crate) async fn snapshots_follow_one_another_and_miss_no_revocation(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    let names = Names::default();
    for n in 0..8 {
        handles[0].register(&new(n, 1), &names).await.unwrap();
    }
    let done = crowd(16, &handles, |n, store| async move {
        match n % 2 {
            0 => {
                store.revoke(&anchor(n / 2), SECONDS).await.unwrap();
                None
            }
            _ => store.snapshot(&NEW, &Names::default()).await.ok(),
        }
    })
    .await;
    let mut chain: Vec<_> = done.into_iter().flatten().collect();
    chain.sort_by_key(|row| row.seq);
    assert_eq!(chain.len(), 8, "each was new");
    for pair in chain.windows(2) {
        let (prev, listed) = pair[1].document.split_once('|').unwrap();
        assert_eq!(pair[1].seq, pair[0].seq + 1);
        assert_eq!(prev, base64url(&pair[0].digest));
        let before = pair[0].document.split_once('|').unwrap().1;
        assert!(before.split_whitespace().all(|one| listed.contains(one)));
    }
    // Each lists exactly what was revoked up to its time.
    let count = "SELECT count(*) FROM graveyard WHERE revoked_at <= $1";
    for row in &chain {
        let listed = row.document.split_once('|').unwrap().1.split_whitespace();
        let until = i64::try_from(row.as_of).unwrap();
        let revoked = place.sql(count, until).await.unwrap();
        assert_eq!(listed.count(), usize::try_from(revoked).unwrap());
    }
    let last = handles[1].snapshot(&NEW, &names).await.unwrap();
    assert!((0..8).all(|n| last.document.contains(&anchor(n).to_text())));
    let kept = handles[0]
        .snapshot(&(last.as_of..=last.as_of), &names)
        .await
        .unwrap();
    assert_eq!(kept.digest, last.digest, "it is new enough");
}

pub(crate) async fn the_graveyard_only_grows(place: Place) {
    let store = place.broker().await;
    store.register(&new(1, 1), &Names::default()).await.unwrap();
    store.revoke(&anchor(1), SECONDS).await.unwrap();
    for text in [
        "DELETE FROM graveyard WHERE revoked_at > $1",
        "UPDATE graveyard SET revoked_at = $1",
    ] {
        assert!(place.sql(text, 0).await.is_err(), "{text}");
    }
    let control = "DELETE FROM anchors WHERE registered_at < $1";
    place.sql(control, 0).await.unwrap();
    assert!(store.anchor(&anchor(1)).await.unwrap().unwrap().revoked);
    // Who is buried stays revoked although the database has forgotten who registered.
    let forget = "DELETE FROM anchors WHERE registered_at > $1";
    place.sql(forget, 0).await.unwrap();
    let row = store.anchor(&anchor(1)).await.unwrap().unwrap();
    assert!(row.revoked && row.statement.is_none() && row.recovery.is_none());
    let again = store.register(&new(1, 1), &Names::default()).await;
    assert_eq!(again.unwrap_err().code(), Code::AnchorRevoked);
    let issued = store.issue(&order(1), &Standing).await.unwrap_err();
    assert_eq!(issued.code(), Code::AnchorRevoked);
}

pub(crate) async fn what_was_published_is_learned_again(place: Place) {
    let (store, names) = (place.broker().await, Names::default());
    let replica = place.broker().await;
    for n in [1, 2] {
        store.register(&new(n, 1), &names).await.unwrap();
    }
    store.revoke(&anchor(1), SECONDS).await.unwrap();
    let secret = store.nonce_secret([1; 32]).await.unwrap();
    let epoch = store.known_epoch();
    assert!(replica.burn_nonce([1; 32], 100, 1).await.unwrap());
    let first = store.snapshot(&ANY, &names).await.unwrap();
    assert_eq!(
        store.newest_snapshot(&ANY).await.unwrap(),
        Some(first.digest)
    );
    // Registered after the backup, before it, and known to be revoked.
    let revoked = [anchor(3), anchor(2), anchor(1)];
    let known = Relearned {
        revoked: &revoked,
        after: 100,
        nonce_secret: [9; 32],
        as_of: SECONDS + 50,
        now: NOW,
        reset: Some(2),
    };
    assert_eq!(store.relearn(&known).await.unwrap(), 2);
    for one in revoked {
        assert!(store.anchor(&one).await.unwrap().unwrap().revoked);
    }
    assert_ne!(store.nonce_secret([1; 32]).await.unwrap(), secret);
    // Another epoch: a replica that ran on burns nothing, not even what was forgotten as burnt.
    assert_eq!(store.known_epoch().counter, epoch.counter + 1);
    let burnt = replica.burn_nonce([1; 32], 100, 1).await;
    assert_eq!(burnt.unwrap_err().code(), Code::EpochChanged);
    assert!(store.burn_nonce([1; 32], 100, 1).await.unwrap());
    // The gap itself is never answered, however new.
    assert_eq!(store.newest_snapshot(&ANY).await.unwrap(), None);
    let next = store.snapshot(&ANY, &names).await.unwrap();
    assert_eq!((next.seq, next.as_of), (101, SECONDS + 51));
    assert_eq!(next.reset, Some(2), "all later ones repeat it");
    assert!(next.document.starts_with(&base64url(&first.digest)));
    assert!(
        revoked
            .iter()
            .all(|one| next.document.contains(&one.to_text()))
    );
    // A second restore goes further still.
    assert_eq!(store.relearn(&known).await.unwrap(), 0);
    assert_eq!(store.snapshot(&ANY, &names).await.unwrap().seq, 103);
}

pub(crate) async fn a_lineage_is_drawn_once_and_what_is_undone_is_not_counted(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    handles[0]
        .register(&new(1, 1), &Names::default())
        .await
        .unwrap();
    let issued = crowd(12, &handles, |_, store| async move {
        store.issue(&order(1), &Standing).await.unwrap()
    })
    .await;
    assert_eq!(issued.iter().filter(|text| *text == b"first").count(), 1);

    struct Fails;
    #[async_trait]
    impl IssueCredential for Fails {
        async fn issue(
            &self,
            _: Option<bool>,
            _: Option<Lineage>,
        ) -> StoreResult<(Vec<u8>, Lineage)> {
            Err(Code::ServiceFailed.into())
        }
    }
    for _ in 0..20 {
        let failed = handles[0].issue(&order(1), &Fails).await.unwrap_err();
        assert_eq!(failed.code(), Code::ServiceFailed);
    }
    for _ in 0..8 {
        handles[1].issue(&order(1), &Standing).await.unwrap();
    }
    let refused = handles[1].issue(&order(1), &Standing).await.unwrap_err();
    assert_eq!(refused.code(), Code::QuotaExceeded);
}

/// Has a credential ready, and lets it go when it is told to.
struct Held {
    ready: Arc<Notify>,
    go: Arc<Notify>,
}

#[async_trait]
impl IssueCredential for Held {
    async fn issue(
        &self,
        revoked: Option<bool>,
        lineage: Option<Lineage>,
    ) -> StoreResult<(Vec<u8>, Lineage)> {
        let again = lineage.is_some();
        let issued = Standing.issue(revoked, lineage).await?;
        if !again {
            self.ready.notify_one();
            self.go.notified().await;
        }
        Ok(issued)
    }
}

/// Starts issuing to an anchor, does `meanwhile` while the credential is ready, and answers what came of
/// it.
async fn issued_beside(
    store: &Arc<dyn BrokerStore>,
    n: usize,
    meanwhile: impl Future<Output = ()>,
) -> StoreResult<Vec<u8>> {
    let held = Held {
        ready: Arc::default(),
        go: Arc::default(),
    };
    let (ready, go) = (held.ready.clone(), held.go.clone());
    let issuing = store.clone();
    let issued = tokio::spawn(async move { issuing.issue(&order(n), &held).await });
    ready.notified().await;
    meanwhile.await;
    go.notify_one();
    issued.await.unwrap()
}

pub(crate) async fn nothing_is_issued_past_a_revocation(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    let names = Names::default();
    for n in [1, 2] {
        handles[0].register(&new(n, 1), &names).await.unwrap();
    }
    let revoke = async {
        handles[1].revoke(&anchor(1), SECONDS).await.unwrap();
    };
    let late = issued_beside(&handles[0], 1, revoke).await.unwrap_err();
    assert_eq!(late.code(), Code::AnchorRevoked);
    let control = issued_beside(&handles[0], 2, async {}).await.unwrap();
    assert_eq!(control, b"first");
    let refused = handles[0].issue(&order(1), &Standing).await.unwrap_err();
    assert_eq!(refused.code(), Code::AnchorRevoked);
    let unknown = handles[0].issue(&order(3), &Standing).await.unwrap_err();
    assert_eq!(unknown.code(), Code::AnchorUnknown);
}

/// What was issued with a lineage that is not the anchor's is never handed out.
pub(crate) async fn of_first_credentials_that_cross_one_draws_the_lineage(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    let names = Names::default();
    handles[0].register(&new(1, 1), &names).await.unwrap();
    let other = async {
        let first = handles[1].issue(&order(1), &Standing).await.unwrap();
        assert_eq!(first, b"first");
    };
    let crossed = issued_beside(&handles[0], 1, other).await.unwrap();
    assert_eq!(
        crossed, b"again",
        "it was made anew with the other's lineage"
    );
    // Two were handed out, and two were counted.
    let most = CredentialOrder {
        daily: 3,
        ..order(1)
    };
    handles[0].issue(&most, &Standing).await.unwrap();
    let refused = handles[0].issue(&most, &Standing).await.unwrap_err();
    assert_eq!(refused.code(), Code::QuotaExceeded);
}

pub(crate) async fn an_enrolment_serves_one_anchor(place: Place) {
    let handles = [place.broker().await, place.broker().await];
    for n in 0..8 {
        handles[0]
            .register(&new(n, 1), &Names::default())
            .await
            .unwrap();
    }
    let enrol = |name: &'static str, code: u8, attributes: &'static str| NewEnrolment {
        name,
        code: [code; 32],
        schema: [7; 32],
        attributes,
        now: NOW,
    };
    handles[0].enrol(&enrol("one", 1, "{}")).await.unwrap();
    let twice = handles[1].enrol(&enrol("one", 2, "{}")).await.unwrap_err();
    assert_eq!(twice.code(), Code::BodyInvalid);
    let claims = crowd(8, &handles, |n, store| async move {
        matches!(store.claim([1; 32], [7; 32], &anchor(n)).await, Ok(true))
    })
    .await;
    assert_eq!(claims.iter().filter(|won| **won).count(), 1);
    let winner = anchor(claims.iter().position(|won| *won).unwrap());
    assert!(!handles[0].claim([1; 32], [8; 32], &winner).await.unwrap());
    let known = handles[1].enrolled(&winner, [7; 32]).await.unwrap();
    assert_eq!(known.as_deref(), Some("{}"));
    // A newer one takes its place.
    handles[0].enrol(&enrol("two", 2, "[]")).await.unwrap();
    assert!(handles[1].claim([2; 32], [7; 32], &winner).await.unwrap());
    let known = handles[0].enrolled(&winner, [7; 32]).await.unwrap();
    assert_eq!(known.as_deref(), Some("[]"));
    let names = handles[1].enrolments().await.unwrap();
    assert!(names.iter().all(|row| row.name == "two" && row.claimed) && names.len() == 1);
    assert!(handles[0].remove_enrolment("two").await.unwrap());
    assert!(!handles[0].remove_enrolment("two").await.unwrap());
    handles[0].revoke(&winner, SECONDS).await.unwrap();
    let late = handles[1]
        .claim([2; 32], [7; 32], &winner)
        .await
        .unwrap_err();
    assert_eq!(late.code(), Code::AnchorRevoked);
}
