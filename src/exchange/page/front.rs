//! Front matter: what the page's own YAML says of it, and what its `allim:` says to us.

use std::collections::HashMap;
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
    /// Where each key stands first.
    keys: HashMap<String, Range<usize>>,
    span: Range<usize>,
}

/// Front matter of more values, or with more of them said by reference, is no page's.
const MOST_VALUES: usize = 20_000;
const MOST_REPEATED: usize = 1000;

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
    let mut front = Front { keys: keys(text, span), span: span.clone(), ..Front::default() };
    let limits = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: MOST_VALUES },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPEATED },
    };
    let written: Written = match serde_saphyr::from_str_with_options(text, limits) {
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
        self.keys.get(key).unwrap_or(&self.span).clone()
    }

    /// A setting that is a text.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(Value::as_str)
    }
}

/// Where each word before a colon stands first in the page, with the rest of its line.
fn keys(text: &str, span: &Range<usize>) -> HashMap<String, Range<usize>> {
    let mut keys = HashMap::new();
    // A text with escapes is no longer as long as it is in the page.
    if span.len() != text.len() {
        return keys;
    }
    let mut start = span.start;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        for (colon, _) in line.match_indices(':') {
            let before = line[..colon].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '-').len();
            if before < colon {
                keys.entry(line[before..colon].to_owned()).or_insert(start + before..end);
            }
        }
        start += line.len();
    }
    keys
}
