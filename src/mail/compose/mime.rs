//! The parts of a message: the words twice, and the calendar for who asked for it (RFC 2046, RFC 5545 8.1).

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType};
use lettre::message::{Body, MultiPart, SinglePart};

use super::ComposeError;
use super::envelope::{deadline, hash};
use crate::domain::programme::Due;
use crate::mail::letter::Letter;
use crate::mail::templates::Written;

/// RFC 5322 2.1.1, without the line's end.
const LONGEST_LINE: usize = 998;

/// All parts.
pub(super) fn parts(letter: &Letter<'_>, written: Written) -> Result<MultiPart, ComposeError> {
    let calendar = calendar(letter)?;
    // A boundary hangs on all that stands between: nobody can write a text that holds its own.
    let calendar_octets = calendar.unwrap_or_default().as_bytes();
    let seal = |what: &[u8]| {
        let parts = [what, letter.key.as_bytes(), written.text.as_bytes(), written.html.as_bytes(), calendar_octets];
        format!("=_{}", hash(&parts))
    };
    let (inner, outer) = (seal(b"words"), seal(b"whole"));
    let words = multipart("alternative", &inner)
        .singlepart(SinglePart::plain(written.text))
        .singlepart(SinglePart::html(written.html));
    let Some(calendar) = calendar else { return Ok(words) };
    // Octets are given, not a String: they are kept to the last one, in Base64.
    let octets = Body::new_with_encoding(calendar.as_bytes().to_vec(), ContentTransferEncoding::Base64);
    let part = SinglePart::builder()
        .header(content_type("text/calendar; charset=utf-8; method=PUBLISH; name=\"deadline.ics\""))
        .header(ContentDisposition::attachment("deadline.ics"))
        .body(octets.expect("Base64 takes any octets"));
    Ok(multipart("mixed", &outer).multipart(words).singlepart(part))
}

fn multipart(kind: &str, boundary: &str) -> MultiPart {
    MultiPart::builder().header(content_type(&format!("multipart/{kind}; boundary=\"{boundary}\""))).build()
}

fn content_type(text: &str) -> ContentType {
    ContentType::parse(text).expect("written here, with a boundary of plain letters")
}

/// The calendar, where the reader asked for it and the letter is about a deadline with a date.
fn calendar<'l>(letter: &'l Letter<'_>) -> Result<Option<&'l str>, ComposeError> {
    let dated = deadline(&letter.content).is_some_and(|deadline| deadline.due != Due::Open);
    let Some(calendar) = letter.calendar.as_deref().filter(|_| dated && letter.reader.calendar) else {
        return Ok(None);
    };
    let whole = calendar.contains("\r\nMETHOD:PUBLISH\r\n") && calendar.ends_with("END:VCALENDAR\r\n");
    if whole { Ok(Some(calendar)) } else { Err(ComposeError::Calendar) }
}

/// Whether every line ends in CRLF and is no longer than a line may be.
pub(super) fn check(octets: &[u8]) -> Result<(), ComposeError> {
    for (number, line) in (1..).zip(octets.split_inclusive(|octet| *octet == b'\n')) {
        let whole = line.strip_suffix(b"\r\n").is_some_and(|line| line.len() <= LONGEST_LINE && !line.contains(&b'\r'));
        if !whole {
            return Err(ComposeError::Line(number));
        }
    }
    Ok(())
}
