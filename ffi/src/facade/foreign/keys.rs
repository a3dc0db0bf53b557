//! Parts that hold keys: the place for secrets, the place for the seed, the device's signer.

use super::ForeignError;

/// Where the app keeps secrets, such as the platform's keychain.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait SecretStore: Send + Sync {
    /// The secret of that name; `None` when there is none.
    ///
    /// # Errors
    /// Any.
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, ForeignError>;

    /// Keeps a secret under that name, in the place of an older one, durably before it returns. Only
    /// wallets call it.
    ///
    /// # Errors
    /// Any.
    fn save(&self, name: String, secret: Vec<u8>) -> Result<(), ForeignError>;
}

/// Takes the seed of a new wallet, once, before anything is registered with it: to be shown as words,
/// divided into shares, or kept where the person says. The device itself does not keep it.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait SeedKeeper: Send + Sync {
    /// Takes the seed, 16 or 32 bytes. Returns when it is safe.
    ///
    /// # Errors
    /// Any; then there is no wallet.
    fn keep(&self, seed: Vec<u8>) -> Result<(), ForeignError>;
}

/// Why a device key did not sign. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Error))]
#[repr(u8)]
pub enum SignerError {
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

impl SignerError {
    /// The error of that number; `Unavailable` for every other number.
    pub fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Cancelled,
            2 => Self::AuthenticationRequired,
            3 => Self::Invalidated,
            4 => Self::Busy,
            6 => Self::WrongKey,
            7 => Self::Malformed,
            _ => Self::Unavailable,
        }
    }
}

impl std::fmt::Display for SignerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for SignerError {}

/// An exception that the foreign side did not declare. Its text may be a stack trace: dropped.
#[cfg(feature = "uniffi")]
impl From<uniffi::UnexpectedUniFFICallbackError> for SignerError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

/// Where the platform says that a key lives. A claim: only attestation proves it. Numbers never change
/// their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum SecurityLevel {
    /// In the memory of the program.
    Software = 1,
    /// In a trusted execution environment.
    TrustedEnvironment = 2,
    /// In a separate chip: StrongBox, Secure Enclave.
    SecureElement = 3,
}

/// A P-256 key of this device that the platform holds. An implementation stands for one key.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait HardwareSigner: Send + Sync {
    /// The public key: 33 or 65 bytes of SEC 1, or a SubjectPublicKeyInfo of 91 bytes.
    ///
    /// # Errors
    /// What keeps the platform from answering.
    fn public_key(&self) -> Result<Vec<u8>, SignerError>;

    /// ECDSA with SHA-256 over `message`, which the platform hashes: DER, or 64 bytes r ‖ s. May show a
    /// prompt to the person.
    ///
    /// # Errors
    /// What keeps the platform from signing.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, SignerError>;

    /// Where the platform says that the key lives.
    ///
    /// # Errors
    /// Any; it counts as [`SecurityLevel::Software`].
    fn security_level(&self) -> Result<SecurityLevel, SignerError>;
}
