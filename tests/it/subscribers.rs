//! Four subscribers, each by the rules of a real calendar, through random histories of edits.
//!
//! `HISTORIES=10000 cargo test --release --test it subscribers::` tells ten thousand of them; `cargo test` some hundred.

use std::collections::{BTreeMap, BTreeSet};

use allim::domain::entry::{Entry, entries};
use allim::domain::file;
use allim::domain::revision::{Revision, State};
use allim::domain::zone::Instant;
use allim::feed::{Feed, Query, octets};
use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::house::{instant, programme};
use crate::lint::{components, lint};

/// What a calendar shows of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Shown {
    start: String,
    end: String,
    summary: String,
    cancelled: bool,
    sequence: u64,
    modified: String,
    stamp: String,
}

type Calendar = BTreeMap<String, Shown>;

fn fetched(octets: &[u8]) -> Calendar {
    let events = components(octets, "VEVENT");
    events
        .iter()
        .map(|lines| {
            let value = |name: &str| {
                let line = lines.iter().find(|line| line.name == name).unwrap_or_else(|| panic!("no {name}"));
                line.value.clone()
            };
            let shown = Shown {
                start: value("DTSTART"),
                end: value("DTEND"),
                summary: value("SUMMARY"),
                cancelled: value("STATUS") == "CANCELLED",
                sequence: value("SEQUENCE").parse().expect("a number"),
                modified: value("LAST-MODIFIED"),
                stamp: value("DTSTAMP"),
            };
            (value("UID"), shown)
        })
        .collect()
}

/// How a client decides what to take over from a feed it fetched.
#[derive(Clone, Copy, Debug)]
enum Client {
    /// ICSx5: an entry it knows is replaced only by one with a newer LAST-MODIFIED; what the feed lacks is deleted.
    Icsx5,
    /// Evolution: replaced if any of SEQUENCE, LAST-MODIFIED and DTSTAMP rose; what the feed lacks is deleted.
    Evolution,
    /// Google: replaced always, and what is cancelled is dropped.
    Google,
    /// A client that throws away what it had.
    Plain,
}

const CLIENTS: [Client; 4] = [Client::Icsx5, Client::Evolution, Client::Google, Client::Plain];

impl Client {
    fn poll(self, known: &mut Calendar, feed: &Calendar) {
        match self {
            Client::Plain => known.clone_from(feed),
            Client::Google => {
                *known =
                    feed.iter().filter(|(_, shown)| !shown.cancelled).map(|(u, s)| (u.clone(), s.clone())).collect();
            }
            Client::Icsx5 | Client::Evolution => {
                known.retain(|uid, _| feed.contains_key(uid));
                for (uid, new) in feed {
                    let newer = known.get(uid).is_none_or(|old| match self {
                        Client::Icsx5 => new.modified > old.modified,
                        _ => new.sequence > old.sequence || new.modified > old.modified || new.stamp > old.stamp,
                    });
                    if newer {
                        known.insert(uid.clone(), new.clone());
                    }
                }
            }
        }
    }
}

/// An entry of the programme being edited.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    id: u32,
    formerly: Vec<u32>,
    session: bool,
    day: u32,
    hour: u32,
    title: u32,
    cancelled: bool,
}

#[derive(Clone, Copy, Debug)]
enum Edit {
    Add { session: bool, day: u32, hour: u32 },
    Move { which: usize, day: u32, hour: u32 },
    Retitle { which: usize, title: u32 },
    Cancel { which: usize },
    Remove { which: usize },
    Reinstate { which: usize },
    Rename { which: usize },
    Undo,
    Wait { hours: i64 },
    Poll { who: usize },
}

fn edit() -> impl Strategy<Value = Edit> {
    let (day, hour) = (1..28u32, 0..20u32);
    prop_oneof![
        3 => (any::<bool>(), day.clone(), hour.clone()).prop_map(|(session, day, hour)| Edit::Add { session, day, hour }),
        4 => (any::<usize>(), day, hour).prop_map(|(which, day, hour)| Edit::Move { which, day, hour }),
        2 => (any::<usize>(), 0..5u32).prop_map(|(which, title)| Edit::Retitle { which, title }),
        2 => any::<usize>().prop_map(|which| Edit::Cancel { which }),
        3 => any::<usize>().prop_map(|which| Edit::Remove { which }),
        2 => any::<usize>().prop_map(|which| Edit::Reinstate { which }),
        2 => any::<usize>().prop_map(|which| Edit::Rename { which }),
        2 => Just(Edit::Undo),
        // Clocks go back as well.
        3 => select(&[0i64, 1, 24, 24 * 7, 24 * 20, -2][..]).prop_map(|hours| Edit::Wait { hours }),
        6 => (0..CLIENTS.len()).prop_map(|who| Edit::Poll { who }),
    ]
}

fn source(items: &[Item]) -> String {
    let mut text = "[programme]\nid = \"any\"\ntitle = \"Any\"\nshort = \"Any\"\ntime_zone = \"Asia/Seoul\"\n\
        uid_domain = \"example.org\"\ndates = [2026-05-01, 2026-05-28]\n"
        .to_owned();
    for item in items {
        let formerly: Vec<String> = item.formerly.iter().map(|id| format!("\"e{id}\"")).collect();
        let cancelled = if item.cancelled { "cancelled = \"why\"\n" } else { "" };
        let when = if item.session {
            format!(
                "kind = \"oral\"\nstart = 2026-05-{:02}T{:02}:00:00\nend = 2026-05-{:02}T{:02}:30:00",
                item.day, item.hour, item.day, item.hour
            )
        } else {
            format!("kind = \"submission\"\ndue = 2026-05-{:02}T{:02}:00:00", item.day, item.hour)
        };
        let kind = if item.session { "session" } else { "deadline" };
        text.push_str(&format!(
            "[[{kind}]]\nid = \"e{}\"\ntitle = \"Title {}\"\n{when}\nformerly = [{}]\n{cancelled}",
            item.id,
            item.title,
            formerly.join(", ")
        ));
    }
    text
}

/// What every subscriber must show in the end: what the programme holds and is not cancelled, and what left it after it
/// was over, as it was then.
fn expected(revision: &Revision, items: &[Item]) -> BTreeSet<(String, String)> {
    let programme = programme(&source(items));
    let live = entries(&programme).into_iter().filter(|draft| draft.key.id().is_some() && !draft.entry.is_cancelled());
    let archived =
        revision.records.iter().filter(|record| record.state == State::Archived && !record.entry.is_cancelled());
    let named = |entry: &Entry| match entry {
        Entry::Session(session) => (session.end.instant, session.title.clone()),
        Entry::Deadline(deadline) => (deadline.due.instant, deadline.short.clone()),
        Entry::Day(_) => unreachable!("days have no id"),
    };
    let entries = live
        .map(|draft| named(&draft.entry))
        .chain(archived.filter(|record| record.key.id().is_some()).map(|record| named(&record.entry)));
    let mut counted: BTreeMap<(Instant, String), u32> = BTreeMap::new();
    entries
        .map(|key| {
            // Two entries may look alike; both must be there.
            let count = counted.entry(key.clone()).or_default();
            *count += 1;
            (key.0.to_rfc3339(), format!("{} #{count}", key.1))
        })
        .collect()
}

/// The same of a calendar.
fn shown(calendar: &Calendar) -> BTreeSet<(String, String)> {
    let mut counted: BTreeMap<(String, String), u32> = BTreeMap::new();
    let visible = calendar.iter().filter(|(uid, shown)| !shown.cancelled && !uid.starts_with("sessions-day"));
    visible
        .map(|(_, shown)| {
            let end = chrono::NaiveDateTime::parse_from_str(shown.end.trim_end_matches('Z'), "%Y%m%dT%H%M%S")
                .expect("a time");
            // Sessions are in Seoul's time, which is always nine hours ahead.
            let end = if shown.end.ends_with('Z') { end } else { end - TimeDelta::hours(9) };
            let title = shown.summary.split(" due ").next().unwrap_or_default().trim_start_matches("Talk: ").to_owned();
            let key = (end.and_utc().to_rfc3339(), title);
            let count = counted.entry(key.clone()).or_default();
            *count += 1;
            (key.0, format!("{} #{count}", key.1))
        })
        .collect()
}

fn live_through(edits: &[Edit]) {
    let mut now = instant("2026-04-20T00:00:00Z");
    let mut items: Vec<Item> = Vec::new();
    let mut removed: Vec<Item> = Vec::new();
    let mut past: Vec<Vec<Item>> = Vec::new();
    let mut next_id = 0;
    let mut revision =
        Revision::next(None, &programme(&source(&items)), &source(&items), now).expect("a first revision");
    let mut calendars: [Calendar; 4] = Default::default();
    let feed = |revision: &Revision| {
        let octets = octets(revision, &Feed::All, &Query::default(), None);
        assert_eq!(lint(&octets), Vec::<String>::new());
        fetched(&octets)
    };
    for edit in edits {
        let before = items.clone();
        let at = |which: &usize| which.checked_rem(before.len());
        match edit {
            Edit::Add { session, day, hour } if items.len() < 12 => {
                let (id, formerly) = (next_id, Vec::new());
                next_id += 1;
                items.push(Item {
                    id,
                    formerly,
                    session: *session,
                    day: *day,
                    hour: *hour,
                    title: id,
                    cancelled: false,
                });
            }
            Edit::Move { which, day, hour } => {
                if let Some(item) = at(which).and_then(|at| items.get_mut(at)) {
                    (item.day, item.hour) = (*day, *hour);
                }
            }
            Edit::Retitle { which, title } => {
                if let Some(item) = at(which).and_then(|at| items.get_mut(at)) {
                    item.title = *title;
                }
            }
            Edit::Cancel { which } => {
                if let Some(item) = at(which).and_then(|at| items.get_mut(at)) {
                    item.cancelled = !item.cancelled;
                }
            }
            Edit::Remove { which } => {
                if let Some(at) = at(which) {
                    removed.push(items.remove(at));
                }
            }
            Edit::Reinstate { which } => {
                if let Some(at) = which.checked_rem(removed.len()) {
                    let item = removed.remove(at);
                    if items.iter().all(|other| other.id != item.id && !other.formerly.contains(&item.id)) {
                        items.push(item);
                    }
                }
            }
            Edit::Rename { which } => {
                if let Some(item) = at(which).and_then(|at| items.get_mut(at)) {
                    item.formerly.push(item.id);
                    item.id = next_id;
                    next_id += 1;
                }
            }
            Edit::Undo => {
                if let Some(earlier) = past.pop() {
                    items = earlier;
                }
            }
            Edit::Wait { hours } => now += TimeDelta::hours(*hours),
            Edit::Poll { who } => CLIENTS[*who].poll(&mut calendars[*who], &feed(&revision)),
            Edit::Add { .. } => {}
        }
        // What the reader refuses is never published, so it is no edit.
        if items != before && file::read(&source(&items)).programme.is_none() {
            items = before;
        } else if items != before {
            if !matches!(edit, Edit::Undo) {
                past.push(before);
            }
            let text = source(&items);
            if let Some(next) = Revision::next(Some(&revision), &programme(&text), &text, now) {
                assert_eq!(next.number, revision.number + 1);
                revision = next;
            }
        }
    }
    let last = feed(&revision);
    let expected = expected(&revision, &items);
    for (client, calendar) in CLIENTS.iter().zip(&mut calendars) {
        client.poll(calendar, &last);
        assert_eq!(shown(calendar), expected, "{client:?}\n{edits:#?}");
    }
}

#[test]
fn every_subscriber_ends_with_exactly_what_is_true() {
    let histories = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha));
    let strategy = prop::collection::vec(edit(), 1..40);
    for _ in 0..histories {
        live_through(&strategy.new_tree(&mut runner).expect("a history").current());
    }
}
