//! One hand writes into the outbox: a commit is for everything that waits for one, and no two writes of this process
//! wait for each other in the database.
//!
//! What must be known before the next word of a conversation is written at once, with whatever else is there; outcomes
//! wait up to 20 milliseconds for company.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::sleep;

use crate::store::Store;
use crate::store::outbox::{Answer, Step};

/// How long an outcome waits for others.
const COMPANY: Duration = Duration::from_millis(20);
/// Steps in one transaction.
const STEPS: usize = 50;
/// How long a store that could not be written to is left alone.
const RETRY: Duration = Duration::from_millis(500);

type Request = (Step, oneshot::Sender<Answer>);

/// The hand.
pub(super) struct Pen {
    steps: mpsc::Sender<Request>,
    paper: Arc<Mutex<()>>,
}

impl Pen {
    pub(super) fn new(store: Store) -> Pen {
        let (steps, received) = mpsc::channel(2 * STEPS);
        let paper = Arc::new(Mutex::new(()));
        tokio::spawn(write(store, received, paper.clone()));
        Pen { steps, paper }
    }

    /// Writes a step, and says what became of it. What could not be written is lost.
    pub(super) async fn write(&self, step: Step) -> Answer {
        let (tell, told) = oneshot::channel();
        if self.steps.send((step, tell)).await.is_err() {
            return Answer::Lost;
        }
        told.await.unwrap_or(Answer::Lost)
    }

    /// Writes something else, while nothing is written here.
    pub(super) async fn alone<T>(&self, writing: impl Future<Output = T>) -> T {
        let _paper = self.paper.lock().await;
        writing.await
    }
}

async fn write(store: Store, mut received: mpsc::Receiver<Request>, paper: Arc<Mutex<()>>) {
    let mut group = Vec::new();
    while !group.is_empty() || received.recv_many(&mut group, STEPS).await > 0 {
        gather(&mut group, &mut received).await;
        let steps: Vec<Step> = group.iter().map(|(step, _)| step.clone()).collect();
        let applied = {
            let _paper = paper.lock().await;
            store.apply(&steps).await
        };
        match applied {
            Ok(answers) => {
                for ((_, tell), answer) in group.drain(..).zip(answers) {
                    // Whoever asked may have been cut off; it is written all the same.
                    let _ = tell.send(answer);
                }
            }
            Err(error) => {
                tracing::error!("the outbox: {error}");
                // Nothing may be sent that is not written down; but what was sent stays so, and must be written.
                group.retain(|(step, _)| is_outcome(step));
                sleep(RETRY).await;
            }
        }
    }
}

/// Waits for company, while there are only outcomes.
async fn gather(group: &mut Vec<Request>, received: &mut mpsc::Receiver<Request>) {
    let mut company = std::pin::pin!(sleep(COMPANY));
    while group.len() < STEPS && group.iter().all(|(step, _)| is_outcome(step)) {
        tokio::select! {
            biased;
            () = &mut company => break,
            step = received.recv() => match step {
                Some(step) => group.push(step),
                None => break,
            },
        }
    }
    while group.len() < STEPS
        && let Ok(step) = received.try_recv()
    {
        group.push(step);
    }
}

fn is_outcome(step: &Step) -> bool {
    matches!(step, Step::Settle(_))
}
