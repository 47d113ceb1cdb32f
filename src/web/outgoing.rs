//! `/organize/outbox`: outgoing mail of a set-up for trying out. Where anything says that somebody else could be asking,
//! the address does not exist.

use std::sync::Arc;

use url::Url;
use warp::http::StatusCode;
use warp::http::header::HOST;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::respond::{letter, private_page, redirect, source, told};
use super::{Asked, asked, not_found};
use crate::app::outgoing::is_near;
use crate::app::serve::App;
use crate::domain::notice::NoticeId;
use crate::page::{self, Saying};

pub(super) fn route(app: Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let get = warp::get().or(warp::head()).unify();
    warp::path("organize")
        .and(warp::path("outbox"))
        .and(warp::path::tail())
        .and(get)
        .and(warp::any().map(move || app.clone()))
        .and(asked())
        .then(|rest: warp::path::Tail, app: Arc<App>, asked: Asked| async move {
            if !app.may_show_outgoing() || !asked.is_from_here() || !is_to_here(&asked) {
                return not_found(&asked);
            }
            show(&app, &asked, rest.as_str()).await
        })
}

/// Whether the request names this machine as the one it is for: another site's name that leads here does not.
fn is_to_here(asked: &Asked) -> bool {
    let mut hosts = asked.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let url = host.to_str().ok().and_then(|host| Url::parse(&format!("http://{host}/")).ok());
    url.is_some_and(|url| url.host().as_ref().is_some_and(is_near) && url.username().is_empty())
}

async fn show(app: &App, asked: &Asked, rest: &str) -> Response {
    let root = "../".repeat(asked.path.matches('/').count().saturating_sub(1));
    if rest.is_empty() {
        let (notices, notes) = match (app.outgoing().await, app.outgoing_notes().await) {
            (Ok(notices), Ok(notes)) => (notices, notes),
            (Err(error), _) | (_, Err(error)) => return failed(asked, &root, &error),
        };
        return match page::outbox(&notices, &notes, app.clock().words().as_deref(), &root) {
            Ok(page) => private_page(page),
            Err(error) => failed(asked, &root, &error),
        };
    }
    let (number, part) = rest.split_once('/').unwrap_or((rest, "-"));
    let Ok(number) = number.parse() else { return not_found(asked) };
    let outgoing = match app.outgoing_letter(NoticeId(number)).await {
        Ok(Some(outgoing)) => outgoing,
        Ok(None) => return not_found(asked),
        Err(error) => return failed(asked, &root, &error),
    };
    match (part, outgoing.html) {
        ("-", _) => redirect(StatusCode::PERMANENT_REDIRECT, &format!("{number}/")),
        ("", _) => match page::letter(&outgoing.letter, &root) {
            Ok(page) => private_page(page),
            Err(error) => failed(asked, &root, &error),
        },
        ("html", Some(html)) => letter(html),
        ("source", _) => source(outgoing.source),
        _ => not_found(asked),
    }
}

fn failed(asked: &Asked, root: &str, error: &dyn std::fmt::Display) -> Response {
    tracing::error!("outgoing mail: {error}");
    told(asked, root, StatusCode::SERVICE_UNAVAILABLE, Saying::OutboxUnread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use warp::http::{HeaderMap, HeaderValue, Method};

    #[test]
    fn only_a_host_that_is_this_machine_is_meant() {
        let to_here = |hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, HeaderValue::from_str(host).unwrap());
            }
            let (path, query) = ("/organize/outbox".to_owned(), String::new());
            is_to_here(&Asked { method: Method::GET, path, query, headers, peer: None })
        };
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "127.1.2.3"] {
            assert!(to_here(&[host]), "{host}");
        }
        for host in
            ["example.org", "localhost.example.org", "127.0.0.1.nip.io:8080", "a@localhost", "", "[::2]", "10.0.0.1"]
        {
            assert!(!to_here(&[host]), "{host}");
        }
        assert!(!to_here(&[]));
        assert!(!to_here(&["localhost", "example.org"]));
    }
}
