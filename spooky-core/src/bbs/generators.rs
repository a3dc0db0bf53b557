//! Generators (create_generators of the draft): made once, kept for all, with tables as far as a
//! settable memory limit allows.

use std::{
    ops::Deref,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::suite::{Interface, Suite, octets_8};
use crate::{
    Error,
    bls::{G1Affine, Shape, Table},
};

/// Most messages, committed messages and generators of one kind that anything here handles.
pub const MAX_MESSAGES: usize = 1 << 16;

/// Memory that tables may take unless [`set_table_memory`] says otherwise, in bytes: 4 MiB.
pub const DEFAULT_TABLE_MEMORY: usize = 4 << 20;

/// Below this limit every table takes 1.5 KiB, above it the first generators take 12 KiB.
const ROOMY: usize = 512 << 10;

/// How many generators of one kind get the large table.
const FAST_GENERATORS: usize = 48;

static LIMIT: AtomicUsize = AtomicUsize::new(DEFAULT_TABLE_MEMORY);
static USED: AtomicUsize = AtomicUsize::new(0);

/// Sets how much memory the tables of generators may take in this process, in bytes.
///
/// Tables are built when first needed and shared by all threads; 1.5 to 12 KiB per generator.
/// Tables that exist stay. With 0 none is kept and every operation builds small ones for itself.
/// A phone that handles ten attributes does well with 64 KiB.
///
/// ```
/// spooky_core::bbs::set_table_memory(64 << 10);
/// ```
pub fn set_table_memory(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Memory that the tables of generators take now, in bytes.
pub fn table_memory() -> usize {
    USED.load(Ordering::Relaxed)
}

/// One generator, its encoding, and its table once it is worth it.
pub(crate) struct Generator {
    pub(crate) point: G1Affine,
    pub(crate) bytes: [u8; G1Affine::BYTES],
    index: usize,
    table: OnceLock<Table>,
}

/// A table that is shared, or one made for this occasion.
pub(crate) enum TableRef<'a> {
    Shared(&'a Table),
    Own(Box<Table>),
}

impl Deref for TableRef<'_> {
    type Target = Table;

    fn deref(&self) -> &Table {
        match self {
            Self::Shared(table) => table,
            Self::Own(table) => table,
        }
    }
}

impl Generator {
    fn new(point: G1Affine, index: usize) -> Self {
        Self {
            point,
            bytes: point.to_bytes(),
            index,
            table: OnceLock::new(),
        }
    }

    pub(crate) fn table(&self) -> TableRef<'_> {
        if let Some(table) = self.table.get() {
            return TableRef::Shared(table);
        }
        let limit = LIMIT.load(Ordering::Relaxed);
        let shape = match (limit >= ROOMY, self.index < FAST_GENERATORS) {
            (false, _) => Shape::SMALL,
            (true, true) => Shape::FAST,
            (true, false) => Shape::WIDE,
        };
        let claimed = USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(shape.bytes()).filter(|sum| *sum <= limit)
        });
        if claimed.is_err() {
            return TableRef::Own(Box::new(Table::new(&self.point, Shape::SMALL)));
        }
        let mut built = false;
        let table = self.table.get_or_init(|| {
            built = true;
            Table::new(&self.point, shape)
        });
        if !built {
            USED.fetch_sub(shape.bytes(), Ordering::Relaxed);
        }
        TableRef::Shared(table)
    }
}

/// How many generators are made before the others may use them.
const AT_ONCE: usize = 32;

/// The running state of create_generators (core draft, section 4.1.1).
#[derive(Clone)]
pub(crate) struct Sequence {
    suite: Suite,
    seed_dst: Vec<u8>,
    point_dst: Vec<u8>,
    v: [u8; 48],
    made: usize,
}

impl Sequence {
    pub(crate) fn new(suite: Suite, api_id: &str, seed: &str) -> Result<Self, Error> {
        let seed_dst = format!("{api_id}SIG_GENERATOR_SEED_").into_bytes();
        let mut v = [0; 48];
        suite
            .expander()
            .expand(&[api_id.as_bytes(), seed.as_bytes()], &seed_dst, &mut v)?;
        Ok(Self {
            suite,
            seed_dst,
            point_dst: format!("{api_id}SIG_GENERATOR_DST_").into_bytes(),
            v,
            made: 0,
        })
    }

    pub(crate) fn next_point(&mut self) -> Result<G1Affine, Error> {
        self.made += 1;
        let previous = self.v;
        let expander = self.suite.expander();
        expander.expand(
            &[&previous, &octets_8(self.made)],
            &self.seed_dst,
            &mut self.v,
        )?;
        expander.hash_to_g1(&self.v, &self.point_dst)
    }
}

/// All generators of one kind made so far. Grows, never shrinks; at most [`MAX_MESSAGES`] + 2.
struct Cache {
    sequence: Sequence,
    made: Vec<Arc<Generator>>,
}

/// Which of the kinds of generators: the signer's, the prover's ("BLIND_"), or P1 alone.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Base,
    Signer(Interface),
    Prover(Interface),
}

const SLOTS: usize = 14;

impl Kind {
    fn slot(self, suite: Suite) -> usize {
        let kind = match self {
            Self::Base => 0,
            Self::Signer(interface) => 1 + interface as usize,
            Self::Prover(interface) => 4 + interface as usize,
        };
        match suite {
            Suite::Bls12381Sha256 => kind,
            Suite::Bls12381Shake256 => kind + SLOTS / 2,
        }
    }

    fn sequence(self, suite: Suite) -> Result<Sequence, Error> {
        const SEED: &str = "MESSAGE_GENERATOR_SEED";
        match self {
            Self::Base => {
                let seed = "BP_MESSAGE_GENERATOR_SEED";
                Sequence::new(suite, &suite.api_id(Interface::Core), seed)
            }
            Self::Signer(interface) => Sequence::new(suite, &suite.api_id(interface), SEED),
            Self::Prover(interface) => {
                Sequence::new(suite, &format!("BLIND_{}", suite.api_id(interface)), SEED)
            }
        }
    }
}

/// The first `count` generators of a kind.
///
/// # Errors
/// [`Error::Unsupported`] for more than [`MAX_MESSAGES`] + 2.
pub(crate) fn generators(
    suite: Suite,
    kind: Kind,
    count: usize,
) -> Result<Vec<Arc<Generator>>, Error> {
    static CACHES: [RwLock<Option<Cache>>; SLOTS] = [const { RwLock::new(None) }; SLOTS];
    if count > MAX_MESSAGES + 2 {
        return Err(Error::Unsupported("number of messages"));
    }
    let slot = &CACHES[kind.slot(suite)];
    {
        let cache = slot.read().unwrap_or_else(PoisonError::into_inner);
        let made = cache.as_ref().and_then(|cache| cache.made.get(..count));
        if let Some(made) = made {
            return Ok(made.to_vec());
        }
    }
    loop {
        // Points are made outside the lock, a few at a time: nobody waits for another's many.
        let (mut sequence, start) = {
            let cache = slot.read().unwrap_or_else(PoisonError::into_inner);
            match cache.as_ref() {
                Some(cache) => match cache.made.get(..count) {
                    Some(made) => return Ok(made.to_vec()),
                    None => (cache.sequence.clone(), cache.made.len()),
                },
                None => (kind.sequence(suite)?, 0),
            }
        };
        let end = count.min(start + AT_ONCE);
        let mut made = Vec::with_capacity(end - start);
        for index in start..end {
            made.push(Arc::new(Generator::new(sequence.next_point()?, index)));
        }
        let mut guard = slot.write().unwrap_or_else(PoisonError::into_inner);
        match &mut *guard {
            Some(cache) if cache.made.len() == start => {
                cache.made.append(&mut made);
                cache.sequence = sequence;
            }
            // Another thread was first; its points are the same ones.
            Some(_) => {}
            empty => *empty = Some(Cache { sequence, made }),
        }
    }
}
