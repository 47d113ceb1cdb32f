//! What organizers announce, as people get it: who, when, in which words; held, taken back, about a date that moved.

use std::process::Output;

use allim::app::announce::{self, Draft, NotAnnounced, draft, take_back, words};
use allim::app::consider::programme_of;
use allim::app::explain::{Question, explain};
use allim::app::manage::Ask;
use allim::app::plan::hold::Release;
use allim::domain::announcement::{Addressees, Says};
use allim::domain::language::Language;
use allim::domain::notice::NoticeKind;
use allim::domain::programme::Programme;
use allim::domain::subscription::{ReaderRole, Wish};
use allim::mail::transport::Act;
use chrono::TimeDelta;

use crate::house::{golden, instant, wait};
use crate::office::{Office, read, wish};
use crate::organizers::{Running, link, readable};
use crate::relay::Relay;
use crate::reminders::{deadline, file};

const ANN: &str = "ann@example.org";
const BO: &str = "bo@example.org";
const CHI: &str = "chi@example.org";
const MINUTE: TimeDelta = TimeDelta::minutes(1);
const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

const SESSION: &str = "[[session]]\nid = \"talk\"\nkind = \"keynote\"\ntitle = \"A keynote\"\n\
    start = 2025-09-23T14:00:00\nend = 2025-09-23T15:00:00\nroom = \"DCC1\"\n";

fn paper(due: &str) -> String {
    file(&[deadline("full-paper", "submission", due), SESSION.to_owned()])
}

fn with_camera(camera: &str) -> String {
    let camera = deadline("camera-ready", "camera-ready", camera);
    file(&[deadline("full-paper", "submission", "2025-06-25"), camera])
}

fn attendee(zone: &str) -> Wish {
    Wish { role: ReaderRole::Attendee, ..wish(zone, "") }
}

async fn programme(office: &Office) -> Programme {
    let head = office.app.store().head(&office.programme).await.expect("read").expect("a head");
    programme_of(&head.revision).expect("a programme")
}

/// Announces it as a second process would: into the store, and nothing more.
async fn announce_as(office: &Office, to: Addressees, about: Option<&str>, at_once: bool) -> Draft {
    let programme = programme(office).await;
    let says = words(&programme, "News", b"There are *news*.\n", about).expect("words");
    let draft = draft(office.app.store(), &programme, to, says, at_once, office.now()).await.expect("a draft");
    announce::announce(office.app.store(), &draft).await.expect("announced");
    draft
}

async fn announce(office: &Office, to: Addressees, about: Option<&str>) -> Draft {
    announce_as(office, to, about, false).await
}

async fn decisions(office: &Office) -> Draft {
    let programme = programme(office).await;
    let store = office.app.store();
    let draft = draft(store, &programme, Addressees::Authors, Says::Decisions, false, office.now()).await;
    let draft = draft.expect("a draft");
    announce::announce(store, &draft).await.expect("announced");
    draft
}

async fn undo(office: &Office, kind: NoticeKind) -> Result<String, String> {
    take_back(office.app.store(), &office.programme, kind, office.now()).await.expect("written")
}

/// What came to whom, without confirmations.
fn lines(office: &Office) -> Vec<String> {
    let came = office.mails().into_iter().filter(|mail| !mail.text.contains("/confirm/"));
    let mut came: Vec<_> = came.collect();
    came.sort_by(|one, other| (one.date, &one.to).cmp(&(other.date, &other.to)));
    came.iter().map(|mail| format!("{} {} {}", mail.date.format("%d %b %H:%M"), mail.to, mail.subject)).collect()
}

#[test]
fn each_audience_gets_what_is_for_it_ten_minutes_later_and_who_comes_later_does_not() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-05-01T08:00:00Z").await;
        office.join("2025-05-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        office.join("2025-05-01T08:00:00Z", BO, attendee("Asia/Seoul")).await;
        let korean = Wish { language: Language::Korean, ..wish("Asia/Seoul", "") };
        office.join("2025-05-01T08:00:00Z", CHI, korean).await;
        office.pass("2025-05-02T08:00:00Z", HOUR).await;
        for (to, at) in [(Addressees::Authors, "08:00"), (Addressees::Attendees, "09:00"), (Addressees::All, "10:00")] {
            office.pass(&format!("2025-05-02T{at}:00Z"), MINUTE).await;
            announce(&office, to, None).await;
            office.tick().await;
        }
        office.join("2025-05-02T10:05:00Z", "late@example.org", wish("Asia/Seoul", "")).await;
        office.pass("2025-05-03T08:00:00Z", MINUTE).await;
        let subject = "[FAIR 2025] News";
        assert_eq!(
            lines(&office),
            [
                format!("02 May 08:10 {ANN} {subject}"),
                format!("02 May 08:10 {CHI} {subject}"),
                format!("02 May 09:10 {BO} {subject}"),
                format!("02 May 10:10 {ANN} {subject}"),
                format!("02 May 10:10 {BO} {subject}"),
                format!("02 May 10:10 {CHI} {subject}"),
            ]
            .map(String::from)
        );
        // The words are theirs as they are, the frame is in the reader's language.
        let text = |address| office.to(address).pop().expect("a mail").text;
        assert!(text(ANN).contains("There are news.") && text(ANN).contains("the words of the organizers"));
        assert!(text(CHI).contains("There are news.") && text(CHI).contains("조직위원회의 공지"));
        assert!(text(BO).contains("/unsubscribe/"), "who gets it can leave");
    });
}

#[test]
fn a_reminder_that_may_have_arrived_is_not_sent_again_behind_an_announcement_that_says_it_too() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-24T08:00:00Z").await;
        office.join("2025-06-24T08:00:00Z", ANN, wish("Asia/Seoul", "1d 12h")).await;
        office.pass("2025-06-25T11:58:00Z", HOUR).await;
        // The relay takes it, and is gone before it says so.
        office.then(Act::LoseAfterDot);
        office.pass("2025-06-25T11:59:00Z", MINUTE).await;
        announce_as(&office, Addressees::All, Some("full-paper"), true).await;
        office.pass("2025-06-25T23:58:00Z", MINUTE).await;
        assert_eq!(lines(&office), [format!("25 Jun 12:00 {ANN} [FAIR 2025] News")]);
        // Where nothing else says it, it goes once more.
        office.then(Act::LoseAfterDot);
        office.pass("2025-06-26T02:00:00Z", MINUTE).await;
        assert_eq!(lines(&office).len(), 2, "{:?}", lines(&office));
    });
}

#[test]
fn what_is_taken_back_in_time_nobody_gets_and_what_is_not_held_goes_at_once() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-05-01T08:00:00Z").await;
        office.join("2025-05-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        assert!(undo(&office, NoticeKind::Announcement).await.is_err(), "nothing was announced");
        announce(&office, Addressees::All, None).await;
        office.pass("2025-05-01T08:09:00Z", MINUTE).await;
        assert_eq!(undo(&office, NoticeKind::Announcement).await.unwrap(), "\"News\" is taken back; nobody got it");
        office.pass("2025-05-01T09:00:00Z", MINUTE).await;
        assert_eq!(lines(&office), Vec::<String>::new());
        announce_as(&office, Addressees::All, None, true).await;
        office.tick().await;
        assert_eq!(lines(&office), [format!("01 May 09:00 {ANN} [FAIR 2025] News")]);
        let refused = undo(&office, NoticeKind::Announcement).await.unwrap_err();
        assert_eq!(refused, "all of \"News\" has left: 1 mail; nothing can be taken back");
        // What was made and waits for the relay is taken back too.
        office.join("2025-05-02T08:00:00Z", BO, wish("Asia/Seoul", "")).await;
        office.then(Act::Delay(allim::domain::notice::Blame::Message));
        announce_as(&office, Addressees::All, None, true).await;
        office.tick().await;
        let said = undo(&office, NoticeKind::Announcement).await.unwrap();
        assert_eq!(said, "\"News\" is taken back: 1 mail withdrawn, 1 left before");
        office.pass("2025-05-03T08:00:00Z", HOUR).await;
        assert_eq!(lines(&office).len(), 2);
    });
}

#[test]
fn about_a_date_that_moved_it_is_the_correction() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-10T08:00:00Z").await;
        office.join("2025-06-10T08:00:00Z", ANN, wish("Europe/Copenhagen", "7d@09:00 1d@09:00")).await;
        office.join("2025-06-10T08:00:00Z", BO, attendee("Asia/Seoul")).await;
        office.publish("2025-06-24T20:13:00Z", &paper("2025-06-30")).await;
        // Whoever confirms meanwhile was told the new date, and is not one of those it is for.
        office.join("2025-06-24T20:15:00Z", "new@example.org", wish("Europe/London", "")).await;
        office.join("2025-06-24T20:15:00Z", CHI, wish("Asia/Seoul", "")).await;
        office.pass("2025-06-24T20:17:00Z", MINUTE).await;
        let draft = announce(&office, Addressees::All, Some("full-paper")).await;
        // An attendee hears nothing of papers.
        assert_eq!(
            draft.people(),
            "it reaches 3 authors (3 in en)\nleft out: 1, for they hear nothing of this deadline: it is not for them, or they unticked it\n"
        );
        office.join("2025-06-24T20:20:00Z", "later@example.org", wish("Asia/Seoul", "")).await;
        let before = lines(&office).len();
        office.pass("2025-06-24T21:00:00Z", MINUTE).await;
        assert_eq!(
            lines(&office)[before..],
            [
                format!("24 Jun 20:27 {ANN} [FAIR 2025] News"),
                format!("24 Jun 20:27 {CHI} [FAIR 2025] News"),
                "24 Jun 20:27 new@example.org [FAIR 2025] News".to_owned(),
            ]
        );
        let text = |address| office.to(address).pop().expect("a mail").text;
        golden("stories/announcement-moved.txt", text(ANN).as_bytes_without_links().as_slice());
        assert!(text(ANN).contains("Extended by 5 days") && text(ANN).contains("You were told: "), "{}", text(ANN));
        assert!(!text(CHI).contains("Extended") && !text(CHI).contains("You were told"), "{}", text(CHI));
        // Reminders of the new date go on; nothing is told twice.
        office.pass("2025-07-02T00:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN),
            [
                "19 Jun 07:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen",
                "24 Jun 20:27 [FAIR 2025] News",
                "30 Jun 07:00 [FAIR 2025] full paper due Tue 1 Jul, 13:59 Copenhagen",
            ]
        );
        assert_eq!(office.lines(CHI).len(), 2, "{:?}", office.lines(CHI));
    });
}

/// A golden text must not change with every key.
trait Links {
    fn as_bytes_without_links(&self) -> Vec<u8>;
}

impl Links for String {
    fn as_bytes_without_links(&self) -> Vec<u8> {
        let word = |word: &str| match word.rsplit_once('/') {
            Some((verb, token)) if word.starts_with("https://calendar.example.org/") && !token.is_empty() => {
                format!("{verb}/…")
            }
            _ => word.to_owned(),
        };
        let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
        self.lines().map(|text| line(text) + "\n").collect::<String>().into_bytes()
    }
}

#[test]
fn taken_back_the_change_is_told_by_a_correction() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-10T08:00:00Z").await;
        office.join("2025-06-10T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        office.publish("2025-06-12T20:13:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-12T20:20:00Z", MINUTE).await;
        announce(&office, Addressees::Authors, Some("full-paper")).await;
        office.pass("2025-06-12T20:28:00Z", MINUTE).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new(), "the change waits for the announcement");
        undo(&office, NoticeKind::Announcement).await.unwrap();
        office.pass("2025-06-12T21:00:00Z", MINUTE).await;
        let told = ["12 Jun 20:29 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen"];
        assert_eq!(office.lines(ANN), told);
        // What was made already, and waits for the relay, is taken back too.
        office.publish("2025-06-13T20:13:00Z", &paper("2025-07-02")).await;
        announce_as(&office, Addressees::Authors, Some("full-paper"), true).await;
        office.then(Act::Delay(allim::domain::notice::Blame::Message));
        office.pass("2025-06-13T20:23:00Z", MINUTE).await;
        assert_eq!(office.lines(ANN), told);
        undo(&office, NoticeKind::Announcement).await.unwrap();
        office.pass("2025-06-13T21:00:00Z", MINUTE).await;
        assert_eq!(
            office.lines(ANN)[1..],
            ["13 Jun 20:24 [FAIR 2025] EXTENDED: full paper now Thu 3 Jul, 13:59 Copenhagen"]
        );
    });
}

#[test]
fn a_date_that_moves_while_it_waits_is_stated_as_it_is() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.join("2025-06-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        // Before its mails are made: it waits for the end of the hold of the change, and tells it.
        announce(&office, Addressees::Authors, Some("full-paper")).await;
        office.pass("2025-06-01T08:05:00Z", MINUTE).await;
        office.publish("2025-06-01T08:05:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-01T09:00:00Z", MINUTE).await;
        assert_eq!(office.lines(ANN), ["01 Jun 08:15 [FAIR 2025] News"]);
        let text = |office: &Office| office.to(ANN).pop().expect("a mail").text;
        assert!(text(&office).contains("Tue 1 July 2025, 13:59") && text(&office).contains("Extended"));
        // After: the mail that waits is made anew with the date that is so.
        office.pass("2025-06-02T08:00:00Z", HOUR).await;
        announce(&office, Addressees::Authors, Some("full-paper")).await;
        for _ in 0..3 {
            office.then(Act::Delay(allim::domain::notice::Blame::Message));
        }
        office.pass("2025-06-02T08:14:00Z", MINUTE).await;
        office.publish("2025-06-02T08:14:00Z", &paper("2025-07-02")).await;
        office.pass("2025-06-03T08:00:00Z", MINUTE).await;
        let came = office.lines(ANN);
        assert_eq!(came.len(), 2, "{came:?}");
        assert!(came[1].starts_with("02 Jun 08:2") && came[1].ends_with("News"), "{came:?}");
        assert!(text(&office).contains("Thu 3 July 2025, 13:59") && text(&office).contains("Extended by 2 days"));
        office.publish("2025-06-04T08:14:00Z", &paper("2025-07-03")).await;
        office.pass("2025-06-04T09:00:00Z", MINUTE).await;
        assert_eq!(
            office.lines(ANN)[2..],
            ["04 Jun 08:24 [FAIR 2025] EXTENDED: full paper now Fri 4 Jul, 13:59 Copenhagen"]
        );
    });
}

#[test]
fn two_about_one_deadline_are_both_sent_and_only_the_first_says_that_it_moved() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.join("2025-06-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        office.publish("2025-06-02T08:00:00Z", &paper("2025-06-30")).await;
        for to in [Addressees::Authors, Addressees::All] {
            announce_as(&office, to, Some("full-paper"), true).await;
        }
        office.pass("2025-06-02T09:00:00Z", MINUTE).await;
        let texts: Vec<bool> = office.to(ANN).iter().skip(1).map(|mail| mail.text.contains("Extended")).collect();
        assert_eq!(texts, [true, false], "{:?}", office.lines(ANN));
    });
}

#[test]
fn about_a_session_it_shows_it() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.join("2025-06-01T08:00:00Z", BO, attendee("Europe/Copenhagen")).await;
        announce(&office, Addressees::All, Some("talk")).await;
        office.pass("2025-06-01T08:20:00Z", MINUTE).await;
        let mail = office.to(BO).pop().expect("a mail");
        golden("stories/announcement-session.txt", mail.text.as_bytes_without_links().as_slice());
    });
}

#[test]
fn killed_between_making_and_sending_nobody_gets_it_twice() {
    wait(async {
        let mut office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        let people: Vec<String> = (0..8).map(|n| format!("p{n}@example.org")).collect();
        for person in &people {
            office.join("2025-06-01T08:00:00Z", person, wish("Europe/Copenhagen", "")).await;
        }
        office.publish("2025-06-02T08:00:00Z", &paper("2025-06-30")).await;
        announce(&office, Addressees::All, Some("full-paper")).await;
        announce(&office, Addressees::All, None).await;
        office.sleep_until("2025-06-02T08:30:00Z");
        // Made, and not sent.
        allim::app::plan::tick(&office.app).await.expect("planned");
        office = office.restart().await;
        // Planned again from the beginning, as where the process ended before all was noted.
        office.tick().await;
        office = office.restart().await;
        office.pass("2025-06-02T10:00:00Z", MINUTE).await;
        for person in &people {
            assert_eq!(office.lines(person), ["02 Jun 08:30 [FAIR 2025] News", "02 Jun 08:30 [FAIR 2025] News"]);
        }
    });
}

#[test]
fn who_leaves_while_it_waits_does_not_get_it() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        let ann = office.join("2025-06-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        let bo = office.join("2025-06-01T08:00:00Z", BO, wish("Europe/Copenhagen", "")).await;
        announce(&office, Addressees::All, Some("full-paper")).await;
        office.pass("2025-06-01T08:05:00Z", MINUTE).await;
        office.act(&ann, &Ask::Leave).await;
        // Whoever comes back comes back to what is announced from then on.
        office.act(&bo, &Ask::Leave).await;
        office.pass("2025-06-01T08:06:00Z", MINUTE).await;
        office.act(&bo, &Ask::Return).await;
        office.pass("2025-06-02T08:00:00Z", HOUR).await;
        assert_eq!(lines(&office), Vec::<String>::new());
        // Also when it was made, and waits for the relay.
        office.then(Act::Delay(allim::domain::notice::Blame::Message));
        announce_as(&office, Addressees::All, None, true).await;
        office.tick().await;
        office.act(&bo, &Ask::Leave).await;
        office.pass("2025-06-03T08:00:00Z", HOUR).await;
        assert_eq!(lines(&office), Vec::<String>::new());
    });
}

#[test]
fn whose_date_is_kept_back_is_not_told_it_by_an_announcement() {
    wait(async {
        let office = Office::open(&with_camera("2025-08-25"), "2025-07-01T08:00:00Z").await;
        office.join("2025-07-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        let bo = office.join("2025-07-01T08:00:00Z", BO, wish("Europe/Copenhagen", "")).await;
        office.act(&bo, &Ask::Accepted(Some(true))).await;
        announce(&office, Addressees::Authors, Some("camera-ready")).await;
        office.pass("2025-07-01T09:00:00Z", MINUTE).await;
        assert_eq!(lines(&office), [format!("01 Jul 08:10 {BO} [FAIR 2025] News")]);
    });
}

#[test]
fn bad_words_are_refused_with_what_is_wrong() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        let programme = programme(&office).await;
        let said = |subject: &str, body: &[u8], about: Option<&str>| {
            words(&programme, subject, body, about).expect_err("refused").to_string()
        };
        assert!(said("  ", b"x", None).starts_with("the subject is empty"));
        assert!(said("a\nb", b"x", None).contains("one line"));
        assert!(said(&"x".repeat(121), b"x", None).contains("121 characters; 120 are the most"));
        assert!(said("News", b" \n", None).contains("nothing of it would be read"));
        assert!(said("News", b"<!-- nothing -->", None).contains("nothing of it would be read"));
        assert!(said("News", &b"x".repeat(10_001), None).contains("10001 characters; 10000 are the most"));
        assert!(said("News", b"caf\xe9", None).contains("not written in UTF-8 (byte 4)"));
        assert_eq!(
            said("News", b"x", Some("paper")),
            "fair-2025 has no deadline or session paper; it has full-paper, talk"
        );
        let draft = draft(
            office.app.store(),
            &programme,
            Addressees::All,
            words(&programme, "News", "\u{feff}Words".as_bytes(), None).expect("words"),
            false,
            office.now(),
        );
        let draft = draft.await.expect("a draft");
        let refused = announce::announce(office.app.store(), &draft).await;
        assert!(matches!(refused, Err(NotAnnounced::Nobody)), "{refused:?}");
    });
}

#[test]
fn whatever_an_organizer_writes_the_mail_is_safe() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.join("2025-06-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        let programme = programme(&office).await;
        let long = "very long ".repeat(500);
        let body = format!(
            "<b onclick=\"x()\">Hello</b> <script>alert(1)</script>\n\n[click](javascript:alert(1)) \
             ![pixel](https://tracker.example/p.gif)\n\n{long}\n\n{}",
            "x".repeat(2000)
        );
        let says = words(&programme, "=?utf-8?q?News?= <b>", body.as_bytes(), None).expect("words");
        let draft = draft(office.app.store(), &programme, Addressees::All, says, true, office.now()).await;
        announce::announce(office.app.store(), &draft.expect("a draft")).await.expect("announced");
        office.tick().await;
        let octets = office.memory().taken().pop().expect("a mail").octets;
        assert!(octets.split(|octet| *octet == b'\n').all(|line| line.len() <= 999));
        let mail = read(&office.memory().taken().pop().expect("a mail"));
        assert_eq!(mail.subject, "[FAIR 2025] = ?utf-8?q?News?= <b>");
        let parsed = mail_parser::MessageParser::default().parse(&octets).expect("a mail");
        let html = parsed.body_html(0).expect("html").into_owned();
        for bad in ["<script", "onclick", "javascript:", "<img", "tracker.example"] {
            assert!(!html.contains(bad) && !mail.text.contains("javascript:"), "{bad}: {html}");
        }
        assert!(html.contains("very long very long") && mail.text.contains("Hello"));
    });
}

#[test]
fn decisions_are_asked_once_and_once_more() {
    wait(async {
        let office = Office::open(&with_camera("2025-08-25"), "2025-06-01T08:00:00Z").await;
        let ann = office.join("2025-06-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "7d@09:00 1d@09:00")).await;
        let bo = office.join("2025-06-01T08:00:00Z", BO, wish("Asia/Seoul", "")).await;
        office.join("2025-06-01T08:00:00Z", CHI, wish("Asia/Seoul", "")).await;
        office.join("2025-06-01T08:00:00Z", "dan@example.org", attendee("Asia/Seoul")).await;
        office.pass("2025-07-18T09:00:00Z", DAY).await;
        let before = lines(&office).len();
        // Taken back, nobody is asked.
        decisions(&office).await;
        assert_eq!(
            undo(&office, NoticeKind::Decisions).await.unwrap(),
            "that decisions are out is taken back; nobody got it"
        );
        office.pass("2025-07-18T10:00:00Z", MINUTE).await;
        decisions(&office).await;
        office.pass("2025-07-18T11:00:00Z", MINUTE).await;
        let asked: Vec<String> =
            [ANN, BO, CHI].map(|who| format!("18 Jul 10:10 {who} [FAIR 2025] Decisions are out: what next?")).to_vec();
        assert_eq!(lines(&office)[before..], asked);
        let mail = office.to(ANN).pop().expect("a mail");
        assert!(mail.text.contains("we remind you of: camera ready.") && mail.text.contains("/accepted/"));
        assert!(!mail.text.contains("Aug"), "no date of what is for accepted ones");
        office.act(&ann, &Ask::Accepted(Some(true))).await;
        office.act(&bo, &Ask::Accepted(Some(false))).await;
        // Announced again, nobody is asked again.
        let (store, programme) = (office.app.store(), programme(&office).await);
        let again = draft(store, &programme, Addressees::Authors, Says::Decisions, false, office.now()).await;
        let again = again.expect("a draft");
        assert_eq!(
            again.people(),
            "it reaches nobody\nleft out: 2, for they have said already whether they were accepted\n\
             left out: 1, for they were written to about it before, and are once\n"
        );
        assert!(matches!(announce::announce(store, &again).await, Err(NotAnnounced::Nobody)));
        office.pass("2025-08-30T00:00:00Z", HOUR).await;
        assert_eq!(
            lines(&office)[before + 3..],
            [
                format!("19 Aug 00:00 {CHI} [FAIR 2025] Decisions are out: what next?"),
                format!("19 Aug 07:00 {ANN} [FAIR 2025] camera ready due Tue 26 Aug, 13:59 Copenhagen"),
                format!("25 Aug 07:00 {ANN} [FAIR 2025] camera ready due Tue 26 Aug, 13:59 Copenhagen"),
            ]
        );
        let mail = office.to(CHI).pop().expect("a mail");
        assert!(mail.text.contains("We asked you before, and do not ask again."), "{}", mail.text);
        assert!(office.now() > instant("2025-08-29T00:00:00Z"));
    });
}

fn said(output: &Output) -> (Option<i32>, String) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), format!("{out}{err}"))
}

#[test]
fn from_the_command_line_to_the_relay() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = Running::start(&relay, &["--from", "reminders@example.org"]);
    let write = |name: &str, text: &[u8]| std::fs::write(running.folder.path().join(name), text).expect("written");
    write("words.md", b"We have a *room*.\n");
    write("empty.md", b"\n");
    write("latin.md", b"caf\xe9");
    write("authors.csv", b"Email\nada@example.org\n");
    let allim = |arguments: &[&str]| said(&running.allim(arguments));
    let announce = |more: &[&str]| {
        let known = ["announce", "pacific-2027", "--to", "authors", "--subject", "The room", "--body", "words.md"];
        allim(&[&known, more].concat())
    };

    // Wrong usage is told apart from what is refused.
    let (code, text) = allim(&["announce", "pacific-2027", "--to", "everyone", "--subject", "x", "--body", "words.md"]);
    assert!(code == Some(2) && text.contains("it can be authors, attendees or all"), "{text}");
    assert_eq!(allim(&["announce", "pacific-2027"]).0, Some(2));
    assert_eq!(announce(&["--undo"]).0, Some(2));
    let (code, text) = announce(&["--about", "papers"]);
    assert!(code == Some(1) && text.contains("pacific-2027 has no deadline or session papers; it has "), "{text}");
    for (body, reason) in [
        ("empty.md", "empty.md: nothing of it would be read"),
        ("latin.md", "latin.md: it is not written in UTF-8 (byte 4)"),
        ("none.md", "none.md: "),
    ] {
        let (code, text) = allim(&["announce", "pacific-2027", "--to", "all", "--subject", "The room", "--body", body]);
        assert!(code == Some(1) && text.contains(reason), "{text}");
    }
    let (code, text) = announce(&[]);
    assert!(code == Some(1) && text.contains("it reaches nobody") && text.contains("nothing is announced"), "{text}");
    let (code, text) = allim(&["announce", "other", "--to", "all", "--subject", "x", "--body", "words.md"]);
    assert!(code == Some(1) && text.contains("there is no programme other"), "{text}");
    let (code, text) = allim(&["announce", "pacific-2027", "--undo"]);
    assert!(code == Some(1) && text.contains("has nothing announced"), "{text}");

    assert_eq!(
        allim(&["subscribers", "import", "pacific-2027", "authors.csv", "--reason", "You submitted"]).0,
        Some(0)
    );
    relay.wait_until("the invitation", |arrived| arrived.len() == 1);
    let confirm = link(&readable(&relay.arrived()[0].octets), "confirm");
    assert_eq!(running.ask("POST", &confirm).status, 200);

    let (code, text) = announce(&["--dry-run"]);
    assert_eq!(code, Some(0), "{text}");
    for part in ["Subject: [Pacific 2027] The room", "We have a room.", "1 author (1 in en)", "--undo takes it back"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("ada@example.org"), "an address is nobody's business: {text}");
    assert_eq!(allim(&["announce", "pacific-2027", "--undo"]).0, Some(1), "nothing was announced");
    assert_eq!(announce(&[]).0, Some(0));
    let (code, text) = allim(&["announce", "pacific-2027", "--undo"]);
    assert!(code == Some(0) && text.contains("\"The room\" is taken back; nobody got it"), "{text}");
    let (code, text) = announce(&["--now", "--about", "full-paper"]);
    assert!(code == Some(0) && text.contains("it leaves at once"), "{text}");
    relay.wait_until("the announcement", |arrived| arrived.len() == 2);
    let mail = readable(&relay.arrived()[1].octets);
    assert!(mail.contains("Read: [Pacific 2027] The room") && mail.contains("Full paper"), "{mail}");
    assert!(mail.contains("List-Unsubscribe:"), "{mail}");
    let (code, text) = allim(&["decisions", "pacific-2027", "--now"]);
    assert!(code == Some(0) && text.contains("it reaches 1 author"), "{text}");
    relay.wait_until("the question", |arrived| arrived.len() == 3);
    // Organizers can answer for those they know of.
    let (code, text) = allim(&["subscribers", "accept", "pacific-2027", "ada@example.org", "bo@example.org"]);
    assert!(code == Some(1) && text.contains("a***@example.org is marked as accepted"), "{text}");
    assert!(text.contains("not marked, for pacific-2027 has no subscriber there: bo@example.org"), "{text}");
    let (code, text) = allim(&["subscribers", "accept", "pacific-2027", "ada@example.org", "--open"]);
    assert!(code == Some(0) && text.contains("is marked as not known yet"), "{text}");
    let (code, text) = allim(&["subscribers", "accept", "pacific-2027", "ada@example.org"]);
    assert!(code == Some(0) && text.contains("is marked as accepted"), "{text}");
    let accepted = link(&readable(&relay.arrived()[2].octets), "accepted");
    assert_eq!(running.ask("POST", &accepted).status, 200);
    let (code, text) = allim(&["decisions", "pacific-2027"]);
    assert!(code == Some(1) && text.contains("left out: 1, for they have said already"), "{text}");
}

#[test]
fn why_somebody_got_an_announcement_or_did_not_is_explained() {
    wait(async {
        let office = Office::open(&with_camera("2025-07-30"), "2025-05-01T08:00:00Z").await;
        office.join("2025-05-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        office.join("2025-05-01T08:00:00Z", BO, attendee("Asia/Seoul")).await;
        announce_as(&office, Addressees::Authors, None, true).await;
        office.pass("2025-05-01T09:00:00Z", MINUTE).await;
        office.join("2025-05-01T09:00:00Z", CHI, wish("Asia/Seoul", "")).await;
        let dee = office.join("2025-05-01T09:00:00Z", "dee@example.org", wish("Asia/Seoul", "")).await;
        office.act(&dee, &Ask::Accepted(Some(true))).await;
        announce_as(&office, Addressees::All, Some("camera-ready"), true).await;
        office.pass("2025-05-01T09:01:00Z", MINUTE).await;
        decisions(&office).await;
        let besides = async |address: &str| {
            let mailbox = address.parse().expect("an address");
            let question = Question { programme: &office.programme, mailbox: &mailbox, deadline: None, all: false };
            let told = explain(office.app.store(), &question, office.now()).await.expect("an answer").text();
            let (_, besides) = told.split_once("\nBesides\n").unwrap_or_else(|| panic!("nothing besides: {told}"));
            besides.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        };
        office.pass("2025-05-01T09:05:00Z", MINUTE).await;
        let of_camera = "announcement \"News\": Not sent: it is about a deadline you hear nothing of.";
        assert_eq!(
            besides(ANN).await,
            [
                "announcement \"News\": Sent on 1 May 10:01 CEST.",
                of_camera,
                "decisions: Will be sent on 1 May 11:11 CEST."
            ]
        );
        assert_eq!(
            besides(BO).await,
            [
                "announcement \"News\": Not sent: it was for the others, authors or attendees.",
                of_camera,
                "decisions: Not sent: it was for the others, authors or attendees."
            ]
        );
        assert_eq!(
            besides(CHI).await[0],
            "announcement \"News\": Not sent: you had not confirmed when it was announced (1 May 17:00 KST)."
        );
    });
}

#[test]
fn what_was_announced_waits_with_all_else_after_an_absence_and_may_count_as_sent() {
    wait(async {
        for answer in [Release::Send, Release::Count] {
            let office = Office::open(&paper("2025-06-25"), "2025-06-17T08:00:00Z").await;
            office.join("2025-06-17T08:00:00Z", ANN, wish("Asia/Seoul", "7d")).await;
            office.pass("2025-06-18T08:00:00Z", HOUR).await;
            announce(&office, Addressees::All, Some("full-paper")).await;
            announce(&office, Addressees::All, None).await;
            // Its reminder, 19 June 11:59 UTC, is covered by what is announced of the date.
            office.sleep_until("2025-06-20T08:00:00Z");
            let office = office.restart().await;
            office.pass("2025-06-20T09:00:00Z", MINUTE).await;
            assert!(lines(&office).iter().all(|line| !line.contains(ANN)), "it waits: {:?}", lines(&office));
            office.release(answer).await;
            office.pass("2025-06-20T10:00:00Z", MINUTE).await;
            let own: Vec<String> = lines(&office).into_iter().filter(|line| line.contains(ANN)).collect();
            let told = office.app.store().subscribers(&office.programme).await.expect("read").remove(0).id;
            let told = office.app.store().told(told).await.expect("read");
            match answer {
                Release::Send => assert_eq!(own.len(), 2, "{own:?}"),
                Release::Count => assert_eq!(own, Vec::<String>::new()),
            }
            assert_eq!(told.len(), 1, "told, or counts as told: {told:?}");
            office.pass("2025-06-24T08:00:00Z", HOUR).await;
            let later: Vec<String> =
                lines(&office).into_iter().filter(|line| line.contains(ANN)).skip(own.len()).collect();
            assert_eq!(later, Vec::<String>::new(), "nothing of it comes after all");
        }
    });
}
