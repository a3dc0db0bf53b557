//! Ids as text: parsed, never made.

use chitty_client::id::{self, Check, ChittyId};

use super::{ChittyError, IdClass};

/// Which grammar an id follows. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum Profile {
    /// `AA-D-XXX-SSSS-T-YM-C-X`.
    SecureFallback = 1,
    /// `VV-G-LLL-SSSS-T-YYMM-C-XX`.
    Canonical = 2,
}

/// A well-formed id, taken apart. That it is well formed says nothing about who issued it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct ParsedId {
    /// Which grammar.
    pub profile: Profile,
    /// What the text claims the id is for. Only a receipt proves it.
    pub class: IdClass,
    /// The letter of the domain that issued it; a canonical id has none.
    pub domain: Option<String>,
    /// The namespace, or the jurisdiction of a canonical id.
    pub namespace: String,
    /// One letter.
    pub entity_type: String,
    /// Four digits.
    pub sequence: String,
    /// Two characters, or four digits of a canonical id.
    pub year_month: String,
    /// Whether the check character fits: a hint at typos, no proof.
    pub check_ok: bool,
}

prints!(ParsedId, |it, f| write!(f, "ParsedId({:?})", it.class));

/// Takes an id apart.
///
/// # Errors
/// `IdMalformed`.
pub fn parse_id(text: &str) -> Result<ParsedId, ChittyError> {
    let id = parsed(text)?;
    Ok(ParsedId {
        profile: match id.profile() {
            id::Profile::Canonical => Profile::Canonical,
            _ => Profile::SecureFallback,
        },
        class: id.class().into(),
        domain: id.domain().map(String::from),
        namespace: id.namespace().to_owned(),
        entity_type: id.entity_type().to_string(),
        sequence: id.sequence().to_owned(),
        year_month: id.year_month().to_owned(),
        check_ok: id.check() == Check::Ok,
    })
}

/// The ids in `held` that differ from `text` by one edit. Nothing that is not in `held` comes out.
///
/// # Errors
/// `IdMalformed` when something in `held` is not an id.
pub fn suggest(text: &str, held: &[String]) -> Result<Vec<String>, ChittyError> {
    let held: Vec<ChittyId> = held.iter().map(|id| parsed(id)).collect::<Result<_, _>>()?;
    let near = id::suggest(text, held);
    Ok(near.iter().map(ChittyId::to_string).collect())
}

pub(crate) fn parsed(text: &str) -> Result<ChittyId, ChittyError> {
    let parsed: Result<ChittyId, id::IdError> = text.parse();
    Ok(parsed.map_err(chitty_client::Error::from)?)
}
