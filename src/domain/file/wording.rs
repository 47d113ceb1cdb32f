//! What a fault of syntax is called, for people who never heard of TOML, and what to write instead.
//!
//! Keyed on what stands there, and where that says nothing on the toml crate's own message.

use std::ops::Range;

use super::meant;
use super::statement::{Kind, SEVERAL, Statement, entry_name, is_typographic, line_end};

/// Where, what is wrong, what to write instead.
type Fault = (Range<usize>, String, String);

fn fault_at(span: Range<usize>, what: impl Into<String>, help: impl Into<String>) -> Fault {
    (span, what.into(), help.into())
}

/// A fault of the whole file.
pub(super) fn whole_file(text: &str) -> Option<Fault> {
    let mut at = 0;
    let (mut marks, mut colons, mut first) = (Vec::new(), 0, None);
    let mut is_toml = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let span = at..at + line.trim_end().len();
        at += line.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        first.get_or_insert_with(|| (trimmed.to_owned(), span.clone()));
        if ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)) {
            marks.push(span);
        }
        is_toml |= trimmed.starts_with('[') || entry_name(trimmed).is_some();
        colons += usize::from(trimmed.split_once(':').is_some_and(|(name, _)| !name.contains(['"', '\'', '='])));
    }
    if let [mark, _, ..] = marks.as_slice() {
        let what = "marks of an unfinished merge";
        let help = "keep one of the two sides, and delete the lines with <<<<<<<, ======= and >>>>>>>";
        return Some(fault_at(mark.clone(), what, help));
    }
    let (first, span) = first?;
    let language = match first.as_str() {
        line if line.starts_with('{') => "JSON",
        _ if !is_toml && colons > 0 => "YAML",
        _ => return None,
    };
    let help = "write it like data/examples: [programme] on a line of its own, and below it id = \"a-short-name\"";
    Some(fault_at(span, format!("this is {language}, not TOML"), help))
}

/// The fault of one statement, found at the octet `at` with the crate's `message`.
pub(super) fn fault(text: &str, statement: &Statement, at: usize, message: &str) -> Fault {
    let mut at = at.clamp(statement.span.start, statement.span.end);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if let Some(odd) = statement.odd_blank {
        let c = text[odd..].chars().next().map_or(0, char::len_utf8);
        let what = "this blank is none of the keyboard's: it comes along when text is copied from a web page";
        return fault_at(odd..odd + c, what, "type an ordinary blank; look at the others of this line too");
    }
    if let Some((open, wanted)) = &statement.open {
        return left_open(text, *open, wanted);
    }
    if let Some(c) = text[at..].chars().next().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        let what = format!("the control character U+{:04X} has no place in a text", c as u32);
        return fault_at(at..at + c.len_utf8(), what, "delete it; it often comes along when text is copied from a PDF");
    }
    match statement.kind {
        Kind::Header => header(text, statement),
        Kind::Entry if statement.equals.is_none() => without_equals(text, statement),
        Kind::Entry if entry_name(&text[statement.span.clone()]).is_none() && !is_quoted_name(text, statement) => {
            bad_name(text, statement)
        }
        Kind::Entry => value(text, statement, at, message),
        Kind::Comment => otherwise(at..statement.span.end, message),
    }
}

fn left_open(text: &str, open: usize, wanted: &str) -> Fault {
    let line = open..text[open..].chars().next().map_or(open, |c| open + c.len_utf8());
    match (wanted, text.as_bytes()[open]) {
        ("\"\"\"" | "'''", _) => fault_at(
            open..open + 3,
            "this text is never closed",
            format!("write {wanted} at its end, as at its beginning"),
        ),
        (wanted, mark) => {
            let what = if mark == b'{' { "this" } else { "this list" };
            let are = if wanted.contains("and") { format!("{wanted} are") } else { format!("a {wanted} is") };
            fault_at(line, format!("{what} is not closed: {are} missing"), format!("write {wanted} where it ends"))
        }
    }
}

fn header(text: &str, statement: &Statement) -> Fault {
    let line = &text[statement.span.clone()];
    let line = line.split('#').next().unwrap_or("").trim();
    let name = line.trim_matches(['[', ']', ' ']);
    let clean = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let double = SEVERAL.contains(&name) || line.starts_with("[[") && !name.is_empty();
    let span = statement.span.start..statement.span.start + line.len();
    if !clean {
        return fault_at(span, "this line does not begin a table", "write a name in brackets, such as [venue]");
    }
    let written = if double { format!("[[{name}]]") } else { format!("[{name}]") };
    let closings = line.bytes().rev().take_while(|octet| *octet == b']').count();
    let openings = line.bytes().take_while(|octet| *octet == b'[').count();
    let what = if closings < openings { "a ] is missing" } else { "the brackets of this line do not match" };
    fault_at(span, what, format!("write {written}"))
}

fn without_equals(text: &str, statement: &Statement) -> Fault {
    let start = statement.span.start;
    let line = text[start..line_end(text, start)].trim_end();
    let span = start..start + line.len();
    if ["//", "--", "/*", ";", "%"].iter().any(|mark| line.starts_with(mark)) {
        return fault_at(span, "a comment begins with #", "write # in place of these characters");
    }
    let name_length = line.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(line.len());
    let (name, rest) = line.split_at(name_length);
    if let Some(after) = rest.trim_start().strip_prefix(':')
        && !name.is_empty()
    {
        let colon = start + line.len() - after.len() - 1;
        return fault_at(colon..colon + 1, "an = stands between a name and its value", "write = instead of :");
    }
    if name.is_empty() {
        return fault_at(span, "this line is no entry", "write name = \"value\", or # before a comment");
    }
    let help = format!("write {name} = and its value, or delete the line");
    fault_at(start..start + name.len(), "an = is missing after this name", help)
}

fn is_quoted_name(text: &str, statement: &Statement) -> bool {
    let name = statement.name(text);
    name.contains('.')
        || ['"', '\''].iter().any(|mark| name.len() > 1 && name.starts_with(*mark) && name.ends_with(*mark))
}

fn bad_name(text: &str, statement: &Statement) -> Fault {
    let name = statement.name(text);
    let span = statement.span.start..statement.span.start + name.len();
    if let Some(colon) = name.find(':') {
        let colon = statement.span.start + colon;
        return fault_at(colon..colon + 1, "an = stands between a name and its value", "write = instead of :");
    }
    if name.starts_with("//") {
        return fault_at(span, "a comment begins with #", "write # in place of these characters");
    }
    if name.is_empty() {
        return fault_at(statement.span.clone(), "the name before the = is missing", "write name = \"value\"");
    }
    let joined = name.split_whitespace().collect::<Vec<_>>().join("_");
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain(&joined) {
        return fault_at(span, "a name has no blank", format!("did you mean {joined}?"));
    }
    let first = name.split_whitespace().next().unwrap_or("");
    if plain(first) && name.contains(['"', '\'']) {
        let help = format!("write {first} = and its value");
        return fault_at(span.start..span.start + first.len(), "an = is missing after this name", help);
    }
    fault_at(span, "names have the letters a to z, digits, _ and - only", "write one of the names the table knows")
}

fn value(text: &str, statement: &Statement, at: usize, message: &str) -> Fault {
    let (written, span) = (statement.value(text), statement.value_span(text));
    if written.is_empty() {
        let help = "write a value, or delete the line";
        return fault_at(statement.span.start..span.start, "nothing stands after the =", help);
    }
    let ends_typographic = |text: &str| text.trim_end().ends_with(is_typographic);
    if statement.typographic.is_some() || statement.unclosed.is_some_and(|_| ends_typographic(written)) {
        let start = statement.typographic.unwrap_or(span.start);
        let what = "typographic quotation marks do not hold a text";
        let length = text[start..].chars().next().map_or(0, char::len_utf8);
        let end = if start == span.start { span.end } else { start + length };
        return fault_at(start..end, what, format!("write {}", meant::shortened(&straightened(written))));
    }
    if let Some(opening) = statement.unclosed {
        let mark = &text[opening..opening + 1];
        // A mark that closes one text and opens another was meant for the inside.
        if statement.closed.is_none_or(|closed| closed > opening) {
            let end = line_end(text, opening);
            let what = format!("the closing {mark} is missing at the end of this line");
            return fault_at(opening..end, what, format!("write {mark} where the text ends"));
        }
    }
    if message.contains("escape") || message.contains("unicode") {
        let backslash = if text[at..].starts_with('\\') { Some(at) } else { text[..at].rfind('\\') };
        let backslash = backslash.filter(|found| *found >= span.start).unwrap_or(span.start);
        let what = "a backslash begins a code here";
        return fault_at(backslash..backslash + 1, what, "write \\\\ for a backslash, or hold the text in '...'");
    }
    if let Some(closed) = statement.closed.filter(|closed| *closed < span.end) {
        return after_text(text, span, closed);
    }
    if let Some(mark) = written.strip_suffix([',', ';']).map(str::trim_end)
        && (mark.ends_with(['"', '\'', ']', '}']) || mark.parse::<f64>().is_ok() || meant::day(mark).is_some())
    {
        return at_the_end(text, span.end - 1..span.end);
    }
    if message.starts_with("missing comma") {
        let help = "between the values of a list stands a comma: [\"a\", \"b\"]";
        return fault_at(at..token(text, at).end.max(at), "a comma is missing before this", help);
    }
    let whole = !written.starts_with(['[', '{', '"', '\'']);
    let span = if whole { span } else { token(text, at) };
    if !whole && text[span.clone()].ends_with(':') {
        return fault_at(span.end - 1..span.end, "an = stands between a name and its value", "write = instead of :");
    }
    bare(&text[span.clone()], span.clone(), message).unwrap_or_else(|| otherwise(at..span.end.max(at), message))
}

/// Something stands between the end of a text and the end of its line.
fn after_text(text: &str, span: Range<usize>, closed: usize) -> Fault {
    let rest = text[closed..span.end].trim();
    let start = span.end - rest.len();
    let mark = &text[closed - 1..closed];
    if matches!(rest, "," | ";") {
        return at_the_end(text, start..span.end);
    }
    if entry_name(rest).is_some() {
        return fault_at(start..span.end, "two entries stand on one line", "begin a new line before this");
    }
    let written = &text[span.start..span.end];
    let inner = written.get(1..).and_then(|rest| rest.rsplit_once(mark)).map_or(rest, |(inner, _)| inner);
    let help = format!("write {}", meant::shortened(&meant::quoted(inner)));
    if mark == "'" {
        fault_at(start..span.end, "a text in '...' ends at its first apostrophe", help)
    } else {
        fault_at(start..span.end, "the text ended at the quotation mark before this", help)
    }
}

fn at_the_end(text: &str, span: Range<usize>) -> Fault {
    let mark = if text[span.clone()].starts_with(',') { "comma" } else { "semicolon" };
    fault_at(span, format!("a line does not end with a {mark}"), "delete it")
}

/// A value without quotes that is none.
fn bare(written: &str, span: Range<usize>, message: &str) -> Option<Fault> {
    let lower = written.to_ascii_lowercase();
    if let Some(flag) = ["true", "yes", "on", "false", "no", "off"].iter().position(|word| *word == lower) {
        let help = format!("write {}", if flag < 3 { "true" } else { "false" });
        return Some(fault_at(span, "true or false stands in small letters, without quotes", help));
    }
    if let Some(day) = meant::impossible_day(written) {
        return Some(fault_at(span, format!("there is no {day}"), "check the day and the month"));
    }
    if let Some(day) = meant::day(written) {
        return Some(fault_at(span, "a day is written year-month-day", format!("did you mean {day}?")));
    }
    if message.contains("time") || message.contains("offset") || written.contains('T') && message.contains("date") {
        if let Some((day, _)) = written.split_once("T24").filter(|(day, _)| meant::day(day).is_some()) {
            let help = format!("write {day}T23:59:00, or 00:00:00 of the next day");
            return Some(fault_at(span, "an hour is 00:00 to 23:59", help));
        }
        return Some(match meant::moment(written) {
            Some(moment) => fault_at(span, "an hour is 00:00 to 23:59", format!("did you mean {moment}?")),
            None => fault_at(span, "an hour is 00:00 to 23:59", "write it like 2025-06-30T13:30:00"),
        });
    }
    if message.contains("date") {
        return Some(fault_at(span, "a day is written year-month-day", "write it like 2025-06-30"));
    }
    if message.contains("leading zero") {
        let number = written.trim_start_matches('0');
        let number = if number.is_empty() { "0" } else { number };
        return Some(fault_at(span, "a number does not begin with 0", format!("write {number}")));
    }
    let digit = written.starts_with(|c: char| c.is_ascii_digit()) && meant::looks_like_a_day(written);
    if digit {
        return Some(fault_at(span, "a day is written year-month-day", "write it like 2025-06-30"));
    }
    let is_text = written.chars().any(char::is_alphabetic);
    is_text.then(|| {
        let help = format!("write {}", meant::shortened(&meant::quoted(written)));
        fault_at(span, "a text stands in quotes", help)
    })
}

fn otherwise(span: Range<usize>, message: &str) -> Fault {
    let help = "texts stand in \"quotes\", days are 2025-06-30, lists [\"a\", \"b\"]";
    let what = if message.contains("recurs") {
        "brackets inside brackets, too many to be meant".to_owned()
    } else {
        format!("this cannot be read: {message}")
    };
    fault_at(span, what, help)
}

/// The same with straight quotation marks.
fn straightened(written: &str) -> String {
    let bare = written.trim_start_matches(['"', '\'']);
    let alone = !written.starts_with(['[', '{']);
    let inner = bare.trim_start_matches(is_typographic).trim_end_matches(is_typographic);
    if alone && !inner.contains(is_double) {
        return meant::quoted(&inner.replace(is_typographic, "'"));
    }
    written.replace(is_typographic, "\"")
}

fn is_double(c: char) -> bool {
    is_typographic(c) && !matches!(c, '\u{2018}'..='\u{201b}')
}

/// The word an octet stands in.
fn token(text: &str, at: usize) -> Range<usize> {
    let limit = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}' | '#' | '=');
    let start =
        text[..at].rfind(limit).map_or(0, |found| found + text[found..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(limit).map_or(text.len(), |found| at + found);
    start..end.max(start)
}
