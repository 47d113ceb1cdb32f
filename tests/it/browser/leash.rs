//! A browser on a leash: Chromium, started once for all stories, told what to do through its DevTools protocol over a pipe.
//!
//! A pipe needs no port, no other library, and no goodbye: when the tests end, however they do, it closes, Chromium ends,
//! and the shell that holds it removes its folder.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longer than anything takes on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(40);

/// What it is called where it is installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// It speaks on 4 and listens on 3; `$0` is the browser, `$1` its folder. No name leads anywhere but to this machine.
const COMMAND: &str = r#"
"$0" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-extensions --disable-dev-shm-usage --mute-audio \
    --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --user-data-dir="$1" --remote-debugging-pipe \
    about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1
rm -rf "$1"
"#;

/// The browser of all stories.
pub struct Browser {
    to: Mutex<ChildStdin>,
    heard: Arc<Heard>,
    next: AtomicU64,
    _shell: Child,
}

#[derive(Default)]
struct Heard {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    answers: HashMap<u64, Value>,
    /// By session.
    events: HashMap<String, Vec<Value>>,
    ended: bool,
}

impl Browser {
    /// None where there is no Chromium: then a line says what is left out.
    pub fn get() -> Option<&'static Browser> {
        static BROWSER: OnceLock<Option<Browser>> = OnceLock::new();
        let browser = BROWSER.get_or_init(Browser::start).as_ref();
        if browser.is_none() {
            println!("left out: what a browser makes of the pages, for there is no Chromium");
        }
        browser
    }

    fn start() -> Option<Browser> {
        let found = |name: &&str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
        };
        let program = NAMES.iter().find_map(found)?;
        let folder = tempfile::tempdir().expect("a folder").keep();
        Some(Browser::start_in(&program, &folder))
    }

    fn start_in(program: &Path, folder: &Path) -> Browser {
        let mut command = Command::new("sh");
        command.arg("-c").arg(COMMAND).arg(program).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut shell = command.spawn().expect("a shell");
        let (to, from) = (shell.stdin.take().expect("a pipe"), shell.stdout.take().expect("a pipe"));
        let heard = Arc::new(Heard::default());
        let listening = heard.clone();
        std::thread::spawn(move || listening.listen(BufReader::new(from)));
        Browser { to: Mutex::new(to), heard, next: AtomicU64::new(1), _shell: shell }
    }

    /// Tells it something and gives its answer.
    pub fn tell(&self, session: &str, method: &str, parameters: Value) -> Value {
        match self.try_to_tell(session, method, parameters) {
            Ok(answer) => answer,
            Err(error) => panic!("{method}: {error}"),
        }
    }

    /// The same of what it may refuse.
    pub fn try_to_tell(&self, session: &str, method: &str, parameters: Value) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        let mut octets = message.to_string().into_bytes();
        octets.push(0);
        self.to.lock().expect("nobody broke off").write_all(&octets).map_err(|error| error.to_string())?;
        let mut answer = self.heard.when(method, |state| state.answers.remove(&id));
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(answer["result"].take()),
        }
    }

    /// Waits until something can be said of what a session has heard.
    pub fn when<T>(&self, what: &str, session: &str, mut said: impl FnMut(&[Value]) -> Option<T>) -> T {
        self.heard.when(what, |state| said(state.events.get(session).map_or(&[], Vec::as_slice)))
    }
}

impl Heard {
    /// Messages end with a NUL.
    fn listen(&self, mut from: impl BufRead) {
        let mut octets = Vec::new();
        while from.read_until(0, &mut octets).is_ok_and(|length| length > 0) {
            let message: Value =
                serde_json::from_slice(octets.strip_suffix(&[0]).unwrap_or(&octets)).unwrap_or_default();
            octets.clear();
            let mut state = self.state.lock().expect("nobody broke off");
            match message["id"].as_u64() {
                Some(id) => drop(state.answers.insert(id, message)),
                None => {
                    let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
                    state.events.entry(session).or_default().push(message);
                }
            }
            self.news.notify_all();
        }
        self.state.lock().expect("nobody broke off").ended = true;
        self.news.notify_all();
    }

    fn when<T>(&self, what: &str, mut said: impl FnMut(&mut State) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state.lock().expect("nobody broke off");
        loop {
            if let Some(said) = said(&mut state) {
                return said;
            }
            let left = until.saturating_duration_since(Instant::now());
            let ended = state.ended;
            if ended || left.is_zero() {
                drop(state);
                panic!("{what}: {}", if ended { "the browser ended" } else { "nothing was heard" });
            }
            state = self.news.wait_timeout(state, left).expect("nobody broke off").0;
        }
    }
}
