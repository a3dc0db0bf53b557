//! Parts of the app that hold keys, as structs of function pointers: secrets, seed, device key.

use std::ffi::c_void;

use super::{
    input::{self, Grows, User},
    parts::{ChittyDrop, answered, part},
    sinks::{self, ChittySink},
    types::{ChittyBytes, ChittyStatus, ChittyStr},
};
use crate::facade::foreign::{
    ForeignError, HardwareSigner, SecretStore, SecurityLevel, SeedKeeper, SignerError,
};

/// Where the app keeps secrets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittySecretStore {
    /// `sizeof(ChittySecretStore)`.
    pub struct_size: usize,
    /// Handed to every callback; used from any thread, also from several at once.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Writes the secret of that name with `chitty_sink_bytes`, or nothing when there is none.
    /// Returns 0, or anything else for a failure. Must not throw.
    pub load: Option<
        extern "C" fn(user: *mut c_void, name: ChittyStr, out: *mut ChittySink) -> ChittyStatus,
    >,
    /// Keeps a secret under that name, in the place of an older one, durably before it returns. Only
    /// wallets call it; NULL where there is none. Returns 0, or anything else for a failure. Must not
    /// throw.
    pub save: Option<
        extern "C" fn(user: *mut c_void, name: ChittyStr, secret: ChittyBytes) -> ChittyStatus,
    >,
}

part!(secrets, ChittySecretStore, Secrets, SecretStore, load);

impl SecretStore for Secrets {
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, ForeignError> {
        let out = sinks::Open::new().map_err(|_| ForeignError::UNNAMED)?;
        let load = self.calls.load.ok_or(ForeignError::UNNAMED)?;
        answered(load(self.user.data(), ChittyStr::of(&name), out.pointer()))?;
        Ok(out.sink.bytes())
    }

    fn save(&self, name: String, secret: Vec<u8>) -> Result<(), ForeignError> {
        let secret = zeroize::Zeroizing::new(secret);
        let save = self.calls.save.ok_or(ForeignError::UNNAMED)?;
        let (name, secret) = (ChittyStr::of(&name), ChittyBytes::of(&secret));
        answered(save(self.user.data(), name, secret))
    }
}

/// Takes the seed of a new wallet, once, before anything is registered with it: to be shown as words,
/// divided into shares, or kept where the person says. The device itself does not keep it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittySeedKeeper {
    /// `sizeof(ChittySeedKeeper)`.
    pub struct_size: usize,
    /// Handed to the callback; used from any thread.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Takes the seed, 16 or 32 bytes, which are valid during the call only. Returns 0 when it is safe,
    /// or anything else for a failure: then there is no wallet. Must not throw.
    pub keep: Option<extern "C" fn(user: *mut c_void, seed: ChittyBytes) -> ChittyStatus>,
}

part!(seed_keeper, ChittySeedKeeper, Keeper, SeedKeeper, keep);

impl SeedKeeper for Keeper {
    fn keep(&self, seed: Vec<u8>) -> Result<(), ForeignError> {
        let seed = zeroize::Zeroizing::new(seed);
        let keep = self.calls.keep.ok_or(ForeignError::UNNAMED)?;
        answered(keep(self.user.data(), ChittyBytes::of(&seed)))
    }
}

/// Why a device key did not sign.
#[repr(C)]
#[expect(dead_code, reason = "for the C header only")]
pub enum ChittySignerError {
    /// The person turned the prompt down. Ask again only when they ask for it.
    Cancelled = 1,
    /// The person has to unlock the device or show who they are first.
    AuthenticationRequired = 2,
    /// The platform destroyed the key, for example when fingerprints changed.
    Invalidated = 3,
    /// The hardware does something else; try later.
    Busy = 4,
    /// There is no such hardware, or it does not answer.
    Unavailable = 5,
    /// Another key than the expected one answered: a wrong alias, or a key that was replaced.
    WrongKey = 6,
    /// What came back is no signature of P-256.
    Malformed = 7,
}

/// Where the platform says that a key lives. A claim: only attestation proves it.
#[repr(C)]
#[expect(dead_code, reason = "for the C header only")]
pub enum ChittySecurityLevel {
    /// In the memory of the program.
    Software = 1,
    /// In a trusted execution environment.
    TrustedEnvironment = 2,
    /// In a separate chip: StrongBox, Secure Enclave.
    SecureElement = 3,
}

/// A P-256 key of this device that the platform holds. Every callback returns 0, or for a failure one of
/// `ChittySignerError`; any other number counts as `CHITTY_SIGNER_ERROR_UNAVAILABLE`. None may throw.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittySigner {
    /// `sizeof(ChittySigner)`.
    pub struct_size: usize,
    /// Handed to every callback; used from any thread, also from several at once.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Writes the public key with `chitty_sink_bytes`: 33 or 65 bytes of SEC 1, or a
    /// SubjectPublicKeyInfo of 91 bytes.
    pub public_key: Option<extern "C" fn(user: *mut c_void, out: *mut ChittySink) -> ChittyStatus>,
    /// Writes the ECDSA signature with SHA-256 over `message`, which the platform hashes: DER, or 64
    /// bytes r ‖ s. May show a prompt to the person.
    pub sign: Option<
        extern "C" fn(
            user: *mut c_void,
            message: ChittyBytes,
            out: *mut ChittySink,
        ) -> ChittyStatus,
    >,
    /// Where the platform says that the key lives: one of `ChittySecurityLevel`. NULL means software.
    pub security_level: Option<extern "C" fn(user: *mut c_void) -> i32>,
}

part!(
    signer,
    ChittySigner,
    Signer,
    HardwareSigner,
    public_key,
    sign
);

impl Signer {
    fn sunk(
        &self,
        ask: impl FnOnce(*mut c_void, *mut ChittySink) -> ChittyStatus,
    ) -> Result<Vec<u8>, SignerError> {
        let out = sinks::Open::new().map_err(|_| SignerError::Unavailable)?;
        match ask(self.user.data(), out.pointer()) {
            0 => out.sink.bytes().ok_or(SignerError::Malformed),
            number => Err(SignerError::from_number(number)),
        }
    }
}

impl HardwareSigner for Signer {
    fn public_key(&self) -> Result<Vec<u8>, SignerError> {
        let ask = self.calls.public_key.ok_or(SignerError::Unavailable)?;
        self.sunk(|user, out| ask(user, out))
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, SignerError> {
        let ask = self.calls.sign.ok_or(SignerError::Unavailable)?;
        let message = ChittyBytes::of(&message);
        self.sunk(|user, out| ask(user, message, out))
    }

    fn security_level(&self) -> Result<SecurityLevel, SignerError> {
        let level = self.calls.security_level.map(|ask| ask(self.user.data()));
        Ok(match level {
            Some(2) => SecurityLevel::TrustedEnvironment,
            Some(3) => SecurityLevel::SecureElement,
            _ => SecurityLevel::Software,
        })
    }
}
