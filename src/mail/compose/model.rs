//! Everything a template may say: the letter, with its dates in the reader's words and its links made sure of.

use serde::Serialize;

use super::ComposeError;
use super::turn::Turn;
use super::view::{AwardView, Body, ChangeView, DeadlineView, LeavingView, SessionView, Teller, UpcomingView, clipped};
use crate::domain::programme::{Award, Due, Link, LinkKind};
use crate::mail::clean;
use crate::mail::letter::{About, Content, Corrected, Letter, Links};

/// What of a report stands in a mail, in characters: twice, and a mail is to stay below 30 KB.
const LONGEST_REPORT: usize = 4_000;

#[derive(Debug, Serialize)]
pub(super) struct Model {
    language: &'static str,
    programme: String,
    title: String,
    contact: Option<String>,
    /// The address we write from.
    sender: String,
    /// The reader's address, masked.
    reader: String,
    /// The reader's city.
    city: String,
    /// When what is left was counted.
    counted: String,
    links: LinksView,
    #[serde(flatten)]
    matter: Matter,
}

#[derive(Debug, Serialize)]
struct LinksView {
    page: String,
    changes: String,
    privacy: String,
    confirm: Option<String>,
    manage: Option<String>,
    unsubscribe: Option<String>,
    done: Option<String>,
    accepted: Option<String>,
    not_accepted: Option<String>,
    act: Option<String>,
    other_act: Option<String>,
}

/// What the letter is about: what its kind has not is none, or empty.
#[derive(Debug, Default, Serialize)]
struct Matter {
    deadline: Option<DeadlineView>,
    changes: Vec<ChangeView>,
    /// What all changes did, if all did the same.
    turn: Option<&'static str>,
    upcoming: Vec<UpcomingView>,
    reason: Option<String>,
    titles: Vec<String>,
    /// Whether it is the last time we ask.
    last: bool,
    session: Option<SessionView>,
    body: Option<Body>,
    awards: Vec<AwardView>,
    /// Title and address of each.
    proceedings: Vec<(String, String)>,
    words: Option<String>,
    lines: Vec<String>,
    coming: bool,
    announcements_only: bool,
    leaving: Vec<LeavingView>,
    source: Option<String>,
    since: Option<String>,
    waiting: usize,
    /// Whether older links stopped working.
    void: bool,
    until: Option<String>,
}

impl Model {
    pub fn new(letter: &Letter<'_>) -> Result<Model, ComposeError> {
        let (programme, reader) = (letter.programme, letter.reader);
        let teller = Teller { programme, language: reader.language, zone: reader.zone, at: letter.at };
        Ok(Model {
            language: reader.language.tag(),
            programme: clipped(&programme.short),
            title: programme.title.clone(),
            contact: programme.contact.clone(),
            sender: letter.sender.mailbox.to_string(),
            reader: reader.mailbox.masked(),
            city: teller.city(),
            counted: teller.hour(letter.at),
            links: LinksView::new(&letter.links)?,
            matter: Matter::new(&letter.content, teller)?,
        })
    }
}

impl LinksView {
    fn new(links: &Links) -> Result<LinksView, ComposeError> {
        let may = |link: &Option<String>| link.as_deref().map(clean::link).transpose();
        Ok(LinksView {
            page: clean::link(&links.page)?,
            changes: clean::link(&links.changes)?,
            privacy: clean::link(&links.privacy)?,
            confirm: may(&links.confirm)?,
            manage: may(&links.manage)?,
            unsubscribe: may(&links.unsubscribe)?,
            done: may(&links.done)?,
            accepted: may(&links.accepted)?,
            not_accepted: may(&links.not_accepted)?,
            act: may(&links.act)?,
            other_act: may(&links.other_act)?,
        })
    }
}

impl Matter {
    fn new(content: &Content, teller: Teller<'_>) -> Result<Matter, ComposeError> {
        let none = Matter::default();
        Ok(match content {
            Content::AlreadySubscribed | Content::RollCall => none,
            Content::FreshLink { void } => Matter { void: *void, ..none },
            Content::Confirmation { upcoming, announcements_only } => {
                let upcoming = upcoming.iter().map(|(deadline, reminders)| teller.upcoming(deadline, Some(reminders)));
                Matter { upcoming: upcoming.collect(), announcements_only: *announcements_only, ..none }
            }
            Content::Invitation { reason, upcoming } => {
                let upcoming = upcoming.iter().map(|deadline| teller.upcoming(deadline, None)).collect();
                Matter { reason: Some(reason.clone()), upcoming, ..none }
            }
            Content::Reminder { deadline } => {
                let ahead = deadline.due.moment().is_some_and(|due| due.instant > teller.at);
                if !ahead || deadline.cancelled.is_some() {
                    return Err(ComposeError::NothingAhead(deadline.id.to_string()));
                }
                Matter { deadline: Some(teller.deadline(deadline)), ..none }
            }
            Content::Correction(corrected) => Matter::correction(corrected, teller)?,
            Content::Decisions { accepted_only, last } => Matter { titles: accepted_only.clone(), last: *last, ..none },
            Content::Presenter { session, room } => {
                Matter { session: Some(teller.session(session, room.as_deref())), ..none }
            }
            Content::Closing { body: Some(body) } => Matter { body: Some(Body::markdown(body)), ..none },
            Content::Closing { body: None } => {
                let named = |award: &&Award| !award.recipients.is_empty();
                let awards = teller.programme.awards.iter().filter(named).map(AwardView::new).collect();
                let proceedings = |link: &&Link| link.kind == LinkKind::Proceedings;
                let links = teller.programme.links.iter().filter(proceedings);
                let proceedings = links.map(|link| Ok((link.title.clone(), clean::link(link.url.as_str())?)));
                let proceedings = proceedings.collect::<Result<_, ComposeError>>()?;
                Matter { awards, proceedings, ..none }
            }
            Content::Announcement { subject, body, about } => Matter {
                words: Some(subject.clone()),
                body: Some(Body::markdown(body)),
                ..Matter::about(about.as_ref(), teller)?
            },
            Content::Digest { lines, coming } => Matter { lines: lines.clone(), coming: *coming, ..none },
            Content::BlockedChange { report, source, since, leaving } => Matter {
                body: Some(Body::verbatim(report, LONGEST_REPORT)),
                source: Some(source.clone()),
                since: Some(teller.hour(*since)),
                leaving: leaving.iter().map(|leaving| teller.leaving(leaving)).collect(),
                ..none
            },
            Content::Hold { reason, waiting, blocks } => {
                let due = blocks.as_ref().and_then(|(_, due)| Due::moment(*due));
                Matter {
                    reason: Some(reason.clone()),
                    waiting: *waiting,
                    titles: blocks.iter().map(|(title, _)| title.clone()).collect(),
                    until: due.map(|due| teller.date(due).own),
                    ..none
                }
            }
            Content::SignIn { until } => Matter { until: Some(teller.hour(*until)), ..none },
        })
    }

    fn correction(corrected: &[Corrected], teller: Teller<'_>) -> Result<Matter, ComposeError> {
        let changes = corrected.iter().map(|corrected| teller.change(corrected));
        let changes = changes.collect::<Result<Vec<ChangeView>, _>>()?;
        let first = changes.first().ok_or(ComposeError::NothingCorrected)?;
        if changes.iter().all(|change| change.turn == Turn::Same.name()) {
            return Err(ComposeError::NothingCorrected);
        }
        let turn = changes.iter().all(|change| change.turn == first.turn).then_some(first.turn);
        Ok(Matter { turn, changes, ..Matter::default() })
    }

    /// What an announcement shows beside its words.
    fn about(about: Option<&About>, teller: Teller<'_>) -> Result<Matter, ComposeError> {
        Ok(match about {
            None => Matter::default(),
            Some(About::Deadline(corrected)) => {
                Matter { changes: vec![teller.change(corrected)?], ..Matter::default() }
            }
            Some(About::Session(session, room)) => {
                Matter { session: Some(teller.session(session, room.as_deref())), ..Matter::default() }
            }
        })
    }
}
