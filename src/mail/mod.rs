//! What people are written. Pure: a programme or a revision in, words out.
//!
//! How a day, an hour or a length of time is said stands in [`crate::domain::language`]; the sentences stand in
//! `templates/`, one file for an occasion and a language.

pub mod arrived;
pub mod authentication;
pub mod bounce;
mod fields;
pub mod letter;
pub mod paste;
pub mod probe;
