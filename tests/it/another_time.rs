//! A season lived through in minutes: the whole service, as a process, at another time and rate.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use allim::domain::zone::Instant;
use chrono::TimeDelta;

use crate::house::{Answer, instant, read, read_answer, request, wait, walk};

/// A process, until it is killed.
struct Process {
    child: Child,
    said: Vec<String>,
}

fn allim(folder: &Path, clock: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allim"));
    command.current_dir(folder).args(["serve", "--listen", "127.0.0.1:0", "--data", "data"]);
    if !more.contains(&"--state") {
        command.args(["--state", "var"]);
    }
    command.args(more).env("ALLIM_LOG", "error").env_remove("ALLIM_MAIL");
    if !clock.is_empty() {
        command.args(["--clock", clock]);
    }
    command
}

impl Process {
    fn start(folder: &Path, clock: &str) -> Process {
        let mut command = allim(folder, clock, &[]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("a service");
        let out = BufReader::new(child.stdout.take().expect("its words"));
        let mut said = Vec::new();
        for line in out.lines() {
            said.push(line.expect("a line"));
            if said.last().is_some_and(|line| line.contains("all.ics")) {
                break;
            }
        }
        Process { child, said }
    }

    fn address(&self) -> String {
        let page = self.said.iter().find(|line| line.contains("  page ")).expect("a page");
        page.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address").to_owned()
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let host = self.address();
        let head =
            [("Origin", format!("http://{host}")), ("Content-Type", "application/x-www-form-urlencoded".to_owned())];
        let head: Vec<(&str, &str)> = head.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let octets = request(method, path, &head, body);
        let octets =
            String::from_utf8(octets).expect("text").replace("Host: calendar.example.org", &format!("Host: {host}"));
        stream.write_all(octets.as_bytes()).expect("sent");
        read_answer(&mut stream)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mail as a file: its Date, its subject, its text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Mail {
    at: Instant,
    subject: String,
    text: String,
}

fn mails(folder: &Path) -> Vec<Mail> {
    let outbox = folder.join("var/clock/outbox");
    let files = if outbox.is_dir() { walk(&outbox) } else { Vec::new() };
    let whole = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "eml");
    let read = |file: PathBuf| {
        let octets = std::fs::read(file).ok()?;
        let mail = mail_parser::MessageParser::default().parse(&octets)?;
        let at = chrono::DateTime::from_timestamp(mail.date()?.to_timestamp(), 0)?;
        let (subject, text) = (mail.subject()?.to_owned(), mail.body_text(0)?.into_owned());
        Some(Mail { at, subject, text })
    };
    let mut mails: Vec<Mail> = files.into_iter().filter(whole).filter_map(read).collect();
    mails.sort();
    mails
}

fn arrives(folder: &Path, what: &str, is_it: impl Fn(&Mail) -> bool) -> Mail {
    let began = std::time::Instant::now();
    loop {
        if let Some(mail) = mails(folder).into_iter().find(&is_it) {
            return mail;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not come: {:#?}", mails(folder));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Until it is written down as well that so many reminders went: killed before, a mail would be in doubt and go once more.
fn until_written(folder: &Path, reminders: usize) {
    let began = std::time::Instant::now();
    loop {
        let explain = ["explain", "faimi-2025", "ada@example.org", "full-paper", "--state", "var/clock"];
        let done =
            Command::new(env!("CARGO_BIN_EXE_allim")).args(explain).current_dir(folder).output().expect("it runs");
        let told = String::from_utf8_lossy(&done.stdout).into_owned();
        if told.matches("  Sent on ").count() == reminders {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{told}");
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    std::fs::write(folder.path().join("data/faimi-2025.toml"), read("data/faimi-2025.toml")).expect("written");
    folder
}

/// Half an hour passes in a second: time enough to sign up in, also where the machine has much else to do.
const RATE: &str = "@1800";

#[test]
fn a_season_is_lived_through_in_seconds_and_a_kill_doubles_nothing() {
    let folder = folder();
    let folder = folder.path();
    let mut process = Process::start(folder, &format!("2025-06-24T02:00:00Z{RATE}"));
    assert!(process.said[0].starts_with("the clock is not the real one: it is 2025-06-24 0"), "{:?}", process.said);
    let form = "address=ada%40example.org&zone=Europe%2FCopenhagen";
    assert_eq!(process.ask("POST", "/faimi-2025/subscribe", form).status, 200);
    let confirmation = arrives(folder, "the confirmation", |mail| mail.text.contains("/confirm/"));
    let secret = confirmation.text.split("/confirm/").nth(1).expect("a link");
    let secret: String = secret.chars().take_while(char::is_ascii_alphanumeric).collect();
    assert_eq!(process.ask("POST", &format!("/faimi-2025/confirm/{secret}"), "").status, 200);

    // Nine in the morning of Copenhagen, a week before the day on which it falls there.
    let near = |mail: &Mail, at: &str| (instant(at)..instant(at) + TimeDelta::hours(12)).contains(&mail.at);
    let week = arrives(folder, "the reminder a week before", |mail| mail.at >= instant("2025-06-24T07:00:00Z"));
    assert!(near(&week, "2025-06-24T07:00:00Z") && week.subject.contains("1 Jul"), "{week:?}");
    let page = process.ask("GET", "/organize/outbox/", "").text();
    assert!(page.contains("the clock is not the real one"), "{page}");
    until_written(folder, 1);
    process.child.kill().expect("killed");
    drop(process);
    let reached = std::fs::read_to_string(folder.join("var/clock/reached")).expect("read");
    assert!(instant(reached.trim()) >= instant("2025-06-24T07:00:00Z") - TimeDelta::hours(1), "{reached}");

    // The same command goes on from where it was.
    let again = Process::start(folder, &format!("2025-06-24T02:00:00Z{RATE}"));
    let began = again.said[0].split("it is ").nth(1).and_then(|rest| rest.split(" UTC").next()).expect("a time");
    assert!(instant(&format!("{}Z", began.replace(' ', "T"))) >= instant(reached.trim()), "{began} < {reached}");
    std::thread::sleep(Duration::from_secs(1));
    drop(again);
    assert_eq!(mails(folder).len(), 2, "{:#?}", mails(folder));

    // A later instant is gone to: what fell due meanwhile is not lost.
    let later = Process::start(folder, &format!("2025-06-30T06:00:00Z{RATE}"));
    let day = arrives(folder, "the reminder a day before", |mail| mail.at >= instant("2025-06-30T06:00:00Z"));
    assert!(near(&day, "2025-06-30T07:00:00Z"), "{day:?}");
    until_written(folder, 2);
    drop(later);
    let reminders: BTreeSet<Mail> = mails(folder).into_iter().filter(|mail| !mail.text.contains("/confirm/")).collect();
    assert_eq!(reminders, BTreeSet::from([week, day]));
}

#[test]
fn what_would_reach_people_at_another_time_is_refused() {
    let folder = folder();
    let folder = folder.path();
    let run = |clock: &str, more: &[&str]| -> (Option<i32>, String) {
        let Output { status, stderr, .. } = allim(folder, clock, more).output().expect("it runs");
        (status.code(), String::from_utf8_lossy(&stderr).into_owned())
    };
    let relay = run("2025-06-20T09:00:00Z@600", &["--mail", "smtp://relay.example.org"]);
    assert!(relay.0 == Some(2) && relay.1.contains("mail goes into files alone"), "{relay:?}");
    for (clock, said) in
        [("2025-06-20@600", "it is written INSTANT[@RATE]"), ("2025-06-20T09:00:00Z@-1", "a positive number")]
    {
        let refused = run(clock, &[]);
        assert!(refused.0 == Some(2) && refused.1.contains(said), "{refused:?}");
    }
    assert!(!folder.join("var").exists(), "nothing was made yet");
    let other = Process::start(folder, "2025-06-20T09:00:00Z");
    let taken = run("2025-06-20T09:00:00Z", &[]);
    assert!(taken.0 == Some(1) && taken.1.contains("another service runs at its own time"), "{taken:?}");
    drop(other);
    let real = run("", &["--state", "var/clock"]);
    assert!(real.0 == Some(1) && real.1.contains("serve it with --clock"), "{real:?}");
    wait(allim::store::Store::open(&folder.join("mine/clock"))).expect("a store");
    let real = run("2025-06-20T09:00:00Z", &["--state", "mine"]);
    assert!(real.0 == Some(1) && real.1.contains("has run at real time"), "{real:?}");
}
