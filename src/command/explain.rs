//! Why somebody got a reminder, or none: on standard output, for an organizer who is asked.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use allim::app::explain::{Question, explain as answer};
use allim::store::Store;

use super::{Failure, clock_of, in_store, refused};

pub(crate) fn explain(state: &Path, question: &Question<'_>, json: bool) -> Result<ExitCode, Failure> {
    // An empty store would say that there is no such programme.
    if !Store::is_in(state) {
        return Err(refused(format!("there is no database in {}; say --state where it is", state.display())));
    }
    let now = clock_of(state)?.now();
    in_store(state, async |store| {
        let answer = answer(&store, question, now).await.map_err(refused)?;
        let text = if json { answer.json_lines() } else { answer.text() };
        std::io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    })
}
