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
    keys::{KEY_LIFE_DAYS, KeyRing, Purpose},
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
    /// Put new keys in the place of main's or a broker's active ones; the old ones stay published
    Rotate {
        #[command(flatten)]
        at: KeysAt,
        /// Only publish the next keys; a later rotate puts them into use
        #[arg(long)]
        ahead: bool,
    },
    /// Revoke one of main's keys because somebody else may hold it: NOTHING THAT IT SIGNED COUNTS ANY MORE.
    /// A key that is only old is rotated
    Revoke(RevokeKey),
}

#[derive(Args)]
pub(super) struct RevokeKey {
    #[command(flatten)]
    at: KeysAt,
    /// The key's `kid`, as `keys show` prints it. One in 64 begins with a dash
    #[arg(long, allow_hyphen_values = true)]
    kid: String,
    /// Yes, every receipt or grant that it ever signed may lose its worth, for good
    #[arg(long)]
    void_what_it_signed: bool,
}

#[derive(Args)]
pub(super) struct KeysAt {
    /// The folder of the keys
    #[arg(long)]
    dir: PathBuf,
    /// How many days the new keys may sign
    #[arg(long, default_value_t = KEY_LIFE_DAYS)]
    days: u32,
}

pub(super) fn act(keys: Keys) -> Result<(), Error> {
    let seconds = now().div_euclid(1000);
    match keys {
        Keys::New { at, role } => KeyRing::make(&at.dir, parse_role(&role)?, seconds, at.days),
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
        Keys::Rotate { at, ahead } => KeyRing::rotate_in(&at.dir, ahead, seconds, at.days),
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
            "every receipt or grant that this key ever signed will be refused by everybody who \
             fetches the key set, for good, and this cannot be undone; a key that is only old is \
             rotated. If somebody else may hold it, say --void-what-it-signed",
        );
    }
    let (folder, days) = (&order.at.dir, order.at.days);
    let purpose = KeyRing::revoke_in(folder, &order.kid, seconds, days)?;
    let what = match purpose {
        Purpose::Grant => {
            "grants under it are void: fallbacks cannot issue before they are renewed, and ids \
             under those grants are not reconciled"
        }
        _ => "ids that it signed have no receipt that counts any more",
    };
    // It is revoked, whether or not anybody reads so.
    let _ = writeln!(io::stderr().lock(), "REVOKED {}: {what}", order.kid);
    let active = KeyRing::open(folder)?.thumbprint(purpose);
    print(&json!({ "revoked": order.kid, "use": purpose, "active": active }))
}
