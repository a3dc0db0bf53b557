//! Check characters, verified and never computed: both functions answer only yes or no.

/// ISO 7064 MOD 37,36 over all characters but the dashes, the last one being the check character.
pub(super) fn mod_37_36(text: &str) -> bool {
    let mut product = 36;
    let mut characters = text.chars().filter(|c| *c != '-').peekable();
    while let Some(character) = characters.next() {
        let Some(value) = character.to_digit(36) else {
            return false;
        };
        if characters.peek().is_none() {
            return (product + value) % 36 == 1;
        }
        let sum = match (product + value) % 36 {
            0 => 36,
            sum => sum,
        };
        product = sum * 2 % 37;
    }
    false
}

/// The live service's check (`spec/ids.md`): the remainder of segments 1 to 7 plus the two digits
/// is 1 modulo 97. It is ISO 7064 MOD 97-10 without the final factor of 100, so no library fits.
pub(super) fn mod_97(text: &str) -> bool {
    let Some((base, digits)) = text.rsplit_once('-') else {
        return false;
    };
    let remainder = base
        .chars()
        .filter(|c| *c != '-')
        .filter_map(|c| c.to_digit(36))
        .fold(0, |sum, value| {
            if value < 10 {
                (sum * 10 + value) % 97
            } else {
                (sum * 100 + value) % 97
            }
        });
    match digits.parse::<u32>() {
        Ok(check) if check < 97 => (remainder + check) % 97 == 1,
        _ => false,
    }
}
