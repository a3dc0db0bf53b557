//! Where the answer to a signed request goes, and how the asking session learns of it (`decisions.md`
//! D30; `spec/credentials.md`, section 5; OpenID4VP 1.0, section 8.2). Refuses every address but an https
//! one of the host that signs.

use serde::{Deserialize, Serialize};

use crate::{Error, pseudonym::Host};

/// Longest address of an answer, in bytes.
const MAX_URI: usize = 2048;

/// How the asking session gets to know what a wallet answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// The session is on the wallet's own device. The site gives the wallet a one-time response code, and
    /// believes only the session that brings it back.
    SameDevice,
    /// The session is on another device, whose picture the wallet scanned. Nothing ties the two together
    /// but the person's eyes.
    CrossDevice,
}

impl Flow {
    /// What a person has to be told before they consent; `None` when there is nothing to warn of.
    ///
    /// ```
    /// use spooky_core::credential::Flow;
    /// assert!(Flow::SameDevice.warning().is_none());
    /// assert!(Flow::CrossDevice.warning().is_some_and(|text| text.contains("somebody else")));
    /// ```
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::SameDevice => None,
            Self::CrossDevice => Some(
                "You answer for the screen on which you saw this code. If somebody else sent you the code \
                 or shows it to you, they and not you will be let in, in your name. Go on only if you \
                 opened the site yourself, on a device in front of you.",
            ),
        }
    }

    /// Whether a request of this flow may come in this way. One that was made for the other way cannot
    /// end well: its answer would be seen by a session that is not the person's.
    pub fn fits(self, arrival: Arrival) -> bool {
        matches!(
            (self, arrival),
            (Self::SameDevice, Arrival::Link) | (Self::CrossDevice, Arrival::Scanned)
        )
    }
}

/// How a signed request reached the wallet. The app knows; the request does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// By a link, or any other call of this device's own browser or apps, a message's link included.
    Link,
    /// By the camera, from the screen of another device.
    Scanned,
}

/// The https address that answers are posted to, by the wallet's own transport.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUri {
    text: String,
    host: Host,
}

impl ResponseUri {
    /// Reads an https URI without user, fragment and spaces, of at most 2048 characters, whose host is a name.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    ///
    /// ```
    /// use spooky_core::credential::ResponseUri;
    /// let uri = ResponseUri::parse("https://shop.example/answers?for=login")?;
    /// assert_eq!(uri.host().as_str(), "shop.example");
    /// assert_eq!(uri.with_code("Ab_-"), "https://shop.example/answers?for=login&response_code=Ab_-");
    /// for refused in ["http://shop.example/a", "https://shop.example@evil.example/a", "https:///a",
    ///     "https://shop.example\\@evil.example", "https://shop.example/a#b", "https://192.0.2.1/"] {
    ///     assert!(ResponseUri::parse(refused).is_err());
    /// }
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("response_uri");
        // What RFC 3986 allows, and no more: parsers differ about the rest.
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte);
        if text.len() > MAX_URI || !text.bytes().all(allowed) {
            return Err(WHAT);
        }
        let rest = text.strip_prefix("https://").ok_or(WHAT)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = Host::of_https_origin(&format!("https://{authority}")).map_err(|_| WHAT)?;
        Ok(Self {
            text: text.to_owned(),
            host,
        })
    }

    /// The URI as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Where the app sends the browser that asked: this URI with the query parameter `response_code`.
    pub fn with_code(&self, code: &str) -> String {
        let sign = if self.text.contains('?') { '&' } else { '?' };
        format!("{}{sign}response_code={code}", self.text)
    }
}

/// Prints nothing of it: where a person logs in is nobody's business.
impl core::fmt::Debug for ResponseUri {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ResponseUri")
    }
}
