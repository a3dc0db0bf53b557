//! Transactions that are run again when another one was in the way.
//!
//! Owns how often and how long apart: at most eight times, apart by a random part of a pause that
//! doubles. Refuses to repeat anything but what the database has undone as a whole: a lost
//! connection says nothing about its transaction, so that is the caller's to repeat under its key.

use std::time::Duration;

use spooky_core::entropy::{OsEntropy, random_32};

use crate::error::Refusal;

const MOST: u32 = 8;
const FIRST: Duration = Duration::from_millis(4);

/// How often a transaction was tried.
#[derive(Default)]
pub(super) struct Attempts(u32);

impl Attempts {
    /// Waits and answers `true` when the transaction should be run again.
    pub(super) async fn again(&mut self, refusal: &Refusal) -> bool {
        if !refusal.may_repeat() || self.0 + 1 >= MOST {
            return false;
        }
        self.0 += 1;
        let longest = FIRST * 2_u32.pow(self.0);
        // Without entropy every replica waits the longest time; that is slow and still right.
        let share = random_32(&OsEntropy).map_or(255, |bytes| bytes[0]);
        tokio::time::sleep(longest.mul_f64(f64::from(share) / 255.0)).await;
        true
    }
}

/// Runs `work` in a transaction of `pools` and commits it; undoes it when it fails, and runs it
/// again when another transaction was in the way.
macro_rules! transact {
    ($pools:expr, $tx:ident => $work:expr) => {{
        let mut attempts = $crate::store::retry::Attempts::default();
        loop {
            let attempt = async {
                let mut transaction = $pools.begin().await?;
                let $tx = &mut *transaction;
                match $work.await {
                    Ok(value) => {
                        transaction.commit().await?;
                        Ok::<_, $crate::error::Refusal>(value)
                    }
                    Err(refusal) => {
                        // Its locks end here. When that fails the connection is gone, and so
                        // are they.
                        let _ = transaction.rollback().await;
                        Err(refusal)
                    }
                }
            };
            match attempt.await {
                Err(refusal) if attempts.again(&refusal).await => {}
                done => break done,
            }
        }
    }};
}

pub(super) use transact;
