//! Making, closing and freeing clients and cancel tokens.

use std::sync::Arc;

use super::{
    entry::{Slot, enter},
    handle::{self, Object},
    input::{self, Grows},
    key_parts::{ChittySecretStore, secrets},
    parts::{ChittyClock, ChittyListener, ChittyTransport, clock, listener, transport},
    store::{ChittyStore, store},
    types::{ChittyError, ChittyStatus, ChittyStr},
};
use crate::facade::{CancelToken, Client, ClientConfig, ForeignParts};

/// A client. Not an address: a number that is never given out twice.
pub enum ChittyClient {}

/// A cancel token. Not an address: a number that is never given out twice.
pub enum ChittyCancelToken {}

/// How a client is set up. Set all to zero (`= {0}`), then `struct_size` and what is needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyConfig {
    /// `sizeof(ChittyConfig)`.
    pub struct_size: usize,
    /// The main service: `https://host[:port]`.
    pub main_url: ChittyStr,
    /// The API key for it, or `secret:NAME`, which is read from `secrets`.
    pub main_key: ChittyStr,
    /// The fallback service: another origin. None: an outage of main is a failure.
    pub fallback_url: ChittyStr,
    /// The API key for it: another one, or `secret:NAME`.
    pub fallback_key: ChittyStr,
    /// The key set to trust, as JSON; it never ages, and neither revocations nor new keys are learned.
    /// None: main's own is fetched, and fetched again as it ages.
    pub key_set_json: ChittyStr,
    /// The store's file; its folder must exist. None and no `store`: memory.
    pub store_path: ChittyStr,
    /// Total time of a call, at least 100; 0 means 10 000.
    pub deadline_ms: u64,
    /// Mean pause between automatic attempts to replace temporary ids; 0 means 5 000.
    pub reconcile_interval_ms: u64,
    /// Temporary ids replaced per call, 1 to 100; 0 means 50.
    pub batch: u32,
    /// Not 0: nothing is replaced in the background; the app calls `chitty_client_drain`.
    pub manual: u32,
    /// Where obligations are kept, or NULL.
    pub store: *const ChittyStore,
    /// How requests leave, or NULL for the built-in transport.
    pub transport: *const ChittyTransport,
    /// Where `secret:NAME` is looked up, or NULL.
    pub secrets: *const ChittySecretStore,
    /// Who is told what happens in the background, or NULL.
    pub listener: *const ChittyListener,
    /// What time it is, or NULL for the system's clock.
    pub clock: *const ChittyClock,
    /// How old a fetched key set may be for verdicts on receipts, at least 60 000; 0 means 86 400 000,
    /// a day. For so long what was revoked may still pass.
    pub key_set_max_age_ms: u64,
}

// SAFETY: `repr(C)`, `struct_size` first; zero is NULL or 0 in every member.
unsafe impl Grows for ChittyConfig {}

/// Builds a client and writes it to `out`. Sends nothing; opens the store's file, so it may block.
///
/// `config` and what it points to are read during the call only. Parts handed in (`store`,
/// `transport` and so on) belong to the SDK from the call on, also when it fails: their `drop` runs
/// once. Release the client with `chitty_client_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_new(
    config: *const ChittyConfig,
    out: *mut *mut ChittyClient,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let given = input::record(config)?;
        // First of all, so that every part finds its owner whatever else is wrong.
        let store = store(given.store);
        let transport = transport(given.transport);
        let secrets = secrets(given.secrets);
        let listener = listener(given.listener);
        let clock = clock(given.clock);
        let parts = ForeignParts {
            store: store?,
            transport: transport?,
            secrets: secrets?,
            listener: listener?,
            clock: clock?,
        };
        let out = Slot::new(out)?;
        let defaults =
            ClientConfig::new(input::text(given.main_url)?, input::text(given.main_key)?);
        let config = ClientConfig {
            fallback_url: input::optional_text(given.fallback_url)?,
            fallback_key: input::optional_text(given.fallback_key)?,
            key_set_json: input::optional_text(given.key_set_json)?,
            store_path: input::optional_text(given.store_path)?,
            deadline_ms: match given.deadline_ms {
                0 => defaults.deadline_ms,
                limit => limit,
            },
            reconcile_interval_ms: Some(given.reconcile_interval_ms).filter(|ms| *ms != 0),
            automatic: given.manual == 0,
            batch: Some(given.batch).filter(|debts| *debts != 0),
            key_set_max_age_ms: Some(given.key_set_max_age_ms).filter(|ms| *ms != 0),
            ..defaults
        };
        let client = Arc::new(Client::new(config, parts)?);
        out.write(handle::pointer(handle::put(Object::Client(client))?));
        Ok(())
    })
}

/// Ends the client: calls under way end with their answer or with `CHITTY_CODE_CLOSED`, later ones
/// with `CHITTY_CODE_CLOSED`. What is owed stays in the store. Twice is harmless. The client must
/// still be freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_close(
    client: *const ChittyClient,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        handle::client(client)?.close();
        Ok(())
    })
}

/// Closes and frees the client. NULL is fine; freeing twice is refused with
/// `CHITTY_CODE_OBJECT_INVALID`. Any thread, also during a call of another thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_free(client: *mut ChittyClient) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        if client.is_null() {
            return Ok(());
        }
        let freed = handle::take(client.addr(), |object| matches!(object, Object::Client(_)))?;
        if let Object::Client(client) = freed {
            // A call under way holds the client too, and ends now.
            client.close();
        }
        Ok(())
    })
}

/// Makes a token that nobody has cancelled; NULL when that fails. Release it with
/// `chitty_cancel_token_free`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_cancel_token_new() -> *mut ChittyCancelToken {
    let mut made = std::ptr::null_mut();
    enter(std::ptr::null_mut(), || {
        made = handle::pointer(handle::put(Object::Token(CancelToken::new()))?);
        Ok(())
    });
    made
}

/// Stops the waiting of every call that was given the token, now and later, with
/// `CHITTY_CODE_CANCELLED`. What they began goes on to a safe end. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_cancel_token_cancel(
    token: *const ChittyCancelToken,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        handle::token(token)?
            .ok_or(crate::facade::Code::ObjectInvalid)?
            .cancel();
        Ok(())
    })
}

/// Frees the token; calls that were given it no longer hear of it. NULL is fine; freeing twice is
/// refused with `CHITTY_CODE_OBJECT_INVALID`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_cancel_token_free(token: *mut ChittyCancelToken) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        handle::free(token, |object| matches!(object, Object::Token(_)))
    })
}
