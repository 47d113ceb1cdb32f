//! Around the day: who presents is told when and where, and when it is over one mail says so.

use std::collections::BTreeSet;

use allim::app::announce::{self, NotAnnounced, closing};
use allim::app::consider::programme_of;
use allim::app::manage::Ask;
use allim::app::plan::hold::Release;
use allim::domain::announcement::{Addressees, Says};
use allim::domain::subscription::{ReaderRole, Wish};
use chrono::TimeDelta;

use crate::house::{instant, programme, wait};
use crate::office::{Mail, Office, wish};
use crate::reminders::{deadline, file};

const ANN: &str = "ann@example.org";
const BO: &str = "bo@example.org";
const CHI: &str = "chi@example.org";
const CHAIRS: &str = "chairs@example.org";
const HOUR: TimeDelta = TimeDelta::hours(1);

fn talks(id: &str, more: &str) -> String {
    let talk = format!(
        "[[session]]\nid = \"{id}\"\nkind = \"oral\"\ntitle = \"A talk\"\nstart = 2025-09-23T14:00:00\n\
         end = 2025-09-23T14:15:00\nroom = \"DCC1\"\nnote = \"Slides by 13:15\"\n{more}"
    );
    let key = "[[session]]\nid = \"keynote\"\nkind = \"keynote\"\ntitle = \"A keynote\"\n\
               start = 2025-09-23T15:00:00\nend = 2025-09-23T16:00:00\n";
    let award = "[[award]]\ntitle = \"Best Talk\"\nrecipients = [{ name = \"Ada Lovelace\" }]\n";
    file(&[deadline("full-paper", "submission", "2025-06-25"), talk, key.to_owned(), award.to_owned()])
}

fn of(ids: &[&str]) -> Ask {
    Ask::Presents(ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>())
}

#[test]
fn who_presents_is_told_once_five_days_before_on_a_morning_of_their_own() {
    wait(async {
        let office = Office::open(&talks("talk", ""), "2025-09-01T08:00:00Z").await;
        let ann = office.join("2025-09-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
        let attendee = Wish { role: ReaderRole::Attendee, ..wish("Asia/Seoul", "") };
        let bo = office.join("2025-09-01T08:00:00Z", BO, attendee).await;
        let chi = office.join("2025-09-01T08:00:00Z", CHI, wish("Asia/Seoul", "")).await;
        office.act(&ann, &of(&["talk", "keynote"])).await;
        office.act(&bo, &of(&["keynote"])).await;
        office.act(&chi, &of(&["talk"])).await;
        office.act(&chi, &of(&[])).await;
        office.pass("2025-09-19T08:00:00Z", HOUR).await;
        let told = [
            "18 Sep 07:00 [FAIR 2025] You present: Tue 23 Sep, 14:00 Daejeon, DCC1",
            "18 Sep 07:00 [FAIR 2025] You present: Tue 23 Sep, 15:00 Daejeon",
        ];
        assert_eq!(office.lines(ANN), told);
        // Nine in Seoul.
        assert_eq!(office.lines(BO), ["18 Sep 00:00 [FAIR 2025] You present: Tue 23 Sep, 15:00 Daejeon"]);
        let text = office.to(ANN).pop().expect("a mail").text;
        assert!(text.contains("On your clock it begins: Tue 23 September 2025, 08:00 in Copenhagen"), "{text}");
        // A talk that is renamed, or moved, and a restart: nobody is told twice.
        office.publish("2025-09-19T09:00:00Z", &talks("talk-2", "formerly = [\"talk\"]\n")).await;
        let office = office.restart().await;
        office.pass("2025-09-20T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN), told);
        // Who says so later is told at once; of what is cancelled nobody is told.
        office.act(&chi, &of(&["talk-2"])).await;
        office.tick().await;
        assert_eq!(office.lines(CHI), ["20 Sep 08:00 [FAIR 2025] You present: Tue 23 Sep, 14:00 Daejeon, DCC1"]);
        office.publish("2025-09-20T09:00:00Z", &talks("talk-2", "cancelled = \"ill\"\n")).await;
        office.act(&bo, &of(&["talk-2", "keynote"])).await;
        office.pass("2025-09-22T08:00:00Z", HOUR).await;
        assert_eq!(office.lines(BO).len(), 1, "{:?}", office.lines(BO));
    });
}

/// A workshop that is over the next morning, and who wants to hear so.
async fn over() -> Office {
    let office = Office::open(&talks("talk", ""), "2025-09-01T08:00:00Z").await;
    let ann = office.join("2025-09-01T08:00:00Z", ANN, wish("Europe/Copenhagen", "")).await;
    let bo = office.join("2025-09-01T08:00:00Z", BO, wish("Asia/Seoul", "")).await;
    office.join("2025-09-01T08:00:00Z", CHI, wish("Asia/Seoul", "")).await;
    office.act(&ann, &Ask::Accepted(Some(true))).await;
    office.act(&bo, &Ask::Closing(true)).await;
    // Nine in Seoul, the day after.
    office.pass("2025-09-23T23:00:00Z", HOUR).await;
    assert!(office.waiting().await.is_empty() && office.to(CHAIRS).is_empty());
    office.pass("2025-09-24T00:00:00Z", HOUR).await;
    office
}

#[test]
fn when_it_is_over_one_mail_is_ready_and_goes_when_an_organizer_says_so() {
    wait(async {
        let office = over().await;
        assert_eq!(office.lines(CHAIRS), ["24 Sep 00:00 [FAIR 2025] HELD: 2 mails wait for you"]);
        let text = office.to(CHAIRS).pop().expect("a mail").text;
        assert!(text.contains("the closing mail is ready") && text.contains("allim closing"), "{text}");
        office.pass("2025-09-26T00:00:00Z", HOUR).await;
        assert!(office.lines(ANN).is_empty(), "nobody said so");
        office.release(Release::Send).await;
        office.tick().await;
        let line = ["26 Sep 00:00 [FAIR 2025] Thank you, and what comes next"];
        assert_eq!(
            (office.lines(ANN), office.lines(BO)),
            (line.map(String::from).to_vec(), line.map(String::from).to_vec())
        );
        assert!(office.to(ANN).pop().expect("a mail").text.contains("Best Talk: Ada Lovelace"));
        office.pass("2025-10-20T00:00:00Z", TimeDelta::hours(12)).await;
        assert_eq!(office.lines(ANN).len(), 1);
        assert_eq!((office.lines(CHI), office.lines(CHAIRS).len()), (Vec::new(), 1));
        assert!(office.waiting().await.is_empty());
    });
}

#[test]
fn nobody_says_so_for_two_weeks_and_it_never_goes() {
    wait(async {
        let office = over().await;
        office.pass("2025-10-07T23:00:00Z", TimeDelta::hours(12)).await;
        assert_eq!(office.waiting().await.len(), 1);
        office.pass("2025-10-20T00:00:00Z", TimeDelta::hours(12)).await;
        assert!(office.waiting().await.is_empty(), "it does not wait for ever");
        assert!(office.lines(ANN).is_empty() && office.lines(BO).is_empty());
    });
}

#[test]
fn in_the_organizers_own_words_it_goes_once_and_never_beside_the_ready_one() {
    wait(async {
        let office = over().await;
        let programme = programme(&talks("talk", ""));
        let says = |now: &str| closing(&programme, Some(b"It was *good*."), instant(now));
        assert!(matches!(says("2025-09-23T23:00:00Z"), Err(NotAnnounced::NotOver(_))));
        assert!(matches!(says("2025-10-08T00:00:00Z"), Err(NotAnnounced::LongOver(_))));
        let store = office.app.store();
        let says = says("2025-09-24T00:00:00Z").expect("words");
        let draft = announce::draft(store, &programme, Addressees::All, says, false, office.now()).await;
        let draft = draft.expect("a draft");
        assert!(draft.people().contains("it reaches 2 authors"), "{}", draft.people());
        assert!(draft.people().contains("left out: 1, for they were not accepted"), "{}", draft.people());
        announce::announce(store, &draft).await.expect("announced");
        office.pass("2025-09-24T01:00:00Z", TimeDelta::minutes(5)).await;
        assert_eq!(office.lines(BO), ["24 Sep 00:10 [FAIR 2025] Thank you, and what comes next"]);
        assert!(office.to(BO).pop().expect("a mail").text.starts_with("It was good."));
        assert!(office.waiting().await.is_empty(), "the ready one does not wait any more");
        office.pass("2025-09-26T00:00:00Z", HOUR).await;
        assert_eq!(office.lines(ANN).len(), 1);
    });
}

/// With the defaults nobody's mailbox fills up: a whole season of two authors, every mail counted.
#[test]
fn the_mail_budget_of_a_season_is_kept_with_all_that_comes_besides() {
    wait(async {
        let last = crate::house::read("data/faimi-2025.toml");
        let first = last
            .replace("due      = 2025-06-30\nwas      = [2025-06-25]", "due      = 2025-06-25\n#")
            .replacen("[[deadline]]", &format!("{}[[deadline]]", deadline("abstract", "abstract", "2025-06-11")), 1);
        let withdrawn = first.replacen("due = 2025-06-11", "due = 2025-06-11\ncancelled = \"not needed\"", 1);
        let office = Office::open(&first, "2025-05-01T08:00:00Z").await;
        let mut people = Vec::new();
        for address in [ANN, BO] {
            people.push(office.join("2025-05-02T08:00:00Z", address, wish("Europe/Copenhagen", "")).await);
        }
        office.publish("2025-06-04T10:03:00Z", &withdrawn).await;
        let last = last.replacen(
            "[[deadline]]",
            &format!("{}cancelled = \"not needed\"\n[[deadline]]", deadline("abstract", "abstract", "2025-06-11")),
            1,
        );
        office.publish("2025-06-24T20:13:00Z", &last).await;
        office.pass("2025-07-18T09:00:00Z", HOUR).await;
        decide(&office).await;
        office.act(&people[0], &Ask::Accepted(Some(true))).await;
        office.act(&people[1], &Ask::Accepted(Some(false))).await;
        office.act(&people[0], &of(&["oral-ozbulak"])).await;
        office.pass("2025-09-25T00:00:00Z", HOUR).await;
        office.release(Release::Send).await;
        office.pass("2025-10-15T00:00:00Z", HOUR).await;
        let (accepted, rejected) = (office.to(ANN), office.to(BO));
        let subjects = |mails: &[Mail]| mails.iter().map(|mail| mail.subject.clone()).collect::<Vec<_>>();
        for what in ["Please confirm", "EXTENDED", "Decisions are out", "Camera-ready", "You present", "Thank you"] {
            assert!(
                subjects(&accepted).iter().any(|subject| subject.contains(what)),
                "{what}: {:#?}",
                subjects(&accepted)
            );
        }
        assert!(accepted.len() <= 10, "{:#?}", subjects(&accepted));
        assert!(rejected.len() <= 6, "{:#?}", subjects(&rejected));
    });
}

async fn decide(office: &Office) {
    let store = office.app.store();
    let head = store.head(&office.programme).await.expect("read").expect("a head");
    let programme = programme_of(&head.revision).expect("a programme");
    let draft = announce::draft(store, &programme, Addressees::Authors, Says::Decisions, true, office.now()).await;
    announce::announce(store, &draft.expect("a draft")).await.expect("announced");
    office.tick().await;
}
