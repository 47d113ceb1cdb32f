//! Templates tried out: a letter of every kind and turn, in every language, on a workshop made up for it.
//!
//! A name that no mail has, or a filter that does not exist, comes to light when the templates are loaded, not on the
//! night a deadline moves.

use std::sync::LazyLock;

use minijinja::value::{Serde, Value};

use super::model::Model;
use crate::domain::file;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::{Deadline, Due, Moment, Programme, Session};
use crate::domain::zone::{Instant, Zone};
use crate::mail::letter::{About, Content, Corrected, Leaving, Letter, Links, Reader, Sender, Told};
use crate::mail::templates::{Fault, Templates};

static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| {
    let reading = file::read(include_str!("trial.toml"));
    reading.programme.expect("the programme for trials is part of the program")
});

/// Renders all there is.
pub(in crate::mail) fn run(templates: &Templates) -> Result<(), Fault> {
    let mailbox = |text: &str| text.parse::<Mailbox>().expect("written here");
    let sender = Sender { mailbox: mailbox("allim@workshop.example"), bounce_domain: None, base_url: String::new() };
    for (_, language) in Language::ALL {
        for zone in [Zone::UTC, PROGRAMME.time_zone] {
            let reader = Reader { mailbox: mailbox("reader@mail.example"), language: *language, zone, calendar: false };
            for content in contents() {
                for links in [bare(&content), full()] {
                    let kind = content.kind();
                    let letter = Letter {
                        programme: &PROGRAMME,
                        sender: &sender,
                        reader: &reader,
                        key: "trial",
                        at: at(),
                        after: Vec::new(),
                        links,
                        calendar: None,
                        content: content.clone(),
                    };
                    let model = Model::new(&letter).expect("letters for trials say something");
                    templates.render(kind, *language, &Value::from(Serde(model)))?;
                }
            }
        }
    }
    Ok(())
}

fn at() -> Instant {
    "2030-06-24T12:00:00Z".parse().expect("written here")
}

fn full() -> Links {
    let link = || Some("https://allim.example/x".to_owned());
    Links {
        page: "https://allim.example/".to_owned(),
        changes: "https://allim.example/changes".to_owned(),
        privacy: "https://allim.example/privacy".to_owned(),
        confirm: link(),
        manage: link(),
        unsubscribe: link(),
        one_click: link(),
        done: link(),
        accepted: link(),
        not_accepted: link(),
        act: link(),
        other_act: link(),
        bounce: None,
    }
}

/// Those a kind cannot do without.
fn bare(content: &Content) -> Links {
    let Links { page, changes, privacy, confirm, accepted, not_accepted, act, .. } = full();
    let act = act.filter(|_| matches!(content, Content::SignIn { .. }));
    Links { page, changes, privacy, confirm, accepted, not_accepted, act, ..Links::default() }
}

fn contents() -> Vec<Content> {
    let deadlines = &PROGRAMME.deadlines;
    let dated = || deadlines.iter().filter(|deadline| deadline.due != Due::Open && deadline.cancelled.is_none());
    let reminders = vec![at()];
    let mut contents = vec![
        Content::Confirmation { upcoming: Vec::new(), announcements_only: false },
        Content::Confirmation { upcoming: Vec::new(), announcements_only: true },
        Content::Confirmation {
            upcoming: deadlines.iter().map(|d| (d.clone(), reminders.clone())).collect(),
            announcements_only: false,
        },
        Content::AlreadySubscribed,
        Content::Invitation { reason: "You submitted last year".to_owned(), upcoming: deadlines.clone() },
        Content::FreshLink { void: true },
        Content::FreshLink { void: false },
        Content::Decisions { accepted_only: vec!["Final version".to_owned()], last: false },
        Content::Decisions { accepted_only: Vec::new(), last: true },
        Content::Closing { body: Some("Thank *you*".to_owned()) },
        Content::Closing { body: None },
        Content::Digest { lines: vec!["One".to_owned(), "Two".to_owned()], coming: false },
        Content::Digest { lines: vec!["One".to_owned()], coming: true },
        Content::BlockedChange {
            report: "a\n  b".to_owned(),
            source: "the page".to_owned(),
            since: at(),
            leaving: vec![Leaving { title: "A paper".to_owned(), at: at(), stop: "allim outbox stop a b".to_owned() }],
        },
        Content::Hold { reason: "It is large".to_owned(), waiting: 1, blocks: None },
        Content::Hold { reason: "It is large".to_owned(), waiting: 2, blocks: Some(("Paper".to_owned(), Due::Open)) },
        Content::RollCall,
        Content::SignIn { until: at() },
    ];
    contents.extend(dated().map(|deadline| Content::Reminder { deadline: deadline.clone() }));
    for session in &PROGRAMME.sessions {
        contents.extend([None, Some("1".to_owned())].map(|room| Content::Presenter { session: session.clone(), room }));
    }
    let corrected: Vec<Corrected> = deadlines.iter().flat_map(corrections).collect();
    contents.push(Content::Correction(corrected.clone()));
    contents.extend(corrected.into_iter().map(|one| Content::Correction(vec![one])));
    contents.extend(abouts().into_iter().map(|about| Content::Announcement {
        subject: "News".to_owned(),
        body: "*News*".to_owned(),
        about,
    }));
    contents
}

/// All that an announcement may be about.
fn abouts() -> Vec<Option<About>> {
    let deadlines = PROGRAMME.deadlines.iter().map(|deadline| {
        let told = deadline.due.moment().map_or(Told::Open, Told::At);
        About::Deadline(Box::new(Corrected { deadline: deadline.clone(), told, link_moved_from: None, done: None }))
    });
    let sessions = PROGRAMME.sessions.iter().flat_map(|session| {
        let cancelled = Session { cancelled: Some("ill".to_owned()), ..session.clone() };
        [(session.clone(), None), (cancelled, Some("1".to_owned()))]
    });
    let sessions = sessions.map(|(session, room)| About::Session(Box::new(session), room));
    std::iter::once(None).chain(deadlines.chain(sessions).map(Some)).collect()
}

/// All that one deadline may have done.
fn corrections(deadline: &Deadline) -> Vec<Corrected> {
    let days = |days| {
        let instant = at() + chrono::TimeDelta::days(days);
        Told::At(Moment { civil: instant.naive_utc(), zone: Zone::UTC, instant })
    };
    let told = [Told::Open, Told::Withdrawn, days(-1), days(2), days(90)];
    let moved = Some("https://old.example/".to_owned());
    let open = Corrected { deadline: deadline.clone(), told: Told::Open, link_moved_from: moved, done: full().done };
    let all =
        told.into_iter().map(|told| Corrected { deadline: deadline.clone(), told, link_moved_from: None, done: None });
    all.chain([open]).filter(|corrected| !stands(corrected)).collect()
}

/// Whether there is nothing to correct.
fn stands(corrected: &Corrected) -> bool {
    let unmoved = match (&corrected.told, corrected.deadline.due) {
        (Told::Withdrawn, _) => corrected.deadline.cancelled.is_some(),
        (Told::Open, due) => due == Due::Open && corrected.deadline.cancelled.is_none(),
        (Told::At(_), _) => false,
    };
    unmoved && corrected.link_moved_from.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_templates_make_every_mail() {
        assert_eq!(run(&Templates::built_in()), Ok(()));
    }
}
