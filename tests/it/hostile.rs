//! Pages and schedules that are no workshop's: as large as they are taken, and made of what costs a reader most.

use std::time::{Duration, Instant};

use allim::domain::file;
use allim::exchange::frab;
use allim::exchange::page::{Options, import};

/// As large as a page is read. Debug builds get a smaller one: there all of it takes ten times as long.
const SIZE: usize = if cfg!(debug_assertions) { 1 << 17 } else { 1 << 20 };

/// A page of that size that takes longer is a fault of ours. What was found so took minutes, or all memory.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 3 });

const HEAD: &str = "---\ntitle: Maps 2027\nallim: { id: maps, url: 'https://example.org/maps/' }\n---\n\
    Date: 12 March 2027. Location: Nairobi, Kenya\n\n";

fn filled(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

fn numbered(most: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..most {
        text.push_str(&piece(number));
        if text.len() >= SIZE {
            break;
        }
    }
    text
}

fn under(heading: &str, text: &str) -> String {
    format!("{HEAD}## {heading}\n\n{text}")
}

fn hours(slot: usize) -> String {
    let hour = |minutes: usize| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    format!("{} - {}", hour(slot), hour(slot + 1))
}

fn name(number: usize) -> String {
    let letter = |place: u32| char::from(b'a' + u8::try_from(number / 26usize.pow(place) % 26).expect("a letter"));
    format!("Ada X{}", (0..4).map(letter).collect::<String>())
}

fn table_of_talks(count: usize, talk: impl Fn(usize) -> String) -> String {
    format!("| Time | What |\n|---|---|\n{}", numbered(count, |slot| format!("| {} | {} |\n", hours(slot), talk(slot))))
}

/// Imported in time, into a file that can be read, and in time onto it, which changes nothing.
fn is_taken(what: &str, page: &str) {
    let started = Instant::now();
    let imported = import(page, &Options::default(), None).expect("nothing to import onto");
    let first = started.elapsed();
    assert!(first < PATIENCE, "{what} took {first:?}");
    assert!(imported.reading.programme.is_some(), "{what}");
    assert!(imported.file.len() < 1 << 20, "{what} became {} bytes", imported.file.len());
    let started = Instant::now();
    let again = import(page, &Options::default(), Some(&imported.file)).expect("a programme file");
    let onto = started.elapsed();
    assert!(onto < PATIENCE, "{what} onto its file took {onto:?}");
    assert_eq!(again.file, imported.file, "{what} onto its file");
}

#[test]
fn tables_and_schedules_without_end() {
    is_taken("a table of talks", &under("Schedule", &table_of_talks(50_000, |slot| format!("Talk {slot}"))));
    let wide = format!("<table><tr>{}</tr>{}</table>", "<td>a".repeat(SIZE / 10), "<tr><td>b".repeat(SIZE / 18));
    is_taken("a table of as many columns as rows", &under("Schedule", &wide));
    is_taken("the same start again and again", &under("Schedule", &filled("- 9:00 a\n")));
    is_taken("a line of hours", &under("Schedule", &filled("9:00 ")));
    is_taken("hosts", &under("Schedule", &table_of_talks(3000, |slot| format!("Session: workshop {}", name(slot)))));
}

#[test]
fn dates_without_end() {
    is_taken("labels on one line", &filled("Date: "));
    is_taken("days on one line", &filled("may 1 "));
    is_taken("statements on one line", &under("Dates", &filled("a: 1 May;")));
    let day = |number: usize| format!("Date: {} May {}\n\n", number % 28 + 1, 1990 + number / 28 % 110);
    is_taken("days that contradict one another", &numbered(SIZE, day));
    is_taken("names of zones that are none", &under("Dates", &filled("a/b ")));
}

#[test]
fn papers_people_and_awards_without_end() {
    let about = "On the maps of many towns along the river and of what their people say of them in words";
    let papers: String = (0..1000).map(|number| format!("- *{about} {number}*, {}\n", name(number))).collect();
    let talks = table_of_talks(1000, |slot| format!("{}: {about} {}", name(slot), slot + 7));
    is_taken("papers and talks alike", &under("Schedule", &format!("{talks}\n## Accepted papers\n\n{papers}")));
    let keynotes: String = (0..1000).map(|number| format!("### {}\n\n**Title:** a\n\n", name(number))).collect();
    let talks = table_of_talks(1000, |slot| format!("Keynote: {} - Maps", name(slot)));
    is_taken("keynotes", &under("Schedule", &format!("{talks}\n## Keynotes\n\n{keynotes}")));
    let winners = |award: usize| (0..100).map(|who| format!("{}, ", name(award * 100 + who))).collect::<String>();
    let awards = numbered(100, |award| format!("- Best Paper Award {award}: {}\n", winners(award)));
    is_taken("awards", &under("Schedule", &format!("{talks}\n## Awards\n\n{awards}")));
    let members = numbered(60_000, |number| format!("- {}, Nairobi\n", name(number)));
    is_taken("organizers", &under("Organizers", &members));
}

#[test]
fn addresses_that_are_as_long_as_the_page() {
    let long = "x".repeat(SIZE / 2);
    // Every run in a link knows where it leads: each with an address of its own, this was gigabytes.
    for inside in ["<b>x", "<p>x", "<table><tr><td>x"] {
        let page = format!("<div><a href=\"https://example.org/{long}\">{}", inside.repeat(SIZE / 2 / inside.len()));
        is_taken(inside, &page);
    }
    is_taken("Markdown", &format!("[{}](https://example.org/{long})", "*a* b".repeat(SIZE / 10)));
}

#[test]
fn headings_lists_and_elements_without_end() {
    for piece in
        ["# a\n", "<div>x", "<li> <p> ", "- ", "> ", "[", "![", "*a ", "<b>", "a|b\n-|-\n", "\t- a\n", "&a", "("]
    {
        is_taken(piece, &filled(piece));
    }
    is_taken("lists that no line ends", &format!("{}a\n{}", "- ".repeat(5000), filled("a\n")));
    is_taken("quotations that no line ends", &format!("{}a\n{}", "> ".repeat(5000), filled("a\n")));
    is_taken("a word", &"a".repeat(SIZE));
}

#[test]
fn front_matter_without_end() {
    let matter = |text: &str| format!("---\nallim:\n{text}---\n{HEAD}");
    is_taken("keys", &matter(&numbered(8000, |key| format!("  k{key}: 1\n"))));
    is_taken(
        "sessions",
        &matter(&format!("  session:\n{}", numbered(4000, |key| format!("    s{key}: {{ a: 1 }}\n")))),
    );
    let row = |from: char, to: char| format!("{to}: &{to} [{}]\n", vec![format!("*{from}"); 9].join(","));
    let bomb: String = ('a'..'i').zip('b'..='i').map(|(from, to)| row(from, to)).collect();
    is_taken("a bomb", &format!("---\na: &a [x,x,x,x,x,x,x,x,x]\n{bomb}allim: {{ venue: *i }}\n---\n{HEAD}"));
    is_taken("depth", &matter(&format!("  a: {}{}\n", "[".repeat(60), "]".repeat(60))));
}

#[test]
fn what_is_not_read_of_a_page_is_told() {
    let told = |page: &str| {
        let imported = import(page, &Options::default(), None).expect("nothing to import onto");
        let rest =
            imported.reading.problems.into_iter().find(|problem| problem.what.ends_with("the rest was not read"));
        rest.map(|problem| (file::position(page, problem.span.start).0, problem.what))
    };
    assert_eq!(told(HEAD), None);
    let deep = format!("{HEAD}{}a\n\n## Dates\n\n- Paper: 1 January 2027\n", "> ".repeat(300));
    assert_eq!(told(&deep), Some((7, "here it nests more than 256 deep: the rest was not read".to_owned())));
    let long = told(&format!("{HEAD}{}", "a\n\n".repeat(30_000)));
    let what = "the page has more than 20000 paragraphs, items and rows: the rest was not read";
    assert_eq!(long, Some((40_005, what.to_owned())));
}

#[test]
fn schedules_of_too_many_events() {
    let alike = r#"{"title":"a","date":"2026-05-01T09:00:00+09:00","duration":"00:10"},"#;
    for event in ["{},", alike] {
        let events = event.repeat((SIZE / event.len()).max(3000));
        let url = format!("https://example.org/{}", "x".repeat(SIZE / 4));
        let days = format!(r#"[{{"date":"2026-05-01","rooms":{{"r":[{}]}}}}]"#, events.trim_end_matches(','));
        let text = format!(r#"{{"conference":{{"acronym":"x","title":"X","url":"{url}","days":{days}}}}}"#);
        let started = Instant::now();
        let imported = frab::import(&text, &frab::Options::default()).expect("a schedule");
        assert!(started.elapsed() < PATIENCE, "{event} took {:?}", started.elapsed());
        assert!(file::read(&imported.source).programme.is_some(), "{event}");
        assert!(
            imported.notes.iter().any(|note| note.ends_with("only the first 2000 are read.")),
            "{:?}",
            imported.notes
        );
    }
}
