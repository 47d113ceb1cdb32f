//! Announcing from the command line: who would get it, then the act. The running service sends it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use allim::app::announce::{self as app, draft, words};
use allim::app::consider::{octets, programme_of};
use allim::clock::Clock;
use allim::config::{Config, Settings};
use allim::domain::announcement::{Addressees, Says};
use allim::domain::notice::NoticeKind;
use allim::mail::reading;
use allim::store::Store;

use super::serve::mailing;
use super::{Failure, configured, in_known_store, refused};

/// What an organizer says, and to whom.
pub(crate) struct Spoken<'s> {
    pub(crate) to: Addressees,
    pub(crate) subject: &'s str,
    pub(crate) body: &'s Path,
    pub(crate) about: Option<&'s str>,
}

/// Without a hold, or without the act.
#[derive(Clone, Copy)]
pub(crate) struct How {
    pub(crate) now: bool,
    pub(crate) dry_run: bool,
}

/// Without words it is announced that decisions are out.
pub(crate) fn announce(
    settings: Settings,
    programme: &str,
    spoken: Option<&Spoken<'_>>,
    how: How,
) -> Result<ExitCode, Failure> {
    let config = configured(settings)?;
    in_known_store(&config.state, async |store| spread(&store, &config, programme, spoken, how).await)
}

async fn spread(
    store: &Store,
    config: &Config,
    id: &str,
    spoken: Option<&Spoken<'_>>,
    how: How,
) -> Result<ExitCode, Failure> {
    let now = Clock::System.now();
    let head = store.head(id).await.map_err(refused)?;
    let head = head.ok_or_else(|| refused(format!("there is no programme {id}; allim serve publishes it")))?;
    let programme = programme_of(&head.revision);
    let programme = programme.ok_or_else(|| refused(format!("the file of {id} is not read any more; mend it")))?;
    let (to, says) = match spoken {
        None => (Addressees::Authors, Says::Decisions),
        Some(Spoken { to, subject, body, about }) => {
            let told = |error: &dyn std::fmt::Display| refused(format!("{}: {error}", body.display()));
            let octets = octets(body).map_err(|error| told(&error))?;
            let says = words(&programme, subject, &octets, *about);
            (*to, says.map_err(|error| if error.is_of_the_body() { told(&error) } else { refused(error) })?)
        }
    };
    let draft = draft(store, &programme, to, says, how.now, now).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    if how.dry_run {
        let mailing = mailing(config, &config.base())?;
        let mails = draft.mails(store, &mailing, (&programme, &head.revision), now).await.map_err(refused)?;
        for (language, message) in mails {
            let read = reading::read(&message.octets).unwrap_or_default();
            writeln!(out, "--- the mail, in {}\nSubject: {}\n\n{}\n---\n", language.tag(), read.subject, read.text)?;
        }
    }
    out.write_all(draft.people().as_bytes())?;
    if draft.reached.is_empty() {
        return Err(refused("nothing is announced"));
    }
    if !how.dry_run {
        app::announce(store, &draft).await.map_err(refused)?;
    }
    writeln!(out, "{}", draft.when())?;
    Ok(ExitCode::SUCCESS)
}

/// Takes back what was announced last.
pub(crate) fn take_back(settings: Settings, programme: &str, kind: NoticeKind) -> Result<ExitCode, Failure> {
    let config = configured(settings)?;
    in_known_store(&config.state, async |store| {
        let done = app::take_back(&store, programme, kind, Clock::System.now()).await.map_err(refused)?;
        println!("{}", done.map_err(Failure::Refused)?);
        Ok(ExitCode::SUCCESS)
    })
}
