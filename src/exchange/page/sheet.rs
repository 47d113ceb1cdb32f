//! What is made of a page so far: the tables, and what there is to say of them.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, Weekday};
use toml_edit::Value;

use super::draft::Draft;
use crate::domain::file::{Level, Problem};

/// Everything that was made of a page.
#[derive(Default)]
pub(super) struct Sheet {
    pub drafts: Vec<Draft>,
    /// Guesses, what was left out, and what contradicts itself.
    pub problems: Vec<Problem>,
}

impl Sheet {
    pub(super) fn note(&mut self, at: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.problem(Level::Note, at, what.into(), help.into());
    }

    /// Something that contradicts itself, unless the page accepts it.
    pub(super) fn doubt(&mut self, at: Range<usize>, what: String, right: &str, name: String, accepted: &[String]) {
        if accepted.contains(&name) || self.problems.iter().any(|problem| problem.doubt.as_ref() == Some(&name)) {
            return;
        }
        let help = format!("{right}. If it is meant, write <!-- allim: accept {name} --> into the page");
        self.problems.push(Problem { level: Level::Doubt, span: at, what, help: Some(help), doubt: Some(name) });
    }

    /// Sets a key that is only a guess, and says so.
    pub(super) fn guess(
        &mut self,
        draft: &mut Draft,
        name: &str,
        value: impl Into<Value>,
        at: Range<usize>,
        why: &str,
    ) {
        let value = value.into();
        let shown = value.to_string();
        let help = match name {
            "id" => {
                format!("choose it once and for all, in the page's front matter: allim: {{ id: {} }}", shown.trim())
            }
            "uid_domain" => "say the page's address in its front matter, below allim: url: https://...".to_owned(),
            _ => "say it on the page, or in its front matter under allim:".to_owned(),
        };
        self.note(at.clone(), format!("{name} = {} is guessed: {why}", shown.trim()), help);
        draft.set(name, value, at).guess = Some(why.to_owned());
    }

    /// The day of the week that stands with a date is another one's.
    pub(super) fn weekday(&mut self, id: &str, at: Range<usize>, day: NaiveDate, stated: Weekday, accepted: &[String]) {
        if stated == day.weekday() {
            return;
        }
        let shown = |weekday: Weekday| {
            let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            names[weekday.num_days_from_monday() as usize]
        };
        let what = format!("{day} is a {}, and the page says {}", shown(day.weekday()), shown(stated));
        self.doubt(at, what, "look up which of the two is meant", format!("weekday:{id}:{day}"), accepted);
    }

    /// Whether nothing was found that a calendar could show.
    pub(super) fn is_blank(&self) -> bool {
        let is_dated = self.drafts.first().is_some_and(|programme| programme.key("dates").is_some());
        !is_dated && self.drafts.iter().all(|draft| matches!(draft.name, "programme" | "link" | "call"))
    }

    /// Something that must be mended before the page can be the source.
    pub(super) fn error(&mut self, at: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.problem(Level::Error, at, what.into(), help.into());
    }

    fn problem(&mut self, level: Level, span: Range<usize>, what: String, help: String) {
        self.problems.push(Problem { level, span, what, help: Some(help), doubt: None });
    }
}
