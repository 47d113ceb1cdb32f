//! Feeds, octet by octet.

use allim::domain::revision::Revision;
use allim::feed::{Feed, Query, octets};

use crate::house::{golden, programme, read};
use crate::lint::lint;

const QUERIES: [(&str, &str); 9] = [
    ("plain", ""),
    ("aoe", "tz=AoE"),
    ("utc", "tz=UTC"),
    ("copenhagen", "tz=Europe/Copenhagen"),
    ("alarm", "alarm=15m"),
    ("all-day", "deadlines=all-day"),
    ("keynotes", "kind=keynote"),
    ("nothing-left", "only=no-such-entry"),
    ("misunderstood", "kind=party&tz=Asia/Soeul&utm_source=x"),
];

fn clean(what: &str, octets: &[u8]) {
    let findings = lint(octets);
    assert!(findings.is_empty(), "{what}:\n{}\n{}", findings.join("\n"), String::from_utf8_lossy(octets));
}

#[test]
fn every_feed_of_both_programmes_is_as_reviewed() {
    for (name, path) in [("faimi-2025", "data/faimi-2025.toml"), ("pacific-2027", "data/examples/pacific-2027.toml")] {
        let source = read(path);
        let revision = Revision::unpublished(&programme(&source), &source);
        for feed in Feed::WHOLE {
            for (variant, query) in QUERIES {
                let octets = octets(&revision, &feed, &Query::parse(query), None);
                let file = format!("feeds/{name}/{}.{variant}.ics", feed.path().trim_end_matches(".ics"));
                clean(&file, &octets);
                golden(&file, &octets);
            }
        }
        for record in &revision.records {
            if let Some(id) = record.key.id() {
                clean(id, &octets(&revision, &Feed::Entry(id.to_owned()), &Query::default(), None));
            }
        }
    }
}
