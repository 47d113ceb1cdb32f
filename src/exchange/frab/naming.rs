//! What an imported event is: its kind, told by the words it is described with, and an id that it will keep.

use std::collections::{BTreeMap, BTreeSet};

use deunicode::deunicode;

use crate::domain::programme::{Id, SessionKind};

const LONGEST_ID: usize = 64;
/// More words of a title do not make an id easier to know again.
const WORDS_OF_TITLE: usize = 5;

/// Words by which a kind is known, the telling ones first: a keynote at the opening is a keynote.
const WORDS: [(SessionKind, &[&str]); 6] = [
    (SessionKind::Keynote, &["keynote", "plenary", "invited"]),
    (SessionKind::Poster, &["poster", "posters", "demo", "demos"]),
    (SessionKind::Panel, &["panel", "discussion", "debate", "table", "podium"]),
    (SessionKind::Break, &["break", "coffee", "lunch", "dinner", "reception", "social", "breakfast"]),
    (SessionKind::Ceremony, &["welcome", "opening", "closing", "ceremony", "award", "awards", "remarks"]),
    (SessionKind::Oral, &["talk", "oral", "lecture", "paper", "presentation", "workshop", "tutorial", "spotlight"]),
];

/// The kind that an event's type names, or else its title; none where neither does. Most systems call everything a
/// talk, so a title that begins with a keynote is believed before that.
pub(super) fn kind(of_type: &str, title: &str) -> Option<SessionKind> {
    match (named(of_type), named(title)) {
        (Some(SessionKind::Oral), Some(SessionKind::Keynote)) if title.to_lowercase().starts_with("keynote") => {
            Some(SessionKind::Keynote)
        }
        (of_type, of_title) => of_type.or(of_title),
    }
}

fn named(text: &str) -> Option<SessionKind> {
    let text = text.to_lowercase();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    WORDS.iter().find(|(_, known)| known.iter().any(|word| words.contains(word))).map(|(kind, _)| *kind)
}

/// Ids that were given.
#[derive(Default)]
pub(super) struct Names {
    given: BTreeSet<String>,
    /// The number an id may have next: none below it is free.
    next: BTreeMap<String, usize>,
}

impl Names {
    /// Takes an id as it is, if it is one and free.
    pub fn take(&mut self, id: &str) -> Option<String> {
        let id = Id::new(id).ok()?.to_string();
        self.given.insert(id.clone()).then_some(id)
    }

    /// An id from the kind and the first speaker's name, or from the title; with more words, then with a number, where
    /// another event has it already.
    pub fn make(&mut self, kind: SessionKind, speaker: Option<&str>, title: &str) -> String {
        let title = slug(title, WORDS_OF_TITLE);
        let talk = matches!(kind, SessionKind::Keynote | SessionKind::Oral | SessionKind::Panel);
        let name = speaker.and_then(|name| name.split_whitespace().next_back()).map(|family| slug(family, 1));
        let short = match name.filter(|name| talk && !name.is_empty()) {
            Some(name) => format!("{}-{name}", kind.name()),
            None if title.is_empty() => kind.name().to_owned(),
            None if talk => format!("{}-{title}", kind.name()),
            None => title.clone(),
        };
        let long = if title.is_empty() { short.clone() } else { format!("{short}-{title}") };
        if let Some(id) = [&short, &long].into_iter().find_map(|id| self.take(cut(id, LONGEST_ID))) {
            return id;
        }
        loop {
            let next = self.next.entry(short.clone()).or_insert(2);
            let ending = format!("-{next}");
            *next += 1;
            if let Some(id) = self.take(&format!("{}{ending}", cut(&short, LONGEST_ID - ending.len()))) {
                return id;
            }
        }
    }
}

/// The first words of a text in the letters of an id; empty where it has none.
fn slug(text: &str, words: usize) -> String {
    let plain = deunicode(text).to_lowercase();
    let parts = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.take(words).collect::<Vec<_>>().join("-")
}

fn cut(id: &str, longest: usize) -> &str {
    id[..id.len().min(longest)].trim_end_matches('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_by_the_type_before_the_title() {
        assert_eq!(kind("Keynote", "Coffee with robots"), Some(SessionKind::Keynote));
        assert_eq!(kind("", "Lunch break"), Some(SessionKind::Break));
        assert_eq!(kind("Lecture", "A panel of cells"), Some(SessionKind::Oral));
        assert_eq!(kind("Talk", "Keynote: on keynotes"), Some(SessionKind::Keynote));
        assert_eq!(kind("Talk", "After the keynote"), Some(SessionKind::Oral));
        assert_eq!(kind("other", "Breakthroughs"), None);
    }

    #[test]
    fn ids_are_short_and_never_given_twice() {
        let mut names = Names::default();
        let mut make = |speaker, title| names.make(SessionKind::Oral, speaker, title);
        assert_eq!(make(Some("Min-su Kim"), "On Fairness"), "oral-kim");
        assert_eq!(make(Some("Yuna Kim"), "On Fairness"), "oral-kim-on-fairness");
        assert_eq!(make(Some("Jae Kim"), "On Fairness"), "oral-kim-2");
        assert_eq!(make(None, "Über 대전"), "oral-uber-daejeon");
        assert_eq!(make(None, "?!"), "oral");
        let long = "x".repeat(90);
        assert_eq!([make(Some(&long), &long), make(Some(&long), &long)].map(|id| id.len()), [64, 64]);
    }
}
