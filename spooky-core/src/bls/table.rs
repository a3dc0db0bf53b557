//! Multiplication with tables: in constant time for secret scalars, in variable time for public
//! ones.
//!
//! A scalar k is recoded modulo r: with n bits in all, (k + 2ⁿ − 1)/2 mod r has bits bⱼ such that
//! k = Σ (2bⱼ − 1)·2ʲ, so every window of w bits is an odd digit of −(2ʷ−1)…2ʷ−1. No digit is
//! zero, no scalar (not even 0) is special, nothing branches on a secret. A row of a table holds
//! the 2ʷ⁻¹ odd multiples of its base; look-ups read the whole row under masks. A table of several
//! rows holds the same for base·2^(s), s a multiple of the positions per row, and needs so many
//! times fewer doublings.
//!
//! [`secret_msm`] adds the look-ups of all bases pairwise in affine coordinates with one inversion
//! per level. Affine addition is incomplete: it fails for P = ±Q. For bases that come out of
//! hash-to-curve that happens only to who knows a discrete logarithm between them, so the check for
//! it (one comparison, and complete formulas when it strikes) tells nothing. Bases that somebody
//! may have chosen go through [`secret_combination`], whose additions are complete.

use core::hint::black_box;

use blst::{blst_fp, blst_p1_affine};
use zeroize::Zeroize;

use super::g1::{fp_cneg, fp_inverse, fp_mul, fp_sqr, fp_sub};
use super::{G1, G1Affine, Scalar, to_affine_batch};

/// How many terms are looked up at once: bounds the memory of a multiplication to about 2 MiB.
const CHUNK: usize = 256;

/// Window and number of rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) window: usize,
    pub(crate) rows: usize,
}

impl Shape {
    /// For a base that is used once or twice: 16 points, 1.5 KiB.
    pub(crate) const SMALL: Self = Self { window: 5, rows: 1 };
    /// For a base among very many: 32 points, 3 KiB.
    pub(crate) const WIDE: Self = Self { window: 6, rows: 1 };
    /// For a base that is used all the time: 128 points, 12 KiB.
    pub(crate) const FAST: Self = Self { window: 6, rows: 4 };

    /// Digits handled by one row: windows of the scalar, spread over the rows.
    const fn positions(self) -> usize {
        255usize.div_ceil(self.window).div_ceil(self.rows)
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

/// Odd multiples of one base.
pub(crate) struct Table {
    shape: Shape,
    /// (2ⁿ − 1)/2 mod r, n = window · rows · positions.
    offset: Scalar,
    half: Scalar,
    points: Box<[G1Affine]>,
}

impl Table {
    /// Odd multiples by complete additions: no assumption about `base`, which must not be the
    /// identity.
    pub(crate) fn new(base: &G1Affine, shape: Shape) -> Self {
        let mut points = Vec::with_capacity(shape.rows * shape.entries());
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
        let affine = to_affine_batch(&points).into_boxed_slice();
        points.zeroize();
        let half = Scalar::from_u64(2).invert();
        let mut power = Scalar::one();
        for _ in 0..shape.window * shape.rows * shape.positions() {
            power = power.add(&power);
        }
        Self {
            shape,
            offset: power.sub(&Scalar::one()).mul(&half),
            half,
            points: affine,
        }
    }

    fn recode(&self, scalar: &Scalar) -> [u8; 40] {
        let mut bytes = [0; 40];
        let recoded = scalar.mul(&self.half).add(&self.offset);
        bytes[..32].copy_from_slice(&recoded.to_le_bytes());
        bytes
    }

    /// The digit at `position` of `row`, times the base, shifted by the row.
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
    pub(crate) fn new(base: &G1Affine, shape: Shape) -> Self {
        Self(Table::new(base, shape))
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

/// Σ kᵢ·Tᵢ in constant time. The bases must have no known relation (hash-to-curve outputs).
pub(crate) fn secret_msm(terms: &[(&Table, Scalar)]) -> G1 {
    msm::<true>(terms)
}

/// Σ kᵢ·Tᵢ, **variable time**: for public scalars only. The bases must have no known relation.
pub(crate) fn public_msm(terms: &[(&Table, Scalar)]) -> G1 {
    msm::<false>(terms)
}

/// Σ kᵢ·Tᵢ with complete additions, for bases that somebody may have chosen. All tables must have
/// one shape. In constant time if `SECRET`.
pub(crate) fn secret_combination<const SECRET: bool>(terms: &[(&Table, Scalar)]) -> G1 {
    let Some((first, _)) = terms.first() else {
        return G1::identity();
    };
    let shape = first.shape;
    debug_assert!(terms.iter().all(|(table, _)| table.shape == shape));
    let mut recoded: Vec<_> = terms.iter().map(|(table, k)| table.recode(k)).collect();
    let mut sum = G1::identity();
    for position in (0..shape.positions()).rev() {
        for _ in 0..shape.window {
            sum = sum.double();
        }
        for ((table, _), digits) in terms.iter().zip(&recoded) {
            for row in 0..shape.rows {
                sum = sum.add_affine(&table.look_up::<SECRET>(digits, row, position));
            }
        }
    }
    recoded.iter_mut().for_each(Zeroize::zeroize);
    sum
}

fn msm<const SECRET: bool>(terms: &[(&Table, Scalar)]) -> G1 {
    let mut total = G1::identity();
    for shape in [Shape::FAST, Shape::WIDE, Shape::SMALL] {
        let same: Vec<_> = terms
            .iter()
            .filter(|(table, _)| table.shape == shape)
            .copied()
            .collect();
        for chunk in same.chunks(CHUNK) {
            let sum = match affine_msm::<SECRET>(chunk, shape) {
                Some(sum) => sum,
                None => secret_combination::<SECRET>(chunk),
            };
            total = total.add(&sum);
        }
    }
    total
}

/// `None` where an affine addition met P = ±Q.
fn affine_msm<const SECRET: bool>(terms: &[(&Table, Scalar)], shape: Shape) -> Option<G1> {
    let positions = shape.positions();
    let count = terms.len() * shape.rows;
    let mut points = vec![G1Affine::default(); positions * count];
    for (i, (table, scalar)) in terms.iter().enumerate() {
        let mut digits = table.recode(scalar);
        for row in 0..shape.rows {
            for position in 0..positions {
                points[position * count + i * shape.rows + row] =
                    table.look_up::<SECRET>(&digits, row, position);
            }
        }
        digits.zeroize();
    }
    let columns = add_columns(&mut points, positions, count);
    let mut sum = G1::identity();
    if columns.is_some() {
        for position in (0..positions).rev() {
            for _ in 0..shape.window {
                sum = sum.double();
            }
            sum = sum.add_affine(&points[position * count]);
        }
    }
    if SECRET {
        points.iter_mut().for_each(Zeroize::zeroize);
    }
    columns.map(|()| sum)
}

/// Leaves the sum of each of the `rows` rows of `count` points in the row's first point.
fn add_columns(points: &mut [G1Affine], rows: usize, count: usize) -> Option<()> {
    let mut width = count;
    let mut prefixes: Vec<blst_fp> = Vec::with_capacity(rows * count.div_ceil(2));
    while width > 1 {
        let pairs = width / 2;
        prefixes.clear();
        let mut product: Option<blst_fp> = None;
        for row in points.chunks(count) {
            for pair in row[..2 * pairs].chunks(2) {
                let difference = fp_sub(&pair[1].0.x, &pair[0].0.x);
                let next = match &product {
                    None => difference,
                    Some(product) => fp_mul(product, &difference),
                };
                prefixes.push(next);
                product = Some(next);
            }
        }
        let product = product?;
        if product == blst_fp::default() {
            return None;
        }
        let mut inverse = fp_inverse(&product);
        for row in (0..rows).rev() {
            let row_points = &mut points[row * count..][..count];
            for pair in (0..pairs).rev() {
                let (a, b) = (row_points[2 * pair], row_points[2 * pair + 1]);
                let difference = fp_sub(&b.0.x, &a.0.x);
                let index = row * pairs + pair;
                let own = if index == 0 {
                    inverse
                } else {
                    let own = fp_mul(&inverse, &prefixes[index - 1]);
                    inverse = fp_mul(&inverse, &difference);
                    own
                };
                // Within a row this writes backwards over pairs that are still to be read, so the
                // sum is parked in the pair's own first place.
                row_points[2 * pair] = add_distinct(&a, &b, &own);
            }
            for pair in 1..pairs {
                row_points[pair] = row_points[2 * pair];
            }
            if width % 2 == 1 {
                row_points[pairs] = row_points[width - 1];
            }
        }
        width = width.div_ceil(2);
    }
    Some(())
}

/// a + b for a ≠ ±b, with 1/(x_b − x_a) given.
fn add_distinct(a: &G1Affine, b: &G1Affine, inverse: &blst_fp) -> G1Affine {
    let slope = fp_mul(&fp_sub(&b.0.y, &a.0.y), inverse);
    let x = fp_sub(&fp_sub(&fp_sqr(&slope), &a.0.x), &b.0.x);
    let y = fp_sub(&fp_mul(&slope, &fp_sub(&a.0.x, &x)), &a.0.y);
    G1Affine(blst_p1_affine { x, y })
}

#[cfg(test)]
mod tests {
    use super::super::hash::Expander;
    use super::*;

    fn base(i: u8) -> G1Affine {
        Expander::XmdSha256.hash_to_g1(&[i], b"test").unwrap()
    }

    fn scalar(i: u8) -> Scalar {
        let mut okm = [0; 48];
        Expander::XmdSha256
            .expand(&[&[i]], b"scalar", &mut okm)
            .unwrap();
        Scalar::from_okm(&okm)
    }

    fn plain(bases: &[G1Affine], scalars: &[Scalar]) -> G1Affine {
        let mut sum = G1::identity();
        for (base, scalar) in bases.iter().zip(scalars) {
            sum = sum.add(&base.to_g1().public_mul_bits(scalar, 255));
        }
        sum.to_affine()
    }

    #[test]
    fn every_way_to_multiply_gives_what_blst_gives() {
        let special = [
            Scalar::zero(),
            Scalar::one(),
            Scalar::one().neg(),
            Scalar::from_u64(2),
            Scalar::from_u64(u64::MAX),
        ];
        for shape in [Shape::SMALL, Shape::WIDE, Shape::FAST] {
            for count in [1usize, 2, 3, 5, 8, 13] {
                let bases: Vec<_> = (0..count as u8).map(base).collect();
                let tables: Vec<_> = bases.iter().map(|base| Table::new(base, shape)).collect();
                let mut scalars: Vec<_> = (0..count as u8).map(scalar).collect();
                for round in 0..=special.len() {
                    let expected = plain(&bases, &scalars);
                    let terms: Vec<_> = tables.iter().zip(scalars.iter().copied()).collect();
                    assert!(secret_msm(&terms).to_affine() == expected);
                    assert!(public_msm(&terms).to_affine() == expected);
                    assert!(secret_combination::<true>(&terms).to_affine() == expected);
                    if let Some(next) = special.get(round) {
                        scalars[round % count] = *next;
                    }
                }
            }
        }
    }

    #[test]
    fn equal_and_opposite_bases_are_added_right() {
        let table = Table::new(&base(1), Shape::FAST);
        let (k, l) = (scalar(1), scalar(2));
        for terms in [
            [(&table, k), (&table, k)],
            [(&table, k), (&table, k.neg())],
            [(&table, k), (&table, l)],
        ] {
            let sum = terms[0].1.add(&terms[1].1);
            let expected = plain(&[base(1)], &[sum]);
            assert!(secret_msm(&terms).to_affine() == expected);
            assert!(secret_combination::<true>(&terms).to_affine() == expected);
        }
    }
}
