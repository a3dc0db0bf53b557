//! What was lost and what was duplicated, computed from three sources that do not share code: the
//! journal kept outside the client, the servers' tables, and the rows of the client's store.

use std::collections::{BTreeMap, BTreeSet};

/// A row of the client's store after everything settled.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

/// Everything that is known at the end.
#[derive(Default)]
pub(crate) struct Evidence {
    /// Numbers of the requests that the app began.
    pub(crate) begun: BTreeSet<u64>,
    /// Ids that the app was given, per request.
    pub(crate) got: BTreeMap<u64, BTreeSet<String>>,
    /// Main's table: digest of the key → permanent id.
    pub(crate) main: Vec<(String, String)>,
    /// The fallback's table: digest of the key → fallback id.
    pub(crate) fallback: Vec<(String, String)>,
    /// The client's store.
    pub(crate) rows: Vec<Row>,
}

/// The counts that decide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) lost: usize,
    pub(crate) duplicated: usize,
}

impl Evidence {
    pub(crate) fn judge(&self) -> Verdict {
        let by_key: BTreeMap<&str, &Row> = self
            .rows
            .iter()
            .map(|row| (row.key.as_str(), row))
            .collect();
        let permanent = |key: &str| by_key.get(key).and_then(|row| row.new.as_deref());
        // An id that main issued for this client and the client does not know.
        let unknown = self
            .main
            .iter()
            .filter(|(key, id)| permanent(key) != Some(id.as_str()));
        // A fallback id whose request never became permanent.
        let unpaid = self
            .fallback
            .iter()
            .filter(|(key, _)| permanent(key).is_none());
        // An id that the app holds and the store cannot lead anywhere.
        let held: BTreeSet<&str> = self.got.values().flatten().map(String::as_str).collect();
        let dangling = held.iter().filter(|id| self.resolve(id).is_none());
        let lost = unknown.count() + unpaid.count() + dangling.count();

        // One request, two permanent ids.
        let twice = self.got.values().filter(|ids| {
            let resolved: BTreeSet<&str> = ids.iter().filter_map(|id| self.resolve(id)).collect();
            resolved.len() > 1
        });
        // One permanent id, two requests; and more ids than requests.
        let distinct: BTreeSet<&str> = self.main.iter().map(|(_, id)| id.as_str()).collect();
        let shared = self.main.len() - distinct.len();
        let surplus = self.main.len().saturating_sub(self.begun.len());
        Verdict {
            lost,
            duplicated: twice.count() + shared + surplus,
        }
    }

    fn resolve(&self, id: &str) -> Option<&str> {
        let row = self
            .rows
            .iter()
            .find(|row| row.old.as_deref() == Some(id) || row.new.as_deref() == Some(id))?;
        row.new.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honest() -> Evidence {
        Evidence {
            begun: BTreeSet::from([1, 2]),
            got: BTreeMap::from([(1, BTreeSet::from(["E1".to_owned()]))]),
            main: vec![("k1".into(), "C1".into()), ("k2".into(), "C2".into())],
            fallback: vec![("k1".into(), "E1".into())],
            rows: vec![
                Row {
                    key: "k1".into(),
                    old: Some("E1".into()),
                    new: Some("C1".into()),
                },
                Row {
                    key: "k2".into(),
                    old: None,
                    new: Some("C2".into()),
                },
            ],
        }
    }

    #[test]
    fn nothing_is_lost_when_everything_fits() {
        assert_eq!(
            honest().judge(),
            Verdict {
                lost: 0,
                duplicated: 0
            }
        );
    }

    #[test]
    fn each_kind_of_loss_is_seen() {
        let mut evidence = honest();
        evidence.rows.pop();
        assert_eq!(
            evidence.judge().lost,
            1,
            "main issued an id that nobody knows"
        );
        let mut evidence = honest();
        evidence.rows[0].new = None;
        evidence.main.remove(0);
        assert_eq!(
            evidence.judge().lost,
            2,
            "a debt is unpaid and the app's id leads nowhere"
        );
        let mut evidence = honest();
        evidence.main.push(("k3".into(), "C2".into()));
        assert!(
            evidence.judge().duplicated >= 2,
            "one id twice, and more ids than requests"
        );
        let mut evidence = honest();
        evidence.got.entry(1).or_default().insert("C2".into());
        assert_eq!(evidence.judge().duplicated, 1, "one request got two ids");
    }
}
