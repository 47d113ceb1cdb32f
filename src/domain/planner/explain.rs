//! Why: what became or will become of one reminder, and of what somebody was told, as data.
//!
//! Rows of the queue say what became of what was made; the planner's own rules, asked with the facts of now or of the
//! end of a hold, say what will become of the rest. Nothing here is a second set of rules.

use super::verdict::not_followed;
use super::{Act, DeadlineFacts, Ledger, Told, Verdict, is_ahead, is_so, judge, leads, not_wanted, plan};
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NoticeKind, NoticeState, Reply};
use crate::domain::subscription::{Stated, Subscriber};
use crate::domain::zone::Instant;

/// A notice that states a deadline to somebody, as far as it says what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What it is.
    pub kind: NoticeKind,
    /// How far it has come.
    pub state: NoticeState,
    /// Of a reminder: which, and when it fell due.
    pub reminder: Option<(LeadTime, Instant)>,
    /// What it states.
    pub stated: Stated,
    /// Where to submit, as it states.
    pub link: Option<String>,
    /// The number of the told row that it follows.
    pub number: u32,
    /// When its next attempt may be made, if there is one.
    pub ready: Option<Instant>,
    /// When it came to its end.
    pub settled: Option<Instant>,
    /// When its last attempt ended, and what was said.
    pub attempt: Option<(Instant, Option<Reply>)>,
    /// What says it instead.
    pub said_by: Option<SaidBy>,
}

/// The notice that says what another would have said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SaidBy {
    /// What it is.
    pub saying: Saying,
    /// How far it has come.
    pub state: NoticeState,
    /// When it came to its end.
    pub settled: Option<Instant>,
}

/// What says a thing instead of a reminder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saying {
    /// Another reminder, of this lead time.
    Reminder(LeadTime),
    /// Another mail about the deadline.
    Mail(NoticeKind),
}

/// What somebody did, or was done, too late for a reminder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asking {
    /// They confirmed.
    Confirmed,
    /// They chose this lead time.
    Chose,
    /// The programme took it up.
    Offered,
    /// They asked for the deadline anew, or said that they were accepted.
    Anew,
}

/// What became or will become of a reminder, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It was sent.
    Sent {
        /// When.
        at: Instant,
    },
    /// It was handed over, and no reply was read.
    Uncertain {
        /// When.
        at: Option<Instant>,
        /// When the same message goes once more, if it does.
        again: Option<Instant>,
    },
    /// It was given up.
    Failed {
        /// When.
        at: Option<Instant>,
        /// What was said.
        reply: Option<Reply>,
    },
    /// It was not taken yet.
    Delayed {
        /// When it is tried again.
        until: Instant,
        /// What was said.
        reply: Option<Reply>,
    },
    /// It waits in the queue, or is being sent.
    OnItsWay,
    /// It waits for an organizer.
    Stopped,
    /// It was said by something else; none: by what is not known any more.
    Superseded {
        /// By what.
        by: Option<SaidBy>,
    },
    /// It will be said by something else.
    WillBeSaid {
        /// By what.
        by: Saying,
        /// When.
        at: Instant,
    },
    /// They asked for it after its time.
    AskedLater {
        /// When it fell due.
        fire: Instant,
        /// When they asked.
        asked: Instant,
        /// By what.
        by: Asking,
    },
    /// What the rules say.
    Rule(Verdict),
}

/// Whether what somebody was told is so; if not, why no correction has gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// It is what the deadline says.
    Same,
    /// They hear nothing of this deadline.
    Rule(Verdict),
    /// Neither what they were told nor what is so lies ahead.
    NothingAhead,
    /// The change is held.
    Held {
        /// Until when.
        until: Instant,
    },
    /// A correction was made; this became of it.
    Made(Reason),
    /// A correction is made at the next look.
    Due,
}

/// What became or will become of the reminder of this lead time, for the date the deadline has now. `rows` are those of
/// the subscriber and the deadline, oldest first; `default` the programme's lead times.
pub fn explain(
    now: Instant,
    subscriber: &Subscriber,
    default: &[LeadTime],
    deadline: &DeadlineFacts,
    ledger: &Ledger,
    rows: &[Row],
    lead: LeadTime,
) -> Reason {
    let of = |row: &&Row| {
        row.reminder.is_some_and(|(of, _)| of == lead)
            && Some(row.stated) == deadline.statement.instant().map(Stated::At)
    };
    if let Some(row) = rows.iter().rfind(of)
        && let Some(reason) = row.became(now, subscriber, default, deadline)
    {
        return reason;
    }
    match judge(now, subscriber, default, deadline, ledger, lead) {
        Verdict::AskedLater { fire, asked } => {
            let by = asking(subscriber, ledger, lead, asked);
            Reason::AskedLater { fire, asked, by }
        }
        verdict @ (Verdict::Ahead { .. } | Verdict::Due { .. } | Verdict::Held { .. }) => {
            forecast(now, subscriber, default, deadline, ledger, lead).unwrap_or(Reason::Rule(verdict))
        }
        verdict => Reason::Rule(verdict),
    }
}

impl Row {
    /// What became of it. None when it was withdrawn, or what said it was: it is as if it had not been made.
    pub fn became(
        &self,
        now: Instant,
        subscriber: &Subscriber,
        default: &[LeadTime],
        deadline: &DeadlineFacts,
    ) -> Option<Reason> {
        let (at, reply) = self.attempt.clone().map_or((None, None), |(at, reply)| (Some(at), reply));
        let fire = self.reminder.map(|(_, fire)| fire);
        Some(match self.state {
            NoticeState::Relayed => Reason::Sent { at: self.settled.or(at)? },
            NoticeState::Uncertain => Reason::Uncertain { at, again: self.ready },
            NoticeState::Failed => Reason::Failed { at: self.settled.or(at), reply },
            NoticeState::Superseded if self.said_by.is_some_and(|by| by.state == NoticeState::Withdrawn) => {
                return None;
            }
            NoticeState::Superseded => Reason::Superseded { by: self.said_by },
            NoticeState::Withdrawn => return None,
            NoticeState::Expired => Reason::Rule(Verdict::Expired { fire: fire? }),
            NoticeState::Claimed | NoticeState::Sending => Reason::OnItsWay,
            NoticeState::Due | NoticeState::Delayed | NoticeState::Held => {
                match self.stopped_by(now, subscriber, default, deadline) {
                    Some(verdict) => Reason::Rule(verdict),
                    None if self.state == NoticeState::Held => Reason::Stopped,
                    None => match self.ready.filter(|_| self.state == NoticeState::Delayed) {
                        Some(until) => Reason::Delayed { until, reply },
                        None => Reason::OnItsWay,
                    },
                }
            }
        })
    }

    /// Why it is not sent although it waits: nobody wants it any more, its deadline passed, or a change is held.
    fn stopped_by(
        &self,
        now: Instant,
        subscriber: &Subscriber,
        default: &[LeadTime],
        deadline: &DeadlineFacts,
    ) -> Option<Verdict> {
        let unwanted = match self.reminder {
            Some((lead, _)) => not_wanted(subscriber, default, deadline, lead),
            None => not_followed(subscriber, deadline),
        };
        let fire = self.reminder.map_or(now, |(_, fire)| fire);
        let until = deadline.held_until.filter(|until| now < *until);
        if unwanted.is_some() {
            unwanted
        } else if self.reminder.is_some() && matches!(self.stated, Stated::At(due) if due <= now) {
            Some(Verdict::Expired { fire })
        } else {
            until.map(|until| Verdict::Held { fire, until })
        }
    }
}

/// What the planner will do at its next look that may do something, or at the reminder's own time. None: as it was
/// judged.
fn forecast(
    now: Instant,
    subscriber: &Subscriber,
    default: &[LeadTime],
    deadline: &DeadlineFacts,
    ledger: &Ledger,
    lead: LeadTime,
) -> Option<Reason> {
    let until = deadline.held_until.filter(|until| now < *until);
    let due = deadline.statement.instant()?;
    let fire = lead.fire(due, subscriber.zone, subscriber.choice.to_the_minute);
    let at = until.unwrap_or(now);
    if at >= due {
        // Nobody knows what an organizer will say of it.
        return until.map(|until| Reason::Rule(Verdict::Held { fire, until }));
    }
    let free = DeadlineFacts { held_until: None, ..deadline.clone() };
    let acts = plan(at, subscriber, default, &free, ledger);
    let corrected = acts.iter().find_map(|act| match act {
        Act::Correct { covers_until, .. } => Some(*covers_until),
        _ => None,
    });
    if corrected.is_some_and(|covers_until| fire <= covers_until) {
        return Some(Reason::WillBeSaid { by: Saying::Mail(NoticeKind::Correction), at });
    }
    let reminded = acts.iter().find_map(|act| match act {
        Act::Remind { lead, .. } => Some(*lead),
        _ => None,
    });
    match reminded {
        Some(other) if fire <= at && other != lead => Some(Reason::WillBeSaid { by: Saying::Reminder(other), at }),
        _ if fire <= at => until.map(|until| Reason::Rule(Verdict::Held { fire, until })),
        // Of several that fire at one moment the last on the list is sent.
        _ => {
            let fires = |other: &&LeadTime| {
                other.fire(due, subscriber.zone, subscriber.choice.to_the_minute) == fire
                    && matches!(judge(at, subscriber, default, &free, ledger, **other), Verdict::Ahead { .. })
            };
            let last = leads(subscriber, default).iter().rfind(fires).filter(|last| **last != lead)?;
            Some(Reason::WillBeSaid { by: Saying::Reminder(*last), at: fire })
        }
    }
}

fn asking(subscriber: &Subscriber, ledger: &Ledger, lead: LeadTime, asked: Instant) -> Asking {
    if subscriber.confirmed == Some(asked) {
        Asking::Confirmed
    } else if ledger.asked == asked {
        Asking::Anew
    } else if ledger.chosen.contains_key(&lead) && subscriber.choice.leads.is_none() {
        Asking::Offered
    } else {
        Asking::Chose
    }
}

/// Whether what they were told is so, and if not, why no correction has gone.
pub fn news(now: Instant, subscriber: &Subscriber, deadline: &DeadlineFacts, ledger: &Ledger, rows: &[Row]) -> News {
    let told = &ledger.told;
    if is_so(told, deadline) {
        return News::Same;
    }
    if let Some(verdict) = not_followed(subscriber, deadline) {
        return News::Rule(verdict);
    }
    let states = |row: &&Row| {
        row.kind == NoticeKind::Correction
            && row.number == told.number
            && row.stated == deadline.statement.stated()
            && row.link == deadline.link
    };
    // A correction that was superseded or withdrawn is made again.
    let made = rows.iter().filter(|row| !matches!(row.state, NoticeState::Superseded | NoticeState::Withdrawn));
    if let Some(row) = made.rev().find(states)
        && let Some(reason) = row.became(now, subscriber, &[], deadline)
    {
        return News::Made(reason);
    }
    if !is_ahead(now, told, deadline) {
        return News::NothingAhead;
    }
    match deadline.held_until.filter(|until| now < *until) {
        Some(until) => News::Held { until },
        None => News::Due,
    }
}

/// When, and by which mail, they were told what they were last told; none where no mail of ours is known that said so:
/// the confirmation did, or a page.
pub fn last_told(told: &Told, rows: &[Row]) -> Option<(Instant, NoticeKind)> {
    let went = |row: &&Row| matches!(row.state, NoticeState::Relayed | NoticeState::Uncertain);
    let says = |row: &&Row| row.stated == told.statement.stated() && row.link == told.link;
    let at = |row: &Row| row.settled.or(row.attempt.as_ref().map(|(at, _)| *at)).map(|at| (at, row.kind));
    rows.iter().filter(went).filter(says).filter_map(at).max_by_key(|(at, _)| *at)
}
