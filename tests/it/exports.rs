//! Exports, each read back by somebody else's reader: the same sessions at the same instants, whatever the texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use allim::app::export::{Format, Place, assets, export};
use allim::domain::file as domain_file;
use allim::domain::programme::Programme;
use allim::domain::revision::Revision;
use allim::domain::zone::Instant;
use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::{NamedNode, NamedOrBlankNode, Term, Triple};
use serde_json::Value;

use crate::house::{Service, golden, instant, programme, project, read};

const BASE: &str = "https://example.org/cal/w/";
const FILES: [&str; 2] = ["data/faimi-2025.toml", "data/examples/pacific-2027.toml"];

/// A programme as published, perhaps several times.
struct Published {
    revision: Revision,
    programme: Programme,
}

impl Published {
    fn first(source: &str) -> Published {
        let programme = programme(source);
        let revision = Revision::next(None, &programme, source, instant("2025-09-01T00:00:00Z")).expect("new");
        Published { revision, programme }
    }

    fn then(self, source: &str, now: &str) -> Published {
        let programme = programme(source);
        let revision = Revision::next(Some(&self.revision), &programme, source, instant(now)).expect("new");
        Published { revision, programme }
    }

    fn text(&self, format: Format) -> String {
        let place = Place { base: Some(BASE), in_folder: true };
        export(format, &self.revision, &self.programme, place).expect("written")
    }

    fn json(&self, format: Format) -> Value {
        serde_json::from_str(&self.text(format)).expect("JSON")
    }
}

/// What a reader must find of a session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Told {
    title: String,
    start: Instant,
    end: Instant,
    room: String,
    speakers: Vec<String>,
}

/// The sessions a programme holds and has not cancelled.
fn told(programme: &Programme) -> BTreeSet<Told> {
    let live = programme.sessions.iter().filter(|session| session.cancelled.is_none());
    let told = live.map(|session| Told {
        title: session.title.clone(),
        start: session.start.instant,
        end: session.end.instant,
        room: programme.room(session).unwrap_or_default().to_owned(),
        speakers: session.speakers.iter().map(|speaker| speaker.name.clone()).collect(),
    });
    told.collect()
}

/// A title as the feeds name it, back in the programme's words.
fn open_title(title: &str) -> String {
    if title.ends_with("title to be announced") { "TBC".to_owned() } else { title.to_owned() }
}

fn at(text: &str) -> Instant {
    chrono::DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_utc()
}

/// The sessions of a `schedule.xml`.
fn told_by_xml(text: &str) -> BTreeSet<Told> {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let events = document.descendants().filter(|node| node.has_tag_name("event"));
    let told = events.map(|event| {
        let child = |name: &str| event.children().find(|node| node.has_tag_name(name)).expect("an element");
        let value = |name: &str| child(name).text().unwrap_or_default().to_owned();
        let (start, length) = (at(&value("date")), value("duration"));
        let (hours, minutes) = length.split_once(':').expect("hh:mm");
        let minutes = hours.parse::<i64>().expect("hours") * 60 + minutes.parse::<i64>().expect("minutes");
        assert_eq!(value("room"), event.parent().and_then(|room| room.attribute("name")).expect("a room"));
        assert_eq!(value("start"), value("date")[11..16]);
        Told {
            title: open_title(&value("title")),
            start,
            end: start + chrono::TimeDelta::minutes(minutes),
            room: value("room"),
            speakers: child("persons")
                .children()
                .filter_map(|person| person.text())
                .map(str::to_owned)
                .filter(|name| !name.trim().is_empty())
                .collect(),
        }
    });
    told.collect()
}

/// The triples of a JSON-LD document, with a vocabulary that takes every word: nothing is loaded from anywhere.
fn triples(text: &str) -> Vec<Triple> {
    let parser = JsonLdParser::new().with_base_iri(BASE).expect("an IRI").for_slice(text);
    let parser = parser.with_load_document_callback(|url, _| {
        assert_eq!(url, "https://schema.org");
        Ok(JsonLdRemoteDocument {
            document: br#"{"@context": {"@vocab": "https://schema.org/"}}"#.to_vec(),
            document_url: "https://schema.org".to_owned(),
        })
    });
    parser.map(|quad| Triple::from(quad.unwrap_or_else(|error| panic!("{error}\n{text}")))).collect()
}

/// What is said of a subject, by the last word of the predicate.
fn said<'t>(triples: &'t [Triple], subject: &NamedOrBlankNode, word: &str) -> Vec<&'t Term> {
    let predicate = NamedNode::new(format!("https://schema.org/{word}")).expect("an IRI");
    let about = triples.iter().filter(|triple| triple.subject == *subject && triple.predicate == predicate);
    about.map(|triple| &triple.object).collect()
}

fn literal(terms: &[&Term]) -> String {
    match terms {
        [Term::Literal(literal)] => literal.value().to_owned(),
        other => panic!("not one text: {other:?}"),
    }
}

fn node(term: &Term) -> NamedOrBlankNode {
    match term {
        Term::NamedNode(node) => node.clone().into(),
        Term::BlankNode(node) => node.clone().into(),
        other => panic!("not a thing: {other}"),
    }
}

/// The subject that has sub-events or, where there is none, the one with a status.
fn workshop(triples: &[Triple]) -> NamedOrBlankNode {
    let objects: BTreeSet<String> = triples.iter().map(|triple| triple.object.to_string()).collect();
    let mut roots = triples.iter().map(|triple| &triple.subject).filter(|it| !objects.contains(&it.to_string()));
    roots.next().expect("a root").clone()
}

/// The events below the workshop, by name.
fn sub_events(triples: &[Triple]) -> BTreeMap<String, NamedOrBlankNode> {
    let events = said(triples, &workshop(triples), "subEvent").into_iter().map(node);
    events.map(|event| (literal(&said(triples, &event, "name")), event)).collect()
}

/// What `xmllint` says about a schedule with our XSD; nothing where there is no xmllint.
fn validates(text: &str) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    let schema = project("tests/schemas/schedule.xsd");
    match Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).arg(file.path()).output() {
        Ok(said) => assert!(said.status.success(), "{}\n{text}", String::from_utf8_lossy(&said.stderr)),
        Err(_) => println!("left out: there is no xmllint to hold schedule.xml against its schema"),
    }
}

fn schema() -> Value {
    serde_json::from_str(&read("src/exchange/programme.schema.json")).expect("JSON")
}

#[test]
fn exports_are_as_reviewed() {
    for file in FILES {
        let published = Published::first(&read(file));
        let id = &published.programme.id;
        for (name, format) in [
            ("programme.json", Format::Json),
            ("schedule.json", Format::FrabJson),
            ("schedule.xml", Format::FrabXml),
            ("deadlines.yml", Format::Ccfddl),
            ("workshop.jsonld", Format::JsonLd),
            ("embed.html", Format::Embed),
        ] {
            golden(&format!("exports/{id}/{name}"), published.text(format).as_bytes());
        }
        assert_eq!(published.text(Format::Toml), read(file));
    }
}

#[test]
fn a_schedule_read_back_has_the_same_sessions_at_the_same_instants() {
    for source in FILES.map(read).into_iter().chain([hostile(), nights()]) {
        let published = Published::first(&source);
        let expected = told(&published.programme);
        let xml = published.text(Format::FrabXml);
        validates(&xml);
        assert_eq!(told_by_xml(&xml), expected);
        let json = published.json(Format::FrabJson);
        let days = json["schedule"]["conference"]["days"].as_array().expect("days");
        let rooms = days.iter().flat_map(|day| day["rooms"].as_object().expect("rooms").values());
        let events = rooms.flat_map(|events| events.as_array().expect("events")).map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_else(|| panic!("{key} in {event}")).to_owned();
            let persons = event["persons"].as_array().expect("persons").iter();
            Told {
                title: open_title(&text("title")),
                start: at(&text("date")),
                end: at(&text("end")),
                room: text("room"),
                speakers: persons.map(|person| person["name"].as_str().expect("a name").to_owned()).collect(),
            }
        });
        assert_eq!(events.collect::<BTreeSet<_>>(), expected);
    }
}

/// The number and the guid of each event, by its slug.
fn names(schedule: &Value) -> BTreeMap<String, (u64, String)> {
    let days = schedule["schedule"]["conference"]["days"].as_array().expect("days");
    let rooms = days.iter().flat_map(|day| day["rooms"].as_object().expect("rooms").values());
    let events = rooms.flat_map(|events| events.as_array().expect("events"));
    let name =
        |event: &Value| (event["id"].as_u64().expect("a number"), event["guid"].as_str().expect("a guid").to_owned());
    events.map(|event| (event["slug"].as_str().expect("a slug").to_owned(), name(event))).collect()
}

#[test]
fn events_keep_their_numbers_and_guids_and_cancelled_ones_are_left_out() {
    let source = read("data/examples/pacific-2027.toml");
    let first = Published::first(&source);
    let before = names(&first.json(Format::FrabJson));
    assert_eq!(before.len(), 13);
    assert!(!before.contains_key("pacific_2027-session-drift"), "it is cancelled");
    let numbers: BTreeSet<u64> = before.values().map(|(number, _)| *number).collect();
    assert!(numbers.len() == before.len() && numbers.iter().all(|number| (1..=0x7fff_ffff).contains(number)));

    let renamed = source.replace("id    = \"closing\"", "id    = \"awards\"\nformerly = [\"closing\"]").replace(
        "start = 2027-10-03T12:40:00\nend   = 2027-10-03T13:00:00",
        "start = 2027-10-03T12:45:00\nend   = 2027-10-03T13:05:00",
    );
    let second = first.then(&renamed, "2025-09-02T00:00:00Z");
    let after = names(&second.json(Format::FrabJson));
    assert_eq!(after["pacific_2027-session-awards"], before["pacific_2027-session-closing"]);
    assert_eq!(after["pacific_2027-session-welcome"], before["pacific_2027-session-welcome"]);

    // What left ahead of its time is as good as cancelled.
    let start = renamed.find("[[session]]\nid    = \"welcome\"").expect("the welcome");
    let end = start + 10 + renamed[start + 10..].find("[[session]]").expect("another");
    let third = second.then(&format!("{}{}", &renamed[..start], &renamed[end..]), "2025-09-03T00:00:00Z");
    let left = names(&third.json(Format::FrabJson));
    assert_eq!(left.len(), 12);
    assert!(!left.contains_key("pacific_2027-session-welcome"));
    assert!(!third.text(Format::FrabXml).contains("Welcome by both workshops"));
}

#[test]
fn a_day_of_the_schedule_ends_in_the_morning() {
    let published = Published::first(&nights());
    let xml = published.text(Format::FrabXml);
    let document = roxmltree::Document::parse(&xml).expect("XML");
    let days = document.descendants().filter(|node| node.has_tag_name("day"));
    let shape: Vec<_> = days
        .map(|day| {
            let events = day.descendants().filter(|node| node.has_tag_name("title"));
            let attribute = |name: &str| day.attribute(name).expect("an attribute").to_owned();
            (
                attribute("date"),
                attribute("start"),
                events.map(|title| title.text().expect("a title").to_owned()).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        shape,
        [
            (
                "2027-03-27".to_owned(),
                "2027-03-27T04:00:00+01:00".to_owned(),
                vec!["Elsewhere".to_owned(), "Evening".to_owned(), "Past midnight".to_owned()]
            ),
            ("2027-03-28".to_owned(), "2027-03-28T04:00:00+02:00".to_owned(), vec!["Morning".to_owned()]),
        ]
    );
    // Without an evening before, the night is the beginning of its own day.
    let evening = nights().find("[[session]]\nid = \"evening\"").expect("the evening");
    let later = nights().find("[[session]]\nid = \"night\"").expect("the night");
    let elsewhere = nights().find("[[session]]\nid = \"elsewhere\"").expect("the panel");
    let early = format!("{}{}", &nights()[..evening], &nights()[later..elsewhere]);
    let early = early.replace("dates = [2027-03-27, 2027-03-28]", "dates = [2027-03-28]");
    let early = Published::first(&early).json(Format::FrabJson);
    let day = &early["schedule"]["conference"]["days"][0];
    assert_eq!((&day["date"], &day["day_start"]), (&"2027-03-28".into(), &"2027-03-28T00:45:00+01:00".into()), "{day}");
}

#[test]
fn a_programme_without_sessions_makes_a_valid_schedule() {
    let bare = "[programme]\nid = \"w\"\ntitle = \"A Workshop\"\nshort = \"W\"\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\n";
    for (source, days) in [
        (bare.to_owned(), vec!["2025-09-01"]),
        (format!("{bare}dates = [2027-10-02, 2027-10-03]\n"), vec!["2027-10-02", "2027-10-03"]),
    ] {
        let published = Published::first(&source);
        let xml = published.text(Format::FrabXml);
        validates(&xml);
        assert_eq!(told_by_xml(&xml), BTreeSet::new());
        let json = published.json(Format::FrabJson);
        let conference = &json["schedule"]["conference"];
        let dates: Vec<&str> = conference["days"]
            .as_array()
            .expect("days")
            .iter()
            .map(|day| day["date"].as_str().expect("a date"))
            .collect();
        assert_eq!(dates, days);
        assert_eq!((&conference["acronym"], &conference["daysCount"]), (&"w_workshop".into(), &days.len().into()));
        assert_eq!(sub_events(&triples(&published.text(Format::JsonLd))).len(), 0);
        assert!(published.text(Format::Ccfddl).contains("deadline: 'TBD'"));
    }
}

#[test]
fn the_json_is_what_its_schema_says_and_the_schema_says_everything() {
    let schema = schema();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    undescribed(&schema, "");
    let mut seen = BTreeSet::new();
    for source in FILES.map(read).into_iter().chain([hostile(), nights()]) {
        let published = Published::first(&source);
        let json = published.json(Format::Json);
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
        for session in json["sessions"].as_array().expect("sessions") {
            seen.insert(session["status"].as_str().expect("a status").to_owned());
            for moment in [&session["start"], &session["end"]] {
                let text = |key: &str| moment[key].as_str().expect("a text");
                assert_eq!(at(text("instant")), at(&format!("{}{}", text("civil"), text("offset"))), "{moment}");
            }
        }
        let by_id: BTreeMap<&str, &Value> = json["sessions"]
            .as_array()
            .expect("sessions")
            .iter()
            .map(|s| (s["id"].as_str().expect("an id"), s))
            .collect();
        for session in &published.programme.sessions {
            let found = by_id[session.id.as_str()];
            assert_eq!(at(found["start"]["instant"].as_str().expect("an instant")), session.start.instant);
            assert_eq!(
                found["uid"],
                format!("session-{}.{}@{}", session.id, published.programme.id, published.programme.uid_domain)
            );
            assert_eq!(found["page"], format!("{BASE}at/{}/", session.id));
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["cancelled", "confirmed", "tentative"]);
    // A document with a key too many, or without one, is not what the schema says.
    let mut json = Published::first(&read(FILES[0])).json(Format::Json);
    json["sessions"][0]["colour"] = "teal".into();
    assert!(!validator.is_valid(&json));
    json["sessions"][0].as_object_mut().expect("an object").remove("colour");
    assert!(validator.is_valid(&json));
    json["deadlines"][0].as_object_mut().expect("an object").remove("uid");
    assert!(!validator.is_valid(&json));
}

/// Every property of a schema says what it is.
fn undescribed(schema: &Value, path: &str) {
    match schema {
        Value::Object(object) => {
            for (name, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                assert!(
                    property["description"].as_str().is_some_and(|text| text.ends_with(['.', '.'])),
                    "{path}/{name}"
                );
            }
            object.iter().for_each(|(key, below)| undescribed(below, &format!("{path}/{key}")));
        }
        Value::Array(all) => all.iter().for_each(|below| undescribed(below, path)),
        _ => {}
    }
}

#[test]
fn tombstones_and_open_dates_are_in_the_json_once_and_marked() {
    let source = read("data/examples/pacific-2027.toml");
    let start = source.find("[[session]]\nid    = \"welcome\"").expect("the welcome");
    let end = start + 10 + source[start + 10..].find("[[session]]").expect("another");
    let next = format!("{}{}", &source[..start], &source[end..]).replace("due   = 2027-07-23", "due   = \"TBC\"");
    let published = Published::first(&source).then(&next, "2025-09-02T00:00:00Z");
    let json = published.json(Format::Json);
    assert!(jsonschema::is_valid(&schema(), &json));
    let of = |list: &str, id: &str| {
        let mut found = json[list].as_array().expect("a list").iter().filter(|entry| entry["id"] == id);
        let entry = found.next().unwrap_or_else(|| panic!("no {id}")).clone();
        assert!(found.next().is_none(), "{id} twice");
        entry
    };
    let welcome = of("sessions", "welcome");
    assert_eq!(
        (&welcome["status"], &welcome["listed"], &welcome["sequence"]),
        (&"cancelled".into(), &false.into(), &1.into())
    );
    let drift = of("sessions", "drift");
    assert_eq!((&drift["status"], &drift["listed"]), (&"cancelled".into(), &true.into()));
    assert_eq!(drift["cancelled"], "Two of the three speakers cannot travel");
    let notification = of("deadlines", "notification");
    assert_eq!((&notification["status"], &notification["due"]), (&"open".into(), &Value::Null));
    assert_eq!(notification["uid"], "deadline-notification.pacific-2027@pacific.example.org");
    assert_eq!(of("deadlines", "slides")["uid"], Value::Null);
}

#[test]
fn search_engines_find_the_same_instants_and_what_was_moved_or_cancelled() {
    for source in FILES.map(read).into_iter().chain([hostile(), nights()]) {
        let published = Published::first(&source);
        let text = published.text(Format::JsonLd);
        let triples = triples(&text);
        let root = workshop(&triples);
        assert_eq!(literal(&said(&triples, &root, "name")), published.programme.title);
        let found: BTreeSet<(String, Instant, Instant)> = said(&triples, &root, "subEvent")
            .into_iter()
            .map(node)
            .map(|event| {
                let time = |word: &str| at(&literal(&said(&triples, &event, word)));
                (literal(&said(&triples, &event, "url")), time("startDate"), time("endDate"))
            })
            .collect();
        let sessions = published.programme.sessions.iter();
        let expected = sessions.map(|s| (format!("{BASE}at/{}/", s.id), s.start.instant, s.end.instant));
        assert_eq!(found, expected.collect());
        let actions: BTreeSet<(String, Instant)> = said(&triples, &root, "potentialAction")
            .into_iter()
            .map(node)
            .map(|action| {
                (literal(&said(&triples, &action, "name")), at(&literal(&said(&triples, &action, "endTime"))))
            })
            .collect();
        let open = published.programme.deadlines.iter().filter(|deadline| deadline.cancelled.is_none());
        let expected = open.filter_map(|deadline| Some((deadline.title.clone(), deadline.due.moment()?.instant)));
        assert_eq!(actions, expected.collect());
    }
}

/// Status and former start of an event.
fn status(text: &str, name: &str) -> (String, Option<String>) {
    let triples = triples(text);
    let event = if name.is_empty() { workshop(&triples) } else { sub_events(&triples)[name].clone() };
    let status = literal(&said(&triples, &event, "eventStatus"));
    let previous = said(&triples, &event, "previousStartDate");
    (status.rsplit('/').next().unwrap_or_default().to_owned(), (!previous.is_empty()).then(|| literal(&previous)))
}

#[test]
fn a_move_is_told_with_the_time_it_was_and_a_cancellation_as_such() {
    let source = read("data/examples/pacific-2027.toml");
    let moved = source
        .replace(
            "start = 2027-10-02T09:00:00\nend   = 2027-10-02T09:15:00",
            "start = 2027-10-02T08:45:00\nend   = 2027-10-02T09:00:00",
        )
        .replace("status = \"tentative\"", "cancelled = \"No time\"");
    let second = Published::first(&source).then(&moved, "2025-09-02T00:00:00Z");
    let text = second.text(Format::JsonLd);
    assert_eq!(
        status(&text, "Welcome by both workshops"),
        ("EventRescheduled".into(), Some("2027-10-02T09:00:00-07:00".into()))
    );
    assert_eq!(status(&text, "When Scanners Drift"), ("EventCancelled".into(), None));
    assert_eq!(status(&text, "Can a Model Be Both?"), ("EventCancelled".into(), None));
    assert_eq!(status(&text, "Closing and awards"), ("EventScheduled".into(), None));
    assert_eq!(status(&text, ""), ("EventScheduled".into(), None), "a quarter of an hour is no other day");

    // The whole workshop a week later.
    let later = moved.replace("2027-10-02", "2027-10-09").replace("2027-10-03", "2027-10-10");
    let third = second.then(&later, "2025-09-03T00:00:00Z");
    let text = third.text(Format::JsonLd);
    assert_eq!(status(&text, ""), ("EventRescheduled".into(), Some("2027-10-02T08:45:00-07:00".into())));
    assert_eq!(told_by_xml(&third.text(Format::FrabXml)), told(&third.programme));

    // All of it cancelled, session by session.
    let off: String = later
        .split("[[session]]")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part.to_owned(),
            _ if part.contains("cancelled") => format!("[[session]]{part}"),
            _ => format!("[[session]]\ncancelled = \"Storm\"{part}"),
        })
        .collect();
    let fourth = third.then(&off, "2025-09-04T00:00:00Z");
    assert_eq!(status(&fourth.text(Format::JsonLd), ""), ("EventCancelled".into(), None));
    assert_eq!(told_by_xml(&fourth.text(Format::FrabXml)), BTreeSet::new());
}

#[test]
fn an_entry_of_the_deadline_list_tells_the_same_instants() {
    let instants = |text: &str| {
        let list: serde_norway::Value = serde_norway::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let edition = &list[0]["confs"][0];
        let zone = edition["timezone"].as_str().expect("a zone").to_owned();
        let hours: i64 =
            if zone == "AoE" { -12 } else { zone.strip_prefix("UTC").and_then(|h| h.parse().ok()).expect("hours") };
        let rounds = edition["timeline"].as_sequence().expect("rounds").iter();
        let found =
            rounds.flat_map(|round| ["abstract_deadline", "deadline"].map(|key| round.get(key).cloned())).flatten();
        let found =
            found.map(|text| text.as_str().expect("a text").to_owned()).filter(|text| text != "TBD").map(|text| {
                let civil = chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").expect("a time");
                civil.and_utc() - chrono::TimeDelta::hours(hours)
            });
        (zone, found.collect::<BTreeSet<Instant>>())
    };
    let expected = |programme: &Programme| {
        let asked = programme
            .deadlines
            .iter()
            .filter(|d| matches!(d.kind.name(), "abstract" | "submission") && d.cancelled.is_none() && d.ours);
        asked.filter_map(|deadline| Some(deadline.due.moment()?.instant)).collect::<BTreeSet<Instant>>()
    };
    let pacific = read("data/examples/pacific-2027.toml");
    for (source, zone) in [
        (read("data/faimi-2025.toml"), "AoE"),
        (pacific.clone(), "UTC-7"),
        // Winter for the one, summer for the other: no one offset says both.
        (pacific.replace("due   = 2027-06-18", "due   = 2027-02-18"), "UTC+0"),
        (pacific.replace("deadline_zone = \"America/Los_Angeles\"", "deadline_zone = \"Asia/Kathmandu\""), "UTC+0"),
        (pacific.replace("deadline_zone = \"America/Los_Angeles\"", "deadline_zone = \"Pacific/Kiritimati\""), "UTC+0"),
        (hostile(), "UTC+9"),
    ] {
        let published = Published::first(&source);
        let text = published.text(Format::Ccfddl);
        assert_eq!(instants(&text), (zone.to_owned(), expected(&published.programme)), "{text}");
        read_by_python(&text);
    }
    let open = pacific.replace("due   = 2027-06-18", "due   = \"TBC\"");
    assert!(Published::first(&open).text(Format::Ccfddl).contains("abstract_deadline: 'TBD'"));
    let withdrawn = pacific.replace("# cancelled = \"Papers", "cancelled = \"Papers");
    assert!(!Published::first(&withdrawn).text(Format::Ccfddl).contains("abstract_deadline"));
}

/// A reader of YAML 1.1, as the list's own tools are: every date must be a text to it.
fn read_by_python(text: &str) {
    let script = "import sys, yaml\nfor c in yaml.safe_load(sys.stdin.buffer.read())[0]['confs']:\n  for r in c['timeline']:\n    assert all(isinstance(v, str) for v in r.values()), r\n";
    let run = Command::new("python3")
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let Ok(mut python) = run else {
        println!("left out: there is no python3 to read deadlines.yml");
        return;
    };
    std::io::Write::write_all(python.stdin.as_mut().expect("a pipe"), text.as_bytes()).expect("written");
    let said = python.wait_with_output().expect("it ended");
    let error = String::from_utf8_lossy(&said.stderr);
    if error.contains("No module named 'yaml'") {
        println!("left out: python3 has no yaml to read deadlines.yml");
    } else {
        assert!(said.status.success(), "{error}\n{text}");
    }
}

#[test]
fn the_schema_and_every_other_asset_has_an_address_of_its_own() {
    let paths: BTreeSet<String> = assets().map(|(path, _)| path).collect();
    assert_eq!(paths.len(), 3);
    let json = Published::first(&read(FILES[0])).json(Format::Json);
    let named = json["$schema"].as_str().expect("an address").trim_start_matches("../").to_owned();
    assert!(paths.contains(&named), "{named}");
    assert!(Path::new(&named).ends_with("programme.schema.json"));
}

/// Around midnight, in a night in which the clocks are put forward.
fn nights() -> String {
    "[programme]\nid = \"night\"\ntitle = \"Night\"\nshort = \"Night\"\ntime_zone = \"Europe/Copenhagen\"\nuid_domain = \"example.org\"\ndates = [2027-03-27, 2027-03-28]\n\
     [[session]]\nid = \"evening\"\nkind = \"oral\"\nroom = \"A\"\nstart = 2027-03-27T23:30:00\nend = 2027-03-28T00:30:00\ntitle = \"Evening\"\n\
     [[session]]\nid = \"night\"\nkind = \"oral\"\nroom = \"A\"\ntitle = \"Past midnight\"\nstart = 2027-03-28T00:45:00\nend = 2027-03-28T03:15:00\n\
     [[session]]\nid = \"elsewhere\"\nkind = \"panel\"\nroom = \"B\"\ntitle = \"Elsewhere\"\nstart = 2027-03-27T22:00:00\nend = 2027-03-27T22:30:00\n\
     [[session]]\nid = \"morning\"\nkind = \"ceremony\"\nroom = \"A\"\ntitle = \"Morning\"\nstart = 2027-03-28T09:00:00\nend = 2027-03-28T10:00:00\n"
        .to_owned()
}

/// Texts that went wrong somewhere before, in every place where a text can stand.
fn hostile() -> String {
    let nasty = "\"quoted\" 'single' </script><!--<script> ]]> & &amp; {{ 7 * 7 }} 🧠 e\u{301} 대전 \u{202e}LTR\u{202c} \u{200f}x % #";
    let text = |text: &str| toml_edit::Value::from(text).to_string();
    let long = format!("{nasty}\n- item: [1]\n\t{}", "가🧠 ".repeat(900));
    let long = &long[..long.floor_char_boundary(8192)].trim();
    let line = text(nasty);
    let summary = text(long);
    format!(
        "[programme]\nid = \"hostile\"\ntitle = {line}\nshort = {line}\ntime_zone = \"Asia/Seoul\"\ndeadline_zone = \"Asia/Seoul\"\n\
         uid_domain = \"example.org\"\ndates = [2027-10-02]\nattendance = \"hybrid\"\nsummary = {summary}\n\
         url = \"https://example.org/?a=1&b=<2>\"\n\
         [venue]\nname = {line}\nname_local = {line}\ncity = {line}\ncountry = {line}\nroom = {line}\naddress = {line}\n\
         [[host]]\nid = \"h\"\nname = {line}\n\
         [[deadline]]\nid = \"paper\"\nkind = \"submission\"\ntitle = {line}\ndue = 2027-06-01\nneeds = {summary}\nnote = {line}\n\
         [[deadline]]\nid = \"second\"\nkind = \"submission\"\ntitle = {second}\ndue = 2027-06-02\n\
         [[session]]\nid = \"a\"\nkind = \"keynote\"\ntitle = {line}\nstart = 2027-10-02T09:00:00\nend = 2027-10-02T10:00:00\nhost = \"h\"\n\
         speakers = [{{ name = {line}, affiliation = {line}, url = \"https://example.org/'\" }}]\nsummary = {summary}\n\
         [[session]]\nid = \"b\"\nkind = \"poster\"\ntitle = {korean}\nstart = 2027-10-02T10:00:00\nend = 2027-10-02T11:00:00\nroom = {korean}\nstatus = \"tentative\"\n\
         [[paper]]\nid = \"p\"\ntitle = {line}\nauthors = [{line}, {line}]\n\
         [[person]]\nname = {line}\nrole = \"organizer\"\naffiliation = {line}\nsummary = {summary}\n",
        second = text(&format!("{nasty} 2")),
        korean = text("의료 영상의 공정성 & \"신뢰\" ]]>"),
    )
}

#[test]
fn characters_that_a_format_cannot_hold_break_nothing() {
    let source = "[programme]\nid = \"w\"\ntitle = \"A\\uFFFE B\\uFFFF\\tC\\U0010FFFF\"\nshort = \"W\\uFFFE\"\ntime_zone = \"AoE\"\nuid_domain = \"example.org\"\n\
        [[session]]\nid = \"s\"\nkind = \"oral\"\nroom = \"A\\tB\\uFFFE\"\ntitle = \"T\\uFFFF\"\nstart = 2027-10-02T09:00:00\nend = 2027-10-03T09:00:00\n\
        speakers = [{ name = \"N\\uFFFE\" }]\n";
    let published = Published::first(source);
    let xml = published.text(Format::FrabXml);
    validates(&xml);
    let [told] = told_by_xml(&xml).into_iter().collect::<Vec<_>>().try_into().expect("one session");
    assert_eq!(
        (told.title.as_str(), told.room.as_str(), told.end),
        ("T\u{fffd}", "A B\u{fffd}", instant("2027-10-03T21:00:00Z"))
    );
    let yaml = published.text(Format::Ccfddl);
    let list: serde_norway::Value = serde_norway::from_str(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(list[0]["title"].as_str(), Some("W\u{fffe}"));
    read_by_python(&yaml);
    let graph = triples(&published.text(Format::JsonLd));
    assert!(literal(&said(&graph, &workshop(&graph), "name")).starts_with("A\u{fffe} B"));
    assert!(jsonschema::is_valid(&schema(), &published.json(Format::Json)));
}

const NOW: &str = "2025-09-01T00:00:00Z";

#[test]
fn exports_are_served_like_the_feeds() {
    let service = Service::start(&[("faimi-2025.toml", &read(FILES[0]))], NOW);
    for (name, media_type) in [
        ("programme.json", "application/json; charset=utf-8"),
        ("schedule.json", "application/json; charset=utf-8"),
        ("schedule.xml", "application/xml; charset=utf-8"),
        ("deadlines.yml", "application/yaml"),
    ] {
        let path = format!("/faimi-2025/{name}");
        let answer = service.get(&path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)), "{name}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let etag = answer.header("etag").expect("an ETag").to_owned();
        assert_eq!(service.ask("GET", &path, &[("If-None-Match", &etag)]).status, 304, "{name}");
        let head = service.ask("HEAD", &path, &[]);
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(etag.as_str())), "{name}");
        assert_eq!(service.ask("GET", &path, &[("Accept-Encoding", "gzip")]).header("content-encoding"), Some("gzip"));
        assert_eq!(service.ask("POST", &path, &[]).status, 405, "{name}");
        assert_eq!(service.get(&format!("/nobody/{name}")).status, 404, "{name}");
        assert_eq!(service.get(&path).body, answer.body, "{name}");
    }
    let json: Value = serde_json::from_slice(&service.get("/faimi-2025/programme.json").body).expect("JSON");
    let address = json["$schema"].as_str().expect("an address").replace("../", "/");
    let schema = service.get(&address);
    assert_eq!(schema.header("content-type"), Some("application/schema+json; charset=utf-8"));
    let schema: Value = serde_json::from_slice(&schema.body).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &json));
    let xml = service.get("/faimi-2025/schedule.xml").text();
    validates(&xml);
    assert_eq!(told_by_xml(&xml), told(&programme(&read(FILES[0]))));
}

#[test]
fn a_new_revision_is_a_new_export() {
    let service = Service::start(&[("faimi-2025.toml", &read(FILES[0]))], NOW);
    let before = service.get("/faimi-2025/schedule.json");
    let later = read(FILES[0]).replace("2025-09-23T17:55:00", "2025-09-23T17:50:00");
    std::fs::write(service.data.join("faimi-2025.toml"), later).expect("written");
    service.until("the move", |service| service.get("/faimi-2025/schedule.json").body != before.body);
    let after = service.get("/faimi-2025/schedule.json").text();
    assert!(after.contains("\"revision 2\"") && after.contains("2025-09-23T17:50:00+09:00"), "{after}");
}

#[test]
fn the_embed_alone_may_be_framed_and_runs_nothing() {
    let service = Service::start(&[("faimi-2025.toml", &read(FILES[0]))], NOW);
    let embed = service.get("/faimi-2025/embed");
    let policy = embed.header("content-security-policy").expect("a policy");
    assert!(policy.ends_with("frame-ancestors *") && policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
    let text = embed.text();
    assert!(text.starts_with("<!doctype html>\n<html lang=\"en\">") && !text.contains("<script"), "{text}");
    assert!(text.contains("http://calendar.example.org/faimi-2025/sessions.ics"), "links lead out of the frame");
    let style = text.split("stylesheet\" href=\"..").nth(1).and_then(|rest| rest.split('"').next()).expect("a style");
    assert_eq!(service.get(style).status, 200);
    assert_eq!(service.get("/faimi-2025/embed/").header("location"), Some("../embed"));
    assert_eq!(service.get("/nobody/embed").status, 404);
    for path in ["/faimi-2025/", "/faimi-2025/changes/", "/faimi-2025/at/welcome/"] {
        let answer = service.get(path);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{path}: {policy}");
    }
}

/// The data block of a page, as a browser would take it out: up to the first end of a script.
fn data_block(page: &str) -> &str {
    let begin = page.split("<script type=\"application/ld+json\">").nth(1).expect("a data block");
    begin.split("</script").next().expect("an end")
}

#[test]
fn a_page_tells_search_engines_and_no_text_ends_its_data_block() {
    let service = Service::start(&[("hostile.toml", &hostile()), ("faimi-2025.toml", &read(FILES[0]))], NOW);
    for id in ["hostile", "faimi-2025"] {
        let page = service.get(&format!("/{id}/")).text();
        let data = data_block(&page);
        assert!(!data.contains('<'), "{data}");
        let graph = triples(data);
        let source = if id == "hostile" { hostile() } else { read(FILES[0]) };
        assert_eq!(literal(&said(&graph, &workshop(&graph), "name")), programme(&source).title);
        assert_eq!(page.matches("</script").count(), 2, "the script of the site and the data, nothing else");
        for (name, _) in Format::FILES {
            assert!(page.contains(&format!("href=\"{name}\"")), "{name}");
        }
    }
}

#[test]
fn a_site_has_the_exports_beside_its_feeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("public");
    let files = FILES.map(project);
    for base in [None, Some("https://example.org/cal")] {
        allim::app::site::build(&files, &out, base, instant(NOW)).expect("built");
        for id in ["faimi-2025", "pacific-2027"] {
            let file =
                |name: &str| std::fs::read_to_string(out.join(id).join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let json: Value = serde_json::from_str(&file("programme.json")).expect("JSON");
            let schema = out.join(id).join(json["$schema"].as_str().expect("an address"));
            let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("it is there")).expect("JSON");
            assert!(jsonschema::is_valid(&schema, &json), "{id}");
            assert_eq!(json["page"], base.map_or(Value::Null, |base| format!("{base}/{id}/").into()));
            let schedule: Value = serde_json::from_str(&file("schedule.json")).expect("JSON");
            let conference = &schedule["schedule"]["conference"];
            assert_eq!(conference["acronym"], id.replace('-', "_"));
            validates(&file("schedule.xml"));
            assert!(file("deadlines.yml").contains(&format!("id: '{id}'")));
            assert_eq!(
                domain_file::read(&file("programme.toml")).programme.map(|is| is.id.to_string()).as_deref(),
                Some(id)
            );
            assert!(data_block(&file("index.html")).starts_with("{\"@context\":\"https://schema.org\""));
        }
    }
}

fn allim(arguments: &[&str]) -> (Option<i32>, String, String) {
    let run =
        Command::new(env!("CARGO_BIN_EXE_allim")).args(arguments).current_dir(project(".")).output().expect("it runs");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (run.status.code(), text(&run.stdout), text(&run.stderr))
}

#[test]
fn export_writes_a_file_or_what_was_published_in_any_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("var");
    let state = state.to_str().expect("a path");
    for (name, begins) in [
        ("toml", "# FAIMI 2025"),
        ("json", "{\n  \"$schema\": \"https://example.org/assets/"),
        ("frab-json", "{\n  \"$schema\": \"https://c3voc.de/schedule/schema.json\""),
        ("frab-xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        ("ccfddl", "# An entry for ccf-deadlines"),
        ("jsonld", "{\n  \"@context\": \"https://schema.org\""),
        ("embed", "<div class=\"allim\">"),
    ] {
        let (code, text, said) = allim(&["export", FILES[0], "--format", name, "--base-url", "https://example.org/"]);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{name}");
        assert!(text.starts_with(begins), "{name}: {text}");
    }
    let (_, alone, _) = allim(&["export", FILES[0], "--format", "json"]);
    assert!(alone.starts_with("{\n  \"format\": 1"), "no address is known");

    // Of the store: what was published, and who is there when it was not.
    let (code, _, said) = allim(&["export", "faimi-2025", "--format", "json", "--state", state]);
    assert_eq!(code, Some(1));
    assert!(said.contains("there is no file faimi-2025") && !Path::new(state).exists(), "{said}");
    assert_eq!(allim(&["publish", FILES[0], "--state", state]).0, Some(0));
    let (code, text, _) = allim(&["export", "faimi-2025", "--format", "frab-xml", "--state", state]);
    assert_eq!(code, Some(0));
    assert_eq!(told_by_xml(&text), told(&programme(&read(FILES[0]))));
    validates(&text);
    assert_eq!(allim(&["export", "faimi-2025", "--format", "toml", "--state", state]).1, read(FILES[0]));
    let (code, _, said) = allim(&["export", "faimi-2026", "--format", "json", "--state", state]);
    assert_eq!(code, Some(1));
    assert!(said.contains("no programme of that id; published are: faimi-2025"), "{said}");

    golden("exports/help.txt", allim(&["export", "--help"]).1.as_bytes());
    let bad = "tests/programmes/bad/unknown-zone-with-a-near-name.toml";
    let (code, text, said) = allim(&["export", bad, "--format", "json"]);
    assert_eq!((code, text.as_str()), (Some(1), ""));
    assert!(said.contains("1 error"), "{said}");
    for usage in [
        &["export", FILES[0]][..],
        &["export", FILES[0], "--format", "pdf"],
        &["export", FILES[0], "--format", "json", "--base-url", "ftp://x/"],
    ] {
        assert_eq!(allim(usage).0, Some(2), "{usage:?}");
    }
}
