//! Next year's file: nothing of last year counts any more, nothing that was written for the next team is lost.

use std::process::{Command, Output};

use allim::domain::doubt::doubts;
use allim::domain::file;
use allim::domain::programme::{Due, Id, Role};
use allim::exchange::next_year::{NextYear, NotMade, Wishes, from_last_year, from_nothing};
use proptest::prelude::*;

use crate::house::{golden, instant, programme, project, read};
use crate::property::source;

fn allim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allim")).args(arguments).current_dir(project(".")).output().expect("it runs")
}

fn said(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn next(source: &str, year: i32) -> NextYear {
    let made = from_last_year(source, Wishes { year: Some(year), ..Wishes::default() });
    made.unwrap_or_else(|error| panic!("{error}\n{source}"))
}

/// A file that can be published as it is, in which nothing has a date yet.
fn begins(made: &NextYear) {
    let reading = file::read(&made.text);
    let blocking = |problem: &&file::Problem| problem.level != file::Level::Note;
    assert_eq!(reading.problems.iter().find(blocking), None, "{}", made.text);
    let programme = reading.programme.expect("a programme");
    for now in ["2000-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2190-01-01T00:00:00Z"] {
        assert_eq!(doubts(&programme, &reading.places, None, instant(now)), [], "{}", made.text);
    }
    assert_eq!(programme.id, made.id);
    assert_eq!((programme.dates, programme.feed_url.clone()), (None, None));
    assert!(programme.accept.is_empty() && programme.forget.is_empty());
    for deadline in &programme.deadlines {
        assert_eq!((deadline.due, deadline.url.clone(), deadline.cancelled.clone()), (Due::Open, None, None));
        assert!(deadline.was.is_empty() && deadline.formerly.is_empty() && deadline.seed == Default::default());
    }
    assert!(programme.sessions.is_empty() && programme.papers.is_empty() && programme.hosts.is_empty());
    assert!(programme.people.iter().all(|person| person.role == Role::Organizer), "{}", made.text);
    for line in made.checklist.lines() {
        assert!(made.text.contains(&format!("# {line}\n")), "{line}");
    }
}

/// What is kept of each deadline.
fn deadlines(source: &str) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let of = programme(source).deadlines.clone();
    of.into_iter().map(|d| (d.id, d.kind, d.title, d.short, d.zone, d.needs, d.note, d.audience, d.ours)).collect()
}

#[test]
fn the_programmes_there_are_make_the_files_that_were_reviewed() {
    for (path, year, name) in
        [("data/faimi-2025.toml", 2027, "faimi-2027"), ("data/examples/pacific-2027.toml", 2028, "pacific-2028")]
    {
        let made = next(&read(path), year);
        golden(&format!("new/{name}.toml"), made.text.as_bytes());
        begins(&made);
        assert_eq!(deadlines(&made.text), deadlines(&read(path)));
        begins(&next(&made.text, year + 1));
    }
    let fresh = from_nothing(Wishes { year: Some(2027), title: Some("Fair AI"), id: None }).expect("a file");
    golden("new/fresh.toml", fresh.text.as_bytes());
    begins(&fresh);
}

#[test]
fn the_file_goes_to_standard_output_and_what_to_do_to_standard_error() {
    let done = allim(&["new", "--from", "data/faimi-2025.toml", "--year", "2027"]);
    let made = next(&read("data/faimi-2025.toml"), 2027);
    assert_eq!((done.status.code(), said(&done.stdout)), (Some(0), made.text));
    assert_eq!(said(&done.stderr), format!("faimi-2027: what to do, in this order\n{}", made.checklist));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("next.toml");
    std::fs::write(&path, &done.stdout).expect("written");
    let checked = allim(&["check", "--strict", path.to_str().expect("a path")]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked.stdout));

    let renamed = allim(&["new", "--from", "data/faimi-2025.toml", "--id", "fair-27", "--title", "Fair \"AI\""]);
    let programme = programme(&said(&renamed.stdout));
    assert_eq!(
        (programme.id.as_str(), programme.title.as_str(), programme.short.as_str()),
        ("fair-27", "Fair \"AI\"", "FAIMI 2026")
    );
}

#[test]
fn an_address_of_last_year_is_out_of_use_and_in_sight() {
    let made = next(&read("data/faimi-2025.toml"), 2027);
    let site = "https://cmt3.research.microsoft.com/FAIMI2025";
    for line in made.text.lines().filter(|line| line.contains(site)) {
        assert!(line.starts_with('#'), "{line}");
    }
    assert_eq!(made.text.matches(&format!("url = \"{site}\"")).count(), 1);
    assert!(made.checklist.contains(site));
    let static_feeds = read("data/faimi-2025.toml")
        .replace("dates         = ", "feed_url = \"https://example.org/last/\"  # static\ndates         = ");
    let made = next(&static_feeds, 2027);
    let shown = "# feed_url = \"https://example.org/last/\"  # last year's: write this year's once the site is up; static\n# dates";
    assert!(made.text.contains(shown), "{}", made.text);
    begins(&made);
}

#[test]
fn comments_survive_where_what_they_are_about_survives() {
    let made = next(&read("data/examples/pacific-2027.toml"), 2028);
    let comments = |text: &str| -> Vec<String> {
        let after = |line: &str| line.split_once("# ").map(|(_, comment)| comment.trim().to_owned());
        text.lines().filter_map(after).collect()
    };
    let kept = made.text.as_str();
    let lost: Vec<String> = comments(&read("data/examples/pacific-2027.toml"))
        .into_iter()
        .filter(|comment| !kept.contains(comment.as_str()))
        .collect();
    golden("new/lost-comments.txt", lost.join("\n").as_bytes());
}

#[test]
fn what_is_left_behind_is_right_once_it_is_filled_in() {
    let made = next(&read("data/examples/pacific-2027.toml"), 2028);
    let (file, left) = made.text.split_once("# Left behind in pacific-2027.").expect("what is left behind");
    let filled: String = left.lines().skip(1).map(|line| line.trim_start_matches("# ").to_owned() + "\n").collect();
    let (tables, sessions) = filled.split_once("Sessions, in").expect("sessions");
    let (_, sessions) = sessions.split_once("times of day:").expect("sessions");
    let filled = programme(&format!("{file}{tables}{}", sessions.replace("MM-DD", "10-02")));
    assert_eq!((filled.links.len(), filled.sessions.len()), (4, 6));
}

#[test]
fn from_year_to_year_nothing_piles_up() {
    let second = next(&read("data/examples/pacific-2027.toml"), 2028);
    let in_use = second.text.replace("# [venue]\n# name = \"...\"", "[venue]\nname = \"Hall\"");
    for source in [&second.text, &in_use] {
        let third = next(source, 2029);
        for ours in ["# Made from ", "# Left behind in ", "# [venue]", "take out who left"] {
            assert_eq!(third.text.matches(ours).count(), 1, "{ours}\n{}", third.text);
        }
        assert!(third.text.contains("# An invented workshop to copy"), "{}", third.text);
    }
    let fresh = from_nothing(Wishes { year: Some(2027), ..Wishes::default() }).expect("a file");
    let after = next(&fresh.text, 2028);
    assert_eq!(after.text.matches("in this order").count(), 1, "{}", after.text);
}

#[test]
fn a_withdrawn_deadline_is_back_and_says_so() {
    let source = read("data/examples/pacific-2027.toml").replace("# cancelled = \"Papers", "cancelled = \"Papers");
    let made = next(&source, 2028);
    begins(&made);
    assert!(made.text.contains(
        "[[deadline]]\n# withdrawn last year (Papers need no abstract first any more): delete it, or leave it as it is\n"
    ));
}

#[test]
fn tables_written_in_other_ways_are_carried_too() {
    for source in [
        "programme = { id = \"a-2025\", title = \"A '25\", short = \"A\", time_zone = \"UTC\", uid_domain = \"example.org\", dates = [2025-05-01] }\n\
         deadline = [{ id = \"p\", kind = \"submission\", title = \"P\", due = 2025-03-01, was = [2025-02-01], url = \"https://x.org/2025\" }]\n",
        "programme.id = \"a-2025\"\nprogramme.title = \"A '25\"\nprogramme.short = \"A\"\nprogramme.time_zone = \"UTC\"\nprogramme.uid_domain = \"example.org\"\n\
         [[deadline]]\nid = \"p\"\nkind = \"submission\"\ntitle = \"P\"\ndue = 2025-03-01\nwas = [2025-02-01]\nurl = \"https://x.org/2025\"\n",
        "[programme]\r\nid = \"a-2025\"\r\ntitle = \"A '25\"\r\n# the day\r\ndates = [2025-05-01]\r\nshort = \"A\"\r\ntime_zone = \"UTC\"\r\nuid_domain = \"example.org\"\r\n\
         [[deadline]]\r\nurl = \"https://x.org/2025\"\r\nid = \"p\"\r\nkind = \"submission\"\r\ntitle = \"P\"\r\ndue = 2025-03-01\r\nwas = [2025-02-01]\r\n",
    ] {
        let made = next(source, 2026);
        begins(&made);
        let programme = programme(&made.text);
        assert_eq!((programme.id.as_str(), programme.title.as_str()), ("a-2026", "A '26"));
        assert_eq!(programme.deadlines.len(), 1);
        assert!(made.text.contains("# url = \"https://x.org/2025\"  # last year's"), "{}", made.text);
        assert!(made.text.contains("# last year 2025-03-01, before that 2025-02-01"), "{}", made.text);
    }
}

#[test]
fn what_cannot_follow_is_refused() {
    let faimi = read("data/faimi-2025.toml");
    let wish = |year: Option<i32>, id: Option<&str>, title: Option<&str>| {
        let id = id.map(|id| Id::new(id).expect("an id"));
        from_last_year(&faimi, Wishes { year, id: id.as_ref(), title }).expect_err("no file").to_string()
    };
    assert_eq!(wish(Some(2025), None, None), "2025 is not after 2025, the year of faimi-2025");
    assert_eq!(wish(Some(2024), None, None), "2024 is not after 2025, the year of faimi-2025");
    assert_eq!(wish(Some(20277), None, None), "20277 is no year we can plan with");
    assert!(wish(None, Some("faimi-2025"), None).contains("choose another --id"));
    assert!(wish(None, Some("api"), None).contains("an address of the service itself"));
    assert!(wish(None, None, Some(&"long ".repeat(80))).contains("characters"));
    let nameless =
        "[programme]\nid = \"a\"\ntitle = \"A\"\nshort = \"A\"\ntime_zone = \"UTC\"\nuid_domain = \"example.org\"\n";
    let made = from_last_year(nameless, Wishes::default());
    assert!(matches!(&made, Err(NotMade::NoYear(id)) if id.as_str() == "a"), "{made:?}");
    assert_eq!(next(nameless, 2026).id.as_str(), "a-2026");
    assert!(matches!(
        from_last_year("# Dates\n\nFull paper: **June 30**\n", Wishes::default()),
        Err(NotMade::Unreadable)
    ));

    for (arguments, code) in [
        (&["new", "--from", "data/faimi-2025.toml", "--year", "2025"][..], 1),
        (&["new", "--from", "no-such-file.toml"], 1),
        (&["new", "--from", "tests/programmes/bad/unknown-zone-with-a-near-name.toml"], 1),
        (&["new", "--year", "1"], 1),
        (&["new", "--id", "My Workshop"], 2),
        (&["new", "--title", ""], 2),
        (&["new", "--year", "next"], 2),
    ] {
        let done = allim(arguments);
        assert_eq!((done.status.code(), done.stdout.len()), (Some(code), 0), "{arguments:?}");
        assert!(!done.stderr.is_empty(), "{arguments:?}");
    }
    assert!(said(&allim(&["new", "--id", "My Workshop"]).stderr).contains("such as my-workshop"));
}

#[test]
fn a_fresh_file_is_named_as_it_is_asked() {
    for (title, year, id) in [
        (None, None, "my-workshop"),
        (None, Some(2027), "my-workshop-2027"),
        (Some("FAIR-AI 2027"), Some(2027), "fair-ai-2027"),
        (Some("워크숍"), Some(2027), "my-workshop-2027"),
        (Some("A \"quoted\" \\ title"), None, "a-quoted-title"),
    ] {
        let made = from_nothing(Wishes { year, title, id: None }).expect("a file");
        begins(&made);
        assert_eq!(made.id.as_str(), id);
        assert_eq!(programme(&made.text).title, title.unwrap_or(&id.replace('-', " ").to_uppercase()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_programme_has_a_next_year(source in source(), year in 2027..2199i32) {
        // A remark above every table and beside every key, as people write them.
        let remarked: String = source
            .lines()
            .map(|line| if line.starts_with('[') { format!("\n# above\n{line}  # beside\n") } else { format!("{line}  # beside\n") })
            .collect();
        for source in [&source, &remarked] {
            let made = next(source, year);
            begins(&made);
            prop_assert_eq!(deadlines(&made.text), deadlines(source));
            if year < 2198 {
                begins(&next(&made.text, year + 1));
            }
        }
    }

    #[test]
    fn any_good_file_among_those_cut_or_patched_has_a_next_year(at in 0..20_000usize, length in 0..60usize) {
        let whole = read("data/examples/pacific-2027.toml");
        let boundary = |mut at: usize| { at = at.min(whole.len()); while !whole.is_char_boundary(at) { at -= 1; } at };
        let cut = format!("{}{}", &whole[..boundary(at)], &whole[boundary(at + length)..]);
        if file::read(&cut).programme.is_some() {
            begins(&next(&cut, 2150));
        }
    }
}
