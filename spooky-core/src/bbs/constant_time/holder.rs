//! What a wallet does with its long-lived secrets: from the seed to the commitment, and the keys that
//! sign its statements.

use super::{Poisoned, Reports, assert_secret, sent_commitment};
use crate::{
    Error,
    bbs::Suite,
    credential::{HolderSecrets, IssuerId},
    jose::JwsSigner,
    keys::{AnchorKey, PseudonymSecret, Seed, SeedSize},
};

pub(super) fn keys(ours: &mut Reports) -> Result<PseudonymSecret, Error> {
    let seed = Seed::make(SeedSize::Bits256, &Poisoned)?;
    let secret = ours.count("pseudonym secret of a seed".into(), || {
        seed.pseudonym_secret()
    })?;
    let recovery = ours.count("recovery key of a seed".into(), || seed.recovery_key())?;
    let anchor = ours.count("make an anchor key".into(), || AnchorKey::make(&Poisoned))?;
    for signer in [&recovery as &dyn JwsSigner, &anchor] {
        let signature = ours.count("sign a statement".into(), || signer.sign_input(b"input"))?;
        assert_secret(&signature);
    }
    Ok(secret)
}

pub(super) fn commitment(
    suite: Suite,
    secret: &PseudonymSecret,
    ours: &mut Reports,
) -> Result<(), Error> {
    let named = |name: &str| format!("{suite:?}: {name}");
    let issuer = IssuerId::parse("https://issuer.example")?;
    let derive = || HolderSecrets::derive(secret, suite, &issuer);
    let secrets = ours.count(named("derive a wallet's secrets"), derive)?;
    let commit = || secrets.commit(&Poisoned);
    let commitment = ours.count(named("commit to them again"), commit)?;
    sent_commitment(&commitment)?;
    Ok(())
}
