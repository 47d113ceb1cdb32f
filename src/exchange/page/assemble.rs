//! From what was found on a page to the tables of a programme file: what refers to what, and what is only a guess.

use std::collections::HashMap;

use toml_edit::{Array, InlineTable, Value};

use super::Options;
use super::deadlines::{self, Dates};
use super::draft::Draft;
use super::entries::Known;
use super::facts::facts;
use super::front::Front;
use super::ids::{Ids, slug, slug_of_title, surname};
use super::outline::Block;
use super::papers::{Paper, Presentable, papers};
use super::people::{Award, Keynote, Member, awards, keynotes, members};
use super::rest::{Call, Link, call, links};
use super::schedule::talks;
use super::section::{Section, Topic, sections};
use super::sheet::Sheet;
use super::text::folded;
use super::when::hours;
use super::whole::Whole;
use crate::domain::programme::Id;

pub(super) fn assemble(blocks: &[Block], front: &Front, accepted: &[String], options: &Options) -> Sheet {
    let sections = sections(blocks);
    let mut page = Sheet::default();
    let facts = facts(&sections);
    let dates = deadlines::dates(&sections);
    let setting = page.programme(&sections, front, &facts, &dates, accepted, options);
    page.venue(&facts);
    let mut ids = Ids::default();
    let mut links = links(&sections, &setting.short);
    page.deadlines(&dates, &links, &setting, accepted, &mut ids);
    page.contradicted(&sections, &dates, &setting, accepted);
    let (papers, keynotes, awards) = (papers(&sections), keynotes(&sections), awards(&sections));
    let paper_ids = page.papers(&papers);
    let presentable = Presentable::new(&papers);
    let known = Known::new(&papers, &presentable, &paper_ids, &keynotes, &awards);
    page.sessions(&talks(&sections), &known, &setting, &mut ids);
    page.papers_drafted(&papers, &paper_ids);
    page.people(&keynotes, &members(&sections), &setting);
    page.awards(&awards, &papers, &paper_ids, &setting);
    // What a talk, a paper or a sponsor leads to stands there; the rest are links of the workshop.
    links.retain(|link| !link.title.is_empty() && link.title.chars().count() <= 300);
    page.links(&links);
    page.call(call(&sections), &setting);
    page.left_out(&dates);
    page.unread(&sections);
    page
}

impl Sheet {
    /// An id for each paper: the first author's last name where nobody else has it.
    pub(super) fn papers(&mut self, papers: &[Paper]) -> Vec<Id> {
        let first = |paper: &Paper| paper.authors.first().cloned();
        let last_names: Vec<Option<Id>> =
            papers.iter().map(|paper| first(paper).and_then(|name| slug(surname(&name)))).collect();
        let mut bearers: HashMap<&Option<Id>, usize> = HashMap::new();
        last_names.iter().for_each(|name| *bearers.entry(name).or_default() += 1);
        let mut ids = Ids::default();
        papers
            .iter()
            .zip(&last_names)
            .map(|(paper, name)| {
                let own = name.clone();
                let shared = bearers.get(name).is_some_and(|count| *count > 1);
                let full = first(paper).and_then(|name| slug(&name));
                let wishes = if shared { [full, own] } else { [own, full] };
                ids.claim(wishes.into_iter().flatten().chain(slug_of_title(&paper.title, 3)))
            })
            .collect()
    }

    pub(super) fn papers_drafted(&mut self, papers: &[Paper], ids: &[Id]) {
        for (paper, id) in papers.iter().zip(ids) {
            let mut draft = Draft::one_of("paper", paper.at.clone());
            draft.set("id", id.as_str(), paper.at.clone());
            draft.set("title", paper.title.as_str(), paper.at.clone());
            if !paper.authors.is_empty() {
                let authors: Array = paper.authors.iter().map(String::as_str).collect();
                draft.set("authors", Value::Array(authors), paper.at.clone());
            }
            if let Some(url) = &paper.url {
                draft.set("url", url.as_str(), paper.at.clone());
            }
            self.drafts.push(draft);
        }
    }

    pub(super) fn people(&mut self, keynotes: &[Keynote], members: &[Member], setting: &Whole) {
        for keynote in keynotes {
            let mut draft = Draft::one_of("person", keynote.at.clone());
            draft.set("name", keynote.name.as_str(), keynote.at.clone());
            draft.set("role", "keynote", keynote.at.clone());
            if let Some(affiliation) = &keynote.affiliation {
                draft.set("affiliation", affiliation.as_str(), keynote.at.clone());
            }
            if let Some(url) = &setting.url {
                draft.set("url", format!("{url}#{}", keynote.anchor), keynote.at.clone());
            }
            if !keynote.bio.is_empty() {
                draft.set_text("summary", &keynote.bio.join("\n\n"), keynote.at.clone());
            }
            self.drafts.push(draft);
        }
        for member in members {
            let mut draft = Draft::one_of("person", member.at.clone());
            draft.set("name", member.name.as_str(), member.at.clone());
            draft.set("role", member.role.name(), member.at.clone());
            if let Some(affiliation) = &member.affiliation {
                draft.set("affiliation", affiliation.as_str(), member.at.clone());
            }
            self.drafts.push(draft);
        }
    }

    pub(super) fn awards(&mut self, awards: &[Award], papers: &[Paper], paper_ids: &[Id], setting: &Whole) {
        let mut written: HashMap<String, usize> = HashMap::new();
        for (index, paper) in papers.iter().enumerate() {
            if let Some(author) = paper.authors.first() {
                written.entry(folded(author)).or_insert(index);
            }
        }
        for award in awards {
            let mut draft = Draft::one_of("award", award.at.clone());
            draft.set("title", award.title.as_str(), award.at.clone());
            if let Some(url) = &setting.url {
                draft.set("url", format!("{url}#{}", award.anchor), award.at.clone());
            }
            if !award.summary.is_empty() {
                draft.set_text("summary", &award.summary.join("\n\n"), award.at.clone());
            }
            let recipients = award.recipients.iter().map(|who| {
                let mut table = InlineTable::new();
                table.insert("name", Value::from(who.name.as_str()));
                if let Some(affiliation) = &who.affiliation {
                    table.insert("affiliation", Value::from(affiliation.as_str()));
                }
                if let Some(index) = written.get(&folded(&who.name)) {
                    table.insert("paper", Value::from(paper_ids[*index].as_str()));
                }
                Value::InlineTable(table)
            });
            let recipients: Array = recipients.collect();
            if !recipients.is_empty() {
                draft.set("recipients", Value::Array(recipients), award.at.clone());
            }
            self.drafts.push(draft);
        }
    }

    pub(super) fn links(&mut self, links: &[Link]) {
        for link in links {
            let mut draft = Draft::one_of("link", link.at.clone());
            draft.set("kind", link.kind.name(), link.at.clone());
            draft.set("title", link.title.as_str(), link.at.clone());
            draft.set("url", link.url.as_str(), link.at.clone());
            self.drafts.push(draft);
        }
    }

    pub(super) fn call(&mut self, call: Option<Call>, setting: &Whole) {
        let Some(call) = call else { return };
        let mut draft = Draft::single("call", call.at.clone());
        if let Some(url) = &setting.url {
            draft.set("url", format!("{url}#{}", call.anchor), call.at.clone());
        }
        if !call.summary.is_empty() {
            draft.set_text("summary", &call.summary.join("\n\n"), call.at.clone());
        }
        if !call.topics.is_empty() {
            let mut topics: Array = call.topics.iter().map(String::as_str).collect();
            for topic in topics.iter_mut() {
                topic.decor_mut().set_prefix("\n    ");
            }
            topics.set_trailing("\n");
            topics.set_trailing_comma(true);
            draft.set("topics", Value::Array(topics), call.at.clone());
        }
        for (name, paragraphs) in [("format", &call.format), ("supplementary", &call.supplementary)] {
            if !paragraphs.is_empty() {
                draft.set_text(name, &paragraphs.join("\n\n"), call.at.clone());
            }
        }
        self.drafts.push(draft);
    }

    pub(super) fn left_out(&mut self, dates: &Dates) {
        for fact in &dates.left_out {
            self.note(fact.at.clone(), fact.value.clone(), "add it to the programme file by hand if it is one");
        }
    }

    /// Tables with hours that stand under no heading of a schedule.
    pub(super) fn unread(&mut self, sections: &[Section<'_>]) {
        let has_schedule = self.drafts.iter().any(|draft| draft.name == "session");
        for section in sections.iter().filter(|section| !matches!(section.topic, Topic::Schedule | Topic::Dates)) {
            for block in &section.blocks {
                let Block::Table { rows, .. } = block else { continue };
                let timed = rows.iter().filter(|row| row.iter().any(|cell| !hours(&cell.raw()).is_empty()));
                if timed.count() > 2 && !has_schedule {
                    let what = "this table has hours, and was not read as a schedule";
                    self.note(block.text().span(), what, "put it under a heading such as Schedule or Programme");
                }
            }
        }
    }
}
