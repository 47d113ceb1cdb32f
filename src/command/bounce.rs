//! A bounce on standard input, as a mail filter gives it.

use std::convert::Infallible;
use std::io::Read;
use std::process::ExitCode;

use allim::app::bounce::{Clue, Effect, Verdict, judge};
use allim::mail::bounce::MOST_OCTETS;

use super::{Failure, REFUSED, refused};

/// 0 when there is nothing left to do, so that a filter may drop the message; 1 when a person should look at it.
pub(crate) fn bounce(bounce_domain: Option<&str>) -> Result<ExitCode, Failure> {
    let mut octets = Vec::new();
    let mut input = std::io::stdin().lock();
    let limit = u64::try_from(MOST_OCTETS).unwrap_or(u64::MAX);
    input.by_ref().take(limit).read_to_end(&mut octets).map_err(refused)?;
    // What is left is taken and dropped: who writes to us is a mail server, and would think that we broke down.
    std::io::copy(&mut input, &mut std::io::sink()).map_err(refused)?;
    if octets.trim_ascii().is_empty() {
        return Err(Failure::Usage("there is no message on standard input".to_owned()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(refused)?;
    // No notice is kept yet that a clue could lead to.
    let find = async |_: Clue<'_>| Ok::<Option<()>, Infallible>(None);
    let verdict = runtime.block_on(judge(&octets, bounce_domain, find)).map_err(refused)?;
    println!("{verdict}");
    let done = match verdict {
        Verdict::Matched { .. } => true,
        Verdict::Unknown(told) => told.effect == Effect::Nothing,
        Verdict::NotAReport(_) => false,
    };
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}
