//! The zone a page speaks of: "Anywhere on Earth", "23:59 Pacific Time", "UTC+1 (British Summer Time)", a country, a city.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::tokens::{Token, tokens};
use crate::domain::zone::Zone;

/// The names people use, longest phrases five words long.
static NAMES: LazyLock<HashMap<&'static str, (bool, Zone)>> = LazyLock::new(|| {
    let lines = include_str!("zones.tsv").lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &'static str| {
        let mut parts = line.split('\t');
        let (kind, name, zone) = (parts.next()?, parts.next()?, parts.next()?);
        Some((name, (kind == "clock", zone.parse().ok()?)))
    };
    lines.filter_map(entry).collect()
});

/// Every country of the table, also those with several clocks.
static COUNTRIES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines =
        include_str!("zones.tsv").lines().filter(|line| line.starts_with("country\t") || line.starts_with("many\t"));
    lines.filter_map(|line| line.split('\t').nth(1)).collect()
});

/// The cities that give a zone its name, in small letters.
static CITIES: LazyLock<HashMap<String, Zone>> = LazyLock::new(|| {
    let named = chrono_tz::TZ_VARIANTS.iter().filter_map(|zone| {
        let name = zone.name();
        let (region, city) = (name.split('/').next()?, name.rsplit('/').next()?);
        let is_place = name.contains('/') && !["Etc", "US", "Canada", "Brazil", "Chile", "Mexico"].contains(&region);
        is_place.then(|| (city.replace('_', " ").to_lowercase(), Zone::Iana(*zone)))
    });
    named.collect()
});

const MOST_WORDS: usize = 5;

/// A zone found in a text, and where.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Found {
    pub zone: Zone,
    pub range: Range<usize>,
}

/// The zone a text names as such: by its IANA name, as letters, in words, or as an offset from UTC.
pub(super) fn clock(text: &str) -> Option<Found> {
    let tokens = tokens(text);
    // `UTC+1 (British Summer Time)` is what stands in brackets.
    let by_name = named(&tokens, |(is_clock, zone)| *is_clock && *zone != Zone::UTC);
    by_name.or_else(|| iana(text)).or_else(|| offset(&tokens)).or_else(|| named(&tokens, |(is_clock, _)| *is_clock))
}

/// Whether a text is a country's name, or that of a city a zone is called after.
pub(super) fn is_place(text: &str) -> bool {
    COUNTRIES.contains(text.to_lowercase().as_str()) || place(text).is_some_and(|found| found.range == (0..text.len()))
}

/// The zone of a country that has one clock, or of a city that gives its zone the name: a guess, and a good one.
pub(super) fn place(text: &str) -> Option<Found> {
    let tokens = tokens(text);
    let city = || phrase(&tokens, |words| CITIES.get(words).copied());
    named(&tokens, |(is_clock, _)| !is_clock).or_else(city)
}

fn named(tokens: &[Token], fits: impl Fn(&(bool, Zone)) -> bool) -> Option<Found> {
    phrase(tokens, |words| NAMES.get(words).filter(|name| fits(name)).map(|(_, zone)| *zone))
}

/// The first and longest run of words that `look_up` knows.
fn phrase(tokens: &[Token], look_up: impl Fn(&str) -> Option<Zone>) -> Option<Found> {
    (0..tokens.len()).find_map(|start| {
        (1..=MOST_WORDS).rev().find_map(|length| {
            let words = tokens.get(start..start + length)?;
            let joined = words.iter().map(Token::word).collect::<Option<Vec<_>>>()?.join(" ");
            let range = words[0].range.start..words[length - 1].range.end;
            Some(Found { zone: look_up(&joined)?, range })
        })
    })
}

/// `Europe/Copenhagen`
fn iana(text: &str) -> Option<Found> {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-');
    let candidates = text.split(|c: char| !name(c)).filter(|word| word.contains('/'));
    candidates.into_iter().find_map(|word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        Some(Found { zone: Zone::named(word)?, range: start..start + word.len() })
    })
}

/// `UTC-12`, `GMT+1`: UTC-12 is Anywhere on Earth, other offsets are zones whose clock never changes.
fn offset(tokens: &[Token]) -> Option<Found> {
    tokens.windows(3).find_map(|three| {
        if !matches!(three[0].word(), Some("utc" | "gmt")) {
            return None;
        }
        let hours = i32::try_from(three[2].number()?.0).ok()?;
        let west = if three[1].is('+') { false } else { three[1].is_dash().then_some(true)? };
        let range = three[0].range.start..three[2].range.end;
        let zone = match (hours, west) {
            (0, _) => Zone::UTC,
            (12, true) => Zone::AnywhereOnEarth,
            // The database's sign is the other way round.
            (hours, true) => format!("Etc/GMT+{hours}").parse().ok()?,
            (hours, false) => format!("Etc/GMT-{hours}").parse().ok()?,
        };
        Some(Found { zone, range })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_names_a_zone() {
        let lines = include_str!("zones.tsv").lines().filter(|line| !line.starts_with(['#', 'm'])).count();
        assert_eq!(NAMES.len(), lines);
    }

    #[test]
    fn zones_are_found_as_people_write_them() {
        let cases = [
            ("All dates are Anywhere on Earth.", "AoE"),
            ("23:59:59 UTC-12", "AoE"),
            ("11:59 p.m. UTC−12:00", "AoE"),
            ("Deadlines (AoE)", "AoE"),
            ("23:59 Pacific Time", "America/Los_Angeles"),
            ("UTC+1 (British Summer Time)", "Europe/London"),
            ("midnight UTC/GMT", "UTC"),
            ("GMT+3", "Etc/GMT-3"),
            ("times in Europe/Copenhagen", "Europe/Copenhagen"),
        ];
        for (text, name) in cases {
            assert_eq!(clock(text).map(|found| found.zone.name()), Some(name), "{text}");
        }
        assert_eq!(clock("the best of times"), None);
        assert_eq!(place("Nairobi, Kenya").map(|found| found.zone.name()), Some("Africa/Nairobi"));
        assert_eq!(place("Vancouver, Canada").map(|found| found.zone.name()), Some("America/Vancouver"));
        assert_eq!(place("Springfield"), None);
    }
}
