//! The two grammars, checked segment by segment without allocation.

use super::{ChittyId, IdError, MAX_LENGTH, Profile, Segment, check};

/// The shape of one profile.
pub(super) struct Layout {
    pub(super) length: usize,
    segments: [Segment; 8],
    widths: [usize; 8],
}

const SECURE_FALLBACK: Layout = Layout {
    length: 22,
    segments: [
        Segment::IssuerPrefix,
        Segment::Domain,
        Segment::Namespace,
        Segment::Sequence,
        Segment::EntityType,
        Segment::YearMonth,
        Segment::Cycle,
        Segment::Check,
    ],
    widths: [2, 1, 3, 4, 1, 2, 1, 1],
};

const CANONICAL: Layout = Layout {
    length: 25,
    segments: [
        Segment::Version,
        Segment::Region,
        Segment::Jurisdiction,
        Segment::Sequence,
        Segment::EntityType,
        Segment::YearMonth,
        Segment::TrustLevel,
        Segment::Check,
    ],
    widths: [2, 1, 3, 4, 1, 4, 1, 2],
};

pub(super) fn layout(profile: Profile) -> &'static Layout {
    match profile {
        Profile::SecureFallback => &SECURE_FALLBACK,
        Profile::Canonical => &CANONICAL,
    }
}

pub(super) fn parse(text: &str) -> Result<ChittyId, IdError> {
    let profile = [Profile::SecureFallback, Profile::Canonical]
        .into_iter()
        .find(|profile| layout(*profile).length == text.len())
        .ok_or(IdError::Length { found: text.len() })?;
    let shape = layout(profile);
    let parts = split(text, shape)?;
    match profile {
        Profile::SecureFallback => secure_fallback(&parts)?,
        Profile::Canonical => canonical(&parts)?,
    }
    if profile == Profile::Canonical && !check::mod_97(text) {
        return Err(IdError::Check);
    }
    let mut id = ChittyId {
        text: [0; MAX_LENGTH],
        profile,
    };
    id.text[..text.len()].copy_from_slice(text.as_bytes());
    Ok(id)
}

fn split<'a>(text: &'a str, shape: &Layout) -> Result<[&'a str; 8], IdError> {
    let mut parts = [""; 8];
    let mut rest = text.split('-');
    for (index, part) in parts.iter_mut().enumerate() {
        let segment = shape.segments[index];
        *part = rest.next().ok_or(IdError::Missing { segment })?;
        let found = part.chars().count();
        if found != shape.widths[index] {
            return Err(IdError::Width {
                segment,
                found,
                expected: shape.widths[index],
            });
        }
    }
    // The total length and eight right widths leave no room for a ninth segment, once the grammar
    // has refused every character of more than one byte.
    Ok(parts)
}

fn secure_fallback(parts: &[&str; 8]) -> Result<(), IdError> {
    each(Segment::IssuerPrefix, parts[0], is_base36)?;
    each(Segment::Domain, parts[1], |c| matches!(c, 'C' | 'E'))?;
    each(Segment::Namespace, parts[2], |c| c.is_ascii_uppercase())?;
    each(Segment::Sequence, parts[3], |c| c.is_ascii_digit())?;
    each(Segment::EntityType, parts[4], |c| c.is_ascii_uppercase())?;
    each(Segment::YearMonth, parts[5], is_base36)?;
    each(Segment::Cycle, parts[6], is_base36)?;
    each(Segment::Check, parts[7], is_base36)
}

fn canonical(parts: &[&str; 8]) -> Result<(), IdError> {
    let error_id = parts[1] == "0";
    each(Segment::Version, parts[0], |c| c.is_ascii_digit())?;
    each(Segment::Region, parts[1], |c| c.is_ascii_digit())?;
    each(Segment::Jurisdiction, parts[2], |c| c.is_ascii_uppercase())?;
    each(Segment::Sequence, parts[3], |c| c.is_ascii_digit())?;
    each(Segment::EntityType, parts[4], |c| {
        matches!(c, 'P' | 'L' | 'T' | 'E' | 'A')
    })?;
    each(Segment::YearMonth, parts[5], |c| c.is_ascii_digit())?;
    each(Segment::TrustLevel, parts[6], |c| matches!(c, '0'..='5'))?;
    each(Segment::Check, parts[7], |c| c.is_ascii_digit())?;
    if error_id {
        // Region 0 exists only in `03-0-ERR-00dd-T-YYMM-0-XX`.
        whole(Segment::Version, parts[0], parts[0] == "03")?;
        whole(Segment::Jurisdiction, parts[2], parts[2] == "ERR")?;
        whole(Segment::Sequence, parts[3], parts[3].starts_with("00"))?;
        whole(Segment::TrustLevel, parts[6], parts[6] == "0")?;
    }
    Ok(())
}

fn is_base36(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn each(segment: Segment, part: &str, allowed: impl Fn(char) -> bool) -> Result<(), IdError> {
    match part.chars().find(|c| !allowed(*c)) {
        None => Ok(()),
        Some(found) => Err(IdError::Character { segment, found }),
    }
}

fn whole(segment: Segment, part: &str, allowed: bool) -> Result<(), IdError> {
    if allowed {
        return Ok(());
    }
    Err(IdError::Character {
        segment,
        found: part.chars().next().unwrap_or_default(),
    })
}
