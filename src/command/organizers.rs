//! Who may sign in to the console; and a link that signs in, for whoever has the machine at hand.

use std::io::Write;
use std::process::ExitCode;

use allim::app::console::{self, Act, sign_in};
use allim::domain::mailbox::Mailbox;
use allim::domain::organizer::{Organizer, own_address};
use allim::store::Store;

use super::serve::mailing;
use super::{Failure, clock_of, configured, in_known_store, refused};
use crate::arguments::{OrganizersCommand, SignIn};

pub(crate) fn sign_in(told: SignIn) -> Result<ExitCode, Failure> {
    let config = configured(*told.settings)?;
    let now = clock_of(&config.state)?.now();
    in_known_store(&config.state, async |store| {
        let mailing = mailing(&config, &config.base())?;
        println!("{}", sign_in::link(&store, &mailing, &told.address, now).await.map_err(refused)?);
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn organizers(command: OrganizersCommand) -> Result<ExitCode, Failure> {
    match command {
        OrganizersCommand::List { place } => {
            in_known_store(&configured(place.settings())?.state, async |store| list(&store).await)
        }
        OrganizersCommand::Add { address, programme, place } => {
            own_address(&address).map_err(refused)?;
            let state = configured(place.settings())?.state;
            let now = clock_of(&state)?.now();
            in_known_store(&state, async |store| {
                known(&store, programme.as_deref()).await?;
                let programme = programme.as_deref();
                let added = store.add_organizer(&address, programme, now).await.map_err(refused)?;
                note(&store, &added, "add organizer", programme, now).await?;
                list(&store).await
            })
        }
        OrganizersCommand::Remove { address, programme, place } => {
            let state = configured(place.settings())?.state;
            let now = clock_of(&state)?.now();
            in_known_store(&state, async |store| {
                let before = store.organizer_at(&address).await.map_err(refused)?.ok_or_else(|| stranger(&address))?;
                let programme = programme.as_deref();
                if !store.remove_organizer(&address, programme).await.map_err(refused)? {
                    return Err(stranger(&address));
                }
                note(&store, &before, "remove organizer", programme, now).await?;
                list(&store).await
            })
        }
    }
}

fn stranger(address: &Mailbox) -> Failure {
    refused(format!("{address} is no organizer of it; allim organizers list shows who is"))
}

async fn known(store: &Store, programme: Option<&str>) -> Result<(), Failure> {
    let Some(programme) = programme else { return Ok(()) };
    match store.head(programme).await.map_err(refused)? {
        Some(_) => Ok(()),
        None => Err(refused(format!("there is no programme {programme}; allim serve publishes it"))),
    }
}

/// Whoever has the machine at hand has no name: the audit names the command.
async fn note(
    store: &Store,
    whom: &Organizer,
    act: &str,
    programme: Option<&str>,
    now: allim::domain::zone::Instant,
) -> Result<(), Failure> {
    let about = whom.mailbox.to_string();
    let after = programme.unwrap_or("every programme");
    let act = Act { programme: programme.unwrap_or_default(), act, about: &about, before: "", after };
    console::note_of_command(store, act, now).await.map_err(refused)
}

async fn list(store: &Store) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    let all = store.organizers().await.map_err(refused)?;
    if all.is_empty() {
        writeln!(out, "nobody yet: allim sign-in ADDRESS makes the first, and prints a link")?;
    }
    for organizer in all {
        let programmes: Vec<&str> = organizer.programmes.iter().map(String::as_str).collect();
        let what = if organizer.owner { "owner, every programme".to_owned() } else { programmes.join(", ") };
        writeln!(out, "{}  {what}", organizer.mailbox)?;
    }
    Ok(ExitCode::SUCCESS)
}
