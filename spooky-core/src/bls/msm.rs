//! Sums of multiples from tables: in constant time for secret scalars, in variable time for public
//! ones.
//!
//! [`secret_msm`] adds the look-ups of all bases pairwise in affine coordinates with one inversion
//! per level. Affine addition is incomplete: it fails for P = ±Q. For bases that come out of
//! hash-to-curve that happens only to who knows a discrete logarithm between them, so the check for
//! it (one comparison, and complete formulas when it strikes) tells nothing. Bases that somebody
//! may have chosen go through [`secret_combination`], whose additions are complete.

use blst::{blst_fp, blst_p1_affine};
use zeroize::Zeroize;

use super::g1::{fp_inverse, fp_is_zero, fp_mul, fp_sqr, fp_sub};
use super::{G1, G1Affine, Scalar, Shape, Table, endomorphism, reveal};

/// How many terms are looked up at once: bounds the memory of a multiplication to about 2 MiB.
const CHUNK: usize = 256;

/// Σ kᵢ·Tᵢ in constant time. The bases must have no known relation (hash-to-curve outputs).
pub(crate) fn secret_msm(terms: &[(&Table, Scalar)]) -> G1 {
    msm::<true>(terms)
}

/// Σ kᵢ·Tᵢ, **variable time**: for public scalars only. The bases must have no known relation.
pub(crate) fn public_msm(terms: &[(&Table, Scalar)]) -> G1 {
    msm::<false>(terms)
}

/// Σ kᵢ·Tᵢ in constant time with complete additions, for bases that somebody may have chosen. All
/// tables must have one shape.
pub(crate) fn secret_combination(terms: &[(&Table, Scalar)]) -> G1 {
    combination::<true>(terms)
}

/// The same in **variable time**: for public scalars only.
pub(crate) fn public_combination(terms: &[(&Table, Scalar)]) -> G1 {
    combination::<false>(terms)
}

fn combination<const SECRET: bool>(terms: &[(&Table, Scalar)]) -> G1 {
    let Some((first, _)) = terms.first() else {
        return G1::identity();
    };
    let shape = first.shape;
    debug_assert!(terms.iter().all(|(table, _)| table.shape == shape));
    if shape == Shape::SMALL {
        return split_combination::<SECRET>(terms);
    }
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

/// The same with every scalar in two halves: half the doublings, one more row of look-ups.
fn split_combination<const SECRET: bool>(terms: &[(&Table, Scalar)]) -> G1 {
    const WINDOW: usize = Shape::SMALL.window;
    let mut halves: Vec<_> = terms.iter().map(|(_, k)| endomorphism::split(k)).collect();
    let mut sum = G1::identity();
    for position in (0..endomorphism::HALF_BITS / WINDOW).rev() {
        for _ in 0..WINDOW {
            sum = sum.double();
        }
        for ((table, _), [low, high]) in terms.iter().zip(&halves) {
            sum = sum.add_affine(&table.look_up::<SECRET>(low, 0, position));
            let point = table.look_up::<SECRET>(high, 0, position);
            sum = sum.add_affine(&endomorphism::apply(&point));
        }
    }
    halves.iter_mut().for_each(Zeroize::zeroize);
    sum
}

fn msm<const SECRET: bool>(terms: &[(&Table, Scalar)]) -> G1 {
    let mut total = G1::identity();
    for shape in [Shape::FASTEST, Shape::FAST, Shape::WIDE, Shape::SMALL] {
        let same: Vec<_> = terms
            .iter()
            .filter(|(table, _)| table.shape == shape)
            .copied()
            .collect();
        for chunk in same.chunks(CHUNK) {
            let sum = match affine_msm::<SECRET>(chunk, shape) {
                Some(sum) => sum,
                None => combination::<SECRET>(chunk),
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
        // Honest bases meet this with a probability of about 2⁻²⁴⁰.
        if reveal(fp_is_zero(&product)) {
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
        for shape in [Shape::SMALL, Shape::WIDE, Shape::FAST, Shape::FASTEST] {
            for count in [1usize, 2, 3, 5, 8, 13] {
                let bases: Vec<_> = (0..count as u8).map(base).collect();
                let tables: Vec<_> = bases.iter().map(|base| Table::new(base, shape)).collect();
                let mut scalars: Vec<_> = (0..count as u8).map(scalar).collect();
                for round in 0..=special.len() {
                    let expected = plain(&bases, &scalars);
                    let terms: Vec<_> = tables.iter().zip(scalars.iter().copied()).collect();
                    assert!(secret_msm(&terms).to_affine() == expected);
                    assert!(public_msm(&terms).to_affine() == expected);
                    assert!(secret_combination(&terms).to_affine() == expected);
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
            assert!(secret_combination(&terms).to_affine() == expected);
        }
    }
}
