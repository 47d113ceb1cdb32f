//! What a subscriber may rely on, whoever answers: the service, or a file server over a site. Each story is told once,
//! over anything that publishes and answers.

use std::collections::BTreeMap;

use allim::domain::zone::Instant;

use crate::house::{Answer, Service, instant, read, request};
use crate::lint::{components, lint};
use crate::site::unaligned;

/// A promise of the service that not every file server keeps. Those that do not are listed in `static_site.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Promise {
    /// `charset=utf-8` in the Content-Type.
    Charset,
    /// Cache-Control and CORS for feeds.
    CacheAndCors,
    /// An ETag, and 304 by it.
    Etag,
    /// If-None-Match decides alone when If-Modified-Since stands beside it.
    EtagBeatsDate,
    /// What is asked for behind the question mark.
    Queries,
}

/// Feeds that are published and asked for.
pub trait Calendar {
    /// Sends octets and reads the answer.
    fn send(&self, octets: &[u8]) -> Answer;

    /// Publishes the file's next version as if it were `now`.
    fn publish(&mut self, source: &str, now: Instant);

    fn keeps(&self, promise: Promise) -> bool;

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&request(method, path, headers, ""))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }
}

impl Calendar for Service {
    fn send(&self, octets: &[u8]) -> Answer {
        Service::send(self, octets)
    }

    fn publish(&mut self, source: &str, now: Instant) {
        let before = Service::get(self, "/faimi-2025/changes.json").body;
        self.clock.advance(now - self.clock.now());
        std::fs::write(self.data.join("faimi-2025.toml"), source).expect("written");
        self.until("the next revision", |service| Service::get(service, "/faimi-2025/changes.json").body != before);
    }

    fn keeps(&self, _: Promise) -> bool {
        true
    }
}

/// The programme that is published first.
pub fn source() -> String {
    unaligned(&read("data/faimi-2025.toml"))
}

/// When it is.
pub const NOW: &str = "2025-09-01T00:00:00Z";

/// Feeds of every sort.
const FEEDS: [&str; 6] = ["workshop", "sessions", "deadlines", "all", "at/full-paper", "at/keynote-arbel"];

fn feed(path: &str) -> String {
    format!("/faimi-2025/{path}.ics")
}

/// Every feed is a calendar without fault, and says that it is one.
pub fn every_feed_is_a_calendar(calendar: &dyn Calendar) {
    for path in FEEDS {
        let answer = calendar.get(&feed(path));
        assert_eq!(answer.status, 200, "{path}");
        let media_type = answer.header("content-type").expect("a type");
        match calendar.keeps(Promise::Charset) {
            true => assert_eq!(media_type, "text/calendar; charset=utf-8", "{path}"),
            false => assert_eq!(media_type, "text/calendar", "{path}"),
        }
        if calendar.keeps(Promise::CacheAndCors) {
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert_eq!(answer.header("cache-control"), Some("public, max-age=300, stale-if-error=86400"));
        }
        assert_eq!(lint(&answer.body), Vec::<String>::new(), "{path}");
        // An entry's feed is the entry alone.
        if path.starts_with("at/") {
            assert_eq!(components(&answer.body, "VEVENT").len(), 1, "{path}");
        }
    }
}

/// What is sent with a request, how it is answered, and the promise that is.
type Row<'h> = (&'h [(&'h str, &'h str)], u16, Option<Promise>);

/// HEAD says what GET says, and what a client has is not sent again.
pub fn what_a_client_has_is_not_sent_again(calendar: &dyn Calendar) {
    let path = feed("deadlines");
    let plain = calendar.get(&path);
    let modified = plain.header("last-modified").expect("a time").to_owned();
    let etag = plain.header("etag").unwrap_or("\"none\"").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "a strong one: {etag}");

    let head = calendar.ask("HEAD", &path, &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(plain.body.len().to_string().as_str()));
    for name in ["etag", "last-modified", "content-type", "cache-control"] {
        assert_eq!(head.header(name), plain.header(name), "{name}");
    }

    let (weak, list) = (format!("W/{etag}"), format!("\"other\", {etag}"));
    let (before, after) = ("Mon, 01 Jan 2024 00:00:00 GMT", "Fri, 05 Sep 2025 00:00:00 GMT");
    let (none_match, since) = ("If-None-Match", "If-Modified-Since");
    let rows: [Row<'_>; 12] = [
        (&[(since, &modified)], 304, None),
        (&[(since, after)], 304, None),
        (&[(since, before)], 200, None),
        (&[(since, "yesterday")], 200, None),
        (&[(none_match, &etag)], 304, Some(Promise::Etag)),
        (&[(none_match, &weak)], 304, Some(Promise::Etag)),
        (&[(none_match, &list)], 304, Some(Promise::Etag)),
        (&[(none_match, "*")], 304, Some(Promise::Etag)),
        (&[(none_match, "\"other\"")], 200, None),
        (&[(none_match, "not an etag")], 200, None),
        (&[(none_match, "\"other\""), (since, &modified)], 200, None),
        (&[(none_match, &etag), (since, before)], 304, Some(Promise::EtagBeatsDate)),
    ];
    for (headers, status, promise) in rows {
        if promise.is_some_and(|promise| !calendar.keeps(promise)) {
            continue;
        }
        let answer = calendar.ask("GET", &path, headers);
        assert_eq!(answer.status, status, "{headers:?}");
        for name in ["etag", "cache-control"] {
            assert_eq!(answer.header(name), plain.header(name), "{headers:?}: {name}");
        }
        let body: &[u8] = if status == 304 { b"" } else { &plain.body };
        assert_eq!(answer.body, body, "{headers:?}");
    }
}

/// Whatever stands behind the question mark, there is a calendar.
pub fn no_query_is_refused(calendar: &dyn Calendar) {
    let long = format!("only={}", "a,".repeat(3000));
    for query in [
        "kind=party",
        "tz=Mars/Olympus",
        "alarm=-1m",
        "alarm=99999999999999d",
        "deadlines=sometimes",
        "utm_source=mail&x",
        "%ff=%00",
        "&&&===",
        "only=",
        "tz=AoE&tz=UTC&kind=keynote,party&alarm=15m",
        &long,
    ] {
        let shown = &query[..query.len().min(60)];
        for path in &FEEDS[..5] {
            let answer = calendar.get(&format!("{}?{query}", feed(path)));
            assert_eq!(answer.status, 200, "{path}?{shown}");
            assert_eq!(lint(&answer.body), Vec::<String>::new(), "{path}?{shown}");
            if !calendar.keeps(Promise::Queries) {
                assert_eq!(answer.body, calendar.get(&feed(path)).body, "{path}?{shown}");
            }
        }
    }
}

/// An entry as a calendar holds it: what identifies it, and what tells one version from the next.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    sequence: u32,
    modified: String,
    status: String,
}

/// The entries of a feed by their UIDs.
fn entries(octets: &[u8]) -> BTreeMap<String, Entry> {
    let events = components(octets, "VEVENT").into_iter().map(|lines| {
        let value =
            |name: &str| lines.iter().find(|line| line.name == name).map(|line| line.value.clone()).unwrap_or_default();
        let sequence = value("SEQUENCE").parse().expect("a number");
        (value("UID"), Entry { sequence, modified: value("LAST-MODIFIED"), status: value("STATUS") })
    });
    events.collect()
}

/// Seasons' edits, one after the other. After each, every address that was ever given away answers with a calendar
/// without fault, every entry keeps its UID, and exactly those that changed count on. Returns what was sent at each step,
/// so that one calendar can be held against another.
pub fn entries_keep_their_identity_from_edit_to_edit(calendar: &mut dyn Calendar) -> Vec<(String, Vec<u8>)> {
    let mut text: String = source();
    let mut edit = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
        text.clone()
    };
    let table = |text: &str, start: &str| {
        let start = text.find(start).unwrap_or_else(|| panic!("{start}"));
        let end = text[start + 2..].find("\n[[").map_or(text.len(), |end| start + 2 + end + 1);
        text[start..end].to_owned()
    };
    let panel = table(&source(), "[[session]]\nid = \"round-table\"");
    // Each with the entries it changes, by the beginnings of their UIDs.
    let steps: [(String, &str, &[&str]); 7] = [
        (edit("= 2025-07-30", "= 2025-08-02"), "2025-09-02T10:00:00Z", &["deadline-camera-ready"]),
        (
            edit("start = 2025-09-23T17:55:00", "start = 2025-09-23T17:56:00"),
            "2025-09-03T10:00:00Z",
            &["session-closing"],
        ),
        (edit("id = \"closing\"\n", "id = \"awards\"\nformerly = [\"closing\"]\n"), "2025-09-04T10:00:00Z", &[]),
        (edit(&panel, ""), "2025-09-05T10:00:00Z", &["session-round-table"]),
        (edit("[[session]]\n", &format!("{panel}[[session]]\n")), "2025-09-06T10:00:00Z", &["session-round-table"]),
        (edit(&panel, ""), "2025-09-07T10:00:00Z", &["session-round-table"]),
        (edit("[programme]\n", "[programme]\nforget = [\"round-table\"]\n"), "2025-09-08T10:00:00Z", &[]),
    ];
    let mut addresses: Vec<String> = FEEDS.map(feed).to_vec();
    addresses.extend(["at/closing", "at/round-table"].map(feed));
    let mut sent: Vec<(String, Vec<u8>)> = Vec::new();
    let look = |calendar: &dyn Calendar, addresses: &[String], sent: &mut Vec<(String, Vec<u8>)>| {
        for address in addresses {
            let answer = calendar.get(address);
            assert_eq!(answer.status, 200, "{address}");
            assert_eq!(lint(&answer.body), Vec::<String>::new(), "{address}");
            sent.push((address.clone(), answer.body));
        }
        entries(&calendar.get(&feed("all")).body)
    };
    let mut before = look(calendar, &addresses, &mut sent);
    for (number, (text, now, touched)) in steps.iter().enumerate() {
        let old = calendar.get(&feed("all"));
        calendar.publish(text, instant(now));
        if number == 2 {
            addresses.push(feed("at/awards"));
        }
        let mut after = look(calendar, &addresses, &mut sent);
        // A client that has the feed of before is sent the new one.
        let validator = match old.header("etag").filter(|_| calendar.keeps(Promise::Etag)) {
            Some(etag) => ("If-None-Match", etag),
            None => ("If-Modified-Since", old.header("last-modified").expect("a time")),
        };
        let again = calendar.ask("GET", &feed("all"), &[validator]);
        let is_same = calendar.get(&feed("all")).body == old.body;
        assert_eq!(again.status, if is_same { 304 } else { 200 }, "{now}");

        let stamp = now.replace(['-', ':'], "");
        let is_touched = |uid: &str| touched.iter().any(|start| uid.starts_with(&format!("{start}.")));
        if number + 1 == steps.len() {
            // Forgotten: the entry leaves, its address stays.
            assert!(before.keys().any(|uid| uid.starts_with("session-round-table.")));
            before.retain(|uid, _| !uid.starts_with("session-round-table."));
        }
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{now}: the same UIDs");
        for (uid, entry) in &mut after {
            let was = &before[uid];
            if is_touched(uid) {
                assert_eq!((entry.sequence, &entry.modified), (was.sequence + 1, &stamp), "{now}: {uid}");
            } else {
                assert_eq!(entry, was, "{now}: {uid}");
            }
        }
        let panel = after.iter().find(|(uid, _)| uid.starts_with("session-round-table.")).map(|(_, entry)| entry);
        let status = panel.map(|entry| entry.status.as_str());
        let expected = [
            Some("CONFIRMED"),
            Some("CONFIRMED"),
            Some("CONFIRMED"),
            Some("CANCELLED"),
            Some("CONFIRMED"),
            Some("CANCELLED"),
            None,
        ];
        assert_eq!(status, expected[number], "{now}");
        if number == 2 {
            // Renamed: both addresses hold the one entry, under the UID it had.
            let [old, new] = ["at/closing", "at/awards"].map(|path| entries(&calendar.get(&feed(path)).body));
            assert_eq!(old, new);
            assert!(old.keys().all(|uid| uid.starts_with("session-closing.")) && old.len() == 1, "{old:?}");
        }
        before = after;
    }
    sent
}
