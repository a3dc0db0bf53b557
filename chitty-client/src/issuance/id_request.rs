//! What an app asks for, built member by member.

use serde_json::{Map, Value};
use spooky_core::encoding::json;

use super::{
    intent::{Handle, Intent, default_profile},
    metadata,
};
use crate::{
    error::{Code, Error},
    id::{ChittyId, Profile},
};

/// A request for an id.
///
/// ```
/// use chitty_client::issuance::IdRequest;
///
/// let request = IdRequest::new("USR", 'I').metadata("team", "blue").handle("row-17")?;
/// # Ok::<(), chitty_client::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct IdRequest {
    pub(crate) intent: Intent,
    pub(crate) handle: Option<Handle>,
    pub(crate) require_standard: bool,
    pub(crate) deadline: Option<std::time::Duration>,
    /// Whether a member of metadata was given twice.
    repeated: bool,
}

impl IdRequest {
    /// Asks for a SecureFallback id in `namespace` (three letters) of `entity_type` (one letter).
    pub fn new(namespace: impl Into<String>, entity_type: char) -> Self {
        Self {
            intent: Intent {
                profile: default_profile(),
                namespace: namespace.into(),
                entity_type: entity_type.to_string(),
                parent: None,
                metadata: Map::new(),
            },
            handle: None,
            require_standard: false,
            deadline: None,
            repeated: false,
        }
    }

    /// Asks for an id of another profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.intent.profile = profile.as_str().to_owned();
        self
    }

    /// Adds a member of metadata. The request is refused when a name is given twice
    /// (`MemberRepeated`) or when a number exceeds 2^53 − 1 (`MetadataInvalid`): send such numbers as
    /// text. Only what the [`Value`] still says can be checked. Parsing has rounded numbers and dropped
    /// repeated members, and `Value::from` has made a float that is not finite null; who has the text
    /// gives it to [`IdRequest::metadata_json`].
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let before = self.intent.metadata.insert(name.into(), value.into());
        self.repeated |= before.is_some();
        self
    }

    /// Adds the members of a JSON object to the metadata, checked in its text before parsing rounds a
    /// number or drops a member.
    ///
    /// ```
    /// use chitty_client::{error::Code, issuance::IdRequest};
    ///
    /// let request = |text| IdRequest::new("USR", 'I').metadata_json(text).map_err(|e| e.code());
    /// assert!(request(r#"{"account": "18446744073709551617"}"#).is_ok());
    /// assert_eq!(request(r#"{"account": 18446744073709551617}"#).err(), Some(Code::MetadataInvalid));
    /// assert_eq!(request(r#"{"a": 1, "\u0061": 2}"#).err(), Some(Code::MemberRepeated));
    /// ```
    ///
    /// # Errors
    /// `MetadataInvalid`, `MemberRepeated` or `TextNotUnicode`, with the place.
    pub fn metadata_json(mut self, text: &str) -> Result<Self, Error> {
        let members: Map<String, Value> = json::read(text.as_bytes()).map_err(metadata::refused)?;
        for (name, value) in members {
            self = self.metadata(name, value);
        }
        Ok(self)
    }

    /// Checks what can be told without a store.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.repeated {
            return Err(Code::MemberRepeated.into());
        }
        self.intent.validate()
    }

    /// Names the id of the thing that this one belongs to.
    #[must_use]
    pub fn parent(mut self, parent: ChittyId) -> Self {
        self.intent.parent = Some(parent);
        self
    }

    /// Names the thing, so that repeating the request, even after a crash, yields the same id.
    ///
    /// # Errors
    /// `HandleInvalid` unless it has 1 to 256 bytes.
    pub fn handle(mut self, name: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.handle = Some(Handle::new(name)?);
        Ok(self)
    }

    /// Refuses a fallback id: the call fails instead.
    #[must_use]
    pub fn require_standard(mut self) -> Self {
        self.require_standard = true;
        self
    }

    /// Gives this request another deadline than the client's.
    #[must_use]
    pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}
