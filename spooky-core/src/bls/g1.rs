//! Points of G1: affine as they travel (48 octets, compressed), Jacobian as they are added.

use blst::{BLST_ERROR, blst_fp, blst_p1, blst_p1_affine};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use super::{blst_call, reveal};
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

    /// The 48 octets, without a branch: blst's own compression asks for the identity.
    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut out = fp_to_bytes(&self.0.x);
        // y > (p − 1)/2 exactly if 2y mod p is odd.
        let twice = fp_to_bytes(&fp_add(&self.0.y, &self.0.y));
        let sign = twice[Self::BYTES - 1] & 1;
        out[0] |= 0x80 | (sign << 5) | (self.infinity().unwrap_u8() << 6);
        out
    }

    fn infinity(&self) -> Choice {
        fp_is_zero(&self.0.x) & fp_is_zero(&self.0.y)
    }

    pub(crate) fn to_g1(self) -> G1 {
        G1(blst_call!(blst_p1_from_affine -> blst_p1; &raw const self.0))
    }

    pub(crate) fn equals(&self, other: &Self) -> Choice {
        self.0.x.l.ct_eq(&other.0.x.l) & self.0.y.l.ct_eq(&other.0.y.l)
    }

    /// Whether it is the identity, for callers that give up then: nothing honest ever is.
    pub(crate) fn is_identity(&self) -> bool {
        reveal(self.infinity())
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

    /// blst's own multiplication, for the tests to compare with. Variable time in `bits`.
    #[cfg(test)]
    pub(crate) fn public_mul_bits(&self, scalar: &super::Scalar, bits: usize) -> Self {
        let bytes = scalar.to_le_bytes();
        Self(blst_call!(blst_p1_mult -> blst_p1; &raw const self.0, bytes.as_ptr(), bits.min(256)))
    }

    /// Without a branch: the inverse of 0 is 0, which makes the identity of the identity.
    pub(crate) fn to_affine(self) -> G1Affine {
        self.scaled(&fp_inverse(&self.0.z))
    }

    fn scaled(&self, z_inverse: &blst_fp) -> G1Affine {
        let square = fp_sqr(z_inverse);
        G1Affine(blst_p1_affine {
            x: fp_mul(&self.0.x, &square),
            y: fp_mul(&self.0.y, &fp_mul(&square, z_inverse)),
        })
    }
}

impl Zeroize for G1 {
    fn zeroize(&mut self) {
        self.0.x.l.zeroize();
        self.0.y.l.zeroize();
        self.0.z.l.zeroize();
    }
}

/// Affine forms with one inversion for all, without a branch.
pub(crate) fn to_affine_batch(points: &[G1]) -> Vec<G1Affine> {
    let one = blst_call!(blst_fp_from_uint64 -> blst_fp; [1u64, 0, 0, 0, 0, 0].as_ptr());
    // In the product a 1 stands for the z of an identity, which is 0.
    let factor = |point: &G1| {
        let identity = fp_is_zero(&point.0.z);
        (identity, fp_select(&point.0.z, &one, identity))
    };
    let mut prefixes = Vec::with_capacity(points.len());
    let mut product = one;
    for point in points {
        prefixes.push(product);
        product = fp_mul(&product, &factor(point).1);
    }
    let mut inverse = fp_inverse(&product);
    let mut affine = vec![G1Affine::default(); points.len()];
    for ((point, prefix), out) in points.iter().zip(&prefixes).zip(&mut affine).rev() {
        let (identity, z) = factor(point);
        let z_inverse = fp_mul(&inverse, prefix);
        inverse = fp_mul(&inverse, &z);
        *out = point.scaled(&fp_select(&z_inverse, &blst_fp::default(), identity));
    }
    prefixes.iter_mut().for_each(|prefix| prefix.l.zeroize());
    affine
}

/// `a`, or `b` where `choice` is set.
fn fp_select(a: &blst_fp, b: &blst_fp, choice: Choice) -> blst_fp {
    let mut out = *a;
    for (limb, other) in out.l.iter_mut().zip(&b.l) {
        limb.conditional_assign(other, choice);
    }
    out
}

/// 48 octets, big-endian.
fn fp_to_bytes(a: &blst_fp) -> [u8; 48] {
    let mut out = [0; 48];
    // SAFETY: blst writes 48 octets, which the array has.
    unsafe { blst::blst_bendian_from_fp(out.as_mut_ptr(), &raw const *a) };
    out
}

pub(super) fn fp_add(a: &blst_fp, b: &blst_fp) -> blst_fp {
    blst_call!(blst_fp_add -> blst_fp; &raw const *a, &raw const *b)
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

pub(super) fn fp_is_zero(a: &blst_fp) -> Choice {
    a.l.ct_eq(&[0; 6])
}

pub(super) fn fp_cneg(a: &blst_fp, flag: bool) -> blst_fp {
    blst_call!(blst_fp_cneg -> blst_fp; &raw const *a, flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_and_normalising_give_what_blst_gives() {
        let mut points = vec![G1::identity()];
        let generator = G1Affine::generator();
        for _ in 0..20 {
            let last = points[points.len() - 1];
            points.push(last.add_affine(&generator));
        }
        points.push(G1::identity());
        for (point, affine) in points.iter().zip(to_affine_batch(&points)) {
            let mut octets = [0; 48];
            // SAFETY: blst reads one point and writes 48 octets.
            unsafe { blst::blst_p1_compress(octets.as_mut_ptr(), &raw const point.0) };
            assert_eq!(affine.to_bytes(), octets);
            assert!(affine == point.to_affine());
        }
        assert!(points[0].to_affine().is_identity());
        assert!(!points[1].to_affine().is_identity());
    }
}
