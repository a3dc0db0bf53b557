//! Multi-scalar multiplication over arbitrary points, **variable time**: for public data only.

use blst::{blst_p1, blst_p1_affine, limb_t};

use super::{G1, G1Affine};

/// Σ kᵢ·Pᵢ for 128-bit kᵢ (little-endian), by Pippenger's method. Variable time.
pub(crate) fn public_msm_128(points: &[G1Affine], scalars: &[[u8; 16]]) -> G1 {
    let count = points.len().min(scalars.len());
    if count == 0 {
        return G1::identity();
    }
    let point_list: Vec<*const blst_p1_affine> =
        points[..count].iter().map(|p| &raw const p.0).collect();
    let scalar_list: Vec<*const u8> = scalars[..count].iter().map(|k| k.as_ptr()).collect();
    // SAFETY: takes and returns a number.
    let size = unsafe { blst::blst_p1s_mult_pippenger_scratch_sizeof(count) };
    let mut scratch: Vec<limb_t> = vec![0; size.div_ceil(size_of::<limb_t>())];
    let mut sum = blst_p1::default();
    // SAFETY: both lists hold `count` pointers to live values, each scalar has the 128 bits that
    // are announced, `scratch` has the size that blst asked for, and nothing is kept or aliased.
    unsafe {
        blst::blst_p1s_mult_pippenger(
            &raw mut sum,
            point_list.as_ptr(),
            count,
            scalar_list.as_ptr(),
            128,
            scratch.as_mut_ptr(),
        );
    }
    G1(sum)
}
