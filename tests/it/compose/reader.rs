//! A message as readers that are not ours have it: mail-parser for the parts, html5gum for the HTML.

use html5gum::{Token, Tokenizer};
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

/// What may stand in a mail's HTML. Nothing of it loads anything.
const TAGS: [&str; 30] = [
    "a",
    "blockquote",
    "body",
    "br",
    "code",
    "del",
    "em",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "li",
    "main",
    "meta",
    "ol",
    "p",
    "pre",
    "strong",
    "title",
    "ul",
    "span",
    "div",
    "b",
    "i",
];

const VOID: [&str; 3] = ["br", "hr", "meta"];

const ATTRIBUTES: [&str; 7] = ["charset", "content", "href", "lang", "name", "start", "style"];

/// Both alternatives and the subject.
pub struct Seen {
    pub subject: String,
    pub text: String,
    pub html: Html,
}

/// The HTML: its visible text, and where its links lead.
pub struct Html {
    pub lang: String,
    pub words: String,
    pub links: Vec<String>,
}

pub fn message(octets: &[u8]) -> Message<'_> {
    MessageParser::default().parse(octets).expect("a message")
}

pub fn see(octets: &[u8]) -> Seen {
    let message = message(octets);
    let part = |parts: Vec<&MessagePart<'_>>, subtype: &str| {
        assert_eq!(parts.len(), 1, "{subtype}");
        let kind = parts[0].content_type().expect("a type");
        assert_eq!((kind.subtype(), kind.attribute("charset")), (Some(subtype), Some("utf-8")));
        parts[0].text_contents().expect("text").replace("\r\n", "\n")
    };
    Seen {
        subject: message.subject().expect("a subject").to_owned(),
        text: part(message.text_bodies().collect(), "plain"),
        html: html(&part(message.html_bodies().collect(), "html")),
    }
}

/// Reads HTML strictly: every element is known, closed in its order, and loads nothing.
pub fn html(source: &str) -> Html {
    let mut seen = Html { lang: String::new(), words: String::new(), links: Vec::new() };
    let mut open: Vec<String> = Vec::new();
    for Ok(token) in Tokenizer::new(source) {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                assert!(TAGS.contains(&name.as_str()), "<{name}> in\n{source}");
                for (key, value) in &tag.attributes {
                    let (key, value) = (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
                    assert!(ATTRIBUTES.contains(&key.as_ref()), "{key} in\n{source}");
                    match (key.as_ref(), name.as_str()) {
                        ("href", "a") => {
                            let known = ["https://", "http://", "mailto:"].iter().any(|known| value.starts_with(known));
                            assert!(known, "a link to {value}");
                            seen.links.push(value.into_owned());
                        }
                        ("href", _) => panic!("<{name}> loads {value}"),
                        ("style", _) => assert!(!value.contains("url") && !value.contains('@'), "{value}"),
                        ("lang", "html") => seen.lang = value.into_owned(),
                        _ => {}
                    }
                }
                seen.words.push(' ');
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                assert_eq!(open.pop().as_deref(), Some(&*String::from_utf8_lossy(&tag.name)), "in\n{source}");
                seen.words.push(' ');
            }
            Token::String(text) if open.last().is_none_or(|name| name != "title") => {
                seen.words.push_str(&String::from_utf8_lossy(&text));
            }
            Token::Comment(_) => panic!("a comment in\n{source}"),
            Token::Error(error) => panic!("{error:?} in\n{source}"),
            Token::String(_) | Token::Doctype(_) => {}
        }
    }
    assert!(open.is_empty(), "{open:?} left open in\n{source}");
    seen
}

/// Words alone: no addresses, no marks, no colon that a text has instead of a link.
pub fn words(text: &str) -> Vec<String> {
    let told = |word: &&str| !word.starts_with("http") && word.chars().any(char::is_alphanumeric);
    text.split_whitespace().filter(told).map(|word| word.trim_end_matches(':').to_owned()).collect()
}
