//! The workshop as an entry of the ccf-deadlines list: when papers are due, in the YAML its maintainers take.
//!
//! The list counts down to dates by which something is submitted, so those alone are in it: abstracts and papers that
//! the workshop itself asks for, not withdrawn. Categories, ranks and the name at dblp are the maintainers' to give and
//! in no programme file; the entry says the least of each and a comment on top says so.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use serde_saphyr::ser_options;

use super::published::Published;
use crate::domain::entry::DeadlineEntry;
use crate::domain::programme::{Attendance, Deadline, DeadlineKind, Moment};
use crate::domain::revision::Record;
use crate::domain::zone::Zone;

const HEAD: &str = "\
# An entry for ccf-deadlines: conference/MX/, a file of its own or the next of `confs` in the workshop's file.
# sub, rank and dblp are in no programme file: check them. MX is interdisciplinary, N not ranked.
";
/// What stands for something that is not known yet.
const OPEN: &str = "TBD";

#[derive(Serialize)]
struct Conference {
    title: String,
    description: String,
    sub: &'static str,
    rank: Rank,
    dblp: &'static str,
    confs: Vec<Edition>,
}

#[derive(Serialize)]
struct Rank {
    ccf: &'static str,
}

#[derive(Serialize)]
struct Edition {
    year: i32,
    id: String,
    link: String,
    timeline: Vec<Round>,
    timezone: String,
    date: String,
    place: String,
}

/// A date by which something is submitted, with that of the abstract before it.
#[derive(Serialize)]
struct Round {
    #[serde(skip_serializing_if = "Option::is_none")]
    abstract_deadline: Option<String>,
    deadline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// The entry as YAML.
pub fn entry(published: &Published) -> String {
    let programme = published.programme;
    let asked: Vec<Asked> = programme.deadlines.iter().filter_map(|deadline| Asked::of(published, deadline)).collect();
    let moments: Vec<Moment> = asked.iter().filter_map(|asked| asked.due).collect();
    let clock = Clock::of(&moments);
    let (year, date) = match programme.dates {
        Some((first, last)) => (first.year(), days(first, last)),
        None => (year_of(published, &moments), OPEN.to_owned()),
    };
    let title = without_year(&programme.short, year);
    let conference = Conference {
        description: without_year(programme.title.trim_end_matches(&format!("({})", programme.short)), year),
        title,
        sub: "MX",
        rank: Rank { ccf: "N" },
        dblp: "",
        confs: vec![Edition {
            year,
            id: programme.id.to_string(),
            link: programme.url.as_ref().map_or_else(|| published.base.unwrap_or_default().to_owned(), url_text),
            timeline: rounds(&asked, &clock),
            timezone: clock.name(),
            date,
            place: place(published),
        }],
    };
    // A date that is not quoted is no text to a reader of YAML 1.1.
    let options = ser_options! { quote_all: true, prefer_block_scalars: false };
    let yaml = serde_saphyr::to_string_with_options(&[conference], options).expect("plain data");
    format!("{HEAD}{yaml}")
}

fn url_text(url: &url::Url) -> String {
    url.to_string()
}

/// A deadline of the list.
struct Asked<'a> {
    is_abstract: bool,
    due: Option<Moment>,
    title: &'a str,
    moved: Option<String>,
}

impl<'a> Asked<'a> {
    fn of(published: &Published<'a>, deadline: &'a Deadline) -> Option<Asked<'a>> {
        let is_abstract = deadline.kind == DeadlineKind::Abstract;
        if !(is_abstract || deadline.kind == DeadlineKind::Submission) || !deadline.ours || deadline.cancelled.is_some()
        {
            return None;
        }
        let record = |record: &&(&Record, &DeadlineEntry)| record.0.key.id() == Some(deadline.id.as_str());
        let moved = published.deadlines().iter().find(record).and_then(|(record, _)| record.move_in_words());
        Some(Asked {
            is_abstract,
            due: deadline.due.moment(),
            title: &deadline.title,
            moved: moved.filter(|_| deadline.due.moment().is_some()),
        })
    }
}

/// Each paper with the abstract that is due before it; an abstract that belongs to none stands alone.
fn rounds(asked: &[Asked], clock: &Clock) -> Vec<Round> {
    let (mut abstracts, papers): (Vec<&Asked>, Vec<&Asked>) = asked.iter().partition(|asked| asked.is_abstract);
    let several = papers.len() > 1;
    let mut rounds: Vec<(Option<Moment>, Round)> = Vec::new();
    for paper in papers {
        let before = |one: &&Asked| match (one.due, paper.due) {
            (Some(first), Some(then)) => first.instant <= then.instant,
            _ => true,
        };
        let own = abstracts.iter().rposition(before).map(|at| abstracts.remove(at));
        let title = several.then(|| paper.title.to_owned());
        let words: Vec<String> = title.into_iter().chain(paper.moved.clone()).collect();
        let round = Round {
            abstract_deadline: own.map(|own| clock.shown(own.due)),
            deadline: clock.shown(paper.due),
            comment: (!words.is_empty()).then(|| words.join("; ")),
        };
        rounds.push((paper.due, round));
    }
    for alone in abstracts {
        let deadline = clock.shown(alone.due);
        rounds.push((alone.due, Round { abstract_deadline: None, deadline, comment: Some(alone.title.to_owned()) }));
    }
    rounds.sort_by_key(|(due, _)| (due.is_none(), due.map(|due| due.instant)));
    if rounds.is_empty() {
        rounds.push((None, Round { abstract_deadline: None, deadline: OPEN.to_owned(), comment: None }));
    }
    rounds.into_iter().map(|(_, round)| round).collect()
}

/// The one clock on which an entry tells all its dates.
enum Clock {
    AnywhereOnEarth,
    /// So many whole hours ahead of UTC; the list knows -12 to 12.
    Ahead(i32),
}

impl Clock {
    /// Anywhere on Earth where all dates are; else the offset they share at their own instants, as long as it is one
    /// of whole hours; else UTC, so that a zone with summer time or half hours is still told right.
    fn of(moments: &[Moment]) -> Clock {
        if moments.iter().all(|moment| moment.zone == Zone::AnywhereOnEarth) {
            return Clock::AnywhereOnEarth;
        }
        let mut offsets = moments.iter().map(|moment| moment.zone.local(moment.instant).offset_seconds);
        let first = offsets.next().unwrap_or_default();
        let sayable = first % 3600 == 0 && (-12..=12).contains(&(first / 3600));
        Clock::Ahead(if sayable && offsets.all(|offset| offset == first) { first / 3600 } else { 0 })
    }

    fn name(&self) -> String {
        match self {
            Clock::AnywhereOnEarth => "AoE".to_owned(),
            Clock::Ahead(hours) => format!("UTC{hours:+}"),
        }
    }

    fn shown(&self, due: Option<Moment>) -> String {
        let hours = match self {
            Clock::AnywhereOnEarth => -12,
            Clock::Ahead(hours) => *hours,
        };
        let civil = |due: Moment| due.instant.naive_utc() + chrono::TimeDelta::hours(hours.into());
        due.map_or_else(|| OPEN.to_owned(), |due| civil(due).format("%Y-%m-%d %H:%M:%S").to_string())
    }
}

/// The year the list files the workshop under while its day is not known: one that its name gives, or that of its last
/// deadline.
fn year_of(published: &Published, moments: &[Moment]) -> i32 {
    let programme = published.programme;
    let named =
        [programme.short.as_str(), programme.title.as_str(), programme.id.as_str()].into_iter().find_map(|name| {
            let words = name.split(|c: char| !c.is_ascii_alphanumeric());
            words.filter(|word| word.len() == 4).find_map(|word| word.parse::<i32>().ok().filter(|year| *year >= 1990))
        });
    let last = moments.iter().map(|moment| moment.instant).max();
    named.unwrap_or_else(|| last.unwrap_or(published.revision.published).year())
}

/// A name without its year: the list has one name for all of a workshop's years.
fn without_year(name: &str, year: i32) -> String {
    let name = name.trim();
    name.strip_suffix(&year.to_string()).map_or(name, |rest| rest.trim_end_matches([' ', '-', ',', '\''])).to_owned()
}

/// `September 23, 2025`, `October 2-3, 2027`, `September 30-October 1, 2027`.
fn days(first: NaiveDate, last: NaiveDate) -> String {
    if first == last {
        first.format("%B %-d, %Y").to_string()
    } else if (first.year(), first.month()) == (last.year(), last.month()) {
        format!("{}-{}", first.format("%B %-d"), last.format("%-d, %Y"))
    } else if first.year() == last.year() {
        format!("{}-{}", first.format("%B %-d"), last.format("%B %-d, %Y"))
    } else {
        format!("{}-{}", first.format("%B %-d, %Y"), last.format("%B %-d, %Y"))
    }
}

fn place(published: &Published) -> String {
    let venue = &published.programme.venue;
    let parts: Vec<&str> = [&venue.city, &venue.country].into_iter().flatten().map(String::as_str).collect();
    match (parts.is_empty(), published.programme.attendance) {
        (true, Attendance::Online) => "Online".to_owned(),
        (true, _) => OPEN.to_owned(),
        (false, _) => parts.join(", "),
    }
}
