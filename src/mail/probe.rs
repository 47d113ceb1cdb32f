//! A mail to oneself: short, with every header a reminder has, to see what the way it takes does to it.

use sha2::{Digest, Sha256};

use crate::domain::mailbox::Mailbox;
use crate::domain::notice::Message;
use crate::domain::zone::Instant;

/// The words of the link that must come back as they were sent.
pub const LINK: &str = "?doctor=came-back";

/// Composes it: from the service to whoever asked, with links below `base_url`, which has no slash at its end.
pub fn probe(from: &Mailbox, to: &Mailbox, base_url: &str, at: Instant) -> Message {
    let key: String = Sha256::digest(format!("{from} {to} {}", at.timestamp())).iter().take(12).fold(
        String::new(),
        |mut out, octet| {
            out.push_str(&format!("{octet:02x}"));
            out
        },
    );
    let message_id = format!("<doctor.{key}@{}>", from.domain());
    let date = at.format("%a, %d %b %Y %H:%M:%S +0000");
    let link = format!("{base_url}/{LINK}");
    let post =
        if base_url.starts_with("https://") { "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" } else { "" };
    let text = format!(
        "You asked Allim for a mail to yourself, and here it is.\r\n\r\n\
         Save it whole, with its headers, as a file, and show it to Allim:\r\n\
         allim doctor --came-back FILE.eml\r\n\r\n\
         This link must have come as it was sent:\r\n{link}\r\n"
    );
    let html = format!(
        "<!DOCTYPE html>\r\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>A mail to yourself</title></head>\r\n\
         <body><p>You asked Allim for a mail to yourself, and here it is.</p>\r\n\
         <p>Save it whole, with its headers, as a file, and show it to Allim:<br>\r\n\
         <code>allim doctor --came-back FILE.eml</code></p>\r\n\
         <p>This link must have come as it was sent:<br>\r\n<a href=\"{link}\">{link}</a></p></body></html>\r\n"
    );
    let octets = format!(
        "From: Allim <{from}>\r\nTo: <{to}>\r\nSubject: [Allim] A mail to yourself\r\nDate: {date}\r\n\
         Message-ID: {message_id}\r\nMIME-Version: 1.0\r\nList-Id: <doctor.{}>\r\n\
         List-Unsubscribe: <{base_url}/?doctor=one-click>\r\n{post}\
         Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nContent-Language: en\r\n\
         Content-Type: multipart/alternative; boundary=\"{key}\"\r\n\r\n\
         --{key}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{text}\r\n\
         --{key}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{html}\r\n\
         --{key}--\r\n",
        from.domain()
    );
    Message { from: from.to_string(), to: to.to_string(), message_id, octets: octets.into_bytes() }
}
