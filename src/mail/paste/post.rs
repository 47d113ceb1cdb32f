//! The short post: what it weighs, and what it goes without when it is too long.
//!
//! It is never cut. Of the candidates, richest first, the first that fits is taken; the date and the link are in all.

use super::model::Model;
use crate::domain::language::Language;
use crate::domain::programme::{Deadline, DeadlineKind};

/// The most a post weighs.
pub const LONGEST_POST: usize = 280;

/// What any link weighs, however long it is.
const LINK: usize = 23;

/// What of a post can be left out, in the words of one candidate.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub(super) struct Wording {
    /// What it is about: the title, the short name, or the kind of deadline.
    pub name: String,
    /// Whose it is.
    pub programme: bool,
    /// The other clocks.
    pub clocks: bool,
    /// How it was, or why.
    pub story: bool,
}

/// The weight of a post as the strictest of the services counts it: a link is 23, an East Asian character or one
/// outside the common scripts 2, any other 1.
pub fn weight(post: &str) -> usize {
    let is_link = |word: &str| word.starts_with("https://") || word.starts_with("http://");
    let of_word = |word: &str| if is_link(word) { LINK } else { word.chars().map(weight_of).sum() };
    post.split_inclusive(char::is_whitespace)
        .map(|piece| {
            let word = piece.trim_end_matches(char::is_whitespace);
            of_word(word) + piece[word.len()..].chars().count()
        })
        .sum()
}

fn weight_of(letter: char) -> usize {
    match u32::from(letter) {
        0..=0x10ff | 0x2000..=0x200d | 0x2010..=0x201f | 0x2032..=0x2037 => 1,
        _ => 2,
    }
}

/// The richest post that fits.
pub(super) fn fit<E>(
    language: Language,
    deadline: &Deadline,
    model: &Model,
    render: impl Fn(&Wording) -> Result<String, E>,
) -> Result<String, E> {
    let kind = kind_in_words(language, deadline.kind);
    let candidates = [
        (model.title.as_str(), true, true, true),
        (&model.short, true, true, true),
        (&model.title, true, false, true),
        (&model.short, true, false, true),
        (&model.short, true, false, false),
        (&model.short, false, false, false),
        (kind, true, false, false),
    ];
    for (name, programme, clocks, story) in candidates {
        let post = render(&Wording { name: name.to_owned(), programme, clocks, story })?;
        if weight(&post) <= LONGEST_POST {
            return Ok(post);
        }
    }
    render(&Wording { name: kind.to_owned(), programme: false, clocks: false, story: false })
}

/// What a deadline asks for, where no name of its own has room.
fn kind_in_words(language: Language, kind: DeadlineKind) -> &'static str {
    match (language, kind) {
        (Language::English, DeadlineKind::Abstract) => "Abstract",
        (Language::English, DeadlineKind::Submission) => "Paper submission",
        (Language::English, DeadlineKind::Notification) => "Notification",
        (Language::English, DeadlineKind::CameraReady) => "Camera-ready version",
        (Language::English, DeadlineKind::Registration) => "Registration",
        (Language::English, DeadlineKind::Other) => "Deadline",
        (Language::Korean, DeadlineKind::Abstract) => "초록 제출",
        (Language::Korean, DeadlineKind::Submission) => "논문 제출",
        (Language::Korean, DeadlineKind::Notification) => "심사 결과 통지",
        (Language::Korean, DeadlineKind::CameraReady) => "최종본 제출",
        (Language::Korean, DeadlineKind::Registration) => "등록",
        (Language::Korean, DeadlineKind::Other) => "마감",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_weigh_the_same_and_wide_letters_twice() {
        let long = format!("https://example.org/{}", "a".repeat(300));
        assert_eq!(weight(&format!("by {long}")), 3 + 23);
        assert_eq!(weight("http://x.org http://x.org\n"), 23 + 1 + 23 + 1);
        assert_eq!(weight("마감 due · “é” – now"), 4 + 16);
        assert_eq!(weight("\u{1f680}"), 2);
        assert_eq!(weight(""), 0);
    }
}
