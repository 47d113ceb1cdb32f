//! What the service does, one file a verb. The web and the command line both come through here.
//!
//! It carries values between the pure modules and the world: files, the clock, the live site.

pub mod announce;
pub mod another_time;
pub mod blocked;
pub mod bounce;
pub mod choose;
pub mod confirm;
pub mod consider;
pub mod console;
pub mod dispatch;
pub mod doctor;
pub mod edition;
pub mod erase;
pub mod explain;
pub mod export;
pub mod import;
pub mod include;
pub mod invite;
pub mod ledger;
mod lineage;
pub mod links;
pub mod mailing;
pub mod manage;
pub mod organizers;
pub mod outbox;
pub mod outgoing;
pub mod plan;
pub mod post;
pub mod publish;
pub mod report;
pub mod roll_call;
pub mod secret;
pub mod serve;
pub mod simulate;
pub mod site;
mod subjects;
pub mod subscribe;
pub mod subscribers;
pub mod token;
mod watch;
