//! Reminders and corrections, as the people of a workshop get them: each one's mails, exactly.

use allim::app::manage::Ask;
use allim::mail::transport::Act;
use chrono::TimeDelta;

use crate::house::{golden, instant, wait};
use crate::office::{Office, wish};

/// A programme file with these deadlines.
pub fn file(deadlines: &[String]) -> String {
    format!(
        "[programme]\nid = \"fair-2025\"\ntitle = \"Fairness in Medical Imaging\"\nshort = \"FAIR 2025\"\n\
         dates = [2025-09-23]\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\ncontact = \"chairs@example.org\"\n\
         accept = [\"all\"]\n[venue]\ncity = \"Daejeon\"\n{}",
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
