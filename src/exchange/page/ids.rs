//! Ids made of names and titles: short, plain, the same from one reading of the page to the next.

use std::collections::HashSet;

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
pub(super) struct Ids(HashSet<Id>);

impl Ids {
    /// The first wish that is free, or the first of all with a number.
    pub fn claim(&mut self, wishes: impl IntoIterator<Item = Id>) -> Id {
        let mut wishes: Vec<Id> = wishes.into_iter().collect();
        if wishes.is_empty() {
            wishes.push(Id::new("entry").expect("an id"));
        }
        let numbered = (2..).filter_map(|number| Id::suggestion(&numbered(wishes[0].as_str(), number)));
        let free = wishes.iter().cloned().chain(numbered).find(|id| !self.0.contains(id));
        let free = free.expect("there are more numbers than ids");
        self.0.insert(free.clone());
        free
    }
}

fn numbered(base: &str, number: usize) -> String {
    let ending = format!("-{number}");
    format!("{}{ending}", &base[..base.len().min(64 - ending.len())])
}
