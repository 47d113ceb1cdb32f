//! File servers that a machine may have, over a folder, each for itself and as long as it is held.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::house::{Answer, read, read_answer};

/// Where one listens.
enum Address {
    Port(u16),
    Socket(PathBuf),
}

/// One that runs.
pub struct FileServer {
    child: Child,
    address: Address,
    /// What it needs beside the folder it serves.
    _own: tempfile::TempDir,
}

impl FileServer {
    /// Python's own. None where there is no python3.
    pub fn python(folder: &Path) -> Option<FileServer> {
        let own = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"]).arg(folder);
        let mut child = started(command.stdout(Stdio::piped()))?;
        let mut line = String::new();
        let said = child.stdout.take().expect("a pipe");
        BufReader::new(said).read_line(&mut line).expect("a line");
        let port =
            line.split("port ").nth(1).and_then(|rest| rest.split(' ').next()).and_then(|port| port.parse().ok());
        Some(FileServer { child, address: Address::Port(port.expect("a port")), _own: own })
    }

    /// nginx as `deploy/nginx-static.conf` sets it up, but for what a machine lends it: ports, certificates, places.
    pub fn nginx(folder: &Path) -> Option<FileServer> {
        let own = tempfile::tempdir().expect("a folder");
        let place = |name: &str| own.path().join(name).display().to_string();
        let mut places = "    access_log off;\n".to_owned();
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            places.push_str(&format!("    {kind}_temp_path {};\n", place(kind)));
        }
        let socket = own.path().join("s");
        // One process, so that ending it ends all of it, and so that it may read the folder.
        let mut configuration = "daemon off;\nmaster_process off;\n".to_owned();
        for line in read("deploy/nginx-static.conf").lines() {
            match line.trim() {
                "listen 443 ssl;" => configuration.push_str(&format!("listen unix:{};\n", socket.display())),
                "listen 80;" => configuration.push_str(&format!("listen unix:{};\n", place("80"))),
                "http {" => configuration.push_str(&format!("http {{\n{places}")),
                "root /srv/allim;" => configuration.push_str(&format!("root {};\n", folder.display())),
                "pid /run/nginx.pid;" => configuration.push_str(&format!("pid {};\n", place("pid"))),
                line if line.starts_with("error_log ") => {
                    configuration.push_str(&format!("error_log {} warn;\n", place("error.log")));
                }
                line if line.starts_with("listen [::]") || line.starts_with("ssl_certificate") => {}
                line => configuration.push_str(&format!("{line}\n")),
            }
        }
        std::fs::write(place("nginx.conf"), configuration).expect("written");
        let nginx = ["nginx", "/usr/sbin/nginx"].into_iter().find_map(|nginx| {
            started(Command::new(nginx).args(["-e", &place("error.log"), "-c", &place("nginx.conf")]))
        });
        Some(FileServer { child: nginx?, address: Address::Socket(socket), _own: own }.ready())
    }

    /// Caddy as it is, without a configuration.
    pub fn caddy(folder: &Path) -> Option<FileServer> {
        let own = tempfile::tempdir().expect("a folder");
        let socket = own.path().join("s");
        let mut command = Command::new("caddy");
        command.args(["file-server", "--listen", &format!("unix/{}", socket.display()), "--root"]).arg(folder);
        for place in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"] {
            command.env(place, own.path());
        }
        Some(FileServer { child: started(&mut command)?, address: Address::Socket(socket), _own: own }.ready())
    }

    fn ready(mut self) -> FileServer {
        let begun = Instant::now();
        while self
            .exchange(b"HEAD / HTTP/1.0\r\nHost: calendar.example.org\r\n\r\n")
            .is_none_or(|answer| answer.status == 0)
        {
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none(), "it ended: {ended:?}");
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        self
    }

    fn exchange(&self, octets: &[u8]) -> Option<Answer> {
        const PATIENCE: Option<Duration> = Some(Duration::from_secs(20));
        Some(match &self.address {
            Address::Port(port) => {
                let mut stream = TcpStream::connect(("127.0.0.1", *port)).ok()?;
                stream.set_read_timeout(PATIENCE).ok()?;
                stream.write_all(octets).ok()?;
                read_answer(&mut stream)
            }
            Address::Socket(path) => {
                let mut stream = UnixStream::connect(path).ok()?;
                stream.set_read_timeout(PATIENCE).ok()?;
                stream.write_all(octets).ok()?;
                read_answer(&mut stream)
            }
        })
    }

    /// The port of one that listens on a port.
    pub fn port(&self) -> u16 {
        match self.address {
            Address::Port(port) => port,
            Address::Socket(_) => panic!("it listens on a socket"),
        }
    }

    /// Sends octets and reads until it closes.
    pub fn send(&self, octets: &[u8]) -> Answer {
        self.exchange(octets).expect("a connection")
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        // Ours, by the number we got when we started it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, or none where the machine does not have it.
fn started(command: &mut Command) -> Option<Child> {
    match command.stdin(Stdio::null()).stderr(Stdio::null()).spawn() {
        Ok(child) => Some(child),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{command:?}: {error}"),
    }
}
