//! A message as its reader sees it: headers, the text, the HTML, and the links in it (RFC 5322, RFC 2046).
//!
//! For looking at what was sent. Nothing is decided by what is read here.

use mail_parser::{Address, MessageParser, PartType};

/// A message, taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Readable {
    /// Its subject.
    pub subject: String,
    /// From whom, with the name.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Its text/plain part.
    pub text: String,
    /// Its text/html part, if it has one.
    pub html: Option<String>,
    /// Addresses of pages in the text, in their order, each once.
    pub links: Vec<String>,
    /// Names of its other parts.
    pub parts: Vec<String>,
}

impl Readable {
    /// The same with what opens somebody's subscription, or the console, taken out of its links: whoever looks at
    /// somebody's mail is not to act in their place.
    pub fn without_keys(self) -> Readable {
        let links = self.links.iter().map(|link| without_keys(link)).collect();
        Readable { text: without_keys(&self.text), html: self.html.as_deref().map(without_keys), links, ..self }
    }
}

/// A key is a part of a path that begins with 128 bits in hexadecimal figures.
fn without_keys(text: &str) -> String {
    const SHORTEST: usize = 32;
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('/').enumerate() {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        let is_key = at > 0 && part.len() - rest.len() >= SHORTEST;
        out.push_str(if at > 0 { "/" } else { "" });
        out.push_str(if is_key { "\u{2026}" } else { "" });
        out.push_str(if is_key {
            rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || ".-".contains(c))
        } else {
            part
        });
    }
    out
}

/// Takes a message apart; none when it is no message.
pub fn read(octets: &[u8]) -> Option<Readable> {
    let message = MessageParser::default().parse(octets)?;
    let mut read = Readable {
        subject: message.subject().unwrap_or_default().to_owned(),
        from: message.from().map(addresses).unwrap_or_default(),
        to: message.to().map(addresses).unwrap_or_default(),
        ..Readable::default()
    };
    for part in &message.parts {
        match &part.body {
            PartType::Text(text) if read.text.is_empty() => read.text = text.clone().into_owned(),
            PartType::Html(html) if read.html.is_none() => read.html = Some(html.clone().into_owned()),
            PartType::Multipart(_) => {}
            _ => read.parts.push(mail_parser::MimeHeaders::attachment_name(part).unwrap_or("(a part)").to_owned()),
        }
    }
    read.links = links(&read.text);
    Some(read)
}

fn addresses(address: &Address<'_>) -> String {
    let one = |one: &mail_parser::Addr<'_>| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (_, address) => address.unwrap_or_default().to_owned(),
    };
    address.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn links(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')) {
        let start = ["https://", "http://"].iter().find_map(|scheme| word.find(scheme));
        let link = start.map(|start| word[start..].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']));
        found.extend(link.filter(|link| !found.iter().any(|known| known == link)).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_out_of_links() {
        let key = "0123456789abcdef".repeat(3);
        let text = format!("Done? https://example.org/fair/done/{key}.full-paper. Or /at/keynote, /mine/{key}.ics?x=1");
        assert_eq!(
            without_keys(&text),
            "Done? https://example.org/fair/done/\u{2026} Or /at/keynote, /mine/\u{2026}?x=1"
        );
        let html = format!("<a href=\"https://example.org/organize/sign-in/{key}{key}\">in</a> {key}");
        assert_eq!(
            without_keys(&html),
            format!("<a href=\"https://example.org/organize/sign-in/\u{2026}\">in</a> {key}")
        );
    }

    #[test]
    fn a_message_is_taken_apart() {
        let message = "From: FAIMI <a@example.org>\r\nTo: ada@example.org\r\nSubject: =?utf-8?Q?Due_f=C3=BCr_Tal?=\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\r\nDone? https://example.org/done/1.\r\n(http://x.example)\r\n\
            --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Done?</p>\r\n--b--\r\n";
        let read = read(message.as_bytes()).unwrap();
        assert_eq!((read.from.as_str(), read.to.as_str()), ("FAIMI <a@example.org>", "ada@example.org"));
        assert_eq!(read.subject, "Due für Tal");
        assert_eq!(read.links, ["https://example.org/done/1", "http://x.example"]);
        assert_eq!(read.html.as_deref().map(str::trim), Some("<p>Done?</p>"));
        assert!(read.parts.is_empty());
    }
}
