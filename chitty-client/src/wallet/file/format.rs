//! The bytes of a wallet's file (`spec/wallet.md`, section 3): sealed with XChaCha20-Poly1305, bound to
//! its generation, and ended by a plain digest, so that damage, another device's key and an older
//! file can be told apart.

use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use spooky_core::{
    encoding::sha256,
    entropy::Entropy,
    secret::{Secret32, constant_time_eq},
};
use zeroize::Zeroizing;

use crate::error::{Code, Error};

const MAGIC: &[u8; 8] = b"spookywl";
const VERSION: u8 = 1;
const LABEL: &[u8] = b"spookyid/wallet/v1\0";
const KEY_ID: usize = 16;
const NONCE: usize = 24;
const TAG: usize = 16;
const DIGEST: usize = 32;
/// Magic, version, generation, name of the key.
const HEAD: usize = 8 + 1 + 8 + KEY_ID;

/// The two halves of what this device's key is used for.
pub(super) struct SealKey {
    aead: Secret32,
    id: [u8; KEY_ID],
}

impl SealKey {
    pub(super) fn of(key: &Secret32) -> Self {
        let name = key.derive("spookyid/wallet-key-id/v1", b"");
        let (id, _) = name.expose_secret().split_at(KEY_ID);
        Self {
            aead: key.derive("spookyid/wallet-aead/v1", b""),
            id: id.try_into().unwrap_or_default(),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.aead.expose_secret().into())
    }

    fn head(&self, generation: u64) -> Vec<u8> {
        let mut head = Vec::with_capacity(HEAD);
        head.extend_from_slice(MAGIC);
        head.push(VERSION);
        head.extend_from_slice(&generation.to_be_bytes());
        head.extend_from_slice(&self.id);
        head
    }

    /// Seals `state` as the content of `generation`.
    ///
    /// # Errors
    /// `EntropyFailed`; `Internal`.
    pub(super) fn seal(
        &self,
        generation: u64,
        state: &[u8],
        source: &dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE];
        source.fill(&mut nonce).map_err(|_| Code::EntropyFailed)?;
        let head = self.head(generation);
        let mut sealed = Zeroizing::new(state.to_vec());
        let tag = self
            .cipher()
            .encrypt_inout_detached(
                &XNonce::from(nonce),
                &[LABEL, &head].concat(),
                sealed.as_mut_slice().into(),
            )
            .map_err(|_| Code::Internal)?;
        let mut file = [&head, nonce.as_slice(), &sealed, tag.as_slice()].concat();
        let digest = sha256(&file);
        file.extend_from_slice(&digest);
        Ok(file)
    }
}

/// A file whose digest is right, not opened yet.
pub(super) struct SealedFile<'a> {
    head: &'a [u8],
    pub(super) generation: u64,
    key_id: &'a [u8],
    nonce: [u8; NONCE],
    sealed: &'a [u8],
    tag: [u8; TAG],
}

impl<'a> SealedFile<'a> {
    /// Reads the plain parts.
    ///
    /// # Errors
    /// `StoreDamaged`, `StoreNewer`.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Code> {
        Self::parts(file).ok_or(Code::StoreDamaged)?
    }

    /// `None` for what is too short, or not what was written.
    fn parts(file: &'a [u8]) -> Option<Result<Self, Code>> {
        let (body, digest) = file.split_at_checked(file.len().checked_sub(DIGEST)?)?;
        if sha256(body) != *digest {
            return None;
        }
        let rest = body.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first()?;
        if *version != VERSION {
            return Some(Err(Code::StoreNewer));
        }
        let (generation, rest) = rest.split_first_chunk()?;
        let (key_id, rest) = rest.split_at_checked(KEY_ID)?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (sealed, tag) = rest.split_last_chunk()?;
        Some(Ok(Self {
            head: body.get(..HEAD)?,
            generation: u64::from_be_bytes(*generation),
            key_id,
            nonce: *nonce,
            sealed,
            tag: *tag,
        }))
    }

    /// Whether this key sealed it.
    pub(super) fn is_of(&self, key: &SealKey) -> bool {
        constant_time_eq(self.key_id, &key.id)
    }

    /// Opens it.
    ///
    /// # Errors
    /// `StoreDamaged`.
    pub(super) fn open(&self, key: &SealKey) -> Result<Zeroizing<Vec<u8>>, Code> {
        let mut state = Zeroizing::new(self.sealed.to_vec());
        key.cipher()
            .decrypt_inout_detached(
                &XNonce::from(self.nonce),
                &[LABEL, self.head].concat(),
                state.as_mut_slice().into(),
                &Tag::from(self.tag),
            )
            .map_err(|_| Code::StoreDamaged)?;
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), spooky_core::Error> {
            for (byte, number) in bytes.iter_mut().zip(0..) {
                *byte = number;
            }
            Ok(())
        }
    }

    /// What was written once is read for ever. The bytes are those of another implementation too.
    #[test]
    fn version_1_has_these_bytes() {
        let key = SealKey::of(&Secret32::new([7; 32]));
        let file = key.seal(258, b"state", &Counting).unwrap();
        let hex: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [
            // Magic, version, generation, name of the key.
            "73706f6f6b79776c010000000000000102d66cbbfb3ce6940a0d0f28565a0a6316",
            // Nonce.
            "000102030405060708090a0b0c0d0e0f1011121314151617",
            // Sealed, tag.
            "78c4d57869bf534571b2b08883c5485d707f31cebb",
            // Digest.
            "5dea4f7e09dc36c70ea57be660b271d7a2e9ef73d58cb88e7c359f7d50c59628",
        ];
        assert_eq!(hex, parts.concat());
        let read = SealedFile::read(&file).unwrap();
        assert_eq!(read.generation, 258);
        assert!(read.is_of(&key));
        assert_eq!(read.open(&key).unwrap().as_slice(), b"state");
        let other = SealKey::of(&Secret32::new([8; 32]));
        assert!(!read.is_of(&other) && read.open(&other).is_err());
    }

    #[test]
    fn a_file_that_is_changed_with_its_digest_does_not_open() {
        let key = SealKey::of(&Secret32::new([7; 32]));
        let good = key.seal(1, b"state", &Counting).unwrap();
        for place in 0..good.len() - DIGEST {
            let mut bad = good.clone();
            bad[place] ^= 1;
            let digest = sha256(&bad[..good.len() - DIGEST]);
            bad[good.len() - DIGEST..].copy_from_slice(&digest);
            let refused = match SealedFile::read(&bad) {
                Ok(read) => !read.is_of(&key) || read.open(&key).is_err(),
                Err(_) => true,
            };
            assert!(refused, "byte {place}");
        }
    }
}
