//! Issuers that want to follow somebody: a key, a header, a schema or tags of one person's own. Nothing
//! of it is taken, and what the wallet held before stays.

use chitty_client::Code;
use chitty_tests::{
    people::{answer, attributes, name, policy, schema},
    rogue_broker::Plan,
};
use spooky_core::{
    credential::{AttributeSchema, AttributeType, Day, Nonce, PresentationRequest, Schema},
    entropy::OsEntropy,
};

use crate::{Bench, code, refused};

fn other_schema() -> Schema {
    let one = AttributeSchema {
        name: name("family_name"),
        kind: AttributeType::Text,
        derived: None,
    };
    Schema::new("https://broker.example/other", 7, false, vec![one]).expect("schema")
}

/// The tag that the wallet shows at `host`, base64url.
async fn tag(wallet: &chitty_client::wallet::Wallet, host: &str) -> String {
    let request = PresentationRequest {
        nonce: Nonce::make(&OsEntropy).expect("random"),
        policy: policy(&[], true),
    };
    let shown = answer(wallet, host, &request).await;
    let json: serde_json::Value =
        serde_json::from_slice(&shown.to_json().expect("JSON")).expect("JSON");
    json["pseudonym"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_credential_that_not_everybody_gets_is_not_taken() {
    type Edit = fn(&mut Plan);
    let tries: [(&str, Edit, Edit); 4] = [
        // A key of one's own behind the published one, and a header of one's own.
        (
            "take_signature",
            |plan| plan.signs_with = 1,
            |plan| plan.signs_with = 0,
        ),
        (
            "take_other_last_day",
            |plan| plan.days_off = 2,
            |plan| plan.days_off = 0,
        ),
        (
            "take_other_schema",
            |plan| {
                let mut only = attributes();
                only.retain(|known, _| *known == name("family_name"));
                plan.issues = Some((other_schema(), only));
            },
            |plan| plan.issues = None,
        ),
        (
            "take_other_issuer",
            |plan| plan.issues_as = "https://other.example".to_owned(),
            |plan| plan.issues_as = chitty_tests::people::BROKER.to_owned(),
        ),
    ];
    let bench = Bench::new();
    let wallet = bench.person().await;
    let held = wallet.credentials().await.expect("list");
    for (reason, bend, straighten) in tries {
        bend(&mut bench.broker.plan());
        let error = refused(wallet.obtain(schema().digest(), None).await);
        assert_eq!(error.code(), Code::CredentialNotTaken, "{reason}: {error}");
        assert_eq!(error.reason(), Some(reason));
        assert_eq!(wallet.credentials().await.expect("list"), held, "{reason}");
        straighten(&mut bench.broker.plan());
        let good = wallet.obtain(schema().digest(), None).await;
        good.expect("the control");
    }
}

#[tokio::test]
async fn a_renewal_that_would_change_the_tags_leaves_the_old_credential() {
    let bench = Bench::new();
    let wallet = bench.person().await;
    let before = tag(&wallet, "shop.example").await;
    bench.clock.set(chitty_tests::people::DAY);
    bench.broker.plan().forgets_lineage = true;
    let held = wallet.credentials().await.expect("list");
    let changed = wallet.obtain(schema().digest(), None).await;
    assert_eq!(code(changed), Code::CredentialTagsChanged);
    assert_eq!(wallet.credentials().await.expect("list"), held);
    assert_eq!(tag(&wallet, "shop.example").await, before);

    // So would a credential of another schema: one lineage, one set of tags.
    bench.broker.plan().schemas.push(other_schema());
    let only = attributes()
        .into_iter()
        .filter(|(known, _)| *known == name("family_name"));
    bench.broker.plan().issues = Some((other_schema(), only.collect()));
    let other = wallet.obtain(other_schema().digest(), None).await;
    assert_eq!(code(other), Code::CredentialTagsChanged);

    bench.broker.plan().forgets_lineage = false;
    wallet
        .obtain(other_schema().digest(), None)
        .await
        .expect("the control");
    bench.broker.plan().issues = None;
    let renewed = wallet.obtain(schema().digest(), None).await;
    assert!(renewed.expect("the control").not_after > held[0].not_after);
    assert_eq!(tag(&wallet, "shop.example").await, before);
}

#[tokio::test]
async fn published_keys_never_go_back_and_periods_never_change() {
    let bench = Bench::new();
    let wallet = bench.person().await;
    let (_, from, until) = bench.broker.plan().published[0];
    let after = |day: Day| day.plus_days(1).expect("day");
    let later = until.plus_days(300).expect("day");
    let held = wallet.credentials().await.expect("list");
    let tries = [
        // A key for one person alone: under the same version, under a new one, in place of a part.
        (Code::KeySetRolledBack, 5, vec![(1, from, until)]),
        (Code::IssuerKeysChanged, 6, vec![(1, from, until)]),
        (
            Code::IssuerKeysChanged,
            6,
            vec![(0, from, from), (1, after(from), until)],
        ),
        (Code::IssuerKeysChanged, 6, vec![]),
        (Code::KeySetRolledBack, 4, vec![(0, from, until)]),
    ];
    for (wanted, version, keys) in tries {
        {
            let mut plan = bench.broker.plan();
            (plan.version, plan.published) = (version, keys);
        }
        let refused = wallet.obtain(schema().digest(), None).await;
        assert_eq!(code(refused), wanted);
        assert_eq!(code(wallet.refresh().await), wanted);
        assert_eq!(wallet.credentials().await.expect("list"), held);
    }
    // What was refused changed nothing, and a further period is none.
    {
        let mut plan = bench.broker.plan();
        (plan.version, plan.published) = (6, vec![(0, from, until), (1, after(until), later)]);
    }
    let good = wallet.obtain(schema().digest(), None).await;
    good.expect("the control");
}

#[tokio::test]
async fn metadata_of_others_and_schemas_under_a_false_name_are_refused() {
    let bench = Bench::new();
    let wallet = bench.wallet().build().expect("wallet");
    wallet.register().await.expect("registered");
    let digest = schema().digest();
    bench.broker.plan().misnamed = true;
    assert_eq!(
        code(wallet.obtain(digest, None).await),
        Code::MetadataRefused
    );
    bench.broker.plan().misnamed = false;
    bench.broker.plan().metadata_of = "https://other.example".to_owned();
    assert_eq!(
        code(wallet.obtain(digest, None).await),
        Code::MetadataRefused
    );
    bench.broker.plan().metadata_of = chitty_tests::people::BROKER.to_owned();
    let unknown = wallet.obtain(other_schema().digest(), None).await;
    assert_eq!(code(unknown), Code::SchemaUnknown);
    wallet.obtain(digest, None).await.expect("the control");
}

/// Who is shown keys of their own from the first day on sees nothing; but no site knows such a key.
#[tokio::test]
async fn a_key_for_one_wallet_from_the_first_day_is_worth_nothing_at_sites() {
    let bench = Bench::new();
    let site = |host: &str| {
        chitty_client::wallet::Site::builder()
            .host(host)
            .broker(chitty_tests::people::BROKER)
            .clock(bench.clock.clone())
            .transport(bench.broker.clone())
            .build()
            .expect("site")
    };
    let shop = site("shop.example");
    shop.refresh().await.expect("the keys of everybody");
    let period = bench.broker.plan().published[0];
    bench.broker.plan().published[0].0 = 1;
    bench.broker.plan().signs_with = 1;
    let followed = bench.person().await;
    bench.broker.plan().published[0] = period;
    bench.broker.plan().signs_with = 0;
    bench.broker.plan().lineage = None;
    bench.broker.plan().anchor = None;
    let other = bench.person().await;

    let wants = policy(&["age_over_21"], true);
    for (wallet, passes) in [(&followed, false), (&other, true)] {
        let request = shop.request(&wants).await.expect("request");
        let shown = answer(wallet, "shop.example", &request).await;
        let verdict = shop.verify(&shown, &wants, &request.nonce).await;
        let verdict = verdict.expect("verdict");
        assert_eq!(verdict.is_valid(), passes, "{verdict:?}");
    }
}
