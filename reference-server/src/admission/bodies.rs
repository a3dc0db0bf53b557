//! Bodies, read whole before a place is taken: under a time limit, a limit of the route, and a budget of
//! bytes in memory, of which nobody has more than a share.
//!
//! Owns what is being read. Somebody who sends more bodies at once than his share loses those that he has
//! been sending longest.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::Body;
use bytes::BytesMut;
use chitty_client::error::Code;
use http::Request;
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;

use super::{
    addresses::{Origin, site},
    routes::{Route, too_many_values},
};
use crate::error::Refusal;

/// Most bodies that one sends at once.
const READERS: usize = 64;
/// What is read of a body that is too large, and for how long.
const POURED: usize = 2 << 20;
const POURING: Duration = Duration::from_secs(2);
/// One more second for as many bytes.
const PER_SECOND: usize = 64 * 1024;
/// A share of the memory is the whole divided by this. All who did not authenticate together have half of the
/// whole, and an IPv6 site half of that.
const SHARES: usize = 8;

#[derive(Default)]
struct Held {
    readers: VecDeque<(u64, CancellationToken)>,
    bytes: usize,
}

#[derive(Default)]
struct State {
    held: HashMap<Origin, Held>,
    bytes: usize,
    /// Of those, what is held for no tenant, in all and by site.
    strangers: usize,
    sites: HashMap<IpAddr, usize>,
    next: u64,
}

/// What all bodies take together.
pub(crate) struct Bodies {
    memory: usize,
    patience: Duration,
    state: Mutex<State>,
}

/// The bytes of one body, given back when its request is answered.
pub(crate) struct Reserved {
    bodies: Arc<Bodies>,
    origin: Origin,
    bytes: usize,
}

impl Bodies {
    pub(crate) fn new(memory: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            memory,
            patience,
            state: Mutex::default(),
        })
    }

    /// The same request with its body read.
    ///
    /// # Errors
    /// The refusal, and what it counts as.
    pub(crate) async fn read(
        self: &Arc<Self>,
        request: Request<Body>,
        origin: &Origin,
        route: Route,
    ) -> Result<(Request<Body>, Reserved), (Refusal, &'static str)> {
        let mut reserved = Reserved {
            bodies: self.clone(),
            origin: origin.clone(),
            bytes: 0,
        };
        let large = || {
            let limit = format!("the limit is {} bytes here", route.bytes);
            (Refusal::new(Code::BodyTooLarge).detail(limit), "large")
        };
        let (parts, body) = request.into_parts();
        let announced = hyper::body::Body::size_hint(&body);
        let reader = Reader::new(self, origin);
        if announced.lower() > route.bytes as u64 {
            pour_away(body, &reader.token).await;
            return Err(large());
        }
        let longest = route
            .bytes
            .min(announced.exact().unwrap_or(u64::MAX) as usize);
        let time = self.patience + Duration::from_secs((longest / PER_SECOND) as u64);
        let collect = async {
            let (mut body, mut bytes) = (body, BytesMut::new());
            while let Some(frame) = body.frame().await {
                let early = |_| {
                    (
                        Refusal::new(Code::BodyInvalid).detail("it ended early"),
                        "broken",
                    )
                };
                let Ok(data) = frame.map_err(early)?.into_data() else {
                    continue;
                };
                if bytes.len() + data.len() > route.bytes {
                    drop(bytes);
                    pour_away(body, &reader.token).await;
                    return Err(large());
                }
                reserved.more(data.len())?;
                bytes.extend_from_slice(&data);
            }
            Ok(bytes.freeze())
        };
        let read = tokio::select! {
            biased;
            () = reader.token.cancelled() => {
                Err((Refusal::new(Code::Overloaded).after(1), "slow"))
            }
            read = tokio::time::timeout(time, collect) => {
                read.unwrap_or_else(|_| Err((Refusal::new(Code::BodyTooSlow).after(1), "slow")))
            }
        };
        drop(reader);
        let bytes = read?;
        if too_many_values(&bytes, route.values) {
            let limit = format!("the limit is {} values here", route.values);
            return Err((Refusal::new(Code::BodyTooLarge).detail(limit), "large"));
        }
        Ok((Request::from_parts(parts, Body::from(bytes)), reserved))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    fn more(&mut self, bytes: usize) -> Result<(), (Refusal, &'static str)> {
        let mut state = self.bodies.lock();
        let own = state.held.get(&self.origin).map_or(0, |held| held.bytes);
        let (memory, site) = (self.bodies.memory, site_of(&self.origin));
        let by_site = site.and_then(|site| state.sites.get(&site)).copied();
        let full = state.bytes + bytes > memory
            || !self.origin.is_tenant() && state.strangers + bytes > memory / 2
            || by_site.unwrap_or(0) + bytes > memory / 4;
        if full || own + bytes > memory / SHARES {
            return Err((Refusal::new(Code::Overloaded).after(1), "shed"));
        }
        state.bytes += bytes;
        if !self.origin.is_tenant() {
            state.strangers += bytes;
        }
        if let Some(site) = site {
            *state.sites.entry(site).or_default() += bytes;
        }
        state.held.entry(self.origin.clone()).or_default().bytes += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut state = self.bodies.lock();
        state.bytes -= self.bytes;
        if !self.origin.is_tenant() {
            state.strangers -= self.bytes;
        }
        if let Some(site) = site_of(&self.origin) {
            let left = state.sites.get(&site).map_or(0, |held| held - self.bytes);
            match left {
                0 => state.sites.remove(&site),
                left => state.sites.insert(site, left),
            };
        }
        if let Some(held) = state.held.get_mut(&self.origin) {
            held.bytes -= self.bytes;
            tidy(&mut state, &self.origin);
        }
    }
}

/// The IPv6 site that somebody who did not authenticate comes from.
fn site_of(origin: &Origin) -> Option<IpAddr> {
    match origin {
        Origin::Network(network) => site(*network),
        Origin::Tenant(_) | Origin::Unnamed => None,
    }
}

/// Reads on for a moment without keeping anything: who still sends does not read the refusal.
async fn pour_away(mut body: Body, given_up: &CancellationToken) {
    let mut left = POURED;
    let pour = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len()));
            if left == 0 {
                return;
            }
        }
    };
    tokio::select! {
        () = given_up.cancelled() => {}
        () = pour => {}
        () = tokio::time::sleep(POURING) => {}
    }
}

fn tidy(state: &mut State, origin: &Origin) {
    let idle = |held: &Held| held.readers.is_empty() && held.bytes == 0;
    if state.held.get(origin).is_some_and(idle) {
        state.held.remove(origin);
    }
}

/// One body that is being read.
struct Reader<'a> {
    bodies: &'a Bodies,
    origin: &'a Origin,
    number: u64,
    token: CancellationToken,
}

impl<'a> Reader<'a> {
    fn new(bodies: &'a Bodies, origin: &'a Origin) -> Self {
        let token = CancellationToken::new();
        let mut state = bodies.lock();
        let number = state.next;
        state.next += 1;
        let held = state.held.entry(origin.clone()).or_default();
        held.readers.push_back((number, token.clone()));
        if held.readers.len() > READERS
            && let Some((_, oldest)) = held.readers.pop_front()
        {
            oldest.cancel();
        }
        Self {
            bodies,
            origin,
            number,
            token,
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut state = self.bodies.lock();
        if let Some(held) = state.held.get_mut(self.origin) {
            held.readers.retain(|(number, _)| *number != self.number);
            tidy(&mut state, self.origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: usize = 64 << 20;

    fn reserved(bodies: &Arc<Bodies>, origin: Origin) -> Reserved {
        Reserved {
            bodies: bodies.clone(),
            origin,
            bytes: 0,
        }
    }

    /// How many bytes these networks hold when each takes what it gets, and what a tenant gets then.
    fn taken(networks: impl Iterator<Item = IpAddr>) -> (usize, bool) {
        let bodies = Bodies::new(MEMORY, Duration::from_secs(1));
        let mut held = Vec::new();
        for network in networks {
            let mut one = reserved(&bodies, Origin::Network(network));
            while one.more(1 << 20).is_ok() {}
            held.push(one);
        }
        let bytes = held.iter().map(|one| one.bytes).sum();
        let tenant = reserved(&bodies, Origin::Tenant("alpha".into())).more(1 << 20);
        drop(held);
        let state = bodies.lock();
        assert_eq!((state.strangers, state.sites.len()), (0, 0), "given back");
        (bytes, tenant.is_ok())
    }

    #[test]
    fn strangers_leave_half_of_the_memory_and_a_site_more() {
        let many = (0..16_u8).map(|n| IpAddr::from([203, 0, 113, n]));
        assert_eq!(taken(many), (MEMORY / 2, true));
        let site = (0..16_u16).map(|n| IpAddr::from([0x2001, 0xdb8, 7, n, 0, 0, 0, 0]));
        assert_eq!(taken(site), (MEMORY / 4, true));
        // The control: one network has its share and no more.
        let one = std::iter::once(IpAddr::from([203, 0, 113, 1]));
        assert_eq!(taken(one), (MEMORY / SHARES, true));
    }
}
