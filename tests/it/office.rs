//! A whole service in one thread, for stories that last months: the real store, planner, queue and composer, a clock
//! that is moved, and a transport that keeps what it is given and fails as it is told.

use std::sync::Arc;

use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::mailing::{self, Mailing};
use allim::app::manage::{self, Ask};
use allim::app::plan::hold::{self, Release, Waiting};
use allim::app::publish::{Outcome, Proposal, publish};
use allim::app::serve::App;
use allim::app::{confirm, plan, secret, subscribe};
use allim::clock::Clock;
use allim::domain::language::Language;
use allim::domain::notice::Message;
use allim::domain::publication::Source;
use allim::domain::subscription::{Choice, ReaderRole, Subscriber, Wish};
use allim::domain::zone::Instant;
use allim::mail::templates::Templates;
use allim::mail::transport::{Act, Memory, Transport};
use allim::store::Store;
use chrono::TimeDelta;

use crate::house::instant;

pub struct Office {
    pub folder: tempfile::TempDir,
    pub app: Arc<App>,
    pub clock: Clock,
    pub dispatcher: Arc<Dispatcher>,
    pub programme: String,
}

/// A mail as it is told in a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub date: Instant,
}

pub fn wish(zone: &str, leads: &str) -> Wish {
    let leads: Vec<_> = leads.split_whitespace().map(|lead| lead.parse().expect("a lead time")).collect();
    Wish {
        language: Language::English,
        zone: zone.parse().expect("a zone"),
        role: ReaderRole::Author,
        choice: Choice { leads: (!leads.is_empty()).then_some(leads), ..Choice::default() },
    }
}

fn mailing(folder: &std::path::Path) -> Mailing {
    Mailing {
        key: secret::load(&folder.join("var").join(secret::FILE)).expect("a key"),
        sender: mailing::sender(None, "https://calendar.example.org", None).expect("a sender"),
        ceilings: mailing::ceilings(300),
        trusted_proxies: Vec::new(),
        templates: Templates::built_in(),
        organizers: Vec::new(),
    }
}

impl Office {
    /// Opens at `now` with this programme file.
    pub async fn open(source: &str, now: &str) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["data", "var"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        std::fs::write(folder.path().join("data/programme.toml"), source).expect("written");
        let programme = crate::house::programme(source).id.to_string();
        Office::over(folder, Clock::manual(instant(now)), programme, Memory::default(), None).await
    }

    /// The same, with a relay that takes so many mails a day.
    pub async fn open_allowing(per_day: usize, source: &str, now: &str) -> Office {
        let Office { folder, app, clock, dispatcher, programme, .. } = Office::open(source, now).await;
        drop((app, dispatcher));
        Office::over(folder, clock, programme, Memory::default(), Some(per_day)).await
    }

    async fn over(
        folder: tempfile::TempDir,
        clock: Clock,
        programme: String,
        memory: Memory,
        per_day: Option<usize>,
    ) -> Office {
        let store = Store::open(&folder.path().join("var")).await.expect("a store");
        let mailing = mailing(folder.path());
        let base = "https://calendar.example.org";
        let data = folder.path().join("data");
        let app = App::open_with(&data, store.clone(), base, clock.clone(), Some(mailing)).await.expect("an app");
        let app = Arc::new(app);
        let measure = Measure { sessions: 4, per_day };
        let dispatcher = Arc::new(Dispatcher::new(store, Transport::Memory(memory), clock.clone(), measure));
        app.dispatch_by(dispatcher.clone());
        Office { folder, app, clock, dispatcher, programme }
    }

    /// As after a death of the process: everything that was not on the disk is gone; what arrived stays arrived.
    pub async fn restart(self) -> Office {
        let Office { folder, app, clock, dispatcher, programme } = self;
        let Transport::Memory(memory) = dispatcher.transport() else { panic!("another transport") };
        let kept = Memory::with(memory.taken());
        let per_day = dispatcher.per_day();
        drop((app, dispatcher));
        Office::over(folder, clock, programme, kept, per_day).await
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub fn memory(&self) -> &Memory {
        let Transport::Memory(memory) = self.dispatcher.transport() else { panic!("another transport") };
        memory
    }

    /// The next attempts go like this.
    pub fn then(&self, act: Act) {
        self.memory().then(act);
    }

    /// Everything that is to happen at this moment.
    pub async fn tick(&self) {
        self.app.refresh().await;
        subscribe::attend(&self.app).await.expect("answered");
        plan::tick(&self.app).await.expect("planned");
        self.dispatcher.work_off().await.expect("sent");
    }

    /// Time passes without anybody being there to see it.
    pub fn sleep_until(&self, at: &str) {
        self.clock.advance(instant(at) - self.now());
    }

    /// Time passes in steps.
    pub async fn pass(&self, to: &str, step: TimeDelta) {
        let to = instant(to);
        while self.now() < to {
            self.clock.advance(step.min(to - self.now()));
            self.tick().await;
        }
    }

    /// Publishes a file at an instant, with whatever doubts there are answered, and a moment passes.
    pub async fn publish(&self, at: &str, source: &str) {
        self.pass(at, TimeDelta::hours(1)).await;
        self.publish_now(source).await;
        self.tick().await;
    }

    /// Publishes a file at this moment; nothing else happens yet.
    pub async fn publish_now(&self, source: &str) {
        let proposal = Proposal {
            source: Source::CommandLine,
            programme: Some(self.programme.clone()),
            file: "programme.toml".to_owned(),
            octets: source.as_bytes().to_vec(),
            accept: vec!["all".to_owned()],
            note: None,
            knows_live: true,
            base: None,
        };
        match publish(self.app.store(), &proposal, &self.clock).await.expect("a store") {
            Outcome::Published(_) | Outcome::Unchanged(_) => {}
            other => panic!("{other:?}"),
        }
    }

    /// Asks for a subscription; the secret of the confirmation that came.
    pub async fn ask(&self, address: &str, wish: Wish) -> String {
        let now = self.now();
        let mailbox = address.parse().expect("a mailbox");
        subscribe::request(&self.app, &self.programme, mailbox, wish, None, now).await.expect("asked");
        self.tick().await;
        let mail = self.to(address).into_iter().rfind(|mail| mail.text.contains("/confirm/")).expect("a confirmation");
        let rest = mail.text.split("/confirm/").nth(1).expect("a link");
        rest.chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    pub async fn click(&self, secret: &str) -> Subscriber {
        match confirm::confirm(&self.app, &self.programme, secret, None, self.now()).await.expect("confirmed") {
            confirm::Click::Made(subscriber) => subscriber,
            other => panic!("{other:?}"),
        }
    }

    /// Subscribes at an instant.
    pub async fn join(&self, at: &str, address: &str, wish: Wish) -> Subscriber {
        self.pass(at, TimeDelta::hours(1)).await;
        let secret = self.ask(address, wish).await;
        let subscriber = self.click(&secret).await;
        self.tick().await;
        subscriber
    }

    pub async fn act(&self, subscriber: &Subscriber, ask: &Ask) -> Subscriber {
        let done = manage::act(&self.app, subscriber, ask, self.now()).await.expect("done").expect("there");
        self.tick().await;
        done
    }

    /// What waits for an organizer.
    pub async fn waiting(&self) -> Vec<Waiting> {
        let all = self.app.store().waiting(Some(&self.programme)).await.expect("read");
        all.into_iter().filter(|waiting| waiting.answer.is_none()).collect()
    }

    /// An organizer answers whatever waits.
    pub async fn release(&self, answer: Release) {
        for waiting in self.waiting().await {
            assert!(hold::release(&self.app, &waiting, answer).await.expect("released"));
        }
        self.tick().await;
    }

    /// Everything that came.
    pub fn mails(&self) -> Vec<Mail> {
        self.memory().taken().iter().map(read).collect()
    }

    /// Everything that came to somebody.
    pub fn to(&self, address: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to == address).collect()
    }

    /// The same as lines, without the confirmation: when, and the subject.
    pub fn lines(&self, address: &str) -> Vec<String> {
        let later = self.to(address).into_iter().filter(|mail| !mail.text.contains("/confirm/"));
        later.map(|mail| format!("{} {}", mail.date.format("%d %b %H:%M"), mail.subject)).collect()
    }
}

pub fn read(message: &Message) -> Mail {
    let mail = mail_parser::MessageParser::default().parse(&message.octets).expect("a mail");
    let date = mail.date().map(mail_parser::DateTime::to_timestamp).unwrap_or_default();
    Mail {
        to: message.to.clone(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        date: chrono::DateTime::from_timestamp(date, 0).expect("a date"),
    }
}
