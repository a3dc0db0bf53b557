//! Curve files: RFC 9380, Wycheproof's BLS files; and canonical JSON (RFC 8785).

use super::{
    Case, Fields, File, Got,
    bbs::text,
    file::{from_hex, same},
};
use crate::{
    bls::{G1Affine, G2Affine, PreparedG2, hash::Expander, pairings_equal},
    encoding::canonical_json,
};

/// Affine coordinates as RFC 9380 prints them, as octets, most significant element first.
fn coordinates(point: Fields<'_>) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    for name in ["x", "y"] {
        let elements: Vec<&str> = point.at(name)?.string()?.split(',').collect();
        for element in elements.iter().rev() {
            octets.extend(from_hex(element.trim_start_matches("0x"))?);
        }
    }
    Ok(octets)
}

/// The compressed form of a point given by its coordinates: x with the flags of RFC 9380's users.
fn compress(octets: &[u8]) -> Vec<u8> {
    let (x, y) = octets.split_at(octets.len() / 2);
    // (p − 1)/2; y is the larger of ±y when its most significant non-zero element is.
    const HALF: &str = "0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555";
    let half = from_hex(HALF).unwrap_or_default();
    let element = y.chunks(48).find(|part| part.iter().any(|byte| *byte != 0));
    let larger = element.is_some_and(|element| element > half.as_slice());
    let mut out = x.to_vec();
    out[0] |= 0x80 | if larger { 0x20 } else { 0 };
    out
}

pub(super) fn hash_to_curve(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let dst = fields.at("dst")?.string()?.as_bytes();
    let suite = fields.at("ciphersuite")?.string()?;
    let hash = Expander::XmdSha256;
    let mut cases = Vec::new();
    for vector in fields.at("vectors")?.items()? {
        let message = vector.at("msg")?.string()?.as_bytes();
        let got = match suite {
            "BLS12381G1_XMD:SHA-256_SSWU_RO_" => hash
                .hash_to_g1(message, dst)
                .map(|point| point.to_bytes().to_vec()),
            "BLS12381G1_XMD:SHA-256_SSWU_NU_" => hash
                .encode_to_g1(message, dst)
                .map(|point| point.to_bytes().to_vec()),
            "BLS12381G2_XMD:SHA-256_SSWU_RO_" => hash
                .hash_to_g2(message, dst)
                .map(|point| point.to_bytes().to_vec()),
            other => {
                cases.push(Case {
                    name: other.to_owned(),
                    expected: true,
                    got: Got::Unsupported,
                });
                continue;
            }
        };
        let expected = compress(&coordinates(vector.at("P")?)?);
        let result = got
            .map_err(text)
            .and_then(|got| same("point", &got, &expected));
        cases.push(Case::new(suite, true, result.map(|()| true)));
    }
    Ok(cases)
}

pub(super) fn expand(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let expander = match (fields.at("name")?.string()?, fields.at("hash")?.string()?) {
        ("expand_message_xmd", "SHA256") => Expander::XmdSha256,
        ("expand_message_xof", "SHAKE256") => Expander::XofShake256,
        (name, hash) => return Err(format!("unknown expander {name} {hash}")),
    };
    let dst = fields.at("DST")?.string()?.as_bytes();
    let mut cases = Vec::new();
    for test in fields.at("tests")?.items()? {
        let mut out = vec![0; test.at("len_in_bytes")?.number()?];
        let message = test.at("msg")?.string()?.as_bytes();
        let expected = test.at("uniform_bytes")?.hex()?;
        let result = expander
            .expand(&[message], dst, &mut out)
            .map_err(text)
            .and_then(|()| same("octets", &out, &expected));
        cases.push(Case::new("expand", true, result.map(|()| true)));
    }
    Ok(cases)
}

fn wycheproof(
    file: &File,
    mut check: impl FnMut(Fields<'_>, Fields<'_>) -> Result<bool, String>,
) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let mut cases = Vec::new();
    for group in Fields::new(&json, &file.name).at("testGroups")?.items()? {
        for test in group.at("tests")?.items()? {
            let expected = match test.at("result")?.string()? {
                "valid" => true,
                "invalid" => false,
                other => return Err(format!("unknown result {other}")),
            };
            let name = test.at("comment")?.string()?;
            cases.push(Case::new(name, expected, check(group, test)));
        }
    }
    let count = Fields::new(&json, &file.name)
        .at("numberOfTests")?
        .number()?;
    if count == cases.len() {
        Ok(cases)
    } else {
        Err("cases are missing".to_owned())
    }
}

pub(super) fn wycheproof_hash(file: &File) -> Result<Vec<Case>, String> {
    wycheproof(file, |group, test| {
        let dst = group.at("dst")?.string()?.as_bytes();
        let message = test.at("msg")?.hex()?;
        let point = Expander::XmdSha256
            .hash_to_g2(&message, dst)
            .map_err(text)?;
        Ok(point.to_bytes().as_slice() == test.at("expected")?.hex()?)
    })
}

pub(super) fn wycheproof_verify(file: &File) -> Result<Vec<Case>, String> {
    wycheproof(file, |group, test| {
        let dst = group.at("ciphersuite")?.string()?.as_bytes();
        let message = test.at("msg")?.hex()?;
        let key = G1Affine::from_bytes(&group.at("publicKey.pk")?.hex()?);
        let signature = G2Affine::from_bytes(&test.at("sig")?.hex()?);
        let (Ok(key), Ok(signature)) = (key, signature) else {
            return Ok(false);
        };
        let hash = Expander::XmdSha256
            .hash_to_g2(&message, dst)
            .map_err(text)?;
        Ok(pairings_equal(
            &[(&key, &PreparedG2::new(&hash))],
            (&G1Affine::generator(), &PreparedG2::new(&signature)),
        ))
    })
}

/// An input document; its canonical form lies beside the input folder, in hexadecimal.
pub(super) fn jcs(file: &File) -> Result<Vec<Case>, String> {
    let name = file
        .name
        .replace("/input/", "/outhex/")
        .replace(".json", ".txt");
    let expected = File::read(&file.folder, &name)?.text;
    let digits: String = expected.split_whitespace().collect();
    let check = || {
        let canonical = canonical_json(&file.json()?).map_err(text)?;
        same("canonical form", &canonical, &from_hex(&digits)?)?;
        Ok(true)
    };
    Ok(vec![Case::new("document", true, check())])
}
