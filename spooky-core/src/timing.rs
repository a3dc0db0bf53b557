//! The timing table, after dudect (Reparaz, Balasch, Verbauwhede 2017): whether operations take the
//! same time for a fixed secret and for random ones.
//!
//! Both classes are drawn at random and measured in turn, so that drift strikes both. Welch's t is
//! taken over all samples and over those below each of several percentiles, which cuts off
//! interrupts; the largest |t| counts. Beyond [`THRESHOLD`] the classes differ for sure. Leaky
//! controls must be caught. With `CHITTY_SOAK` the table is full and decides; without it a short one
//! checks the method and its controls. What addresses memory by a secret is found by
//! `bbs::constant_time`, not here.

use std::{hint::black_box, time::Instant};

use crate::{
    Error,
    bbs::{Credential, Disclosure, SecretKey, Suite},
    bls::{G1, G1Affine, Scalar, Shape, Table, secret_sum},
    entropy::{Entropy, OsEntropy},
    secret::constant_time_eq,
};

const THRESHOLD: f64 = 10.0;

/// Samples whose secrets are prepared together, before the clock runs.
const BATCH: usize = 500;

const PERCENTILES: [usize; 8] = [100, 99, 95, 90, 80, 70, 60, 50];

#[derive(Default)]
struct Samples {
    /// Nanoseconds, for the fixed secret and for random ones.
    classes: [Vec<u32>; 2],
}

/// Welch's t of two lists, or 0 where one is too short to tell.
fn welch(classes: [&[u32]; 2]) -> f64 {
    let [a, b] = classes.map(|times| {
        let count = times.len() as f64;
        let mean = times.iter().map(|time| f64::from(*time)).sum::<f64>() / count;
        let squares = times.iter().map(|time| (f64::from(*time) - mean).powi(2));
        (mean, squares.sum::<f64>() / (count - 1.0) / count)
    });
    let t = (a.0 - b.0) / (a.1 + b.1).sqrt();
    if t.is_finite() { t } else { 0.0 }
}

impl Samples {
    fn largest_t(&mut self) -> [f64; 2] {
        let mut all = self.classes.concat();
        all.sort_unstable();
        self.classes
            .iter_mut()
            .for_each(|times| times.sort_unstable());
        let mut largest = [0.0; 2];
        for percent in PERCENTILES {
            let limit = all[(all.len() * percent / 100).max(1) - 1];
            let [fixed, random] = &self.classes;
            let below = |times: &Vec<u32>| times.partition_point(|time| *time <= limit);
            let t = welch([&fixed[..below(fixed)], &random[..below(random)]]);
            if percent == 100 {
                largest[0] = t;
            }
            if t.abs() > f64::abs(largest[1]) {
                largest[1] = t;
            }
        }
        largest
    }
}

/// Measures `work` on what `secret` makes: the argument says whether it is to be a random one.
fn measure<S>(
    count: usize,
    mut secret: impl FnMut(bool) -> S,
    mut work: impl FnMut(&mut S),
) -> Samples {
    let mut samples = Samples::default();
    for start in (0..count).step_by(BATCH) {
        let mut choices = [0; BATCH];
        OsEntropy.fill(&mut choices).expect("random bytes");
        let count = BATCH.min(count - start);
        let mut batch: Vec<(bool, S)> = choices[..count]
            .iter()
            .map(|choice| (choice & 1 == 1, secret(choice & 1 == 1)))
            .collect();
        for (random, secret) in &mut batch {
            let begin = Instant::now();
            work(secret);
            let time = begin.elapsed().as_nanos();
            samples.classes[usize::from(*random)].push(u32::try_from(time).unwrap_or(u32::MAX));
        }
    }
    samples
}

fn random_scalar() -> Scalar {
    let mut okm = [0; 48];
    OsEntropy.fill(&mut okm).expect("random bytes");
    Scalar::from_okm(&okm)
}

/// The fixed scalar is 1: nearly all of its bits are alike.
fn scalar(random: bool) -> Scalar {
    let other = random_scalar();
    if random { other } else { Scalar::one() }
}

type Bytes = ([u8; 32], [u8; 32]);

/// Equal, or different from the first octet on.
fn pair(random: bool) -> Bytes {
    let (mut left, mut right) = ([0; 32], [0; 32]);
    OsEntropy.fill(&mut left).expect("random bytes");
    OsEntropy.fill(&mut right).expect("random bytes");
    if !random {
        right = left;
    }
    (left, right)
}

fn compare(equal: impl Fn(&[u8], &[u8]) -> bool) -> impl FnMut(&mut Bytes) {
    move |(left, right)| {
        for _ in 0..8 {
            black_box(equal(black_box(left), black_box(right)));
        }
    }
}

/// Adds where a bit is set: what a multiplication must not do.
fn double_and_add(base: &G1Affine, scalar: &Scalar) -> G1 {
    let bytes = scalar.to_bytes();
    let mut sum = G1::identity();
    for bit in 0..256 {
        sum = sum.double();
        if bytes[bit / 8] >> (7 - bit % 8) & 1 == 1 {
            sum = sum.add_affine(base);
        }
    }
    sum
}

fn proofs(count: usize) -> Result<Samples, Error> {
    let suite = Suite::Bls12381Sha256;
    let key = SecretKey::make(suite, &OsEntropy)?;
    let texts: Vec<String> = (0..10).map(|i| format!("message {i}")).collect();
    let signature = key.sign(b"", &texts)?;
    let mut credential = Credential::new(key.public_key(), &signature, b"", &texts)?;
    let disclosure = Disclosure {
        messages: &[0, 1, 2, 3, 4],
        committed: &[],
    };
    let secret = |random| -> [Scalar; 10] { core::array::from_fn(|_| scalar(random)) };
    Ok(measure(count, secret, |messages| {
        credential.messages.copy_from_slice(messages);
        let proof = credential.prove(disclosure, b"nonce", &OsEntropy);
        assert!(black_box(proof).is_ok());
    }))
}

#[test]
fn table() -> Result<(), Error> {
    let full = std::env::var_os("CHITTY_SOAK").is_some();
    let count = |full_count: usize| if full { full_count } else { full_count / 1_000 };
    let base = Suite::Bls12381Sha256
        .expander()
        .hash_to_g1(b"timing", b"timing")?;
    let (fast, small) = (
        Table::new(&base, Shape::FAST),
        Table::new(&base, Shape::SEVERAL),
    );
    let early_exit = |left: &[u8], right: &[u8]| left.iter().zip(right).all(|(a, b)| a == b);
    let many = count(1_000_000);
    let mut bad = Vec::new();
    let mut row = |name: &str, mut samples: Samples, leaky: bool| {
        let [all, largest] = samples.largest_t();
        let number = samples.classes.iter().map(Vec::len).sum::<usize>();
        println!("{name:<40} {number:>9} {all:>10.2} {largest:>10.2}");
        if leaky != (largest.abs() > THRESHOLD) && (leaky || full) {
            bad.push(name.to_owned());
        }
    };
    println!(
        "{:<40} {:>9} {:>10} {:>10}",
        "operation", "samples", "t of all", "largest t"
    );
    row(
        "multiply by tables",
        measure(many, scalar, |k| {
            black_box(secret_sum(&[(&fast, *k)], &[]));
        }),
        false,
    );
    row(
        "multiply a chosen base",
        measure(many, scalar, |k| {
            black_box(secret_sum(&[], &[(&small, *k)]));
        }),
        false,
    );
    row(
        "compare secrets",
        measure(many, pair, compare(constant_time_eq)),
        false,
    );
    row("prove", proofs(count(50_000))?, false);
    row(
        "control: compare with an early exit",
        measure(many, pair, compare(early_exit)),
        true,
    );
    row(
        "control: double and add",
        measure(count(1_000_000).min(20_000), scalar, |k| {
            black_box(double_and_add(&base, k));
        }),
        true,
    );
    assert!(bad.is_empty(), "wrong side of |t| = {THRESHOLD}: {bad:?}");
    Ok(())
}

#[test]
fn t_is_that_of_welch() {
    // Means 3 and 6, variances 2.5 and 10: t = −3/√(2.5/5 + 10/5).
    let t = welch([&[1, 2, 3, 4, 5], &[2, 4, 6, 8, 10]]);
    assert!((t + 3.0 / 2.5f64.sqrt()).abs() < 1e-12, "{t}");
    assert!(welch([&[], &[1, 2]]).abs() < 1e-12);
}
