//! Reminders and corrections, as the people of a workshop get them: each one's mails, exactly.

use allim::app::manage::Ask;
use allim::app::outbox::Sought;
use allim::app::plan::hold::Release;
use allim::domain::notice::NoticeState;
use allim::mail::transport::Act;
use chrono::TimeDelta;

use crate::house::{golden, instant, wait};
use crate::office::{Office, wish};

/// A programme file with these deadlines.
pub fn file(deadlines: &[String]) -> String {
    format!(
        "[programme]\nid = \"fair-2025\"\ntitle = \"Fairness in Medical Imaging\"\nshort = \"FAIR 2025\"\n\
         dates = [2025-09-23]\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\ncontact = \"chairs@example.org\"\n\
         [venue]\ncity = \"Daejeon\"\n{}",
        deadlines.concat()
    )
}

pub fn deadline(id: &str, kind: &str, due: &str) -> String {
    let title = id.replace('-', " ");
    format!(
        "[[deadline]]\nid = \"{id}\"\nkind = \"{kind}\"\ntitle = \"{title}\"\ndue = {due}\nurl = \"https://submit.example.org/{id}\"\n"
    )
}

fn paper(due: &str) -> String {
    file(&[deadline("full-paper", "submission", due)])
}

const HOUR: TimeDelta = TimeDelta::hours(1);

#[test]
fn a_season_with_an_extension() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T00:00:00Z").await;
        office.join("2025-06-10T08:00:00Z", "early@example.org", wish("Europe/Copenhagen", "7d@09:00 1d@09:00")).await;
        office.join("2025-06-19T08:00:00Z", "leads@example.org", wish("America/Los_Angeles", "7d 3d 1d")).await;
        office.join("2025-06-24T20:00:00Z", "before@example.org", wish("Asia/Seoul", "7d@09:00 1d@09:00 3h")).await;
        office.publish("2025-06-24T20:13:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-24T20:40:00Z", TimeDelta::minutes(1)).await;
        office.join("2025-06-24T20:40:00Z", "after@example.org", wish("Europe/London", "")).await;
        office.pass("2025-07-10T00:00:00Z", HOUR).await;
        let told: Vec<String> = ["early", "leads", "before", "after"]
            .iter()
            .map(|who| format!("{who}\n  {}\n", office.lines(&format!("{who}@example.org")).join("\n  ")))
            .collect();
        golden("stories/reminders-extension.txt", told.concat().as_bytes());
        // After the correction nobody is told the old date as one that holds.
        for mail in office.mails().iter().filter(|mail| mail.date > instant("2025-06-24T20:23:00Z")) {
            assert!(!mail.subject.contains("26 Jun") && !mail.subject.contains("25 Jun"), "{mail:?}");
        }
    });
}

/// One author from spring on, who takes what comes on the clock of Copenhagen.
async fn one(source: &str, now: &str) -> (Office, allim::domain::subscription::Subscriber) {
    let office = Office::open(source, now).await;
    let author = office.join(now, ANN, wish("Europe/Copenhagen", "7d@09:00 1d@09:00")).await;
    (office, author)
}

const ANN: &str = "ann@example.org";
const MINUTE: TimeDelta = TimeDelta::minutes(1);
const QUARTER: TimeDelta = TimeDelta::minutes(15);

#[test]
fn a_date_brought_forward_is_one_mail_marked_so() {
    wait(async {
        let files = |camera: &str| {
            file(&[
                deadline("full-paper", "submission", "2025-07-10"),
                deadline("camera-ready", "camera-ready", camera),
            ])
        };
        let (office, author) = one(&files("2025-08-25"), "2025-08-10T08:00:00Z").await;
        office.act(&author, &Ask::Accepted(Some(true))).await;
        office.publish("2025-08-16T10:21:00Z", &files("2025-08-18")).await;
        office.pass("2025-08-17T12:00:00Z", QUARTER).await;
        assert_eq!(
            office.lines(ANN),
            ["16 Aug 10:36 [FAIR 2025] EARLIER BY 7 DAYS: camera ready now Tue 19 Aug, 13:59 Copenhagen"]
        );
    });
}

#[test]
fn withdrawn_and_reinstated_is_told_each_time() {
    wait(async {
        let withdrawn = paper("2025-06-25") + "cancelled = \"merged with the main track\"\n";
        let (office, _) = one(&paper("2025-06-25"), "2025-05-01T08:00:00Z").await;
        office.publish("2025-05-10T00:00:00Z", &withdrawn).await;
        office.publish("2025-05-20T00:00:00Z", &paper("2025-06-25")).await;
        // Taken out of the file altogether is withdrawn too.
        office.publish("2025-05-30T00:00:00Z", &file(&[])).await;
        office.publish("2025-06-02T00:00:00Z", &paper("2025-06-25")).await;
        office.pass("2025-06-03T00:00:00Z", QUARTER).await;
        golden("stories/reminders-withdrawn.txt", office.lines(ANN).join("\n").as_bytes());
    });
}

#[test]
fn there_and_back() {
    wait(async {
        let (june, july) = (paper("2025-06-25"), paper("2025-06-30"));
        // Within the hold there is nothing to say.
        let (office, _) = one(&june, "2025-05-01T08:00:00Z").await;
        office.publish("2025-05-10T10:00:00Z", &july).await;
        office.pass("2025-05-10T10:05:00Z", MINUTE).await;
        office.publish("2025-05-10T10:05:00Z", &june).await;
        office.pass("2025-05-10T12:00:00Z", MINUTE).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        // After it, each way is told, as often as it happens.
        for (day, file) in [(11, &july), (12, &june), (13, &july)] {
            office.publish(&format!("2025-05-{day}T10:00:00Z"), file).await;
            office.pass(&format!("2025-05-{day}T12:00:00Z"), MINUTE).await;
        }
        assert_eq!(
            office.lines(ANN),
            [
                "11 May 10:10 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen",
                "12 May 10:10 [FAIR 2025] EARLIER BY 5 DAYS: full paper now Thu 26 Jun, 13:59 Copenhagen",
                "13 May 10:10 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen",
            ]
        );
    });
}

#[test]
fn who_confirms_an_old_mail_is_told_the_new_date() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        let secret = office.ask(ANN, wish("Europe/Copenhagen", "")).await;
        office.publish("2025-06-02T08:00:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-03T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        office.click(&secret).await;
        office.tick().await;
        office.pass("2025-06-04T08:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN),
            ["03 Jun 08:00 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen"]
        );
    });
}

#[test]
fn done_stops_reminders_and_not_corrections() {
    wait(async {
        let (office, author) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.act(&author, &Ask::Done("full-paper".to_owned(), true)).await;
        office.publish("2025-06-10T08:00:00Z", &paper("2025-06-20")).await;
        office.pass("2025-06-17T08:00:00Z", HOUR).await;
        office.act(&author, &Ask::Done("full-paper".to_owned(), false)).await;
        office.pass("2025-06-22T08:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN),
            [
                "10 Jun 09:00 [FAIR 2025] EARLIER BY 5 DAYS: full paper now Sat 21 Jun, 13:59 Copenhagen",
                "20 Jun 07:00 [FAIR 2025] full paper due Sat 21 Jun, 13:59 Copenhagen",
            ]
        );
    });
}

/// However long nobody was there: one mail about what is still ahead, none about what is past.
#[test]
fn downtime_across_deadlines() {
    wait(async {
        let files = file(&[
            deadline("abstract", "abstract", "2025-06-11"),
            deadline("full-paper", "submission", "2025-06-25"),
            deadline("registration", "registration", "2025-07-30"),
        ]);
        for (days, back, expected) in [
            (1, "2025-06-11T08:00:00Z", vec!["11 Jun 08:00 [FAIR 2025] abstract due Thu 12 Jun, 13:59 Copenhagen"]),
            (7, "2025-06-25T08:00:00Z", vec!["25 Jun 08:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen"]),
            (30, "2025-07-10T08:00:00Z", vec![]),
            (
                60,
                "2025-07-31T08:00:00Z",
                vec!["31 Jul 08:00 [FAIR 2025] registration due Thu 31 Jul, 13:59 Copenhagen"],
            ),
        ] {
            let (office, _) = one(&files, "2025-06-04T08:00:00Z").await;
            let before = office.lines(ANN).len();
            office.sleep_until(back);
            let office = office.restart().await;
            office.tick().await;
            office.tick().await;
            assert_eq!(office.lines(ANN).len(), before, "what is late is shown to an organizer first");
            office.release(Release::Send).await;
            assert_eq!(office.lines(ANN)[before..], expected, "{days} days");
        }
    });
}

#[test]
fn a_correction_that_fails_for_good_is_made_up_for_by_the_next_reminder() {
    wait(async {
        let (office, _) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.then(Act::Fail(allim::domain::notice::Blame::Message));
        office.publish("2025-06-10T08:00:00Z", &paper("2025-06-30")).await;
        office.pass("2025-07-02T08:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN),
            [
                "24 Jun 07:00 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen",
                "30 Jun 07:00 [FAIR 2025] full paper due Tue 1 Jul, 13:59 Copenhagen",
            ]
        );
    });
}

#[test]
fn who_leaves_while_a_mail_waits_does_not_get_it() {
    wait(async {
        let (office, author) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.then(Act::Delay(allim::domain::notice::Blame::Message));
        office.pass("2025-06-19T07:00:00Z", HOUR).await;
        office.act(&author, &Ask::Leave).await;
        office.publish("2025-06-20T07:00:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-21T00:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        // Who comes back is told what moved meanwhile.
        office.act(&author, &Ask::Return).await;
        office.pass("2025-06-22T00:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN),
            ["21 Jun 00:00 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen"]
        );
    });
}

#[test]
fn a_delayed_reminder_when_the_date_moves_and_when_it_moves_back() {
    wait(async {
        let delay = || Act::Delay(allim::domain::notice::Blame::Message);
        // Back within the hold: it goes on as if nothing had been.
        let (office, _) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.then(delay());
        office.pass("2025-06-19T07:00:00Z", HOUR).await;
        office.publish("2025-06-19T07:00:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-19T07:05:00Z", MINUTE).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new(), "nothing goes out while the change is held");
        office.publish("2025-06-19T07:05:00Z", &paper("2025-06-25")).await;
        office.pass("2025-06-20T07:00:00Z", MINUTE).await;
        let reminder = "19 Jun 07:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen";
        assert_eq!(office.lines(ANN), [reminder]);
        // Moved for good: the correction goes instead; back after it: that is corrected, and no reminder beside it.
        let (office, _) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.then(delay());
        office.pass("2025-06-19T07:00:00Z", HOUR).await;
        office.publish("2025-06-19T07:00:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-19T12:00:00Z", MINUTE).await;
        office.publish("2025-06-19T12:00:00Z", &paper("2025-06-25")).await;
        office.pass("2025-06-20T07:00:00Z", MINUTE).await;
        assert_eq!(
            office.lines(ANN),
            [
                "19 Jun 07:10 [FAIR 2025] EXTENDED: full paper now Tue 1 Jul, 13:59 Copenhagen",
                "19 Jun 12:10 [FAIR 2025] EARLIER BY 5 DAYS: full paper now Thu 26 Jun, 13:59 Copenhagen",
            ]
        );
    });
}

#[test]
fn who_was_not_accepted_hears_nothing_of_the_camera_ready() {
    wait(async {
        let files = |camera: &str| {
            file(&[
                deadline("full-paper", "submission", "2025-06-25"),
                deadline("camera-ready", "camera-ready", camera),
            ])
        };
        let (office, author) = one(&files("2025-07-30"), "2025-06-28T08:00:00Z").await;
        office.act(&author, &Ask::Accepted(Some(false))).await;
        office.publish("2025-07-20T08:00:00Z", &files("2025-08-05")).await;
        office.pass("2025-08-10T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
    });
}

#[test]
fn an_open_date_is_announced_and_a_closed_one_reopened() {
    wait(async {
        let (office, _) = one(&paper("\"TBC\""), "2025-05-01T08:00:00Z").await;
        office.publish("2025-05-10T08:00:00Z", &paper("2025-06-25")).await;
        office.publish("2025-06-27T08:00:00Z", &paper("2025-07-04")).await;
        office.pass("2025-06-28T08:00:00Z", QUARTER).await;
        golden("stories/reminders-reopened.txt", office.lines(ANN).join("\n").as_bytes());
    });
}

#[test]
fn what_moves_together_is_one_mail_and_a_rename_is_none() {
    wait(async {
        let files = |first: &str, second: &str| {
            file(&[deadline("abstract", "abstract", first), deadline("full-paper", "submission", second)])
        };
        let (office, _) = one(&files("2025-06-18", "2025-06-25"), "2025-05-01T08:00:00Z").await;
        office.publish("2025-05-10T08:00:00Z", &files("2025-06-20", "2025-06-30")).await;
        office.pass("2025-05-11T08:00:00Z", QUARTER).await;
        let told = office.lines(ANN);
        assert_eq!(told.len(), 1, "{told:?}");
        let mail = office.to(ANN).pop().expect("a mail");
        assert!(mail.text.contains("abstract") && mail.text.contains("full paper"), "{}", mail.text);
        let renamed = files("2025-06-20", "2025-06-30")
            .replace("id = \"full-paper\"", "id = \"paper\"\nformerly = [\"full-paper\"]");
        let renamed = renamed.replace("submit.example.org/paper", "submit.example.org/full-paper");
        office.publish("2025-05-12T08:00:00Z", &renamed).await;
        office.pass("2025-06-24T12:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN)[1..],
            [
                "14 Jun 07:00 [FAIR 2025] abstract due Sat 21 Jun, 13:59 Copenhagen",
                "20 Jun 07:00 [FAIR 2025] abstract due Sat 21 Jun, 13:59 Copenhagen",
                "24 Jun 07:00 [FAIR 2025] full paper due Tue 1 Jul, 13:59 Copenhagen",
            ]
        );
    });
}

#[test]
fn a_submission_link_that_moved_is_told_once() {
    wait(async {
        let (office, _) = one(&paper("2025-06-25"), "2025-05-01T08:00:00Z").await;
        let moved = paper("2025-06-25").replace("submit.example.org/", "other.example.org/");
        office.publish("2025-05-10T08:00:00Z", &moved).await;
        office.pass("2025-05-12T08:00:00Z", QUARTER).await;
        let told = office.lines(ANN);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(office.to(ANN).pop().expect("a mail").text.contains("https://other.example.org/full-paper"));
    });
}

#[test]
fn a_deadline_ticked_later_is_shown_and_not_announced() {
    wait(async {
        let source = file(&[
            deadline("registration", "registration", "2025-07-30"),
            deadline("full-paper", "submission", "2025-06-25"),
        ]);
        let office = Office::open(&source, "2025-06-01T08:00:00Z").await;
        let mut asked = wish("Europe/Copenhagen", "7d@09:00");
        asked.choice.excluded.insert("full-paper".to_owned());
        let author = office.join("2025-06-01T08:00:00Z", ANN, asked.clone()).await;
        asked.choice.excluded.clear();
        office.act(&author, &Ask::Wish(asked)).await;
        office.pass("2025-06-20T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), ["19 Jun 07:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen"]);
    });
}

#[test]
fn a_wrong_year_that_was_accepted_is_mended() {
    wait(async {
        let (office, _) = one(&paper("2025-06-25"), "2025-05-01T08:00:00Z").await;
        office.publish("2025-05-10T08:00:00Z", &paper("2026-06-30")).await;
        office.pass("2025-05-11T08:00:00Z", QUARTER).await;
        office.publish("2025-05-11T08:00:00Z", &paper("2025-06-30")).await;
        office.pass("2025-06-24T12:00:00Z", HOUR).await;
        assert_eq!(
            office.lines(ANN),
            [
                "10 May 08:15 [FAIR 2025] EXTENDED: full paper now Wed 1 Jul 2026, 13:59 Copenhagen",
                "11 May 09:00 [FAIR 2025] EARLIER BY 365 DAYS: full paper now Tue 1 Jul, 13:59 Copenhagen",
                "24 Jun 07:00 [FAIR 2025] full paper due Tue 1 Jul, 13:59 Copenhagen",
            ]
        );
    });
}

#[test]
fn one_address_in_two_programmes_is_two_people() {
    wait(async {
        let mut office = Office::open(&paper("2025-06-25"), "2025-05-01T08:00:00Z").await;
        let other = |due: &str| paper(due).replace("fair-2025", "other-2025").replace("FAIR 2025", "OTHER 2025");
        std::fs::write(office.folder.path().join("data/other.toml"), other("2025-06-20")).expect("written");
        office.app.reload().await;
        let first = office.join("2025-05-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "7d@09:00")).await;
        office.programme = "other-2025".to_owned();
        let second = office.join("2025-05-02T09:00:00Z", ANN, wish("Asia/Seoul", "7d@09:00")).await;
        assert_ne!(first.id, second.id);
        office.publish("2025-05-10T08:00:00Z", &other("2025-06-22")).await;
        office.act(&second, &Ask::Leave).await;
        office.programme = "fair-2025".to_owned();
        office.pass("2025-06-20T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), ["19 Jun 07:00 [FAIR 2025] full paper due Thu 26 Jun, 13:59 Copenhagen"]);
    });
}

#[test]
fn only_what_stated_the_present_date_stands_in_for_a_reminder() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.join("2025-06-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "3h 1h")).await;
        // Far away first, then within the day: the first of the two corrections covers half a day of another date.
        office.publish("2025-06-10T08:00:00Z", &paper("2025-07-20")).await;
        office.pass("2025-06-10T09:00:00Z", QUARTER).await;
        office.publish("2025-06-10T09:00:00Z", &paper("2025-06-10T04:00:00")).await;
        office.pass("2025-06-11T08:00:00Z", QUARTER).await;
        let told = office.lines(ANN);
        assert_eq!(told.len(), 4, "two corrections, and both reminders: {told:#?}");
        assert!(told[2].starts_with("10 Jun 13:00") && told[3].starts_with("10 Jun 15:00"), "{told:#?}");
    });
}

#[test]
fn a_reminder_on_its_way_is_stopped_when_its_reader_wants_it_no_more() {
    wait(async {
        let delay = || Act::Delay(allim::domain::notice::Blame::Message);
        // They give up the lead time.
        let (office, author) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.then(delay());
        office.pass("2025-06-19T07:00:00Z", HOUR).await;
        office.act(&author, &Ask::Wish(wish("Europe/Copenhagen", "1d@09:00"))).await;
        office.pass("2025-06-20T07:00:00Z", QUARTER).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
        office.pass("2025-06-25T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN).len(), 1, "what they asked for comes");
        // They were not accepted.
        let (office, author) = one(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.then(delay());
        office.pass("2025-06-19T07:00:00Z", HOUR).await;
        office.act(&author, &Ask::Accepted(Some(false))).await;
        office.pass("2025-06-27T07:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), Vec::<String>::new());
    });
}

#[test]
fn a_correction_that_may_not_have_arrived_is_sent_once_more_and_whoever_runs_the_service_is_told() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T08:00:00Z").await;
        office.join("2025-06-01T08:00:00Z", "ann@example.org", wish("Asia/Seoul", "")).await;
        office.publish("2025-06-10T08:00:00Z", &paper("2025-06-30")).await;
        // The relay is gone after the dot, and the message with it; what is sent once more arrives.
        office.then(Act::LoseAfterDot);
        office.pass("2025-06-10T08:20:00Z", TimeDelta::minutes(1)).await;
        let lines = office.lines("ann@example.org");
        assert!(lines.len() == 1 && lines[0].contains("EXTENDED"), "{lines:?}");
        // Lost twice, it is not sent a third time by itself: somebody says so.
        office.publish("2025-06-12T08:00:00Z", &paper("2025-07-02")).await;
        office.then(Act::LoseAfterDot);
        office.then(Act::LoseAfterDot);
        office.pass("2025-06-14T08:00:00Z", HOUR).await;
        assert_eq!(office.lines("ann@example.org").len(), 1);
        let told = office.to("chairs@example.org").pop().expect("a digest").text;
        assert!(told.contains("1 correction may not have arrived") && told.contains("outbox retry"), "{told}");
        let uncertain = Sought { state: Some(NoticeState::Uncertain), ..Sought::default() };
        let listed = office.app.store().outbox_of(uncertain, 9).await.expect("read");
        assert!(office.app.store().retry(listed[0].id, office.now()).await.expect("written"));
        office.pass("2025-06-14T08:10:00Z", TimeDelta::minutes(1)).await;
        assert_eq!(office.lines("ann@example.org").len(), 2, "{:?}", office.lines("ann@example.org"));
    });
}
