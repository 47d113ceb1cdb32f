//! Seasons lived through: who is sent what, and when, told person by person.

use allim::app::simulate::{Simulation, Version, simulate};

use crate::house::{golden, instant, project, walk};

/// Versions of a file, with when each was published, and the people of a season.
struct Season {
    folder: tempfile::TempDir,
    versions: Vec<Version>,
}

const HEAD: &str = "[programme]\nid = \"season\"\ntitle = \"Fairness (FAIMI)\"\nshort = \"FAIMI\"\ndates = [2025-09-23]\n\
    time_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\n[venue]\ncity = \"Daejeon\"\n";

fn deadline(id: &str, kind: &str, due: &str) -> String {
    format!("[[deadline]]\nid = \"{id}\"\nkind = \"{kind}\"\ntitle = \"{id}\"\ndue = {due}\n")
}

impl Season {
    fn new() -> Season {
        Season { folder: tempfile::tempdir().expect("a folder"), versions: Vec::new() }
    }

    /// The workshop's own page, as it was through the year.
    fn of_2025() -> Season {
        let version = |path: std::path::PathBuf| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let at = format!("{}:{}:{}Z", &name[3..16], &name[16..18], &name[18..20]);
            (path, Some(instant(&at)))
        };
        let versions = walk(&project("tests/pages/season")).into_iter().map(version).collect();
        Season { folder: tempfile::tempdir().expect("a folder"), versions }
    }

    /// A version of the file with these deadlines.
    fn version(mut self, at: &str, deadlines: &[String]) -> Season {
        let path = self.folder.path().join(format!("{}.toml", self.versions.len()));
        std::fs::write(&path, format!("{HEAD}{}", deadlines.concat())).expect("written");
        self.versions.push((path, Some(instant(at))));
        self
    }

    fn lived(&self, subscribers: &str, from: &str, to: &str) -> Simulation {
        let list = self.folder.path().join("subscribers.csv");
        std::fs::write(&list, subscribers).expect("written");
        simulate(&self.versions, Some(&list), instant(from), instant(to)).expect("a season")
    }

    /// One person's season, mail by mail.
    fn of_one(&self, row: &str) -> Vec<String> {
        let columns = "address,joined,role,lead,zone,language,deadlines,done,accepted,left";
        let text = self.lived(&format!("{columns}\n{row}\n"), "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z").text();
        let own = text.split("\n\n").nth(1).expect("a person").lines().skip(1);
        own.filter(|line| line.trim_start().starts_with('*'))
            .map(|line| line.trim_start_matches([' ', '*']).to_owned())
            .collect()
    }
}

#[test]
fn the_season_of_2025_corrects_whom_it_told() {
    let season = Season::of_2025();
    let people = "address,joined,lead,zone,accepted\n\
        early@example.org,2025-06-10T08:00:00Z,,Europe/Copenhagen,\n\
        own-leads@example.org,2025-06-19T08:00:00Z,7d 3d 1d,America/Los_Angeles,\n\
        before-the-extension@example.org,2025-06-24T20:00:00Z,7d@09:00 1d@09:00 3h,Asia/Seoul,2025-07-17T09:00:00Z\n\
        after-it@example.org,2025-06-24T20:40:00Z,,Europe/London,\n";
    let lived = season.lived(people, "2025-05-01T00:00:00Z", "2025-10-15T00:00:00Z");
    golden("stories/mail-season-2025.txt", lived.text().as_bytes());
    golden("stories/mail-season-2025.jsonl", lived.json_lines().as_bytes());
    // After the correction nobody is told the old date.
    for line in lived.json_lines().lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let later = line["at"].as_str().is_some_and(|at| at > "2025-06-24T20:23:00Z");
        assert!(!later || line["due"] != "2025-06-26T11:59:00Z", "{line}");
    }
}

#[test]
fn a_date_brought_forward_is_told_once_and_marked() {
    let paper = || deadline("paper", "submission", "2023-07-10");
    let camera = |day: &str| deadline("camera-ready", "camera-ready", day);
    let season = Season::new()
        .version("2023-05-01T00:00:00Z", &[paper(), camera("2023-08-25")])
        .version("2023-08-16T10:21:00Z", &[paper(), camera("2023-08-18")]);
    let mails = season.of_one("a@example.org,2023-08-10T08:00:00Z,,,Europe/Copenhagen,,,,2023-08-10T09:00:00Z,");
    assert_eq!(
        mails,
        [
            "Wed 16 Aug 12:31 camera-ready: earlier: Fri 25 Aug 2023, 23:59 AoE -> Fri 18 Aug 2023, 23:59 AoE",
            "Fri 18 Aug 09:00 camera-ready: reminder 1d@09:00 before Fri 18 Aug 2023, 23:59 AoE",
        ]
    );
    // Who did not say that they were accepted hears nothing of it.
    assert_eq!(season.of_one("a@example.org,2023-08-10T08:00:00Z,,,Europe/Copenhagen,,,,,"), Vec::<String>::new());
}

#[test]
fn withdrawn_reinstated_announced_and_reopened_are_told() {
    let paper = |due: &str| deadline("paper", "submission", due);
    let withdrawn = |due: &str| format!("{}cancelled = \"merged with the main track\"\n", paper(due));
    let season = Season::new()
        .version("2025-04-01T00:00:00Z", &[paper("\"TBC\"")])
        .version("2025-05-01T00:00:00Z", &[paper("2025-06-25")])
        .version("2025-05-10T00:00:00Z", &[withdrawn("2025-06-25")])
        .version("2025-05-20T00:00:00Z", &[paper("2025-06-25")])
        .version("2025-05-30T00:00:00Z", &[])
        .version("2025-06-02T00:00:00Z", &[paper("2025-06-25")])
        .version("2025-06-27T00:00:00Z", &[paper("2025-07-02")]);
    golden(
        "stories/mail-withdrawn.txt",
        season.of_one("a@example.org,2025-04-10T08:00:00Z,,,Asia/Seoul,,,,,").join("\n").as_bytes(),
    );
}

#[test]
fn there_and_back_is_told_each_time_and_within_the_hold_not_at_all() {
    let paper = |due: &str| vec![deadline("paper", "submission", due)];
    let season = |back: &str| {
        Season::new()
            .version("2025-05-01T00:00:00Z", &paper("2025-06-25"))
            .version("2025-06-10T10:00:00Z", &paper("2025-06-30"))
            .version(back, &paper("2025-06-25"))
    };
    let row = "a@example.org,2025-05-10T08:00:00Z,,,Asia/Seoul,,,,,";
    let reminders = [
        "Thu 19 Jun 09:00 paper: reminder 7d@09:00 before Wed 25 Jun 2025, 23:59 AoE",
        "Wed 25 Jun 09:00 paper: reminder 1d@09:00 before Wed 25 Jun 2025, 23:59 AoE",
    ];
    let confirmation = "Sat 10 May 17:00 paper: the confirmation states Wed 25 Jun 2025, 23:59 AoE";
    // Undone within the hold: nothing was told, so nothing is to be corrected.
    assert_eq!(season("2025-06-10T10:08:00Z").of_one(row), [&[confirmation], &reminders[..]].concat());
    // After it: there, and back.
    let corrected = season("2025-06-11T10:00:00Z").of_one(row);
    assert_eq!(
        corrected[1..3],
        [
            "Tue 10 Jun 19:10 paper: extended: Wed 25 Jun 2025, 23:59 AoE -> Mon 30 Jun 2025, 23:59 AoE",
            "Wed 11 Jun 19:10 paper: earlier: Mon 30 Jun 2025, 23:59 AoE -> Wed 25 Jun 2025, 23:59 AoE",
        ]
    );
    assert_eq!(corrected[3..], reminders, "no reminder is doubled by the way there and back");
}

#[test]
fn done_stops_reminders_and_not_corrections() {
    let paper = |due: &str| vec![deadline("paper", "submission", due)];
    let season = Season::new()
        .version("2025-05-01T00:00:00Z", &paper("2025-06-25"))
        .version("2025-06-12T10:00:00Z", &paper("2025-06-20"))
        .version("2025-06-14T10:00:00Z", &paper("2025-06-25"));
    let mails = season.of_one("a@example.org,2025-05-10T08:00:00Z,,,Asia/Seoul,,,paper@2025-06-01T00:00:00Z,,");
    assert_eq!(mails.len(), 3, "{mails:#?}");
    assert!(mails[1].contains("earlier") && mails[2].contains("extended"), "{mails:#?}");
}

#[test]
fn whom_a_deadline_is_not_for_hears_nothing_of_it() {
    let season = Season::new().version(
        "2025-05-01T00:00:00Z",
        &[
            deadline("paper", "submission", "2025-06-25"),
            deadline("notification", "notification", "2025-07-16"),
            deadline("camera-ready", "camera-ready", "2025-07-30"),
            deadline("registration", "registration", "2025-09-01"),
            format!("{}ours = false\n", deadline("visa", "other", "2025-08-01")),
        ],
    );
    let ids = |row: &str| -> Vec<String> {
        let mut ids: Vec<String> = season
            .of_one(row)
            .iter()
            .map(|line| line.split(": ").next().and_then(|head| head.rsplit(' ').next()).expect("an id").to_owned())
            .collect();
        ids.dedup();
        ids
    };
    let joined = "a@example.org,2025-05-10T08:00:00Z";
    assert_eq!(ids(&format!("{joined},attendee,,Asia/Seoul,,,,,")), ["registration"]);
    assert_eq!(ids(&format!("{joined},author,,Asia/Seoul,,paper,,,")), ["paper"]);
    // A rejected author hears of nothing but registration from the start.
    assert_eq!(ids(&format!("{joined},author,,Asia/Seoul,,,,no,")), ["registration"]);
    // Who left hears nothing more.
    let left = season.of_one(&format!("{joined},author,,Asia/Seoul,,,,,2025-06-20T00:00:00Z"));
    assert!(left.iter().all(|line| !line.contains("1d@09:00")), "{left:#?}");
}

#[test]
fn an_accepted_author_of_2025_gets_ten_mails_at_most_and_a_rejected_one_six() {
    let season = Season::new()
        .version(
            "2025-05-01T00:00:00Z",
            &[
                deadline("abstract", "abstract", "2025-06-11"),
                deadline("paper", "submission", "2025-06-25"),
                deadline("notification", "notification", "2025-07-16"),
                deadline("camera-ready", "camera-ready", "2025-07-30"),
            ],
        )
        .version(
            "2025-06-04T10:03:00Z",
            &[
                deadline("paper", "submission", "2025-06-25"),
                deadline("notification", "notification", "2025-07-16"),
                deadline("camera-ready", "camera-ready", "2025-07-30"),
            ],
        )
        .version(
            "2025-06-24T20:13:00Z",
            &[
                deadline("paper", "submission", "2025-06-30"),
                deadline("notification", "notification", "2025-07-16"),
                deadline("camera-ready", "camera-ready", "2025-07-30"),
            ],
        );
    let mails = |accepted: &str| {
        let row = format!("a@example.org,2025-05-02T08:00:00Z,,,Europe/Copenhagen,,,,{accepted},");
        let lines = season.of_one(&row);
        let mut moments: Vec<String> = lines.iter().map(|line| line.chars().take(16).collect()).collect();
        moments.dedup();
        moments.len()
    };
    // Decisions, presenter's and closing mail come to those an organizer sends them to: one, one and one.
    assert!(mails("2025-07-17T09:00:00Z") + 3 <= 10, "{}", mails("2025-07-17T09:00:00Z"));
    assert!(mails("") < 6, "{}", mails(""));
}

#[test]
fn a_thousand_people_live_through_a_season_in_a_moment() {
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let version = |month: u32| -> Vec<String> {
        ids.iter().zip(1..).map(|(id, day)| deadline(id, "submission", &format!("2025-{month:02}-{day:02}"))).collect()
    };
    let season =
        Season::new().version("2025-05-01T00:00:00Z", &version(7)).version("2025-06-10T00:00:00Z", &version(8));
    let mut list = String::from("address,joined,lead,zone\n");
    let zones = ["Asia/Seoul", "Europe/Copenhagen", "America/Los_Angeles", "Pacific/Apia", "Africa/Nairobi"];
    for number in 0..1000 {
        let zone = zones[number % zones.len()];
        list.push_str(&format!(
            "p{number}@example.org,2025-05-{:02}T08:00:00Z,14d 7d@09:00 3d 1d@09:00 3h,{zone}\n",
            1 + number % 28
        ));
    }
    let started = std::time::Instant::now();
    let lived = season.lived(&list, "2025-05-01T00:00:00Z", "2025-10-01T00:00:00Z");
    // Two seconds are held in release; a debug build on a busy machine gets some room.
    let most = if cfg!(debug_assertions) { 60 } else { 2 };
    let lines = lived.json_lines();
    assert!(started.elapsed().as_secs() < most, "{:?}", started.elapsed());
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let is_mail = ["confirmation", "reminder", "correction"].contains(&line["kind"].as_str().expect("a kind"));
        assert_eq!(line["subject"].is_string(), is_mail, "{line}");
    }
    assert!(lived.text().contains(" to 1000 people: "), "{}", lived.text().lines().last().unwrap_or_default());
}

/// With the defaults nobody's mailbox fills up, and nobody is woken.
#[test]
fn the_mail_budget_of_a_season_is_kept() {
    let season = Season::of_2025();
    let zones = ["Asia/Seoul", "Europe/Copenhagen", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Honolulu"];
    for zone in zones {
        let people = format!(
            "address,joined,zone,accepted\naccepted@example.org,2025-05-02T08:00:00Z,{zone},2025-07-17T09:00:00Z\n\
             rejected@example.org,2025-05-02T08:00:00Z,{zone},no\n"
        );
        let lived = season.lived(&people, "2025-04-01T00:00:00Z", "2025-10-15T00:00:00Z");
        let mails = |who: &str| {
            let lines = lived.json_lines();
            let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
            let own = lines.filter(|line| line["to"] == who && !line["subject"].is_null());
            own.map(|line| (line["at"].clone().to_string(), line["kind"].clone().to_string())).collect::<Vec<_>>()
        };
        let number = |who: &str| mails(who).into_iter().collect::<std::collections::BTreeSet<_>>().len();
        // Decisions, the presenter's and the closing mail come on top of these.
        assert!(number("accepted@example.org") <= 7, "{zone}: {:#?}", mails("accepted@example.org"));
        assert!(number("rejected@example.org") < 6, "{zone}: {:#?}", mails("rejected@example.org"));
        let clock: allim::domain::zone::Zone = zone.parse().expect("a zone");
        for (at, kind) in mails("accepted@example.org").iter().filter(|(_, kind)| kind.contains("reminder")) {
            let hour = clock.local(instant(at.trim_matches('"'))).civil.format("%H").to_string();
            assert!(("07"..="21").contains(&hour.as_str()), "{zone}: {kind} at {at}");
        }
    }
}
