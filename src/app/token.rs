//! Tokens: who may publish a programme over HTTP. The secret is shown once and kept as a hash.

use sha2::{Digest, Sha256};

use crate::domain::zone::Instant;
use crate::store::{Store, StoreError, Token};

/// Makes a token and returns its secret. None when the programme has one of that name.
///
/// # Errors
/// When the store cannot be written.
pub async fn issue(store: &Store, programme: &str, name: &str, now: Instant) -> Result<Option<String>, StoreError> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).expect("the system has random numbers");
    let secret: String = random.iter().map(|octet| format!("{octet:02x}")).collect();
    let token = Token { programme: programme.to_owned(), name: name.to_owned(), created: now, revoked: None };
    Ok(store.add_token(&token, &hash(&secret)).await?.then_some(secret))
}

/// The token of a secret, unless it was revoked.
///
/// # Errors
/// When the store cannot be read.
pub async fn find(store: &Store, secret: &str) -> Result<Option<Token>, StoreError> {
    store.token(&hash(secret)).await
}

/// 256 random bits need no salt and no slow hash.
fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|octet| format!("{octet:02x}")).collect()
}
