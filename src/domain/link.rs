//! Links in mails: tokens that say who may do what, and that nobody else can make.
//!
//! A token is the subscriber's number, a scope where the purpose has one, and an HMAC-SHA-256 (RFC 2104) over purpose,
//! subscriber, scope, key and link version. Nothing is stored for it and it does not expire; raising the version makes
//! every older token of that subscriber void. It is small letters and figures, so that a local part can hold it too.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::kind::Named;
use super::subscription::SubscriberId;

/// Half of the HMAC's octets (RFC 2104 section 5).
const KEPT: usize = 16;

/// What a token is good for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// See and change the subscription. Its scope is empty, or the second until which it may also erase everything.
    Manage,
    /// Be done with the deadline its scope names.
    Done,
    /// Leave, by a page.
    Unsubscribe,
    /// Leave, by the POST of RFC 8058.
    OneClick,
    /// Tell that a mail came back.
    Bounce,
    /// Say whether one was accepted: `yes` or `no` is its scope.
    Accepted,
    /// Say where a mail to an organizer arrived: `inbox` or `spam` is its scope, and its number that of who was asked.
    RollCall,
    /// Say what becomes of what waits: `send` or `count` is its scope, and its number that of the hold.
    Release,
    /// Publish a doubtful change as it was written: the hash of its content is its scope.
    Publish,
}

impl Named for Purpose {
    const ALL: &'static [(&'static str, Purpose)] = &[
        ("manage", Purpose::Manage),
        ("done", Purpose::Done),
        ("unsubscribe", Purpose::Unsubscribe),
        ("one-click", Purpose::OneClick),
        ("bounce", Purpose::Bounce),
        ("accepted", Purpose::Accepted),
        ("roll-call", Purpose::RollCall),
        ("release", Purpose::Release),
        ("publish", Purpose::Publish),
    ];
}

impl Purpose {
    fn name(self) -> &'static str {
        Purpose::ALL.iter().find(|(_, purpose)| *purpose == self).map_or("", |(name, _)| name)
    }
}

/// The service's key. It is never shown.
#[derive(Clone)]
pub struct Key {
    octets: [u8; 32],
    id: [u8; 4],
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// What a token claims, before it is known whether it is ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// For whom.
    pub subscriber: SubscriberId,
    /// About what.
    pub scope: String,
    proof: [u8; KEPT],
}

impl Key {
    /// A key of 256 bits.
    pub fn new(octets: [u8; 32]) -> Key {
        let digest = Sha256::digest(octets);
        Key { octets, id: [digest[0], digest[1], digest[2], digest[3]] }
    }

    /// Each part goes in with its length, so that no two lists of parts are the same octets.
    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.octets).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    fn link(&self, purpose: Purpose, subscriber: SubscriberId, scope: &str, version: u32) -> Hmac<Sha256> {
        let (number, version) = (subscriber.0.to_be_bytes(), version.to_be_bytes());
        self.mac(&[b"link", purpose.name().as_bytes(), &number, scope.as_bytes(), &self.id, &version])
    }

    /// The token for a purpose.
    pub fn token(&self, purpose: Purpose, subscriber: SubscriberId, scope: &str, version: u32) -> String {
        let proof = self.link(purpose, subscriber, scope, version).finalize().into_bytes();
        let number = format!("{:016x}", subscriber.0);
        let dot = if scope.is_empty() { "" } else { "." };
        format!("{number}{}{dot}{scope}", hex(&proof[..KEPT]))
    }

    /// Whether a claim is ours, compared in constant time.
    pub fn holds(&self, purpose: Purpose, claim: &Claim, version: u32) -> bool {
        self.link(purpose, claim.subscriber, &claim.scope, version).verify_truncated_left(&claim.proof).is_ok()
    }

    /// What stands for a text that must not be kept: it can be compared, and not be read.
    pub fn blinded(&self, purpose: &str, text: &str) -> String {
        hex(&self.mac(&[b"blinded", purpose.as_bytes(), text.as_bytes()]).finalize().into_bytes()[..KEPT])
    }

    /// The secret of a confirmation: 256 bits that follow from a random number and this key, so that making the same
    /// confirmation again after a crash makes the same octets, and a copy of the database alone does not tell it.
    pub fn confirmation(&self, nonce: &str) -> String {
        hex(&self.mac(&[b"confirmation", nonce.as_bytes()]).finalize().into_bytes())
    }
}

impl Claim {
    /// What a text claims, if it has the form of a token.
    pub fn read(token: &str) -> Option<Claim> {
        let (proof, scope) = token.split_once('.').unwrap_or((token, ""));
        let is_plain = proof.len() == 16 + 2 * KEPT && proof.bytes().all(|octet| octet.is_ascii_hexdigit());
        if !is_plain || scope.len() > 64 {
            return None;
        }
        let number = i64::from_str_radix(&proof[..16], 16).ok()?;
        let mut octets = [0; KEPT];
        for (octet, at) in octets.iter_mut().zip((16..).step_by(2)) {
            *octet = u8::from_str_radix(&proof[at..at + 2], 16).ok()?;
        }
        Some(Claim { subscriber: SubscriberId(number), scope: scope.to_owned(), proof: octets })
    }
}

/// What may be handed on of a secret: it follows from it, and the secret does not follow from it. Whoever has it can read
/// what the secret's holder can change.
pub fn to_read(secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(b"to read");
    hex(&mac.finalize().into_bytes()[..KEPT])
}

/// The SHA-256 of a secret: what is stored in its place. 128 random bits and more need no salt and no slow hash.
pub fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// Octets in small hexadecimal figures.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: SubscriberId = SubscriberId(0x1234_5678_9abc_def0);

    #[test]
    fn a_token_is_good_for_one_purpose_scope_person_key_and_version() {
        let (key, other) = (Key::new([7; 32]), Key::new([8; 32]));
        let token = key.token(Purpose::Done, ADA, "full-paper", 3);
        assert!(token.starts_with("123456789abcdef0") && token.ends_with(".full-paper"), "{token}");
        let claim = Claim::read(&token).unwrap();
        assert!(key.holds(Purpose::Done, &claim, 3));
        assert!(!key.holds(Purpose::Done, &claim, 4));
        assert!(!key.holds(Purpose::Manage, &claim, 3));
        assert!(!other.holds(Purpose::Done, &claim, 3));
        assert!(!key.holds(Purpose::Done, &Claim { scope: "camera-ready".to_owned(), ..claim.clone() }, 3));
        assert!(!key.holds(Purpose::Done, &Claim { subscriber: SubscriberId(1), ..claim }, 3));
        assert_eq!(Claim::read(&token.to_uppercase()).unwrap().subscriber, ADA);
    }

    #[test]
    fn what_is_no_token_claims_nothing() {
        let token = Key::new([7; 32]).token(Purpose::Manage, ADA, "", 0);
        for text in ["", "x", &token[1..], &format!("{token}0"), &token.replace('0', "g"), &format!("-{}", &token[1..])]
        {
            assert_eq!(Claim::read(text), None, "{text}");
        }
        assert!(Claim::read(&token).is_some());
    }

    #[test]
    fn what_is_blinded_can_be_compared_and_not_be_mixed_up() {
        let key = Key::new([7; 32]);
        assert_eq!(key.blinded("mailbox", "ada@example.org"), key.blinded("mailbox", "ada@example.org"));
        assert_ne!(key.blinded("mailbox", "ada@example.org"), key.blinded("network", "ada@example.org"));
        assert_ne!(key.blinded("a", "bc"), key.blinded("ab", "c"));
        assert_eq!(key.confirmation("nonce").len(), 64);
        assert_eq!(format!("{key:?}"), "Key(..)");
    }

    #[test]
    fn what_is_handed_on_of_a_secret_is_another_one() {
        let (secret, other) = ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdee");
        assert_eq!(to_read(secret), to_read(secret));
        assert_eq!(to_read(secret).len(), secret.len());
        assert_ne!(to_read(secret), to_read(other));
        assert_ne!(to_read(&to_read(secret)), to_read(secret), "nobody goes on from it");
    }
}
