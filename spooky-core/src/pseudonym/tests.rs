//! Hosts, contexts, bans, and the two kinds of tags: the first specification's are linked here, ours
//! are not.

use std::{collections::HashSet, path::Path};

use super::{hazmat::*, *};
use crate::{
    Error,
    bbs::{NymSecret, Suite, internal::pseudonym_of},
    entropy::OsEntropy,
};

#[test]
fn hosts_have_one_form() -> Result<(), Error> {
    for (text, host) in [
        ("SHOP.Example", "shop.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("a--b.example", "a--b.example"),
        ("shop。example", "shop.example"),
        ("localhost", "localhost"),
    ] {
        assert_eq!(Host::parse(text)?.as_str(), host);
    }
    for refused in [
        "",
        ".",
        "a..b",
        ".a",
        "a.example.",
        "-a.example",
        "a-.example",
        "a_b.example",
        "a b",
        "a/b",
        "a:443",
        "a@b",
        "a\\b",
        "a?b",
        "a#b",
        "a%2eb",
        "192.0.2.1",
        "1",
        "0x7f.1",
        "0xc0",
        "a.0x",
        "[::1]",
        "::1",
        "xn--.example",
        "xn--a.example",
        "a\0b",
        "a\u{200d}b.example",
    ] {
        assert!(Host::parse(refused).is_err(), "{refused:?}");
    }
    assert!(Host::parse(&"a".repeat(64)).is_err());
    assert!(Host::parse(&["a"; 128].join(".")).is_err());
    assert!(Host::parse(&["a"; 127].join(".")).is_ok());
    Ok(())
}

#[test]
fn an_origin_is_https_host_and_port() -> Result<(), Error> {
    for good in ["https://a.example", "https://a.example:8443"] {
        assert_eq!(Host::of_https_origin(good)?.as_str(), "a.example");
    }
    for refused in [
        "a.example",
        "http://a.example",
        "HTTPS://a.example",
        "https:a.example",
        "https://a.example/",
        "https://a.example/x",
        "https://a.example?x",
        "https://a.example#x",
        "https://b@a.example",
        "https://a.example:",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:+1",
        "https://a.example:443:1",
        "https://b.example\\@a.example",
        "https://",
    ] {
        assert!(Host::of_https_origin(refused).is_err(), "{refused}");
    }
    Ok(())
}

#[test]
fn contexts_of_sites_and_of_single_uses_never_meet() -> Result<(), Error> {
    let host = Host::parse("a.example")?;
    assert_eq!(site_context(&host), b"spookyid/nym/v1\0dns\0a.example");
    let once = one_time_context(&[0; 32]);
    assert_eq!(&once[..21], b"spookyid/nym/v1\0once\0");
    Ok(())
}

#[test]
fn a_ban_is_of_one_site() -> Result<(), Error> {
    let (here, there) = (Host::parse("a.example")?, Host::parse("b.example")?);
    let secret = NymSecret::make(Suite::Bls12381Sha256, &OsEntropy)?;
    let tag = |host: &Host| -> Result<Tag, Error> {
        let nym = pseudonym_of(Suite::Bls12381Sha256, &site_context(host), &secret)?;
        Tag::from_store(host.clone(), &nym.to_bytes())
    };
    let mut bans = BanSet::new(here.clone());
    let (own, foreign) = (tag(&here)?, tag(&there)?);
    assert!(!bans.contains(&own)?);
    assert!(bans.ban(&own)?);
    assert!(!bans.ban(&own)?);
    assert!(bans.contains(&own)?);
    assert!(bans.ban(&foreign).is_err() && bans.contains(&foreign).is_err());
    assert!(bans.lift(&own)? && bans.is_empty());
    Ok(())
}

#[derive(serde::Deserialize)]
struct Data {
    linkage_tags_additive: Additive,
}

#[derive(serde::Deserialize)]
struct Additive {
    sk_hex_be: String,
    vectors: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    site_id: String,
    tag_compressed_hex: String,
    #[serde(rename = "tag_minus_HG_hex")]
    owner: String,
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

#[test]
fn the_first_specifications_tags_are_recognised_and_link_one_person_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("CHITTY_DATA")
        .map_or_else(|| root.join("../shared/data"), std::path::PathBuf::from);
    let Ok(text) = std::fs::read(folder.join("spooky-vectors.json")) else {
        println!("skipped: there is no folder of data; set CHITTY_DATA");
        let strict = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!strict, "CI needs the folder of data");
        return;
    };
    let Data {
        linkage_tags_additive: data,
    } = serde_json::from_slice(&text).unwrap();
    let secret = hex(&data.sk_hex_be);
    assert!(data.vectors.len() > 1);
    let mut owners = HashSet::new();
    for case in &data.vectors {
        let tag = additive_tag(&secret, &case.site_id).unwrap();
        assert_eq!(tag.as_slice(), hex(&case.tag_compressed_hex));
        let owner = additive_tag_owner(&tag, &case.site_id).unwrap();
        assert_eq!(owner.as_slice(), hex(&case.owner));
        owners.insert(owner);
    }
    assert_eq!(owners.len(), 1, "one person, the same point at every site");
}

#[test]
fn two_additive_tags_are_linked_and_ours_are_not_over_1000_sites() -> Result<(), Error> {
    let suite = Suite::Bls12381Sha256;
    let secret = NymSecret::make(suite, &OsEntropy)?;
    let octets = secret.expose_secret();
    let (mut additive, mut ours, mut tags) = (HashSet::new(), HashSet::new(), HashSet::new());
    for number in 0..1000 {
        let site = format!("site-{number}.example");
        let old = additive_tag(octets.as_slice(), &site)?;
        additive.insert(additive_tag_owner(&old, &site)?);
        let new = pseudonym_of(suite, &site_context(&Host::parse(&site)?), &secret)?.to_bytes();
        assert!(tags.insert(new), "the same tag at two sites");
        ours.insert(additive_tag_owner(&new, &site)?);
    }
    assert_eq!(
        additive.len(),
        1,
        "the control: the same step links all old tags"
    );
    assert_eq!(ours.len(), 1000);
    Ok(())
}
