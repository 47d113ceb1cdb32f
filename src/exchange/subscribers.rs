//! Subscribers as CSV: what `simulate` and `subscribers import` read, and what `subscribers export` writes.
//!
//! The header is `address,joined,role,lead,zone,language,deadlines`; only `address` is required, an empty cell means the
//! default, several values in a cell are separated by blanks. `done` (`DEADLINE` or `DEADLINE@INSTANT`), `accepted` and
//! `left` (an instant, or yes and no) may follow; so may `id`, `asked`, `standing`, `except`, `also`, `minute`, `ics`
//! and `links`, which an export writes so that reading it back gives the same subscribers. No cell is ever a formula.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use csv::{Terminator, WriterBuilder};

use super::table::{BadTable, Row, Table, guarded};
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::lead_time::LeadTime;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::Id;
use crate::domain::subscription::{Choice, ReaderRole, Standing, Subscriber, SubscriberId};
use crate::domain::zone::{Instant, Zone};

const COLUMNS: [&str; 20] = [
    "address",
    "joined",
    "role",
    "lead",
    "zone",
    "language",
    "deadlines",
    "done",
    "accepted",
    "left",
    "id",
    "asked",
    "standing",
    "except",
    "also",
    "minute",
    "ics",
    "presents",
    "closing",
    "links",
];

const INSTANT: &str = "an instant is written 2027-05-02T10:00:00Z";

/// Yes, perhaps since an instant, or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// Yes; since when, if that is known.
    Yes(Option<Instant>),
    /// No.
    No,
}

/// A subscriber as a row has it: what is none stands for the default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The line of its row.
    pub line: u64,
    /// Where mail goes.
    pub mailbox: Mailbox,
    /// When it was confirmed.
    pub joined: Option<Instant>,
    /// What they are.
    pub role: Option<ReaderRole>,
    /// How early.
    pub leads: Option<Vec<LeadTime>>,
    /// On whose clock.
    pub zone: Option<Zone>,
    /// In which language.
    pub language: Option<Language>,
    /// The ids of the deadlines chosen; none stands for all, also later ones.
    pub deadlines: Option<BTreeSet<String>>,
    /// The ids of deadlines nothing is wanted of.
    pub except: BTreeSet<String>,
    /// The ids of deadlines that were chosen although their role would not bring them.
    pub also: BTreeSet<String>,
    /// The ids of deadlines they are done with, and since when.
    pub done: BTreeMap<String, Option<Instant>>,
    /// Whether they were accepted.
    pub accepted: Option<Said>,
    /// Whether they left.
    pub left: Option<Said>,
    /// Their number, in an export.
    pub id: Option<SubscriberId>,
    /// When they first asked.
    pub asked: Option<Instant>,
    /// How far it has come; otherwise told by `joined` and `left`.
    pub standing: Option<Standing>,
    /// Lead times to the minute.
    pub to_the_minute: bool,
    /// An `.ics` part with every mail.
    pub calendar: bool,
    /// The ids of sessions they present in.
    pub presents: BTreeSet<String>,
    /// Whether they asked for the mail after the workshop.
    pub closing: bool,
    /// The version of their links.
    pub link_version: Option<u32>,
}

/// A cell that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, {column}: {says}")]
pub struct Problem {
    /// The line of its row.
    pub line: u64,
    /// Its column.
    pub column: &'static str,
    /// What is wrong.
    pub says: String,
}

/// A file that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadSubscribers {
    /// It is no table.
    #[error(transparent)]
    Table(#[from] BadTable),
    /// The first line has no `address`.
    #[error("the first line must name the columns, \"address\" among them: {}", COLUMNS[..7].join(","))]
    NoHeader,
    /// The first line has a name that is none of ours, or one twice.
    #[error("the first line has the column \"{name}\", which is unknown or there twice; it may have {}", COLUMNS.join(", "))]
    Column {
        /// That name.
        name: String,
    },
    /// Cells that cannot be used, all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Cells(Vec<Problem>),
}

/// Reads subscribers. `known` says whether a deadline of this id exists.
///
/// # Errors
/// With every cell that cannot be used.
pub fn read(octets: &[u8], known: impl Fn(&str) -> bool) -> Result<Vec<Listed>, BadSubscribers> {
    let table = Table::read(octets, |name| COLUMNS.contains(&name.to_lowercase().as_str()))?;
    let Some((header, rows)) = table.rows.split_first() else { return Err(BadSubscribers::NoHeader) };
    let columns = columns(header)?;
    let mut reading = Reading { columns, known: &known, problems: Vec::new() };
    let mut met = BTreeMap::new();
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(one) = reading.row(row) else { continue };
        match met.insert(one.mailbox.to_string().to_lowercase(), row.line) {
            Some(line) => reading.tell(row, "address", format!("line {line} has the same")),
            None => listed.push(one),
        }
    }
    if reading.problems.is_empty() { Ok(listed) } else { Err(BadSubscribers::Cells(reading.problems)) }
}

fn columns(header: &Row) -> Result<BTreeMap<&'static str, usize>, BadSubscribers> {
    let mut columns = BTreeMap::new();
    let names: Vec<String> = header.cells.iter().map(|name| name.to_lowercase()).collect();
    if !names.iter().any(|name| name == "address") {
        return Err(BadSubscribers::NoHeader);
    }
    for (at, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let unknown = || BadSubscribers::Column { name: name.escape_debug().take(60).collect() };
        let column = COLUMNS.iter().find(|column| *column == name).ok_or_else(unknown)?;
        if columns.insert(*column, at).is_some() {
            return Err(unknown());
        }
    }
    Ok(columns)
}

struct Reading<'r> {
    columns: BTreeMap<&'static str, usize>,
    known: &'r dyn Fn(&str) -> bool,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn row(&mut self, row: &Row) -> Option<Listed> {
        let before = self.problems.len();
        let mailbox = match self.text(row, "address").parse::<Mailbox>() {
            Ok(mailbox) => Some(mailbox),
            Err(error) => {
                self.tell(row, "address", error.to_string());
                None
            }
        };
        let leads = self.leads(row);
        let deadlines = self.deadlines(row, "deadlines");
        let listed = Listed {
            line: row.line,
            joined: self.one(row, "joined"),
            role: self.named(row, "role"),
            leads,
            zone: self.one(row, "zone"),
            language: self.named(row, "language"),
            deadlines: (!deadlines.is_empty()).then_some(deadlines),
            except: self.deadlines(row, "except"),
            also: self.deadlines(row, "also"),
            done: self.done(row),
            accepted: self.said(row, "accepted"),
            left: self.said(row, "left"),
            id: self.one(row, "id").map(SubscriberId),
            asked: self.one(row, "asked"),
            standing: self.named(row, "standing"),
            to_the_minute: self.said(row, "minute").is_some_and(|said| said != Said::No),
            calendar: self.said(row, "ics").is_some_and(|said| said != Said::No),
            presents: self.sessions(row),
            closing: self.said(row, "closing").is_some_and(|said| said != Said::No),
            link_version: self.one(row, "links"),
            mailbox: mailbox?,
        };
        (self.problems.len() == before).then_some(listed)
    }

    fn text<'c>(&self, row: &'c Row, column: &'static str) -> &'c str {
        self.columns.get(column).and_then(|at| row.cells.get(*at)).map_or("", String::as_str)
    }

    fn tell(&mut self, row: &Row, column: &'static str, says: String) {
        self.problems.push(Problem { line: row.line, column, says });
    }

    fn parsed<T: FromStr<Err: ToString>>(&mut self, row: &Row, column: &'static str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let text: String = text.chars().take(40).collect();
                let (text, why) = (text.escape_debug(), error.to_string());
                let why = if column_of_instants(column) { INSTANT } else { &why };
                self.tell(row, column, format!("\"{text}\": {why}"));
                None
            }
        }
    }

    fn one<T: FromStr<Err: ToString>>(&mut self, row: &Row, column: &'static str) -> Option<T> {
        let text = self.text(row, column);
        if text.is_empty() { None } else { self.parsed(row, column, text) }
    }

    /// Empty stands for the programme's own, `none` for no reminder at all.
    fn leads(&mut self, row: &Row) -> Option<Vec<LeadTime>> {
        let text = self.text(row, "lead");
        let words = text.split_ascii_whitespace().filter(|_| text != "none");
        let leads = words.filter_map(|word| self.parsed(row, "lead", word)).collect();
        (!text.is_empty()).then_some(leads)
    }

    fn named<T: Named>(&mut self, row: &Row, column: &'static str) -> Option<T> {
        let text = self.text(row, column);
        let value = T::named(text);
        if value.is_none() && !text.is_empty() {
            let names: Vec<&str> = T::ALL.iter().map(|(name, _)| *name).collect();
            self.tell(row, column, format!("it can be {}", names.join(" or ")));
        }
        value
    }

    fn deadlines(&mut self, row: &Row, column: &'static str) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for id in self.text(row, column).split_ascii_whitespace() {
            if (self.known)(id) {
                ids.insert(id.to_owned());
            } else {
                self.tell(row, column, format!("there is no deadline \"{}\"", id.escape_debug()));
            }
        }
        ids
    }

    fn sessions(&mut self, row: &Row) -> BTreeSet<String> {
        let ids = self.text(row, "presents").split_ascii_whitespace();
        let mut sessions = BTreeSet::new();
        for id in ids {
            match Id::new(id) {
                Ok(id) => {
                    sessions.insert(id.to_string());
                }
                Err(why) => self.tell(row, "presents", format!("\"{}\": {why}", id.escape_debug())),
            }
        }
        sessions
    }

    fn done(&mut self, row: &Row) -> BTreeMap<String, Option<Instant>> {
        let mut done = BTreeMap::new();
        for word in self.text(row, "done").split_ascii_whitespace() {
            let (id, at) = word.split_once('@').map_or((word, None), |(id, at)| (id, Some(at)));
            if !(self.known)(id) {
                self.tell(row, "done", format!("there is no deadline \"{}\"", id.escape_debug()));
            }
            let at = at.and_then(|at| self.parsed(row, "done", at));
            done.insert(id.to_owned(), at);
        }
        done
    }

    fn said(&mut self, row: &Row, column: &'static str) -> Option<Said> {
        match self.text(row, column) {
            "" => None,
            "yes" => Some(Said::Yes(None)),
            "no" => Some(Said::No),
            at => self.parsed(row, column, at).map(|at| Said::Yes(Some(at))),
        }
    }
}

fn column_of_instants(column: &str) -> bool {
    ["joined", "asked", "done", "accepted", "left", "minute", "ics", "closing"].contains(&column)
}

/// What a row leaves open.
#[derive(Clone, Copy, Debug)]
pub struct Defaults<'d> {
    /// The programme's id.
    pub programme: &'d str,
    /// The ids of its deadlines.
    pub deadlines: &'d [&'d str],
    /// Its language.
    pub language: Language,
    /// Its zone.
    pub zone: Zone,
    /// When somebody joined of whom it is not said.
    pub joined: Instant,
    /// The number of somebody who has none.
    pub id: SubscriberId,
}

impl Listed {
    /// The subscriber: what the row leaves open is taken from `defaults`.
    pub fn subscriber(self, defaults: &Defaults<'_>) -> Subscriber {
        let left = matches!(self.left, Some(Said::Yes(_)));
        let standing = self.standing.unwrap_or(if left { Standing::Left } else { Standing::Confirmed });
        let confirmed = self.joined.or((standing == Standing::Confirmed).then_some(defaults.joined));
        let (mut excluded, mut included) = (self.except, self.also);
        let role = self.role.unwrap_or(ReaderRole::Author);
        if let Some(chosen) = self.deadlines {
            let others = defaults.deadlines.iter().filter(|id| !chosen.contains(**id));
            excluded.extend(others.map(|id| (*id).to_owned()));
            // An author's role brings every deadline; what an attendee named would not come by itself.
            included.extend(chosen.into_iter().filter(|_| role == ReaderRole::Attendee));
        }
        Subscriber {
            id: self.id.unwrap_or(defaults.id),
            programme: defaults.programme.to_owned(),
            mailbox: self.mailbox,
            language: self.language.unwrap_or(defaults.language),
            zone: self.zone.unwrap_or(defaults.zone),
            role,
            choice: Choice {
                excluded,
                included,
                leads: self.leads,
                to_the_minute: self.to_the_minute,
                calendar: self.calendar,
            },
            standing,
            created: self.asked.or(confirmed).unwrap_or(defaults.joined),
            confirmed,
            accepted: self.accepted.map(|said| said != Said::No),
            done: self.done.into_keys().collect(),
            presents: self.presents,
            closing: self.closing,
            link_version: self.link_version.unwrap_or(0),
        }
    }
}

/// Writes subscribers, lines ended by CRLF as RFC 4180 has it.
pub fn write(subscribers: &[Subscriber]) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("memory takes it");
    for subscriber in subscribers {
        let cells = cells(subscriber);
        let cells = COLUMNS.iter().map(|column| cells.get(column).map_or("", String::as_str));
        writer.write_record(cells.map(|cell| guarded(cell).into_owned())).expect("memory takes it");
    }
    String::from_utf8(writer.into_inner().expect("memory takes it")).expect("text of texts")
}

fn cells(one: &Subscriber) -> BTreeMap<&'static str, String> {
    let joined = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join(" ");
    let instant = |at: Instant| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let said = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    BTreeMap::from([
        ("address", one.mailbox.to_string()),
        ("joined", one.confirmed.map(instant).unwrap_or_default()),
        ("role", name(one.role)),
        ("lead", leads(one.choice.leads.as_deref())),
        ("zone", one.zone.name().to_owned()),
        ("language", one.language.tag().to_owned()),
        ("done", joined(&mut one.done.iter().cloned())),
        ("accepted", one.accepted.map(said).unwrap_or_default()),
        ("left", if one.standing == Standing::Left { said(true) } else { String::new() }),
        ("id", one.id.0.to_string()),
        ("asked", instant(one.created)),
        ("standing", name(one.standing)),
        ("except", joined(&mut one.choice.excluded.iter().cloned())),
        ("also", joined(&mut one.choice.included.iter().cloned())),
        ("minute", said(one.choice.to_the_minute)),
        ("ics", said(one.choice.calendar)),
        ("presents", joined(&mut one.presents.iter().cloned())),
        ("closing", said(one.closing)),
        ("links", one.link_version.to_string()),
    ])
}

fn leads(leads: Option<&[LeadTime]>) -> String {
    match leads {
        None => String::new(),
        Some([]) => "none".to_owned(),
        Some(leads) => leads.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn name<T: Named + PartialEq>(value: T) -> String {
    T::ALL.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| name).to_owned()
}
