//! The subscribers of a programme, for its organizers: how many, all of them as JSON, and erasing one.

use std::io::Write;
use std::process::ExitCode;

use allim::app::{erase, manage, secret};
use allim::domain::kind::Named;
use allim::domain::subscription::Standing;
use allim::mail::transport::Transport;
use allim::store::Store;

use super::{Failure, clock_of, in_store, refused};
use crate::arguments::SubscribersCommand;

pub(crate) fn subscribers(command: SubscribersCommand) -> Result<ExitCode, Failure> {
    match command {
        SubscribersCommand::List { programme, state } => {
            in_store(&state.state, async |store| list(&store, &programme).await)
        }
        SubscribersCommand::Export { programme, state } => in_store(&state.state, async |store| {
            let mut out = std::io::stdout().lock();
            for subscriber in store.subscribers(&programme).await.map_err(refused)? {
                writeln!(out, "{}", manage::record(&subscriber))?;
            }
            Ok(ExitCode::SUCCESS)
        }),
        SubscribersCommand::Erase { programme, address, secret_file, state } => {
            let key = secret::place(&state.state, secret_file.as_deref());
            // Where mail went to a relay there is no such folder, and nothing to be done.
            let transport = Transport::parse("file:outbox", &state.state).map_err(refused)?;
            let now = clock_of(&state.state)?.now();
            in_store(&state.state, async |store| {
                let found = store.subscriber_at(&programme, &address).await.map_err(refused)?;
                let subscriber =
                    found.ok_or_else(|| refused(format!("{programme} has no subscriber of this address")))?;
                let key = secret::load(&key).map_err(refused)?;
                erase::everywhere(&store, &key, &transport, &subscriber, now).await.map_err(refused)?;
                println!("{} is erased from {programme}", subscriber.mailbox.masked());
                Ok(ExitCode::SUCCESS)
            })
        }
    }
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
