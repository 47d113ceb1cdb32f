//! Texts of others in every field: none adds a header, breaks the HTML, or changes who writes to whom.

use allim::domain::kind::Named;
use allim::domain::language::Language;
use allim::domain::programme::Deadline;
use allim::domain::zone::Zone;
use allim::mail::clean;
use allim::mail::compose::compose;
use allim::mail::letter::{About, Content, Corrected, Leaving, Told};
use allim::mail::templates::Templates;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::letters::{Sample, deadline, samples};
use super::reader::{message, see};
use crate::house::programme;
use crate::property::quoted;

const PIECES: [&str; 28] = [
    "\r\n",
    "\n",
    "\r",
    "\u{0}",
    "\u{2028}",
    "\u{85}",
    "\t",
    "Bcc: victim@example.org",
    "\r\n\r\n",
    "<script>",
    "</p>",
    "</main></body>",
    "\"",
    "'",
    "&",
    "<a href=javascript:x>",
    "<img src=https://t.example/x.png>",
    "\u{202e}",
    "\u{2066}",
    "🧠",
    "é",
    "대전",
    " ",
    "{{ links.manage }}",
    "{% raw %}",
    "=?utf-8?q?=0d=0aX:_y?=",
    "--=_boundary",
    ".",
];

fn text() -> impl Strategy<Value = String> {
    vec(prop_oneof![select(&PIECES[..]).prop_map(str::to_owned), "[a-zA-Z ]{1,12}"], 0..12).prop_map(|all| all.concat())
}

/// What a programme file lets through in a name.
fn name() -> impl Strategy<Value = String> {
    const PIECES: [&str; 14] =
        ["\"", ",", "<x@y.example>", "@", ";", ":", "(", "\\", "=?utf-8?b?WA==?=", "한글", "🧠", "é", " a", "Z"];
    vec(select(&PIECES[..]), 1..12).prop_map(|all| format!("n{}", all.concat()))
}

fn with(mut deadline: Deadline, texts: &[String]) -> Deadline {
    deadline.title.clone_from(&texts[0]);
    deadline.short.clone_from(&texts[1]);
    deadline.needs = Some(texts[2].clone());
    deadline.note = Some(texts[3].clone());
    deadline
}

fn contents(sample: &Sample, texts: &[String]) -> Vec<Content> {
    let paper = with(deadline(&sample.programme, "paper"), texts);
    let mut gone = paper.clone();
    gone.cancelled = Some(texts[4].clone());
    let mut session = sample.programme.sessions[0].clone();
    session.title.clone_from(&texts[0]);
    session.note = Some(texts[1].clone());
    let body = texts.concat();
    let corrected = |deadline: &Deadline, told| Corrected {
        deadline: deadline.clone(),
        told,
        link_moved_from: Some(texts[5].clone()),
        done: None,
    };
    vec![
        Content::Confirmation { upcoming: vec![(paper.clone(), Vec::new())], announcements_only: false },
        Content::Invitation { reason: texts[0].clone(), upcoming: vec![paper.clone()] },
        Content::Reminder { deadline: paper.clone() },
        Content::Correction(vec![corrected(&paper, Told::Open), corrected(&gone, Told::Open)]),
        Content::Decisions { accepted_only: texts.to_vec(), last: false },
        Content::Presenter { session: session.clone(), room: Some(texts[2].clone()) },
        Content::Closing { body: Some(body.clone()) },
        Content::Announcement {
            subject: texts[0].clone(),
            body: body.clone(),
            about: Some(About::Deadline(Box::new(corrected(&paper, Told::Open)))),
        },
        Content::Announcement {
            subject: texts[0].clone(),
            body: body.clone(),
            about: Some(About::Session(Box::new(session.clone()), Some(texts[2].clone()))),
        },
        Content::Digest { lines: texts.to_vec(), coming: false },
        Content::BlockedChange {
            report: body,
            source: texts[0].clone(),
            since: crate::house::instant(sample.at),
            leaving: vec![Leaving {
                title: texts[1].clone(),
                at: crate::house::instant(sample.at),
                stop: texts[2].clone(),
            }],
        },
        Content::Hold {
            reason: texts[0].clone(),
            waiting: 3,
            blocks: Some((texts[1].clone(), allim::domain::programme::Due::Open)),
        },
    ]
}

fn source(short: &str) -> String {
    format!(
        "[programme]\nid = \"any\"\ntitle = {0}\nshort = {0}\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\n\
         contact = \"chairs@example.org\"\n[[deadline]]\nid = \"paper\"\nkind = \"submission\"\ntitle = \"Paper\"\n\
         due = 2030-06-30\nzone = \"AoE\"\n[[session]]\nid = \"talk\"\nkind = \"oral\"\ntitle = \"Talk\"\n\
         start = 2030-09-01T10:00:00\nend = 2030-09-01T11:00:00\n",
        quoted(short)
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_adds_a_header_or_breaks_the_html(short in name(), texts in vec(text(), 6), korean in any::<bool>()) {
        let templates = Templates::built_in();
        let language = if korean { Language::Korean } else { Language::English };
        let mut sample = samples(language).remove(0);
        sample.programme = programme(&source(&short));
        sample.at = "2030-06-24T12:00:00Z";
        sample.reader.zone = Zone::UTC;
        sample.links.done = None;
        for content in contents(&sample, &texts) {
            sample.content = content;
            let mail = compose(&sample.letter(), &templates).expect("hostile texts make no error");
            let names = |octets: &[u8]| {
                let message = message(octets);
                message.headers_raw().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
            };
            let seen = message(&mail.octets);
            let known = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "List-ID",
                "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help", "List-Owner", "List-Archive", "Auto-Submitted",
                "X-Auto-Response-Suppress", "Content-Language", "MIME-Version", "Content-Type"];
            prop_assert!(names(&mail.octets).iter().all(|name| known.contains(&name.as_str())), "{:?}", names(&mail.octets));
            let one = |address: Option<&mail_parser::Address<'_>>| {
                let address = address.expect("an address");
                let mut all = address.iter().filter_map(|one| one.address().map(str::to_owned));
                (all.next(), all.next())
            };
            prop_assert_eq!(one(seen.from()), (Some("reminders@allim.example".to_owned()), None));
            prop_assert_eq!(one(seen.to()), (Some(sample.reader.mailbox.to_string()), None));
            let read = see(&mail.octets);
            prop_assert!(!read.subject.chars().any(char::is_control), "{:?}", read.subject);
            prop_assert!(!read.html.links.iter().any(|link| link.contains("javascript")));
            if let Content::Reminder { deadline } = &sample.content {
                let words = clean::one_line(&read.html.words);
                prop_assert!(words.contains(&*clean::one_line(&deadline.title)), "{:?} in {words}", deadline.title);
            }
            let turned = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!read.text.contains(turned) && !read.html.words.contains(turned));
            prop_assert!(mail.octets.split(|octet| *octet == b'\n').all(|line| line.len() <= 999));
        }
    }
}

#[test]
fn an_address_in_other_letters_is_kept() {
    for (_, language) in Language::ALL {
        let mut sample = samples(*language).remove(0);
        sample.reader.mailbox = "이름@Büro.example".parse().expect("a mailbox");
        let mail = compose(&sample.letter(), &Templates::built_in()).expect("a mail");
        assert_eq!(mail.to, "이름@xn--bro-hoa.example");
        let seen = message(&mail.octets);
        assert_eq!(seen.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("이름@xn--bro-hoa.example"));
    }
}
