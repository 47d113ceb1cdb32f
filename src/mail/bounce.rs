//! Bounces: what a server that could not deliver writes back (RFC 3464), read with as much patience as real servers need.
//!
//! A report says of each recipient what became of the message (action), why (status, RFC 3463) and which message it was.
//! Servers that write no such report but a letter (qmail, old Exim) are read by their own marks. Complaints (RFC 5965),
//! receipts (RFC 8098) and automatic answers (RFC 3834) are told apart: they are no bounces. Nothing here is believed:
//! anybody can write a report, so whoever acts on one asks for its token or its Message-ID first.

use std::fmt;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::fields::{Fields, addresses, deep, header_texts};
use crate::domain::kind::Named;
use crate::domain::notice::Blame;

/// The most octets of a message that are read; what is left is never ours.
pub const MOST_OCTETS: usize = 4 << 20;

/// What somebody's server, or somebody, wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Incoming {
    /// A report on a delivery.
    Report(Report),
    /// Somebody pressed "spam", and their provider tells us.
    Complaint(Report),
    /// Something else.
    Other(Other),
}

/// A message that is no report on a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    /// Nothing, or nothing that is a message.
    Empty,
    /// A receipt: it was displayed, or deleted.
    Receipt,
    /// "I am out of office."
    AutomaticAnswer,
    /// Somebody's own words: a person should read them.
    Letter,
}

/// A report on a delivery.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Who reports.
    pub reporter: Option<String>,
    /// What became of it, recipient by recipient.
    pub recipients: Vec<Recipient>,
    /// Message-IDs, without angle brackets, that the message may have had: the likeliest first.
    pub message_ids: Vec<String>,
    /// Addresses the report was sent to, and the message's own return path: one of them may hold our token.
    pub sent_to: Vec<String>,
}

/// What became of a message to one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipient {
    /// The address we wrote to, or that it was forwarded to.
    pub address: Option<String>,
    /// What became of it.
    pub action: Action,
    /// Why.
    pub status: Option<Status>,
    /// What the last server said.
    pub diagnostic: Option<String>,
}

/// RFC 3464 2.3.3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// It was given up.
    Failed,
    /// It is tried again; nothing is to be done.
    Delayed,
    /// It arrived.
    Delivered,
    /// It was handed on to a server that does not report.
    Relayed,
    /// It went to several addresses.
    Expanded,
}

impl Named for Action {
    const ALL: &'static [(&'static str, Action)] = &[
        ("failed", Action::Failed),
        ("delayed", Action::Delayed),
        ("delivered", Action::Delivered),
        ("relayed", Action::Relayed),
        ("expanded", Action::Expanded),
    ];
}

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub u8, pub u16, pub u16);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Status {
    /// The first such code in a text; else what the first reply code (RFC 5321 4.2.1) says of it.
    fn find(text: &str) -> Option<Status> {
        let words = || text.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|word| !word.is_empty());
        let enhanced = |word: &str| {
            let mut parts = word.trim_end_matches('.').split('.');
            let class = parts.next().filter(|class| matches!(*class, "2" | "4" | "5"))?;
            let mut number = || parts.next().filter(|part| part.len() <= 3)?.parse::<u16>().ok();
            let (subject, detail) = (number()?, number()?);
            parts.next().is_none().then(|| Status(class.as_bytes()[0] - b'0', subject, detail))
        };
        let reply = |word: &str| {
            let code = word.parse::<u16>().ok().filter(|_| word.len() == 3)?;
            matches!(code / 100, 4 | 5).then_some(Status(if code >= 500 { 5 } else { 4 }, 0, 0))
        };
        words().find_map(enhanced).or_else(|| words().find_map(reply))
    }

    fn says_nothing(self) -> bool {
        self.1 == 0 && self.2 == 0
    }
}

impl Recipient {
    /// Whose fault a failure was. 5.1.x is the mailbox's, save 5.1.7 and 5.1.8, which are about our own address.
    pub fn blame(&self) -> Blame {
        match self.status {
            Some(Status(5, 1, detail)) if !matches!(detail, 7 | 8) => Blame::Mailbox,
            _ => Blame::Message,
        }
    }
}

impl Report {
    /// The recipient that matters: one that failed, if any did. Each of our messages has one recipient.
    pub fn worst(&self) -> Option<&Recipient> {
        self.recipients.iter().min_by_key(|recipient| recipient.action)
    }

    /// The tokens that addresses at this domain hold: `token@domain` and `anything+token@domain`.
    pub fn tokens(&self, domain: &str) -> Vec<&str> {
        let local = |address: &'_ String| -> Option<usize> {
            let at = address.rfind('@')?;
            address[at + 1..].eq_ignore_ascii_case(domain).then_some(at)
        };
        let tokens = self.sent_to.iter().filter_map(|address| {
            let local = &address[..local(address)?];
            Some(local.split_once('+').map_or(local, |(_, token)| token)).filter(|token| !token.is_empty())
        });
        let mut once: Vec<&str> = Vec::new();
        tokens.for_each(|token| {
            if !once.contains(&token) {
                once.push(token);
            }
        });
        once
    }
}

/// Reads a message. Whatever it is, it is one of the three.
pub fn read(octets: &[u8]) -> Incoming {
    let octets = &octets[..octets.len().min(MOST_OCTETS)];
    if deep(octets) {
        return Incoming::Other(Other::Letter);
    }
    let Some(message) = MessageParser::default().parse(octets) else { return Incoming::Other(Other::Empty) };
    if message.headers().is_empty() {
        return Incoming::Other(Other::Empty);
    }
    let kind = message.content_type().and_then(|kind| kind.attribute("report-type")).map(str::to_ascii_lowercase);
    let part = |subtype: &str| message.parts.iter().find(|part| is(part, "message", &[subtype]));
    if kind.as_deref() == Some("feedback-report") || part("feedback-report").is_some() {
        let fields = Fields::groups(&part("feedback-report").map(text).unwrap_or_default());
        return Incoming::Complaint(complaint(&message, &fields));
    }
    if kind.as_deref() == Some("disposition-notification") || part("disposition-notification").is_some() {
        return Incoming::Other(Other::Receipt);
    }
    let status = message.parts.iter().find(|part| is(part, "message", &["delivery-status", "global-delivery-status"]));
    if let Some(status) = status {
        return Incoming::Report(standard(&message, &Fields::groups(&text(status))));
    }
    if let Some(report) = letter_of_a_server(&message) {
        return Incoming::Report(report);
    }
    let automatic = |name: &str| message.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let answers = automatic("Auto-Submitted").is_some_and(|value| !value.starts_with("no"));
    let answers = answers || automatic("X-Autoreply").is_some() || automatic("X-Autorespond").is_some();
    Incoming::Other(if answers { Other::AutomaticAnswer } else { Other::Letter })
}

fn is(part: &MessagePart<'_>, kind: &str, subtypes: &[&str]) -> bool {
    part.content_type().is_some_and(|content| {
        let subtype = content.subtype().unwrap_or_default();
        content.ctype().eq_ignore_ascii_case(kind) && subtypes.iter().any(|one| subtype.eq_ignore_ascii_case(one))
    })
}

fn text(part: &MessagePart<'_>) -> String {
    String::from_utf8_lossy(part.contents()).into_owned()
}

fn standard(message: &Message<'_>, groups: &[Fields]) -> Report {
    let recipients = groups.iter().filter_map(recipient).collect();
    let reporter = groups.iter().find_map(|group| group.get("Reporting-MTA")).map(behind_type);
    let envelope = groups.iter().find_map(|group| group.get("Original-Envelope-Id")).map(bare);
    let mut report = about(message, envelope);
    report.reporter = reporter;
    report.recipients = recipients;
    report
}

fn recipient(group: &Fields) -> Option<Recipient> {
    let address = group.get("Original-Recipient").or_else(|| group.get("Final-Recipient")).map(behind_type);
    let diagnostic = group.get("Diagnostic-Code").map(behind_type);
    let stated = group.get("Status").and_then(Status::find);
    let status = match (stated, diagnostic.as_deref().and_then(Status::find)) {
        (Some(stated), Some(told)) if stated.says_nothing() => Some(told),
        (Some(stated), _) => Some(stated),
        (None, told) => told,
    };
    let action = group.get("Action").map(|action| action.split([' ', ';', '(']).next().unwrap_or("").to_lowercase());
    // Some leave the action out, and a few say "failure".
    let action = match (action.as_deref().and_then(Action::named), status) {
        (Some(action), _) => action,
        (None, Some(Status(2, ..))) => Action::Delivered,
        (None, Some(Status(4, ..))) => Action::Delayed,
        (None, Some(_)) => Action::Failed,
        (None, None) if action.is_some_and(|action| action.starts_with("fail")) => Action::Failed,
        (None, None) => return None,
    };
    Some(Recipient { address: address.map(|address| bare(&address)), action, status, diagnostic })
}

fn complaint(message: &Message<'_>, groups: &[Fields]) -> Report {
    let field = |name: &str| groups.iter().find_map(|group| group.get(name));
    let mut report = about(message, None);
    report.reporter = field("User-Agent").map(str::to_owned);
    let address = field("Original-Rcpt-To").or_else(|| field("Removal-Recipient")).map(behind_type);
    let address = address.map(|address| bare(&address));
    report.recipients = vec![Recipient { address, action: Action::Delivered, status: None, diagnostic: None }];
    report
}

/// Which message it is about: the returned message or its headers first, then what the report answers.
fn about(message: &Message<'_>, envelope: Option<String>) -> Report {
    let mut report = Report { sent_to: sent_to(message), ..Report::default() };
    for part in &message.parts {
        let headers;
        let original = match &part.body {
            PartType::Message(original) => original,
            _ if is(part, "text", &["rfc822-headers"]) || is(part, "message", &["global-headers", "rfc822"]) => {
                headers = text(part);
                match MessageParser::default().parse_headers(headers.as_bytes()) {
                    Some(original) => {
                        note(&mut report, &original);
                        continue;
                    }
                    None => continue,
                }
            }
            _ => continue,
        };
        note(&mut report, original);
    }
    report.message_ids.extend(envelope);
    for name in ["In-Reply-To", "References"] {
        for value in header_texts(message, name) {
            report.message_ids.extend(value.split_ascii_whitespace().map(bare));
        }
    }
    dedup(&mut report.message_ids);
    dedup(&mut report.sent_to);
    report
}

fn note(report: &mut Report, original: &Message<'_>) {
    report.message_ids.extend(header_texts(original, "Message-ID").map(|id| bare(&id)));
    report.sent_to.extend(header_texts(original, "Return-Path").map(|path| bare(&path)));
}

fn sent_to(message: &Message<'_>) -> Vec<String> {
    let names = ["X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"];
    names.iter().flat_map(|name| header_texts(message, name)).flat_map(|value| addresses(&value)).collect()
}

/// qmail's and Exim's letters: they say in words, and by one mark each, what a report says in fields.
fn letter_of_a_server(message: &Message<'_>) -> Option<Report> {
    let body = message.body_text(0)?;
    let failed: Vec<String> =
        header_texts(message, "X-Failed-Recipients").flat_map(|value| addresses(&value)).collect();
    let by_qmail = body.trim_start().starts_with("Hi. This is the ");
    if failed.is_empty() && !by_qmail {
        return None;
    }
    let told = body.lines().map(str::trim).filter_map(|line| line.strip_prefix('<')?.strip_suffix(">:"));
    let failed = if failed.is_empty() { told.map(str::to_owned).collect() } else { failed };
    // Behind this line follows the message itself, whose own figures are no codes.
    let words = body.split("\n---").next().unwrap_or_default();
    let status = Status::find(words);
    let diagnostic = words.lines().map(str::trim).find(|line| Status::find(line).is_some()).map(str::to_owned);
    let mut report = about(message, None);
    let returned = body.lines().filter_map(|line| line.split_once(':'));
    let returned = returned.filter(|(name, _)| name.eq_ignore_ascii_case("message-id"));
    report.message_ids.extend(returned.map(|(_, id)| bare(id)));
    dedup(&mut report.message_ids);
    let recipient = |address: String| Recipient {
        address: Some(address),
        action: Action::Failed,
        status,
        diagnostic: diagnostic.clone(),
    };
    report.recipients = failed.into_iter().map(recipient).collect();
    Some(report)
}

/// The value behind `rfc822;` or `dns;`.
fn behind_type(value: &str) -> String {
    value.split_once(';').map_or(value, |(_, value)| value).trim().to_owned()
}

fn bare(text: &str) -> String {
    text.trim().trim_matches(['<', '>']).to_owned()
}

fn dedup(texts: &mut Vec<String>) {
    let mut kept: Vec<String> = Vec::new();
    for text in texts.drain(..).filter(|text| !text.is_empty() && text.len() <= 998) {
        if kept.len() < 20 && !kept.contains(&text) {
            kept.push(text);
        }
    }
    *texts = kept;
}
