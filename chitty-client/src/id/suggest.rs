//! Help with typos, from ids that the caller already holds. Nothing is ever guessed or completed:
//! an id that is not in the given list cannot come out.

use super::{ChittyId, MAX_LENGTH};

/// The ids in `held` that differ from `text` by one edit: a character replaced, missing, added, or
/// two neighbours swapped. An exact match is not a typo and is not returned.
///
/// ```
/// use chitty_client::id::{ChittyId, suggest};
///
/// let held: ChittyId = "AA-C-USR-1234-I-25-7-X".parse()?;
/// assert_eq!(suggest("AA-C-USR-1243-I-25-7-X", [held]), [held]);
/// assert!(suggest("AA-C-USR-9999-I-25-7-X", [held]).is_empty());
/// # Ok::<(), chitty_client::id::IdError>(())
/// ```
pub fn suggest(text: &str, held: impl IntoIterator<Item = ChittyId>) -> Vec<ChittyId> {
    // By characters and not by bytes: dashes and letters of other scripts are frequent typos.
    let text: Vec<char> = text.chars().take(MAX_LENGTH + 2).collect();
    held.into_iter()
        .filter(|id| is_one_edit(&text, &id.as_str().chars().collect::<Vec<_>>()))
        .collect()
}

fn is_one_edit(left: &[char], right: &[char]) -> bool {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[same..], &right[same..]);
    match left.len().abs_diff(right.len()) {
        0 => match (left, right) {
            ([], []) => false,
            ([a, b, left_rest @ ..], [c, d, right_rest @ ..]) if a == d && b == c => {
                left_rest == right_rest
            }
            (left, right) => left[1..] == right[1..],
        },
        1 if left.len() > right.len() => &left[1..] == right,
        1 => left == &right[1..],
        _ => false,
    }
}
