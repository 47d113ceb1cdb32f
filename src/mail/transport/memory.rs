//! Outgoing mail kept in memory, with outcomes as they were told beforehand: for stories about what follows from them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::{Ended, said};
use crate::domain::notice::{Blame, Message, Outcome, Reply, Stage};

/// What happens to the next attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// It is taken.
    Relay,
    /// It is not taken now.
    Delay(Blame),
    /// It is refused.
    Fail(Blame),
    /// The message is taken, and the connection is lost before the reply.
    DropAfterDot,
    /// The connection is lost after the dot, and the message with it.
    LoseAfterDot,
}

/// What was sent, and what happens to what comes next.
#[derive(Debug, Default)]
pub struct Memory {
    acts: Mutex<VecDeque<Act>>,
    taken: Mutex<Vec<Message>>,
}

impl Memory {
    /// The next attempts go like this, one after the other; what comes after them is taken.
    pub fn scripted(acts: impl IntoIterator<Item = Act>) -> Memory {
        Memory { acts: Mutex::new(acts.into_iter().collect()), taken: Mutex::default() }
    }

    /// These arrived before; what comes next is taken.
    pub fn with(taken: Vec<Message>) -> Memory {
        Memory { acts: Mutex::default(), taken: Mutex::new(taken) }
    }

    /// Adds to what happens next.
    pub fn then(&self, act: Act) {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner).push_back(act);
    }

    /// What arrived, in its order.
    pub fn taken(&self) -> Vec<Message> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn offer(&self) -> Result<(), Ended> {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        let refusal = match acts.front() {
            Some(Act::Delay(blame)) => Outcome::Delayed(*blame, reply(451)),
            Some(Act::Fail(blame)) => Outcome::Failed(*blame, reply(550)),
            _ => return Ok(()),
        };
        acts.pop_front();
        Err(Ended { stage: Stage::Recipient, outcome: refusal })
    }

    pub(super) fn take(&self, message: &Message) -> Outcome {
        let act = self.acts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if act != Some(Act::LoseAfterDot) {
            self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        }
        match act {
            Some(Act::DropAfterDot | Act::LoseAfterDot) => Outcome::Uncertain(said("the connection was lost")),
            _ => Outcome::Relayed(reply(250)),
        }
    }
}

fn reply(code: u16) -> Reply {
    Reply { code: Some(code), text: "as told".to_owned() }
}
