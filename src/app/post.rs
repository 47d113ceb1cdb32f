//! From a letter to the queue: the one place where what somebody is to be told becomes a message on its way.
//!
//! A message is known by its key: posted twice, it is one message.

use std::io;
use std::path::{Path, PathBuf};

use crate::app::serve::App;
use crate::domain::link::fingerprint;
use crate::domain::notice::NoticeKind;
use crate::domain::subscription::SubscriberId;
use crate::mail::letter::{Content, Letter};

/// What the queue must know of a message beside its octets. Its key is the letter's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// To whom it goes.
    pub subscriber: SubscriberId,
    /// What it is.
    pub kind: NoticeKind,
}

/// Puts a letter into the queue.
///
/// # Errors
/// When it cannot be kept. Nothing is on its way then.
pub async fn post(app: &App, letter: &Letter<'_>, facts: Facts) -> io::Result<()> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    std::fs::create_dir_all(&mailing.folder)?;
    let name = format!("{}-{:016x}.eml", &fingerprint(letter.key)[..16], facts.subscriber.0);
    let (path, beside) = (mailing.folder.join(&name), mailing.folder.join(format!(".{name}")));
    std::fs::write(&beside, plain(letter, facts))?;
    std::fs::rename(beside, path)
}

/// Takes everything of somebody out of a folder of outgoing mail, sent or not.
///
/// # Errors
/// When it cannot be reached.
pub fn erase(folder: &Path, subscriber: SubscriberId) -> io::Result<()> {
    let of_them = |path: &PathBuf| path.to_string_lossy().ends_with(&format!("-{:016x}.eml", subscriber.0));
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in files.filter_map(|file| Some(file.ok()?.path())).filter(of_them) {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// The letter by hand: who, what, which links, and what is said of each deadline.
fn plain(letter: &Letter<'_>, facts: Facts) -> String {
    let links = &letter.links;
    let mut text = format!(
        "From: {}\r\nTo: {}\r\nSubject: [{}] {}\r\nDate: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Language: {}\r\n",
        letter.sender.mailbox,
        letter.reader.mailbox,
        letter.programme.id,
        facts.kind.name(),
        letter.at.to_rfc2822(),
        letter.reader.language.tag(),
    );
    if let Some(one_click) = links.one_click.as_ref().filter(|_| facts.kind != NoticeKind::Confirmation) {
        text.push_str(&format!("List-Unsubscribe: <{one_click}>\r\n"));
    }
    text.push_str("\r\n");
    if let Content::Confirmation { upcoming } = &letter.content {
        for (deadline, reminders) in upcoming {
            let due = deadline.due.moment().map(|due| letter.reader.language.moment(due.seen_in(letter.reader.zone)));
            text.push_str(&format!("{}: {}\r\n", deadline.title, due.unwrap_or_else(|| "?".to_owned())));
            for at in reminders {
                text.push_str(&format!("  {}\r\n", letter.reader.zone.local(*at).civil.format("%Y-%m-%d %H:%M")));
            }
        }
    }
    for link in [&links.confirm, &links.manage, &links.unsubscribe].into_iter().flatten() {
        text.push_str(&format!("{link}\r\n"));
    }
    text
}
