//! A fresh programme file: what is required, with stand-ins, and what comes later, as comments.

use toml_edit::Value;

use super::year::says;
use crate::domain::programme::Id;

/// A longer name is no name for a subject.
const LONGEST_SHORT: usize = 24;

/// An id for a workshop of which only the title is known, or nothing.
pub(super) fn id(title: Option<&str>, year: Option<i32>) -> Id {
    let named = title.and_then(Id::suggestion).filter(|id| id.as_str().len() <= LONGEST_SHORT);
    let base = named.unwrap_or_else(|| Id::new("my-workshop").expect("it is one"));
    let with_year = year.filter(|year| !says(base.as_str(), *year));
    with_year.and_then(|year| Id::new(&format!("{base}-{year}")).ok()).unwrap_or(base)
}

/// The file, without its head.
pub(super) fn text(id: &Id, title: Option<&str>, year: Option<i32>) -> String {
    let short = id.as_str().replace('-', " ").to_uppercase();
    let title = title.unwrap_or(&short);
    let (id, title, short) = (Value::from(id.as_str()), Value::from(title), Value::from(short.as_str()));
    let day = year.map_or("2027".to_owned(), |year| year.to_string());
    format!(
        r#"[programme]
id            = {id}
title         = {title}
short         = {short}  # for subjects and phone screens
time_zone     = "UTC"  # of the sessions: the venue's, Area/City
deadline_zone = "AoE"  # of the deadlines: Anywhere on Earth, or Area/City
uid_domain    = "example.org"  # your site's domain; never changes once published
attendance    = "in person"  # in person | online | hybrid
# url = "https://example.org/"  # the workshop's own page
# contact = "organizers@example.org"  # a mailbox that somebody reads
# dates = [{day}-09-23]  # first and last day
# summary = "What it is about, in a sentence or two."

# [venue]
# name = "..."
# city = "..."
# country = "..."
# room = "..."


# Deadlines. due: a date (23:59 of that day in deadline_zone), a date with a time, or "TBC".

[[deadline]]
id    = "full-paper"
kind  = "submission"  # abstract | submission | notification | camera-ready | registration | other
title = "Full paper submission"
short = "Full paper"
due   = "TBC"
# url = "https://example.org/submit"  # the submission site, once it is open
# needs = "Anonymized PDF, at most 8 pages and 2 more of references"

[[deadline]]
id    = "notification"
kind  = "notification"  # a date you keep, not the authors
title = "Notification of acceptance"
short = "Notification"
due   = "TBC"

[[deadline]]
id    = "camera-ready"
kind  = "camera-ready"  # for authors of accepted papers only
title = "Camera-ready version"
short = "Camera-ready"
due   = "TBC"


# Sessions, once there is a programme. kind: ceremony | keynote | oral | poster | break | panel

# [[session]]
# id = "welcome"
# kind = "ceremony"
# title = "Welcome"
# start = {day}-09-23T09:00:00
# end = {day}-09-23T09:15:00


# Who answers for the addresses people leave.

# [privacy]
# controller = "..."
# contact = "privacy@example.org"
# host = "..."
# authority = "..."
"#
    )
}
