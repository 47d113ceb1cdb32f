//! The values of a programme file, each with the limits it must keep.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use email_address::EmailAddress;
use toml::de::DeValue;
use toml::value::{Datetime, Offset};
use url::Url;

use super::cursor::{Cursor, Value, nearest};
use crate::domain::lead_time::LeadTime;
use crate::domain::programme::{Id, Named};
use crate::domain::zone::{Instant, Zone};

const LONGEST_TITLE: usize = 300;
const LONGEST_TEXT: usize = 8 * 1024;
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2199;

/// One line of at most 300 characters.
pub(super) fn line(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = plain(cursor, value, "\"a text\"")?;
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
        cursor.error(value.span(), "this text must stand on one line", "replace the line break by a blank");
        return None;
    }
    Some(text)
}

/// Several lines, at most 8 KiB.
pub(super) fn text(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = plain(cursor, value, "\"a text\"")?;
    if text.len() > LONGEST_TEXT {
        cursor.error(
            value.span(),
            format!("a text of {} octets is too long", text.len()),
            "shorten it to 8 KiB and link to the rest",
        );
        return None;
    }
    Some(text)
}

/// A text without control characters, trimmed, its line ends made one kind.
fn plain(cursor: &mut Cursor, value: &Value<'_>, example: &str) -> Option<String> {
    let DeValue::String(text) = value.get_ref() else {
        return cursor.mismatch(value, "a text", example);
    };
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        cursor.error(value.span(), "the text is empty", "write something, or leave the line out");
        return None;
    }
    let unprintable =
        |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if let Some(c) = text.chars().find(|c| unprintable(*c)) {
        cursor.error(
            value.span(),
            format!("the control character U+{:04X} has no place in a text", c as u32),
            "delete it; it often comes along when text is copied from a PDF",
        );
        return None;
    }
    if text.contains('\\') {
        cursor.note(value.span(), "calendars read a backslash differently: feeds show \u{29f5} in its place");
    }
    Some(text.to_owned())
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

pub(super) fn name<T: Named>(cursor: &mut Cursor, value: &Value<'_>) -> Option<T> {
    let names = || T::ALL.iter().map(|(name, _)| *name);
    let all = names().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let DeValue::String(text) = value.get_ref() else {
        return cursor.mismatch(value, "a name", &format!("one of {all}"));
    };
    if let Some(value) = T::named(text) {
        return Some(value);
    }
    let help = match nearest(text, names()) {
        Some(near) => format!("did you mean {near:?}? It can be {all}"),
        None => format!("it can be {all}"),
    };
    cursor.error(value.span(), format!("{} is not known here", quoted(text)), help);
    None
}

/// What was written, short enough to repeat.
pub(super) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

pub(super) fn zone(cursor: &mut Cursor, value: &Value<'_>) -> Option<Zone> {
    let text = line(cursor, value)?;
    text.parse::<Zone>()
        .map_err(|unknown| {
            let help = match unknown.nearest {
                Some(near) => format!("did you mean {near:?}?"),
                None => "write \"AoE\" or a name of the IANA database such as \"Asia/Seoul\"".to_owned(),
            };
            cursor.error(value.span(), format!("{} is no time zone", quoted(&text)), help);
        })
        .ok()
}

pub(super) fn url(cursor: &mut Cursor, value: &Value<'_>) -> Option<Url> {
    let text = line(cursor, value)?;
    let example = "write the whole address, such as https://example.org/page";
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() => Some(url),
        Ok(url) => {
            cursor.error(value.span(), format!("an address of the kind {}: cannot be linked", url.scheme()), example);
            None
        }
        Err(error) => {
            cursor.error(value.span(), format!("{} is no address of a page: {error}", quoted(&text)), example);
            None
        }
    }
}

pub(super) fn mailbox(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = line(cursor, value)?;
    match EmailAddress::parse_with_options(&text, email_address::Options::default().without_display_text()) {
        Ok(address) => Some(address.to_string()),
        Err(error) => {
            let what = format!("{} is no mail address: {error}", quoted(&text));
            cursor.error(value.span(), what, "write it as name@example.org");
            None
        }
    }
}

pub(super) fn domain(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = line(cursor, value)?;
    match url::Host::parse(&text) {
        Ok(url::Host::Domain(domain)) if domain.contains('.') && domain == text => Some(domain),
        Ok(url::Host::Domain(domain)) if domain.contains('.') => {
            cursor.error(value.span(), "a UID is written in ASCII, in small letters", format!("write \"{domain}\""));
            None
        }
        _ => {
            cursor.error(
                value.span(),
                format!("{} is no domain", quoted(&text)),
                "write the host of the workshop's page, such as \"example.org\"",
            );
            None
        }
    }
}

pub(super) fn lead_time(cursor: &mut Cursor, value: &Value<'_>) -> Option<LeadTime> {
    let text = line(cursor, value)?;
    text.parse::<LeadTime>()
        .map_err(|error| {
            cursor.error(value.span(), error.to_string(), "such as remind = [\"7d@09:00\", \"1d@09:00\"]");
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
    cursor.error(value.span(), format!("{} is no colour name", quoted(&text)), help);
    None
}

pub(super) fn flag(cursor: &mut Cursor, value: &Value<'_>) -> Option<bool> {
    match value.get_ref() {
        DeValue::Boolean(flag) => Some(*flag),
        _ => cursor.mismatch(value, "true or false", "true or false, without quotes"),
    }
}

pub(super) fn count(cursor: &mut Cursor, value: &Value<'_>) -> Option<u32> {
    let DeValue::Integer(integer) = value.get_ref() else {
        return cursor.mismatch(value, "a number", "a whole number, such as 1");
    };
    match u32::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if number <= 1_000_000 => Some(number),
        _ => {
            cursor.error(value.span(), "a count is a whole number from 0 to 1000000", "write a number such as 1");
            None
        }
    }
}

/// Degrees, kept as written.
pub(super) fn degrees(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = match value.get_ref() {
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Integer(integer) => integer.as_str().to_owned(),
        _ => return cursor.mismatch(value, "degrees", "degrees north and east: [36.3753, 127.3925]"),
    };
    let simple = text.strip_prefix('-').unwrap_or(&text).bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if simple && text.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= 180.0) {
        return Some(text);
    }
    cursor.error(
        value.span(),
        format!("{} is no number of degrees", quoted(&text)),
        "such as geo = [36.3753, 127.3925]",
    );
    None
}

fn datetime<'v>(value: &'v Value<'_>) -> Option<&'v Datetime> {
    match value.get_ref() {
        DeValue::Datetime(datetime) => Some(datetime),
        _ => None,
    }
}

fn day(cursor: &mut Cursor, value: &Value<'_>, datetime: &Datetime) -> Option<NaiveDate> {
    let date = datetime.date?;
    let day = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
    match day {
        Some(day) if YEARS.contains(&i32::from(date.year)) => Some(day),
        _ => {
            let what = format!("{:04}-{:02}-{:02} is no day we can plan with", date.year, date.month, date.day);
            cursor.error(value.span(), what, "check year, month and day");
            None
        }
    }
}

fn time(datetime: &Datetime) -> Option<NaiveTime> {
    let time = datetime.time?;
    NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), time.second.unwrap_or(0).into())
}

pub(super) fn date(cursor: &mut Cursor, value: &Value<'_>) -> Option<NaiveDate> {
    match datetime(value) {
        Some(found) if found.time.is_none() => day(cursor, value, found),
        _ => cursor.mismatch(value, "a day", "2025-09-23, without quotes"),
    }
}

pub(super) fn civil(cursor: &mut Cursor, value: &Value<'_>) -> Option<NaiveDateTime> {
    match datetime(value) {
        Some(found) if found.offset.is_none() && found.time.is_some() => {
            Some(day(cursor, value, found)?.and_time(time(found)?))
        }
        Some(found) if found.offset.is_some() => {
            let what = "a civil time has no Z and no offset: its zone is named once, in [programme]";
            cursor.error(value.span(), what, "write it as on the wall, such as 2025-09-23T13:30:00");
            None
        }
        _ => cursor.mismatch(value, "a day and a time", "2025-09-23T13:30:00, without quotes"),
    }
}

/// The civil time at which a deadline falls: a day ends at 23:59.
pub(super) fn civil_or_day(cursor: &mut Cursor, value: &Value<'_>) -> Option<NaiveDateTime> {
    match datetime(value) {
        Some(found) if found.time.is_none() => {
            Some(day(cursor, value, found)?.and_time(NaiveTime::from_hms_opt(23, 59, 0)?))
        }
        Some(_) => civil(cursor, value),
        None => cursor.mismatch(value, "a day, or a day and a time", "2025-06-30 (23:59 of that day), without quotes"),
    }
}

/// As [`civil_or_day`], or none for `"TBC"`.
pub(super) fn due(cursor: &mut Cursor, value: &Value<'_>) -> Option<Option<NaiveDateTime>> {
    match value.get_ref() {
        DeValue::String(text) if text == "TBC" => Some(None),
        DeValue::String(text) => {
            let what = format!("{} is neither a day nor \"TBC\"", quoted(text));
            cursor.error(value.span(), what, "write 2025-06-30 without quotes, or \"TBC\"");
            None
        }
        _ => civil_or_day(cursor, value).map(Some),
    }
}

pub(super) fn instant(cursor: &mut Cursor, value: &Value<'_>) -> Option<Instant> {
    let found = datetime(value).filter(|found| found.time.is_some() && found.offset.is_some());
    let Some(found) = found else {
        return cursor.mismatch(value, "an instant in UTC", "2025-06-24T20:13:00Z, without quotes");
    };
    let minutes = match found.offset {
        Some(Offset::Custom { minutes }) => i64::from(minutes),
        _ => 0,
    };
    let civil = day(cursor, value, found)?.and_time(time(found)?);
    Some(DateTime::from_naive_utc_and_offset(civil - TimeDelta::minutes(minutes), chrono::Utc))
}
