//! A workshop's own page as the source of its programme.

use allim::app::consider::{Beside, consider_octets};
use allim::app::report::{Drawing, Report};
use allim::domain::file;
use allim::domain::programme::{Facts, Programme};
use allim::exchange::page::{Imported, NotOnto, Options, import};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::house::{golden, instant, programme, project, read, walk};
use crate::publish::{Desk, tell};

/// A page of the fixtures, imported like a file of that name.
fn imported(name: &str, onto: Option<&str>) -> (Imported, String) {
    let source = read(&format!("tests/pages/{name}"));
    let source = source.trim_start_matches('\u{feff}').to_owned();
    (import(&source, &Options::named(name), onto).expect("a file to import onto"), source)
}

fn pages() -> Vec<String> {
    let names = std::fs::read_dir(project("tests/pages")).expect("the folder of pages");
    let names = names.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".md")).collect();
    names.sort();
    names
}

#[test]
fn every_page_becomes_the_file_that_was_reviewed() {
    let names = pages();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let (imported, source) = imported(&name, None);
        let report = Report { file: name.clone(), source, problems: imported.reading.problems };
        let stem = name.trim_end_matches(".md");
        golden(&format!("pages/{stem}.toml"), imported.file.as_bytes());
        golden(&format!("pages/{stem}.txt"), report.text(Drawing::Plain).as_bytes());
        let again = file::read(&imported.file);
        assert_eq!(again.programme, imported.reading.programme, "{name}");
        assert!(again.programme.is_some(), "{name}: {:#?}", again.problems);
    }
}

/// What two programmes say differently, field by field.
fn differences(page: &Programme, data: &Programme) -> String {
    let Facts { id, title, short, url, contact, dates, time_zone, deadline_zone, uid_domain, attendance, .. } = &**data;
    let mut told = String::new();
    let mut tell = |what: &str, left: String, right: String| {
        if left != right {
            told.push_str(&format!("{what}\n  page  {left}\n  data  {right}\n"));
        }
    };
    macro_rules! each {
        ($what:literal, $mine:expr, $theirs:expr, $key:expr, [$($field:ident),+]) => {
            for mine in $mine {
                let found = $theirs.iter().find(|theirs| $key(theirs) == $key(mine));
                let key = $key(mine);
                match found {
                    None => tell(&format!("{} {key}", $what), "there".to_owned(), "not there".to_owned()),
                    Some(theirs) => {
                        $(tell(
                            &format!("{} {key} {}", $what, stringify!($field)),
                            format!("{:?}", mine.$field),
                            format!("{:?}", theirs.$field),
                        );)+
                    }
                }
            }
            for theirs in $theirs {
                if !$mine.iter().any(|mine| $key(mine) == $key(theirs)) {
                    tell(&format!("{} {}", $what, $key(theirs)), "not there".to_owned(), "there".to_owned());
                }
            }
        };
    }
    tell("id", page.id.to_string(), id.to_string());
    tell("title", page.title.clone(), title.clone());
    tell("short", page.short.clone(), short.clone());
    tell("url", format!("{:?}", page.url), format!("{url:?}"));
    tell("contact", format!("{:?}", page.contact), format!("{contact:?}"));
    tell("dates", format!("{:?}", page.dates), format!("{dates:?}"));
    tell("time zone", page.time_zone.name().to_owned(), time_zone.name().to_owned());
    tell("deadline zone", page.deadline_zone.name().to_owned(), deadline_zone.name().to_owned());
    tell("UID domain", page.uid_domain.clone(), uid_domain.clone());
    tell("attendance", format!("{:?}", page.attendance), format!("{attendance:?}"));
    tell("summary", format!("{:?}", page.summary), format!("{:?}", data.summary));
    tell("venue name", format!("{:?}", page.venue.name), format!("{:?}", data.venue.name));
    tell("venue city", format!("{:?}", page.venue.city), format!("{:?}", data.venue.city));
    tell("venue country", format!("{:?}", page.venue.country), format!("{:?}", data.venue.country));
    tell("venue room", format!("{:?}", page.venue.room), format!("{:?}", data.venue.room));
    let deadline = |deadline: &allim::domain::programme::Deadline| deadline.id.to_string();
    each!(
        "deadline",
        &page.deadlines,
        &data.deadlines,
        deadline,
        [kind, title, short, due, was, zone, url, needs, audience, ours, cancelled]
    );
    let session = |session: &allim::domain::programme::Session| session.id.to_string();
    each!(
        "session",
        &page.sessions,
        &data.sessions,
        session,
        [kind, title, start, end, speakers, paper, room, summary, host, url, certainty, cancelled]
    );
    let paper = |paper: &allim::domain::programme::Paper| paper.id.to_string();
    each!("paper", &page.papers, &data.papers, paper, [title, authors, url, award]);
    let person = |person: &allim::domain::programme::Person| person.name.clone();
    each!("person", &page.people, &data.people, person, [role, affiliation, url, summary]);
    let award = |award: &allim::domain::programme::Award| award.title.clone();
    each!("award", &page.awards, &data.awards, award, [url, summary, recipients]);
    let link = |link: &allim::domain::programme::Link| link.url.to_string();
    each!("link", &page.links, &data.links, link, [kind, title]);
    let (mine, theirs) = (page.call.clone().expect("a call"), data.call.clone().expect("a call"));
    tell("call topics", format!("{:?}", mine.topics), format!("{:?}", theirs.topics));
    tell("call summary", format!("{:?}", mine.summary), format!("{:?}", theirs.summary));
    tell("call format", format!("{:?}", mine.format), format!("{:?}", theirs.format));
    tell("call supplementary", format!("{:?}", mine.supplementary), format!("{:?}", theirs.supplementary));
    tell("call url", format!("{:?}", mine.url), format!("{:?}", theirs.url));
    told
}

#[test]
fn the_page_of_the_first_workshop_says_what_its_file_says() {
    let (imported, _) = imported("faimi-2025.md", None);
    let page = imported.reading.programme.expect("a programme");
    let data = programme(&read("data/faimi-2025.toml"));
    // The rest: what the page does not say, or says in other words. Everything else is equal.
    golden("pages/faimi-2025.rest.txt", differences(&page, &data).as_bytes());
}

/// The versions of the page of a season, with when each was committed.
fn season() -> Vec<(String, String)> {
    let versions = walk(&project("tests/pages/season")).into_iter().map(|path| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let (day, hour) = name.split_at(13);
        let (hour, minute) = (&hour[1..3], &hour[3..5]);
        let at = format!("{}T{hour}:{minute}:00Z", &day[3..]);
        (at, std::fs::read_to_string(path).expect("a page"))
    });
    versions.collect()
}

const WHAT_HAPPENED: [&str; 12] = [
    "everything to be confirmed",
    "two wrong years",
    "mended",
    "day and venue",
    "no abstracts any more",
    "extended",
    "thirteen sessions",
    "the room",
    "hybrid, by mistake",
    "in person only",
    "a keynote's title",
    "awards",
];

#[test]
fn a_season_of_one_page_is_the_season_of_its_programme_files() {
    let desk = Desk::new();
    let mut story = String::new();
    let mut before: Option<String> = None;
    for ((at, page), what) in season().iter().zip(WHAT_HAPPENED) {
        let imported = import(page, &Options::default(), before.as_deref()).expect("a file to import onto");
        tell(&mut story, &desk, at, what, &imported.file);
        before = Some(imported.file);
    }
    golden("stories/season-2025.txt", story.as_bytes());
}
#[test]
fn a_page_as_the_source_is_published_like_a_programme_file() {
    use crate::house::wait;
    use allim::app::publish::{Outcome, Proposal, publish};
    use allim::clock::Clock;
    use allim::domain::publication::Source;

    let desk = Desk::new();
    let mut doubted = Vec::new();
    for (at, page) in season() {
        let mut proposal = Desk::proposal(Source::File("season.md".to_owned()), &page, &[]);
        proposal.file = "data/season.md".to_owned();
        let attempt = |proposal: &Proposal| {
            wait(publish(desk.store(), proposal, &Clock::manual(instant(&at)))).expect("a store that works")
        };
        let mut outcome = attempt(&proposal);
        if let Outcome::Refused(report) = &outcome {
            doubted.extend(report.problems.iter().filter_map(|problem| problem.doubt.clone()));
            // Every doubt underlines words of the page, not of the file that was made of it.
            for problem in report.problems.iter().filter(|problem| problem.doubt.is_some()) {
                assert_eq!(report.source, page);
                // What vanished stands nowhere.
                let vanished = problem.doubt.as_ref().is_some_and(|name| name.starts_with("vanished:"));
                assert!(vanished || !page[problem.span.clone()].trim().is_empty(), "{problem:?}");
                assert!(problem.help.as_ref().is_some_and(|help| help.contains("<!-- allim: accept")), "{problem:?}");
            }
            // What is accepted in the page itself is not asked again.
            let names: Vec<String> = report.problems.iter().filter_map(|problem| problem.doubt.clone()).collect();
            proposal.octets.extend(format!("\n<!-- allim: accept\n{}\n-->\n", names.join("\n")).into_bytes());
            outcome = attempt(&proposal);
        }
        assert!(matches!(outcome, Outcome::Published(_)), "{at}: {outcome:?}");
    }
    assert_eq!(
        doubted,
        ["wrong-year:abstract:2024-06-11", "wrong-year:full-paper:2024-06-25", "vanished:abstract:2025-06-11"]
    );
    let of_files = {
        let desk = Desk::new();
        let mut before: Option<String> = None;
        for (at, page) in season() {
            let imported = import(&page, &Options::default(), before.as_deref()).expect("a file to import onto");
            let source = Source::File("season.toml".to_owned());
            desk.publish(&source, &imported.file, &["all"], instant(&at));
            before = Some(imported.file);
        }
        desk.history("season").pop().expect("a revision").revision.records
    };
    // The page, and the files made of it by hand, publish the same entries under the same stamps.
    assert_eq!(desk.history("season").pop().expect("a revision").revision.records, of_files);
}

const PAGE: &str = "---\ntitle: Maps 2027\nallim: { id: maps, url: 'https://example.org/maps/' }\n---\n\
    Date: 12 March 2027. Location: Nairobi, Kenya\n\n## Schedule\n\n| Time | What |\n|---|---|\n\
    | 9:00 - 9:10 | Welcome |\n| 9:10 - 10:00 | Keynote: Ada Otieno - Boda |\n| 10:00 - 10:30 | Break |\n\n\
    ## Dates\n\nAll dates are AoE.\n\n- Paper deadline: 15 January 2027\n- Notification: 1 February 2027\n";

fn onto(page: &str, before: &str) -> String {
    let imported = import(page, &Options::default(), Some(before)).expect("a file to import onto");
    assert!(imported.reading.programme.is_some(), "{}\n{:#?}", imported.file, imported.reading.problems);
    imported.file
}

#[test]
fn ids_comments_and_what_was_added_by_hand_outlive_the_next_version_of_the_page() {
    let first = import(PAGE, &Options::default(), None).expect("nothing to import onto").file;
    assert_eq!(onto(PAGE, &first), first, "the same page again changes nothing");
    let edited = first
        .replace("id = \"keynote-otieno\"", "id = \"the-keynote\"  # known to everybody")
        .replace("due = 2027-01-15", "due = 2027-01-15  # asked the chairs\nneeds = \"PDF, 8 pages\"")
        .replace("[[deadline]]  # page: kind title due\nid = \"notification\"", "# Ours.\n[[deadline]]\nid = \"slides\"\nkind = \"other\"\ntitle = \"Slides\"\ndue = 2027-03-01\n\n[[deadline]]  # page: kind title due\nid = \"notification\"")
        + "\n[privacy]\ncontroller = \"The chairs\"\n";
    assert_ne!(edited, first);
    let page = PAGE
        .replace("15 January 2027", "~~15 January 2027~~ **22 January 2027**")
        .replace("| 9:10 - 10:00 | Keynote: Ada Otieno - Boda |", "| 9:10 - 9:50 | Keynote: Ada Otieno - Boda boda |")
        .replace("| 10:00 - 10:30 | Break |\n", "| 9:50 - 10:10 | Wanjiru Kamau: *Two wheels, one GPS* |\n");
    let file = onto(&page, &edited);
    let is = programme(&file);
    assert_eq!(
        is.sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(),
        ["welcome", "the-keynote", "oral-kamau"]
    );
    assert_eq!(is.sessions[1].title, "Boda boda");
    let deadlines: Vec<&str> = is.deadlines.iter().map(|deadline| deadline.id.as_str()).collect();
    assert_eq!(deadlines, ["paper", "slides", "notification"]);
    assert_eq!((is.deadlines[0].needs.as_deref(), is.deadlines[0].was.len()), (Some("PDF, 8 pages"), 1));
    assert_eq!(is.privacy.clone().and_then(|privacy| privacy.controller).as_deref(), Some("The chairs"));
    for kept in ["# known to everybody", "due = 2027-01-22  # asked the chairs", "# Ours."] {
        assert!(file.contains(kept), "{kept} in\n{file}");
    }
    // Extended once more, with only the last date struck out: the first is not forgotten.
    let again = page.replace("~~15 January 2027~~ **22 January 2027**", "~~22 January 2027~~ **29 January 2027**");
    let was = programme(&onto(&again, &file)).deadlines[0].was.clone();
    assert_eq!(was.iter().map(|was| was.date().to_string()).collect::<Vec<_>>(), ["2027-01-15", "2027-01-22"]);
    // And back: the break returns, the talk goes, the hand-made deadline still stands.
    let back = programme(&onto(PAGE, &file));
    assert_eq!(
        back.sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(),
        ["welcome", "the-keynote", "break"]
    );
    assert!(back.deadlines.iter().any(|deadline| deadline.id.as_str() == "slides"));
}

#[test]
fn a_guess_never_beats_what_somebody_knows() {
    let page = PAGE.replace("All dates are AoE.\n\n", "");
    let first = import(&page, &Options::default(), None).expect("nothing to import onto").file;
    assert!(first.contains("time_zone = \"Africa/Nairobi\"  # guessed:"), "{first}");
    let known = first
        .replace("time_zone = \"Africa/Nairobi\"  # guessed: the clock of Kenya", "time_zone = \"Africa/Kampala\"");
    let again = onto(&page, &known);
    assert!(again.contains("time_zone = \"Africa/Kampala\"\n"), "{again}");
    // What the page states beats both.
    let stated = onto(&page.replace("| Time |", "| Time (South Africa Standard Time) |"), &again);
    assert!(stated.contains("time_zone = \"Africa/Johannesburg\"\n"), "{stated}");
}

#[test]
fn what_would_be_an_error_becomes_a_comment_and_is_told_with_its_line() {
    let page = PAGE.replace(
        "allim: { id: maps, url: 'https://example.org/maps/' }",
        "allim:\n  id: maps\n  url: 'https://example.org/maps/'\n  color: pinkish\n  venue: { geo: [1000, 2] }\n  \
         session: { welcome: { start: tomorrow } }",
    );
    let imported = import(&page, &Options::default(), None).expect("nothing to import onto");
    let is = imported.reading.programme.expect("a programme all the same");
    assert_eq!((is.color.as_deref(), is.venue.geo.as_ref(), is.sessions.len()), (None, None, 2));
    // The session without its start goes whole, and can be read on.
    assert!(imported.file.contains("# title = \"Welcome\""), "{}", imported.file);
    for comment in ["color = \"pinkish\"", "geo = [1000, 2]", "start = \"tomorrow\""] {
        let line =
            imported.file.lines().find(|line| line.contains(comment)).unwrap_or_else(|| panic!("{}", imported.file));
        assert!(line.starts_with("# "), "{line}");
    }
    let lines: Vec<(usize, &str)> = imported
        .reading
        .problems
        .iter()
        .filter(|problem| problem.what.starts_with("left out"))
        .map(|problem| (file::position(&page, problem.span.start).0, problem.what.as_str()))
        .collect();
    assert_eq!(lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [6, 7, 8], "{lines:?}");
}

#[test]
fn front_matter_that_is_no_yaml_is_told_and_the_page_is_read() {
    let page = PAGE.replace("title: Maps 2027", "title: \"Maps 2027");
    let imported = import(&page, &Options::named("maps-2027.md"), None).expect("nothing to import onto");
    assert!(
        imported.reading.problems.iter().any(|problem| problem.what.starts_with("the front matter cannot be read"))
    );
    assert_eq!(imported.reading.programme.expect("a programme").sessions.len(), 3);
}

#[test]
fn a_page_is_not_imported_onto_what_is_no_programme_file() {
    assert!(import(PAGE, &Options::default(), Some("[programme\n")).is_err());
}

#[test]
fn the_same_page_gives_the_same_file() {
    for name in pages() {
        assert_eq!(imported(&name, None).0.file, imported(&name, None).0.file, "{name}");
        let first = imported(&name, None).0.file;
        assert_eq!(imported(&name, Some(&first)).0.file, first, "{name} onto its own file");
    }
}

#[test]
fn doubts_about_a_page_are_asked_like_those_about_a_file() {
    let now = instant("2027-01-01T00:00:00Z");
    let before = consider_octets("maps.md", PAGE.as_bytes(), Beside::default(), now);
    let earlier = PAGE.replace("15 January 2027", "10 January 2027");
    let programme = before.programme.expect("a programme");
    let considered = consider_octets("maps.md", earlier.as_bytes(), Beside::after(&programme, &before.file), now);
    let text = considered.report.text(Drawing::Plain);
    assert!(text.contains("<!-- allim: accept brought-forward:paper:2027-01-10 --> into the page"), "{text}");
    assert!(text.contains("- Paper deadline: 10 January 2027"), "{text}");
}

#[test]
fn what_real_pages_do_is_read_as_it_is_meant() {
    let page = "# Maps of Small Towns (MAST 2027)\n\nDate: 12 March 2027. Location: Nairobi, Kenya\n\n## Schedule\n\n\
        | Time | |\n|---|---|\n| 1:30 - 1:40 | Wel\u{2}come |\n| 1:40 - 2:30 | **Keynote:** Prof. Ada Otieno (KEMRI, Kenya) |\n\
        | 2:30 - 3:00 | **Panel Discussion:** Ada Otieno, Joy Wanjiru and the organisers |\n\
        | 3:00 - 3:20 | Kofi Boateng, et al. Roads that move |\n\n\
        ## Accepted papers\n\nKofi Boateng, et al.: *Roads that move* [Link](https://papers.example.org/7)\n";
    let imported = import(page, &Options::default(), None).expect("nothing to import onto");
    let is = imported.reading.programme.expect("a programme");
    let told: Vec<(String, &str, Vec<&str>)> = is
        .sessions
        .iter()
        .map(|session| {
            let names = session.speakers.iter().map(|speaker| speaker.name.as_str()).collect();
            (session.start.clock(), session.title.as_str(), names)
        })
        .collect();
    assert_eq!(
        told,
        [
            // Hours that never get past twelve and begin at half past one are those of an afternoon, and said to be.
            ("13:30".to_owned(), "Welcome", vec![]),
            ("13:40".to_owned(), "TBC", vec!["Ada Otieno"]),
            ("14:30".to_owned(), "Panel Discussion", vec!["Ada Otieno", "Joy Wanjiru"]),
            ("15:00".to_owned(), "Roads that move", vec!["Kofi Boateng"]),
        ]
    );
    assert!(imported.file.contains("# guessed: the hours say neither am nor pm"), "{}", imported.file);
    assert_eq!(is.papers[0].title, "Roads that move");
    assert_eq!(is.papers[0].url.as_ref().map(url::Url::as_str), Some("https://papers.example.org/7"));
}

#[test]
fn what_was_left_out_is_said_once_and_no_longer_than_it_is_true() {
    let spoilt = PAGE.replace(
        "allim: { id: maps, url: 'https://example.org/maps/' }",
        "allim:\n  id: maps\n  url: 'https://example.org/maps/'\n  color: pinkish\n  \
         summary: \"a\\n\\n\\x01b\"\n  venue: { geo: [1000, 2] }\n  session: { welcome: { start: tomorrow } }",
    );
    let first = import(&spoilt, &Options::default(), None).expect("nothing to import onto").file;
    assert_eq!(first.matches("# left out (").count(), 5, "{first}");
    assert_eq!(onto(&spoilt, &first), first, "the same page again");
    // What somebody wrote by hand, and the reader refuses, stays to be mended by them.
    let by_hand = first.replace("[venue]  # page: city country geo", "[venue]  # page: city country geo\nmap = 7");
    assert_ne!(by_hand, first);
    let kept = onto(&spoilt, &by_hand);
    assert!(kept.contains("map = 7") && onto(&spoilt, &kept) == kept, "{kept}");
    // The page is mended.
    let mended = onto(PAGE, &kept);
    assert_eq!(mended.matches("# left out (").count(), 1, "{mended}");
    assert_eq!(onto(PAGE, &first), import(PAGE, &Options::default(), None).expect("nothing to import onto").file);
}

#[test]
fn what_the_file_cannot_be_without_is_a_guess_where_the_page_has_nothing() {
    let name = "x".repeat(70);
    let page = format!("# {name}\n\nDate: 12 March 2027\n");
    let first = import(&page, &Options::default(), None).expect("nothing to import onto").file;
    assert_eq!(onto(&page, &first), first);
    let domain = format!("{}.invalid", &name[..63]);
    assert!(first.contains(&domain), "{first}");
    let page = PAGE.replace("id: maps, url: 'https://example.org/maps/'", "id: maps, uid_domain: nowhere");
    let first = import(&page, &Options::default(), None).expect("nothing to import onto").file;
    assert!(first.contains("uid_domain = \"workshop.invalid\"  # guessed:"), "{first}");
    assert_eq!(onto(&page, &first), first);
}

#[test]
fn letters_that_are_longer_in_small_letters_move_nothing() {
    let page = PAGE.replace("| 10:00 - 10:30 | Break |", "| 10:00 - 10:30 | İpek Otieno et al\u{e9}. A title |");
    assert!(import(&page, &Options::default(), None).is_ok_and(|imported| imported.reading.programme.is_some()));
    let page = PAGE.replace("| 10:00 - 10:30 | Break |", "| 10:00 - 10:30 | İpek Otieno et al. A title |");
    let programme = import(&page, &Options::default(), None).expect("nothing to import onto").reading.programme;
    let last = programme.and_then(|programme| programme.sessions.last().cloned()).expect("a session");
    assert_eq!((last.title.as_str(), last.speakers[0].name.as_str()), ("A title", "İpek Otieno"));
}

#[test]
fn a_key_with_a_blank_is_none() {
    let page = PAGE.replace("id: maps,", "id: maps, 'a # b': 1, venue: { 'a b': 2, '': 3 },");
    let imported = import(&page, &Options::default(), None).expect("nothing to import onto");
    let told = imported.reading.problems.iter().filter(|problem| problem.what.ends_with("is no key"));
    assert_eq!(told.count(), 3, "{:#?}", imported.reading.problems);
    assert_eq!(onto(&page, &imported.file), imported.file);
}

#[test]
fn what_is_left_out_takes_nobodys_place() {
    // Two talks alike, the first of which ends at no hour: it must not become the second one when it comes again.
    let row = "| 9:10 - 10:00 | Keynote: Ada Otieno - Boda |\n";
    let page = PAGE
        .replace("id: maps,", "id: maps, session: { keynote-otieno: { end: never } },")
        .replace(row, &format!("{row}{}", row.replace("Boda", "Matatu")));
    let first = import(&page, &Options::default(), None).expect("nothing to import onto").file;
    let ids: Vec<String> = programme(&first).sessions.iter().map(|session| session.id.to_string()).collect();
    assert_eq!(ids, ["welcome", "keynote-ada-otieno", "break"], "{first}");
    assert_eq!(onto(&page, &first), first);
}

#[test]
fn what_cannot_be_printed_is_a_blank_or_nothing() {
    let page = PAGE.replace("Boda", "Bo\u{1}da\u{2028}boda");
    let is = import(&page, &Options::default(), None).expect("nothing to import onto").reading.programme;
    assert_eq!(is.expect("a programme").sessions[1].title, "Boda boda");
}

/// What means something to one of the readers a page goes through, or meant something it should not have.
const TOKENS: [&str; 72] = [
    "|",
    "\n|---|---|\n",
    "\n| ",
    "~~",
    "**",
    "*",
    "_",
    "`",
    "```\n",
    "[",
    "](https://example.org/a)",
    "](mailto:a@b.cd)",
    "]",
    "![",
    "<",
    ">",
    "> ",
    "- ",
    "1. ",
    "\n\n",
    "\r\n",
    "\t",
    "    ",
    "# ",
    "\n## Schedule\n\n",
    "\n## Dates\n\n",
    "\n## Accepted papers\n\n",
    "\n## Keynotes\n\n",
    "\n## Organizers\n\n",
    "\n## Awards\n\n",
    "\n## Call\n\n",
    "<table>",
    "<tr>",
    "<td>",
    "<td colspan=9>",
    "</td>",
    "</table>",
    "<p>",
    "<br>",
    "<s>",
    "<h2>",
    "<script>",
    "<!--",
    "-->",
    "<!-- allim: accept x -->",
    "---\n",
    "\nallim: { id: x }\n",
    "color: pinkish",
    "Date: ",
    "Location: ",
    "12 March 2027",
    "9:00 - 9:30",
    "11:30 pm",
    "AoE",
    "TBC",
    " et al. ",
    "Ada Otieno",
    "\"",
    "\"\"\"",
    "'",
    "\\",
    "# left out (",
    "  # page: id title",
    "\0",
    "\u{1}",
    "&#1;",
    "&nbsp;",
    "\u{202f}",
    "\u{2028}",
    "İ",
    "e\u{301}",
    "🧠",
];

prop_compose! {
    /// Lines of the fixtures in another order, with pieces cut out and tokens put in.
    fn spoilt_page()(
        pieces in vec((any::<Index>(), any::<Index>(), 1..40usize), 1..6),
        cuts in vec((any::<Index>(), 0..80usize), 0..6),
        tokens in vec((any::<Index>(), select(&TOKENS[..])), 0..24),
    ) -> String {
        let sources: Vec<String> = pages().iter().map(|name| read(&format!("tests/pages/{name}"))).collect();
        let mut page = String::new();
        for (source, from, count) in pieces {
            let lines: Vec<&str> = source.get(&sources).split_inclusive('\n').collect();
            let from = from.index(lines.len());
            page.extend(lines[from..].iter().take(count).copied());
        }
        let boundary = |page: &str, mut at: usize| {
            while !page.is_char_boundary(at) { at -= 1; }
            at
        };
        for (at, length) in cuts {
            let at = boundary(&page, at.index(page.len() + 1));
            let end = boundary(&page, (at + length).min(page.len()));
            page.replace_range(at..end.max(at), "");
        }
        for (at, token) in tokens {
            let at = boundary(&page, at.index(page.len() + 1));
            page.insert_str(at, token);
        }
        page
    }
}

/// What holds for whatever was made of a page.
fn holds(page: &str, imported: &Imported) -> Result<(), TestCaseError> {
    let Imported { file, reading } = imported;
    prop_assert!(reading.programme.is_some(), "{page}\n\n{file}\n{:#?}", reading.problems);
    prop_assert!(file::read(file).programme == reading.programme, "{page}\n\n{file}");
    for problem in &reading.problems {
        prop_assert!(page.get(problem.span.clone()).is_some(), "{problem:?} is nowhere in\n{page}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_page_holds_it_becomes_a_file_that_can_be_read(page in spoilt_page(), other in any::<Index>()) {
        let options = Options::named("a-page.md");
        let first = import(&page, &options, None).expect("nothing to import onto");
        holds(&page, &first)?;
        let again = import(&page, &options, Some(&first.file)).expect("a programme file");
        prop_assert_eq!(&again.file, &first.file, "onto its own file:\n{}", page);
        holds(&page, &again)?;
        let names = pages();
        let (another, _) = imported(&names[other.index(names.len())], None);
        match import(&page, &options, Some(&another.file)) {
            // A page that says its id is not put onto another's file.
            Err(NotOnto::Another { found, wanted }) => prop_assert_ne!(found, wanted),
            onto => holds(&page, &onto.expect("a programme file"))?,
        }
    }
}
