//! Planning: what is due to whom, written into the queue.
//!
//! Each tick asks the [planner](crate::domain::planner) for whoever something may be due to: those on whose clock a
//! reminder fell due since the deadline's mark, those who were told something else than a deadline says, those who did
//! something. What it decides is written together with the mark it was decided from, and only while the revision it was
//! decided on is live; cut off anywhere, it is decided again, and comes to the same rows.

mod allowance;
mod announcements;
mod closing;
mod decisions;
mod digest;
mod forecast;
pub mod hold;
mod impact;
mod letters;
mod presenters;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::app::consider::programme_of;
use crate::app::mailing::Mailing;
use crate::app::serve::App;
use crate::app::watch::leap_in_words;
use crate::domain::announcement::Announcement;
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NewNotice, States, Unsent, correction_key, reminder_key};
use crate::domain::planner::{Act, Dates, DeadlineFacts, Ledger, Statement, Told, Watched, is_so, not_wanted, plan};
use crate::domain::programme::{Deadline, Moment, Programme};
use crate::domain::revision::Revision;
use crate::domain::subscription::{Stated, Subscriber, SubscriberId, Telling};
use crate::domain::zone::Instant;
use crate::store::planning::{Clocked, Kept, Person, Plan, Release, Waiting};
use crate::store::{Store, StoreError};
use announcements::Announcing;
use letters::Matter;

pub use announcements::{sample, session};
pub use forecast::forecast;
pub use impact::{Impact, impact};
pub use letters::Desk;

/// People planned for in one transaction.
const PEOPLE: usize = 100;

/// No lead time reaches further back than its own length and this: a night and a day of the reader's.
const SLACK: TimeDelta = TimeDelta::days(3);

/// Plans for every programme. Says how many notices are new.
///
/// # Errors
/// When the store cannot be read or written. What was not planned is planned at the next tick.
pub async fn tick(app: &App) -> Result<usize, StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(0) };
    if let Some(leap) = app.clock_leap() {
        app.store().doubt_clock(&leap_in_words(leap), app.clock().now()).await?;
    }
    let subscribed = app.store().subscribed().await?;
    let mut written = 0;
    for (id, edition) in &app.site().programmes {
        let Some(programme) = edition.programme.as_ref().filter(|_| subscribed.contains(id)) else { continue };
        let table = Table::lay(app.store(), programme, &edition.revision, app.clock().now()).await?;
        table.close().await?;
        written += table.work_off(app, mailing).await?;
        written += table.tell_presenters(mailing).await?;
        written += table.ask_once_more(mailing).await?;
        let told = |error: std::io::Error| StoreError::Told(error.to_string());
        hold::tell(app, mailing, &table).await.map_err(told)?;
        digest::tell(app, mailing, &table).await.map_err(told)?;
    }
    app.is_awake();
    if written > 0
        && let Some(dispatcher) = app.dispatcher()
    {
        dispatcher.ring();
    }
    Ok(written)
}

/// What is known of one programme at one moment.
pub(super) struct Table<'t> {
    store: &'t Store,
    programme: &'t Programme,
    revision: &'t Revision,
    now: Instant,
    watched: Vec<Watched>,
    remind: BTreeMap<LeadTime, Instant>,
    announcements: Vec<Announcement>,
    waiting: Vec<Waiting>,
}

/// A deadline as the planner and as a letter sees it.
pub(super) struct Laid {
    pub(super) facts: DeadlineFacts,
    pub(super) deadline: Deadline,
    /// Since when what it says may be told.
    told_since: Instant,
}

/// What was decided for some people.
#[derive(Default)]
struct Decided {
    notices: Vec<NewNotice>,
    unsent: Vec<Unsent>,
    /// Keys of reminders on their way that their reader wants no more.
    unwanted: Vec<String>,
    /// What counts as told without a mail.
    told: Vec<(SubscriberId, Telling)>,
}

impl<'t> Table<'t> {
    async fn lay(
        store: &'t Store,
        programme: &'t Programme,
        revision: &'t Revision,
        now: Instant,
    ) -> Result<Table<'t>, StoreError> {
        let table = Table::read(store, programme, revision, now).await?;
        let unknown =
            |deadline: &Deadline| !table.watched.iter().any(|row| row.telling.deadline == deadline.id.as_str());
        if !programme.deadlines.iter().any(unknown) {
            return Ok(table);
        }
        let dates = Dates::of(programme, None);
        store.watch(programme.id.as_str(), revision.number, &dates, revision.published.min(now)).await?;
        Table::read(store, programme, revision, now).await
    }

    /// As it stands in the store: nothing is written.
    pub(super) async fn read(
        store: &'t Store,
        programme: &'t Programme,
        revision: &'t Revision,
        now: Instant,
    ) -> Result<Table<'t>, StoreError> {
        let id = programme.id.as_str();
        let (mut watched, waiting) = (store.watched(id).await?, store.waiting(Some(id)).await?);
        let announcements = store.open_announcements(id).await?;
        announcements::hold(&announcements, &mut watched, now);
        let remind = store.remind(id).await?;
        Ok(Table { store, programme, revision, now, watched, remind, announcements, waiting })
    }

    /// The programme's own lead times.
    pub(super) fn default_leads(&self) -> Vec<LeadTime> {
        self.remind.keys().copied().collect()
    }

    /// A deadline of the programme, as the planner sees it.
    pub(super) fn facts_of(&self, id: &str) -> Option<DeadlineFacts> {
        let deadline = self.programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id)?;
        Some(DeadlineFacts::of(deadline, id))
    }

    /// Deadlines about which something may go out.
    fn open(&self) -> impl Iterator<Item = &Watched> {
        self.watched.iter().filter(|watched| !watched.is_held(self.now) && !self.waits(&watched.telling.deadline))
    }

    /// Whether an organizer is to say first what becomes of a deadline's mails.
    fn waits(&self, deadline: &str) -> bool {
        let concerned = |hold: &&Waiting| hold.deadline.as_ref().is_none_or(|held| held == deadline);
        self.waiting.iter().filter(concerned).any(|hold| hold.answer.is_none())
    }

    /// Whether an organizer said that a deadline's mails count as sent.
    fn counts(&self, deadline: &str) -> bool {
        let concerned = |hold: &&Waiting| hold.deadline.as_ref().is_none_or(|held| held == deadline);
        self.waiting.iter().filter(concerned).any(|hold| hold.answer == Some(Release::Count))
    }

    /// Holds that an organizer answered, and that are carried out by this tick.
    fn answered(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter().filter(|hold| hold.answer.is_some())
    }

    async fn work_off(&self, app: &App, mailing: &Mailing) -> Result<usize, StoreError> {
        let (id, number) = (self.programme.id.as_str(), self.revision.number);
        if self.look_ahead().await? {
            let told = |error: std::io::Error| StoreError::Told(error.to_string());
            allowance::tell(app, mailing, self).await.map_err(told)?;
        }
        let people: Vec<SubscriberId> = self.candidates().await?.into_iter().collect();
        let (mut written, idle) = (0, people.is_empty());
        if !idle {
            let laid = self.deadlines().await?;
            let desk = Desk { programme: self.programme, revision: self.revision, mailing, now: self.now };
            if self.weigh(app, &laid, &people).await? {
                return Ok(0);
            }
            for part in people.chunks(PEOPLE) {
                let Some(new) = self.plan_for(&desk, &laid, part).await? else {
                    tracing::debug!(programme = id, "not so any more: planned anew");
                    return Ok(written);
                };
                written += new;
                if new > 0
                    && let Some(dispatcher) = app.dispatcher()
                {
                    dispatcher.ring();
                }
            }
        }
        self.announced().await?;
        // The mark moves when somebody was looked at, and once a minute: a transaction a second would be for nothing.
        let moves = |watched: &&Watched| watched.unsettled || self.now - watched.planned >= TimeDelta::minutes(1);
        let moved = self.open().filter(|watched| !idle || moves(watched));
        let settled: Vec<String> = moved.map(|watched| watched.telling.deadline.clone()).collect();
        if settled.is_empty() || self.store.settle_deadlines(id, number, &settled, self.now).await? {
            let done: Vec<i64> = self.answered().map(|hold| hold.id).collect();
            if !done.is_empty() {
                self.store.carried_out(&done, self.now).await?;
            }
        }
        Ok(written)
    }

    /// Whom something may be due to.
    async fn candidates(&self) -> Result<BTreeSet<SubscriberId>, StoreError> {
        let (store, id) = (self.store, self.programme.id.as_str());
        let mut found = self.addressed().await?;
        found.extend(store.unsettled(id).await?);
        for watched in self.open().filter(|watched| watched.unsettled) {
            let deadline = watched.telling.deadline.as_str();
            found.extend(store.told_otherwise(id, deadline).await?);
            if let Stated::At(due) = watched.telling.what {
                found.extend(store.given_up(id, deadline, due).await?);
            }
        }
        for clocked in self.due().await? {
            let default = self.remind.contains_key(&clocked.lead);
            found.extend(store.clocked(id, &clocked, default).await?);
        }
        // Whose mailbox does not exist is looked at when that is lifted.
        if !found.is_empty() {
            let unreachable = store.unreachable(id).await?;
            found.retain(|id| !unreachable.contains(id));
        }
        Ok(found)
    }

    /// Clocks and lead times on which a reminder fell due since its deadline's mark.
    async fn due(&self) -> Result<Vec<Clocked>, StoreError> {
        let dated: Vec<(Instant, Instant)> = self
            .open()
            .filter_map(|watched| match watched.telling.what {
                Stated::At(due) if due > watched.planned => Some((due, watched.planned)),
                _ => None,
            })
            .collect();
        if dated.is_empty() {
            return Ok(Vec::new());
        }
        let leads = self.leads().await?;
        let near = |lead: &LeadTime, (due, planned): &(Instant, Instant)| {
            let about = *due - lead.length();
            about - SLACK <= self.now && about + SLACK > *planned
        };
        let near: Vec<(LeadTime, (Instant, Instant))> = leads
            .iter()
            .flat_map(|lead| dated.iter().filter(|dated| near(lead, dated)).map(|dated| (*lead, *dated)))
            .collect();
        if near.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for zone in self.store.clocks(self.programme.id.as_str()).await? {
            for (lead, (due, planned)) in &near {
                for to_the_minute in [false, true] {
                    let fire = lead.fire(*due, zone, to_the_minute);
                    if *planned < fire && fire <= self.now {
                        found.push(Clocked { zone, to_the_minute, lead: *lead });
                    }
                }
            }
        }
        Ok(found)
    }

    /// Every lead time that somebody may have.
    async fn leads(&self) -> Result<Vec<LeadTime>, StoreError> {
        let mut leads: BTreeSet<LeadTime> = self.remind.keys().copied().collect();
        leads.extend(self.store.chosen_leads().await?);
        Ok(leads.into_iter().collect())
    }

    /// The deadlines there are, and those that left the programme as they were last published.
    pub(super) async fn deadlines(&self) -> Result<BTreeMap<String, Laid>, StoreError> {
        let mut laid = BTreeMap::new();
        let known = |id: &str| self.programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
        let gone: Vec<&Watched> = self.watched.iter().filter(|row| known(&row.telling.deadline).is_none()).collect();
        let history = if gone.is_empty() { Vec::new() } else { self.store.history(self.programme.id.as_str()).await? };
        let earlier: Vec<Programme> =
            history.iter().rev().filter_map(|publication| programme_of(&publication.revision)).collect();
        for watched in &self.watched {
            let id = watched.telling.deadline.as_str();
            let deadline = known(id).cloned().or_else(|| {
                let mut all = earlier.iter().flat_map(|programme| &programme.deadlines);
                let last = all.find(|deadline| deadline.id.as_str() == id)?.clone();
                let cancelled = last.cancelled.or_else(|| Some(String::new()));
                Some(Deadline { cancelled, ..last })
            });
            let Some(deadline) = deadline else { continue };
            let held_until = watched.held.filter(|held| held.holds(self.now)).map(|held| match held.stopped {
                true => Instant::MAX_UTC,
                false => held.until,
            });
            let held_until = if self.waits(id) { Some(Instant::MAX_UTC) } else { held_until };
            let link = watched.telling.link.clone();
            let facts = DeadlineFacts { link, held_until, ..DeadlineFacts::of(&deadline, id) };
            let told_since = watched.held.map_or(watched.since, |held| held.until.max(watched.since));
            laid.insert(id.to_owned(), Laid { facts, deadline, told_since });
        }
        Ok(laid)
    }

    /// Plans for some people, and writes it down. None when another revision is live by now, or something was taken back.
    async fn plan_for(
        &self,
        desk: &Desk<'_>,
        laid: &BTreeMap<String, Laid>,
        people: &[SubscriberId],
    ) -> Result<Option<usize>, StoreError> {
        let (mut decided, mut seen) = (Decided::default(), Vec::new());
        let people = self.store.people(people).await?;
        let announced = self.announced_among(&people).await?;
        for person in people {
            self.decide(desk, laid, &person, &announced, &mut decided);
            seen.push((person.subscriber.id, person.unsettled));
        }
        let (programme, revision) = (self.programme.id.as_str(), self.revision.number);
        let announcements: Vec<i64> = announced.iter().map(|announcement| announcement.id).collect();
        let (Decided { notices, unsent, unwanted, told }, announcements, seen) =
            (&decided, &announcements[..], &seen[..]);
        let now = self.now;
        let plan = Plan { programme, revision, notices, unsent, unwanted, announcements, told, seen, now };
        self.store.write_plan(&plan).await
    }

    /// What is due to one person: at most one message about what moved, and one reminder a deadline.
    fn decide(
        &self,
        desk: &Desk<'_>,
        laid: &BTreeMap<String, Laid>,
        person: &Person,
        announced: &[Announcement],
        decided: &mut Decided,
    ) {
        let Decided { notices, unsent, unwanted, told: counted } = decided;
        unwanted.extend(self.unwanted(laid, person));
        let announced = self.announced_to(announced, person, laid);
        let subscriber = &person.subscriber;
        let mut corrections: Vec<(&Laid, Told, States)> = Vec::new();
        let mut superseded: Vec<(&Laid, LeadTime, Instant, Moment)> = Vec::new();
        let mut covered: BTreeMap<&str, String> = BTreeMap::new();
        for (laid, ledger, act) in self.acts(laid, person, &announced) {
            let id = laid.facts.id.as_str();
            match act {
                Act::Correct { told, covers_until, .. } => {
                    let states = states(laid, told.number, None, Some(covers_until));
                    match self.counts(id) {
                        true => counted.push((subscriber.id, states.telling)),
                        false => corrections.push((laid, told, states)),
                    }
                }
                Act::Remind { lead, fire, due } if self.counts(id) => {
                    unsent.push(self.unsent(subscriber, laid, (lead, fire, due), Some(String::new())));
                }
                Act::Remind { lead, fire, due } => {
                    let key = reminder_key(subscriber.id, id, lead, due.instant);
                    let states = states(laid, ledger.told.number, Some((lead, fire)), None);
                    let (deadline, told) = (&laid.deadline, &ledger.told);
                    let matter = Matter::Reminder { deadline, told, is_so: is_so(told, &laid.facts) };
                    covered.insert(id, key.clone());
                    notices.extend(desk.notice(person, key, matter, vec![states], Some(due.instant)));
                }
                Act::Supersede { lead, fire, due } => superseded.push((laid, lead, fire, due)),
                Act::Expire { lead, fire, due } => {
                    unsent.push(self.unsent(subscriber, laid, (lead, fire, due), None));
                }
            }
        }
        if !corrections.is_empty() {
            let until = corrections.iter().flat_map(|(laid, told, _)| {
                [told.statement.instant(), laid.facts.statement.instant()].into_iter().flatten()
            });
            let until = until.max();
            let states: Vec<States> = corrections.iter().map(|(.., states)| states.clone()).collect();
            let key = correction_key(subscriber.id, &states);
            let changes = corrections.iter().map(|(laid, told, _)| (&laid.deadline, told)).collect();
            covered.extend(corrections.iter().map(|(laid, ..)| (laid.facts.id.as_str(), key.clone())));
            notices.extend(desk.notice(person, key, Matter::Correction(changes), states, until));
        }
        for (announcement, about) in &announced {
            let id = about.map(|about| about.facts.id.as_str());
            if self.counts(id.unwrap_or_default()) {
                counted.extend(about.map(|about| (subscriber.id, states(about, 0, None, None).telling)));
                continue;
            }
            covered.extend(id.map(|id| (id, announcement.key(subscriber.id))));
            notices.extend(desk.announcement(person, announcement, *about));
        }
        for (laid, lead, fire, due) in superseded {
            // What was covered before is said by what went out then.
            let said_by = covered.get(laid.facts.id.as_str()).cloned().unwrap_or_default();
            unsent.push(self.unsent(subscriber, laid, (lead, fire, due), Some(said_by)));
        }
    }

    /// What the planner says of somebody, deadline by deadline, beside what is announced to them.
    fn acts<'l>(
        &self,
        laid: &'l BTreeMap<String, Laid>,
        person: &Person,
        announced: &[Announcing<'_>],
    ) -> Vec<(&'l Laid, Ledger, Act)> {
        let is_announced =
            |id: &str| announced.iter().any(|(_, about)| about.is_some_and(|about| about.facts.id == id));
        let default = self.default_leads();
        let nothing = Kept::default();
        let mut acts = Vec::new();
        for (id, laid) in laid {
            let ledger = self.ledger(person, person.kept.get(id).unwrap_or(&nothing), &laid.deadline);
            let ledger = if is_announced(id) { ledger.told_at(self.now, &laid.facts) } else { ledger };
            let planned = plan(self.now, &person.subscriber, &default, &laid.facts, &ledger);
            acts.extend(planned.into_iter().map(|act| (laid, ledger.clone(), act)));
        }
        acts
    }

    /// Keys of reminders on their way to somebody who gave up their lead time, or whom they do not concern any more.
    fn unwanted(&self, laid: &BTreeMap<String, Laid>, person: &Person) -> Vec<String> {
        let default = self.default_leads();
        let mut unwanted = Vec::new();
        for (id, kept) in &person.kept {
            let Some(laid) = laid.get(id) else { continue };
            let refused = |(lead, _): &&(LeadTime, String)| {
                not_wanted(&person.subscriber, &default, &laid.facts, *lead).is_some()
            };
            unwanted.extend(kept.on_their_way.iter().filter(refused).map(|(_, key)| key.clone()));
        }
        unwanted
    }

    fn unsent(
        &self,
        subscriber: &Subscriber,
        laid: &Laid,
        (lead, fire, due): (LeadTime, Instant, Moment),
        said_by: Option<String>,
    ) -> Unsent {
        let (programme, deadline) = (subscriber.programme.clone(), laid.facts.id.clone());
        Unsent { programme, subscriber: subscriber.id, deadline, lead, fire, due: due.instant, said_by }
    }

    pub(super) fn ledger(&self, person: &Person, kept: &Kept, deadline: &Deadline) -> Ledger {
        let now_stated = Statement::of(deadline).stated();
        let confirmed = person.subscriber.confirmed.unwrap_or(person.subscriber.created);
        let chosen = if person.subscriber.choice.leads.is_some() { &person.leads } else { &self.remind };
        Ledger {
            told: told(kept.told.as_ref(), deadline),
            finished: kept.finished.clone(),
            // What stated another date says nothing of this one.
            covers_until: kept.covers.iter().filter(|(stated, _)| *stated == now_stated).map(|(_, until)| *until).max(),
            asked: kept.asked.map_or(confirmed, |asked| asked.max(confirmed)),
            chosen: chosen.clone(),
            corrected: kept.corrected.clone(),
        }
    }
}

/// What somebody was told, on the clock of the deadline: the ledger keeps instants.
fn told(row: Option<&(Telling, u32)>, deadline: &Deadline) -> Told {
    let Some((telling, number)) = row else { return Told::nothing() };
    let statement = match telling.what {
        Stated::Open => Statement::Open,
        Stated::Withdrawn => Statement::Withdrawn,
        Stated::At(instant) => {
            let civil = deadline.zone.local(instant).civil;
            Statement::At(Moment { civil, zone: deadline.zone, instant })
        }
    };
    Told { statement, link: telling.link.clone(), number: *number }
}

fn states(laid: &Laid, number: u32, reminder: Option<(LeadTime, Instant)>, covers_until: Option<Instant>) -> States {
    let facts = &laid.facts;
    let telling = Telling { deadline: facts.id.clone(), what: facts.statement.stated(), link: facts.link.clone() };
    States { telling, number, reminder, covers_until }
}
