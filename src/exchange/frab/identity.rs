//! Names that machines know things by: the same in every revision, on every machine, without being kept anywhere.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use crate::domain::revision::Revision;

/// Apps keep ids in 32 signed bits.
const LARGEST: u32 = i32::MAX as u32;

/// A UUID of version 8 (RFC 9562 5.8): the hash of what the thing is called.
pub(super) fn guid(name: &str) -> String {
    let digest = Sha256::digest(name);
    let mut octets = [0; 16];
    octets.copy_from_slice(&digest[..16]);
    octets[6] = octets[6] & 0x0f | 0x80;
    octets[8] = octets[8] & 0x3f | 0x80;
    let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A positive number from the hash of a name.
pub(super) fn number(name: &str) -> u32 {
    let digest = Sha256::digest(name);
    let number = digest.iter().take(4).fold(0, |number: u32, octet| number << 8 | u32::from(*octet));
    (number & LARGEST).max(1)
}

/// A number for each record, by UID. Where two would have the same, the one published later takes the next free one;
/// no record ever leaves a revision, so nobody's number changes.
pub(super) fn numbers(revision: &Revision) -> HashMap<&str, u32> {
    let mut records: Vec<_> = revision.records.iter().collect();
    records.sort_by_key(|record| (record.created, record.uid.as_str()));
    let mut taken = BTreeSet::new();
    let mut numbers = HashMap::new();
    for record in records {
        let mut number = number(&record.uid);
        while !taken.insert(number) {
            number = if number == LARGEST { 1 } else { number + 1 };
        }
        numbers.insert(record.uid.as_str(), number);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_a_uuid_of_version_eight_and_stays() {
        let guid = guid("session-welcome.w@example.org");
        assert_eq!(guid, "3c0c0876-0092-8cbe-a698-e66ddfbb0a2a");
        assert_eq!((guid.len(), &guid[14..15]), (36, "8"));
        assert!(matches!(&guid[19..20], "8" | "9" | "a" | "b"));
    }
}
