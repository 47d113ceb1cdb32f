//! The call for papers, where to write, and the links of a page.

use std::ops::Range;

use super::MOST_ENTRIES;
use super::facts::Fact;
use super::outline::Block;
use super::section::{Section, Topic};
use super::text::{Text, among, folded, says, tidy};
use crate::domain::programme::LinkKind;

/// The call for papers.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Call {
    pub summary: Vec<String>,
    pub topics: Vec<String>,
    pub format: Vec<String>,
    pub supplementary: Vec<String>,
    pub anchor: String,
    pub at: Range<usize>,
}

pub(super) fn call(sections: &[Section<'_>]) -> Option<Call> {
    let mut calls = sections.iter().filter(|section| section.topic == Topic::Call);
    let section = calls.next()?;
    let mut call =
        Call { anchor: section.anchor.clone(), at: section.heading.map_or(0..0, Text::span), ..Call::default() };
    for section in std::iter::once(section).chain(calls) {
        for block in &section.blocks {
            match block {
                // A list of dates is no list of topics.
                Block::Item(text) if !super::when::days(&text.plain()).is_empty() => {}
                Block::Item(text) => call.topics.push(text.plain().trim_end_matches([',', ';', '.']).to_owned()),
                // A line all in bold is a heading without being one.
                Block::Paragraph(text) if is_all_bold(text) => {}
                Block::Paragraph(text) => call.paragraph(&text.plain()),
                Block::Heading(..) | Block::Table { .. } => {}
            }
        }
    }
    call.topics.truncate(MOST_ENTRIES);
    call.topics.retain(|topic| !topic.is_empty() && topic.chars().count() <= 300);
    Some(call)
}

fn is_all_bold(text: &Text) -> bool {
    folded(&text.only(|run| run.style.bold).plain()) == folded(&text.plain())
}

impl Call {
    fn paragraph(&mut self, plain: &str) {
        let words = folded(plain);
        let any = |list: &str| says(&words, list);
        // The sentence that opens the list of topics.
        let opens = plain.ends_with(':').then(|| plain.rfind(['.', '!', '?'])).flatten();
        let plain = opens.map_or(plain, |end| &plain[..=end]);
        // `We invite papers for` with nothing behind it, and the line that opens the topics.
        if plain.split(' ').count() < 6 || plain.ends_with(',') || plain.ends_with(':') && plain.split(' ').count() < 12
        {
            return;
        }
        let plain = plain.strip_prefix("Supplementary material: ").unwrap_or(plain).to_owned();
        if !self.supplementary.is_empty() || any("supplementary") {
            self.supplementary.push(plain);
        } else if any("pages page format template anonymized anonymised") {
            self.format.push(plain);
        } else {
            self.summary.push(plain);
        }
    }
}

/// A mailbox: of the contact section, else the first of the page.
pub(super) fn contact(sections: &[Section<'_>]) -> Option<Fact<String>> {
    let of = |section: &Section<'_>| section.blocks.iter().find_map(|block| mailbox(&block.text()));
    let own = sections.iter().filter(|section| section.topic == Topic::Contact).find_map(of);
    own.or_else(|| sections.iter().rev().find_map(of))
}

fn mailbox(text: &Text) -> Option<Fact<String>> {
    for run in &text.0 {
        if let Some(address) = run.link.as_deref().and_then(|link| link.strip_prefix("mailto:")) {
            let address = address.split('?').next().unwrap_or(address).replace("%40", "@");
            return Some(Fact::new(address, run.span.clone()));
        }
    }
    let plain = text.plain();
    let readable = plain.replace(" [at] ", "@").replace(" (at) ", "@").replace(" [dot] ", ".").replace(" (dot) ", ".");
    let readable = readable.replace("[at]", "@").replace("(at)", "@").replace("[dot]", ".").replace("(dot)", ".");
    let word = readable.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '(' | ')'));
    let address = word.map(|word| word.trim_matches(['.', ':', '"'])).find(|word| {
        word.split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'))
    })?;
    Some(Fact::new(address.to_owned(), text.span()))
}

/// A link of the workshop.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Link {
    pub kind: LinkKind,
    pub title: String,
    pub url: String,
    pub at: Range<usize>,
}

/// Sites where papers are handed in.
const SUBMISSION_SITES: &str = "cmt3 cmt openreview easychair softconf hotcrp";

/// The links that tell something of the workshop; those of people, papers and talks stand with them.
pub(super) fn links(sections: &[Section<'_>], short: &str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for section in sections {
        let of_topic = match section.topic {
            Topic::Proceedings => Some(LinkKind::Proceedings),
            Topic::Sponsors => Some(LinkKind::Sponsor),
            Topic::Facts | Topic::Call | Topic::Dates => None,
            _ => continue,
        };
        for block in &section.blocks {
            let text = block.text();
            for (url, words) in text.standing().links() {
                let is_page = url.starts_with("http://") || url.starts_with("https://");
                if links.len() >= MOST_ENTRIES || !is_page || links.iter().any(|link| link.url == *url) {
                    continue;
                }
                let title = words.plain();
                let kind = of_topic.unwrap_or_else(|| kind(&url, &title, section.topic));
                let says_nothing = ["", "here", "link", "this link", "this page", "website", "this website", "page"];
                let title = if says_nothing.contains(&folded(&title).as_str()) {
                    let heading = section.title();
                    if heading.is_empty() { continue } else { tidy(&format!("{short} {heading}")) }
                } else {
                    title.trim_matches(['"', ' ', ':']).to_owned()
                };
                links.push(Link { kind, title, url: url.to_string(), at: words.span() });
            }
        }
    }
    links
}

fn kind(url: &str, title: &str, topic: Topic) -> LinkKind {
    let words = folded(title);
    let any = |list: &str| says(&words, list);
    if is_submission_site(url)
        || url.to_lowercase().contains("submit")
        || any("submit submission") && !any("guidelines guideline")
    {
        LinkKind::Submission
    } else if any("registration register") {
        LinkKind::Registration
    } else if topic == Topic::Facts && super::when::years(title).len() == 1 {
        LinkKind::Conference
    } else {
        LinkKind::Other
    }
}

pub(super) fn is_submission_site(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or("").to_lowercase();
    host.split('.').any(|part| among(part, SUBMISSION_SITES))
}
