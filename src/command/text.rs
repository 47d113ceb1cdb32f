//! Words to paste, from a programme file alone.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::consider::{Beside, Considered, consider};
use allim::clock::Clock;
use allim::domain::zone::Instant;
use allim::mail::paste::{LONGEST_POST, Request, Words, weight, words};

use super::{Failure, REFUSED, drawing, refused};
use crate::arguments::Form;

pub(crate) fn text(file: &Path, request: Request<'_>, form: Form, at: Option<Instant>) -> Result<ExitCode, Failure> {
    let now = at.unwrap_or_else(|| Clock::System.now());
    let Considered { programme, report, .. } = consider(file, Beside::default(), now);
    if !report.problems.is_empty() {
        eprint!("{}", report.text(drawing(std::io::stderr().is_terminal())));
    }
    let Some(programme) = programme else { return Ok(ExitCode::from(REFUSED)) };
    let words = words(&programme, request, now).map_err(refused)?;
    for note in &words.notes {
        eprintln!("note: {note}");
    }
    print_words(&words, form, &mut std::io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

fn print_words(words: &Words, form: Form, out: &mut impl Write) -> std::io::Result<()> {
    let Words { subject, body, post, banner, .. } = words;
    match form {
        Form::Mail => write!(out, "Subject: {subject}\n\n{body}"),
        Form::Post => writeln!(out, "{post}"),
        Form::Banner => writeln!(out, "{banner}"),
        Form::All => {
            let room = format!("{} of {LONGEST_POST}", weight(post));
            write!(out, "=== Mail\n\nSubject: {subject}\n\n{body}\n")?;
            write!(out, "=== Post ({room} characters)\n\n{post}\n\n")?;
            write!(out, "=== Banner for the page (Markdown)\n\n{banner}\n")
        }
    }
}
