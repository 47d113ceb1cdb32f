//! The web: the only module that knows warp. The whole URL table stands in [`routes`].
//!
//! Handlers are plain functions from what was asked to a response; none of them rejects, so every address has exactly
//! one answer. GET and HEAD change nothing, here or anywhere.

mod console;
mod form;
mod links;
mod mine;
mod outgoing;
mod publish;
mod respond;
mod subscribe;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use warp::http::header::FORWARDED;
use warp::http::{HeaderMap, HeaderName, Method, StatusCode};
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use crate::app::export::{self, Format};
use crate::app::serve::App;
use crate::feed::{Feed, Representation};
use crate::page::Saying;
use form::tongue;
use respond::{Kind, empty, redirect, representation, text, told};

/// RFC 9110 15.5.15: a longer query is none we handed out.
const LONGEST_QUERY: usize = 8 * 1024;

/// A request, as the handlers see it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    peer: Option<Peer>,
}

/// Who is at the other end of the connection: the server puts it with each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Asked {
    /// Whether somebody on this machine asks, and not a proxy on behalf of somebody else.
    fn is_from_here(&self) -> bool {
        let forwarded = |name: &HeaderName| name == FORWARDED || name.as_str().starts_with("x-forwarded-");
        self.peer.is_some_and(|Peer(address)| address.ip().is_loopback()) && !self.headers.keys().any(forwarded)
    }
}

/// Every address of the service.
pub fn routes(app: Arc<App>) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone {
    let get = |app: &Arc<App>| {
        let app = app.clone();
        warp::get().or(warp::head()).unify().and(warp::any().map(move || app.clone())).and(asked())
    };
    let below = warp::path!(String / String).and(get(&app)).map(below);
    let entry = warp::path!(String / "at" / String).and(get(&app)).map(entry);
    let changes = warp::path!(String / "changes" / String).and(get(&app)).map(chapter);
    let root = warp::path::end().and(get(&app)).map(index);
    let assets = warp::path!("assets" / String / String).and(get(&app)).map(asset);
    let healthz = warp::path!("healthz").and(get(&app)).map(health);
    let readyz = warp::path!("readyz").and(get(&app)).map(readiness);
    let robots = warp::path!("robots.txt").and(get(&app)).map(robots);
    let programme = warp::path!(String).and(get(&app)).map(programme);
    let put = publish::route(app.clone());
    let outgoing = outgoing::route(app.clone());
    let console = console::route(app.clone());
    let subscribe = warp::path!(String / "subscribe").and(post(&app)).then(
        |id: String, app: Arc<App>, asked: Asked, body| async move {
            let form = form::read(&asked, body).await;
            subscribe::post(&id, &app, &asked, form).await
        },
    );
    let tick =
        warp::path!(String / "mine").and(post(&app)).then(|id: String, app: Arc<App>, asked: Asked, body| async move {
            let form = form::read_choice(&asked, body).await;
            mine::make(&id, &app, &asked, form).await
        });
    let mine = warp::path!(String / "mine" / String).and(get(&app)).then(
        |id: String, token: String, app: Arc<App>, asked| async move { mine::look(&id, &token, &app, &asked).await },
    );
    let choose = warp::path!(String / "mine" / String).and(post(&app)).then(
        |id: String, token: String, app: Arc<App>, asked: Asked, body| async move {
            let form = form::read_choice(&asked, body).await;
            mine::act(&id, &token, &app, &asked, form).await
        },
    );
    let looked =
        verb().and(get(&app)).then(|id: String, verb: String, token: String, app: Arc<App>, asked| async move {
            links::visit(&id, &verb, &token, &app, &asked, Ok(form::Form::default())).await
        });
    let acted = verb().and(post(&app)).then(
        |id: String, verb: String, token: String, app: Arc<App>, asked: Asked, body| async move {
            let form = form::read(&asked, body).await;
            links::visit(&id, &verb, &token, &app, &asked, form).await
        },
    );
    let other = asked().map(nothing);

    // Calendars ask for feeds all day long: their address is tried first, save for one that would be taken for theirs.
    // Paths go before everything else of a route, so that a request is taken apart for the one route that is its own.
    outgoing
        .boxed()
        .or(console.boxed())
        .unify()
        .or(below.boxed())
        .unify()
        .or(entry.boxed())
        .unify()
        .or(changes.boxed())
        .unify()
        .or(root.boxed())
        .unify()
        .or(healthz.boxed())
        .unify()
        .or(readyz.boxed())
        .unify()
        .or(robots.boxed())
        .unify()
        .or(assets.boxed())
        .unify()
        .or(programme.boxed())
        .unify()
        .or(subscribe.boxed())
        .unify()
        .or(mine.boxed())
        .unify()
        .or(tick.boxed())
        .unify()
        .or(choose.boxed())
        .unify()
        .or(looked.boxed())
        .unify()
        .or(acted.boxed())
        .unify()
        .or(put.boxed())
        .unify()
        .or(other)
        .unify()
}

/// A form that is sent, with its body.
fn post(app: &Arc<App>) -> impl Filter<Extract = Posted, Error = Rejection> + Clone + use<> {
    let app = app.clone();
    warp::post().and(warp::any().map(move || app.clone())).and(asked()).and(body())
}

/// The octets of a form, as they come.
fn body() -> impl Filter<Extract = (Body,), Error = Rejection> + Copy {
    warp::body::stream().map(|body| {
        let octets = futures_util::TryStreamExt::map_ok(body, |mut part| {
            let length = bytes::Buf::remaining(&part);
            bytes::Buf::copy_to_bytes(&mut part, length)
        });
        Box::pin(octets) as Body
    })
}

/// The service, what was asked, and the body that came with it.
type Posted = (Arc<App>, Asked, Body);
type Body = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<bytes::Bytes, warp::Error>> + Send>>;

/// A programme, what a link is for, and its token.
fn verb() -> impl Filter<Extract = (String, String, String), Error = Rejection> + Copy {
    warp::path!(String / String / String)
        .and_then(|id: String, verb: String, token: String| async move {
            let known = links::VERBS.contains(&verb.as_str());
            if known { Ok((id, verb, token)) } else { Err(warp::reject::not_found()) }
        })
        .untuple_one()
}

fn asked() -> impl Filter<Extract = (Asked,), Error = Infallible> + Clone {
    warp::method()
        .and(warp::path::full())
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional::<Peer>())
        .map(|method, path: FullPath, query, headers, peer| Asked {
            method,
            path: path.as_str().to_owned(),
            query,
            headers,
            peer,
        })
}

/// The one programme, or the list of them.
fn index(app: Arc<App>, asked: Asked) -> Response {
    let site = app.site();
    match (site.programmes.keys().next(), site.programmes.len()) {
        (Some(id), 1) => redirect(StatusCode::FOUND, &with_query(&asked, &format!("{id}/"))),
        _ => match app.index(tongue(&asked)) {
            Some(page) => representation(&asked, &page, Kind::Page),
            None => told(&asked, "", StatusCode::SERVICE_UNAVAILABLE, Saying::NotReady),
        },
    }
}

fn programme(id: String, app: Arc<App>, asked: Asked) -> Response {
    match app.page(&id, tongue(&asked)) {
        // Links on the page are relative to its folder.
        Some(_) if !asked.path.ends_with('/') => moved(&asked, &format!("{id}/")),
        Some(page) => representation(&asked, &page, Kind::Page),
        None => not_found(&asked),
    }
}

/// A feed, or one of the files of the programme as a whole.
fn below(id: String, name: String, app: Arc<App>, asked: Asked) -> Response {
    if let Some(feed) = name.strip_suffix(".ics").and_then(Feed::named) {
        return feed_of(&app, &asked, &id, &feed);
    }
    let Some(edition) = app.edition(&id) else { return not_found(&asked) };
    match name.as_str() {
        "changes" if !asked.path.ends_with('/') => moved(&asked, "changes/"),
        "changes" => found(&asked, app.changes_page(&id, tongue(&asked)), Kind::Page),
        "colors.css" => edition.colors().map_or_else(|| not_found(&asked), respond::style),
        "changes.atom" => representation(&asked, &edition.atom, Kind::Atom),
        "changes.json" => representation(&asked, &edition.json, Kind::JsonFeed),
        "programme.toml" => respond::file(&asked, &edition),
        "programme.json" => export(&app, &asked, &id, Format::Json, Kind::Json),
        "schedule.json" => export(&app, &asked, &id, Format::FrabJson, Kind::Json),
        "schedule.xml" => export(&app, &asked, &id, Format::FrabXml, Kind::Xml),
        "deadlines.yml" => export(&app, &asked, &id, Format::Ccfddl, Kind::Yaml),
        "subscribe" => subscribe::form(&id, &app, &asked),
        "privacy" => subscribe::privacy(&id, &app, &asked),
        "mine" => mine::form(&id, &app, &asked),
        "embed" if asked.path.ends_with('/') => moved(&asked, "../embed"),
        "embed" => found(&asked, app.framed(&id, tongue(&asked)), Kind::Framed),
        _ => not_found(&asked),
    }
}

/// The programme as other people's programs read it.
fn export(app: &App, asked: &Asked, id: &str, format: Format, kind: Kind) -> Response {
    found(asked, app.export(id, format), kind)
}

fn found(asked: &Asked, body: Option<Arc<Representation>>, kind: Kind) -> Response {
    body.map_or_else(|| not_found(asked), |body| representation(asked, &body, kind))
}

/// What one revision did.
fn chapter(id: String, number: String, app: Arc<App>, asked: Asked) -> Response {
    match number.parse().ok().and_then(|number| app.chapter_page(&id, number, tongue(&asked))) {
        Some(_) if !asked.path.ends_with('/') => moved(&asked, &format!("{number}/")),
        Some(page) => representation(&asked, &page, Kind::Page),
        None => not_found(&asked),
    }
}

fn entry(id: String, name: String, app: Arc<App>, asked: Asked) -> Response {
    if let Some(name) = name.strip_suffix(".ics") {
        return feed_of(&app, &asked, &id, &Feed::Entry(name.to_owned()));
    }
    match app.entry_page(&id, &name, tongue(&asked)) {
        Some(_) if !asked.path.ends_with('/') => moved(&asked, &format!("{name}/")),
        Some(page) => representation(&asked, &page, Kind::Page),
        None => not_found(&asked),
    }
}

fn feed_of(app: &App, asked: &Asked, id: &str, feed: &Feed) -> Response {
    if asked.query.len() > LONGEST_QUERY {
        return text(StatusCode::URI_TOO_LONG, "The query of this address is longer than 8 KiB.\n");
    }
    match app.feed(id, feed, &asked.query) {
        Some(body) => representation(asked, &body, Kind::Calendar),
        None => not_found(asked),
    }
}

fn asset(hash: String, name: String, _: Arc<App>, asked: Asked) -> Response {
    let asked_for = format!("assets/{hash}/{name}");
    match export::assets().find(|(path, _)| *path == asked_for) {
        Some((_, asset)) => respond::asset(&asked, &asset, &hash),
        None => not_found(&asked),
    }
}

/// 200 while the process lives.
fn health(_: Arc<App>, _: Asked) -> Response {
    text(StatusCode::OK, "alive\n")
}

/// 200 while feeds can be served; what should be mended takes nothing down. It is spelled out for this machine alone:
/// it names files.
fn readiness(app: Arc<App>, asked: Asked) -> Response {
    if !app.is_ready() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    let site = app.site();
    let mut lines = format!("ready: {}\n", counted(site.programmes.len(), "programme"));
    lines.push_str(&format!("time zone data: {}\n", crate::domain::zone::database_version()));
    if asked.is_from_here() {
        for trouble in &site.troubles {
            lines.push_str(&format!("degraded: {trouble}\n"));
        }
    } else if !site.troubles.is_empty() {
        let troubles = counted(site.troubles.len(), "trouble");
        lines.push_str(&format!("degraded: {troubles}, told on the machine itself\n"));
    }
    text(StatusCode::OK, &lines)
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn robots(_: Arc<App>, _: Asked) -> Response {
    text(StatusCode::OK, "User-agent: *\nDisallow: /healthz\nDisallow: /readyz\n")
}

/// What no other route took: another method, or an address that does not exist.
fn nothing(asked: Asked) -> Response {
    match asked.method {
        Method::GET | Method::HEAD => not_found(&asked),
        Method::OPTIONS => respond::options(&asked.path),
        _ => respond::not_allowed(&asked.path),
    }
}

fn not_found(asked: &Asked) -> Response {
    // Relative, so that it leads to our own root also where a proxy has put us below a path.
    let root = "../".repeat(asked.path.matches('/').count().saturating_sub(1));
    told(asked, &root, StatusCode::NOT_FOUND, Saying::NotFound)
}

/// To the address of a folder, with the language that was asked for.
fn moved(asked: &Asked, path: &str) -> Response {
    redirect(StatusCode::PERMANENT_REDIRECT, &with_query(asked, path))
}

fn with_query(asked: &Asked, path: &str) -> String {
    if asked.query.is_empty() || asked.query.len() > LONGEST_QUERY {
        return path.to_owned();
    }
    format!("{path}?{}", asked.query)
}

/// A path as it may be written down: a token opens somebody's subscription.
pub(crate) fn without_token(path: &str) -> &str {
    let mut parts = path.splitn(4, '/').skip(2);
    match (parts.next(), parts.next()) {
        (Some(verb), Some(token)) if verb == "mine" || links::VERBS.contains(&verb) => {
            &path[..path.len() - token.len()]
        }
        _ => path,
    }
}

/// Answers what must not reach the routes: warp's filters panic on a request target that is no path.
pub(crate) fn refuse_early<B>(request: &warp::http::Request<B>) -> Option<Response> {
    if request.method() == Method::CONNECT {
        return Some(respond::not_allowed(""));
    }
    if request.uri().path().starts_with('/') {
        return None;
    }
    // `OPTIONS *` asks about the server as a whole (RFC 9110 9.3.7).
    Some(if request.method() == Method::OPTIONS {
        respond::options("*")
    } else {
        empty(StatusCode::BAD_REQUEST).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::without_token;

    #[test]
    fn a_token_is_not_written_down() {
        assert_eq!(without_token("/pacific-2027/manage/0123.4"), "/pacific-2027/manage/");
        assert_eq!(without_token("/pacific-2027/confirm/0123/more"), "/pacific-2027/confirm/");
        assert_eq!(without_token("/pacific-2027/mine/0123.ics"), "/pacific-2027/mine/");
        for plain in ["/", "/pacific-2027/", "/pacific-2027/at/talk.ics", "/pacific-2027/subscribe"] {
            assert_eq!(without_token(plain), plain);
        }
    }
}
