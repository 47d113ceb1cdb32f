//! A representation: a body ready to be sent, with its validators (RFC 9110 8.8).

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::domain::zone::Instant;

/// A body in both codings.
#[derive(Clone, Debug)]
pub struct Representation {
    /// As it is.
    pub identity: Bytes,
    /// The same, compressed.
    pub gzip: Bytes,
    /// Hash of the identity octets, in quotes: a strong validator, the same on every replica.
    pub etag: String,
    /// The strong validator of the compressed body, which is another sequence of octets.
    pub gzip_etag: String,
    /// When what it shows last changed.
    pub modified: Instant,
}

impl Representation {
    /// Compresses and hashes a body.
    pub fn new(body: Vec<u8>, modified: Instant) -> Representation {
        let digest = Sha256::digest(&body);
        let hex: String = digest.iter().take(16).map(|octet| format!("{octet:02x}")).collect();
        // Writing to memory cannot fail.
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::default());
        encoder.write_all(&body).expect("memory takes every octet");
        let gzip = encoder.finish().expect("memory takes every octet").into_boxed_slice();
        Representation {
            // Without the room the vectors grew into: these stay for as long as the revision.
            identity: body.into_boxed_slice().into(),
            gzip: gzip.into(),
            etag: format!("\"{hex}\""),
            gzip_etag: format!("\"{hex}-gz\""),
            modified,
        }
    }

    /// How much memory it holds, in octets, about.
    pub fn weight(&self) -> usize {
        self.identity.len() + self.gzip.len() + 256
    }
}
