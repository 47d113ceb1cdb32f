//! What is said of a programme file that is not as it should be.

use std::time::{Duration, Instant};

use allim::app::consider::{Beside, consider_octets};
use allim::app::report::{Drawing, Report};
use allim::domain::file::{self, Level};

use crate::house::{golden, instant, programme, project, read};

/// When the files are looked at, unless their first line says `# now: ...`.
const NOW: &str = "2025-05-01T00:00:00Z";

/// A reader that takes longer is no help at a keyboard. Debug builds on a busy machine get some room.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 100 });

fn report(name: &str, octets: &[u8]) -> Report {
    let now = octets.strip_prefix(b"# now: ").and_then(|rest| rest.get(..20));
    let now = instant(std::str::from_utf8(now.unwrap_or(NOW.as_bytes())).expect("an instant"));
    let before = project(&format!("tests/programmes/bad/{name}.before"));
    let before = std::fs::read_to_string(before).ok().map(|source| (programme(&source), source));
    let beside = before.as_ref().map(|(before, file)| Beside::after(before, file)).unwrap_or_default();
    let started = Instant::now();
    let considered = consider_octets(&format!("{name}.toml"), octets, beside, now);
    assert!(started.elapsed() < PATIENCE, "{name} took {:?}", started.elapsed());
    considered.report
}

#[test]
fn every_bad_file_gets_the_report_that_was_reviewed() {
    let mut names: Vec<String> = std::fs::read_dir(project("tests/programmes/bad"))
        .expect("the folder of bad files")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 30, "{} bad files", names.len());
    for name in names {
        let octets = std::fs::read(project(&format!("tests/programmes/bad/{name}.toml"))).expect("readable");
        let report = report(&name, &octets);
        let mut text = report.text(Drawing::Plain);
        text.push_str(&report.json_lines());
        golden(&format!("problems/{name}.txt"), text.as_bytes());
    }
}

#[test]
fn files_that_are_no_text_are_told_so() {
    let utf16: Vec<u8> = "\u{feff}[programme]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let whole = read("data/faimi-2025.toml");
    let cut = whole.rfind("[[paper]]").and_then(|paper| Some(paper + whole[paper..].find("title")? + 20));
    let truncated = &whole.as_bytes()[..cut.expect("a paper with a title")];
    let latin1 = b"[programme]\ntitle = \"H\xe4ntze\"\n";
    let huge = format!("[programme]\nid = \"x\"\ntitle = \"{}\"\n", "x".repeat(1 << 20));
    let deep = format!("[programme]\nid = {}", "[".repeat(100_000));
    let many = "[[session]]\nid = 1\n".repeat(20_000);
    let cases: [(&str, &[u8]); 8] = [
        ("utf-16", &utf16),
        ("truncated", truncated),
        ("latin-1", latin1),
        ("empty", b""),
        ("only-a-byte-order-mark", b"\xef\xbb\xbf"),
        ("a-title-of-one-mebibyte", huge.as_bytes()),
        ("deeply-nested", deep.as_bytes()),
        ("nul", b"\0\0\0\0"),
    ];
    for (name, octets) in cases {
        let report = report(name, octets);
        assert!(report.count(Level::Error) > 0, "{name}");
        golden(&format!("problems/{name}.txt"), report.text(Drawing::Plain).as_bytes());
    }
    assert!(!file::read(&many).problems.is_empty());
}

#[test]
fn the_reader_takes_a_byte_order_mark_and_windows_line_ends() {
    let source = read("data/faimi-2025.toml");
    let windows = format!("\u{feff}{}", source.replace('\n', "\r\n"));
    let considered = consider_octets("windows.toml", windows.as_bytes(), Beside::default(), instant(NOW));
    assert_eq!(considered.programme, Some(programme(&source)));
}

#[test]
fn both_programmes_are_without_fault() {
    for (path, now) in [("data/faimi-2025.toml", "2025-10-01T00:00:00Z"), ("data/examples/pacific-2027.toml", NOW)] {
        let source = read(path);
        let report = consider_octets(path, source.as_bytes(), Beside::default(), instant(now)).report;
        assert!(report.is_publishable(), "{}", report.text(Drawing::Plain));
    }
}

#[test]
fn the_data_file_holds_everything_the_page_states() {
    let programme = programme(&read("data/faimi-2025.toml"));
    assert_eq!(programme.sessions.len(), 13);
    assert_eq!(programme.papers.len(), 21);
    assert_eq!(programme.posters().count(), 15);
    let organizers = programme.people.iter().filter(|person| person.role.name() == "organizer");
    assert_eq!(organizers.count(), 9);
    let due = programme.deadlines[0].due.moment().expect("a date");
    assert_eq!(due.instant, instant("2025-07-01T11:59:00Z"));
}

#[test]
fn each_of_many_faults_is_told_in_its_line() {
    for name in ["faults-of-many-sorts", "faults-of-a-list-of-people"] {
        let octets = std::fs::read(project(&format!("tests/programmes/bad/{name}.toml"))).expect("readable");
        let report = report(name, &octets);
        let mut lines: Vec<usize> =
            report.problems.iter().map(|problem| file::position(&report.source, problem.span.start).0).collect();
        let all = lines.len();
        lines.dedup();
        assert_eq!(lines.len(), all, "{}", report.text(Drawing::Plain));
    }
}

/// A programme with so many sessions, each with these lines more.
fn crowded(sessions: usize, more: impl Fn(usize) -> String) -> String {
    let head =
        "[programme]\nid = \"a\"\ntitle = \"A\"\nshort = \"A\"\ntime_zone = \"UTC\"\nuid_domain = \"example.org\"\n";
    let time = "start = 2026-05-01T09:00:00\nend = 2026-05-01T09:10:00\n";
    let session =
        |number| format!("[[session]]\nid = \"s{number}\"\nkind = \"oral\"\ntitle = \"A\"\n{time}{}", more(number));
    std::iter::once(head.to_owned()).chain((0..sessions).map(session)).collect()
}

#[test]
fn an_error_is_told_however_many_notes_there_are() {
    let silent = crowded(600, |_| String::new());
    assert!(file::read(&silent).programme.is_some(), "notes alone never block");
    for error in
        ["[[session]]\nid = \"last\"\n", "[[deadline]]\nid = \"d\"\nkind = \"other\"\ntitle = \"A\"\ndue = 7\n"]
    {
        let reading = file::read(&format!("{silent}{error}"));
        assert!(reading.problems.iter().any(|problem| problem.level == Level::Error), "{error}");
        assert_eq!(reading.programme, None, "{error}");
    }
    let dangling =
        crowded(600, |number| if number == 599 { "paper = \"nowhere\"\n".to_owned() } else { String::new() });
    assert_eq!(file::read(&dangling).programme, None);
}

#[test]
fn a_near_name_is_not_sought_for_longer_than_it_is_worth() {
    let letters = "abcdefgh".repeat(6);
    let papers: String = (0..4000).map(|i| format!("[[paper]]\nid = \"{letters}{i}\"\ntitle = \"A\"\n")).collect();
    let sessions = crowded(600, |number| format!("paper = \"{}{number}\"\n", letters.replace("ab", "ba")));
    let started = Instant::now();
    let reading = file::read(&format!("{sessions}{papers}"));
    assert!(started.elapsed() < 20 * PATIENCE, "{:?}", started.elapsed());
    assert_eq!(reading.programme, None);
    let helped = reading.problems.iter().filter_map(|problem| problem.help.as_ref());
    assert!(helped.clone().any(|help| help.starts_with("did you mean")));
    assert!(helped.clone().any(|help| help.starts_with("add a [[paper]]")));
}
