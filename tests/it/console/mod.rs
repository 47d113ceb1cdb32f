//! The organizers' console, as its users and its attackers meet it.

mod announce;
mod outbox;
mod subscribers;

use crate::house::{Answer, wait};
use crate::organizers::{Running, link, readable};
use crate::relay::Relay;

const ADA: &str = "ada@example.org";
pub const HOME: &str = "/organize/pacific-2027/";

/// A browser of one organizer.
pub struct Browser<'r> {
    pub running: &'r Running,
    pub cookie: String,
}

impl Browser<'_> {
    pub fn get(&self, path: &str) -> Answer {
        self.running.send_with("GET", path, &[("Cookie", &self.cookie)], "")
    }

    pub fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.running.send_with("POST", path, &[("Cookie", &self.cookie), ("Origin", origin)], &body)
    }

    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from(&self.running.base, path, fields)
    }

    /// Does something by a form of a page, as its button would.
    fn act(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let (guard, once) = (self.hidden(path, "guard"), self.hidden(HOME, "once"));
        let once = format!("{once} {path}");
        self.post(path, &[&[("guard", guard.as_str()), ("once", once.as_str())], fields].concat())
    }

    /// A page, once it has this in it.
    fn until(&self, path: &str, part: &str) -> String {
        let started = std::time::Instant::now();
        loop {
            let page = self.get(path).text();
            if page.contains(part) {
                return page;
            }
            assert!(started.elapsed().as_secs() < 30, "{part} does not come about: {page}");
        }
    }

    /// A hidden field of a page.
    pub fn hidden(&self, path: &str, name: &str) -> String {
        let page = self.get(path).text();
        let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
        rest.split('"').next().expect("a value").to_owned()
    }
}

pub fn start(relay: &Relay) -> Running {
    Running::start(relay, &["--from", "reminders@example.org", "--organizers", ADA])
}

fn ask(running: &Running, address: &str) -> Answer {
    running.send("POST", "/organize/sign-in", &format!("address={}", address.replace('@', "%40")))
}

/// The link in the newest mail to somebody, once so many have come in all.
fn mailed(relay: &Relay, number: usize) -> String {
    relay.wait_until("a link to sign in", |arrived| arrived.len() == number);
    let text = readable(&relay.arrived().pop().expect("a mail").octets);
    let rest = text.split("/organize/sign-in/").nth(1).unwrap_or_else(|| panic!("no link in {text}"));
    format!("/organize/sign-in/{}", rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>())
}

/// Somebody subscribes, and confirms.
fn subscribe(running: &Running, relay: &Relay, address: &str) {
    let before = relay.arrived().len();
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("address", address).finish();
    assert_eq!(running.send("POST", "/pacific-2027/subscribe", &body).status, 200);
    relay.wait_until("the confirmation", |arrived| arrived.len() > before);
    let mail = readable(&mailed_to(relay, address));
    assert_eq!(running.ask("POST", &link(&mail, "confirm")).status, 200);
}

/// The newest mail to somebody.
fn mailed_to(relay: &Relay, address: &str) -> Vec<u8> {
    let found = relay.arrived().into_iter().rev().find(|arrived| arrived.to == address);
    found.unwrap_or_else(|| panic!("nothing for {address}")).octets
}

fn cookie(answer: &Answer) -> Option<String> {
    answer.header("set-cookie").and_then(|line| line.split(';').next()).map(str::to_owned)
}

pub fn signed_in<'r>(running: &'r Running, relay: &Relay, number: usize) -> Browser<'r> {
    assert_eq!(ask(running, ADA).status, 200);
    let opened = running.ask("POST", &mailed(relay, number));
    assert_eq!((opened.status, opened.header("location")), (303, Some("../../organize/")));
    Browser { running, cookie: cookie(&opened).expect("a cookie") }
}

#[test]
fn a_mailed_link_signs_an_organizer_in_once_and_tells_nobody_who_is_one() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let (known, unknown) = (ask(&running, ADA), ask(&running, "eve@example.org"));
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()), "the same for everybody");
    assert_eq!(ask(&running, "ada").status, 422);
    let path = mailed(&relay, 1);
    // Whoever opens every link, as scanners do, changes nothing.
    for _ in 0..2 {
        let page = running.ask("GET", &path);
        assert!(page.status == 200 && page.text().contains("<button"), "{}", page.text());
        assert_eq!(running.ask("HEAD", &path).status, 200);
    }
    assert_eq!(running.send_with("POST", &path, &[("Origin", "https://evil.example")], "").status, 403);
    let opened = running.ask("POST", &path);
    assert_eq!(opened.status, 303);
    let line = opened.header("set-cookie").expect("a cookie");
    assert!(line.starts_with("allim=") && line.ends_with("; Max-Age=43200; HttpOnly; SameSite=Lax"), "{line}");
    for method in ["GET", "POST"] {
        assert_eq!(running.ask(method, &path).status, 410, "used");
    }
    assert_eq!(running.ask("POST", "/organize/sign-in/0123").status, 410, "none of ours");
    // The session is for who has the cookie, and for nobody else.
    let browser = Browser { running: &running, cookie: cookie(&opened).expect("a cookie") };
    assert_eq!(browser.get("/organize/").header("location"), Some("../organize/pacific-2027/"));
    let page = browser.get(HOME);
    assert!(page.status == 200 && page.text().contains("Today") && page.text().contains(ADA), "{}", page.text());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for other in ["", "allim=", "allim=0123456789abcdef", "other=1"] {
        let stranger = Browser { running: &running, cookie: other.to_owned() };
        let answer = stranger.get(HOME);
        assert_eq!((answer.status, answer.header("location")), (303, Some("../../organize/sign-in")), "{other}");
        assert_eq!(stranger.post(HOME, &[("act", "stop")]).status, 403);
    }
    // So many links an hour, and no more.
    for _ in 0..4 {
        assert_eq!(ask(&running, ADA).status, 200);
    }
    relay.wait_until("the last link", |arrived| arrived.len() == 3);
    assert_eq!(relay.arrived().len(), 3);
}

#[test]
fn a_form_of_the_console_wants_its_page_its_session_and_acts_once() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    let (guard, once) = (browser.hidden(HOME, "guard"), browser.hidden(HOME, "once"));
    let fields = [("guard", guard.as_str()), ("once", once.as_str()), ("act", "stop"), ("about", "full-paper")];
    assert_eq!(browser.post_from("https://evil.example", HOME, &fields).status, 403);
    assert_eq!(browser.post_from("null", HOME, &fields).status, 403);
    assert_eq!(browser.post(HOME, &fields[1..]).status, 403, "without what its page has");
    assert_eq!(browser.post(HOME, &[("guard", "0123"), fields[1], fields[2]]).status, 403);
    for _ in 0..2 {
        let answer = browser.post(HOME, &fields);
        assert_eq!((answer.status, answer.header("location")), (303, Some("./")));
    }
    // A session ends when its owner says so, on this device or on all.
    let other = signed_in(&running, &relay, 2);
    let out = browser.post("/organize/sign-out", &[("guard", &guard), ("once", "x")]);
    assert_eq!((out.status, out.header("location")), (303, Some("../organize/sign-in")));
    assert_eq!((browser.get(HOME).status, other.get(HOME).status), (303, 200));
    let third = signed_in(&running, &relay, 3);
    let guard = other.hidden(HOME, "guard");
    other.post("/organize/sign-out", &[("guard", &guard), ("once", "y"), ("all", "yes")]);
    assert_eq!((other.get(HOME).status, third.get(HOME).status), (303, 303));
}

#[test]
fn organizers_see_their_own_programmes_and_the_machine_lets_the_first_in() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = Running::start(&relay, &["--from", "reminders@example.org"]);
    let said = |arguments: &[&str]| {
        let output = running.allim(arguments);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    };
    assert!(said(&["organizers", "list"]).1.contains("nobody yet"));
    let (code, list) = said(&["sign-in", "chairs@googlegroups.com", "--base-url", &running.base]);
    assert!(code == Some(1) && list.contains("mailing list"), "{list}");
    let (code, first) = said(&["sign-in", ADA, "--base-url", &running.base]);
    assert_eq!(code, Some(0), "{first}");
    assert_eq!(said(&["organizers", "list"]).1, format!("{ADA}  owner, every programme\n"));
    let path = first.trim().strip_prefix(&running.base).expect("an address of ours").to_owned();
    let opened = running.ask("POST", &path);
    let owner = Browser { running: &running, cookie: cookie(&opened).expect("a cookie") };
    assert_eq!(owner.get(HOME).status, 200);
    // Nobody else gets in by the same way, and whoever is of another programme sees nothing of this one.
    let (code, refused) = said(&["sign-in", "eve@example.org", "--base-url", &running.base]);
    assert!(code == Some(1) && refused.contains("no organizer here"), "{refused}");
    assert_eq!(said(&["organizers", "add", "bo@example.org", "--programme", "other-2027"]).0, Some(1));
    assert_eq!(said(&["organizers", "add", "bo@example.org", "--programme", "pacific-2027"]).0, Some(0));
    let (_, second) = said(&["sign-in", "bo@example.org", "--base-url", &running.base]);
    let opened = running.ask("POST", second.trim().strip_prefix(&running.base).expect("an address of ours"));
    let bo = Browser { running: &running, cookie: cookie(&opened).expect("a cookie") };
    assert_eq!(bo.get(HOME).status, 200);
    assert_eq!(bo.get("/organize/other-2027/").status, 404);
    assert_eq!(said(&["organizers", "remove", "bo@example.org", "--programme", "pacific-2027"]).0, Some(0));
    assert_eq!(bo.get(HOME).status, 303, "signed out with it");
    let audit = owner.get("/organize/pacific-2027/audit").text();
    for act in ["sign in", "add organizer", "remove organizer", "first organizer"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
    let store = wait(allim::store::Store::open(&running.folder.path().join("var"))).expect("a store");
    assert!(wait(store.audited("pacific-2027", None, 99)).expect("read").len() >= 5);
}

#[test]
fn organizers_ask_each_other_in_and_take_each_other_off() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    let page = "/organize/pacific-2027/organizers";
    let (guard, once) = (browser.hidden(page, "guard"), browser.hidden(page, "once"));
    let press = |act: &str, address: &str| {
        let once = format!("{once} {act} {address}");
        browser.post(page, &[("guard", &guard), ("once", &once), ("act", act), ("address", address)])
    };
    assert_eq!(press("add", "bo").status, 422);
    let list = press("add", "chairs@googlegroups.com");
    assert!(list.status == 422 && list.text().contains("mailing list"), "{}", list.text());
    assert_eq!(press("add", "bo@example.org").status, 303);
    let opened = running.ask("POST", &mailed(&relay, 2));
    let bo = Browser { running: &running, cookie: cookie(&opened).expect("a cookie") };
    assert!(bo.get(page).text().contains("bo@example.org"));
    assert_eq!(press("remove", "bo@example.org").status, 303);
    assert_eq!(bo.get(page).status, 303, "signed out with it");
    let shown = browser.get(page).text();
    assert!(!shown.contains("bo@example.org") && shown.contains(ADA), "{shown}");
}
