//! Deadlines and sessions as tables: which date, which paper, which id.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use toml_edit::{Array, Datetime, InlineTable, Value};

use super::deadlines::{self, Date, Dates, Deadline};
use super::draft::{Draft, civil_day};
use super::ids::{Ids, slug, slug_of_title, surname};
use super::names::Speaker;
use super::papers::{Paper, Presentable, joined, spelled};
use super::people::{Award, Keynote};
use super::rest::{Link, is_submission_site};
use super::schedule::{NOBODY, Talk};
use super::section::Section;
use super::sheet::Sheet;
use super::slots::OnDay;
use super::text::{among, folded, tidy};
use super::whole::{Whole, first_of, same_clock};
use crate::domain::programme::{DeadlineKind, Id, LinkKind, SessionKind};

/// What talks are held against.
pub(super) struct Known<'k> {
    papers: &'k [Paper],
    presentable: &'k Presentable,
    paper_ids: &'k [Id],
    keynotes: &'k [Keynote],
    /// The first keynote of a last name, and of a title.
    keynote_names: HashMap<String, usize>,
    keynote_titles: HashMap<String, usize>,
    /// Where the winners of awards work.
    winners: HashMap<String, Option<&'k str>>,
}

impl<'k> Known<'k> {
    pub fn new(
        papers: &'k [Paper],
        presentable: &'k Presentable,
        paper_ids: &'k [Id],
        keynotes: &'k [Keynote],
        awards: &'k [Award],
    ) -> Known<'k> {
        let (mut keynote_names, mut keynote_titles, mut winners) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (index, keynote) in keynotes.iter().enumerate() {
            keynote_names.entry(folded(surname(&keynote.name))).or_insert(index);
            if let Some(title) = &keynote.title {
                keynote_titles.entry(joined(title)).or_insert(index);
            }
        }
        for who in awards.iter().flat_map(|award| &award.recipients) {
            winners.entry(folded(&who.name)).or_insert(who.affiliation.as_deref());
        }
        Known { papers, presentable, paper_ids, keynotes, keynote_names, keynote_titles, winners }
    }

    /// The keynote that a talk of this title is, given by this speaker.
    fn keynote(&self, title: &str, speaker: Option<&str>) -> Option<&'k Keynote> {
        let index = match speaker {
            Some(name) => self.keynote_names.get(&folded(surname(name))),
            None => self.keynote_titles.get(&joined(title)),
        };
        index.map(|index| &self.keynotes[*index])
    }
}

fn local(day: NaiveDate, time: NaiveTime) -> Value {
    let text = format!("{day}T{}", time.format("%H:%M:%S"));
    text.parse::<Datetime>().map_or_else(|_| Value::from(text), Value::from)
}

fn speakers_value(speakers: &[Speaker]) -> Value {
    let tables = speakers.iter().map(|speaker| {
        let mut table = InlineTable::new();
        table.insert("name", Value::from(speaker.name.as_str()));
        if let Some(affiliation) = &speaker.affiliation {
            table.insert("affiliation", Value::from(affiliation.as_str()));
        }
        Value::InlineTable(table)
    });
    Value::Array(tables.collect::<Array>())
}

impl Sheet {
    /// A date on top of the page that is not the one of the dates section: one of the two was forgotten.
    pub(super) fn contradicted(
        &mut self,
        sections: &[Section<'_>],
        dates: &Dates,
        setting: &Whole,
        accepted: &[String],
    ) {
        let workshop = setting.days.map(|(_, last)| last);
        let day = |date: &Date| deadlines::dated(date.day, workshop, setting.year).0;
        for other in deadlines::elsewhere(sections) {
            let mut same = dates.deadlines.iter().filter(|known| known.kind == other.kind);
            let (Some(known), None) = (same.next(), same.next()) else { continue };
            let (Some(stated), Some(due)) = (other.due.as_ref().and_then(day), known.due.as_ref().and_then(day)) else {
                continue;
            };
            if stated != due && !known.was.iter().any(|was| day(was) == Some(stated)) {
                let name = format!("two-dates:{}:{stated}:{due}", known.kind.name());
                let what = format!("{:?} is {stated} here and {due} among the dates", known.label);
                self.doubt(other.at.clone(), what, "make them one; that of the dates section is taken", name, accepted);
            }
        }
    }

    pub(super) fn deadlines(
        &mut self,
        dates: &Dates,
        links: &[Link],
        setting: &Whole,
        accepted: &[String],
        ids: &mut Ids,
    ) {
        let site = links.iter().find(|link| link.kind == LinkKind::Submission && is_submission_site(&link.url));
        let site = site.or_else(|| links.iter().find(|link| link.kind == LinkKind::Submission));
        let has_submission = dates.deadlines.iter().any(|deadline| deadline.kind == DeadlineKind::Submission);
        for deadline in &dates.deadlines {
            let mut draft = Draft::one_of("deadline", deadline.at.clone());
            let (title, short) = titles(&deadline.label, deadline.kind);
            draft.set("id", ids.claim(deadline_ids(deadline.kind, &title, &short)).as_str(), deadline.at.clone());
            if deadline.kind_guessed {
                self.guess(
                    &mut draft,
                    "kind",
                    deadline.kind.name(),
                    deadline.at.clone(),
                    "its words do not say what it asks for",
                );
            } else {
                draft.set("kind", deadline.kind.name(), deadline.at.clone());
            }
            draft.set("title", title.as_str(), deadline.at.clone());
            if short != title {
                draft.set("short", short.as_str(), deadline.at.clone());
            }
            self.due(&mut draft, deadline, dates, setting, accepted);
            let takes_papers =
                deadline.kind == DeadlineKind::Submission || deadline.kind == DeadlineKind::Abstract && !has_submission;
            let url = deadline.url.clone().or_else(|| site.filter(|_| takes_papers).map(|link| link.url.clone()));
            if let Some(url) = url {
                draft.set("url", url, deadline.at.clone());
            }
            if deadline.withdrawn {
                draft.set("cancelled", "struck out on the page", deadline.at.clone());
            }
            self.drafts.push(draft);
        }
    }

    pub(super) fn due(
        &mut self,
        draft: &mut Draft,
        deadline: &Deadline,
        dates: &Dates,
        setting: &Whole,
        accepted: &[String],
    ) {
        let workshop = setting.days.map(|(_, last)| last);
        let at = deadline.at.clone();
        let noted = deadline.due.as_ref().and_then(|date| deadlines::dated(date.day, workshop, setting.year).0);
        // Other letters of the same clock are no other zone.
        let own = deadline.zone.filter(|zone| !same_clock(*zone, setting.deadline_zone, noted));
        let zone = own.unwrap_or(setting.deadline_zone);
        let hour = deadline.hour.or(dates.hour.as_ref().map(|hour| hour.value));
        let usual = NaiveTime::from_hms_opt(23, 59, 0).expect("a time");
        let written = |day: NaiveDate| match hour.filter(|hour| *hour != usual) {
            Some(hour) => local(day, hour),
            None => civil_day(day),
        };
        let mut resolve = |date: &Date| {
            let (day, guessed) = deadlines::dated(date.day, workshop, setting.year);
            let why = match (guessed, date.ambiguous) {
                (true, _) => Some("no year stands beside it: that of the page is taken"),
                (_, true) => Some("the day is taken to stand before the month"),
                _ => None,
            };
            (day, why)
        };
        match deadline.due.as_ref().map(&mut resolve) {
            Some((Some(day), why)) => {
                if let Some(stated) = deadline.weekday {
                    let id = draft.text("id").unwrap_or_default().to_owned();
                    self.weekday(&id, at.clone(), day, stated, accepted);
                }
                let why = why.map(str::to_owned).or_else(|| deadline.guess.clone());
                match why {
                    Some(why) => self.guess(draft, "due", written(day), at.clone(), &why),
                    None => drop(draft.set("due", written(day), at.clone())),
                }
            }
            Some((None, _)) => {
                self.note(
                    at.clone(),
                    "this date has no year, and nothing on the page tells one",
                    "write the year beside it",
                );
                draft.set("due", "TBC", at.clone()).guess = Some("its year is not known".to_owned());
            }
            None => drop(draft.set("due", "TBC", at.clone())),
        }
        let was: Array = deadline.was.iter().filter_map(|date| resolve(date).0).map(written).collect();
        if !was.is_empty() {
            draft.set("was", Value::Array(was), at.clone());
        }
        if zone != setting.deadline_zone {
            draft.set("zone", zone.name(), at);
        }
    }

    pub(super) fn sessions(&mut self, talks: &[Talk], known: &Known<'_>, setting: &Whole, ids: &mut Ids) {
        let mut hosts = Hosts::default();
        let mut without_day = false;
        for talk in talks {
            let Some(day) = day_of(talk.day, setting) else {
                if !std::mem::replace(&mut without_day, true) {
                    self.note(
                        talk.at.clone(),
                        "the schedule is left out: the page does not say the workshop's day",
                        "write it on the page, or give --date",
                    );
                }
                continue;
            };
            let draft = self.session(talk, day, known, setting, ids, &mut hosts);
            self.drafts.push(draft);
        }
        for (id, name) in hosts.named {
            let mut draft = Draft::one_of("host", 0..0);
            draft.set("id", id.as_str(), 0..0);
            draft.set("name", name, 0..0);
            self.drafts.push(draft);
        }
    }

    pub(super) fn session(
        &mut self,
        talk: &Talk,
        day: NaiveDate,
        known: &Known<'_>,
        setting: &Whole,
        ids: &mut Ids,
        hosts: &mut Hosts,
    ) -> Draft {
        let at = talk.at.clone();
        let mut draft = Draft::one_of("session", at.clone());
        let first = talk.speakers.first().map(|speaker| speaker.name.clone());
        let is_oral = matches!(talk.kind, SessionKind::Oral);
        let paper_at = if is_oral { known.presentable.by(&talk.title, first.as_deref()) } else { None };
        let paper = paper_at.map(|index| &known.papers[index]);
        let is_keynote = talk.kind == SessionKind::Keynote;
        let keynote = if is_keynote { known.keynote(&talk.title, first.as_deref()) } else { None };
        let mut speakers = talk.speakers.clone();
        if let (Some(keynote), true) = (keynote, speakers.is_empty()) {
            speakers.push(Speaker { name: keynote.name.clone(), affiliation: None });
        }
        for speaker in &mut speakers {
            if let Some(spelled) = paper.and_then(|paper| spelled(paper, &speaker.name)) {
                speaker.name = spelled.to_owned();
            }
            let of_award = || known.winners.get(&folded(&speaker.name)).copied().flatten().map(str::to_owned);
            let of_keynote = || keynote.and_then(|keynote| keynote.affiliation.clone());
            speaker.affiliation = speaker.affiliation.take().or_else(of_keynote).or_else(of_award);
        }
        let title = match (paper, keynote.and_then(|keynote| keynote.title.clone())) {
            (Some(paper), _) => paper.title.clone(),
            (None, Some(title)) if talk.title == "TBC" || joined(&title) == joined(&talk.title) => title,
            _ => talk.title.clone(),
        };
        let title: String = title.chars().take(300).collect();
        draft.set("id", ids.claim(session_ids(talk.kind, &title, speakers.first())).as_str(), at.clone());
        draft.set("kind", talk.kind.name(), at.clone());
        let key = draft.set("title", title.as_str(), at.clone());
        if paper.is_some() && tidy(&talk.title) != title {
            key.remark = Some(format!("in the schedule: {}", talk.title));
        }
        let end_day = if talk.end <= talk.start { day + TimeDelta::days(1) } else { day };
        draft.set("start", local(day, talk.start), at.clone());
        // A slot that ends before it begins is the page's slip, unless it passes midnight.
        let passes_midnight = talk.end <= talk.start && talk.end < NaiveTime::from_hms_opt(6, 0, 0).expect("a time");
        if talk.end > talk.start || passes_midnight {
            draft.set("end", local(end_day, talk.end), at.clone());
        } else {
            let end = talk.start.overflowing_add_signed(TimeDelta::minutes(30)).0;
            let why = format!("the page ends it at {}, before its start", talk.end.format("%H:%M"));
            self.guess(&mut draft, "end", local(day, end.max(talk.start)), at.clone(), &why);
        }
        for why in &talk.guesses {
            // That nobody speaks is told by the programme reader.
            if why != NOBODY {
                self.note(
                    at.clone(),
                    format!("{}: {why}", first_of(&title, 60)),
                    "say it on the page if it is otherwise",
                );
            }
            let key = if why == NOBODY { "kind" } else { "end" };
            if let Some(key) = draft.keys.iter_mut().find(|known| known.name == key && known.guess.is_none()) {
                key.guess = Some(why.clone());
            }
        }
        if !speakers.is_empty() {
            draft.set("speakers", speakers_value(&speakers), at.clone());
        }
        if let Some(index) = paper_at {
            draft.set("paper", known.paper_ids[index].as_str(), at.clone());
        }
        if let Some(reason) = talk.cancelled {
            draft.set("cancelled", reason, at.clone());
        }
        if let Some(room) = &talk.room {
            draft.set("room", room.as_str(), at.clone());
        }
        if let Some(host) = &talk.host {
            draft.set("host", hosts.id(host).as_str(), at.clone());
        }
        if let Some(keynote) = keynote {
            if let Some(url) = &setting.url {
                draft.set("url", format!("{url}#{}", keynote.anchor), keynote.at.clone());
            }
            if !keynote.summary.is_empty() {
                draft.set_text("summary", &keynote.summary.join("\n\n"), keynote.at.clone());
            }
        } else if let Some(url) = &talk.url {
            draft.set("url", url.as_str(), at);
        }
        draft
    }
}

fn day_of(day: OnDay, setting: &Whole) -> Option<NaiveDate> {
    match day {
        OnDay::First => setting.days.map(|(first, _)| first),
        OnDay::Nth(index) => {
            setting.days.and_then(|(first, _)| first.checked_add_days(chrono::Days::new(index.try_into().ok()?)))
        }
        OnDay::At(day) => day.in_year(setting.year?),
    }
}

/// The workshops that hold the sessions, in the order they are met.
#[derive(Default)]
pub(super) struct Hosts {
    named: Vec<(Id, String)>,
    known: HashMap<String, Id>,
    ids: Ids,
}

impl Hosts {
    fn id(&mut self, name: &str) -> Id {
        let folded = folded(name);
        if let Some(id) = self.known.get(&folded) {
            return id.clone();
        }
        let bare = folded.replace("workshop", "");
        let wish = slug_of_title(bare.trim(), 4)
            .or_else(|| slug_of_title(name, 4))
            .unwrap_or_else(|| Id::new("host").expect("an id"));
        let id = self.ids.claim([wish]);
        self.known.insert(folded, id.clone());
        self.named.push((id.clone(), name.to_owned()));
        id
    }
}

/// The full and the short name of a deadline: `Full paper submission`, `Full paper`.
fn titles(label: &str, kind: DeadlineKind) -> (String, String) {
    let words = label.split(' ').enumerate().map(|(index, word)| {
        // `Submission B`, `CMT`
        let inner = word.chars().skip(1).any(char::is_uppercase) || word.chars().count() == 1;
        if inner {
            word.to_owned()
        } else if index == 0 {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        } else if label.is_ascii() {
            word.to_lowercase()
        } else {
            // Other languages have capitals of their own.
            word.to_owned()
        }
    });
    let sentence = words.collect::<Vec<_>>().join(" ");
    let drop_end = |text: &str, ends: &[&str]| {
        let lower = text.to_ascii_lowercase();
        ends.iter().find_map(|end| lower.strip_suffix(end).map(|head| text[..head.len()].trim_end().to_owned()))
    };
    let bare = drop_end(&sentence, &[" deadline", " due date", " due"]).filter(|bare| !bare.is_empty());
    let title = match bare {
        Some(bare)
            if matches!(kind, DeadlineKind::Abstract | DeadlineKind::Submission)
                && !bare.to_lowercase().contains("submission") =>
        {
            format!("{bare} submission")
        }
        Some(bare) => bare,
        None => sentence,
    };
    let title = if title.is_empty() { "Deadline".to_owned() } else { title.chars().take(300).collect() };
    let short = drop_end(&title, &[" submission", " version", " of acceptance"]).filter(|short| !short.is_empty());
    let short = short.unwrap_or_else(|| title.clone());
    (title, short)
}

fn deadline_ids(kind: DeadlineKind, title: &str, short: &str) -> Vec<Id> {
    let fixed = match kind {
        DeadlineKind::Abstract
        | DeadlineKind::Notification
        | DeadlineKind::CameraReady
        | DeadlineKind::Registration => Id::new(kind.name()).ok(),
        DeadlineKind::Submission | DeadlineKind::Other => None,
    };
    // All-day entries begin with `day-`.
    let allowed = |id: &Id| !id.as_str().starts_with("day-");
    fixed.into_iter().chain(slug_of_title(short, 5)).chain(slug_of_title(title, 6)).filter(allowed).collect()
}

fn session_ids(kind: SessionKind, title: &str, speaker: Option<&Speaker>) -> Vec<Id> {
    let with = |prefix: &str, rest: &str| slug(&format!("{prefix} {rest}"));
    let (last, full) = (speaker.map(|who| surname(&who.name).to_owned()), speaker.map(|who| who.name.clone()));
    let named =
        |prefix: &str| [&last, &full].into_iter().flatten().filter_map(|name| with(prefix, name)).collect::<Vec<_>>();
    let telling = |drop: &[&str]| {
        let kept: Vec<String> = folded(title)
            .split(' ')
            .filter(|word| !drop.contains(word))
            .map(|word| if word == "poster" { "posters".to_owned() } else { word.to_owned() })
            .collect();
        slug_of_title(&kept.join(" "), 4)
    };
    match kind {
        SessionKind::Keynote if speaker.is_some() => named("keynote"),
        SessionKind::Oral if speaker.is_some() => named("oral"),
        SessionKind::Ceremony => {
            const CEREMONIES: &str = "welcome opening closing awards award registration farewell";
            let folded = folded(title);
            let known = folded.split(' ').find(|word| among(word, CEREMONIES)).and_then(slug);
            known.into_iter().chain(slug_of_title(title, 1)).chain(slug_of_title(title, 3)).collect()
        }
        SessionKind::Break | SessionKind::Poster => {
            telling(&["session", "break", "the"]).or_else(|| Id::new(kind.name()).ok()).into_iter().collect()
        }
        SessionKind::Keynote | SessionKind::Oral | SessionKind::Panel => {
            let title = if title == "TBC" { kind.name() } else { title };
            slug_of_title(title, 4).into_iter().collect()
        }
    }
}
