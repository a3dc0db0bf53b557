//! Settings that several roles share, and their checks before anything is opened.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::{auth::is_namespace, error::Error, fault::Faults, tls::TlsFiles};

/// What ids are made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minting {
    /// The first segment of SecureFallback ids: two characters 0-9A-Z.
    pub prefix: String,
    /// The region digit of Canonical ids, 1 to 9.
    pub region: u8,
    /// The jurisdiction of Canonical ids: three letters.
    pub jurisdiction: String,
}

impl Default for Minting {
    fn default() -> Self {
        Self {
            prefix: "AA".to_owned(),
            region: 1,
            jurisdiction: "USA".to_owned(),
        }
    }
}

impl Minting {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let base36 = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if self.prefix.len() != 2 || !self.prefix.bytes().all(base36) {
            return wrong("the issuer prefix must be two characters 0-9A-Z");
        }
        if !(1..=9).contains(&self.region) || !is_namespace(&self.jurisdiction) {
            return wrong("region is a digit 1-9 and jurisdiction three letters");
        }
        if self.jurisdiction == "ERR" {
            return wrong("the jurisdiction ERR is kept for error ids");
        }
        Ok(())
    }
}

/// Where a role listens.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// Says that a proxy on this host or network adds TLS, which is what makes another address than
    /// loopback acceptable without TLS here: API keys would travel in the open. Strangers are then
    /// told apart by the address that the proxy appends to `X-Forwarded-For` or `Forwarded`; those for whom
    /// it says nothing share one budget, and connections are not counted by address.
    pub behind_proxy: bool,
    /// Speaks TLS with these files.
    pub tls: Option<TlsFiles>,
}

impl Default for Listen {
    fn default() -> Self {
        Self::from(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            behind_proxy: false,
            tls: None,
        }
    }
}

impl Listen {
    pub(crate) fn check(&self, faults: &Faults) -> Result<(), Error> {
        if self.address.ip().is_loopback() {
            return Ok(());
        }
        if !faults.are_none() {
            return wrong("faults are for tests on loopback only");
        }
        if !self.behind_proxy && self.tls.is_none() {
            return wrong(
                "API keys would travel in the open; listen on loopback, or give --tls-cert and \
                 --tls-key, or put a TLS proxy in front and say --behind-proxy",
            );
        }
        Ok(())
    }
}

pub(crate) fn wrong<T>(what: &str) -> Result<T, Error> {
    Err(Error::Configuration(what.to_owned()))
}
