//! Outgoing mail in the browser: for whoever tries the service out, and for nobody else.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::serve::App;
use allim::clock::Clock;
use allim::mail::transport::Transport;
use allim::server::Limits;
use allim::store::Store;
use tokio::sync::oneshot;

use crate::house::{Answer, instant, read_answer};
use crate::outbox::notice;

/// A service with mail, until it is dropped.
struct Trial {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

impl Trial {
    fn start(base: &'static str, mail: &'static str) -> Trial {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let store = Store::open(&state).await.expect("a store");
                let clock = Clock::manual(instant("2025-06-20T09:00:00Z"));
                let app = App::open(&state, store.clone(), base, clock.clone()).await.expect("an app");
                let transport = Transport::parse(mail, &state).expect("a transport");
                let measure = Measure { sessions: 1, per_day: None };
                let dispatcher = Arc::new(Dispatcher::new(store, transport, clock, measure));
                app.dispatch_by(dispatcher.clone());
                let mut letter = notice(1);
                letter.message.octets = LETTER.replace('\n', "\r\n").into_bytes();
                assert_eq!(app.enqueue(&[letter]).await.expect("enqueued"), 1);
                dispatcher.work_off().await.expect("sent");
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
                let app = Arc::new(app);
                app.listen_on(listener.local_addr().expect("an address"));
                tell.send(listener.local_addr().expect("an address")).expect("a listener");
                let end = async { drop(stopped.await) };
                allim::server::run(listener, app, Limits::default(), end).await.expect("served");
            });
        });
        Trial { address: told.recv().expect("an address"), stop: Some(stop), thread: Some(thread), folder }
    }

    fn get(&self, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        let asked = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(asked.as_bytes()).expect("sent");
        read_answer(&mut stream)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a clean end");
        }
    }
}

const LETTER: &str = "\
From: Workshop <reminders@allim.example>
To: reader1@example.org
Subject: Please confirm
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Yes, write to me: http://localhost:8080/w/confirm/abc
--b
Content-Type: text/html; charset=utf-8

<p onclick=\"x()\">Yes, <script>x()</script></p>
--b--
";

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder");
    names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_letter_of_a_trial_is_listed_and_shown_without_being_run() {
    let trial = Trial::start("http://localhost:8080", "file:outbox");
    assert_eq!(files(&trial.folder.path().join("outbox")), ["20250620T090000Z-00000001.eml"]);
    let host = "Host: localhost:8080\r\n";
    let list = trial.get("/organize/outbox", host);
    assert_eq!(list.status, 200);
    assert!(list.text().contains("<a href=\"../organize/outbox/1/\">Please confirm</a>"), "{}", list.text());
    assert!(list.text().contains("relayed"));
    assert_eq!(list.header("cache-control"), Some("no-store"));
    assert_eq!(trial.get("/organize/outbox/1", host).header("location"), Some("1/"));

    let page = trial.get("/organize/outbox/1/", host);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<a href=\"http://localhost:8080/w/confirm/abc\">"), "{}", page.text());
    assert!(page.text().contains("<iframe class=\"letter\" src=\"html\""));
    assert!(!page.text().contains("x()"), "the letter's HTML is not put into the page");
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("frame-src 'self'")));

    let html = trial.get("/organize/outbox/1/html", host);
    let policy = html.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    let source = trial.get("/organize/outbox/1/source", host);
    assert_eq!(source.body, LETTER.replace('\n', "\r\n").into_bytes());
    assert_eq!(source.header("content-type"), Some("text/plain; charset=utf-8"));
    for path in ["/organize/outbox/2/", "/organize/outbox/x", "/organize/outbox/1/else", "/organize/outbox/1/html/"] {
        assert_eq!(trial.get(path, host).status, 404, "{path}");
    }
}

#[test]
fn where_somebody_else_could_be_asking_there_is_no_such_page() {
    let trial = Trial::start("http://localhost:8080", "file:outbox");
    for headers in [
        "Host: allim.example\r\n",
        "Host: localhost.allim.example\r\n",
        "Host: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n",
        "Host: localhost\r\nX-Forwarded-Host: allim.example\r\n",
        "Host: localhost\r\nForwarded: for=192.0.2.1\r\n",
    ] {
        for path in ["/organize/outbox", "/organize/outbox/1/", "/organize/outbox/1/html", "/organize/outbox/1/source"]
        {
            assert_eq!(trial.get(path, headers).status, 404, "{path} {headers}");
        }
    }
    for (base, mail) in [("https://allim.example", "file:outbox"), ("http://localhost:8080", "smtp://127.0.0.1:9")] {
        let trial = Trial::start(base, mail);
        assert_eq!(trial.get("/organize/outbox", "Host: localhost\r\n").status, 404, "{base} {mail}");
    }
}
