//! Points of G1: affine as they travel (48 octets, compressed), Jacobian as they are added.

use blst::{BLST_ERROR, blst_fp, blst_p1, blst_p1_affine};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::{Scalar, blst_call};
use crate::Error;

/// An affine point of G1, in the subgroup.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct G1Affine(pub(super) blst_p1_affine);

/// A point of G1 in Jacobian coordinates. The default is the identity.
#[derive(Clone, Copy, Default)]
pub(crate) struct G1(pub(super) blst_p1);

impl G1Affine {
    pub(crate) const BYTES: usize = 48;

    /// Decodes 48 octets: canonical, on the curve, in the subgroup, and not the identity.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("point of G1");
        let bytes: &[u8; Self::BYTES] = bytes.try_into().map_err(|_| WHAT)?;
        let mut point = blst_p1_affine::default();
        // SAFETY: blst reads 48 octets, which the array has, and writes one affine point.
        let status = unsafe { blst::blst_p1_uncompress(&raw mut point, bytes.as_ptr()) };
        // SAFETY: the pointer is made from a live reference and is not kept.
        let usable = status == BLST_ERROR::BLST_SUCCESS
            && unsafe {
                !blst::blst_p1_affine_is_inf(&raw const point)
                    && blst::blst_p1_affine_in_g1(&raw const point)
            };
        if usable { Ok(Self(point)) } else { Err(WHAT) }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        // SAFETY: blst writes 48 octets, which the array has.
        unsafe { blst::blst_p1_affine_compress(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    pub(crate) fn to_g1(self) -> G1 {
        G1(blst_call!(blst_p1_from_affine -> blst_p1; &raw const self.0))
    }

    pub(crate) fn is_identity(&self) -> bool {
        // SAFETY: the pointer is made from a live reference and is not kept.
        unsafe { blst::blst_p1_affine_is_inf(&raw const self.0) }
    }

    pub(crate) fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant that lives as long as the program.
        Self(unsafe { *blst::blst_p1_affine_generator() })
    }
}

impl Zeroize for G1Affine {
    fn zeroize(&mut self) {
        self.0.x.l.zeroize();
        self.0.y.l.zeroize();
    }
}

impl G1 {
    pub(crate) fn identity() -> Self {
        Self::default()
    }

    /// Complete and branch-free.
    pub(crate) fn add(&self, other: &Self) -> Self {
        Self(blst_call!(blst_p1_add_or_double -> blst_p1; &raw const self.0, &raw const other.0))
    }

    /// Complete and branch-free.
    pub(crate) fn add_affine(&self, other: &G1Affine) -> Self {
        Self(
            blst_call!(blst_p1_add_or_double_affine -> blst_p1; &raw const self.0, &raw const other.0),
        )
    }

    pub(crate) fn double(&self) -> Self {
        Self(blst_call!(blst_p1_double -> blst_p1; &raw const self.0))
    }

    pub(crate) fn neg(mut self) -> Self {
        // SAFETY: the pointer is made from a live reference and is not kept.
        unsafe { blst::blst_p1_cneg(&raw mut self.0, true) };
        self
    }

    /// Variable time in `bits`; for public numbers only.
    pub(crate) fn public_mul_bits(&self, scalar: &Scalar, bits: usize) -> Self {
        let bytes = scalar.to_le_bytes();
        Self(blst_call!(blst_p1_mult -> blst_p1; &raw const self.0, bytes.as_ptr(), bits.min(256)))
    }

    pub(crate) fn to_affine(self) -> G1Affine {
        G1Affine(blst_call!(blst_p1_to_affine -> blst_p1_affine; &raw const self.0))
    }
}

impl Zeroize for G1 {
    fn zeroize(&mut self) {
        self.0.x.l.zeroize();
        self.0.y.l.zeroize();
        self.0.z.l.zeroize();
    }
}

/// Affine forms with one inversion for all. An identity among them falls back to one by one.
pub(crate) fn to_affine_batch(points: &[G1]) -> Vec<G1Affine> {
    let mut prefixes = Vec::with_capacity(points.len());
    let mut product = None;
    for point in points {
        prefixes.push(product);
        product = Some(match product {
            None => point.0.z,
            Some(previous) => fp_mul(&previous, &point.0.z),
        });
    }
    let Some(product) = product else {
        return Vec::new();
    };
    if fp_is_zero(&product) {
        return points.iter().map(|point| point.to_affine()).collect();
    }
    let mut inverse = fp_inverse(&product);
    let mut affine = vec![G1Affine::default(); points.len()];
    for ((point, prefix), out) in points.iter().zip(&prefixes).zip(&mut affine).rev() {
        let z_inverse = match prefix {
            None => inverse,
            Some(prefix) => fp_mul(&inverse, prefix),
        };
        inverse = fp_mul(&inverse, &point.0.z);
        let square = fp_sqr(&z_inverse);
        out.0.x = fp_mul(&point.0.x, &square);
        out.0.y = fp_mul(&point.0.y, &fp_mul(&square, &z_inverse));
    }
    affine
}

pub(super) fn fp_mul(a: &blst_fp, b: &blst_fp) -> blst_fp {
    blst_call!(blst_fp_mul -> blst_fp; &raw const *a, &raw const *b)
}

pub(super) fn fp_sqr(a: &blst_fp) -> blst_fp {
    blst_call!(blst_fp_sqr -> blst_fp; &raw const *a)
}

pub(super) fn fp_sub(a: &blst_fp, b: &blst_fp) -> blst_fp {
    blst_call!(blst_fp_sub -> blst_fp; &raw const *a, &raw const *b)
}

pub(super) fn fp_inverse(a: &blst_fp) -> blst_fp {
    blst_call!(blst_fp_inverse -> blst_fp; &raw const *a)
}

/// Whether a is 0, without an early exit; only the answer may be branched on.
pub(super) fn fp_is_zero(a: &blst_fp) -> bool {
    a.l.ct_eq(&[0; 6]).into()
}

pub(super) fn fp_cneg(a: &blst_fp, flag: bool) -> blst_fp {
    blst_call!(blst_fp_cneg -> blst_fp; &raw const *a, flag)
}
