//! What a GET of a feed costs the server: the product's whole route against nginx, Radicale and a Flask application.
//!
//! Server and load have a core each. The figure is processor time of the server for each request, so that it does not
//! matter which of the two is faster; every round asks all of them in turn.

mod peers;
mod programme;
mod ratio;
mod running;

use std::fs;
use std::path::Path;
use std::process::Command;

use allim::domain::file;
use allim::domain::revision::Revision;
use allim::domain::zone::Instant;
use allim::feed::{self, Feed, Query};
use ratio::{Hold, Pair, head};
use running::{Running, on_core, program, stat};
use tempfile::TempDir;

const LOAD_CORE: &str = "1";
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 7;
/// Python is slow enough that few will do.
const ROUNDS_WITH_PYTHON: usize = 3;
/// Ticks of `/proc/PID/stat` in a second: USER_HZ is 100 wherever this runs.
const TICKS: f64 = 100.0;

const GZIP: (&str, &str) = ("Accept-Encoding", "gzip");

fn main() {
    if program("wrk").is_none() || program("taskset").is_none() {
        return println!("left out: all of it, for want of wrk (package wrk) or taskset (util-linux)");
    }
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        return println!("left out: all of it, because server and load need a core each");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = (sessions_for(16 * 1024), sessions_for(200 * 1024));
    let files = [("small", small), ("large", large), ("forty", 40)];
    let files = files.map(|(id, sessions)| (id.to_owned(), programme::source(id, sessions)));
    let allim = Running::allim(folder.path(), true, &files);
    println!("server CPU a request, µs (medians of {ROUNDS} rounds, {CONNECTIONS} connections)\n");
    against_nginx(&allim);
    println!();
    against_python(&allim, folder.path());
}

/// How many sessions make a compressed feed of about that size.
fn sessions_for(octets: usize) -> usize {
    const SESSIONS: usize = 400;
    let source = programme::source("probe", SESSIONS);
    let programme = file::read(&source).programme.expect("a programme");
    let now: Instant = "2098-01-01T00:00:00Z".parse().expect("an instant");
    let revision = Revision::next(None, &programme, &source, now).expect("a first revision");
    octets * SESSIONS / feed::render(&revision, &Feed::Sessions, &Query::default(), None).gzip.len()
}

fn against_nginx(allim: &Running) {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["/small/sessions.ics", "/large/sessions.ics"];
    let [small, large] = paths.map(|path| offer(allim, &folder, path) as f64 / 1024.0);
    let started = Running::nginx(&folder, true, "").and_then(|nginx| {
        // Without a look at the file for each request: what it can do at best, and few set it.
        let keen = "open_file_cache max=1000; open_file_cache_valid 60s;";
        Ok([nginx, Running::nginx(&folder, true, keen)?])
    });
    let [nginx, keen] = match started {
        Ok(started) => started,
        Err(why) => return println!("left out: nginx ({why})"),
    };
    let servers = [allim, &nginx, &keen];
    let validators = servers.map(|server| paths.map(|path| validator(server, path)));
    for path in paths {
        assert!(allim.get(path, &[GZIP]).body == nginx.get(path, &[GZIP]).body, "{path}: not the same octets");
    }
    let (mut rows, mut nothing): ([[Pair; 3]; 2], Pair) = Default::default();
    // The first round warms all up and counts for nothing.
    for round in 0..=ROUNDS {
        let unchanged = |server: usize, path: usize| {
            cost(servers[server], paths[path], &[GZIP, ("If-None-Match", &validators[server][path])])
        };
        let whole = |path: usize| [0, 1, 2].map(|server| cost(servers[server], paths[path], &[GZIP]));
        let costs = [whole(0), whole(1), [0, 1, 2].map(|server| unchanged(server, 0))];
        let of_large = unchanged(0, 1);
        if round > 0 {
            for (column, [ours, theirs, keen]) in costs.into_iter().enumerate() {
                rows[0][column].push(ours, theirs);
                rows[1][column].push(ours, keen);
            }
            nothing.push(of_large, costs[2][0]);
        }
    }
    let names = [format!("200, {small:.1} KB of gzip"), format!("200, {large:.1} KB of gzip"), "304".to_owned()];
    let holds = [[Some(1.1), Some(1.25), Some(1.25)], [None; 3]];
    let heads = ["against nginx, the same octets", "against nginx with open_file_cache"];
    for ((title, pairs), holds) in heads.into_iter().zip(&rows).zip(holds) {
        head(title);
        for ((name, pair), hold) in names.iter().zip(pairs).zip(holds) {
            pair.print(name, hold.map(Hold::AtMost));
        }
        println!();
    }
    head("304 of the large feed against the small one's");
    nothing.print("nothing is rendered, compressed or hashed", Some(Hold::AtMost(1.15)));
}

/// What a client that has the compressed feed shows, once it is known to be believed.
fn validator(server: &Running, path: &str) -> String {
    let head = server.get(path, &[GZIP]).head;
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    assert_eq!(header("content-encoding"), Some("gzip"), "{head}");
    let validator = header("etag").expect("a validator").to_owned();
    let again = server.ask("GET", path, &[GZIP, ("If-None-Match", &validator)], b"").expect("an answer");
    assert!(again.head.starts_with("HTTP/1.1 304"), "{path}: {}", again.head);
    validator
}

/// Puts a feed of ours where nginx finds it, in both codings. Returns its compressed size.
fn offer(allim: &Running, folder: &TempDir, path: &str) -> usize {
    let place = folder.path().join(path.trim_start_matches('/'));
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    fs::write(&place, allim.get(path, &[]).body).expect("written");
    let gzip = allim.get(path, &[GZIP]).body;
    fs::write(place.with_extension("ics.gz"), &gzip).expect("written");
    gzip.len()
}

fn against_python(allim: &Running, folder: &Path) {
    let python = match peers::python() {
        Ok(python) => python,
        Err(why) => return println!("left out: Radicale, Flask ({why})"),
    };
    let path = "/forty/sessions.ics";
    let body = allim.get(path, &[]).body;
    let feed = folder.join("forty.ics");
    fs::write(&feed, &body).expect("written");
    let config = folder.join("radicale.conf");
    let rights = folder.join("radicale.rights");
    fs::write(&rights, "[all]\nuser: .*\ncollection: .*\npermissions: RWrwDO\n").expect("written");
    let text = format!(
        "[auth]\ntype = none\n[rights]\ntype = from_file\nfile = {}\n[storage]\nfilesystem_folder = {}\n[logging]\nlevel = error\n",
        rights.display(),
        folder.join("radicale").display()
    );
    fs::write(&config, text).expect("written");
    let radicale = Running::start("/", |port| {
        let mut command = on_core(true, &python);
        command.args(["-m", "radicale", "--hosts", &format!("127.0.0.1:{port}"), "--config"]).arg(config);
        command
    });
    let flask = Running::start("/sessions.ics", |port| {
        let mut command = on_core(true, &python);
        command.args([peers::SCRIPT, "serve"]).arg(feed).arg(port.to_string());
        command
    });
    let stored = radicale.and_then(|radicale| {
        // A calendar lies in its owner's folder.
        radicale.ask("MKCOL", "/bench/", &[], b"");
        let put = radicale.ask("PUT", "/bench/feed/", &[("Content-Type", "text/calendar")], &body);
        let answer = put.ok_or("Radicale does not answer")?;
        if answer.head.contains(" 201 ") { Ok(radicale) } else { Err(format!("Radicale: {}", answer.head)) }
    });
    let whole = |server: Running, at: &str| {
        let answer = server.ask("GET", at, &[], b"").ok_or("no answer")?;
        let entries = String::from_utf8_lossy(&answer.body).matches("BEGIN:VEVENT").count();
        if entries == 40 { Ok(server) } else { Err(format!("{at} has {entries} entries: {}", answer.head)) }
    };
    head("40 entries, not compressed");
    let mut rows: Vec<_> = [
        ("200, against Radicale", stored, "/bench/feed/", 200.0),
        ("200, against Flask and Python's icalendar", flask, "/sessions.ics", 400.0),
    ]
    .into_iter()
    .filter_map(|(what, server, at, hold)| match server.and_then(|server| whole(server, at)) {
        Ok(server) => Some((what, server, at, hold, Pair::default())),
        Err(why) => {
            println!("left out: {why}");
            None
        }
    })
    .collect();
    for round in 0..=ROUNDS_WITH_PYTHON {
        for (_, server, at, _, pair) in &mut rows {
            let (ours, theirs) = (cost(allim, path, &[]), cost(server, at, &[]));
            if round > 0 {
                pair.push(ours, theirs);
            }
        }
    }
    for (what, _, _, hold, pair) in rows {
        pair.print(what, Some(Hold::AtLeast(hold)));
    }
}

/// Processor time of a server for each request, in µs, under a second of load.
fn cost(server: &Running, path: &str, headers: &[(&str, &str)]) -> f64 {
    let processes = server.processes();
    let ticks = || processes.iter().filter_map(|process| Some(stat(*process)?[11..13].to_vec())).flatten();
    let used = || ticks().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>();
    let before = used();
    let requests = load(server.port, path, headers);
    (used() - before) / TICKS * 1e6 / requests
}

/// Asks for a second, and returns how many answers came.
fn load(port: u16, path: &str, headers: &[(&str, &str)]) -> f64 {
    let mut command = Command::new("taskset");
    command.args(["-c", LOAD_CORE, "wrk", "-t1", "-d1s", &format!("-c{CONNECTIONS}")]);
    for (name, value) in headers {
        command.args(["-H", &format!("{name}: {value}")]);
    }
    let output = command.arg(format!("http://127.0.0.1:{port}{path}")).output().expect("wrk runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx"), "{path}: {text}");
    let line = text.lines().find(|line| line.contains(" requests in ")).unwrap_or_else(|| panic!("{path}: {text}"));
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number of requests")
}
