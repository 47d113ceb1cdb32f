//! Allim: calendar feeds that every calendar reads the same way, for academic workshops.
//!
//! # The map
//!
//! Data flows one way. A programme file is read into a valid [`domain::programme::Programme`]; publishing it makes a
//! [`domain::revision::Revision`], whose records carry UID, SEQUENCE and LAST-MODIFIED; [`feed`] and [`page`] turn a
//! revision into octets; [`app`] holds them ready and [`web`] sends them.
//!
//! | module | what it does | what it refuses to know |
//! | --- | --- | --- |
//! | [`domain`] | zones, the programme file, entries, doubts, revisions | files, the clock, HTTP, SQL, mail |
//! | [`clock`] | reads the time | everything else |
//! | [`feed`] | a revision as RFC 5545 octets | where they go |
//! | [`page`] | a revision as HTML | where it goes |
//! | [`exchange`] | other people's formats, in and out | where they come from and go |
//! | [`mail`] | what people are written, and how it leaves | who is to be written to, and when |
//! | [`store`] | what was published, by whom, and what was refused; what is to be sent | HTTP, files |
//! | [`app`] | the operations, one file a verb | HTTP |
//! | [`web`] | the URL table, preconditions, headers | files |
//! | [`server`] | accept loop, limits, the bell, the end | what is served |
//! | [`config`] | settings, read once | |
//!
//! # Invariants
//!
//! 1. A `Programme` that exists is valid; only [`domain::file`] makes one.
//! 2. The same revision and query give the same octets, on every machine.
//! 3. SEQUENCE and LAST-MODIFIED of an entry rise with every visible change of it and only then; a UID never changes.
//! 4. An entry that was published stays in the feeds: cancelled if it left ahead of its time, as it was if after.
//! 5. Whatever happens to a file, a disk or a ledger, what was published last stays up.
//! 6. The time is read in [`clock`] alone.
//! 7. An attempt to send is written before it is made, its dot before the first octet of the message: what is sent twice
//!    had been in doubt, and is the same to the octet.
//!
//! Modules below stand in the order of their dependencies; `tests/it/tidy.rs` holds them to it.

pub mod domain;

pub mod clock;
pub mod exchange;
pub mod feed;
pub mod mail;
pub mod page;
pub mod store;

pub mod app;
pub mod web;

pub mod config;
pub mod server;
