//! Other people's formats, in and out. Pure, like the feeds: texts in, texts out.
//!
//! A workshop's own page becomes a programme file, a published revision becomes what schedule apps, deadline lists and
//! search engines read. Nothing here knows where a text comes from or where it goes.

pub mod authors;
pub mod ccfddl;
pub mod edit;
pub mod frab;
pub mod json;
pub mod jsonld;
pub mod next_year;
pub mod page;
pub mod published;
pub mod subscribers;
pub mod table;
