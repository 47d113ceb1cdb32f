//! `/{programme}/mine`: a feed of one's own is ticked, changed, given other addresses and deleted, by whoever has the
//! address of its page; calendars read it at another address, which opens nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use url::form_urlencoded;
use warp::http::header::{CACHE_CONTROL, HeaderName, REFERRER_POLICY, RETRY_AFTER};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::form::{Form, NoForm, Origin, language, origin, remote};
use super::respond::{Kind, page as answer, redirect, representation, text};
use super::subscribe::{no_form, not_kept, say, stand};
use super::{Asked, LONGEST_QUERY, not_found};
use crate::app::choose;
use crate::app::edition::Edition;
use crate::app::serve::App;
use crate::domain::kind::{Named, SessionKind};
use crate::domain::language::Language;
use crate::domain::programme::Id;
use crate::domain::revision::Revision;
use crate::page::{self, About, Address, Saying, TickFault, Ticked};

/// Nothing that stands at such an address is for search engines.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// The form: nothing is ticked yet, but what its address names.
pub(super) fn form(id: &str, app: &App, asked: &Asked) -> Response {
    let Some(edition) = edition(app, id) else { return not_found(asked) };
    let named = form_urlencoded::parse(asked.query.as_bytes()).filter(|(key, _)| key == "entry");
    let entries = named.filter_map(|(_, id)| Id::new(&id).ok()).collect();
    let ticked = Ticked { entries, kinds: kinds(asked), ..Ticked::default() };
    let page = page::choose(&stand(asked, language(asked, None)), &edition.revision, &ticked);
    answer(StatusCode::OK, page)
}

/// What was ticked becomes a feed.
pub(super) async fn make(id: &str, app: &App, asked: &Asked, read: Result<Form, NoForm>) -> Response {
    let Some(edition) = edition(app, id) else { return not_found(asked) };
    let lang = language(asked, None);
    let revision = &edition.revision;
    if origin(&asked.headers, app.base_url()) == Origin::Foreign {
        let about = About { short: revision.header.short.clone(), ..About::default() };
        return say(asked, lang, StatusCode::FORBIDDEN, Saying::Foreign, &about);
    }
    let form = match read {
        Ok(form) => form,
        Err(why) => return no_form(asked, lang, why),
    };
    let entries = ticked(&form, revision, &BTreeSet::new());
    // Another kind is looked at; what is ticked stays so.
    if let Some(look) = form.get("look") {
        let kinds = SessionKind::named(look).into_iter().collect();
        let page = page::choose(&stand(asked, lang), revision, &Ticked { entries, kinds, ..Ticked::default() });
        return answer(StatusCode::OK, page);
    }
    let again = |entries: BTreeSet<Id>, status, fault| {
        let ticked = Ticked { entries, kinds: kinds(asked), fault: Some(fault), ..Ticked::default() };
        answer(status, page::choose(&stand(asked, lang), revision, &ticked))
    };
    if entries.is_empty() {
        return again(entries, StatusCode::UNPROCESSABLE_ENTITY, TickFault::Nothing);
    }
    let from = app.mailing().and_then(|mailing| remote(asked, &mailing.trusted_proxies));
    match choose::make(app, id, entries.clone(), from, app.clock().now()).await {
        Ok(Some(secret)) => see(asked, &secret, lang),
        Ok(None) => {
            let mut response = again(entries, StatusCode::TOO_MANY_REQUESTS, TickFault::TooMany);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("3600"));
            response
        }
        Err(error) => not_kept(asked, lang, &error),
    }
}

/// The page of a feed, or the feed: its address ends in `.ics`.
pub(super) async fn look(id: &str, token: &str, app: &App, asked: &Asked) -> Response {
    let Some(edition) = edition(app, id) else { return not_found(asked) };
    if let Some(token) = token.strip_suffix(".ics") {
        return feed(id, token, app, asked).await;
    }
    let lang = language(asked, None);
    let response = match choose::find(app, id, token).await {
        Ok(Some(chosen)) => shown(app, asked, lang, &edition, token, chosen.entries, Shown::Looked),
        Ok(None) => gone(asked, lang, &edition.revision),
        Err(error) => not_kept(asked, lang, &error),
    };
    secluded(response)
}

/// A feed is changed, given other addresses, or deleted. Whoever knows the address of its page may: a page elsewhere,
/// that would make a browser do it, does not know it.
pub(super) async fn act(id: &str, token: &str, app: &App, asked: &Asked, read: Result<Form, NoForm>) -> Response {
    let Some(edition) = edition(app, id) else { return not_found(asked) };
    let lang = language(asked, None);
    let response = match read {
        Ok(form) => match acted(id, token, app, asked, &edition, &form).await {
            Ok(response) => response,
            Err(error) => not_kept(asked, lang, &error),
        },
        Err(why) => no_form(asked, lang, why),
    };
    secluded(response)
}

async fn acted(
    id: &str,
    token: &str,
    app: &App,
    asked: &Asked,
    edition: &Edition,
    form: &Form,
) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
    let lang = language(asked, None);
    let revision = &edition.revision;
    let Some(chosen) = choose::find(app, id, token).await? else { return Ok(gone(asked, lang, revision)) };
    let about = About { short: revision.header.short.clone(), ..About::default() };
    match form.get("act") {
        Some("change") => {
            let entries = ticked(form, revision, &chosen.entries);
            if entries.is_empty() {
                return Ok(shown(app, asked, lang, edition, token, chosen.entries, Shown::Refused));
            }
            if !choose::change(app, token, &entries, app.clock().now()).await? {
                return Ok(gone(asked, lang, revision));
            }
            Ok(shown(app, asked, lang, edition, token, entries, Shown::Saved))
        }
        Some("rotate") => match choose::rotate(app, token).await? {
            Some(secret) => Ok(see(asked, &secret, lang)),
            None => Ok(gone(asked, lang, revision)),
        },
        Some("delete") => {
            choose::delete(app, token).await?;
            Ok(say(asked, lang, StatusCode::OK, Saying::ChoiceDeleted, &about))
        }
        _ => Ok(shown(app, asked, lang, edition, token, chosen.entries, Shown::Looked)),
    }
}

async fn feed(id: &str, token: &str, app: &App, asked: &Asked) -> Response {
    if asked.query.len() > LONGEST_QUERY {
        return text(StatusCode::URI_TOO_LONG, "The query of this address is longer than 8 KiB.\n");
    }
    let mut response = match choose::feed(app, id, token, &asked.query).await {
        Ok(Some(body)) => representation(asked, &body, Kind::Private),
        Ok(None) => return secluded(text(StatusCode::NOT_FOUND, "There is no such feed, or not any more.\n")),
        Err(error) => {
            tracing::error!("a chosen feed: {error}");
            let mut response = text(StatusCode::SERVICE_UNAVAILABLE, "This feed cannot be read now.\n");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("300"));
            return secluded(response);
        }
    };
    response.headers_mut().insert(ROBOTS, HeaderValue::from_static("noindex"));
    response
}

/// What has just happened to a feed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Looked,
    Saved,
    Refused,
}

fn shown(
    app: &App,
    asked: &Asked,
    lang: Language,
    edition: &Edition,
    token: &str,
    entries: BTreeSet<Id>,
    how: Shown,
) -> Response {
    let base = format!("{}/{}/", app.base_url(), edition.revision.header.id);
    let address = Address { page: format!("{base}mine/{token}"), feed: format!("{base}{}", choose::path(token)) };
    let refused = how == Shown::Refused;
    let ticked = Ticked {
        entries,
        kinds: kinds(asked),
        fault: refused.then_some(TickFault::Nothing),
        saved: how == Shown::Saved,
        feed: Some(address),
    };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    answer(status, page::choose(&stand(asked, lang), &edition.revision, &ticked))
}

/// One that never was and one that is no more look the same.
fn gone(asked: &Asked, lang: Language, revision: &Revision) -> Response {
    let about = About { short: revision.header.short.clone(), ..About::default() };
    say(asked, lang, StatusCode::NOT_FOUND, Saying::NoChoice, &about)
}

/// To the page of a secret, in the same language. Relative, so that it holds behind any proxy; from `mine` or from a page
/// below it, with a slash at its end or without.
fn see(asked: &Asked, secret: &str, lang: Language) -> Response {
    let way = match asked.path.rsplit("/mine").next() {
        Some("") => "mine/",
        Some(below) if below.len() > 1 && below.ends_with('/') => "../",
        _ => "",
    };
    secluded(redirect(StatusCode::SEE_OTHER, &format!("{way}{secret}?lang={}", lang.tag())))
}

/// Nobody else hears of the address: no other site by a link, no search engine, no cache.
fn secluded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [(REFERRER_POLICY, "no-referrer"), (ROBOTS, "noindex"), (CACHE_CONTROL, "no-store")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A programme of a service that can keep something.
fn edition(app: &App, id: &str) -> Option<Arc<Edition>> {
    app.edition(id).filter(|_| app.mailing().is_some())
}

/// What is ticked, by its present name. What a form did not show stays as it was.
fn ticked(form: &Form, revision: &Revision, before: &BTreeSet<Id>) -> BTreeSet<Id> {
    let shown: BTreeSet<&str> = form.all("shown").collect();
    let sent: BTreeSet<&str> = form.all("entry").collect();
    let mut entries = BTreeSet::new();
    for record in &revision.records {
        let names = || std::iter::once(&record.key).chain(&record.formerly).filter_map(|key| key.id());
        let is_shown = shown.is_empty() || names().any(|name| shown.contains(name));
        let was = names().any(|name| before.iter().any(|id| id.as_str() == name));
        let is = names().any(|name| sent.contains(name));
        if if is_shown { is } else { was } {
            entries.extend(record.key.id().and_then(|id| Id::new(id).ok()));
        }
    }
    entries
}

/// The kinds of sessions that the address names.
fn kinds(asked: &Asked) -> BTreeSet<SessionKind> {
    let named = form_urlencoded::parse(asked.query.as_bytes()).filter(|(key, _)| key == "kind");
    named.flat_map(|(_, value)| value.split(',').filter_map(SessionKind::named).collect::<Vec<_>>()).collect()
}
