//! What rendering costs: the product's feed against the icalendar crate's own writer and Python's icalendar.
//!
//! What is timed for each is components built and written. Ours begins with the revision, so it also finds the words;
//! the others are handed the words and the times as values.

mod peers;
mod programme;
mod ratio;

use std::hint::black_box;
use std::process::Command;
use std::time::Instant as Stopwatch;

use allim::domain::entry::Entry;
use allim::domain::file;
use allim::domain::revision::Revision;
use allim::domain::zone::Instant;
use allim::feed::{self, Feed, Query};
use icalendar::{Calendar, CalendarComponent, Component, DatePerhapsTime, Event, EventLike, Property};
use ratio::{Hold, Pair, head};

const ROUNDS: usize = 15;

fn main() {
    println!("rendering, µs an entry, components built and written (median of {ROUNDS} rounds)\n");
    let (few, many) = (revision(20), revision(1000));
    let (few_plain, many_plain) = (Plain::of(&few), Plain::of(&many));
    let (mut at_few, mut at_many, mut growth) = (Pair::default(), Pair::default(), Pair::default());
    for _ in 0..ROUNDS {
        let (ours, theirs) = (time(20, || octets(&few)), time(20, || few_plain.rendered()));
        at_few.push(ours, theirs);
        let (more, theirs) = (time(1000, || octets(&many)), time(1000, || many_plain.rendered()));
        at_many.push(more, theirs);
        growth.push(more, ours);
    }
    head(&format!("{} octets of text, against the icalendar crate", programme::TEXT));
    at_few.print("20 entries", Some(Hold::AtMost(1.0)));
    at_many.print("1,000 entries", Some(Hold::AtMost(1.0)));
    growth.print("1,000 entries against 20, both ours", Some(Hold::AtMost(1.5)));
    println!();
    long_texts();
    println!();
    against_python([(20, &few, &at_few), (1000, &many, &at_many)]);
}

/// A published programme with that many sessions.
fn revision(sessions: usize) -> Revision {
    let source = programme::source("bench", sessions);
    let programme = file::read(&source).programme.expect("a programme");
    let now: Instant = "2098-01-01T00:00:00Z".parse().expect("an instant");
    Revision::next(None, &programme, &source, now).expect("a first revision")
}

fn octets(revision: &Revision) -> Vec<u8> {
    feed::octets(revision, &Feed::Sessions, &Query::default(), Some("https://example.org/bench/"))
}

/// The same twenty entries with longer texts than a file may have: only the writer is asked.
fn long_texts() {
    const SHORT: usize = 2_400;
    const LONG: usize = 16 * SHORT;
    let with = |octets: usize| {
        let mut revision = revision(20);
        let mut dice = programme::Dice::new("long");
        for record in &mut revision.records {
            if let Entry::Session(session) = &mut record.entry {
                session.summary = Some(dice.text(octets));
            }
        }
        revision
    };
    let (short, long) = (with(SHORT), with(LONG));
    let (short_plain, long_plain) = (Plain::of(&short), Plain::of(&long));
    let (mut ours, mut theirs) = (Pair::default(), Pair::default());
    for _ in 0..ROUNDS {
        ours.push(time(20, || octets(&long)), time(20, || octets(&short)));
        theirs.push(time(20, || long_plain.rendered()), time(20, || short_plain.rendered()));
    }
    println!(
        "{:<46} {:>9} {:>9} {:>8} {:>12}  hold",
        "length of the texts", "38 KB", "2.4 KB", "ratio", "half of them"
    );
    ours.print("allim", Some(Hold::AtMost(18.0)));
    theirs.print("the icalendar crate", None);
}

/// What the crate begins with: times as values, words as texts.
struct Plain {
    header: Vec<Property>,
    zones: Vec<CalendarComponent>,
    events: Vec<Values>,
}

struct Values {
    stamp: Instant,
    created: Instant,
    modified: Instant,
    start: DatePerhapsTime,
    end: DatePerhapsTime,
    texts: Vec<(String, String)>,
}

impl Plain {
    /// The values of our own feed, so that both write the same.
    fn of(revision: &Revision) -> Plain {
        let ours = octets(revision);
        let read: Calendar = String::from_utf8_lossy(&ours).parse().expect("a calendar");
        let (mut zones, mut events) = (Vec::new(), Vec::new());
        for component in &read.components {
            match component {
                CalendarComponent::Event(event) => events.push(Values::of(event).expect("every time is there")),
                other => zones.push(other.clone()),
            }
        }
        let plain = Plain { header: read.properties.clone(), zones, events };
        let (ours, theirs) = (ours.len() as f64, plain.rendered().len() as f64);
        assert!((theirs / ours - 1.0).abs() < 0.02, "not the same work: {ours} octets and {theirs}");
        plain
    }

    fn rendered(&self) -> Vec<u8> {
        let mut calendar = Calendar::empty();
        for property in &self.header {
            calendar.append_property(property.clone());
        }
        for zone in &self.zones {
            calendar.push(zone.clone());
        }
        for values in &self.events {
            let mut event = Event::new();
            event.timestamp(values.stamp).created(values.created).last_modified(values.modified);
            event.starts(values.start.clone()).ends(values.end.clone());
            for (key, text) in &values.texts {
                event.add_property(key, text);
            }
            calendar.push(event);
        }
        calendar.to_string().into_bytes()
    }
}

impl Values {
    fn of(event: &Event) -> Option<Values> {
        let times = ["DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND"];
        let texts = event.properties().values().chain(event.multi_properties().values().flatten());
        Some(Values {
            stamp: event.get_timestamp()?,
            created: event.get_created()?,
            modified: event.get_last_modified()?,
            start: event.get_start()?,
            end: event.get_end()?,
            texts: texts
                .filter(|property| !times.contains(&property.key()))
                .map(|property| (property.key().to_owned(), property.value().to_owned()))
                .collect(),
        })
    }
}

/// µs an entry, over as many renderings as make about 30 ms.
fn time(entries: usize, rendered: impl Fn() -> Vec<u8>) -> f64 {
    let first = Stopwatch::now();
    black_box(rendered());
    let times = (0.03 / first.elapsed().as_secs_f64()).clamp(1.0, 10_000.0) as u32;
    let start = Stopwatch::now();
    for _ in 0..times {
        black_box(rendered());
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times) / entries as f64
}

fn against_python(feeds: [(usize, &Revision, &Pair); 2]) {
    let python = match peers::python() {
        Ok(python) => python,
        Err(why) => return println!("left out: Python's icalendar ({why})"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let files = feeds.map(|(entries, revision, _)| {
        let file = folder.path().join(format!("{entries}.ics"));
        std::fs::write(&file, octets(revision)).expect("written");
        file
    });
    let mut pairs = [Pair::default(), Pair::default()];
    for _ in 0..3 {
        let output = Command::new(&python).args([peers::SCRIPT, "render"]).args(&files).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let theirs: Vec<f64> = text.lines().filter_map(|line| line.parse().ok()).collect();
        let &[few, many] = theirs.as_slice() else { return println!("left out: Python's icalendar (it failed)") };
        for ((entries, revision, _), (pair, theirs)) in feeds.iter().zip(pairs.iter_mut().zip([few, many])) {
            pair.push(time(*entries, || octets(revision)), theirs);
        }
    }
    head("against Python's icalendar");
    for ((entries, ..), pair) in feeds.iter().zip(&pairs) {
        pair.print(&format!("{entries} entries"), Some(Hold::AtLeast(1.0)));
    }
}
