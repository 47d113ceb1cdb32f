//! Outgoing mail as files: one `.eml` a message, written whole, then renamed, so that nobody sees half of one.
//!
//! The name begins with the instant of the first attempt and the notice, so that a folder sorts by time and the same
//! notice sent again is the same file.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Delivery, said};
use crate::domain::notice::{Blame, NoticeId, Outcome, Reply};

/// A folder for outgoing mail.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Folder {
        Folder { path }
    }

    /// Where the files are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&self, delivery: &Delivery<'_>) -> Outcome {
        let name = name(delivery);
        match self.put(&name, &delivery.message.octets) {
            Ok(()) => Outcome::Relayed(Reply { code: None, text: name }),
            // The disk is full, or may not be written to: nothing else would get through either.
            Err(error) => Outcome::Delayed(Blame::Relay, said(format!("{}: {error}", self.path.display()))),
        }
    }

    fn put(&self, name: &str, octets: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.path)?;
        let mut file = tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(&self.path)?;
        file.write_all(octets)?;
        file.as_file().sync_all()?;
        file.persist(self.path.join(name)).map_err(|error| error.error)?;
        // The name too must be on the disk before it is said that the message was taken.
        #[cfg(unix)]
        fs::File::open(&self.path)?.sync_all()?;
        Ok(())
    }

    /// Deletes the files of notices whose subscriber was erased. Says how many.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file cannot be deleted.
    pub fn erase(&self, notices: &[NoticeId]) -> io::Result<usize> {
        let mut erased = 0;
        let notices: BTreeSet<&NoticeId> = notices.iter().collect();
        if notices.is_empty() || !self.path.exists() {
            return Ok(0);
        }
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let notice = stem.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
            if notice.is_some_and(|number| notices.contains(&NoticeId(number))) {
                fs::remove_file(&path)?;
                erased += 1;
            }
        }
        Ok(erased)
    }
}

fn name(delivery: &Delivery<'_>) -> String {
    format!("{}-{:08}.eml", delivery.first.format("%Y%m%dT%H%M%SZ"), delivery.notice.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notice::Message;

    #[test]
    fn a_message_is_a_file_that_sorts_by_time_and_can_be_erased() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Folder::new(folder.path().join("outbox"));
        let message = Message {
            from: "allim@example.org".to_owned(),
            to: "ada@example.org".to_owned(),
            message_id: "<1@example.org>".to_owned(),
            octets: b"Subject: x\r\n\r\nHello\r\n".to_vec(),
        };
        let first = "2025-06-20T09:00:00Z".parse().unwrap();
        let delivery = Delivery { notice: NoticeId(7), first, message: &message };
        assert!(matches!(outbox.write(&delivery), Outcome::Relayed(_)));
        assert!(matches!(outbox.write(&delivery), Outcome::Relayed(_)), "again");
        let names: Vec<_> = fs::read_dir(outbox.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["20250620T090000Z-00000007.eml"]);
        assert_eq!(fs::read(outbox.path().join(&names[0])).unwrap(), message.octets);
        assert_eq!(outbox.erase(&[NoticeId(8)]).unwrap(), 0);
        assert_eq!(outbox.erase(&[NoticeId(7)]).unwrap(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_delays_everything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox");
        fs::write(&path, "a file").unwrap();
        let message = Message { from: String::new(), to: String::new(), message_id: String::new(), octets: Vec::new() };
        let first = "2025-06-20T09:00:00Z".parse().unwrap();
        let outcome = Folder::new(path).write(&Delivery { notice: NoticeId(1), first, message: &message });
        assert_eq!(outcome.blame(), Some(Blame::Relay));
    }
}
