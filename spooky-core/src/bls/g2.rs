//! Points of G2 (96 octets, compressed) and the pairing.

use std::sync::OnceLock;

use blst::{BLST_ERROR, blst_fp6, blst_fp12, blst_p2, blst_p2_affine};
use subtle::Choice;

use super::{G1Affine, Scalar, blst_call, reveal};
use crate::Error;

/// Line functions of one Miller loop: blst writes this many.
const LINES: usize = 68;

/// An affine point of G2, in the subgroup.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct G2Affine(pub(super) blst_p2_affine);

impl G2Affine {
    pub(crate) const BYTES: usize = 96;

    /// Decodes 96 octets: canonical, on the curve, in the subgroup, and not the identity.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("point of G2");
        let bytes: &[u8; Self::BYTES] = bytes.try_into().map_err(|_| WHAT)?;
        let mut point = blst_p2_affine::default();
        // SAFETY: blst reads 96 octets, which the array has, and writes one affine point.
        let status = unsafe { blst::blst_p2_uncompress(&raw mut point, bytes.as_ptr()) };
        // SAFETY: the pointer is made from a live reference and is not kept.
        let usable = status == BLST_ERROR::BLST_SUCCESS
            && unsafe {
                !blst::blst_p2_affine_is_inf(&raw const point)
                    && blst::blst_p2_affine_in_g2(&raw const point)
            };
        if usable { Ok(Self(point)) } else { Err(WHAT) }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        // SAFETY: blst writes 96 octets, which the array has.
        unsafe { blst::blst_p2_affine_compress(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    pub(crate) fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant that lives as long as the program.
        Self(unsafe { *blst::blst_p2_affine_generator() })
    }

    /// generator · `secret`, in constant time for a secret that is not zero.
    pub(crate) fn from_secret(secret: &Scalar) -> Self {
        let bytes = zeroize::Zeroizing::new(secret.to_le_bytes());
        let generator = Self::generator();
        let base = blst_call!(blst_p2_from_affine -> blst_p2; &raw const generator.0);
        let point = blst_call!(blst_p2_mult -> blst_p2; &raw const base, bytes.as_ptr(), 255);
        Self(blst_call!(blst_p2_to_affine -> blst_p2_affine; &raw const point))
    }
}

/// A point of G2 with the line functions of its Miller loop, 19.1 KiB.
pub(crate) struct PreparedG2(Box<[blst_fp6]>);

impl PreparedG2 {
    pub(crate) fn new(point: &G2Affine) -> Self {
        let mut lines = vec![blst_fp6::default(); LINES].into_boxed_slice();
        // SAFETY: blst writes exactly 68 line functions (`blst_aux.h`: `Qlines[68]`).
        unsafe { blst::blst_precompute_lines(lines.as_mut_ptr(), &raw const point.0) };
        Self(lines)
    }

    pub(crate) fn generator() -> &'static Self {
        static GENERATOR: OnceLock<PreparedG2> = OnceLock::new();
        GENERATOR.get_or_init(|| Self::new(&G2Affine::generator()))
    }

    fn miller_loop(&self, point: &G1Affine) -> blst_fp12 {
        blst_call!(blst_miller_loop_lines -> blst_fp12; self.0.as_ptr(), &raw const point.0)
    }
}

/// Whether ∏ e(Pᵢ, Qᵢ) over `left` equals e(P, Q) of `right`. A point at infinity makes it false.
pub(crate) fn pairings_equal(
    left: &[(&G1Affine, &PreparedG2)],
    right: (&G1Affine, &PreparedG2),
) -> bool {
    if right.0.is_identity() || left.iter().any(|(point, _)| point.is_identity()) {
        return false;
    }
    let mut loops = left.iter().map(|(point, lines)| lines.miller_loop(point));
    let Some(first) = loops.next() else {
        return false;
    };
    let product = loops.fold(first, |product, factor| {
        blst_call!(blst_fp12_mul -> blst_fp12; &raw const product, &raw const factor)
    });
    let other = right.1.miller_loop(right.0);
    // SAFETY: both pointers are made from live references and are not kept.
    let equal = unsafe { blst::blst_fp12_finalverify(&raw const product, &raw const other) };
    // The answer of a verification is there to be acted on.
    reveal(Choice::from(u8::from(equal)))
}
