//! Responses: validators, preconditions, content codings and the headers every answer carries (RFC 9110).

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::SystemTime;

use bytes::Bytes;
use chrono::DateTime;
use headers::{ETag, HeaderMapExt, IfModifiedSince, IfNoneMatch, LastModified};
use warp::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use super::Asked;
use super::form::language;
use crate::app::edition::Edition;
use crate::app::export;
use crate::domain::language::Language;
use crate::feed::Representation;
use crate::page::{self, Asset, PageError, Saying};

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
/// Of a form.
const ALLOWED_OF_FORM: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS, POST");
/// Of a programme's own file.
const ALLOWED_OF_FILE: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS, PUT");

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);

/// The embed is made to be shown in anybody's frame. It runs no script and sends no form.
const POLICY_FRAMED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors *",
);

const POLICY_PRIVATE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A page of the console that shows a letter.
const POLICY_FRAMING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

const POLICY_LETTER: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
);

/// What a representation is: that decides its type and how long a cache may keep it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A feed. A cache may show an old one for a day rather than an error: calendars punish errors.
    Calendar,
    /// A feed that one person chose: no cache keeps it for others.
    Private,
    /// A page.
    Page,
    /// The changes, for readers of news.
    Atom,
    /// The same as JSON.
    JsonFeed,
    /// An export.
    Json,
    /// An export.
    Xml,
    /// An export.
    Yaml,
    /// A page for somebody else's frame.
    Framed,
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Kind::Calendar | Kind::Private => "text/calendar; charset=utf-8",
            Kind::Page | Kind::Framed => "text/html; charset=utf-8",
            Kind::Atom => "application/atom+xml; charset=utf-8",
            Kind::JsonFeed => "application/feed+json; charset=utf-8",
            Kind::Json => "application/json; charset=utf-8",
            Kind::Xml => "application/xml; charset=utf-8",
            // RFC 9512 knows no charset: YAML says itself what it is.
            Kind::Yaml => "application/yaml",
        }
    }

    /// What of a request decides which one is sent: pages are in two languages.
    fn varies_with(self) -> &'static str {
        match self {
            Kind::Page | Kind::Framed => "accept-encoding, accept-language",
            _ => "accept-encoding",
        }
    }

    fn cache(self) -> &'static str {
        match self {
            Kind::Calendar => "public, max-age=300, stale-if-error=86400",
            Kind::Private => "private, max-age=300, stale-if-error=86400",
            Kind::Page => "public, max-age=60",
            Kind::Atom | Kind::JsonFeed | Kind::Json | Kind::Xml | Kind::Yaml | Kind::Framed => "public, max-age=300",
        }
    }
}

/// A representation, or 304 where the client has it.
pub(super) fn representation(asked: &Asked, body: &Representation, kind: Kind) -> Response {
    let gzip = prefers_gzip(&asked.headers);
    let (octets, etag) = if gzip { (&body.gzip, &body.gzip_etag) } else { (&body.identity, &body.etag) };
    let modified = SystemTime::from(body.modified);
    let mut response = match etag.parse::<ETag>() {
        Ok(etag) if is_current(&asked.headers, &etag, modified) => empty(StatusCode::NOT_MODIFIED),
        _ => Response::new(octets.clone().into()),
    };
    let fresh = response.status() == StatusCode::OK;
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(ETAG, etag);
    }
    headers.typed_insert(LastModified::from(modified));
    headers.insert(VARY, HeaderValue::from_static(kind.varies_with()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kind.cache()));
    if fresh {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.media_type()));
        if gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    match kind {
        Kind::Calendar | Kind::Private | Kind::Atom | Kind::JsonFeed | Kind::Json | Kind::Xml | Kind::Yaml => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        Kind::Page => guard(headers, POLICY),
        Kind::Framed => guard(headers, POLICY_FRAMED),
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A programme's own file. Its validator names the revision, because a writer must show which one it saw.
pub(super) fn file(asked: &Asked, edition: &Edition) -> Response {
    let etag = edition.file_etag();
    let same = asked.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response =
        if same { empty(StatusCode::NOT_MODIFIED) } else { Response::new(edition.file.identity.clone().into()) };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/toml; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// If-None-Match beats If-Modified-Since (RFC 9110 13.2.2). A header that cannot be read is as good as none.
fn is_current(headers: &HeaderMap, etag: &ETag, modified: SystemTime) -> bool {
    if let Some(condition) = headers.typed_get::<IfNoneMatch>() {
        return !condition.precondition_passes(etag);
    }
    if headers.contains_key(IF_NONE_MATCH) {
        return false;
    }
    headers.typed_get::<IfModifiedSince>().is_some_and(|since| !since.is_modified(modified))
}

/// Whether gzip is at least as welcome as the octets as they are (RFC 9110 12.5.3).
fn prefers_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for line in headers.get_all(ACCEPT_ENCODING) {
        for item in line.to_str().unwrap_or_default().split(',') {
            let mut parts = item.split(';').map(str::trim);
            let coding = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or(0.0));
            match coding.as_str() {
                "gzip" | "x-gzip" => gzip = Some(weight),
                "identity" => identity = Some(weight),
                "*" => any = Some(weight),
                _ => {}
            }
        }
    }
    let gzip = gzip.or(any).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity.unwrap_or(0.0)
}

/// Our files, compressed once.
static PACKED: LazyLock<BTreeMap<&'static str, Bytes>> = LazyLock::new(|| {
    let packed = |asset: Asset| {
        let body = Representation::new(asset.body.as_bytes().to_vec(), DateTime::UNIX_EPOCH);
        (asset.name, body.gzip)
    };
    export::assets().map(|(_, asset)| packed(asset)).collect()
});

/// A file of ours: its address changes with its contents.
pub(super) fn asset(asked: &Asked, asset: &Asset, hash: &str) -> Response {
    let packed = PACKED.get(asset.name).filter(|_| prefers_gzip(&asked.headers));
    let coding = if packed.is_some() { "-gz" } else { "" };
    let etag = format!("\"{hash}-{}{coding}\"", asset.name);
    let same = asked.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = match packed {
        _ if same => empty(StatusCode::NOT_MODIFIED),
        Some(packed) => Response::new(packed.clone().into()),
        None => Response::new(Bytes::from_static(asset.body.as_bytes()).into()),
    };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packed.is_some() && !same {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // The schema is read by programs of other sites.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The style sheet of a workshop's own colour.
pub(super) fn style(rules: String) -> Response {
    let mut response = Response::new(rules.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A page that says one thing, in the reader's language.
pub(super) fn told(asked: &Asked, root: &str, status: StatusCode, saying: Saying) -> Response {
    let language = language(asked, None);
    let [title, words, _] = saying.words(language);
    let mut response = said(root, status, title, words, language);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language"));
    response
}

/// The same for organizers, who read English.
pub(super) fn message(root: &str, status: StatusCode, title: &str, words: &str) -> Response {
    said(root, status, title, words, Language::English)
}

fn said(root: &str, status: StatusCode, title: &str, words: &str, language: Language) -> Response {
    let page = page::message(title, words, root, language).unwrap_or_else(|_| words.to_owned());
    let mut response = warp::reply::html(page).into_response();
    *response.status_mut() = status;
    guard(response.headers_mut(), POLICY);
    response
}

/// A page about somebody, or for one answer: kept by no cache.
pub(super) fn page(status: StatusCode, page: Result<String, PageError>) -> Response {
    let page = match page {
        Ok(page) => page,
        Err(error) => {
            tracing::error!("{error}");
            return text(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made.\n");
        }
    };
    let mut response = warp::reply::html(page).into_response();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    guard(headers, POLICY);
    response
}

/// The same, where it shows a letter of ours in a frame.
pub(super) fn framing_page(page: Result<String, PageError>) -> Response {
    let mut response = self::page(StatusCode::OK, page);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY_FRAMING);
    response
}

/// A file to be kept, and not to be shown: of a name that is ours.
pub(super) fn download(name: &str, media_type: &'static str, octets: Vec<u8>) -> Response {
    let mut response = Response::new(octets.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    guard(headers, POLICY_LETTER);
    response
}

/// A line for a person or a probe.
pub(super) fn text(status: StatusCode, words: &str) -> Response {
    let mut response = words.to_owned().into_response();
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// To a path relative to the one asked for: it holds behind any proxy.
pub(super) fn redirect(status: StatusCode, path: &str) -> Response {
    let mut response = empty(status);
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

/// What may be asked, of whom (RFC 9110 9.3.7), also by a script of another site.
pub(super) fn options(path: &str) -> Response {
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ALLOW, allowed(path));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("if-none-match, if-modified-since"));
    response
}

pub(super) fn not_allowed(path: &str) -> Response {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "That cannot be done with this address.\n");
    response.headers_mut().insert(ALLOW, allowed(path));
    response
}

fn allowed(path: &str) -> HeaderValue {
    let mut parts = path.trim_matches('/').split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("programme.toml"), None) => ALLOWED_OF_FILE,
        (Some("subscribe" | "mine"), None) => ALLOWED_OF_FORM,
        (Some("mine"), Some(name)) if !name.ends_with(".ics") => ALLOWED_OF_FORM,
        (Some(verb), Some(_)) if super::links::VERBS.contains(&verb) => ALLOWED_OF_FORM,
        _ => ALLOWED,
    }
}

pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// A page for the eyes of this machine alone. It may show a letter in a frame.
pub(super) fn private_page(page: String) -> Response {
    let mut response = warp::reply::html(page).into_response();
    guard(response.headers_mut(), POLICY_PRIVATE);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Somebody's HTML, to be shown in a frame of ours: it runs nothing, loads nothing, and is of no origin.
pub(super) fn letter(html: String) -> Response {
    let mut response = warp::reply::html(html).into_response();
    guard(response.headers_mut(), POLICY_LETTER);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A message as it was sent, whatever is in it: shown as text and as nothing else.
pub(super) fn source(octets: Vec<u8>) -> Response {
    let mut response = Response::new(octets.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    guard(headers, POLICY_LETTER);
    response
}

/// What a page may load and who may show it in a frame.
fn guard(headers: &mut HeaderMap, policy: HeaderValue) {
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_when_it_is_at_least_as_welcome() {
        let prefers = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
            prefers_gzip(&headers)
        };
        for yes in
            ["gzip", "br, gzip", "gzip;q=0.5", "*", "deflate, *;q=0.1", "x-gzip", "identity;q=0.5, gzip;q=0.5", "GZIP"]
        {
            assert!(prefers(yes), "{yes}");
        }
        for no in ["", "identity", "gzip;q=0", "*;q=0", "gzip;q=0.2, identity;q=0.8", "gzip;q=0, *", "br", "gzip;q=x"] {
            assert!(!prefers(no), "{no}");
        }
    }
}
