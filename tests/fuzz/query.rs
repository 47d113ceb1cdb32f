//! Any query is understood as far as it goes, says the same when it is written out and read again, and gives a valid
//! feed.

#![no_main]

use std::sync::LazyLock;

use allim::domain::file;
use allim::domain::revision::Revision;
use allim::feed::{Feed, Query, octets};
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../it/lint.rs"]
mod lint;

const SOURCE: &str = include_str!("../../data/faimi-2025.toml");

static REVISION: LazyLock<Revision> = LazyLock::new(|| {
    let programme = file::read(SOURCE).programme.expect("a programme without errors");
    Revision::unpublished(&programme, SOURCE)
});

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let query = Query::parse(&text);
    let again = Query::parse(&query.normalized());
    assert_eq!(again, query, "{:?} read again", query.normalized());
    let octets = octets(&REVISION, &Feed::All, &query, Some("https://example.org/faimi-2025/"));
    let findings = lint::lint(&octets);
    assert!(findings.is_empty(), "{findings:#?}\n{}", String::from_utf8_lossy(&octets));
});
