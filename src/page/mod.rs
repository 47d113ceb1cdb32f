//! Pages: a revision and its programme in, HTML out. Pure, like the feeds.
//!
//! The same templates serve a running service and a folder of static files: every link within a site is relative, and
//! what needs an absolute address (`webcal:`, a calendar service's "add by URL") is given one or left out.

mod chosen;
pub mod console;
mod entries;
mod model;
mod outgoing;
mod saying;
mod stage;
mod subscription;
mod theme;
mod timeline;
mod view;
mod ways;
mod words;

use std::fmt::Write;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, State, UndefinedBehavior, Value, context, escape_formatter};
use sha2::{Digest, Sha256};

use crate::domain::language::Language;
use crate::domain::programme::Programme;
use crate::domain::publication::Chapter;
use crate::domain::revision::{Header, Revision};
use crate::domain::zone::Instant;

pub use chosen::{Address, TickFault, Ticked, choose};
pub use outgoing::{Attempt, Letter, Notice, letter, outbox};
pub use saying::Saying;
pub use stage::as_of;
pub use subscription::{About, Fault, Filled, Offer, Stand, manage, privacy, said as said_lead, said_page, sign_up};
pub use theme::colors;
pub use view::{Addresses, Keeping, file_in};
pub use words::span_of_days;

/// A file the pages need: its name, its type, its octets.
pub struct Asset {
    /// File name.
    pub name: &'static str,
    /// Media type.
    pub media_type: &'static str,
    /// Contents.
    pub body: &'static str,
}

/// The style sheet and the script; both small, both ours.
pub const ASSETS: [Asset; 2] = [
    Asset { name: "allim.css", media_type: "text/css; charset=utf-8", body: include_str!("assets/allim.css") },
    Asset { name: "allim.js", media_type: "text/javascript; charset=utf-8", body: include_str!("assets/allim.js") },
];

/// Where an asset stands below the site's root: its address changes with its contents, so it can be kept for ever.
pub fn asset_path(asset: &Asset) -> String {
    format!("assets/{}/{}", *ASSETS_HASH, asset.name)
}

static ASSETS_HASH: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in &ASSETS {
        digest.update(asset.body);
    }
    digest.finalize().iter().take(6).map(|octet| format!("{octet:02x}")).collect()
});

/// A template that cannot be rendered: a fault of the templates, never of the data.
#[derive(Debug, thiserror::Error)]
#[error("a page could not be made: {0}")]
pub struct PageError(#[from] minijinja::Error);

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    templates.set_syntax(syntax.expect("the usual delimiters"));
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => escape(out, text).map_err(Error::from),
        _ => escape_formatter(out, state, value),
    });
    templates.add_function("t", in_either);
    templates.add_global("assets", format!("assets/{}", *ASSETS_HASH));
    for (name, source) in [
        ("base.html", include_str!("templates/base.html")),
        ("index.html", include_str!("templates/index.html")),
        ("programme.html", include_str!("templates/programme.html")),
        ("bar.html", include_str!("templates/bar.html")),
        ("clocks.html", include_str!("templates/clocks.html")),
        ("stage.html", include_str!("templates/stage.html")),
        ("deadlines.html", include_str!("templates/deadlines.html")),
        ("calendar.html", include_str!("templates/calendar.html")),
        ("ways.html", include_str!("templates/ways.html")),
        ("mail.html", include_str!("templates/mail.html")),
        ("session.html", include_str!("templates/session.html")),
        ("schedule.html", include_str!("templates/schedule.html")),
        ("about.html", include_str!("templates/about.html")),
        ("papers.html", include_str!("templates/papers.html")),
        ("place.html", include_str!("templates/place.html")),
        ("entry.html", include_str!("templates/entry.html")),
        ("changes.html", include_str!("templates/changes.html")),
        ("embed.html", include_str!("templates/embed.html")),
        ("framed.html", include_str!("templates/framed.html")),
        ("message.html", include_str!("templates/message.html")),
        ("outbox.html", include_str!("templates/outbox.html")),
        ("letter.html", include_str!("templates/letter.html")),
        ("subscribe.html", include_str!("templates/subscribe.html")),
        ("choices.html", include_str!("templates/choices.html")),
        ("zone.html", include_str!("templates/zone.html")),
        ("leads.html", include_str!("templates/leads.html")),
        ("faults.html", include_str!("templates/faults.html")),
        ("said.html", include_str!("templates/said.html")),
        ("manage.html", include_str!("templates/manage.html")),
        ("chosen.html", include_str!("templates/chosen.html")),
        ("privacy.html", include_str!("templates/privacy.html")),
        ("console/frame.html", include_str!("templates/console/frame.html")),
        ("console/door.html", include_str!("templates/console/door.html")),
        ("console/programmes.html", include_str!("templates/console/programmes.html")),
        ("console/today.html", include_str!("templates/console/today.html")),
        ("console/audit.html", include_str!("templates/console/audit.html")),
        ("console/organizers.html", include_str!("templates/console/organizers.html")),
        ("console/programme.html", include_str!("templates/console/programme.html")),
        ("console/entry.html", include_str!("templates/console/entry.html")),
        ("console/file.html", include_str!("templates/console/file.html")),
        ("console/consequences.html", include_str!("templates/console/consequences.html")),
        ("console/line.html", include_str!("templates/console/line.html")),
        ("console/somebody.html", include_str!("templates/console/somebody.html")),
        ("console/announced.html", include_str!("templates/console/announced.html")),
        ("console/made.html", include_str!("templates/console/made.html")),
        ("console/outbox.html", include_str!("templates/console/outbox.html")),
        ("console/mail.html", include_str!("templates/console/mail.html")),
        ("console/forecast.html", include_str!("templates/console/forecast.html")),
        ("console/subscribers.html", include_str!("templates/console/subscribers.html")),
        ("console/person.html", include_str!("templates/console/person.html")),
        ("console/erase.html", include_str!("templates/console/erase.html")),
        ("console/import.html", include_str!("templates/console/import.html")),
        ("console/announce.html", include_str!("templates/console/announce.html")),
        ("console/preview.html", include_str!("templates/console/preview.html")),
    ] {
        templates.add_template(name, source).expect("the templates are part of the program");
    }
    templates
});

/// The English or the Korean of a pair, as the page is.
fn in_either(state: &State, english: String, korean: String) -> String {
    let is_korean = state.lookup("lang").is_some_and(|lang| lang.as_str() == Some("ko"));
    if is_korean { korean } else { english }
}

/// As the template engine does it, but a slash stays one: addresses in a fragment are read by people.
fn escape(out: &mut impl Write, text: &str) -> std::fmt::Result {
    for piece in text.split_inclusive(['&', '<', '>', '"', '\'']) {
        let special = piece.chars().next_back().and_then(|last| match last {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '"' => Some("&quot;"),
            '\'' => Some("&#39;"),
            _ => None,
        });
        match special {
            Some(escaped) => write!(out, "{}{escaped}", &piece[..piece.len() - 1])?,
            None => out.write_str(piece)?,
        }
    }
    Ok(())
}

/// What stands on the list of programmes.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Listing {
    /// The programme's id, its folder.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Day and place, as far as known.
    pub when_and_where: String,
}

/// What a programme's page shows besides the programme.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// What it tells search engines, as JSON: a browser does not run it.
    pub data: &'a str,
    /// The sign-up form, where it is offered.
    pub offer: Option<&'a Offer>,
    /// What each revision did, newest first.
    pub chapters: &'a [Chapter],
    /// The moment it speaks of; none where it is read at any time.
    pub now: Option<Instant>,
    /// Its own absolute address, where that is known.
    pub address: Option<&'a str>,
}

/// What every page of a programme is given: its language, and the ways from it.
fn stand(addresses: &Addresses, color: Option<&str>) -> Value {
    let folder = addresses.programme.as_str();
    let colors = color.filter(|name| colors(name).is_some()).map(|_| format!("{folder}colors.css"));
    context! {
        lang => addresses.language.tag(), root => addresses.root.as_str(), folder, colors,
        home => addresses.home(), other => addresses.other(), elsewhen => addresses.elsewhen.map(entries::rfc3339),
    }
}

/// The list of programmes. `root` leads from the page to the site's root.
///
/// # Errors
/// When a template is broken.
pub fn index(programmes: &[Listing], addresses: &Addresses) -> Result<String, PageError> {
    let pages: Vec<String> =
        programmes.iter().map(|listing| addresses.page(&format!("{}{}/", addresses.root, listing.id))).collect();
    Ok(TEMPLATES
        .get_template("index.html")?
        .render(context! { programmes => Serde(programmes), pages, ..stand(addresses, None) })?)
}

/// A programme's page.
///
/// # Errors
/// When a template is broken.
pub fn programme(
    revision: &Revision,
    programme: &Programme,
    addresses: &Addresses,
    setting: Setting<'_>,
) -> Result<String, PageError> {
    let page = model::programme(revision, programme, addresses, setting.now);
    let stage = stage::stage(revision, programme, addresses, setting.chapters, setting.now);
    let code = setting.address.and_then(|address| ways::code(&format!("{address}#calendar")));
    Ok(TEMPLATES.get_template("programme.html")?.render(context! {
        page => Serde(page), stage => Serde(stage), data => Value::from_safe_string(in_script(setting.data)),
        offer => Serde(setting.offer), code, ..stand(addresses, programme.color.as_deref())
    })?)
}

/// JSON that may stand in a script element: nothing in it ends the element or begins a comment (HTML 13.1.2.5). A `<` in
/// JSON is always part of a text, where it can be written as what it is called.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// The page of one session or deadline; none when there is no such entry.
///
/// # Errors
/// When a template is broken.
pub fn entry(
    revision: &Revision,
    id: &str,
    addresses: &Addresses,
    now: Option<Instant>,
) -> Result<Option<String>, PageError> {
    let Some(page) = model::entry(revision, id, addresses, now) else { return Ok(None) };
    let stand = stand(addresses, revision.header.color.as_deref());
    Ok(Some(TEMPLATES.get_template("entry.html")?.render(context! { page => Serde(page), ..stand })?))
}

/// A fragment for the workshop's own page: next dates and the feeds' addresses.
///
/// # Errors
/// When a template is broken.
pub fn embed(revision: &Revision, programme: &Programme, addresses: &Addresses) -> Result<String, PageError> {
    let page = model::programme(revision, programme, addresses, None);
    let lang = addresses.language.tag();
    Ok(TEMPLATES.get_template("embed.html")?.render(context! { page => Serde(page), lang })?)
}

/// The same fragment as a page by itself, to be shown in a frame.
///
/// # Errors
/// When a template is broken.
pub fn framed(revision: &Revision, programme: &Programme, addresses: &Addresses) -> Result<String, PageError> {
    let page = model::programme(revision, programme, addresses, None);
    let beside = Addresses { programme: String::new(), ..addresses.clone() };
    let stand = stand(&beside, programme.color.as_deref());
    Ok(TEMPLATES.get_template("framed.html")?.render(context! { page => Serde(page), ..stand })?)
}

/// What changed, revision by revision; one revision alone when there is one chapter.
///
/// # Errors
/// When a template is broken.
pub fn changes(header: &Header, chapters: &[Chapter], addresses: &Addresses) -> Result<String, PageError> {
    let page = model::changes(header, chapters, addresses);
    let stand = stand(addresses, header.color.as_deref());
    Ok(TEMPLATES.get_template("changes.html")?.render(context! { page => Serde(page), ..stand })?)
}

/// A page that says one thing: not found, or what went wrong.
///
/// # Errors
/// When a template is broken.
pub fn message(title: &str, text: &str, root: &str, language: Language) -> Result<String, PageError> {
    let lang = language.tag();
    Ok(TEMPLATES.get_template("message.html")?.render(context! { title, text, root, lang })?)
}
