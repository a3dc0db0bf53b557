//! A broker whose PostgreSQL is really stopped, at each call of a wallet and of a site: nothing passes
//! that needs it, nothing is lost, and what is cached goes on.

use chitty_client::{Code, Error, ErrorKind, wire::broker::AnchorStanding};
use chitty_tests::{
    people::{Keeper, People, policy, schema, visit},
    postgres::Postgres,
};
use reference_server::Database;

use crate::refused;

const SHOP: &str = "shop.example";

#[track_caller]
fn rejected<T>(what: &str, result: Result<T, Error>) {
    let error = refused(result);
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}");
    assert_eq!(error.code(), Code::ServerUnavailable, "{what}");
    assert_eq!(error.service_code(), Some(Code::StoreUnavailable), "{what}");
    assert!(error.retry_after().is_some(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_stopped_every_check_rejects() {
    let Some(server) = Postgres::start(true) else {
        return;
    };
    let people = People::on(Database::Postgres(server.database())).await;
    let wallet = people.person("one").await;
    wallet.refresh().await.expect("cached");
    let keeper = Keeper::default();
    let stranger = people.wallet(&keeper).build().expect("wallet");
    let shop = people.site(SHOP).build().expect("site");
    let wants = policy(&["age_over_21"], true);
    let before = visit(&wallet, &shop, SHOP, &wants).await;
    let held = wallet.credentials().await.expect("list");

    // So far apart that what failed before opens no circuit breaker: each call asks the broker.
    let mut minutes = 0;
    let mut later = || {
        minutes += 2;
        people.clock.set(minutes * 60_000);
    };
    server.stop();
    rejected("register", stranger.register().await);
    rejected("obtain", wallet.obtain(schema().digest(), None).await);
    later();
    rejected("standing", wallet.standing().await);
    later();
    rejected("refresh", wallet.refresh().await);
    later();
    rejected("revoke", wallet.revoke().await);
    // The wallet did not change its mind, and what needs no database goes on.
    assert_eq!(wallet.credentials().await.expect("list"), held);
    let meanwhile = visit(&wallet, &shop, SHOP, &wants).await;
    assert_eq!(meanwhile.tag, before.tag);

    server.resume();
    later();
    stranger.register().await.expect("registered");
    assert_eq!(
        keeper.seeds().len(),
        1,
        "with the seed of the first attempt"
    );
    let renewed = wallet.obtain(schema().digest(), None).await;
    renewed.expect("renewed");
    wallet.refresh().await.expect("refreshed");
    wallet.revoke().await.expect("revoked");
    let standing = wallet.standing().await.expect("standing");
    assert_eq!(standing, AnchorStanding::Revoked);
}
