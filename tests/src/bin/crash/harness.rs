//! Starts the servers, kills a client per round, keeps the journal, and prints the verdict.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::Duration,
};

use chitty_tests::world::World;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    verdict::{Evidence, Row},
    victim::{Line, Order, named},
};

/// What to do.
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) write_ahead: bool,
    pub(crate) seed: u64,
}

/// Where a client can be when it dies.
const PHASES: [&str; 4] = [
    "intent written",
    "sent",
    "answered but not committed",
    "reconcile in flight",
];

fn phase(line: &Line) -> Option<usize> {
    match line {
        Line::Intent => Some(0),
        Line::Sent => Some(1),
        Line::Answered => Some(2),
        Line::Reconcile => Some(3),
        _ => None,
    }
}

/// Where the client was when it died: while a reconcile call was unanswered, if that was wanted,
/// else at the last place that it told of.
fn died_in(lines: &[Line], wanted: usize) -> Option<usize> {
    let latest = |line: &Line| lines.iter().rposition(|found| found == line);
    if wanted == 3 && latest(&Line::Reconcile) > latest(&Line::ReconcileEnded) {
        return Some(3);
    }
    lines.iter().rev().find_map(phase)
}

/// A small generator for the plan: where the next kill falls. Not for secrets.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Runs the plan; true when the outcome is the one it must have.
pub(crate) async fn run(plan: &Plan) -> bool {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let mut dice = Dice(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut evidence = Evidence::default();
    let mut kills: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order = Order {
        store: folder.path().join("client.db").display().to_string(),
        main: world.main_url(),
        main_key: world.main_key.clone(),
        fallback: world.fallback_url(),
        fallback_key: world.fallback_key.clone(),
        key_set: world.key_set_json(),
        write_ahead: plan.write_ahead,
        again: Vec::new(),
        next: 1,
    };
    let flapping = tokio::spawn(flap(world.main_switch(), plan.seed));
    for round in 0..plan.rounds {
        let wanted = match plan.write_ahead {
            true => round % PHASES.len(),
            // Nothing is written ahead, so nobody dies there.
            false => 1 + round % (PHASES.len() - 1),
        };
        let lines = one_life(&order, wanted, &mut dice).await;
        let place = died_in(&lines, wanted);
        let place = place.map_or("elsewhere", |phase| PHASES[phase]);
        *kills.entry(place).or_default() += 1;
        note(&mut evidence, &lines);
        order.next = evidence.begun.last().map_or(1, |last| last + 1);
        order.again = unanswered(&evidence);
    }
    flapping.abort();
    world.calm().await;
    order.next = 0;
    let mut child = spawn(&order);
    let lines = read_to_end(&mut child).await;
    let _ = child.wait().await;
    note(&mut evidence, &lines);
    evidence.rows = lines.iter().filter_map(row).collect();
    evidence.main = world.main_intents().await;
    evidence.fallback = world.fallback_issued().await;
    let settled = lines
        .iter()
        .any(|line| matches!(line, Line::Settled { debts: 0, open: 0 }));
    report(plan, &kills, &evidence, settled)
}

/// Starts a client and kills it shortly after it entered the wanted phase for the n-th time.
async fn one_life(order: &Order, wanted: usize, dice: &mut Dice) -> Vec<Line> {
    let mut child = spawn(order);
    let mut reader = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let mut lines = Vec::new();
    let mut countdown = 1 + dice.below(12);
    let pause = Duration::from_micros(dice.below(1_500));
    let patience = tokio::time::Instant::now() + Duration::from_secs(10);
    while let Ok(Ok(Some(text))) = tokio::time::timeout_at(patience, reader.next_line()).await {
        let line: Line = serde_json::from_str(&text).expect("a whole line");
        let here = phase(&line) == Some(wanted);
        lines.push(line);
        if here {
            countdown -= 1;
            if countdown == 0 {
                break;
            }
        }
    }
    tokio::time::sleep(pause).await;
    child.start_kill().expect("SIGKILL");
    while let Ok(Some(text)) = reader.next_line().await {
        lines.push(serde_json::from_str(&text).expect("a whole line"));
    }
    let _ = child.wait().await;
    lines
}

fn spawn(order: &Order) -> Child {
    let file = format!("{}.order", order.store);
    std::fs::write(&file, serde_json::to_string(order).expect("order")).expect("order");
    Command::new(std::env::current_exe().expect("own path"))
        .arg("--victim")
        .arg(file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("client process")
}

async fn read_to_end(child: &mut Child) -> Vec<Line> {
    let mut reader = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let mut lines = Vec::new();
    while let Ok(Some(text)) = reader.next_line().await {
        lines.push(serde_json::from_str(&text).expect("a whole line"));
    }
    lines
}

/// Main goes down and comes back, and drops connections after it committed.
async fn flap(main: reference_server::FaultHandle, seed: u64) {
    let mut dice = Dice(seed.wrapping_add(77) | 1);
    loop {
        main.set(reference_server::Faults {
            drop_after_commit: 0.25,
            down: dice.below(2) == 0,
            ..reference_server::Faults::default()
        });
        tokio::time::sleep(Duration::from_millis(20 + dice.below(120))).await;
    }
}

fn note(evidence: &mut Evidence, lines: &[Line]) {
    for line in lines {
        match line {
            Line::Begin { number } => {
                evidence.begun.insert(*number);
            }
            Line::Got { number, id } => {
                evidence.got.entry(*number).or_default().insert(id.clone());
            }
            _ => {}
        }
    }
}

/// What the app asks again: things with a handle that it never got an id for.
fn unanswered(evidence: &Evidence) -> Vec<u64> {
    let missing = |number: &u64| named(*number) && !evidence.got.contains_key(number);
    evidence.begun.iter().copied().filter(missing).collect()
}

fn row(line: &Line) -> Option<Row> {
    match line {
        Line::Row { key, old, new, .. } => Some(Row {
            key: key.clone(),
            old: old.clone(),
            new: new.clone(),
        }),
        _ => None,
    }
}

fn report(plan: &Plan, kills: &BTreeMap<&str, usize>, evidence: &Evidence, settled: bool) -> bool {
    let verdict = evidence.judge();
    for phase in PHASES.iter().chain(&["elsewhere"]) {
        println!(
            "killed {:>4} × {phase}",
            kills.get(phase).copied().unwrap_or(0)
        );
    }
    let ids: BTreeSet<&String> = evidence.got.values().flatten().collect();
    println!(
        "requests begun {}, ids given to the app {}, permanent ids at main {}, fallback ids {}",
        evidence.begun.len(),
        ids.len(),
        evidence.main.len(),
        evidence.fallback.len()
    );
    println!("settled={settled}");
    println!(
        "rounds={} lost={} duplicated={}",
        plan.rounds, verdict.lost, verdict.duplicated
    );
    let clean = verdict.lost == 0 && verdict.duplicated == 0;
    if !plan.write_ahead {
        println!("control without write-ahead: this must lose or duplicate something");
        return clean;
    }
    let enough = PHASES
        .iter()
        .all(|phase| kills.get(phase).copied().unwrap_or(0) * 10 >= plan.rounds);
    if !enough {
        println!("some phase was hit by fewer than a tenth of the kills");
    }
    clean && settled && enough
}
