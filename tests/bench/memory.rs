//! How much memory the server holds with one programme and with a hundred, after every feed was asked for; and with a
//! queue of a hundred thousand mails, while it sends them.
//!
//! The programmes are the workshop of `data/` under other ids: as long as a real one, and nothing is shared between
//! them.

mod running;

use std::fs;
use std::thread;

use std::path::Path;
use std::time::Duration;

use allim::domain::file;
use allim::domain::notice::{Message, NewNotice, NoticeKind};
use allim::store::Store;
use running::{Answer, Running};

const WORKSHOP: &str = include_str!("../../data/faimi-2025.toml");

const FEEDS: [&str; 4] = ["workshop.ics", "sessions.ics", "deadlines.ics", "all.ics"];
const GZIP: (&str, &str) = ("Accept-Encoding", "gzip");
/// With a hundred programmes, in MB.
const HOLD: f64 = 30.0;
/// With this many mails in the queue, in MB.
const HOLD_QUEUED: f64 = 64.0;
const QUEUED: usize = 100_000;

fn main() {
    let programme = file::read(WORKSHOP).programme.expect("a programme");
    let (sessions, deadlines) = (programme.sessions.len(), programme.deadlines.len());
    println!(
        "memory after every feed was asked for, in both codings; {sessions} sessions, {deadlines} deadlines each\n"
    );
    println!("{:<46} {:>9} {:>9} {:>9}  hold", "MB", "bodies", "VmRSS", "VmHWM");
    let own = format!("\"{}\"", programme.id);
    let copy = |id: String| {
        let source = WORKSHOP.replacen(&own, &format!("\"{id}\""), 1);
        (id, source)
    };
    let one = tempfile::tempdir().expect("a folder");
    let allim = Running::allim(one.path(), false, &ids(1).map(copy).collect::<Vec<_>>());
    print("allim, 1 programme", ask(&allim, &feeds(1)), &allim, None);
    drop(allim);

    let hundred = tempfile::tempdir().expect("a folder");
    let allim = Running::allim(hundred.path(), false, &ids(100).map(copy).collect::<Vec<_>>());
    let bodies = ask(&allim, &feeds(100));
    print("allim, 100 programmes, just published", bodies, &allim, Some(HOLD));
    beside(&allim, &feeds(100));
    let entries: Vec<String> = ids(100)
        .flat_map(|id| programme.sessions.iter().map(move |session| format!("/{id}/at/{}.ics", session.id)))
        .collect();
    print("allim, and every session's own feed", bodies + ask(&allim, &entries), &allim, None);
    drop(allim);
    let again = Running::allim(hundred.path(), false, &[]);
    print("allim, 100 programmes, started again", ask(&again, &feeds(100)), &again, Some(HOLD));
    drop(again);

    let sending = tempfile::tempdir().expect("a folder");
    enqueue(&sending.path().join("var"));
    let allim = Running::allim(sending.path(), false, &ids(1).map(copy).collect::<Vec<_>>());
    let bodies = ask(&allim, &feeds(1));
    thread::sleep(Duration::from_secs(5));
    print("allim, 1 programme, 100,000 mails to send", bodies, &allim, Some(HOLD_QUEUED));
}

/// Mails of two kilobytes, due at once.
fn enqueue(state: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(state).await.expect("a store");
        let notices: Vec<NewNotice> = (0..QUEUED).map(notice).collect();
        store.enqueue(&notices).await.expect("enqueued");
    });
}

fn notice(number: usize) -> NewNotice {
    NewNotice {
        key: number.to_string(),
        programme: "workshop-0".to_owned(),
        subscriber: None,
        kind: NoticeKind::Confirmation,
        deadline: None,
        message: Message {
            from: "reminders@allim.example".to_owned(),
            to: format!("reader{number}@example.org"),
            message_id: format!("<{number}@allim.example>"),
            octets: vec![b'x'; 2048],
        },
        due: "2025-06-20T09:00:00Z".parse().expect("an instant"),
        until: None,
        states: Vec::new(),
    }
}

fn ids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("workshop-{number}"))
}

fn feeds(count: usize) -> Vec<String> {
    ids(count).flat_map(|id| FEEDS.map(|feed| format!("/{id}/{feed}"))).collect()
}

/// nginx over the same octets.
fn beside(allim: &Running, paths: &[String]) {
    let folder = tempfile::tempdir().expect("a folder");
    for path in paths {
        let place = folder.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        fs::write(&place, allim.get(path, &[]).body).expect("written");
        fs::write(place.with_extension("ics.gz"), allim.get(path, &[GZIP]).body).expect("written");
    }
    match Running::nginx(&folder, false, "") {
        Ok(nginx) => {
            let bodies = ask(&nginx, paths);
            print("nginx, one worker, 100 programmes", bodies, &nginx, None);
        }
        Err(why) => println!("left out: nginx ({why})"),
    }
}

/// Asks for all of them in both codings, from several sides at once. Returns the octets of one of each.
fn ask(server: &Running, paths: &[String]) -> usize {
    let one = |answer: Answer| answer.body.len();
    thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| paths.iter().map(|p| one(server.get(p, &[])) + one(server.get(p, &[GZIP]))).sum()))
            .collect();
        asking.into_iter().map(|side| side.join().expect("answers")).max().unwrap_or(0)
    })
}

fn print(what: &str, bodies: usize, server: &Running, hold: Option<f64>) {
    let sum = |key: &str| server.processes().iter().map(|process| of(*process, key)).sum::<f64>();
    let (resident, peak) = (sum("VmRSS:"), sum("VmHWM:"));
    let verdict = match hold {
        None => "-".to_owned(),
        Some(bound) => format!("<= {bound}{}", if resident > bound { "  MISSED" } else { "" }),
    };
    println!("{what:<46} {:>9.1} {resident:>9.1} {peak:>9.1}  {verdict}", bodies as f64 / 1024.0 / 1024.0);
}

/// A line of `/proc/PID/status`, in MB. Pages that processes share are counted for each.
fn of(process: u32, key: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
