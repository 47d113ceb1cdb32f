//! Publishing: what a season's edits do to the feeds, and what happens when it goes wrong.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use allim::app::publish::{Outcome, Proposal, consequences, publish, undo};
use allim::clock::Clock;
use allim::domain::publication::{Publication, Source};
use allim::domain::zone::Instant;
use allim::feed::{Feed, Query, render};
use allim::store::{Store, StoreError};
use chrono::TimeDelta;

use crate::house::{Service, golden, instant, project, read, wait};
use crate::lint::lint;

/// A store of its own, and the time.
pub struct Desk {
    folder: tempfile::TempDir,
    store: Store,
}

impl Desk {
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        let store = wait(Store::open(folder.path())).expect("a store");
        Desk { folder, store }
    }

    pub fn proposal(source: Source, text: &str, accept: &[&str]) -> Proposal {
        Proposal {
            source,
            programme: None,
            file: "programme.toml".to_owned(),
            octets: text.as_bytes().to_vec(),
            accept: accept.iter().map(|name| (*name).to_owned()).collect(),
            note: None,
            knows_live: false,
            base: None,
        }
    }

    pub fn publish(&self, source: &Source, text: &str, accept: &[&str], now: Instant) -> Outcome {
        let proposal = Desk::proposal(source.clone(), text, accept);
        wait(publish(&self.store, &proposal, &Clock::manual(now))).expect("a store that works")
    }

    pub fn history(&self, programme: &str) -> Vec<Publication> {
        wait(self.store.history(programme)).expect("a store that works")
    }
}

/// Tells a publication as its readers see it: doubts, changes in words, every entry's stamps, which feeds changed.
pub fn tell(story: &mut String, desk: &Desk, at: &str, what: &str, text: &str) {
    let now = instant(at);
    writeln!(story, "## {at}  {what}").expect("written");
    let file = Source::File("faimi.toml".to_owned());
    let before = desk.history("season").pop();
    let mut outcome = desk.publish(&file, text, &[], now);
    if let Outcome::Refused(report) = &outcome {
        for problem in &report.problems {
            writeln!(story, "doubt  {}  ({})", problem.what, problem.doubt.as_deref().unwrap_or("error"))
                .expect("written");
        }
        let blocked = wait(desk.store.blocked()).expect("a store that works");
        assert_eq!(blocked.len(), 1, "what is refused is kept");
        outcome = desk.publish(&file, text, &["all"], now);
        assert!(
            wait(desk.store.blocked()).expect("a store that works").is_empty(),
            "and forgotten once it is published"
        );
    }
    let Outcome::Published(publication) = outcome else { panic!("{what}: {outcome:?}") };
    for change in &publication.changes {
        writeln!(story, "change {}", change.words()).expect("written");
    }
    for record in &publication.revision.records {
        let status = if record.is_cancelled() { "cancelled" } else { "" };
        let moment = record.entry.moment().map_or(String::new(), |moment| moment.civil.to_string());
        let stamp = record.modified.format("%m-%dT%H:%M:%S");
        writeln!(story, "entry  {:<28} {} {stamp} {moment} {status}", record.key.as_str(), record.sequence)
            .expect("written");
    }
    let etag =
        |publication: &Publication, feed: &Feed| render(&publication.revision, feed, &Query::default(), None).etag;
    let changed = Feed::WHOLE.into_iter().filter(|feed| {
        assert_eq!(lint(&render(&publication.revision, feed, &Query::default(), None).identity), Vec::<String>::new());
        before.as_ref().is_none_or(|before| etag(before, feed) != etag(&publication, feed))
    });
    let changed: Vec<String> = changed.map(|feed| feed.path()).collect();
    writeln!(story, "feeds  {}\n", changed.join(" ")).expect("written");
}

const HEAD: &str = "[programme]\nid = \"season\"\ntitle = \"Fairness (FAIMI 2025)\"\nshort = \"FAIMI 2025\"\n\
    url = \"https://example.org/\"\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\n";

fn deadline(id: &str, kind: &str, title: &str, due: &str, more: &str) -> String {
    format!("[[deadline]]\nid = \"{id}\"\nkind = \"{kind}\"\ntitle = \"{title}\"\ndue = {due}\n{more}")
}

fn deadlines(abstracts: Option<&str>, paper: &str, rest: [&str; 2]) -> String {
    let mut text = String::new();
    if let Some(due) = abstracts {
        text.push_str(&deadline("abstract", "abstract", "Abstract", due, ""));
    }
    text.push_str(&deadline("full-paper", "submission", "Full paper", paper, "url = \"https://cmt.example.org/F\"\n"));
    text.push_str(&deadline("notification", "notification", "Notification", rest[0], ""));
    text.push_str(&deadline("camera-ready", "camera-ready", "Camera-ready", rest[1], ""));
    text
}

/// The sessions of the real file, as its file writes them.
fn sessions(lee: &str) -> String {
    let real = read("data/faimi-2025.toml");
    let start = real.find("[[session]]").expect("sessions");
    let end = real.find("[[paper]]").expect("papers");
    let kept: Vec<&str> = real[start..end].lines().filter(|line| !line.starts_with("paper")).collect();
    kept.join("\n").replace("Advancing Fairness: Sex- and Gender-Aware AI for Equitable Neuroimaging", lee) + "\n"
}

#[test]
fn the_season_of_2025_as_it_went() {
    let desk = Desk::new();
    let mut story = String::new();
    let mut told = |at: &str, what: &str, text: &str| tell(&mut story, &desk, at, what, text);
    let tbc = "\"TBC\"";
    let day = format!("{HEAD}dates = [2025-09-23]\n");
    let venue = "[venue]\nname = \"Daejeon Convention Center\"\ncity = \"Daejeon\"\n";
    let roomy = format!("{venue}room = \"DCC1-1F-111\"\n");
    let rest = ["2025-07-16", "2025-07-30"];
    told(
        "2025-04-01T08:37:00Z",
        "everything to be confirmed",
        &(HEAD.to_owned() + &deadlines(Some(tbc), tbc, [tbc, tbc])),
    );
    told(
        "2025-04-05T06:21:00Z",
        "two wrong years",
        &(HEAD.to_owned() + &deadlines(Some("2024-06-11"), "2024-06-25", rest)),
    );
    told("2025-04-14T10:14:00Z", "mended", &(HEAD.to_owned() + &deadlines(Some("2025-06-11"), "2025-06-25", rest)));
    told(
        "2025-05-06T09:00:00Z",
        "day and venue",
        &format!("{day}{venue}{}", deadlines(Some("2025-06-11"), "2025-06-25", rest)),
    );
    told(
        "2025-06-04T10:03:00Z",
        "no abstracts any more",
        &format!("{day}{venue}{}", deadlines(None, "2025-06-25", rest)),
    );
    let extended = deadlines(None, "2025-06-30", rest);
    told("2025-06-24T20:13:00Z", "extended", &format!("{day}{venue}{extended}"));
    told("2025-08-07T09:00:00Z", "thirteen sessions", &format!("{day}{venue}{extended}{}", sessions("TBC")));
    told("2025-08-21T09:00:00Z", "the room", &format!("{day}{roomy}{extended}{}", sessions("TBC")));
    let in_person = format!("{HEAD}dates = [2025-09-23]\nattendance = \"hybrid\"\n");
    told("2025-09-01T09:00:00Z", "hybrid, by mistake", &format!("{in_person}{roomy}{extended}{}", sessions("TBC")));
    told("2025-09-02T09:00:00Z", "in person only", &format!("{day}{roomy}{extended}{}", sessions("TBC")));
    let lee = sessions("Advancing Fairness: Sex- and Gender-Aware AI for Equitable Neuroimaging");
    told("2025-09-22T09:00:00Z", "a keynote's title", &format!("{day}{roomy}{extended}{lee}"));
    let awards = "[[award]]\ntitle = \"Best Oral Presentation\"\nrecipients = [{ name = \"Louisa Fay\" }]\n";
    told("2025-09-30T09:00:00Z", "awards", &format!("{day}{roomy}{extended}{lee}{awards}"));
    golden("stories/season-2025.txt", story.as_bytes());

    // The same content again is no revision, whatever the hour and whichever doubts it answers.
    let accepting = "accept = [\"wrong-year:abstract:2024-06-11\"]\n";
    let answered = desk.publish(
        &Source::File("faimi.toml".to_owned()),
        &format!("{day}{accepting}{roomy}{extended}{lee}{awards}"),
        &[],
        instant("2025-10-01T00:00:00Z"),
    );
    assert!(matches!(answered, Outcome::Unchanged(12)), "{answered:?}");
    let again = desk.publish(
        &Source::File("faimi.toml".to_owned()),
        &format!("# a comment\n{day}{roomy}{extended}{lee}{awards}"),
        &[],
        instant("2025-10-01T00:00:00Z"),
    );
    assert!(matches!(again, Outcome::Unchanged(12)), "{again:?}");
}

#[test]
fn what_other_years_did() {
    let desk = Desk::new();
    let mut story = String::new();
    let mut told = |at: &str, what: &str, text: &str| tell(&mut story, &desk, at, what, text);
    let year = |zone: &str, dates: &str, city: &str, site: &str, camera: &str| {
        let paper = format!("url = \"https://{site}/submit\"\n");
        HEAD.replace("Asia/Seoul", zone)
            + &format!("dates = [{dates}]\n[venue]\ncity = \"{city}\"\n")
            + &deadline("paper", "submission", "Full paper", "2023-07-10", &paper)
            + &deadline("camera-ready", "camera-ready", "Camera-ready", camera, "")
    };
    let (dubai, paris) = ("Asia/Dubai", "Europe/Paris");
    told("2023-05-01T00:00:00Z", "first", &year(dubai, "2023-10-08", "Abu Dhabi", "cmt.example.org", "2023-08-25"));
    told(
        "2023-05-14T00:00:00Z",
        "the day moves",
        &year(dubai, "2023-10-12", "Abu Dhabi", "cmt.example.org", "2023-08-25"),
    );
    told(
        "2023-06-01T00:00:00Z",
        "the city moves",
        &year(paris, "2023-10-12", "Strasbourg", "cmt.example.org", "2023-08-25"),
    );
    told(
        "2023-06-10T00:00:00Z",
        "the submission site moves",
        &year(paris, "2023-10-12", "Strasbourg", "openreview.example.net", "2023-08-25"),
    );
    told(
        "2023-08-16T10:21:00Z",
        "brought forward with two days left",
        &year(paris, "2023-10-12", "Strasbourg", "openreview.example.net", "2023-08-18"),
    );
    golden("stories/other-years.txt", story.as_bytes());
}

#[test]
fn a_source_takes_nothing_back_that_it_does_not_know() {
    let desk = Desk::new();
    let file = Source::File("a.toml".to_owned());
    let text = |paper: &str, needs: &str| {
        HEAD.to_owned() + &deadline("paper", "submission", "Full paper", paper, &format!("needs = \"{needs}\"\n"))
    };
    let at = |day: u32| instant(&format!("2025-05-{day:02}T00:00:00Z"));
    desk.publish(&file, &text("2025-06-25", "PDF"), &[], at(1));
    desk.publish(&Source::CommandLine, &text("2025-06-30", "PDF"), &[], at(2));

    // The file is edited in another place; its date is the one that was live before.
    let stale =
        desk.publish(&file, &text("2025-06-25", "PDF, anonymized"), &["brought-forward:paper:2025-06-25"], at(3));
    let Outcome::Refused(report) = stale else { panic!("it took the extension back") };
    let doubts: Vec<&str> = report.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(
        doubts,
        [
            "deadline.paper takes back what the command line published in revision 2: due: 2025-06-30T23:59:00 -> 2025-06-25T23:59:00"
        ]
    );
    let name = report.problems[0].doubt.clone().expect("a name");
    let accepted = desk.publish(
        &file,
        &text("2025-06-25", "PDF, anonymized"),
        &["brought-forward:paper:2025-06-25", &name],
        at(4),
    );
    assert!(matches!(accepted, Outcome::Published(_)), "{accepted:?}");

    // Whoever published last may go on, and one who takes over what is live may change the rest.
    assert!(matches!(desk.publish(&file, &text("2025-06-27", "PDF"), &[], at(5)), Outcome::Published(_)));
    assert!(matches!(desk.publish(&Source::Console, &text("2025-06-27", "PDF!"), &[], at(6)), Outcome::Published(_)));
}

#[test]
fn a_file_that_becomes_another_programme_is_asked_about() {
    let text = |id: &str| HEAD.replace("id = \"season\"", &format!("id = \"{id}\""));
    let service = Service::start(&[("a.toml", &text("one"))], "2025-05-01T00:00:00Z");
    std::fs::write(service.data.join("a.toml"), text("two")).expect("written");
    service.until("the doubt", |service| service.get("/readyz").text().contains("was the programme \"one\" until now"));
    assert_eq!(service.get("/two/all.ics").status, 404);
    std::fs::write(service.data.join("b.toml"), text("two")).expect("written");
    service.until("a file of its own", |service| service.get("/two/all.ics").status == 200);
}

#[test]
fn of_two_files_with_one_id_the_one_that_was_published_keeps_it() {
    let text = |title: &str| HEAD.replace("Fairness (FAIMI 2025)", title);
    let service = Service::start(&[("m.toml", &text("The original"))], "2025-05-01T00:00:00Z");
    // Its name sorts first, so it is looked at first after a restart.
    std::fs::write(service.data.join("a copy.toml"), text("A stale copy")).expect("written");
    let service = service.restart();
    assert!(service.get("/season/").text().contains("The original"));
    assert!(service.get("/readyz").text().contains("a copy.toml: the id \"season\" is already that of"));
}

#[test]
fn an_undo_says_what_it_undoes_and_can_be_undone() {
    let desk = Desk::new();
    let text = |paper: &str| HEAD.to_owned() + &deadline("paper", "submission", "Full paper", paper, "");
    let clock = Clock::manual(instant("2025-05-01T00:00:00Z"));
    desk.publish(&Source::CommandLine, &text("2025-06-25"), &[], clock.now());
    assert!(wait(undo(&desk.store, "season", Source::CommandLine, None, &clock)).expect("works").is_none());
    desk.publish(&Source::CommandLine, &text("2025-06-30"), &[], clock.now());
    for (number, words) in [(3, "brought forward"), (4, "extended")] {
        let undone = wait(undo(&desk.store, "season", Source::CommandLine, None, &clock)).expect("works");
        let Some(Outcome::Published(publication)) = undone else { panic!("{undone:?}") };
        assert_eq!(publication.revision.number, number);
        assert!(publication.changes[0].words().contains(words), "{:?}", publication.changes);
        assert_eq!(publication.note.as_deref(), Some(format!("Undoes revision {}", number - 1).as_str()));
    }
    let record = &desk.history("season")[3].revision.records[1];
    assert_eq!(record.sequence, 3, "{record:?}");
}

#[test]
fn two_writers_get_two_numbers() {
    let desk = Desk::new();
    let text = |number: u32| {
        format!("{HEAD}{}", deadline("paper", "submission", &format!("Paper {number}"), "2025-06-25", ""))
    };
    desk.publish(&Source::CommandLine, &text(0), &[], instant("2025-05-01T00:00:00Z"));
    let write = |number: u32| {
        let file = desk.folder.path().join(format!("{number}.toml"));
        std::fs::write(&file, text(number)).expect("written");
        Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(["publish", "--accept", "all", "--json", "--state"])
            .arg(desk.folder.path())
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs")
    };
    let mut overtaken = 0;
    for round in 0..6 {
        let mut open: Vec<u32> = (1..=4).map(|number| round * 10 + number).collect();
        // Who was overtaken is told what it would do now, and tries again.
        while !open.is_empty() {
            let writers: Vec<_> = open.iter().map(|number| (*number, write(*number))).collect();
            open.clear();
            for (number, writer) in writers {
                let output = writer.wait_with_output().expect("an end");
                if !output.status.success() {
                    let said = String::from_utf8_lossy(&output.stdout).into_owned();
                    assert!(said.contains("was published meanwhile"), "{said}");
                    overtaken += 1;
                    open.push(number);
                }
            }
        }
    }
    println!("{overtaken} writers were overtaken");
    let numbers: Vec<u32> = desk.history("season").iter().map(|publication| publication.revision.number).collect();
    assert_eq!(numbers, (1..=25).collect::<Vec<_>>());
    // Each was compared with the one before it, so the chain of titles has no gap.
    for pair in desk.history("season").windows(2) {
        let title = |publication: &Publication| format!("{:?}", publication.revision.records[1].entry);
        let was = format!("{:?}", pair[1].changes[0].title);
        assert!(title(&pair[0]).contains(&was), "{was}");
    }
}

#[test]
fn a_publication_that_is_killed_is_whole_or_not_there() {
    let desk = Desk::new();
    let text = |number: usize| {
        format!("{HEAD}{}", deadline("paper", "submission", &format!("Paper {number}"), "2025-06-25", ""))
    };
    desk.publish(&Source::CommandLine, &text(0), &[], instant("2025-05-01T00:00:00Z"));
    let file = desk.folder.path().join("p.toml");
    let (mut whole, mut absent) = (0, 0);
    for round in 1..=40 {
        std::fs::write(&file, text(round)).expect("written");
        let before = desk.history("season").len();
        let mut child = Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(["publish", "--accept", "all", "--state"])
            .arg(desk.folder.path())
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        // Somewhere between its start and its end, another place each time.
        std::thread::sleep(Duration::from_micros(500 * round as u64));
        let _ = child.kill();
        child.wait().expect("an end");
        let history = desk.history("season");
        let last = history.last().expect("a revision");
        assert_eq!(last.revision.number as usize, history.len());
        if history.len() == before {
            absent += 1;
        } else {
            assert!(last.revision.source.contains(&format!("Paper {round}\"")));
            whole += 1;
        }
    }
    assert!(whole + absent == 40 && absent > 0, "{whole} whole, {absent} absent");
    // A killed process leaves no lock behind.
    assert!(matches!(
        desk.publish(&Source::CommandLine, &text(99), &["all"], instant("2025-05-02T00:00:00Z")),
        Outcome::Published(_)
    ));
}

#[test]
fn a_newer_schema_is_refused_and_a_backup_is_whole() {
    let desk = Desk::new();
    let text = HEAD.to_owned() + &deadline("paper", "submission", "Full paper", "2025-06-25", "");
    desk.publish(&Source::CommandLine, &text, &[], instant("2025-05-01T00:00:00Z"));
    let copy = tempfile::tempdir().expect("a folder");
    wait(desk.store.backup(&copy.path().join("allim.db"))).expect("a backup");
    let restored = wait(Store::open(copy.path())).expect("a store");
    assert_eq!(wait(restored.history("season")).expect("works"), desk.history("season"));
    drop(restored);
    let newer = Command::new("python3")
        .args(["-c", "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.execute(\"INSERT INTO _sqlx_migrations VALUES (99, 'later', '2030-01-01', 1, x'00', 0)\")\ndb.commit()"])
        .arg(copy.path().join("allim.db"))
        .status();
    if newer.is_ok_and(|status| status.success()) {
        let error = wait(Store::open(copy.path())).expect_err("refused");
        assert!(
            matches!(error, StoreError::Newer { step: 99 }) && error.to_string().contains("newer version"),
            "{error}"
        );
    } else {
        println!("left out: there is no python3 with sqlite3 to write a newer schema");
    }
}

#[test]
fn a_running_service_shows_what_another_process_publishes() {
    let service = Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], "2025-09-01T00:00:00Z");
    let mut file = read("data/faimi-2025.toml").replace("room       = \"DCC1-1F-111\"", "room       = \"Aula\"");
    file = file.replace("DCC1-1F-111", "Aula");
    let path = service.state.join("changed.toml");
    std::fs::write(&path, &file).expect("written");
    let started = std::time::Instant::now();
    let published = Command::new(env!("CARGO_BIN_EXE_allim"))
        .args(["publish", "--accept", "all", "--note", "We are in the Aula", "--state"])
        .arg(&service.state)
        .arg(&path)
        .output()
        .expect("it runs");
    assert!(published.status.success(), "{published:?}");
    let said = String::from_utf8_lossy(&published.stdout);
    let offered = "allim announce faimi-2025 --to all --subject \"FAIMI 2025 moved to another room\" --body FILE.md";
    assert!(said.contains(offered), "{said}");
    service.until("the new room", |service| service.get("/faimi-2025/sessions.ics").text().contains("LOCATION:Aula"));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    for (path, words) in [
        ("/faimi-2025/changes/", "We are in the Aula"),
        ("/faimi-2025/changes/2/", "moved to another room"),
        ("/faimi-2025/changes.atom", "FAIMI 2025 moved to another room: DCC1-1F-111 -&gt; Aula"),
        ("/faimi-2025/changes.json", "\"https://jsonfeed.org/version/1.1\""),
    ] {
        let answer = service.get(path);
        assert!(answer.status == 200 && answer.text().contains(words), "{path}: {}", answer.text());
    }
    // The file was published before and did not change: it does not take the room back, not even after a restart.
    let again = service.restart();
    assert!(again.get("/faimi-2025/sessions.ics").text().contains("LOCATION:Aula"));
}

#[test]
fn a_programme_is_put_by_who_holds_its_token_and_saw_what_is_live() {
    let service = Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], "2025-06-01T00:00:00Z");
    let path = "/faimi-2025/programme.toml";
    let secret = |programme: &str| {
        let made = Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(["token", "new", programme, "--name", "ci", "--state"])
            .arg(&service.state)
            .output()
            .expect("it runs");
        format!("Bearer {}", String::from_utf8_lossy(&made.stdout).trim())
    };
    let (token, foreign) = (secret("faimi-2025"), secret("another"));
    let live = service.get(path);
    let etag = live.header("etag").expect("an ETag").to_owned();
    assert_eq!(live.text(), read("data/faimi-2025.toml"));
    let later = live.text().replace("= 2025-07-30", "= 2025-08-02");
    let earlier = live.text().replace("= 2025-07-30", "= 2025-07-20");
    let put = |headers: &[(&str, &str)], query: &str, body: &str| {
        service.ask_with("PUT", &format!("{path}{query}"), headers, body)
    };
    assert_eq!(put(&[("If-Match", &etag)], "", &later).status, 401);
    assert_eq!(put(&[("If-Match", &etag), ("Authorization", "Bearer 00")], "", &later).status, 401);
    assert_eq!(put(&[("If-Match", &etag), ("Authorization", &foreign)], "", &later).status, 403);
    assert_eq!(put(&[("Authorization", &token)], "", &later).status, 428);
    let good = put(&[("If-Match", &etag), ("Authorization", &token)], "?note=Later", &later);
    assert_eq!(good.status, 200, "{}", good.text());
    assert!(good.text().contains("Camera-ready version extended"), "{}", good.text());
    assert!(service.get("/faimi-2025/deadlines.ics").text().contains("DTEND:20250803T115900Z"));

    // The first author's copy is stale now; what it would undo is told, and nothing is done. The hold of the change is
    // over: within it nobody would have to be told.
    service.clock.advance(TimeDelta::hours(1));
    let stale = put(&[("If-Match", &etag), ("Authorization", &token)], "", &live.text());
    assert_eq!(stale.status, 412);
    assert!(stale.text().contains("is brought forward"), "{}", stale.text());
    let now = stale.header("etag").expect("the live ETag").to_owned();
    assert_eq!(put(&[("If-Match", &now), ("Authorization", &token)], "", &later).status, 200);
    let doubtful = put(&[("If-Match", &now), ("Authorization", &token)], "", &earlier);
    assert_eq!(doubtful.status, 422);
    let name = doubtful
        .text()
        .split("\"doubt\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a name")
        .to_owned();
    assert_eq!(put(&[("If-Match", &now), ("Authorization", &token)], &format!("?accept={name}"), &earlier).status, 200);
    let broken = put(&[("If-Match", "*"), ("Authorization", &token)], "", "[programm]\n");
    assert_eq!(broken.status, 422);
    assert_eq!(service.ask("DELETE", path, &[]).header("allow"), Some("GET, HEAD, OPTIONS, PUT"));
    assert_eq!(service.ask("PUT", "/faimi-2025/all.ics", &[]).status, 405);
}

#[test]
fn an_unreadable_database_takes_nothing_down() {
    let service = Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], "2025-09-01T00:00:00Z");
    let before = service.get("/faimi-2025/all.ics");
    let database = service.state.join("allim.db");
    std::fs::rename(&database, service.state.join("aside.db")).expect("renamed");
    service
        .until("the missing database", |service| service.get("/readyz").text().contains("put a backup in its place"));
    std::fs::rename(service.state.join("aside.db"), &database).expect("renamed");
    service.until("its return", |service| !service.get("/readyz").text().contains("degraded"));
    for file in ["allim.db", "allim.db-wal"] {
        let path = service.state.join(file);
        let length = std::fs::metadata(&path).map_or(0, |about| about.len());
        std::fs::write(&path, vec![0x5a; usize::try_from(length).expect("a small file")]).expect("written");
    }
    std::fs::write(
        service.data.join("faimi-2025.toml"),
        read("data/faimi-2025.toml").replace("\"Closing and Awards\"", "\"Farewell\""),
    )
    .expect("written");
    service.until("the trouble", |service| service.get("/readyz").text().contains("degraded"));
    let after = service.get("/faimi-2025/all.ics");
    assert_eq!((after.status, after.body), (200, before.body));
    assert_eq!(service.get("/readyz").status, 200);
}

/// A mounted folder, given back also when a story fails.
struct SmallDisk(tempfile::TempDir);

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_full_disk_takes_nothing_down_and_the_edit_is_published_when_there_is_room() {
    let disk = SmallDisk(tempfile::tempdir().expect("a folder"));
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
        .arg(disk.0.path())
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("left out: a small disk cannot be mounted here");
        return;
    }
    let service =
        Service::start_in(disk.0.path(), &[("faimi-2025.toml", &read("data/faimi-2025.toml"))], "2025-09-01T00:00:00Z");
    let before = service.get("/faimi-2025/all.ics");
    assert_eq!(before.status, 200);
    let ballast = disk.0.path().join("ballast");
    let mut free = std::fs::File::create(&ballast).expect("a file");
    while std::io::Write::write_all(&mut free, &[0; 4096]).is_ok() {}
    std::fs::write(
        service.data.join("faimi-2025.toml"),
        read("data/faimi-2025.toml").replace("\"Closing and Awards\"", "\"Farewell\""),
    )
    .expect("written");
    service.until("the trouble", |service| service.get("/readyz").text().contains("degraded"));
    assert_eq!(service.get("/faimi-2025/all.ics").body, before.body);
    drop(free);
    std::fs::remove_file(&ballast).expect("removed");
    service.clock.advance(chrono::TimeDelta::minutes(1));
    service.until("the room", |service| service.get("/faimi-2025/all.ics").text().contains("SUMMARY:Farewell"));
    assert!(!service.get("/readyz").text().contains("degraded"));
}

#[test]
fn a_dry_run_says_everything_and_does_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_allim"))
            .arg("publish")
            .args(arguments)
            .arg("--state")
            .arg(folder.path())
            .current_dir(project("."))
            .output()
            .expect("it runs")
    };
    let first = run(&["data/faimi-2025.toml", "--dry-run"]);
    assert!(first.status.success());
    assert!(String::from_utf8_lossy(&first.stdout).contains("added: 13 sessions, 3 deadlines"));
    assert!(run(&["data/faimi-2025.toml"]).status.success());
    let same = run(&["data/faimi-2025.toml"]);
    assert!(String::from_utf8_lossy(&same.stdout).contains("nothing new: revision 1"));
    let moved = folder.path().join("moved.toml");
    std::fs::write(&moved, read("data/faimi-2025.toml").replace("Daejeon\"", "Busan\"")).expect("written");
    let moved = moved.to_str().expect("a path");
    let dry = run(&[moved, "--dry-run"]);
    let said = String::from_utf8_lossy(&dry.stdout).into_owned();
    assert_eq!(dry.status.code(), Some(1), "{said}");
    assert!(said.contains("FAIMI 2025 city moved: Daejeon -> Busan") && said.contains("city-moved:Busan"), "{said}");
    assert_eq!(run(&[moved]).status.code(), Some(1));
    let kept = run(&[moved, "--dry-run"]);
    assert!(String::from_utf8_lossy(&kept.stderr).contains("Not published: the command line needs a look"), "{kept:?}");
    assert!(run(&[moved, "--accept", "all"]).status.success());
    let undone = run(&["--undo", "faimi-2025"]);
    assert!(String::from_utf8_lossy(&undone.stdout).contains("revision 3 is published"), "{undone:?}");
}

#[test]
fn what_was_refused_is_said_in_words_that_calm_and_help() {
    let desk = Desk::new();
    let text = |paper: &str| HEAD.to_owned() + &deadline("paper", "submission", "Full paper", paper, "");
    let file = Source::File("faimi.toml".to_owned());
    desk.publish(&file, &text("2025-06-30"), &[], instant("2025-05-01T00:00:00Z"));
    let refused = desk.publish(&file, &text("2025-06-20"), &[], instant("2025-05-02T00:00:00Z"));
    assert!(matches!(refused, Outcome::Refused(_)));
    // The same again an hour later does not begin the waiting anew.
    desk.publish(&file, &text("2025-06-20"), &[], instant("2025-05-02T01:00:00Z"));
    let blocked = wait(desk.store.blocked()).expect("works");
    let (subject, text) = allim::app::blocked::words(&blocked[0], "FAIMI 2025", instant("2025-05-02T03:00:00Z"));
    golden("stories/blocked.txt", format!("{subject}\n\n{text}").as_bytes());
}

#[test]
fn the_changes_are_valid_news() {
    let service = Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], "2025-09-01T00:00:00Z");
    let feed: atom_syndication::Feed = service.get("/faimi-2025/changes.atom").text().parse().expect("Atom");
    let entry = &feed.entries()[0];
    assert_eq!(feed.id(), "tag:faimi-workshop.github.io,2025:faimi-2025/changes");
    assert_eq!(entry.id(), "tag:faimi-workshop.github.io,2025:faimi-2025/revision/1");
    assert_eq!(entry.updated().to_rfc3339(), "2025-09-01T00:00:00+00:00");
    assert_eq!(entry.links()[0].href(), "http://calendar.example.org/faimi-2025/changes/1/");
    let json: serde_json::Value = serde_json::from_str(&service.get("/faimi-2025/changes.json").text()).expect("JSON");
    assert_eq!(json["items"][0]["id"], entry.id());
    assert_eq!(json["items"][0]["_allim"]["changes"][0]["kind"], "added");
    assert_eq!(json["feed_url"], "http://calendar.example.org/faimi-2025/changes.json");
    assert_eq!(
        service.get("/faimi-2025/changes.atom").header("content-type"),
        Some("application/atom+xml; charset=utf-8")
    );
    assert_eq!(service.get("/faimi-2025/changes/2/").status, 404);
}

#[test]
fn consequences_change_nothing() {
    let desk = Desk::new();
    let text = HEAD.to_owned() + &deadline("paper", "submission", "Full paper", "2025-06-25", "");
    let proposal = Desk::proposal(Source::Console, &text, &[]);
    let told = wait(consequences(&desk.store, &proposal, instant("2025-05-01T00:00:00Z"))).expect("works");
    assert!(told.publication.is_some() && told.live == 0);
    assert!(desk.history("season").is_empty() && wait(desk.store.blocked()).expect("works").is_empty());
}
