//! Certificate and key as they stand in their PEM files, and why a pair cannot be used.
//!
//! Owns the reasons: which of the two files, and what is wrong with it. Refuses to say anything of a
//! key but its kind.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    InconsistentKeys,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SigningKey},
};
use spooky_core::encoding::sha256;
use zeroize::Zeroizing;

use crate::error::Error;

const SUPPORTED: &str = "use P-256, P-384, Ed25519, or RSA of 2048 to 8192 bits";

/// A server's certificate and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, PEM, the server's own first.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// What stood in both files when they were read.
pub(super) struct Content<'a> {
    files: &'a TlsFiles,
    certificate: std::io::Result<Vec<u8>>,
    key: std::io::Result<Zeroizing<Vec<u8>>>,
}

impl TlsFiles {
    pub(super) fn content(&self) -> Content<'_> {
        Content {
            files: self,
            certificate: std::fs::read(&self.certificate),
            key: std::fs::read(&self.key).map(Zeroizing::new),
        }
    }
}

impl Content<'_> {
    /// Another value means another content, and another content another value: lengths and times do
    /// not tell.
    pub(super) fn digests(&self) -> [Option<[u8; 32]>; 2] {
        let certificate = self.certificate.as_ref().ok();
        let key = self.key.as_ref().ok();
        [
            certificate.map(|bytes| sha256(bytes)),
            key.map(|bytes| sha256(bytes)),
        ]
    }

    /// The pair, when the two belong together and rustls can sign with the key.
    ///
    /// # Errors
    /// [`Error::Configuration`] with the file and the cause.
    pub(super) fn pair(&self) -> Result<CertifiedKey, Error> {
        let chain = self.chain()?;
        let key = self.signing_key()?;
        let matches = |chain: Vec<CertificateDer<'static>>| {
            CertifiedKey::new(chain, key.clone()).keys_match()
        };
        match matches(chain.clone()) {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {
                Ok(CertifiedKey::new(chain, key))
            }
            Err(rustls::Error::InconsistentKeys(_)) => {
                let other = chain
                    .iter()
                    .skip(1)
                    .any(|one| matches(vec![one.clone()]).is_ok());
                Err(self.wrong_certificate(match other {
                    true => "does not begin with the server's own certificate; put that first",
                    false => "and the key file do not belong together: it is for another key",
                }))
            }
            Err(_) => Err(self.wrong_certificate("holds a certificate that is damaged")),
        }
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let text = match &self.certificate {
            Ok(text) => text,
            Err(error) => return Err(self.wrong_certificate(&unread(error))),
        };
        let chain = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
        match chain {
            Ok(chain) if !chain.is_empty() => Ok(chain),
            Ok(_) if labels(text).any(|label| label.ends_with("PRIVATE KEY")) => Err(self
                .wrong_certificate(
                    "holds a private key and no certificate; are the two files swapped?",
                )),
            Ok(_) => Err(self.wrong_certificate(&nothing(text, "certificate"))),
            Err(_) => Err(self.wrong_certificate("is PEM that is damaged or ends early")),
        }
    }

    fn signing_key(&self) -> Result<Arc<dyn SigningKey>, Error> {
        let text = match &self.key {
            Ok(text) => text,
            Err(error) => return Err(self.wrong_key(&unread(error))),
        };
        let encrypted = labels(text).any(|label| label == "ENCRYPTED PRIVATE KEY")
            || contains(text, b"Proc-Type: 4,ENCRYPTED");
        if encrypted {
            let what = "holds a key under a passphrase; write it without one: openssl pkey -in KEY";
            return Err(self.wrong_key(what));
        }
        let keys = PrivateKeyDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
        let mut keys = keys
            .map_err(|_| self.wrong_key("is PEM that is damaged or ends early"))?
            .into_iter();
        let Some(key) = keys.next() else {
            return Err(self.wrong_key(&match labels(text).next().as_deref() {
                Some("CERTIFICATE") => {
                    "holds a certificate and no private key; are the two files swapped?".to_owned()
                }
                Some("OPENSSH PRIVATE KEY") => {
                    "holds a key in OpenSSH's format; write it as PKCS #8: ssh-keygen -p -m PKCS8"
                        .to_owned()
                }
                _ => nothing(text, "private key"),
            }));
        };
        let kind = kind(key.secret_der());
        let provider = ring::default_provider().key_provider;
        provider.load_private_key(key).map_err(|_| {
            self.wrong_key(&match kind {
                Some(kind) => format!("holds a key of {kind}, which is not supported; {SUPPORTED}"),
                None => format!("holds a key that is damaged or not supported; {SUPPORTED}"),
            })
        })
    }

    fn wrong_certificate(&self, what: &str) -> Error {
        let path = self.files.certificate.display();
        Error::Configuration(format!("TLS: the certificate file {path} {what}"))
    }

    fn wrong_key(&self, what: &str) -> Error {
        let path = self.files.key.display();
        Error::Configuration(format!("TLS: the key file {path} {what}"))
    }
}

fn unread(error: &std::io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Why a file without PEM errors holds nothing of what it should.
fn nothing(text: &[u8], what: &str) -> String {
    match labels(text).next() {
        _ if text.trim_ascii().is_empty() => "is empty".to_owned(),
        Some(label) => format!("holds {label} and no {what}"),
        None if text.starts_with(&[0x30]) => "is DER; write it as PEM".to_owned(),
        None => format!("is not PEM: it holds no {what}"),
    }
}

/// What the sections of a PEM file are called.
fn labels(text: &[u8]) -> impl Iterator<Item = String> {
    text.split(|byte| *byte == b'\n').filter_map(|line| {
        let label = line.trim_ascii().strip_prefix(b"-----BEGIN ")?;
        let label = label.strip_suffix(b"-----")?;
        let plain = label
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || b" 0123456789".contains(byte));
        (plain && label.len() <= 40).then(|| String::from_utf8_lossy(label).into_owned())
    })
}

/// The kind of a key that rustls does not sign with here, by the object identifier in it.
fn kind(der: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 6] = [
        (&[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23], "curve P-521"),
        (
            &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a],
            "curve secp256k1",
        ),
        (&[0x06, 0x03, 0x2b, 0x65, 0x71], "curve Ed448"),
        (
            &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01],
            "kind DSA",
        ),
        (
            &[
                0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
            ],
            "kind RSA-PSS",
        ),
        (
            &[
                0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
            ],
            "kind RSA and this size",
        ),
    ];
    // An identifier stands near the beginning, except in SEC 1, where it follows the scalar.
    let near = der.get(..der.len().min(160)).unwrap_or_default();
    let found = KINDS.iter().find(|(oid, _)| contains(near, oid));
    found.map(|(_, kind)| *kind)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
