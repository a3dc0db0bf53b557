//! Wallet and site of the facade against a live broker, with parts of the app's own.

mod parts;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use chitty::facade::{
    AnchorStanding, Arrival, CancelToken, ChittyError, Code, Consent, Flow, Site, SiteConfig,
    SiteParts, VerdictState, Wallet, WalletConfig, WalletParts, foreign::SignerError, live_handles,
};
use chitty_tests::people::{BROKER, FAMILY_NAME, People, policy, schema};
use spooky_core::{
    credential::REQUEST_USE,
    entropy::OsEntropy,
    jose::{KeyState, PublishedKey, SigningKey, StatementKey, StatementKeys},
    keys::SoftwareSigner,
};

use parts::{Device, Key, Parked, Shop};

/// The counter of live objects belongs to the process, hence one test at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn parts(device: &Arc<Device>) -> WalletParts {
    WalletParts {
        secrets: Some(device.clone()),
        seed_keeper: Some(device.clone()),
        ..WalletParts::default()
    }
}

fn config(people: &People) -> WalletConfig {
    WalletConfig {
        broker_url: Some(people.broker.url()),
        ..WalletConfig::new(BROKER)
    }
}

fn site(people: &People) -> Site {
    let config = SiteConfig {
        broker_url: Some(people.broker.url()),
        ..SiteConfig::new("shop.example", BROKER)
    };
    Site::open(config, SiteParts::default()).expect("site")
}

fn asks(names: &[&str]) -> String {
    let json = policy(names, true).to_json().expect("JSON");
    String::from_utf8(json).expect("UTF-8")
}

fn agrees(names: &[&str]) -> Consent {
    Consent {
        attributes: names.iter().map(|name| (*name).to_owned()).collect(),
        tag: true,
    }
}

#[track_caller]
fn is<T: std::fmt::Debug>(answer: Result<T, ChittyError>, code: Code) {
    let error = answer.expect_err("an error");
    assert_eq!(error.code(), code.number(), "{error}");
}

#[tokio::test]
async fn a_person_is_recognised_with_parts_of_the_apps_own() {
    let _alone = ALONE.lock().await;
    let people = People::start().await;
    let folder = tempfile::tempdir().expect("folder");
    let device = Arc::new(Device::default());
    let key = Arc::new(Key {
        key: SoftwareSigner::new(SigningKey::make(&OsEntropy).expect("key")),
        says: Mutex::new(Err(SignerError::Cancelled)),
        signed: AtomicU32::new(0),
    });
    let config = WalletConfig {
        store_path: Some(folder.path().join("wallet").to_string_lossy().into_owned()),
        ..config(&people)
    };
    let parts = WalletParts {
        signer: Some(key.clone()),
        ..parts(&device)
    };
    let wallet = Wallet::open(config.clone(), parts.clone()).expect("wallet");
    is(wallet.register(None).await, Code::SignerCancelled);
    *key.says.lock().expect("says") = Ok(());
    wallet.register(None).await.expect("registered");
    assert_eq!(key.signed.load(Ordering::SeqCst), 1);
    // Kept once: the cancelled attempt had brought it already.
    assert_eq!(device.seeds.lock().expect("seeds").len(), 1);
    assert_eq!(
        wallet.standing(None).await.expect("standing"),
        AnchorStanding::Active
    );
    let digest = schema().digest().to_text();
    let code = people.enrol("ada").await;
    let got = wallet.obtain(&digest, Some(code), None).await.expect("got");
    assert!(got.attributes_json.contains(FAMILY_NAME) && got.schema == digest);

    let site = site(&people);
    let asked = asks(&["age_over_21"]);
    let request = site.request(&asked, None).await.expect("request");
    let shop = "https://shop.example";
    let agreed = agrees(&["age_over_21"]);
    let shown = wallet
        .present(shop, &request.text, agreed.clone(), None)
        .await;
    let shown = shown.expect("presentation");
    let judge = async |nonce: &str| {
        let verdict = site.verify(&shown, &asked, nonce, None).await;
        verdict.expect("verdict")
    };
    let other = site.request(&asked, None).await.expect("request");
    let elsewhere = judge(&other.nonce).await;
    assert_eq!(
        elsewhere.reason.as_deref(),
        Some("presentation_other_nonce"),
        "another session"
    );
    is(
        site.verify(&shown, &asked, "no nonce", None).await,
        Code::ArgumentInvalid,
    );
    let verdict = judge(&request.nonce).await;
    assert!(verdict.valid && verdict.tag.as_ref().is_some_and(|tag| tag.len() == 48));
    assert_eq!(verdict.issuer.as_deref(), Some(BROKER));
    let again = judge(&request.nonce).await;
    assert_eq!(
        (again.state, again.reason.as_deref(), again.tag.is_some()),
        (
            VerdictState::Invalid,
            Some("presentation_nonce_unknown"),
            false
        )
    );
    // What is printed says nothing about the person.
    let printed = format!("{got:?} {got} {verdict:?} {verdict} {agreed:?} {wallet:?} {site:?}");
    assert!(!printed.contains(FAMILY_NAME) && !printed.contains("age_over"));
    assert!(!printed.contains("broker.example"), "{printed}");

    // Another process: the same file and secrets.
    drop(wallet);
    device.locked.store(true, Ordering::SeqCst);
    let wallet = Wallet::open(config, parts).expect("wallet");
    is(wallet.credentials().await, Code::SecretsUnavailable);
    device.locked.store(false, Ordering::SeqCst);
    assert_eq!(wallet.credentials().await.expect("held"), [got]);
    wallet.revoke(None).await.expect("revoked");
    assert_eq!(
        wallet.standing(None).await.expect("standing"),
        AnchorStanding::Revoked
    );
    is(
        wallet.obtain(&digest, None, None).await,
        Code::WalletRevoked,
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_is_sent() {
    let _alone = ALONE.lock().await;
    let device = Arc::new(Device::default());
    let config = WalletConfig::new(BROKER);
    let missing = WalletParts::default();
    is(
        Wallet::open(config.clone(), missing),
        Code::ConfigurationInvalid,
    );
    let plain = WalletConfig {
        broker_url: Some("http://broker.example".to_owned()),
        ..config.clone()
    };
    is(Wallet::open(plain, parts(&device)), Code::PlainHttp);
    let short = WalletConfig {
        deadline_ms: 1,
        ..config.clone()
    };
    is(
        Wallet::open(short, parts(&device)),
        Code::ConfigurationInvalid,
    );
    let wallet = Wallet::open(config, parts(&device)).expect("wallet");
    is(
        wallet.obtain("no digest", None, None).await,
        Code::ArgumentInvalid,
    );
    for origin in ["http://shop.example", "shop.example", "https://10.0.0.1"] {
        let answer = wallet.present(origin, "{}", agrees(&[]), None).await;
        is(answer, Code::ArgumentInvalid);
    }
    let answer = wallet.present("https://shop.example", "{}", agrees(&[]), None);
    is(answer.await, Code::ArgumentInvalid);
    let answer = wallet.present_signed(
        "no jws".to_owned(),
        Arrival::Link,
        agrees(&["Not A Name"]),
        None,
    );
    is(answer.await, Code::ArgumentInvalid);
    let answer = wallet.present_signed("no jws".to_owned(), Arrival::Link, agrees(&["name"]), None);
    is(answer.await, Code::SignedRequestRefused);
    let bad_host = SiteConfig::new("10.0.0.1", BROKER);
    is(
        Site::open(bad_host, SiteParts::default()),
        Code::SiteInvalid,
    );
    device.locked.store(true, Ordering::SeqCst);
    is(wallet.register(None).await, Code::SeedNotKept);
}

#[tokio::test]
async fn a_signed_request_is_answered_for_the_site_that_signed_it() {
    let _alone = ALONE.lock().await;
    let people = People::start().await;
    let folder = tempfile::tempdir().expect("folder");
    let device = Arc::new(Device::default());
    let config = WalletConfig {
        store_path: Some(folder.path().join("wallet").to_string_lossy().into_owned()),
        ..config(&people)
    };
    let wallet = Wallet::open(config.clone(), parts(&device)).expect("wallet");
    wallet.register(None).await.expect("registered");
    let code = people.enrol("ada").await;
    let digest = schema().digest().to_text();
    wallet.obtain(&digest, Some(code), None).await.expect("got");

    let key = SigningKey::make(&OsEntropy).expect("key");
    let published = PublishedKey {
        kid: "1".to_owned(),
        usage: REQUEST_USE.to_owned(),
        key: StatementKey::Es256(key.verifying_key()),
        nbf: 0,
        exp: people.now() + 86_400,
        state: KeyState::Active,
    };
    let keys = StatementKeys::new("https://shop.example", 1, vec![published]).expect("keys");
    let signing = SiteConfig {
        broker_url: Some(people.broker.url()),
        response_uri: Some("https://shop.example/answers".to_owned()),
        request_kid: Some("1".to_owned()),
        request_key: Some(key.expose_secret().to_vec()),
        ..SiteConfig::new("shop.example", BROKER)
    };
    let open = |config| Site::open(config, SiteParts::default());
    let site = Arc::new(open(signing.clone()).expect("site"));
    let parts = WalletParts {
        transport: Some(Arc::new(Shop {
            keys: keys.to_json().expect("JSON"),
            site: site.clone(),
        })),
        ..parts(&device)
    };
    let wallet = Wallet::open(config, parts).expect("wallet");
    let (asked, agreed) = (asks(&["age_over_21"]), agrees(&["age_over_21"]));
    let request = site.signed_request(&asked, Flow::SameDevice, None).await;
    let request = request.expect("request");
    let info = wallet.open_request(request.text.clone(), Arrival::Link, None);
    let info = info.await.expect("opened");
    assert_eq!(
        (&*info.host, info.flow, info.warning),
        ("shop.example", Flow::SameDevice, None)
    );
    assert_eq!(info.policy_json, asked);
    let answer = wallet.present_signed(request.text.clone(), Arrival::Link, agreed.clone(), None);
    let answer = answer.await.expect("answered");
    let code = answer.response_code.clone().expect("code");
    assert!(
        answer
            .return_uri
            .as_ref()
            .is_some_and(|uri| uri.ends_with(&code))
    );
    // Another session's nonce; the code is used up by that, so the person begins again.
    let other = site.signed_request(&asked, Flow::SameDevice, None).await;
    let other = other.expect("request");
    let stolen = site.accept(code, &other.nonce, None).await;
    let stolen = stolen.expect("verdict");
    assert_eq!(stolen.reason.as_deref(), Some("presentation_response_code"));
    let request = site.signed_request(&asked, Flow::SameDevice, None).await;
    let request = request.expect("request");
    let printed = format!("{request:?} {answer:?} {info:?}", info = info.host.len());
    assert!(!printed.contains(&request.nonce) && !printed.contains("response_code="));
    let answer = wallet.present_signed(request.text, Arrival::Link, agreed.clone(), None);
    let code = answer.await.expect("answered").response_code.expect("code");
    let verdict = site
        .accept(code, &request.nonce, None)
        .await
        .expect("verdict");
    assert!(verdict.valid && verdict.tag.is_some(), "{verdict:?}");
    // Another device's session has to be allowed, and its request to be scanned.
    let cross = site.signed_request(&asked, Flow::CrossDevice, None).await;
    is(cross, Code::ConfigurationInvalid);
    let allowing = SiteConfig {
        cross_device: true,
        ..signing.clone()
    };
    let allowing = open(allowing).expect("site");
    let cross = allowing
        .signed_request(&asked, Flow::CrossDevice, None)
        .await;
    let cross = cross.expect("request");
    let linked = wallet
        .open_request(cross.text.clone(), Arrival::Link, None)
        .await;
    is(linked, Code::SignedRequestRefused);
    let scanned = wallet
        .open_request(cross.text, Arrival::Scanned, None)
        .await;
    assert!(scanned.expect("opened").warning.is_some());
    assert_eq!(
        allowing.collect(&cross.nonce, None).await.expect("store"),
        None
    );
    for broken in [
        SiteConfig {
            request_kid: None,
            ..signing.clone()
        },
        SiteConfig {
            request_key: Some(vec![0; 32]),
            ..signing.clone()
        },
        SiteConfig {
            request_key: Some(vec![1; 31]),
            ..signing.clone()
        },
    ] {
        is(open(broken), Code::ConfigurationInvalid);
    }
    let elsewhere = SiteConfig {
        response_uri: Some("https://evil.example/".to_owned()),
        ..signing
    };
    is(open(elsewhere), Code::SiteInvalid);
}

#[tokio::test]
async fn cancelling_and_closing_end_the_waiting_and_leave_nothing_behind() {
    let _alone = ALONE.lock().await;
    let before = live_handles();
    let device = Arc::new(Device::default());
    for close in [false, true] {
        let transport = Arc::new(Parked::default());
        let parts = WalletParts {
            transport: Some(transport.clone()),
            ..parts(&device)
        };
        let wallet = Wallet::open(WalletConfig::new(BROKER), parts);
        let wallet = Arc::new(wallet.expect("wallet"));
        let (caller, token) = (wallet.clone(), CancelToken::new());
        let cancel = Some(token.clone());
        let call = tokio::spawn(async move { caller.register(cancel).await });
        while !transport.0.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let start = Instant::now();
        if close {
            wallet.close();
        } else {
            token.cancel();
        }
        let ended = call.await.expect("ended");
        is(ended, if close { Code::Closed } else { Code::Cancelled });
        assert!(start.elapsed() < Duration::from_secs(1));
        if close {
            is(wallet.credentials().await, Code::Closed);
        }
    }
    // What a cancelled call began goes on until its deadline or the closing of its wallet.
    let start = Instant::now();
    while live_handles() > before && start.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(live_handles(), before);
}
