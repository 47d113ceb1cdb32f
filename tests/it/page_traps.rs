//! What pages say in ways that are easily misread: each was, once.

use allim::app::consider::{Beside, consider_octets};
use allim::domain::file::Level;
use allim::domain::programme::{Attendance, DeadlineKind, Programme, SessionKind};
use allim::exchange::page::{Imported, NotOnto, Options, import};

use crate::house::instant;

fn made(page: &str) -> Imported {
    import(page, &Options::named("traps.md"), None).expect("nothing to import onto")
}

fn programme(page: &str) -> Programme {
    let made = made(page);
    made.reading.programme.unwrap_or_else(|| panic!("{:#?}\n{}", made.reading.problems, made.file))
}

/// A page with these dates and this schedule.
fn page(dates: &str, schedule: &str) -> String {
    format!(
        "# Reading Rivers 2027\n\nDate: 21 May 2027, Nairobi, Kenya\n\n## Important dates\n\n{dates}\n\n## Schedule\n\n{schedule}\n"
    )
}

fn due(dates: &str) -> Vec<(String, String, Vec<String>)> {
    let programme = programme(&page(dates, ""));
    let each = programme.deadlines.iter().map(|deadline| {
        let was = deadline.was.iter().map(|was| was.civil.to_string()).collect();
        let due = deadline.due.moment().map_or("open".to_owned(), |due| due.civil.to_string());
        (deadline.title.clone(), due, was)
    });
    each.collect()
}

/// Start, end, room and title of each session.
fn slots(schedule: &str) -> Vec<String> {
    let programme = programme(&page("", schedule));
    let each = programme.sessions.iter().map(|session| {
        let room = session.room.as_deref().map_or(String::new(), |room| format!(" in {room}"));
        let clock = |stamp: &chrono::NaiveDateTime| stamp.format("%d %H:%M").to_string();
        format!("{} to {}{room}: {}", clock(&session.start.civil), clock(&session.end.civil), session.title)
    });
    each.collect()
}

fn errors(made: &Imported) -> Vec<&str> {
    let errors = made.reading.problems.iter().filter(|problem| problem.level == Level::Error);
    errors.map(|problem| problem.what.as_str()).collect()
}

#[test]
fn an_hour_behind_a_dash_is_no_day() {
    let found = due("- Paper submission: March 1, 2027 - 23:59\n- Notification: 1 April 2027 - 18:00");
    assert!(found[0].1.starts_with("2027-03-01"), "{found:?}");
    assert_eq!(found[1].1, "2027-04-01 18:00:00");
}

#[test]
fn what_a_date_was_is_told_in_words_too() {
    let found = due("- Paper submission: 1 March 2027 (was 15 February 2027)");
    assert_eq!(found.len(), 1);
    assert!(found[0].1.starts_with("2027-03-01"), "{found:?}");
    assert!(found[0].2.len() == 1 && found[0].2[0].starts_with("2027-02-15"), "{found:?}");
}

#[test]
fn each_column_of_dates_is_a_deadline_of_its_own() {
    let found = due("| | Regular | Late-breaking |\n|---|---|---|\n| Paper submission | 1 March 2027 | 1 April 2027 |");
    let told: Vec<(&str, &str)> = found.iter().map(|(title, due, _)| (title.as_str(), &due[..10])).collect();
    assert_eq!(told, [("Paper submission regular", "2027-03-01"), ("Paper submission late-breaking", "2027-04-01")]);
}

#[test]
fn a_date_that_cannot_be_read_is_told() {
    let made = made(&page("- Paper submission: the 31st of June 2027", ""));
    let told = made.reading.problems.iter().any(|problem| problem.what.contains("no date that can be read"));
    assert!(told, "{:#?}", made.reading.problems);
}

#[test]
fn dates_are_read_in_korean_and_in_german() {
    let korean = programme(
        "# 2027 강 읽기 워크숍\n\n2027년 5월 21일, 서울, 대한민국\n\n## 주요 일정\n\n- 논문 제출 마감: 2027년 3월 1일\n- 결과 통보: 2027. 4. 1.\n\n## 프로그램\n\n| 시간 | 내용 |\n|---|---|\n| 09:00 - 09:30 | 개회사 |\n| 09:30 - 10:00 | 휴식 |\n",
    );
    assert_eq!(korean.time_zone.name(), "Asia/Seoul");
    let kinds: Vec<DeadlineKind> = korean.deadlines.iter().map(|deadline| deadline.kind).collect();
    assert_eq!(kinds, [DeadlineKind::Submission, DeadlineKind::Notification]);
    let kinds: Vec<SessionKind> = korean.sessions.iter().map(|session| session.kind).collect();
    assert_eq!(kinds, [SessionKind::Ceremony, SessionKind::Break]);
    let german = programme(
        "# Flüsse lesen 2027\n\nDatum: 21. Mai 2027, Berlin, Deutschland\n\n## Termine\n\n- Einreichung der Beiträge: 1. März 2027\n\n## Programm\n\n| Zeit | Was |\n|---|---|\n| 9:00 - 9:30 Uhr | Begrüßung |\n",
    );
    assert_eq!((german.time_zone.name(), german.deadlines.len(), german.sessions.len()), ("Europe/Berlin", 1, 1));
    assert_eq!(german.dates.expect("a day").0.to_string(), "2027-05-21");
}

#[test]
fn hours_are_read_as_they_are_written() {
    let found = slots(
        "| Time | What |\n|---|---|\n| 10:15-1030 | Welcome |\n| 4 - 5pm | Panel: Who pays? |\n| 20h-21h | Reception |\n| 11:00 pm - 12:30 am | Star party |",
    );
    assert_eq!(
        found,
        [
            "21 10:15 to 21 10:30: Welcome",
            "21 16:00 to 21 17:00: Who pays?",
            "21 20:00 to 21 21:00: Reception",
            "21 23:00 to 22 00:30: Star party",
        ]
    );
}

#[test]
fn times_in_utc_stay_in_utc() {
    let programme = programme(&page("", "| Time (UTC) | What |\n|---|---|\n| 8:00 - 8:30 | Welcome |"));
    assert_eq!(programme.sessions[0].start.instant.to_rfc3339(), "2027-05-21T08:00:00+00:00");
}

#[test]
fn rooms_beside_each_other_are_read_with_their_own_hours() {
    let found = slots(
        "| Hall A | | Hall B | |\n|---|---|---|---|\n| 9:00-10:00 | Opening | 9:00-9:45 | Hands-on: Telescopes |\n| 10:00-10:30 | Coffee | 9:45-10:30 | Poster session |",
    );
    assert_eq!(
        found,
        [
            "21 09:00 to 21 10:00 in Hall A: Opening",
            "21 09:00 to 21 09:45 in Hall B: Hands-on: Telescopes",
            "21 09:45 to 21 10:30 in Hall B: Poster session",
            "21 10:00 to 21 10:30 in Hall A: Coffee",
        ]
    );
    let found = slots("| Time | Room 1 | Room 2 |\n|---|---|---|\n| 9:00-10:00 | Opening | Poster session |");
    assert_eq!(found, ["21 09:00 to 21 10:00 in Room 1: Opening", "21 09:00 to 21 10:00 in Room 2: Poster session"]);
}

#[test]
fn a_chair_is_no_speaker_and_a_part_in_a_session_no_affiliation() {
    let programme = programme(&page(
        "",
        "| Time | What | Speaker |\n|---|---|---|\n| 9:00-10:00 | Welcome (chair: Ada Lovelace) | |\n| 10:00-11:00 | Panel: Who pays? | Grace Hopper (Yale University), Ada Lovelace (moderator) |",
    ));
    assert!(programme.sessions[0].speakers.is_empty(), "{:?}", programme.sessions[0]);
    let speakers: Vec<_> =
        programme.sessions[1].speakers.iter().map(|who| (who.name.as_str(), who.affiliation.as_deref())).collect();
    assert_eq!(speakers, [("Grace Hopper", Some("Yale University")), ("Ada Lovelace", None)]);
}

#[test]
fn a_page_of_another_year_does_not_lend_its_day() {
    let past = programme(
        "# Reading Rivers 2027\n\nThe last edition was held on 3 May 2025 in Oslo, Norway.\n\n## Important dates\n\n- Paper submission: 1 March 2027\n",
    );
    assert_eq!(past.dates, None);
}

#[test]
fn a_page_that_cannot_be_understood_is_refused_for_one_reason() {
    for nothing in ["", "\n\n", "hello"] {
        assert_eq!(errors(&made(nothing)), ["nothing of a workshop was found on this page"]);
    }
    let whole = page("- Paper submission: 1 March 2027", "");
    let broken = made(&format!("---\ntitle: a\n  bad: [\n---\n{whole}"));
    assert!(
        matches!(errors(&broken).as_slice(), [one] if one.starts_with("the front matter cannot be read: line 2")),
        "{:?}",
        errors(&broken)
    );
    let nothing_else = made("---\ntitle: a\n  bad: [\n---\n");
    assert!(
        matches!(errors(&nothing_else).as_slice(), [one] if one.starts_with("the front matter")),
        "{nothing_else:?}"
    );
    let zone = made(&format!("---\nallim: {{ time_zone: Mars/Olympus }}\n---\n{whole}"));
    assert!(matches!(errors(&zone).as_slice(), [one] if one.contains("Mars/Olympus")), "{:?}", errors(&zone));
    let id = made(&format!("---\nallim: {{ id: My Workshop }}\n---\n{whole}"));
    assert!(matches!(errors(&id).as_slice(), [one] if one.contains("My Workshop")), "{:?}", errors(&id));
    let page_of_it = format!("---\nallim: {{ id: My Workshop }}\n---\n{whole}");
    let again = import(&page_of_it, &Options::named("traps.md"), Some(&id.file)).expect("its own file");
    assert_eq!(again.file, id.file);
    assert_eq!(id.reading.problems.len(), 1, "guesses wait until the page is read: {:#?}", id.reading.problems);
}

#[test]
fn what_is_yours_stays_yours_when_the_page_comes_again() {
    let first = page("- Paper submission: 1 March 2027", "| Time | What |\n|---|---|\n| 9:00-10:00 | Opening |");
    let own = made(&first).file.replace(
        "\n[[session]]",
        "\n[[deadline]]\nid = \"visa\"\nkind = \"other\"\ntitle = \"Visa letters\"\ndue = 2027-04-01\n\n[[session]]",
    );
    let own = own.replace("kind = \"ceremony\"", "kind = \"ceremony\"\nroom = \"Aula\"");
    let moved = first.replace("1 March", "8 March").replace("Opening", "Opening remarks");
    let again = import(&moved, &Options::named("traps.md"), Some(&own)).expect("its own file");
    let programme = again.reading.programme.expect("a programme");
    let titles: Vec<&str> = programme.deadlines.iter().map(|deadline| deadline.title.as_str()).collect();
    assert!(titles.contains(&"Visa letters"), "{titles:?}");
    assert_eq!(programme.sessions[0].room.as_deref(), Some("Aula"));
    assert_eq!(programme.sessions[0].title, "Opening remarks");
    // What goes with an entry that left the page is told.
    let without = first.replace("| 9:00-10:00 | Opening |", "| 14:00-15:00 | Poster session |");
    let lost = import(&without, &Options::named("traps.md"), Some(&own)).expect("its own file");
    assert!(lost.reading.problems.iter().any(|problem| problem.what.contains("room")), "{:#?}", lost.reading.problems);
    // Another workshop's file is not taken.
    let other = format!("---\nallim: {{ id: other }}\n---\n{first}");
    let refused = import(&other, &Options::named("traps.md"), Some(&own)).expect_err("another workshop");
    assert!(matches!(refused, NotOnto::Another { .. }), "{refused}");
}

#[test]
fn a_page_that_breaks_is_asked_nothing_and_what_was_up_stays_up() {
    let whole = page("- Paper submission: 1 March 2027", "| Time | What |\n|---|---|\n| 9:00-10:00 | Opening |");
    let now = instant("2026-11-25T10:00:00Z");
    let before = consider_octets("traps.md", whole.as_bytes(), Beside::default(), now);
    let live = before.publishable().expect("a programme");
    let broken = consider_octets("traps.md", b"---\ntitle: a\n  bad: [\n---\n", Beside::after(live, &before.file), now);
    let told: Vec<(Level, &str)> =
        broken.report.problems.iter().map(|problem| (problem.level, problem.what.as_str())).collect();
    assert!(matches!(told.as_slice(), [(Level::Error, one)] if one.starts_with("the front matter")), "{told:?}");
    assert!(broken.publishable().is_none());
}

#[test]
fn how_people_take_part_is_no_place() {
    let ways = [
        ("Lyon, France. In person", Attendance::InPerson),
        ("Lyon, France, in person only", Attendance::InPerson),
        ("Lyon, France (hybrid)", Attendance::Hybrid),
    ];
    for (place, way) in ways {
        let is = programme(&format!("# Rivers 2027\n\n- Date: 21 May 2027\n- Location: {place}\n"));
        let venue = (is.venue.name.as_deref(), is.venue.city.as_deref(), is.venue.country.as_deref());
        assert_eq!(venue, (None, Some("Lyon"), Some("France")), "{place}");
        assert_eq!(is.attendance, way, "{place}");
    }
}
