//! Many presentations at once: everything but the pairings is checked one by one, the pairings
//! together.

use super::{BurnedNonce, PresentationReason, PresentationVerdict, Verifier, borrowed};
use crate::{
    bbs::{BatchError, BatchItem, verify_batch},
    credential::Presentation,
    entropy::Entropy,
    verdict::Verdict,
};

impl Verifier<'_> {
    /// Judges many presentations, each for its own nonce, and answers in their order. It saves about a
    /// third of the time; a bad one among them is found and does not touch the others. `threads` as
    /// in [`verify_batch`].
    pub fn verify_all(
        &self,
        items: Vec<(&Presentation, BurnedNonce)>,
        now: u64,
        threads: usize,
        source: &dyn Entropy,
    ) -> Vec<PresentationVerdict> {
        let checked: Vec<_> = items
            .iter()
            .map(|(presentation, nonce)| self.check(presentation, &nonce.0, now))
            .collect();
        let passed: Vec<_> = checked
            .iter()
            .zip(&items)
            .filter_map(|(checked, (presentation, _))| {
                let checked = checked.as_ref().ok()?;
                Some((checked, *presentation, borrowed(&checked.shown)))
            })
            .collect();
        let batch: Vec<_> = passed
            .iter()
            .map(|(checked, presentation, shown)| BatchItem {
                key: checked.key,
                proof: &presentation.proof,
                statement: self.statement(checked, presentation, shown),
            })
            .collect();
        let outcome = verify_batch(&batch, threads, source);
        let mut place = 0;
        let judged = checked.into_iter().zip(&items).map(|(checked, item)| {
            let checked = match checked {
                Ok(checked) => checked,
                Err(refused) => return refused.into(),
            };
            let own = place;
            place += 1;
            match &outcome {
                Ok(()) => Verdict::Valid(checked.presented),
                Err(BatchError::Bad(bad)) if bad.binary_search(&own).is_err() => {
                    Verdict::Valid(checked.presented)
                }
                Err(BatchError::Bad(_)) => {
                    let shown = borrowed(&checked.shown);
                    let statement = self.statement(&checked, item.0, &shown);
                    Verdict::Invalid(self.not_proven(item.0, &statement))
                }
                Err(_) => Verdict::Indeterminate(PresentationReason::Failed),
            }
        });
        judged.collect()
    }
}
