//! Simulating: what would be sent in a season, to whom, when, and why not.
//!
//! The same planner as the service's, over versions of a file and a list of subscribers; it needs no store, holds
//! changes as the service does, and takes delivery as immediate and successful.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::consider::{Beside, Considered, consider, octets};
use crate::app::report::Report;
use crate::app::subjects::Subjects;
use crate::domain::language::Language;
use crate::domain::planner::Statement;
use crate::domain::programme::Programme;
use crate::domain::season::{Event, Follower, Kind, season};
use crate::domain::subscription::{Choice, ReaderRole, Standing, Subscriber, SubscriberId};
use crate::domain::zone::Instant;
use crate::exchange::subscribers::{self, BadSubscribers, Defaults, Said};

/// A file, and when it was published; none: before the season begins.
pub type Version = (PathBuf, Option<Instant>);

/// What came of a simulation.
#[derive(Debug)]
pub struct Simulation {
    /// What there is to say of the files.
    pub reports: Vec<Report>,
    /// The programme's id.
    pub programme: String,
    versions: Published,
    followers: Vec<Follower>,
    events: Vec<Event>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A file has errors.
    #[error("a file has errors")]
    Errors(Vec<Report>),
    /// Two files of different programmes.
    #[error("{path} is the programme \"{found}\", not \"{wanted}\": a season is one programme's")]
    Another {
        /// The file.
        path: PathBuf,
        /// Its programme.
        found: String,
        /// The first file's.
        wanted: String,
    },
    /// The end is not after the beginning.
    #[error("the season ends before it begins")]
    Backwards,
    /// The list of subscribers cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be used.
    #[error("{path}: {source}")]
    Subscribers {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BadSubscribers,
    },
}

/// Lives a season through.
///
/// # Errors
/// When a file cannot be used.
pub fn simulate(
    versions: &[Version],
    list: Option<&Path>,
    from: Instant,
    to: Instant,
) -> Result<Simulation, SimulateError> {
    if to <= from {
        return Err(SimulateError::Backwards);
    }
    let (reports, programmes) = programmes(versions, from)?;
    let followers = match list {
        Some(path) => followers(path, &programmes, from)?,
        None => programmes.last().map(|(_, programme)| alone(programme, from)).into_iter().collect(),
    };
    let events = season(&programmes, &followers, from, to);
    let programme = programmes.last().map(|(_, programme)| programme.id.to_string()).unwrap_or_default();
    Ok(Simulation { reports, programme, versions: programmes, followers, events })
}

/// What was published, and when.
type Published = Vec<(Instant, Programme)>;

/// The versions in the order of their publication, each read onto the one before it.
fn programmes(versions: &[Version], from: Instant) -> Result<(Vec<Report>, Published), SimulateError> {
    let mut versions = versions.to_vec();
    versions.sort_by_key(|(_, at)| at.unwrap_or(from));
    let (mut reports, mut read): (Vec<Report>, Vec<(Instant, Programme, String)>) = (Vec::new(), Vec::new());
    for (path, at) in versions {
        let at = at.unwrap_or(from);
        let beside = read.last().map(|(_, programme, file)| Beside::after(programme, file)).unwrap_or_default();
        let Considered { programme, file, report } = consider(&path, beside, at);
        if !report.problems.is_empty() {
            reports.push(report);
        }
        let Some(programme) = programme else { return Err(SimulateError::Errors(reports)) };
        if let Some((_, first, _)) = read.first().filter(|(_, first, _)| first.id != programme.id) {
            let (found, wanted) = (programme.id.to_string(), first.id.to_string());
            return Err(SimulateError::Another { path, found, wanted });
        }
        read.push((at, programme, file));
    }
    Ok((reports, read.into_iter().map(|(at, programme, _)| (at, programme)).collect()))
}

fn followers(path: &Path, programmes: &[(Instant, Programme)], from: Instant) -> Result<Vec<Follower>, SimulateError> {
    let octets = octets(path).map_err(|source| SimulateError::Io { path: path.to_owned(), source })?;
    let known =
        || programmes.iter().flat_map(|(_, programme)| &programme.deadlines).map(|deadline| deadline.id.as_str());
    let listed = subscribers::read(&octets, |id| known().any(|known| known == id))
        .map_err(|source| SimulateError::Subscribers { path: path.to_owned(), source })?;
    let deadlines: Vec<&str> = known().collect();
    let Some((_, last)) = programmes.last() else { return Ok(Vec::new()) };
    let followers = listed.into_iter().enumerate().map(|(number, listed)| {
        let joined = listed.joined.unwrap_or(from).max(from);
        let since = |said: &Option<Said>| match said {
            Some(Said::Yes(at)) => Some(at.unwrap_or(joined)),
            Some(Said::No) | None => None,
        };
        let (left, accepted) = (since(&listed.left), since(&listed.accepted));
        let refused = listed.accepted == Some(Said::No);
        let done = listed.done.iter().map(|(id, at)| (id.clone(), at.unwrap_or(joined))).collect();
        let subscriber = listed.subscriber(&Defaults {
            programme: last.id.as_str(),
            deadlines: &deadlines,
            language: Language::English,
            zone: last.time_zone,
            joined,
            id: SubscriberId(i64::try_from(number).unwrap_or(i64::MAX)),
        });
        // What they say in the course of the season they have not said when it begins.
        let accepted_before = refused.then_some(false);
        let subscriber = Subscriber { accepted: accepted_before, done: Default::default(), ..subscriber };
        Follower { subscriber, joined, left, done, accepted }
    });
    Ok(followers.collect())
}

/// One author who takes everything as it comes.
fn alone(programme: &Programme, joined: Instant) -> Follower {
    let mailbox = "author@example.org".parse().expect("an address");
    let subscriber = Subscriber {
        id: SubscriberId(0),
        programme: programme.id.to_string(),
        mailbox,
        language: Language::English,
        zone: programme.time_zone,
        role: ReaderRole::Author,
        choice: Choice::default(),
        standing: Standing::Confirmed,
        created: joined,
        confirmed: Some(joined),
        accepted: None,
        done: Default::default(),
        presents: Default::default(),
        closing: false,
        link_version: 0,
    };
    Follower { subscriber, joined, left: None, done: Vec::new(), accepted: None }
}

#[derive(Serialize)]
struct Line<'l> {
    at: String,
    kind: &'static str,
    programme: &'l str,
    deadline: &'l str,
    lead: Option<String>,
    due: Option<String>,
    to: String,
    subject: Option<String>,
    why: String,
}

impl Simulation {
    /// One JSON object a line, one for each deadline a mail states.
    pub fn json_lines(&self) -> String {
        let mut out = String::new();
        let mut subjects = Subjects::new(&self.versions);
        for together in self.events.chunk_by(|a, b| (a.at, a.follower) == (b.at, b.follower)) {
            let reader = &self.followers[together[0].follower].subscriber;
            for (event, subject) in together.iter().zip(subjects.of(together, reader)) {
                let line = Line {
                    at: utc(event.at),
                    kind: event.kind.name(),
                    programme: &self.programme,
                    deadline: &event.deadline,
                    lead: lead(&event.kind),
                    due: event.statement.instant().map(utc),
                    to: self.address(event),
                    subject,
                    why: why(event),
                };
                out.push_str(&serde_json::to_string(&line).expect("plain data"));
                out.push('\n');
            }
        }
        out
    }

    /// A timeline by day, who got what, and how many mails that makes.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.timeline(&mut out);
        self.people(&mut out);
        out.push_str(&self.totals());
        out
    }

    fn timeline(&self, out: &mut String) {
        let mut days: BTreeMap<String, BTreeMap<(String, String, String), usize>> = BTreeMap::new();
        for event in self.events.iter() {
            let day = event.at.format("%a %-d %b %Y").to_string();
            let sorted = format!("{} {day}", event.at.format("%Y-%m-%d"));
            let what = (event.deadline.clone(), event.kind.name().to_owned(), stated(&event.statement));
            *days.entry(sorted).or_default().entry(what).or_default() += 1;
        }
        for (day, what) in days {
            let _ = writeln!(out, "{}", day.split_once(' ').map_or(day.as_str(), |(_, day)| day));
            for ((deadline, kind, stated), count) in what {
                let _ = writeln!(out, "  {count:>5} x {kind:<12} {deadline}: {stated}");
            }
        }
    }

    fn people(&self, out: &mut String) {
        for (number, follower) in self.followers.iter().enumerate().take(MOST_PEOPLE) {
            let zone = follower.subscriber.zone;
            let _ = writeln!(out, "\n{} ({})", follower.subscriber.mailbox, zone.name());
            for event in self.events.iter().filter(|event| event.follower == number) {
                let local = zone.local(event.at);
                let mark = if event.kind.is_mail() { '*' } else { ' ' };
                let at = local.civil.format("%a %-d %b %H:%M");
                let _ = writeln!(out, "  {mark} {at:<16} {}: {}", event.deadline, why(event));
            }
        }
        if self.followers.len() > MOST_PEOPLE {
            let _ = writeln!(out, "\n... and {} more; --json tells of all", self.followers.len() - MOST_PEOPLE);
        }
    }

    /// Mails that one person got: half of them no more than the median, nobody more than the most.
    fn totals(&self) -> String {
        let mut mails: Vec<usize> = (0..self.followers.len()).map(|number| self.mails(number)).collect();
        mails.sort_unstable();
        let (total, most) = (mails.iter().sum::<usize>(), mails.last().copied().unwrap_or_default());
        let median = mails.get(mails.len() / 2).copied().unwrap_or_default();
        format!("\n{total} mails to {} people: {median} in the median, {most} at most\n", self.followers.len())
    }

    /// How many mails a follower got: several deadlines of one moment are one mail.
    fn mails(&self, follower: usize) -> usize {
        let own = self.events.iter().filter(|event| event.follower == follower && event.kind.is_mail());
        let moments: std::collections::BTreeSet<(Instant, bool)> =
            own.map(|event| (event.at, matches!(event.kind, Kind::Reminder(_)))).collect();
        moments.len()
    }

    fn address(&self, event: &Event) -> String {
        self.followers[event.follower].subscriber.mailbox.to_string()
    }
}

/// So many people are told one by one.
const MOST_PEOPLE: usize = 20;

fn utc(instant: Instant) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn lead(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Reminder(lead) | Kind::Superseded(lead) | Kind::Expired(lead) | Kind::Held(lead) => {
            Some(lead.to_string())
        }
        Kind::Confirmation | Kind::Correction(_) => None,
    }
}

fn stated(statement: &Statement) -> String {
    match statement {
        Statement::At(moment) => {
            let label = moment.zone.local(moment.instant).label;
            format!("{} {label}", moment.civil.format("%a %-d %b %Y, %H:%M"))
        }
        Statement::Open => "date to be announced".to_owned(),
        Statement::Withdrawn => "withdrawn".to_owned(),
    }
}

/// What happened, in words.
fn why(event: &Event) -> String {
    let is = stated(&event.statement);
    match &event.kind {
        Kind::Confirmation => format!("the confirmation states {is}"),
        Kind::Reminder(lead) => format!("reminder {lead} before {is}"),
        Kind::Correction(told) => {
            let was = stated(&told.statement);
            match (&told.statement, &event.statement) {
                (Statement::At(was_at), Statement::At(is_at)) if was_at.instant < is_at.instant => {
                    format!("extended: {was} -> {is}")
                }
                (Statement::At(was_at), Statement::At(is_at)) if was_at.instant > is_at.instant => {
                    format!("earlier: {was} -> {is}")
                }
                (Statement::At(_), Statement::At(_)) => format!("link moved: {is}"),
                (Statement::At(_), Statement::Withdrawn) => format!("withdrawn: was {was}"),
                (_, Statement::At(_)) => format!("announced: {is}"),
                _ => format!("open again: was {was}"),
            }
        }
        Kind::Superseded(lead) => format!("no reminder {lead} before {is}: another mail says it"),
        Kind::Expired(lead) => format!("no reminder {lead} before {is}: it had passed"),
        Kind::Held(lead) => format!("reminder {lead} before {is} waits for the end of the hold"),
    }
}

/// A version as it stands on the command line: `FILE`, or `FILE@INSTANT`.
pub fn version(text: &str) -> Version {
    match text.rsplit_once('@').and_then(|(path, at)| Some((path, at.parse::<Instant>().ok()?))) {
        Some((path, at)) => (path.into(), Some(at)),
        None => (text.into(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_say_when_it_was_published() {
        let (path, at) = version("a@b/faimi.toml@2025-06-24T20:13:00Z");
        assert_eq!((path, at.map(utc)), ("a@b/faimi.toml".into(), Some("2025-06-24T20:13:00Z".to_owned())));
        assert_eq!(version("me@home.toml"), ("me@home.toml".into(), None));
    }
}
