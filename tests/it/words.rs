//! Words to paste: golden files read aloud, refusals that say what to mend, posts that fit whatever the names are.

use std::process::{Command, Output};

use allim::domain::kind::Named;
use allim::domain::language::Language;
use allim::mail::paste::{LONGEST_POST, NoWords, Occasion, Request, Words, weight, words};
use proptest::prelude::*;

use crate::house::{golden, instant, programme, project, read};
use crate::property::{quoted, source};

fn allim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allim")).args(arguments).current_dir(project(".")).output().expect("it runs")
}

fn said(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// An occasion, the deadline, when it is written, and what the file says then instead of what it says now.
type Case = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const FAIMI: &[Case] = &[
    ("reminder", "full-paper", "2025-06-27T09:00:00Z", &[]),
    ("extended", "full-paper", "2025-06-24T20:13:00Z", &[]),
    (
        "earlier",
        "camera-ready",
        "2025-07-17T10:21:00Z",
        &[("due      = 2025-07-30", "due = 2025-07-30\nwas = [2025-08-06]")],
    ),
    (
        "withdrawn",
        "full-paper",
        "2025-06-11T08:00:00Z",
        &[("was      = [2025-06-25]", "cancelled = \"The workshop takes abstracts only this year\"")],
    ),
    ("announced", "camera-ready", "2025-04-05T06:21:00Z", &[]),
    ("decisions", "notification", "2025-07-16T12:00:00Z", &[]),
];

const PACIFIC: &[Case] = &[
    ("reminder", "proposals", "2027-02-25T18:30:00Z", &[]),
    ("extended", "full-paper", "2027-06-20T00:00:00Z", &[]),
    (
        "earlier",
        "early-registration",
        "2027-08-20T00:00:00Z",
        &[("due   = 2027-09-03\n", "due = 2027-09-03\nwas = [2027-09-03T23:59:59, 2027-09-10]\n")],
    ),
    ("withdrawn", "abstract", "2027-06-10T00:00:00Z", &[("# cancelled = \"Papers need", "cancelled = \"Papers need")]),
    ("announced", "notification", "2027-04-01T00:00:00Z", &[]),
    (
        "decisions",
        "notification",
        "2027-07-23T12:00:00Z",
        &[("due   = \"TBC\"\nneeds = \"PDF", "due = 2027-08-13\nneeds = \"PDF")],
    ),
];

fn as_reviewed(file: &str, cases: &[Case]) {
    let folder = tempfile::tempdir().expect("a folder");
    let name = file.rsplit('/').next().expect("a name").trim_end_matches(".toml");
    for (kind, id, at, changes) in cases {
        let mut text = read(file);
        for (was, is) in *changes {
            assert!(text.contains(was), "{kind}: {was}");
            text = text.replacen(was, is, 1);
        }
        let path = folder.path().join("programme.toml");
        std::fs::write(&path, text).expect("written");
        let path = path.to_str().expect("a path");
        for language in ["en", "ko"] {
            let done = allim(&["text", path, id, "--kind", kind, "--lang", language, "--at", at]);
            assert_eq!(done.status.code(), Some(0), "{kind}: {}", said(&done.stderr));
            golden(&format!("text/{name}/{kind}.{language}.txt"), &done.stdout);
        }
    }
}

#[test]
fn every_kind_in_both_languages_anywhere_on_earth_is_as_reviewed() {
    as_reviewed("data/faimi-2025.toml", FAIMI);
}

#[test]
fn every_kind_in_both_languages_in_pacific_time_is_as_reviewed() {
    as_reviewed("data/examples/pacific-2027.toml", PACIFIC);
}

#[test]
fn one_form_alone_is_printed_without_headings() {
    let arguments =
        ["text", "data/faimi-2025.toml", "full-paper", "--kind", "extended", "--at", "2025-06-24T20:13:00Z"];
    let form = |form: &str| said(&allim(&[&arguments[..], &["--as", form]].concat()).stdout);
    let (all, mail, post, banner) = (form("all"), form("mail"), form("post"), form("banner"));
    assert!(
        mail.starts_with("Subject: [FAIMI 2025] EXTENDED: Full paper now due Mon 30 Jun, 23:59 AoE\n\nDear authors,\n")
    );
    assert_eq!((post.lines().count(), banner.lines().count()), (1, 2));
    for part in [&mail, &post, &banner] {
        assert!(all.contains(part.as_str()) && !part.contains("==="), "{part}");
    }
}

fn asked(source: &str, id: &str, kind: &str, reason: Option<&str>, now: &str) -> Result<Words, NoWords> {
    let occasion = Occasion::named(kind).expect("a kind");
    words(&programme(source), Request { id, occasion, language: Language::English, reason }, instant(now))
}

fn refusal(source: &str, id: &str, kind: &str, now: &str) -> String {
    asked(source, id, kind, None, now).expect_err("no words").to_string()
}

#[test]
fn words_the_file_does_not_bear_out_are_refused_with_what_to_mend() {
    let pacific = read("data/examples/pacific-2027.toml");
    let early = "2027-01-01T00:00:00Z";
    for (id, kind, told) in [
        (
            "ful-paper",
            "reminder",
            "there is no deadline \"ful-paper\": did you mean \"full-paper\"? The deadlines are proposals, abstract, full-paper,",
        ),
        ("x", "reminder", "there is no deadline \"x\". The deadlines are proposals,"),
        ("welcome", "reminder", "\"welcome\" is a session"),
        ("camera-ready", "reminder", "the file says due = \"TBC\""),
        ("camera-ready", "announced", "the file says due = \"TBC\""),
        ("abstract", "extended", "\"abstract\" did not move: the file holds no other date before 2027-06-18 23:59 PDT"),
        (
            "full-paper",
            "earlier",
            "falls later than it did: the file holds was = 2027-06-22 17:00 PDT, due = 2027-06-25 17:00 PDT; use --kind extended",
        ),
        ("full-paper", "announced", "use --kind extended"),
        ("abstract", "withdrawn", "write cancelled = \"why\" into its [[deadline]], or say it here with --reason"),
        ("abstract", "decisions", "decisions are told of \"notification\""),
        ("notification", "reminder", "authors need do nothing by then"),
    ] {
        let refused = refusal(&pacific, id, kind, early);
        assert!(refused.contains(told), "{id} {kind}: {refused}");
    }
    let over = refusal(&pacific, "full-paper", "reminder", "2027-06-26T00:00:00Z");
    assert_eq!(
        over,
        "\"full-paper\" is past: it fell due on 2027-06-25 17:00 PDT, and it is 2027-06-26 00:00 UTC; nobody can meet it any more"
    );
    assert!(asked(&pacific, "full-paper", "reminder", None, "2027-06-25T23:59:59Z").is_ok());

    let shorter = pacific.replace("was   = [2027-06-22T17:00:00]", "was = [2027-06-29]");
    assert!(refusal(&shorter, "full-paper", "extended", early).contains("falls earlier than it did"));
    let gone = pacific.replace("# cancelled = \"Papers", "cancelled = \"Papers");
    assert!(refusal(&gone, "abstract", "reminder", early).contains("use --kind withdrawn"));
    let none =
        "[programme]\nid = \"a\"\ntitle = \"A\"\nshort = \"A\"\ntime_zone = \"UTC\"\nuid_domain = \"example.org\"\n";
    assert!(refusal(none, "full-paper", "reminder", early).contains("no [[deadline]]"));
}

#[test]
fn refusals_exit_with_one_and_wrong_usage_with_two() {
    let file = "data/faimi-2025.toml";
    for (arguments, code) in [
        (&["text", file, "full-paper", "--kind", "earlier"][..], 1),
        (&["text", file, "paper", "--kind", "extended"], 1),
        (&["text", "no-such-file.toml", "full-paper", "--kind", "extended"], 1),
        (&["text", file, "full-paper", "--kind", "later"], 2),
        (&["text", file, "full-paper", "--kind", "extended", "--lang", "de"], 2),
        (&["text", file, "full-paper", "--kind", "extended", "--as", "fax"], 2),
        (&["text", file, "full-paper", "--kind", "reminder", "--at", "tomorrow"], 2),
        (&["text", file, "full-paper", "--kind", "reminder", "--at", "+20000-01-01T00:00:00Z"], 2),
        (&["text", file, "full-paper", "--kind", "withdrawn", "--reason", " "], 2),
        (&["text", file, "full-paper"], 2),
    ] {
        let done = allim(arguments);
        assert_eq!((done.status.code(), done.stdout.len()), (Some(code), 0), "{arguments:?}");
        assert!(!done.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_former_id_is_understood_and_what_is_odd_is_noted() {
    let pacific = read("data/examples/pacific-2027.toml");
    let renamed = pacific.replace("id    = \"abstract\"", "id = \"abstract\"\nformerly = [\"registration\"]");
    let told = asked(&renamed, "registration", "withdrawn", Some("Not  needed\nany more"), "2027-06-10T00:00:00Z");
    let told = told.expect("words");
    assert!(told.body.contains("Why: Not needed any more.\n"), "{}", told.body);
    assert_eq!(told.notes, ["the file does not say so yet: write cancelled = \"why\" into \"abstract\" too"]);
    let over = asked(&pacific, "full-paper", "extended", None, "2028-01-01T00:00:00Z").expect("words");
    assert_eq!(over.notes, ["\"full-paper\" is past: it fell due on 2027-06-25 17:00 PDT"]);
}

#[test]
fn a_post_is_shortened_by_parts_and_keeps_date_and_link() {
    let faimi = read("data/faimi-2025.toml");
    let post = |title: usize, short: usize, programme: usize| {
        let text = faimi
            .replace("\"Full paper submission\"", &quoted(&"long ".repeat(title)))
            .replace("short    = \"Full paper\"", &format!("short = {}", quoted(&"brief ".repeat(short))))
            .replace("\"FAIMI 2025\"\nurl", &format!("{}\nurl", quoted(&"whose ".repeat(programme))));
        asked(&text, "full-paper", "extended", None, "2025-06-24T20:13:00Z").expect("words").post
    };
    let kept = "Mon 30 June 2025, 23:59 AoE (UTC-12)";
    let link = "https://cmt3.research.microsoft.com/FAIMI2025";
    for (title, short, programme, holds, lacks) in [
        (5, 1, 1, &["long", "whose", "11:59 UTC", "it was"][..], &["brief"][..]),
        (50, 1, 1, &["brief", "whose", "11:59 UTC", "it was"], &["long"]),
        (50, 25, 1, &["brief", "whose", "it was"], &["long", "11:59 UTC"]),
        (50, 50, 1, &["Paper submission", "whose"], &["brief", "it was"]),
        (50, 1, 50, &["brief"], &["whose", "it was"]),
        (50, 50, 50, &["Paper submission"], &["whose", "brief", "it was"]),
    ] {
        let post = post(title, short, programme);
        assert!(weight(&post) <= LONGEST_POST && post.contains(kept) && post.ends_with(link), "{post}");
        assert!(holds.iter().all(|part| post.contains(part)), "{holds:?} in {post}");
        assert!(!lacks.iter().any(|part| post.contains(part)), "{lacks:?} not in {post}");
    }
}

#[test]
fn a_banner_holds_no_markdown_but_its_own() {
    let faimi = read("data/faimi-2025.toml");
    let odd = faimi
        .replace("\"Full paper submission\"", &quoted("*Full* [paper](x) <b> ~~s~~ | # _now_"))
        .replace("com/FAIMI2025\"\nneeds", "com/(FAIMI)2025\"\nneeds");
    let banner = asked(&odd, "full-paper", "extended", None, "2025-06-24T20:13:00Z").expect("words").banner;
    assert_eq!(
        banner.lines().next().expect("a line"),
        "**Extended:** \\*Full\\* \\[paper\\](x) \\<b\\> \\~\\~s\\~\\~ \\| \\# \\_now\\_ ~~25 June 2025~~ \
         **Mon 30 June 2025, 23:59 AoE (UTC-12)** · [Submit](https://cmt3.research.microsoft.com/%28FAIMI%292025)"
    );
}

/// What holds for words about anything.
fn sound(source: &str, now: &str) -> usize {
    let programme = programme(source);
    let mut made = 0;
    for deadline in &programme.deadlines {
        for (kind, occasion) in Occasion::ALL {
            for (_, language) in Language::ALL {
                let request =
                    Request { id: deadline.id.as_str(), occasion: *occasion, language: *language, reason: Some("so") };
                let told = match words(&programme, request, instant(now)) {
                    Ok(told) => told,
                    Err(NoWords::Template(error)) => panic!("{kind}: {error:#}\n{source}"),
                    Err(_) => continue,
                };
                made += 1;
                assert!(weight(&told.post) <= LONGEST_POST, "{}", told.post);
                assert!((1..=2).contains(&told.banner.lines().count()), "{}", told.banner);
                assert!(!told.subject.contains('\n') && told.subject.starts_with('['), "{}", told.subject);
                assert!(told.body.ends_with('\n') && !told.body.contains("\n\n\n"), "{}", told.body);
                let due = deadline.due.moment().expect("a generated deadline has a date");
                if *occasion != Occasion::Decisions {
                    let date = language.moment(due);
                    assert!(told.post.contains(&date) && told.banner.contains(&date), "{date}\n{told:?}");
                    assert!(told.body.contains(&language.date(due.date())), "{told:?}");
                }
            }
        }
    }
    made
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn words_about_any_programme_are_whole(source in source()) {
        let deadlines = programme(&source).deadlines.len();
        // Withdrawn is always possible, with a reason; so is one of extended, earlier and announced.
        prop_assert!(sound(&source, "2026-03-01T00:00:00Z") >= 2 * 2 * deadlines);
    }
}
