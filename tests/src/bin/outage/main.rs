//! Ten thousand clients live through an outage of main on virtual time.
//!
//! `outage --clients 10000` prints how many requests an intent costs while main is down, how hard
//! main is hit when it comes back, and how long the debts take; it writes the requests per second
//! as a picture and as CSV. With `--storm` the same run goes without jitter, breaker and restraint:
//! the control, which fails unless it misses the first two targets.

mod clock;
mod network;
mod plot;
mod population;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use clock::Virtual;
use network::Network;
use population::Timeline;

/// Requests on all routes per intent, from minute 2 to 10 of the outage.
const MOST_AMPLIFICATION: f64 = 1.2;
/// Main's busiest second after recovery, in units of its mean before.
const MOST_SURGE: f64 = 1.5;
/// Minutes after recovery by which every debt is settled.
const LONGEST_DRAIN: u64 = 5 * 60;

#[derive(Parser)]
struct Arguments {
    /// How many clients there are
    #[arg(long, default_value_t = 10_000)]
    clients: usize,
    /// Mean seconds between two intents of one client
    #[arg(long, default_value_t = 7.5)]
    every: f64,
    /// The control: no jitter, no breaker, no restraint
    #[arg(long)]
    storm: bool,
    /// Where the picture and the table go
    #[arg(long, default_value = "target/outage")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("runtime");
    let met = runtime.block_on(run(&arguments));
    match met {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

async fn run(arguments: &Arguments) -> bool {
    let timeline = Timeline::default();
    let clock = Virtual::from_now();
    let network = Network::new(timeline, clock.clone());
    let outcome = population::live(
        &network,
        &clock,
        arguments.clients,
        arguments.every,
        arguments.storm,
    );
    let outcome = outcome.await;
    let counts = network.counts();
    let [start, end] = [timeline.outage + 120, timeline.outage + 600];
    let sent: u64 = counts.iter().map(|route| sum(route, start, end)).sum();
    let intents = sum(&outcome.intents, start, end);
    let amplification = sent as f64 / intents as f64;
    let before = sum(&counts[0], 60, timeline.outage) as f64 / (timeline.outage - 60) as f64;
    let after = &counts[0][timeline.recovery as usize..];
    let busiest = after.iter().copied().max().unwrap_or(0) as f64;
    println!(
        "clients {}, intents {}, fallback ids {}, reconciled {}",
        arguments.clients,
        outcome.intents.iter().sum::<u64>(),
        outcome.fallback_ids,
        outcome.reconciled
    );
    println!("requests in minutes 2 to 10 of the outage: {sent} for {intents} intents");
    println!("amplification {amplification:.3} (at most {MOST_AMPLIFICATION})");
    println!(
        "main before the outage {before:.0}/s, busiest second after recovery {busiest:.0}/s: {:.2} times (at most {MOST_SURGE})",
        busiest / before
    );
    match outcome.drained_after {
        Some(seconds) => {
            println!("last debt settled {seconds} s after recovery (at most {LONGEST_DRAIN} s)")
        }
        None => println!("debts were left at the end (all within {LONGEST_DRAIN} s)"),
    }
    let name = if arguments.storm { "storm" } else { "outage" };
    match plot::write(&arguments.out, name, &counts, timeline) {
        Ok(path) => println!(
            "requests per second: {} (main blue, fallback orange, the outage grey; lines are a \
             minute and {:.0}/s apart)",
            path.display(),
            plot::step(&counts)
        ),
        Err(error) => {
            println!("the picture was not written: {error}");
            return false;
        }
    }
    let frugal = amplification <= MOST_AMPLIFICATION;
    let gentle = busiest <= MOST_SURGE * before;
    let drained = outcome.drained_after;
    match arguments.storm {
        false => frugal && gentle && drained.is_some_and(|seconds| seconds <= LONGEST_DRAIN),
        true => !frugal && !gentle,
    }
}

fn sum(seconds: &[u64], from: u64, to: u64) -> u64 {
    seconds[from as usize..to as usize].iter().sum()
}
