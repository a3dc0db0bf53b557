//! What a wallet keeps secret from an issuer: its share of the pseudonym secret and the blind of its
//! commitment, both derived (`decisions.md` D12; `spec/credentials.md`, section 4).
//!
//! A wallet that lost everything but its seed makes the same commitment again, and so keeps its tags
//! and the bans on them. Issuers that work together cannot tell that two commitments are of one
//! person: every issuer gets secrets of its own.

use zeroize::{Zeroize, Zeroizing};

use super::IssuerId;
use crate::{
    Error,
    bbs::{CommitmentWithProof, NymSecret, ProverBlind, Suite, commit_to_nym_again},
    bls::{Scalar, reveal},
    entropy::Entropy,
    keys::{PseudonymSecret, expand},
};

const SALT: &[u8] = b"spookyid/holder/v1";

/// The secrets of one wallet towards one issuer. Wiped on drop; neither `Debug` nor `Clone`.
pub struct HolderSecrets {
    pub(super) suite: Suite,
    pub(super) issuer: IssuerId,
    pub(super) prover_nym: NymSecret,
    pub(super) blind: ProverBlind,
}

impl HolderSecrets {
    /// Derives the secrets towards `issuer`: always the same.
    ///
    /// # Errors
    /// [`Error::Malformed`] with a probability of 2⁻²⁵⁵.
    pub fn derive(
        secret: &PseudonymSecret,
        suite: Suite,
        issuer: &IssuerId,
    ) -> Result<Self, Error> {
        let scalar = |label: &[u8]| scalar(secret, label, suite, issuer);
        Ok(Self {
            suite,
            issuer: issuer.clone(),
            prover_nym: NymSecret(scalar(b"spookyid/prover-nym/v1")?),
            blind: ProverBlind(scalar(b"spookyid/prover-blind/v1")?),
        })
    }

    /// The commitment to the pseudonym secret with a fresh proof: 144 bytes, the first 48 always
    /// the same.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn commit(&self, source: &dyn Entropy) -> Result<CommitmentWithProof, Error> {
        commit_to_nym_again(self.suite, &self.prover_nym, &self.blind, source)
    }

    /// prover_nym and blind, for the judge of the vectors.
    #[cfg(test)]
    pub(crate) fn exposed(&self) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
        (self.prover_nym.expose_secret(), self.blind.expose_secret())
    }

    /// The issuer.
    pub fn issuer(&self) -> &IssuerId {
        &self.issuer
    }
}

/// HKDF-SHA256(salt, secret, label ‖0‖ lp(suite) ‖ lp(issuer)) to 48 octets, modulo the group order.
fn scalar(
    secret: &PseudonymSecret,
    label: &[u8],
    suite: Suite,
    issuer: &IssuerId,
) -> Result<Zeroizing<Scalar>, Error> {
    let (suite, issuer) = (suite.id().as_bytes(), issuer.as_str().as_bytes());
    let prefix = |part: &[u8]| u32::try_from(part.len()).map(u32::to_be_bytes);
    let long = |_| Error::Malformed("issuer");
    let (first, second) = (prefix(suite).map_err(long)?, prefix(issuer).map_err(long)?);
    let info: [&[u8]; 6] = [label, &[0], &first, suite, &second, issuer];
    let mut okm = Zeroizing::new([0; 48]);
    expand(SALT, secret.expose_secret(), &info, okm.as_mut_slice())?;
    let mut value = Scalar::from_okm(&okm);
    let scalar = Zeroizing::new(value);
    value.zeroize();
    // Nobody meets a derived scalar of zero; that it is none may be known.
    if reveal(scalar.is_zero()) {
        return Err(Error::Malformed("derived scalar"));
    }
    Ok(scalar)
}
