//! The endomorphism of G1 (Gallant, Lambert, Vanstone): φ(x, y) = (β·x, −y) multiplies by
//! λ = z², z the curve's parameter, so k·P = k₀·P + k₁·φ(P) with halves of 130 bits. All of it in
//! constant time.
//!
//! k = k₀ + k₁·λ by division. Both halves must be odd for the recoding of [`super::Table`], so
//! multiples of vectors that stand for 0 modulo r are added: (1, λ − 1), which flips the parity of
//! both, and (λ + 2, 2λ − 3), which flips that of the second.

use core::hint::black_box;

use blst::{blst_fp, blst_p1_affine};

use super::g1::{fp_cneg, fp_mul};
use super::{G1Affine, Scalar};

/// Bits of a half: k₀ < 2λ + 4 and k₁ < 4λ, λ < 2¹²⁸; a multiple of the window of 5.
pub(super) const HALF_BITS: usize = 130;

/// z² for z = −0xd201000000010000.
const LAMBDA: u128 = 0xac45_a401_0001_a402_0000_0001_0000_0000;

/// β in Montgomery form, a primitive cube root of 1.
const BETA: blst_fp = blst_fp {
    l: [
        0x30f1_361b_798a_64e8,
        0xf3b8_ddab_7ece_5a2a,
        0x16a8_ca3a_c615_77f7,
        0xc26a_2ff8_74fd_029b,
        0x3636_b766_6070_1c6e,
        0x051b_a4ab_241b_6160,
    ],
};

/// λ·P.
pub(super) fn apply(point: &G1Affine) -> G1Affine {
    G1Affine(blst_p1_affine {
        x: fp_mul(&point.0.x, &BETA),
        y: fp_cneg(&point.0.y, true),
    })
}

/// All ones for 1, zero for 0; hidden from the optimiser, which could make a branch of it.
fn mask(bit: u128) -> u128 {
    black_box(bit & 1).wrapping_neg()
}

/// Both halves of `scalar`, recoded: bit j of a half stands for (2bⱼ − 1)·2ʲ.
pub(super) fn split(scalar: &Scalar) -> [[u8; 40]; 2] {
    let bytes = zeroize::Zeroizing::new(scalar.to_le_bytes());
    let (mut remainder, mut quotient) = (0u128, 0u128);
    for i in (0..256).rev() {
        let bit = u128::from(bytes[i / 8] >> (i % 8)) & 1;
        let carry = remainder >> 127;
        remainder = (remainder << 1) | bit;
        let (difference, borrow) = remainder.overflowing_sub(LAMBDA);
        let fits = carry | (u128::from(borrow) ^ 1);
        let keep = mask(fits);
        remainder = (difference & keep) | (remainder & !keep);
        quotient = (quotient << 1) | fits;
    }
    let (mut low, mut high) = ([remainder, 0], [quotient, 0]);
    let even = mask(!low[0]);
    add(&mut low, [1 & even, 0]);
    add(&mut high, [(LAMBDA - 1) & even, 0]);
    let even = mask(!high[0]);
    let (twice, over) = (LAMBDA << 1, LAMBDA >> 127);
    add(&mut low, [(LAMBDA + 2) & even, 0]);
    add(&mut high, [(twice - 3) & even, over & even]);
    [recode(low), recode(high)]
}

/// Adds 256-bit numbers of two limbs.
fn add(value: &mut [u128; 2], other: [u128; 2]) {
    let (sum, carry) = value[0].overflowing_add(other[0]);
    *value = [
        sum,
        value[1]
            .wrapping_add(other[1])
            .wrapping_add(u128::from(carry)),
    ];
}

/// (k + 2ⁿ − 1)/2 for an odd k < 2ⁿ: k/2, rounded down, and 2ⁿ⁻¹.
fn recode([low, high]: [u128; 2]) -> [u8; 40] {
    let mut bytes = [0; 40];
    bytes[..16].copy_from_slice(&((low >> 1) | (high << 127)).to_le_bytes());
    let top = (high >> 1) | (1 << (HALF_BITS - 1 - 128));
    bytes[16..32].copy_from_slice(&top.to_le_bytes());
    bytes
}
