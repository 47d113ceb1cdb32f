//! Stories told from outside, one file a verb, and what holds for the whole tree.

mod check;
mod house;
mod lint;
mod render;
mod serve;
mod tidy;
mod zones;
