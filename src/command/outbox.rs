//! The outbox: what waits, what was sent, what comes; and what can be done about it, also while the service runs.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use allim::app::consider::programme_of;
use allim::app::outbox::{self, overview};
use allim::clock::Clock;
use allim::domain::notice::NoticeId;
use allim::store::Store;
use allim::store::planning::Release;

use super::{Failure, clock_of, configured, in_known_store, refused};
use crate::arguments::{OutboxCommand, Place};

pub(crate) fn outbox(command: OutboxCommand) -> Result<ExitCode, Failure> {
    match command {
        OutboxCommand::List { programme, only, most, json, place } => {
            let (state, clock) = at(place)?;
            let now = clock.now();
            in_known_store(&state, async |store| {
                let seen = overview(&store, programme.as_deref(), only, most, now).await.map_err(refused)?;
                let text = if json { seen.json_lines() } else { seen.text() };
                std::io::stdout().lock().write_all(text.as_bytes())?;
                Ok(ExitCode::SUCCESS)
            })
        }
        OutboxCommand::Forecast { programme, days, place } => {
            let config = configured(place.settings())?;
            let (now, per_day) = (clock_of(&config.state)?.now(), config.mail_per_day);
            in_known_store(&config.state, async |store| {
                let live = store.head(&programme).await.map_err(refused)?;
                let read = live.as_ref().and_then(|live| programme_of(&live.revision));
                let read = read.ok_or_else(|| unknown(&programme))?;
                print!("{}", outbox::ahead(&store, &read, days, per_day, now).await.map_err(refused)?);
                Ok(ExitCode::SUCCESS)
            })
        }
        OutboxCommand::Release { hold, restored, place } => {
            let (state, clock) = at(place)?;
            in_known_store(&state, async |store| {
                if restored {
                    after_restore(&store, hold, &clock).await?;
                }
                answer(&store, hold, Release::Send).await
            })
        }
        OutboxCommand::CountAsSent { hold, restored, place } => {
            let (state, clock) = at(place)?;
            in_known_store(&state, async |store| {
                if restored {
                    after_restore(&store, hold, &clock).await?;
                }
                answer(&store, hold, Release::Count).await
            })
        }
        OutboxCommand::Stop { programme, deadline, place } => {
            let (state, clock) = at(place)?;
            let now = clock.now();
            in_known_store(&state, async |store| {
                if !store.stop_hold(&programme, &deadline, now).await.map_err(refused)? {
                    return Err(not_held(&programme, &deadline));
                }
                println!(
                    "nobody is told of the change of {deadline} until allim outbox send-now {programme} {deadline}; \
                     allim publish --undo {programme} takes it back"
                );
                Ok(ExitCode::SUCCESS)
            })
        }
        OutboxCommand::SendNow { programme, deadline, place } => {
            let (state, clock) = at(place)?;
            let now = clock.now();
            in_known_store(&state, async |store| {
                if !store.end_hold(&programme, &deadline, now).await.map_err(refused)? {
                    return Err(not_held(&programme, &deadline));
                }
                match outbox::told_by(&store, &programme, &deadline, now).await.map_err(refused)? {
                    Some(announcement) => println!("{announcement}; allim announce {programme} --undo takes that back"),
                    None => println!(
                        "whoever was told something else of {deadline} is told now, as soon as the service runs"
                    ),
                }
                Ok(ExitCode::SUCCESS)
            })
        }
        OutboxCommand::Retry { notice, place } => {
            let (state, clock) = at(place)?;
            let now = clock.now();
            in_known_store(&state, async |store| {
                if !outbox::retry(&store, NoticeId(notice), now).await.map_err(refused)? {
                    return Err(refused(format!(
                        "notice {notice} is none that failed, or may not have arrived, with its message still kept; allim \
                         outbox list --only failed, or uncertain, shows those"
                    )));
                }
                println!("notice {notice} is tried again, as soon as the service runs");
                Ok(ExitCode::SUCCESS)
            })
        }
    }
}

/// The state folder, and the time in it.
fn at(place: Place) -> Result<(PathBuf, Clock), Failure> {
    let state = configured(place.settings())?.state;
    let clock = clock_of(&state)?;
    Ok((state, clock))
}

/// First the feeds, which go on from what calendars know; then the mails that speak of them.
async fn after_restore(store: &Store, hold: i64, clock: &Clock) -> Result<(), Failure> {
    let waiting = store.hold(hold).await.map_err(refused)?.filter(|waiting| waiting.done.is_none());
    let waiting = waiting.ok_or_else(|| nothing_waits(hold))?;
    let number = outbox::raise_sequences(store, &waiting.programme, clock).await.map_err(refused)?;
    println!("{} is revision {number}, with every SEQUENCE far ahead of the backup's", waiting.programme);
    println!("unsubscriptions since the backup are lost: whoever left then is written to again");
    Ok(())
}

async fn answer(store: &Store, hold: i64, answer: Release) -> Result<ExitCode, Failure> {
    if !outbox::answer(store, hold, answer).await.map_err(refused)? {
        return Err(nothing_waits(hold));
    }
    match answer {
        Release::Send => println!("it is sent as soon as the service runs, with the dates as they are then"),
        Release::Count => println!("it counts as sent: nobody is written to, and everybody counts as told"),
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(programme: &str) -> Failure {
    refused(format!("there is no programme {programme} whose file can be read; allim serve publishes it"))
}

fn nothing_waits(hold: i64) -> Failure {
    refused(format!("nothing waits under the number {hold}; allim outbox list shows what does"))
}

fn not_held(programme: &str, deadline: &str) -> Failure {
    refused(format!("no change of {deadline} in {programme} is on hold; allim outbox list shows those that are"))
}
