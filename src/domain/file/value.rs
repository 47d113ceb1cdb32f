//! The values of a programme file, each with the limits it must keep.

use toml::de::DeValue;

use super::cursor::{Cursor, Value, written};
use super::meant::{brief, nearest, quoted, shortened};
use crate::domain::lead_time::LeadTime;
use crate::domain::programme::{Id, Named};
use crate::domain::zone::{UnknownZone, Zone};

const LONGEST_TITLE: usize = 300;
const LONGEST_TEXT: usize = 8 * 1024;
const MOST_LEAD_DAYS: u32 = 60;

/// One line of at most 300 characters.
pub(super) fn line(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = plain(cursor, value)?;
    let length = text.chars().count();
    if length > LONGEST_TITLE {
        cursor.error(
            value.span(),
            format!("{length} characters are too many for one line"),
            format!("shorten it to {LONGEST_TITLE}; a summary may be longer"),
        );
        return None;
    }
    if text.contains('\n') {
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let help = format!("write {}", shortened(&quoted(&joined)));
        cursor.error(value.span(), "this text must stand on one line", help);
        return None;
    }
    Some(text)
}

/// Several lines, at most 8 KiB.
pub(super) fn text(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = plain(cursor, value)?;
    if text.len() > LONGEST_TEXT {
        cursor.error(
            value.span(),
            format!("a text of {} bytes, at most {LONGEST_TEXT} are possible", text.len()),
            "shorten it, and link to the rest",
        );
        return None;
    }
    Some(text)
}

/// A text without control characters, trimmed, its line ends made one kind.
fn plain(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let DeValue::String(text) = value.get_ref() else {
        let alone = match value.get_ref() {
            DeValue::Array(values) if values.len() == 1 => values.iter().next().and_then(written),
            _ => written(value),
        };
        let help = match alone.as_deref() {
            Some(text) if text.starts_with('"') => format!("write {}", shortened(text)),
            Some(text) => format!("write {}", quoted(text)),
            None => "write \"a text\"".to_owned(),
        };
        return cursor.mismatch(value, "a text in quotes", help);
    };
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        cursor.error(value.span(), "the text is empty", "write something, or delete it");
        return None;
    }
    let unprintable =
        |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if let Some(c) = text.chars().find(|c| unprintable(*c)) {
        let help = "delete it; it often comes along when text is copied from a PDF";
        let what = format!("the control character U+{:04X} has no place in a text", c as u32);
        let span = place_of(cursor.source, value, c);
        cursor.error(span, what, help);
        return None;
    }
    if text.contains('\\') {
        let what = "calendars read a backslash differently: feeds show \u{29f5} in its place";
        cursor.note(value.span(), what, "write the text without it, if it can do without");
    }
    Some(text.to_owned())
}

/// Where a character stands in a text, itself or as `\u0007`.
fn place_of(source: &str, value: &Value<'_>, c: char) -> std::ops::Range<usize> {
    let span = value.span();
    let text = source.get(span.clone()).unwrap_or("");
    let code = format!("\\u{:04x}", c as u32);
    let found = text.find(c).map(|at| (at, c.len_utf8()));
    let found = found.or_else(|| text.to_ascii_lowercase().find(&code).map(|at| (at, code.len())));
    found.map_or(span.clone(), |(at, length)| span.start + at..span.start + at + length)
}

pub(super) fn id(cursor: &mut Cursor, value: &Value<'_>) -> Option<Id> {
    let text = line(cursor, value)?;
    Id::new(&text)
        .map_err(|error| {
            let help = match Id::suggestion(&text) {
                Some(id) => format!("write \"{id}\""),
                None => "write something like \"keynote-arbel\"".to_owned(),
            };
            cursor.error(value.span(), error.to_string(), help);
        })
        .ok()
}

/// One of a closed list of names, called `noun`: `kind of session`.
pub(super) fn name<T: Named>(cursor: &mut Cursor, value: &Value<'_>, noun: &str) -> Option<T> {
    let names = || T::ALL.iter().map(|(name, _)| *name);
    let all = names().map(quoted).collect::<Vec<_>>().join(", ");
    let DeValue::String(text) = value.get_ref() else {
        return cursor.mismatch(value, "a name in quotes", format!("it can be {all}"));
    };
    if let Some(value) = T::named(text) {
        return Some(value);
    }
    let help = match nearest(text, names()) {
        Some(near) => format!("did you mean {near:?}? It can be {all}"),
        None => format!("it can be {all}"),
    };
    cursor.error(value.span(), format!("{} is no {noun}", brief(text)), help);
    None
}

pub(super) fn zone(cursor: &mut Cursor, value: &Value<'_>) -> Option<Zone> {
    let text = line(cursor, value)?;
    match text.parse::<Zone>() {
        Ok(zone) => {
            if let Some(what) = zone.oddity() {
                cursor.note(value.span(), what, "name a city, such as \"Asia/Seoul\" or \"Europe/Copenhagen\"");
            }
            Some(zone)
        }
        Err(UnknownZone { nearest, .. }) => {
            let letters = (2..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase());
            let offset = text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_start();
            let is_offset = offset.starts_with(['+', '-']) && offset[1..].starts_with(|c: char| c.is_ascii_digit());
            let (what, help) = match nearest {
                Some(near) => (format!("{} is no time zone", brief(&text)), format!("did you mean {near:?}?")),
                None if is_offset => (
                    "an offset is no zone: summer time changes it".to_owned(),
                    "name a city of that zone, such as \"Asia/Seoul\"; or \"AoE\"".to_owned(),
                ),
                None if letters => (
                    format!("{text} is used for several zones"),
                    "name a city, such as \"Asia/Seoul\"; or \"AoE\"".to_owned(),
                ),
                None => (
                    format!("{} is no time zone we know", brief(&text)),
                    "name the largest city that shares its clock, such as \"Asia/Shanghai\"; or \"AoE\"".to_owned(),
                ),
            };
            cursor.error(value.span(), what, help);
            None
        }
    }
}

pub(super) fn lead_time(cursor: &mut Cursor, value: &Value<'_>) -> Option<LeadTime> {
    if let DeValue::Integer(days) = value.get_ref() {
        return cursor.mismatch(value, "a text in quotes", format!("write \"{days}d@09:00\""));
    }
    let text = line(cursor, value)?;
    text.parse::<LeadTime>()
        .map_err(|error| {
            let days = text.split('d').next().and_then(|days| days.parse::<u32>().ok());
            let hours = text.strip_suffix('h').and_then(|hours| hours.parse::<u32>().ok());
            let days = days.or(hours.map(|hours| hours.div_ceil(24)));
            let (what, help) = match days {
                Some(days) if days > MOST_LEAD_DAYS => (
                    format!("{} is more than {MOST_LEAD_DAYS} days", brief(&text)),
                    format!("write \"{MOST_LEAD_DAYS}d\" or less"),
                ),
                _ => (error.to_string(), "such as remind = [\"7d@09:00\", \"1d@09:00\"]".to_owned()),
            };
            cursor.error(value.span(), what, help);
        })
        .ok()
}

pub(super) fn color(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = line(cursor, value)?.to_lowercase();
    // RFC 7986 5.9 takes over the colour names of CSS, and nothing else of it.
    let mut names = csscolorparser::NAMED_COLORS.keys().map(|name| name.as_str());
    if names.clone().any(|name| name == text) {
        return Some(text);
    }
    let help = match nearest(&text, &mut names) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "calendars know the colour names of CSS, such as \"teal\"".to_owned(),
    };
    cursor.error(value.span(), format!("{} is no colour name", brief(&text)), help);
    None
}

pub(super) fn flag(cursor: &mut Cursor, value: &Value<'_>) -> Option<bool> {
    match value.get_ref() {
        DeValue::Boolean(flag) => Some(*flag),
        DeValue::String(text) => {
            let meant = match text.to_lowercase().as_str() {
                "true" | "yes" => "true",
                "false" | "no" => "false",
                _ => "true or false",
            };
            cursor.mismatch(value, "true or false", format!("write {meant}, without quotes"))
        }
        _ => cursor.mismatch(value, "true or false", "write true or false, without quotes"),
    }
}

pub(super) fn count(cursor: &mut Cursor, value: &Value<'_>) -> Option<u32> {
    let DeValue::Integer(integer) = value.get_ref() else {
        let help = match value.get_ref() {
            DeValue::String(text) if text.parse::<u32>().is_ok() => format!("write {text}, without quotes"),
            _ => "write a whole number, such as 1".to_owned(),
        };
        return cursor.mismatch(value, "a whole number", help);
    };
    match u32::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if number <= 1_000_000 => Some(number),
        _ => {
            cursor.error(value.span(), "a count is a whole number from 0 to 1000000", "write a number such as 1");
            None
        }
    }
}

/// Degrees north and east, kept as written.
pub(super) fn geo(cursor: &mut Cursor, value: &Value<'_>) -> Option<(String, String)> {
    let example = "write geo = [36.3753, 127.3925], degrees north and degrees east";
    let DeValue::Array(values) = value.get_ref() else {
        return cursor.mismatch(value, "a list of two numbers", example);
    };
    let degrees: Option<Vec<String>> = values
        .iter()
        .map(|value| match value.get_ref() {
            DeValue::Float(_) | DeValue::Integer(_) => written(value).filter(|text| {
                text.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit() || b == b'.')
                    && text.parse::<f64>().is_ok()
            }),
            _ => None,
        })
        .collect();
    let within = |text: &str, most: f64| text.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most);
    let (what, help) = match degrees.as_deref() {
        Some([north, east]) if within(north, 90.0) && within(east, 180.0) => {
            return Some((north.clone(), east.clone()));
        }
        Some([east, north]) if within(north, 90.0) && within(east, 180.0) => {
            ("degrees north come first, and there are at most 90", format!("write geo = [{north}, {east}]"))
        }
        Some([_, _]) => ("there are at most 90 degrees north or south, and 180 east or west", example.to_owned()),
        _ => ("geo is two numbers, degrees north and degrees east", example.to_owned()),
    };
    cursor.error(value.span(), what, help);
    None
}
