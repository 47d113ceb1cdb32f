//! Front matter: what the page's own YAML says of it, and what its `allim:` says to us.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The front matter of a page.
#[derive(Default, Debug)]
pub(super) struct Front {
    pub title: Option<String>,
    pub description: Option<String>,
    /// The path of the page in its site.
    pub permalink: Option<String>,
    /// The mapping `allim:`, keys and tables of a programme file.
    pub settings: Map<String, Value>,
    /// Why it cannot be read.
    pub fault: Option<String>,
    text: String,
    span: Range<usize>,
}

#[derive(Deserialize, Default)]
struct Written {
    #[serde(default)]
    title: Value,
    #[serde(default)]
    description: Value,
    #[serde(default)]
    permalink: Value,
    #[serde(default)]
    allim: Value,
}

pub(super) fn front(matter: Option<&(String, Range<usize>)>) -> Front {
    let Some((text, span)) = matter else { return Front::default() };
    let mut front = Front { text: text.clone(), span: span.clone(), ..Front::default() };
    let written: Written = match serde_saphyr::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let told = error.to_string();
            front.fault = Some(told.lines().next().unwrap_or("it is no YAML").to_owned());
            return front;
        }
    };
    let text = |value: &Value| value.as_str().map(super::text::tidy).filter(|text| !text.is_empty());
    front.title = text(&written.title);
    front.description = text(&written.description);
    front.permalink = text(&written.permalink);
    match written.allim {
        Value::Object(settings) => front.settings = settings,
        Value::Null => {}
        _ => front.fault = Some("allim: holds keys of a programme file, such as id: my-workshop-2027".to_owned()),
    }
    front
}

impl Front {
    /// Where a key stands, or the whole front matter.
    pub fn place(&self, key: &str) -> Range<usize> {
        let wanted = format!("{key}:");
        // A text with escapes is no longer as long as it is in the page.
        let as_written = self.span.len() == self.text.len() && !key.is_empty();
        let is_key = |at: &usize| !self.text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
        let found = self.text.match_indices(&wanted).map(|(at, _)| at).filter(|_| as_written).find(is_key);
        found.map_or_else(
            || self.span.clone(),
            |at| {
                let line = self.text[at..].lines().next().unwrap_or_default().trim_end();
                self.span.start + at..self.span.start + at + line.len()
            },
        )
    }

    /// A setting that is a text.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(Value::as_str)
    }
}
