//! What comes back is acted on: by the command, on the store of a service that goes on running.

use std::io::Write as _;
use std::process::{Command, Stdio};

use allim::domain::notice::{NoticeId, NoticeState};
use chrono::TimeDelta;

use crate::house::{Service, Way, project, read, wait};
use crate::relay::{Arrived, Relay};

const NOW: &str = "2027-05-01T09:00:00Z";
const DOMAIN: &str = "bounces.example.org";
const HEADERS: [(&str, &str); 2] =
    [("Origin", "http://calendar.example.org"), ("Content-Type", "application/x-www-form-urlencoded")];

/// A service whose mail goes to a relay.
struct Desk {
    service: Service,
    relay: std::sync::Arc<Relay>,
}

impl Desk {
    fn new() -> Desk {
        let relay = Relay::start(&[]);
        let way = Way { url: relay.url(), bounce_domain: Some(DOMAIN.to_owned()), ..Way::default() };
        let files = [("pacific-2027.toml", &*read("data/examples/pacific-2027.toml"))];
        Desk { service: Service::start_by(way, &files, NOW), relay }
    }

    fn post(&self, path: &str, body: &str) -> crate::house::Answer {
        self.service.ask_with("POST", &format!("/pacific-2027/{path}"), &HEADERS, body)
    }

    /// The form's answer, whatever comes of it.
    fn asks(&self, name: &str) -> (u16, String) {
        let answer = self.post("subscribe", &format!("address={name}%40example.org"));
        (answer.status, answer.text())
    }

    /// What arrived for somebody, once there are so many.
    fn mails(&self, name: &str, count: usize) -> Vec<Arrived> {
        let address = format!("{name}@example.org");
        let of = |arrived: &[Arrived]| arrived.iter().filter(|mail| mail.to == address).cloned().collect::<Vec<_>>();
        self.relay.wait_until(&address, |arrived| of(arrived).len() >= count);
        of(&self.relay.arrived())
    }

    /// Signs up, and is written to.
    fn signs_up(&self, name: &str, count: usize) -> Arrived {
        self.service.clock.advance(TimeDelta::hours(25));
        assert_eq!(self.asks(name).0, 200);
        let mail = self.mails(name, count).pop().expect("a mail");
        self.service.until("an outcome", |_| self.state(&mail) == NoticeState::Relayed);
        mail
    }

    fn notice(&self, mail: &Arrived) -> NoticeId {
        let found = wait(self.service.store().notice_of_message(&format!("<{}>", message_id(mail))));
        found.expect("read").expect("a notice").id
    }

    fn state(&self, mail: &Arrived) -> NoticeState {
        wait(self.service.store().notice(self.notice(mail))).expect("read").expect("a notice").state
    }

    fn allim(&self, arguments: &[&str], input: &[u8]) -> (Option<i32>, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(arguments)
            .arg("--state")
            .arg(&self.service.state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        child.stdin.take().expect("a pipe").write_all(input).expect("it reads to the end");
        let output = child.wait_with_output().expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).expect("text"))
    }

    fn bounce(&self, report: &str) -> (Option<i32>, String) {
        let (code, said) = self.allim(&["bounce", "--bounce-domain", DOMAIN], report.as_bytes());
        assert_eq!(said.lines().count(), 1, "{said}");
        (code, said)
    }

    fn hard_bounces(&self, address: &str) -> u32 {
        let key = allim::app::secret::load(&self.service.state.join("secret")).expect("a key");
        let blinded = allim::app::subscribe::blinded(&key, &address.parse().expect("a mailbox"));
        wait(self.service.store().hard_bounces(&blinded)).expect("counted")
    }

    /// Everything that a report could have changed.
    fn everything(&self) -> String {
        let store = self.service.store();
        let all = wait(async {
            let notices = store.outbox(100).await.expect("read");
            let mut attempts = Vec::new();
            for notice in &notices {
                attempts.push(store.attempts(notice.id).await.expect("read"));
            }
            (store.subscribers("pacific-2027").await.expect("read"), notices, attempts)
        });
        format!("{all:#?} {}", self.hard_bounces("ada@example.org"))
    }
}

fn message_id(mail: &Arrived) -> String {
    let text = String::from_utf8_lossy(&mail.octets).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")).expect("a Message-ID");
    line.trim_end_matches('>').to_owned()
}

/// The local part that a mail comes back to.
fn local_part(mail: &Arrived) -> &str {
    mail.from.strip_prefix("MAIL FROM:<").and_then(|rest| rest.split('@').next()).expect("an envelope")
}

/// A report in a server's own shape: to this local part, of this message, about this address.
fn report(fixture: &str, local: &str, id: &str, address: &str) -> String {
    let text = std::fs::read_to_string(project("tests/bounces").join(fixture)).expect("a fixture");
    let text = text.replace("bounce+tok3n", local);
    let text = text.replace("reminder.1@example.org", id).replace("reminder.9@example.org", id);
    text.replace("tove@uni.example", address).replace("kim@provider.example", address)
}

#[test]
fn a_report_fails_its_notice_and_two_of_them_end_all_mail_to_an_address() {
    let desk = Desk::new();
    let first = desk.signs_up("ada", 1);
    let other = desk.signs_up("bob", 1);
    assert!(first.from.contains(&format!("@{DOMAIN}>")) && local_part(&first).len() == 64, "{}", first.from);
    let before = desk.everything();

    // What is not ours, or says of ours what cannot be.
    let (token, mark) = local_part(&first).split_once('.').expect("a token and a mark");
    let forged = token.replace(&token[token.len() - 4..], "0000");
    let strangers = local_part(&other).split_once('.').expect("a token and a mark").0;
    let id = message_id(&first);
    for (local, id, address) in [
        (format!("{forged}.{mark}"), "unknown@example.org", "ada@example.org"),
        (format!("{token}.00000000"), "unknown@example.org", "ada@example.org"),
        (token.to_owned(), "unknown@example.org", "ada@example.org"),
        (format!("{strangers}.{mark}"), "unknown@example.org", "ada@example.org"),
        ("bounce".to_owned(), "unknown@example.org", "ada@example.org"),
        ("bounce".to_owned(), &id, "bob@example.org"),
    ] {
        let (code, said) = desk.bounce(&report("postfix.eml", &local, id, address));
        assert!(code == Some(1) && said.contains("on no message of ours"), "{local} {id} {address}: {said}");
    }
    assert_eq!(desk.everything(), before);

    // By its token: even where its letters became capitals on the way, and whoever the report is about.
    let capitals = local_part(&first).to_uppercase().replace("BOUNCE+", "bounce+");
    let returned = report("postfix.eml", &capitals, "unknown@example.org", "forwarded@example.net");
    let (code, said) = desk.bounce(&returned);
    assert!(code == Some(0) && said.contains("by its token") && said.contains("towards suppression"), "{said}");
    assert_eq!((desk.state(&first), desk.hard_bounces("ada@example.org")), (NoticeState::Failed, 1));
    let attempts = wait(desk.service.store().attempts(desk.notice(&first))).expect("read");
    let reply = attempts.last().and_then(|attempt| attempt.reply.clone()).expect("a reply").text;
    assert!(reply.starts_with("reported: 5.1.1: ") && reply.contains("nobody of that name"), "{reply}");
    let (code, said) = desk.bounce(&returned);
    assert!(code == Some(0) && said.contains("it was known already"), "{said}");
    assert_eq!(desk.hard_bounces("ada@example.org"), 1);

    // The second notice, by its Message-ID and the address it went to.
    let second = desk.signs_up("ada", 2);
    let returned = report("postfix.eml", "bounce", &message_id(&second), "Ada@Example.org");
    for _ in 0..2 {
        let (code, said) = desk.bounce(&returned);
        assert!(code == Some(0) && said.contains("by its Message-ID"), "{said}");
    }
    assert_eq!((desk.state(&second), desk.hard_bounces("ada@example.org")), (NoticeState::Failed, 2));

    // The form says the same to them as to anybody, and writes to them no more; a click they still have lifts nothing.
    desk.service.clock.advance(TimeDelta::hours(25));
    let (answer, anybodys) = (desk.asks("ada"), desk.asks("carl"));
    assert_eq!(answer, anybodys);
    desk.mails("carl", 1);
    let secret = String::from_utf8_lossy(&second.octets).replace("=\r\n", "");
    let secret = secret.split("/confirm/").nth(1).and_then(|rest| rest.get(..64)).expect("a link");
    assert_eq!(desk.post(&format!("confirm/{secret}"), "").status, 200);
    desk.service.clock.advance(TimeDelta::hours(25));
    desk.asks("ada");
    desk.signs_up("carl", 2);
    assert_eq!(desk.mails("ada", 2).len(), 2);
    let (code, listed) = desk.allim(&["subscribers", "list", "pacific-2027"], b"");
    assert!(code == Some(0) && listed.lines().next().is_some_and(|line| line.ends_with(", 1 suppressed")), "{listed}");
    let line = listed.lines().find(|line| line.starts_with("a***@example.org")).expect("a line");
    assert!(line.contains("confirmed") && line.ends_with(", suppressed: its mail came back"), "{line}");

    // An organizer lifts it, and nobody else.
    let (code, said) = desk.allim(&["subscribers", "lift", "pacific-2028", "ada@example.org"], b"");
    assert!(code == Some(1) && said.contains("no programme pacific-2028"), "{said}");
    let (code, said) = desk.allim(&["subscribers", "lift", "pacific-2027", "Ada@example.org"], b"");
    let expected = "A***@example.org: that its mail came back is forgotten; every programme may write to it again\n\
                    its subscription stands as it was\n";
    assert!(code == Some(0) && said == expected, "{said}");
    let (code, said) = desk.allim(&["subscribers", "lift", "pacific-2027", "ada@example.org"], b"");
    assert!(code == Some(1) && said.contains("nothing keeps pacific-2027 from writing to a***@example.org"), "{said}");
    desk.signs_up("ada", 3);
}

#[test]
fn a_complaint_unsubscribes_once_and_only_they_themselves_come_back() {
    let desk = Desk::new();
    let mail = desk.signs_up("ada", 1);
    let text = String::from_utf8_lossy(&mail.octets).replace("=\r\n", "");
    let secret = text.split("/confirm/").nth(1).and_then(|rest| rest.get(..64)).expect("a link");
    assert_eq!(desk.post(&format!("confirm/{secret}"), "").status, 200);
    let standing = |desk: &Desk| {
        let address = "ada@example.org".parse().expect("a mailbox");
        let found = wait(desk.service.store().subscriber_at("pacific-2027", &address));
        format!("{:?}", found.expect("read").expect("a row").standing)
    };
    assert_eq!(standing(&desk), "Confirmed");
    let complaint = report("complaint.eml", local_part(&mail), "unknown@example.org", "ada@example.org");
    let (code, said) = desk.bounce(&complaint);
    assert!(code == Some(0) && said.contains("they are unsubscribed"), "{said}");
    assert_eq!((standing(&desk).as_str(), desk.hard_bounces("ada@example.org")), ("Left", 0));
    let (code, said) = desk.allim(&["subscribers", "lift", "pacific-2027", "ada@example.org"], b"");
    assert!(code == Some(1) && said.contains("whoever left can only come back by themselves"), "{said}");

    // They come back; the same complaint, delivered once more, is old news.
    let again = desk.signs_up("ada", 2);
    let text = String::from_utf8_lossy(&again.octets).replace("=\r\n", "");
    let secret = text.split("/confirm/").nth(1).and_then(|rest| rest.get(..64)).expect("a link");
    assert_eq!(desk.post(&format!("confirm/{secret}"), "").status, 200);
    let (code, said) = desk.bounce(&complaint);
    assert!(code == Some(0) && said.contains("it was known already"), "{said}");
    assert_eq!(standing(&desk), "Confirmed");

    // Whoever was erased may be invited again once that is lifted, and is subscribed by nobody but themselves.
    let (code, said) = desk.allim(&["subscribers", "erase", "pacific-2027", "ada@example.org"], b"");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = desk.allim(&["subscribers", "lift", "pacific-2027", "ada@example.org"], b"");
    let expected = "a***@example.org: that it was erased is forgotten; pacific-2027 may invite it again\n\
                    it is not subscribed by this: only its owner can do that\n";
    assert!(code == Some(0) && said == expected, "{said}");
    let (code, said) = desk.bounce(&complaint);
    assert!(code == Some(1) && said.contains("on no message of ours"), "{said}");
}
