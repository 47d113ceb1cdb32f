//! What the slots of a schedule mean: talks with their speakers, breaks, ceremonies, and rows that head others.

use std::ops::Range;

use chrono::NaiveTime;

use super::MOST_ENTRIES;
use super::cell::{Cell, kind_by_words};
use super::names::Speaker;
use super::section::{Section, Topic};
use super::slots::{OnDay, Slot, Times, slots, times};
use super::text::{Text, folded, says, tidy};
use super::when::is_open;
use crate::domain::programme::SessionKind;

/// Why a session may be no talk.
pub(super) const NOBODY: &str = "it names no speaker: taken as a talk";

/// A session of the page.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Talk {
    pub day: OnDay,
    pub start: NaiveTime,
    pub end: NaiveTime,
    pub kind: SessionKind,
    pub title: String,
    pub speakers: Vec<Speaker>,
    pub room: Option<String>,
    pub host: Option<String>,
    /// That it does not take place, in the page's words.
    pub cancelled: Option<&'static str>,
    pub url: Option<String>,
    pub at: Range<usize>,
    pub guesses: Vec<String>,
}

/// Every session of the page's schedules.
pub(super) fn talks(sections: &[Section<'_>]) -> Vec<Talk> {
    let mut talks: Vec<Talk> = Vec::new();
    for section in sections.iter().filter(|section| section.topic == Topic::Schedule) {
        talks.extend(schedule(section));
    }
    // Some pages never call it a schedule: then it is the tables and blocks that have hours.
    if talks.is_empty() {
        for section in sections.iter().filter(|section| section.topic == Topic::Other) {
            let found = schedule(section);
            talks.extend(if found.len() > 2 { found } else { Vec::new() });
        }
    }
    talks.truncate(MOST_ENTRIES);
    talks
}

fn schedule(section: &Section<'_>) -> Vec<Talk> {
    let mut slots = slots(section.heading, &section.blocks);
    // Each is held against those that follow.
    slots.truncate(2 * MOST_ENTRIES);
    let mut talks = Vec::new();
    let mut days: Vec<(OnDay, usize)> = Vec::new();
    for slot in &slots {
        if !days.contains(&(slot.day, slot.beside)) {
            days.push((slot.day, slot.beside));
        }
    }
    for day in days {
        let day: Vec<&Slot> = slots.iter().filter(|slot| (slot.day, slot.beside) == day).collect();
        let times = times(&day);
        let mut heading = Heading::default();
        for (index, (slot, found)) in day.iter().zip(&times).enumerate() {
            let following = times[index + 1..].iter().flatten().next();
            match found {
                Some(found) if heads_others(slot, found, following) => {
                    heading = Heading::of(&slot.what, Some(found.end));
                }
                Some(found) => talks.extend(talk(slot, found, &heading)),
                None => heading = Heading::of(&slot.what, None),
            }
        }
    }
    talks
}

/// A row above others that says what they have in common.
#[derive(Default)]
struct Heading {
    kind: Option<SessionKind>,
    host: Option<String>,
    until: Option<NaiveTime>,
}

impl Heading {
    fn of(text: &Text, until: Option<NaiveTime>) -> Heading {
        let plain = text.plain();
        let kind = kind_by_words(&plain)
            .filter(|kind| matches!(kind, SessionKind::Oral | SessionKind::Poster | SessionKind::Keynote));
        Heading { kind, host: host(&plain), until }
    }
}

/// The workshop a section row names: `Session 1: FOO workshop`, `Hosted by FOO`.
fn host(plain: &str) -> Option<String> {
    let words = folded(plain);
    let after = ["hosted by ", "organized by ", "organised by ", "jointly with ", "joint with "]
        .iter()
        .find_map(|phrase| plain.to_ascii_lowercase().find(phrase).map(|at| at + phrase.len()));
    let name = match after {
        Some(at) => plain.get(at..)?,
        None if words.split(' ').any(|word| word == "workshop") => {
            let tail =
                plain.split_once(':').filter(|(head, _)| folded(head).starts_with("session")).map(|(_, tail)| tail);
            tail.unwrap_or(plain)
        }
        None => return None,
    };
    let name = name.split('(').next().unwrap_or(name);
    let name = tidy(name).trim_matches([' ', '.', ')', ':', '-', '–']).to_owned();
    (!name.is_empty() && name.split(' ').count() <= 10).then_some(name)
}

/// A row with hours that hold those of the rows below it.
fn heads_others(slot: &Slot, found: &Times, following: Option<&Times>) -> bool {
    let plain = slot.what.plain();
    let is_named = says(&folded(&plain), "session workshop track part block");
    let holds = following.is_some_and(|next| found.start <= next.start && next.end <= found.end && next != found);
    is_named && holds && slot.who.is_none()
}

fn talk(slot: &Slot, times: &Times, heading: &Heading) -> Option<Talk> {
    let heading_holds = heading.until.is_none_or(|until| times.start < until);
    let read = Cell::of(slot);
    // `13:00 End` tells when the slot before it ends, and is none itself.
    let is_end = ["end", "the end", "end of workshop", "adjourn"].contains(&folded(&read.title).as_str());
    if read.speakers.is_empty() && (read.title.is_empty() || is_end) {
        return None;
    }
    let by_heading = heading.kind.filter(|_| heading_holds && !read.speakers.is_empty());
    let kind = read.kind.or(by_heading).unwrap_or(SessionKind::Oral);
    let mut guesses: Vec<String> = times.guess.clone().into_iter().collect();
    let kind = match kind {
        // Nobody speaks and nothing says what it is.
        SessionKind::Oral if read.speakers.is_empty() && read.kind.is_none() => {
            guesses.push(NOBODY.to_owned());
            SessionKind::Oral
        }
        kind => kind,
    };
    // Breaks and ceremonies are everybody's.
    let is_of_a_host = !matches!(kind, SessionKind::Break | SessionKind::Ceremony);
    let title = if is_open(&read.title) || read.title.is_empty() { "TBC".to_owned() } else { read.title };
    let whole = slot.what.plain();
    let cancelled = if slot.what.standing().is_empty() && !whole.is_empty() {
        Some("struck out on the page")
    } else {
        says(&folded(&whole), "cancelled canceled").then_some("cancelled, says the page")
    };
    Some(Talk {
        day: slot.day,
        start: times.start,
        end: times.end,
        kind,
        title,
        speakers: read.speakers,
        room: slot.room.as_ref().map(Text::plain).filter(|room| !folded(room).is_empty() && !is_open(room)),
        cancelled,
        host: heading.host.clone().filter(|_| heading_holds && is_of_a_host),
        url: slot.what.leads_to(),
        at: slot.at.clone(),
        guesses,
    })
}
