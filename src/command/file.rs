//! Commands about a programme file alone: no state is read or kept.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use allim::app::consider::{Beside, Considered, consider};
use allim::app::include::include;
use allim::app::site::{self, SiteError};
use allim::clock::Clock;
use allim::domain::change::changes_between;
use allim::domain::file::Level;
use allim::domain::revision::Revision;
use allim::feed::{self, Feed, Query};
use url::Url;

use super::{Failure, REFUSED, drawing, print_changes, print_report, refused, usable};

pub(crate) fn check(files: &[PathBuf], against: Option<&Path>, strict: bool, json: bool) -> Result<ExitCode, Failure> {
    let now = Clock::System.now();
    let mut out = std::io::stdout().lock();
    let before = match against.map(|path| consider(path, Beside::default(), now)) {
        None => None,
        Some(Considered { programme: Some(before), file, .. }) => Some((before, file)),
        Some(Considered { report, .. }) => {
            print_report(&report, json, &mut out)?;
            return Ok(ExitCode::from(REFUSED));
        }
    };
    let mut bad = false;
    for file in files {
        let beside = before.as_ref().map(|(before, file)| Beside::after(before, file)).unwrap_or_default();
        let mut considered = consider(file, beside, now);
        if let (Some((before, _)), Some(programme)) = (&before, &considered.programme)
            && before.id != programme.id
        {
            eprintln!("{}: of another programme ({}, not {}): not compared", file.display(), programme.id, before.id);
            considered = consider(file, Beside::default(), now);
        } else if let (Some((before, source)), Some(programme)) = (&before, &considered.programme) {
            print_changes(&changes_between(before, source, programme, now), json, &mut out)?;
        }
        let report = considered.report;
        print_report(&report, json, &mut out)?;
        bad |= report.count(Level::Error) > 0 || strict && report.count(Level::Doubt) > 0;
    }
    Ok(if bad { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}

pub(crate) fn render(file: &Path, feed: &Feed, query: &str) -> Result<ExitCode, Failure> {
    let Considered { programme, file, report } = consider(file, Beside::default(), Clock::System.now());
    if !report.problems.is_empty() {
        eprint!("{}", report.text(drawing(std::io::stderr().is_terminal())));
    }
    let Some(programme) = programme else { return Ok(ExitCode::from(REFUSED)) };
    let revision = Revision::unpublished(&programme, &file);
    let octets = feed::octets(&revision, feed, &Query::parse(query.trim_start_matches('?')), None);
    std::io::stdout().lock().write_all(&octets)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn build(
    files: &[PathBuf],
    out: &Path,
    base_url: Option<&Url>,
    includes: Option<&Path>,
) -> Result<ExitCode, Failure> {
    usable(base_url)?;
    let drawing = drawing(std::io::stderr().is_terminal());
    match site::build(files, out, base_url.map(Url::as_str), Clock::System.now()) {
        Ok(built) => {
            for report in built.reports.iter().filter(|report| !report.problems.is_empty()) {
                eprint!("{}", report.text(drawing));
            }
            let mut stdout = std::io::stdout().lock();
            for programme in &built.programmes {
                let site::Line { id, revision, entries, changes } = programme;
                let news = if changes.is_some() { "new" } else { "as before" };
                writeln!(stdout, "{id}: revision {revision} ({news}), {entries} entries")?;
                print_changes(changes.as_deref().unwrap_or_default(), false, &mut stdout)?;
            }
            writeln!(stdout, "{}: {} files written", out.display(), built.written)?;
            if let Some(folder) = includes {
                let written = include(&built, out, folder).map_err(refused)?;
                writeln!(stdout, "{}: {written} files written", folder.display())?;
                if let Some(last) = built.programmes.last() {
                    writeln!(stdout, "{{% include allim.html %}} shows {}", last.id)?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(SiteError::Refused(reports, changes)) => {
            for report in reports.iter().filter(|report| !report.is_publishable()) {
                eprint!("{}", report.blocking().text(drawing));
            }
            if !changes.is_empty() {
                eprintln!("what it would change:");
            }
            print_changes(&changes, false, &mut std::io::stderr())?;
            Err(Failure::Refused(format!("nothing was written; {} is as it was", out.display())))
        }
        Err(error) => Err(refused(error)),
    }
}
