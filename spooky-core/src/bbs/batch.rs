//! Verification of many proofs at once: every challenge is recomputed, and the pairings of all are
//! checked as one random linear combination.
//!
//! ∏ₖ e(Σ ρᵢ·Abarᵢ, Wₖ) = e(Σ ρᵢ·Bbarᵢ, BP2), the inner sums over the proofs of key k. The ρᵢ are
//! 128-bit hashes of fresh random bytes and of every proof, key and header, so nobody can craft
//! proofs whose errors cancel; a wrong batch passes with a probability of 2⁻¹²⁸. All points were
//! checked for subgroup membership when they were decoded. Variable time: everything is public.

use super::{
    keys::PublicKey,
    proof::Proof,
    verify::{Statement, check_challenge, check_pairing},
};
use crate::{
    Error,
    bls::{G1, G1Affine, PreparedG2, pairings_equal, public_msm_128},
    encoding::labelled_sha256,
    entropy::{Entropy, random_32},
};

/// One proof of a batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchItem<'a> {
    /// The key that it should verify under.
    pub key: &'a PublicKey,
    /// The proof.
    pub proof: &'a Proof,
    /// What it should prove.
    pub statement: Statement<'a>,
}

/// Why a batch was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// These proofs, by ascending index, do not verify. All others do.
    #[error("{} proofs of the batch do not verify", .0.len())]
    Bad(Vec<usize>),
    /// The batch was not looked at.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Verifies all `items`, under one key or several, and says which are bad. It saves the pairings:
/// about half of a verification with ten messages. With feature `parallel` the challenges are
/// spread over `threads` threads; without it `threads` is ignored.
///
/// # Errors
/// [`BatchError::Bad`] with the indexes of all items that do not verify; [`BatchError::Failed`]
/// when `source` fails.
///
/// ```
/// use spooky_core::{bbs::{verify_batch, BatchItem, Credential, Disclosure, SecretKey, Statement, Suite},
///     entropy::OsEntropy};
/// let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy)?;
/// let signature = key.sign(b"", &["a", "b"])?;
/// let credential = Credential::new(key.public_key(), &signature, b"", &["a", "b"])?;
/// let proof = credential.prove(Disclosure::default(), b"nonce", &OsEntropy)?;
/// let item = BatchItem {
///     key: key.public_key(),
///     proof: &proof,
///     statement: Statement::core(b"", b"nonce", &[]),
/// };
/// verify_batch(&[item, item], 1, &OsEntropy)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_batch(
    items: &[BatchItem<'_>],
    threads: usize,
    source: &dyn Entropy,
) -> Result<(), BatchError> {
    let coefficients = coefficients(items, source)?;
    let challenges = check_challenges(items, threads);
    let good: Vec<usize> = (0..items.len()).filter(|i| challenges[*i]).collect();
    let mut bad: Vec<usize> = (0..items.len()).filter(|i| !challenges[*i]).collect();
    if !combined(items, &good, &coefficients) {
        bad.extend(
            good.iter()
                .filter(|i| check_pairing(items[**i].key, items[**i].proof).is_err()),
        );
        bad.sort_unstable();
    }
    if bad.is_empty() {
        Ok(())
    } else {
        Err(BatchError::Bad(bad))
    }
}

/// ρᵢ = first 16 octets of SHA-256(root ‖ i), root a hash of fresh bytes and of the whole batch.
fn coefficients(items: &[BatchItem<'_>], source: &dyn Entropy) -> Result<Vec<[u8; 16]>, Error> {
    let fresh = random_32(source)?;
    let mut digests = Vec::with_capacity(32 * items.len());
    for item in items {
        let header = labelled_sha256("spookyid/bbs/batch-header/v1", &[item.statement.header]);
        let parts: [&[u8]; 4] = [
            item.key.suite.id().as_bytes(),
            &item.key.bytes,
            &header,
            &item.proof.to_bytes(),
        ];
        digests.extend_from_slice(&labelled_sha256("spookyid/bbs/batch-item/v1", &parts));
    }
    let root = labelled_sha256("spookyid/bbs/batch/v1", &[&fresh, &digests]);
    let mut made = Vec::with_capacity(items.len());
    for index in 0..items.len() {
        let number = super::suite::octets_8(index);
        let digest = labelled_sha256("spookyid/bbs/batch-coefficient/v1", &[&root, &number]);
        let mut coefficient = [0; 16];
        coefficient.copy_from_slice(&digest[..16]);
        made.push(coefficient);
    }
    Ok(made)
}

fn check_item(item: &BatchItem<'_>) -> bool {
    check_challenge(item.key, item.proof, &item.statement).is_ok()
}

#[cfg(not(feature = "parallel"))]
fn check_challenges(items: &[BatchItem<'_>], _threads: usize) -> Vec<bool> {
    items.iter().map(check_item).collect()
}

#[cfg(feature = "parallel")]
fn check_challenges(items: &[BatchItem<'_>], threads: usize) -> Vec<bool> {
    let share = items.len().div_ceil(threads.clamp(1, 256)).max(1);
    let mut results = vec![false; items.len()];
    let work = |items: &[BatchItem<'_>], results: &mut [bool]| {
        for (item, result) in items.iter().zip(results) {
            *result = check_item(item);
        }
    };
    std::thread::scope(|scope| {
        let mut shares = items.chunks(share).zip(results.chunks_mut(share));
        // The first share is for this thread.
        let own = shares.next();
        for (items, results) in shares {
            // A share whose thread cannot be started stays refused.
            let _ = std::thread::Builder::new().spawn_scoped(scope, move || work(items, results));
        }
        if let Some((items, results)) = own {
            work(items, results);
        }
    });
    results
}

/// The pairing equation of the chosen items, combined.
pub(super) fn combined(
    items: &[BatchItem<'_>],
    chosen: &[usize],
    coefficients: &[[u8; 16]],
) -> bool {
    if chosen.is_empty() {
        return true;
    }
    let mut keys: Vec<&PublicKey> = Vec::new();
    let mut groups: std::collections::HashMap<&[u8; 96], Vec<usize>> =
        std::collections::HashMap::new();
    for index in chosen {
        let key = items[*index].key;
        let group = groups.entry(&key.bytes).or_default();
        if group.is_empty() {
            keys.push(key);
        }
        group.push(*index);
    }
    let sum = |indexes: &[usize], point: fn(&Proof) -> G1Affine| -> G1 {
        let points: Vec<_> = indexes.iter().map(|i| point(items[*i].proof)).collect();
        let scalars: Vec<_> = indexes.iter().map(|i| coefficients[*i]).collect();
        public_msm_128(&points, &scalars)
    };
    let left: Vec<(G1Affine, &PreparedG2)> = keys
        .iter()
        .map(|key| {
            let indexes = groups.get(&key.bytes).map_or(&[][..], Vec::as_slice);
            (
                sum(indexes, |proof| proof.a_bar).to_affine(),
                key.prepared(),
            )
        })
        .collect();
    let left: Vec<_> = left.iter().map(|(point, lines)| (point, *lines)).collect();
    let right = sum(chosen, |proof| proof.b_bar).to_affine();
    pairings_equal(&left, (&right, PreparedG2::generator()))
}
