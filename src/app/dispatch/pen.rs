//! One hand writes into the outbox: a commit is for everything that waits for one, and no two writes of this process
//! wait for each other in the database.
//!
//! It never waits for company: whoever comes while it writes is in the next commit. Each session waits for two commits a
//! message: one that tells how its last message ended and begins the next, before MAIL FROM; and one for the dot.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::sleep;

use super::LEASE;
use crate::app::watch::{ClockWatch, leap_in_words};
use crate::clock::Clock;
use crate::domain::notice::Stage;
use crate::store::outbox::{Answer, Step, Taken, Taking};
use crate::store::{Store, StoreError};

/// Sessions served by one transaction.
const REQUESTS: usize = 50;
/// How long a store that could not be written to is left alone.
const RETRY: Duration = Duration::from_millis(500);

/// What one session, or several that are free, want written.
struct Request {
    step: Option<Step>,
    /// A notice is wanted for each of these, with which to do this first.
    next: Vec<Stage>,
    tell: oneshot::Sender<Written>,
}

/// What was written for them.
struct Written {
    answer: Option<Answer>,
    taken: Vec<Taken>,
}

/// The hand.
pub(super) struct Pen {
    requests: mpsc::Sender<Request>,
    paper: Arc<Mutex<()>>,
}

impl Pen {
    pub(super) fn new(store: Store, clock: Clock, watch: Arc<ClockWatch>, per_day: Option<usize>) -> Pen {
        let (requests, received) = mpsc::channel(2 * REQUESTS);
        let paper = Arc::new(Mutex::new(()));
        tokio::spawn(Hand { store, clock, watch, per_day, paper: paper.clone() }.write(received));
        Pen { requests, paper }
    }

    /// Writes a step, and says what became of it. What could not be written is lost.
    pub(super) async fn write(&self, step: Step) -> Answer {
        self.write_and_take(Some(step), Vec::new()).await.0.unwrap_or(Answer::Lost)
    }

    /// The same, if there is a step; and in the same commit takes a notice for each of these stages, and begins it there.
    pub(super) async fn write_and_take(&self, step: Option<Step>, next: Vec<Stage>) -> (Option<Answer>, Vec<Taken>) {
        let (tell, told) = oneshot::channel();
        if self.requests.send(Request { step, next, tell }).await.is_err() {
            return (None, Vec::new());
        }
        told.await.map_or((None, Vec::new()), |written| (written.answer, written.taken))
    }

    /// Writes something else, while nothing is written here.
    pub(super) async fn alone<T>(&self, writing: impl Future<Output = T>) -> T {
        let _paper = self.paper.lock().await;
        writing.await
    }
}

struct Hand {
    store: Store,
    clock: Clock,
    watch: Arc<ClockWatch>,
    per_day: Option<usize>,
    paper: Arc<Mutex<()>>,
}

impl Hand {
    async fn write(self, mut received: mpsc::Receiver<Request>) {
        let mut group: Vec<Request> = Vec::new();
        while !group.is_empty() || received.recv_many(&mut group, REQUESTS).await > 0 {
            while group.len() < REQUESTS
                && let Ok(request) = received.try_recv()
            {
                group.push(request);
            }
            // Steps of one kind are one statement; those of one conversation are never here together.
            group.sort_by_key(|request| request.step.as_ref().map(order));
            match self.commit(&group).await {
                Ok((answers, taken)) => {
                    let (mut answers, mut taken) = (answers.into_iter(), taken.into_iter());
                    for Request { step, next, tell } in group.drain(..) {
                        let answer = step.and_then(|_| answers.next());
                        let taken = taken.by_ref().take(next.len()).collect();
                        // Whoever asked may have been cut off; it is written all the same.
                        let _ = tell.send(Written { answer, taken });
                    }
                }
                Err(error) => {
                    tracing::error!("the outbox: {error}");
                    // Nothing may be sent that is not written down; but what was sent stays so, and must be written.
                    group.retain(|request| matches!(request.step, Some(Step::Settle(_))));
                    sleep(RETRY).await;
                }
            }
        }
    }

    async fn commit(&self, group: &[Request]) -> Result<(Vec<Answer>, Vec<Taken>), StoreError> {
        let steps: Vec<Step> = group.iter().filter_map(|request| request.step.clone()).collect();
        let stages: Vec<Stage> = group.iter().flat_map(|request| request.next.iter().copied()).collect();
        let _paper = self.paper.lock().await;
        // Before anything is begun by it: the doubt stands in the store when its freshness is decided.
        if let Some(leap) = self.watch.leap(&self.clock) {
            self.store.doubt_clock(&leap_in_words(leap), self.clock.now()).await?;
        }
        // From a store that is gone nothing is taken; what was said is still to be written into what is left of it.
        if stages.is_empty() || self.store.look().is_err() {
            return Ok((self.store.apply(&steps).await?, Vec::new()));
        }
        let taking =
            Taking { now: self.clock.now(), lease: self.clock.meanwhile(LEASE), stages, per_day: self.per_day };
        self.store.apply_and_take(&steps, Some(&taking)).await
    }
}

/// Outcomes first: what may be taken and what is still worth sending follows from them.
fn order(step: &Step) -> u8 {
    match step {
        Step::Settle(_) => 0,
        Step::Begin { .. } => 1,
        Step::Dot { .. } => 2,
    }
}
