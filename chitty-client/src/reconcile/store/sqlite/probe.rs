//! Where tests look into the writer and break it; empty in a real build.
//!
//! Owns counters of commits, the synchronous level really in force, and switches that make a commit
//! fail or take the version check out of a write (control tests). Refuses to exist outside tests:
//! every method then does nothing.

use rusqlite::Connection;

use super::errors::Failure;
use super::rows::Seal;
use crate::reconcile::store::{Entry, Put};

/// Eyes and hands of tests.
#[derive(Default)]
pub(super) struct Probe {
    #[cfg(test)]
    pub(super) inner: std::sync::Mutex<Seen>,
}

/// What tests see and switch.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Seen {
    /// `PRAGMA synchronous` and the size of each group, in order.
    pub(super) commits: Vec<(i64, usize)>,
    /// The next commit fails with this.
    pub(super) fail_next: Option<crate::error::Code>,
    /// Puts ignore the stored version.
    pub(super) blind: bool,
    /// `PRAGMA max_page_count` from the next group on.
    pub(super) max_pages: Option<i64>,
    /// The writer dies at the next group.
    pub(super) die: bool,
    /// Nobody looks whether the log is still there.
    pub(super) careless: bool,
}

#[cfg(not(test))]
impl Probe {
    pub(super) fn before_commit(&self, _: &Connection, _: usize) -> Result<(), Failure> {
        Ok(())
    }

    pub(super) fn is_careless(&self) -> bool {
        false
    }

    pub(super) fn put(&self, _: &Connection, _: &Seal, _: &Entry) -> Option<Result<Put, Failure>> {
        None
    }
}

#[cfg(test)]
impl Probe {
    pub(super) fn before_commit(&self, c: &Connection, size: usize) -> Result<(), Failure> {
        let mut seen = self.inner.lock().unwrap();
        let level = c.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        seen.commits.push((level, size));
        seen.fail_next
            .take()
            .map_or(Ok(()), |code| Err(code.into()))
    }

    pub(super) fn is_careless(&self) -> bool {
        self.inner.lock().unwrap().careless
    }

    pub(super) fn put(
        &self,
        c: &Connection,
        seal: &Seal,
        entry: &Entry,
    ) -> Option<Result<Put, Failure>> {
        let mut seen = self.inner.lock().unwrap();
        let die = std::mem::take(&mut seen.die);
        if let Some(pages) = seen.max_pages.take() {
            let _ = c.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()));
        }
        let blind = seen.blind;
        drop(seen);
        assert!(!die, "the test wants a dead writer");
        blind.then(|| {
            c.execute("DELETE FROM entries WHERE key = ?1", [entry.key])?;
            let done = super::rows::put(
                c,
                seal,
                &Entry {
                    version: 0,
                    ..entry.clone()
                },
            );
            done.map(|_| Put::Done(entry.version + 1))
        })
    }
}
