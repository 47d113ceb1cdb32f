//! Organizers: who may do what in the console.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::mailbox::Mailbox;
use super::zone::Instant;

/// How long a link signs in after it was mailed.
pub const LINK: TimeDelta = TimeDelta::minutes(30);
/// How long a session lasts.
pub const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long one lasts on a device of their own.
pub const LONG_SESSION: TimeDelta = TimeDelta::days(14);
/// So many links are mailed to one organizer in an hour.
pub const LINKS_AN_HOUR: usize = 3;

/// The number of an organizer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrganizerId(pub i64);

/// Somebody who may sign in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organizer {
    /// Their number.
    pub id: OrganizerId,
    /// Where links go; also their name in the audit.
    pub mailbox: Mailbox,
    /// Whether they may do everything in every programme, and say who else may.
    pub owner: bool,
    /// The programmes they organize.
    pub programmes: BTreeSet<String>,
    /// Since when they may sign in.
    pub since: Instant,
}

impl Organizer {
    /// Whether a programme is theirs.
    pub fn organizes(&self, programme: &str) -> bool {
        self.owner || self.programmes.contains(programme)
    }
}

/// Why an address cannot be an organizer's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} is a mailing list: everybody who reads it could sign in; name a person's own address")]
pub struct IsAList(pub String);

/// Refuses a mailing list: its mails are read by many, and kept in an archive.
///
/// # Errors
/// When it looks like one.
pub fn own_address(mailbox: &Mailbox) -> Result<(), IsAList> {
    let domain = mailbox.domain().to_lowercase();
    let services = ["googlegroups.com", "groups.io", "listserv.net", "freelists.org"];
    let first = domain.split('.').next().unwrap_or_default();
    let is_list = services.contains(&domain.as_str())
        || ["list", "lists", "listserv", "lists2", "groups", "mailman"].contains(&first);
    if is_list { Err(IsAList(mailbox.to_string())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailing_list_signs_nobody_in() {
        let refused = |text: &str| own_address(&text.parse().unwrap()).is_err();
        for list in ["chairs@googlegroups.com", "faimi@lists.example.org", "x@listserv.uni.example", "a@groups.io"] {
            assert!(refused(list), "{list}");
        }
        for own in ["ada@example.org", "list@example.org", "ada@mail.lists-of-ada.example"] {
            assert!(!refused(own), "{own}");
        }
    }
}
