//! What people are written, pure: a programme or a revision in, words out; and the ways it leaves by, in `transport`.
//!
//! How a day, an hour or a length of time is said stands in [`crate::domain::language`]; the sentences stand in
//! `templates/`, one file for an occasion and a language.

pub mod letter;
pub mod paste;
pub mod reading;
pub mod transport;
