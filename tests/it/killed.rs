//! The service is killed in the middle of its mail, again and again: every message arrives, and a second copy only of
//! one whose dot had been sent and whose outcome was not yet written.
//!
//! Twenty times here; `ALLIM_KILLS=200 cargo test --test it killed` does it two hundred times.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use allim::domain::notice::{NoticeId, NoticeState, Stage};
use allim::store::Store;

use crate::house::wait;
use crate::outbox::notice;
use crate::relay::{Arrived, Relay};

const MESSAGES: usize = 1000;

fn service(folder: &Path, relay: &Relay) -> Child {
    Command::new(env!("CARGO_BIN_EXE_allim"))
        .current_dir(folder)
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "data", "--state", "var", "--mail", &relay.url()])
        .env("ALLIM_LOG", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a service")
}

/// Notices whose dot had been sent and whose outcome is not written, each with the number of that attempt.
async fn in_doubt(store: &Store) -> Vec<(NoticeId, usize)> {
    let mut found = Vec::new();
    for listed in store.outbox(MESSAGES).await.expect("read") {
        if listed.state == NoticeState::Sending {
            let attempts = store.attempts(listed.id).await.expect("read");
            let last = attempts.last().expect("an attempt");
            found.extend((last.stage == Stage::Dot && last.ended.is_none()).then_some((listed.id, attempts.len())));
        }
    }
    found
}

fn copies(arrived: &[Arrived]) -> BTreeMap<&str, usize> {
    let mut copies = BTreeMap::new();
    for message in arrived {
        *copies.entry(message.to.as_str()).or_insert(0) += 1;
    }
    copies
}

#[test]
fn whatever_the_moment_it_is_killed_nothing_is_lost_and_doubled_only_past_the_dot() {
    let kills: usize = std::env::var("ALLIM_KILLS").map_or(20, |kills| kills.parse().expect("a number"));
    let relay = Relay::start(&["8BITMIME"]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    let state = folder.path().join("var");
    let notices: Vec<_> = (1..=1000).map(notice).collect();
    wait(async {
        let store = Store::open(&state).await.expect("a store");
        assert_eq!(store.enqueue(&notices).await.expect("enqueued"), MESSAGES);
    });

    // Until its lease has run out the same attempt is seen in doubt at several kills: it is one.
    let mut doubts = BTreeSet::new();
    for kill in 1..=kills {
        let mut service = service(folder.path(), &relay);
        // The end of the run is left to the last service, which is not killed.
        let enough = MESSAGES * 9 / 10 * kill / kills;
        relay.wait_until("before a kill", |arrived| arrived.len() >= enough);
        service.kill().expect("killed");
        service.wait().expect("an end");
        wait(async {
            let store = Store::open(&state).await.expect("a store");
            doubts.extend(in_doubt(&store).await);
        });
    }

    let mut service = service(folder.path(), &relay);
    relay.wait_until("every message", |arrived| copies(arrived).len() == MESSAGES);
    relay.wait_until("every outcome", |_| {
        wait(async {
            let store = Store::open(&state).await.expect("a store");
            store.counts().await.expect("counted").get(&NoticeState::Relayed) == Some(&MESSAGES)
        })
    });
    service.kill().expect("killed");
    service.wait().expect("an end");

    let arrived = relay.arrived();
    for message in &arrived {
        let number: usize = message.to["reader".len()..].split('@').next().and_then(|n| n.parse().ok()).expect("ours");
        assert_eq!(message.octets, notices[number - 1].message.octets, "{}", message.to);
    }
    let copies = copies(&arrived);
    for (id, notice) in (1..).zip(&notices) {
        let in_doubt = doubts.iter().filter(|(doubted, _)| *doubted == NoticeId(id)).count();
        let copies = copies[notice.message.to.as_str()];
        assert!(copies <= 1 + in_doubt, "{copies} copies of notice {id}, which was in doubt {in_doubt} times");
    }
    println!("{kills} kills, {} copies beyond the first", arrived.len() - MESSAGES);
}

/// Stops or resumes a process.
fn signal(process: &Child, signal: &str) {
    let told = Command::new("kill").args([signal, &process.id().to_string()]).status();
    assert!(told.expect("kill runs").success(), "{signal}");
}

/// How long a service is stopped at most.
const WHILE: std::time::Duration = std::time::Duration::from_secs(2);

/// `ALLIM_NOTICES=10000 cargo test --test it stopped` sends so many.
#[test]
fn of_two_services_one_is_stopped_for_a_while_and_each_message_goes_once() {
    let number: usize = std::env::var("ALLIM_NOTICES").map_or(600, |number| number.parse().expect("a number"));
    let relay = Relay::start(&["8BITMIME"]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    let state = folder.path().join("var");
    wait(async {
        let store = Store::open(&state).await.expect("a store");
        let last = i64::try_from(number).expect("a number");
        store.enqueue(&(1..=last).map(notice).collect::<Vec<_>>()).await.expect("enqueued");
    });
    let mut services = [service(folder.path(), &relay), service(folder.path(), &relay)];
    for round in 1..=4 {
        relay.wait_until("before a stop", |arrived| arrived.len() >= number * round / 6);
        let stopped = &services[round % 2];
        signal(stopped, "-STOP");
        // The other one goes on, unless the stopped one has the database's lock in its hands: then nobody does.
        let (began, before) = (std::time::Instant::now(), relay.arrived().len());
        while began.elapsed() < WHILE && relay.arrived().len() < before + number / 12 {
            std::thread::yield_now();
        }
        signal(stopped, "-CONT");
    }
    relay.wait_until("every message", |arrived| copies(arrived).len() == number);
    relay.wait_until("every outcome", |_| {
        wait(async {
            let store = Store::open(&state).await.expect("a store");
            store.counts().await.expect("counted").get(&NoticeState::Relayed) == Some(&number)
        })
    });
    for service in &mut services {
        service.kill().expect("killed");
        service.wait().expect("an end");
    }
    assert_eq!(relay.arrived().len(), number, "each goes once");
}
