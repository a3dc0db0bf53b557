//! Composes identifiers: the only code of the whole project that does (architecture law 1).
//!
//! Owns the slots, the counters' meaning and the check characters of both profiles (decision D2;
//! `spec/ids.md`). Every result is parsed by `chitty-client` before it leaves, so the server cannot
//! issue what a client would refuse. Refuses counters beyond a slot's end.

use chitty_client::{
    error::Code,
    id::{Check, ChittyId},
    issuance::Intent,
};
use time::OffsetDateTime;

use crate::store::Slot;

const BASE36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Sequence numbers of one cycle, or of one Canonical slot.
pub(crate) const PER_CYCLE: u64 = 10_000;
pub(crate) const CYCLES: u64 = 36;

/// Where SecureFallback ids of one kind and month come from.
#[derive(Debug, Clone)]
pub(crate) struct SecureFallback {
    /// The first six segments but the sequence, in order.
    prefix: String,
    domain: char,
    namespace: String,
    entity_type: String,
    year_month: String,
}

impl SecureFallback {
    /// Standard ids (domain C) for this intent at `now` (milliseconds).
    pub(crate) fn standard(prefix: &str, intent: &Intent, now: i64) -> Self {
        Self::new(prefix, 'C', &intent.namespace, &intent.entity_type, now)
    }

    /// Fallback ids (domain E) for this intent at `now` (milliseconds).
    pub(crate) fn fallback(prefix: &str, intent: &Intent, now: i64) -> Self {
        Self::new(prefix, 'E', &intent.namespace, &intent.entity_type, now)
    }

    fn new(prefix: &str, domain: char, namespace: &str, entity_type: &str, now: i64) -> Self {
        Self {
            prefix: prefix.to_owned(),
            domain,
            namespace: namespace.to_owned(),
            entity_type: entity_type.to_owned(),
            year_month: year_month(now),
        }
    }

    /// The counter through all cycles.
    pub(crate) fn slot(&self) -> Slot {
        Slot {
            name: self.name(),
            capacity: CYCLES * PER_CYCLE,
            family: format!("{}-{}", self.prefix, self.year_month),
        }
    }

    /// The counter of one cycle, as a grant gives it out.
    pub(crate) fn slot_in_cycle(&self, cycle: &str) -> Slot {
        Slot {
            name: format!("{}-{cycle}", self.name()),
            capacity: PER_CYCLE,
            family: format!("{}-{}", self.prefix, self.year_month),
        }
    }

    /// So many cycles together: what tenants share of a fallback's grant. The name stays when there are
    /// more.
    pub(crate) fn slot_in_cycles(&self, cycles: usize) -> Slot {
        Slot {
            capacity: cycles as u64 * PER_CYCLE,
            ..self.slot()
        }
    }

    fn name(&self) -> String {
        let Self {
            prefix,
            domain,
            namespace,
            entity_type,
            year_month,
        } = self;
        format!("{prefix}-{domain}-{namespace}-{entity_type}-{year_month}")
    }

    /// The slot's `counter`-th id.
    pub(crate) fn mint(&self, counter: u64) -> Result<ChittyId, Code> {
        let cycle = usize::try_from(counter / PER_CYCLE).map_err(|_| Code::SequenceExhausted)?;
        let cycle = *BASE36.get(cycle).ok_or(Code::SequenceExhausted)?;
        self.mint_in_cycle(char::from(cycle), counter % PER_CYCLE)
    }

    /// The `sequence`-th id of `cycle`.
    pub(crate) fn mint_in_cycle(&self, cycle: char, sequence: u64) -> Result<ChittyId, Code> {
        if sequence >= PER_CYCLE {
            return Err(Code::SequenceExhausted);
        }
        let Self {
            prefix,
            domain,
            namespace,
            entity_type,
            year_month,
        } = self;
        let base = format!(
            "{prefix}-{domain}-{namespace}-{sequence:04}-{entity_type}-{year_month}-{cycle}"
        );
        finished(&format!("{base}-{}", mod_37_36(&base)))
    }
}

/// Where Canonical ids of one kind and month come from.
#[derive(Debug, Clone)]
pub(crate) struct Canonical {
    region: u8,
    jurisdiction: String,
    entity_type: String,
    year_month: String,
}

impl Canonical {
    /// Ids for this intent at `now` (milliseconds); region and jurisdiction are the issuer's.
    pub(crate) fn new(region: u8, jurisdiction: &str, intent: &Intent, now: i64) -> Self {
        let (year, month) = date(now);
        Self {
            region,
            jurisdiction: jurisdiction.to_owned(),
            entity_type: intent.entity_type.clone(),
            year_month: format!("{year:02}{month:02}"),
        }
    }

    /// The counter of these ids.
    pub(crate) fn slot(&self) -> Slot {
        let Self {
            region,
            jurisdiction,
            entity_type,
            year_month,
        } = self;
        Slot {
            name: format!("03-{region}-{jurisdiction}-{entity_type}-{year_month}"),
            capacity: PER_CYCLE,
            family: format!("03-{year_month}"),
        }
    }

    /// The slot's `counter`-th id, with trust level 0: trust comes from elsewhere.
    pub(crate) fn mint(&self, counter: u64) -> Result<ChittyId, Code> {
        if counter >= PER_CYCLE {
            return Err(Code::SequenceExhausted);
        }
        let Self {
            region,
            jurisdiction,
            entity_type,
            year_month,
        } = self;
        let base = format!("03-{region}-{jurisdiction}-{counter:04}-{entity_type}-{year_month}-0");
        finished(&format!("{base}-{:02}", mod_97(&base)))
    }
}

/// The families of every standard id that this prefix makes at `now` (milliseconds).
pub(crate) fn families(prefix: &str, now: i64) -> [String; 2] {
    let (year, month) = date(now);
    [
        format!("{prefix}-{}", year_month(now)),
        format!("03-{year:02}{month:02}"),
    ]
}

/// The year and month segment at `now` (milliseconds): base 36 of (year mod 100) · 12 + month.
pub(crate) fn year_month(now: i64) -> String {
    let (year, month) = date(now);
    let value = usize::from(year) * 12 + usize::from(month);
    let digits = [BASE36[value / 36 % 36], BASE36[value % 36]];
    digits.map(char::from).iter().collect()
}

/// Two digits of the year, and the month from 1, in UTC.
fn date(now: i64) -> (u8, u8) {
    let at = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let year = u8::try_from(at.year().rem_euclid(100)).unwrap_or(0);
    (year, u8::from(at.month()))
}

fn finished(text: &str) -> Result<ChittyId, Code> {
    let id: ChittyId = text.parse().map_err(|_| Code::Internal)?;
    match id.check() {
        Check::Ok => Ok(id),
        Check::Mismatch => Err(Code::Internal),
    }
}

/// ISO 7064 MOD 37,36 over the characters without dashes.
fn mod_37_36(base: &str) -> char {
    let mut product = 36;
    for value in base.chars().filter_map(|c| c.to_digit(36)) {
        let sum = match (product + value) % 36 {
            0 => 36,
            sum => sum,
        };
        product = sum * 2 % 37;
    }
    char::from(BASE36[((37 - product) % 36) as usize])
}

/// The live service's two check digits (wire facts 1.4).
fn mod_97(base: &str) -> u32 {
    let remainder = base
        .chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |sum, value| match value {
            0..10 => (sum * 10 + value) % 97,
            _ => (sum * 100 + value) % 97,
        });
    (98 - remainder) % 97
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOVEMBER_2026: i64 = 1_793_500_000_000;

    fn intent(entity_type: &str) -> Intent {
        serde_json::from_value(serde_json::json!({"namespace": "USR", "type": entity_type}))
            .unwrap()
    }

    #[test]
    fn every_counter_of_a_slot_yields_another_well_formed_id_and_then_it_ends() {
        let slot = SecureFallback::standard("AA", &intent("I"), NOVEMBER_2026);
        assert_eq!(slot.year_month, "8Z");
        let ids: std::collections::HashSet<_> = (0..360_000)
            .step_by(7)
            .map(|counter| slot.mint(counter).unwrap())
            .collect();
        assert_eq!(ids.len(), 360_000_usize.div_ceil(7));
        assert!(slot.mint(359_999).is_ok());
        assert_eq!(slot.mint(360_000), Err(Code::SequenceExhausted));
        assert_eq!(
            slot.mint_in_cycle('0', 10_000),
            Err(Code::SequenceExhausted)
        );
    }

    #[test]
    fn a_slot_is_of_a_family_that_can_be_closed() {
        let families = families("AA", NOVEMBER_2026);
        let secure = SecureFallback::standard("AA", &intent("I"), NOVEMBER_2026).slot();
        let canonical = Canonical::new(1, "USA", &intent("P"), NOVEMBER_2026).slot();
        assert_eq!([secure.family, canonical.family], families);
        for (slot, family) in [secure.name, canonical.name].iter().zip(&families) {
            let (first, last) = family.split_once('-').unwrap();
            assert!(slot.starts_with(first) && slot.ends_with(last), "{slot}");
        }
    }

    #[test]
    fn canonical_ids_match_the_live_services_own_example() {
        assert_eq!(mod_97("03-3-GBR-0042-P-2611-0"), 28);
        let slot = Canonical::new(1, "USA", &intent("P"), NOVEMBER_2026);
        let id = slot.mint(42).unwrap();
        assert_eq!((id.year_month(), id.trust_level()), ("2611", Some(0)));
        assert_eq!(slot.mint(10_000), Err(Code::SequenceExhausted));
    }

    #[test]
    fn months_count_in_utc_and_never_collide_within_a_century() {
        assert_eq!(year_month(1_756_684_800_000), "8L"); // 2025-09-01, as the live v2 server
        assert_eq!(year_month(1_798_761_599_999), "90"); // 2026-12-31T23:59:59.999Z
        assert_eq!(year_month(1_798_761_600_000), "91"); // a millisecond later
    }
}
