//! What callers who did not authenticate may send: a bucket of tokens per network, and a larger one per
//! IPv6 site, so that whoever holds many networks does not have many budgets.
//!
//! Owns the buckets. Their number is bounded; who comes when they are all taken shares one with others.
//! Nothing here takes longer the more of them there are.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::addresses::{Origin, site};

/// Most buckets of one generation.
const BUCKETS: usize = 20_000;
/// Buckets that are shared once there are so many.
const SHARED: u64 = 1024;
/// How much more an IPv6 site may send than one of its networks.
const SITE: f64 = 16.0;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Network(IpAddr),
    Site(IpAddr),
    Shared(u64),
    Unnamed,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Buckets that were used lately, and those of before. A bucket that nobody used for as long as it
/// takes to fill says nothing that a new one would not, so whole generations are forgotten.
struct State {
    young: HashMap<Key, Bucket>,
    old: HashMap<Key, Bucket>,
    since: Instant,
}

/// The budgets of strangers.
pub(crate) struct Strangers {
    rate: f64,
    burst: f64,
    hasher: RandomState,
    state: Mutex<State>,
}

impl Strangers {
    /// So many requests per second, and so many at once; a rate of 0 is no limit.
    pub(crate) fn new(rate: f64, burst: f64) -> Self {
        Self {
            rate,
            burst: burst.max(1.0),
            hasher: RandomState::new(),
            state: Mutex::new(State {
                young: HashMap::new(),
                old: HashMap::new(),
                since: Instant::now(),
            }),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The seconds until there is one.
    pub(crate) fn charge(&self, origin: &Origin) -> Result<(), u64> {
        self.charge_at(origin, Instant::now())
    }

    fn charge_at(&self, origin: &Origin, now: Instant) -> Result<(), u64> {
        if self.rate <= 0.0 {
            return Ok(());
        }
        let (own, around) = match origin {
            Origin::Tenant(_) => return Ok(()),
            Origin::Network(network) => (Key::Network(*network), site(*network).map(Key::Site)),
            Origin::Unnamed => (Key::Unnamed, None),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = self.turn(&mut state, now);
        let mut taken = Vec::with_capacity(2);
        for (key, factor) in [(Some(own), 1.0), (around, SITE)] {
            let Some(key) = key else { continue };
            let key = self.place(&state, key);
            let (rate, burst) = (self.rate * factor, self.burst * factor);
            let known = state.young.get(&key).or_else(|| state.old.get(&key));
            let tokens = known.map_or(burst, |bucket| {
                let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
                (bucket.tokens + passed * rate).min(burst)
            });
            if tokens < 1.0 {
                return Err(((1.0 - tokens) / rate).ceil().max(1.0) as u64);
            }
            taken.push((key, tokens - 1.0));
        }
        for (key, tokens) in taken {
            state.young.insert(key, Bucket { tokens, at: now });
        }
        drop(state);
        // Freed outside the lock.
        drop(forgotten);
        Ok(())
    }

    fn turn(&self, state: &mut State, now: Instant) -> HashMap<Key, Bucket> {
        let full = Duration::try_from_secs_f64(self.burst / self.rate).unwrap_or(Duration::MAX);
        if now.saturating_duration_since(state.since) < full.max(Duration::from_secs(1)) {
            return HashMap::new();
        }
        state.since = now;
        let young = std::mem::take(&mut state.young);
        std::mem::replace(&mut state.old, young)
    }

    fn place(&self, state: &State, key: Key) -> Key {
        let taken = state.young.len() >= BUCKETS && !state.young.contains_key(&key);
        if !taken || key == Key::Unnamed {
            return key;
        }
        let crowd = match key {
            Key::Network(IpAddr::V4(short)) => {
                IpAddr::from([short.octets()[0], short.octets()[1], short.octets()[2], 0])
            }
            Key::Network(long) | Key::Site(long) => site(long).unwrap_or(long),
            Key::Shared(_) | Key::Unnamed => return key,
        };
        Key::Shared(self.hasher.hash_one(crowd) % SHARED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Origin {
        Origin::Network(super::super::addresses::network(text.parse().unwrap()))
    }

    #[test]
    fn a_network_pays_for_itself_and_a_site_for_all_of_its_networks() {
        let strangers = Strangers::new(0.5, 3.0);
        let now = Instant::now();
        let spend = |origin: &Origin| {
            (0..1000)
                .take_while(|_| strangers.charge_at(origin, now).is_ok())
                .count()
        };
        assert_eq!(spend(&from("::ffff:203.0.113.1")), 3);
        assert_eq!(spend(&from("203.0.113.1")), 0, "the same one");
        assert_eq!(spend(&from("::ffff:203.0.113.2")), 3);
        assert_eq!(spend(&Origin::Unnamed), 3);
        let networks = (0..1000).map(|n| from(&format!("2001:db8:7:{n:x}::1")));
        assert_eq!(networks.map(|one| spend(&one)).sum::<usize>(), 48);
        assert_eq!(spend(&from("2001:db8:8::1")), 3, "another site");
        assert_eq!(strangers.charge_at(&from("203.0.113.1"), now), Err(2));
        let later = now + Duration::from_secs(2);
        assert_eq!(strangers.charge_at(&from("203.0.113.1"), later), Ok(()));
        assert!(Strangers::new(0.0, 0.0).charge(&Origin::Unnamed).is_ok());
    }

    #[test]
    fn many_networks_neither_lock_others_out_nor_grow_without_end() {
        let strangers = Strangers::new(1.0, 60.0);
        let now = Instant::now();
        for n in 0..3 * BUCKETS as u32 {
            let short: IpAddr = std::net::Ipv4Addr::from(0x0a00_0000 | n).into();
            let _ = strangers.charge_at(&Origin::Network(short), now);
        }
        let most = BUCKETS + SHARED as usize;
        assert!(strangers.state.lock().unwrap().young.len() <= most);
        // Strangers from elsewhere still get an answer, but for a few who share a bucket with the crowd.
        let elsewhere = (0..64).map(|n| from(&format!("203.0.{n}.1")));
        let answered = elsewhere.filter(|one| strangers.charge_at(one, now).is_ok());
        assert!(answered.count() > 32);
        // And all is forgotten once it says nothing any more.
        for n in [61, 122] {
            let later = now + Duration::from_secs(n);
            strangers.charge_at(&from("198.51.100.1"), later).unwrap();
        }
        assert_eq!(strangers.state.lock().unwrap().young.len(), 1);
    }
}
