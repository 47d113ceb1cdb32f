//! Header and envelope of a message: who writes, to whom, in which thread, and how to leave (RFC 5322, 2369, 2919,
//! 3834, 8058).

use std::time::SystemTime;

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue, MessageId};
use lettre::message::{Mailbox as Named, MessageBuilder};
use sha2::{Digest, Sha256};

use super::ComposeError;
use super::view::clipped;
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::NoticeKind;
use crate::domain::programme::Deadline;
use crate::mail::clean;
use crate::mail::letter::{About, Content, Letter};

/// What stands before the token in a bounce address.
const BOUNCE: &str = "bounce+";

/// RFC 5321 4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64;

/// How much of the Message-ID stands behind the token: the token says whose mail came back, this says which.
const MARK: usize = 8;

/// So many of the mails told before are named: a line has 998 octets at most, and nobody threads deeper.
const MOST_REFERENCES: usize = 8;

/// Everything above the body.
pub(super) fn headers(letter: &Letter<'_>, subject: &str) -> Result<MessageBuilder, ComposeError> {
    let name = clipped(&letter.programme.short);
    let mut builder = lettre::Message::builder()
        .from(Named::new(Some(name), address(&letter.sender.mailbox)?))
        .to(Named::new(None, address(&letter.reader.mailbox)?))
        .subject(plain(subject))
        .date(SystemTime::from(letter.at))
        .header(MessageId::from(message_id(letter, letter.key)));
    if let Some(contact) = contact(letter) {
        builder = builder.reply_to(Named::new(None, address(&contact)?));
    }
    if let Some((last, all)) = thread(letter) {
        builder = builder.in_reply_to(last).references(all);
    }
    for (name, value) in list(letter)? {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    Ok(builder)
}

/// The reverse-path: the From, or an address of its own to which reports come back.
pub(super) fn sender(letter: &Letter<'_>) -> Result<String, ComposeError> {
    let (Some(domain), Some(token)) = (&letter.sender.bounce_domain, &letter.links.bounce) else {
        return Ok(letter.sender.mailbox.to_string());
    };
    let id = message_id(letter, letter.key);
    let local = format!("{BOUNCE}{token}.{}", &id[1..=MARK]);
    let whole: Result<Mailbox, _> = format!("{local}@{domain}").parse();
    let letters = token.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.=".contains(&octet));
    let mailbox = whole.ok().filter(|_| letters && local.len() <= LONGEST_LOCAL_PART);
    mailbox.map(|mailbox| mailbox.to_string()).ok_or(ComposeError::Bounce)
}

/// Of a notice's key, at the sender's domain.
pub(super) fn message_id(letter: &Letter<'_>, key: &str) -> String {
    format!("<{}@{}>", hash(&[b"message", key.as_bytes()]), letter.sender.mailbox.domain())
}

/// 128 bits of SHA-256 in hexadecimal; each part's length is hashed before it.
pub(super) fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(16).map(|octet| format!("{octet:02x}")).collect()
}

fn address(mailbox: &Mailbox) -> Result<Address, ComposeError> {
    Ok(Address::new(mailbox.local(), mailbox.domain())?)
}

fn contact(letter: &Letter<'_>) -> Option<Mailbox> {
    letter.programme.contact.as_deref()?.parse().ok()
}

/// A text that is read as it stands: what looks like an encoded word (RFC 2047) is none.
pub(super) fn plain(text: &str) -> String {
    text.replace("=?", "= ?")
}

/// The mail answered, and all before it: a root that stands for the deadline, then the mails told.
fn thread(letter: &Letter<'_>) -> Option<(String, String)> {
    let programme = letter.programme;
    let root = deadline(&letter.content).map(|deadline| {
        let parts = [programme.uid_domain.as_str(), programme.id.as_str(), deadline.id.as_str()];
        let [domain, programme, deadline] = parts.map(str::as_bytes);
        format!("<{}@{}>", hash(&[b"deadline", domain, programme, deadline]), letter.sender.mailbox.domain())
    });
    let skipped = letter.after.len().saturating_sub(MOST_REFERENCES);
    let told = letter.after.iter().skip(skipped).map(|key| message_id(letter, key));
    let all: Vec<String> = root.into_iter().chain(told).collect();
    Some((all.last()?.clone(), all.join(" ")))
}

/// The deadline a letter is about; the first of several.
pub(super) fn deadline(content: &Content) -> Option<&Deadline> {
    match content {
        Content::Reminder { deadline } => Some(deadline),
        Content::Correction(corrected) => corrected.first().map(|corrected| &corrected.deadline),
        Content::Announcement { about: Some(About::Deadline(about)), .. } => Some(&about.deadline),
        _ => None,
    }
}

fn list(letter: &Letter<'_>) -> Result<Vec<(&'static str, String)>, ComposeError> {
    let (programme, links) = (letter.programme, &letter.links);
    let mut headers = vec![("List-Id", format!("<{}.{}>", programme.id, programme.uid_domain))];
    if to_subscriber(letter.content.kind()) {
        let one_click = links.one_click.as_deref().map(clean::link).transpose()?;
        match (one_click.filter(|link| link.starts_with("https:")), &links.unsubscribe) {
            (Some(link), _) => {
                headers.push(("List-Unsubscribe", format!("<{link}>")));
                headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
            }
            (None, Some(page)) => headers.push(("List-Unsubscribe", format!("<{}>", clean::link(page)?))),
            (None, None) => {}
        }
    }
    headers.push(("List-Help", format!("<{}>", clean::link(&links.page)?)));
    if let Some(contact) = contact(letter).filter(|contact| !contact.needs_smtputf8()) {
        headers.push(("List-Owner", format!("<mailto:{}>", escaped(&contact))));
    }
    headers.push(("List-Archive", format!("<{}>", clean::link(&links.changes)?)));
    headers.push(("Auto-Submitted", "auto-generated".to_owned()));
    headers.push(("X-Auto-Response-Suppress", "All".to_owned()));
    headers.push(("Content-Language", letter.reader.language.tag().to_owned()));
    Ok(headers)
}

/// Whether the reader has confirmed, so that there is something to leave.
fn to_subscriber(kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::AlreadySubscribed
        | NoticeKind::FreshLink
        | NoticeKind::Reminder
        | NoticeKind::Correction
        | NoticeKind::Decisions
        | NoticeKind::Presenter
        | NoticeKind::Closing
        | NoticeKind::Announcement => true,
        NoticeKind::Confirmation
        | NoticeKind::Invitation
        | NoticeKind::Digest
        | NoticeKind::BlockedChange
        | NoticeKind::Hold
        | NoticeKind::RollCall
        | NoticeKind::SignIn => false,
    }
}

/// Within a mailto address (RFC 6068 2).
fn escaped(mailbox: &Mailbox) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~!$'*+@".contains(&octet);
    let octets = mailbox.to_string().into_bytes();
    octets
        .into_iter()
        .map(|octet| if plain(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") })
        .collect()
}
