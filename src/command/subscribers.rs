//! The subscribers of a programme, for its organizers: how many, all of them as JSON, and erasing one.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use allim::app::consider::{octets, programme_of};
use allim::app::{erase, invite, manage, secret};
use allim::clock::Clock;
use allim::config::{self, Config};
use allim::domain::kind::Named;
use allim::domain::mailbox::Mailbox;
use allim::domain::subscription::Standing;
use allim::exchange::authors::{self, AuthorsList};
use allim::exchange::subscribers::write as as_csv;
use allim::mail::transport::Transport;
use allim::store::{Fate, Store};

use super::{Failure, in_store, refused};
use crate::arguments::SubscribersCommand;

/// What was left out of a list is told with its line, so much of it.
const MOST_SKIPPED: usize = 20;

/// Nobody gave us their address themself, so somebody must answer for its use.
const NO_REASON: &str = "nobody was invited: these people did not give their address for this, so each will read in the \
    mail why you write to them. Say it with --reason, such as --reason \"You submitted to the workshop last year\"; it is \
    kept for the next import";

pub(crate) fn subscribers(command: SubscribersCommand) -> Result<ExitCode, Failure> {
    match command {
        SubscribersCommand::List { programme, state } => {
            in_store(&state.state, async |store| list(&store, &programme).await)
        }
        SubscribersCommand::Export { programme, csv, state } => in_store(&state.state, async |store| {
            let mut out = std::io::stdout().lock();
            let all = store.subscribers(&programme).await.map_err(refused)?;
            if csv {
                out.write_all(as_csv(&all).as_bytes())?;
                return Ok(ExitCode::SUCCESS);
            }
            for subscriber in all {
                writeln!(out, "{}", manage::record(&subscriber))?;
            }
            Ok(ExitCode::SUCCESS)
        }),
        SubscribersCommand::Import { programme, file, reason, dry_run, column, settings } => {
            let config = Config::load(*settings, Path::new(config::FILE));
            let config = config.map_err(|error| Failure::Usage(error.to_string()))?;
            let octets = octets(&file).map_err(|error| refused(format!("{}: {error}", file.display())))?;
            let list = authors::read(&octets, column.as_deref());
            let list = list.map_err(|error| refused(format!("{}: {error}", file.display())))?;
            if !Store::is_in(&config.state) {
                return Err(refused(format!("there is no database in {}; say --state", config.state.display())));
            }
            in_store(&config.state, async |store| {
                import(&store, &config, &programme, &list, reason.as_deref(), dry_run).await
            })
        }
        SubscribersCommand::Erase { programme, address, secret_file, state } => {
            let key = secret::place(&state.state, secret_file.as_deref());
            // Where mail went to a relay there is no such folder, and nothing to be done.
            let transport = Transport::parse("file:outbox", &state.state).map_err(refused)?;
            in_store(&state.state, async |store| {
                let found = store.subscriber_at(&programme, &address).await.map_err(refused)?;
                let subscriber =
                    found.ok_or_else(|| refused(format!("{programme} has no subscriber of this address")))?;
                let key = secret::load(&key).map_err(refused)?;
                erase::everywhere(&store, &key, &transport, &subscriber, Clock::System.now()).await.map_err(refused)?;
                println!("{} is erased from {programme}", subscriber.mailbox.masked());
                Ok(ExitCode::SUCCESS)
            })
        }
    }
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
    let now = Clock::System.now();
    let head = store.head(id).await.map_err(refused)?;
    let head = head.ok_or_else(|| refused(format!("there is no programme {id}; allim serve publishes it")))?;
    let programme = programme_of(&head.revision);
    let programme = programme.ok_or_else(|| refused(format!("the file of {id} is not read any more; mend it")))?;
    invite::may_invite(&programme, &config.base(), now).map_err(refused)?;
    let mut out = std::io::stdout().lock();
    out.write_all(list.report(MOST_SKIPPED).as_bytes())?;
    let kept = match dry_run {
        true => store.reason(id).await,
        false => invite::reason(store, id, given, now).await,
    };
    let kept = kept.map_err(refused)?;
    let words = given.map(str::to_owned).or(kept.as_ref().map(|(_, words)| words.clone()));
    let key = secret::load(&secret::place(&config.state, config.secret_file.as_deref())).map_err(refused)?;
    let mailboxes: Vec<Mailbox> = list.invited.iter().map(|invited| invited.mailbox.clone()).collect();
    let reason = kept.filter(|_| !dry_run).map(|(number, _)| number);
    let fates = invite::invite(store, &key, &programme, &mailboxes, reason, now).await.map_err(refused)?;
    out.write_all(invite::text(&fates, reason.is_some()).as_bytes())?;
    let words = words.ok_or_else(|| refused(NO_REASON))?;
    writeln!(out, "the reason they read: \"{words}\"")?;
    if reason.is_some() && fates.contains_key(&Fate::Invited) {
        writeln!(out, "the mails leave by the service, as soon as it runs")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Addresses are masked here: a list is looked at over shoulders, an export is asked for.
async fn list(store: &Store, programme: &str) -> Result<ExitCode, Failure> {
    let all = store.subscribers(programme).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    let counts = Standing::ALL.iter().map(|(name, standing)| {
        let count = all.iter().filter(|subscriber| subscriber.standing == *standing).count();
        format!("{count} {name}")
    });
    writeln!(out, "{programme}: {}", counts.collect::<Vec<_>>().join(", "))?;
    for subscriber in &all {
        let standing =
            Standing::ALL.iter().find(|(_, known)| *known == subscriber.standing).map_or("", |(name, _)| name);
        let (who, zone) = (subscriber.mailbox.masked(), subscriber.zone);
        writeln!(out, "{who}  {standing} since {} (UTC), {zone}", {
            subscriber.confirmed.unwrap_or(subscriber.created).format("%Y-%m-%d %H:%M")
        })?;
    }
    Ok(ExitCode::SUCCESS)
}
