//! Sums of multiples from tables: in constant time for secret scalars, in variable time for public
//! ones.
//!
//! Every look-up is a point that is still to be doubled so many times. Those of bases that come out
//! of hash-to-curve are added pairwise in affine coordinates with one inversion per level. Affine
//! addition is incomplete: it fails for P = ±Q. For such bases that happens only to who knows a
//! discrete logarithm between them, so the check for it (one comparison, and complete formulas when
//! it strikes) tells nothing. Bases that somebody may have chosen are added one by one with complete
//! formulas. One chain of doublings serves all of a sum.

use blst::{blst_fp, blst_p1_affine};
use zeroize::Zeroize;

use super::g1::{fp_inverse, fp_is_zero, fp_mul, fp_sqr, fp_sub};
use super::{G1, G1Affine, Scalar, Shape, Table, reveal};

/// How many terms are looked up at once: bounds the memory of a multiplication to about 2 MiB.
const CHUNK: usize = 256;

/// A base with its scalar.
pub(crate) type Term<'a> = (&'a Table, Scalar);

/// A point, and how often it is still to be doubled.
type Pending = (usize, G1Affine);

/// Σ kᵢ·Tᵢ over both lists in constant time. The bases of `hashed` must have no known relation
/// (hash-to-curve outputs); those of `chosen` may be anybody's.
pub(crate) fn secret_sum(hashed: &[Term<'_>], chosen: &[Term<'_>]) -> G1 {
    let mut lists = lists::<true>(hashed, chosen);
    let sum = add_all(&lists);
    for (_, point) in lists.iter_mut().flatten() {
        point.zeroize();
    }
    sum
}

/// The same in **variable time**: for public scalars only.
pub(crate) fn public_sum(hashed: &[Term<'_>], chosen: &[Term<'_>]) -> G1 {
    add_all(&lists::<false>(hashed, chosen))
}

fn lists<const SECRET: bool>(hashed: &[Term<'_>], chosen: &[Term<'_>]) -> Vec<Vec<Pending>> {
    let mut lists: Vec<_> = chosen.iter().map(look_ups::<SECRET>).collect();
    for shape in Shape::ALL {
        let same: Vec<_> = hashed.iter().filter(|term| term.0.shape == shape).collect();
        for chunk in same.chunks(CHUNK) {
            match columns::<SECRET>(chunk, shape) {
                Some(list) => lists.push(list),
                None => lists.extend(chunk.iter().map(|term| look_ups::<SECRET>(term))),
            }
        }
    }
    lists
}

/// All look-ups of one base, those with most doublings first.
fn look_ups<const SECRET: bool>((table, scalar): &Term<'_>) -> Vec<Pending> {
    let mut digits = table.digits(scalar);
    // Room for all at once: a vector that grows leaves copies behind.
    let mut points = Vec::with_capacity(table.shape.look_ups());
    for position in (0..table.shape.positions()).rev() {
        let keep = |point| points.push((position * table.shape.window, point));
        table.look_up_all::<SECRET>(&digits, position, keep);
    }
    digits.zeroize();
    points
}

/// What the look-ups of many bases add up to, a point per position. `None` where an affine addition
/// met P = ±Q.
fn columns<const SECRET: bool>(terms: &[&Term<'_>], shape: Shape) -> Option<Vec<Pending>> {
    let positions = shape.positions();
    let per_term = shape.look_ups() / positions;
    let count = terms.len() * per_term;
    let mut points = vec![G1Affine::default(); positions * count];
    // Term by term, which reads each table while it is at hand.
    for (i, (table, scalar)) in terms.iter().enumerate() {
        let mut digits = table.digits(scalar);
        for position in 0..positions {
            let mut place = position * count + i * per_term;
            table.look_up_all::<SECRET>(&digits, position, |point| {
                points[place] = point;
                place += 1;
            });
        }
        digits.zeroize();
    }
    let sums = add_columns(&mut points, positions, count).map(|()| {
        let first = |position| (position * shape.window, points[position * count]);
        (0..positions).rev().map(first).collect()
    });
    if SECRET {
        points.iter_mut().for_each(Zeroize::zeroize);
    }
    sums
}

/// The sum of lists whose points with most doublings come first.
fn add_all(lists: &[Vec<Pending>]) -> G1 {
    let mut lists: Vec<&[Pending]> = lists.iter().map(Vec::as_slice).collect();
    let first = |list: &&[Pending]| list.first().map(|(doublings, _)| doublings + 1);
    let mut sum = G1::identity();
    for bit in (0..lists.iter().filter_map(first).max().unwrap_or(0)).rev() {
        sum = sum.double();
        for list in &mut lists {
            while let [(doublings, point), rest @ ..] = list
                && *doublings == bit
            {
                sum = sum.add_affine(point);
                *list = rest;
            }
        }
    }
    sum
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
        for shape in Shape::ALL {
            for count in [1usize, 2, 3, 5, 8, 13] {
                let bases: Vec<_> = (0..count as u8).map(base).collect();
                let tables: Vec<_> = bases.iter().map(|base| Table::new(base, shape)).collect();
                let mut scalars: Vec<_> = (0..count as u8).map(scalar).collect();
                for round in 0..=special.len() {
                    let expected = plain(&bases, &scalars);
                    let terms: Vec<_> = tables.iter().zip(scalars.iter().copied()).collect();
                    for (hashed, chosen) in [terms.split_at(0), terms.split_at(count / 2)] {
                        for (one, other) in [(hashed, chosen), (chosen, hashed)] {
                            assert!(secret_sum(one, other).to_affine() == expected);
                            assert!(public_sum(one, other).to_affine() == expected);
                        }
                    }
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
            assert!(secret_sum(&terms, &[]).to_affine() == expected);
            assert!(secret_sum(&[], &terms).to_affine() == expected);
        }
    }
}
