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
    bls::Scalar,
};

#[derive(Clone, Copy, PartialEq)]
pub(super) enum What {
    Signature,
    Proof,
    Commitment,
}

/// An object with everything that its verification takes.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) what: What,
    pub(super) interface: Interface,
    pub(super) suite: Suite,
    pub(super) octets: Vec<u8>,
    pub(super) key: Vec<u8>,
    pub(super) header: Vec<u8>,
    pub(super) ph: Vec<u8>,
    pub(super) messages: Vec<(usize, Vec<u8>)>,
    pub(super) committed: Vec<(usize, Vec<u8>)>,
    pub(super) signer: usize,
    pub(super) context: Vec<u8>,
    pub(super) pseudonym: Vec<u8>,
    pub(super) nyms: usize,
    pub(super) secrets: Vec<Scalar>,
    pub(super) blind: [u8; 32],
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
