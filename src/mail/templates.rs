//! The templates of mails: three files for a kind and a language, over parts and a frame.
//!
//! `reminder/en.subject`, `reminder/en.txt`, `reminder/en.html`. A file of the same relative name in an organizer's
//! folder stands in for ours. All of them are tried out when they are loaded: a broken one is an error that names its
//! file and line, never half a mail. A text is one line wherever it is put, save those made ready with their lines.

use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, context};

use super::clean;
use super::compose::trial;
use crate::domain::file::nearest;
use crate::domain::language::Language;
use crate::domain::notice::NoticeKind;

macro_rules! files {
    ($($folder:literal: $($suffix:literal)+;)+) => {
        &[$($(
            (concat!($folder, "/en.", $suffix), include_str!(concat!("templates/", $folder, "/en.", $suffix))),
            (concat!($folder, "/ko.", $suffix), include_str!(concat!("templates/", $folder, "/ko.", $suffix))),
        )+)+]
    };
}

const BUILT_IN: &[(&str, &str)] = files! {
    "frame": "txt" "html";
    "parts": "txt" "html";
    "confirmation": "subject" "txt" "html";
    "already-subscribed": "subject" "txt" "html";
    "invitation": "subject" "txt" "html";
    "fresh-link": "subject" "txt" "html";
    "reminder": "subject" "txt" "html";
    "correction": "subject" "txt" "html";
    "decisions": "subject" "txt" "html";
    "presenter": "subject" "txt" "html";
    "closing": "subject" "txt" "html";
    "announcement": "subject" "txt" "html";
    "digest": "subject" "txt" "html";
    "blocked-change": "subject" "txt" "html";
    "hold": "subject" "txt" "html";
    "roll-call": "subject" "txt" "html";
    "sign-in": "subject" "txt" "html";
};

/// The templates of all mails.
#[derive(Clone, Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// A folder of templates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadTemplates {
    /// It, or a file in it, cannot be read.
    #[error("{}: {error}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file that would stand in for nothing.
    #[error("{} stands in for no template{}", file.display(), hint.map_or(String::new(), |near| format!(": did you mean {near}?")))]
    Unknown {
        /// Which.
        file: PathBuf,
        /// A template of nearly this name.
        hint: Option<&'static str>,
    },
    /// A template that makes no mail.
    #[error("{}:{}: {}", folder.join(&fault.file).display(), fault.line, fault.what)]
    Broken {
        /// The folder.
        folder: PathBuf,
        /// Where in it, and what.
        fault: Fault,
    },
}

/// What is wrong with a template.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct Fault {
    /// Its relative name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

/// A mail's words.
pub(super) struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Where a name that nobody knows is an error, and a line of a template that says nothing leaves none.
pub(super) fn strict() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters"));
    environment
}

impl Templates {
    /// Those that come with the program.
    pub fn built_in() -> Templates {
        let mut environment = strict();
        environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::Custom("text".into()),
        });
        environment.set_formatter(put);
        for (name, source) in BUILT_IN {
            environment.add_template(name, source).expect("the templates are part of the program");
        }
        Templates { environment }
    }

    /// Those that come with the program, save where a file of the folder stands in.
    ///
    /// # Errors
    /// When a file cannot be read, stands in for nothing, or does not make a whole mail of every kind.
    pub fn with_folder(folder: &Path) -> Result<Templates, BadTemplates> {
        let mut templates = Templates::built_in();
        let broken = |fault: Fault| BadTemplates::Broken { folder: folder.to_owned(), fault };
        for file in files_below(folder)? {
            let name = relative(folder, &file);
            let Some((name, _)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
                let hint = nearest(&name, BUILT_IN.iter().map(|(known, _)| *known));
                return Err(BadTemplates::Unknown { file, hint });
            };
            let source = std::fs::read_to_string(&file).map_err(|error| BadTemplates::Unreadable { file, error })?;
            let added = templates.environment.add_template_owned(*name, source);
            added.map_err(|error| broken(Fault::of(&error, name)))?;
        }
        trial::run(&templates).map_err(broken)?;
        Ok(templates)
    }

    /// Subject, text and HTML of a kind in a language.
    pub(super) fn render(&self, kind: NoticeKind, language: Language, model: &Value) -> Result<Written, Fault> {
        let subject = self.subject(kind, language, model)?;
        let text = clean::paragraphs(&self.file(kind, language, "txt", model.clone())?);
        let html = self.file(kind, language, "html", context! { subject => &subject, ..model.clone() })?;
        Ok(Written { subject, text, html })
    }

    /// The subject alone.
    pub(super) fn subject(&self, kind: NoticeKind, language: Language, model: &Value) -> Result<String, Fault> {
        Ok(clean::one_line(&self.file(kind, language, "subject", model.clone())?).into_owned())
    }

    fn file(&self, kind: NoticeKind, language: Language, suffix: &str, model: Value) -> Result<String, Fault> {
        let name = format!("{}/{}.{suffix}", kind.name().replace(' ', "-"), language.tag());
        let template = self.environment.get_template(&name);
        template.and_then(|template| template.render(model)).map_err(|error| Fault::of(&error, &name))
    }
}

impl Fault {
    /// The innermost cause: the file it stands in, not the one that includes it.
    fn of(error: &Error, name: &str) -> Fault {
        let mut cause = error;
        while let Some(inner) = std::error::Error::source(cause).and_then(|inner| inner.downcast_ref::<Error>()) {
            cause = inner;
        }
        Fault {
            file: cause.name().unwrap_or(name).to_owned(),
            line: cause.line().unwrap_or(1),
            what: cause
                .detail()
                .map_or_else(|| cause.kind().to_string(), |detail| format!("{}: {detail}", cause.kind())),
        }
    }
}

/// Puts a value into a mail. One that is missing is an error: it would be a gap.
fn put(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Err(Error::new(ErrorKind::UndefinedError, "there is no such value here"));
    }
    let failed = |_| Error::new(ErrorKind::WriteFailure, "out of memory");
    match value.as_str() {
        Some(text) if value.is_safe() => out.write_str(text).map_err(failed),
        Some(text) => {
            let line = clean::one_line(text);
            match state.auto_escape() {
                AutoEscape::Html => clean::escape(out, &line).map_err(failed),
                _ => out.write_str(&line).map_err(failed),
            }
        }
        None => write!(out, "{value}").map_err(failed),
    }
}

/// The templates of a folder, by name; what else lies there is left alone.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, BadTemplates> {
    let unreadable = |file: &Path, error| BadTemplates::Unreadable { file: file.to_owned(), error };
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let path = entry.map_err(|error| unreadable(&folder, error))?.path();
            let ours =
                path.extension().is_some_and(|suffix| ["subject", "txt", "html"].iter().any(|own| suffix == *own));
            if path.is_dir() {
                folders.push(path);
            } else if ours {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn relative(folder: &Path, file: &Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
