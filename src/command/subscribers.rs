//! The subscribers of a programme, for its organizers: how many, all of them as JSON, erasing one, lifting what keeps one
//! from being written to.

use std::io::Write;
use std::process::ExitCode;

use allim::app::consider::{octets, programme_of};
use allim::app::invite::{self, Fate};
use allim::app::subscribers::{self, Why, as_csv, as_json_lines, mark, roll, standing as named};
use allim::app::{erase, secret};
use allim::config::{Config, Settings};
use allim::domain::mailbox::Mailbox;
use allim::domain::subscription::{Standing, Subscriber};
use allim::domain::zone::Instant;
use allim::exchange::authors::AuthorsList;
use allim::mail::transport::{Folder, Transport};
use allim::store::Store;
use secrecy::ExposeSecret;

use super::{Failure, clock_of, configured, in_known_store, key, refused};
use crate::arguments::SubscribersCommand;

/// What was left out of a list is told with its line, so much of it.
const MOST_SKIPPED: usize = 20;

/// Nobody gave us their address themself, so somebody must answer for its use.
const NO_REASON: &str = "nobody was invited: these people did not give their address for this, so each will read in the \
    mail why you write to them. Say it with --reason, such as --reason \"You submitted to the workshop last year\"; it is \
    kept for the next import";

pub(crate) fn subscribers(command: SubscribersCommand) -> Result<ExitCode, Failure> {
    match command {
        SubscribersCommand::List { programme, place } => {
            in_known_store(&configured(place.settings())?.state, async |store| list(&store, &programme).await)
        }
        SubscribersCommand::Export { programme, csv, place } => {
            in_known_store(&configured(place.settings())?.state, async |store| {
                let all = store.subscribers(&programme).await.map_err(refused)?;
                let text = if csv { as_csv(&all) } else { as_json_lines(&all) };
                std::io::stdout().lock().write_all(text.as_bytes())?;
                Ok(ExitCode::SUCCESS)
            })
        }
        SubscribersCommand::Import { programme, file, reason, dry_run, column, settings } => {
            let config = configured(*settings)?;
            let octets = octets(&file).map_err(|error| refused(format!("{}: {error}", file.display())))?;
            let list = invite::read(&octets, column.as_deref());
            let list = list.map_err(|error| refused(format!("{}: {error}", file.display())))?;
            in_known_store(&config.state, async |store| {
                import(&store, &config, &programme, &list, reason.as_deref(), dry_run).await
            })
        }
        SubscribersCommand::Erase { programme, address, mail, mail_file, place } => {
            let config = configured(Settings { mail, mail_file, ..place.settings() })?;
            let folders = folders(&config)?;
            in_known_store(&config.state, async |store| {
                let found = store.subscriber_at(&programme, &address).await.map_err(refused)?;
                let subscriber =
                    found.ok_or_else(|| refused(format!("{programme} has no subscriber of this address")))?;
                let (key, now) = (key(&config)?, clock_of(&config.state)?.now());
                erase::everywhere(&store, &key, &folders, &subscriber, now).await.map_err(refused)?;
                println!("{} is erased from {programme}", subscriber.mailbox.masked());
                Ok(ExitCode::SUCCESS)
            })
        }
        SubscribersCommand::Accept { programme, addresses, not, open, place } => {
            let accepted = (!open).then_some(!not);
            let config = configured(place.settings())?;
            let now = clock_of(&config.state)?.now();
            in_known_store(&config.state, async |store| accept(&store, &programme, &addresses, accepted, now).await)
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

/// Without a reason nobody is written to; a dry run ends as the act would.
async fn import(
    store: &Store,
    config: &Config,
    id: &str,
    list: &AuthorsList,
    given: Option<&str>,
    dry_run: bool,
) -> Result<ExitCode, Failure> {
    let now = clock_of(&config.state)?.now();
    let head = store.head(id).await.map_err(refused)?;
    let head = head.ok_or_else(|| refused(format!("there is no programme {id}; allim serve publishes it")))?;
    let programme = programme_of(&head.revision);
    let programme = programme.ok_or_else(|| refused(format!("the file of {id} is not read any more; mend it")))?;
    invite::may_invite(&programme, &config.base(), now).map_err(refused)?;
    let mut out = std::io::stdout().lock();
    out.write_all(list.report(MOST_SKIPPED).as_bytes())?;
    let key = secret::load(&secret::place(&config.state, config.secret_file.as_deref())).map_err(refused)?;
    let mailboxes: Vec<Mailbox> = list.invited.iter().map(|invited| invited.mailbox.clone()).collect();
    let imported = invite::import(store, &key, &programme, &mailboxes, (given, dry_run), now).await.map_err(refused)?;
    out.write_all(invite::text(&imported.fates, imported.done).as_bytes())?;
    let words = imported.reason.ok_or_else(|| refused(NO_REASON))?;
    writeln!(out, "the reason they read: \"{words}\"")?;
    if imported.done && imported.fates.contains_key(&Fate::Invited) {
        writeln!(out, "the mails leave by the service, as soon as it runs")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Addresses are masked here: a list is looked at over shoulders, an export is asked for.
async fn list(store: &Store, programme: &str) -> Result<ExitCode, Failure> {
    let roll = roll(store, programme).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    let counts: Vec<String> = roll.counts().iter().map(|(name, count)| format!("{count} {name}")).collect();
    writeln!(out, "{programme}: {}", counts.join(", "))?;
    for subscriber in &roll.subscribers {
        let (who, zone, standing) = (subscriber.mailbox.masked(), subscriber.zone, named(subscriber.standing));
        let since = subscriber.confirmed.unwrap_or(subscriber.created).format("%Y-%m-%d %H:%M");
        let is_suppressed = roll.unreachable.contains(&subscriber.id);
        let suppressed = if is_suppressed { ", suppressed: its mail came back" } else { "" };
        writeln!(out, "{who}  {standing} since {since} (UTC), {zone}{suppressed}")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn accept(
    store: &Store,
    programme: &str,
    addresses: &[Mailbox],
    accepted: Option<bool>,
    now: Instant,
) -> Result<ExitCode, Failure> {
    let what = match accepted {
        Some(true) => "accepted",
        Some(false) => "not accepted",
        None => "not known yet",
    };
    let mut unknown = Vec::new();
    for address in addresses {
        match mark(store, programme, address, accepted, now).await.map_err(refused)? {
            true => println!("{} is marked as {what}", address.masked()),
            false => unknown.push(address.to_string()),
        }
    }
    match unknown.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(refused(format!("not marked, for {programme} has no subscriber there: {}", unknown.join(", ")))),
    }
}

async fn lift(store: &Store, config: &Config, programme: &str, address: &Mailbox) -> Result<ExitCode, Failure> {
    if store.head(programme).await.map_err(refused)?.is_none() {
        return Err(refused(format!("no programme {programme} is published here")));
    }
    let lifted = subscribers::lift(store, &key(config)?, programme, address).await.map_err(refused)?;
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
