//! Last year's file, edited in place: what changes hands, what stays behind, what is put out of use.

use std::collections::BTreeSet;

use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString, Table, Value};

use super::comment::{self, beside, beside_key};
use super::leave::{LEFT_BEHIND, leave_behind};
use super::year::{renamed, says, year_of};
use super::{IN_ORDER, NotMade};
use crate::domain::programme::{Id, Programme, Session, SessionKind};

/// What an address of last year is marked with.
const CHECK: &str = "last year's: check";

/// How our own comments begin, by which they are known in the year after.
const LEFT_BEHIND_IN: &str = "Left behind in ";
const COME_BACK: &str = "Sessions that come back every year, with last year's times of day:";

/// The new file, without its head.
pub(super) struct Carried {
    pub text: String,
    /// The keys whose texts still name the old year.
    pub says_old_year: Vec<String>,
}

/// Edits last year's file.
pub(super) fn carry(
    source: &str,
    old: &Programme,
    id: &Id,
    year: i32,
    title: Option<&str>,
) -> Result<Carried, NotMade> {
    let mut document: DocumentMut = without_head(source).parse()?;
    as_tables(&mut document);
    let before = year_of(old);
    let mut carried = Carrying { before, says_old_year: BTreeSet::new(), aside: Vec::new() };
    if let Some(programme) = document.get_mut("programme").and_then(Item::as_table_mut) {
        carried.programme(programme, old, id, year, title);
    }
    each(&mut document, "deadline", |deadline| carried.deadline(deadline));
    let sessions = leave_behind(&mut document, &[LEFT_BEHIND_IN, COME_BACK], |key, table| carried.stays(key, table));
    each(&mut document, "link", |link| carried.link(link));
    for key in ["call", "privacy"] {
        if let Some(table) = document.get_mut(key).and_then(Item::as_table_mut) {
            carried.section(key, table);
        }
    }
    let organizers = document.get_mut("person").and_then(Item::as_array_of_tables_mut);
    if let Some(first) = organizers.and_then(|organizers| organizers.get_mut(0)) {
        comment::below_header(first, "last year's organizers, this one and those below: check");
    }
    // What was left behind the year before, and never filled in, is of no use any more.
    let end = comment::text(Some(document.trailing()));
    let end = end.split(&comment::line(LEFT_BEHIND_IN)).next().unwrap_or_default().trim_end();
    let end = format!("{end}\n{}", carried.sketch(old, year, &sessions));
    document.set_trailing(end);
    Ok(Carried { text: document.to_string(), says_old_year: carried.says_old_year.into_iter().collect() })
}

/// The file without the checklist that an earlier year left at its head, when nobody took it away.
fn without_head(source: &str) -> &str {
    let ours = source.lines().next().is_some_and(|first| first.ends_with(IN_ORDER));
    match source.split_once("\n\n").filter(|_| ours) {
        Some((head, rest)) if head.lines().all(|line| line.starts_with('#')) => rest,
        _ => source,
    }
}

/// Every table of the format under a header of its own, however it was written.
fn as_tables(document: &mut DocumentMut) {
    for (_, item) in document.iter_mut() {
        let taken = std::mem::take(item);
        *item = match taken.into_table() {
            Ok(table) => Item::Table(table),
            Err(other) => match other.into_array_of_tables() {
                Ok(tables) => Item::ArrayOfTables(tables),
                Err(value) => value,
            },
        };
        if let Some(table) = item.as_table_mut() {
            table.set_dotted(false);
            table.set_implicit(false);
        }
    }
}

fn each(document: &mut DocumentMut, key: &str, edit: impl FnMut(&mut Table)) {
    if let Some(tables) = document.get_mut(key).and_then(Item::as_array_of_tables_mut) {
        tables.iter_mut().for_each(edit);
    }
}

fn str_of<'t>(table: &'t Table, key: &str) -> &'t str {
    table.get(key).and_then(Item::as_str).unwrap_or("")
}

struct Carrying {
    before: Option<i32>,
    says_old_year: BTreeSet<String>,
    /// Tables put out of use, as comments.
    aside: Vec<String>,
}

impl Carrying {
    fn programme(&mut self, table: &mut Table, old: &Programme, id: &Id, year: i32, title: Option<&str>) {
        let new = |name: &str| self.before.map_or_else(|| name.to_owned(), |before| renamed(name, before, year));
        comment::replace(table, "id", id.as_str());
        comment::replace(table, "title", title.map_or_else(|| new(&old.title), str::to_owned));
        comment::replace(table, "short", new(&old.short));
        for key in ["revised", "sequence", "accept", "forget"] {
            table.remove(key);
        }
        comment::out(table, "dates", "last year's: write this year's once they are known");
        comment::out(table, "feed_url", "last year's: write this year's once the site is up");
        let city = old.venue.city.as_ref().map_or(String::new(), |city| format!(" ({city})"));
        beside_key(table, "time_zone", &format!("last year's city's{city}: check"));
        beside_key(table, "logo", CHECK);
        self.address(table);
        self.texts("programme", table, &["id", "title", "short", "time_zone", "logo", "url"]);
    }

    fn deadline(&mut self, table: &mut Table) {
        let was = table.remove("was").and_then(|was| was.into_value().ok());
        let was: Vec<String> = was.iter().filter_map(Value::as_array).flatten().map(bare).collect();
        let due = table.get("due").and_then(Item::as_value).map(bare).filter(|due| due != "\"TBC\"");
        comment::replace(table, "due", "TBC");
        if let Some(due) = due {
            let before = if was.is_empty() { String::new() } else { format!(", before that {}", was.join(", ")) };
            beside_key(table, "due", &format!("last year {due}{before}"));
        }
        if let Some(reason) = table.remove("cancelled") {
            let reason = reason.as_str().unwrap_or_default().to_owned();
            comment::below_header(table, &format!("withdrawn last year ({reason}): delete it, or leave it as it is"));
        }
        for key in ["revised", "sequence", "formerly"] {
            table.remove(key);
        }
        comment::out(table, "url", "last year's: write this year's once the site is open");
        let path = format!("deadline.{}", str_of(table, "id"));
        self.texts(&path, table, &["id", "due", "zone"]);
    }

    /// Whether a table goes on; a link that could still collect something goes on as a comment.
    fn stays(&mut self, key: &str, table: &Table) -> bool {
        match key {
            "person" => str_of(table, "role") == "organizer",
            "link" => {
                let kind = str_of(table, "kind");
                let old = ["title", "url", "summary"].iter().any(|key| self.is_old(str_of(table, key)));
                let stays = !old && !matches!(kind, "submission" | "registration" | "proceedings" | "next");
                if !stays && !matches!(kind, "proceedings" | "next") {
                    self.aside.push(shown("link", table));
                }
                stays
            }
            key => !LEFT_BEHIND.contains(&key),
        }
    }

    fn link(&mut self, table: &mut Table) {
        if str_of(table, "kind") != "other" {
            beside_key(table, "url", CHECK);
        }
    }

    fn section(&mut self, path: &str, table: &mut Table) {
        self.address(table);
        if path == "privacy" {
            comment::below_header(table, "last year's: check that it still holds");
        }
        self.texts(path, table, &["url"]);
    }

    /// An address that names the old year is last year's page; another may be anybody's.
    fn address(&mut self, table: &mut Table) {
        if self.is_old(str_of(table, "url")) {
            comment::out(table, "url", CHECK);
        } else {
            beside_key(table, "url", CHECK);
        }
    }

    /// Marks the texts that still name the old year.
    fn texts(&mut self, path: &str, table: &mut Table, save: &[&str]) {
        for (key, item) in table.iter_mut() {
            let Some(value) = item.as_value_mut().filter(|_| !save.contains(&key.get())) else { continue };
            let old = match &*value {
                Value::String(text) => self.is_old(text.value()),
                Value::Array(texts) => texts.iter().filter_map(Value::as_str).any(|text| self.is_old(text)),
                _ => false,
            };
            if old {
                beside(value, CHECK);
                self.says_old_year.insert(format!("{path}.{}", key.get()));
            }
        }
    }

    fn is_old(&self, text: &str) -> bool {
        self.before.is_some_and(|before| says(text, before))
    }

    /// What was left behind and comes back every year, to be filled in, at the end of the file.
    fn sketch(&self, old: &Programme, year: i32, about_sessions: &str) -> String {
        let mut out = format!("\n# {LEFT_BEHIND_IN}{}. Take the # away where you know better.\n\n", old.id);
        let city = old.venue.city.as_ref().map_or(String::new(), |city| format!("  # last year {city}"));
        out.push_str(&comment::lines(&format!(
            "[venue]\nname = \"...\"\ncity = \"...\"{city}\ncountry = \"...\"\nroom = \"...\""
        )));
        for link in &self.aside {
            out.push('\n');
            out.push_str(link);
        }
        let slots: Vec<&Session> = old.sessions.iter().filter(|session| comes_back(session)).collect();
        let about = about_sessions.trim();
        if !about.is_empty() {
            out.push_str(&format!("\n{about}\n"));
        }
        if !slots.is_empty() {
            out.push_str(&format!("\n# {COME_BACK}\n"));
        }
        for session in slots {
            let (start, end) = (session.start.civil.format("%H:%M:%S"), session.end.civil.format("%H:%M:%S"));
            let (kind, title) = (session.kind.name(), Value::from(session.title.as_str()));
            out.push_str(&format!("\n# [[session]]\n# id = \"{}\"\n# kind = \"{kind}\"\n", session.id));
            out.push_str(&comment::lines(&format!("title = {title}")));
            out.push_str(&format!("# start = {year}-MM-DDT{start}\n# end = {year}-MM-DDT{end}\n"));
        }
        out
    }
}

/// What is there every year whoever speaks.
fn comes_back(session: &Session) -> bool {
    let slot =
        matches!(session.kind, SessionKind::Ceremony | SessionKind::Break | SessionKind::Poster | SessionKind::Panel);
    slot && session.cancelled.is_none() && session.title != "TBC"
}

/// A value as it is written, without what is said around it.
fn bare(value: &Value) -> String {
    value.to_string().lines().next().unwrap_or_default().split('#').next().unwrap_or_default().trim().to_owned()
}

/// A table as a comment.
fn shown(key: &str, table: &Table) -> String {
    let mut table = table.clone();
    table.decor_mut().set_prefix("");
    table.set_position(None);
    for (mut key, _) in table.iter_mut() {
        key.leaf_decor_mut().set_prefix(RawString::default());
    }
    let mut tables = ArrayOfTables::new();
    tables.push(table);
    let mut document = DocumentMut::new();
    document.insert(key, Item::ArrayOfTables(tables));
    comment::lines(&document.to_string())
}
