//! Text as it stands in a page: runs of one style, each with its place.

use std::ops::Range;
use std::rc::Rc;

/// How a run looks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Style {
    pub bold: bool,
    pub italic: bool,
    /// Struck out: no longer true.
    pub strike: bool,
}

/// A piece of text in one style.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Run {
    pub text: String,
    pub style: Style,
    /// Where it leads, if it is a link. Every run of a link shares one address.
    pub link: Option<Rc<str>>,
    /// Its octets in the page.
    pub span: Range<usize>,
}

/// A line, a paragraph, a cell.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Text(pub Vec<Run>);

impl Text {
    /// Nothing but blanks.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|run| run.text.trim().is_empty())
    }

    /// All of its characters, blanks and line ends made single blanks.
    pub fn plain(&self) -> String {
        tidy(&self.raw())
    }

    /// All of its characters.
    pub fn raw(&self) -> String {
        self.0.iter().map(|run| run.text.as_str()).collect()
    }

    /// The octets from its first run to its last.
    pub fn span(&self) -> Range<usize> {
        let start = self.0.iter().map(|run| run.span.start).min().unwrap_or(0);
        let end = self.0.iter().map(|run| run.span.end).max().unwrap_or(start);
        start..end.max(start)
    }

    /// Without the blank runs at both ends.
    pub fn trimmed(mut self) -> Text {
        let blank = |run: &Run| run.text.trim().is_empty();
        while self.0.last().is_some_and(blank) {
            self.0.pop();
        }
        let lead = self.0.iter().take_while(|run| blank(run)).count();
        self.0.drain(..lead);
        self
    }

    /// Only the runs that fit.
    pub fn only(&self, fits: impl Fn(&Run) -> bool) -> Text {
        Text(self.0.iter().filter(|run| fits(run)).cloned().collect()).trimmed()
    }

    /// What is not struck out.
    pub fn standing(&self) -> Text {
        self.only(|run| !run.style.strike)
    }

    /// Its lines, as they were broken in the page.
    pub fn lines(&self) -> Vec<Text> {
        self.split(|c| c == '\n')
    }

    /// The parts between the characters that end one.
    pub fn split(&self, ends: impl Fn(char) -> bool) -> Vec<Text> {
        let mut parts = vec![Text::default()];
        for run in &self.0 {
            for (index, piece) in run.text.split(&ends).enumerate() {
                if index > 0 {
                    parts.push(Text::default());
                }
                if !piece.is_empty() {
                    let part = parts.last_mut().expect("there is a part");
                    part.0.push(run.piece(piece));
                }
            }
        }
        parts.into_iter().map(Text::trimmed).filter(|part| !part.is_empty()).collect()
    }

    /// The part that these octets of [`Text::raw`] hold.
    pub fn part(&self, range: Range<usize>) -> Text {
        let (mut part, mut at) = (Text::default(), 0);
        for run in &self.0 {
            if at >= range.end {
                break;
            }
            let within = range.start.clamp(at, at + run.text.len()) - at..range.end.clamp(at, at + run.text.len()) - at;
            at += run.text.len();
            if let Some(piece) = run.text.get(within).filter(|piece| !piece.is_empty()) {
                part.0.push(run.piece(piece));
            }
        }
        part.trimmed()
    }

    /// Runs of the same kind that stand together, each as one text.
    pub fn groups(&self, kind: impl Fn(&Run) -> bool) -> Vec<Text> {
        let mut groups: Vec<Text> = Vec::new();
        let mut open = false;
        for run in &self.0 {
            if kind(run) {
                if !open {
                    groups.push(Text::default());
                }
                open = true;
                groups.last_mut().expect("there is a group").0.push(run.clone());
            } else if !run.text.trim().is_empty() {
                open = false;
            }
        }
        groups.into_iter().map(Text::trimmed).filter(|group| !group.is_empty()).collect()
    }

    /// The first page it leads to.
    pub fn leads_to(&self) -> Option<String> {
        let mut links = self.0.iter().filter_map(|run| run.link.as_deref());
        links.find(|link| link.starts_with("http")).map(str::to_owned)
    }

    /// The links in it: where they lead, and their words.
    pub fn links(&self) -> Vec<(Rc<str>, Text)> {
        let mut links: Vec<(Rc<str>, Text)> = Vec::new();
        for run in &self.0 {
            let Some(link) = &run.link else { continue };
            match links.last_mut() {
                Some((known, text)) if known == link => text.0.push(run.clone()),
                _ => links.push((link.clone(), Text(vec![run.clone()]))),
            }
        }
        links
    }
}

impl Run {
    /// A piece of its text as a run, which copies no more than that: lines are cut into very many.
    fn piece(&self, piece: &str) -> Run {
        let offset = piece.as_ptr() as usize - self.text.as_ptr() as usize;
        // Entities and escapes make a run longer in the page than it is.
        let span = if self.span.len() == self.text.len() {
            self.span.start + offset..self.span.start + offset + piece.len()
        } else {
            self.span.clone()
        };
        Run { text: piece.to_owned(), style: self.style, link: self.link.clone(), span }
    }
}

/// A text on one line, with single blanks.
pub(super) fn tidy(text: &str) -> String {
    // What comes along when text is copied from a PDF is no part of it.
    let text: String = text.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
    let text = text.replace(['\u{a0}', '\u{202f}', '\u{2009}', '\u{feff}'], " ").replace(['\u{200b}', '\u{ad}'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters and digits in small letters, words apart by single blanks: what two spellings have in common.
pub(super) fn folded(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    tidy(&plain)
}

/// Whether a word is one of a list, whose words stand apart by single blanks.
pub(super) fn among(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// Whether a [`folded`] text has one of the words of such a list.
pub(super) fn says(folded: &str, list: &str) -> bool {
    folded.split(' ').any(|word| among(word, list))
}
