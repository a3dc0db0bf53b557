//! Unlinkability by byte search over whole presentations: what two presentations of one wallet at two
//! sites have in common, beyond what another person's have too when asked the same. The control is a
//! schema that says of itself that it can be followed.

use std::collections::HashSet;

use chitty_client::wallet::Wallet;
use chitty_tests::people::{
    BROKER, Keeper, People, all_of, answer, passed, policy_of, rp, schema, visit,
};
use serde_json::json;
use spooky_core::{
    credential::{Attributes, Nonce, Policy, Presentation, PresentationRequest, Schema},
    encoding::from_base64url,
    entropy::{Entropy, OsEntropy},
    pseudonym::hazmat::{additive_tag, additive_tag_owner},
};

const WINDOW: usize = 16;
const HALF: usize = WINDOW / 2;

/// Points, a name, an age: and a place in a status list, in the schema that can be followed.
fn points_schema(linkable: bool) -> Schema {
    let index = json!({ "name": "status", "type": "status_index" });
    let mut attributes = vec![
        json!({ "name": "family_name", "type": "text" }),
        json!({ "name": "points", "type": "integer" }),
        json!({ "name": "age_over_21", "type": "boolean" }),
    ];
    attributes.extend(linkable.then_some(index));
    let text = json!({
        "typ": "spookyid/schema/v1",
        "id": format!("{BROKER}/points/{linkable}"),
        "life_days": 7,
        "linkable": linkable,
        "attributes": attributes,
    });
    Schema::from_json(text.to_string().as_bytes()).expect("schema")
}

fn attributes_of(family_name: &str, points: i64, place: u8, linkable: bool) -> Attributes {
    let mut all = json!({
        "family_name": { "type": "text", "value": family_name },
        "points": { "type": "integer", "value": points },
        "age_over_21": { "type": "boolean", "value": true },
    });
    if linkable {
        let mut index = [place; 24];
        // One list for everybody, a place for each.
        index[..16].fill(9);
        all["status"] = json!({ "type": "status_index",
            "value": spooky_core::encoding::base64url(&index) });
    }
    serde_json::from_value(all).expect("attributes")
}

async fn person(people: &People, schema: &Schema, attributes: &Attributes, name: &str) -> Wallet {
    let wallet = people.wallet(&Keeper::default()).build().expect("wallet");
    wallet.register().await.expect("registered");
    let code = people.broker.enrol(name, schema, attributes).await;
    let code = code.expect("code");
    let obtained = wallet.obtain(schema.digest(), Some(&code)).await;
    obtained.expect("credential");
    wallet
}

/// A presentation that the site accepted.
async fn shown(people: &People, wallet: &Wallet, host: &str, policy: &Policy) -> Presentation {
    let site = people.site(host).build().expect("site");
    let request = site.request(policy).await.expect("request");
    let shown = answer(wallet, host, &request).await;
    let verdict = site.verify(&shown, policy, &request.nonce).await;
    passed(verdict.expect("verdict"));
    shown
}

/// Windows of 16 bytes that occur in both, of which at least half is in none of `known`: after 15 public bytes
/// two random ones may well be the same.
fn shared(first: &[u8], second: &[u8], known: &[&[u8]]) -> Vec<Vec<u8>> {
    let windows: HashSet<&[u8]> = first.windows(WINDOW).collect();
    let public: HashSet<&[u8]> = known.iter().flat_map(|text| text.windows(HALF)).collect();
    let mut own = vec![1; second.len()];
    for (at, window) in second.windows(HALF).enumerate() {
        if public.contains(window) {
            own[at..at + HALF].fill(0);
        }
    }
    second
        .windows(WINDOW)
        .zip(own.windows(WINDOW))
        .filter(|(window, own)| windows.contains(window) && own.iter().sum::<usize>() >= HALF)
        .map(|(window, _)| window.to_vec())
        .collect()
}

/// One person at two sites, and another person at both: everything that only the one repeats.
async fn linking(linkable: bool, here: (&[&str], bool), there: (&[&str], bool)) -> usize {
    let schema = points_schema(linkable);
    let people = People::with(reference_server::Database::Memory, vec![schema.clone()]).await;
    let ada = attributes_of("Lovelace-Byron-Marker", 77_777_777, 1, linkable);
    let eve = attributes_of("Somebody-Else-Entirely", 12_345_678, 2, linkable);
    let one = person(&people, &schema, &ada, "one").await;
    let other = person(&people, &schema, &eve, "other").await;
    let policies = [
        policy_of(&schema, here.0, here.1),
        policy_of(&schema, there.0, there.1),
    ];
    let mut texts = Vec::new();
    for wallet in [&one, &other] {
        let shop = shown(&people, wallet, "shop.example", &policies[0]).await;
        let forum = shown(&people, wallet, "the-forum.example", &policies[1]).await;
        texts.push([shop.to_cbor(), forum.to_cbor()]);
        texts.push([
            shop.to_json().expect("JSON"),
            forum.to_json().expect("JSON"),
        ]);
    }
    let (own, others) = texts.split_at(2);
    own.iter()
        .zip(others)
        .map(|(own, other)| shared(&own[0], &own[1], &[&other[0], &other[1]]).len())
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_presentations_of_one_wallet_share_nothing_of_their_own() {
    for tag in [true, false] {
        let here: (&[&str], bool) = (&["age_over_21", "points"], tag);
        let there: (&[&str], bool) = (&["age_over_21", "family_name"], tag);
        assert_eq!(linking(false, here, there).await, 0, "tag: {tag}");
    }
    // Two sites that both want to be shown a rare attribute are linked by it: that was disclosed.
    let both: (&[&str], bool) = (&["family_name"], true);
    assert!(linking(false, both, both).await > 0, "a control");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_search_finds_the_link_of_a_linkable_schema() {
    let here: (&[&str], bool) = (&["status", "points"], false);
    let there: (&[&str], bool) = (&["status", "age_over_21"], false);
    assert!(linking(true, here, there).await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn additive_tags_are_linked_and_ours_are_not_over_1000_sites() {
    const SITES: usize = 1_000;
    let people = People::start().await;
    let wallet = people.person("one").await;
    let wants = policy_of(&schema(), &[], true);
    let mut secret = [0; 32];
    OsEntropy.fill(&mut secret).expect("random");
    // Below the group order.
    secret[0] = 1;
    let (mut linked, mut ours, mut tags) = (HashSet::new(), HashSet::new(), HashSet::new());
    for number in 0..SITES {
        let host = format!("site-{number}.example");
        let old = additive_tag(&secret, &host).expect("tag");
        linked.insert(additive_tag_owner(&old, &host).expect("owner"));
        let request = PresentationRequest {
            nonce: Nonce::make(&OsEntropy).expect("random"),
            policy: wants.clone(),
        };
        let shown = wallet.present(&rp(&host), &request, &all_of(&wants)).await;
        let json = shown.expect("presentation").to_json().expect("JSON");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        let tag = from_base64url(json["pseudonym"].as_str().expect("tag")).expect("bytes");
        assert_eq!(tag.len(), 48);
        ours.insert(additive_tag_owner(&tag, &host).expect("owner"));
        assert!(tags.insert(tag), "the same tag at two sites");
    }
    assert_eq!(linked.len(), 1, "the control: one step links all old tags");
    assert_eq!(ours.len(), SITES);
    // They are the tags that sites verify.
    let host = "site-7.example";
    let site = people.site(host).build().expect("site");
    let verified = visit(&wallet, &site, host, &wants).await.tag.expect("tag");
    assert!(tags.contains(verified.to_bytes().as_slice()));
}
