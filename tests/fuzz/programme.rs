//! Any text is read as a programme file or refused with reasons that have a place; of a good one every feed is valid.

#![no_main]

use allim::domain::file::{self, Level};
use allim::domain::revision::Revision;
use allim::feed::{Feed, Query, octets};
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../it/lint.rs"]
mod lint;

fuzz_target!(|input: &[u8]| {
    let Ok(source) = file::decode(input) else { return };
    let reading = file::read(source);
    for problem in &reading.problems {
        assert!(source.get(problem.span.clone()).is_some(), "{problem:?} is nowhere in the file");
        file::position(source, problem.span.start);
    }
    let is_refused = reading.problems.iter().any(|problem| problem.level == Level::Error);
    assert_eq!(reading.programme.is_none(), is_refused, "{:#?}", reading.problems);
    let Some(programme) = reading.programme else { return };
    let revision = Revision::unpublished(&programme, source);
    for feed in Feed::WHOLE {
        let octets = octets(&revision, &feed, &Query::default(), Some("https://example.org/any/"));
        let findings = lint::lint(&octets);
        assert!(findings.is_empty(), "{findings:#?}\n{}", String::from_utf8_lossy(&octets));
    }
});
