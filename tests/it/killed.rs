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
            store.counts(None).await.expect("counted").get(&NoticeState::Relayed) == Some(&MESSAGES)
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
            store.counts(None).await.expect("counted").get(&NoticeState::Relayed) == Some(&number)
        })
    });
    for service in &mut services {
        service.kill().expect("killed");
        service.wait().expect("an end");
    }
    assert_eq!(relay.arrived().len(), number, "each goes once");
}

/// Another program that reads the database and ends must not take the log away in which everything later is written.
#[test]
fn who_reads_the_database_beside_the_service_takes_nothing_of_it_away() {
    const READ: &str = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\n\
                        print(db.execute('SELECT COUNT(*) FROM notice').fetchone()[0])\ndb.close()";
    let relay = Relay::start(&["8BITMIME"]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    let state = folder.path().join("var");
    let mut service = service(folder.path(), &relay);
    let log = state.join("allim.db-wal");
    let started = std::time::Instant::now();
    while !log.exists() {
        assert!(started.elapsed().as_secs() < 30, "there is no log");
    }
    // The service has looked at its database by now: a file that is closed again would have given up its locks.
    let enqueue = |from: i64, to: i64| {
        let notices: Vec<_> = (from..=to).map(notice).collect();
        wait(async { Store::open(&state).await.expect("a store").enqueue(&notices).await.expect("enqueued") });
    };
    enqueue(1, 3);
    relay.wait_until("the first", |arrived| arrived.len() == 3);
    for _ in 0..3 {
        let read = Command::new("python3").args(["-c", READ]).arg(state.join("allim.db")).output();
        match read.map(|read| String::from_utf8_lossy(&read.stdout).trim().to_owned()) {
            Ok(count) if !count.is_empty() => assert_eq!(count, "3"),
            _ => println!("left out: there is no python3 with sqlite3 to read the database"),
        }
        assert!(log.exists(), "the log was taken away");
    }
    enqueue(4, 6);
    relay.wait_until("the rest", |arrived| arrived.len() == 6);
    relay.wait_until("every outcome", |_| {
        wait(async {
            let store = Store::open(&state).await.expect("a store");
            store.counts(None).await.expect("counted").get(&NoticeState::Relayed) == Some(&6)
        })
    });
    service.kill().expect("killed");
    service.wait().expect("an end");
    let kept = wait(async { Store::open(&state).await.expect("a store").counts(None).await.expect("counted") });
    assert_eq!(kept.get(&NoticeState::Relayed), Some(&6), "nothing of it is lost");
}

#[test]
fn many_that_start_at_once_on_a_new_folder_share_one_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("var");
    let list = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allim"));
        command.args(["token", "new", "workshop", "--state"]).arg(&state).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let started: Vec<Child> =
        (0..8).map(|number| list().args(["--name", &format!("token{number}")]).spawn().expect("it runs")).collect();
    for child in started {
        let ended = child.wait_with_output().expect("an end");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let tokens = wait(async { Store::open(&state).await.expect("a store").tokens("workshop").await.expect("read") });
    assert_eq!(tokens.len(), 8);
}
