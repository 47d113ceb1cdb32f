//! Schedules of other systems becoming programme files, and what is made of those that are not as they should be.

use std::collections::BTreeSet;

use allim::app::export::{Format, Place, export};
use allim::domain::file;
use allim::domain::programme::{Id, Programme};
use allim::domain::revision::Revision;
use allim::domain::zone::Instant;
use allim::exchange::frab::{ImportError, Imported, Options, import};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::house::{golden, programme, read};

fn imported(schedule: &Value, options: &Options) -> (Programme, Imported) {
    let imported = import(&schedule.to_string(), options).unwrap_or_else(|error| panic!("{error}\n{schedule}"));
    let reading = file::read(&imported.source);
    let programme = reading.programme.unwrap_or_else(|| panic!("{:#?}\n{}", reading.problems, imported.source));
    (programme, imported)
}

/// What of a session survives a schedule.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Survivor<'p> {
    id: &'p str,
    kind: &'p str,
    title: &'p str,
    start: Instant,
    end: Instant,
    room: Option<&'p str>,
    speakers: Vec<&'p str>,
    summary: Option<&'p str>,
}

fn sessions(programme: &Programme) -> BTreeSet<Survivor<'_>> {
    let live = programme.sessions.iter().filter(|session| session.cancelled.is_none());
    let told = live.map(|session| Survivor {
        id: session.id.as_str(),
        kind: session.kind.name(),
        title: &session.title,
        start: session.start.instant,
        end: session.end.instant,
        room: programme.room(session),
        speakers: session.speakers.iter().map(|speaker| speaker.name.as_str()).collect(),
        summary: session.summary.as_deref(),
    });
    told.collect()
}

#[test]
fn a_schedule_of_ours_comes_back_as_the_same_sessions_under_the_same_ids() {
    for path in ["data/faimi-2025.toml", "data/examples/pacific-2027.toml"] {
        let source = read(path);
        let before = programme(&source);
        let revision = Revision::unpublished(&before, &source);
        let place = Place { base: Some("https://example.org/cal/w/"), in_folder: true };
        let schedule = export(Format::FrabJson, &revision, &before, place).expect("written");
        let schedule: Value = serde_json::from_str(&schedule).expect("JSON");
        let (after, made) = imported(&schedule, &Options { id: Some(before.id.clone()), zone: None });
        assert_eq!(sessions(&after), sessions(&before), "{}", made.source);
        assert_eq!(
            (&after.id, &after.title, after.dates, after.time_zone),
            (&before.id, &before.title, before.dates, before.time_zone)
        );
        golden(&format!("exports/{}/imported.toml", before.id), made.source.as_bytes());
    }
}

/// A schedule as another system would write it, with a day of two rooms and what goes wrong in such files.
fn foreign() -> Value {
    serde_json::from_str(&read("tests/programmes/schedules/democon.json")).expect("JSON")
}

#[test]
fn a_schedule_of_another_system_becomes_a_programme_that_says_what_was_guessed() {
    let (programme, made) = imported(&foreign(), &Options::default());
    golden("exports/democon/imported.toml", made.source.as_bytes());
    golden("exports/democon/notes.txt", made.notes.join("\n").as_bytes());
    assert_eq!(
        (programme.id.as_str(), programme.time_zone.name(), programme.uid_domain.as_str()),
        ("democon", "Europe/Copenhagen", "pretalx.example.org")
    );
    let told: Vec<(&str, &str, &str, String, Option<&str>)> = programme
        .sessions
        .iter()
        .map(|s| (s.id.as_str(), s.kind.name(), s.title.as_str(), s.start.civil.to_string(), s.room.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "keynote-nunez",
                "keynote",
                "Keynote: What a Test Set Leaves Out",
                "2027-05-04 09:00:00".to_owned(),
                Some("Hall")
            ),
            ("coffee", "break", "Coffee", "2027-05-04 10:00:00".to_owned(), Some("Hall")),
            ("oral-li", "oral", "Ranking", "2027-05-04 10:30:00".to_owned(), Some("Cellar")),
            ("oral-li-ranking-again", "oral", "Ranking again", "2027-05-04 10:50:00".to_owned(), Some("Cellar")),
            ("oral-y", "oral", "Bad link", "2027-05-04 11:30:00".to_owned(), Some("Cellar")),
            ("oral-li-2", "oral", "TBC", "2027-05-05 01:30:00".to_owned(), Some("Hall")),
        ]
    );
    assert_eq!(programme.sessions[0].summary.as_deref(), Some("First\nsecond."));
    assert!(
        made.source.contains("# title = \"No end\"") && made.source.contains("# url = \"http://a b/\""),
        "{}",
        made.source
    );
    // The bare conference says the same.
    let (_, bare) = imported(&foreign()["schedule"]["conference"], &Options::default());
    assert!(bare.source.contains("uid_domain = \"example.org\""), "the address stood around it");
}

#[test]
fn the_zone_is_the_schedules_or_the_one_that_was_said_or_a_guess() {
    let mut schedule = foreign();
    let (_, named) = imported(&schedule, &Options { id: None, zone: Some("Asia/Seoul".parse().expect("a zone")) });
    assert!(named.source.contains("time_zone = \"Europe/Copenhagen\""), "the schedule's own zone stands");
    schedule["schedule"]["conference"].as_object_mut().expect("an object").remove("time_zone_name");
    let (said, _) = imported(
        &schedule,
        &Options { id: Some(Id::new("mine").expect("an id")), zone: Some("Asia/Seoul".parse().expect("a zone")) },
    );
    assert_eq!(
        (said.time_zone.name(), said.id.as_str(), said.sessions[0].start.civil.to_string().as_str()),
        ("Asia/Seoul", "mine", "2027-05-04 16:00:00")
    );
    let (guessed, made) = imported(&schedule, &Options::default());
    assert_eq!(
        (guessed.time_zone.name(), guessed.sessions[0].start.instant),
        ("Etc/GMT-2", said.sessions[0].start.instant)
    );
    assert!(
        made.source.contains("# guessed: the schedule names no zone, its events are at UTC+2; name the city"),
        "{}",
        made.source
    );
    assert!(made.notes[0].starts_with("The time zone is guessed as Etc/GMT-2"), "{:?}", made.notes);
    schedule["schedule"]["conference"]["time_zone_name"] = "Mars/Olympus".into();
    let (_, made) = imported(&schedule, &Options::default());
    assert!(made.notes[0].contains("\"Mars/Olympus\" is no time zone we know"), "{:?}", made.notes);
}

#[test]
fn texts_that_are_too_long_are_cut_at_a_word_and_say_so() {
    let mut schedule = foreign();
    let event = &mut schedule["schedule"]["conference"]["days"][0]["rooms"]["Hall"][0];
    event["title"] = "가나다 fairness ".repeat(60).into();
    event["abstract"] = "\u{7}의료 영상 \u{feff}fairness\u{2028} ".repeat(600).into();
    let (programme, made) = imported(&schedule, &Options::default());
    let session = &programme.sessions[0];
    assert!(session.title.chars().count() <= 300 && session.title.ends_with("fairness"), "{}", session.title);
    let summary = session.summary.as_deref().expect("a summary");
    assert!((7_900..=8_192).contains(&summary.len()), "{}", summary.len());
    assert!(
        made.source.contains("# the title is cut") && made.source.contains("# the summary is cut"),
        "{}",
        made.source
    );
}

#[test]
fn what_is_no_schedule_is_refused() {
    assert!(matches!(import("{", &Options::default()), Err(ImportError::Syntax(_))));
    for other in ["[]", "{}", "null", "{\"schedule\": 1}", "{\"conference\": []}", "{\"title\": \"x\"}"] {
        assert!(matches!(import(other, &Options::default()), Err(ImportError::NoConference)), "{other}");
    }
    assert!(import(&"[".repeat(100_000), &Options::default()).is_err());
    let empty = import(&json!({"days": []}).to_string(), &Options::default());
    assert!(matches!(empty, Err(ImportError::NoEvents)));
}

/// A value as a schedule might hold it in the wrong place.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(
            &[
                "",
                "TBC",
                "09:00",
                "00:30",
                "25:99",
                "99999:00",
                "-1:30",
                "2027-03-28T02:30:00",
                "2027-03-28T01:30:00Z",
                "9999-12-31T23:59:59Z",
                "0000-01-01T00:00:00-23:59",
                "2027-10-31T02:30:00+01:00",
                "2027-05-04",
                "2199-12-31",
                "Europe/Copenhagen",
                "AoE",
                "assets",
                "a b",
                "https://example.org/",
                "http://[::1]/",
                "https://user:pw@x/",
                "\"\"\"'''",
                "\\",
                "\u{0}\u{7f}\u{85}",
                "x\r\ny",
                "\u{2028}",
                "democon-session-a",
                "democon",
                "대전 🧠",
                "2027-05-04T09:00:00.999999999+02:00",
                "2016-12-31T23:59:60Z"
            ][..]
        )
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An object with some of these keys, most of them with a value of the right kind.
fn with_keys(keys: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(keys), anything(), 0..keys.len())
        .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
}

prop_compose! {
    fn day()(
        fields in with_keys(&["index", "date", "day_start", "day_end"]),
        rooms in prop::collection::btree_map(".{0,8}", prop::collection::vec(
            with_keys(&["title", "type", "date", "start", "end", "duration", "room", "slug", "url", "abstract", "description", "persons"]), 0..4), 0..3),
    ) -> Value {
        let mut day = fields;
        day["rooms"] = json!(rooms);
        day
    }
}

proptest! {
    #[test]
    fn whatever_a_schedule_holds_becomes_a_file_that_can_be_read(
        conference in with_keys(&["acronym", "title", "start", "end", "time_zone_name", "url", "tracks", "days"]),
        days in prop::collection::vec(day(), 0..3),
        wrapped in any::<bool>(),
    ) {
        let mut conference = conference;
        conference["days"] = days.into();
        let schedule = if wrapped { json!({"schedule": {"conference": conference}}) } else { conference };
        let made = match import(&schedule.to_string(), &Options::default()) {
            Err(ImportError::NoEvents) => return Ok(()),
            made => made.expect("a schedule"),
        };
        let reading = file::read(&made.source);
        prop_assert!(reading.programme.is_some(), "{:?}\n{}", reading.problems, made.source);
    }

    #[test]
    fn whatever_json_it_is_nothing_breaks(document in anything()) {
        if let Ok(made) = import(&document.to_string(), &Options::default()) {
            prop_assert!(file::read(&made.source).programme.is_some());
        }
    }
}
