//! Days and hours of a programme file, each turned into what it must be.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use toml::de::DeValue;
use toml::value::{Datetime, Offset, Time};

use super::cursor::{Cursor, Value};
use super::meant::{self, brief};
use crate::domain::programme::{Due, Moment};
use crate::domain::zone::{CivilError, Instant, Zone};

const YEARS: std::ops::RangeInclusive<i32> = 1990..=2199;

const DAY: &str = "2025-06-30";
const MOMENT: &str = "2025-09-23T13:30:00";

fn datetime<'v>(value: &'v Value<'_>) -> Option<&'v Datetime> {
    match value.get_ref() {
        DeValue::Datetime(datetime) => Some(datetime),
        _ => None,
    }
}

/// The day of a date, or a problem where it has none that can be planned with.
fn day_of(cursor: &mut Cursor, value: &Value<'_>, datetime: &Datetime) -> Option<NaiveDate> {
    let Some(date) = datetime.date else {
        let hour = datetime.to_string();
        cursor.error(value.span(), "the day is missing", format!("write day and hour, such as 2025-09-23T{hour}"));
        return None;
    };
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

/// The hour of a time, to the second.
fn hour_of(cursor: &mut Cursor, value: &Value<'_>, time: Time) -> Option<NaiveTime> {
    let second = time.second.unwrap_or(0);
    let hour = NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), second.into());
    if hour.is_none() {
        let help = format!("write {:02}:{:02}:59, or the next minute", time.hour, time.minute);
        cursor.error(value.span(), "a minute has seconds 00 to 59", help);
    }
    hour
}

/// A day alone.
pub(super) fn date(cursor: &mut Cursor, value: &Value<'_>) -> Option<NaiveDate> {
    match datetime(value) {
        Some(found) if found.time.is_none() => day_of(cursor, value, found),
        Some(found) => {
            let help = found.date.map_or_else(|| format!("write a day, such as {DAY}"), |day| format!("write {day}"));
            cursor.mismatch(value, "a day alone", help)
        }
        None => cursor.mismatch(value, "a day", day_help(value)),
    }
}

/// What to write where a day was meant.
fn day_help(value: &Value<'_>) -> String {
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(integer) if integer.as_str().len() == 8 && integer.as_str().is_ascii() => {
            let digits = integer.as_str();
            format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..])
        }
        _ => String::new(),
    };
    let meant = meant::moment(&text).or_else(|| meant::day(&text).map(|day| day.to_string()));
    format!("write {}, without quotes", meant.as_deref().unwrap_or(DAY))
}

/// A moment, on the clocks of `zone`; where that is not known because it is wrong itself, on any.
pub(super) fn moment(cursor: &mut Cursor, value: &Value<'_>, zone: Option<Zone>) -> Option<Moment> {
    match datetime(value) {
        Some(found) if found.offset.is_some() => with_offset(cursor, value, found, zone),
        Some(found) => {
            let day = day_of(cursor, value, found)?;
            let Some(time) = found.time else {
                cursor.error(value.span(), "the hour is missing", format!("write {day}T13:30:00"));
                return None;
            };
            let civil = day.and_time(hour_of(cursor, value, time)?);
            placed(cursor, value, civil, zone)
        }
        None => {
            let meant = match value.get_ref() {
                DeValue::String(text) => meant::moment(text),
                _ => None,
            };
            let help = format!("write {}, without quotes", meant.as_deref().unwrap_or(MOMENT));
            cursor.mismatch(value, "a day and an hour", help)
        }
    }
}

/// As [`moment`], where a day alone ends at 23:59.
pub(super) fn moment_or_day(cursor: &mut Cursor, value: &Value<'_>, zone: Option<Zone>) -> Option<Moment> {
    match datetime(value) {
        Some(found) if found.date.is_some() && found.time.is_none() => {
            let civil = day_of(cursor, value, found)?.and_time(NaiveTime::from_hms_opt(23, 59, 0)?);
            placed(cursor, value, civil, zone)
        }
        Some(_) => moment(cursor, value, zone),
        None => cursor.mismatch(value, "a day, or a day and an hour", day_help(value)),
    }
}

/// As [`moment_or_day`], or open for `"TBC"`.
pub(super) fn due(cursor: &mut Cursor, value: &Value<'_>, zone: Option<Zone>) -> Option<Due> {
    let DeValue::String(text) = value.get_ref() else {
        return moment_or_day(cursor, value, zone).map(Due::At);
    };
    if text == "TBC" {
        return Some(Due::Open);
    }
    let open = ["tbc", "tba", "tbd", "to be announced", "to be confirmed", "?"].contains(&text.to_lowercase().as_str());
    let help = if open {
        "did you mean \"TBC\"?".to_owned()
    } else {
        format!("{}; or \"TBC\" while it is open", day_help(value))
    };
    cursor.error(value.span(), format!("{} is neither a day nor \"TBC\"", brief(text)), help);
    None
}

/// A time with an offset of its own, which the zone would contradict one day.
fn with_offset<T>(cursor: &mut Cursor, value: &Value<'_>, found: &Datetime, zone: Option<Zone>) -> Option<T> {
    let instant = utc(cursor, value, found)?;
    let what = "a time has no Z and no offset here: its zone is named once, in [programme]";
    let help = match zone {
        Some(zone) => {
            let civil = zone.local(instant).civil.format("%Y-%m-%dT%H:%M:%S");
            format!("in {zone} that is {civil}: write that")
        }
        None => format!("write what the clock on the wall shows, such as {MOMENT}"),
    };
    cursor.error(value.span(), what, help);
    None
}

/// The moment of a civil time, or a problem when there is none, or two.
fn placed(cursor: &mut Cursor, value: &Value<'_>, civil: NaiveDateTime, zone: Option<Zone>) -> Option<Moment> {
    let zone = zone.unwrap_or(Zone::UTC);
    let shown = civil.format("%Y-%m-%d %H:%M");
    let (what, help) = match zone.instant(civil) {
        Ok(instant) => return Some(Moment { civil, zone, instant }),
        Err(CivilError::Gap { resumes }) => (
            format!("{shown} does not exist in {zone}: the clocks are put forward over it"),
            format!("the next time they show is {}", resumes.format("%Y-%m-%dT%H:%M:%S")),
        ),
        Err(CivilError::Overlap { earlier, later }) => (
            format!("{shown} comes twice in {zone}: the clocks are put back over it"),
            format!(
                "it is {} UTC and again {} UTC: choose a time outside that hour",
                earlier.format("%H:%M"),
                later.format("%H:%M")
            ),
        ),
    };
    cursor.error(value.span(), what, help);
    None
}

fn utc(cursor: &mut Cursor, value: &Value<'_>, found: &Datetime) -> Option<Instant> {
    let minutes = match found.offset {
        Some(Offset::Custom { minutes }) => i64::from(minutes),
        _ => 0,
    };
    let civil = day_of(cursor, value, found)?.and_time(hour_of(cursor, value, found.time?)?);
    Some(DateTime::from_naive_utc_and_offset(civil - TimeDelta::minutes(minutes), chrono::Utc))
}

/// An instant in UTC, `revised`.
pub(super) fn instant(cursor: &mut Cursor, value: &Value<'_>) -> Option<Instant> {
    match datetime(value) {
        Some(found) if found.offset.is_some() && found.time.is_some() => utc(cursor, value, found),
        Some(found) if found.time.is_some() && found.date.is_some() => {
            cursor.error(value.span(), "the Z (for UTC) is missing at the end", format!("write {found}Z"));
            None
        }
        _ => cursor.mismatch(value, "an instant in UTC", "write it like 2025-06-24T20:13:00Z, without quotes"),
    }
}
