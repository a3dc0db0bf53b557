//! Whose turn it is to sign: one key follows another without a moment in which a replica has none, also
//! when its clock is behind or ahead by as much as clocks may be (decision D29).
//!
//! A new key is published with a beginning that lies ahead, and the old one signs until then: whichever
//! of the keys that may sign began last does. A key that takes a revoked one's place begins in the past, so
//! that it signs at once everywhere. Refuses to let a revoked key sign, and to leave a purpose without a key.

use chitty_client::issuance::keyset::KeyState;
use zeroize::Zeroize;

use super::{KeyFile, Lives, Purpose, Revoked, Role, StoredKey, TOLERANCE, issuer};
use crate::{config::wrong, error::Error};

/// Most keys for statements that a broker publishes: what a set may hold, but for two to take the place of
/// revoked ones.
const MOST: usize = 62;
/// What a set of a broker's keys for statements may hold.
const PUBLISHED: usize = 64;

impl StoredKey {
    /// Whether it may sign something dated `time`.
    fn signs_at(&self, time: i64) -> bool {
        let used = matches!(self.state, KeyState::Active | KeyState::Retired);
        used && self.d.is_some() && (self.nbf..=self.exp).contains(&time)
    }

    fn forget(&mut self) {
        self.d.zeroize();
        self.d = None;
    }

    /// Ends its use in favour of one that begins at `next`: what it signed stays valid, and it signs
    /// nothing that is dated later. Until then, by the slowest clock, it keeps its scalar. The
    /// grace lets a running server that has not seen the change yet finish.
    fn retire(&mut self, now: i64, next: i64) {
        self.state = KeyState::Retired;
        let end = now.max(next) + TOLERANCE;
        if self.nbf <= end {
            self.exp = self.exp.min(end);
        }
        if self.nbf >= next || next + TOLERANCE <= now {
            self.forget();
        }
    }
}

impl KeyFile {
    /// Whether something can be signed now at every replica, and goes on until a further key begins.
    fn is_covered(&self, purpose: Purpose, now: i64) -> bool {
        let signs = |time| {
            let mut keys = self.keys.iter().filter(|key| key.purpose == purpose);
            keys.any(|key| key.signs_at(time))
        };
        [-1, 0, 1, 2].iter().all(|n| signs(now + n * TOLERANCE))
    }

    /// Erases the scalars of retired keys whose successors sign everywhere by now. Tells whether there were
    /// any.
    pub(super) fn tidy(&mut self, now: i64) -> bool {
        let keys = self.keys.iter().filter(|key| key.state == KeyState::Active);
        let active: Vec<_> = keys.map(|key| (key.purpose, key.nbf)).collect();
        let mut any = false;
        for key in &mut self.keys {
            let follows = |(purpose, nbf): &(Purpose, i64)| {
                *purpose == key.purpose && *nbf > key.nbf && *nbf + TOLERANCE <= now
            };
            if key.state == KeyState::Retired && key.d.is_some() && active.iter().any(follows) {
                key.forget();
                any = true;
            }
        }
        any
    }

    /// Puts a new key in the place of each active one, or the `next` one when there is one. With
    /// `ahead`, only publishes the next keys, so that relying parties have them before they sign.
    pub(super) fn rotate(&mut self, ahead: bool, now: i64, lives: Lives) -> Result<(), Error> {
        self.tidy(now);
        for purpose in self.role().purposes() {
            let is = |key: &StoredKey, state| key.purpose == *purpose && key.state == state;
            if !self.keys.iter().any(|key| is(key, KeyState::Next)) {
                // One that waits for a command may begin whenever that comes.
                let lead = match !ahead && self.is_covered(*purpose, now) {
                    true => TOLERANCE,
                    false => -TOLERANCE,
                };
                let key = StoredKey::make(*purpose, KeyState::Next, now + lead, lives.days)?;
                self.keys.push(key);
            }
            if ahead {
                continue;
            }
            let next = self.keys.iter().find(|key| is(key, KeyState::Next));
            let begins = next.map_or(now, |key| key.nbf);
            for key in self.keys.iter_mut().filter(|key| key.purpose == *purpose) {
                match key.state {
                    KeyState::Active => key.retire(now, begins),
                    KeyState::Next => key.state = KeyState::Active,
                    _ => {}
                }
            }
        }
        self.make_room(now)?;
        self.extend_issuer(now, lives)?;
        self.version += 1;
        Ok(())
    }

    /// Drops a broker's oldest retired keys when more would be published than a set may hold. What they
    /// signed about anchors is signed anew when it is asked for; of snapshots only the newest counts. Revoked
    /// ones stay, so that nobody can take them back.
    fn make_room(&mut self, now: i64) -> Result<(), Error> {
        if self.role() != Role::Broker {
            return Ok(());
        }
        while self.keys.len() > MOST {
            let over = |key: &StoredKey| key.state == KeyState::Retired && key.exp < now;
            let Some(oldest) = self.keys.iter().position(over) else {
                return Err(Error::Keys(format!(
                    "more than {MOST} keys would be published, and none of them is over; rotate later"
                )));
            };
            self.keys.remove(oldest);
        }
        Ok(())
    }

    /// Makes room in a broker's set for a key that takes a revoked one's place, whether or not the oldest retired
    /// ones are over: a revocation that nobody can read is none.
    fn drop_retired(&mut self, now: i64) {
        while self.role() == Role::Broker && self.keys.len() > PUBLISHED {
            let is = |key: &StoredKey| key.state == KeyState::Retired;
            let over = self.keys.iter().position(|key| is(key) && key.exp < now);
            let Some(oldest) = over.or_else(|| self.keys.iter().position(is)) else {
                return;
            };
            self.keys.remove(oldest);
        }
    }

    /// Revokes a key of main's or a broker's, a BBS key by its public key. In the place of one that signs
    /// comes the next one, or a new one, at once.
    pub(super) fn revoke(&mut self, kid: &str, now: i64, lives: Lives) -> Result<Revoked, Error> {
        if self.role() == Role::Fallback {
            return wrong(
                "a fallback's key is not revoked here, but by `fallback suspend` at main",
            );
        }
        self.tidy(now);
        if issuer::revoke(&mut self.issuer, kid, now)? {
            self.version += 1;
            return Ok(Revoked::Credentials);
        }
        let Some(key) = self.keys.iter_mut().find(|key| key.kid == kid) else {
            return wrong("there is no key of this kid; see `keys show`");
        };
        if key.state == KeyState::Revoked {
            return wrong("this key is revoked already");
        }
        let (purpose, signed) = (key.purpose, key.state != KeyState::Next && key.d.is_some());
        key.revoke();
        // What is retired signs for a few minutes more: somebody has to go on after it.
        let follows = |key: &StoredKey| key.purpose == purpose && key.state == KeyState::Active;
        if signed && !(self.is_covered(purpose, now) && self.keys.iter().any(follows)) {
            let begins = now - TOLERANCE;
            let ready = |key: &&mut StoredKey| {
                key.purpose == purpose && key.state == KeyState::Next && key.nbf <= begins
            };
            match self.keys.iter_mut().find(ready) {
                Some(next) => next.state = KeyState::Active,
                None => {
                    let new = StoredKey::make(purpose, KeyState::Active, begins, lives.days)?;
                    self.keys.push(new);
                }
            }
        }
        self.drop_retired(now);
        self.version += 1;
        Ok(Revoked::Key(purpose))
    }
}
