//! Points of G2 (96 octets, compressed) and the pairing.

use std::sync::OnceLock;

use blst::{BLST_ERROR, blst_fp, blst_fp2, blst_fp6, blst_fp12, blst_p2, blst_p2_affine};
use subtle::Choice;

use super::g1::{fp_add, fp_cneg, fp_mul};
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

/// A point of G2 with the line functions of its Miller loop, 19.1 KiB. Each is divided by its third
/// coefficient, which makes no difference to a pairing (the final exponentiation maps all of Fp2 to
/// 1) and saves multiplying with it.
pub(crate) struct PreparedG2(Box<[blst_fp6]>);

impl PreparedG2 {
    pub(crate) fn new(point: &G2Affine) -> Self {
        let mut lines = vec![blst_fp6::default(); LINES].into_boxed_slice();
        // SAFETY: blst writes exactly 68 line functions (`blst_aux.h`: `Qlines[68]`).
        unsafe { blst::blst_precompute_lines(lines.as_mut_ptr(), &raw const point.0) };
        for line in &mut lines {
            let inverse = blst_call!(blst_fp2_inverse -> blst_fp2; &raw const line.fp2[2]);
            for coefficient in &mut line.fp2[..2] {
                *coefficient = blst_call!(blst_fp2_mul -> blst_fp2;
                    &raw const *coefficient, &raw const inverse);
            }
        }
        Self(lines)
    }

    pub(crate) fn generator() -> &'static Self {
        static GENERATOR: OnceLock<PreparedG2> = OnceLock::new();
        GENERATOR.get_or_init(|| Self::new(&G2Affine::generator()))
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
    let mut pairs: Vec<_> = left
        .iter()
        .map(|(point, lines)| (Evaluated::at(point, false), *lines))
        .collect();
    pairs.push((Evaluated::at(right.0, true), right.1));
    let product = miller_loop(&pairs);
    let power = blst_call!(blst_final_exp -> blst_fp12; &raw const product);
    // SAFETY: the pointer is made from a live reference and is not kept.
    let equal = unsafe { blst::blst_fp12_is_one(&raw const power) };
    // The answer of a verification is there to be acted on.
    reveal(Choice::from(u8::from(equal)))
}

/// (−2x, 2y) of a point, which line functions are evaluated at.
struct Evaluated {
    x: blst_fp,
    y: blst_fp,
}

impl Evaluated {
    fn at(point: &G1Affine, negate: bool) -> Self {
        let (x, y) = (&point.0.x, &point.0.y);
        Self {
            x: fp_cneg(&fp_add(x, x), true),
            y: fp_cneg(&fp_add(y, y), negate),
        }
    }

    /// A line function, in blst's sparse form of three elements of Fp2 (`pairing.c`,
    /// `post_line_by_Px2`).
    fn line(&self, line: &blst_fp6) -> blst_fp6 {
        let mut out = *line;
        for i in 0..2 {
            out.fp2[1].fp[i] = fp_mul(&line.fp2[1].fp[i], &self.x);
        }
        out.fp2[2].fp = [self.y, blst_fp::default()];
        out
    }
}

/// How often blst doubles after each addition of its Miller loop: the bits of z.
const DOUBLINGS: [usize; 5] = [2, 3, 9, 32, 16];

/// The product of all Miller loops. One loop for all shares the squarings.
fn miller_loop(pairs: &[(Evaluated, &PreparedG2)]) -> blst_fp12 {
    // SAFETY: blst returns a pointer to a constant that lives as long as the program.
    let mut product = unsafe { *blst::blst_fp12_one() };
    let mut index = 0;
    let mut multiply = |product: &mut blst_fp12| {
        for (point, lines) in pairs {
            let line = point.line(&lines.0[index]);
            *product = blst_call!(blst_fp12_mul_by_xy00z0 -> blst_fp12;
                &raw const *product, &raw const line);
        }
        index += 1;
    };
    multiply(&mut product);
    for doublings in DOUBLINGS {
        multiply(&mut product);
        for _ in 0..doublings {
            product = blst_call!(blst_fp12_sqr -> blst_fp12; &raw const product);
            multiply(&mut product);
        }
    }
    // SAFETY: the pointer is made from a live reference and is not kept.
    unsafe { blst::blst_fp12_conjugate(&raw mut product) };
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_of_miller_loops_is_that_of_blst() {
        let base = G1Affine::generator();
        let points: Vec<G1Affine> = (2..5)
            .map(|k| {
                base.to_g1()
                    .public_mul_bits(&Scalar::from_u64(k), 64)
                    .to_affine()
            })
            .collect();
        let others: Vec<G2Affine> = (5..8)
            .map(|k| G2Affine::from_secret(&Scalar::from_u64(k)))
            .collect();
        let lines: Vec<PreparedG2> = others.iter().map(PreparedG2::new).collect();
        let pairs: Vec<_> = points
            .iter()
            .zip(&lines)
            .map(|(point, lines)| (Evaluated::at(point, false), lines))
            .collect();
        // SAFETY: blst returns a pointer to a constant that lives as long as the program.
        let mut expected = unsafe { *blst::blst_fp12_one() };
        for (point, other) in points.iter().zip(&others) {
            let next = blst_call!(blst_miller_loop -> blst_fp12;
                &raw const other.0, &raw const point.0);
            expected = blst_call!(blst_fp12_mul -> blst_fp12;
                &raw const expected, &raw const next);
        }
        let power =
            |product: blst_fp12| blst_call!(blst_final_exp -> blst_fp12; &raw const product);
        assert!(power(miller_loop(&pairs)) == power(expected));
    }

    #[test]
    fn pairings_are_bilinear_and_not_degenerate() {
        let multiple = |k| {
            let point = G1Affine::generator().to_g1();
            point.public_mul_bits(&Scalar::from_u64(k), 64).to_affine()
        };
        let three = PreparedG2::new(&G2Affine::from_secret(&Scalar::from_u64(3)));
        let one = PreparedG2::generator();
        assert!(pairings_equal(
            &[(&multiple(5), &three)],
            (&multiple(15), one)
        ));
        assert!(!pairings_equal(
            &[(&multiple(5), &three)],
            (&multiple(14), one)
        ));
        let both = [(&multiple(5), &three), (&multiple(2), one)];
        assert!(pairings_equal(&both, (&multiple(17), one)));
        let identity = G1Affine::default();
        assert!(!pairings_equal(&[(&identity, &three)], (&identity, one)));
    }
}
