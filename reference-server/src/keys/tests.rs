//! Whose turn it is, by every replica's clock, and what is left of keys that signed.

use super::*;

const NOW: i64 = 1_794_312_000;
/// What replicas' clocks may be off by, and a little more in between.
const CLOCKS: [i64; 7] = [-300, -20, -1, 0, 1, 20, 300];

fn file(role: Role) -> KeyFile {
    let mut file = KeyFile::new(role, NOW, Lives::default()).unwrap();
    // What signs credentials has no turn.
    file.issuer.clear();
    file
}

/// The name of the key that signs at a replica whose clock says `time`.
fn signer(file: &KeyFile, purpose: Purpose, time: i64) -> Option<String> {
    let keys = Keys::read(file).unwrap();
    keys.active(purpose, time).ok().map(|key| key.kid.clone())
}

fn newest(file: &KeyFile, purpose: Purpose) -> &StoredKey {
    let mut keys = file.keys.iter().filter(|key| key.purpose == purpose);
    keys.rfind(|key| key.state == KeyState::Active).unwrap()
}

/// Everybody can sign for all of the role, and what is signed is dated inside the life of a key that is
/// published and not revoked.
fn assert_covered(file: &KeyFile, role: Role, now: i64) {
    for purpose in role.purposes() {
        for off in CLOCKS {
            let time = now + off;
            let kid = signer(file, *purpose, time);
            let kid = kid.unwrap_or_else(|| panic!("nobody signs {purpose:?} at {off:+}"));
            let key = file.keys.iter().find(|key| key.kid == kid).unwrap();
            assert!(
                (key.nbf..=key.exp).contains(&time),
                "{purpose:?} at {off:+}"
            );
            assert_ne!(key.state, KeyState::Revoked);
        }
    }
}

#[test]
fn a_rotation_leaves_no_replica_without_a_key() {
    for role in [Role::Main, Role::Broker, Role::Fallback] {
        let mut file = file(role);
        assert_covered(&file, role, NOW);
        let before = newest(&file, role.purposes()[0]).kid.clone();
        file.rotate(false, NOW + 1_000, Lives::default()).unwrap();
        file.issuer.clear();
        let after = newest(&file, role.purposes()[0]);
        let (after, begins) = (after.kid.clone(), after.nbf);
        assert_eq!(
            begins,
            NOW + 1_300,
            "it lies ahead by what clocks may differ"
        );
        for second in [
            0, 1, 150, 279, 280, 299, 300, 301, 320, 599, 600, 601, 86_400,
        ] {
            assert_covered(&file, role, NOW + 1_000 + second);
        }
        // The control: a replica that is behind would find no key if only the newest were looked at.
        assert!(begins > NOW + 1_000 - 20);
        let at = |time| signer(&file, role.purposes()[0], time).unwrap();
        assert_eq!(at(begins - 1), before);
        assert_eq!(at(begins), after);
        assert_eq!(at(begins + 200), after, "from its first second on");
    }
}

#[test]
fn rotations_in_a_row_and_ahead_leave_none_without_a_key_either() {
    let mut file = file(Role::Main);
    for second in [0, 0, 1, 20, 200, 299, 300, 301, 900, 905, 10_000] {
        let now = NOW + second;
        file.rotate(second % 2 == 1, now, Lives::default()).unwrap();
        for later in [0, 10, 299, 300, 301, 600] {
            assert_covered(&file, Role::Main, now + later);
        }
    }
    // A key that was published ahead signs at once, at every replica.
    file.rotate(true, NOW + 20_000, Lives::default()).unwrap();
    file.rotate(false, NOW + 20_001, Lives::default()).unwrap();
    let new = newest(&file, Purpose::Receipt).kid.clone();
    for off in CLOCKS {
        let signs = signer(&file, Purpose::Receipt, NOW + 20_001 + off);
        assert_eq!(signs.as_ref(), Some(&new));
    }
    let held = |file: &KeyFile| file.keys.iter().filter(|key| key.d.is_some()).count();
    assert_eq!(held(&file), 2, "what it replaced has no secret any more");
}

#[test]
fn a_retired_key_keeps_its_secret_only_until_its_successor_signs_everywhere() {
    let mut file = file(Role::Fallback);
    file.rotate(false, NOW + 1_000, Lives::default()).unwrap();
    let secrets = |file: &KeyFile| file.keys.iter().filter(|key| key.d.is_some()).count();
    assert!(!file.tidy(NOW + 1_599));
    assert_eq!(secrets(&file), 2);
    assert!(file.tidy(NOW + 1_600) && !file.tidy(NOW + 1_600));
    assert_eq!(secrets(&file), 1);
    assert_covered(&file, Role::Fallback, NOW + 1_600);
}

#[test]
fn a_revoked_key_never_signs_and_another_one_does_at_once() {
    for (role, purpose) in [
        (Role::Main, Purpose::Receipt),
        (Role::Main, Purpose::Grant),
        (Role::Broker, Purpose::Registered),
        (Role::Broker, Purpose::Status),
    ] {
        // Out of the blue; while the next one waits; and between two keys, each of them.
        for (n, (ahead, rotates, first)) in [
            (false, false, true),
            (true, true, true),
            (false, true, true),
            (false, true, false),
        ]
        .into_iter()
        .enumerate()
        {
            let (mut file, now) = (file(role), NOW + 5_000);
            let own = |key: &&StoredKey| key.purpose == purpose;
            if rotates {
                file.rotate(ahead, now - 10, Lives::default()).unwrap();
            }
            let mut keys: Vec<_> = file
                .keys
                .iter()
                .filter(own)
                .map(|key| key.kid.clone())
                .collect();
            let kid = if first {
                keys.swap_remove(0)
            } else {
                keys.pop().unwrap()
            };
            file.issuer.clear();
            let revoked = file.revoke(&kid, now, Lives::default()).unwrap();
            assert_eq!(revoked, Revoked::Key(purpose));
            for later in [0, 1, 280, 300, 400, 900] {
                assert_covered(&file, role, now + later);
            }
            for off in -600..600 {
                assert_ne!(signer(&file, purpose, now + off), Some(kid.clone()), "{n}");
            }
            let own = file.keys.iter().find(|key| key.kid == kid).unwrap();
            assert!(own.d.is_none() && own.state == KeyState::Revoked);
            assert!(file.revoke(&kid, now, Lives::default()).is_err(), "twice");
        }
    }
    let mut fallback = file(Role::Fallback);
    let kid = fallback.keys[0].kid.clone();
    assert!(fallback.revoke(&kid, NOW, Lives::default()).is_err());
}

#[test]
fn a_key_that_was_made_while_the_clock_was_ahead_blocks_nothing() {
    let year = 365 * 86_400;
    for ahead in [false, true] {
        let mut file = file(Role::Main);
        file.rotate(ahead, NOW + year, Lives::default()).unwrap();
        assert_covered(&file, Role::Main, NOW + 60);
        file.rotate(false, NOW + 60, Lives::default()).unwrap();
        file.rotate(false, NOW + 120, Lives::default()).unwrap();
        for second in [120, 130, 420, 1_000, year / 2] {
            assert_covered(&file, Role::Main, NOW + second);
        }
    }
    // And one step back after a rotation that is over.
    let mut file = file(Role::Main);
    file.rotate(false, NOW + 5_000, Lives::default()).unwrap();
    file.tidy(NOW + 6_000);
    assert!(
        signer(&file, Purpose::Receipt, NOW).is_none(),
        "nothing of it may be dated then"
    );
    file.rotate(false, NOW, Lives::default()).unwrap();
    assert_covered(&file, Role::Main, NOW);
}

#[test]
fn what_the_version_before_wrote_is_read() {
    let file = KeyFile::new(Role::Broker, NOW, Lives::from(30)).unwrap();
    let text = serde_json::to_string(&file).unwrap();
    assert!(!text.contains("revoked"), "as it wrote it");
    let again: KeyFile = serde_json::from_str(&text).unwrap();
    assert_covered(&again, Role::Broker, NOW);
}

#[test]
fn a_broker_that_rotates_often_publishes_no_more_keys_than_a_set_may_hold() {
    let mut file = file(Role::Broker);
    let revoked = file.keys[0].kid.clone();
    file.revoke(&revoked, NOW, Lives::default()).unwrap();
    for day in 1..100 {
        file.rotate(false, NOW + day * 86_400, Lives::default())
            .unwrap();
        file.issuer.clear();
        let keys = Keys::read(&file).unwrap();
        assert!(
            keys.statements("https://broker.example").is_ok(),
            "day {day}"
        );
        assert!(!keys.counts(&revoked), "it stays revoked");
        assert!(file.keys.iter().any(|key| key.kid == revoked));
    }
    assert_covered(&file, Role::Broker, NOW + 100 * 86_400);
}

#[test]
fn a_revocation_right_after_a_rotation_leaves_a_key_that_goes_on() {
    for (rotated, revoked) in [(NOW, NOW), (NOW + 100, NOW), (NOW, NOW + 200)] {
        let mut file = file(Role::Main);
        file.rotate(false, rotated, Lives::default()).unwrap();
        let kid = newest(&file, Purpose::Receipt).kid.clone();
        file.revoke(&kid, revoked, Lives::default()).unwrap();
        for later in [0, 300, 1_200, 86_400] {
            assert_covered(&file, Role::Main, revoked + later);
        }
    }
}

#[test]
fn what_a_broker_revokes_is_published_however_many_keys_it_has() {
    let mut file = file(Role::Broker);
    for day in 1..40 {
        file.rotate(false, NOW + day * 86_400, Lives::default())
            .unwrap();
        file.issuer.clear();
    }
    let now = NOW + 40 * 86_400;
    for n in 0..6 {
        let kid = newest(&file, Purpose::Status).kid.clone();
        file.revoke(&kid, now + n, Lives::default()).unwrap();
        let keys = Keys::read(&file).unwrap();
        assert!(keys.statements("https://broker.example").is_ok(), "{n}");
        assert!(!keys.counts(&kid));
        assert_covered(&file, Role::Broker, now + n);
    }
}
