//! What a template sees of a deadline or a session: every date already said, on the reader's own clock first.

use chrono::Datelike;
use minijinja::value::Value;
use serde::Serialize;

use super::ComposeError;
use super::turn::Turn;
use crate::domain::language::{Language, Reading, reading_of, readings_for};
use crate::domain::programme::{Audience, Award, Deadline, Moment, Programme, Session};
use crate::domain::zone::{Instant, Zone};
use crate::mail::clean;
use crate::mail::letter::{Corrected, Leaving, Told};
use crate::mail::paste::{moved_by, task};

/// A name longer than this would leave a subject no room for what it says.
const LONGEST_NAME: usize = 60;

/// A moment.
#[derive(Debug, Serialize)]
pub(super) struct DateView {
    /// For a subject: `Tue 1 Jul, 13:59 Copenhagen`.
    pub brief: String,
    /// The day alone: `Tue 1 July`.
    pub day: String,
    /// On the reader's clock, whole.
    pub own: String,
    /// On the others, a line each.
    pub others: Vec<String>,
}

/// A deadline.
#[derive(Debug, Serialize)]
pub(super) struct DeadlineView {
    pub title: String,
    pub short: String,
    /// `hand in`, `register`, `nothing` or `other`.
    pub task: &'static str,
    /// Only for authors of accepted papers.
    pub accepted: bool,
    pub ours: bool,
    pub needs: Option<String>,
    pub note: Option<String>,
    pub link: Option<String>,
    pub withdrawn: Option<String>,
    pub due: Option<DateView>,
    /// The time left, where it is ahead.
    pub left: Option<String>,
    /// The date published before, and whether it was an earlier one.
    pub was: Option<String>,
    pub was_earlier: bool,
}

/// A deadline, and what it did for this reader.
#[derive(Debug, Serialize)]
pub(super) struct ChangeView {
    pub deadline: DeadlineView,
    pub turn: &'static str,
    /// The date this reader was told.
    pub told: Option<DateView>,
    /// By how much it moved.
    pub by: Option<String>,
    pub link_moved_from: Option<String>,
    pub done: Option<String>,
}

/// A deadline to come, and when its reminders would.
#[derive(Debug, Serialize)]
pub(super) struct UpcomingView {
    pub deadline: DeadlineView,
    /// None where nobody knows on which clock they would come.
    pub reminders: Option<Vec<String>>,
}

/// A session, for who presents in it.
#[derive(Debug, Serialize)]
pub(super) struct SessionView {
    pub title: String,
    /// At the venue: `Tue 23 September 2025, 14:20 to 14:35 in Daejeon (KST, UTC+9)`.
    pub when: String,
    /// For a subject.
    pub brief: String,
    /// On the reader's own clock, where that is another.
    pub own: Option<String>,
    pub room: Option<String>,
    pub place: Vec<String>,
    pub maps: Vec<(String, String)>,
    pub note: Option<String>,
    pub link: Option<String>,
    /// Why it does not take place, if it does not.
    pub cancelled: Option<String>,
}

/// An award, and who got it.
#[derive(Debug, Serialize)]
pub(super) struct AwardView {
    pub title: String,
    pub recipients: Vec<String>,
}

impl AwardView {
    pub fn new(award: &Award) -> AwardView {
        let recipients = award.recipients.iter().map(|recipient| recipient.name.clone()).collect();
        AwardView { title: award.title.clone(), recipients }
    }
}

/// A change on hold.
#[derive(Debug, Serialize)]
pub(super) struct LeavingView {
    pub title: String,
    pub at: String,
    pub stop: String,
}

/// A text of several paragraphs, ready to be put as it is.
#[derive(Debug, Serialize)]
pub(super) struct Body {
    pub text: Value,
    pub html: Value,
}

/// Says moments to one reader.
#[derive(Clone, Copy)]
pub(super) struct Teller<'p> {
    pub programme: &'p Programme,
    pub language: Language,
    pub zone: Zone,
    pub at: Instant,
}

impl Teller<'_> {
    /// The year that goes without saying in a subject: the workshop's own.
    fn plain_year(&self) -> Option<i32> {
        self.programme.dates.map(|(first, _)| first.year())
    }

    fn readings(&self, moment: Moment) -> Vec<Reading> {
        readings_for(self.zone, moment, self.programme.time_zone, self.programme.venue.city.as_deref())
    }

    /// `Tue 24 June, 14:59 in Copenhagen`.
    pub fn hour(&self, instant: Instant) -> String {
        self.language.day_and_hour(&reading_of(self.zone, instant))
    }

    /// `Tue 24 June, 09:00`, where the city is plain.
    fn day_and_clock(&self, instant: Instant) -> String {
        let moment = reading_of(self.zone, instant).moment;
        let comma = if self.language == Language::English { "," } else { "" };
        format!("{}{comma} {}", self.language.weekday_and_day(moment.date()), moment.clock())
    }

    /// The reader's city, or their zone's letters.
    pub fn city(&self) -> String {
        let own = reading_of(self.zone, self.at);
        own.cities.first().cloned().unwrap_or_else(|| own.moment.zone.local(self.at).label)
    }

    pub fn date(&self, moment: Moment) -> DateView {
        let (language, readings) = (self.language, self.readings(moment));
        let own = &readings[0];
        let here = own.moment.date();
        let others = readings.iter().skip(1).map(|reading| {
            let there = reading.moment.date();
            let aside = language.still_or_already(there, here).filter(|_| reading.moment.zone == Zone::AnywhereOnEarth);
            let whole = language.reading(reading);
            aside.map_or(whole.clone(), |aside| format!("{whole}, {aside}"))
        });
        DateView {
            brief: language.brief_reading(own, self.plain_year()),
            day: language.weekday_and_day(here),
            own: language.reading(own),
            others: others.collect(),
        }
    }

    /// A date that no longer counts: on the reader's clock alone.
    fn past(&self, moment: Moment) -> DateView {
        let (language, own) = (self.language, reading_of(self.zone, moment.instant));
        DateView {
            brief: language.brief_reading(&own, self.plain_year()),
            day: language.weekday_and_day(own.moment.date()),
            own: language.reading(&own),
            others: Vec::new(),
        }
    }

    pub fn deadline(&self, deadline: &Deadline) -> DeadlineView {
        let due = deadline.due.moment();
        let was = deadline.was.last().filter(|was| due.is_some_and(|due| due.instant != was.instant));
        DeadlineView {
            title: deadline.title.clone(),
            short: clipped(&deadline.short),
            task: task(deadline.kind),
            accepted: deadline.audience == Audience::Accepted,
            ours: deadline.ours,
            needs: deadline.needs.clone(),
            note: deadline.note.clone(),
            link: deadline.url.as_ref().map(ToString::to_string),
            withdrawn: deadline.cancelled.clone(),
            due: due.map(|due| self.date(due)),
            left: due.filter(|due| due.instant > self.at).map(|due| self.language.length(due.instant - self.at)),
            was: was.map(|was| self.past(*was).own),
            was_earlier: was.zip(due).is_some_and(|(was, due)| was.instant < due.instant),
        }
    }

    pub fn change(&self, corrected: &Corrected) -> Result<ChangeView, ComposeError> {
        let Corrected { deadline, told, link_moved_from, done } = corrected;
        let was = if let Told::At(was) = told { Some(*was) } else { None };
        let by = was.zip(deadline.due.moment()).filter(|(was, due)| was.instant != due.instant);
        Ok(ChangeView {
            deadline: self.deadline(deadline),
            turn: Turn::of(deadline, told, link_moved_from.is_some(), self.at).name(),
            told: was.map(|was| self.past(was)),
            by: by.map(|(was, due)| moved_by(self.language, was.seen_in(due.zone), due)),
            link_moved_from: link_moved_from.clone(),
            done: done.as_deref().map(clean::link).transpose()?,
        })
    }

    /// A deadline of accepted authors has no date for who may not be one.
    pub fn upcoming(&self, deadline: &Deadline, reminders: Option<&[Instant]>) -> UpcomingView {
        let mut view = self.deadline(deadline);
        if view.accepted {
            (view.due, view.left, view.was) = (None, None, None);
        }
        let said = |reminders: &[Instant]| reminders.iter().map(|at| self.day_and_clock(*at)).collect();
        let reminders = reminders.filter(|_| !view.accepted).map(said);
        UpcomingView { deadline: view, reminders }
    }

    pub fn leaving(&self, leaving: &Leaving) -> LeavingView {
        let Leaving { title, at, stop } = leaving;
        LeavingView { title: title.clone(), at: self.hour(*at), stop: stop.clone() }
    }

    pub fn session(&self, session: &Session, room: Option<&str>) -> SessionView {
        let (language, venue) = (self.language, &self.programme.venue);
        let zone = self.programme.time_zone;
        let there = |instant| {
            let mut reading = reading_of(zone, instant);
            reading.cities = venue.city.clone().into_iter().chain(reading.cities).take(1).collect();
            reading
        };
        let (start, end) = (there(session.start.instant), session.end.seen_in(zone).clock());
        let when = language.reading(&start);
        let clock = start.moment.clock();
        let span = match language {
            Language::English => format!("{clock} to {end}"),
            Language::Korean => format!("{clock}~{end}"),
        };
        let own = reading_of(self.zone, session.start.instant);
        let place = [&venue.name, &venue.name_local, &venue.address, &venue.address_local];
        SessionView {
            title: session.title.clone(),
            when: when.replacen(&clock, &span, 1),
            brief: language.brief_reading(&start, self.plain_year()),
            own: (own.moment.civil != start.moment.civil).then(|| language.reading(&own)),
            room: room.map(str::to_owned),
            place: place.into_iter().flatten().cloned().collect(),
            maps: venue.maps.iter().map(|(name, url)| (capitalized(name), url.to_string())).collect(),
            note: session.note.clone(),
            link: session.url.as_ref().map(ToString::to_string),
            cancelled: session.cancelled.clone(),
        }
    }
}

impl Body {
    /// Markdown, written out in both.
    pub fn markdown(source: &str) -> Body {
        let (text, html) = (super::markdown::text(source), super::markdown::html(source));
        Body { text: Value::from_safe_string(text), html: Value::from_safe_string(html) }
    }

    /// Lines to be shown as they are, cut where they would fill the mail.
    pub fn verbatim(source: &str, longest: usize) -> Body {
        let mut text = clean::block(source).trim_end().to_owned();
        if let Some((end, _)) = text.char_indices().nth(longest) {
            text.truncate(end);
            text.push_str("\n[…]");
        }
        let mut html = String::with_capacity(text.len());
        clean::escape(&mut html, &text).expect("a String takes all it is given");
        Body { text: Value::from_safe_string(text), html: Value::from_safe_string(html) }
    }
}

/// A name short enough for a subject.
pub(super) fn clipped(name: &str) -> String {
    let name = clean::one_line(name);
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", name[..end].trim_end()),
        None => name.into_owned(),
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
