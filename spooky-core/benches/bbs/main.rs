//! `cargo bench -p spooky-core --bench bbs`: one table, this engine against `zkryptium` and
//! `bbs_plus`, all in one run. Every figure is the best of its rounds, the one that other programs
//! disturbed least; ratios are what counts. Neither peer is constant-time, nor has batches or
//! prepared credentials. `-- 10` measures with ten messages alone.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub
)]

mod plus;

use std::time::Instant;

use spooky_core::{
    bbs::{
        BatchItem, Credential, Disclosure, NymSecret, Proof, PublicKey, SecretKey, Shown,
        Statement, Suite, commit, commit_with_nym, set_table_memory, table_memory, verify_batch,
    },
    entropy::OsEntropy,
};
use zkryptium::{
    bbsplus::keys::{BBSplusPublicKey, BBSplusSecretKey},
    keys::pair::KeyPair,
    schemes::{
        algorithms::{BBSplus, BbsBls12381Sha256},
        generics::{PoKSignature, Signature},
    },
};

type Peer = BBSplus<zkryptium::bbsplus::ciphersuites::Bls12381Sha256>;
const _: Option<BbsBls12381Sha256> = None;

/// Time of `work` in microseconds.
fn timed(work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e6
}

/// Best time of `work` in microseconds, after one round that does not count.
fn best(rounds: usize, mut work: impl FnMut()) -> f64 {
    work();
    (0..rounds)
        .map(|_| timed(&mut work))
        .fold(f64::MAX, f64::min)
}

/// Best times of ours and of both peers, ten rounds of ours to one of theirs, in turn, so that another
/// program that disturbs the run for a while disturbs all three.
fn in_turn(
    rounds: usize,
    mut own: impl FnMut(),
    mut peer: impl FnMut(),
    mut other: impl FnMut(),
) -> [f64; 3] {
    let mut least = [f64::MAX; 3];
    for round in 0..rounds {
        least[0] = least[0].min(timed(&mut own));
        if round % 10 == 0 {
            least[1] = least[1].min(timed(&mut peer));
            least[2] = least[2].min(timed(&mut other));
        }
    }
    least
}

fn row(name: &str, own: f64, peers: &[f64]) {
    print!("{name:<34} {own:>10.0}");
    for peer in peers {
        print!(" {peer:>10.0} {:>6.1}x", peer / own);
    }
    println!();
}

/// One by one, as a batch on one thread and on two, in turn, so that other programs disturb all
/// three alike. The ratios are medians of the rounds. The proofs are decoded before; what that costs
/// stands in a row of its own, and is part of `verify proof` above.
fn batches(public: &PublicKey, all: &[Vec<u8>], statement: Statement<'_>, rounds: usize) {
    let decode = || -> Vec<Proof> {
        all.iter()
            .map(|octets| Proof::from_bytes(octets).unwrap())
            .collect()
    };
    row("decoding a proof", best(3, || drop(decode())) / 100.0, &[]);
    let proofs = decode();
    let single = || {
        for proof in &proofs {
            public.verify_proof(proof, &statement).unwrap();
        }
    };
    let batch = |threads| {
        let item = |proof| BatchItem {
            key: public,
            proof,
            statement,
        };
        let items: Vec<_> = proofs.iter().map(item).collect();
        verify_batch(&items, threads, &OsEntropy).unwrap();
    };
    let (mut times, mut ratios) = (Vec::new(), [Vec::new(), Vec::new()]);
    for _ in 0..rounds.max(5) {
        let time = [best(1, single), best(1, || batch(1)), best(1, || batch(2))];
        ratios[0].push(time[1] / time[0]);
        ratios[1].push(time[1] / time[2]);
        times.push(time);
    }
    let least = |i: usize| times.iter().map(|time| time[i]).fold(f64::MAX, f64::min) / 100.0;
    let [one, two] = ratios.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    });
    row("100 proofs one by one, each", least(0), &[]);
    row("batch of 100, each", least(1), &[]);
    println!("  ({one:.2} of one by one)");
    row("batch of 100, two threads, each", least(2), &[]);
    println!("  ({two:.2}x of one thread)");
}

fn size(count: usize, shown: usize, rounds: usize) {
    let suite = Suite::Bls12381Sha256;
    let messages: Vec<Vec<u8>> = (0..count)
        .map(|i| format!("message {i}").into_bytes())
        .collect();
    let indexes: Vec<usize> = (0..shown).collect();
    let pairs: Vec<Shown<'_>> = indexes
        .iter()
        .map(|i| (*i, messages[*i].as_slice()))
        .collect();
    let texts: Vec<Vec<u8>> = messages[..shown].to_vec();
    let key = SecretKey::make(suite, &OsEntropy).unwrap();
    let public = key.public_key();
    let peer_secret = BBSplusSecretKey::from_bytes(key.expose_secret().as_slice()).unwrap();
    let peer_public = BBSplusPublicKey::from_bytes(&public.to_bytes()).unwrap();
    let mut plus = plus::Plus::new(&messages, shown);
    println!(
        "\n{:<34} {:>10} {:>10} {:>7} {:>10} {:>7}",
        format!("L = {count}, {shown} shown; µs"),
        "spooky",
        "zkryptium",
        "",
        "bbs_plus",
        ""
    );
    let start = Instant::now();
    let before = table_memory();
    let signature = key.sign(b"header", &messages).unwrap();
    println!(
        "first signature with {} KiB of new tables: {:.0} µs",
        (table_memory() - before) / 1024,
        start.elapsed().as_secs_f64() * 1e6
    );
    let [own, peers @ ..] = in_turn(
        rounds,
        || drop(SecretKey::from_key_material(suite, &[7; 32], b"", None).unwrap()),
        || {
            KeyPair::<Peer>::generate(&[7; 32], None, None).unwrap();
        },
        || plus.key_generation(),
    );
    row("key generation", own, &peers);
    let sign_peer = || {
        Signature::<Peer>::sign(Some(&messages), &peer_secret, &peer_public, Some(b"header"))
            .unwrap();
    };
    let [own, peers @ ..] = in_turn(
        rounds,
        || {
            key.sign(b"header", &messages).unwrap();
        },
        sign_peer,
        || drop(plus.sign()),
    );
    row("sign", own, &peers);
    let peer_signature = Signature::<Peer>::from_bytes(&signature.to_bytes()).unwrap();
    let plus_signature = plus.sign();
    let verify_peer = || {
        peer_signature
            .verify(&peer_public, Some(&messages), Some(b"header"))
            .unwrap();
    };
    let [own, peers @ ..] = in_turn(
        rounds,
        || public.verify(&signature, b"header", &messages).unwrap(),
        verify_peer,
        || plus.verify(&plus_signature),
    );
    row("verify", own, &peers);
    let disclosure = Disclosure {
        messages: &indexes,
        committed: &[],
    };
    let prove_own = || {
        Credential::new(public, &signature, b"header", &messages)
            .unwrap()
            .prove(disclosure, b"ph", &OsEntropy)
            .unwrap();
    };
    let peer_octets = signature.to_bytes();
    let prove_peer = || {
        PoKSignature::<Peer>::proof_gen(
            &peer_public,
            &peer_octets,
            Some(b"header"),
            Some(b"ph"),
            Some(&messages),
            Some(&indexes),
        )
        .unwrap();
    };
    let [own, peers @ ..] = in_turn(rounds, prove_own, prove_peer, || {
        drop(plus.prove(&plus_signature));
    });
    row("prove", own, &peers);
    let mut credential = Credential::new(public, &signature, b"header", &messages).unwrap();
    let own = best(rounds, || {
        credential.prove(disclosure, b"ph", &OsEntropy).unwrap();
    });
    row("prove again", own, &peers);
    let built = best(rounds, || credential.prepare());
    let own = best(rounds, || {
        credential.prove(disclosure, b"ph", &OsEntropy).unwrap();
    });
    row("prove, prepared", own, &peers);
    row("  (preparing once)", built, &[]);
    let proof = credential.prove(disclosure, b"ph", &OsEntropy).unwrap();
    let octets = proof.to_bytes();
    let statement = Statement::core(b"header", b"ph", &pairs);
    let verify_own = || {
        let proof = Proof::from_bytes(&octets).unwrap();
        public.verify_proof(&proof, &statement).unwrap();
    };
    let verify_peer = || {
        PoKSignature::<Peer>::from_bytes(&octets)
            .unwrap()
            .proof_verify(
                &peer_public,
                Some(&texts),
                Some(&indexes),
                Some(b"header"),
                Some(b"ph"),
            )
            .unwrap();
    };
    let plus_proof = plus.prove(&plus_signature);
    let [own, peers @ ..] = in_turn(rounds, verify_own, verify_peer, || {
        plus.verify_proof(&plus_proof);
    });
    row("verify proof", own, &peers);
    let all: Vec<Vec<u8>> = (0..100)
        .map(|_| {
            credential
                .prove(disclosure, b"ph", &OsEntropy)
                .unwrap()
                .to_bytes()
        })
        .collect();
    batches(public, &all, statement, rounds.div_ceil(10));
    let prover = NymSecret::make(suite, &OsEntropy).unwrap();
    let signer = NymSecret::make(suite, &OsEntropy).unwrap();
    let none: [&[u8]; 0] = [];
    let (commitment, blind) = commit_with_nym(suite, &none, &prover, &OsEntropy).unwrap();
    let signature = key
        .blind_sign_with_nym(&commitment, &signer, b"header", &messages)
        .unwrap();
    let mut credential = Credential::with_nym(
        public, &signature, b"header", &messages, &none, &blind, &prover, &signer,
    )
    .unwrap();
    credential.prepare();
    let own = best(rounds, || {
        credential
            .prove_with_pseudonym(disclosure, b"context", b"ph", &OsEntropy)
            .unwrap();
    });
    row("prove with pseudonym, prepared", own, &[]);
    let nym = own;
    // The same without the pseudonym: a commitment to one message.
    let (commitment, blind) = commit(suite, &["one"], &OsEntropy).unwrap();
    let signature = key
        .blind_sign(Some(&commitment), b"header", &messages)
        .unwrap();
    let mut credential =
        Credential::from_blind(public, &signature, b"header", &messages, &["one"], &blind).unwrap();
    credential.prepare();
    let own = best(rounds, || {
        credential.prove(disclosure, b"ph", &OsEntropy).unwrap();
    });
    row("  the same without pseudonym", own, &[]);
    println!("  ({:.0} µs for the pseudonym)", nym - own);
}

/// Signing, proving and verifying with one message in ten hidden; linear in the messages would be ten
/// times as much for ten times as many, and a little more where tables no longer fit.
fn growth() {
    println!("\nsign, prove and verify, µs");
    let [thousand, ten_thousand] = [1_000, 10_000].map(|count| {
        let messages: Vec<String> = (0..count).map(|i| i.to_string()).collect();
        let indexes: Vec<usize> = (0..count).filter(|i| i % 10 != 0).collect();
        let shown: Vec<Shown<'_>> = indexes
            .iter()
            .map(|i| (*i, messages[*i].as_bytes()))
            .collect();
        let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy).unwrap();
        let disclosure = Disclosure {
            messages: &indexes,
            committed: &[],
        };
        let own = best(3, || {
            let signature = key.sign(b"", &messages).unwrap();
            let credential = Credential::new(key.public_key(), &signature, b"", &messages).unwrap();
            let proof = credential.prove(disclosure, b"", &OsEntropy).unwrap();
            key.public_key()
                .verify_proof(&proof, &Statement::core(b"", b"", &shown))
                .unwrap();
        });
        row(&format!("{count} messages"), own, &[]);
        own
    });
    println!(
        "  ({:.1}x for ten times the messages)",
        ten_thousand / thousand
    );
}

fn main() {
    println!("table memory at most {} MiB", 16);
    set_table_memory(16 << 20);
    let wanted: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    for (count, shown, rounds) in [(10, 5, 200), (100, 50, 50), (1000, 10, 10)] {
        if wanted.is_empty() || wanted.contains(&count) {
            size(count, shown, rounds);
        }
    }
    if wanted.is_empty() || wanted.contains(&10_000) {
        growth();
    }
    println!("\ntable memory in use: {} KiB", table_memory() / 1024);
}
