//! What is fuzzed: one function for each decoder of outside bytes. `fuzz_targets/` only names them
//! for cargo-fuzz; `examples/seeds.rs` writes the seeds and runs every function on them.

pub mod client;
mod debt;
pub mod engine;
pub mod json;
pub mod people;
pub mod store;
pub mod wallet;

type Target = (&'static str, fn(&[u8]));

/// All targets by name.
pub const TARGETS: [Target; 21] = [
    ("anchor", people::anchor),
    ("answer", client::answer),
    ("commitment", engine::commitment),
    ("grant", client::grant),
    ("host", people::host),
    ("id", client::id),
    ("issued", people::issued),
    ("json", json::strict),
    ("jws", engine::jws),
    ("keys", client::keys),
    ("presentation", people::presentation),
    ("proof", engine::proof),
    ("pseudonym", engine::pseudonym),
    ("public_json", people::public_json),
    ("public_key", engine::public_key),
    ("receipt", client::receipt),
    ("scalar", engine::scalar),
    ("signature", engine::signature),
    ("store", store::store),
    ("verify", engine::verify),
    ("wallet", wallet::any),
];

/// Pieces of an input; what is missing counts as zero or empty.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A length octet and as many octets.
    pub fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }

    pub fn take(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}
