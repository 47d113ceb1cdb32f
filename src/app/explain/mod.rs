//! Explaining: what became or will become of each reminder of one person, and whether what they were told is so.
//!
//! It reads the rows the planner reads, asks the rules the planner asks, and writes nothing.

mod besides;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::app::consider::programme_of;
use crate::app::plan::{Laid, Table};
use crate::domain::file::nearest;
use crate::domain::lead_time::LeadTime;
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::NoticeKind;
use crate::domain::planner::{News, Reason, Row, Statement, Told, explain as explained, last_told, leads, news};
use crate::domain::programme::Deadline;
use crate::domain::subscription::{Stated, Subscriber};
use crate::domain::zone::Instant;
use crate::store::planning::{Kept, Person};
use crate::store::{Store, StoreError};

pub use besides::{Besides, Fate};

/// Whom it is about, and what of.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// The programme's id.
    pub programme: &'q str,
    /// Whose reminders.
    pub mailbox: &'q Mailbox,
    /// Of which deadline; none: of all.
    pub deadline: Option<&'q str>,
    /// Also lead times of the programme that they did not choose.
    pub all: bool,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Whose.
    pub subscriber: Subscriber,
    /// When it was asked.
    pub now: Instant,
    /// Why nothing at all is sent at present, if so, and since when.
    pub paused: Option<(Instant, String)>,
    /// By deadline, in the programme's order.
    pub deadlines: Vec<Explained>,
    /// What they got besides, or did not; nothing where one deadline was asked about.
    pub besides: Vec<Besides>,
}

/// What there is to say of one thing, in sentences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paragraph {
    /// The id of the deadline it is about, or a word.
    pub about: String,
    /// Its title.
    pub title: String,
    /// How it stands.
    pub is: String,
    /// Each with what it is about: a lead time, or `told`.
    pub lines: Vec<(String, String)>,
}

/// What there is to say of one deadline.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The deadline as it is.
    pub deadline: Deadline,
    /// What they were last told.
    pub told: Told,
    /// When, and by which mail, where one is known.
    pub told_by: Option<(Instant, NoticeKind)>,
    /// Whether that is so.
    pub news: News,
    /// What became or will become of each reminder of its present date.
    pub reminders: Vec<(LeadTime, Reason)>,
    /// What became of reminders of dates it had before.
    pub before: Vec<(LeadTime, Instant, Reason)>,
    /// Their own lead times, or the programme's.
    leads: Vec<LeadTime>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such thing.
    #[error("{what}{}", hint.as_ref().map_or(String::new(), |near| format!("; did you mean {near}?")))]
    Unknown {
        /// What there is none of.
        what: String,
        /// What comes near it.
        hint: Option<String>,
    },
    /// The programme's file cannot be read any more.
    #[error("the file of {0} can no longer be read by this version; publish it anew")]
    Unreadable(String),
}

/// Answers it.
///
/// # Errors
/// When there is no such programme, subscriber or deadline, or the store cannot be read.
pub async fn explain(store: &Store, question: &Question<'_>, now: Instant) -> Result<Explanation, ExplainError> {
    let id = question.programme;
    let Some(publication) = store.head(id).await? else {
        let known: Vec<String> = store.heads().await?.into_iter().map(|(id, _)| id).collect();
        return Err(unknown(format!("no programme \"{id}\" is published here"), id, &known));
    };
    let revision = publication.revision;
    let programme = programme_of(&revision).ok_or_else(|| ExplainError::Unreadable(id.to_owned()))?;
    let subscriber = match store.subscriber_at(id, question.mailbox).await? {
        Some(subscriber) => store.people(&[subscriber.id]).await?.pop(),
        None => None,
    };
    let Some(person) = subscriber else {
        // Who else there is, is nobody's business: what comes near is shown as every list shows it.
        let all = store.subscribers(id).await?;
        let known: Vec<String> = all.iter().map(|subscriber| subscriber.mailbox.to_string()).collect();
        let address = question.mailbox.to_string();
        let near = nearest(&address, known.iter().map(String::as_str));
        let hint = near.and_then(|near| Some(near.parse::<Mailbox>().ok()?.masked()));
        return Err(ExplainError::Unknown { what: format!("{id} has no subscriber {address}"), hint });
    };
    let table = Table::read(store, &programme, &revision, now).await?;
    let mut laid = table.deadlines().await?;
    if let Some(wanted) = question.deadline {
        let known: Vec<String> = laid.keys().cloned().collect();
        laid.retain(|known, _| known == wanted);
        if laid.is_empty() {
            return Err(unknown(format!("{id} has no deadline \"{wanted}\""), wanted, &known));
        }
    }
    let rows = store.rows(person.subscriber.id).await?;
    let place = |id: &str| programme.deadlines.iter().position(|deadline| deadline.id.as_str() == id);
    let mut laid: Vec<(String, Laid)> = laid.into_iter().collect();
    // Those that left the programme stand at the end.
    laid.sort_by_key(|(id, _)| place(id).unwrap_or(usize::MAX));
    let view = View { table: &table, person: &person, rows: &rows, default: table.default_leads(), now };
    let besides = if question.deadline.is_none() { view.besides(store).await? } else { Vec::new() };
    let deadlines = laid.into_iter().map(|(id, laid)| view.deadline(&id, laid, question.all)).collect();
    let paused = store.pause().await?.map(|pause| (pause.since, pause.reason));
    Ok(Explanation { subscriber: person.subscriber.clone(), now, paused, deadlines, besides })
}

fn unknown(what: String, wanted: &str, known: &[String]) -> ExplainError {
    let hint = nearest(wanted, known.iter().map(String::as_str)).map(str::to_owned);
    ExplainError::Unknown { what, hint }
}

struct View<'v> {
    table: &'v Table<'v>,
    person: &'v Person,
    rows: &'v BTreeMap<String, Vec<Row>>,
    default: Vec<LeadTime>,
    now: Instant,
}

impl View<'_> {
    fn deadline(&self, id: &str, laid: Laid, all: bool) -> Explained {
        let (now, subscriber) = (self.now, &self.person.subscriber);
        let nothing = Kept::default();
        let kept = self.person.kept.get(id).unwrap_or(&nothing);
        let ledger = self.table.ledger(self.person, kept, &laid.deadline);
        let rows = self.rows.get(id).map_or(&[][..], Vec::as_slice);
        let theirs = leads(subscriber, &self.default).to_vec();
        let mut shown: BTreeSet<LeadTime> = theirs.iter().copied().collect();
        shown.extend(self.default.iter().copied().filter(|_| all));
        let due = laid.facts.statement.stated();
        // What was sent for a lead time they have given up since is told as well.
        let was_made = |row: &Row| row.reminder.filter(|_| row.stated == due).map(|(lead, _)| lead);
        shown.extend(rows.iter().filter_map(was_made));
        // The longest first, as they go out.
        let mut shown: Vec<LeadTime> = shown.into_iter().collect();
        shown.sort_by_key(|lead| std::cmp::Reverse(lead.length()));
        let reason = |lead| explained(now, subscriber, &self.default, &laid.facts, &ledger, rows, lead);
        let before = rows.iter().filter_map(|row| match (row.reminder, row.stated) {
            (Some((lead, _)), Stated::At(at)) if row.stated != due => {
                Some((lead, at, row.became(now, subscriber, &self.default, &laid.facts)?))
            }
            _ => None,
        });
        Explained {
            told_by: last_told(&ledger.told, rows),
            news: news(now, subscriber, &laid.facts, &ledger, rows),
            reminders: shown.iter().map(|lead| (*lead, reason(*lead))).collect(),
            before: before.collect(),
            told: ledger.told,
            deadline: laid.deadline,
            leads: theirs,
        }
    }
}

impl Explanation {
    /// A paragraph for each deadline, in sentences that may be pasted into an answer; times on the reader's own clock.
    pub fn text(&self) -> String {
        words::text(self)
    }

    /// The same in its parts: who they are, that nothing is sent at all where that is so, and the paragraphs.
    pub fn parts(&self) -> (String, Option<String>, Vec<Paragraph>) {
        (words::standing(self), words::paused(self), words::paragraphs(self))
    }

    /// One JSON object a line: for each reminder, and for what they were told of each deadline.
    pub fn json_lines(&self) -> String {
        let mut out = String::new();
        for explained in &self.deadlines {
            for line in self.lines(explained) {
                out.push_str(&line.to_string());
                out.push('\n');
            }
        }
        for besides in &self.besides {
            out.push_str(&format!("{}\n", besides.line(self)));
        }
        out
    }

    fn lines(&self, explained: &Explained) -> Vec<serde_json::Value> {
        let about = |kind: &str, lead: Option<LeadTime>, due: Option<Instant>| {
            json!({
                "programme": self.subscriber.programme, "to": self.subscriber.mailbox.to_string(),
                "deadline": explained.deadline.id.as_str(), "kind": kind, "lead": lead.map(|lead| lead.to_string()),
                "due": due.map(words::utc),
            })
        };
        let due = Statement::of(&explained.deadline).instant();
        let mut told = about("told", None, due);
        told["reason"] = json!(words::name_of_news(&explained.news));
        told["told"] = json!(explained.told.statement.instant().map(words::utc));
        told["at"] = json!(explained.told_by.map(|(at, _)| words::utc(at)));
        told["why"] = json!(words::told(self, explained));
        let reminder = |lead: LeadTime, due: Option<Instant>, reason: &Reason| {
            let mut line = about("reminder", Some(lead), due);
            line["reason"] = json!(words::name(reason));
            for (name, instant) in words::instants(reason) {
                line[name] = json!(words::utc(instant));
            }
            line["why"] = json!(words::sentence(self, explained, reason));
            line
        };
        let mut lines = vec![told];
        lines.extend(explained.before.iter().map(|(lead, due, reason)| reminder(*lead, Some(*due), reason)));
        lines.extend(explained.reminders.iter().map(|(lead, reason)| reminder(*lead, due, reason)));
        lines
    }
}
