//! The fallback's issue log on its way to main, page by page (decisions D4, D27).
//!
//! An entry counts as uploaded only when main says so of it; what main refuses is sent again later. When
//! main knows more of the log than there is, this database is an older copy, and nothing is issued any more.

use chitty_client::{
    error::Code,
    wire::fallback::{EpochClaims, LogEntry, LogResponse, MAX_LOG_ENTRIES, NonceResponse},
};

use super::renew::Renewer;
use crate::{
    error::Error,
    store::{LogRow, Uploaded},
};

/// Most receipt bytes in one upload, well under main's limit for a body.
const MAX_UPLOAD: usize = 768 * 1024;

impl Renewer {
    pub(super) async fn upload(&self, mut always: bool) -> Result<(), Error> {
        let store = &self.service.store;
        loop {
            let mut page = store.log_page(MAX_LOG_ENTRIES).await?;
            if page.is_empty() && !always {
                break;
            }
            let nonce = self.nonce("issue-log").await?;
            if page.is_empty() || nonce.epoch.is_some() {
                // Main may be in another epoch; then it is the first page.
                page = store.log_page(MAX_LOG_ENTRIES).await?;
            }
            always = false;
            let mut epochs = self.epoch_claims(&nonce).await?;
            let page = that_fits(page);
            epochs.places = page.iter().map(|row| row.seq).collect();
            self.send_page(page, &nonce, epochs).await?;
        }
        let again = store
            .refused_page(self.service.now(), MAX_LOG_ENTRIES)
            .await?;
        if !again.is_empty() {
            let nonce = self.nonce("issue-log").await?;
            let epochs = self.epoch_claims(&nonce).await?;
            self.send_page(that_fits(again), &nonce, epochs).await?;
        }
        Ok(())
    }

    async fn send_page(
        &self,
        page: Vec<LogRow>,
        nonce: &NonceResponse,
        epochs: EpochClaims,
    ) -> Result<(), Error> {
        let sent: Vec<i64> = page.iter().map(|row| row.seq).collect();
        let through = epochs.places.last().copied();
        let entries = page.into_iter().map(|row| LogEntry {
            tenant: row.tenant,
            receipt: row.receipt,
        });
        let request = self.signed(nonce, "issue-log", entries.collect(), epochs)?;
        let answer: LogResponse = self
            .post("/api/chittyid/fallback/issue-log", &request)
            .await?;
        let refused = refused(&answer, &sent);
        if !refused.is_empty() {
            tracing::error!(
                refused = refused.len(),
                "main refuses entries of the issue log; they are sent again later"
            );
        }
        let acknowledged = answer.acknowledged.as_ref();
        self.service
            .store
            .uploaded(&Uploaded {
                main_epoch: nonce.epoch.as_deref(),
                through,
                sent: &sent,
                refused: &refused,
                acknowledgement: acknowledged.map(|known| known.acknowledgement.as_str()),
                now: self.service.now(),
            })
            .await?;
        let Some(known) = acknowledged else {
            return Ok(());
        };
        // Read after main's answer: a log only grows, so one that ends earlier was never the one that main
        // knows.
        let end = self.service.store.log_end().await?;
        if known.log == self.service.store.known_epoch().to_string() && known.through <= end {
            return Ok(());
        }
        self.service
            .stop("main knows more of its issue log than there is")
            .await?;
        Err(Error::Main(format!(
            "it knows another or a longer issue log: {}",
            Code::FallbackRolledBack
        )))
    }
}

/// As many rows as fit into one upload, and at least one.
fn that_fits(mut page: Vec<LogRow>) -> Vec<LogRow> {
    let mut size = 0;
    let fits = page
        .iter()
        .take_while(|row| {
            size += row.receipt.len() + row.tenant.len() + 64;
            size <= MAX_UPLOAD
        })
        .count();
    page.truncate(fits.max(1));
    page
}

/// Which of `sent` main does not take. A main that says only how many it takes may have refused any.
fn refused(answer: &LogResponse, sent: &[i64]) -> Vec<(i64, Option<Code>)> {
    match &answer.refused {
        Some(refused) => refused
            .iter()
            .filter_map(|one| Some((*sent.get(one.index)?, Code::from_text(&one.code))))
            .collect(),
        None if answer.accepted < sent.len() => sent.iter().map(|seq| (*seq, None)).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use chitty_client::wire::fallback::RefusedEntry;

    use super::*;

    #[test]
    fn only_what_main_says_it_takes_counts_as_taken() {
        let mut answer = LogResponse {
            accepted: 2,
            refused: None,
            acknowledged: None,
        };
        assert!(refused(&answer, &[7, 8]).is_empty());
        // A main of before says how many and not which: any may be missing.
        assert_eq!(refused(&answer, &[7, 8, 9]).len(), 3);
        answer.refused = Some(vec![RefusedEntry {
            index: 1,
            code: "CHT-2017".to_owned(),
        }]);
        let one = (8, Some(Code::GrantExhausted));
        assert_eq!(refused(&answer, &[7, 8, 9]), [one]);
    }
}
