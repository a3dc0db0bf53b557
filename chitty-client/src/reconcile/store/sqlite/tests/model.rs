//! Any sequence of operations gives the same results in memory and in SQLite.

use proptest::prelude::*;

use super::*;
use crate::reconcile::store::MemoryStore;

#[derive(Debug, Clone)]
enum Op {
    Put(Entry),
    Remove(u64, u64),
    Get(u64),
    Find(u64),
    List(Vec<State>, i64, usize),
    Counts,
    Lease(u8, i64, i64),
    Release(u8),
    Note(String),
    SetNote(String, Vec<u8>),
    Cycle,
}

fn row() -> impl Strategy<Value = Entry> {
    let ids = (prop::option::of(0_u64..3), prop::option::of(0_u64..3));
    let body = prop::collection::vec(any::<u8>(), 0..9);
    (0_u64..4, 0_usize..7, ids, -3_i64..3, 0_u64..4, body).prop_map(
        |(number, state, (old, new), due_ms, version, body)| Entry {
            state: State::ALL[state],
            fallback_id: old.map(id),
            permanent_id: new.map(id),
            due_ms,
            version,
            body,
            ..entry(number)
        },
    )
}

fn id(number: u64) -> crate::id::ChittyId {
    format!("AA-E-USR-{number:04}-I-25-8-Y").parse().unwrap()
}

fn op() -> impl Strategy<Value = Op> {
    let states = prop::collection::vec((0_usize..7).prop_map(|n| State::ALL[n]), 0..4);
    prop_oneof![
        8 => row().prop_map(Op::Put),
        3 => (0_u64..4, 0_u64..4).prop_map(|(key, version)| Op::Remove(key, version)),
        2 => (0_u64..4).prop_map(Op::Get),
        2 => (0_u64..3).prop_map(Op::Find),
        3 => (states, -4_i64..4, 0_usize..4).prop_map(|(s, due, limit)| Op::List(s, due, limit)),
        1 => Just(Op::Counts),
        2 => (0_u8..3, 0_i64..9, 0_i64..9).prop_map(|(owner, now, until)| Op::Lease(owner, now, until)),
        1 => (0_u8..3).prop_map(Op::Release),
        1 => "[ab]?".prop_map(Op::Note),
        1 => ("[ab]?", prop::collection::vec(any::<u8>(), 0..4)).prop_map(|(n, v)| Op::SetNote(n, v)),
        1 => Just(Op::Cycle),
    ]
}

/// The result as text that can be compared; bodies are compared through their bytes.
async fn apply(store: &dyn PendingStore, op: Op) -> String {
    let full = |rows: Vec<Entry>| -> String {
        let row = |e: &Entry| {
            let ids = [e.fallback_id, e.permanent_id].map(|id| id.map(|id| id.to_string()));
            format!(
                "{:?}{:?}{ids:?}{}v{}{:?};",
                e.key, e.state, e.due_ms, e.version, e.body
            )
        };
        rows.iter().map(row).collect()
    };
    match op {
        Op::Put(entry) => format!("{:?}", store.put(entry, Durability::Process).await.unwrap()),
        Op::Remove(key, version) => {
            format!("{}", store.remove(&entry(key).key, version).await.unwrap())
        }
        Op::Get(key) => full(
            store
                .get(&entry(key).key)
                .await
                .unwrap()
                .into_iter()
                .collect(),
        ),
        Op::Find(number) => full(store.find(&id(number)).await.unwrap()),
        Op::List(states, due, limit) => full(store.list(&states, due, limit).await.unwrap()),
        Op::Counts => format!("{:?}", store.counts().await.unwrap()),
        Op::Lease(owner, now, until) => {
            format!("{}", store.lease(&[owner; 16], now, until).await.unwrap())
        }
        Op::Release(owner) => format!("{:?}", store.release(&[owner; 16]).await.unwrap()),
        Op::Note(name) => format!("{:?}", store.note(&name).await.unwrap()),
        Op::SetNote(name, value) => format!("{:?}", store.set_note(&name, &value).await.unwrap()),
        Op::Cycle => {
            store.suspend().await.unwrap();
            format!("{:?}", store.resume().await.unwrap())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn both_stores_answer_alike(ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let place = Place::new();
        let (memory, sqlite) = (MemoryStore::new().unwrap(), place.open());
        runtime.block_on(async {
            for op in ops.into_iter().chain([Op::Counts]) {
                let told = format!("{op:?}");
                assert_eq!(apply(&memory, op.clone()).await, apply(&sqlite, op).await, "{told}");
            }
        });
    }
}
