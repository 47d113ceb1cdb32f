//! Doubts: what a file says that may well be meant, and was a slip of the pen more than once.
//!
//! A doubt has a name bound to its content, such as `brought-forward:camera-ready:2023-08-18`: accepting it answers
//! this question only, not the next one. Some doubts lie in the file alone, most in what it would change. One slip is
//! asked about once: of two doubts about one value the more telling stays.

mod deadline;
mod workshop;

use std::collections::HashSet;

use super::file::{Level, Places, Problem};
use super::programme::{Moment, Programme};
use super::zone::Instant;

/// Nobody answers more of them at once; the others are asked when these are answered.
const MOST_DOUBTS: usize = 500;

/// The doubts of publishing `programme` at `now` after `previous`, save those its file accepts.
pub fn doubts(programme: &Programme, places: &Places, previous: Option<&Programme>, now: Instant) -> Vec<Problem> {
    let accepted = programme.accept.iter().map(String::as_str).collect();
    let mut doubts = Doubts { places, accepted, found: Vec::new() };
    deadline::ask(&mut doubts, programme, previous, now);
    workshop::ask_of_sessions(&mut doubts, programme);
    if let Some(previous) = previous {
        deadline::ask_of_vanished(&mut doubts, programme, previous, now);
        workshop::ask(&mut doubts, programme, previous);
    }
    doubts.found.sort_by_key(|problem| problem.span.start);
    doubts.found
}

struct Doubts<'p> {
    places: &'p Places,
    accepted: HashSet<&'p str>,
    found: Vec<Problem>,
}

impl Doubts<'_> {
    /// Doubts the value at `path`; `right` says what to look at.
    fn add(&mut self, path: &str, name: String, what: String, right: &str) {
        self.unless(path, name, what, right, "it is meant");
    }

    /// The same, with what would have to be so for the file to be right.
    fn unless(&mut self, path: &str, name: String, what: String, right: &str, meant: &str) {
        if self.accepted.contains(name.as_str()) || self.found.len() >= MOST_DOUBTS {
            return;
        }
        let how = self.places.acceptance(&name);
        let end = if right.ends_with('?') { "" } else { "." };
        let help = format!("{right}{end} If {meant}, {how}");
        self.found.push(Problem {
            level: Level::Doubt,
            span: self.places.find(path),
            what,
            help: Some(help),
            doubt: Some(name),
        });
    }
}

/// A moment in a doubt's name: its day, and its hour where that is not the usual one.
fn named(moment: Moment) -> String {
    let hour = moment.civil.format("%H:%M:%S").to_string();
    match hour.as_str() {
        "23:59:00" => moment.date().to_string(),
        hour => format!("{}T{}", moment.date(), hour.strip_suffix(":00").unwrap_or(hour)),
    }
}

fn written(moment: Moment) -> String {
    format!("{} {}", moment.civil.format("%Y-%m-%d %H:%M"), moment.zone.local(moment.instant).label)
}
