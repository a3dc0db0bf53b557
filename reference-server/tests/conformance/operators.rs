//! What operators and fallbacks keep: API keys, nonces, cycles.

use std::{collections::BTreeMap, sync::Arc};

use chitty_client::error::Code;
use reference_server::{
    ApiKeySpec,
    store::{Enrolment, GrantOrder, MainStore, SignGrant},
};

use crate::stores::{NOW, Place, crowd};

pub(crate) async fn a_key_is_known_by_its_hash_until_revoked(place: Place) {
    let (one, other) = (place.main().await, place.main().await);
    let mut spec = ApiKeySpec::new("alpha").named("first");
    (spec.burst, spec.per_second, spec.daily_quota) = (7, Some(2.5), Some(11));
    one.add_api_key([1; 32], &spec, NOW).await.unwrap();
    let twice = one.add_api_key([2; 32], &spec, NOW).await.unwrap_err();
    assert_eq!(twice.code(), Code::BodyInvalid);
    let found = other.api_key([1; 32]).await.unwrap().unwrap().spec;
    assert_eq!(
        (found.burst, found.per_second, found.daily_quota),
        (7, Some(2.5), Some(11))
    );
    assert_eq!(
        (found.scopes, found.namespaces),
        (spec.scopes, spec.namespaces)
    );
    assert!(other.api_key([2; 32]).await.unwrap().is_none());
    assert!(other.revoke_api_key("first", NOW).await.unwrap());
    assert!(!one.revoke_api_key("first", NOW).await.unwrap());
    assert!(one.api_key([1; 32]).await.unwrap().is_none());
    assert!(one.api_keys().await.unwrap()[0].revoked);
    one.ping().await.unwrap();
}

pub(crate) async fn a_nonce_burns_once(place: Place) {
    let handles = [place.main().await, place.main().await];
    let burnt = crowd(16, &handles, |_, store| async move {
        store.burn_nonce("n", 100, 1).await.unwrap()
    })
    .await;
    assert_eq!(burnt.into_iter().filter(|first| *first).count(), 1);
    // Its row is kept for two clocks that are apart and the life of a nonce, and it is used for good.
    for now in [1000, 1001] {
        let other = format!("other {now}");
        assert!(handles[0].burn_nonce(&other, 5000, now).await.unwrap());
        assert!(!handles[1].burn_nonce("n", 100, now).await.unwrap());
    }
    // What ends later in the hour whose first nonces are forgotten is not used.
    assert!(handles[1].burn_nonce("later", 101, 1001).await.unwrap());
    // A clock that was ahead, and forgot what it had used itself, has used nothing of now.
    let year = 31_536_000;
    assert!(handles[0].burn_nonce("ahead", year, year).await.unwrap());
    assert!(
        handles[0]
            .burn_nonce("far", 2 * year, 2 * year)
            .await
            .unwrap()
    );
    assert!(handles[1].burn_nonce("now", 8000, 7800).await.unwrap());
    assert!(
        !handles[1]
            .burn_nonce("other 1000", 5000, 1000)
            .await
            .unwrap()
    );
    assert!(!handles[1].burn_nonce("ahead", year, year).await.unwrap());
}

pub(crate) async fn the_nonce_secret_is_made_once(place: Place) {
    let handles = [place.main().await, place.main().await];
    let secrets = crowd(8, &handles, |n, store| async move {
        store
            .nonce_secret([u8::try_from(n).unwrap(); 32])
            .await
            .unwrap()
    })
    .await;
    assert!(secrets.iter().all(|secret| *secret == secrets[0]));
}

struct Names;

impl SignGrant for Names {
    fn sign(&self, _: &[String], cycles: &[String]) -> Result<String, Code> {
        Ok(cycles.concat())
    }
}

async fn order(store: Arc<dyn MainStore>, n: usize, jti: &str) -> Result<String, Code> {
    let months = ["8Z".to_owned(), "90".to_owned()];
    let order = GrantOrder {
        fallback: &format!("f{n}"),
        thumbprint: &format!("t{n}"),
        months: &months,
        cycles: 7,
        per_cycle: 10_000,
        shown: &[],
        window: 0,
        jti,
        now: NOW,
    };
    store
        .grant(&order, &Names)
        .await
        .map_err(|refusal| refusal.code())
}

pub(crate) async fn a_cycle_goes_to_one_key(place: Place) {
    let handles = [place.main().await, place.main().await];
    for n in 0..8 {
        let enrolment = Enrolment {
            name: format!("f{n}"),
            thumbprint: format!("t{n}"),
            namespaces: vec!["GEN".to_owned()],
            max: 5,
            cycles: 7,
        };
        handles[0].enroll(&enrolment, NOW).await.unwrap();
        let twice = handles[1].enroll(&enrolment, NOW).await.unwrap_err();
        assert_eq!(twice.code(), Code::BodyInvalid);
    }
    let grants = crowd(8, &handles, |n, store| async move {
        order(store, n, &format!("j{n}")).await
    })
    .await;
    let mut holders = BTreeMap::new();
    for (n, grant) in grants.iter().enumerate() {
        for cycle in grant.iter().flat_map(|cycles| cycles.chars()) {
            assert_eq!(holders.insert(cycle, n), None, "{cycle} went to two keys");
        }
    }
    assert_eq!(
        holders.len(),
        36,
        "five keys get seven, one gets the last, two get none"
    );
    let none = grants
        .iter()
        .filter(|grant| **grant == Err(Code::GrantExhausted));
    assert_eq!(none.count(), 2);
    // The next grant of a key names its own cycles again.
    let n = grants.iter().position(Result::is_ok).unwrap();
    assert_eq!(order(handles[0].clone(), n, "again").await, grants[n]);
    assert_eq!(handles[1].fallbacks().await.unwrap().len(), 8);
}
