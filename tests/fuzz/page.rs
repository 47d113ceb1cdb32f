//! Any page gives a programme file that can be read, and importing it again onto that file changes nothing.
//!
//! The input is a page; behind an octet that no UTF-8 has, if there is one, the file to import it onto.

#![no_main]

use allim::domain::file;
use allim::exchange::page::{Imported, Options, import};
use libfuzzer_sys::fuzz_target;

/// A file that no page of the corpus became, in part written by hand.
const ANOTHER: &str = r#"
[programme]
id = "maps"
title = "Maps 2027"
short = "Maps 2027"
time_zone = "Africa/Nairobi"  # guessed: the clock of Kenya
uid_domain = "example.org"

# Ours.
[venue]  # page: city
city = "Nairobi"

[[deadline]]
id = "paper"
kind = "submission"
title = "Paper submission"
due = 2027-01-15  # asked the chairs
needs = "PDF"

[[session]]  # page: kind title start end
id = "welcome"
kind = "ceremony"
title = "Welcome"
start = 2027-03-12T09:00:00
end = 2027-03-12T09:10:00

[[paper]]  # page: title
id = "otieno"
title = "On the maps"

[[person]]
name = "Ada Otieno"
role = "organizer"
"#;

fuzz_target!(|input: &[u8]| {
    let (page, onto) = match input.iter().position(|octet| *octet == 0xff) {
        Some(at) => (&input[..at], Some(String::from_utf8_lossy(&input[at + 1..]))),
        None => (input, None),
    };
    let page = String::from_utf8_lossy(page);
    let options = Options::named("a-page.md");
    let made = |onto: Option<&str>| import(&page, &options, onto);
    let first = made(None).expect("there is nothing to import onto");
    holds(&page, &first);
    let again = made(Some(&first.file)).expect("a programme file");
    assert_eq!(again.file, first.file, "the page onto the file it became");
    // A page that says its id is not put onto another's file.
    if let Ok(onto) = made(Some(ANOTHER)) {
        holds(&page, &onto);
    }
    if let Some(Ok(imported)) = onto.as_deref().map(|onto| made(Some(onto))) {
        holds(&page, &imported);
    }
});

fn holds(page: &str, imported: &Imported) {
    assert!(imported.reading.programme.is_some(), "{}\n{:#?}", imported.file, imported.reading.problems);
    assert!(file::read(&imported.file).programme == imported.reading.programme, "{}", imported.file);
    for problem in &imported.reading.problems {
        assert!(page.get(problem.span.clone()).is_some(), "{problem:?} is nowhere in the page");
    }
}
