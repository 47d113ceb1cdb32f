//! A doubt is never silent: the words in which the organizers hear that a publication was not made.

use crate::domain::publication::Source;
use crate::domain::zone::Instant;
use crate::exchange::page::is_page;
use crate::store::Blocked;

/// Subject and text of the message about a refused publication.
///
/// It says what is doubted, what would be right, and that what was published before is still up: that is what a
/// worried organizer asks first.
pub fn words(blocked: &Blocked, short: &str, now: Instant) -> (String, String) {
    let subject = format!("[{short}] Not published: the {} needs a look", blocked.source);
    let minutes = (now - blocked.since).num_minutes().max(0);
    let since = match minutes {
        0 => "just now".to_owned(),
        m if m < 120 => format!("{m} minutes ago"),
        m => format!("{} hours ago", m / 60),
    };
    let is_page = match &blocked.source {
        Source::File(name) => is_page(name),
        // A command or a token can bring either; what the report says to write tells which.
        _ => blocked.report.contains("<!-- allim: accept "),
    };
    let mend = match is_page {
        true => {
            "Mend the page, or, where it is meant as it stands, accept the doubt by its name: anywhere in the page, \
             <!-- allim: accept NAME -->, which its readers do not see."
        }
        false => {
            "Mend the file, or, where it is meant as it stands, accept the doubt by its name: in the file under [programme], \
             accept = [\"...\"], or with allim publish FILE --accept NAME."
        }
    };
    let text = format!(
        "The {} was changed {since}, and the change was not published. Feeds and pages show what was published before; \
         nobody was told anything.\n\n{}\n{mend}\n",
        blocked.source, blocked.report
    );
    (subject, text)
}
