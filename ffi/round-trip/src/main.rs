//! What a call costs without a border: the base of `cargo xtask size`. Prints nanoseconds, the median
//! of many batches.

use std::{hint::black_box, io::Write, time::Instant};

use chitty::facade::{ABI_VERSION, parse_id};

const SAMPLES: usize = 2_000;
const CALLS: u32 = 200;

fn median(mut call: impl FnMut()) -> f64 {
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                call();
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}

fn main() -> std::io::Result<()> {
    let empty = median(|| {
        black_box(black_box(ABI_VERSION));
    });
    let parse = median(|| {
        let parsed = parse_id(black_box("AA-C-USR-1234-I-25-7-X"));
        assert!(black_box(parsed).is_ok());
    });
    writeln!(std::io::stdout(), "empty {empty:.1}\nparse_id {parse:.1}")
}
