//! The life of a wallet against a running broker: registered, obtained, shown, renewed, revoked.

use chitty_client::{Code, wallet::CredentialInfo, wire::broker::AnchorStanding};
use chitty_tests::people::{Keeper, People, answer, name, passed, policy, schema, visit};
use spooky_core::{
    credential::{PresentationReason, Value},
    pseudonym::BanSet,
    verdict::Verdict,
};

const SHOP: &str = "shop.example";
const FORUM: &str = "forum.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_registers_obtains_shows_renews_and_revokes() {
    let people = People::start().await;
    let keeper = Keeper::default();
    let wallet = people.wallet(&keeper).build().expect("wallet");
    assert_eq!(
        wallet.standing().await.expect("standing"),
        AnchorStanding::Unknown
    );
    wallet.register().await.expect("registered");
    wallet.register().await.expect("harmless");
    assert_eq!(keeper.seeds().len(), 1, "the seed is handed over once");
    assert_eq!(
        wallet.standing().await.expect("standing"),
        AnchorStanding::Active
    );

    let code = people.enrol("one").await;
    let digest = schema().digest();
    let unknown = wallet.obtain(digest, None).await.expect_err("no code");
    assert_eq!(unknown.code(), Code::EnrolmentMissing);
    let first: CredentialInfo = wallet
        .obtain(digest, Some(&code))
        .await
        .expect("credential");
    assert_eq!(
        first.attributes.get(&name("age_over_21")),
        Some(&Value::Boolean(true))
    );
    let held = wallet.credentials().await.expect("list");
    assert_eq!(held, std::slice::from_ref(&first));

    let (shop, forum) = (
        people.site(SHOP).build().expect("site"),
        people.site(FORUM).build().expect("site"),
    );
    let wants = policy(&["age_over_21"], true);
    let at_shop = visit(&wallet, &shop, SHOP, &wants).await;
    assert_eq!(at_shop.attributes.len(), 1);
    let at_forum = visit(&wallet, &forum, FORUM, &wants).await;
    let (tag, other) = (at_shop.tag.expect("tag"), at_forum.tag.expect("tag"));
    assert_ne!(tag.to_bytes(), other.to_bytes());

    // A presentation is good once, and at its site alone.
    let request = shop.request(&wants).await.expect("request");
    let shown = answer(&wallet, SHOP, &request).await;
    let judge = async |site: &chitty_client::wallet::Site| {
        let verdict = site.verify(&shown, &wants, &request.nonce).await;
        verdict.expect("verdict")
    };
    let elsewhere = judge(&forum).await;
    assert_eq!(
        elsewhere,
        Verdict::Invalid(PresentationReason::NonceUnknown)
    );
    passed(judge(&shop).await);
    let again = judge(&shop).await;
    assert_eq!(again, Verdict::Invalid(PresentationReason::NonceUnknown));

    // A ban outlives the credential.
    let mut bans = BanSet::new(tag.host().clone());
    assert!(bans.ban(&tag).expect("ban"));
    people.days_later(5);
    let renewed = wallet.obtain(digest, None).await.expect("renewed");
    assert!(renewed.not_after > first.not_after);
    let later = visit(&wallet, &shop, SHOP, &wants).await;
    assert!(bans.contains(&later.tag.expect("tag")).expect("bans"));

    wallet.revoke().await.expect("revoked");
    wallet.revoke().await.expect("harmless");
    assert_eq!(
        wallet.standing().await.expect("standing"),
        AnchorStanding::Revoked
    );
    let refused = wallet.obtain(digest, None).await.expect_err("revoked");
    assert_eq!(refused.code(), Code::WalletRevoked);
    // The last credential still shows, until its last day.
    visit(&wallet, &shop, SHOP, &wants).await;
    people.days_later(13);
    let request = shop.request(&wants).await.expect("request");
    let consent = chitty_tests::people::all_of(&wants);
    let over = wallet
        .present(&chitty_tests::people::rp(SHOP), &request, &consent)
        .await
        .expect_err("expired");
    assert_eq!(over.code(), Code::CredentialExpired);
}
