//! A programme in another format, on standard output: of a file as it is, or of the store as it was published.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::consider::{Beside, Considered, consider, programme_of};
use allim::app::export::{self, Format, Place};
use allim::clock::Clock;
use allim::domain::programme::Programme;
use allim::domain::revision::Revision;
use allim::store::Store;
use url::Url;

use super::{Failure, REFUSED, drawing, in_store, refused, usable};

/// A name that is a file is one; anything else is a programme of the store.
pub(crate) fn export(what: &str, format: Format, base_url: Option<&Url>, state: &Path) -> Result<ExitCode, Failure> {
    usable(base_url)?;
    let file = Path::new(what);
    if file.is_file() {
        let Considered { programme, file, report } = consider(file, Beside::default(), Clock::System.now());
        let Some(programme) = programme else {
            eprint!("{}", report.text(drawing(std::io::stderr().is_terminal())));
            return Ok(ExitCode::from(REFUSED));
        };
        return write(format, &Revision::unpublished(&programme, &file), Some(&programme), base_url);
    }
    // Looking for something must not leave a new, empty store behind.
    if !state.is_dir() {
        return Err(refused(format!("there is no file {what}, and no state folder {}", state.display())));
    }
    in_store(state, async |store| {
        let Some(live) = store.head(what).await.map_err(refused)? else { return Err(unknown(what, &store).await?) };
        write(format, &live.revision, programme_of(&live.revision).as_ref(), base_url)
    })
}

async fn unknown(what: &str, store: &Store) -> Result<Failure, Failure> {
    let heads = store.heads().await.map_err(refused)?;
    let there: Vec<&str> = heads.iter().map(|(id, _)| id.as_str()).collect();
    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    Ok(refused(format!("there is no file {what}, and no programme of that id; published are: {there}")))
}

fn write(
    format: Format,
    revision: &Revision,
    programme: Option<&Programme>,
    base_url: Option<&Url>,
) -> Result<ExitCode, Failure> {
    let text = match programme {
        Some(programme) => {
            let base = export::folder(programme.id.as_str(), base_url.map(Url::as_str), programme.feed_url.as_ref());
            let place = Place { base: base.as_deref(), in_folder: false };
            export::export(format, revision, programme, place).map_err(refused)?
        }
        None if format == Format::Toml => revision.source.clone(),
        None => {
            let id = &revision.header.id;
            return Err(refused(format!(
                "the file {id} was published from is not understood any more; publish it anew"
            )));
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
