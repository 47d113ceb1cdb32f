//! What composing costs: the product's reminder against the same words out of plain templates, wrapped by lettre.
//!
//! Ours begins with the letter, so it also finds the words: readings on four clocks, the time left, links checked. The
//! other is handed every line as a value, writes them with minijinja and builds the same header and parts with lettre.

#[allow(dead_code, reason = "nothing here is held to be faster than another")]
mod ratio;

use std::hint::black_box;
use std::time::{Instant as Stopwatch, SystemTime};

use allim::domain::file;
use allim::domain::language::Language;
use allim::domain::programme::Programme;
use allim::domain::zone::Instant;
use allim::mail::compose::compose;
use allim::mail::letter::{Content, Letter, Links, Reader, Sender};
use allim::mail::templates::Templates;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use mail_parser::MessageParser;
use minijinja::{Environment, context};
use ratio::{Hold, Pair, head};

const ROUNDS: usize = 31;
const MAILS: u32 = 200;

fn main() {
    println!("composing, µs a mail (median of {ROUNDS} rounds)\n");
    head("a reminder, against minijinja and lettre");
    for (name, language, zone) in
        [("in English", Language::English, "Europe/Copenhagen"), ("in Korean", Language::Korean, "Asia/Seoul")]
    {
        let letter = Owned::new(language, zone);
        let templates = Templates::built_in();
        let plain = Plain::of(&letter.octets(&templates));
        let mut pair = Pair::default();
        for _ in 0..ROUNDS {
            pair.push(time(|| letter.octets(&templates)), time(|| plain.octets()));
        }
        pair.print(name, Some(Hold::AtMost(1.3)));
    }
}

fn time(mut act: impl FnMut() -> Vec<u8>) -> f64 {
    let begun = Stopwatch::now();
    for _ in 0..MAILS {
        black_box(act());
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(MAILS)
}

/// A letter and what it speaks of.
struct Owned {
    programme: Programme,
    sender: Sender,
    reader: Reader,
    at: Instant,
}

impl Owned {
    fn new(language: Language, zone: &str) -> Owned {
        let source = include_str!("../../data/faimi-2025.toml");
        Owned {
            programme: file::read(source).programme.expect("a programme"),
            sender: Sender {
                mailbox: "reminders@allim.example".parse().expect("a mailbox"),
                bounce_domain: None,
                base_url: "https://allim.example".to_owned(),
            },
            reader: Reader {
                mailbox: "reader@mail.example".parse().expect("a mailbox"),
                language,
                zone: zone.parse().expect("a zone"),
                calendar: false,
            },
            at: "2025-06-24T07:00:00Z".parse().expect("an instant"),
        }
    }

    fn octets(&self, templates: &Templates) -> Vec<u8> {
        let of = |path: &str| format!("https://allim.example/faimi-2025/{path}");
        let token = |path: &str| Some(of(&format!("{path}/c3Vic2NyaWJlci10b2tlbi1vZi00My1sZXR0ZXJzLWxvbmc")));
        let letter = Letter {
            programme: &self.programme,
            sender: &self.sender,
            reader: &self.reader,
            key: "1/full-paper/7d@09:00/1751371140/mail",
            at: self.at,
            after: Vec::new(),
            links: Links {
                page: of(""),
                changes: of("changes"),
                privacy: of("privacy"),
                manage: token("manage"),
                unsubscribe: token("unsubscribe"),
                one_click: token("one-click"),
                done: token("done"),
                ..Links::default()
            },
            calendar: None,
            content: Content::Reminder { deadline: self.programme.deadlines[0].clone() },
        };
        compose(&letter, templates).expect("a mail").octets
    }
}

/// The same mail without a letter: lines, and headers.
struct Plain {
    environment: Environment<'static>,
    subject: String,
    text: Vec<String>,
    html: Vec<String>,
    headers: Vec<(String, String)>,
}

impl Plain {
    fn of(octets: &[u8]) -> Plain {
        let message = MessageParser::default().parse(octets).expect("a message");
        let mut environment = Environment::new();
        let template = "{% for line in lines %}{{ line }}\n{% endfor %}";
        for (name, source) in [("subject", "{{ subject }}"), ("text", template), ("html", template)] {
            environment.add_template(name, source).expect("a template");
        }
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        let listed = |name: &str| name.starts_with("List") || name.starts_with("X-") || name == "Auto-Submitted";
        let headers = message.headers_raw().filter(|(name, _)| listed(name));
        Plain {
            environment,
            subject: message.subject().expect("one").to_owned(),
            text: lines(&message.body_text(0).expect("a text")),
            html: lines(&message.body_html(0).expect("HTML")),
            headers: headers.map(|(name, value)| (name.to_owned(), value.trim().replace("\r\n", ""))).collect(),
        }
    }

    fn octets(&self) -> Vec<u8> {
        let render = |name: &str, lines: &[String]| {
            let template = self.environment.get_template(name).expect("a template");
            template.render(context! { lines => lines.to_vec(), subject => self.subject.clone() }).expect("words")
        };
        let mut builder = Message::builder()
            .from("FAIMI 2025 <reminders@allim.example>".parse().expect("a mailbox"))
            .to("reader@mail.example".parse().expect("a mailbox"))
            .reply_to("organizers@mail.example".parse().expect("a mailbox"))
            .subject(render("subject", &[]))
            .date(SystemTime::UNIX_EPOCH)
            .message_id(Some("<1@allim.example>".to_owned()));
        for (name, value) in &self.headers {
            let name = HeaderName::new_from_ascii(name.clone()).expect("a name");
            builder = builder.raw_header(HeaderValue::new(name, value.clone()));
        }
        let kind = ContentType::parse("multipart/alternative; boundary=\"=_1\"").expect("a type");
        let parts = MultiPart::builder().header(kind).build();
        let parts = parts
            .singlepart(SinglePart::plain(render("text", &self.text)))
            .singlepart(SinglePart::html(render("html", &self.html)));
        builder.multipart(parts).expect("a message").formatted()
    }
}
