//! A season lived through: every version of a programme, every subscriber, and what each of them is sent and when.
//!
//! It asks the [planner](super::planner) what the service would ask it, at every instant at which the answer can change:
//! a publication, the end of a hold, a reminder's time, a deadline, something a subscriber did. Delivery is taken as
//! immediate and successful.

use std::collections::{BTreeMap, BTreeSet};

use super::lead_time::LeadTime;
use super::planner::{Act, DeadlineFacts, Ledger, Statement, Told, Verdict, Watched, is_for, judge, leads, plan};
use super::programme::{Audience, Moment, Programme};
use super::subscription::{Standing, Subscriber, Telling};
use super::zone::Instant;

/// Somebody who follows the season, and what they do in it.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Who, and what they want, from when they join.
    pub subscriber: Subscriber,
    /// When they confirm; the mail before stated the dates of then.
    pub joined: Instant,
    /// When they leave.
    pub left: Option<Instant>,
    /// What they are done with, and since when.
    pub done: Vec<(String, Instant)>,
    /// When they say that they were accepted.
    pub accepted: Option<Instant>,
}

/// What happened to one deadline of one follower.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The confirmation states it.
    Confirmation,
    /// A reminder, of this lead time.
    Reminder(LeadTime),
    /// What they were told is not so any more.
    Correction(Told),
    /// A reminder something else said.
    Superseded(LeadTime),
    /// A reminder whose deadline passed first.
    Expired(LeadTime),
    /// A reminder that waits for the end of a hold.
    Held(LeadTime),
}

impl Kind {
    /// Whether it is a mail.
    pub fn is_mail(&self) -> bool {
        matches!(self, Kind::Confirmation | Kind::Reminder(_) | Kind::Correction(_))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Confirmation => "confirmation",
            Kind::Reminder(_) => "reminder",
            Kind::Correction(_) => "correction",
            Kind::Superseded(_) => "superseded",
            Kind::Expired(_) => "expired",
            Kind::Held(_) => "held",
        }
    }
}

/// One line of the season.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// To whom, by the number of the follower.
    pub follower: usize,
    /// Of which deadline, by its id in the version live then.
    pub deadline: String,
    /// What.
    pub kind: Kind,
    /// What is stated.
    pub statement: Statement,
}

/// A deadline through the season: from when it was what.
struct Story {
    epochs: Vec<(Instant, DeadlineFacts, String)>,
    watched: Option<Watched>,
}

/// Everything that happens from `from` to `to`, in order. `versions` are in the order of their publication; those at
/// `from` or before it were published long ago.
pub fn season(versions: &[(Instant, Programme)], followers: &[Follower], from: Instant, to: Instant) -> Vec<Event> {
    let Some((_, last)) = versions.last() else { return Vec::new() };
    let stories = stories(versions, from);
    let mut events: Vec<Event> = Vec::new();
    for (number, follower) in followers.iter().enumerate() {
        let default = |now: Instant| {
            let live = versions.iter().rposition(|(at, _)| *at <= now);
            let remind = live.map_or(last, |live| &versions[live].1).remind.as_slice();
            // Since when each stands without a break: one that was added later is not for what is past.
            let since = |lead: &LeadTime| {
                let before = versions[..=live.unwrap_or(0)].iter().rev();
                let standing = before.take_while(|(_, programme)| programme.remind.contains(lead));
                standing.last().map(|(at, _)| (*lead, (*at).max(from)))
            };
            (remind, remind.iter().filter_map(since).collect::<BTreeMap<_, _>>())
        };
        let mut life = Life { number, follower, stories: &stories, ledgers: BTreeMap::new(), events: &mut events };
        for now in life.instants(versions, from, to) {
            let (leads, chosen) = default(now);
            life.live(now, leads, &chosen);
        }
    }
    events.sort_by_key(|event| (event.at, event.follower));
    events
}

/// What each deadline was, and when; a renamed one stays itself, one that vanished is withdrawn.
fn stories(versions: &[(Instant, Programme)], from: Instant) -> BTreeMap<String, Story> {
    let mut stories: BTreeMap<String, Story> = BTreeMap::new();
    // The id of today to the first id it had.
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut before: Option<&Programme> = None;
    for (at, programme) in versions {
        let at = (*at).max(from);
        let is_past = before.is_none() || at <= from;
        let mut now_named = BTreeMap::new();
        for deadline in &programme.deadlines {
            let ancestor = before.and_then(|before| before.ancestor_of_deadline(deadline));
            let first = ancestor.and_then(|old| names.get(old.id.as_str()).cloned());
            let name = first.unwrap_or_else(|| deadline.id.to_string());
            now_named.insert(deadline.id.to_string(), name.clone());
            let facts = DeadlineFacts::of(deadline, &name);
            record(&mut stories, name, at, facts, deadline.id.as_str(), is_past);
        }
        for (id, name) in &names {
            if now_named.values().any(|known| known == name) {
                continue;
            }
            let gone = stories.get(name).and_then(|story| story.epochs.last()).map(|(_, facts, _)| facts.clone());
            if let Some(facts) = gone {
                let facts = DeadlineFacts { statement: Statement::Withdrawn, ..facts };
                record(&mut stories, name.clone(), at, facts, id, is_past);
            }
        }
        // What vanished keeps its name: it may come back.
        names.extend(now_named);
        before = Some(programme);
    }
    stories
}

fn record(
    stories: &mut BTreeMap<String, Story>,
    name: String,
    at: Instant,
    mut facts: DeadlineFacts,
    id: &str,
    is_past: bool,
) {
    let story = stories.entry(name.clone()).or_insert_with(|| Story { epochs: Vec::new(), watched: None });
    let telling = Telling { deadline: name, what: facts.statement.stated(), link: facts.link.clone() };
    // What was published before the season began is settled.
    let before = story.watched.as_ref().filter(|_| !is_past);
    let watched = Watched::after(before, telling, is_past, at);
    facts.held_until = watched.held.map(|held| held.until).filter(|until| *until > at);
    story.epochs.push((at, facts, id.to_owned()));
    story.watched = Some(watched);
}

impl Story {
    /// What it is at an instant, and under which id.
    fn at(&self, now: Instant) -> Option<(DeadlineFacts, &str)> {
        let after = self.epochs.partition_point(|(at, ..)| *at <= now);
        let (_, facts, id) = self.epochs.get(after.checked_sub(1)?)?;
        Some((facts.clone(), id))
    }
}

/// One follower's way through the season.
struct Life<'l> {
    number: usize,
    follower: &'l Follower,
    stories: &'l BTreeMap<String, Story>,
    ledgers: BTreeMap<String, Ledger>,
    events: &'l mut Vec<Event>,
}

impl Life<'_> {
    /// The instants at which something can become due to this follower.
    fn instants(&self, versions: &[(Instant, Programme)], from: Instant, to: Instant) -> Vec<Instant> {
        let follower = self.follower;
        let mut instants: BTreeSet<Instant> = BTreeSet::from([follower.joined]);
        instants.extend(follower.left.iter().chain(&follower.accepted).chain(follower.done.iter().map(|(_, at)| at)));
        let lead_times: BTreeSet<LeadTime> = match &follower.subscriber.choice.leads {
            Some(own) => own.iter().copied().collect(),
            None => versions.iter().flat_map(|(_, programme)| programme.remind.iter().copied()).collect(),
        };
        for (at, facts, _) in self.stories.values().flat_map(|story| &story.epochs) {
            instants.insert(*at);
            instants.extend(facts.held_until);
            let Statement::At(due) = facts.statement else { continue };
            instants.insert(due.instant);
            let choice = &follower.subscriber.choice;
            let zone = follower.subscriber.zone;
            instants.extend(lead_times.iter().map(|lead| lead.fire(due.instant, zone, choice.to_the_minute)));
        }
        instants.into_iter().filter(|at| *at >= from.max(follower.joined) && *at <= to).collect()
    }

    fn live(&mut self, now: Instant, default: &[LeadTime], chosen: &BTreeMap<LeadTime, Instant>) {
        let subscriber = self.subscriber(now);
        if subscriber.standing != Standing::Confirmed {
            return;
        }
        let stories = self.stories;
        for (name, story) in stories {
            let Some((facts, id)) = story.at(now) else { continue };
            let mut ledger = self.ledgers.remove(name).unwrap_or_else(|| self.first(&subscriber, &facts, id, now));
            if subscriber.choice.leads.is_none() {
                ledger.chosen.clone_from(chosen);
            }
            if self.follower.accepted == Some(now) && facts.audience == Audience::Accepted {
                // The page behind the button "accepted" states the date, as a mail would.
                ledger.asked = now;
                ledger.told = told(&facts, ledger.told.number);
            }
            self.act(now, &subscriber, default, (&facts, id), &mut ledger);
            self.ledgers.insert(name.clone(), ledger);
        }
    }

    /// The subscriber as they are at an instant.
    fn subscriber(&self, now: Instant) -> Subscriber {
        let follower = self.follower;
        let gone = follower.left.is_some_and(|left| left <= now);
        let standing = if gone { Standing::Left } else { Standing::Confirmed };
        let said = follower.accepted.filter(|at| *at <= now).map(|_| true);
        let done = follower.done.iter().filter(|(_, at)| *at <= now).map(|(id, _)| id.clone()).collect();
        Subscriber { standing, accepted: said.or(follower.subscriber.accepted), done, ..follower.subscriber.clone() }
    }

    /// What they know of a deadline when they first hear of it: the confirmation stated those there were, what came
    /// later counts as told to be announced.
    fn first(&mut self, subscriber: &Subscriber, facts: &DeadlineFacts, id: &str, now: Instant) -> Ledger {
        let mut ledger = Ledger::since(self.follower.joined);
        // What is over is no news to anybody.
        let ahead = facts.statement.instant().is_some_and(|due| due > now);
        let stated = ahead && is_for(subscriber, facts);
        if now == self.follower.joined {
            ledger.told = if is_for(subscriber, facts) { told(facts, 0) } else { Told::nothing() };
            if stated {
                self.tell(now, id, Kind::Confirmation, facts.statement);
            }
        }
        ledger
    }

    fn act(
        &mut self,
        now: Instant,
        subscriber: &Subscriber,
        default: &[LeadTime],
        (facts, id): (&DeadlineFacts, &str),
        ledger: &mut Ledger,
    ) {
        if facts.held_until.is_some_and(|until| now < until) {
            self.hold(now, subscriber, default, (facts, id), ledger);
        }
        for act in plan(now, subscriber, default, facts, ledger) {
            let at = |due: Moment| Statement::At(due);
            match act {
                Act::Remind { lead, due, .. } => {
                    ledger.finished.insert((lead, due.instant));
                    ledger.told = told(facts, ledger.told.number);
                    self.tell(now, id, Kind::Reminder(lead), at(due));
                }
                Act::Supersede { lead, due, .. } => {
                    ledger.finished.insert((lead, due.instant));
                    self.tell(now, id, Kind::Superseded(lead), at(due));
                }
                Act::Expire { lead, due, .. } => {
                    ledger.finished.insert((lead, due.instant));
                    self.tell(now, id, Kind::Expired(lead), at(due));
                }
                Act::Correct { told: before, statement, covers_until, .. } => {
                    ledger.told = told(facts, before.number + 1);
                    ledger.covers_until = Some(covers_until);
                    self.tell(now, id, Kind::Correction(before), statement);
                }
            }
        }
    }

    /// Tells, once, which reminders wait for the end of a hold.
    fn hold(
        &mut self,
        now: Instant,
        subscriber: &Subscriber,
        default: &[LeadTime],
        (facts, id): (&DeadlineFacts, &str),
        ledger: &Ledger,
    ) {
        for lead in leads(subscriber, default) {
            let Verdict::Held { fire, .. } = judge(now, subscriber, default, facts, ledger, *lead) else { continue };
            if fire == now {
                self.tell(now, id, Kind::Held(*lead), facts.statement);
            }
        }
    }

    fn tell(&mut self, at: Instant, deadline: &str, kind: Kind, statement: Statement) {
        let (follower, deadline) = (self.number, deadline.to_owned());
        self.events.push(Event { at, follower, deadline, kind, statement });
    }
}

fn told(facts: &DeadlineFacts, number: u32) -> Told {
    Told { statement: facts.statement, link: facts.link.clone(), number }
}
