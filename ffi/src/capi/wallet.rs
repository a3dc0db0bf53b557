//! Making, closing and freeing wallets, and what they say to their broker.

use std::sync::Arc;

use super::{
    block::block_on,
    client::ChittyCancelToken,
    credentials::ChittyCredentials,
    entry::{Slot, enter},
    handle::{self, Object},
    input::{self, Grows},
    key_parts::{ChittySecretStore, ChittySeedKeeper, ChittySigner, secrets, seed_keeper, signer},
    lists,
    parts::{ChittyClock, ChittyTransport, clock, transport},
    types::{ChittyError, ChittyStatus, ChittyStr},
};
use crate::facade::{Wallet, WalletConfig, WalletParts};

/// A wallet. Not an address: a number that is never given out twice.
pub enum ChittyWallet {}

/// How a wallet is set up. Set all to zero (`= {0}`), then `struct_size` and what is needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyWalletConfig {
    /// `sizeof(ChittyWalletConfig)`.
    pub struct_size: usize,
    /// The broker's name: its https origin.
    pub broker: ChittyStr,
    /// Where it is reached, when not under its name. Plain http only on loopback. Or none.
    pub broker_url: ChittyStr,
    /// The wallet's file; its folder must exist. None: memory.
    pub store_path: ChittyStr,
    /// Total time of a call, at least 100; 0 means 10 000.
    pub deadline_ms: u64,
    /// Where the key of the wallet's file lives. A wallet in a file needs it.
    pub secrets: *const ChittySecretStore,
    /// Who takes the seed of a new wallet. A new wallet needs it.
    pub seed_keeper: *const ChittySeedKeeper,
    /// How requests leave, or NULL for the built-in transport.
    pub transport: *const ChittyTransport,
    /// What time it is, or NULL for the system's clock.
    pub clock: *const ChittyClock,
    /// The device's own key, which a new wallet registers with the anchor; NULL without such hardware.
    pub signer: *const ChittySigner,
}

// SAFETY: `repr(C)`, `struct_size` first; zero is NULL or 0 in every member.
unsafe impl Grows for ChittyWalletConfig {}

/// Sets a wallet up and writes it to `out`. Sends, reads and writes nothing: what is wrong with its file is
/// told by the first call, as `CHITTY_CODE_STORE_DAMAGED`, `CHITTY_CODE_WALLET_FOREIGN`,
/// `CHITTY_CODE_WALLET_ROLLED_BACK` or `CHITTY_CODE_SECRETS_LOST`.
///
/// `config` and what it points to are read during the call only. Parts handed in (`secrets`,
/// `signer` and so on) belong to the SDK from the call on, also when it fails: their `drop` runs
/// once. Release the wallet with `chitty_wallet_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_new(
    config: *const ChittyWalletConfig,
    out: *mut *mut ChittyWallet,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let given = input::record(config)?;
        // First of all, so that every part finds its owner whatever else is wrong.
        let secrets = secrets(given.secrets);
        let seed_keeper = seed_keeper(given.seed_keeper);
        let transport = transport(given.transport);
        let clock = clock(given.clock);
        let signer = signer(given.signer);
        let parts = WalletParts {
            secrets: secrets?,
            seed_keeper: seed_keeper?,
            transport: transport?,
            clock: clock?,
            signer: signer?,
        };
        let out = Slot::new(out)?;
        let defaults = WalletConfig::new(input::text(given.broker)?);
        let config = WalletConfig {
            broker_url: input::optional_text(given.broker_url)?,
            store_path: input::optional_text(given.store_path)?,
            deadline_ms: match given.deadline_ms {
                0 => defaults.deadline_ms,
                limit => limit,
            },
            ..defaults
        };
        let wallet = Arc::new(Wallet::open(config, parts)?);
        out.write(handle::pointer(handle::put(Object::Wallet(wallet))?));
        Ok(())
    })
}

/// Makes what a wallet needs, if it is new, gives the seed to the seed keeper, and registers with the
/// broker. Repeating it is harmless. Waits at most for the deadline, or until `token` (NULL: none) is
/// cancelled. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_register(
    wallet: *const ChittyWallet,
    token: *const ChittyCancelToken,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        block_on(wallet.register(token))
    })
}

/// Gets a credential of `schema` (its digest, base64url), the first or a newer one, and writes it to `out`
/// as a list of one. The broker's operator gives out enrolment codes; a renewal needs none. Waits as
/// `chitty_wallet_register` does. Release `out` with `chitty_credentials_free`. `error` may be NULL. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_obtain(
    wallet: *const ChittyWallet,
    schema: ChittyStr,
    enrolment_code: ChittyStr,
    token: *const ChittyCancelToken,
    out: *mut *mut ChittyCredentials,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        let (schema, code) = (input::text(schema)?, input::optional_text(enrolment_code)?);
        let got = block_on(wallet.obtain(&schema, code, token))?;
        lists::give(out, Object::Credentials, vec![got])
    })
}

/// The credentials that the wallet holds. Release the list with `chitty_credentials_free`. `error` may be
/// NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_credentials(
    wallet: *const ChittyWallet,
    out: *mut *mut ChittyCredentials,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let held = block_on(handle::wallet(wallet)?.credentials())?;
        lists::give(out, Object::Credentials, held)
    })
}

/// Asks the broker where the wallet's anchor stands and writes one of `ChittyAnchorStanding` to `out`.
/// Waits as `chitty_wallet_register` does. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_standing(
    wallet: *const ChittyWallet,
    token: *const ChittyCancelToken,
    out: *mut i32,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        out.write(block_on(wallet.standing(token))? as i32);
        Ok(())
    })
}

/// Revokes the anchor, for good: nothing is issued to this wallet any more. Waits as
/// `chitty_wallet_register` does. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_revoke(
    wallet: *const ChittyWallet,
    token: *const ChittyCancelToken,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        block_on(wallet.revoke(token))
    })
}

/// Fetches keys, schemas and the status snapshot, for days without a network. Waits as
/// `chitty_wallet_register` does. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_refresh(
    wallet: *const ChittyWallet,
    token: *const ChittyCancelToken,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        block_on(wallet.refresh(token))
    })
}

/// Closes the wallet: calls under way end with their answer or with `CHITTY_CODE_CLOSED`, later ones with
/// `CHITTY_CODE_CLOSED`. Twice is harmless. The wallet must still be freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_close(
    wallet: *const ChittyWallet,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        handle::wallet(wallet)?.close();
        Ok(())
    })
}

/// Closes and frees the wallet. NULL is fine; freeing twice is refused with
/// `CHITTY_CODE_OBJECT_INVALID`. Any thread, also during a call of another thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_free(wallet: *mut ChittyWallet) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        if wallet.is_null() {
            return Ok(());
        }
        let freed = handle::take(wallet.addr(), |object| matches!(object, Object::Wallet(_)))?;
        if let Object::Wallet(wallet) = freed {
            // A call under way holds the wallet too, and ends now.
            wallet.close();
        }
        Ok(())
    })
}
