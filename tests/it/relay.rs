//! A relay on a real socket that says what it is told to say: a scripted SMTP server (RFC 5321).

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What it does instead of what a polite relay does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Say {
    /// Another reply.
    Reply(&'static str),
    /// The same reply, an octet at a time.
    Slowly,
    /// Closes the connection.
    Drop,
    /// Takes the message, then closes the connection.
    TakeAndDrop,
    /// Takes the message, and never says so.
    TakeInSilence,
    /// Says nothing more.
    Silence,
}

/// A message that arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrived {
    pub from: String,
    pub to: String,
    pub octets: Vec<u8>,
}

#[derive(Default)]
struct Book {
    script: BTreeMap<&'static str, VecDeque<Say>>,
    commands: Vec<String>,
    arrived: Vec<Arrived>,
    connections: usize,
}

pub struct Relay {
    pub address: SocketAddr,
    features: Vec<&'static str>,
    tls: Option<Arc<rustls::ServerConfig>>,
    implicit: bool,
    book: Arc<(Mutex<Book>, Condvar)>,
    /// The certificate it shows.
    pub certificate: Option<String>,
}

impl Relay {
    /// A polite relay that offers these extensions.
    pub fn start(features: &[&'static str]) -> Arc<Relay> {
        Relay::begin(features, false, false)
    }

    /// With a certificate of its own: for STARTTLS, or from the first octet on.
    pub fn start_with_tls(features: &[&'static str], implicit: bool) -> Arc<Relay> {
        Relay::begin(features, true, implicit)
    }

    fn begin(features: &[&'static str], tls: bool, implicit: bool) -> Arc<Relay> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tls, certificate) = if tls { identity() } else { (None, None) };
        let book = Arc::default();
        let relay = Arc::new(Relay { address, features: features.to_vec(), tls, implicit, book, certificate });
        let serving = relay.clone();
        // It ends with the process: a listener has no other way to be told.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let relay = serving.clone();
                std::thread::spawn(move || relay.serve(stream));
            }
        });
        relay
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The next time `at` comes about, this is done: connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, dot.
    pub fn next(&self, at: &'static str, say: Say) -> &Relay {
        self.book.0.lock().expect("a book").script.entry(at).or_default().push_back(say);
        self
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.book.0.lock().expect("a book").arrived.clone()
    }

    pub fn commands(&self) -> Vec<String> {
        self.book.0.lock().expect("a book").commands.clone()
    }

    pub fn connections(&self) -> usize {
        self.book.0.lock().expect("a book").connections
    }

    /// Waits for the next message, a second at most, until what has arrived is enough.
    pub fn wait_until(&self, what: &str, enough: impl Fn(&[Arrived]) -> bool) {
        let (book, changed) = &*self.book;
        let mut seen = book.lock().expect("a book");
        let started = std::time::Instant::now();
        while !enough(&seen.arrived) {
            assert!(started.elapsed() < Duration::from_secs(180), "{what}: {} messages arrived", seen.arrived.len());
            seen = changed.wait_timeout(seen, Duration::from_secs(1)).expect("a book").0;
        }
    }

    fn serve(&self, stream: TcpStream) {
        self.book.0.lock().expect("a book").connections += 1;
        let _ = stream.set_nodelay(true);
        let mut talk = Talk { relay: self, line: Wire::Plain(BufReader::new(stream)) };
        if self.implicit {
            talk.seal();
        }
        // A client that goes away ends the conversation, and that is no failure of the relay's.
        let _ = talk.hold();
    }
}

fn identity() -> (Option<Arc<rustls::ServerConfig>>, Option<String>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate");
    (Some(Arc::new(config)), Some(made.cert.pem()))
}

enum Wire {
    Plain(BufReader<TcpStream>),
    Sealed(Box<BufReader<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>>),
    Gone,
}

struct Talk<'r> {
    relay: &'r Relay,
    line: Wire,
}

/// The conversation is over.
struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Over {
        Over
    }
}

impl Talk<'_> {
    fn hold(&mut self) -> Result<(), Over> {
        self.answer("connect", "220 relay.example ESMTP")?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let command = self.read_line()?;
            self.relay.book.0.lock().expect("a book").commands.push(command.clone());
            let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let mut lines = vec!["relay.example".to_owned()];
                    lines.extend(self.relay.features.iter().map(ToString::to_string));
                    let last = lines.len() - 1;
                    let reply: Vec<String> = lines
                        .iter()
                        .enumerate()
                        .map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' }))
                        .collect();
                    self.answer("EHLO", &reply.join("\r\n"))?;
                }
                "STARTTLS" => {
                    self.answer("STARTTLS", "220 2.0.0 go on")?;
                    self.seal();
                }
                "AUTH" => drop(self.answer("AUTH", "235 2.7.0 welcome")?),
                "MAIL" => {
                    from = command;
                    self.answer("MAIL", "250 2.1.0 ok")?;
                }
                "RCPT" => {
                    to = command.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
                    self.answer("RCPT", "250 2.1.5 ok")?;
                }
                "DATA" => {
                    if self.answer("DATA", "354 go on")? {
                        let octets = self.read_message()?;
                        self.take(Arrived { from: from.clone(), to: to.clone(), octets })?;
                    }
                }
                "RSET" | "NOOP" => self.say("250 2.0.0 ok")?,
                "QUIT" => {
                    self.say("221 2.0.0 bye")?;
                    return Ok(());
                }
                _ => self.say("500 5.5.1 what?")?,
            }
        }
    }

    fn take(&mut self, arrived: Arrived) -> Result<(), Over> {
        let told = self.told("dot");
        if matches!(told, None | Some(Say::TakeAndDrop | Say::TakeInSilence | Say::Slowly)) {
            let (book, changed) = &*self.relay.book;
            book.lock().expect("a book").arrived.push(arrived);
            changed.notify_all();
        }
        self.carry_out(told, "250 2.0.0 taken").map(drop)
    }

    /// Whether the reply was a friendly one.
    fn answer(&mut self, at: &'static str, polite: &str) -> Result<bool, Over> {
        let told = self.told(at);
        self.carry_out(told, polite)
    }

    fn told(&self, at: &'static str) -> Option<Say> {
        self.relay.book.0.lock().expect("a book").script.get_mut(at).and_then(VecDeque::pop_front)
    }

    fn carry_out(&mut self, told: Option<Say>, polite: &str) -> Result<bool, Over> {
        match told {
            None => self.say(polite).map(|()| true),
            Some(Say::Reply(reply)) => self.say(reply).map(|()| false),
            Some(Say::Slowly) => {
                for octet in format!("{polite}\r\n").as_bytes() {
                    self.write(&[*octet])?;
                }
                Ok(true)
            }
            Some(Say::Drop | Say::TakeAndDrop) => {
                self.close();
                Err(Over)
            }
            Some(Say::Silence | Say::TakeInSilence) => {
                // Until the client has had enough.
                while !self.read_line()?.is_empty() {}
                Err(Over)
            }
        }
    }

    fn say(&mut self, reply: &str) -> Result<(), Over> {
        self.write(format!("{reply}\r\n").as_bytes())
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), Over> {
        match &mut self.line {
            Wire::Plain(line) => line.get_mut().write_all(octets)?,
            Wire::Sealed(line) => line.get_mut().write_all(octets)?,
            Wire::Gone => return Err(Over),
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<String, Over> {
        Ok(String::from_utf8_lossy(&self.read_octets()?).trim_end().to_owned())
    }

    fn read_octets(&mut self) -> Result<Vec<u8>, Over> {
        let mut octets = Vec::new();
        let read = match &mut self.line {
            Wire::Plain(line) => line.read_until(b'\n', &mut octets)?,
            Wire::Sealed(line) => line.read_until(b'\n', &mut octets)?,
            Wire::Gone => 0,
        };
        if read == 0 { Err(Over) } else { Ok(octets) }
    }

    /// RFC 5321 4.5.2.
    fn read_message(&mut self) -> Result<Vec<u8>, Over> {
        let mut message = Vec::new();
        loop {
            let line = self.read_octets()?;
            match line.strip_prefix(b".") {
                Some(b"\r\n") => return Ok(message),
                Some(stuffed) => message.extend_from_slice(stuffed),
                None => message.extend_from_slice(&line),
            }
        }
    }

    fn seal(&mut self) {
        let (Wire::Plain(line), Some(config)) = (std::mem::replace(&mut self.line, Wire::Gone), self.relay.tls.clone())
        else {
            return;
        };
        let connection = rustls::ServerConnection::new(config).expect("a connection");
        let stream = rustls::StreamOwned::new(connection, line.into_inner());
        self.line = Wire::Sealed(Box::new(BufReader::new(stream)));
    }

    fn close(&mut self) {
        match &self.line {
            Wire::Plain(line) => drop(line.get_ref().shutdown(Shutdown::Both)),
            Wire::Sealed(line) => drop(line.get_ref().sock.shutdown(Shutdown::Both)),
            Wire::Gone => {}
        }
    }
}
