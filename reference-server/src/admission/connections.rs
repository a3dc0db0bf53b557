//! Connections: how many there are, and whose. An address has a share of them; when that or the whole is
//! used up, the connection on which nothing has been worked on for longest gives way, of the address that
//! has most.
//!
//! Owns the list. A connection whose request has a place is never cut.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What happens on a connection.
pub(crate) struct Activity {
    working: AtomicUsize,
    last: Mutex<Instant>,
}

impl Activity {
    /// Marks that a request is worked on, until the mark is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> Working {
        self.working.fetch_add(1, Ordering::SeqCst);
        Working(self.clone())
    }

    fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// A request on this connection is worked on.
pub(crate) struct Working(Arc<Activity>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.touch();
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Open {
    address: IpAddr,
    activity: Arc<Activity>,
    cut: CancellationToken,
}

#[derive(Default)]
struct State {
    next: u64,
    open: HashMap<u64, Open>,
    by_address: HashMap<IpAddr, usize>,
}

/// Files that a server needs beside its connections: databases, keys, logs.
const OTHER_FILES: usize = 128;

/// How many connections this process may have: as many as `wanted`, within the files that the system lets it
/// open (`RLIMIT_NOFILE`), as far as the system says.
pub(crate) fn within_open_files(wanted: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    match open_files(&limits) {
        Some(files) => wanted.min(files.saturating_sub(OTHER_FILES).max(files / 2).max(1)),
        None => wanted,
    }
}

/// The soft limit of open files in the text of `/proc/self/limits`.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The connections of one listener.
pub(crate) struct Connections {
    most: usize,
    per_address: usize,
    give_way: bool,
    state: Mutex<State>,
    freed: Notify,
}

/// A connection that was let in.
pub(crate) struct Held {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) activity: Arc<Activity>,
}

/// Whether a connection comes in.
pub(crate) enum Entry {
    /// It does; and whether another one gave way to it.
    Open(Held, bool),
    /// Its address has its share, and works on all of it.
    AddressFull,
    /// There is none that could give way.
    Full,
}

impl Connections {
    /// At most `most`, of which an address has `per_address`; without `give_way` new ones wait instead.
    pub(crate) fn new(most: usize, per_address: usize, give_way: bool) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            per_address: per_address.max(1),
            give_way,
            state: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Ends when a connection has ended since.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Cuts the connection that would give way to a new one: the system has no file left for that.
    pub(crate) fn make_room(&self) -> bool {
        self.give_way && cut_one(&mut self.lock(), None)
    }

    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, cut: CancellationToken) -> Entry {
        let mut state = self.lock();
        let mut gave_way = false;
        if state.by_address.get(&address).copied().unwrap_or(0) >= self.per_address {
            if !self.give_way || !cut_one(&mut state, Some(address)) {
                return Entry::AddressFull;
            }
            gave_way = true;
        }
        if state.open.len() >= self.most {
            if !self.give_way || !cut_one(&mut state, None) {
                return Entry::Full;
            }
            gave_way = true;
        }
        let number = state.next;
        state.next += 1;
        let activity = Arc::new(Activity {
            working: AtomicUsize::new(0),
            last: Mutex::new(Instant::now()),
        });
        let open = Open {
            address,
            activity: activity.clone(),
            cut,
        };
        state.open.insert(number, open);
        *state.by_address.entry(address).or_default() += 1;
        let connections = self.clone();
        let held = Held {
            connections,
            number,
            activity,
        };
        Entry::Open(held, gave_way)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts the connection that idles longest, of one address or of the one that has most.
fn cut_one(state: &mut State, of: Option<IpAddr>) -> bool {
    let idle = state.open.iter().filter(|(_, open)| {
        of.is_none_or(|address| open.address == address)
            && open.activity.working.load(Ordering::SeqCst) == 0
    });
    let victim = idle.max_by_key(|(_, open)| {
        let last = *open
            .activity
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        (
            state.by_address.get(&open.address).copied(),
            std::cmp::Reverse(last),
        )
    });
    let Some(number) = victim.map(|(number, _)| *number) else {
        return false;
    };
    if let Some(open) = remove(state, number) {
        open.cut.cancel();
    }
    true
}

fn remove(state: &mut State, number: u64) -> Option<Open> {
    let open = state.open.remove(&number)?;
    if let Some(count) = state.by_address.get_mut(&open.address) {
        *count -= 1;
        if *count == 0 {
            state.by_address.remove(&open.address);
        }
    }
    Some(open)
}

impl Drop for Held {
    fn drop(&mut self) {
        remove(&mut self.connections.lock(), self.number);
        self.connections.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let text = "Limit                     Soft Limit           Hard Limit           Units\n\
                    Max open files            1024                 524288               files\n";
        assert_eq!(open_files(text), Some(1024));
        for other in ["", "Max open files unlimited unlimited files\n"] {
            assert_eq!(open_files(other), None, "{other}");
        }
        assert!(within_open_files(1) == 1 && within_open_files(usize::MAX) > 1);
    }

    fn address(n: u8) -> IpAddr {
        [203, 0, 113, n].into()
    }

    fn enter(connections: &Arc<Connections>, n: u8) -> (Entry, CancellationToken) {
        let cut = CancellationToken::new();
        (connections.enter(address(n), cut.clone()), cut)
    }

    fn held(entry: Entry) -> Held {
        match entry {
            Entry::Open(held, _) => held,
            Entry::AddressFull | Entry::Full => panic!("refused"),
        }
    }

    #[test]
    fn the_one_that_idles_longest_of_the_greediest_gives_way() {
        let connections = Connections::new(4, 3, true);
        let (first, first_cut) = enter(&connections, 1);
        let (second, second_cut) = enter(&connections, 1);
        let (other, other_cut) = enter(&connections, 2);
        let (first, second, other) = (held(first), held(second), held(other));
        let (third, third_cut) = enter(&connections, 1);
        let third = held(third);
        // All four are taken. The first of the greedy address works, so the second gives way.
        let working = first.activity.work();
        let (new, _) = enter(&connections, 3);
        let new = held(new);
        assert!(second_cut.is_cancelled());
        assert!(
            !first_cut.is_cancelled() && !third_cut.is_cancelled() && !other_cut.is_cancelled()
        );
        // When all of them work nobody gives way.
        let all = [&third, &other, &new].map(|one| one.activity.work());
        assert!(matches!(enter(&connections, 4).0, Entry::Full));
        drop((all, working, first, second, third, other, new));
        let state = connections.lock();
        assert!(state.open.is_empty() && state.by_address.is_empty());
    }

    #[test]
    fn an_address_has_its_share_and_no_more() {
        let connections = Connections::new(100, 3, true);
        let mine: Vec<_> = (0..3).map(|_| enter(&connections, 1)).collect();
        let (fourth, _) = enter(&connections, 1);
        assert!(matches!(fourth, Entry::Open(_, true)));
        assert!(mine[0].1.is_cancelled() && !mine[1].1.is_cancelled());
        // The control: without that, new ones of everybody wait.
        let connections = Connections::new(3, 3, false);
        let _idle: Vec<_> = (0..3).map(|_| enter(&connections, 1)).collect();
        assert!(matches!(enter(&connections, 2).0, Entry::Full));
    }
}
