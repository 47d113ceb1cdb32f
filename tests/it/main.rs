//! Stories told from outside, one file a verb, and what holds for the whole tree.

mod check;
mod cli;
mod compose;
mod exports;
mod feeds;
mod file_server;
mod house;
mod import;
mod lint;
mod next_year;
mod page_site;
mod property;
mod publish;
mod recipe;
mod render;
mod schedule_import;
mod serve;
mod site;
mod static_site;
mod subscribers;
mod tidy;
mod words;
mod zones;
