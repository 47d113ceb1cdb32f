//! The command line: parse, call, exit code. 0 done, 1 refused with reasons, 2 wrong usage.

mod arguments;
mod command;

use std::process::ExitCode;

use allim::app::explain::Question;
use allim::app::import::Told;
use allim::app::secret;
use allim::config::Settings;
use allim::exchange::next_year::Wishes;
use allim::mail::paste::Request;
use clap::Parser;

use arguments::{Arguments, Command};
use command::{
    Failure, Looking, announce, backup, bounce, build, check, clock_of, closing, completions, decisions, doctor,
    explain, export, import, in_store, manual, new, organizers, outbox, publish, render, serve, sign_in, simulate,
    subscribers, text, tokens, undo,
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve { settings, clock } => serve(*settings, clock),
        Command::Check { files, against, strict, json } => check(&files, against.as_deref(), strict, json),
        Command::Render { file, feed, query } => render(&file, &feed, &query),
        Command::Site { files, out, base_url, includes } => build(&files, &out, base_url.as_ref(), includes.as_deref()),
        Command::New { from, year, id, title } => {
            new(from.as_deref(), Wishes { year, id: id.as_ref(), title: title.as_deref() })
        }
        Command::Text { file, id, kind, form, lang, reason, at } => {
            let request = Request { id: &id, occasion: kind, language: lang, reason: reason.as_deref() };
            text(&file, request, form, at)
        }
        Command::Export { what, format, base_url, state } => export(&what, format, base_url.as_ref(), &state.state),
        Command::Publish { undo: Some(programme), note, json, state, .. } => {
            let publish_again =
                |clock| in_store(&state.state, async |store| undo(&store, &clock, &programme, note, json).await);
            clock_of(&state.state).and_then(publish_again)
        }
        Command::Publish { file, dry_run, accept, note, json, state, .. } => {
            let file = file.unwrap_or_default();
            let publish = |clock| {
                in_store(&state.state, async |store| publish(&store, &clock, &file, dry_run, accept, note, json).await)
            };
            clock_of(&state.state).and_then(publish)
        }
        Command::Import { page, id, date, zone, site_url, onto } => {
            let told = Told { id, date, zone, site: None };
            import(&page, told, site_url.as_ref(), onto.as_deref())
        }
        Command::Simulate { versions, from, to, subscribers, json } => {
            simulate(&versions, subscribers.as_deref(), (from, to), json)
        }
        Command::Announce(announcing) => announce(announcing),
        Command::Decisions(deciding) => decisions(deciding),
        Command::Closing(closed) => closing(closed),
        Command::SignIn(told) => sign_in(told),
        Command::Organizers(command) => organizers(command),
        Command::Bounce { bounce_domain, place } => bounce(Settings { bounce_domain, ..place.settings() }),
        Command::Doctor { settings, came_back, to, roll_call, json } => {
            let what = match (came_back, to, roll_call) {
                (Some(file), _, _) => Looking::CameBack(file),
                (_, Some(to), _) => Looking::ToOneself(to),
                (_, _, Some(programme)) => Looking::RollCall(programme),
                _ => Looking::Everything,
            };
            doctor(*settings, &what, json)
        }
        Command::Backup { file, secret_file, state } => {
            let key = secret::place(&state.state, secret_file.as_deref());
            backup(&state.state, &file, &key)
        }
        Command::Explain { programme, address, deadline, all, json, state } => {
            let (programme, deadline) = (programme.as_str(), deadline.as_deref());
            explain(&state.state, &Question { programme, mailbox: &address, deadline, all }, json)
        }
        Command::Subscribers { command } => subscribers(command),
        Command::Outbox { command } => outbox(command),
        Command::Token { command } => tokens(command),
        Command::Completions { shell } => completions(shell),
        Command::Man => manual(),
    };
    match done {
        Ok(code) => code,
        // Whoever reads our output may stop reading: that is no failure of ours to tell.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("allim: {failure}");
            ExitCode::from(failure.code())
        }
    }
}
