//! What the stories share: where things lie, golden files, fixed times.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::mailing::{self, Mailing};
use allim::app::secret;
use allim::app::serve::App;
use allim::clock::Clock;
use allim::domain::file;
use allim::domain::programme::Programme;
use allim::domain::zone::Instant;
use allim::mail::templates::Templates;
use allim::mail::transport::Transport;
use allim::server::Limits;
use allim::store::Store;

/// A path below the project's folder.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub fn read(path: &str) -> String {
    std::fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn instant(text: &str) -> Instant {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The programme of a file that has no errors.
pub fn programme(source: &str) -> Programme {
    let reading = file::read(source);
    reading.programme.unwrap_or_else(|| panic!("{:#?}", reading.problems))
}

/// Runs something that waits.
pub fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Holds `octets` against a golden file. `UPDATE_GOLDEN=1` writes it instead, to be reviewed by eye.
pub fn golden(path: &str, octets: &[u8]) {
    let file = project("tests/golden").join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, octets).expect("written");
        return;
    }
    let expected = std::fs::read(&file).unwrap_or_default();
    if expected != octets {
        let difference = similar(&String::from_utf8_lossy(&expected), &String::from_utf8_lossy(octets));
        panic!("tests/golden/{path} differs (UPDATE_GOLDEN=1 cargo test writes it anew):\n{difference}");
    }
}

/// The first lines that differ.
fn similar(expected: &str, found: &str) -> String {
    let (mut left, mut right) = (expected.split('\n'), found.split('\n'));
    let mut out = String::new();
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                out.push_str(&format!(
                    "line {number}\n  - {:?}\n  + {:?}\n",
                    a.unwrap_or("(end)"),
                    b.unwrap_or("(end)")
                ));
                if out.lines().count() > 30 {
                    break;
                }
            }
        }
    }
    out
}

/// A running service on a port of its own, over folders of its own.
pub struct Service {
    pub address: SocketAddr,
    pub data: PathBuf,
    pub state: PathBuf,
    pub clock: Clock,
    way: Way,
    folder: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// How mail leaves, and where it comes back to.
#[derive(Clone)]
pub struct Way {
    pub url: String,
    pub bounce_domain: Option<String>,
    /// Its pages are reached where it listens, as on a machine of one's own, and not by a name.
    pub direct: bool,
}

impl Default for Way {
    fn default() -> Way {
        Way { url: "file:outbox".to_owned(), bounce_domain: None, direct: false }
    }
}

/// How the service of a story writes to people: at most five confirmations an hour for a network, so that a sixth waits.
pub fn mailing(state: &Path, base: &str, bounce_domain: Option<String>) -> Mailing {
    Mailing {
        key: secret::load(&state.join(secret::FILE)).expect("a key"),
        sender: mailing::sender(None, base, bounce_domain).expect("a sender"),
        ceilings: mailing::ceilings(5),
        trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")],
        templates: Templates::built_in(),
        organizers: Vec::new(),
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Service {
    /// Serves these programme files, as if it were `now`.
    pub fn start(files: &[(&str, &str)], now: &str) -> Service {
        Service::start_with(files, now, Limits::default())
    }

    /// Serves with its state in a folder of the caller's.
    pub fn start_in(state: &Path, files: &[(&str, &str)], now: &str) -> Service {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        for (name, source) in files {
            std::fs::write(data.join(name), source).expect("written");
        }
        Service::over(folder, state.to_owned(), Clock::manual(instant(now)), Limits::default(), Way::default())
    }

    /// Serves with mail going another way.
    pub fn start_by(way: Way, files: &[(&str, &str)], now: &str) -> Service {
        Service::start_wholly(files, now, Limits::default(), way)
    }

    pub fn start_with(files: &[(&str, &str)], now: &str, limits: Limits) -> Service {
        Service::start_wholly(files, now, limits, Way::default())
    }

    fn start_wholly(files: &[(&str, &str)], now: &str, limits: Limits, way: Way) -> Service {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        for (name, source) in files {
            std::fs::write(data.join(name), source).expect("written");
        }
        let state = folder.path().join("var");
        Service::over(folder, state, Clock::manual(instant(now)), limits, way)
    }

    /// Stops, and starts again over the same folders.
    pub fn restart(mut self) -> Service {
        self.stop();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        Service::over(folder, self.state.clone(), self.clock.clone(), Limits::default(), self.way.clone())
    }

    fn over(folder: tempfile::TempDir, state: PathBuf, clock: Clock, limits: Limits, way: Way) -> Service {
        let data = folder.path().join("data");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let (files, memory, time) = (data.clone(), state.clone(), clock.clone());
        let Way { url, bounce_domain, direct } = way.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let store = Store::open(&memory).await.expect("a store");
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
                let address = listener.local_addr().expect("an address");
                let base = if direct { format!("http://{address}") } else { "http://calendar.example.org".to_owned() };
                let mailing = mailing(&memory, &base, bounce_domain);
                let transport = Transport::parse(&url, &memory).expect("a transport");
                let measure = Measure { sessions: 4, per_day: None };
                let dispatcher = Dispatcher::new(store.clone(), transport, time.clone(), measure);
                let app = App::open_with(&files, store, &base, time, Some(mailing)).await.expect("an app");
                app.dispatch_by(Arc::new(dispatcher));
                tell.send(address).expect("a listener");
                let end = async { drop(stopped.await) };
                allim::server::run(listener, Arc::new(app), limits, end).await.expect("served");
            });
        });
        let address = told.recv().expect("an address");
        Service { address, data, state, clock, way, folder, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks it to end and waits until it has.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a clean end");
        }
    }

    /// Asks it to end without waiting.
    pub fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask_with(method, path, headers, "")
    }

    pub fn ask_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(&request(method, path, headers, body))
    }

    /// Sends octets and reads until the other side closes.
    pub fn send(&self, octets: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses early may close before it has read everything.
        let _ = stream.write_all(octets);
        read_answer(&mut stream)
    }

    /// Waits, by asking again, until something holds; a watched folder tells when it likes.
    pub fn until(&self, what: &str, holds: impl Fn(&Service) -> bool) {
        let started = std::time::Instant::now();
        while !holds(self) {
            assert!(started.elapsed() < Duration::from_secs(30), "{what} did not come about");
            std::thread::yield_now();
        }
    }
}

impl Service {
    /// The database it works on.
    pub fn store(&self) -> Store {
        wait(Store::open(&self.state)).expect("a store")
    }

    /// Until the service has noted that it lives at this time.
    pub fn beats(&self) {
        let now = self.clock.now();
        self.until("a heartbeat", |service| {
            let store = service.store();
            wait(store.heartbeat()).expect("read") == Some(now)
        });
    }

    /// Heartbeats through a day, each close to the one before: the clock is believed after it.
    pub fn a_day_passes(&self) {
        self.beats();
        for _ in 0..2 {
            self.clock.advance(chrono::TimeDelta::hours(12));
            self.beats();
        }
        // What is too old was perhaps looked for in this minute already.
        self.clock.advance(chrono::TimeDelta::minutes(1));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A request after which the connection is closed.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: calendar.example.org\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    head.push_str(body);
    head.into_bytes()
}

pub fn read_answer(stream: &mut impl Read) -> Answer {
    let mut octets = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(read) => octets.extend_from_slice(&part[..read]),
        }
    }
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(octets.len());
    let head = String::from_utf8_lossy(&octets[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default().split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    Answer { status, headers, body: octets.get(end + 4..).unwrap_or_default().to_vec() }
}

/// Every file below a folder.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
