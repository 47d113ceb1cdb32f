//! Whom organizers' mail goes to: the one place that says who is told about a programme.

use std::str::FromStr;

use crate::domain::mailbox::{BadMailbox, Mailbox};
use crate::domain::programme::{Id, Programme};
use crate::store::{Store, StoreError};

/// An organizer, as the settings name them: `ADDRESS`, or `PROGRAMME:ADDRESS` for one programme alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organizer {
    /// The programme; none stands for all.
    pub programme: Option<Id>,
    /// Where mail goes.
    pub mailbox: Mailbox,
}

/// A text that names no organizer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadOrganizer {
    /// What stands before the colon is no id.
    #[error("{0:?} is no organizer: \"{1}\" is no programme's id; write ADDRESS or PROGRAMME:ADDRESS")]
    Programme(String, String),
    /// The address is none.
    #[error("{0:?} is no organizer: {1}")]
    Mailbox(String, BadMailbox),
}

impl FromStr for Organizer {
    type Err = BadOrganizer;

    fn from_str(text: &str) -> Result<Organizer, BadOrganizer> {
        let text = text.trim();
        let (programme, address) = text.split_once(':').map_or((None, text), |(id, rest)| (Some(id.trim()), rest));
        let programme = programme
            .map(|id| Id::new(id).map_err(|_| BadOrganizer::Programme(text.to_owned(), id.to_owned())))
            .transpose()?;
        let mailbox = address.parse().map_err(|bad| BadOrganizer::Mailbox(text.to_owned(), bad))?;
        Ok(Organizer { programme, mailbox })
    }
}

/// The organizers of the settings.
///
/// # Errors
/// With the first that is none.
pub fn named(texts: &[String]) -> Result<Vec<Organizer>, BadOrganizer> {
    texts.iter().filter(|text| !text.trim().is_empty()).map(|text| text.parse()).collect()
}

/// Who is told about a programme: whom the settings name, and whoever may sign in to it; where nobody is, its contact.
///
/// # Errors
/// When the store cannot be read.
pub async fn told(store: &Store, named: &[Organizer], programme: &Programme) -> Result<Vec<Mailbox>, StoreError> {
    let signed_in = store.organizers().await?.into_iter().filter(|one| one.organizes(programme.id.as_str()));
    let also = signed_in.map(|one| Organizer { programme: None, mailbox: one.mailbox });
    let all: Vec<Organizer> = named.iter().cloned().chain(also).collect();
    Ok(of(&all, programme))
}

/// Who of these is told about a programme; where none of them is, its contact.
pub fn of(organizers: &[Organizer], programme: &Programme) -> Vec<Mailbox> {
    let concerned = |one: &&Organizer| one.programme.as_ref().is_none_or(|id| *id == programme.id);
    let mut told: Vec<Mailbox> = Vec::new();
    for organizer in organizers.iter().filter(concerned) {
        let known = |mailbox: &Mailbox| mailbox.to_string().eq_ignore_ascii_case(&organizer.mailbox.to_string());
        if !told.iter().any(known) {
            told.push(organizer.mailbox.clone());
        }
    }
    if told.is_empty() {
        told.extend(programme.contact.as_deref().and_then(|contact| contact.parse().ok()));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organizer_is_one_of_all_programmes_or_of_one() {
        let organizer = |text: &str| text.parse::<Organizer>();
        assert_eq!(organizer(" ada@example.org ").unwrap().programme, None);
        let one = organizer("season:ada@example.org").unwrap();
        assert_eq!((one.programme.unwrap().as_str(), one.mailbox.to_string().as_str()), ("season", "ada@example.org"));
        assert!(organizer("No Id:ada@example.org").unwrap_err().to_string().contains("\"No Id\""));
        assert!(organizer("ada").unwrap_err().to_string().contains("@ is missing"));
    }
}
