//! Tables of odd multiples, looked up in constant time for secret scalars, in variable time for
//! public ones.
//!
//! A scalar k is recoded modulo r: with n bits in all, (k + 2ⁿ − 1)/2 mod r has bits bⱼ such that
//! k = Σ (2bⱼ − 1)·2ʲ, so every window of w bits is an odd digit of −(2ʷ−1)…2ʷ−1. No digit is
//! zero, no scalar (not even 0) is special, nothing branches on a secret. A row of a table holds
//! the 2ʷ⁻¹ odd multiples of its base; look-ups read the whole row under masks. A table of several
//! rows holds the same for base·2^(s), s a multiple of the positions per row, and needs so many
//! times fewer doublings.

use core::hint::black_box;

use blst::blst_p1_affine;
use zeroize::Zeroize;

use super::g1::fp_cneg;
use super::{G1, G1Affine, Scalar, endomorphism, to_affine_batch};

/// Window and number of rows of a table, and whether scalars are taken in two halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(super) window: usize,
    rows: usize,
    halves: bool,
}

impl Shape {
    /// For a base of one sum with others: 16 points, 1.5 KiB.
    pub(crate) const SMALL: Self = Self::whole(5, 1);
    /// For a base among very many: 32 points, 3 KiB.
    pub(crate) const WIDE: Self = Self::whole(6, 1);
    /// For a base that is used all the time: 128 points, 12 KiB.
    pub(crate) const FAST: Self = Self::whole(6, 4);
    /// For a base of which many sums of few terms are made, where doublings would cost as much as
    /// additions: 352 points, 33 KiB.
    pub(crate) const FASTEST: Self = Self::whole(6, 11);
    /// For a base that is met once: 16 points, 1.5 KiB, and half the doublings.
    pub(crate) const ONCE: Self = Self::halves(1);
    /// For a base of several sums, after which it is gone: 32 points, 3 KiB, and a quarter of the
    /// doublings.
    pub(crate) const SEVERAL: Self = Self::halves(2);

    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::FASTEST,
        Self::FAST,
        Self::WIDE,
        Self::SMALL,
        Self::SEVERAL,
        Self::ONCE,
    ];

    const fn whole(window: usize, rows: usize) -> Self {
        let halves = false;
        Self {
            window,
            rows,
            halves,
        }
    }

    const fn halves(rows: usize) -> Self {
        let (window, halves) = (5, true);
        Self {
            window,
            rows,
            halves,
        }
    }

    /// Digits handled by one row: windows of the scalar or of its half, spread over the rows.
    pub(super) const fn positions(self) -> usize {
        let bits = if self.halves {
            endomorphism::HALF_BITS
        } else {
            255
        };
        bits.div_ceil(self.window).div_ceil(self.rows)
    }

    /// Look-ups that one scalar needs.
    pub(super) const fn look_ups(self) -> usize {
        let halves = if self.halves { 2 } else { 1 };
        self.positions() * self.rows * halves
    }

    /// Points per row.
    const fn entries(self) -> usize {
        1 << (self.window - 1)
    }

    /// Memory of a table of this shape, in bytes.
    pub(crate) const fn bytes(self) -> usize {
        self.rows * self.entries() * size_of::<blst_p1_affine>()
    }
}

/// A scalar, or its two halves, recoded. To be wiped when it is secret.
pub(super) struct Digits([[u8; 40]; 2]);

impl Zeroize for Digits {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Odd multiples of one base.
pub(crate) struct Table {
    pub(super) shape: Shape,
    /// (2ⁿ − 1)/2 mod r, n = window · rows · positions.
    offset: Scalar,
    half: Scalar,
    points: Box<[G1Affine]>,
}

impl Table {
    /// Odd multiples by complete additions: no assumption about `base`, which must not be the
    /// identity.
    pub(crate) fn new(base: &G1Affine, shape: Shape) -> Self {
        let [table] = Self::several([base], shape);
        table
    }

    /// Several tables at the price of one inversion.
    pub(crate) fn several<const N: usize>(bases: [&G1Affine; N], shape: Shape) -> [Self; N] {
        let size = shape.rows * shape.entries();
        let mut points = Vec::with_capacity(N * size);
        for base in bases {
            odd_multiples(base, shape, &mut points);
        }
        let mut affine = to_affine_batch(&points);
        points.zeroize();
        let half = Scalar::from_u64(2).invert();
        let mut power = Scalar::one();
        for _ in 0..shape.window * shape.rows * shape.positions() {
            power = power.add(&power);
        }
        let offset = power.sub(&Scalar::one()).mul(&half);
        let tables = core::array::from_fn(|i| Self {
            shape,
            offset,
            half,
            points: affine[i * size..][..size].into(),
        });
        affine.iter_mut().for_each(Zeroize::zeroize);
        tables
    }

    pub(super) fn digits(&self, scalar: &Scalar) -> Digits {
        if self.shape.halves {
            return Digits(endomorphism::split(scalar));
        }
        let mut bytes = [0; 40];
        let recoded = scalar.mul(&self.half).add(&self.offset);
        bytes[..32].copy_from_slice(&recoded.to_le_bytes());
        Digits([bytes, [0; 40]])
    }

    /// Calls `each` with what all rows have at `position`, for both halves where there are halves.
    #[inline]
    pub(super) fn look_up_all<const SECRET: bool>(
        &self,
        digits: &Digits,
        position: usize,
        mut each: impl FnMut(G1Affine),
    ) {
        let [first, second] = &digits.0;
        for row in 0..self.shape.rows {
            each(self.look_up::<SECRET>(first, row, position));
            if self.shape.halves {
                let point = self.look_up::<SECRET>(second, row, position);
                each(endomorphism::apply(&point));
            }
        }
    }

    /// The digit at `position` of `row`, times the base, shifted by the row.
    #[inline]
    fn look_up<const SECRET: bool>(
        &self,
        recoded: &[u8; 40],
        row: usize,
        position: usize,
    ) -> G1Affine {
        let Shape { window, .. } = self.shape;
        let bit = (row * self.shape.positions() + position) * window;
        let mut word = [0; 8];
        if let Some(bytes) = recoded.get(bit / 8..bit / 8 + 8) {
            word.copy_from_slice(bytes);
        }
        let value = (u64::from_le_bytes(word) >> (bit % 8)) & ((1 << window) - 1);
        let positive = value >> (window - 1);
        let low = (1 << (window - 1)) - 1;
        // value ≥ 2^(w−1) is the odd number 2(value − 2^(w−1)) + 1, below it the same, negated.
        let index = (value & low) ^ (low & positive.wrapping_sub(1));
        let entries = &self.points[row * self.shape.entries()..][..self.shape.entries()];
        let mut point = if SECRET {
            scan(entries, index)
        } else {
            entries[usize::try_from(index).unwrap_or(0) % entries.len()]
        };
        point.0.y = fp_cneg(&point.0.y, positive == 0);
        point
    }
}

fn odd_multiples(base: &G1Affine, shape: Shape, points: &mut Vec<G1>) {
    let mut start = base.to_g1();
    for row in 0..shape.rows {
        if row > 0 {
            for _ in 0..shape.positions() * shape.window {
                start = start.double();
            }
        }
        let twice = start.double();
        let mut multiple = start;
        points.push(multiple);
        for _ in 1..shape.entries() {
            multiple = multiple.add(&twice);
            points.push(multiple);
        }
    }
}

/// Entry `wanted`, reading all of them.
fn scan(entries: &[G1Affine], wanted: u64) -> G1Affine {
    let mut found = blst_p1_affine::default();
    for (entry, index) in entries.iter().zip(0u64..) {
        // All ones where index = wanted. The black box keeps it from becoming a branch.
        let mask = black_box((((index ^ wanted).wrapping_sub(1)) >> 63).wrapping_neg());
        for (out, limb) in found.x.l.iter_mut().zip(&entry.0.x.l) {
            *out |= limb & mask;
        }
        for (out, limb) in found.y.l.iter_mut().zip(&entry.0.y.l) {
            *out |= limb & mask;
        }
    }
    G1Affine(found)
}

/// A table whose base is itself secret: wiped on drop.
pub(crate) struct SecretTable(Table);

impl SecretTable {
    /// Both tables of a credential.
    pub(crate) fn pair(bases: [&G1Affine; 2], shape: Shape) -> [Self; 2] {
        Table::several(bases, shape).map(Self)
    }
}

impl core::ops::Deref for SecretTable {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.0
    }
}

impl Drop for SecretTable {
    fn drop(&mut self) {
        self.0.points.zeroize();
    }
}
