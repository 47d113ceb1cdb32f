//! Forms, and whether to take them: their fields, where they came from, who sent them, which language the page is in.

use std::net::IpAddr;

use bytes::Buf;
use futures_util::{Stream, StreamExt};
use ipnet::IpNet;
use url::form_urlencoded;
use warp::http::HeaderMap;
use warp::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, FORWARDED, HOST, ORIGIN};

use super::{Asked, Peer};
use crate::app::edition::Tongue;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::page::Keeping;

/// A longer form is none of ours: an address, a zone and a few dozen ticks.
const LARGEST: usize = 16 * 1024;
/// A longer choice is none of ours: an id for each of a thousand sessions, and which of them were shown.
const LARGEST_CHOICE: usize = 128 * 1024;
/// A longer programme is none of ours, as a form: every octet may be three; nor is a longer list of authors.
const LARGEST_FILE: usize = 4 * 1024 * 1024;
/// Fields of a form; a programme has fewer entries.
const MOST_FIELDS: usize = 4000;

/// A form's fields, in their order, and the files that came with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    fields: Vec<(String, String)>,
    files: Vec<(String, Vec<u8>)>,
}

/// Why a body is no form of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoForm {
    TooLarge,
    OtherType,
    BrokenOff,
}

impl Form {
    /// The first field of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The octets of the first file under that name, if one was chosen.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        let (_, octets) = self.files.iter().find(|(known, octets)| known == name && !octets.is_empty())?;
        Some(octets)
    }

    /// Every field of that name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a form. An empty body is an empty form: a button needs no field.
pub(super) async fn read<B: Buf>(
    asked: &Asked,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Form, NoForm> {
    read_up_to(LARGEST, asked, body).await
}

/// The same of a programme's entries, ticked.
pub(super) async fn read_choice<B: Buf>(
    asked: &Asked,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Form, NoForm> {
    read_up_to(LARGEST_CHOICE, asked, body).await
}

/// The same of a whole programme or list, by somebody who is signed in.
pub(super) async fn read_file<B: Buf>(
    asked: &Asked,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Form, NoForm> {
    read_up_to(LARGEST_FILE, asked, body).await
}

async fn read_up_to<B: Buf>(
    largest: usize,
    asked: &Asked,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Form, NoForm> {
    let octets = collect(largest, body).await?;
    if octets.is_empty() {
        return Ok(Form::default());
    }
    let kind = header(&asked.headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    match essence.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => {
            let fields = form_urlencoded::parse(&octets).into_owned().take(MOST_FIELDS).collect();
            Ok(Form { fields, files: Vec::new() })
        }
        "multipart/form-data" => multipart(&octets, parameters).ok_or(NoForm::OtherType),
        _ => Err(NoForm::OtherType),
    }
}

async fn collect<B: Buf>(largest: usize, body: impl Stream<Item = Result<B, warp::Error>>) -> Result<Vec<u8>, NoForm> {
    let mut body = std::pin::pin!(body);
    let mut octets = Vec::new();
    while let Some(part) = body.next().await {
        let mut part = part.map_err(|_| NoForm::BrokenOff)?;
        if octets.len() + part.remaining() > largest {
            return Err(NoForm::TooLarge);
        }
        octets.extend_from_slice(&part.copy_to_bytes(part.remaining()));
    }
    Ok(octets)
}

/// The parts of RFC 7578: plain fields, which mail providers send for RFC 8058 too, and files, whose octets are left as they
/// are.
fn multipart(body: &[u8], parameters: &str) -> Option<Form> {
    let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    let delimiter = format!("\r\n--{}", boundary.trim_matches('"'));
    let body = [b"\r\n", body].concat();
    let mut form = Form::default();
    for part in split(&body, delimiter.as_bytes()).skip(1).take(MOST_FIELDS) {
        if part.starts_with(b"--") {
            break;
        }
        let Some((head, value)) = part.strip_prefix(b"\r\n").and_then(|part| cut(part, b"\r\n\r\n")) else { continue };
        let head = String::from_utf8_lossy(head);
        let parameter = |name: &str| head.split(&format!("; {name}=\"")).nth(1)?.split('"').next();
        match (parameter("name"), parameter("filename")) {
            (Some(name), Some(_)) => form.files.push((name.to_owned(), value.to_owned())),
            (Some(name), None) => form.fields.push((name.to_owned(), String::from_utf8_lossy(value).into_owned())),
            (None, _) => {}
        }
    }
    Some(form)
}

/// What stands before and after the first of these octets.
fn cut<'o>(octets: &'o [u8], between: &[u8]) -> Option<(&'o [u8], &'o [u8])> {
    let at = octets.windows(between.len()).position(|window| window == between)?;
    Some((&octets[..at], &octets[at + between.len()..]))
}

fn split<'o>(octets: &'o [u8], between: &'o [u8]) -> impl Iterator<Item = &'o [u8]> {
    let mut rest = Some(octets);
    std::iter::from_fn(move || {
        let octets = rest?;
        let (part, after) = cut(octets, between).map_or((octets, None), |(part, after)| (part, Some(after)));
        rest = after;
        Some(part)
    })
}

/// Where a request came from, as its browser says (Fetch Metadata; RFC 6454 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// A page of ours.
    Ours,
    /// It does not say: no browser of today.
    Silent,
    /// Anywhere else.
    Foreign,
}

/// Where a POST came from. What both headers say must be true.
pub(super) fn origin(headers: &HeaderMap, base_url: &str) -> Origin {
    let site = header(headers, "sec-fetch-site");
    let from = header(headers, ORIGIN.as_str());
    let own = |origin: &str| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let base = url::Url::parse(base_url).map(|base| base.origin().ascii_serialization());
        base.is_ok_and(|base| base == origin) || authority.is_some() && authority == header(headers, HOST.as_str())
    };
    match (site, from) {
        (None, None) => Origin::Silent,
        (site, from) if site.is_none_or(|site| site == "same-origin") && from.is_none_or(own) => Origin::Ours,
        _ => Origin::Foreign,
    }
}

/// The language of a page: as its address says, or as is known of its reader, or as their browser asks.
pub(super) fn language(asked: &Asked, known: Option<Language>) -> Language {
    let told = form_urlencoded::parse(asked.query.as_bytes()).find(|(key, _)| key == "lang");
    let told = told.and_then(|(_, value)| Language::named(&value));
    told.or(known).or_else(|| preferred(&asked.headers)).unwrap_or(Language::English)
}

/// The language of a page that is the same for everybody who reads it in that language.
pub(super) fn tongue(asked: &Asked) -> Tongue {
    let (language, preferred) = (language(asked, None), preferred(&asked.headers).unwrap_or(Language::English));
    Tongue { language, keeping: if language == preferred { Keeping::Browser } else { Keeping::Query } }
}

/// The most welcome of ours (RFC 9110 12.5.4).
fn preferred(headers: &HeaderMap) -> Option<Language> {
    let ranges = header(headers, ACCEPT_LANGUAGE.as_str())?.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
        Some((Language::named(&tag)?, weight.filter(|weight| *weight > 0.0)?))
    });
    // Of two that are as welcome, the first.
    ranges.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
}

/// Who asks: the peer, or whom a trusted proxy names. Where the two headers differ, one of them was not the proxy's own,
/// and the proxy stands for whoever it was.
pub(super) fn remote(asked: &Asked, trusted: &[IpNet]) -> Option<IpAddr> {
    let Peer(peer) = asked.peer?;
    let peer = peer.ip().to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let client = |chain: Vec<Option<IpAddr>>| {
        // Each proxy adds whom it saw at the end; whatever stands before the first that is not ours, anybody wrote.
        let mut chain = chain.into_iter().rev();
        chain.find(|hop| hop.is_none_or(|address| !is_trusted(&address))).flatten()
    };
    let listed = |name: &str| -> Vec<String> {
        let lines = asked.headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(|hop| hop.trim().to_owned()).collect()
    };
    let by_x = client(listed("x-forwarded-for").iter().map(|hop| address(hop)).collect());
    let named = |hop: &String| {
        let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
        let node = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?.1;
        address(node.trim_matches('"'))
    };
    let by_standard = client(listed(FORWARDED.as_str()).iter().map(named).collect());
    match (by_x, by_standard) {
        (Some(one), Some(other)) if one != other => Some(peer),
        (one, other) => one.or(other).or(Some(peer)),
    }
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`.
fn address(node: &str) -> Option<IpAddr> {
    let plain = node.parse::<IpAddr>().ok();
    let in_brackets = || node.strip_prefix('[')?.split(']').next()?.parse().ok();
    let with_port = || node.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    plain.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use warp::http::{HeaderName, HeaderValue, Method};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in pairs.iter().map(pair) {
            map.append(name, value);
        }
        map
    }

    fn remote_of(peer: &str, pairs: &[(&str, &str)]) -> String {
        let asked = Asked {
            method: Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: headers(pairs),
            peer: Some(Peer(peer.parse().unwrap())),
        };
        remote(&asked, &["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_tells_who_asks() {
        let (stranger, proxy) = ("198.51.100.7:5000", "10.0.0.1:5000");
        let for_two = ("X-Forwarded-For", "203.0.113.9, 192.0.2.2, 10.0.0.7");
        for (peer, pairs, expected) in [
            (stranger, &[for_two][..], "198.51.100.7"),
            (proxy, &[], "10.0.0.1"),
            (proxy, &[for_two], "192.0.2.2"),
            (proxy, &[("Forwarded", "for=203.0.113.9, for=\"[2001:db8::1]:80\";proto=https")], "2001:db8::1"),
            (proxy, &[("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "192.0.2.2:443")], "192.0.2.2"),
            // A proxy that adds to one header passes the other on as anybody wrote it.
            (proxy, &[("X-Forwarded-For", "192.0.2.2"), ("Forwarded", "for=203.0.113.9")], "10.0.0.1"),
            (proxy, &[("X-Forwarded-For", "192.0.2.2"), ("Forwarded", "for=192.0.2.2")], "192.0.2.2"),
            (proxy, &[("Forwarded", "for=192.0.2.2, for=unknown")], "10.0.0.1"),
            (proxy, &[("X-Forwarded-For", "not an address")], "10.0.0.1"),
            ("[::ffff:10.0.0.1]:1", &[("X-Forwarded-For", "::ffff:192.0.2.2")], "192.0.2.2"),
        ] {
            assert_eq!(remote_of(peer, pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_post_comes_from_our_own_page_or_not() {
        let base = "https://calendar.example.org/below";
        let host = ("Host", "internal:8080");
        for (pairs, expected) in [
            (&[][..], Origin::Silent),
            (&[host], Origin::Silent),
            (&[("Origin", "https://calendar.example.org")], Origin::Ours),
            (&[("Sec-Fetch-Site", "same-origin")], Origin::Ours),
            (&[host, ("Origin", "http://internal:8080")], Origin::Ours),
            (&[("Origin", "https://calendar.example.org.evil.example")], Origin::Foreign),
            (&[("Origin", "http://calendar.example.org")], Origin::Foreign),
            (&[("Origin", "null")], Origin::Foreign),
            (&[("Sec-Fetch-Site", "cross-site")], Origin::Foreign),
            (&[("Sec-Fetch-Site", "same-site")], Origin::Foreign),
            (&[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")], Origin::Foreign),
            (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://calendar.example.org")], Origin::Foreign),
        ] {
            assert_eq!(origin(&headers(pairs), base), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_most_welcome_of_two_languages_is_spoken() {
        let preferred = |value| preferred(&headers(&[("Accept-Language", value)]));
        assert_eq!(preferred("ko-KR,ko;q=0.9,en-US;q=0.8"), Some(Language::Korean));
        assert_eq!(preferred("de, en;q=0.5, ko;q=0.7"), Some(Language::Korean));
        assert_eq!(preferred("en, ko"), Some(Language::English));
        assert_eq!(preferred("ko;q=0, en;q=0.1"), Some(Language::English));
        assert_eq!(preferred("de"), None);
    }

    #[test]
    fn the_fields_of_both_forms_are_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        let form = multipart(body.as_bytes(), " boundary=x").unwrap();
        assert_eq!(form.fields, [("List-Unsubscribe".to_owned(), "One-Click".to_owned())]);
        assert!(multipart(body.as_bytes(), " boundary=\"y\"").unwrap().fields.is_empty());
        assert!(multipart(body.as_bytes(), "").is_none());
        let with_file = b"--x\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\nYou sent a paper\r\n--x\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n\xff\r\n\
            \x00--x\r\n--x--\r\n";
        let form = multipart(with_file, "boundary=x").unwrap();
        assert_eq!((form.get("reason"), form.file("file")), (Some("You sent a paper"), Some(&b"\xff\r\n\x00--x"[..])));
        assert_eq!((form.get("file"), form.file("reason")), (None, None));
    }
}
