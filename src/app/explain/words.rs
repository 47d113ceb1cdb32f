//! The sentences of an explanation. The reasons are data; here each has its words, to the reader, on their own clock.

use std::fmt::Write;

use chrono::Datelike;

use super::{Besides, Explained, Explanation, Paragraph};
use crate::domain::language::{Language, reading_of};
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NoticeState, Reply};
use crate::domain::planner::{Asking, News, Reason, SaidBy, Saying, Statement, Verdict};
use crate::domain::subscription::Standing;
use crate::domain::zone::Instant;

/// All of it, a paragraph after the other.
pub(super) fn text(explanation: &Explanation) -> String {
    let mut out = format!("{}\n", standing(explanation));
    if let Some(paused) = paused(explanation) {
        let _ = writeln!(out, "{paused}");
    }
    for Paragraph { about, title: _, is, lines } in paragraphs(explanation) {
        let heading = if is.is_empty() { about } else { format!("{about}: {is}") };
        let _ = writeln!(out, "\n{heading}");
        for (what, sentence) in lines {
            let _ = if is.is_empty() {
                writeln!(out, "  {what}: {sentence}")
            } else {
                writeln!(out, "  {what:<10} {sentence}")
            };
        }
    }
    out
}

/// Who they are, and on which clock.
pub(super) fn standing(explanation: &Explanation) -> String {
    let subscriber = &explanation.subscriber;
    let clock = Clock(explanation);
    let standing = match (subscriber.standing, subscriber.confirmed) {
        (Standing::Confirmed, Some(at)) => format!("confirmed on {}", clock.at(at)),
        (Standing::Confirmed, None) => "confirmed".to_owned(),
        (Standing::Pending, _) => format!("asked on {}, not confirmed", clock.at(subscriber.created)),
        (Standing::Left, _) => "left".to_owned(),
    };
    let (who, programme, zone) = (&subscriber.mailbox, &subscriber.programme, subscriber.zone.name());
    format!("{who} in {programme}: {standing}. Times are on their clock, {zone}.")
}

/// That nothing at all is sent, where that is so.
pub(super) fn paused(explanation: &Explanation) -> Option<String> {
    let (since, reason) = explanation.paused.as_ref()?;
    Some(format!("No mail at all is sent since {}: {reason}", Clock(explanation).at(*since)))
}

/// A paragraph for each deadline, and last, where there is anything, one of what they got besides.
pub(super) fn paragraphs(explanation: &Explanation) -> Vec<Paragraph> {
    let clock = Clock(explanation);
    let of_deadline = |explained: &Explained| {
        let mut lines = vec![("told".to_owned(), told(explanation, explained))];
        lines.extend(explained.before.iter().map(|(lead, due, reason)| {
            let sentence = sentence(explanation, explained, reason);
            (lead.to_string(), format!("For the date before, {}: {sentence}", clock.moment(*due)))
        }));
        let reminder =
            |(lead, reason): &(LeadTime, Reason)| (lead.to_string(), sentence(explanation, explained, reason));
        lines.extend(explained.reminders.iter().map(reminder));
        Paragraph {
            about: explained.deadline.id.to_string(),
            title: explained.deadline.title.clone(),
            is: stated(explanation, &Statement::of(&explained.deadline)),
            lines,
        }
    };
    let mut paragraphs: Vec<Paragraph> = explanation.deadlines.iter().map(of_deadline).collect();
    if !explanation.besides.is_empty() {
        let line = |besides: &Besides| (besides.what(), besides.sentence(explanation));
        paragraphs.push(Paragraph {
            about: "Besides".to_owned(),
            title: "Besides".to_owned(),
            is: String::new(),
            lines: explanation.besides.iter().map(line).collect(),
        });
    }
    paragraphs
}

/// What became or will become of a reminder, and why.
pub(super) fn sentence(explanation: &Explanation, explained: &Explained, reason: &Reason) -> String {
    let clock = Clock(explanation);
    match reason {
        Reason::Sent { at } => format!("Sent on {}.", clock.full(*at)),
        Reason::Uncertain { at, again } => {
            let at = at.map_or(String::new(), |at| format!(" on {}", clock.full(at)));
            let again = match again {
                Some(again) => format!("The same message goes once more on {}", clock.at(*again)),
                None => "It is not sent again".to_owned(),
            };
            format!("Handed over{at}, but no reply was read, so it may have arrived. {again}.")
        }
        Reason::Failed { at, reply } => {
            let at = at.map_or(String::new(), |at| format!(" on {}", clock.full(at)));
            format!("Not sent: it was given up{at}{}.", said(reply.as_ref()))
        }
        Reason::Delayed { until, reply } => {
            format!(
                "Not sent yet: it was not taken{}; the next attempt is on {}.",
                said(reply.as_ref()),
                clock.full(*until)
            )
        }
        Reason::OnItsWay => "On its way: it waits for its turn, or is being sent.".to_owned(),
        Reason::Stopped => "Not sent yet: an organizer is to say whether it goes.".to_owned(),
        Reason::Superseded { by: None } => {
            "Not sent: another mail had said it, or an organizer let it count as sent.".to_owned()
        }
        Reason::Superseded { by: Some(by) } => format!("Not sent: {} it too.", clock.saying(by)),
        Reason::WillBeSaid { by, at } => format!("Will not be sent: {} on {} says it too.", mail(by), clock.full(*at)),
        Reason::AskedLater { fire, asked, by } => {
            let did = match by {
                Asking::Confirmed => "you confirmed",
                Asking::Chose => "you chose this lead time",
                Asking::Offered => "the programme took up this lead time",
                Asking::Anew => "you asked for this deadline anew",
            };
            let (asked, fire) = (clock.at(*asked), clock.full(*fire));
            format!("Not sent: {did} on {asked}, after this reminder's time ({fire}).")
        }
        Reason::Rule(verdict) => rule(explanation, explained, *verdict),
    }
}

fn rule(explanation: &Explanation, explained: &Explained, verdict: Verdict) -> String {
    let clock = Clock(explanation);
    match verdict {
        Verdict::Finished { fire } => {
            format!("Not sent again: it came to its end (its time was {}).", clock.full(fire))
        }
        Verdict::AskedLater { fire, asked } => {
            format!("Not sent: you asked on {}, after this reminder's time ({}).", clock.at(asked), clock.full(fire))
        }
        Verdict::Covered { fire, until } => format!(
            "Not sent: another mail about this deadline stands for its reminders up to {}, and this one's time is {}.",
            clock.at(until),
            clock.full(fire)
        ),
        Verdict::Expired { fire } => {
            format!("Not sent: the deadline passed before it could be (its time was {}).", clock.full(fire))
        }
        Verdict::Held { fire, until } => {
            let (held, fire) = (held(&clock, until), clock.full(fire));
            format!("Not sent yet: {held}, and nothing goes out about it before (this reminder's time is {fire}).")
        }
        Verdict::Ahead { fire } => format!("Will be sent on {}.", clock.full(fire)),
        Verdict::Due { fire } => format!("Due since {}: it goes out at the service's next look.", clock.full(fire)),
        other => format!("No reminder: {}.", never(explanation, explained, other)),
    }
}

/// Why nothing comes, whatever the hour.
fn never(explanation: &Explanation, explained: &Explained, verdict: Verdict) -> String {
    let subscriber = &explanation.subscriber;
    match verdict {
        Verdict::NotSubscribed if subscriber.standing == Standing::Left => "you left",
        Verdict::NotSubscribed => "you have not confirmed",
        Verdict::AnothersDate => "this date is another's, and no mail is about it",
        Verdict::NoReminders => "nothing is asked of you on that day; only a change of it is told",
        Verdict::NotTheirRole => "attendees hear of registration, and you did not choose this deadline besides",
        Verdict::NotChosen => "you unticked this deadline",
        Verdict::NotAccepted if subscriber.accepted == Some(false) => "you were not accepted",
        Verdict::NotAccepted => "this is for who was accepted, and nobody has said that you were",
        Verdict::Done => "you said that you are done with it, or that it is not for you",
        Verdict::NoDate => "its date is to be announced",
        Verdict::Withdrawn => "there is no such deadline any more",
        Verdict::LeadNotChosen => {
            let leads: Vec<String> = explained.leads.iter().map(ToString::to_string).collect();
            let yours = if leads.is_empty() { "none".to_owned() } else { leads.join(", ") };
            return format!("this lead time is not among yours ({yours})");
        }
        Verdict::Finished { .. }
        | Verdict::AskedLater { .. }
        | Verdict::Covered { .. }
        | Verdict::Expired { .. }
        | Verdict::Held { .. }
        | Verdict::Ahead { .. }
        | Verdict::Due { .. } => "its time is another",
    }
    .to_owned()
}

/// What they were last told, whether that is so, and if not, why no correction has gone.
pub(super) fn told(explanation: &Explanation, explained: &Explained) -> String {
    let clock = Clock(explanation);
    let was = stated(explanation, &explained.told.statement);
    let by = match explained.told_by {
        Some((at, kind)) => format!(" on {} ({})", clock.full(at), kind.name()),
        None if explained.told.number > 0 || explained.told != crate::domain::planner::Told::nothing() => {
            " (by the confirmation, or on a page of yours)".to_owned()
        }
        None => String::new(),
    };
    // Whoever was told nothing holds nothing that is not so.
    if by.is_empty() && explained.told.statement == Statement::Open {
        let why = match &explained.news {
            News::Same => return "You were told nothing of it. There is nothing to tell yet.".to_owned(),
            News::Rule(verdict) => {
                let why = never(explanation, explained, *verdict);
                return format!("You were told nothing of it, and no mail about it comes: {why}.");
            }
            News::NothingAhead => "nothing of it lies ahead".to_owned(),
            News::Held { until } => held(&clock, *until),
            News::Due => "a mail about it goes out at the service's next look".to_owned(),
            News::Made(reason) => {
                let sentence = sentence(explanation, explained, reason);
                return format!("You were told nothing of it. The mail about it: {sentence}");
            }
        };
        return format!("You were told nothing of it: {why}.");
    }
    let told = format!("You were told{by}: {was}");
    let so = match &explained.news {
        News::Same => "That is so".to_owned(),
        News::Rule(verdict) => {
            format!("That is not so any more, and no correction comes: {}", never(explanation, explained, *verdict))
        }
        News::NothingAhead => "That is not so any more, but nothing of it lies ahead: no correction comes".to_owned(),
        News::Held { until } => {
            format!("That is not so any more; no correction has gone, for {}", held(&clock, *until))
        }
        News::Due => "That is not so any more; a correction goes out at the service's next look".to_owned(),
        News::Made(reason) => {
            let sentence = sentence(explanation, explained, reason);
            format!("That is not so any more. The correction: {}", sentence.trim_end_matches('.'))
        }
    };
    format!("{told}. {so}.")
}

fn held(clock: &Clock<'_>, until: Instant) -> String {
    if until == Instant::MAX_UTC {
        return "it waits for an organizer's word".to_owned();
    }
    format!("a change of it, or an announcement about it, is held until {}", clock.full(until))
}

pub(super) fn said(reply: Option<&Reply>) -> String {
    reply.map_or(String::new(), |reply| format!(", after the reply \"{reply}\""))
}

fn mail(saying: &Saying) -> String {
    match saying {
        Saying::Reminder(lead) => format!("the reminder {lead}"),
        Saying::Mail(kind) => format!("the {}", kind.name()),
    }
}

/// What a deadline says, on their clock.
fn stated(explanation: &Explanation, statement: &Statement) -> String {
    match statement {
        Statement::At(moment) => format!("due {}", Clock(explanation).moment(moment.instant)),
        Statement::Open => "its date is to be announced".to_owned(),
        Statement::Withdrawn => "withdrawn".to_owned(),
    }
}

/// The reader's clock.
pub(super) struct Clock<'c>(pub(super) &'c Explanation);

impl Clock<'_> {
    /// `24 Jun 10:02`, with its year where that is another than this one.
    fn at(&self, instant: Instant) -> String {
        let zone = self.0.subscriber.zone;
        let (there, today) = (zone.local(instant).civil, zone.local(self.0.now).civil);
        let format = if there.year() == today.year() { "%-d %b %H:%M" } else { "%-d %b %Y %H:%M" };
        there.format(format).to_string()
    }

    /// The same with the letters of its zone, `24 Jun 10:02 KST`.
    pub(super) fn full(&self, instant: Instant) -> String {
        format!("{} {}", self.at(instant), self.0.subscriber.zone.local(instant).label)
    }

    /// As mails say it: `Tue 1 July, 13:59 in Copenhagen`.
    fn moment(&self, instant: Instant) -> String {
        Language::English.day_and_hour(&reading_of(self.0.subscriber.zone, instant))
    }

    /// What said or will say it: `the correction of 24 Jun 22:23 said`.
    fn saying(&self, by: &SaidBy) -> String {
        let what = mail(&by.saying);
        match (by.state, by.settled) {
            (NoticeState::Relayed, Some(at)) => format!("{what} of {} said", self.full(at)),
            (NoticeState::Failed, Some(at)) => {
                format!("{what}, which was given up on {}, would have said", self.full(at))
            }
            (NoticeState::Relayed | NoticeState::Uncertain, _) => format!("{what} said"),
            (NoticeState::Expired | NoticeState::Superseded, _) => format!("{what} stood for"),
            _ => format!("{what} on its way says"),
        }
    }
}

/// The reason's name, for machines.
pub(super) fn name(reason: &Reason) -> &'static str {
    match reason {
        Reason::Sent { .. } => "sent",
        Reason::Uncertain { .. } => "uncertain",
        Reason::Failed { .. } => "failed",
        Reason::Delayed { .. } => "delayed",
        Reason::OnItsWay => "on its way",
        Reason::Stopped => "stopped",
        Reason::Superseded { .. } => "superseded",
        Reason::WillBeSaid { .. } => "will be said",
        Reason::AskedLater { .. } => "asked later",
        Reason::Rule(verdict) => match verdict {
            Verdict::NotSubscribed => "not subscribed",
            Verdict::AnothersDate => "another's date",
            Verdict::NoReminders => "no reminders",
            Verdict::NotTheirRole => "not their role",
            Verdict::NotChosen => "not chosen",
            Verdict::NotAccepted => "not accepted",
            Verdict::Done => "done",
            Verdict::LeadNotChosen => "lead time not chosen",
            Verdict::NoDate => "no date",
            Verdict::Withdrawn => "withdrawn",
            Verdict::Finished { .. } => "finished",
            Verdict::AskedLater { .. } => "asked later",
            Verdict::Covered { .. } => "covered",
            Verdict::Expired { .. } => "expired",
            Verdict::Held { .. } => "held",
            Verdict::Ahead { .. } => "ahead",
            Verdict::Due { .. } => "due",
        },
    }
}

/// The instants of a reason, by name.
pub(super) fn instants(reason: &Reason) -> Vec<(&'static str, Instant)> {
    let named = |pairs: &[(&'static str, Option<Instant>)]| {
        pairs.iter().filter_map(|(name, at)| at.map(|at| (*name, at))).collect()
    };
    match reason {
        Reason::Sent { at } | Reason::WillBeSaid { at, .. } => named(&[("at", Some(*at))]),
        Reason::Uncertain { at, again } => named(&[("at", *at), ("again", *again)]),
        Reason::Failed { at, .. } => named(&[("at", *at)]),
        Reason::Delayed { until, .. } => named(&[("until", Some(*until))]),
        Reason::Superseded { by } => named(&[("at", by.and_then(|by| by.settled))]),
        Reason::OnItsWay | Reason::Stopped => Vec::new(),
        Reason::AskedLater { fire, asked, .. } | Reason::Rule(Verdict::AskedLater { fire, asked }) => {
            named(&[("fire", Some(*fire)), ("asked", Some(*asked))])
        }
        Reason::Rule(Verdict::Covered { fire, until } | Verdict::Held { fire, until }) => {
            // A hold without an end has none.
            named(&[("fire", Some(*fire)), ("until", Some(*until).filter(|until| *until < Instant::MAX_UTC))])
        }
        Reason::Rule(
            Verdict::Finished { fire } | Verdict::Expired { fire } | Verdict::Ahead { fire } | Verdict::Due { fire },
        ) => named(&[("fire", Some(*fire))]),
        Reason::Rule(_) => Vec::new(),
    }
}

/// The name of what there is to say of what they were told, for machines.
pub(super) fn name_of_news(news: &News) -> &'static str {
    match news {
        News::Same => "so",
        News::NothingAhead => "nothing ahead",
        News::Held { .. } => "held",
        News::Due => "due",
        News::Made(reason) => name(reason),
        News::Rule(verdict) => name(&Reason::Rule(*verdict)),
    }
}

pub(super) fn utc(instant: Instant) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
