//! What people are written, pure: a programme, a revision or a letter in, words and messages out; and the ways it leaves
//! by, in `transport`.
//!
//! How a day, an hour or a length of time is said stands in [`crate::domain::language`]; the sentences stand in
//! `templates/`, one file for an occasion and a language.

pub mod arrived;
pub mod authentication;
pub mod bounce;
pub mod clean;
mod fields;
pub mod letter;
pub mod templates;

pub mod compose;
pub mod paste;
pub mod probe;
pub mod reading;
pub mod transport;
