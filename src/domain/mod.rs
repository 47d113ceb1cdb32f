//! The pure core: what a programme is, when its times are, what changed between two publications.
//!
//! No async, IO, SQL, HTTP, mail or clock: `now` is always a parameter. Modules in dependency order.

pub mod finding;
pub mod kind;
pub mod mailbox;
pub mod zone;

pub mod organizer;

pub mod heartbeat;
pub mod lead_time;
pub mod programme;

pub mod entry;
pub mod file;
pub mod language;
pub mod limits;
pub mod reading;

pub mod notice;
pub mod subscription;

pub mod link;

pub mod planner;

pub mod announcement;
pub mod season;

pub mod doubt;
pub mod revision;

pub mod change;
pub mod publication;
pub mod queue;
pub mod taking_back;
