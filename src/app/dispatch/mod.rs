//! Dispatch: notices that are due leave by the transport, as many at once as there are sessions.
//!
//! The row is the queue; the tick and the ring after an enqueue are only bells, and a missed, doubled or late one changes
//! nothing. No transaction is open while a relay speaks: an attempt is written before it is made, its dot before the
//! first octet of the message goes, its outcome after it. A session that has ended one attempt begins the next in the
//! transaction that writes the outcome: a turn only fills the seats that are free. A second process on the same store is
//! safe.

mod pen;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::app::watch::{ClockWatch, leap_in_words};
use crate::clock::Clock;
use crate::domain::notice::{Blame, NoticeId, Outcome, Stage};
use crate::domain::zone::Instant;
use crate::mail::transport::{Delivery, Ended, Line, Transport, Unsent};
use crate::store::outbox::{Answer, Cause, Claimed, Pause, Settlement, Step, Taken};
use crate::store::{Store, StoreError};
use pen::Pen;

/// How long a notice stays with a process that says nothing more of it. It guards a process, which lives in the world's
/// time and not in the clock's: on a clock that runs six hundred times as fast thirty of its seconds are a wink, and a
/// notice would be taken back from whoever is sending it. So it is asked of the clock how far it goes meanwhile.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How often leases are lengthened and taken back; in the world's time as well.
const HOUSEKEEPING: TimeDelta = TimeDelta::seconds(5);
/// How often the heartbeat is written and old messages are deleted.
const HEARTBEAT: TimeDelta = TimeDelta::seconds(60);
/// The queue is looked at this often even if no bell rings.
const TICK: Duration = Duration::from_secs(5);

/// How much the relay is asked to take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measure {
    /// Messages at once.
    pub sessions: usize,
    /// Messages in 24 hours.
    pub per_day: Option<usize>,
}

/// The dispatcher.
pub struct Dispatcher {
    store: Store,
    transport: Transport,
    clock: Clock,
    measure: Measure,
    pen: Pen,
    seats: Arc<Semaphore>,
    held: Mutex<BTreeMap<NoticeId, i64>>,
    taken: AtomicUsize,
    count: watch::Sender<usize>,
    bell: Notify,
    ending: AtomicBool,
    house: tokio::sync::Mutex<House>,
    pause: Mutex<Option<Pause>>,
    watch: Arc<ClockWatch>,
}

#[derive(Default)]
struct House {
    leases: Option<Instant>,
    heartbeat: Option<Instant>,
}

impl Dispatcher {
    /// A dispatcher of what is in a store. It does nothing before its first turn.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn new(store: Store, transport: Transport, clock: Clock, measure: Measure) -> Dispatcher {
        let watch = Arc::new(ClockWatch::begin(&clock));
        Dispatcher {
            pen: Pen::new(store.clone(), clock.clone(), watch.clone(), measure.per_day),
            store,
            transport,
            watch,
            clock,
            seats: Arc::new(Semaphore::new(measure.sessions.max(1))),
            measure,
            held: Mutex::default(),
            taken: AtomicUsize::new(0),
            count: watch::Sender::new(0),
            bell: Notify::new(),
            ending: AtomicBool::new(false),
            house: tokio::sync::Mutex::default(),
            pause: Mutex::default(),
        }
    }

    /// How many messages the relay takes in 24 hours, where that is limited.
    pub fn per_day(&self) -> Option<usize> {
        self.measure.per_day
    }

    /// By which messages leave.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Something may be due.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Dispatches until `end`, then lets what is under way come to its end.
    pub async fn run(self: Arc<Self>, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        let mut trouble = String::new();
        loop {
            let now = match self.turn().await {
                Ok(_) => String::new(),
                Err(error) => error.to_string(),
            };
            if now != trouble && !now.is_empty() {
                tracing::error!("the outbox: {now}");
            }
            trouble = now;
            tokio::select! {
                () = &mut end => break,
                _ = timeout(TICK, self.bell.notified()) => {}
            }
        }
        self.ending.store(true, Ordering::Relaxed);
        self.idle().await;
        self.transport.rest().await;
    }

    /// Fills the sessions that are free with what is due; each goes on by itself until nothing more is. Says how many
    /// it filled.
    ///
    /// # Errors
    /// When the store cannot be used; whatever was under way goes on.
    pub async fn turn(self: &Arc<Self>) -> Result<usize, StoreError> {
        let mut house = self.house.lock().await;
        let now = self.clock.now();
        self.store.look()?;
        if let Some(leap) = self.watch.leap(&self.clock) {
            self.store.doubt_clock(&leap_in_words(leap), now).await?;
        }
        self.keep_house(&mut house, now).await?;
        if self.ending.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let seats: Vec<OwnedSemaphorePermit> =
            std::iter::from_fn(|| self.seats.clone().try_acquire_owned().ok()).collect();
        let all_free = seats.len() == self.measure.sessions.max(1);
        // Looked for outside of a write: most of the time there is nothing, and nobody need wait for that.
        let mut filled = 0;
        if !seats.is_empty() && self.store.is_anything_due(now).await? {
            let (_, taken) = self.pen.write_and_take(None, vec![Stage::Connect; seats.len()]).await;
            filled = taken.len();
            for (taken, seat) in taken.into_iter().zip(seats) {
                let held = self.hold(&taken.notice);
                tokio::spawn(self.clone().sit(taken, held, seat));
            }
        }
        if filled == 0 && all_free {
            self.transport.rest().await;
        }
        Ok(filled)
    }

    /// Turns until nothing more is due at this moment. Says how many notices that was.
    ///
    /// # Errors
    /// As [`Dispatcher::turn`].
    pub async fn work_off(self: &Arc<Self>) -> Result<usize, StoreError> {
        let before = self.taken.load(Ordering::Relaxed);
        while self.turn().await? > 0 {
            self.idle().await;
        }
        Ok(self.taken.load(Ordering::Relaxed) - before)
    }

    /// Until nothing is under way.
    pub async fn idle(&self) {
        // The sender is ours: it is there as long as we are.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Leases are lengthened before any is taken back: those of this process are not to be taken from itself.
    async fn keep_house(&self, house: &mut House, now: Instant) -> Result<(), StoreError> {
        let passed = |last: Option<Instant>, time: TimeDelta| last.is_none_or(|last| (now - last).abs() >= time);
        if passed(house.leases, self.clock.meanwhile(HOUSEKEEPING)) {
            let held: Vec<_> = self.held().iter().map(|(id, fence)| (*id, *fence)).collect();
            if !held.is_empty() {
                self.pen.alone(self.store.renew(&held, now + self.clock.meanwhile(LEASE))).await?;
            }
            let released = self.pen.alone(self.store.release_expired(now)).await?;
            if released > 0 {
                tracing::warn!(notices = released, "taken back from a process that ended");
            }
            house.leases = Some(now);
        }
        if passed(house.heartbeat, HEARTBEAT) {
            self.pen.alone(self.store.beat(now)).await?;
            self.pen.alone(self.store.delete_old_messages(now)).await?;
            house.heartbeat = Some(now);
        }
        Ok(())
    }

    /// A session: one notice after the other, until none is due.
    async fn sit(self: Arc<Self>, taken: Taken, held: Held, seat: OwnedSemaphorePermit) {
        let mut next = Some(Next { taken, held, line: None });
        while let Some(Next { taken: Taken { notice, begun }, held, line }) = next {
            let ended = match (self.may_go_on(&notice, begun), line) {
                (true, line) => self.converse(&notice, line).await,
                (false, line) => {
                    line.into_iter().for_each(Line::keep);
                    None
                }
            };
            next = self.go_on(&notice, ended).await;
            drop(held);
        }
        drop(seat);
        self.bell.notify_one();
    }

    /// From the beginning of an attempt, at MAIL where the line is there already, to its end. None when nothing came of
    /// it: it is not worth sending any more, or in other hands.
    async fn converse(&self, notice: &Claimed, mut line: Option<Line<'_>>) -> Option<Ended> {
        let first = notice.first.unwrap_or_else(|| self.clock.now());
        let delivery = Delivery { notice: notice.id, first, message: &notice.message };
        loop {
            let line = match line.take() {
                Some(line) => line,
                None => {
                    let line = match self.transport.ready() {
                        Some(line) => line,
                        None => match self.transport.open().await {
                            Ok(line) => line,
                            Err(ended) => return Some(ended),
                        },
                    };
                    // Time has passed since it was begun: whether it is still worth sending is decided anew.
                    self.begin_with(notice, line).await?
                }
            };
            match line.offer(&delivery).await {
                Ok(line) => {
                    let step = Step::Dot { id: notice.id, fence: notice.fence };
                    // Dropped, the session is closed: the other side has no message to take.
                    return match self.pen.write(step).await {
                        Answer::Done => {
                            let outcome = line.hand_over(&delivery).await;
                            Some(Ended { stage: Stage::Dot, outcome })
                        }
                        _ => None,
                    };
                }
                Err(Unsent::Ended(ended)) => return Some(ended),
                Err(Unsent::Gone) => self.begin(notice, Stage::Connect).await?,
            }
        }
    }

    async fn begin_with<'l>(&self, notice: &Claimed, line: Line<'l>) -> Option<Line<'l>> {
        match self.begin(notice, Stage::Mail).await {
            Some(()) => Some(line),
            None => {
                line.keep();
                None
            }
        }
    }

    async fn begin(&self, notice: &Claimed, stage: Stage) -> Option<()> {
        let (id, fence, now) = (notice.id, notice.fence, self.clock.now());
        let begun = self.pen.write(Step::Begin { id, fence, stage, now }).await;
        self.may_go_on(notice, begun).then_some(())
    }

    fn may_go_on(&self, notice: &Claimed, begun: Answer) -> bool {
        let id = notice.id;
        match begun {
            Answer::Done => return true,
            Answer::Stopped(state) => tracing::info!(notice = %id, state = state.name(), "not sent"),
            Answer::Lost | Answer::Settled(_) => tracing::warn!(notice = %id, "in other hands"),
        }
        false
    }

    /// Writes how an attempt ended, and with it the beginning of the session's next one.
    async fn go_on(self: &Arc<Self>, notice: &Claimed, ended: Option<Ended>) -> Option<Next<'_>> {
        let settlement = ended.map(|Ended { stage, outcome }| {
            let (id, fence, probe, now) = (notice.id, notice.fence, notice.probe, self.clock.now());
            Settlement { id, fence, stage, outcome, probe, now }
        });
        let line = self.transport.ready();
        let first = if line.is_some() { Stage::Mail } else { Stage::Connect };
        let stages = if self.ending.load(Ordering::Relaxed) { Vec::new() } else { vec![first] };
        let (answer, taken) = self.pen.write_and_take(settlement.clone().map(Step::Settle), stages).await;
        let taken = taken.into_iter().next();
        let held = taken.as_ref().map(|taken| self.hold(&taken.notice));
        if let Some(settlement) = settlement {
            self.tell(notice, &settlement, answer).await;
        }
        match taken.zip(held) {
            Some((taken, held)) => Some(Next { taken, held, line }),
            None => {
                line.into_iter().for_each(Line::keep);
                None
            }
        }
    }

    async fn tell(&self, notice: &Claimed, settlement: &Settlement, answer: Option<Answer>) {
        let Settlement { id, stage, outcome, .. } = settlement;
        let code = outcome.reply().code;
        let Some(Answer::Settled(state)) = answer else {
            tracing::warn!(notice = %id, "{} too late: it is in other hands", outcome.name());
            return self.delete_if_erased(*id).await;
        };
        tracing::info!(notice = %id, state = state.name(), stage = stage.name(), code, "{}", outcome.name());
        if notice.probe || matches!(outcome, Outcome::Failed(..) | Outcome::Delayed(Blame::Relay, _)) {
            self.tell_of_pause().await;
        }
    }

    /// A file that was being written while its subscriber was erased.
    async fn delete_if_erased(&self, id: NoticeId) {
        let Transport::File(folder) = &self.transport else { return };
        if !matches!(self.store.message(id).await, Ok(None)) {
            return;
        }
        if let Err(error) = folder.erase(&[id]) {
            tracing::error!(notice = %id, "its file could not be deleted: {error}");
        }
    }

    /// Says once that the queue is paused, and once that it goes on.
    async fn tell_of_pause(&self) {
        let Ok(pause) = self.store.pause().await else { return };
        let mut known = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*known, &pause) {
            (None, Some(Pause { cause, reason, .. })) if *cause != Cause::Organizer => {
                tracing::error!("the outbox is paused: {reason}");
            }
            (Some(_), None) => tracing::info!("the outbox goes on"),
            _ => {}
        }
        *known = pause;
    }

    fn hold(self: &Arc<Self>, notice: &Claimed) -> Held {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.held().insert(notice.id, notice.fence);
        self.count.send_replace(self.held().len());
        Held { id: notice.id, dispatcher: self.clone() }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<NoticeId, i64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a session does next, and the line that is open for it.
struct Next<'d> {
    taken: Taken,
    held: Held,
    line: Option<Line<'d>>,
}

/// A notice under way; whatever becomes of its attempt, it is so no longer when this is dropped.
struct Held {
    id: NoticeId,
    dispatcher: Arc<Dispatcher>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let left = {
            let mut held = self.dispatcher.held();
            held.remove(&self.id);
            held.len()
        };
        self.dispatcher.count.send_replace(left);
    }
}
