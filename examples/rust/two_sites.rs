//! The story of a person at two sites: each sees only what it asked for, neither can tell that the other
//! one's visitor is the same, a ban holds, a stolen answer is worth nothing, nobody gets in on another person's
//! answer, a revoked anchor ends it.
//!
//! Run with `cargo run --example two_sites`. Every step is checked; the program ends with 1 at the
//! first one that differs.

use std::{
    collections::HashMap,
    error::Error,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use chitty_client::{
    Code,
    clock::{Clock, SystemClock},
    wallet::{FileWallet, SecretStore, SeedKeeper, Site, Wallet},
    wire::broker::AnchorStanding,
};
use reference_server::BrokerServer;
use serde_json::json;
use spooky_core::{
    credential::{
        AttributeName, Attributes, Consent, IssuerId, Policy, PolicyTerms, PresentationReason,
        Presented, Requirement, Schema, Value,
    },
    encoding::base64url,
    keys::Seed,
    pseudonym::{AuthenticatedRp, BanSet, Host},
    verdict::Verdict,
};
use zeroize::Zeroizing;

#[path = "two_sites/sessions.rs"]
mod sessions;
#[path = "two_sites/web.rs"]
mod web;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const BROKER: &str = "https://broker.example";
const SHOP: &str = "shop.example";
const FORUM: &str = "forum.example";

#[tokio::main]
async fn main() -> ExitCode {
    match story().await {
        Ok(()) => {
            println!("\nEvery step went as told.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\nThis step differs from the story: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn story() -> Outcome {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(Calendar::new());
    let schema = schema()?;
    println!(
        "1. An issuer with its broker starts on loopback. It issues name and age, for 7 days."
    );
    let broker = BrokerServer::builder()
        .issuer(BROKER)
        .schema(schema.clone())
        .clock(clock.clone())
        .start()
        .await?;
    let code = broker.enrol("desk-17", &schema, &person()?).await?;

    println!("\n2. A wallet makes its keys, hands its seed over, and registers.");
    let keeper = Drawer::default();
    let (file, keychain) = (
        folder.path().join("wallet.bin"),
        Arc::new(Keychain::default()),
    );
    let wallet = Wallet::builder()
        .broker(BROKER)
        .broker_url(broker.url())
        .store(FileWallet::open(&file, keychain.clone())?)
        .seed_keeper(keeper.clone())
        .clock(clock.clone())
        .build()?;
    wallet.register().await?;
    check(keeper.seeds() == 1, "the seed is in the person's drawer")?;
    check(
        wallet.standing().await? == AnchorStanding::Active,
        "the anchor is active",
    )?;
    let first = wallet.obtain(schema.digest(), Some(&code)).await?;
    println!(
        "   registered; its first credential is good until {}",
        first.not_after
    );

    println!("\n3. The person visits two sites.");
    let site = |host: &str| {
        let site = Site::builder().host(host).broker(BROKER);
        site.broker_url(broker.url()).clock(clock.clone()).build()
    };
    let (shop, forum) = (site(SHOP)?, site(FORUM)?);
    let adult = policy(&schema, "age_over_21", Some(Value::Boolean(true)))?;
    let named = policy(&schema, "family_name", None)?;
    let at_shop = visit(&wallet, &shop, SHOP, &adult).await?;
    let at_forum = visit(&wallet, &forum, FORUM, &named).await?;
    let names = |shown: &Presented| shown.attributes.keys().cloned().collect::<Vec<_>>();
    check(
        names(&at_shop) == [AttributeName::parse("age_over_21")?],
        "the shop learns the age alone",
    )?;
    check(
        names(&at_forum) == [AttributeName::parse("family_name")?],
        "the forum learns the name alone",
    )?;
    let shop_tag = at_shop.tag.ok_or("the shop wants a tag")?;
    let forum_tag = at_forum.tag.ok_or("the forum wants a tag")?;
    check(shop_tag.to_bytes() != forum_tag.to_bytes(), "two tags")?;
    println!(
        "   the shop sees age_over_21 and the tag {}",
        short(&shop_tag.to_bytes())
    );
    println!(
        "   the forum sees family_name and the tag {}",
        short(&forum_tag.to_bytes())
    );

    println!("\n4. The shop bans its visitor. The person renews and comes back.");
    let mut shop_bans = BanSet::new(Host::parse(SHOP)?);
    let forum_bans = BanSet::new(Host::parse(FORUM)?);
    shop_bans.ban(&shop_tag)?;
    clock.days(5);
    let renewed = wallet.obtain(schema.digest(), None).await?;
    check(renewed.not_after > first.not_after, "a later last day")?;
    let again = visit(&wallet, &shop, SHOP, &adult).await?;
    let again = again.tag.ok_or("the shop wants a tag")?;
    check(shop_bans.contains(&again)?, "the ban holds after renewal")?;
    let elsewhere = visit(&wallet, &forum, FORUM, &named).await?;
    let elsewhere = elsewhere.tag.ok_or("the forum wants a tag")?;
    check(
        !forum_bans.contains(&elsewhere)? && shop_bans.contains(&elsewhere).is_err(),
        "the forum's visitor is welcome, and the shop's list says nothing of them",
    )?;
    println!(
        "   renewed until {}: banned at the shop, welcome at the forum",
        renewed.not_after
    );

    println!(
        "\n5. Somebody steals what the forum got, and brings it to the shop and to the forum."
    );
    let request = forum.request(&named).await?;
    let stolen = wallet
        .present(&rp(FORUM)?, &request, &consent(&named))
        .await?;
    let thiefs = shop.request(&named).await?;
    let at_shop = shop.verify(&stolen, &named, &thiefs.nonce).await?;
    let other_session = Verdict::Invalid(PresentationReason::OtherNonce);
    check(at_shop == other_session, "the shop never asked for it")?;
    let thiefs = forum.request(&named).await?;
    check(
        forum.verify(&stolen, &named, &thiefs.nonce).await? == other_session,
        "it is no answer to the thief's session",
    )?;
    check(
        forum
            .verify(&stolen, &named, &request.nonce)
            .await?
            .is_valid(),
        "it is one to the person's",
    )?;
    check(
        forum.verify(&stolen, &named, &request.nonce).await?
            == Verdict::Invalid(PresentationReason::NonceUnknown),
        "and only once",
    )?;
    // The shop passes the forum's question on as its own.
    let asked = forum.request(&named).await?;
    let relayed = wallet.present(&rp(SHOP)?, &asked, &consent(&named)).await?;
    let refused = forum.verify(&relayed, &named, &asked.nonce).await?;
    check(
        refused == Verdict::Invalid(PresentationReason::OtherHost),
        "an answer to the shop is none to the forum",
    )?;
    println!("   refused four times; nobody but the person got in");

    sessions::story(&broker, &schema, &clock).await?;

    println!("\n7. Somebody has copied the whole device. The person revokes the anchor.");
    let copied = folder.path().join("copied.bin");
    std::fs::copy(&file, &copied)?;
    let stopped = Arc::new(Calendar::new());
    stopped.days(5);
    let thief = Wallet::builder()
        .broker(BROKER)
        .broker_url(broker.url())
        .store(FileWallet::open(copied, keychain.copy())?)
        .seed_keeper(Drawer::default())
        .clock(stopped.clone())
        .build()?;
    thief.obtain(schema.digest(), None).await?;
    println!("   before: the copy can renew as well");
    wallet.revoke().await?;
    check(
        wallet.standing().await? == AnchorStanding::Revoked,
        "the anchor is revoked",
    )?;
    for (who, code) in [
        (&thief, Code::AnchorRevoked),
        (&wallet, Code::WalletRevoked),
    ] {
        match who.obtain(schema.digest(), None).await {
            Ok(_) => return Err("a revoked anchor was renewed".into()),
            Err(error) => {
                check(error.code() == code, "a refusal of its own")?;
                println!("   after: {error}");
            }
        }
    }
    let request = forum.request(&named).await?;
    let last = wallet
        .present(&rp(FORUM)?, &request, &consent(&named))
        .await?;
    check(
        forum
            .verify(&last, &named, &request.nonce)
            .await?
            .is_valid(),
        "until its last day the credential is good",
    )?;
    clock.days(12);
    let request = forum.request(&named).await?;
    let kept = wallet
        .present(&rp(FORUM)?, &request, &consent(&named))
        .await?;
    check(
        forum
            .verify(&kept, &named, &request.nonce)
            .await?
            .is_valid(),
        "the last day",
    )?;
    clock.days(13);
    let request = forum.request(&named).await?;
    let over = wallet
        .present(&rp(FORUM)?, &request, &consent(&named))
        .await;
    check(
        over.is_err_and(|error| error.code() == Code::CredentialExpired),
        "the day after, the wallet has nothing to show",
    )?;
    stopped.days(12);
    let late = thief
        .present(&rp(FORUM)?, &request, &consent(&named))
        .await?;
    check(
        forum.verify(&late, &named, &request.nonce).await?
            == Verdict::Invalid(PresentationReason::Expired),
        "nor does a wallet get in whose clock was stopped",
    )?;
    println!(
        "   the last credential ended on {}, and with it the person's visits",
        renewed.not_after
    );
    broker.shutdown().await;
    Ok(())
}

/// Request, presentation, verdict.
async fn visit(wallet: &Wallet, site: &Site, host: &str, policy: &Policy) -> Outcome<Presented> {
    let request = site.request(policy).await?;
    let shown = wallet
        .present(&rp(host)?, &request, &consent(policy))
        .await?;
    let verdict = site.verify(&shown, policy, &request.nonce).await?;
    Ok(verdict.into_result()?)
}

/// The site as the platform verified it.
fn rp(host: &str) -> Outcome<AuthenticatedRp> {
    Ok(AuthenticatedRp::platform_origin(&format!(
        "https://{host}"
    ))?)
}

/// The person agrees to what is asked.
fn consent(policy: &Policy) -> Consent {
    let asked = policy.attributes().iter();
    Consent {
        attributes: asked.map(|one| one.name.clone()).collect(),
        tag: policy.tag(),
    }
}

fn policy(schema: &Schema, name: &str, equals: Option<Value>) -> Outcome<Policy> {
    let terms = PolicyTerms {
        issuers: vec![IssuerId::parse(BROKER)?],
        attributes: vec![Requirement {
            name: AttributeName::parse(name)?,
            equals,
        }],
        tag: true,
        max_days: 7,
    };
    Ok(Policy::build(schema, terms)?)
}

fn person() -> Outcome<Attributes> {
    Ok(serde_json::from_value(json!({
        "family_name": { "type": "text", "value": "Lovelace" },
        "birth_date": { "type": "date", "value": "1985-12-10" },
    }))?)
}

fn schema() -> Outcome<Schema> {
    let text = json!({
        "typ": "spookyid/schema/v1",
        "id": "https://broker.example/person",
        "life_days": 7,
        "linkable": false,
        "attributes": [
            { "name": "family_name", "type": "text" },
            { "name": "birth_date", "type": "date" },
            { "name": "age_over_21", "type": "boolean",
              "derived": { "rule": "age_over", "from": "birth_date", "years": 21 } },
        ],
    });
    Ok(Schema::from_json(text.to_string().as_bytes())?)
}

/// The first characters of a tag: enough to see that two differ.
fn short(tag: &[u8]) -> String {
    base64url(tag).chars().take(12).chain(['…']).collect()
}

fn check(holds: bool, what: &str) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(format!("expected: {what}").into())
    }
}

const DAY: i64 = 86_400_000;

/// Noon of a day: that on which the story began, or one after it.
struct Calendar {
    first: i64,
    passed: AtomicI64,
}

impl Calendar {
    fn new() -> Self {
        Self {
            first: SystemClock.now_ms().div_euclid(DAY),
            passed: AtomicI64::new(0),
        }
    }

    /// So many days after the beginning.
    fn days(&self, days: i64) {
        self.passed.store(days, Ordering::SeqCst);
    }
}

impl Clock for Calendar {
    fn now_ms(&self) -> i64 {
        (self.first + self.passed.load(Ordering::SeqCst)) * DAY + DAY / 2
    }
}

/// Where a person keeps the seed: on paper, in shares. Here it is counted.
#[derive(Clone, Default)]
struct Drawer(Arc<Mutex<usize>>);

impl Drawer {
    fn seeds(&self) -> usize {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SeedKeeper for Drawer {
    async fn keep(&self, _seed: &Seed) -> Result<(), chitty_client::Error> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Ok(())
    }
}

/// A keychain for the length of the story.
#[derive(Default)]
struct Keychain(Mutex<HashMap<String, Vec<u8>>>);

impl Keychain {
    /// What somebody gets who reads out the whole device.
    fn copy(&self) -> Self {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self(Mutex::new(values.clone()))
    }
}

impl SecretStore for Keychain {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, chitty_client::Error> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(values.get(name).cloned().map(Zeroizing::new))
    }

    fn save(&self, name: &str, value: &[u8]) -> Result<(), chitty_client::Error> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.insert(name.to_owned(), value.to_vec());
        Ok(())
    }
}
