//! What organizers are told by mail, to whom it goes, and what they answer.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use allim::store::Store;
use chrono::TimeDelta;

use crate::house::{Answer, Service, project, read, read_answer, request, wait, walk};
use crate::relay::Relay;

const NOW: &str = "2027-05-01T09:00:00Z";

fn pacific() -> Service {
    Service::start(&[("pacific-2027.toml", &read("data/examples/pacific-2027.toml"))], NOW)
}

/// The file as an editor leaves it, with a deadline brought forward.
fn doubtful(day: &str) -> String {
    read("data/examples/pacific-2027.toml").replace("due   = 2027-06-25T17", &format!("due   = 2027-06-{day}T17"))
}

/// A mail, decoded: its headers, its subject, its text on one line.
pub fn readable(octets: &[u8]) -> String {
    let mail = mail_parser::MessageParser::default().parse(octets).expect("a mail");
    let whole = String::from_utf8_lossy(octets);
    let (headers, _) = whole.split_once("\r\n\r\n").expect("headers");
    format!(
        "{headers}\r\nRead: {}\r\n\r\n{}",
        mail.subject().unwrap_or_default(),
        mail.body_text(0).unwrap_or_default()
    )
}

/// The link of a verb in a mail, without the service's address.
pub fn link(mail: &str, verb: &str) -> String {
    let marker = format!("/pacific-2027/{verb}/");
    let rest = mail.split(&marker).nth(1).unwrap_or_else(|| panic!("no {verb} link in {mail}"));
    let token: String =
        rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || ".-".contains(*letter)).collect();
    format!("{marker}{token}")
}

/// Mails in the folder of outgoing mail.
pub fn mails(service: &Service) -> Vec<String> {
    let folder = service.state.join("outbox");
    let files = if folder.is_dir() { walk(&folder) } else { Vec::new() };
    let whole = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "eml"));
    whole.map(|file| readable(&std::fs::read(file).expect("a mail"))).collect()
}

/// What is queued, as kind and state.
fn queued(service: &Service) -> Vec<(&'static str, &'static str)> {
    wait(async {
        let store = Store::open(&service.state).await.expect("a store");
        let listed = store.outbox(100).await.expect("read");
        listed.iter().map(|notice| (notice.kind.name(), notice.state.name())).collect()
    })
}

#[test]
fn a_file_saved_badly_is_told_the_organizers_once_with_its_line_and_what_to_do() {
    let service = pacific();
    let file = service.data.join("pacific-2027.toml");
    std::fs::write(&file, doubtful("15")).expect("written");
    service.until("a mail that waits", |service| queued(service) == [("blocked change", "due")]);
    assert!(mails(&service).is_empty(), "whoever edits a file saves it half-way, too");
    service.clock.advance(TimeDelta::minutes(2));
    service.until("the mail", |service| mails(service).len() == 1);
    let mail = mails(&service).remove(0);
    // Nobody is named in the settings, so it goes to the contact.
    assert!(mail.contains("To: organizers@pacific.example.org\r\n"), "{mail}");
    assert!(mail.contains("Read: [Pacific 2027] NOT PUBLISHED: a change waits for you\r\n"), "{mail}");
    assert!(mail.contains("pacific-2027.toml:") && mail.contains("brought-forward:full-paper:"), "{mail}");
    assert!(mail.contains("Where it came from: file pacific-2027.toml."), "{mail}");
    assert!(!mail.contains("List-Unsubscribe"), "{mail}");

    // The same content saved again, looked at again, by another process too: nobody is told twice.
    std::fs::write(&file, doubtful("15")).expect("written");
    service.clock.advance(TimeDelta::hours(1));
    let again = service.restart();
    again.clock.advance(TimeDelta::hours(1));
    again.until("a look", |service| service.get("/readyz").text().contains("degraded"));

    // Mended before its mail left: not told.
    std::fs::write(file_of(&again), doubtful("14")).expect("written");
    again.until("another mail that waits", |service| queued(service)[0] == ("blocked change", "due"));
    std::fs::write(file_of(&again), read("data/examples/pacific-2027.toml")).expect("written");
    again.until("it is withdrawn", |service| queued(service)[0] == ("blocked change", "withdrawn"));
    again.clock.advance(TimeDelta::hours(1));
    again.until("nothing is wrong", |service| !service.get("/readyz").text().contains("degraded"));
    assert_eq!(mails(&again).len(), 1);
    assert_eq!(queued(&again), [("blocked change", "withdrawn"), ("blocked change", "relayed")]);
}

fn file_of(service: &Service) -> std::path::PathBuf {
    service.data.join("pacific-2027.toml")
}

/// A service of its own process, whose mail goes to a relay.
pub struct Running {
    pub folder: tempfile::TempDir,
    /// The address of the service.
    pub base: String,
    child: Child,
}

impl Running {
    pub fn start(relay: &Relay, settings: &[&str]) -> Running {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("data")).expect("a folder");
        std::fs::copy(project("data/examples/pacific-2027.toml"), folder.path().join("data/pacific-2027.toml"))
            .expect("a copy");
        let mut child = Command::new(env!("CARGO_BIN_EXE_allim"))
            .current_dir(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0", "--mail", &relay.url()])
            .args(settings)
            .env("ALLIM_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a service");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let page = said.find_map(|line| line.expect("a line").trim().strip_prefix("page       ").map(str::to_owned));
        let base = page.expect("the address of a page").trim_end_matches("/pacific-2027/").to_owned();
        Running { folder, base, child }
    }

    /// Asks it, as a page of its own would.
    pub fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(method, path, "")
    }

    pub fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_with(method, path, &[("Origin", self.base.as_str())], body)
    }

    /// The same with headers of one's own.
    pub fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.base.trim_start_matches("http://")).expect("a connection");
        let headers: Vec<_> =
            headers.iter().copied().chain([("Content-Type", "application/x-www-form-urlencoded")]).collect();
        stream.write_all(&request(method, path, &headers, body)).expect("sent");
        read_answer(&mut stream)
    }

    /// A form of octets, from a page of its own.
    pub fn send_octets(&self, path: &str, cookie: &str, media_type: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.base.trim_start_matches("http://")).expect("a connection");
        let length = body.len().to_string();
        let headers = [
            ("Origin", self.base.as_str()),
            ("Cookie", cookie),
            ("Content-Type", media_type),
            ("Content-Length", length.as_str()),
        ];
        let head = request("POST", path, &headers, "");
        // Whoever refuses a body early may not read the rest of it.
        let _ = stream.write_all(&head).and_then(|()| stream.write_all(body));
        read_answer(&mut stream)
    }

    /// Runs a command beside it, on the same folders.
    pub fn allim(&self, arguments: &[&str]) -> Output {
        let command =
            Command::new(env!("CARGO_BIN_EXE_allim")).current_dir(self.folder.path()).args(arguments).output();
        command.expect("it runs")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_is_named_is_told_instead_of_the_contact() {
    let relay = Relay::start(&["8BITMIME"]);
    let named = "ada@example.org,pacific-2027:bo@example.org,other-2027:eve@example.org";
    let running = Running::start(&relay, &["--organizers", named]);
    std::fs::write(running.folder.path().join("data/pacific-2027.toml"), "[programme\n").expect("written");
    let store = wait(Store::open(&running.folder.path().join("var"))).expect("a store");
    let recipients = || {
        let listed = wait(store.outbox(10)).expect("read");
        listed.into_iter().filter_map(|notice| notice.recipient).collect::<BTreeSet<String>>()
    };
    let started = std::time::Instant::now();
    while recipients().len() < 2 {
        assert!(started.elapsed().as_secs() < 30, "nobody is told");
    }
    // A file that cannot be read is known by what it was.
    assert!(recipients().into_iter().eq(["ada@example.org", "bo@example.org"]), "{:?}", recipients());
    assert_eq!(running.ask("GET", "/pacific-2027/").status, 200, "what is up stays up");
    let bad = running.allim(&["serve", "--organizers", "ada", "--listen", "127.0.0.1:0", "--state", "other"]);
    assert!(
        bad.status.code() == Some(2) && String::from_utf8_lossy(&bad.stderr).contains("is no organizer"),
        "{bad:?}"
    );
}

#[test]
fn what_is_refused_over_http_is_told_too_even_if_it_cannot_be_read() {
    let service = pacific();
    let made = Command::new(env!("CARGO_BIN_EXE_allim"))
        .args(["token", "new", "pacific-2027", "--name", "ci", "--state"])
        .arg(&service.state)
        .output()
        .expect("it runs");
    let bearer = format!("Bearer {}", String::from_utf8_lossy(&made.stdout).trim());
    let path = "/pacific-2027/programme.toml";
    let live = service.get(path);
    let headers = [("If-Match", live.header("etag").expect("an ETag")), ("Authorization", &bearer)];
    assert_eq!(service.ask_with("PUT", path, &headers, "[programme\n").status, 422);
    service.until("a mail that waits", |service| queued(service) == [("blocked change", "due")]);
    assert_eq!(service.ask_with("PUT", path, &headers, &doubtful("15")).status, 422);
    service.until("the later one in its place", |service| {
        queued(service) == [("blocked change", "due"), ("blocked change", "withdrawn")]
    });
    service.clock.advance(TimeDelta::minutes(2));
    service.until("the mail", |service| mails(service).len() == 1);
    let mail = mails(&service).remove(0);
    assert!(mail.contains("Where it came from: token ci.") && mail.contains("brought-forward:full-paper:"), "{mail}");
}

#[test]
fn each_organizer_says_by_one_click_where_our_mail_lay_and_doctor_tells_it() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = Running::start(&relay, &["--organizers", "ada@example.org,bo@uni.example,cy@example.com"]);
    let doctor = |more: &[&str]| {
        let named = ["doctor", "--organizers", "ada@example.org,bo@uni.example,cy@example.com", "--base-url"];
        let output = running.allim(&[&named[..], &[&running.base], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let told = || {
        let (_, said) = doctor(&["--resolver", "127.0.0.1:9"]);
        said.lines().find(|line| line.contains("roll call")).map(str::to_owned)
    };
    assert_eq!(told(), None, "nobody was asked yet");
    assert_eq!(doctor(&["--roll-call", "other-2027"]).0, Some(1));
    let (code, said) = doctor(&["--roll-call"]);
    assert!(code == Some(0) && said.contains("pacific-2027: 3 mails leave"), "{said}");
    relay.wait_until("the roll call", |arrived| arrived.len() == 3);
    let mail = |address: &str| {
        let found = relay.arrived().into_iter().find(|arrived| arrived.to == address).expect("a mail");
        readable(&found.octets)
    };
    let links = |address: &str| {
        let mail = mail(address);
        assert!(mail.contains("Read: [Pacific 2027] Roll call: inbox or spam?"), "{mail}");
        let (_, spam) = mail.split_once("In spam: ").expect("two links");
        [link(&mail, "roll-call"), link(spam, "roll-call")]
    };
    let ([ada, _], [bo_inbox, bo]) = (links("ada@example.org"), links("bo@uni.example"));

    // A scanner that opens every link says nothing.
    for path in [&ada, &bo_inbox, &bo] {
        let page = running.ask("GET", path);
        assert!(page.status == 200 && page.text().matches("<button").count() == 1, "{}", page.text());
    }
    assert!(told().is_some_and(|line| line.contains("3 did not answer yet")), "{:?}", told());
    assert!(running.ask("POST", &ada).text().contains("Counted"));
    assert!(running.ask("POST", &bo_inbox).text().contains("Counted"));
    assert!(running.ask("POST", &bo).text().contains("Counted"), "the later click counts");
    let line = told().expect("a line");
    for part in ["warn", "1 in the inbox", "1 in spam (b***@uni.example)", "1 did not answer yet (c***@example.com)"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    running.send("POST", &bo, "act=undo");
    assert!(told().is_some_and(|line| line.contains("2 did not answer yet")), "{:?}", told());

    // A link is for one person, one answer, one programme.
    for path in [ada.replace(".inbox", ".spam"), ada.replace(".inbox", ""), ada.replace("roll-call", "done")] {
        assert_eq!(running.ask("POST", &path).status, 404, "{path}");
    }
    // Asked again, the earlier answers are those of another mail.
    assert_eq!(doctor(&["--roll-call", "pacific-2027"]).0, Some(0));
    relay.wait_until("the second roll call", |arrived| arrived.len() == 6);
}

#[test]
fn a_doubtful_change_is_published_by_the_button_in_its_mail() {
    let service = pacific();
    let file = service.data.join("pacific-2027.toml");
    std::fs::write(&file, doubtful("15")).expect("written");
    service.until("a mail that waits", |service| queued(service) == [("blocked change", "due")]);
    service.clock.advance(TimeDelta::minutes(2));
    service.until("the mail", |service| mails(service).len() == 1);
    let path = link(&mails(&service)[0], "publish-as-written");
    let ours = [("Origin", "http://calendar.example.org"), ("Content-Type", "application/x-www-form-urlencoded")];
    let day = |service: &Service| service.get("/pacific-2027/programme.toml").text().contains("2027-06-15T17");
    for _ in 0..2 {
        let page = service.get(&path);
        assert_eq!((page.status, page.text().contains("Publish it as written?")), (200, true), "{}", page.text());
    }
    assert!(!day(&service), "looking changes nothing");
    assert_eq!(service.ask_with("POST", &path, &[("Origin", "https://evil.example"), ours[1]], "x=1").status, 403);
    assert_eq!(service.ask_with("POST", &path.replace("written/0", "written/1"), &ours, "x=1").status, 410, "forged");
    assert!(!day(&service));
    let published = service.ask_with("POST", &path, &ours, "x=1");
    assert_eq!(
        (published.status, published.text().contains("is up as it was written")),
        (200, true),
        "{}",
        published.text()
    );
    assert!(day(&service));
    assert_eq!(service.ask_with("POST", &path, &ours, "x=1").status, 410, "there is nothing left to publish");
    // An error has no such button, and says what there is to do instead.
    std::fs::write(&file, "[programme]\nid = \"pacific-2027\"\n").expect("written");
    service.until("a mail that waits", |service| queued(service).contains(&("blocked change", "due")));
    service.clock.advance(TimeDelta::minutes(2));
    service.until("the mail", |service| mails(service).len() == 2);
    let broken =
        mails(&service).into_iter().find(|mail| !mail.contains("publish-as-written")).expect("without a button");
    assert!(!broken.contains("Publish as written"), "{broken}");
}
