//! Mail to a relay on this machine, every outcome on the disk, against a bare conversation over kept sessions: at 1, 16
//! and 64 sessions. All speak to the same relay, ours through the queue.
//!
//! The bare one writes nothing down, or, in the second table, twice a message what would be written if a few kilobytes
//! appended to a file were a queue: before MAIL and before the message, in groups. That is the floor of this disk.

#[path = "../it/relay.rs"]
#[allow(dead_code, reason = "the stories ask more of it")]
mod relay;

#[allow(dead_code, reason = "other benches hold to other bounds")]
mod ratio;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use allim::app::dispatch::{Dispatcher, Measure};
use allim::clock::Clock;
use allim::domain::notice::{Message, NewNotice, NoticeKind};
use allim::mail::transport::Transport;
use allim::store::Store;
use ratio::{Hold, Pair, head};
use relay::Relay;

const MESSAGES: usize = 1024;
const ROUNDS: usize = 5;

type Time = allim::domain::zone::Instant;

fn now() -> Time {
    "2025-06-20T09:00:00Z".parse().expect("an instant")
}

/// Two kilobytes of text.
fn octets() -> Vec<u8> {
    let mut octets = b"Subject: [Workshop] Full paper due\r\n\r\n".to_vec();
    for _ in 0..32 {
        octets.extend_from_slice(b"The deadline is in seven days, at 23:59 of the last place on Earth.\r\n");
    }
    octets
}

fn notices() -> Vec<NewNotice> {
    let notice = |number: usize| NewNotice {
        key: number.to_string(),
        programme: "workshop".to_owned(),
        subscriber: None,
        kind: NoticeKind::Confirmation,
        deadline: None,
        message: Message {
            from: "reminders@allim.example".to_owned(),
            to: format!("reader{number}@example.org"),
            message_id: format!("<{number}@allim.example>"),
            octets: octets(),
        },
        due: now(),
        until: None,
        states: Vec::new(),
    };
    (0..MESSAGES).map(notice).collect()
}

/// Microseconds a message, through the queue.
fn queued(sessions: usize) -> f64 {
    let relay = Relay::start(&["8BITMIME"]);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let store = Store::open(folder.path()).await.expect("a store");
        store.enqueue(&notices()).await.expect("enqueued");
        let transport = Transport::parse(&relay.url(), Path::new("var")).expect("a transport");
        let measure = Measure { sessions, per_day: None };
        let dispatcher = Arc::new(Dispatcher::new(store, transport, Clock::manual(now()), measure));
        let arrived = relay.clone();
        let all = tokio::task::spawn_blocking(move || {
            arrived.wait_until("every message", |arrived| arrived.len() == MESSAGES);
        });
        let started = Instant::now();
        // It ends when every outcome is written.
        dispatcher.run(async { all.await.expect("arrived") }).await;
        each(started)
    })
}

/// Microseconds a message, in a bare conversation; with a log, one that has each step on the disk before it is made.
fn bare(sessions: usize, log: Option<&Log>) -> f64 {
    let relay = Relay::start(&["8BITMIME"]);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..sessions {
            scope.spawn(|| talk(&relay, MESSAGES / sessions, log));
        }
    });
    each(started)
}

fn talk(relay: &Relay, messages: usize, log: Option<&Log>) {
    let stream = TcpStream::connect(relay.address).expect("a connection");
    stream.set_nodelay(true).expect("at once");
    let mut talk = BufReader::new(stream);
    hear(&mut talk);
    say(&mut talk, b"EHLO bench.example\r\n");
    let mut message = octets();
    message.extend_from_slice(b".\r\n");
    for _ in 0..messages {
        log.iter().for_each(|log| log.reach_the_disk());
        say(&mut talk, b"MAIL FROM:<reminders@allim.example>\r\n");
        say(&mut talk, b"RCPT TO:<reader@example.org>\r\n");
        say(&mut talk, b"DATA\r\n");
        log.iter().for_each(|log| log.reach_the_disk());
        say(&mut talk, &message);
    }
}

/// A file that grows by a few kilobytes for whoever waits at the time.
struct Log {
    file: File,
    /// Asked for, on the disk, and whether somebody writes.
    state: Mutex<(u64, u64, bool)>,
    changed: Condvar,
}

impl Log {
    fn new() -> Log {
        Log { file: tempfile::tempfile().expect("a file"), state: Mutex::default(), changed: Condvar::new() }
    }

    fn reach_the_disk(&self) {
        let mut state = self.state.lock().expect("a state");
        state.0 += 1;
        let mine = state.0;
        while state.1 < mine {
            if state.2 {
                state = self.changed.wait(state).expect("a state");
                continue;
            }
            let all = state.0;
            state.2 = true;
            drop(state);
            (&self.file).write_all(&[0; 3 * 4096]).expect("written");
            self.file.sync_data().expect("on the disk");
            state = self.state.lock().expect("a state");
            (state.1, state.2) = (all, false);
            self.changed.notify_all();
        }
    }
}

fn say(talk: &mut BufReader<TcpStream>, octets: &[u8]) {
    talk.get_mut().write_all(octets).expect("said");
    hear(talk);
}

fn hear(talk: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    while line.is_empty() || line.as_bytes().get(3) == Some(&b'-') {
        line.clear();
        assert!(talk.read_line(&mut line).expect("a reply") > 0, "the relay went away");
    }
}

fn each(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(MESSAGES).expect("few"))
}

fn main() {
    let (mut loose, mut durable) = (Vec::new(), Vec::new());
    for sessions in [1, 16, 64] {
        let mut pairs: [Pair; 2] = Default::default();
        for _ in 0..ROUNDS {
            let ours = queued(sessions);
            pairs[0].push(ours, bare(sessions, None));
            pairs[1].push(ours, bare(sessions, Some(&Log::new())));
        }
        let [against_loose, against_durable] = pairs;
        loose.push((sessions, against_loose));
        durable.push((sessions, against_durable));
    }
    head("µs a message: durable, bare");
    for (sessions, pair) in &loose {
        // Half the rate is twice the time.
        pair.print(&format!("{sessions} at once"), Some(Hold::AtMost(2.0)));
    }
    println!();
    head("µs a message: durable, bare and on the disk");
    for (sessions, pair) in &durable {
        pair.print(&format!("{sessions} at once"), None);
    }
}
