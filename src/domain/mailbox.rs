//! A mailbox: an address that mail can be sent to (RFC 5321 4.1.2, RFC 6531 for what is not ASCII).
//!
//! The domain is kept as its A-label, in small letters, so that one mailbox has one spelling; the local part is kept as
//! it was given, for only its own host may say which letters are the same.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};

/// An address, checked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mailbox {
    local: String,
    domain: String,
}

/// A text that is no address, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadMailbox {
    /// There is none.
    #[error("write an address, such as name@example.org")]
    Empty,
    /// No `@`.
    #[error("the @ is missing: write it as name@example.org")]
    NoAt,
    /// More than one address, or a name beside it.
    #[error("write one address alone, without a name")]
    NotAlone,
    /// A line end or another control character.
    #[error("there is a character in it that no address has")]
    Control,
    /// 64 octets before the @, 254 in all (RFC 5321 4.5.3.1).
    #[error("it is longer than an address can be")]
    TooLong,
    /// Something else.
    #[error("this is no mail address")]
    Malformed,
}

impl Mailbox {
    /// What stands before the @.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain as DNS has it.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether a server needs SMTPUTF8 to take it (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// So that its owner knows it and others do not: `t***@kcl.ac.uk`.
    pub fn masked(&self) -> String {
        let first: String = self.local.chars().take(1).collect();
        format!("{first}***@{}", self.domain)
    }
}

impl FromStr for Mailbox {
    type Err = BadMailbox;

    fn from_str(text: &str) -> Result<Mailbox, BadMailbox> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(BadMailbox::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(BadMailbox::Control);
        }
        let Some((local, domain)) = text.rsplit_once('@') else { return Err(BadMailbox::NoAt) };
        if text.contains([',', ';', '<', '>', ' ']) || local.contains('@') {
            return Err(BadMailbox::NotAlone);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| BadMailbox::Malformed)?;
        if local.len() > 64 || local.len() + domain.len() + 1 > 254 {
            return Err(BadMailbox::TooLong);
        }
        // The last label of a domain is never a number (RFC 3696 2): this is an address of a machine.
        if domain.rsplit('.').next().is_some_and(|label| label.bytes().all(|octet| octet.is_ascii_digit())) {
            return Err(BadMailbox::Malformed);
        }
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        let checked = EmailAddress::parse_with_options(&format!("{local}@{domain}"), options);
        checked.map_err(|_| BadMailbox::Malformed)?;
        Ok(Mailbox { local: local.to_owned(), domain })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_spelling() {
        let mailbox: Mailbox = " Tal@Büro.Example ".parse().unwrap();
        assert_eq!(mailbox.to_string(), "Tal@xn--bro-hoa.example");
        assert_eq!(mailbox.masked(), "T***@xn--bro-hoa.example");
        assert!("이름@example.org".parse::<Mailbox>().unwrap().needs_smtputf8());
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        let cases = [
            ("", BadMailbox::Empty),
            ("ada", BadMailbox::NoAt),
            ("Ada <ada@example.org>", BadMailbox::NotAlone),
            ("a@example.org, b@example.org", BadMailbox::NotAlone),
            ("ada@example.org\r\nBcc: x@example.org", BadMailbox::Control),
            ("ada@localhost", BadMailbox::Malformed),
            ("ada@[192.0.2.1]", BadMailbox::Malformed),
            ("ada@192.0.2.1", BadMailbox::Malformed),
            ("ada@exa mple.org", BadMailbox::NotAlone),
            ("@example.org", BadMailbox::Malformed),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Mailbox>(), Err(error), "{text:?}");
        }
        assert_eq!(format!("{}@example.org", "a".repeat(65)).parse::<Mailbox>(), Err(BadMailbox::TooLong));
    }
}
