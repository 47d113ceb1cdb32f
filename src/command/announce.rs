//! Announcing from the command line: who would get it, then the act. The running service sends it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use allim::app::announce::{self as app, NotAnnounced, draft, words};
use allim::app::consider::{octets, programme_of};
use allim::config::Config;
use allim::domain::announcement::{Addressees, Says};
use allim::domain::notice::NoticeKind;
use allim::mail::reading;
use allim::store::Store;

use super::serve::mailing;
use super::{Failure, clock_of, configured, in_known_store, refused};
use crate::arguments;

/// What an organizer says, and to whom.
enum Spoken {
    Words { to: Addressees, subject: String, body: PathBuf, about: Option<String> },
    Decisions,
    Closing { body: Option<PathBuf> },
}

/// Without a hold, or without the act.
#[derive(Clone, Copy)]
struct How {
    now: bool,
    dry_run: bool,
}

pub(crate) fn announce(told: arguments::Announce) -> Result<ExitCode, Failure> {
    let arguments::Announce { programme, to, subject, body, about, now, dry_run, undo, settings } = told;
    let config = configured(*settings)?;
    let spoken = to.zip(subject).zip(body).map(|((to, subject), body)| Spoken::Words { to, subject, body, about });
    in_known_store(&config.state, async |store| match spoken {
        Some(spoken) if !undo => spread(&store, &config, &programme, spoken, How { now, dry_run }).await,
        _ => take_back(&store, &config, &programme, NoticeKind::Announcement).await,
    })
}

pub(crate) fn decisions(told: arguments::Decisions) -> Result<ExitCode, Failure> {
    let arguments::Decisions { programme, now, dry_run, undo, settings } = told;
    let config = configured(*settings)?;
    in_known_store(&config.state, async |store| match undo {
        false => spread(&store, &config, &programme, Spoken::Decisions, How { now, dry_run }).await,
        true => take_back(&store, &config, &programme, NoticeKind::Decisions).await,
    })
}

pub(crate) fn closing(told: arguments::Closing) -> Result<ExitCode, Failure> {
    let arguments::Closing { programme, body, now, dry_run, undo, settings } = told;
    let config = configured(*settings)?;
    in_known_store(&config.state, async |store| match undo {
        false => spread(&store, &config, &programme, Spoken::Closing { body }, How { now, dry_run }).await,
        true => take_back(&store, &config, &programme, NoticeKind::Closing).await,
    })
}

async fn spread(store: &Store, config: &Config, id: &str, spoken: Spoken, how: How) -> Result<ExitCode, Failure> {
    let now = clock_of(&config.state)?.now();
    let head = store.head(id).await.map_err(refused)?;
    let head = head.ok_or_else(|| refused(format!("there is no programme {id}; allim serve publishes it")))?;
    let programme = programme_of(&head.revision);
    let programme = programme.ok_or_else(|| refused(format!("the file of {id} is not read any more; mend it")))?;
    let (to, says) = match spoken {
        Spoken::Decisions => (Addressees::Authors, Says::Decisions),
        Spoken::Closing { body: None } => (Addressees::All, app::closing(&programme, None, now).map_err(refused)?),
        Spoken::Closing { body: Some(body) } => {
            let says = app::closing(&programme, Some(&read(&body)?), now);
            (Addressees::All, says.map_err(|error| of(&body, error))?)
        }
        Spoken::Words { to, subject, body, about } => {
            let says = words(&programme, &subject, &read(&body)?, about.as_deref());
            (to, says.map_err(|error| of(&body, error))?)
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

fn read(body: &Path) -> Result<Vec<u8>, Failure> {
    octets(body).map_err(|error| refused(format!("{}: {error}", body.display())))
}

/// What is wrong, with the file that is to be mended.
fn of(body: &Path, error: NotAnnounced) -> Failure {
    if error.is_of_the_body() { refused(format!("{}: {error}", body.display())) } else { refused(error) }
}

/// Takes back what was announced last.
async fn take_back(store: &Store, config: &Config, programme: &str, kind: NoticeKind) -> Result<ExitCode, Failure> {
    let now = clock_of(&config.state)?.now();
    let done = app::take_back(store, programme, kind, now).await.map_err(refused)?;
    println!("{}", done.map_err(Failure::Refused)?);
    Ok(ExitCode::SUCCESS)
}
