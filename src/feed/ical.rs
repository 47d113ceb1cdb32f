//! The iCalendar writer: RFC 5545, octet by octet.
//!
//! It walks the components of the icalendar crate and knows nothing of workshops. The crate's own writer cuts escape
//! pairs when it folds, folds in quadratic time, and invents a UID and a DTSTAMP where one is missing; here a content
//! line is escaped and folded in one pass, and what is missing stays missing for the linter to find.

use icalendar::{Calendar, CalendarComponent, Component, Property};

/// RFC 5545 3.1: lines should not be longer than 75 octets, the line break not counted.
const LONGEST_LINE: usize = 75;

/// What stands for a backslash: seven parsers of those tried read an escaped one wrongly.
const BACKSLASH: &str = "\u{29f5}";

/// Properties whose value is TEXT (RFC 5545 3.3.11) and is therefore escaped. CATEGORIES is a list of texts; we write
/// one.
const TEXTS: &[&str] =
    &["CATEGORIES", "DESCRIPTION", "LOCATION", "NAME", "SUMMARY", "UID", "X-WR-CALDESC", "X-WR-CALNAME"];

/// The octets of a calendar, `zones` (whole VTIMEZONE components, CRLF after each line) before its components.
pub fn write(calendar: &Calendar, zones: &str) -> Vec<u8> {
    let mut out = Lines { octets: Vec::with_capacity(1024 * (calendar.components.len() + 1)), column: 0 };
    out.plain("BEGIN:VCALENDAR");
    for property in &calendar.properties {
        out.property(property);
    }
    out.octets.extend_from_slice(zones.as_bytes());
    for component in &calendar.components {
        match component {
            CalendarComponent::Event(event) => out.component(event),
            CalendarComponent::Todo(todo) => out.component(todo),
            CalendarComponent::Venue(venue) => out.component(venue),
            CalendarComponent::Other(other) => out.component(other),
            // The enum is open; a kind we never build is not written.
            _ => {}
        }
    }
    out.plain("END:VCALENDAR");
    out.octets
}

struct Lines {
    octets: Vec<u8>,
    column: usize,
}

impl Lines {
    fn component(&mut self, component: &impl Component) {
        let kind = component.component_kind();
        self.plain(&format!("BEGIN:{kind}"));
        for property in component.properties().values() {
            self.property(property);
        }
        for property in component.multi_properties().values().flatten() {
            self.property(property);
        }
        for child in component.components() {
            self.component(child);
        }
        self.plain(&format!("END:{kind}"));
    }

    fn property(&mut self, property: &Property) {
        self.verbatim(property.key());
        for (name, parameter) in property.params() {
            self.verbatim(";");
            self.verbatim(name);
            self.verbatim("=");
            self.parameter(parameter.value());
        }
        self.verbatim(":");
        if TEXTS.contains(&property.key()) {
            self.text(property.value());
        } else {
            self.verbatim(property.value());
        }
        self.end();
    }

    /// RFC 5545 3.2: a value with a separator in it is quoted; a quotation mark cannot be written at all.
    fn parameter(&mut self, value: &str) {
        let quoted = value.contains([':', ';', ',']);
        if quoted {
            self.verbatim("\"");
        }
        value.split('"').for_each(|run| self.verbatim(run));
        if quoted {
            self.verbatim("\"");
        }
    }

    /// RFC 5545 3.3.11.
    fn text(&mut self, text: &str) {
        // Most of a text needs no escape: those runs are folded as a whole.
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|b| matches!(b, b',' | b';' | b'\\' | b'\n')) {
            self.verbatim(&rest[..at]);
            match rest.as_bytes()[at] {
                b',' => self.unit("\\,"),
                b';' => self.unit("\\;"),
                b'\n' => self.unit("\\n"),
                _ => self.unit(BACKSLASH),
            }
            rest = &rest[at + 1..];
        }
        self.verbatim(rest);
    }

    /// A value as it is, without control characters.
    fn verbatim(&mut self, text: &str) {
        // 0xc2 begins the controls from U+0080 to U+009F, and some characters that are none.
        let suspect = |b: u8| ((b < 0x20) & (b != b'\t')) | (b == 0x7f) | (b == 0xc2);
        // Without a way out in the middle, the look at all of them is a few vector instructions.
        if text.bytes().fold(false, |found, b| found | suspect(b)) {
            text.split(|c: char| c.is_control() && c != '\t').for_each(|run| self.run(run));
        } else {
            self.run(text);
        }
    }

    /// Copies a run of characters piece by piece, each up to the end of its line.
    fn run(&mut self, run: &str) {
        let mut rest = run;
        while self.column + rest.len() > LONGEST_LINE {
            let mut room = LONGEST_LINE - self.column;
            while !rest.is_char_boundary(room) {
                room -= 1;
            }
            let (line, more) = rest.split_at(room);
            self.octets.extend_from_slice(line.as_bytes());
            self.octets.extend_from_slice(b"\r\n ");
            self.column = 1;
            rest = more;
        }
        self.octets.extend_from_slice(rest.as_bytes());
        self.column += rest.len();
    }

    /// Octets that must stay on one line: a character, or an escape pair.
    fn unit(&mut self, unit: &str) {
        if self.column + unit.len() > LONGEST_LINE {
            self.octets.extend_from_slice(b"\r\n ");
            self.column = 1;
        }
        self.octets.extend_from_slice(unit.as_bytes());
        self.column += unit.len();
    }

    fn plain(&mut self, line: &str) {
        self.verbatim(line);
        self.end();
    }

    fn end(&mut self) {
        self.octets.extend_from_slice(b"\r\n");
        self.column = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, value: &str) -> String {
        let mut calendar = Calendar::empty();
        calendar.append_property(Property::new(key, value));
        let octets = String::from_utf8(write(&calendar, "")).unwrap();
        octets.trim_start_matches("BEGIN:VCALENDAR\r\n").trim_end_matches("END:VCALENDAR\r\n").to_owned()
    }

    #[test]
    fn texts_are_escaped_and_other_values_are_not() {
        assert_eq!(line("SUMMARY", "a,b;c\nd\\e\u{7}"), "SUMMARY:a\\,b\\;c\\nd\u{29f5}e\r\n");
        assert_eq!(line("GEO", "36.3;127.3"), "GEO:36.3;127.3\r\n");
        assert_eq!(line("URL", "https://example.org/a,b\r\nX:1"), "URL:https://example.org/a,bX:1\r\n");
    }

    #[test]
    fn a_parameter_value_cannot_break_out() {
        let mut calendar = Calendar::empty();
        calendar.append_property(Property::new("X", "v").add_parameter("P", "a\";Q=1:\r\nb").done());
        assert!(String::from_utf8(write(&calendar, "")).unwrap().contains("\r\nX;P=\"a;Q=1:b\":v\r\n"));
    }

    #[test]
    fn a_fold_cuts_neither_characters_nor_escape_pairs() {
        for filler in 60..80 {
            for tail in ["대전컨벤션센터", ",,,,,,", "a,대;\n"] {
                let folded = line("SUMMARY", &format!("{}{tail}", "x".repeat(filler)));
                for physical in folded.split_terminator("\r\n") {
                    assert!(physical.len() <= LONGEST_LINE, "{physical}");
                    assert!(!physical.ends_with('\\'), "{physical}");
                }
            }
        }
    }
}
