//! Servers that a bench starts on ports of their own, asks, and ends by their ids.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The core of the servers; the load has the other one.
pub const SERVER_CORE: &str = "0";

/// A server, ended when it is dropped.
pub struct Running {
    child: Child,
    pub port: u16,
}

/// What came back.
pub struct Answer {
    pub head: String,
    pub body: Vec<u8>,
}

impl Running {
    /// Starts a server on a free port, which `command` is told, and waits until it answers at `path`.
    pub fn start(path: &str, command: impl FnOnce(u16) -> Command) -> Result<Running, String> {
        let port = free_port();
        let mut command = command(port);
        let name = format!("{:?}", command.get_program());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut running = Running { child: child.map_err(|error| format!("{name}: {error}"))?, port };
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(60) {
            if running.ask("GET", path, &[], b"").is_some_and(|answer| answer.head.starts_with("HTTP/1.")) {
                return Ok(running);
            }
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(format!("{name} ended with {status}"));
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("{name} does not answer"))
    }

    /// The product, as it is delivered, over programme files.
    pub fn allim(folder: &Path, pinned: bool, files: &[(String, String)]) -> Running {
        let (data, state) = (folder.join("data"), folder.join("var"));
        fs::create_dir_all(&data).expect("a folder");
        for (id, source) in files {
            fs::write(data.join(format!("{id}.toml")), source).expect("written");
        }
        let started = Running::start("/healthz", |port| {
            let mut command = on_core(pinned, env!("CARGO_BIN_EXE_allim"));
            command.arg("serve").arg("--data").arg(data).arg("--state").arg(state);
            command.args(["--listen", &format!("127.0.0.1:{port}"), "--base-url", "http://calendar.example.org"]);
            // A settings file of the folder the bench is called in is none of ours.
            command.current_dir(folder).env("ALLIM_LOG", "warn");
            command
        });
        started.expect("the product starts")
    }

    /// nginx with one worker over a folder, with the headers the product sends and otherwise as Debian sets it up, save
    /// for what `more` says.
    pub fn nginx(folder: &TempDir, pinned: bool, more: &str) -> Result<Running, String> {
        let nginx = program("nginx").ok_or("nginx is not installed")?;
        let place = folder.path().display();
        // A worker that changed its user could not read the folder.
        let user = if fs::metadata(folder.path()).is_ok_and(|about| about.uid() == 0) { "user root;" } else { "" };
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {place}/{kind};"))
            .collect();
        Running::start("/", |port| {
            let text = format!(
                "{user} daemon off; worker_processes 1; pid {place}/{port}.pid; error_log {place}/error.log;
                 events {{ worker_connections 512; }}
                 http {{
                     {temporary}
                     access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; server_tokens off;
                     gzip_static on; gzip_vary on; {more}
                     types {{ \"text/calendar; charset=utf-8\" ics; \"text/html; charset=utf-8\" html; }}
                     add_header Cache-Control \"public, max-age=300, stale-if-error=86400\";
                     add_header Access-Control-Allow-Origin *;
                     add_header X-Content-Type-Options nosniff;
                     server {{ listen 127.0.0.1:{port}; root {place}; }}
                 }}\n"
            );
            let config = folder.path().join(format!("{port}.conf"));
            fs::write(&config, text).expect("written");
            let mut command = on_core(pinned, nginx);
            command.arg("-e").arg(folder.path().join("error.log")).arg("-c").arg(config);
            command
        })
    }

    /// Asks once, on a connection of its own; none when there is no server.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: calendar.example.org\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).ok()?;
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&octets[..end]).into_owned();
        Some(Answer { head, body: octets[end + 4..].to_vec() })
    }

    /// A representation: nothing else will do.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let answer = self.ask("GET", path, headers, b"").unwrap_or_else(|| panic!("no answer at {path}"));
        assert!(answer.head.starts_with("HTTP/1.1 200"), "{path}: {}", answer.head);
        answer
    }

    /// Its process and those it started.
    pub fn processes(&self) -> Vec<u32> {
        let own = self.child.id();
        let mut found = vec![own];
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        found.extend(ids.filter(|id| stat(*id).and_then(|fields| fields.get(1)?.parse().ok()) == Some(own)));
        found
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked to end, nginx takes its worker with it; killed, it would leave it behind.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < Duration::from_secs(10) {
            if let Ok(Some(_)) | Err(_) = self.child.try_wait() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The fields of `/proc/PID/stat` after the name: the state is the first, the parent the second.
pub fn stat(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split(' ').map(str::to_owned).collect())
}

/// A command on the servers' core, or on any.
pub fn on_core(pinned: bool, program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !pinned {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]).arg(program);
    command
}

/// Where a program is, if it is installed. The folder of the system's servers is not on everybody's path.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
