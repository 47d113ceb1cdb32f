//! What the templates see: every date already said, nothing left to decide but the order of sentences.

use serde::Serialize;

use super::{Occasion, Request, moved_by, previous};
use crate::domain::language::{Language, Reading, readings};
use crate::domain::programme::{Audience, Deadline, DeadlineKind, LinkKind, Moment, Programme};
use crate::domain::zone::{Instant, Zone};

/// A date, said in every way a template may want.
#[derive(Debug, Serialize)]
pub(super) struct Date {
    /// With year, weekday, hour and zone.
    pub moment: String,
    /// For a subject.
    pub brief: String,
    /// Day and year, or the whole where the day alone would not tell two dates apart.
    pub day: String,
    /// A clock a line.
    pub lines: Vec<String>,
    /// The clocks other than its own, in one line.
    pub others: String,
    /// Anywhere on Earth and UTC, for a post; empty where its own clock is both.
    pub abroad: String,
    /// Whose calendar shows another day.
    pub other_days: Option<String>,
}

/// Another deadline that is told of beside.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub title: String,
    pub date: Option<Date>,
    pub needs: Option<String>,
    pub link: Option<String>,
    pub is_camera_ready: bool,
}

/// Everything that is told.
#[derive(Debug, Serialize)]
pub(super) struct Model {
    pub programme: String,
    pub title: String,
    pub short: String,
    /// `hand in`, `register`, `nothing` or `other`: what people do by then.
    pub task: &'static str,
    /// Whether it concerns authors of accepted papers only.
    pub accepted: bool,
    pub ours: bool,
    pub due: Option<Date>,
    pub was: Option<Date>,
    /// Whether it moved to a later date, if it moved.
    pub later: bool,
    pub by: Option<String>,
    pub left: Option<String>,
    pub counted: String,
    pub needs: Option<String>,
    pub note: Option<String>,
    pub reason: Option<String>,
    /// Where to act, or where to read on.
    pub link: Option<String>,
    /// Whether `link` is where to act.
    pub acts: bool,
    pub page: Option<String>,
    pub contact: Option<String>,
    /// What authors of accepted papers do after decisions.
    pub steps: Vec<Step>,
    /// What comes next for everybody, after a deadline that is no more.
    pub next: Option<Step>,
    /// Days and place of the workshop.
    pub workshop: Option<String>,
    /// Where authors look up the decision on their paper.
    pub decisions: Option<String>,
}

impl Model {
    pub fn new(programme: &Programme, deadline: &Deadline, request: Request<'_>, now: Instant) -> Model {
        let language = request.language;
        let told = Told { programme, language };
        let due = deadline.due.moment();
        let was = previous(deadline);
        let own = deadline.url.as_ref().map(ToString::to_string);
        let page = programme.url.as_ref().map(ToString::to_string);
        let given = request.reason.map(|reason| reason.split_whitespace().collect::<Vec<_>>().join(" "));
        Model {
            programme: programme.short.clone(),
            title: deadline.title.clone(),
            short: deadline.short.clone(),
            task: task(deadline.kind),
            accepted: deadline.audience == Audience::Accepted,
            ours: deadline.ours,
            due: due.map(|due| told.date(due, was)),
            was: was.map(|was| told.date(was, due)),
            later: was.zip(due).is_some_and(|(was, due)| was.instant < due.instant),
            by: was.zip(due).map(|(was, due)| moved_by(language, was, due)),
            left: due.filter(|due| due.instant > now).map(|due| language.length(due.instant - now)),
            counted: language.moment(utc(now)),
            needs: deadline.needs.clone(),
            note: deadline.note.clone(),
            reason: given.filter(|reason| !reason.is_empty()).or_else(|| deadline.cancelled.clone()),
            link: own.clone().or_else(|| page.clone()),
            acts: own.is_some(),
            page,
            contact: programme.contact.clone(),
            steps: if request.occasion == Occasion::Decisions {
                steps(programme).map(|step| told.step(step)).collect()
            } else {
                Vec::new()
            },
            next: next(programme, deadline, now).map(|step| told.step(step)),
            workshop: told.workshop(),
            decisions: own.or_else(|| submission_site(programme)),
        }
    }
}

/// `hand in`, `register`, `nothing` or `other`: what people do by then.
pub fn task(kind: DeadlineKind) -> &'static str {
    match kind {
        DeadlineKind::Abstract | DeadlineKind::Submission | DeadlineKind::CameraReady => "hand in",
        DeadlineKind::Registration => "register",
        DeadlineKind::Notification => "nothing",
        DeadlineKind::Other => "other",
    }
}

fn utc(instant: Instant) -> Moment {
    Moment { civil: instant.naive_utc(), zone: Zone::UTC, instant }
}

/// What authors of accepted papers do next: theirs alone, and registration.
pub(super) fn steps(programme: &Programme) -> impl Iterator<Item = &Deadline> {
    let theirs = |deadline: &&Deadline| {
        deadline.audience == Audience::Accepted
            || matches!(deadline.kind, DeadlineKind::CameraReady | DeadlineKind::Registration)
    };
    let live = programme.deadlines.iter().filter(|deadline| deadline.cancelled.is_none());
    live.filter(move |deadline| deadline.kind != DeadlineKind::Notification && theirs(deadline))
}

/// The next date for everybody, once this deadline is no more.
fn next<'p>(programme: &'p Programme, gone: &Deadline, now: Instant) -> Option<&'p Deadline> {
    let others = programme.deadlines.iter().filter(|other| {
        other.id != gone.id && other.ours && other.cancelled.is_none() && other.audience == Audience::Everyone
    });
    let ahead = others.filter_map(|other| Some((other.due.moment()?.instant, other)));
    ahead.filter(|(due, _)| *due > now).min_by_key(|(due, _)| *due).map(|(_, other)| other)
}

/// Where papers were handed in: decisions are looked up there.
fn submission_site(programme: &Programme) -> Option<String> {
    let papers = programme.deadlines.iter().filter(|deadline| deadline.kind == DeadlineKind::Submission);
    let link = programme.links.iter().find(|link| link.kind == LinkKind::Submission);
    papers.filter_map(|deadline| deadline.url.as_ref()).next().or(link.map(|link| &link.url)).map(ToString::to_string)
}

struct Told<'p> {
    programme: &'p Programme,
    language: Language,
}

impl Told<'_> {
    /// `other` is the date it is told beside.
    fn date(&self, moment: Moment, other: Option<Moment>) -> Date {
        let language = self.language;
        let readings = readings(moment, self.programme.time_zone, self.programme.venue.city.as_deref());
        let (today, beside) = (moment.date(), readings.get(1..).unwrap_or_default());
        let abroad = beside.iter().filter(|reading| reading.cities.is_empty());
        let same_day = other.is_some_and(|other| other.date() == today);
        Date {
            moment: language.moment(moment),
            brief: language.brief_moment(moment),
            day: if same_day { language.moment(moment) } else { language.day_and_year(today) },
            lines: readings.iter().map(|reading: &Reading| language.reading(reading)).collect(),
            others: language.equals(today, beside),
            abroad: language.equals(today, abroad),
            other_days: language.other_days(&readings),
        }
    }

    fn step(&self, deadline: &Deadline) -> Step {
        Step {
            title: deadline.title.clone(),
            date: deadline.due.moment().map(|due| self.date(due, None)),
            needs: deadline.needs.clone(),
            link: deadline.url.as_ref().map(ToString::to_string),
            is_camera_ready: deadline.kind == DeadlineKind::CameraReady,
        }
    }

    /// `Tue 23 September 2025, Daejeon`.
    fn workshop(&self) -> Option<String> {
        let (first, last) = self.programme.dates?;
        let date = |date| self.language.date(date);
        let days = match self.language {
            _ if first == last => date(first),
            Language::English => format!("{} to {}", date(first), date(last)),
            Language::Korean => format!("{} ~ {}", date(first), date(last)),
        };
        let venue = &self.programme.venue;
        let places = [venue.name.as_deref(), venue.city.as_deref()];
        Some([Some(days.as_str())].into_iter().chain(places).flatten().collect::<Vec<_>>().join(", "))
    }
}
