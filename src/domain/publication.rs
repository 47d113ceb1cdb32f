//! A publication: a revision, who published it, and what it did.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::revision::Revision;
use super::zone::Instant;

/// Where a publication came from. A source that does not know what another one published must not take it back unasked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// A file of the data folder, by its name.
    File(String),
    /// `allim publish`.
    CommandLine,
    /// The organizers' pages.
    Console,
    /// A bearer token, by its name.
    Token(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(name) => write!(f, "file {name}"),
            Source::CommandLine => f.write_str("command line"),
            Source::Console => f.write_str("console"),
            Source::Token(name) => write!(f, "token {name}"),
        }
    }
}

/// A text that names no source.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} names no source of publications")]
pub struct UnknownSource(String);

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Source, UnknownSource> {
        match text.split_once(' ') {
            Some(("file", name)) => Ok(Source::File(name.to_owned())),
            Some(("token", name)) => Ok(Source::Token(name.to_owned())),
            _ if text == "command line" => Ok(Source::CommandLine),
            _ if text == "console" => Ok(Source::Console),
            _ => Err(UnknownSource(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = UnknownSource;

    fn try_from(text: String) -> Result<Source, UnknownSource> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> String {
        source.to_string()
    }
}

/// A revision with the story of its publication.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Publication {
    /// What was published.
    pub revision: Revision,
    /// From where.
    pub source: Source,
    /// What the organizers say about it.
    pub note: Option<String>,
    /// What it did.
    pub changes: Vec<Change>,
}

/// A publication as the list of changes shows it: without what was published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Chapter {
    /// The revision's number.
    pub number: u32,
    /// When it was published.
    pub published: Instant,
    /// What the organizers say about it.
    pub note: Option<String>,
    /// What it did.
    pub changes: Vec<Change>,
}

impl Publication {
    /// Its line in the list of changes.
    pub fn chapter(&self) -> Chapter {
        Chapter {
            number: self.revision.number,
            published: self.revision.published,
            note: self.note.clone(),
            changes: self.changes.clone(),
        }
    }
}
