//! Exports: a published programme in the formats of other people's programs, by their names on the command line and
//! by the files they are on the web and in a site.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use url::Url;

use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::programme::Programme;
use crate::domain::revision::Revision;
use crate::exchange::published::Published;
use crate::exchange::{ccfddl, frab, json, jsonld};
use crate::page::{self, Addresses, Asset, Keeping, PageError};

/// A format a programme can be had in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// The programme's own file.
    Toml,
    /// The whole programme as JSON.
    Json,
    /// The frab schedule as JSON.
    FrabJson,
    /// The frab schedule as XML.
    FrabXml,
    /// An entry of ccf-deadlines.
    Ccfddl,
    /// What search engines read.
    JsonLd,
    /// A fragment for the workshop's own page.
    Embed,
}

impl Named for Format {
    const ALL: &'static [(&'static str, Format)] = &[
        ("toml", Format::Toml),
        ("json", Format::Json),
        ("frab-json", Format::FrabJson),
        ("frab-xml", Format::FrabXml),
        ("ccfddl", Format::Ccfddl),
        ("jsonld", Format::JsonLd),
        ("embed", Format::Embed),
    ];
}

impl Format {
    /// The formats that are files beside the feeds, each with its name there.
    pub const FILES: [(&'static str, Format); 4] = [
        ("programme.json", Format::Json),
        ("schedule.json", Format::FrabJson),
        ("schedule.xml", Format::FrabXml),
        ("deadlines.yml", Format::Ccfddl),
    ];
}

/// Where an export will be found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The absolute address of the programme's folder, with a slash at its end, where it is known.
    pub base: Option<&'a str>,
    /// Whether it will lie in that folder, so that what lies beside it has a relative address.
    pub in_folder: bool,
}

/// A programme in a format.
///
/// # Errors
/// When a template is broken.
pub fn export(
    format: Format,
    revision: &Revision,
    programme: &Programme,
    place: Place<'_>,
) -> Result<String, PageError> {
    let published = Published { revision, programme, base: place.base };
    Ok(match format {
        Format::Toml => revision.source.clone(),
        Format::Json => json::programme(&published, schema_address(place).as_deref()),
        Format::FrabJson => frab::json(&published),
        Format::FrabXml => frab::xml(&published),
        Format::Ccfddl => ccfddl::entry(&published),
        Format::JsonLd => jsonld::document(&published),
        Format::Embed => page::embed(revision, programme, &alone(place.base))?,
    })
}

/// The address of a programme's folder: below the base URL of its site, or else where the programme itself says that
/// its calendar is found.
pub fn folder(id: &str, base_url: Option<&str>, feed_url: Option<&Url>) -> Option<String> {
    let below = |base: &str| format!("{}/{id}/", base.trim_end_matches('/'));
    let own = |url: &Url| format!("{}/", url.as_str().trim_end_matches('/'));
    base_url.map(below).or_else(|| feed_url.map(own))
}

/// What a programme's page tells search engines.
pub fn page_data(revision: &Revision, programme: &Programme, base: Option<&str>) -> String {
    jsonld::compact(&Published { revision, programme, base })
}

/// The addresses of a text that stands in somebody else's page: only absolute ones lead anywhere.
fn alone(base: Option<&str>) -> Addresses {
    Addresses {
        root: "../".to_owned(),
        programme: base.unwrap_or_default().to_owned(),
        feeds: base.map(str::to_owned),
        chooses: false,
        language: Language::English,
        keeping: Keeping::Browser,
        elsewhen: None,
    }
}

/// The schema of `programme.json`, which stands among the pages' assets.
const SCHEMA: Asset =
    Asset { name: "programme.schema.json", media_type: "application/schema+json; charset=utf-8", body: json::SCHEMA };

/// Its path below the site's root, which changes with its contents, as that of every asset does.
static SCHEMA_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(SCHEMA.body);
    let hash: String = digest.iter().take(6).map(|octet| format!("{octet:02x}")).collect();
    format!("assets/{hash}/{}", SCHEMA.name)
});

fn schema_address(place: Place<'_>) -> Option<String> {
    let relative = format!("../{}", *SCHEMA_PATH);
    match place.base {
        _ if place.in_folder => Some(relative),
        Some(base) => Some(Url::parse(base).ok()?.join(&relative).ok()?.to_string()),
        None => None,
    }
}

/// Every file that the pages and the exports need, with its path below the site's root.
pub fn assets() -> impl Iterator<Item = (String, Asset)> {
    let pages = page::ASSETS.into_iter().map(|asset| (page::asset_path(&asset), asset));
    pages.chain([(SCHEMA_PATH.clone(), SCHEMA)])
}
