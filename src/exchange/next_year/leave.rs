//! What stays behind, and where what was said around it goes.
//!
//! TOML hangs a comment on the table after it, people often mean the one before, or the section. What stands right
//! below a table is about that table; what an empty line parts from the next table is about the section.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item, Table};

use super::comment;

/// Tables that took place last year.
pub(super) const LEFT_BEHIND: &[&str] = &["venue", "session", "paper", "award", "host"];

/// Takes out every table that does not stay. What was said above it about its surroundings moves to the next that
/// stays; what was said about the sessions as a whole comes back.
pub(super) fn leave_behind(
    document: &mut DocumentMut,
    ours: &[&str],
    mut stays: impl FnMut(&str, &Table) -> bool,
) -> String {
    let mut order: Vec<(isize, String, usize)> = Vec::new();
    for (key, item) in document.iter() {
        let tables: Vec<&Table> = match item {
            Item::Table(table) => vec![table],
            Item::ArrayOfTables(tables) => tables.iter().collect(),
            Item::None | Item::Value(_) => Vec::new(),
        };
        let places = tables.iter().enumerate();
        order.extend(places.map(|(index, table)| (table.position().unwrap_or(isize::MAX), key.to_owned(), index)));
    }
    order.sort_by_key(|(position, ..)| *position);
    let (mut said, mut gone, mut opened) = (Said::default(), Vec::new(), BTreeSet::new());
    for (_, key, index) in order {
        let Some(table) = table_at(document, &key, index) else { continue };
        let prefix = comment::without(comment::text(table.decor().prefix()), ours);
        let opens = opened.insert(key.clone());
        if stays(&key, table) {
            table.decor_mut().set_prefix(said.above_one_that_stays(&prefix));
        } else {
            said.above_one_that_goes(&key, opens, &prefix);
            gone.push((key, index));
        }
    }
    for (key, index) in gone.into_iter().rev() {
        match document.get_mut(&key) {
            Some(Item::ArrayOfTables(tables)) if tables.len() > 1 => drop(tables.remove(index)),
            _ => drop(document.remove(&key)),
        }
    }
    let end = said.above_one_that_stays(comment::text(Some(document.trailing())));
    document.set_trailing(end);
    said.of_sessions
}

/// What is said between tables, on its way from one that goes to the next that stays.
#[derive(Default)]
struct Said {
    waiting: String,
    of_sessions: String,
    /// Whether the table before goes: what is said right below it goes with it.
    before_goes: bool,
}

impl Said {
    /// What stands above a table that stays, with what waited for it.
    fn above_one_that_stays(&mut self, prefix: &str) -> String {
        let (below_the_last, own) = comment::below_and_above(prefix);
        let kept = if std::mem::take(&mut self.before_goes) { own } else { prefix };
        let waited = std::mem::take(&mut self.waiting);
        match waited.trim() {
            "" => kept.to_owned(),
            // Right below the table before: no line between.
            _ if !waited.starts_with(['\n', '\r']) => format!("{}\n\n{}", waited.trim(), kept.trim_start()),
            waited => format!(
                "{below}\n\n{waited}\n\n{own}",
                below = if kept == own { "" } else { below_the_last },
                own = own.trim_start()
            ),
        }
    }

    /// What is said above a table that goes: about the one before, about the file, or about its own kind.
    fn above_one_that_goes(&mut self, key: &str, opens: bool, prefix: &str) {
        let (below_the_last, own) = comment::below_and_above(prefix);
        let (section, _) = comment::section_and_own(own);
        if !std::mem::replace(&mut self.before_goes, true) {
            self.waiting.push_str(below_the_last);
        }
        match key {
            "session" if opens => section.clone_into(&mut self.of_sessions),
            // Between [programme] and [venue] people explain the programme.
            "venue" => self.waiting.push_str(section),
            key if opens && !LEFT_BEHIND.contains(&key) => self.waiting.push_str(section),
            _ => {}
        }
    }
}

fn table_at<'d>(document: &'d mut DocumentMut, key: &str, index: usize) -> Option<&'d mut Table> {
    match document.get_mut(key)? {
        Item::Table(table) => Some(table),
        Item::ArrayOfTables(tables) => tables.get_mut(index),
        Item::None | Item::Value(_) => None,
    }
}
