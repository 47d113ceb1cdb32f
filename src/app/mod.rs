//! What the service does, one file a verb. The web and the command line both come through here.
//!
//! It carries values between the pure modules and the world: files, the clock, the live site.

pub mod blocked;
pub mod consider;
pub mod edition;
pub mod export;
pub mod import;
pub mod ledger;
pub mod publish;
pub mod report;
pub mod serve;
pub mod simulate;
pub mod site;
pub mod token;
