//! What holds for any programme: what is written is clean, and reads back as it was meant.

use std::collections::BTreeMap;
use std::process::Command;

use allim::domain::entry::Entry;
use allim::domain::revision::Revision;
use allim::domain::zone::Zone;
use allim::feed::{Feed, Query, octets};
use calcard::icalendar::ICalendar;
use calcard::icalendar::dates::TimeOrDelta;
use icalendar::{CalendarComponent, CalendarDateTime, Component, DatePerhapsTime};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::house::{programme, project, read};
use crate::lint::{components, lint, unescape};

const ZONES: [&str; 6] =
    ["Asia/Seoul", "Europe/Copenhagen", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "UTC"];

/// What went wrong in calendars before: separators, quotes, wide and combined characters, a character outside the
/// basic plane, a backslash, a line break.
const PIECES: [&str; 24] = [
    "a",
    "B",
    " ",
    ",",
    ";",
    ":",
    "\"",
    "'",
    "\\",
    "\n",
    "é",
    "e\u{301}",
    "대전",
    "한",
    "🧠",
    "ß",
    "-",
    "TZID=",
    "\\n",
    "END:VEVENT",
    "%",
    "  ",
    "\u{200B}",
    "=",
];

fn text(longest: usize) -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 1..longest).prop_map(|pieces| format!("x{}x", pieces.concat()))
}

fn line(longest: usize) -> impl Strategy<Value = String> {
    text(longest).prop_map(|text| text.replace('\n', " "))
}

prop_compose! {
    fn session()(
        day in 0..2u32,
        start in 0..1300u32,
        length in 1..120u32,
        kind in select(&["ceremony", "keynote", "oral", "poster", "break", "panel"][..]),
        title in line(60),
        speaker in line(8),
        summary in text(200),
        cancelled in prop::option::weighted(0.1, line(10)),
        tentative in prop::bool::weighted(0.1),
    ) -> String {
        let time = |minutes: u32| format!("2026-05-{:02}T{:02}:{:02}:00", 12 + day, minutes / 60, minutes % 60);
        let cancelled = cancelled.map_or(String::new(), |reason| format!("cancelled = {}\n", quoted(&reason)));
        let status = if tentative { "status = \"tentative\"\n" } else { "" };
        format!(
            "kind = \"{kind}\"\ntitle = {}\nstart = {}\nend = {}\nspeakers = [{{ name = {} }}]\nsummary = {}\n{cancelled}{status}",
            quoted(&title), time(start), time(start + length), quoted(&speaker), quoted(&summary),
        )
    }
}

prop_compose! {
    fn deadline()(
        month in 1..6u32,
        day in 1..28u32,
        seconds in select(&["", "T23:59:59", "T12:00:00", "T00:01:00"][..]),
        kind in select(&["abstract", "submission", "notification", "camera-ready", "registration", "other"][..]),
        title in line(40),
        needs in text(60),
        zone in prop::option::of(select(&["AoE", "Asia/Seoul", "America/Los_Angeles", "UTC"][..])),
        was in prop::option::of(1..28u32),
    ) -> String {
        let zone = zone.map_or(String::new(), |zone| format!("zone = \"{zone}\"\n"));
        let was = was.map_or(String::new(), |day| format!("was = [2026-{month:02}-{day:02}]\n"));
        format!(
            "kind = \"{kind}\"\ntitle = {}\ndue = 2026-{month:02}-{day:02}{seconds}\nneeds = {}\n{zone}{was}",
            quoted(&title), quoted(&needs),
        )
    }
}

prop_compose! {
    pub fn source()(
        zone in select(&ZONES[..]),
        title in line(40),
        short in line(6),
        room in line(10),
        sessions in vec(session(), 0..6),
        deadlines in vec(deadline(), 0..5),
        dated in any::<bool>(),
    ) -> String {
        let dates = if dated { "dates = [2026-05-12, 2026-05-13]\n" } else { "" };
        let mut out = format!(
            "[programme]\nid = \"any\"\ntitle = {}\nshort = {}\n{dates}time_zone = \"{zone}\"\nuid_domain = \"example.org\"\n\
             [venue]\nroom = {}\ncity = \"대전\"\n",
            quoted(&title), quoted(&short), quoted(&room),
        );
        for (number, session) in sessions.iter().enumerate() {
            out.push_str(&format!("[[session]]\nid = \"s{number}\"\n{session}"));
        }
        for (number, deadline) in deadlines.iter().enumerate() {
            out.push_str(&format!("[[deadline]]\nid = \"d{number}\"\n{deadline}"));
        }
        out
    }
}

/// JSON's escapes are TOML's.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text")
}

/// What a feed says of an entry: start and end in seconds since 1970, and its texts.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Seen {
    start: i64,
    end: i64,
    summary: String,
    description: String,
}

/// By the icalendar crate's parser.
fn by_icalendar(octets: &[u8]) -> BTreeMap<String, Seen> {
    let calendar: icalendar::Calendar = std::str::from_utf8(octets).expect("UTF-8").parse().expect("a calendar");
    let events = calendar.components.iter().filter_map(|component| match component {
        CalendarComponent::Event(event) => Some(event),
        _ => None,
    });
    let instant = |time: Option<DatePerhapsTime>| match time.expect("a time") {
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)) => at.timestamp(),
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            let zone: Zone = tzid.parse().expect("a zone");
            zone.instant(date_time).expect("a civil time that exists once").timestamp()
        }
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(at)) => panic!("{at} floats"),
        DatePerhapsTime::Date(date) => date.and_time(Default::default()).and_utc().timestamp(),
    };
    events
        .map(|event| {
            let seen = Seen {
                start: instant(event.get_start()),
                end: instant(event.get_end()),
                summary: event.get_summary().expect("a summary").to_owned(),
                description: event.get_description().expect("a description").to_owned(),
            };
            (event.get_uid().expect("a UID").to_owned(), seen)
        })
        .collect()
}

/// By calcard's parser, which resolves zones from the VTIMEZONEs themselves.
fn by_calcard(octets: &[u8]) -> BTreeMap<String, Seen> {
    let calendar = ICalendar::parse(std::str::from_utf8(octets).expect("UTF-8")).expect("a calendar");
    let expanded = calendar.expand_dates(calcard::common::timezone::Tz::UTC, 10_000);
    assert!(expanded.errors.is_empty(), "{:?}", expanded.errors);
    let text = |component: usize, name: &str| {
        let entries = &calendar.components[component].entries;
        let entry = entries.iter().find(|entry| entry.name.as_str() == name).unwrap_or_else(|| panic!("no {name}"));
        entry.values.iter().filter_map(|value| value.as_text()).collect::<Vec<_>>().join(",")
    };
    expanded
        .events
        .into_iter()
        .map(|event| {
            let component = event.comp_id as usize;
            let end = match &event.end {
                TimeOrDelta::Time(time) => time.timestamp(),
                TimeOrDelta::Delta(delta) => event.start.timestamp() + delta.num_seconds(),
            };
            let seen = Seen {
                start: event.start.timestamp(),
                end,
                summary: text(component, "SUMMARY"),
                description: text(component, "DESCRIPTION"),
            };
            (text(component, "UID"), seen)
        })
        .collect()
}

/// Start and end, where a second reader can know them, and texts that must be found.
type Meant = (Option<(i64, i64)>, Vec<String>);

/// What the feed must say, from the revision alone.
fn meant(revision: &Revision, feed: &Feed) -> BTreeMap<String, Meant> {
    let safe = |text: &str| text.replace('\\', "\u{29f5}");
    let entries = revision.records.iter().filter_map(|record| {
        let (times, texts) = match (feed, &record.entry) {
            (Feed::Sessions | Feed::All, Entry::Session(session)) => (
                Some((session.start.instant.timestamp(), session.end.instant.timestamp())),
                vec![session.headline(), session.summary.clone().expect("a summary")],
            ),
            (Feed::Deadlines | Feed::All, Entry::Deadline(deadline)) => (
                Some((deadline.due.instant.timestamp() - 1800, deadline.due.instant.timestamp())),
                vec![deadline.short.clone(), deadline.needs.clone().expect("needs")],
            ),
            (Feed::Workshop, Entry::Day(_)) if !record.key.is_sessions_day() => (None, Vec::new()),
            (Feed::Sessions | Feed::All, Entry::Day(_)) if record.key.is_sessions_day() => (None, Vec::new()),
            _ => return None,
        };
        Some((record.uid.clone(), (times, texts.iter().map(|text| safe(text)).collect())))
    });
    entries.collect()
}

fn piece_of_a_file() -> impl Strategy<Value = &'static str> {
    select(
        &["23:59:00", "2026-05-12", "2026-05-12T10:00:60", "[23:59:00]", "2026-05-12T10:00:00Z", "\"x\"", "7", "[]"][..],
    )
}

/// Where the reader finds no error, as many things come out as tables went in.
fn nothing_is_lost(source: &str) {
    let reading = allim::domain::file::read(source);
    if reading.problems.iter().any(|problem| problem.level == allim::domain::file::Level::Error) {
        assert_eq!(reading.programme, None, "{source}");
        return;
    }
    let programme = reading.programme.unwrap_or_else(|| panic!("no error and no programme:\n{source}"));
    let tables = |name: &str| source.lines().filter(|line| line.starts_with(&format!("[[{name}]]"))).count();
    // One earlier date each, in those that are generated.
    let earlier = source.lines().filter(|line| line.starts_with("was = [2")).count();
    let kept = programme.deadlines.iter().filter(|deadline| !deadline.was.is_empty()).count();
    assert_eq!(programme.sessions.len(), tables("session"), "{source}");
    assert_eq!(programme.deadlines.len(), tables("deadline"), "{source}");
    assert!(kept >= earlier, "{source}");
    assert_eq!(programme.papers.len(), tables("paper"), "{source}");
    assert_eq!(programme.people.len(), tables("person"), "{source}");
    assert_eq!(programme.awards.len(), tables("award"), "{source}");
    assert_eq!(programme.links.len(), tables("link"), "{source}");
    assert_eq!(programme.hosts.len(), tables("host"), "{source}");
}

#[test]
fn nothing_is_lost_from_the_programmes_there_are() {
    for folder in ["data", "data/examples", "tests/programmes/bad"] {
        let files = std::fs::read_dir(project(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
        files.filter_map(|file| std::fs::read_to_string(file).ok()).for_each(|source| nothing_is_lost(&source));
    }
}

fn reads_back(source: &str) {
    let revision = Revision::unpublished(&programme(source), source);
    for feed in Feed::WHOLE {
        for query in ["", "tz=AoE", "tz=America/Sao_Paulo", "tz=UTC"] {
            let octets = octets(&revision, &feed, &Query::parse(query), Some("https://example.org/any/"));
            let findings = lint(&octets);
            assert!(findings.is_empty(), "{findings:#?}\n{source}");
            let (one, other) = (by_icalendar(&octets), by_calcard(&octets));
            let meant = meant(&revision, &feed);
            assert_eq!(one.keys().collect::<Vec<_>>(), meant.keys().collect::<Vec<_>>(), "{source}");
            assert_eq!(other.keys().collect::<Vec<_>>(), meant.keys().collect::<Vec<_>>(), "{source}");
            for (uid, (times, texts)) in &meant {
                for seen in [&one[uid], &other[uid]] {
                    if let Some(times) = times {
                        assert_eq!((seen.start, seen.end), *times, "{uid} {query}\n{source}");
                    }
                    for text in texts {
                        let said = format!("{}\n{}", seen.summary, seen.description);
                        assert!(said.contains(text), "{uid}: {text:?} not in {said:?}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_programme_reads_back_as_it_was_meant(source in source()) {
        reads_back(&source);
    }

    #[test]
    fn nothing_is_lost_from_a_file_without_errors(source in source(), from in 0..2_000usize, piece in piece_of_a_file()) {
        nothing_is_lost(&source);
        let lines: Vec<&str> = source.lines().collect();
        let at = from % lines.len();
        // A line of another shape: whatever the reader takes, it keeps.
        let name = lines[at].split(" = ").next().unwrap_or("");
        let mended = format!("{}\n{name} = {piece}\n{}", lines[..at].join("\n"), lines[at + 1..].join("\n"));
        nothing_is_lost(&mended);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,400}", bytes in vec(any::<u8>(), 0..200)) {
        let _ = allim::domain::file::read(&text);
        let _ = allim::domain::file::read(&format!("[programme]\n{text}"));
        let _ = Query::parse(&text);
        let _ = allim::domain::file::decode(&bytes);
    }

    #[test]
    fn a_good_file_with_a_piece_cut_out_or_in_is_read_without_panic(at in 0..20_000usize, length in 0..60usize, piece in text(10)) {
        let whole = read("data/examples/pacific-2027.toml");
        let boundary = |mut at: usize| { at = at.min(whole.len()); while !whole.is_char_boundary(at) { at -= 1; } at };
        let (start, end) = (boundary(at), boundary(at + length));
        let reading = allim::domain::file::read(&format!("{}{piece}{}", &whole[..start], &whole[end..]));
        for problem in &reading.problems {
            let _ = allim::domain::file::position(&whole, problem.span.start);
        }
    }
}

#[test]
fn feeds_mean_the_same_under_every_machine_zone() {
    for zone in ["Asia/Seoul", "UTC", "Pacific/Honolulu"] {
        let again = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "property::any_programme_reads_back_as_it_was_meant"])
            .env("TZ", zone)
            .env("PROPTEST_CASES", "24")
            .output()
            .expect("a second run");
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success() && said.contains("1 passed"), "{zone}: {said}");
    }
}

#[test]
fn another_process_in_another_zone_writes_the_same_octets() {
    let path = project("data/examples/pacific-2027.toml");
    let source = read("data/examples/pacific-2027.toml");
    let revision = Revision::unpublished(&programme(&source), &source);
    let here = octets(&revision, &Feed::All, &Query::parse("tz=AoE"), None);
    for zone in ["Asia/Seoul", "Pacific/Honolulu"] {
        let there = Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(["render", "--feed", "all", "--query", "tz=AoE"])
            .arg(&path)
            .envs([("TZ", zone), ("LC_ALL", "ko_KR.UTF-8")])
            .output()
            .expect("a second process");
        assert_eq!(there.stdout, here, "{zone}");
    }
}

#[test]
fn ten_thousand_rebuilds_give_one_hash() {
    let source = read("data/faimi-2025.toml");
    let read = Revision::unpublished(&programme(&source), &source);
    let first = allim::feed::render(&read, &Feed::Deadlines, &Query::default(), None);
    let rebuild = || {
        for round in 0..5_000 {
            // Reading the file each time would measure the reader; every hundredth round does.
            let revision =
                if round % 100 == 0 { Some(Revision::unpublished(&programme(&source), &source)) } else { None };
            let octets = octets(revision.as_ref().unwrap_or(&read), &Feed::Deadlines, &Query::default(), None);
            assert_eq!(octets, first.identity);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(rebuild);
        scope.spawn(rebuild);
    });
}

#[test]
fn an_escaped_text_reads_back_by_the_rules() {
    let source = read("data/faimi-2025.toml");
    let revision = Revision::unpublished(&programme(&source), &source);
    let octets = octets(&revision, &Feed::Sessions, &Query::default(), None);
    let events = components(&octets, "VEVENT");
    let summaries: Vec<String> =
        events.iter().flatten().filter(|line| line.name == "SUMMARY").map(|line| unescape(&line.value)).collect();
    assert_eq!(
        summaries[1],
        "Keynote · Tal Arbel: Towards Equitable Image-Based Personalized Medicine: Causality, Confidence, and Bias Mitigation"
    );
    assert_eq!(summaries.len(), 13);
}
