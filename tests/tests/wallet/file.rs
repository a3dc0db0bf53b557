//! A wallet in its file, and what somebody could do with the file or with a copy of it.

use std::fs;

use chitty_client::{Code, wallet::FileWallet};
use chitty_tests::people::{BROKER, Glass, Keeper, Keychain, People, policy, schema, visit};
use spooky_core::{
    encoding::base64url,
    entropy::{OsEntropy, random_32},
};

use crate::code;

const SHOP: &str = "shop.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_lives_in_its_file_and_nowhere_else() {
    let people = People::start().await;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("wallet.bin");
    let keychain = Keychain::default();
    let open = |keychain: &Keychain| {
        let store = FileWallet::open(&path, keychain.clone()).expect("file");
        let wallet = people.wallet(&Keeper::default()).store(store);
        wallet.build().expect("wallet")
    };
    open(&keychain).register().await.expect("registered");
    let code_of_one = people.enrol("one").await;
    let digest = schema().digest();
    let obtained = open(&keychain).obtain(digest, Some(&code_of_one)).await;
    obtained.expect("credential");
    let shop = people.site(SHOP).build().expect("site");
    let wants = policy(&["age_over_21"], true);
    let before = visit(&open(&keychain), &shop, SHOP, &wants).await;

    // Two that share the file: what one obtains the other shows.
    let (one, other) = (open(&keychain), open(&keychain));
    one.credentials().await.expect("read");
    people.days_later(1);
    let renewed = other.obtain(digest, None).await.expect("renewed");
    let held = one.credentials().await.expect("list");
    assert_eq!(held, [renewed]);
    let after = visit(&one, &shop, SHOP, &wants).await;
    assert_eq!(after.tag, before.tag);
    assert!(after.not_after > before.not_after);

    let good = fs::read(&path).expect("file");
    let present = async |keychain: &Keychain| {
        let request = shop.request(&wants).await.expect("request");
        let consent = chitty_tests::people::all_of(&wants);
        let wallet = open(keychain);
        wallet
            .present(&chitty_tests::people::rp(SHOP), &request, &consent)
            .await
    };
    for place in (0..good.len()).step_by(41) {
        let mut bad = good.clone();
        bad[place] ^= 0x20;
        fs::write(&path, &bad).expect("file");
        assert_eq!(code(present(&keychain).await), Code::StoreDamaged);
        let registered = open(&keychain).register().await;
        assert_eq!(code(registered), Code::StoreDamaged);
        assert_eq!(fs::read(&path).expect("file"), bad, "it is left as it is");
    }
    fs::write(&path, &good).expect("file");
    let copied = present(&Keychain::default()).await;
    assert_eq!(code(copied), Code::WalletForeign);
    one.revoke().await.expect("revoked");
    fs::write(&path, &good).expect("an older file");
    assert_eq!(code(present(&keychain).await), Code::WalletRolledBack);
    let renewed = open(&keychain).obtain(digest, None).await;
    assert_eq!(code(renewed), Code::WalletRolledBack);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_revoked_wallet_or_one_with_another_secret_is_not_renewed() {
    let people = People::start().await;
    let store = Glass::default();
    let open = |store: &Glass| {
        let wallet = people.wallet(&Keeper::default()).store(store.clone());
        wallet.build().expect("wallet")
    };
    let wallet = open(&store);
    wallet.register().await.expect("registered");
    let digest = schema().digest();
    let code_of_one = people.enrol("one").await;
    let obtained = wallet.obtain(digest, Some(&code_of_one)).await;
    obtained.expect("credential");

    // Another pseudonym secret would shed bans. Without its old credential, or the tags would tell.
    let bent = store.copy().await;
    let mut state = bent.state().await;
    let secret = random_32(&OsEntropy).expect("random");
    state["pseudonym_secret"] = base64url(&secret).into();
    state["credentials"] = serde_json::json!([]);
    bent.put(&state).await;
    let shed = open(&bent).obtain(digest, None).await;
    assert_eq!(code(shed), Code::CommitmentChanged);
    wallet.obtain(digest, None).await.expect("the control");

    // A backup of before the revocation says nothing of it; the broker does.
    let backup = store.copy().await;
    wallet.revoke().await.expect("revoked");
    let renewed = open(&backup).obtain(digest, None).await;
    assert_eq!(code(renewed), Code::AnchorRevoked);
    assert_eq!(code(wallet.register().await), Code::WalletRevoked);
    // It belongs to the broker that it was made for.
    let elsewhere = people.wallet(&Keeper::default()).store(store.clone());
    let elsewhere = elsewhere.broker("https://other.example").build();
    let foreign = elsewhere.expect("wallet").credentials().await;
    assert_eq!(code(foreign), Code::WalletOtherBroker);
    assert_eq!(state["issuer"], BROKER);

    // A state of a later version is left to a later version.
    let newer = store.copy().await;
    let mut state = newer.state().await;
    state["v"] = 2.into();
    newer.put(&state).await;
    assert_eq!(code(open(&newer).credentials().await), Code::StoreNewer);
}
