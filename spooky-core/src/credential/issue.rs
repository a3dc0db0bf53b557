//! The issuer's side (`decisions.md` D12, D12a): issuing for the first time and renewing, as
//! functions of the request, what was stored about the lineage, and the day.

use zeroize::Zeroizing;

use super::{
    Attributes, CredentialRequest, Day, IssuedCredential, IssuerId, Schema, header, issued,
    message::messages,
};
use crate::{
    Error,
    bbs::{NymSecret, SecretKey},
    entropy::Entropy,
    reason::reasons,
    secret::constant_time_eq,
};

reasons! {
    /// Why an issuer refuses to issue.
    pub enum IssuanceRefusal {
        /// The request cannot be read.
        Malformed = "issuance_malformed",
        /// The anchor key did not sign the request.
        AnchorSignature = "issuance_anchor_signature",
        /// The key is not the anchor's that the request names.
        OtherAnchor = "issuance_other_anchor",
        /// The request is for another issuer.
        OtherIssuer = "issuance_other_issuer",
        /// The request carries another nonce than the one that was burnt for it.
        OtherNonce = "issuance_other_nonce",
        /// The request's time differs from this clock by more than 300 seconds.
        Clock = "issuance_clock",
        /// The request is for another schema.
        OtherSchema = "issuance_other_schema",
        /// Nobody registered the anchor.
        AnchorUnknown = "issuance_anchor_unknown",
        /// The anchor is revoked.
        AnchorRevoked = "issuance_anchor_revoked",
        /// The anchor waits for the end of a recovery.
        AnchorSuspended = "issuance_anchor_suspended",
        /// The proof of the commitment does not verify.
        CommitmentProof = "issuance_commitment_proof",
        /// The commitment is not the one that this lineage was first issued with.
        OtherCommitment = "issuance_other_commitment",
        /// The attributes are not those of the schema.
        Attributes = "issuance_attributes",
        /// The issuer itself failed: no random bytes, or a day beyond the calendar.
        Failed = "issuance_failed",
    }
}

/// What the issuer's register says about an anchor, read in the same transaction that issues. A
/// register that does not answer is no state: refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnchorState {
    /// Registered and not revoked.
    Active,
    /// Never registered.
    Unknown,
    /// Revoked, for good.
    Revoked,
    /// A recovery is under way.
    Suspended,
}

/// What happens to a person's tags when their anchor is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RecoveryPolicy {
    /// The lineage goes on: same tags, bans hold.
    #[default]
    Carry,
    /// A lineage begins anew: other tags everywhere. Limit how often that is had.
    Fresh,
}

/// What an issuer stores for an anchor and its successors: the commitment that was signed first, and
/// the issuer's share of the pseudonym secret. 80 bytes, to be kept secret.
pub struct Lineage {
    commitment: [u8; 48],
    entropy: NymSecret,
}

impl Lineage {
    /// Bytes in the store.
    pub const BYTES: usize = 80;

    /// Reads what [`Lineage::expose_secret`] gave.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (commitment, entropy) = bytes
            .split_first_chunk()
            .ok_or(Error::Malformed("lineage"))?;
        Ok(Self {
            commitment: *commitment,
            entropy: NymSecret::from_bytes(entropy)?,
        })
    }

    /// The 80 bytes, for the issuer's store.
    pub fn expose_secret(&self) -> Zeroizing<[u8; Self::BYTES]> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        bytes[..48].copy_from_slice(&self.commitment);
        bytes[48..].copy_from_slice(self.entropy.expose_secret().as_slice());
        bytes
    }

    /// What the anchor that replaces this lineage's anchor starts with: this lineage, to be renewed,
    /// or nothing, to be issued for the first time.
    pub fn after_recovery(self, policy: RecoveryPolicy) -> Option<Self> {
        match policy {
            RecoveryPolicy::Carry => Some(self),
            RecoveryPolicy::Fresh => None,
        }
    }
}

/// An issuer with the key that signs today ([`super::IssuerKeys`] says which one).
pub struct Issuer<'a> {
    /// Its name.
    pub id: &'a IssuerId,
    /// Its key for credentials that end `schema.life_days()` after today.
    pub key: &'a SecretKey,
    /// What it issues.
    pub schema: &'a Schema,
}

impl Issuer<'_> {
    /// The last day of credentials that are issued `today`: the same for everybody.
    ///
    /// # Errors
    /// [`Error::Malformed`] beyond the year 9999.
    pub fn not_after(&self, today: Day) -> Result<Day, Error> {
        today.plus_days(self.schema.life_days())
    }

    /// Issues to an anchor that has no lineage yet; the lineage is to be stored with it before the
    /// credential is sent. `attributes` are the schema's; derived ones are computed here.
    ///
    /// # Errors
    /// [`IssuanceRefusal`].
    pub fn first(
        &self,
        request: &CredentialRequest,
        anchor: AnchorState,
        attributes: Attributes,
        today: Day,
        source: &dyn Entropy,
    ) -> Result<(IssuedCredential, Lineage), IssuanceRefusal> {
        let entropy = NymSecret::make(self.key.public_key().suite(), source)
            .map_err(|_| IssuanceRefusal::Failed)?;
        let lineage = Lineage {
            commitment: request.commitment.commitment_bytes(),
            entropy,
        };
        let issued = self.renew(request, anchor, &lineage, attributes, today)?;
        Ok((issued, lineage))
    }

    /// Issues again to a lineage, on the identical commitment: tags, and so bans, stay.
    ///
    /// # Errors
    /// [`IssuanceRefusal`]; `OtherCommitment` for a wallet that changed its secret.
    pub fn renew(
        &self,
        request: &CredentialRequest,
        anchor: AnchorState,
        lineage: &Lineage,
        mut attributes: Attributes,
        today: Day,
    ) -> Result<IssuedCredential, IssuanceRefusal> {
        use IssuanceRefusal as Refusal;
        match anchor {
            AnchorState::Active => {}
            AnchorState::Unknown => return Err(Refusal::AnchorUnknown),
            AnchorState::Revoked => return Err(Refusal::AnchorRevoked),
            AnchorState::Suspended => return Err(Refusal::AnchorSuspended),
        }
        let commitment = request.commitment.commitment_bytes();
        if !constant_time_eq(&commitment, &lineage.commitment) {
            return Err(Refusal::OtherCommitment);
        }
        let wrong = |_| Refusal::Attributes;
        self.schema.derive(&mut attributes, today).map_err(wrong)?;
        self.schema.check_attributes(&attributes).map_err(wrong)?;
        let failed = |_| Refusal::Failed;
        let not_after = self.not_after(today).map_err(failed)?;
        let header = header(&self.schema.digest(), not_after).map_err(failed)?;
        let messages = messages(self.schema, &attributes).map_err(wrong)?;
        let signature = self
            .key
            .blind_sign_with_nym(&request.commitment, &lineage.entropy, &header, &messages)
            .map_err(|_| Refusal::CommitmentProof)?;
        Ok(IssuedCredential(issued::Parts {
            issuer: self.id.clone(),
            schema: self.schema.digest(),
            not_after,
            attributes,
            signature,
            entropy: NymSecret(lineage.entropy.0.clone()),
        }))
    }
}
