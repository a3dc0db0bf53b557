//! RFC 9380: expand_message (XMD SHA-256, XOF SHAKE-256), hash_to_field and hash_to_curve.

use blst::{blst_fp, blst_fp2, blst_p1, blst_p2, blst_p2_affine};
use sha2::{Digest, Sha256};
use shake::{
    Shake256,
    digest::{ExtendableOutput, Update, XofReader},
};

use super::{G1, G1Affine, G2Affine, blst_call};
use crate::Error;

const OVERSIZE: &[u8] = b"H2C-OVERSIZE-DST-";

/// Octets of one field element before reduction: L of RFC 9380 §8.8.
const FIELD_OCTETS: usize = 64;

/// The two ways to stretch a message (RFC 9380 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expander {
    XmdSha256,
    XofShake256,
}

impl Expander {
    /// expand_message of the concatenation of `parts`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an output of more than 8160 (XMD) or 65 535 octets, an empty DST,
    /// or, with XOF, a DST of more than 255 octets.
    pub(crate) fn expand(self, parts: &[&[u8]], dst: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let length = u16::try_from(out.len()).map_err(|_| Error::Unsupported("output length"))?;
        if dst.is_empty() {
            return Err(Error::Unsupported("domain separation tag"));
        }
        match self {
            Self::XmdSha256 => expand_xmd(parts, dst, length, out),
            Self::XofShake256 => expand_xof(parts, dst, length, out),
        }
    }

    /// hash_to_curve for G1 (SSWU, random oracle).
    pub(crate) fn hash_to_g1(self, message: &[u8], dst: &[u8]) -> Result<G1Affine, Error> {
        let mut bytes = [0; 2 * FIELD_OCTETS];
        self.expand(&[message], dst, &mut bytes)?;
        let (u, v) = (field(&bytes[..FIELD_OCTETS]), field(&bytes[FIELD_OCTETS..]));
        let point = blst_call!(blst_map_to_g1 -> blst_p1; &raw const u, &raw const v);
        Ok(G1(point).to_affine())
    }

    /// encode_to_curve for G1 (SSWU, nonuniform).
    #[cfg(test)]
    pub(crate) fn encode_to_g1(self, message: &[u8], dst: &[u8]) -> Result<G1Affine, Error> {
        let mut bytes = [0; FIELD_OCTETS];
        self.expand(&[message], dst, &mut bytes)?;
        let u = field(&bytes);
        // A null second element means a single map (`blst.h`).
        let point = blst_call!(blst_map_to_g1 -> blst_p1; &raw const u, core::ptr::null());
        Ok(G1(point).to_affine())
    }

    /// hash_to_curve for G2 (SSWU, random oracle).
    #[allow(dead_code)] // BBS hashes to G1 only; the official G2 vectors prove the glue.
    pub(crate) fn hash_to_g2(self, message: &[u8], dst: &[u8]) -> Result<G2Affine, Error> {
        let mut bytes = [0; 4 * FIELD_OCTETS];
        self.expand(&[message], dst, &mut bytes)?;
        let mut chunks = bytes.chunks(FIELD_OCTETS).map(field);
        let mut element = || blst_fp2 {
            fp: core::array::from_fn(|_| chunks.next().unwrap_or_default()),
        };
        let (u, v) = (element(), element());
        let point = blst_call!(blst_map_to_g2 -> blst_p2; &raw const u, &raw const v);
        Ok(G2Affine(
            blst_call!(blst_p2_to_affine -> blst_p2_affine; &raw const point),
        ))
    }
}

fn field(bytes: &[u8]) -> blst_fp {
    blst_call!(blst_fp_from_be_bytes -> blst_fp; bytes.as_ptr(), bytes.len())
}

/// RFC 9380 §5.3.1.
fn expand_xmd(parts: &[&[u8]], dst: &[u8], length: u16, out: &mut [u8]) -> Result<(), Error> {
    if out.len() > 255 * 32 {
        return Err(Error::Unsupported("output length"));
    }
    let oversize: [u8; 32];
    let dst = if dst.len() > 255 {
        oversize = Sha256::new()
            .chain_update(OVERSIZE)
            .chain_update(dst)
            .finalize()
            .into();
        oversize.as_slice()
    } else {
        dst
    };
    let suffix = [u8::try_from(dst.len()).unwrap_or(u8::MAX)];
    let mut hash = Sha256::new_with_prefix([0; 64]);
    for part in parts {
        Digest::update(&mut hash, part);
    }
    let b0: [u8; 32] = hash
        .chain_update(length.to_be_bytes())
        .chain_update([0])
        .chain_update(dst)
        .chain_update(suffix)
        .finalize()
        .into();
    let mut block = [0; 32];
    for (counter, chunk) in (1..=u8::MAX).zip(out.chunks_mut(32)) {
        for (byte, first) in block.iter_mut().zip(&b0) {
            *byte ^= first;
        }
        block = Sha256::new()
            .chain_update(block)
            .chain_update([counter])
            .chain_update(dst)
            .chain_update(suffix)
            .finalize()
            .into();
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
    Ok(())
}

/// RFC 9380 §5.3.2.
fn expand_xof(parts: &[&[u8]], dst: &[u8], length: u16, out: &mut [u8]) -> Result<(), Error> {
    let suffix =
        u8::try_from(dst.len()).map_err(|_| Error::Unsupported("domain separation tag"))?;
    let mut hash = Shake256::default();
    for part in parts {
        hash.update(part);
    }
    hash.update(&length.to_be_bytes());
    hash.update(dst);
    hash.update(&[suffix]);
    hash.finalize_xof().read(out);
    Ok(())
}
