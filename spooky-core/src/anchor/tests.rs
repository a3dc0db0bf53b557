//! Registration, revocation and status: each attack with its own refusal, each with a control.

mod registration;
mod status;

use super::*;
use crate::{
    entropy::OsEntropy,
    jose::{Ed25519SigningKey, KeyState, PublishedKey, StatementKey, StatementKeys},
    keys::{AnchorKey, RecoveryKey, Seed, SeedSize},
};

const NOW: u64 = 1_795_000_000;
const BROKER: &str = "https://broker.example";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A broker with a key of each use, and a person.
struct World {
    broker: Ed25519SigningKey,
    keys: StatementKeys,
    anchor: AnchorKey,
    recovery: RecoveryKey,
}

impl World {
    fn new() -> Self {
        let broker = Ed25519SigningKey::make(&OsEntropy).unwrap();
        let seed = Seed::make(SeedSize::Bits256, &OsEntropy).unwrap();
        Self {
            keys: published(&broker, BROKER, KeyState::Active),
            broker,
            anchor: AnchorKey::make(&OsEntropy).unwrap(),
            recovery: seed.recovery_key().unwrap(),
        }
    }

    fn commitment(&self) -> AnchorCommitment {
        AnchorCommitment::of(&self.anchor.public())
    }
}

fn published(broker: &Ed25519SigningKey, issuer: &str, state: KeyState) -> StatementKeys {
    let one = |usage: &str| PublishedKey {
        kid: "1".into(),
        usage: usage.into(),
        key: StatementKey::EdDsa(broker.verifying_key()),
        nbf: NOW - 1_000_000,
        exp: NOW + 1_000_000,
        state,
    };
    StatementKeys::new(issuer, 1, vec![one(REGISTERED_USE), one(STATUS_USE)]).unwrap()
}
