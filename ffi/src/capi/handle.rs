//! What C holds instead of addresses: numbers that are never given out twice. NULL, another kind,
//! freed, freed twice: the number is not in the table, and the call says `ObjectInvalid`.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{exchange::Exchange, sinks::Sink};
use crate::facade::{
    CancelToken, ChittyError, Client, Code, CredentialInfo, EventSubscription, LifecycleEvent,
    Pending, Site, Wallet,
    process::{Live, lock_within},
};

/// Something that C holds.
#[derive(Clone)]
pub(super) enum Object {
    Client(Arc<Client>),
    Wallet(Arc<Wallet>),
    Site(Arc<Site>),
    Token(CancelToken),
    Events(Arc<EventSubscription>),
    /// Held for C, which reads it through its address.
    Bytes(#[expect(dead_code)] Arc<Owned<Vec<u8>>>),
    Pending(Arc<Owned<Vec<Pending>>>),
    History(Arc<Owned<Vec<LifecycleEvent>>>),
    Credentials(Arc<Owned<Vec<CredentialInfo>>>),
    Strings(Arc<Owned<Vec<String>>>),
    Exchange(Arc<Exchange>),
    Sink(Arc<Sink>),
}

/// Data that counts as a live object.
pub(super) struct Owned<T> {
    pub(super) value: T,
    _live: Live,
}

impl<T> Owned<T> {
    pub(super) fn new(value: T) -> Arc<Self> {
        Arc::new(Self {
            value,
            _live: Live::new(),
        })
    }
}

const SHARDS: usize = 16;
static TABLE: [Mutex<Option<HashMap<usize, Object>>>; SHARDS] =
    [const { Mutex::new(None) }; SHARDS];
/// Far from what small integers and real addresses look like; odd, so never a real pointer.
static NEXT: AtomicUsize = AtomicUsize::new(0x5ca1_0001);

fn shard(number: usize) -> &'static Mutex<Option<HashMap<usize, Object>>> {
    &TABLE[(number >> 1) % SHARDS]
}

/// Gives `object` a number.
pub(super) fn put(object: Object) -> Result<usize, ChittyError> {
    loop {
        let number = NEXT.fetch_add(2, Ordering::Relaxed);
        let mut shard = lock_within(shard(number))?;
        let table = shard.get_or_insert_default();
        // Only after the numbers of a 32-bit machine went round once.
        if number == 0 || table.contains_key(&number) {
            continue;
        }
        table.insert(number, object);
        return Ok(number);
    }
}

/// The object of that number, whatever it is.
pub(super) fn get(number: usize) -> Result<Object, ChittyError> {
    let shard = lock_within(shard(number))?;
    let found = shard.as_ref().and_then(|table| table.get(&number)).cloned();
    found.ok_or_else(|| Code::ObjectInvalid.into())
}

/// Takes the object away if `wanted` says it is of the right kind.
pub(super) fn take(number: usize, wanted: impl Fn(&Object) -> bool) -> Result<Object, ChittyError> {
    let mut shard = lock_within(shard(number))?;
    let table = shard.get_or_insert_default();
    let fits = table.get(&number).is_some_and(wanted);
    // The caller drops the object after the lock is gone.
    let taken = fits.then(|| table.remove(&number)).flatten();
    taken.ok_or_else(|| Code::ObjectInvalid.into())
}

macro_rules! kinds {
    ($($name:ident, $kind:ident, $type:ty;)*) => {
        $(pub(super) fn $name<P>(handle: *const P) -> Result<$type, ChittyError> {
            match get(handle.addr())? {
                Object::$kind(object) => Ok(object),
                _ => Err(Code::ObjectInvalid.into()),
            }
        })*
    };
}

kinds! {
    client, Client, Arc<Client>;
    wallet, Wallet, Arc<Wallet>;
    site, Site, Arc<Site>;
    credentials, Credentials, Arc<Owned<Vec<CredentialInfo>>>;
    events, Events, Arc<EventSubscription>;
    pending, Pending, Arc<Owned<Vec<Pending>>>;
    history, History, Arc<Owned<Vec<LifecycleEvent>>>;
    strings, Strings, Arc<Owned<Vec<String>>>;
    sink, Sink, Arc<Sink>;
}

/// The token, or none for NULL.
pub(super) fn token<P>(handle: *const P) -> Result<Option<CancelToken>, ChittyError> {
    if handle.is_null() {
        return Ok(None);
    }
    match get(handle.addr())? {
        Object::Token(token) => Ok(Some(token)),
        _ => Err(Code::ObjectInvalid.into()),
    }
}

/// A number as C sees it. It is never read through.
pub(super) fn pointer<P>(number: usize) -> *mut P {
    std::ptr::without_provenance_mut(number)
}

/// Frees what `wanted` accepts; NULL is fine.
pub(super) fn free<P>(
    handle: *const P,
    wanted: impl Fn(&Object) -> bool,
) -> Result<(), ChittyError> {
    match handle.is_null() {
        true => Ok(()),
        false => take(handle.addr(), wanted).map(drop),
    }
}
