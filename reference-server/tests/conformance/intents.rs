//! Intents: one id per key, numbers without gaps, nothing counted for what failed.

use std::collections::BTreeSet;

use chitty_client::error::Code;
use reference_server::store::{MainStore, Quota, Slot};

use crate::stores::{Broken, NOW, Numbers, Place, crowd, intent, slot};

pub(crate) async fn one_key_gets_one_id_at_every_handle(place: Place) {
    let handles = [place.main().await, place.main().await];
    let answers = crowd(24, &handles, |_, store| async move {
        let answer = store
            .generate(&intent("k", &slot(9)), &Numbers("id-"))
            .await;
        answer.unwrap()
    })
    .await;
    assert!(answers.iter().all(|answer| answer.identifier == "id-0"));
    assert!(answers.iter().all(|answer| answer.receipt == "receipt 0"));
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert_eq!(handles[1].intents().await.unwrap().len(), 1);
    let steps = handles[0].lifecycle("id-0", Some("alpha")).await.unwrap();
    assert_eq!(steps.len(), 1);
    assert_eq!((steps[0].event.as_str(), steps[0].at), ("issued", NOW));
}

pub(crate) async fn many_keys_get_as_many_ids_and_no_number_is_lost(place: Place) {
    let handles = [place.main().await, place.main().await];
    let answers = crowd(64, &handles, |n, store| async move {
        let key = format!("k{n}");
        let answer = store.generate(&intent(&key, &slot(64)), &Numbers("")).await;
        answer.unwrap().identifier.parse::<u64>().unwrap()
    })
    .await;
    let ids: BTreeSet<u64> = answers.into_iter().collect();
    assert_eq!(ids, (0..64).collect());
}

pub(crate) async fn what_is_undone_is_not_counted(place: Place) {
    let handles = [place.main().await, place.main().await];
    let slot = slot(9);
    let two = |idk| {
        let mut request = intent(idk, &slot);
        request.quota = Quota { daily: Some(2) };
        request
    };
    for _ in 0..3 {
        let failed = handles[0].generate(&two("a"), &Broken).await.err().unwrap();
        assert_eq!(failed.code(), Code::Internal);
    }
    for (n, key) in ["b0", "b1"].into_iter().enumerate() {
        let answer = handles[n].generate(&two(key), &Numbers("")).await;
        assert_eq!(answer.unwrap().identifier, n.to_string());
    }
    for handle in &handles {
        let refused = handle
            .generate(&two("c"), &Numbers(""))
            .await
            .err()
            .unwrap();
        assert_eq!(refused.code(), Code::QuotaExceeded);
    }
    // A repeat is free, and so is another tenant's first.
    assert!(
        handles[0]
            .generate(&two("b1"), &Numbers(""))
            .await
            .unwrap()
            .repeated
    );
    let other = reference_server::store::NewIntent {
        tenant: "beta",
        ..two("b1")
    };
    let answer = handles[1].generate(&other, &Numbers("")).await.unwrap();
    assert_eq!((answer.identifier.as_str(), answer.repeated), ("2", false));
}

pub(crate) async fn another_intent_under_the_key_is_refused(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let slot = slot(9);
    one.generate(&intent("k", &slot), &Numbers(""))
        .await
        .unwrap();
    let mut request = intent("k", &slot);
    request.fingerprint = [2; 32];
    let refused = other.generate(&request, &Numbers("")).await.err().unwrap();
    assert_eq!(refused.code(), Code::IdempotencyKeyReused);
    let known = other.look_up("0").await.unwrap();
    assert_eq!((known.len(), known[0].class), (1, "standard"));
    assert_eq!(known[0].metadata.as_deref(), Some("{}"));
    assert!(other.look_up("1").await.unwrap().is_empty());
}

pub(crate) async fn a_slot_ends(place: Place) {
    let handles = [place.main().await, place.main().await];
    let outcomes = crowd(12, &handles, |n, store| async move {
        let key = format!("k{n}");
        let answer = store.generate(&intent(&key, &slot(5)), &Numbers("")).await;
        answer
            .map_err(|refusal| refusal.code())
            .map(|answer| answer.identifier)
    })
    .await;
    let ended = |outcome: &&Result<String, Code>| **outcome == Err(Code::SequenceExhausted);
    assert_eq!(outcomes.iter().filter(ended).count(), 7);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
}

pub(crate) async fn a_closed_family_gives_no_id_and_others_go_on(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let named = |name: &str, family: &str| Slot {
        name: name.to_owned(),
        family: family.to_owned(),
        ..slot(9)
    };
    let (used, fresh) = (
        named("AA-C-USR-I-8Z", "AA-8Z"),
        named("AA-C-GEN-I-8Z", "AA-8Z"),
    );
    let ask = async |store: &dyn MainStore, key: &'static str, slot: &Slot| {
        let answer = store.generate(&intent(key, slot), &Numbers(key)).await;
        answer
            .map(|answer| answer.identifier)
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(ask(&*one, "a", &used).await.unwrap(), "a0");
    one.close_slots(&["AA-8Z".to_owned()]).await.unwrap();
    for slot in [&used, &fresh] {
        for store in [&one, &other] {
            assert_eq!(ask(&**store, "b", slot).await, Err(Code::SequenceExhausted));
        }
    }
    // What was answered stays answered; another prefix, month or profile goes on.
    assert_eq!(ask(&*other, "a", &used).await.unwrap(), "a0");
    for (key, name, family) in [
        ("c", "AB-C-GEN-I-8Z", "AB-8Z"),
        ("d", "AA-C-GEN-I-90", "AA-90"),
        ("e", "03-1-USA-I-2611", "03-2611"),
    ] {
        let slot = named(name, family);
        assert_eq!(ask(&*other, key, &slot).await.unwrap(), format!("{key}0"));
    }
}

/// Whatever prefix is said, every one that the books have counted in is closed for the month; others go on.
pub(crate) async fn a_restore_closes_every_prefix_of_the_books(place: Place) {
    let store = place.main().await;
    let named = |name: &str, family: &str| Slot {
        name: name.to_owned(),
        family: family.to_owned(),
        ..slot(9)
    };
    let ask = async |key: &'static str, slot: &Slot| {
        let answer = store.generate(&intent(key, slot), &Numbers(key)).await;
        answer
            .map(|answer| answer.identifier)
            .map_err(|refusal| refusal.code())
    };
    let used = named("AA-C-USR-I-8Z", "AA-8Z");
    assert_eq!(ask("a", &used).await.unwrap(), "a0");
    assert_eq!(ask("b", &used).await.unwrap(), "b1", "the control");
    let order = reference_server::store::RestoreOrder {
        families: &["AB-8Z".to_owned()],
        months: &["8Z".to_owned()],
        now: 1,
    };
    store.restored(&order).await.unwrap();
    let fresh = named("AA-C-GEN-I-8Z", "AA-8Z");
    for slot in [&used, &fresh] {
        assert_eq!(ask("c", slot).await, Err(Code::SequenceExhausted));
    }
    let other = named("AC-C-GEN-I-8Z", "AC-8Z");
    assert_eq!(ask("d", &other).await.unwrap(), "d0");
}

/// One tenant takes half of a slot and the next half of the rest. The control is a tenant whose share is
/// everything.
pub(crate) async fn no_tenant_uses_up_a_slot(place: Place) {
    let handles = [place.main().await, place.main().await];
    let slot = slot(200);
    let take = async |tenant: &str| -> (usize, Code) {
        for n in 0..201 {
            let key = format!("{tenant} {n}");
            let request = reference_server::store::NewIntent {
                tenant,
                ..intent(&key, &slot)
            };
            if let Err(refusal) = handles[n % 2].generate(&request, &Numbers("")).await {
                return (n, refusal.code());
            }
        }
        (201, Code::Internal)
    };
    assert_eq!(take("greedy").await, (100, Code::SlotShareUsed));
    assert_eq!(take("second").await, (50, Code::SlotShareUsed));
    handles[1].set_share("greedy", Some(80)).await.unwrap();
    assert_eq!(
        take("greedy").await,
        (120, Code::SlotShareUsed),
        "80 % of what others left"
    );
    handles[0].set_share("greedy", None).await.unwrap();
    handles[0].set_share("unbounded", Some(100)).await.unwrap();
    let left = handles[0].slots_like("slo_").await.unwrap();
    assert_eq!(
        left,
        [("slot".to_owned(), 170)],
        "what was refused was undone"
    );
    assert_eq!(take("unbounded").await, (30, Code::SequenceExhausted));
    assert_eq!(take("late").await, (0, Code::SequenceExhausted));
}
