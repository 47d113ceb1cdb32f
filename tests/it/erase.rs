//! Erasing: by the person, by an organizer, by age; that a clock which was set erases nothing; and that no octet is left.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::{mailing, secret};
use allim::clock::Clock;
use allim::domain::language::Language;
use allim::domain::link::{Purpose, fingerprint};
use allim::domain::notice::{Message, NewNotice, NoticeKind};
use allim::domain::subscription::{Choice, ReaderRole, SubscriberId, Wish};
use allim::domain::zone::Instant;
use allim::mail::transport::Transport;
use allim::store::{Request, Store};
use chrono::TimeDelta;

use crate::house::{Answer, Service, Way, read, read_answer, request, wait, walk};
use crate::relay::{Relay, Say};

const NOW: &str = "2027-05-01T09:00:00Z";
const OURS: (&str, &str) = ("Origin", "http://calendar.example.org");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn ask(service: &Service, programme: &str, name: &str) {
    let body = format!("address={name}%40example.org");
    // From a network of their own, so that nobody waits.
    let network = name.bytes().fold(0_u8, u8::wrapping_add);
    let from = format!("203.0.{network}.9");
    let headers = [OURS, FORM, ("X-Forwarded-For", &*from)];
    let answer = service.ask_with("POST", &format!("/{programme}/subscribe"), &headers, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// The files below a folder that hold a text, whatever its letters.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        // A log or a message that goes while it is looked for holds nothing.
        let octets = std::fs::read(path).unwrap_or_default();
        octets.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
    };
    walk(folder).into_iter().filter(holds).collect()
}

fn mails(folder: &Path, name: &str) -> usize {
    let mails = holding(folder, &format!("To: {name}@example.org"));
    mails.iter().filter(|path| path.extension().is_some_and(|it| it == "eml")).count()
}

fn is_there(service: &Service, programme: &str, name: &str) -> bool {
    let address = format!("{name}@example.org").parse().expect("a mailbox");
    wait(service.store().subscriber_at(programme, &address)).expect("read").is_some()
}

#[test]
fn a_clock_that_was_set_ten_years_ahead_erases_nothing() {
    let near = read("data/examples/pacific-2027.toml");
    let far = near.replace("2027", "2037");
    let service = Service::start(&[("near.toml", &near), ("far.toml", &far)], NOW);
    ask(&service, "pacific-2027", "ada");
    service.until("a mail", |service| mails(&service.state, "ada") == 1);
    service.a_day_passes();

    // Somebody who asks meanwhile shows that the service looked: it does one thing after the other.
    let looked = |round: &str| {
        for minute in ["a", "b", "c"] {
            let name = format!("{round}{minute}");
            ask(&service, "pacific-2037", &name);
            service.until(&name, |service| mails(&service.state, &name) == 1);
            service.clock.advance(TimeDelta::minutes(1));
        }
    };
    service.clock.advance(TimeDelta::days(3650));
    looked("before");
    service.beats();
    looked("after");
    assert!(is_there(&service, "pacific-2027", "ada") && mails(&service.state, "ada") == 1);

    // Put right again, they are still young; and what is truly old goes once a day agrees with it, mail and all.
    service.clock.advance(-TimeDelta::days(3650));
    service.a_day_passes();
    looked("right");
    assert!(is_there(&service, "pacific-2027", "ada"));
    for _ in 0..7 {
        service.clock.advance(TimeDelta::hours(23));
        service.beats();
    }
    service.clock.advance(TimeDelta::minutes(1));
    service.until("the end of the unconfirmed", |service| !is_there(service, "pacific-2027", "ada"));
    service.until("the end of their mail", |service| holding(&service.state, "ada@example.org").is_empty());
}

#[test]
fn an_organizer_erases_where_the_service_really_writes() {
    let files = [("pacific-2027.toml", &*read("data/examples/pacific-2027.toml"))];
    let way = Way { url: "file:letters".to_owned(), ..Way::default() };
    let mut service = Service::start_by(way, &files, NOW);
    let names = ["by-flag", "by-variable", "by-settings", "stays"];
    for name in names {
        ask(&service, "pacific-2027", name);
        service.until("a mail", |service| mails(&service.state, name) == 1);
    }
    // One that was written before the folder was another one.
    let before = service.state.join("outbox");
    std::fs::create_dir(&before).expect("a folder");
    let theirs = walk(&service.state.join("letters"));
    let copied = theirs.iter().find(|path| !holding(path.parent().expect("a folder"), "by-flag@").is_empty());
    let copied = copied.expect("a message");
    std::fs::copy(copied, before.join(copied.file_name().expect("a name"))).expect("copied");

    let elsewhere = tempfile::tempdir().expect("a folder");
    let erase = |name: &str, flags: &[&str], variable: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allim"));
        command.current_dir(elsewhere.path()).env("ALLIM_STATE", &service.state);
        command.args(["subscribers", "erase", "pacific-2027", &format!("{name}@example.org")]).args(flags);
        command.envs(variable.map(|value| ("ALLIM_MAIL", value)));
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(mails(&service.state, name), 0, "{name}");
    };
    erase("by-flag", &["--mail", "file:letters"], None);
    erase("by-variable", &[], Some("file:letters"));
    std::fs::write(elsewhere.path().join("allim.toml"), "mail = \"file:letters\"\n").expect("written");
    erase("by-settings", &[], None);
    assert_eq!(mails(&service.state, "stays"), 1);
    service.stop();
}

/// A real service, its log beside its state.
struct Process {
    child: Child,
    base: String,
    log: PathBuf,
    /// Whoever closes it ends the service.
    _said: BufReader<std::process::ChildStdout>,
}

impl Process {
    fn start(folder: &Path, mail: &str) -> Process {
        let log = folder.join("log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_allim"))
            .current_dir(folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--data", "data", "--state", "var", "--mail", mail])
            .env("ALLIM_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("a service");
        let mut said = BufReader::new(child.stdout.take().expect("a pipe"));
        let page = said
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find(|line| line.trim_start().starts_with("page ") && line.ends_with("/soon/"));
        let page = page.expect("the programme is announced");
        let base = page.trim().trim_start_matches("page").trim().trim_end_matches("/soon/").to_owned();
        Process { child, base, log, _said: said }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.base.trim_start_matches("http://")).expect("a connection");
        let octets = request(method, path, &[("Origin", &self.base), FORM], body);
        std::io::Write::write_all(&mut stream, &octets).expect("sent");
        read_answer(&mut stream)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Stopwatch::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(90), "{what} did not come about");
        std::thread::yield_now();
    }
}

/// A programme whose only day is so many days from now.
fn programme(id: &str, days: i64) -> String {
    let day = (Clock::System.now() + TimeDelta::days(days)).format("%Y-%m-%d");
    let due = (Clock::System.now() + TimeDelta::days(days - 20)).format("%Y-%m-%d");
    format!(
        "[programme]\nid = \"{id}\"\ntitle = \"{id}\"\nshort = \"{id}\"\ntime_zone = \"Asia/Tokyo\"\n\
         uid_domain = \"example.org\"\ndates = [{day}, {day}]\n\
         [[deadline]]\nid = \"paper\"\ntitle = \"Full paper\"\nkind = \"submission\"\ndue = {due}T12:00:00\n"
    )
}

/// Somebody who asked long ago, and was written to; confirmed, or not.
async fn of_old(store: &Store, state: &Path, programme: &str, name: &str, confirmed: bool, then: Instant) {
    let id = i64::from(name.as_bytes()[0]);
    let asked = Request {
        id,
        programme: programme.to_owned(),
        mailbox: format!("{name}@example.org").parse().expect("a mailbox"),
        wish: Wish {
            language: Language::English,
            zone: "Asia/Tokyo".parse().expect("a zone"),
            role: ReaderRole::Author,
            choice: Choice::default(),
        },
        nonce: name.to_owned(),
        counted: name.bytes().map(|octet| format!("{octet:02x}")).collect(),
        blinded: name.bytes().map(|octet| format!("{octet:02x}")).collect(),
        network: "network".to_owned(),
        asked: then,
    };
    store.ask(&asked).await.expect("kept");
    store.decide(mailing::ceilings(5), 10, then).await.expect("decided");
    for answered in store.answers(10, then).await.expect("read") {
        let hash = fingerprint(name);
        store.keep_confirmation(&hash, &answered, &[]).await.expect("kept");
        store.settle_request(answered.request.id).await.expect("settled");
        if confirmed {
            store.confirm(&hash, "none", then).await.expect("confirmed");
        }
    }
    let notice = NewNotice {
        key: format!("confirmation {id}"),
        programme: programme.to_owned(),
        subscriber: Some(SubscriberId(id)),
        kind: NoticeKind::Confirmation,
        deadline: None,
        message: Message {
            from: "allim@example.org".to_owned(),
            to: format!("{name}@example.org"),
            message_id: format!("<{id}@example.org>"),
            octets: format!("To: {name}@example.org\r\nSubject: x\r\n\r\nHello {name}@example.org\r\n").into_bytes(),
        },
        due: then,
        until: None,
        states: Vec::new(),
    };
    // One left long ago; another waits, and no age of its own deletes it.
    let due = Clock::System.now() + TimeDelta::days(1);
    let waits = NewNotice { key: format!("reminder {id}"), kind: NoticeKind::Reminder, due, ..notice.clone() };
    store.enqueue(&[notice, waits]).await.expect("enqueued");
    let transport = Transport::parse("file:outbox", state).expect("a folder");
    let measure = Measure { sessions: 1, per_day: None };
    let dispatcher = Arc::new(Dispatcher::new(store.clone(), transport, Clock::manual(then), measure));
    dispatcher.work_off().await.expect("worked off");
}

fn furnished() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    for (id, days) in [("soon", 60), ("over", -200)] {
        let file = data.join(format!("{id}.toml"));
        std::fs::write(&file, programme(id, days)).expect("written");
        let mut publish = Command::new(env!("CARGO_BIN_EXE_allim"));
        let publish = publish.args(["publish", "--accept", "all", "--state", "var"]).arg(&file);
        let output = publish.current_dir(folder.path()).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}

#[test]
fn what_is_erased_by_age_leaves_no_octet() {
    let folder = furnished();
    let state = folder.path().join("var");
    let now = Clock::System.now();
    wait(async {
        let store = Store::open(&state).await.expect("a store");
        of_old(&store, &state, "over", "attended", true, now - TimeDelta::days(300)).await;
        of_old(&store, &state, "soon", "never-confirmed", false, now - TimeDelta::days(8)).await;
        of_old(&store, &state, "soon", "still-young", false, now - TimeDelta::days(6)).await;
        for hours in [40, 20, 1] {
            store.beat(now - TimeDelta::hours(hours)).await.expect("written");
        }
    });
    for name in ["attended", "never-confirmed", "still-young"] {
        // A store that was just closed moves its log into its database.
        until("a row and a file", || holding(&state, &format!("{name}@")).len() >= 2);
    }
    let process = Process::start(folder.path(), "file:outbox");
    for name in ["attended@", "never-confirmed@"] {
        until(name, || holding(folder.path(), name).is_empty());
    }
    until("a line of the log", || !holding(folder.path(), "erased by age").is_empty());
    assert_eq!(holding(folder.path(), "erased by age"), [&*process.log]);
    drop(process);
    for name in ["attended", "never-confirmed"] {
        assert_eq!(holding(folder.path(), name), Vec::<PathBuf>::new());
    }
    assert!(holding(&state, "still-young@").len() >= 2);
}

#[test]
fn what_a_person_erases_leaves_no_octet_whichever_way_their_mail_went() {
    let relay = Relay::start(&[]);
    for mail in ["file:outbox".to_owned(), relay.url()] {
        let folder = furnished();
        let state = folder.path().join("var");
        let process = Process::start(folder.path(), &mail);
        let by_relay = mail != "file:outbox";
        if by_relay {
            // What a relay says names whom it is about, and is kept with the attempt.
            relay.next("RCPT", Say::Reply("550 5.7.1 <leaves.soon@example.org>: not today"));
        }
        assert_eq!(process.ask("POST", "/soon/subscribe", "address=leaves.soon%40example.org").status, 200);
        let store = wait(Store::open(&state)).expect("a store");
        let address = "leaves.soon@example.org".parse().expect("a mailbox");
        let settled = |count: usize| {
            let listed = wait(store.outbox(10)).expect("read");
            listed.len() == count && listed.iter().all(|notice| notice.settled.is_some())
        };
        until("a first mail", || settled(1));
        let key = secret::load(&state.join("secret")).expect("a key");
        let subscriber = wait(store.subscriber_at("soon", &address)).expect("read").expect("a row");
        // A click on the confirmation, which no relay let through: its owner has it from elsewhere.
        let octets = wait(store.message(wait(store.outbox(1)).expect("read")[0].id)).expect("read").expect("octets");
        let text = String::from_utf8_lossy(&octets.octets).replace("=\r\n", "");
        let confirm = text.split("/confirm/").nth(1).and_then(|rest| rest.get(..64)).expect("a link").to_owned();
        assert_eq!(process.ask("POST", &format!("/soon/confirm/{confirm}"), "").status, 200);
        let manage = format!("/soon/manage/{}", key.token(Purpose::Manage, subscriber.id, "", 0));
        assert_eq!(process.ask("POST", &manage, "act=fresh").status, 200);
        until("a second mail", || settled(2));
        wait(store.overwrite()).expect("overwritten");
        assert!(!holding(&state, "leaves.soon@").is_empty());
        assert_eq!(holding(&state, "not today").is_empty(), !by_relay, "the reply is kept until then");

        let fresh = Clock::System.now() + TimeDelta::hours(23);
        let fresh = key.token(Purpose::Manage, subscriber.id, &fresh.timestamp().to_string(), 0);
        assert_eq!(process.ask("POST", &format!("/soon/manage/{fresh}"), "act=erase").status, 200);
        // At once, or within the minute if somebody was reading the log.
        for word in ["leaves.soon", "leaves", "not today"] {
            until(word, || holding(folder.path(), word).is_empty());
        }
        drop(process);
        assert_eq!(holding(folder.path(), "leaves"), Vec::<PathBuf>::new());
        assert!(!holding(folder.path(), "erased").is_empty(), "the log tells of it, by a number");
    }
}
