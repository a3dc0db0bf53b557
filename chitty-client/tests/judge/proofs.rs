//! Key sets, receipts and grants.

use std::collections::BTreeMap;

use chitty_client::error::Code;
use chitty_client::id::{ChittyId, Class};
use chitty_client::issuance::grant::VerifiedGrant;
use chitty_client::issuance::keyset::KeySet;
use chitty_client::issuance::receipt::{CheckedReceipt, Expected, verify_receipt};
use serde::Deserialize;
use serde_json::Value;
use spooky_core::encoding::{base64url, bytes_32};
use spooky_core::verdict::Verdict;

use super::{same, wanted};

type Sets = BTreeMap<String, Value>;

fn set(sets: &Sets, name: &str) -> Result<KeySet, String> {
    let value = sets.get(name).ok_or_else(|| format!("no key set {name}"))?;
    KeySet::from_json(&value.to_string()).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySetCase {
    pub(crate) description: String,
    held: Option<String>,
    offered: String,
    pub(crate) result: String,
    changed: Option<bool>,
}

impl KeySetCase {
    pub(crate) fn judge(&self) -> Result<(), String> {
        let offered = match KeySet::from_json(&self.offered) {
            Ok(set) => set,
            Err(error) => return same("the result", error.code().as_str(), &self.result),
        };
        let Some(held) = &self.held else {
            return same("the result", "valid", &self.result);
        };
        let before = KeySet::from_json(held).map_err(|error| error.to_string())?;
        let mut held = before.clone();
        match held.replace_with(offered.clone()) {
            Ok(changed) => {
                same("the result", "valid", &self.result)?;
                same("changed", Some(changed), self.changed)?;
                same("what is held", held, offered)
            }
            Err(error) => {
                same("the result", error.code().as_str(), &self.result)?;
                same("what is held", held, before)
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptCase {
    pub(crate) description: String,
    id: String,
    receipt: String,
    keys: String,
    now: i64,
    pub(crate) result: String,
    verdict: String,
    digest: Option<String>,
    expected: Option<Wanted>,
}

/// What the holder knows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    rqd: Option<String>,
    idk: Option<String>,
    cls: Option<String>,
    supersedes: Option<Old>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Old {
    id: String,
    receipt: String,
}

impl ReceiptCase {
    pub(crate) fn judge(&self, sets: &Sets) -> Result<(), String> {
        let keys = set(sets, &self.keys)?;
        let id: ChittyId = self.id.parse().map_err(|_| "the id is malformed")?;
        let checked = self.check(&self.receipt, &id, &keys)?;
        let verdict = match checked {
            Err(code) => {
                same("the code", code.as_str(), self.result.as_str())?;
                return self.as_stranger(&id, &keys);
            }
            Ok(checked) => {
                let digest = base64url(&checked.digest());
                let wished = self.digest.as_ref().unwrap_or(&digest);
                same("the digest", &digest, wished)?;
                checked.at(self.now)
            }
        };
        let (word, result) = describe(&verdict);
        same("the result", result, self.result.as_str())?;
        same("the verdict", word, self.verdict.as_str())?;
        if word == "valid" {
            wanted(self.digest.as_ref(), "digest")?;
        }
        self.as_stranger(&id, &keys)
    }

    /// Somebody who knows nothing of the request gets the same verdict.
    fn as_stranger(&self, id: &ChittyId, keys: &KeySet) -> Result<(), String> {
        if self.expected.is_some() {
            return Ok(());
        }
        let verdict = verify_receipt(id, &self.receipt, keys, self.now);
        let (word, result) = describe(&verdict);
        same("a stranger's result", result, self.result.as_str())?;
        same("a stranger's verdict", word, self.verdict.as_str())
    }

    fn check(
        &self,
        text: &str,
        id: &ChittyId,
        keys: &KeySet,
    ) -> Result<Result<CheckedReceipt, Code>, String> {
        let mut expected = Expected::default();
        let mut old = None;
        if let Some(known) = &self.expected {
            expected.request_digest = known.rqd.as_deref().map(digest).transpose()?;
            expected.key_digest = known.idk.as_deref().map(digest).transpose()?;
            expected.class = match known.cls.as_deref() {
                None => None,
                Some("standard") => Some(Class::Standard),
                Some("fallback") => Some(Class::Fallback),
                Some(other) => return Err(format!("no class {other}")),
            };
            if let Some(replaced) = &known.supersedes {
                let id = replaced.id.parse().map_err(|_| "the old id is malformed")?;
                let checked =
                    CheckedReceipt::check(&replaced.receipt, &id, keys, Expected::default());
                old = Some(checked.map_err(|code| format!("the old receipt: {code}"))?);
            }
        }
        expected.supersedes = old.as_ref().map(|old| (old.id(), old.digest()));
        Ok(CheckedReceipt::check(text, id, keys, expected))
    }

    pub(crate) fn flip_bits(&self, sets: &Sets) -> usize {
        if self.result != "valid" {
            return 0;
        }
        let (keys, id) = (set(sets, &self.keys).unwrap(), self.id.parse().unwrap());
        flipped(&self.receipt)
            .inspect(|text| {
                let accepted = self.check(text, &id, &keys).unwrap().is_ok();
                assert!(!accepted, "{}: accepted {text}", self.description);
            })
            .count()
    }
}

fn digest(text: &str) -> Result<[u8; 32], String> {
    bytes_32(text).map_err(|error| error.to_string())
}

fn describe<T>(verdict: &Verdict<T, Code>) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Valid(_) => ("valid", "valid"),
        Verdict::Invalid(code) => ("invalid", code.as_str()),
        Verdict::Indeterminate(code) => ("indeterminate", code.as_str()),
    }
}

/// One text per tenth byte, with one bit changed. A changed character may decode to the same bytes
/// nowhere, since unused bits must be zero.
fn flipped(text: &str) -> impl Iterator<Item = String> {
    let last = text.len().saturating_sub(1);
    (0..text.len())
        .filter(move |position| position % 10 == 0 || *position == last)
        .filter_map(move |position| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[position] ^= 1;
            String::from_utf8(bytes).ok()
        })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantCase {
    pub(crate) description: String,
    grant: String,
    keys: String,
    pub(crate) result: String,
    holder: Option<String>,
    #[serde(default)]
    pub(crate) covers: Vec<Covered>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Covered {
    id: String,
    pub(crate) result: String,
}

impl GrantCase {
    pub(crate) fn judge(&self, sets: &Sets) -> Result<(), String> {
        let grant = match VerifiedGrant::verify(&self.grant, &set(sets, &self.keys)?) {
            Ok(grant) => grant,
            Err(code) => return same("the code", code.as_str(), self.result.as_str()),
        };
        same("the result", "valid", &self.result)?;
        same(
            "the holder",
            grant.holder().thumbprint().as_str(),
            wanted(self.holder.as_ref(), "holder")?,
        )?;
        for covered in &self.covers {
            let id: ChittyId = covered.id.parse().map_err(|_| "an id is malformed")?;
            let found = grant.covers(&id).map_or_else(Code::as_str, |()| "valid");
            same(&covered.id, found, covered.result.as_str())?;
        }
        Ok(())
    }

    pub(crate) fn flip_bits(&self, sets: &Sets) -> usize {
        if self.result != "valid" {
            return 0;
        }
        let keys = set(sets, &self.keys).unwrap();
        flipped(&self.grant)
            .inspect(|text| {
                let accepted = VerifiedGrant::verify(text, &keys).is_ok();
                assert!(!accepted, "{}: accepted {text}", self.description);
            })
            .count()
    }
}
