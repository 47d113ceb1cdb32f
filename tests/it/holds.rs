//! Hold instead of blast: what nobody expects waits for an organizer, who is told, and answers once.

use allim::app::manage::Ask;
use allim::app::plan::hold::Release;
use allim::app::{erase, plan};
use allim::domain::planner::Cause;
use chrono::TimeDelta;

use crate::house::{Service, instant, wait};
use crate::office::{Office, wish};
use crate::reminders::{deadline, file};

const ANN: &str = "ann@example.org";
const CHAIRS: &str = "chairs@example.org";
const HOUR: TimeDelta = TimeDelta::hours(1);

fn paper(due: &str) -> String {
    file(&[deadline("full-paper", "submission", due)])
}

async fn author() -> Office {
    let office = Office::open(&paper("2025-06-25"), "2025-06-10T08:00:00Z").await;
    office.join("2025-06-10T08:00:00Z", ANN, wish("Europe/Copenhagen", "7d@09:00 1d@09:00")).await;
    office
}

#[test]
fn after_an_absence_the_organizers_are_asked_and_told_again_before_it_is_too_late() {
    wait(async {
        let office = author().await;
        office.sleep_until("2025-06-21T08:00:00Z");
        let office = office.restart().await;
        office.tick().await;
        office.tick().await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        let waiting = office.waiting().await;
        assert_eq!(waiting.iter().map(|waiting| waiting.cause).collect::<Vec<_>>(), [Cause::Away]);
        assert_eq!(waiting[0].waiting, 1);
        assert_eq!(office.lines(CHAIRS), ["21 Jun 08:00 [FAIR 2025] HELD: 1 mail waits for you"]);
        let mail = office.to(CHAIRS).pop().expect("a mail");
        assert!(
            mail.text.contains("(was a backup restored?), and mails about full paper fell due meanwhile")
                && mail.text.contains("/release/"),
            "{}",
            mail.text
        );
        // Killed and started again, it still waits, and nobody is told twice.
        let office = office.restart().await;
        office.pass("2025-06-26T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        assert_eq!(
            office.lines(CHAIRS)[1..],
            ["26 Jun 06:00 [FAIR 2025] HELD: 1 mail waits for you"],
            "six hours before the deadline that it blocks"
        );
        office.release(Release::Send).await;
        assert_eq!(office.lines(ANN), ["26 Jun 08:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen"]);
        assert!(office.waiting().await.is_empty());
        office.pass("2025-06-27T08:00:00Z", HOUR).await;
        assert_eq!((office.lines(ANN).len(), office.lines(CHAIRS).len()), (1, 2));
    });
}

#[test]
fn what_counts_as_sent_is_told_to_nobody_and_known_to_all() {
    wait(async {
        let office = author().await;
        office.sleep_until("2025-06-21T08:00:00Z");
        let office = office.restart().await;
        office.publish_now(&paper("2025-06-30")).await;
        office.clock.advance(TimeDelta::minutes(20));
        office.tick().await;
        assert!(office.waiting().await.is_empty(), "a change that is told on time is not late");
        assert_eq!(office.lines(ANN).len(), 1);
        // Once more, with something late.
        let office = author().await;
        office.sleep_until("2025-06-21T08:00:00Z");
        let office = office.restart().await;
        office.tick().await;
        office.release(Release::Count).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        office.pass("2025-06-24T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new(), "the reminder of the week before is finished");
        office.pass("2025-06-25T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), ["25 Jun 07:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen"]);
    });
}

#[test]
fn a_clock_that_was_set_sends_nothing_and_erases_nothing() {
    wait(async {
        for leap in [HOUR, TimeDelta::days(1), TimeDelta::days(3650), -TimeDelta::days(1)] {
            let office = author().await;
            office.pass("2025-06-19T06:30:00Z", HOUR).await;
            let right = office.now();
            office.clock.set(right + leap);
            for _ in 0..3 {
                office.clock.advance(TimeDelta::minutes(1));
                office.tick().await;
                erase::by_age(&office.app).await.expect("looked at");
            }
            assert_eq!(office.lines(ANN), Vec::<String>::new(), "{leap}");
            let waiting = office.waiting().await;
            assert_eq!(waiting.iter().map(|waiting| waiting.cause).collect::<Vec<_>>(), [Cause::Clock], "{leap}");
            assert!(waiting[0].reason.contains("the clock of the machine was set"), "{}", waiting[0].reason);
            assert_eq!(office.app.store().subscribers("fair-2025").await.expect("read").len(), 1, "{leap}");
            // Put right again, and released: everything comes when it would have come.
            office.clock.set(right + TimeDelta::minutes(3));
            office.tick().await;
            office.release(Release::Send).await;
            office.pass("2025-06-27T00:00:00Z", HOUR).await;
            assert_eq!(
                office.lines(ANN),
                [
                    "19 Jun 07:33 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen",
                    "25 Jun 07:33 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen",
                ],
                "{leap}"
            );
        }
    });
}

#[test]
fn more_than_was_foreseen_waits() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-10T08:00:00Z").await;
        let mut people = Vec::new();
        for number in 0..60 {
            let secret = office.ask(&format!("a{number}@example.org"), wish("Europe/Copenhagen", "7d@09:00")).await;
            people.push(office.click(&secret).await);
        }
        // Foreseen: the sixty of the nineteenth are sent as they are.
        office.pass("2025-06-20T08:00:00Z", HOUR).await;
        let reminders = |office: &Office| office.mails().iter().filter(|mail| mail.subject.contains("due Thu")).count();
        assert_eq!(reminders(&office), 60);
        // Not foreseen: everybody asks for something else within the day it falls due.
        office.pass("2025-06-26T01:00:00Z", HOUR).await;
        for person in &people {
            let ask = Ask::Wish(wish("Europe/Copenhagen", "3h"));
            ask_quietly(&office, person, &ask).await;
        }
        office.pass("2025-06-26T09:30:00Z", TimeDelta::minutes(30)).await;
        assert_eq!(reminders(&office), 60);
        let waiting = office.waiting().await;
        assert_eq!(
            waiting.iter().map(|waiting| (waiting.cause, waiting.waiting)).collect::<Vec<_>>(),
            [(Cause::Larger, 60)]
        );
        assert!(
            waiting[0].reason.starts_with("60 mails about full paper, where 0 were foreseen"),
            "{}",
            waiting[0].reason
        );
        office.release(Release::Send).await;
        assert_eq!(reminders(&office), 120);
        office.pass("2025-06-27T00:00:00Z", HOUR).await;
        assert_eq!(reminders(&office), 120);
        assert_eq!(plan::tick(&office.app).await.expect("planned"), 0);
        assert!(office.now() > instant("2025-06-26T23:00:00Z"));
    });
}

async fn ask_quietly(office: &Office, person: &allim::domain::subscription::Subscriber, ask: &Ask) {
    allim::app::manage::act(&office.app, person, ask, office.now()).await.expect("done");
}

#[test]
fn what_was_not_sent_is_told_to_the_organizers_in_one_mail() {
    wait(async {
        let files = file(&[
            deadline("abstract", "abstract", "2025-06-20"),
            deadline("full-paper", "submission", "2025-06-25"),
            deadline("registration", "registration", "2025-07-30"),
        ]);
        let office = Office::open(&files, "2025-06-10T08:00:00Z").await;
        for (name, zone) in [("ann", "Europe/Copenhagen"), ("ben", "Asia/Seoul")] {
            let wish = wish(zone, "7d@09:00 1d@09:00");
            office.join("2025-06-10T08:00:00Z", &format!("{name}@example.org"), wish).await;
        }
        office.sleep_until("2025-07-20T08:00:00Z");
        let office = office.restart().await;
        for _ in 0..3 {
            office.tick().await;
        }
        office.pass("2025-07-22T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new(), "what is past is mailed to no author");
        assert_eq!(office.lines(CHAIRS), ["20 Jul 08:00 [FAIR 2025] Not sent: 2 things to know"]);
        let mail = office.to(CHAIRS).pop().expect("a mail").text;
        assert!(mail.contains("abstract: 4 reminders not sent, for the deadline passed first"), "{mail}");
        assert!(mail.contains("full paper: 4 reminders not sent"), "{mail}");
    });
}

/// The command on an office's state folder; what it prints, and how it ends.
fn outbox(office: &Office, arguments: &[&str]) -> (String, Option<i32>) {
    let state = office.folder.path().join("var");
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_allim"))
        .arg("outbox")
        .args(arguments)
        .args(["--state", state.to_str().expect("a path")])
        .output()
        .expect("it runs");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (text(&run.stdout) + &text(&run.stderr), run.status.code())
}

#[test]
fn the_command_shows_what_waits_and_answers_it() {
    wait(async {
        let office = author().await;
        assert!(outbox(&office, &["list"]).0.ends_with("1 relayed\n"), "{}", outbox(&office, &["list"]).0);
        office.sleep_until("2025-06-21T08:00:00Z");
        let office = office.restart().await;
        office.tick().await;
        let (shown, _) = outbox(&office, &["list"]);
        let hold = office.waiting().await[0].id.to_string();
        assert!(shown.starts_with(&format!("WAITS {hold}  fair-2025: the service was away since ")), "{shown}");
        assert!(!shown.contains(ANN), "no address is shown: {shown}");
        let (refused, code) = outbox(&office, &["release", "77"]);
        assert_eq!((refused.contains("nothing waits under the number 77"), code), (true, Some(1)), "{refused}");
        let before = office.app.store().head("fair-2025").await.expect("read").expect("live").revision;
        let (released, code) = outbox(&office, &["release", &hold, "--restored"]);
        assert_eq!(code, Some(0), "{released}");
        office.tick().await;
        assert_eq!(office.lines(ANN), ["21 Jun 08:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen"]);
        let after = office.app.store().head("fair-2025").await.expect("read").expect("live").revision;
        assert_eq!(after.number, before.number + 1);
        for (was, is) in before.records.iter().zip(&after.records) {
            assert_eq!((is.sequence, &is.uid), (was.sequence + 1000, &was.uid));
        }
        assert_eq!(outbox(&office, &["release", &hold]).1, Some(1), "it is answered once");
    });
}

#[test]
fn a_change_on_hold_is_stopped_and_sent_by_the_command() {
    wait(async {
        let paper = |due: &str| paper(due).replace("2025-09-23", "2027-09-23");
        let office = Office::open(&paper("2027-06-25"), "2027-05-01T08:00:00Z").await;
        office.join("2027-05-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        office.publish("2027-05-02T08:00:00Z", &paper("2027-06-30")).await;
        let (shown, _) = outbox(&office, &["list"]);
        let until = "until 2027-05-02 08:10 UTC";
        // The command lives in the machine's time, where this change is still ahead.
        assert!(
            shown.contains("HELD  fair-2025 full-paper: its change is told to nobody") && shown.contains(until),
            "{shown}"
        );
        assert_eq!(outbox(&office, &["stop", "fair-2025", "full-paper"]).1, Some(0));
        assert_eq!(outbox(&office, &["stop", "fair-2025", "full-paper"]).1, Some(1), "once is enough");
        office.pass("2027-05-05T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        assert_eq!(outbox(&office, &["send-now", "fair-2025", "full-paper"]).1, Some(0));
        office.app.store().end_hold("fair-2025", "full-paper", office.now()).await.expect("kept");
        office.tick().await;
        office.release(Release::Send).await;
        assert_eq!(
            office.lines(ANN),
            ["05 May 08:00 [FAIR 2025] EXTENDED: full paper now Thu 1 Jul, 13:59 Copenhagen"]
        );
        let (forecast, code) = outbox(&office, &["forecast", "fair-2025", "--days", "400"]);
        assert_eq!(code, Some(0), "{forecast}");
        assert!(forecast.contains("1 x full-paper"), "{forecast}");
    });
}

#[test]
fn the_button_in_the_mail_asks_once_more_and_then_sends() {
    let (folder, path) = wait(async {
        let office = author().await;
        office.sleep_until("2025-06-21T08:00:00Z");
        let office = office.restart().await;
        office.tick().await;
        let mail = office.to(CHAIRS).pop().expect("a mail");
        let path = mail.text.split("https://calendar.example.org").find(|part| part.starts_with("/fair-2025/release/"));
        let path: String = path.expect("a link").chars().take_while(|letter| !letter.is_whitespace()).collect();
        let Office { folder, .. } = office;
        (folder, path)
    });
    let state = folder.path().join("var");
    let service = Service::start_in(&state, &[("programme.toml", &paper("2025-06-25"))], "2025-06-21T08:05:00Z");
    let store = wait(allim::store::Store::open(&state)).expect("a store");
    let waits = || !wait(store.waiting(None)).expect("read").is_empty();
    let page = service.get(&path);
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("Send what waits?") && page.text().contains("was a backup restored?"),
        "{}",
        page.text()
    );
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(service.ask_with("POST", &path, &[("Origin", "https://evil.example"), form], "x=1").status, 403);
    assert_eq!(
        service.get(&path.replace(".send", ".count")).status,
        404,
        "a token for one answer is none for the other"
    );
    assert!(waits(), "nothing was changed");
    let posted = service.ask_with("POST", &path, &[("Origin", "http://calendar.example.org"), form], "x=1");
    assert_eq!((posted.status, posted.text().contains("is on its way")), (200, true), "{}", posted.text());
    service.until("it is sent", |_| !waits());
    let folder = state.join("outbox");
    let files = || if folder.is_dir() { crate::house::walk(&folder) } else { Vec::new() };
    let mails = || files().into_iter().filter_map(|file| std::fs::read_to_string(file).ok());
    service.until("the reminder", |_| mails().any(|mail| mail.contains(&format!("To: {ANN}"))));
    assert!(service.get(&path).text().contains("is on its way"), "looked at again, it says what was done");
}

/// A slip is mended by editing the file again: nobody was told of it, so going back is no doubt.
#[test]
fn a_slip_mended_within_its_hold_is_published_without_a_question_and_told_to_nobody() {
    let start = "2025-06-10T08:00:00Z";
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start_in(&folder.path().join("var"), &[("programme.toml", &paper("2025-06-25"))], start);
    let file = service.data.join("programme.toml");
    let says = |day: &'static str| {
        move |service: &Service| service.get("/fair-2025/programme.toml").text().contains(&format!("due = {day}"))
    };
    let write = |day: &str| std::fs::write(&file, paper(day)).expect("written");
    write("2025-06-30");
    service.until("the slip is published", says("2025-06-30"));
    write("2025-06-25");
    service.until("it is taken back without a question", says("2025-06-25"));
    // Once it was told, going back is a doubt as ever; so is going back further than what was told.
    write("2025-06-30");
    service.until("moved again", says("2025-06-30"));
    write("2025-06-24");
    service.until("a doubt", |service| service.get("/readyz").text().contains("brought forward"));
    assert!(says("2025-06-30")(&service));
    service.clock.advance(TimeDelta::hours(1));
    write("2025-06-25");
    service.until("a doubt", |service| service.get("/readyz").text().contains("2025-06-25"));
    assert!(says("2025-06-30")(&service));
}

#[test]
fn more_than_the_relay_takes_in_a_day_is_told_three_days_ahead_and_once() {
    wait(async {
        let source = file(&[deadline("full-paper", "submission", "2025-06-25")]);
        let office = Office::open_allowing(3, &source, "2025-06-01T08:00:00Z").await;
        for number in 0..5 {
            let at = format!("2025-06-{:02}T08:00:00Z", 2 + number);
            office.join(&at, &format!("p{number}@example.org"), wish("Asia/Seoul", "1d@09:00")).await;
        }
        // 25 June, nine in Seoul: at midnight UTC.
        office.pass("2025-06-21T23:00:00Z", TimeDelta::hours(1)).await;
        assert!(office.to(CHAIRS).is_empty());
        office.pass("2025-06-24T23:00:00Z", TimeDelta::hours(1)).await;
        assert_eq!(office.lines(CHAIRS), ["22 Jun 00:00 [FAIR 2025] More mail than the relay takes"]);
        let text = office.to(CHAIRS).pop().expect("a mail").text;
        assert!(
            text.contains("Wed 25 June: 5 reminders fall due, and the relay takes 3 mails in a day")
                && text.contains("the last of them would leave on Thu 26 June"),
            "{text}"
        );
    });
}
