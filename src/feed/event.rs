//! From a record to a VEVENT (RFC 5545 3.6.1).

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use icalendar::{Alarm, Component, Event, Property};

use super::query::Query;
use super::words;
use crate::domain::entry::{DayEntry, Days, DeadlineEntry, Entry, Place, SessionEntry};
use crate::domain::programme::{Certainty, DeadlineKind, Moment};
use crate::domain::revision::Record;
use crate::domain::zone::{Instant, Zone};

/// A deadline's entry ends at the deadline and begins this long before: who misreads it is early, never late.
const DEADLINE_LENGTH: TimeDelta = TimeDelta::minutes(30);

/// When a deadline rings, in minutes before it: seven days and one.
const DEADLINE_ALARMS: [u32; 2] = [7 * 24 * 60, 24 * 60];

/// Which times an event was written with: what the feed's VTIMEZONEs must cover.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    /// UTC instants or dates, which need none.
    Absolute,
    /// Civil times of this zone, in these calendar years.
    Civil(Zone, i32, i32),
}

/// An event, what orders it, and its zone.
pub(super) struct Built {
    pub event: Event,
    pub start: Instant,
    pub written: Written,
}

pub(super) fn build(record: &Record, query: &Query) -> Built {
    let mut event = Event::with_uid(&record.uid);
    event.append_property(stamp("DTSTAMP", record.modified));
    event.append_property(stamp("LAST-MODIFIED", record.modified));
    event.append_property(stamp("CREATED", record.created));
    event.add_property("SEQUENCE", record.sequence.to_string());
    let (start, written) = match &record.entry {
        Entry::Session(session) => build_session(&mut event, record, session, query),
        Entry::Deadline(deadline) => build_deadline(&mut event, record, deadline, query),
        Entry::Day(day) => build_day(&mut event, record, day, query),
    };
    Built { event, start, written }
}

fn build_session(event: &mut Event, record: &Record, session: &SessionEntry, query: &Query) -> (Instant, Written) {
    let written = period(event, session.start, session.end, query.zone.unwrap_or(session.start.zone));
    summary(event, record, &session.headline());
    event.add_property("DESCRIPTION", words::session_description(record, session));
    event.add_property("CATEGORIES", session.kind.label());
    place(event, &session.place);
    link(event, session.url.as_deref());
    status(event, record, session.certainty == Certainty::Tentative, "OPAQUE");
    asked_alarm(event, record, query, "START");
    (session.start.instant, written)
}

fn build_deadline(event: &mut Event, record: &Record, deadline: &DeadlineEntry, query: &Query) -> (Instant, Written) {
    let due = deadline.due;
    let start = due.instant - DEADLINE_LENGTH;
    let written = if query.all_day {
        // The same deadline in another form is another entry: a calendar that has both must not take one for the other.
        event.add_property("UID", record.uid.replacen("deadline-", "deadline-day-", 1));
        dates(event, due.date(), due.date());
        Written::Absolute
    } else {
        let zone = query.zone.unwrap_or(Zone::UTC);
        let from = Moment { civil: zone.local(start).civil, zone, instant: start };
        period(event, from, due.seen_in(zone), zone)
    };
    summary(event, record, &words::deadline_title(deadline, record.moved));
    event.add_property("DESCRIPTION", words::deadline_description(record, deadline));
    event.add_property("CATEGORIES", "Deadline");
    link(event, deadline.link());
    status(event, record, false, "TRANSPARENT");
    event.add_property("X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
    if deadline.kind != DeadlineKind::Notification && !record.is_cancelled() {
        for minutes in DEADLINE_ALARMS {
            alarm(event, minutes, "END", &format!("{} due in {}", deadline.short, words::length(minutes)));
        }
        asked_alarm(event, record, query, "END");
    }
    (start, written)
}

fn build_day(event: &mut Event, record: &Record, day: &DayEntry, query: &Query) -> (Instant, Written) {
    let kept: Vec<_> = day.lines.iter().filter(|line| !line.cancelled).collect();
    let lines: Vec<_> = if kept.is_empty() { day.lines.iter().collect() } else { kept };
    let first = lines.iter().map(|line| line.start).min_by_key(|moment| moment.instant);
    let last = lines.iter().map(|line| line.end).max_by_key(|moment| moment.instant);
    let (start, written) = match (first, last, day.days) {
        (Some(first), Some(last), _) => (first.instant, period(event, first, last, query.zone.unwrap_or(first.zone))),
        (_, _, days) => {
            let (from, to) = match days {
                Days::Span(from, to) => (from, to),
                // Without a date it stands where it was first published.
                Days::Open => {
                    (day.zone.local(record.created).civil.date(), day.zone.local(record.created).civil.date())
                }
            };
            dates(event, from, to);
            (day.zone.instant_or_nearest(from.and_time(Default::default())), Written::Absolute)
        }
    };
    summary(event, record, &words::day_title(record, day));
    event.add_property("DESCRIPTION", words::day_description(record, day));
    event.add_property("CATEGORIES", "Workshop");
    place(event, &day.place);
    link(event, day.url.as_deref());
    // A whole day without sessions is a place in the calendar; it must not keep anybody from being busy.
    let transparency = if day.lines.is_empty() { "TRANSPARENT" } else { "OPAQUE" };
    status(event, record, day.days == Days::Open, transparency);
    asked_alarm(event, record, query, "START");
    (start, written)
}

fn stamp(key: &str, instant: Instant) -> Property {
    let mut value = digits(instant.naive_utc());
    value.push('Z');
    Property::new(key, value)
}

/// RFC 5545 3.3.5, without the letter of UTC. Chrono would read its pattern anew each time, five times an entry.
fn digits(time: NaiveDateTime) -> String {
    let year = time.year().unsigned_abs();
    let pairs = [year / 100, year % 100, time.month(), time.day(), time.hour(), time.minute(), time.second()];
    let mut text = String::with_capacity("20250630T115900Z".len());
    for (place, pair) in pairs.iter().enumerate() {
        if place == 4 {
            text.push('T');
        }
        text.extend([pair / 10 % 10, pair % 10].map(|digit| char::from_digit(digit, 10).unwrap_or('0')));
    }
    text
}

/// DTSTART and DTEND as civil times of a zone, or as UTC instants.
fn period(event: &mut Event, start: Moment, end: Moment, zone: Zone) -> Written {
    for (key, moment) in [("DTSTART", start), ("DTEND", end)] {
        if zone == Zone::UTC {
            event.append_property(stamp(key, moment.instant));
        } else {
            let civil = digits(moment.seen_in(zone).civil);
            event.append_property(Property::new(key, civil).add_parameter("TZID", zone.tzid()).done());
        }
    }
    if zone == Zone::UTC {
        return Written::Absolute;
    }
    let year = |moment: Moment| moment.seen_in(zone).civil.year();
    Written::Civil(zone, year(start), year(end))
}

/// DTSTART and DTEND as dates; DTEND is the day after the last (RFC 5545 3.6.1).
fn dates(event: &mut Event, first: NaiveDate, last: NaiveDate) {
    for (key, date) in [("DTSTART", first), ("DTEND", last + TimeDelta::days(1))] {
        let property = Property::new(key, date.format("%Y%m%d").to_string()).add_parameter("VALUE", "DATE").done();
        event.append_property(property);
    }
}

fn summary(event: &mut Event, record: &Record, title: &str) {
    // Outlook, calcurse and khal ignore STATUS: the title says it too.
    let prefix = if record.is_cancelled() { "CANCELLED: " } else { "" };
    event.add_property("SUMMARY", format!("{prefix}{title}"));
}

fn status(event: &mut Event, record: &Record, tentative: bool, transparency: &str) {
    let (status, transparency) = match (record.is_cancelled(), tentative) {
        (true, _) => ("CANCELLED", "TRANSPARENT"),
        (false, true) => ("TENTATIVE", transparency),
        (false, false) => ("CONFIRMED", transparency),
    };
    event.add_property("STATUS", status);
    event.add_property("TRANSP", transparency);
}

fn place(event: &mut Event, place: &Place) {
    let parts: Vec<&str> = [&place.room, &place.name, &place.city].into_iter().flatten().map(String::as_str).collect();
    if !parts.is_empty() {
        event.add_property("LOCATION", parts.join(", "));
    }
    if let Some((north, east)) = &place.geo {
        event.add_property("GEO", format!("{north};{east}"));
    }
}

fn link(event: &mut Event, url: Option<&str>) {
    if let Some(url) = url {
        event.add_property("URL", url);
    }
}

fn asked_alarm(event: &mut Event, record: &Record, query: &Query, related: &str) {
    if let Some(minutes) = query.alarm
        && !record.is_cancelled()
    {
        let text = event.property_value("SUMMARY").unwrap_or_default().to_owned();
        alarm(event, minutes, related, &text);
    }
}

/// RFC 5545 3.6.6. Without a UID: the crate's own writer would invent one at each rendering.
fn alarm(event: &mut Event, minutes: u32, related: &str, text: &str) {
    let mut trigger = Property::new("TRIGGER", words::trigger(minutes));
    if related != "START" {
        trigger.add_parameter("RELATED", related);
    }
    // The crate prints a duration in seconds; days and hours are what every client has met before.
    let mut alarm = Alarm::display(text, -TimeDelta::minutes(i64::from(minutes)));
    alarm.append_property(trigger);
    event.append_component(alarm);
}
