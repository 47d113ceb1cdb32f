//! Ids made of names and titles: short, plain, the same from one reading of the page to the next.

use std::collections::{HashMap, HashSet};

use super::text::among;
use crate::domain::programme::Id;

/// Words that tell one title from another nothing.
const FILLERS: &str = "a an and at by for from in of on or the to with";

/// An id of a text's letters: ASCII, as its readers would spell them.
pub(super) fn slug(text: &str) -> Option<Id> {
    // In Spanish the two points tell that a letter is spoken.
    let text = text.replace("güe", "gue").replace("güi", "gui");
    let spelled = text.replace(['ä', 'Ä'], "ae").replace(['ö', 'Ö'], "oe").replace(['ü', 'Ü'], "ue");
    Id::suggestion(&deunicode::deunicode(&spelled.replace(['\'', '’'], "")))
}

/// The first words of a title that say something.
pub(super) fn slug_of_title(title: &str, most: usize) -> Option<Id> {
    let words = title.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty());
    let telling = words.filter(|word| !among(&word.to_lowercase(), FILLERS));
    slug(&telling.take(most).collect::<Vec<_>>().join(" "))
}

/// A person's last name: what they are called by.
pub(super) fn surname(name: &str) -> &str {
    let name = name.split(',').next().unwrap_or(name).trim();
    let parts: Vec<&str> = name.split_whitespace().collect();
    let suffix = |part: &str| ["jr", "jr.", "sr", "ii", "iii"].contains(&part.to_lowercase().as_str());
    parts.iter().rev().find(|part| !suffix(part)).copied().unwrap_or(name)
}

/// Gives each wish an id of its own.
#[derive(Default)]
pub(super) struct Ids {
    given: HashSet<Id>,
    /// The number a wish that was not free may have next: none below it is free.
    next: HashMap<Id, usize>,
}

impl Ids {
    /// The first wish that is free, or the first of all with a number.
    pub fn claim(&mut self, wishes: impl IntoIterator<Item = Id>) -> Id {
        let mut wishes: Vec<Id> = wishes.into_iter().collect();
        if wishes.is_empty() {
            wishes.push(Id::new("entry").expect("an id"));
        }
        let free = wishes.iter().find(|id| !self.given.contains(id)).cloned();
        let free = free.unwrap_or_else(|| {
            let next = self.next.entry(wishes[0].clone()).or_insert(2);
            loop {
                let numbered = Id::suggestion(&numbered(wishes[0].as_str(), *next));
                *next += 1;
                if let Some(id) = numbered.filter(|id| !self.given.contains(id)) {
                    return id;
                }
            }
        });
        self.given.insert(free.clone());
        free
    }
}

fn numbered(base: &str, number: usize) -> String {
    let ending = format!("-{number}");
    format!("{}{ending}", &base[..base.len().min(64 - ending.len())])
}
