//! Every official valid object, mutated field by field: all must be refused.

use std::path::Path;

use super::{
    Fields, File,
    blind::{blind_factor, commitment, messages},
    files, folder,
};
use crate::{
    bbs::{
        CommitmentWithProof, Credential, Proof, ProverBlind, Pseudonym, PublicKey, Shown,
        Signature, Statement, Suite, internal::Interface,
    },
    bls::{G1Affine, Scalar},
};

#[derive(Clone, Copy, PartialEq)]
enum What {
    Signature,
    Proof,
    Commitment,
}

/// An object with everything that its verification takes.
#[derive(Clone)]
struct Object {
    what: What,
    interface: Interface,
    suite: Suite,
    octets: Vec<u8>,
    key: Vec<u8>,
    header: Vec<u8>,
    ph: Vec<u8>,
    messages: Vec<(usize, Vec<u8>)>,
    committed: Vec<(usize, Vec<u8>)>,
    signer: usize,
    context: Vec<u8>,
    pseudonym: Vec<u8>,
    nyms: usize,
    secrets: Vec<Scalar>,
    blind: [u8; 32],
}

fn shown(list: &[(usize, Vec<u8>)]) -> Vec<Shown<'_>> {
    list.iter()
        .map(|(index, text)| (*index, text.as_slice()))
        .collect()
}

fn texts(list: &[(usize, Vec<u8>)]) -> Vec<&[u8]> {
    list.iter().map(|(_, text)| text.as_slice()).collect()
}

fn numbered(list: Vec<Vec<u8>>) -> Vec<(usize, Vec<u8>)> {
    list.into_iter().enumerate().collect()
}

impl Object {
    /// The valid object in a file, if its judge and its fields say that there is one.
    fn read(folder: &Path, name: &str) -> Option<Self> {
        let segments: Vec<&str> = name.split('/').collect();
        let ["bbs", area, _, kind, _] = segments[..] else {
            return None;
        };
        let interface = match area {
            "core" => Interface::Core,
            "blind" => Interface::Blind,
            "pseudonym" => Interface::Pseudonym,
            _ => return None,
        };
        let what = match kind {
            "signature" | "nymSignature" => What::Signature,
            "proof" | "nymProof" => What::Proof,
            "commit" | "nymCommit" => What::Commitment,
            _ => return None,
        };
        let file = File::read(folder, name).ok()?;
        let json = file.json().ok()?;
        let fields = Fields::new(&json, name);
        if !fields.at("result.valid").ok()?.flag().ok()? {
            return None;
        }
        let octets = |path: &str| fields.find(path).and_then(|field| field.hex().ok());
        let number = |path: &str| fields.find(path).and_then(|field| field.number().ok());
        let scalars = |path: &str| fields.find(path).and_then(|list| list.scalars().ok());
        let all = fields.hexes_or_none("messages").ok()?;
        let signer = number("L").unwrap_or(all.len());
        let (shown, committed) = match (what, interface) {
            (What::Proof, Interface::Core) => {
                let indexes = fields.at("disclosedIndexes").ok()?.items().ok()?;
                let indexes = indexes.iter().filter_map(|index| index.number().ok());
                (indexes.map(|i| (i, all[i].clone())).collect(), Vec::new())
            }
            (What::Proof, _) => (
                fields.indexed("revealedMessages").ok()?,
                fields.indexed("revealedCommittedMessages").ok()?,
            ),
            _ => {
                let count = commitment(fields)
                    .ok()?
                    .flatten()
                    .map_or(0, |c| c.messages());
                let committed = messages(fields, None, "committedMessages", count).ok()?;
                (numbered(all), numbered(committed.unwrap_or_default()))
            }
        };
        let secrets = scalars("nym_secrets").unwrap_or_default();
        let octets_name = match what {
            What::Signature => "signature",
            What::Proof => "proof",
            What::Commitment => "commitmentWithProof",
        };
        Some(Self {
            what,
            interface,
            suite: file.suite().ok()?,
            octets: octets(octets_name)?,
            key: octets("signerPublicKey")
                .or_else(|| octets("signerKeyPair.publicKey"))
                .unwrap_or_default(),
            header: octets("header").unwrap_or_default(),
            ph: octets("presentationHeader").unwrap_or_default(),
            messages: shown,
            committed,
            signer,
            context: octets("context_id").unwrap_or_default(),
            pseudonym: octets("pseudonym").unwrap_or_default(),
            nyms: secrets.len(),
            secrets,
            blind: *blind_factor(fields).ok()?.expose_secret(),
        })
    }

    fn verifies(&self) -> bool {
        self.verify().is_ok()
    }

    fn verify(&self) -> Result<(), crate::Error> {
        if self.what == What::Commitment {
            return CommitmentWithProof::from_bytes(&self.octets)?
                .check(self.suite, self.interface);
        }
        let key = PublicKey::from_bytes(self.suite, &self.key)?;
        if self.what == What::Proof {
            let proof = Proof::from_bytes(&self.octets)?;
            let (messages, committed) = (shown(&self.messages), shown(&self.committed));
            let statement = Statement::core(&self.header, &self.ph, &messages);
            let pseudonym;
            let statement = match self.interface {
                Interface::Core => statement,
                Interface::Blind => statement.blind(self.signer, &committed),
                Interface::Pseudonym => {
                    pseudonym = Pseudonym::from_bytes(&self.pseudonym)?;
                    let context = &self.context;
                    statement.pseudonym_of(self.signer, &committed, context, &pseudonym, self.nyms)
                }
            };
            return key.verify_proof(&proof, &statement);
        }
        let signature = Signature::from_bytes(&self.octets)?;
        let (messages, committed) = (texts(&self.messages), texts(&self.committed));
        let blind = ProverBlind::from_bytes(&self.blind)?;
        let header = &self.header;
        match self.interface {
            Interface::Core => key.verify(&signature, header, &messages),
            Interface::Blind => {
                Credential::from_blind(&key, &signature, header, &messages, &committed, &blind)
                    .map(|_| ())
            }
            Interface::Pseudonym => Credential::with_nym_secrets(
                &key,
                &signature,
                header,
                &messages,
                &committed,
                &blind,
                &self.secrets,
            )
            .map(|_| ()),
        }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// All mutations, one at a time.
    fn mutations(&self, bits: u8) -> Vec<(String, Self)> {
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

#[test]
fn every_mutation_of_a_valid_object_is_refused() {
    let Some(folder) = folder() else { return };
    let bits = if std::env::var_os("CHITTY_SOAK").is_some() {
        8
    } else {
        1
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths).unwrap();
    let (mut objects, mut mutations, mut accepted) = (0, 0, Vec::new());
    for path in &paths {
        let name = path
            .strip_prefix(&folder)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let Some(object) = Object::read(&folder, &name) else {
            continue;
        };
        assert!(object.verifies(), "{name} is not read right");
        objects += 1;
        for (what, mutated) in object.mutations(bits) {
            mutations += 1;
            if mutated.verifies() {
                accepted.push(format!("{name}: {what}"));
            }
        }
    }
    println!(
        "{mutations} mutations of {objects} valid objects, {} accepted",
        accepted.len()
    );
    assert!(accepted.is_empty(), "{accepted:#?}");
    assert!(objects > 0, "the folder holds no valid object");
}
