//! `PUT /{programme}/programme.toml`: publishing over HTTP, by whoever holds a token of the programme.
//!
//! The request says which revision its author saw (If-Match, RFC 9110 13.1.1): without it 428, with a stale one 412 and
//! what it would take back. Doubts are answered by `?accept=NAME`.

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other")]

use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use url::form_urlencoded;
use warp::http::header::{AUTHORIZATION, ETAG, IF_MATCH, IF_NONE_MATCH, WWW_AUTHENTICATE};
use warp::http::{HeaderValue, Method, StatusCode};
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::{Asked, asked};
use crate::app::consider::LARGEST_FILE;
use crate::app::publish::{Consequences, Outcome, Proposal, consequences, publish};
use crate::app::serve::App;
use crate::app::token;
use crate::domain::change::Change;
use crate::domain::publication::Source;

pub(super) fn route(app: Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let only_put = warp::method()
        .and_then(|method| async move { if method == Method::PUT { Ok(()) } else { Err(warp::reject::not_found()) } });
    warp::path!(String / "programme.toml")
        .and(only_put.untuple_one())
        .and(warp::any().map(move || app.clone()))
        .and(asked())
        .and(warp::body::stream())
        .then(|id: String, app: Arc<App>, asked: Asked, body| async move {
            put(&app, &id, &asked, body).await.unwrap_or_else(|refusal| refusal)
        })
}

type Answer = Result<Response, Response>;

async fn put<B>(app: &App, id: &str, asked: &Asked, body: impl Stream<Item = Result<B, warp::Error>>) -> Answer
where
    B: Buf,
{
    let token = authorized(app, id, asked).await?;
    let live = app.edition(id).map(|edition| edition.file_etag());
    let base = app.edition(id).map_or(0, |edition| edition.revision.number);
    let fresh = precondition(asked, live.as_deref())?;
    // `*` is any revision: it matches, and proves no knowledge of the live one.
    let any = asked.headers.get(IF_MATCH).is_some_and(|seen| seen.as_bytes() == b"*");
    let octets = collect(body).await?;
    let (mut accept, mut note) = (Vec::new(), None);
    for (key, value) in form_urlencoded::parse(asked.query.as_bytes()) {
        match &*key {
            "accept" => accept.push(value.into_owned()),
            "note" => note = Some(value.into_owned()),
            _ => {}
        }
    }
    let proposal = Proposal {
        source: Source::Token(token),
        programme: Some(id.to_owned()),
        file: "programme.toml".to_owned(),
        octets: octets.into(),
        accept,
        note,
        knows_live: fresh && !any,
        base: (!any).then_some(base),
    };
    let considered = consequences(app.store(), &proposal, app.clock().now()).await.map_err(|error| failed(&error))?;
    if considered.programme.as_deref().is_some_and(|found| found != id) {
        return Err(said(
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!({
                "error": format!("the file is of another programme than this address, which is of {id}"),
            }),
        ));
    }
    if !fresh {
        return Err(stale(&considered, live.as_deref()));
    }
    match publish(app.store(), &proposal, app.clock()).await.map_err(|error| failed(&error))? {
        Outcome::Published(publication) => {
            app.refresh().await;
            let changes: Vec<String> = publication.changes.iter().map(Change::words).collect();
            Ok(with_etag(app, id, &json!({ "revision": publication.revision.number, "changes": changes })))
        }
        Outcome::Unchanged(revision) => Ok(with_etag(app, id, &json!({ "revision": revision, "changes": [] }))),
        Outcome::Refused(report) => {
            let problems: Vec<Value> =
                report.json_lines().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            Err(said(
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!({
                    "problems": problems,
                    "would_change": considered.changes.iter().map(Change::words).collect::<Vec<_>>(),
                    "hint": "mend the file, or repeat with ?accept=NAME for each doubt that is meant",
                    "accepted_but_not_asked": considered.unasked,
                }),
            ))
        }
        Outcome::Overtaken(now) => Err(stale(&now, app.edition(id).map(|edition| edition.file_etag()).as_deref())),
    }
}

/// The name of the token, if it is one of this programme.
async fn authorized(app: &App, id: &str, asked: &Asked) -> Result<String, Response> {
    let secret = asked.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret =
        secret.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let unknown = || {
        let mut response =
            said(StatusCode::UNAUTHORIZED, &json!({ "error": "a bearer token of this programme is needed" }));
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        response
    };
    let Some((_, secret)) = secret else { return Err(unknown()) };
    match token::find(app.store(), secret.trim()).await.map_err(|error| failed(&error))? {
        Some(token) if token.programme == id => Ok(token.name),
        Some(_) => Err(said(StatusCode::FORBIDDEN, &json!({ "error": "this token is of another programme" }))),
        None => Err(unknown()),
    }
}

/// Whether the author saw what is live. `If-None-Match: *` says that nothing was.
fn precondition(asked: &Asked, live: Option<&str>) -> Result<bool, Response> {
    let header = |name| asked.headers.get(name).and_then(|value| value.to_str().ok());
    match (header(IF_MATCH), header(IF_NONE_MATCH)) {
        (Some(seen), _) => {
            let seen = seen.split(',').map(str::trim);
            Ok(live.is_some_and(|live| seen.clone().any(|etag| etag == live || etag == "*")))
        }
        (None, Some("*")) => Ok(live.is_none()),
        _ => Err(said(
            StatusCode::PRECONDITION_REQUIRED,
            &json!({
                "error": "say which revision you saw: If-Match with the ETag of programme.toml, or If-None-Match: * for the first",
            }),
        )),
    }
}

/// Somebody else published since: what this file would undo.
fn stale(considered: &Consequences, live: Option<&str>) -> Response {
    let doubts = considered.report.problems.iter().filter(|problem| problem.doubt.is_some());
    let taking_back: Vec<&str> = doubts.map(|problem| problem.what.as_str()).collect();
    let changes: Vec<String> = considered.changes.iter().map(Change::words).collect();
    let mut response = said(
        StatusCode::PRECONDITION_FAILED,
        &json!({
            "error": "another revision was published since the one you saw",
            "live": considered.live,
            "doubts": taking_back,
            "would_change": changes,
        }),
    );
    if let Some(live) = live.and_then(|live| HeaderValue::from_str(live).ok()) {
        response.headers_mut().insert(ETAG, live);
    }
    response
}

async fn collect<B: Buf>(body: impl Stream<Item = Result<B, warp::Error>>) -> Result<Bytes, Response> {
    let mut body = std::pin::pin!(body);
    let mut octets = Vec::new();
    while let Some(part) = body.next().await {
        let mut part = part.map_err(|_| said(StatusCode::BAD_REQUEST, &json!({ "error": "the body broke off" })))?;
        if octets.len() as u64 + part.remaining() as u64 > LARGEST_FILE {
            return Err(said(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "error": "a programme file has at most 8 MiB" })));
        }
        while part.has_remaining() {
            let chunk = part.chunk();
            octets.extend_from_slice(chunk);
            let read = chunk.len();
            part.advance(read);
        }
    }
    Ok(octets.into())
}

fn with_etag(app: &App, id: &str, body: &Value) -> Response {
    let mut response = said(StatusCode::OK, body);
    let etag = app.edition(id).and_then(|edition| HeaderValue::from_str(&edition.file_etag()).ok());
    if let Some(etag) = etag {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

fn said(status: StatusCode, body: &Value) -> Response {
    let mut response = warp::reply::json(body).into_response();
    *response.status_mut() = status;
    response
}

fn failed(error: &dyn std::fmt::Display) -> Response {
    tracing::error!("publishing over HTTP: {error}");
    said(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({ "error": "it could not be kept; nothing was published; try again later" }),
    )
}
