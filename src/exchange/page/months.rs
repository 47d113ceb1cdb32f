//! The names of months, in full and cut short.

/// In English: three or four letters do.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Months that German spells otherwise.
const GERMAN: [(&str, u32); 9] = [
    ("januar", 1),
    ("februar", 2),
    ("märz", 3),
    ("mai", 5),
    ("juni", 6),
    ("juli", 7),
    ("oktober", 10),
    ("okt", 10),
    ("dezember", 12),
];

/// The number of a month, January as 1, of its name in small letters.
pub(super) fn number(word: &str) -> Option<u32> {
    if let Some((_, number)) = GERMAN.iter().find(|(name, _)| *name == word) {
        return Some(*number);
    }
    let matches = |name: &str| name == word || (3..=4).contains(&word.len()) && name.starts_with(word);
    let found = MONTHS.iter().position(|name| matches(name))?;
    u32::try_from(found + 1).ok()
}
