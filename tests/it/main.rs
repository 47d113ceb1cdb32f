//! Stories told from outside, one file a verb, and what holds for the whole tree.

mod check;
mod cli;
mod exports;
mod house;
mod import;
mod killed;
mod lint;
mod next_year;
mod outbox;
mod outgoing;
mod property;
mod publish;
mod relay;
mod render;
mod schedule_import;
mod serve;
mod site;
mod subscribers;
mod tidy;
mod words;
mod zones;
