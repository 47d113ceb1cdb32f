//! A schedule of JSON as somebody wrote it: every field may be missing, or be something else than it should.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde_json::Value;

use crate::domain::zone::{Instant, Zone};

/// Years in which a time can be placed in a zone at all.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2199;
/// A longer event is a mistake of its file.
const LONGEST_HOURS: i64 = 7 * 24;

/// A time as the schedule gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// With the offset that makes it an instant, in seconds.
    At(Instant, i32),
    /// What a clock of the schedule's zone shows.
    Civil(NaiveDateTime),
}

impl When {
    /// What a clock of `zone` shows then.
    pub fn civil(self, zone: Zone) -> NaiveDateTime {
        match self {
            When::At(instant, _) => zone.local(instant).civil,
            When::Civil(civil) => civil,
        }
    }

    fn after(self, length: TimeDelta) -> Option<When> {
        match self {
            When::At(instant, offset) => Some(When::At(instant.checked_add_signed(length)?, offset)),
            When::Civil(civil) => Some(When::Civil(civil.checked_add_signed(length)?)),
        }
    }
}

/// What the schedule says of the conference.
pub(super) struct Conference<'a> {
    fields: &'a Value,
    around: &'a Value,
}

/// What the schedule says of one event.
pub(super) struct Event<'a> {
    fields: &'a Value,
    day: &'a Value,
    room: &'a str,
}

impl<'a> Conference<'a> {
    /// The conference of a schedule, or the conference by itself.
    pub fn find(document: &'a Value) -> Option<Conference<'a>> {
        let schedule = document.get("schedule").unwrap_or(document);
        let found = |fields: &'a Value| fields.is_object().then_some(Conference { fields, around: schedule });
        match schedule.get("conference") {
            Some(conference) => found(conference),
            None => found(schedule).filter(|it| it.fields.get("days").is_some_and(Value::is_array)),
        }
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.fields.get(key).and_then(Value::as_str)
    }

    /// Its own page, or the one the schedule is found at.
    pub fn url(&self) -> Option<&'a str> {
        let base = ["base_url", "url"].into_iter().find_map(|key| self.around.get(key).and_then(Value::as_str));
        self.text("url").or(base)
    }

    pub fn has_tracks(&self) -> bool {
        self.fields.get("tracks").and_then(Value::as_array).is_some_and(|tracks| !tracks.is_empty())
    }

    /// First and last day, as far as both are given.
    pub fn dates(&self) -> Option<(NaiveDate, NaiveDate)> {
        let day = |key| self.text(key).and_then(|text| text.get(..10)).and_then(|date| date.parse().ok());
        Some((day("start")?, day("end")?))
    }

    /// Every event, day by day and room by room.
    pub fn events(&self) -> Vec<Event<'a>> {
        let mut events = Vec::new();
        for day in self.fields.get("days").and_then(Value::as_array).into_iter().flatten() {
            for (room, here) in day.get("rooms").and_then(Value::as_object).into_iter().flatten() {
                let here = here.as_array().into_iter().flatten();
                events.extend(here.map(|fields| Event { fields, day, room }));
            }
        }
        events
    }
}

impl<'a> Event<'a> {
    pub fn text(&self, key: &str) -> &'a str {
        self.fields.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn room(&self) -> &'a str {
        self.room
    }

    pub fn speakers(&self) -> Vec<&'a str> {
        let name = |person: &'a Value| {
            let named = ["public_name", "name", "full_public_name"].into_iter().find_map(|key| person.get(key));
            named.unwrap_or(person).as_str()
        };
        self.fields.get("persons").and_then(Value::as_array).into_iter().flatten().filter_map(name).collect()
    }

    /// When it begins: by its date, or else by its hour on its day.
    pub fn start(&self) -> Option<When> {
        when(self.text("date")).or_else(|| {
            let date: NaiveDate = self.day.get("date")?.as_str()?.parse().ok()?;
            let hour = clock(self.text("start"))?;
            // An hour before the day of the schedule begins is one of the night after it.
            let opens = self.day.get("day_start").and_then(Value::as_str).and_then(|text| text.get(11..16));
            let night = opens.and_then(clock).is_some_and(|opens| hour < opens);
            let date = if night { date.checked_add_days(chrono::Days::new(1))? } else { date };
            Some(date.and_time(hour)).filter(|civil| YEARS.contains(&civil.year())).map(When::Civil)
        })
    }

    /// When it ends: by its end, or else by its duration.
    pub fn end(&self) -> Option<When> {
        when(self.text("end")).or_else(|| self.start()?.after(length(self.fields.get("duration")?)?))
    }
}

fn when(text: &str) -> Option<When> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return YEARS.contains(&time.year()).then(|| When::At(time.to_utc(), time.offset().local_minus_utc()));
    }
    let civil = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let civil = civil.iter().find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok())?;
    YEARS.contains(&civil.year()).then_some(When::Civil(civil))
}

fn clock(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"].iter().find_map(|pattern| NaiveTime::parse_from_str(text, pattern).ok())
}

/// Minutes, `hh:mm`, or `dd:hh:mm`.
fn length(duration: &Value) -> Option<TimeDelta> {
    let minutes = match duration {
        Value::Number(minutes) => minutes.as_i64()?,
        Value::String(text) => {
            let parts: Vec<i64> = text.split(':').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
            let small = parts.iter().all(|part| (0..=10_000).contains(part));
            match parts.as_slice() {
                _ if !small => return None,
                [minutes] => *minutes,
                [hours, minutes] => hours * 60 + minutes,
                [days, hours, minutes] => (days * 24 + hours) * 60 + minutes,
                _ => return None,
            }
        }
        _ => return None,
    };
    (1..=LONGEST_HOURS * 60).contains(&minutes).then(|| TimeDelta::minutes(minutes))
}
