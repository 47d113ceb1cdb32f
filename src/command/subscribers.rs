//! The subscribers of a programme, for its organizers: how many, all of them as JSON, erasing one, lifting what keeps one
//! from being written to.

use std::io::Write;
use std::process::ExitCode;

use allim::app::subscribe::blinded;
use allim::app::{erase, manage};
use allim::clock::Clock;
use allim::config::{Config, Settings};
use allim::domain::kind::Named;
use allim::domain::mailbox::Mailbox;
use allim::domain::subscription::{Standing, Subscriber};
use allim::mail::transport::{Folder, Transport};
use allim::store::{Store, Why};
use secrecy::ExposeSecret;

use super::{Failure, configured, in_known_store, key, refused};
use crate::arguments::SubscribersCommand;

pub(crate) fn subscribers(command: SubscribersCommand) -> Result<ExitCode, Failure> {
    match command {
        SubscribersCommand::List { programme, place } => {
            in_known_store(&configured(place.settings())?.state, async |store| list(&store, &programme).await)
        }
        SubscribersCommand::Export { programme, place } => {
            in_known_store(&configured(place.settings())?.state, async |store| {
                let mut out = std::io::stdout().lock();
                for subscriber in store.subscribers(&programme).await.map_err(refused)? {
                    writeln!(out, "{}", manage::record(&subscriber))?;
                }
                Ok(ExitCode::SUCCESS)
            })
        }
        SubscribersCommand::Erase { programme, address, mail, mail_file, place } => {
            let config = configured(Settings { mail, mail_file, ..place.settings() })?;
            let folders = folders(&config)?;
            in_known_store(&config.state, async |store| {
                let found = store.subscriber_at(&programme, &address).await.map_err(refused)?;
                let subscriber =
                    found.ok_or_else(|| refused(format!("{programme} has no subscriber of this address")))?;
                let (key, now) = (key(&config)?, Clock::System.now());
                erase::everywhere(&store, &key, &folders, &subscriber, now).await.map_err(refused)?;
                println!("{} is erased from {programme}", subscriber.mailbox.masked());
                Ok(ExitCode::SUCCESS)
            })
        }
        SubscribersCommand::Lift { programme, address, place } => {
            let config = configured(place.settings())?;
            in_known_store(&config.state, async |store| lift(&store, &config, &programme, &address).await)
        }
    }
}

/// The folder that mail leaves into, and the default one: mail may have gone there before a relay was found.
fn folders(config: &Config) -> Result<Vec<Folder>, Failure> {
    let mut folders: Vec<Folder> = Vec::new();
    for mail in [config.mail.expose_secret(), "file:outbox"] {
        let transport = Transport::parse(mail, &config.state).map_err(|error| Failure::Usage(error.to_string()))?;
        if let Transport::File(folder) = transport
            && folders.iter().all(|known| known.path() != folder.path())
        {
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// Addresses are masked here: a list is looked at over shoulders, an export is asked for.
async fn list(store: &Store, programme: &str) -> Result<ExitCode, Failure> {
    let all = store.subscribers(programme).await.map_err(refused)?;
    let unreachable = store.unreachable(programme).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    let counts = Standing::ALL.iter().map(|(name, standing)| {
        let count = all.iter().filter(|subscriber| subscriber.standing == *standing).count();
        format!("{count} {name}")
    });
    let suppressed = (!unreachable.is_empty()).then(|| format!("{} suppressed", unreachable.len()));
    writeln!(out, "{programme}: {}", counts.chain(suppressed).collect::<Vec<_>>().join(", "))?;
    for subscriber in &all {
        let standing =
            Standing::ALL.iter().find(|(_, known)| *known == subscriber.standing).map_or("", |(name, _)| name);
        let (who, zone) = (subscriber.mailbox.masked(), subscriber.zone);
        let since = subscriber.confirmed.unwrap_or(subscriber.created).format("%Y-%m-%d %H:%M");
        let suppressed = if unreachable.contains(&subscriber.id) { ", suppressed: its mail came back" } else { "" };
        writeln!(out, "{who}  {standing} since {since} (UTC), {zone}{suppressed}")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn lift(store: &Store, config: &Config, programme: &str, address: &Mailbox) -> Result<ExitCode, Failure> {
    if store.head(programme).await.map_err(refused)?.is_none() {
        return Err(refused(format!("no programme {programme} is published here")));
    }
    let lifted = store.lift(&blinded(&key(config)?, address), programme).await.map_err(refused)?;
    let subscriber = store.subscriber_at(programme, address).await.map_err(refused)?;
    let (who, standing) = (address.masked(), standing(subscriber.as_ref()));
    if lifted.is_empty() {
        return Err(refused(format!("nothing keeps {programme} from writing to {who}; {standing}")));
    }
    for why in lifted {
        match why {
            Why::Bounced => {
                println!("{who}: that its mail came back is forgotten; every programme may write to it again");
            }
            Why::Erased => println!("{who}: that it was erased is forgotten; {programme} may invite it again"),
        }
    }
    println!("{standing}");
    Ok(ExitCode::SUCCESS)
}

/// What lifting does not do.
fn standing(subscriber: Option<&Subscriber>) -> &'static str {
    match subscriber.map(|subscriber| subscriber.standing) {
        Some(Standing::Confirmed) => "its subscription stands as it was",
        Some(Standing::Pending) => "it is not subscribed by this: it never confirmed",
        Some(Standing::Left) => "it is not subscribed by this: whoever left can only come back by themselves",
        None => "it is not subscribed by this: only its owner can do that",
    }
}
