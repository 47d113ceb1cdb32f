//! The schedule as XML, in the order of elements the format's schema wants.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event as Piece};

use super::schedule::{Conference, Day, Document, Event, Room};

type Out = Writer<Vec<u8>>;

/// The document.
pub(super) fn write(document: &Document) -> String {
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
    schedule(&mut out, document).expect("memory takes every octet");
    let mut text = String::from_utf8(out.into_inner()).expect("made of texts");
    text.push('\n');
    text
}

fn schedule(out: &mut Out, document: &Document) -> io::Result<()> {
    let schedule = &document.schedule;
    out.write_event(Piece::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.create_element("schedule").write_inner_content(|out| {
        out.create_element("generator").with_attribute(("name", document.generator.name)).write_empty()?;
        text(out, "version", &schedule.version)?;
        let base = schedule.base_url.as_deref();
        out.create_element("conference").write_inner_content(|out| conference(out, &schedule.conference, base))?;
        schedule.conference.days.iter().try_for_each(|each| day(out, each))
    })?;
    Ok(())
}

fn conference(out: &mut Out, conference: &Conference, base: Option<&str>) -> io::Result<()> {
    text(out, "title", &conference.title)?;
    text(out, "acronym", &conference.acronym)?;
    text(out, "start", &conference.start)?;
    text(out, "end", &conference.end)?;
    text(out, "days", &conference.days_count.to_string())?;
    text(out, "timeslot_duration", conference.timeslot_duration)?;
    for (name, address) in
        [("base_url", base), ("logo", conference.logo.as_deref()), ("url", conference.url.as_deref())]
    {
        if let Some(address) = address {
            text(out, name, address)?;
        }
    }
    text(out, "time_zone_name", conference.time_zone_name)?;
    if let Some(colors) = &conference.colors {
        out.create_element("color").with_attribute(("primary", colors.primary.as_str())).write_empty()?;
    }
    for track in &conference.tracks {
        let attributes = [("name", clean(&track.name)), ("slug", track.slug.clone())];
        let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
        out.create_element("track").with_attributes(attributes).write_empty()?;
    }
    Ok(())
}

fn day(out: &mut Out, day: &Day) -> io::Result<()> {
    let (index, date) = (day.index.to_string(), day.date.to_string());
    let attributes = [("index", index.as_str()), ("date", &date), ("start", &day.day_start), ("end", &day.day_end)];
    let element = out.create_element("day").with_attributes(attributes);
    if day.rooms.is_empty() {
        element.write_empty()?;
    } else {
        element.write_inner_content(|out| day.rooms.iter().try_for_each(|each| room(out, each)))?;
    }
    Ok(())
}

fn room(out: &mut Out, room: &Room) -> io::Result<()> {
    let name = clean(&room.head.name);
    out.create_element("room")
        .with_attributes([("name", name.as_str()), ("guid", &room.head.guid)])
        .write_inner_content(|out| room.events.iter().try_for_each(|each| event(out, each)))?;
    Ok(())
}

fn event(out: &mut Out, event: &Event) -> io::Result<()> {
    let id = event.id.to_string();
    out.create_element("event").with_attributes([("guid", event.guid.as_str()), ("id", &id)]).write_inner_content(
        |out| {
            for (name, value) in [
                ("room", event.room.as_str()),
                ("title", &event.title),
                ("subtitle", event.subtitle),
                ("type", event.kind),
                ("date", &event.date),
                ("start", &event.start),
                ("duration", &event.duration),
                ("abstract", &event.summary),
                ("slug", &event.slug),
                ("track", event.track.as_deref().unwrap_or_default()),
                ("language", event.language),
                ("description", &event.description),
            ] {
                text(out, name, value)?;
            }
            out.create_element("persons").write_inner_content(|out| persons(out, event))?;
            out.create_element("links").write_inner_content(|out| links(out, event))?;
            // Only what can be opened is an address here.
            if event.url.starts_with("http") { text(out, "url", &event.url) } else { Ok(()) }
        },
    )?;
    Ok(())
}

fn persons(out: &mut Out, event: &Event) -> io::Result<()> {
    for person in &event.persons {
        let id = person.id.to_string();
        let attributes = [("id", id.as_str()), ("guid", &person.guid)];
        let name = clean(&person.name);
        out.create_element("person").with_attributes(attributes).write_text_content(BytesText::new(&name))?;
    }
    Ok(())
}

fn links(out: &mut Out, event: &Event) -> io::Result<()> {
    for link in &event.links {
        let attributes = [("href", link.url.as_str()), ("type", link.kind)];
        out.create_element("link").with_attributes(attributes).write_text_content(BytesText::new(link.title))?;
    }
    Ok(())
}

fn text(out: &mut Out, name: &str, value: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(&clean(value)))?;
    Ok(())
}

/// A text that XML 1.0 can hold: two that Unicode calls no characters it cannot (2.2), and a tab in an attribute is
/// read as a blank (3.3.3), so it is one everywhere.
fn clean(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}").replace('\t', " ")
}
