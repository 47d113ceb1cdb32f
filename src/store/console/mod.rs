//! The console: who may sign in, who is signed in, which forms have acted, and who did what.

mod audit;
mod organizers;
mod sessions;

pub use audit::{Act, Entry};
