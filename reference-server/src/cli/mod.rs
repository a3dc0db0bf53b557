//! The command line. Prints results through `std::io::Write`, logs to standard error.
//!
//! Owns the arguments; what they do lives in `serve`, `admin`, `broker` and `keys`. Secrets are printed once, when
//! they are made, and accepted nowhere on the command line.

mod admin;
mod broker;
mod keys;
mod serve;
mod share;

use std::{
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use self::{keys::Keys, serve::Serve, share::Share};
use crate::{error::Error, store::Database, telemetry};

#[derive(Parser)]
#[command(
    name = "reference-server",
    version,
    about = "Plays the services of the Chitty SDK"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Listen and serve until SIGTERM or Ctrl-C
    Serve(Box<Serve>),
    /// Make, show or rotate signing keys
    #[command(subcommand)]
    Keys(Keys),
    /// Add, list or revoke API keys
    #[command(subcommand)]
    ApiKey(ApiKey),
    /// Enrol a fallback's key at main
    EnrollFallback(Enroll),
    /// List, suspend or resume fallbacks
    #[command(subcommand)]
    Fallback(Fallback),
    /// Enrol people's attributes at a broker, list or remove them
    #[command(subcommand)]
    Enrolment(Enrolment),
    /// Show what an operator must look at
    Alarms(MainDatabase),
    /// Set, take back or list how much of a slot a tenant may have of what others left
    #[command(subcommand)]
    Share(Share),
    /// Say that main's database was restored from a backup: begins another epoch and closes this month's
    /// ids and cycles, so that none is given out twice. Then serve main with a --prefix that was not used
    /// this month. It may be said twice; a replica that runs is refused until it is restarted
    Restored {
        #[command(flatten)]
        at: MainDatabase,
        /// The prefix that main served with until now
        #[arg(long, default_value = "AA")]
        prefix: String,
    },
    /// Say that a fallback's database is an older copy: it uploads what the copy holds, and issues nothing
    /// more
    RestoredFallback(FallbackDatabase),
    /// Say that a broker's database was restored from a backup, while no replica runs: what the broker
    /// published as revoked is buried again, its next snapshot contradicts none, every nonce is void
    RestoredBroker(RestoredBroker),
    /// Print the description of a role's HTTP interface
    Openapi {
        /// main, fallback or broker
        #[arg(long, default_value = "main")]
        role: String,
    },
}

#[derive(Args)]
struct RestoredBroker {
    #[command(flatten)]
    at: BrokerDatabase,
    /// The folder of the broker's keys, the newest there is
    #[arg(long)]
    keys: PathBuf,
    /// The name that the broker serves with
    #[arg(long)]
    issuer: String,
    /// The newest snapshot that anybody still has, as the broker answered it; more than one may be given
    #[arg(long, required_unless_present = "none_found")]
    snapshot: Vec<PathBuf>,
    /// Nobody has a snapshot that is newer than the backup: revocations since are lost
    #[arg(long, conflicts_with = "snapshot")]
    none_found: bool,
}

#[derive(Args)]
struct RoleDatabase {
    /// The role's database: a file, or postgres://… (in the environment when it holds a password)
    #[arg(long, env = "CHITTY_DATABASE", hide_env_values = true)]
    database: Database,
    /// main, fallback or broker
    #[arg(long, default_value = "main")]
    role: String,
}

#[derive(Args)]
struct MainDatabase {
    /// Main's database: a file, or postgres://… (in the environment when it holds a password)
    #[arg(long, env = "CHITTY_DATABASE", hide_env_values = true)]
    database: Database,
}

#[derive(Args)]
struct FallbackDatabase {
    /// The fallback's database: a file, or postgres://… (in the environment when it holds a password)
    #[arg(long, env = "CHITTY_DATABASE", hide_env_values = true)]
    database: Database,
}

#[derive(Args)]
struct BrokerDatabase {
    /// The broker's database: a file, or postgres://… (in the environment when it holds a password)
    #[arg(long, env = "CHITTY_DATABASE", hide_env_values = true)]
    database: Database,
}

#[derive(Subcommand)]
enum Enrolment {
    /// Store somebody's attributes and print the one-time code for their wallet, once
    Add {
        #[command(flatten)]
        at: BrokerDatabase,
        /// The operator's own name for it
        #[arg(long)]
        name: String,
        /// The schema, a file as spec/credentials.md describes it
        #[arg(long)]
        schema: PathBuf,
        /// The attributes, a file {name: {type, value}} without derived ones
        #[arg(long)]
        attributes: PathBuf,
    },
    /// List enrolments, without what they hold
    List(BrokerDatabase),
    /// Remove an enrolment with its attributes
    Remove {
        #[command(flatten)]
        at: BrokerDatabase,
        /// The operator's own name for it
        #[arg(long)]
        name: String,
    },
}

#[derive(Subcommand)]
enum ApiKey {
    /// Make an API key and print its secret, once
    Add {
        #[command(flatten)]
        at: RoleDatabase,
        /// Who acts with the key; at a broker the site's host
        #[arg(long)]
        tenant: String,
        /// The key's own name; the tenant's unless given
        #[arg(long)]
        name: Option<String>,
        /// Any of generate, reconcile, verify, audit
        #[arg(
            long,
            value_delimiter = ',',
            default_value = "generate,reconcile,verify"
        )]
        scopes: Vec<String>,
        /// Namespaces it may generate in, or *
        #[arg(long, value_delimiter = ',', default_value = "*")]
        namespaces: Vec<String>,
        /// Requests per second of its tenant
        #[arg(long, default_value_t = 50.0)]
        per_second: f64,
        /// Requests that may come at once
        #[arg(long, default_value_t = 100)]
        burst: u32,
        /// Ids per UTC day; unlimited unless given
        #[arg(long)]
        daily_quota: Option<u64>,
    },
    /// List the keys, without secrets
    List(RoleDatabase),
    /// Revoke a key
    Revoke {
        #[command(flatten)]
        at: RoleDatabase,
        /// The key's name
        #[arg(long)]
        name: String,
    },
}

#[derive(Args)]
struct Enroll {
    #[command(flatten)]
    at: MainDatabase,
    /// The fallback's name
    #[arg(long)]
    name: String,
    /// The thumbprint that `keys show` prints at the fallback. One in 64 begins with a dash
    #[arg(long, allow_hyphen_values = true)]
    thumbprint: String,
    /// Namespaces it may issue in
    #[arg(long, value_delimiter = ',', required = true)]
    namespaces: Vec<String>,
    /// Most ids under one grant
    #[arg(long, default_value_t = crate::roles::DEFAULT_MAX)]
    max: u64,
    /// Cycles per month, each of which holds 10 000 ids per namespace and type
    #[arg(long, default_value_t = 1)]
    cycles: u32,
}

#[derive(Subcommand)]
enum Fallback {
    /// List fallbacks with their unreconciled ids
    List(MainDatabase),
    /// Give it no further grant; what it holds ends within 72 hours
    Suspend {
        #[command(flatten)]
        at: MainDatabase,
        /// The fallback's name
        #[arg(long)]
        name: String,
    },
    /// Lift a suspension after looking at the alarm
    Resume {
        #[command(flatten)]
        at: MainDatabase,
        /// The fallback's name
        #[arg(long)]
        name: String,
    },
}

/// Runs the program with these arguments, the first being its own name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers; the rest is a mistake of the caller.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match act(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            telemetry::flush();
            // Whoever reads it may be gone or stuck: the program ends all the same.
            let _ = telemetry::write_aside(io::stderr(), format!("error: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> Result<(), Error> {
    if let Command::Serve(serve) = command {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        return runtime.block_on(serve.run());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(admin::act(command))
}

/// Prints one line of JSON.
fn print(value: &impl Serialize) -> Result<(), Error> {
    say(&serde_json::to_string(value).map_err(io::Error::from)?)
}

fn say(text: &str) -> Result<(), Error> {
    writeln!(io::stdout().lock(), "{text}")
        .and_then(|()| io::stdout().lock().flush())
        .map_err(Error::Output)
}
