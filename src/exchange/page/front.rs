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
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let bare = line.trim_start();
            if bare.starts_with(&wanted) && self.span.len() == self.text.len() {
                let start = self.span.start + at + line.len() - bare.len();
                return start..start + bare.trim_end().len();
            }
            at += line.len();
        }
        self.span.clone()
    }

    /// A setting that is a text.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(Value::as_str)
    }
}
