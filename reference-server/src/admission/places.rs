//! Places in which something is done, shared fairly: nobody holds more than a share of them, and of
//! those who wait everybody gets the next place in turn, however many requests one of them has waiting.
//!
//! Owns the queue. When it is full the one who has most in it loses the newest of his, and no other.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::addresses::Origin;

/// How many places there are, and who may have how many of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) places: usize,
    /// Most places of one tenant.
    pub(crate) tenant: usize,
    /// Most places of one network that did not authenticate.
    pub(crate) stranger: usize,
    /// Requests that may wait.
    pub(crate) waiting: usize,
}

struct Waiter {
    number: u64,
    turn: oneshot::Sender<Place>,
}

#[derive(Default)]
struct State {
    taken: usize,
    held: HashMap<Origin, usize>,
    queues: HashMap<Origin, VecDeque<Waiter>>,
    /// Those who wait, in the order in which they get a place.
    order: VecDeque<Origin>,
    waiting: usize,
    next: u64,
}

struct Shared {
    sizes: Sizes,
    state: Mutex<State>,
}

/// Places, for as long as somebody has a handle.
#[derive(Clone)]
pub(crate) struct Places(Arc<Shared>);

/// A place; dropping it gives it to the next.
pub(crate) struct Place {
    shared: Option<Arc<Shared>>,
    origin: Origin,
    waited: bool,
}

impl Place {
    /// Whether it had to be waited for.
    pub(crate) fn waited(&self) -> bool {
        self.waited
    }
}

/// There is no place, and none will come in time.
#[derive(Debug)]
pub(crate) struct Full;

impl Places {
    pub(crate) fn new(sizes: Sizes) -> Self {
        Self(Arc::new(Shared {
            sizes,
            state: Mutex::default(),
        }))
    }

    /// Takes a place, or waits for one at most as long as `patience`.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) async fn enter(&self, origin: &Origin, patience: Duration) -> Result<Place, Full> {
        let (number, turn) = {
            let mut state = self.0.lock();
            if state.waiting == 0 && self.0.may(&state, origin) || self.0.alone(&state, origin) {
                return Ok(self.0.place(&mut state, origin.clone(), false));
            }
            self.0.queue(&mut state, origin).ok_or(Full)?
        };
        let waiting = Waiting(&self.0, origin, number);
        let turn = tokio::time::timeout(patience, turn).await;
        drop(waiting);
        match turn {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Full),
        }
    }

    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.0.sizes.places - self.0.lock().taken
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a place, and it may be this one's.
    fn may(&self, state: &State, origin: &Origin) -> bool {
        let share = if origin.is_tenant() {
            self.sizes.tenant
        } else {
            self.sizes.stranger
        };
        let held = state.held.get(origin).copied().unwrap_or(0);
        state.taken < self.sizes.places && held < share
    }

    /// Whether it may enter although others wait: they wait for their own share, and it does not.
    fn alone(&self, state: &State, origin: &Origin) -> bool {
        self.may(state, origin)
            && !state.queues.contains_key(origin)
            && !state.order.iter().any(|other| self.may(state, other))
    }

    fn place(self: &Arc<Self>, state: &mut State, origin: Origin, waited: bool) -> Place {
        state.taken += 1;
        *state.held.entry(origin.clone()).or_default() += 1;
        Place {
            shared: Some(self.clone()),
            origin,
            waited,
        }
    }

    fn queue(&self, state: &mut State, origin: &Origin) -> Option<(u64, oneshot::Receiver<Place>)> {
        if state.waiting >= self.sizes.waiting {
            let own = state.queues.get(origin).map_or(0, VecDeque::len);
            let longest = state.queues.iter().max_by_key(|(_, queue)| queue.len());
            let (greedy, queue) = longest?;
            if queue.len() <= own + 1 {
                return None;
            }
            let (greedy, newest) = (greedy.clone(), queue.back()?.number);
            // Its receiver learns by the drop of the sender that there is none for it.
            self.leave(state, &greedy, newest);
        }
        let (sender, receiver) = oneshot::channel();
        let number = state.next;
        state.next += 1;
        state.waiting += 1;
        if !state.queues.contains_key(origin) {
            state.order.push_back(origin.clone());
        }
        let queue = state.queues.entry(origin.clone()).or_default();
        queue.push_back(Waiter {
            number,
            turn: sender,
        });
        Some((number, receiver))
    }

    /// Takes a waiter out of the queue, if it is still there.
    fn leave(&self, state: &mut State, origin: &Origin, number: u64) {
        let Some(queue) = state.queues.get_mut(origin) else {
            return;
        };
        let before = queue.len();
        queue.retain(|waiter| waiter.number != number);
        state.waiting -= before - queue.len();
        if queue.is_empty() {
            state.queues.remove(origin);
            state.order.retain(|other| other != origin);
        }
    }

    /// Gives what is free to those whose turn it is.
    fn hand_on(self: &Arc<Self>, state: &mut State) {
        while state.taken < self.sizes.places {
            let next = state.order.iter().position(|one| self.may(state, one));
            let Some(origin) = next.and_then(|next| state.order.remove(next)) else {
                return;
            };
            let Some(queue) = state.queues.get_mut(&origin) else {
                continue;
            };
            let waiter = queue.pop_front();
            if queue.is_empty() {
                state.queues.remove(&origin);
            } else {
                state.order.push_back(origin.clone());
            }
            let Some(waiter) = waiter else { continue };
            state.waiting -= 1;
            let place = self.place(state, origin, true);
            if let Err(mut place) = waiter.turn.send(place) {
                // Nobody waits for it any more; the lock is held, so it is given back by hand.
                place.shared = None;
                give_back(state, &place.origin);
            }
        }
    }
}

fn give_back(state: &mut State, origin: &Origin) {
    state.taken -= 1;
    if let Some(held) = state.held.get_mut(origin) {
        *held -= 1;
        if *held == 0 {
            state.held.remove(origin);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            let mut state = shared.lock();
            give_back(&mut state, &self.origin);
            shared.hand_on(&mut state);
        }
    }
}

/// One that waits; it leaves the queue when its caller does.
struct Waiting<'a>(&'a Arc<Shared>, &'a Origin, u64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.leave(&mut self.0.lock(), self.1, self.2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Origin {
        Origin::Tenant(name.into())
    }

    fn places(places: usize, share: usize, waiting: usize) -> Places {
        Places::new(Sizes {
            places,
            tenant: share,
            stranger: 1,
            waiting,
        })
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_thousand_of_one_do_not_keep_one_of_another_waiting() {
        let places = places(4, 3, 8);
        let (greedy, other) = (tenant("greedy"), tenant("other"));
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(places.enter(&greedy, LONG).await.unwrap());
        }
        let spawn = |origin: &Origin| {
            let (places, origin) = (places.clone(), origin.clone());
            tokio::spawn(async move { places.enter(&origin, LONG).await })
        };
        let crowd: Vec<_> = (0..1000).map(|_| spawn(&greedy)).collect();
        while crowd.iter().filter(|one| one.is_finished()).count() < 992 {
            tokio::task::yield_now().await;
        }
        // A place is kept for others, who do not wait behind them.
        let first = places.enter(&other, LONG).await.unwrap();
        assert!(!first.waited());
        // Of the next places every second one is another's, and the full queue takes him in.
        let second = spawn(&other);
        while !places.0.lock().queues.contains_key(&other) {
            tokio::task::yield_now().await;
        }
        held.pop();
        held.pop();
        let second = second.await.unwrap().unwrap();
        assert!(second.waited());
        drop((held, first, second));
        let mut came = 0;
        for one in crowd {
            came += usize::from(one.await.unwrap().is_ok());
        }
        assert!((7..=8).contains(&came), "{came}");
        assert_eq!(places.free(), 4);
        let state = places.0.lock();
        assert_eq!(
            (
                state.waiting,
                state.held.len(),
                state.queues.len(),
                state.order.len()
            ),
            (0, 0, 0, 0)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_queue_for_all_is_what_that_would_be_without_shares() {
        let places = places(4, 4, 8);
        let greedy = tenant("greedy");
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(places.enter(&greedy, LONG).await.unwrap());
        }
        let late = places.enter(&tenant("other"), Duration::from_secs(2)).await;
        assert!(late.is_err(), "nobody keeps a place for it");
        drop(held);
        assert_eq!(places.free(), 4);
    }

    #[tokio::test]
    async fn who_leaves_takes_nothing_along() {
        let places = places(1, 1, 8);
        let held = places.enter(&tenant("a"), LONG).await.unwrap();
        for _ in 0..3 {
            let late = places.enter(&tenant("a"), Duration::from_millis(1)).await;
            assert!(late.is_err());
        }
        {
            let origin = tenant("b");
            let waits = places.enter(&origin, LONG);
            tokio::pin!(waits);
            assert!(futures_poll(&mut waits).await);
            // Its place comes while it leaves.
            drop(held);
        }
        assert_eq!(places.free(), 1);
        assert_eq!(places.0.lock().waiting, 0);
        assert!(places.enter(&tenant("c"), LONG).await.is_ok());
    }

    /// Polls once; whether it is still pending.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> bool {
        std::future::poll_fn(|context| {
            let pending = std::pin::Pin::new(&mut *future).poll(context).is_pending();
            std::task::Poll::Ready(pending)
        })
        .await
    }
}
