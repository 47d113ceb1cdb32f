//! Stories told from outside, one file a verb, and what holds for the whole tree.

mod authors;
mod check;
mod cli;
mod exports;
mod house;
mod import;
mod lint;
mod next_year;
mod property;
mod publish;
mod render;
mod schedule_import;
mod season;
mod serve;
mod site;
mod subscribers;
mod tidy;
mod words;
mod zones;
