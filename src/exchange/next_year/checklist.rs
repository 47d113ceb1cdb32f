//! What the next team has to do, in order, each with what the old file held.

use chrono::NaiveDate;
use url::Url;

use crate::domain::programme::{Audience, Deadline, Id, LinkKind, Moment, Programme, Role};

/// A line of the list is broken here: it also stands in the file.
const WIDTH: usize = 110;

/// After last year's workshop.
pub(super) fn after(old: &Programme, id: &Id, says_old_year: &[String]) -> Vec<String> {
    let mut list = vec![
        format!(
            "Look at the id, {id}: it is part of every address and calendar entry. Before the first publication it may \
             still change, never after."
        ),
        format!(
            "Leave the file of {0} where it is: its feeds stay up, because calendars go on asking for them. This one goes \
             beside it, as {id}.toml.",
            old.id
        ),
        days(old),
        place(old),
        deadlines(old),
        submission(old),
        accepted(old),
        contact(old),
        privacy(old),
        page(old),
        people(old),
    ];
    if !says_old_year.is_empty() {
        list.push(format!("Read the texts that still name the old year: {}.", says_old_year.join(", ")));
    }
    list.push(access(Some(&old.id), id));
    list.push(publish(id));
    list.push(format!(
        "Tell last year's subscribers of the new feeds on the page of {} and in the group, not by mail: they left their \
         addresses for that workshop only.",
        old.id
    ));
    list
}

/// For a workshop that had no file before.
pub(super) fn of_a_fresh_file(id: &Id) -> Vec<String> {
    vec![
        format!(
            "Choose the id, now {id}, and uid_domain, now example.org: both are part of every calendar entry and never \
             change after the first publication."
        ),
        "Write title and short as people say them.".to_owned(),
        "Write dates, time_zone and [venue] once day and city are known; UTC only stands in until then.".to_owned(),
        "Write the deadlines' dates, and deadline_zone if they are not Anywhere on Earth. What stays \"TBC\" is on the \
         page and in no calendar."
            .to_owned(),
        "Open the submission site, then write its address as url of the deadlines.".to_owned(),
        "Say who tells authors that they are accepted, and when: camera-ready is for them only.".to_owned(),
        "Write the contact, a mailbox that somebody reads, and say who.".to_owned(),
        "Write [privacy] before anybody may leave an address: without it a public server takes none.".to_owned(),
        access(None, id),
        publish(id),
    ]
}

/// The list with its numbers, broken into lines.
pub(super) fn numbered(list: &[String]) -> String {
    let mut out = String::new();
    for (index, item) in list.iter().enumerate() {
        let mut line = format!("{:>2}.", index + 1);
        for word in item.split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
                out.push_str(line.trim_end());
                out.push('\n');
                line = "   ".to_owned();
            }
            line.push(' ');
            line.push_str(word);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn days(old: &Programme) -> String {
    let was = |first: NaiveDate, last: NaiveDate| {
        if first == last { format!("last year {first}") } else { format!("last year {first} to {last}") }
    };
    let was = old.dates.map_or("the old file had none".to_owned(), |(first, last)| was(first, last));
    format!("Write dates when the conference has set the days ({was}).")
}

fn place(old: &Programme) -> String {
    let city = old.venue.city.as_deref().unwrap_or("no city in the old file");
    format!(
        "Write [venue] and time_zone, the zone of the new city, before the first session (last year {city}, {}). The \
         deadlines' zone is still {}.",
        old.time_zone, old.deadline_zone
    )
}

fn deadlines(old: &Programme) -> String {
    let written = |moment: Moment| match moment.civil.format("%H:%M").to_string().as_str() {
        "23:59" => moment.date().to_string(),
        clock => format!("{} {clock}", moment.date()),
    };
    let told = |deadline: &Deadline| match (deadline.due.moment(), deadline.was.first()) {
        (Some(due), Some(first)) => format!("{} {} (at first {})", deadline.id, written(due), written(*first)),
        (Some(due), None) => format!("{} {}", deadline.id, written(due)),
        (None, _) => format!("{} (open)", deadline.id),
    };
    let all: Vec<String> = old.deadlines.iter().map(told).collect();
    match all.as_slice() {
        [] => "Write the deadlines: the old file had none.".to_owned(),
        all => format!("Write the deadlines, all open now; last year {}. Delete what is no more.", all.join(", ")),
    }
}

fn submission(old: &Programme) -> String {
    let deadlines = old.deadlines.iter().filter_map(|deadline| deadline.url.as_ref());
    let links = old.links.iter().filter(|link| matches!(link.kind, LinkKind::Submission | LinkKind::Registration));
    let mut sites: Vec<&str> = deadlines.chain(links.map(|link| &link.url)).map(Url::as_str).collect();
    sites.sort_unstable();
    sites.dedup();
    match sites.as_slice() {
        [] => "Open the submission site, then write its address as url of the deadlines.".to_owned(),
        sites => format!(
            "Open this year's submission and registration sites, then write their addresses. Last year's are commented \
             out, so that they collect nothing for this year: <{}>.",
            sites.join(">, <")
        ),
    }
}

fn accepted(old: &Programme) -> String {
    let theirs = old.deadlines.iter().filter(|deadline| deadline.audience == Audience::Accepted);
    let ids: Vec<&str> = theirs.map(|deadline| deadline.id.as_str()).collect();
    match ids.as_slice() {
        [] => "Say who tells authors that they are accepted, and when.".to_owned(),
        ids => format!(
            "Say who tells authors that they are accepted, and when. For them only, nobody else is reminded: {}.",
            ids.join(", ")
        ),
    }
}

fn contact(old: &Programme) -> String {
    match &old.contact {
        Some(contact) => format!("Say who reads {contact} this year; take out who left."),
        None => "Write a contact, a mailbox that somebody reads: the old file had none.".to_owned(),
    }
}

fn privacy(old: &Programme) -> String {
    match &old.privacy {
        Some(privacy) => {
            let controller = privacy.controller.as_deref().unwrap_or("nobody named");
            format!("Ask whether [privacy] still holds: {controller} answers for people's data.")
        }
        None => "Write [privacy] before anybody may leave an address: the old file had none.".to_owned(),
    }
}

fn page(old: &Programme) -> String {
    let page = old.url.as_ref().map_or("none".to_owned(), |url| format!("<{url}>"));
    let feeds = match &old.feed_url {
        Some(feeds) => format!("last year's <{feeds}> goes on serving {}", old.id),
        None => "the old file had none".to_owned(),
    };
    format!(
        "Write url, the page of this year (last year {page}), and feed_url, the static address of its calendars, if it \
         has one ({feeds})."
    )
}

fn people(old: &Programme) -> String {
    let count = |role: Role| old.people.iter().filter(|person| person.role == role).count();
    let others = old.people.len() - count(Role::Organizer);
    format!(
        "Look through the organizers, {} from last year. Left behind: sessions {}, papers {}, awards {}, hosts {}, other \
         people {others}.",
        count(Role::Organizer),
        old.sessions.len(),
        old.papers.len(),
        old.awards.len(),
        old.hosts.len()
    )
}

fn access(old: Option<&Id>, id: &Id) -> String {
    let revoke = old.map_or(String::new(), |old| {
        format!("`allim token list {old}` shows who could; revoke what nobody uses, and ")
    });
    format!(
        "Say who may change the file: in the repository, on the server. With a server {revoke}give this year's people \
         `allim token new {id}`."
    )
}

fn publish(id: &Id) -> String {
    format!("Run `allim check {id}.toml`, then publish it.")
}
