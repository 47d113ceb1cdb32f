//! Histories nobody thought of: what holds of every one.
//!
//! `ALLIM_HISTORIES=100000 cargo test histories` has the pure model live through so many, and the whole service through
//! a fortieth of them.
//!
//! The whole service, with its real store, lives through them; the world around it moves dates back and forth, signs
//! up and leaves, refuses mail, loses connections after the final dot, and kills the process.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use allim::app::announce::Draft;
use allim::app::manage::Ask;
use allim::app::plan::hold::Release;
use allim::domain::announcement::{Addressees, Says as Announced};
use allim::domain::lead_time::LeadTime;
use allim::domain::notice::{Blame, NoticeKind, NoticeState};
use allim::domain::programme::Programme;
use allim::domain::season::{Follower, Kind, season};
use allim::domain::subscription::{Standing, Stated, Subscriber, SubscriberId, Telling};
use allim::domain::zone::Instant;
use allim::mail::transport::Act;
use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::house::{instant, programme, wait};
use crate::office::{Office, wish};
use crate::reminders::{deadline, file};

const START: &str = "2025-06-01T08:00:00Z";
const DEADLINES: [(&str, &str); 3] =
    [("abstract", "abstract"), ("full-paper", "submission"), ("camera-ready", "camera-ready")];
const PEOPLE: [(&str, &str, &str); 3] = [
    ("ann@example.org", "Europe/Copenhagen", ""),
    ("ben@example.org", "America/Los_Angeles", "7d 3d 1d 3h"),
    ("chi@example.org", "Asia/Seoul", "7d@09:00 1d@09:00 12h"),
];

/// What a deadline's part of the file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Says {
    Day(u32),
    Open,
    Cancelled(u32),
    Gone,
}

#[derive(Clone, Debug)]
enum Step {
    Move(usize, Says),
    Undo,
    Ask(usize),
    Click(usize),
    Leave(usize),
    Return(usize),
    Erase(usize),
    /// The clock is set ahead by so many hours.
    Leap(i64),
    Done(usize, usize, bool),
    Accepted(usize, Option<bool>),
    /// About a deadline or nothing, and whether it is not held.
    Announce(Option<usize>, bool),
    TakeBack,
    /// Decisions are out.
    Decide,
    Fault(Fault),
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Delay,
    Refuse,
    Taken,
    Lost,
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        8 => (3u32..25).prop_map(Says::Day),
        1 => Just(Says::Open),
        1 => (3u32..25).prop_map(Says::Cancelled),
        1 => Just(Says::Gone),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let (who, what) = (0..PEOPLE.len(), 0..DEADLINES.len());
    prop_oneof![
        6 => (what.clone(), says()).prop_map(|(deadline, says)| Step::Move(deadline, says)),
        2 => Just(Step::Undo),
        2 => who.clone().prop_map(Step::Ask),
        3 => who.clone().prop_map(Step::Click),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Return),
        1 => who.clone().prop_map(Step::Erase),
        1 => select(vec![1i64, 3, 24]).prop_map(Step::Leap),
        2 => (who.clone(), what, any::<bool>()).prop_map(|(who, deadline, done)| Step::Done(who, deadline, done)),
        2 => (who, select(vec![None, Some(true), Some(false)])).prop_map(|(who, said)| Step::Accepted(who, said)),
        3 => select(vec![Fault::Delay, Fault::Refuse, Fault::Taken, Fault::Lost]).prop_map(Step::Fault),
        2 => (prop::option::weighted(0.7, 0..DEADLINES.len()), any::<bool>())
            .prop_map(|(about, at_once)| Step::Announce(about, at_once)),
        1 => Just(Step::TakeBack),
        1 => Just(Step::Decide),
        1 => Just(Step::Restart),
    ]
}

/// Minutes that pass before a step, and whether anybody is there to see them.
fn gap() -> impl Strategy<Value = (i64, bool)> {
    (select(vec![0i64, 1, 4, 9, 11, 31, 60, 185, 720, 1440, 4320]), prop::bool::weighted(0.85))
}

fn source(says: &[Says; 3]) -> String {
    let part = |((id, kind), says): (&(&str, &str), &Says)| match says {
        Says::Day(day) => deadline(id, kind, &format!("2025-06-{:02}", day + 1)),
        Says::Open => deadline(id, kind, "\"TBC\""),
        Says::Cancelled(day) => {
            format!("{}cancelled = \"no more\"\n", deadline(id, kind, &format!("2025-06-{:02}", day + 1)))
        }
        Says::Gone => String::new(),
    };
    file(&DEADLINES.iter().zip(says).map(part).collect::<Vec<_>>())
}

/// A mail that was handed over, with all it states.
#[derive(Clone, Debug)]
struct Sent {
    at: Instant,
    /// When it was written.
    made: Instant,
    /// After so many versions of the file.
    versions: usize,
    message_id: String,
    to: String,
    /// How often everything of them had been erased.
    life: usize,
    kind: NoticeKind,
    stated: Vec<(Telling, Option<LeadTime>)>,
}

/// The world: what it did, and what it saw.
struct World {
    office: Option<Office>,
    says: [Says; 3],
    before: [Says; 3],
    versions: Vec<(Instant, Programme)>,
    secrets: BTreeMap<usize, String>,
    people: BTreeMap<usize, Subscriber>,
    sent: Vec<Sent>,
    seen: usize,
    /// What was announced and not taken back.
    announced: Vec<Draft>,
    /// Who said something of being accepted: what was announced may have been no matter of theirs when it left.
    wavered: BTreeSet<SubscriberId>,
    /// How often everything of an address was erased: who comes back is somebody else.
    lives: BTreeMap<String, usize>,
}

impl World {
    async fn new() -> World {
        let says = [Says::Day(10), Says::Day(17), Says::Day(24)];
        let office = Office::open(&source(&says), START).await;
        let versions = vec![(instant(START), programme(&source(&says)))];
        let (secrets, people) = (BTreeMap::new(), BTreeMap::new());
        let mut world = World {
            office: Some(office),
            says,
            before: says,
            versions,
            secrets,
            people,
            sent: Vec::new(),
            seen: 0,
            announced: Vec::new(),
            wavered: BTreeSet::new(),
            lives: BTreeMap::new(),
        };
        for who in 0..PEOPLE.len() {
            world.ask(who).await;
        }
        world
    }

    fn office(&self) -> &Office {
        self.office.as_ref().expect("an office")
    }

    fn now(&self) -> Instant {
        self.office().now()
    }

    async fn tick(&mut self) {
        self.office().tick().await;
        self.look().await;
    }

    /// Takes down what was handed over.
    async fn look(&mut self) {
        let office = self.office.as_ref().expect("an office");
        let store = office.app.store();
        let taken = office.memory().taken();
        for message in &taken[self.seen..] {
            let notice = store.notice_of_message(&message.message_id).await.expect("read").expect("a notice");
            let stated = store.stated(notice.id).await.expect("read");
            self.sent.push(Sent {
                at: office.now(),
                made: crate::office::read(message).date,
                versions: self.versions.len(),
                message_id: message.message_id.clone(),
                to: message.to.clone(),
                life: self.lives.get(&message.to).copied().unwrap_or_default(),
                kind: notice.kind,
                stated: stated.into_iter().map(|stating| (stating.telling, stating.lead)).collect(),
            });
        }
        self.seen = taken.len();
    }

    /// What waits for an organizer is sent.
    async fn release(&mut self) {
        self.office().release(Release::Send).await;
        self.look().await;
    }

    async fn pass(&mut self, minutes: i64, awake: bool) {
        if !awake || minutes == 0 {
            self.office().clock.advance(TimeDelta::minutes(minutes));
            self.tick().await;
            return self.release().await;
        }
        let steps = if minutes < 30 { minutes.min(4) } else { 6 };
        for number in 0..steps {
            let part = minutes * (number + 1) / steps - minutes * number / steps;
            self.office().clock.advance(TimeDelta::minutes(part));
            self.tick().await;
        }
    }

    async fn publish(&mut self, says: [Says; 3]) {
        let source = source(&says);
        self.office().publish_now(&source).await;
        if says != self.says {
            self.versions.push((self.now(), programme(&source)));
            (self.before, self.says) = (self.says, says);
        }
    }

    async fn ask(&mut self, who: usize) {
        let (address, zone, leads) = PEOPLE[who];
        let office = self.office.as_ref().expect("an office");
        let now = office.now();
        let mailbox = address.parse().expect("a mailbox");
        allim::app::subscribe::request(&office.app, &office.programme, mailbox, wish(zone, leads), None, now)
            .await
            .expect("asked");
        self.tick().await;
        let mails = self.office().to(address);
        let mail = mails.iter().rfind(|mail| mail.text.contains("/confirm/"));
        if let Some(rest) = mail.and_then(|mail| mail.text.split("/confirm/").nth(1)) {
            self.secrets.insert(who, rest.chars().take_while(char::is_ascii_alphanumeric).collect());
        }
    }

    async fn act(&mut self, who: usize, ask: Ask) {
        let Some(subscriber) = self.people.get(&who).cloned() else { return };
        let office = self.office.as_ref().expect("an office");
        let done = allim::app::manage::act(&office.app, &subscriber, &ask, office.now()).await.expect("done");
        self.people.insert(who, done.expect("there"));
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Move(deadline, says) => {
                let mut all = self.says;
                all[*deadline] = *says;
                self.publish(all).await;
            }
            Step::Undo => self.publish(self.before).await,
            Step::Ask(who) => self.ask(*who).await,
            Step::Click(who) => {
                let Some(secret) = self.secrets.get(who) else { return };
                let office = self.office();
                let click = allim::app::confirm::confirm(&office.app, &office.programme, secret, None, office.now());
                if let allim::app::confirm::Click::Made(subscriber) = click.await.expect("confirmed") {
                    self.people.insert(*who, subscriber);
                }
            }
            Step::Leave(who) => self.act(*who, Ask::Leave).await,
            Step::Return(who) => self.act(*who, Ask::Return).await,
            Step::Erase(who) => {
                let Some(subscriber) = self.people.remove(who) else { return };
                self.secrets.remove(who);
                let office = self.office.as_ref().expect("an office");
                allim::app::erase::erase(&office.app, &subscriber, office.now()).await.expect("erased");
                *self.lives.entry(PEOPLE[*who].0.to_owned()).or_default() += 1;
            }
            Step::Leap(hours) => {
                let (clock, sent) = (&self.office().clock, self.seen);
                clock.set(clock.now() + TimeDelta::hours(*hours));
                self.tick().await;
                // While the time is in doubt nothing goes to people but the answer to what they just asked for.
                let unasked = self.sent[self.sent.len() - (self.seen - sent)..]
                    .iter()
                    .filter(|sent| PEOPLE.iter().any(|(address, ..)| *address == sent.to))
                    .find(|sent| !matches!(sent.kind, NoticeKind::Confirmation | NoticeKind::AlreadySubscribed));
                assert!(unasked.is_none(), "it went out by a time in doubt: {unasked:?}");
                self.release().await;
            }
            Step::Done(who, deadline, done) => {
                self.act(*who, Ask::Done(DEADLINES[*deadline].0.to_owned(), *done)).await;
            }
            Step::Accepted(who, said) => {
                self.act(*who, Ask::Accepted(*said)).await;
                self.wavered.extend(self.people.get(who).map(|subscriber| subscriber.id));
            }
            Step::Announce(about, at_once) => self.announce(*about, *at_once).await,
            Step::Decide => {
                let office = self.office.as_ref().expect("an office");
                let programme = &self.versions.last().expect("a version").1;
                let (store, now) = (office.app.store(), office.now());
                let (to, says) = (Addressees::Authors, Announced::Decisions);
                let draft = allim::app::announce::draft(store, programme, to, says, false, now).await;
                // Where nobody is left to be asked, nobody is.
                allim::app::announce::announce(store, &draft.expect("a draft")).await.ok();
            }
            Step::TakeBack => {
                let office = self.office.as_ref().expect("an office");
                let (store, kind) = (office.app.store(), NoticeKind::Announcement);
                let taken = allim::app::announce::take_back(store, &office.programme, kind, office.now()).await;
                taken.expect("written").ok();
                // What was taken back nobody misses.
                let mut stand = Vec::new();
                for draft in self.announced.drain(..) {
                    if store.announcement(draft.announcement.id).await.expect("read").is_some() {
                        stand.push(draft);
                    }
                }
                self.announced = stand;
            }
            Step::Fault(fault) => self.office().then(match fault {
                Fault::Delay => Act::Delay(Blame::Message),
                Fault::Refuse => Act::Fail(Blame::Message),
                Fault::Taken => Act::DropAfterDot,
                Fault::Lost => Act::LoseAfterDot,
            }),
            Step::Restart => {
                let office = self.office.take().expect("an office");
                self.office = Some(office.restart().await);
            }
        }
    }

    /// Announces something to everybody, where there is anybody.
    async fn announce(&mut self, about: Option<usize>, at_once: bool) {
        let office = self.office.as_ref().expect("an office");
        let programme = &self.versions.last().expect("a version").1;
        let about = about.map(|about| DEADLINES[about].0);
        let Ok(says) = allim::app::announce::words(programme, "News", b"News", about) else { return };
        let (store, now) = (office.app.store(), office.now());
        let draft = allim::app::announce::draft(store, programme, Addressees::All, says, at_once, now).await;
        let draft = draft.expect("a draft");
        if allim::app::announce::announce(store, &draft).await.is_ok() {
            self.announced.push(draft);
        }
    }

    /// What the file said of a deadline in its version of that number, from one on.
    fn said(&self, deadline: &str, version: usize) -> Stated {
        let programme = &self.versions[version - 1].1;
        let found = programme.deadlines.iter().find(|known| known.id.as_str() == deadline);
        found.map_or(Stated::Withdrawn, |deadline| Telling::of(deadline).what)
    }

    /// Whether a deadline's last change was held at an instant: ten minutes since its last edit, thirty since the first,
    /// unless its new date is near.
    fn held(&self, deadline: &str, versions: usize, at: Instant) -> bool {
        let (mut first, mut until): (Option<Instant>, Option<Instant>) = (None, None);
        for version in 2..=versions {
            let now = self.versions[version - 1].0;
            let (was, is) = (self.said(deadline, version - 1), self.said(deadline, version));
            if was == is {
                continue;
            }
            let begun = first.filter(|_| until.is_some_and(|until| now < until)).unwrap_or(now);
            let near = matches!(is, Stated::At(due) if due > now && due - now < TimeDelta::hours(6));
            first = Some(begun);
            until = (!near).then(|| (now + TimeDelta::minutes(10)).min(begun + TimeDelta::minutes(30)));
        }
        until.is_some_and(|until| at < until)
    }

    async fn check(&self) {
        self.check_sent();
        self.check_copies();
        self.check_reminders();
        self.check_asked();
        self.check_announced().await;
        self.check_ledger().await;
    }

    /// Nothing goes out that is not so, is held, or is past.
    fn check_sent(&self) {
        for sent in self.sent.iter().filter(|sent| sent.kind != NoticeKind::Confirmation) {
            for (telling, lead) in &sent.stated {
                let said = self.said(&telling.deadline, sent.versions);
                assert_eq!(telling.what, said, "it stated what was not so: {sent:?}");
                assert!(
                    !self.held(&telling.deadline, sent.versions, sent.at),
                    "it went out while the change was held: {sent:?}"
                );
                if let (Some(_), Stated::At(due)) = (lead, telling.what) {
                    assert!(sent.at < due, "a reminder of what is past: {sent:?}");
                }
            }
        }
    }

    /// A second copy only of what was past its dot, and no third.
    fn check_copies(&self) {
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        for sent in &self.sent {
            *copies.entry(sent.message_id.as_str()).or_default() += 1;
        }
        for (id, number) in copies {
            assert!(number <= 2, "{number} copies of {id}");
        }
    }

    /// No reminder twice; none close behind what says it too.
    fn check_reminders(&self) {
        let mut seen: BTreeSet<(&str, usize, &str, LeadTime, Stated)> = BTreeSet::new();
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        let first = self.sent.iter().filter(|sent| ids.insert(sent.message_id.as_str()));
        let mut covered: BTreeMap<(&str, usize, &str), Instant> = BTreeMap::new();
        for sent in first {
            for (telling, lead) in &sent.stated {
                let whose = (sent.to.as_str(), sent.life, telling.deadline.as_str());
                let Stated::At(due) = telling.what else { continue };
                match lead {
                    Some(lead) => {
                        assert!(
                            seen.insert((whose.0, whose.1, whose.2, *lead, telling.what)),
                            "a reminder twice: {sent:?}"
                        );
                        let (_, zone, _) = PEOPLE.iter().find(|(address, ..)| *address == sent.to).expect("known");
                        let fire = lead.fire(due, zone.parse().expect("a zone"), false);
                        if let Some(until) = covered.get(&whose) {
                            assert!(fire > *until, "a reminder beside its correction: {sent:?}, covered to {until}");
                        }
                    }
                    None if matches!(sent.kind, NoticeKind::Correction | NoticeKind::Announcement) => {
                        let quarter = (due - sent.made).max(TimeDelta::zero()) / 4;
                        covered.insert(whose, sent.made + quarter.min(TimeDelta::hours(12)));
                    }
                    None => {}
                }
            }
        }
    }

    /// Nobody is asked more than twice whether they were accepted.
    fn check_asked(&self) {
        let mut asked: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
        for sent in self.sent.iter().filter(|sent| sent.kind == NoticeKind::Decisions) {
            asked.entry((sent.to.as_str(), sent.life)).or_default().insert(sent.message_id.as_str());
        }
        assert!(asked.values().all(|mails| mails.len() <= 2), "{asked:?}");
    }

    /// Nobody gets an announcement twice, and whoever stayed gets each, unless it could not be told.
    async fn check_announced(&self) {
        let store = self.office().app.store();
        let notices = store.outbox(10_000).await.expect("read");
        for draft in &self.announced {
            let about = draft.announcement.about();
            for (subscriber, ..) in &draft.reached {
                let key = draft.announcement.key(*subscriber);
                let found = notices.iter().find(|notice| notice.key == key);
                use NoticeState::{Expired, Failed, Relayed, Uncertain};
                if found.is_some_and(|notice| matches!(notice.state, Relayed | Uncertain | Failed | Expired)) {
                    continue;
                }
                let now = store.subscriber(*subscriber).await.expect("read");
                let stayed = now.is_some_and(|now| {
                    let stayed = now.standing == Standing::Confirmed
                        && now.confirmed.is_some_and(|confirmed| confirmed <= draft.announcement.made);
                    stayed && (about.is_none() || !self.wavered.contains(subscriber))
                });
                assert!(!stayed, "it did not get {key}: {found:?}");
            }
        }
    }

    /// Told is current, or both are past, or it could not be told.
    async fn check_ledger(&self) {
        let (office, now) = (self.office(), self.now());
        let store = office.app.store();
        let programme = &self.versions.last().expect("a version").1;
        for subscriber in store.subscribers(&office.programme).await.expect("read") {
            if subscriber.standing != Standing::Confirmed {
                continue;
            }
            let told = store.told(subscriber.id).await.expect("read");
            for (id, _) in DEADLINES {
                let for_accepted = id == "camera-ready";
                if for_accepted && subscriber.accepted != Some(true) || subscriber.accepted == Some(false) {
                    continue;
                }
                let known = told.iter().find(|(telling, _)| telling.deadline == id);
                let told = known.map_or(Stated::Open, |(telling, _)| telling.what);
                let current = self.said(id, self.versions.len());
                let past = |stated: Stated| !matches!(stated, Stated::At(due) if due > now);
                if told == current || past(told) && past(current) {
                    continue;
                }
                assert!(
                    self.excused(subscriber.id, id).await,
                    "{} was told {told:?} of {id}, which is {current:?} at {now}\n{:#?}\n{:#?}",
                    subscriber.mailbox,
                    programme.deadlines.iter().map(|deadline| deadline.due).collect::<Vec<_>>(),
                    store.outbox(99).await.expect("read")
                );
            }
        }
    }

    /// Whether a mail about it was refused for good.
    async fn excused(&self, subscriber: SubscriberId, deadline: &str) -> bool {
        let store = self.office().app.store();
        for notice in store.outbox(10_000).await.expect("read") {
            if notice.state == NoticeState::Failed && notice.subscriber == Some(subscriber) {
                let stated = store.stated(notice.id).await.expect("read");
                if stated.iter().any(|stating| stating.telling.deadline == deadline) {
                    return true;
                }
            }
        }
        false
    }
}

/// How many the model lives through.
fn number() -> u32 {
    std::env::var("ALLIM_HISTORIES").ok().and_then(|number| number.parse().ok()).unwrap_or(4_000)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(number() / 40))]
    #[test]
    fn whatever_happens_nobody_is_left_with_an_old_date(history in vec((gap(), step()), 4..28)) {
        wait(async {
            let mut world = World::new().await;
            for who in 0..PEOPLE.len() {
                world.take(&Step::Click(who)).await;
            }
            for ((minutes, awake), step) in &history {
                world.pass(*minutes, *awake).await;
                world.take(step).await;
            }
            for _ in 0..20 {
                world.pass(10, false).await;
            }
            world.check().await;
        });
    }
}

/// One mail, told of one deadline: when, to whom, which, of a reminder its lead time, and what it states.
type Told = (Instant, usize, String, Option<LeadTime>, Stated);

proptest! {
    #![proptest_config(config(number() / 100))]
    /// Where nothing fails and nobody sleeps, the service sends what the pure model says, when it says so.
    #[test]
    fn the_service_sends_what_the_model_says(moves in vec((1i64..9000, 0..DEADLINES.len(), says()), 1..7)) {
        wait(async {
            let start = instant(START);
            let (mut at, mut all) = (start, [Says::Day(10), Says::Day(17), Says::Day(24)]);
            let mut versions = vec![(start - TimeDelta::days(1), source(&all))];
            for (gap, deadline, says) in &moves {
                at += TimeDelta::minutes(*gap);
                if all[*deadline] != *says {
                    all[*deadline] = *says;
                    versions.push((at, source(&all)));
                }
            }
            let office = Office::open(&versions[0].1, "2025-05-31T08:00:00Z").await;
            office.clock.advance(TimeDelta::days(1));
            let mut people = Vec::new();
            for (address, zone, leads) in PEOPLE {
                let secret = office.ask(address, wish(zone, leads)).await;
                people.push(office.click(&secret).await);
            }
            let end = start + TimeDelta::days(45);
            let read: Vec<(Instant, Programme)> = versions.iter().map(|(at, source)| (*at, programme(source))).collect();
            let follower = |subscriber: &Subscriber| Follower {
                subscriber: subscriber.clone(), joined: start, left: None, done: Vec::new(), accepted: None,
            };
            let followers: Vec<Follower> = people.iter().map(follower).collect();
            let events = season(&read, &followers, start, end);
            let expected: BTreeSet<Told> = events
                .iter()
                .filter_map(|event| {
                    let lead = match &event.kind {
                        Kind::Reminder(lead) => Some(*lead),
                        Kind::Correction(_) => None,
                        _ => return None,
                    };
                    Some((event.at, event.follower, event.deadline.clone(), lead, event.statement.stated()))
                })
                .collect();
            let mut instants: BTreeSet<Instant> = versions.iter().map(|(at, _)| *at).collect();
            instants.extend(events.iter().map(|event| event.at));
            instants.extend((0..45).map(|day| start + TimeDelta::days(day)));
            let mut sent: BTreeSet<Told> = BTreeSet::new();
            let mut seen = office.memory().taken().len();
            for now in instants.into_iter().filter(|now| *now > start && *now <= end) {
                office.clock.advance(now - office.now());
                if let Some((_, source)) = versions.iter().find(|(at, _)| *at == now) {
                    office.publish_now(source).await;
                }
                office.tick().await;
                for message in &office.memory().taken()[seen..] {
                    let store = office.app.store();
                    let notice = store.notice_of_message(&message.message_id).await.expect("read").expect("a notice");
                    let who = PEOPLE.iter().position(|(address, ..)| *address == message.to);
                    // What goes to the organizers is no part of the model.
                    let Some(who) = who else { continue };
                    for stating in store.stated(notice.id).await.expect("read") {
                        sent.insert((now, who, stating.telling.deadline, stating.lead, stating.telling.what));
                    }
                }
                seen = office.memory().taken().len();
            }
            let (missing, too_many) = (expected.difference(&sent), sent.difference(&expected));
            let (missing, too_many): (Vec<&Told>, Vec<&Told>) = (missing.collect(), too_many.collect());
            assert!(missing.is_empty() && too_many.is_empty(), "not sent: {missing:?}\nnot expected: {too_many:?}");
        });
    }
}
