//! The templates of words to paste: one file for an occasion and a language, over a frame for each language.
//!
//! A file is four blocks: subject, body, post, banner. A name no template knows is an error, never a gap.

use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, context};

use super::Occasion;
use super::model::Model;
use super::post::Wording;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::mail::clean::{one_line, paragraphs};
use crate::mail::templates::strict;

/// What is rendered once; the post is rendered until it fits.
pub(super) struct Written {
    pub subject: String,
    pub body: String,
    pub banner: String,
}

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../templates/paste/", $name)))),+]
    };
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = strict();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("markdown", markdown);
    environment.add_filter("address", address);
    environment.add_filter("sentence", sentence);
    for (name, source) in templates!(
        "frame.en.txt",
        "reminder.en.txt",
        "extended.en.txt",
        "earlier.en.txt",
        "withdrawn.en.txt",
        "announced.en.txt",
        "decisions.en.txt",
        "frame.ko.txt",
        "reminder.ko.txt",
        "extended.ko.txt",
        "earlier.ko.txt",
        "withdrawn.ko.txt",
        "announced.ko.txt",
        "decisions.ko.txt",
    ) {
        environment.add_template(name, source).expect("the templates are part of the program");
    }
    environment
});

/// Subject, body and banner.
pub(super) fn render(occasion: Occasion, language: Language, model: &Model) -> Result<Written, Error> {
    let [subject, body, banner] = blocks(occasion, language, model, None, ["subject", "body", "banner"])?;
    Ok(Written { subject: one_line(&subject).into_owned(), body: paragraphs(&body), banner: lines(&banner) })
}

/// The post in one of its wordings.
pub(super) fn render_post(
    occasion: Occasion,
    language: Language,
    model: &Model,
    wording: &Wording,
) -> Result<String, Error> {
    let [post] = blocks(occasion, language, model, Some(wording), ["post"])?;
    Ok(one_line(&post).into_owned())
}

fn blocks<const N: usize>(
    occasion: Occasion,
    language: Language,
    model: &Model,
    wording: Option<&Wording>,
    names: [&str; N],
) -> Result<[String; N], Error> {
    let occasion = Occasion::ALL.iter().find(|(_, known)| *known == occasion).map_or("", |(name, _)| *name);
    let template = TEMPLATES.get_template(&format!("{occasion}.{}.txt", language.tag()))?;
    let model = Value::from(Serde(model));
    let mut rendered = template.render_captured(context! { post => Serde(wording), ..model })?;
    let mut texts = names.map(|_| String::new());
    for (text, name) in texts.iter_mut().zip(names) {
        *text = rendered.with_state_mut(|state| state.render_block(name))?;
    }
    Ok(texts)
}

/// Lines without blanks at their ends, and none that is empty.
fn lines(text: &str) -> String {
    text.lines().map(one_line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A text on one line in which nothing is Markdown.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    for letter in one_line(text).chars() {
        if matches!(letter, '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '~' | '|' | '#') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// An address within the round brackets of a Markdown link.
fn address(url: &str) -> String {
    url.replace('(', "%28").replace(')', "%29")
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}
