//! The changes of a programme for machines: Atom (RFC 4287) and JSON Feed 1.1.
//!
//! An entry is a publication. Its id never changes and `updated` is when it was published, never a date it speaks of.

use atom_syndication::{Entry, Feed, FixedDateTime, Generator, Link, Person, Text};
use serde_json::{Value, json};

use crate::domain::publication::Chapter;
use crate::domain::revision::Header;
use crate::domain::zone::Instant;

/// The changes as Atom. `own` is the programme's address, with a slash at its end.
pub fn atom(header: &Header, chapters: &[Chapter], own: Option<&str>) -> Vec<u8> {
    let link = |rel: &str, path: &str, media_type: &str| {
        own.map(|own| Link {
            href: format!("{own}{path}"),
            rel: rel.to_owned(),
            mime_type: Some(media_type.to_owned()),
            ..Link::default()
        })
    };
    let entries = chapters.iter().map(|chapter| Entry {
        title: Text::plain(title(chapter)),
        id: id(header, &format!("revision/{}", chapter.number)),
        updated: fixed(chapter.published),
        published: Some(fixed(chapter.published)),
        links: link("alternate", &format!("changes/{}/", chapter.number), "text/html").into_iter().collect(),
        content: Some(atom_syndication::Content {
            value: Some(text(chapter)),
            content_type: Some("text".to_owned()),
            ..atom_syndication::Content::default()
        }),
        ..Entry::default()
    });
    let newest = chapters.iter().map(|chapter| chapter.published).max();
    let feed = Feed {
        title: Text::plain(name(header)),
        id: id(header, "changes"),
        updated: fixed(newest.unwrap_or_default()),
        authors: vec![Person {
            name: header.short.clone(),
            email: header.contact.clone(),
            uri: header.url.clone(),
            ..Person::default()
        }],
        links: [link("self", "changes.atom", "application/atom+xml"), link("alternate", "changes/", "text/html")]
            .into_iter()
            .flatten()
            .collect(),
        generator: Some(Generator { value: "Allim".to_owned(), ..Generator::default() }),
        entries: entries.collect(),
        ..Feed::default()
    };
    feed.to_string().into_bytes()
}

/// The changes as JSON Feed. Each item has its changes one by one below `_allim`.
pub fn json(header: &Header, chapters: &[Chapter], own: Option<&str>) -> Vec<u8> {
    let address = |path: &str| own.map(|own| format!("{own}{path}"));
    let items: Vec<Value> = chapters
        .iter()
        .map(|chapter| {
            let mut item = json!({
                "id": id(header, &format!("revision/{}", chapter.number)),
                "title": title(chapter),
                "content_text": text(chapter),
                "date_published": rfc3339(chapter.published),
                "_allim": { "revision": chapter.number, "note": chapter.note, "changes": chapter.changes },
            });
            set(&mut item, "url", address(&format!("changes/{}/", chapter.number)));
            item
        })
        .collect();
    let mut feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": name(header),
        "authors": [{ "name": header.short }],
        "items": items,
    });
    set(&mut feed, "home_page_url", address("").or_else(|| header.url.clone()));
    set(&mut feed, "feed_url", address("changes.json"));
    let mut octets = serde_json::to_vec_pretty(&feed).expect("plain data");
    octets.push(b'\n');
    octets
}

/// A key that has no value is left out, as the format wants it.
fn set(object: &mut Value, key: &str, value: Option<String>) {
    if let (Value::Object(object), Some(value)) = (object, value) {
        object.insert(key.to_owned(), Value::String(value));
    }
}

fn name(header: &Header) -> String {
    format!("{}: changes", header.short)
}

fn title(chapter: &Chapter) -> String {
    match chapter.changes.as_slice() {
        [] => chapter.note.clone().unwrap_or_else(|| format!("Revision {}", chapter.number)),
        [one] => one.words(),
        [one, rest @ ..] => format!("{}, and {} more", one.words(), rest.len()),
    }
}

fn text(chapter: &Chapter) -> String {
    let changes = chapter.changes.iter().map(|change| format!("{}.", change.words()));
    chapter.note.clone().into_iter().chain(changes).collect::<Vec<_>>().join("\n")
}

/// A tag URI (RFC 4151): it names the publication for good, wherever the feed is served.
fn id(header: &Header, what: &str) -> String {
    format!("tag:{},2025:{}/{what}", header.uid_domain, header.id)
}

fn fixed(instant: Instant) -> FixedDateTime {
    instant.into()
}

fn rfc3339(instant: Instant) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
