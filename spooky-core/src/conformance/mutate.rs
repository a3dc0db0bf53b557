//! The mutations of a valid object, one at a time.

use super::reject::{Object, What};
use crate::{
    bbs::{Suite, internal::Interface},
    bls::{G1Affine, Scalar},
};

impl Object {
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// All mutations, one at a time.
    pub(super) fn mutations(&self, bits: u8) -> Vec<(String, Self)> {
        let mut list = Vec::new();
        let mut add =
            |name: String, change: &dyn Fn(&mut Self)| list.push((name, self.with(change)));
        for byte in 0..self.octets.len() {
            for bit in 0..bits {
                let bit = (u8::try_from(byte % 8).unwrap_or(0) + bit) % 8;
                add(format!("bit {bit} of byte {byte}"), &|o| {
                    o.octets[byte] ^= 1 << bit
                });
            }
        }
        for cut in [1, 31, 32, 48, self.octets.len()] {
            add(format!("{cut} bytes fewer"), &|o| {
                o.octets.truncate(o.octets.len().saturating_sub(cut));
            });
        }
        for extra in [1, 31, 32, 64] {
            add(format!("{extra} zeros more"), &|o| {
                o.octets.extend(vec![0; extra])
            });
            add(format!("{extra} bytes repeated"), &|o| {
                let tail = o.octets[o.octets.len() - extra..].to_vec();
                o.octets.extend(tail);
            });
        }
        add("the other suite".to_owned(), &|o| {
            o.suite = if o.suite == Suite::ALL[0] {
                Suite::ALL[1]
            } else {
                Suite::ALL[0]
            };
        });
        if self.what == What::Commitment {
            return list;
        }
        for byte in (0..96).step_by(7) {
            add(format!("key byte {byte}"), &|o| o.key[byte] ^= 1);
        }
        add("another key".to_owned(), &|o| {
            let other = crate::bbs::SecretKey::from_key_material(o.suite, &[9; 32], b"", None);
            o.key = other
                .map(|key| key.public_key().to_bytes().to_vec())
                .unwrap_or_default();
        });
        let change_text = |text: &mut Vec<u8>| match text.first_mut() {
            Some(byte) => *byte ^= 1,
            None => text.push(0),
        };
        type Pick = fn(&mut Object) -> &mut Vec<u8>;
        let mut texts: Vec<(&str, Pick)> = vec![("header", |o| &mut o.header)];
        if self.what == What::Proof {
            texts.push(("presentation header", |o| &mut o.ph));
            if self.interface == Interface::Pseudonym {
                texts.push(("context", |o| &mut o.context));
            }
        }
        for (name, pick) in texts {
            add(format!("{name} changed"), &|o| change_text(pick(o)));
            add(format!("{name} longer"), &|o| pick(o).push(0));
            if !pick(&mut self.clone()).is_empty() {
                add(format!("{name} absent"), &|o| pick(o).clear());
            }
        }
        type PickList = fn(&mut Object) -> &mut Vec<(usize, Vec<u8>)>;
        let mut lists: Vec<(&str, PickList)> = vec![("message", |o| &mut o.messages)];
        if self.interface != Interface::Core {
            lists.push(("committed message", |o| &mut o.committed));
        }
        for (name, pick) in lists {
            let count = pick(&mut self.clone()).len();
            for i in 0..count {
                add(format!("{name} {i} changed"), &|o| {
                    change_text(&mut pick(o)[i].1)
                });
                add(format!("{name} {i} left out"), &|o| drop(pick(o).remove(i)));
                if self.what == What::Proof {
                    add(format!("index of {name} {i} larger"), &|o| {
                        pick(o)[i].0 += 1
                    });
                    add(format!("index of {name} {i} enormous"), &|o| {
                        pick(o)[i].0 = usize::MAX
                    });
                    add(format!("{name} {i} twice"), &|o| {
                        let twice = pick(o)[i].clone();
                        pick(o).insert(i, twice);
                    });
                }
            }
            if count > 1 {
                add(format!("{name}s in another order"), &|o| pick(o).swap(0, 1));
            }
            add(format!("one {name} more"), &|o| {
                let next = pick(o).last().map_or(0, |(index, _)| index + 1);
                pick(o).push((next, b"more".to_vec()));
            });
        }
        if self.what == What::Signature && self.interface != Interface::Core {
            add("another blind".to_owned(), &|o| o.blind[31] ^= 1);
        }
        if self.what == What::Signature && self.interface == Interface::Pseudonym {
            add("another secret".to_owned(), &|o| {
                o.secrets[0] = o.secrets[0].add(&Scalar::one())
            });
            add("one secret more".to_owned(), &|o| {
                o.secrets.push(Scalar::one())
            });
            add("one secret fewer".to_owned(), &|o| {
                o.secrets.truncate(o.nyms - 1)
            });
        }
        if self.what == What::Proof && self.interface != Interface::Core {
            add("L larger".to_owned(), &|o| o.signer += 1);
            add("L enormous".to_owned(), &|o| o.signer = usize::MAX);
            if self.signer > 0 {
                add("L smaller".to_owned(), &|o| o.signer -= 1);
            }
        }
        if self.what == What::Proof && self.interface == Interface::Pseudonym {
            for byte in (0..48).step_by(5) {
                add(format!("pseudonym byte {byte}"), &|o| {
                    o.pseudonym[byte] ^= 1
                });
            }
            add("pseudonym is the identity".to_owned(), &|o| {
                o.pseudonym = vec![0; 48];
                o.pseudonym[0] = 0xc0;
            });
            add("pseudonym is the base point".to_owned(), &|o| {
                o.pseudonym = G1Affine::generator().to_bytes().to_vec();
            });
            add("pseudonym negated".to_owned(), &|o| o.pseudonym[0] ^= 0x20);
            add("N larger".to_owned(), &|o| o.nyms += 1);
            add("N smaller".to_owned(), &|o| o.nyms -= 1);
            add("N enormous".to_owned(), &|o| o.nyms = usize::MAX);
        }
        list
    }
}
