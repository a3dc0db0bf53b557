//! What a restore that was said does to both databases, and that no table was forgotten in its text.

use std::{collections::BTreeSet, sync::Arc};

use chitty_client::error::Code;
use reference_server::store::{
    Enrolment, GrantOrder, MainStore, Mint, RestoreOrder, SignGrant, Upload,
};

use crate::stores::{NOW, Numbers, Place, crowd, intent, slot};

const HOUR: i64 = 3_600_000;
const WINDOW: i64 = 72 * HOUR + 300_000;

/// Writes what it is asked for.
struct Pairs;

impl SignGrant for Pairs {
    fn sign(&self, months: &[String], cycles: &[String]) -> Result<String, Code> {
        Ok(format!("{}/{}", months.join(","), cycles.join(",")))
    }
}

async fn enrol(store: &dyn MainStore, name: &str) {
    let enrolment = Enrolment {
        name: name.to_owned(),
        thumbprint: format!("key of {name}"),
        namespaces: vec!["GEN".to_owned()],
        max: 5,
        cycles: 1,
    };
    store.enroll(&enrolment, NOW).await.unwrap();
}

/// Asks for a grant, showing pairs.
async fn ask(
    store: &dyn MainStore,
    name: &str,
    jti: &str,
    shown: &[(&str, &str)],
    now: i64,
) -> Result<String, Code> {
    let months = ["8Z".to_owned()];
    let shown: Vec<(String, String)> = shown
        .iter()
        .map(|(month, cycle)| ((*month).to_owned(), (*cycle).to_owned()))
        .collect();
    let order = GrantOrder {
        fallback: name,
        thumbprint: &format!("key of {name}"),
        months: &months,
        cycles: 1,
        per_cycle: 4,
        shown: &shown,
        window: WINDOW,
        jti,
        now,
    };
    let granted = store.grant(&order, &Pairs).await;
    granted.map_err(|refusal| refusal.code())
}

async fn say(store: &dyn MainStore, now: i64) {
    let order = RestoreOrder {
        families: &["AA-8Z".to_owned()],
        months: &["8Z".to_owned()],
        now,
    };
    store.restored(&order).await.unwrap();
}

/// A replica that ran while the restore was said gives nothing out, nor does a transaction that crosses it.
pub(crate) async fn a_replica_of_before_a_restore_allocates_nothing(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let slot = slot(999);
    one.generate(&intent("kept", &slot), &Numbers(""))
        .await
        .unwrap();
    enrol(&*one, "f").await;
    let before = one.known_epoch();
    assert_eq!(other.known_epoch(), before, "one database, one epoch");

    say(&*one, NOW).await;
    say(&*one, NOW).await; // twice is as good
    let after = one.known_epoch();
    assert_eq!((before.counter, after.counter), (0, 2));
    assert_eq!(other.epoch().await.unwrap().epoch, after);

    let fenced = other.generate(&intent("new", &slot), &Numbers("")).await;
    assert_eq!(fenced.err().unwrap().code(), Code::EpochChanged);
    assert_eq!(
        ask(&*other, "f", "j", &[("8Z", "3")], NOW).await,
        Err(Code::EpochChanged)
    );
    let burnt = other.burn_nonce("n", 100, 1).await;
    assert_eq!(burnt.err().unwrap().code(), Code::EpochChanged);
    let kept = other.generate(&intent("kept", &slot), &Numbers("")).await;
    assert!(kept.unwrap().repeated, "what was answered stays answered");
    // The control: the handle that knows of it goes on, and so does one that is opened now.
    assert!(
        one.generate(&intent("a", &slot), &Numbers(""))
            .await
            .is_ok()
    );
    let fresh = place.main().await;
    assert!(
        fresh
            .generate(&intent("b", &slot), &Numbers(""))
            .await
            .is_ok()
    );
}

pub(crate) async fn restores_that_are_said_at_once_each_begin_an_epoch(place: Place) {
    let handles = [place.main().await, place.main().await];
    crowd(6, &handles, |_, store: Arc<dyn MainStore>| async move {
        say(&*store, NOW).await;
    })
    .await;
    let state = handles[0].epoch().await.unwrap();
    assert_eq!((state.epoch.counter, state.restored_at), (6, Some(NOW)));
}

pub(crate) async fn a_database_that_is_behind_allocates_nothing_until_it_is_said(place: Place) {
    let handles = [place.main().await, place.main().await];
    let slot = slot(999);
    enrol(&*handles[0], "f").await;
    handles[0].mark_behind("first").await.unwrap();
    handles[0].mark_behind("second").await.unwrap();
    let state = handles[1].epoch().await.unwrap();
    assert_eq!(state.behind.as_deref(), Some("first"));
    for store in &handles {
        let refused = store.generate(&intent("a", &slot), &Numbers("")).await;
        assert_eq!(refused.err().unwrap().code(), Code::RestoreUnannounced);
        assert_eq!(
            ask(&**store, "f", "j", &[], NOW).await,
            Err(Code::RestoreUnannounced)
        );
    }
    say(&*handles[0], NOW).await;
    let done = handles[0].generate(&intent("a", &slot), &Numbers("")).await;
    assert!(done.is_ok());
}

pub(crate) async fn after_a_restore_only_what_is_shown_is_given(place: Place) {
    let store = place.main().await;
    for name in ["one", "two", "three", "late"] {
        enrol(&*store, name).await;
    }
    // The control, and the hazard: a main that was not told gives the lowest free cycle to anybody.
    assert_eq!(ask(&*store, "one", "j1", &[], NOW).await.unwrap(), "8Z/0");
    say(&*store, NOW).await;
    let in_window = NOW + WINDOW - 1;
    for name in ["one", "two"] {
        let nothing = ask(&*store, name, "n", &[], in_window).await;
        assert_eq!(nothing, Err(Code::PairNotShown), "{name}");
        let other_month = ask(&*store, name, "n", &[("8Y", "1")], in_window).await;
        assert_eq!(other_month, Err(Code::PairNotShown), "{name}");
    }
    // `two` got cycle 1 after the backup and shows it; `one` shows what the books have.
    let two = ask(&*store, "two", "j2", &[("8Z", "1"), ("90", "1")], NOW).await;
    assert_eq!(two.unwrap(), "8Z/1");
    let one = ask(&*store, "one", "j3", &[("8Z", "0")], in_window).await;
    assert_eq!(one.unwrap(), "8Z/0");
    // After it: what is free may have been given in the time that was lost, and never came back. Those were
    // the lowest, so it is one from the other end.
    let late = ask(&*store, "late", "j4", &[], NOW + WINDOW).await;
    assert_eq!(late.unwrap(), "8Z/Z");
    // Lost twice in one month, no cycle of it is certain.
    say(&*store, NOW + WINDOW).await;
    let after = NOW + 2 * WINDOW;
    assert_eq!(
        ask(&*store, "three", "j5", &[], after).await,
        Err(Code::GrantExhausted)
    );
    let own = ask(&*store, "late", "j6", &[], after).await;
    assert_eq!(own.unwrap(), "8Z/Z", "its own");
}

pub(crate) async fn two_keys_that_show_one_pair_are_both_suspended(place: Place) {
    let store = place.main().await;
    for name in ["one", "two", "bystander"] {
        enrol(&*store, name).await;
    }
    say(&*store, NOW).await;
    assert!(ask(&*store, "one", "j1", &[("8Z", "1")], NOW).await.is_ok());
    let conflict = ask(&*store, "two", "j2", &[("8Z", "1")], NOW).await;
    assert_eq!(conflict, Err(Code::PairConflict));
    let suspended: Vec<_> = store.fallbacks().await.unwrap();
    let suspended: Vec<_> = suspended
        .iter()
        .map(|row| (row.enrolment.name.as_str(), row.suspended))
        .collect();
    assert_eq!(
        suspended,
        [("bystander", false), ("one", true), ("two", true)]
    );
    let alarms = store.alarms().await.unwrap();
    assert_eq!(alarms.len(), 2);
    assert!(alarms.iter().all(|alarm| alarm.is(Code::PairConflict)));
    assert!(!store.knows_grant("j2").await.unwrap());
    assert!(store.knows_grant("j1").await.unwrap());
}

pub(crate) async fn acknowledgements_never_go_back_but_by_a_restore(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let is = |log: &str, acknowledged| Upload {
        log: log.to_owned(),
        acknowledged,
    };
    assert_eq!(one.upload("t").await.unwrap(), None);
    assert_eq!(one.acknowledge("t", "l", 7).await.unwrap(), is("l", 7));
    assert_eq!(other.acknowledge("t", "l", 5).await.unwrap(), is("l", 7));
    assert_eq!(other.acknowledge("t", "m", 9).await.unwrap(), is("l", 7));
    say(&*one, NOW).await;
    assert_eq!(one.upload("t").await.unwrap(), Some(is("l", 0)));
    let fenced = other.acknowledge("t", "l", 8).await;
    assert_eq!(fenced.err().unwrap().code(), Code::EpochChanged);
}

/// One more cycle when the fullest slot is three quarters full by the books, for as long as enough are free
/// for others.
pub(crate) async fn a_key_gets_one_more_cycle_when_its_own_are_nearly_used_up(place: Place) {
    let store = place.main().await;
    let fallback = crate::debts::Fallback::new(&*store, 99).await;
    let ask = async |jti: &str| -> String {
        let months = ["8Z".to_owned()];
        let enrolled = &store.fallbacks().await.unwrap()[0].enrolment;
        let order = GrantOrder {
            fallback: &enrolled.name,
            thumbprint: &enrolled.thumbprint,
            months: &months,
            cycles: 1,
            per_cycle: 4,
            shown: &[],
            window: WINDOW,
            jti,
            now: NOW,
        };
        store.grant(&order, &Pairs).await.unwrap()
    };
    let log = async |number: u32| {
        let ask = crate::bench::Ask::new(&format!("k{number}"));
        let debt = fallback.debt(&ask, number);
        let mint = Numbers("p");
        let entries = [(debt.proof("alpha", false), &mint as &dyn Mint)];
        assert_eq!(store.log(&entries).await.unwrap().known, 1);
    };
    assert_eq!(ask("a").await, "8Z/0");
    log(1).await;
    log(2).await;
    assert_eq!(ask("b").await, "8Z/0", "half is left");
    log(3).await;
    assert_eq!(ask("c").await, "8Z/0,1");
    assert_eq!(ask("d").await, "8Z/0,1", "no more than it needs");
    assert_eq!(store.cycles_taken("8Z").await.unwrap(), 2);
}

/// The names in the first column of a table of the operator's text.
fn listed(role: &str) -> BTreeSet<String> {
    let text = include_str!("../../../deploy/restore.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let (name, rest) = row.split_once("` | ")?;
        let (roles, _) = rest.split_once(" | ")?;
        roles
            .split(", ")
            .any(|one| one == role)
            .then(|| name.to_owned())
    })
    .collect()
}

/// Whoever adds a table says what a restore does to it.
#[tokio::test]
async fn every_table_is_in_the_text_of_a_restore() {
    let place = Place::sqlite();
    drop((
        place.main().await,
        place.fallback().await,
        place.broker().await,
    ));
    let Place::Sqlite(folder) = &place else {
        panic!("a folder");
    };
    for role in ["main", "fallback", "broker"] {
        let file = folder.path().join(format!("{role}.sqlite"));
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_master WHERE type = 'table'
             AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%'",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let tables: BTreeSet<String> = tables.into_iter().collect();
        assert!(tables.len() > 5, "the control: there are tables");
        assert_eq!(
            tables,
            listed(role),
            "deploy/restore.md and the tables of {role}"
        );
    }
}
