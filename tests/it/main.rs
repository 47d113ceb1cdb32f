//! Stories told from outside, one file a verb, and what holds for the whole tree.

mod check;
mod cli;
mod house;
mod lint;
mod property;
mod render;
mod serve;
mod site;
mod tidy;
mod zones;
