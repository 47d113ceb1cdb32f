//! A doubt is never silent: how the organizers hear that a publication was not made.
//!
//! What is blocked is a table that every process sees, whoever was refused: mail is made of it, a letter for each content
//! and organizer. What was mended, or changed again, before its mail left is not told any more.

use std::collections::BTreeSet;
use std::io;

use chrono::TimeDelta;

use crate::app::consider::{octets, programme_of};
use crate::app::mailing::Mailing;
use crate::app::organizers;
use crate::app::post::notice;
use crate::app::publish::{Outcome, Proposal, consequences, content_of, publish};
use crate::app::serve::App;
use crate::domain::language::Language;
use crate::domain::link::{Claim, Purpose};
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::{NewNotice, NoticeKind};
use crate::domain::programme::Programme;
use crate::domain::publication::Source;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::exchange::page::is_page;
use crate::mail::letter::{Content, Leaving, Letter, Links, Reader};
use crate::store::{Blocked, StoreError};

/// How long something is refused before the organizers are written to: whoever edits a file saves it half-way, too, and
/// whoever is refused at a terminal or over HTTP has read why.
pub const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// What was blocked at the last look, by source and content.
pub type Seen = BTreeSet<String>;

/// Puts a mail to each organizer into the queue for whatever is blocked, and withdraws those that wait and are not so any
/// more. `seen` is what the last look found, so that nothing is done where nothing changed; a content is told once,
/// whoever looks, and however often.
///
/// # Errors
/// When the store cannot be used, or a letter makes no message; the next look tries again.
pub async fn tell(app: &App, seen: &mut Option<Seen>) -> io::Result<()> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    let blocked = app.store().blocked().await.map_err(io::Error::other)?;
    let found: Seen = blocked.iter().map(|blocked| format!("{} {}", blocked.source, blocked.content)).collect();
    if seen.as_ref() == Some(&found) {
        return Ok(());
    }
    let mut notices = Vec::new();
    for blocked in &blocked {
        if let Some(programme) = programme(app, blocked).await.map_err(io::Error::other)? {
            let offered = as_written(app, blocked).await.map_err(io::Error::other)?.is_some();
            let leaving = leaving(app, &programme).await.map_err(io::Error::other)?;
            let told = organizers::told(app.store(), &mailing.organizers, &programme).await;
            let told = told.map_err(io::Error::other)?;
            notices.extend(letters((mailing, &told), &programme, blocked, (offered, leaving), app.clock().now())?);
        }
    }
    app.enqueue(&notices).await.map_err(io::Error::other)?;
    let keys = notices.into_iter().map(|notice| notice.key).collect();
    let withdrawn = app.store().withdraw_others(NoticeKind::BlockedChange, &keys, app.clock().now()).await;
    withdrawn.map_err(io::Error::other)?;
    *seen = Some(found);
    Ok(())
}

/// The programme that is up, of which something else was to be published. A file that cannot be read does not say whose
/// it is; what was published from there before does. Of one that was never published nobody misses anything.
async fn programme(app: &App, blocked: &Blocked) -> Result<Option<Programme>, StoreError> {
    let known = |id: &str| app.edition(id).and_then(|edition| programme_of(&edition.revision));
    if let Some(programme) = blocked.programme.as_deref().and_then(known) {
        return Ok(Some(programme));
    }
    let before = app.store().seen(&blocked.source).await?;
    Ok(before.and_then(|(id, _)| known(&id)))
}

/// What is blocked, as a publication with its doubts answered; none when it cannot be had any more, or has errors.
async fn as_written(app: &App, blocked: &Blocked) -> Result<Option<Proposal>, StoreError> {
    let Source::File(name) = &blocked.source else { return Ok(None) };
    let path = app.data().join(name);
    let Ok(octets) = octets(&path) else { return Ok(None) };
    if content_of(&octets) != blocked.content {
        return Ok(None);
    }
    let proposal = Proposal {
        source: blocked.source.clone(),
        programme: blocked.programme.clone(),
        file: path.display().to_string(),
        octets,
        accept: vec!["all".to_owned()],
        note: None,
        knows_live: true,
        base: None,
    };
    let would = consequences(app.store(), &proposal, app.clock().now()).await?;
    Ok(would.publication.is_some().then_some(proposal))
}

/// A button in a mail that was followed: where the change comes from, and whether it can still be published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// Where it comes from.
    pub source: Source,
    /// The hash of its content.
    content: String,
    /// Whether it can be published as it was written.
    pub is_publishable: bool,
}

/// What such a button leads to; none when it is no link of ours, or nothing is refused any more.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow(app: &App, programme: &str, token: &str) -> Result<Option<Followed>, StoreError> {
    let (Some(mailing), Some(claim)) = (app.mailing(), Claim::read(token)) else { return Ok(None) };
    if !mailing.key.holds(Purpose::Publish, &claim, 0) {
        return Ok(None);
    }
    for blocked in app.store().blocked().await? {
        if blocked.content == claim.scope
            && self::programme(app, &blocked).await?.is_some_and(|p| p.id.as_str() == programme)
        {
            let is_publishable = as_written(app, &blocked).await?.is_some();
            return Ok(Some(Followed { source: blocked.source, content: blocked.content, is_publishable }));
        }
    }
    Ok(None)
}

/// Publishes what was refused, as it was written. False when it cannot be any more.
///
/// # Errors
/// When the store cannot be used.
pub async fn publish_as_written(app: &App, followed: &Followed) -> Result<bool, StoreError> {
    let blocked = app.store().blocked().await?;
    let blocked =
        blocked.iter().find(|blocked| blocked.source == followed.source && blocked.content == followed.content);
    let Some(blocked) = blocked else { return Ok(false) };
    let Some(proposal) = as_written(app, blocked).await? else { return Ok(false) };
    let outcome = publish(app.store(), &proposal, app.clock()).await?;
    app.look_again().await;
    Ok(matches!(outcome, Outcome::Published(_) | Outcome::Unchanged(_)))
}

/// Changes of a programme that are on hold, and are told to people soon.
async fn leaving(app: &App, programme: &Programme) -> Result<Vec<Leaving>, StoreError> {
    let (id, now) = (programme.id.as_str(), app.clock().now());
    let watched = app.store().watched(id).await?;
    let leaving = watched.iter().filter(|watched| watched.is_held(now)).filter_map(|watched| {
        let held = watched.held.filter(|held| !held.stopped)?;
        let deadline = watched.telling.deadline.as_str();
        let titled = programme.deadlines.iter().find(|known| known.id.as_str() == deadline);
        let title = titled.map_or_else(|| deadline.to_owned(), |known| known.title.clone());
        Some(Leaving { title, at: held.until, stop: format!("allim outbox stop {id} {deadline}") })
    });
    Ok(leaving.collect())
}

fn letters(
    (mailing, told): (&Mailing, &[Mailbox]),
    programme: &Programme,
    blocked: &Blocked,
    (offered, leaving): (bool, Vec<Leaving>),
    now: Instant,
) -> io::Result<Vec<NewNotice>> {
    let Blocked { source, since, content, report, .. } = blocked;
    let act = offered.then(|| {
        let token = mailing.key.token(Purpose::Publish, SubscriberId(0), content, 0);
        format!("{}/{}/publish-as-written/{token}", mailing.sender.base_url, programme.id)
    });
    let letter = |mailbox| {
        let reader = Reader { mailbox, language: Language::English, zone: programme.time_zone, calendar: false };
        let who = mailing.key.blinded("organizer", &reader.mailbox.to_string());
        let letter = Letter {
            programme,
            sender: &mailing.sender,
            reader: &reader,
            key: &format!("{} {} {source} {content} {who}", NoticeKind::BlockedChange.name(), programme.id),
            at: now,
            after: Vec::new(),
            links: Links { act: act.clone(), ..mailing.public(programme.id.as_str()) },
            calendar: None,
            content: Content::BlockedChange {
                report: report.clone(),
                source: source.to_string(),
                since: *since,
                leaving: leaving.clone(),
            },
        };
        notice(&letter, &mailing.templates, None, *since + PATIENCE)
    };
    told.iter().cloned().map(letter).collect()
}

/// Subject and text of the message about a refused publication.
///
/// It says what is doubted, what would be right, and that what was published before is still up: that is what a
/// worried organizer asks first.
pub fn words(blocked: &Blocked, short: &str, now: Instant) -> (String, String) {
    let subject = format!("[{short}] Not published: the {} needs a look", blocked.source);
    let minutes = (now - blocked.since).num_minutes().max(0);
    let since = match minutes {
        0 => "just now".to_owned(),
        m if m < 120 => format!("{m} minutes ago"),
        m => format!("{} hours ago", m / 60),
    };
    let is_page = match &blocked.source {
        Source::File(name) => is_page(name),
        // A command or a token can bring either; what the report says to write tells which.
        _ => blocked.report.contains("<!-- allim: accept "),
    };
    let mend = match is_page {
        true => {
            "Mend the page, or, where it is meant as it stands, accept the doubt by its name: anywhere in the page, \
             <!-- allim: accept NAME -->, which its readers do not see."
        }
        false => {
            "Mend the file, or, where it is meant as it stands, accept the doubt by its name: in the file under [programme], \
             accept = [\"...\"], or with allim publish FILE --accept NAME."
        }
    };
    let text = format!(
        "The {} was changed {since}, and the change was not published. Feeds and pages show what was published before; \
         nobody was told anything.\n\n{}\n{mend}\n",
        blocked.source, blocked.report
    );
    (subject, text)
}
