//! Which part of a page speaks of what: by the words of its headings.

use std::collections::HashMap;

use super::outline::Block;
use super::text::{Text, folded, says};

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Topic {
    /// Day, room, place in short; also whatever stands above the first heading.
    Facts,
    Venue,
    Schedule,
    Dates,
    Papers,
    Keynote,
    People,
    Awards,
    Call,
    Contact,
    Sponsors,
    Proceedings,
    News,
    Other,
}

/// A heading and what stands below it, down to the next heading that opens a section.
#[derive(Debug)]
pub(super) struct Section<'p> {
    pub topic: Topic,
    pub heading: Option<&'p Text>,
    /// Its heading as an address within the page, as Jekyll and GitHub make it.
    pub anchor: String,
    pub blocks: Vec<&'p Block>,
}

impl Section<'_> {
    /// The lines of its paragraphs and lists.
    pub fn lines(&self) -> Vec<Text> {
        let texts = self.blocks.iter().filter_map(|block| match block {
            Block::Paragraph(text) | Block::Item(text) => Some(text.lines()),
            Block::Heading(..) | Block::Table { .. } => None,
        });
        texts.flatten().collect()
    }

    /// The heading's words.
    pub fn title(&self) -> String {
        self.heading.map(Text::plain).unwrap_or_default()
    }
}

/// The sections of a page. A heading inside a section that names no topic of its own stays among its blocks.
pub(super) fn sections(blocks: &[Block]) -> Vec<Section<'_>> {
    let mut sections = vec![Section { topic: Topic::Facts, heading: None, anchor: String::new(), blocks: Vec::new() }];
    // A heading below one that opened a section belongs to it, unless it names a topic itself.
    let (mut level, mut anchors): (u8, HashMap<String, usize>) = (7, HashMap::new());
    for block in blocks {
        let Block::Heading(depth, text) = block else {
            sections.last_mut().expect("there is one").blocks.push(block);
            continue;
        };
        let anchor = anchor(&text.raw(), &mut anchors);
        let topic = topic(&text.plain());
        let first = sections.len() == 1;
        let open = sections.last_mut().expect("there is one");
        let inside = *depth > level;
        // The talks of a schedule and the blocks of a keynote have headings of their own.
        let own_words = inside && matches!(open.topic, Topic::Keynote | Topic::Schedule) && !is_list_of_papers(text);
        if own_words || inside && topic.is_none() {
            open.blocks.push(block);
            continue;
        }

        // The page's title says of what the workshop is, not what the section holds.
        if first && *depth == 1 {
            level = 1;
            sections.push(Section { topic: Topic::Facts, heading: Some(text), anchor, blocks: Vec::new() });
            continue;
        }
        // `Day 2 (March 13)` below a schedule goes on with it.
        let goes_on = open.topic == Topic::Schedule && super::slots::day_of(&text.plain(), true).is_some();
        let topic = topic.or(goes_on.then_some(Topic::Schedule));
        let topic = topic.unwrap_or(if first { Topic::Facts } else { Topic::Other });
        level = *depth;
        sections.push(Section { topic, heading: Some(text), anchor, blocks: Vec::new() });
    }
    sections
}

/// `Accepted papers` below a programme is a list of its own; `Posters` among its talks is none.
fn is_list_of_papers(heading: &Text) -> bool {
    says(&folded(&heading.plain()), "accepted")
}

fn topic(heading: &str) -> Option<Topic> {
    let folded = folded(heading);
    let any = |list: &str| says(&folded, list);
    let starts = |list: &[&str]| list.iter().any(|start| folded.starts_with(start));
    Some(
        if any(
            "organizers organisers organizing organising committee chairs organizer team organisatoren organisation 조직위원 조직위원회 운영위원 운영위원회 위원회",
        ) {
            Topic::People
        } else if any("award awards prize prizes preise 시상 수상") {
            Topic::Awards
        } else if any("keynote keynotes speakers speaker invited 기조강연 초청강연 연사 초청연사") {
            Topic::Keynote
        } else if any("dates deadlines deadline termine fristen 중요일정 마감")
            || folded.contains("주요 일정")
            || folded.contains("중요 일정")
            || starts(&["timeline"])
        {
            Topic::Dates
        } else if any(
            "schedule program programme agenda timetable programm zeitplan ablauf tagesordnung 프로그램 일정표 시간표 일정",
        ) {
            Topic::Schedule
        } else if any("call cfp submission submissions submit submitting guidelines") {
            Topic::Call
        } else if any("proceedings publication publications") {
            Topic::Proceedings
        } else if any("papers accepted contributions posters beiträge 논문 채택논문") {
            Topic::Papers
        } else if any("sponsors sponsor sponsorship supporters funding") {
            Topic::Sponsors
        } else if any("contact contacts questions kontakt 문의 연락처") {
            Topic::Contact
        } else if any("news updates announcements") {
            Topic::News
        } else if any("venue location where place ort veranstaltungsort tagungsort anreise 장소 행사장 오시는")
        {
            Topic::Venue
        } else if starts(&[
            "tl dr",
            "tldr",
            "at a glance",
            "key facts",
            "quick facts",
            "overview",
            "in short",
            "in brief",
        ]) || any("facts when")
        {
            Topic::Facts
        } else {
            return None;
        },
    )
}

/// The address of a heading: small letters, blanks as hyphens, other signs dropped; the second of a name gets `-1`.
fn anchor(heading: &str, taken: &mut HashMap<String, usize>) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    let base: String = kept.collect();
    let count = taken.entry(base.clone()).or_default();
    *count += 1;
    if *count == 1 { base } else { format!("{base}-{}", *count - 1) }
}
