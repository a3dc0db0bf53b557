//! Kills client processes at random instants while main flaps and drops connections, then counts
//! what was lost or duplicated. See [`harness`] for the verdict and [`victim`] for the client.
//!
//! `crash --rounds 200` ends with `rounds=200 lost=0 duplicated=0`. With `--no-write-ahead` the
//! same run is the control: it must lose something.

mod harness;
mod verdict;
mod victim;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// How many client processes to kill
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// The control: intents are not written before they are sent
    #[arg(long)]
    no_write_ahead: bool,
    /// Chooses the instants; the same seed gives the same plan
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// (internal) Run as the client: a file that says what it needs to know
    #[arg(long, hide = true)]
    victim: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("runtime");
    if let Some(order) = &arguments.victim {
        return runtime.block_on(victim::run(order));
    }
    let plan = harness::Plan {
        rounds: arguments.rounds,
        write_ahead: !arguments.no_write_ahead,
        seed: arguments.seed,
    };
    match runtime.block_on(harness::run(&plan)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
