//! Signing keys: made, shown, rotated, revoked. Works on the folder, also while a server runs with it.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    admin::{now, parse_role},
    broker, print,
};
use crate::{
    config::wrong,
    error::Error,
    keys::{KEY_LIFE_DAYS, KeyRing, Lives, PERIOD_DAYS, Purpose, Revoked},
};

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Make the first keys
    New {
        #[command(flatten)]
        at: KeysAt,
        /// main (receipts and grants), fallback (one holder key) or broker (statements and credentials)
        #[arg(long, default_value = "main")]
        role: String,
        #[command(flatten)]
        periods: Periods,
    },
    /// Print the public keys and thumbprints
    Show {
        /// The folder of the keys
        #[arg(long)]
        dir: PathBuf,
        /// The issuer name to print with them
        #[arg(long, default_value = "https://id.example")]
        issuer: String,
    },
    /// Put new keys in the place of main's or a broker's active ones, which stay published. What was not
    /// published ahead signs after 300 seconds, and the old ones until then
    Rotate {
        #[command(flatten)]
        at: KeysAt,
        /// Only publish the next keys; a later rotate puts them into use
        #[arg(long)]
        ahead: bool,
        #[command(flatten)]
        periods: Periods,
    },
    /// Revoke one of main's or a broker's keys because somebody else may hold it: NOTHING THAT IT SIGNED COUNTS
    /// ANY MORE. A key that is only old is rotated
    Revoke(RevokeKey),
}

#[derive(Args)]
pub(super) struct RevokeKey {
    #[command(flatten)]
    at: KeysAt,
    /// The key's `kid`, of a BBS key its `key`, as `keys show` prints it. One `kid` in 64 begins with a dash
    #[arg(long, allow_hyphen_values = true)]
    kid: String,
    /// Yes, everything that it ever signed may lose its worth, for good
    #[arg(long)]
    void_what_it_signed: bool,
}

#[derive(Args)]
pub(super) struct KeysAt {
    /// The folder of the keys
    #[arg(long)]
    dir: PathBuf,
    /// How many days the new keys may sign, and how far ahead a broker's BBS keys cover the last days of
    /// credentials
    #[arg(long, default_value_t = KEY_LIFE_DAYS)]
    days: u32,
}

#[derive(Args)]
pub(super) struct Periods {
    /// For how many last days of credentials each new BBS key of a broker signs: so many days' credentials are
    /// void when it has to be revoked
    #[arg(long, default_value_t = PERIOD_DAYS, value_parser = clap::value_parser!(u32).range(1..))]
    period_days: u32,
}

impl KeysAt {
    fn lives(&self, periods: &Periods) -> Lives {
        Lives {
            days: self.days,
            period_days: periods.period_days,
        }
    }
}

pub(super) fn act(keys: Keys) -> Result<(), Error> {
    let seconds = now().div_euclid(1000);
    match keys {
        Keys::New { at, role, periods } => {
            let lives = at.lives(&periods);
            KeyRing::make(&at.dir, parse_role(&role)?, seconds, lives)
        }
        // Main knows a fallback by its key alone, and erasing it would end the fallback at once.
        Keys::Rotate { at, .. }
            if KeyRing::open(&at.dir)?
                .thumbprint(Purpose::Holder)
                .is_some() =>
        {
            wrong(
                "a fallback's key is what main enrolled and is not rotated; put another fallback \
                 with a key and a name of its own in its place (deploy/README.md)",
            )
        }
        Keys::Rotate { at, ahead, periods } => {
            KeyRing::rotate_in(&at.dir, ahead, seconds, at.lives(&periods))
        }
        Keys::Revoke(order) => revoke_key(&order, seconds),
        Keys::Show { dir, issuer } => {
            let ring = KeyRing::open(&dir)?;
            match ring.thumbprint(Purpose::Holder) {
                Some(thumbprint) => print(&json!({ "thumbprint": thumbprint })),
                None if ring.thumbprint(Purpose::Registered).is_some() => {
                    broker::show_keys(&ring, &issuer)
                }
                None => print(&ring.publish(&issuer)),
            }
        }
    }
}

fn revoke_key(order: &RevokeKey, seconds: i64) -> Result<(), Error> {
    if !order.void_what_it_signed {
        return wrong(
            "everything that this key ever signed (receipts, grants, statements, snapshots or \
             credentials) will be refused by everybody who fetches the key set, for good, and this \
             cannot be undone; a key that is only old is rotated. If somebody else may hold it, say \
             --void-what-it-signed",
        );
    }
    let (folder, days) = (&order.at.dir, order.at.days);
    let revoked = KeyRing::revoke_in(folder, &order.kid, seconds, days)?;
    let mut said = io::stderr().lock();
    writeln!(said, "REVOKED {}: {}", order.kid, price(revoked))?;
    match revoked {
        Revoked::Key(purpose) => {
            let active = KeyRing::open(folder)?.thumbprint(purpose);
            print(&json!({ "revoked": order.kid, "use": purpose, "active": active }))
        }
        Revoked::Credentials => {
            print(&json!({ "revoked": order.kid, "use": "spookyid-credential" }))
        }
    }
}

/// What it costs that a key is revoked.
fn price(revoked: Revoked) -> &'static str {
    match revoked {
        Revoked::Key(Purpose::Grant) => {
            "grants under it are void: fallbacks cannot issue before they are renewed, and ids \
             under those grants are not reconciled"
        }
        Revoked::Key(Purpose::Registered) => {
            "statements about anchors that it signed are void: wallets get them anew when they \
             refresh; registrations and credentials stay"
        }
        Revoked::Key(Purpose::Status) => {
            "snapshots that it signed are void: the next one, under the new key, is signed at \
             once. A verifier that took a forged one refuses it until it forgets that one"
        }
        Revoked::Key(Purpose::Receipt | Purpose::Holder) => {
            "ids that it signed have no receipt that counts any more"
        }
        Revoked::Credentials => {
            "credentials whose last day is in its period are void: wallets obtain them anew, with \
             the same tags, under the key that took its place"
        }
    }
}
