//! The sentences of a feed: titles that tell it in thirty characters, descriptions complete as plain text.

use std::fmt::Write;

use chrono::NaiveDate;

use crate::domain::entry::{DayEntry, Days, DeadlineEntry, SessionEntry};
use crate::domain::programme::{Audience, DeadlineKind, Moment};
use crate::domain::revision::{Moved, Record, State};
use crate::domain::zone::Zone;

/// `30 Jun`.
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%-d %b").to_string()
}

/// `Mon 30 Jun 2025`.
pub(super) fn full_day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// `Full paper due 23:59 AoE, 30 Jun (extended)`.
pub(super) fn deadline_title(deadline: &DeadlineEntry, moved: Option<Moved>) -> String {
    let verb = if deadline.kind == DeadlineKind::Notification { "by" } else { "due" };
    let label = deadline.due.zone.local(deadline.due.instant).label;
    let mut title = format!("{} {verb} {} {label}, {}", deadline.short, deadline.due.clock(), day(deadline.due.date()));
    if let Some(moved) = moved {
        title.push_str(if moved.from.instant < deadline.due.instant { " (extended)" } else { " (brought forward)" });
    }
    title
}

/// `Mon 30 Jun 2025 23:59 AoE (UTC-12) = Tue 1 Jul 11:59 UTC = 20:59 in Daejeon (KST)`: a date is said again only where
/// it is another.
pub(super) fn three_clocks(deadline: &DeadlineEntry) -> String {
    let own = deadline.due;
    let mut line = format!("{} {} {}", full_day(own.date()), own.clock(), own.zone_label());
    let mut said = own.date();
    let mut also = |seen: Moment, clock: String| {
        let date = if seen.date() == said { String::new() } else { format!("{} ", seen.date().format("%a %-d %b")) };
        said = seen.date();
        let _ = write!(line, " = {date}{clock}");
    };
    let utc = own.seen_in(Zone::UTC);
    if utc.civil != own.civil {
        also(utc, format!("{} UTC", utc.clock()));
    }
    if let Some(venue) = deadline.at_the_venue().filter(|venue| venue.civil != utc.civil) {
        let label = venue.zone.local(venue.instant).label;
        also(
            venue,
            match &deadline.city {
                Some(city) => format!("{} in {city} ({label})", venue.clock()),
                None => format!("{} {label}", venue.clock()),
            },
        );
    }
    line
}

/// A description is put together line by line; what is not known leaves no gap.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn add(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    fn maybe(&mut self, line: Option<impl Into<String>>) {
        self.0.extend(line.map(Into::into));
    }

    /// The last lines of every description: why it is cancelled, where to read on.
    fn close(mut self, record: &Record, reason: Option<&str>, url: Option<&str>) -> String {
        match (reason, record.state) {
            (Some(reason), _) => self.0.insert(0, format!("CANCELLED: {reason}")),
            (None, State::Cancelled) => self.0.insert(0, "CANCELLED: no longer in the programme".to_owned()),
            (None, State::Live | State::Archived | State::Forgotten) => {}
        }
        self.maybe(url);
        self.0.join("\n")
    }
}

pub(super) fn deadline_description(record: &Record, deadline: &DeadlineEntry) -> String {
    let mut lines = Lines::default();
    lines.add(three_clocks(deadline));
    lines.maybe(record.move_in_words());
    if deadline.title != deadline.short {
        lines.add(deadline.title.as_str());
    }
    if deadline.audience == Audience::Accepted {
        lines.add("For authors of accepted papers");
    }
    if !deadline.ours {
        lines.add("Set by others: check their page");
    }
    lines.maybe(deadline.needs.as_deref());
    lines.maybe(deadline.note.as_deref());
    lines.close(record, deadline.cancelled.as_deref(), deadline.link())
}

pub(super) fn session_description(record: &Record, session: &SessionEntry) -> String {
    let mut lines = Lines::default();
    for speaker in &session.speakers {
        lines.add(match &speaker.affiliation {
            Some(affiliation) => format!("{}, {affiliation}", speaker.name),
            None => speaker.name.clone(),
        });
    }
    lines.maybe(session.authors.as_ref().map(|authors| format!("Authors: {authors}")));
    lines.maybe(session.summary.as_deref());
    lines.maybe(session.host.as_ref().map(|host| format!("Host: {host}")));
    lines.add(format!("{}, {}", span(session.start, session.end), full_day(session.start.date())));
    lines.maybe(record.move_in_words());
    lines.add(format!("Last change: {}", full_day(session.start.zone.local(record.modified).civil.date())));
    if !session.papers.is_empty() {
        lines.add("Posters:");
        for paper in &session.papers {
            lines.add(match paper.authors.as_str() {
                "" => format!("- {}", paper.title),
                authors => format!("- {authors}: {}", paper.title),
            });
        }
    }
    lines.close(record, session.cancelled.as_deref(), session.url.as_deref())
}

/// `13:35-14:20 KST (UTC+9)`.
fn span(start: Moment, end: Moment) -> String {
    format!("{}-{} {}", start.clock(), end.clock(), start.zone_label())
}

pub(super) fn day_title(record: &Record, day: &DayEntry) -> String {
    if record.key.is_sessions_day() && record.is_cancelled() {
        // Not the workshop is cancelled: its place in this feed is taken by the sessions.
        return format!("placeholder, see each session of {}", day.short);
    }
    match (day.days, day.ordinal) {
        (Days::Open, _) => format!("{} (dates to be announced)", day.short),
        (_, Some((nth, count))) => format!("{}, day {nth} of {count}", day.short),
        (_, None) => day.short.clone(),
    }
}

pub(super) fn day_description(record: &Record, day: &DayEntry) -> String {
    let mut lines = Lines::default();
    lines.add(day.title.as_str());
    let zone = day.lines.first().map(|line| format!("Times in {}", line.start.zone_label()));
    lines.maybe(zone);
    for line in &day.lines {
        let cancelled = if line.cancelled { "CANCELLED: " } else { "" };
        let room = line.room.as_ref().map_or(String::new(), |room| format!(" ({room})"));
        let (start, end) = (line.start.clock(), line.end.clock());
        lines.add(format!("{start}-{end} {cancelled}{}{room}", line.headline));
    }
    if day.lines.is_empty() {
        lines.add("The sessions are still to be announced");
    }
    let last = day.zone.local(record.modified).civil.date();
    lines.add(format!("Last change: {}", full_day(last)));
    let replaced = record.key.is_sessions_day().then_some("this placeholder was replaced by the sessions");
    lines.close(record, replaced.filter(|_| record.is_cancelled()), day.url.as_deref())
}

/// A number of minutes as people say it: `15 minutes`, `2 hours`, `7 days`.
pub(super) fn length(minutes: u32) -> String {
    let (number, unit) = match minutes {
        m if m % (24 * 60) == 0 => (m / (24 * 60), "day"),
        m if m % 60 == 0 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

/// RFC 5545 3.3.6, before the moment it relates to.
pub(super) fn trigger(minutes: u32) -> String {
    match minutes {
        m if m % (24 * 60) == 0 => format!("-P{}D", m / (24 * 60)),
        m if m % 60 == 0 => format!("-PT{}H", m / 60),
        m => format!("-PT{m}M"),
    }
}
