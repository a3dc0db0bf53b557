//! Chain 3: tags that a site recognises a person by, and nobody else (`spec/credentials.md`,
//! section 6; `decisions.md` D11).
//!
//! A tag is the per-verifier pseudonym of draft-irtf-cfrg-bbs-per-verifier-linkability for the
//! context of one host. Which host that is comes from what authenticated the site, never from what
//! the site writes into its request: [`AuthenticatedRp`] has no other constructors.

mod bans;
pub mod hazmat;
mod host;
mod rp;
#[cfg(test)]
mod tests;

pub use bans::BanSet;
pub use host::Host;
pub use rp::{AuthenticatedRp, RpEvidence};

use crate::bbs::Pseudonym;

/// The context of a site: "spookyid/nym/v1" ‖0‖ "dns" ‖0‖ host.
pub fn site_context(host: &Host) -> Vec<u8> {
    context(b"dns", host.as_str().as_bytes())
}

/// The context of a presentation that shows no tag: "spookyid/nym/v1" ‖0‖ "once" ‖0‖ 32 fresh bytes
/// of the wallet. Its pseudonym means nothing anywhere else.
pub fn one_time_context(salt: &[u8; 32]) -> Vec<u8> {
    context(b"once", salt)
}

fn context(kind: &[u8], value: &[u8]) -> Vec<u8> {
    [b"spookyid/nym/v1", kind, value].join(&0)
}

/// A person's tag at one site: 48 bytes, the same in every visit and under every renewal, and
/// unrelated to their tags elsewhere. It comes out of verified presentations, or out of the site's
/// own store.
#[derive(Clone, PartialEq, Eq)]
pub struct Tag {
    host: Host,
    pseudonym: Pseudonym,
}

impl Tag {
    /// Bytes of a tag.
    pub const BYTES: usize = Pseudonym::BYTES;

    pub(crate) fn new(host: Host, pseudonym: Pseudonym) -> Self {
        Self { host, pseudonym }
    }

    /// A tag that the site had stored. Proves nothing by itself.
    ///
    /// # Errors
    /// [`crate::Error::Malformed`] for bytes that are no tag.
    pub fn from_store(host: Host, bytes: &[u8]) -> Result<Self, crate::Error> {
        Ok(Self::new(host, Pseudonym::from_bytes(bytes)?))
    }

    /// The site.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The 48 bytes, to be stored as the name of an account.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        self.pseudonym.to_bytes()
    }
}

/// Prints nothing of it.
impl core::fmt::Debug for Tag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tag")
    }
}
