//! Limits on mails that anybody can make us send: a form asks for an address, and it need not be the sender's own.
//!
//! Whoever owns the mailbox is written to at most once a day for a programme, three times a day and six times in thirty
//! days in all, however many machines ask. Many requests from one network, or from all together, only wait: a workshop's
//! own Wi-Fi is one network, and the people on it must get their mail.

use chrono::TimeDelta;

use super::mailbox::Mailbox;
use super::zone::Instant;

/// For one mailbox and one programme, one such mail in so long.
pub const AGAIN: TimeDelta = TimeDelta::hours(24);
/// For one mailbox, so many a day.
pub const A_DAY: usize = 3;
/// For one mailbox, so many in [`MONTH`].
pub const A_MONTH: usize = 6;
/// What is older counts no more.
pub const MONTH: TimeDelta = TimeDelta::days(30);

/// How many such mails leave in an hour before others wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ceilings {
    /// Asked for from one network.
    pub network: u32,
    /// In all.
    pub all: u32,
}

/// A mail that was asked for, and when it was, or will be, sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Past {
    /// For which programme.
    pub programme: String,
    /// When it leaves.
    pub due: Instant,
}

/// Whether the owner of a mailbox may be written to once more, after these mails to it.
pub fn may_write(programme: &str, past: &[Past], now: Instant) -> bool {
    let since = |length: TimeDelta| past.iter().filter(move |past| past.due > now - length);
    !since(AGAIN).any(|past| past.programme == programme)
        && since(TimeDelta::hours(24)).count() < A_DAY
        && since(MONTH).count() < A_MONTH
}

/// When a mail may leave, so that in no hour more than the ceilings leave. Given are the instants at which the n-th
/// latest mail leaves, where n is the ceiling of the network, and of all.
pub fn slot(now: Instant, of_network: Option<Instant>, of_all: Option<Instant>) -> Instant {
    let after = |nth: Option<Instant>| nth.map_or(now, |nth| nth + TimeDelta::hours(1));
    now.max(after(of_network)).max(after(of_all))
}

/// The spelling under which a mailbox is counted: many spellings reach one person.
pub fn counted(mailbox: &Mailbox) -> String {
    let local = mailbox.local().to_lowercase();
    let base = local.split_once('+').map_or(local.as_str(), |(base, _)| base);
    let base = if base.is_empty() { local.as_str() } else { base };
    match mailbox.domain() {
        // Dots in a local part mean nothing there.
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", base.replace('.', "")),
        domain => format!("{base}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_spellings_of_one_mailbox_are_counted_as_one() {
        let counted = |text: &str| counted(&text.parse().unwrap());
        assert_eq!(counted("Ada.Lovelace+faimi@Example.org"), "ada.lovelace@example.org");
        assert_eq!(counted("a.d.a+1@googlemail.com"), counted("ADA@gmail.com"));
        assert_eq!(counted("+x@example.org"), "+x@example.org");
    }

    #[test]
    fn a_mail_waits_until_an_hour_has_room() {
        let now: Instant = "2025-06-01T12:00:00Z".parse().unwrap();
        let ago = |minutes| Some(now - TimeDelta::minutes(minutes));
        assert_eq!(slot(now, None, None), now);
        assert_eq!(slot(now, ago(60), ago(90)), now);
        assert_eq!(slot(now, ago(20), None), now + TimeDelta::minutes(40));
        assert_eq!(slot(now, ago(20), ago(-30)), now + TimeDelta::minutes(90));
    }
}
