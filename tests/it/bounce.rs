//! What comes back, in the shapes real servers give it, each fixture written in words of our own.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use allim::app::bounce::{By, Clue, Effect, Verdict, judge};
use allim::domain::notice::Blame;
use allim::mail::bounce::{Action, Incoming, Other, Status, read};
use proptest::prelude::*;

use crate::house::{golden, project, wait};

const DOMAIN: &str = "bounces.example.org";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(project("tests/bounces").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn fixtures() -> Vec<String> {
    let entries = std::fs::read_dir(project("tests/bounces")).expect("fixtures");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_server_is_understood() {
    let mut said = String::new();
    for name in fixtures() {
        let incoming = read(&fixture(&name));
        let _ = writeln!(said, "{name}: {incoming:#?}");
    }
    golden("bounces.txt", said.as_bytes());
}

/// Judges where one clue is known.
fn judged(octets: &[u8], known: &str) -> (Verdict<()>, Vec<String>) {
    let asked = RefCell::new(Vec::new());
    let find = async |clue: Clue<'_>| {
        let text = match clue {
            Clue::Token(token) => format!("token {token}"),
            Clue::MessageId(id, address) => format!("id {id} to {}", address.unwrap_or("nobody")),
        };
        let found = text == known;
        asked.borrow_mut().push(text);
        Ok::<_, Infallible>(found.then_some(()))
    };
    let Ok(verdict) = wait(judge(octets, Some(DOMAIN), find));
    (verdict, asked.into_inner())
}

#[test]
fn a_token_is_asked_for_before_a_message_id() {
    let (verdict, asked) = judged(&fixture("postfix.eml"), "token tok3n");
    assert_eq!(asked, ["token tok3n"]);
    let Verdict::Matched { by: By::Token, told, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!(told.effect, Effect::Fail(Blame::Mailbox));
    let (verdict, asked) = judged(&fixture("postfix.eml"), "id reminder.1@example.org to tove@uni.example");
    assert_eq!(asked, ["token tok3n", "id reminder.1@example.org to tove@uni.example"]);
    assert!(matches!(verdict, Verdict::Matched { by: By::MessageId, .. }), "{verdict:?}");
    let (verdict, _) = judged(&fixture("qmail.eml"), "token token7");
    assert!(matches!(verdict, Verdict::Matched { by: By::Token, .. }), "{verdict:?}");
}

#[test]
fn only_a_mailbox_that_does_not_exist_counts_towards_suppression() {
    let effects = [
        ("postfix.eml", Effect::Fail(Blame::Mailbox)),
        ("gmail.eml", Effect::Fail(Blame::Mailbox)),
        ("qmail.eml", Effect::Fail(Blame::Mailbox)),
        ("exchange.eml", Effect::Fail(Blame::Message)),
        ("amazon.eml", Effect::Fail(Blame::Message)),
        ("exim.eml", Effect::Fail(Blame::Message)),
        ("delayed.eml", Effect::Nothing),
        ("complaint.eml", Effect::Unsubscribe),
    ];
    for (name, effect) in effects {
        let Verdict::Unknown(told) = judged(&fixture(name), "nothing").0 else { panic!("{name}") };
        assert_eq!(told.effect, effect, "{name}");
    }
}

#[test]
fn every_one_line_is_as_reviewed_and_shows_no_address() {
    let mut said = String::new();
    for name in fixtures() {
        let (verdict, asked) = judged(&fixture(&name), "nothing");
        let known = asked.first().map(|clue| judged(&fixture(&name), clue).0.to_string());
        let _ = writeln!(said, "{name}\n  {verdict}\n  {}", known.unwrap_or_default());
    }
    assert!(!said.contains("tove@") && !said.contains("gone@"), "{said}");
    golden("bounce-lines.txt", said.as_bytes());
}

fn report(status: &str) -> Vec<u8> {
    format!(
        "Subject: x\r\nContent-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n\
         {status}\r\n--B--\r\n"
    )
    .into_bytes()
}

#[test]
fn servers_that_leave_things_out_are_understood_as_far_as_they_go() {
    let cases = [
        ("Final-Recipient: rfc822;a@x.example\r\nStatus: 5.1.10", Some((Action::Failed, Some(Status(5, 1, 10))))),
        (
            "Final-Recipient: a@x.example\r\nAction: Failed (permanently)\r\nStatus: 5.1.1 (no such)",
            Some((Action::Failed, Some(Status(5, 1, 1)))),
        ),
        ("Action: failed\r\nDiagnostic-Code: smtp;550 no", Some((Action::Failed, Some(Status(5, 0, 0))))),
        ("Action: failure", Some((Action::Failed, None))),
        ("Final-Recipient: rfc822;a@x.example", None),
        ("Status: 4.2.2", Some((Action::Delayed, Some(Status(4, 2, 2))))),
        ("Action: failed\r\nStatus: 9.9.9\r\nDiagnostic-Code: smtp; 5.1.2.3 55555", Some((Action::Failed, None))),
        ("", None),
    ];
    for (text, expected) in cases {
        let Incoming::Report(report) = read(&report(text)) else { panic!("{text}") };
        let found = report.worst().map(|recipient| (recipient.action, recipient.status));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn messages_within_messages_end_somewhere() {
    let mut deep = b"Subject: x\r\n".to_vec();
    for _ in 0..100_000 {
        deep.extend_from_slice(b"Content-Type: message/rfc822\r\n\r\n");
    }
    assert_eq!(read(&deep), Incoming::Other(Other::Letter));
    deep.truncate(12 + 256 * 32);
    assert_eq!(read(&deep), Incoming::Other(Other::Letter));
    let digest = b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(50_000);
    assert_eq!(read(&digest), Incoming::Other(Other::Letter));
    let mut wide = b"Subject: x\r\n".to_vec();
    for n in 0..30_000 {
        wide.extend_from_slice(format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n").as_bytes());
    }
    let _ = read(&wide);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_breaks_the_reader(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&octets);
        let _ = read(&report(&String::from_utf8_lossy(&octets)));
    }

    #[test]
    fn a_damaged_report_is_still_read(name in prop::sample::select(fixtures()), at: prop::sample::Index, octet: u8, cut: prop::sample::Index) {
        let mut octets = fixture(&name);
        let at = at.index(octets.len());
        octets[at] = octet;
        let _ = read(&octets[..cut.index(octets.len())]);
        let (verdict, _) = judged(&octets, "nothing");
        prop_assert!(!verdict.to_string().contains('\n'));
    }
}

fn allim(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_allim"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads to the end");
    child.wait_with_output().expect("it ends")
}

#[test]
fn the_command_says_in_one_line_what_it_was() {
    let cases = [("postfix.eml", 1, "(5.1.1)"), ("delayed.eml", 0, "goes on"), ("letter.eml", 1, "own words")];
    for (name, code, word) in cases {
        let output = allim(&["bounce", "--bounce-domain", DOMAIN], &fixture(name));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!((output.status.code(), said.lines().count()), (Some(code), 1), "{name}: {said}");
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(allim(&["bounce"], b" \n").status.code(), Some(2));
    let huge = [fixture("delayed.eml"), vec![b'x'; 6 << 20]].concat();
    assert_eq!(allim(&["bounce"], &huge).status.code(), Some(0));
}
