//! Who is named on a page: keynote speakers with what they speak about, organizers, winners of awards.

use std::collections::HashSet;
use std::ops::Range;

use super::MOST_ENTRIES;
use super::names::{Speaker, looks_like_a_name, parts, people, without_titles};
use super::outline::Block;
use super::section::{Section, Topic};
use super::text::{Text, folded, says, tidy};
use super::when::is_open;
use crate::domain::programme::Role;

/// An invited talk, as its own section tells it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Keynote {
    pub name: String,
    pub affiliation: Option<String>,
    pub bio: Vec<String>,
    pub title: Option<String>,
    pub summary: Vec<String>,
    pub anchor: String,
    pub at: Range<usize>,
}

/// The keynotes of a page.
pub(super) fn keynotes(sections: &[Section<'_>]) -> Vec<Keynote> {
    let mut keynotes = Vec::new();
    for section in sections.iter().filter(|section| section.topic == Topic::Keynote) {
        let mut found: Vec<Keynote> = Vec::new();
        for block in &section.blocks {
            match block {
                Block::Heading(_, text) => heading(&mut found, text, section),
                Block::Paragraph(text) | Block::Item(text) => paragraph(&mut found, text, section),
                Block::Table { .. } => {}
            }
        }
        keynotes.extend(found);
    }
    keynotes.truncate(MOST_ENTRIES);
    keynotes
}

fn named(text: &str, section: &Section<'_>, at: Range<usize>) -> Option<Keynote> {
    // A name with its affiliation, after a colon if need be: `Keynote 1: A Name, Somewhere`.
    let tail = text.rsplit_once(": ").map(|(_, tail)| tail);
    [Some(text), tail].into_iter().flatten().find_map(|text| {
        let mut found = people(text).into_iter();
        let Speaker { name, affiliation } = found.next().filter(|first| looks_like_a_name(&first.name))?;
        if found.next().is_some() || is_open(text) {
            return None;
        }
        Some(Keynote { name, affiliation, anchor: section.anchor.clone(), at: at.clone(), ..Keynote::default() })
    })
}

fn heading(found: &mut Vec<Keynote>, text: &Text, section: &Section<'_>) {
    let plain = text.plain();
    if let Some(keynote) = named(&plain, section, text.span()) {
        found.push(keynote);
    } else if let Some(last) = found.last_mut().filter(|_| !is_open(&plain)) {
        last.title.get_or_insert(title_of(&plain));
    }
}

fn title_of(plain: &str) -> String {
    let bare = plain.trim_start_matches("Title:").trim_start_matches("Talk:");
    tidy(bare).trim_matches(['"', '“', '”', ' ']).to_owned()
}

fn paragraph(found: &mut Vec<Keynote>, text: &Text, section: &Section<'_>) {
    // A name in bold that stands alone, or in front.
    let first_bold = text.groups(|run| run.style.bold).into_iter().next();
    if let Some(bold) = &first_bold {
        let begins = text.plain().starts_with(&bold.plain());
        if let Some(mut keynote) = named(&bold.plain(), section, bold.span()).filter(|_| begins) {
            let mut rest = tidy(text.plain().get(bold.plain().len()..).unwrap_or(""));
            // `**A Name** (Somewhere) works on ...`
            if let Some((inner, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                keynote.affiliation.get_or_insert(tidy(inner));
                rest = after.to_owned();
            }
            let rest = rest.trim_start_matches([',', ':', '-', '–', '.', '(', ' ']).to_owned();
            if keynote.affiliation.is_some() && !rest.is_empty() {
                let goes_on = rest.starts_with(char::is_lowercase);
                keynote.bio.push(if goes_on { text.plain() } else { rest });
            } else if !rest.is_empty() && rest.split(' ').count() <= 12 {
                keynote.affiliation.get_or_insert(rest.trim_end_matches([')', '.']).to_owned());
            } else if !rest.is_empty() {
                keynote.bio.push(rest);
            }
            return found.push(keynote);
        }
    }
    let plain = text.plain();
    if let (true, Some(keynote)) = (found.is_empty(), named(&plain, section, text.span())) {
        return found.push(keynote);
    }
    let Some(last) = found.last_mut() else { return };
    let labelled = plain.split_once([':', '.']).map(|(label, rest)| (folded(label), tidy(rest)));
    match labelled {
        Some((label, rest)) if ["title", "talk", "talk title"].contains(&label.as_str()) => {
            last.title = Some(title_of(&rest));
        }
        Some((label, rest)) if label == "abstract" => last.summary.push(rest),
        Some((label, rest)) if ["bio", "biography", "about"].contains(&label.as_str()) => last.bio.push(rest),
        _ if last.title.is_some() => last.summary.push(plain),
        _ => last.bio.push(plain),
    }
}

/// A person of the page, with what they do.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Member {
    pub name: String,
    pub affiliation: Option<String>,
    pub role: Role,
    pub at: Range<usize>,
}

pub(super) fn members(sections: &[Section<'_>]) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for section in sections.iter().filter(|section| section.topic == Topic::People) {
        let mut role = role_of(&section.title());
        for block in &section.blocks {
            let texts: Vec<Text> = match block {
                Block::Heading(_, text) => {
                    role = role_of(&text.plain());
                    Vec::new()
                }
                Block::Table { rows, .. } => rows.iter().flatten().cloned().collect(),
                Block::Paragraph(text) | Block::Item(text) => text.lines(),
            };
            let several = match block {
                Block::Paragraph(text) | Block::Item(text) => listed(text, role),
                Block::Heading(..) | Block::Table { .. } => Vec::new(),
            };
            let found =
                if several.is_empty() { texts.iter().filter_map(|text| member(text, role)).collect() } else { several };
            for member in found {
                let is_known = |known: &Member| known.name == member.name && known.role == member.role;
                if members.len() < MOST_ENTRIES && !members.iter().any(is_known) {
                    members.push(member);
                }
            }
        }
    }
    members
}

fn role_of(heading: &str) -> Role {
    let folded = folded(heading);
    let any = |list: &str| says(&folded, list);
    if any("program programme reviewers scientific technical") && any("committee reviewers") {
        Role::Committee
    } else if any("chairs chair") && !any("organizers organisers organizing organising") {
        Role::Chair
    } else {
        Role::Organizer
    }
}

/// `Organizers: A Name (Somewhere), B Name (Elsewhere)`: several on one line, each with its brackets.
fn listed(text: &Text, role: Role) -> Vec<Member> {
    let standing = text.standing();
    let plain = standing.plain();
    let plain = plain.split_once(':').map_or(plain.as_str(), |(_, rest)| rest);
    let parts = parts(plain);
    if parts.len() < 2 || !parts.iter().any(|part| part.contains('(')) {
        return Vec::new();
    }
    let found: Option<Vec<Member>> = parts
        .iter()
        .map(|part| {
            let (name, rest) = part.split_once('(').map_or((part.as_str(), ""), |(name, rest)| (name, rest));
            let name = without_titles(tidy(name).trim_end_matches('.'));
            let affiliation = tidy(rest.trim_end().trim_end_matches('.').trim_end_matches(')'));
            let affiliation = Some(affiliation).filter(|text| !text.is_empty());
            looks_like_a_name(&name).then(|| Member { name, affiliation, role, at: text.span() })
        })
        .collect();
    found.unwrap_or_default()
}

fn member(text: &Text, role: Role) -> Option<Member> {
    let text = text.standing();
    let bold = text.groups(|run| run.style.bold).into_iter().next();
    let plain = text.plain();
    if is_open(&plain) {
        return None;
    }
    if let Some(bold) = bold.filter(|bold| plain.starts_with(&bold.plain())) {
        let name = without_titles(bold.plain().trim_end_matches([',', ':']));
        let rest = plain[bold.plain().len()..].trim_matches([',', ' ', ':', '-', '–']);
        let whole = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|rest| !rest.contains(')'));
        let rest = whole.unwrap_or(rest).to_owned();
        let is_name = looks_like_a_name(&name) || name.split(' ').count() <= 4 && !name.is_ascii();
        return is_name.then(|| Member {
            name,
            affiliation: Some(rest).filter(|rest| !rest.is_empty()),
            role,
            at: text.span(),
        });
    }
    let lines = text.lines();
    if let [first, rest @ ..] = lines.as_slice()
        && !rest.is_empty()
        && looks_like_a_name(&without_titles(&first.plain()))
    {
        let affiliation = rest.iter().map(Text::plain).collect::<Vec<_>>().join(", ");
        return Some(Member {
            name: without_titles(&first.plain()),
            affiliation: Some(affiliation),
            role,
            at: text.span(),
        });
    }
    let (head, tail) = plain.split_once([',', '(', '–', '—']).map_or((plain.as_str(), ""), |(head, tail)| (head, tail));
    let name = without_titles(head.trim());
    let tail = tail.trim_end_matches('.');
    // The bracket that opened before the affiliation ends behind it; one within it does not.
    let tail = if tail.matches('(').count() < tail.matches(')').count() { tail.trim_end_matches(')') } else { tail };
    let affiliation = tidy(tail);
    let bare = name.trim_end_matches(['.', ':']).to_owned();
    let is_short = plain.split(' ').count() <= 25;
    (looks_like_a_name(&bare) && is_short).then(|| Member {
        name: bare,
        affiliation: Some(affiliation).filter(|affiliation| !affiliation.is_empty()),
        role,
        at: text.span(),
    })
}

/// Nobody gives more of them.
const MOST_AWARDS: usize = 100;

/// An award, with who got it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Award {
    pub title: String,
    pub summary: Vec<String>,
    pub recipients: Vec<Speaker>,
    pub anchor: String,
    pub at: Range<usize>,
}

pub(super) fn awards(sections: &[Section<'_>]) -> Vec<Award> {
    let mut awards: Vec<Award> = Vec::new();
    // What each is known by: its people, and its title.
    let mut known: HashSet<String> = HashSet::new();
    for section in sections.iter().filter(|section| section.topic == Topic::Awards) {
        let mut found: Vec<Award> = Vec::new();
        for block in &section.blocks {
            if let Block::Paragraph(text) | Block::Item(text) = block {
                for sentence in sentences(text) {
                    found.extend(award(&sentence, section));
                }
            }
        }
        if found.iter().all(|award| award.recipients.is_empty()) {
            // A section about one award that names nobody tells what it is for.
            let mut summary: Vec<String> = Vec::new();
            for block in &section.blocks {
                match (block, summary.last_mut()) {
                    (Block::Paragraph(text), _) => summary.push(text.plain()),
                    (Block::Item(text), Some(last)) => last.push_str(&format!("\n- {}", text.plain())),
                    (Block::Item(text), None) => summary.push(format!("- {}", text.plain())),
                    (Block::Heading(..) | Block::Table { .. }, _) => {}
                }
            }
            let at = section.heading.map_or(0..0, Text::span);
            found = vec![Award {
                title: section.title(),
                summary,
                recipients: Vec::new(),
                anchor: section.anchor.clone(),
                at,
            }];
        }
        for award in found {
            // Written twice, in other words: the people are the same.
            if awards.len() >= MOST_AWARDS {
                break;
            }
            let mut names: Vec<String> = award.recipients.iter().map(|who| folded(&who.name)).collect();
            names.sort();
            let by_title = format!("title {}", folded(&award.title));
            let by_names = Some(format!("names {}", names.join(", "))).filter(|_| !names.is_empty());
            if !known.contains(&by_title) && !by_names.as_ref().is_some_and(|names| known.contains(names)) {
                known.extend(by_names.into_iter().chain([by_title]));
                awards.push(award);
            }
        }
    }
    awards
}

/// The sentences of a paragraph that tell of somebody.
fn sentences(text: &Text) -> Vec<Text> {
    let mut sentences = Vec::new();
    for line in text.lines() {
        let raw = line.raw();
        let mut start = 0;
        for (at, _) in raw.match_indices("Congratulations") {
            if at > start {
                sentences.push(line.part(start..at));
            }
            start = at;
        }
        sentences.push(line.part(start..raw.len()));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// `Congratulations to **A** from X and **B** from Y for the **Best Talk Award**`, `Best Talk: A (X)`
fn award(sentence: &Text, section: &Section<'_>) -> Option<Award> {
    let is_title = |text: &str| says(&folded(text), "award prize best mention");
    let raw = sentence.raw();
    let bold = sentence.groups(|run| run.style.bold);
    let (titles, names): (Vec<&Text>, Vec<&Text>) = bold.iter().partition(|group| is_title(&group.plain()));
    let anchor = section.anchor.clone();
    let at = sentence.span();
    if !names.is_empty() && names.iter().all(|name| looks_like_a_name(&without_titles(&name.plain()))) {
        let after = raw
            .rfind("for the ")
            .or_else(|| raw.rfind("for their "))
            .map(|at| at + raw[at..].find("the").unwrap_or(0) + 4);
        let title = match titles.as_slice() {
            [title, ..] => title.plain(),
            [] => tidy(raw.get(after?..)?).trim_end_matches(['.', '!']).to_owned(),
        };
        let recipients = names.iter().map(|name| Speaker {
            name: without_titles(&name.plain()),
            affiliation: affiliation_after(&raw, &name.raw()),
        });
        return Some(Award { title, summary: Vec::new(), recipients: recipients.collect(), anchor, at });
    }
    let plain = sentence.plain();
    let (title, rest) = plain.split_once(": ").or_else(|| plain.split_once(" – "))?;
    if !is_title(title) || title.split(' ').count() > 8 {
        return None;
    }
    let recipients = people(rest.split(['"', '“']).next().unwrap_or(rest));
    let title = title.trim_matches(['*', ' ']).to_owned();
    (!recipients.is_empty()).then_some(Award { title, summary: Vec::new(), recipients, anchor, at })
}

/// `A from Somewhere and B`: what stands between a name's `from` and the next name.
fn affiliation_after(raw: &str, name: &str) -> Option<String> {
    let after = &raw[raw.find(name)? + name.len()..];
    let after = after.trim_start().strip_prefix("from ")?;
    let ends = [",", " and ", " for the ", " for their ", ".\n"];
    let end = ends.iter().filter_map(|end| after.find(end)).min().unwrap_or(after.len());
    Some(tidy(&after[..end]).trim_end_matches('.').to_owned()).filter(|text| !text.is_empty())
}
