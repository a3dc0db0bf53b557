//! Names of sites: a whole DNS host as lower-case A-labels (UTS 46, `decisions.md` D11). No scheme,
//! no port, no path, no trailing dot, no address, and no folding of sub-domains.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

use crate::Error;

/// A host by name, at most 253 characters.
///
/// ```
/// use spooky_core::pseudonym::Host;
/// assert_eq!(Host::parse("Bücher.Example")?.as_str(), "xn--bcher-kva.example");
/// for refused in ["https://a.example", "a.example:443", "a.example.", "192.0.2.1", "[::1]", ""] {
///     assert!(Host::parse(refused).is_err());
/// }
/// # Ok::<(), spooky_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    /// Reads a host and brings it to its canonical form.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but a DNS host: addresses, underscores, empty labels,
    /// lengths beyond those of DNS.
    pub fn parse(text: &str) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("host");
        // No mapping makes a text of this length short enough; so nothing long is worked on.
        if text.len() > 1024 {
            return Err(WHAT);
        }
        let host = Uts46::new()
            .to_ascii(
                text.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| WHAT)?;
        // The WHATWG URL standard takes a host for an IPv4 address when its last label is a number.
        let last = host.rsplit('.').next().unwrap_or_default();
        let hexadecimal = last
            .strip_prefix("0x")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WHAT);
        }
        Ok(Self(host.into_owned()))
    }

    /// Reads the host of an https origin, exactly `https://host` or `https://host:port`: what a
    /// URL parser calls the origin, and not a whole URL.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else.
    pub fn of_https_origin(origin: &str) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("https origin");
        let rest = origin.strip_prefix("https://").ok_or(WHAT)?;
        let host = match rest.split_once(':') {
            None => rest,
            Some((host, port)) => {
                let number = port.bytes().all(|byte| byte.is_ascii_digit());
                if !number || port.parse::<u16>().is_err() || port.starts_with('0') {
                    return Err(WHAT);
                }
                host
            }
        };
        Self::parse(host)
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints nothing of it: where a person logs in is nobody's business.
impl core::fmt::Debug for Host {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Host")
    }
}
