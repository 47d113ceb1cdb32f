//! Years as names carry them: `faimi-2025`, `MICCAI2025`, `CVPR '25`.

use chrono::Datelike;

use crate::domain::programme::{Id, Programme};

/// Years a programme file can hold.
pub(super) const YEARS: std::ops::Range<i32> = 1990..2200;

/// The year of a programme: of its first day, or the one its id, its short name or its title bears.
pub(super) fn year_of(programme: &Programme) -> Option<i32> {
    let day = programme.dates.map(|(first, _)| first.year());
    let names = [programme.id.as_str(), &programme.short, &programme.title];
    day.or_else(|| names.into_iter().find_map(|name| years(name).last().map(|(_, year)| year)))
}

/// The id with its year replaced, or with the year behind it; none when that is too long.
pub(super) fn id(old: &Id, year: i32) -> Option<Id> {
    let text = old.as_str();
    let new = match years(text).last() {
        Some((at, _)) => format!("{}{year}{}", &text[..at], &text[at + 4..]),
        None => format!("{text}-{year}"),
    };
    Id::new(&new).ok()
}

/// A name with the old year replaced by the new, wherever it stands, also as `'25`.
pub(super) fn renamed(name: &str, old: i32, new: i32) -> String {
    let mut out = String::new();
    let mut done = 0;
    for (at, digits) in numbers(name) {
        let short = digits.len() == 2 && name[..at].ends_with(['\'', '’']);
        let year = if short { old.rem_euclid(100) } else { old };
        if digits.parse() != Ok(year) || digits.len() != 4 && !short {
            continue;
        }
        out.push_str(&name[done..at]);
        out.push_str(&if short { format!("{:02}", new.rem_euclid(100)) } else { new.to_string() });
        done = at + digits.len();
    }
    out.push_str(&name[done..]);
    out
}

/// Whether a text names a year.
pub(super) fn says(text: &str, year: i32) -> bool {
    years(text).any(|(_, said)| said == year)
}

/// The years in a text, and where they stand.
fn years(text: &str) -> impl Iterator<Item = (usize, i32)> {
    let four = numbers(text).filter(|(_, digits)| digits.len() == 4);
    four.filter_map(|(at, digits)| Some((at, digits.parse().ok()?))).filter(|(_, year)| YEARS.contains(year))
}

/// Runs of digits, and where they stand.
fn numbers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(|c: char| c.is_ascii_digit())?;
        let length = text[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_gets_the_new_year_in_place_of_the_old_or_behind() {
        for (old, new) in [
            ("faimi-2025", "faimi-2027"),
            ("faimi2025-b", "faimi2027-b"),
            ("faimi", "faimi-2027"),
            ("icml-2024-2025", "icml-2024-2027"),
            ("room-12345", "room-12345-2027"),
        ] {
            assert_eq!(id(&Id::new(old).unwrap(), 2027).unwrap().as_str(), new);
        }
        assert_eq!(id(&Id::new(&"a".repeat(61)).unwrap(), 2027), None);
    }

    #[test]
    fn a_name_gets_the_new_year_wherever_the_old_one_stands() {
        for (old, new) in [
            ("Fair AI (FAI 2025)", "Fair AI (FAI 2027)"),
            ("FAI2025 at CVPR '25 and ICML ’25", "FAI2027 at CVPR '27 and ICML ’27"),
            ("Room 25, 12025 people, since 2019", "Room 25, 12025 people, since 2019"),
            ("워크숍2025년", "워크숍2027년"),
        ] {
            assert_eq!(renamed(old, 2025, 2027), new);
        }
    }
}
