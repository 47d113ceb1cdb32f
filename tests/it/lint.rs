//! A linter for the calendars we emit: RFC 5545 read octet by octet, RFC 7986's calendar
//! properties, and the rules of our own that keep a feed alive in the clients which forgive least.
//!
//! It shares nothing with the writer, not even a crate, so that the two cannot agree on a mistake.
//! Four layers, each reporting and going on: octets -> content lines -> values -> components.
//! It judges one calendar: it cannot know what a feed should hold, nor what it said yesterday,
//! nor whether a TZID's rules are true.

use std::collections::BTreeSet;

/// One unfolded content line (RFC 5545 section 3.1). Names are in capitals, parameter values
/// without their quotes, the value as written: TEXT is still escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentLine {
    /// The physical line it starts on, from 1.
    pub line: usize,
    pub name: String,
    pub params: Vec<(String, String)>,
    pub value: String,
}

impl ContentLine {
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }
}

/// Every violation in `bytes`, as "line N: what is wrong", in the order of the lines.
pub fn lint(bytes: &[u8]) -> Vec<String> {
    let mut findings = Findings::default();
    check_octets(bytes, &mut findings);
    let lines = content_lines(bytes, &mut findings);
    check_ends(&lines, &mut findings);
    let components = nest(lines, &mut findings);
    for component in &components {
        check_shape(component, &mut findings);
        for line in &component.lines {
            if let Err(fault) = check_value(&component.name, line) {
                findings.add(line.line, format!("{}: {fault}", line.name));
            }
        }
        match component.name.as_str() {
            "VCALENDAR" => check_calendar(component, &mut findings),
            "VEVENT" => check_event(component, &mut findings),
            _ => {}
        }
    }
    check_zones(&components, &mut findings);
    check_uids(&components, &mut findings);
    findings.in_order()
}

/// The content lines of `bytes`, BEGIN and END among them; those that are none are left out.
pub fn unfold(bytes: &[u8]) -> Vec<ContentLine> {
    content_lines(bytes, &mut Findings::default())
}

/// Every component called `name`, at any depth, in the order of the file: its own lines, without
/// BEGIN and END and without those of the components inside it.
pub fn components(bytes: &[u8], name: &str) -> Vec<Vec<ContentLine>> {
    let mut all = nest(unfold(bytes), &mut Findings::default());
    all.retain(|component| component.name == name);
    all.into_iter().map(|component| component.lines).collect()
}

/// The text that an escaped TEXT value stands for (RFC 5545 section 3.3.11).
pub fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        text.push(match char {
            '\\' => match chars.next() {
                Some('n' | 'N') => '\n',
                Some(escaped) => escaped,
                None => '\\',
            },
            plain => plain,
        });
    }
    text
}

#[derive(Default)]
struct Findings(Vec<(usize, String)>);

impl Findings {
    fn add(&mut self, line: usize, what: impl Into<String>) {
        self.0.push((line, what.into()));
    }

    fn in_order(mut self) -> Vec<String> {
        self.0.sort_by_key(|(line, _)| *line);
        let told = |(line, what)| format!("line {line}: {what}");
        self.0.into_iter().map(told).collect()
    }
}

// ---- Octets

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The lines as they stand in the file: number from 1, octets without the ending, ends in CRLF.
/// A lone LF ends a line too, so that what follows keeps the number an editor shows.
fn physical_lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8], bool)> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    bytes.split_inclusive(|octet| *octet == b'\n').enumerate().map(|(index, line)| match line.strip_suffix(b"\r\n") {
        Some(octets) => (index + 1, octets, true),
        None => (index + 1, line.strip_suffix(b"\n").unwrap_or(line), false),
    })
}

/// What follows the white space of a continuation line; None for any other line.
fn continuation(octets: &[u8]) -> Option<&[u8]> {
    match octets {
        [b' ' | b'\t', more @ ..] => Some(more),
        _ => None,
    }
}

fn check_octets(bytes: &[u8], findings: &mut Findings) {
    if bytes.starts_with(BOM) {
        findings.add(1, "begins with a byte order mark");
    }
    // The backslashes that end the content line so far, folds undone: an odd one still escapes.
    let mut backslashes = 0;

    for (line, octets, ends_in_crlf) in physical_lines(bytes) {
        if !ends_in_crlf {
            findings.add(line, "does not end in CRLF");
        }
        if octets.contains(&b'\r') {
            findings.add(line, "has a bare CR");
        }
        if octets.is_empty() {
            findings.add(line, "is empty");
        }
        if octets.len() > 75 {
            findings.add(line, format!("has {} octets, more than 75", octets.len()));
        }
        match std::str::from_utf8(octets) {
            Ok(text) if text.contains(|c: char| c.is_control() && c != '\t' && c != '\r') => {
                findings.add(line, "has a control character");
            }
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => {
                findings.add(line, "ends inside a UTF-8 character");
            }
            Err(_) => findings.add(line, "is not UTF-8"),
        }

        let continued = continuation(octets);
        if continued.is_some_and(<[u8]>::is_empty) {
            findings.add(line, "is an empty continuation");
        }
        if continued.is_some() && backslashes % 2 == 1 {
            findings.add(line, "begins with what the backslash above it escapes");
        }
        let content = continued.unwrap_or(octets);
        let unescaped = content.iter().rposition(|octet| *octet != b'\\');
        backslashes = match unescaped {
            Some(index) => content.len() - index - 1,
            None if continued.is_some() => backslashes + content.len(),
            None => content.len(),
        };
    }
}

// ---- Content lines

fn content_lines(bytes: &[u8], findings: &mut Findings) -> Vec<ContentLine> {
    let mut unfolded: Vec<(usize, Vec<u8>)> = Vec::new();
    for (line, octets, _) in physical_lines(bytes).filter(|(_, octets, _)| !octets.is_empty()) {
        match (continuation(octets), unfolded.last_mut()) {
            (Some(more), Some((_, content))) => content.extend_from_slice(more),
            _ => unfolded.push((line, octets.to_vec())),
        }
    }
    let mut lines = Vec::new();
    for (line, octets) in unfolded {
        match parse(line, &String::from_utf8_lossy(&octets)) {
            Ok(content) => lines.push(content),
            Err(fault) => findings.add(line, fault),
        }
    }
    lines
}

/// Splits `name *(";" param) ":" value`. No property of ours gives a parameter a list of values,
/// so a comma is one that wanted quotes; so is "://", which ends the parameter all the same.
fn parse(line: usize, text: &str) -> Result<ContentLine, String> {
    let (name, mut rest) = split_token(text);
    if name.is_empty() {
        return Err("does not begin with a property name".into());
    }
    let mut params: Vec<(String, String)> = Vec::new();
    while let Some(param) = rest.strip_prefix(';') {
        let (key, after) = split_token(param);
        let key = key.to_ascii_uppercase();
        let Some(after) = after.strip_prefix('=').filter(|_| !key.is_empty()) else {
            return Err(format!("{name}: a parameter is not NAME=value"));
        };
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => {
                quoted.split_once('"').ok_or_else(|| format!("{name}: the quotes of {key} are not closed"))?
            }
            None => after.split_at(after.find([',', ';', ':', '"']).unwrap_or(after.len())),
        };
        if after.starts_with(',') || after.starts_with("://") {
            return Err(format!("{name}: {key} is a list, or lacks its quotes"));
        }
        if params.iter().any(|(earlier, _)| *earlier == key) {
            return Err(format!("{name}: {key} is given twice"));
        }
        params.push((key, value.to_owned()));
        rest = after;
    }
    let Some(value) = rest.strip_prefix(':') else {
        return Err(format!("{name}: no ':' or ';' where one must stand"));
    };
    let (name, value) = (name.to_ascii_uppercase(), value.to_owned());
    Ok(ContentLine { line, name, params, value })
}

fn split_token(text: &str) -> (&str, &str) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.split_at(text.find(|c| !is_token(c)).unwrap_or(text.len()))
}

// ---- Values

/// Holds a value to the type of its property; an X- property we do not know may hold anything.
fn check_value(component: &str, line: &ContentLine) -> Result<(), String> {
    let value = line.value.as_str();
    let wants = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    let one_of = |allowed: &[&str]| {
        let what = format!("is not {}", allowed.join(" or "));
        wants(allowed.contains(&value), &what)
    };
    match line.name.as_str() {
        "SUMMARY" | "DESCRIPTION" | "LOCATION" | "CATEGORIES" | "NAME" | "X-WR-CALNAME" | "X-WR-CALDESC" | "PRODID"
        | "TZNAME" => check_text(line),
        "UID" => {
            wants(value.contains('@'), "has no '@'")?;
            check_text(line)
        }
        "VERSION" => one_of(&["2.0"]),
        "CALSCALE" => one_of(&["GREGORIAN"]),
        "STATUS" => one_of(&["CONFIRMED", "TENTATIVE", "CANCELLED"]),
        "TRANSP" => one_of(&["OPAQUE", "TRANSPARENT"]),
        "ACTION" => one_of(&["DISPLAY"]),
        "DTSTART" | "DTEND" => match (component, moment(line)?.0) {
            ("VEVENT", Frame::Floating) => Err("is floating".into()),
            ("STANDARD" | "DAYLIGHT", frame) => wants(frame == Frame::Floating, "is not a local time"),
            _ => Ok(()),
        },
        "DTSTAMP" | "CREATED" | "LAST-MODIFIED" => wants(moment(line)?.0 == Frame::Utc, "is not in UTC"),
        "TRIGGER" if line.param("VALUE") == Some("DATE-TIME") => wants(moment(line)?.0 == Frame::Utc, "is not in UTC"),
        "TRIGGER" => {
            let related = matches!(line.param("RELATED"), None | Some("START" | "END"));
            wants(related, "RELATED is not START or END")?;
            wants(duration(value).is_some(), "is not a duration")
        }
        "REFRESH-INTERVAL" | "X-PUBLISHED-TTL" => {
            let typed = line.name != "REFRESH-INTERVAL" || line.param("VALUE") == Some("DURATION");
            wants(typed, "has no VALUE=DURATION")?;
            let positive = duration(value).is_some_and(|seconds| seconds > 0);
            wants(positive, "is not a positive duration")
        }
        "SEQUENCE" => {
            let fits = number(value).is_some_and(|n| n <= i64::from(i32::MAX));
            wants(fits, "is not a non-negative integer")
        }
        "GEO" => wants(is_geo(value), "is not a latitude;longitude in range"),
        "URL" | "SOURCE" => wants(is_uri(value), "is not a URI"),
        "TZOFFSETFROM" | "TZOFFSETTO" => wants(is_utc_offset(value), "is not a UTC offset"),
        "COLOR" => {
            let is_word = !value.is_empty() && value.bytes().all(|b| b.is_ascii_lowercase());
            wants(is_word, "is not the name of a CSS colour")
        }
        "X-APPLE-CALENDAR-COLOR" => {
            let hex = value.strip_prefix('#').unwrap_or_default();
            let is_rgb = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
            wants(is_rgb, "is not #RRGGBB")
        }
        _ => Ok(()),
    }
}

/// Escapes of TEXT. An escaped backslash is legal, but seven parsers read it wrongly: we write none.
fn check_text(line: &ContentLine) -> Result<(), String> {
    let mut chars = line.value.chars();
    while let Some(char) = chars.next() {
        match char {
            ',' if line.name == "CATEGORIES" => {}
            ',' | ';' => return Err(format!("'{char}' is not escaped")),
            '\\' => match chars.next() {
                Some(';' | ',' | 'n' | 'N') => {}
                Some('\\') => return Err("has an escaped backslash".into()),
                _ => return Err("a backslash escapes nothing".into()),
            },
            _ => {}
        }
    }
    Ok(())
}

/// What a time is counted in; two times compare only within one frame.
#[derive(Debug, PartialEq, Eq)]
enum Frame<'a> {
    Date,
    Utc,
    Zone(&'a str),
    Floating,
}

/// A DATE or DATE-TIME: its frame, and the seconds from year 1 on the wall of that frame. In a zone
/// that turns its clocks back, two times of that hour may compare wrongly; we know no rules here.
fn moment(line: &ContentLine) -> Result<(Frame<'_>, i64), &'static str> {
    let (kind, zone) = (line.param("VALUE"), line.param("TZID"));
    let Some((day, clock)) = line.value.split_once('T') else {
        let days = date(&line.value).ok_or("is not a real date")?;
        return match (kind, zone) {
            (Some("DATE"), None) => Ok((Frame::Date, days * 86_400)),
            (Some("DATE"), Some(_)) => Err("is a date with a TZID"),
            _ => Err("is a date without VALUE=DATE"),
        };
    };
    let utc = clock.ends_with('Z');
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    let days = date(day).ok_or("is not a real date")?;
    let seconds = days * 86_400 + time(clock).ok_or("is not a real time")?;
    match (kind, utc, zone) {
        (Some(kind), ..) if kind != "DATE-TIME" => Err("is a date-time with another VALUE"),
        (_, true, Some(_)) => Err("is in UTC and has a TZID"),
        (_, true, None) => Ok((Frame::Utc, seconds)),
        (_, false, Some(zone)) => Ok((Frame::Zone(zone), seconds)),
        (_, false, None) => Ok((Frame::Floating, seconds)),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number of ten digits at most, which leaves room to multiply.
fn number(text: &str) -> Option<i64> {
    let short = is_digits(text) && text.len() <= 10;
    short.then(|| text.parse().ok()).flatten()
}

/// The pairs of digits in `text`: None for anything else.
fn pairs<const N: usize>(text: &str) -> Option<[i64; N]> {
    let mut found = [0; N];
    for (index, pair) in found.iter_mut().enumerate() {
        *pair = number(text.get(2 * index..2 * index + 2)?)?;
    }
    (text.len() == 2 * N).then_some(found)
}

/// YYYYMMDD as days since the first of January of year 1, proleptic Gregorian.
fn date(text: &str) -> Option<i64> {
    let [century, year, month, day] = pairs(text)?;
    let year = century * 100 + year;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if leap { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    let real = year >= 1 && (1..=*lengths.get(before)?).contains(&day);
    let past = year - 1;
    let days = past * 365 + past / 4 - past / 100 + past / 400;
    real.then(|| days + lengths.iter().take(before).sum::<i64>() + day - 1)
}

/// HHMMSS as seconds of the day. RFC 5545 knows a second 60; our clock does not.
fn time(text: &str) -> Option<i64> {
    let [hour, minute, second] = pairs(text)?;
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

/// A DURATION (RFC 5545 section 3.3.6) in seconds: weeks alone, or days, or units of time with no
/// gap between them (`PT1H30S` is not one).
fn duration(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let text = text.strip_prefix('P')?;
    if let Some(weeks) = text.strip_suffix('W') {
        return Some(sign * number(weeks)? * 7 * 86_400);
    }
    let (days, mut clock) = text.split_once('T').unwrap_or((text, "0S"));
    let mut total = match days {
        "" if text.starts_with('T') => 0,
        days => number(days.strip_suffix('D')?)? * 86_400,
    };
    let mut larger = None;
    loop {
        let (digits, after) = clock.split_at(clock.find(|c: char| !c.is_ascii_digit())?);
        let unit = "HMS".find(after.chars().next()?)?;
        if larger.is_some_and(|larger| unit != larger + 1) {
            return None;
        }
        total += number(digits)? * [3600, 60, 1].get(unit)?;
        larger = Some(unit);
        clock = after.get(1..)?;
        if clock.is_empty() {
            return Some(sign * total);
        }
    }
}

/// `latitude;longitude`, each a sign, digits, and perhaps a point and digits: Rust's own floats
/// would let `inf` and `1e1` through.
fn is_geo(text: &str) -> bool {
    let within = |text: &str, limit: f64| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let degrees: f64 = text.parse().unwrap_or(f64::INFINITY);
        is_digits(whole) && is_digits(fraction) && degrees.abs() <= limit
    };
    let Some((latitude, longitude)) = text.split_once(';') else {
        return false;
    };
    within(latitude, 90.0) && within(longitude, 180.0)
}

/// The shape of RFC 3986: a scheme, a colon, and only characters a URI may hold; what is on the
/// web has a host as well.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && !scheme.contains(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
    let is_rest = !rest.is_empty() && !rest.contains(|c: char| !c.is_ascii_graphic() || r#""<>\^`{|}"#.contains(c));
    let on_the_web = matches!(scheme, "http" | "https" | "webcal");
    let has_host = rest.starts_with("//") && rest != "//" && !rest.starts_with("///");
    is_scheme && is_rest && (has_host || !on_the_web)
}

/// `+HHMM`, `-HHMMSS`; minus zero is forbidden (RFC 5545 section 3.3.14).
fn is_utc_offset(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
    let seconds = time(digits).or_else(|| time(&format!("{digits}00")));
    seconds.is_some_and(|seconds| seconds > 0 || text.starts_with('+'))
}

// ---- Components

/// A component, from one line to another. It knows its parent by index, among all of the file in
/// their order: nothing here recurses, however deep the file.
struct Component {
    name: String,
    parent: Option<usize>,
    begin: usize,
    end: usize,
    lines: Vec<ContentLine>,
}

impl Component {
    fn get(&self, name: &str) -> Option<&ContentLine> {
        self.lines.iter().find(|line| line.name == name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|line| line.value.as_str())
    }
}

fn check_ends(lines: &[ContentLine], findings: &mut Findings) {
    let is = |line: Option<&ContentLine>, name: &str| {
        line.is_some_and(|line| line.name == name && line.value.eq_ignore_ascii_case("VCALENDAR"))
    };
    if !is(lines.first(), "BEGIN") {
        findings.add(1, "the file does not begin with BEGIN:VCALENDAR");
    }
    if !is(lines.last(), "END") {
        let last = lines.last().map_or(1, |line| line.line);
        findings.add(last, "the file does not end with END:VCALENDAR");
    }
    let calendars = lines.iter().filter(|line| is(Some(line), "BEGIN"));
    for second in calendars.skip(1) {
        findings.add(second.line, "a second VCALENDAR");
    }
}

/// Which component may stand in which. RFC 5545 knows more (VTODO, VJOURNAL, VFREEBUSY); half of
/// the clients drop them, so we have no use for them.
fn may_hold(parent: Option<&str>, child: &str) -> bool {
    matches!(
        (parent, child),
        (None, "VCALENDAR")
            | (Some("VCALENDAR"), "VEVENT" | "VTIMEZONE")
            | (Some("VEVENT"), "VALARM")
            | (Some("VTIMEZONE"), "STANDARD" | "DAYLIGHT")
    )
}

fn nest(lines: Vec<ContentLine>, findings: &mut Findings) -> Vec<Component> {
    let mut all: Vec<Component> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for line in lines {
        let parent = open.last().copied();
        let kind = line.value.to_ascii_uppercase();
        match (line.name.as_str(), parent) {
            ("BEGIN", _) => {
                let outer = parent.map(|index| all[index].name.as_str());
                if !may_hold(outer, &kind) {
                    let outer = outer.unwrap_or("no component");
                    findings.add(line.line, format!("{kind} in {outer}"));
                }
                open.push(all.len());
                let (begin, end, lines) = (line.line, line.line, Vec::new());
                all.push(Component { name: kind, parent, begin, end, lines });
            }
            ("END", _) => match open.iter().rposition(|index| all[*index].name == kind) {
                Some(depth) => {
                    all[open[depth]].end = line.line;
                    for unclosed in open.drain(depth..).skip(1) {
                        findings.add(line.line, format!("{} is still open", all[unclosed].name));
                    }
                }
                None => findings.add(line.line, format!("END:{kind} without its BEGIN")),
            },
            (name, None) => findings.add(line.line, format!("{name} outside of any component")),
            (name, Some(index)) => {
                // Only a VTIMEZONE may mix the two (RFC 5545 section 3.6.5).
                let has_child = all.len() > index + 1;
                if has_child && all[index].name != "VTIMEZONE" {
                    findings.add(line.line, format!("{name} after a component"));
                }
                all[index].lines.push(line);
            }
        }
    }
    for unclosed in open.into_iter().map(|index| &all[index]) {
        findings.add(unclosed.begin, format!("{} is never ended", unclosed.name));
    }
    all
}

/// The properties a component has exactly once, and those it may have once. There are no others
/// but X-: METHOD would make a client ask for ORGANIZER, many cannot read RRULE or DURATION, and
/// the rest of a text torn by a raw newline may well look like a property (`13:35 KST`).
/// Stricter than the RFC, which lets NAME and CATEGORIES repeat: a client keeps one of them.
fn shape(component: &str) -> Option<[&'static str; 2]> {
    Some(match component {
        "VCALENDAR" => [
            "VERSION PRODID",
            "CALSCALE NAME X-WR-CALNAME DESCRIPTION X-WR-CALDESC URL SOURCE REFRESH-INTERVAL \
             X-PUBLISHED-TTL COLOR X-APPLE-CALENDAR-COLOR LAST-MODIFIED X-WR-TIMEZONE",
        ],
        "VTIMEZONE" => ["TZID", "LAST-MODIFIED"],
        "STANDARD" | "DAYLIGHT" => ["DTSTART TZOFFSETFROM TZOFFSETTO", "TZNAME RRULE"],
        "VEVENT" => [
            "UID DTSTAMP CREATED LAST-MODIFIED SEQUENCE DTSTART DTEND SUMMARY STATUS TRANSP",
            "DESCRIPTION LOCATION URL GEO CATEGORIES",
        ],
        "VALARM" => ["ACTION DESCRIPTION TRIGGER", ""],
        _ => return None,
    })
}

fn check_shape(component: &Component, findings: &mut Findings) {
    let kind = &component.name;
    let Some([once, optional]) = shape(kind) else {
        return;
    };
    let once: Vec<_> = once.split(' ').collect();
    let known: Vec<_> = optional.split(' ').chain(once.iter().copied()).collect();
    for name in once {
        if component.get(name).is_none() {
            findings.add(component.begin, format!("{kind} without {name}"));
        }
    }
    let mut seen = BTreeSet::new();
    for ContentLine { line, name, .. } in &component.lines {
        if !known.contains(&name.as_str()) {
            if !name.starts_with("X-") {
                findings.add(*line, format!("{name} has no place in a {kind}"));
            }
        } else if !seen.insert(name) {
            findings.add(*line, format!("a second {name} in one {kind}"));
        }
    }
}

fn check_calendar(calendar: &Component, findings: &mut Findings) {
    // Each client reads one name of the pair, so they must agree, and stand or fall together.
    for (name, older) in [("NAME", "X-WR-CALNAME"), ("DESCRIPTION", "X-WR-CALDESC")] {
        if calendar.value(name) != calendar.value(older) {
            findings.add(calendar.begin, format!("{name} and {older} differ"));
        }
    }
}

fn check_event(event: &Component, findings: &mut Findings) {
    let stamp = |name: &str| event.get(name).and_then(|line| moment(line).ok());
    let seconds = |name: &str| stamp(name).map(|(_, seconds)| seconds);
    if event.value("DTSTAMP") != event.value("LAST-MODIFIED") {
        findings.add(event.begin, "DTSTAMP and LAST-MODIFIED differ");
    }
    if let (Some(created), Some(modified)) = (seconds("CREATED"), seconds("LAST-MODIFIED"))
        && created > modified
    {
        findings.add(event.begin, "CREATED is after LAST-MODIFIED");
    }
    if let (Some((frame, start)), Some((end_frame, end))) = (stamp("DTSTART"), stamp("DTEND")) {
        if frame != end_frame {
            findings.add(event.begin, "DTSTART and DTEND differ in type or zone");
        } else if end <= start {
            findings.add(event.begin, "DTEND is not after DTSTART");
        } else if end - start < 60 {
            findings.add(event.begin, "is shorter than a minute");
        }
    }
    if event.value("STATUS") == Some("CANCELLED") {
        if event.value("TRANSP") != Some("TRANSPARENT") {
            findings.add(event.begin, "is cancelled but not TRANSPARENT");
        }
        let summary = event.value("SUMMARY").unwrap_or_default();
        if !summary.starts_with("CANCELLED: ") {
            findings.add(event.begin, "is cancelled but SUMMARY does not say so");
        }
    }
}

/// Every TZID used is defined once, before the events; none is defined for nothing, but in a
/// calendar that has no event and needs one component to be valid.
fn check_zones(components: &[Component], findings: &mut Findings) {
    let is_event = |component: &&Component| component.name == "VEVENT";
    let first_event = components.iter().find(is_event).map(|event| event.begin);
    let events = components.iter().filter(is_event);
    let lines = events.flat_map(|event| &event.lines);
    let zoned = lines.filter_map(|line| Some((line.param("TZID")?, line.line)));
    let used: Vec<(&str, usize)> = zoned.collect();
    let mut defined = BTreeSet::new();

    for (index, zone) in components.iter().enumerate() {
        if zone.name != "VTIMEZONE" {
            continue;
        }
        let tzid = zone.value("TZID").unwrap_or_default();
        if !defined.insert(tzid) {
            findings.add(zone.begin, format!("a second VTIMEZONE for {tzid}"));
        }
        if first_event.is_some() && !used.iter().any(|(used, _)| *used == tzid) {
            findings.add(zone.begin, format!("no event uses {tzid}"));
        }
        if first_event.is_some_and(|event| event < zone.begin) {
            findings.add(zone.begin, "VTIMEZONE after a VEVENT");
        }
        // Past that, Google garbles Chinese, Japanese and Korean text in the rest of the file.
        if zone.end - zone.begin + 1 >= 200 {
            findings.add(zone.begin, "VTIMEZONE of 200 lines or more");
        }
        if !components.iter().any(|inner| inner.parent == Some(index)) {
            findings.add(zone.begin, "VTIMEZONE without STANDARD or DAYLIGHT");
        }
    }
    for (tzid, line) in used {
        if !defined.contains(tzid) {
            findings.add(line, format!("no VTIMEZONE for {tzid}"));
        }
    }
    if first_event.is_none() && defined.len() != 1 {
        let count = defined.len();
        findings.add(1, format!("{count} VTIMEZONEs and no VEVENT, not one"));
    }
}

fn check_uids(components: &[Component], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let events = components.iter().filter(|one| one.name == "VEVENT");
    for uid in events.filter_map(|event| event.get("UID")) {
        if !seen.insert(&uid.value) {
            findings.add(uid.line, format!("a second VEVENT with UID {}", uid.value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Allim//Allim 0.1//EN
CALSCALE:GREGORIAN
NAME:Brain and AI\\, everything
X-WR-CALNAME:Brain and AI\\, everything
DESCRIPTION:Revision 3\\; 24 Jun
X-WR-CALDESC:Revision 3\\; 24 Jun
URL:https://allim.example/brain/
SOURCE;VALUE=URI:https://allim.example/brain/all.ics?tz=UTC
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
COLOR:steelblue
X-APPLE-CALENDAR-COLOR:#4682B4
LAST-MODIFIED:20250624T080000Z
X-WR-TIMEZONE:Asia/Seoul
BEGIN:VTIMEZONE
TZID:Asia/Seoul
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
TZNAME:KST
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:session-keynote.brain@allim.example
DTSTAMP:20250624T080000Z
CREATED:20250601T080000Z
LAST-MODIFIED:20250624T080000Z
SEQUENCE:2
DTSTART;TZID=Asia/Seoul:20250915T133500
DTEND;TZID=\"Asia/Seoul\":20250915T142000
SUMMARY:Keynote · Tal Arbel: Towards \"images\"
DESCRIPTION:Tal Arbel\\n13:35-14:20 KST (UTC+9)\\, 뇌와 인공지능\\; 대
 전 컨벤션센터
LOCATION:Room 1\\, Daejeon
GEO:36.375;+127.39
URL:https://allim.example/brain/#keynote
STATUS:CONFIRMED
TRANSP:OPAQUE
CATEGORIES:Keynote,Brain\\, AI
END:VEVENT
BEGIN:VEVENT
UID:deadline-paper.brain@allim.example
DTSTAMP:20250624T080000Z
CREATED:20250624T080000Z
LAST-MODIFIED:20250624T080000Z
SEQUENCE:0
DTSTART:20250701T112900Z
DTEND:20250701T115900Z
SUMMARY:Full paper due 23:59 AoE\\, 30 Jun
STATUS:CONFIRMED
TRANSP:TRANSPARENT
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Full paper due
TRIGGER;RELATED=END:-P7D
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:day.brain@allim.example
DTSTAMP:20250624T080000Z
CREATED:20250601T080000Z
LAST-MODIFIED:20250624T080000Z
SEQUENCE:1
DTSTART;VALUE=DATE:20250915
DTEND;VALUE=DATE:20250916
SUMMARY:CANCELLED: Brain and AI
STATUS:CANCELLED
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
";

    fn good() -> String {
        GOOD.replace('\n', "\r\n")
    }

    /// A line of `good()`, what stands in its place ('\n' for CRLF in both), what the linter says.
    type Mutation = (&'static str, &'static str, &'static str);

    #[rustfmt::skip]
    const MUTATIONS: &[Mutation] = &[
        // Octets
        ("BEGIN:VCALENDAR", "\u{FEFF}BEGIN:VCALENDAR", "line 1: begins with a byte order mark"),
        ("VERSION:2.0", "VERSION:2.0\n", "line 3: is empty"),
        ("NAME:", "NAME:aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeee", "has 76 octets, more than 75"),
        ("Revision 3", "Revision\r3", "line 7: has a bare CR"),
        ("Revision 3", "Revision\u{7}3", "line 7: has a control character"),
        ("Revision 3", "Revision\u{85}3", "line 7: has a control character"),
        ("24 Jun", "24 Jun\n ", "line 8: is an empty continuation"),
        ("24 Jun", "24 Jun\n\t", "line 8: is an empty continuation"),
        ("Revision 3\\;", "Revision 3\\\n ;", "line 8: begins with what the backslash above it escapes"),
        ("Revision 3\\;", "Revision 3\\\n \\\\\n ;", "line 9: begins with what the backslash above it escapes"),
        // Content lines
        ("Revision 3", "Revision 3\nof many", "line 8: of: no ':' or ';'"),
        ("BEGIN:VCALENDAR", " BEGIN:VCALENDAR", "line 1: does not begin with a property name"),
        ("COLOR:", "CO_LOR:", "CO: no ':' or ';'"),
        ("COLOR:", ":", "does not begin with a property name"),
        ("COLOR:", "COLOR;X:", "a parameter is not NAME=value"),
        ("COLOR:", "COLOR;=x:", "a parameter is not NAME=value"),
        ("COLOR:", "COLOR;X=a;b:", "a parameter is not NAME=value"),
        ("COLOR:", "COLOR;X=a,b:", "X is a list, or lacks its quotes"),
        ("COLOR:", "COLOR;ALTREP=https://a.example/:", "ALTREP is a list, or lacks its quotes"),
        ("COLOR:", "COLOR;X=a\"b:", "no ':' or ';'"),
        ("COLOR:", "COLOR;X=\"a\"b\":", "no ':' or ';'"),
        ("COLOR:", "COLOR;X=\"a:", "the quotes of X are not closed"),
        ("COLOR:", "COLOR;X=a;x=b:", "X is given twice"),
        // Nesting
        ("END:STANDARD\n", "", "STANDARD is still open"),
        ("END:STANDARD", "END:DAYLIGHT", "END:DAYLIGHT without its BEGIN"),
        ("END:VCALENDAR\n", "", "line 1: VCALENDAR is never ended"),
        ("END:VCALENDAR\n", "", "line 72: the file does not end with END:VCALENDAR"),
        ("END:VCALENDAR", "END:VCALENDAR\nNAME:x", "line 74: NAME outside of any component"),
        ("BEGIN:VCALENDAR", "NAME:x\nBEGIN:VCALENDAR", "line 1: the file does not begin with"),
        ("END:VCALENDAR", "END:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR", "line 74: a second VCALENDAR"),
        ("END:VCALENDAR", "BEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR", "VTODO in VCALENDAR"),
        ("BEGIN:VALARM", "BEGIN:VEVENT", "VEVENT in VEVENT"),
        ("END:VCALENDAR", "X-A:b\nEND:VCALENDAR", "line 73: X-A after a component"),
        ("END:VALARM", "END:VALARM\nX-A:b", "X-A after a component"),
        // Calendar
        ("NAME:", "NAME:x\nNAME:", "line 6: a second NAME in one VCALENDAR"),
        ("VERSION:2.0", "VERSION:1.0", "VERSION: is not 2.0"),
        ("PRODID:", "PRODID:x;y", "PRODID: ';' is not escaped"),
        ("GREGORIAN", "JULIAN", "CALSCALE: is not GREGORIAN"),
        ("CALSCALE:GREGORIAN", "METHOD:PUBLISH", "METHOD has no place in a VCALENDAR"),
        ("NAME:Brain", "NAME:Heart", "NAME and X-WR-CALNAME differ"),
        ("X-WR-CALNAME:Brain and AI\\, everything\n", "", "NAME and X-WR-CALNAME differ"),
        ("DESCRIPTION:Revision 3", "DESCRIPTION:Revision 4", "DESCRIPTION and X-WR-CALDESC differ"),
        ("REFRESH-INTERVAL;VALUE=DURATION", "REFRESH-INTERVAL", "has no VALUE=DURATION"),
        ("DURATION:PT1H", "DURATION:1H", "REFRESH-INTERVAL: is not a positive duration"),
        ("DURATION:PT1H", "DURATION:PT0S", "REFRESH-INTERVAL: is not a positive duration"),
        ("DURATION:PT1H", "DURATION:-PT1H", "REFRESH-INTERVAL: is not a positive duration"),
        ("TTL:PT1H", "TTL:PT1H30S", "X-PUBLISHED-TTL: is not a positive duration"),
        ("COLOR:steelblue", "COLOR:#4682B4", "COLOR: is not the name of a CSS colour"),
        ("#4682B4", "steelblue", "X-APPLE-CALENDAR-COLOR: is not #RRGGBB"),
        // Zones
        ("TZID:Asia/Seoul\n", "", "line 17: VTIMEZONE without TZID"),
        ("TZID:Asia/Seoul", "TZID:Asia/Tokyo", "no event uses Asia/Tokyo"),
        ("TZID:Asia/Seoul", "TZID:Asia/Tokyo", "line 32: no VTIMEZONE for Asia/Seoul"),
        ("STANDARD\nEND:VTIMEZONE", "STANDARD\nEND:VTIMEZONE\nBEGIN:VTIMEZONE\nTZID:Asia/Seoul\nEND:VTIMEZONE",
            "line 26: a second VTIMEZONE for Asia/Seoul"),
        ("END:VCALENDAR", "BEGIN:VTIMEZONE\nTZID:UTC\nEND:VTIMEZONE\nEND:VCALENDAR",
            "line 73: VTIMEZONE without STANDARD or DAYLIGHT"),
        ("END:VCALENDAR", "BEGIN:VTIMEZONE\nTZID:UTC\nEND:VTIMEZONE\nEND:VCALENDAR",
            "line 73: VTIMEZONE after a VEVENT"),
        ("DTSTART:19700101T000000", "DTSTART:19700101T000000Z", "DTSTART: is not a local time"),
        ("DTSTART:19700101T000000", "DTSTART:19700132T000000", "DTSTART: is not a real date"),
        ("TZOFFSETFROM:+0900", "TZOFFSETFROM:0900", "TZOFFSETFROM: is not a UTC offset"),
        ("TZOFFSETTO:+0900", "TZOFFSETTO:-0000", "TZOFFSETTO: is not a UTC offset"),
        ("TZOFFSETTO:+0900", "TZOFFSETTO:+0960", "TZOFFSETTO: is not a UTC offset"),
        ("TZNAME:KST", "TZNAME:K,ST", "TZNAME: ',' is not escaped"),
        // Events: what stands in them, and how often
        ("DTSTAMP:20250624T080000Z\n", "", "line 26: VEVENT without DTSTAMP"),
        ("LAST-MODIFIED:20250624T080000Z\nSEQ", "SEQ", "line 26: VEVENT without LAST-MODIFIED"),
        ("UID:session-keynote", "UID:deadline-paper", "line 45: a second VEVENT with UID deadline-paper"),
        ("brain@allim", "brain.allim", "UID: has no '@'"),
        ("UID:session-keynote", "UID:session,keynote", "UID: ',' is not escaped"),
        ("DTSTAMP:20250624T080000Z", "DTSTAMP:20250624T080000", "DTSTAMP: is not in UTC"),
        ("DTSTAMP:20250624T080000Z", "DTSTAMP:20250623T080000Z", "DTSTAMP and LAST-MODIFIED differ"),
        ("CREATED:20250601T080000Z", "CREATED:20250601", "CREATED: is a date without VALUE=DATE"),
        ("CREATED:20250601T080000Z", "CREATED:20250624T080001Z", "CREATED is after LAST-MODIFIED"),
        ("LAST-MODIFIED:20250624T080000Z", "LAST-MODIFIED:20250624T080000",
            "LAST-MODIFIED: is not in UTC"),
        ("SEQUENCE:2", "SEQUENCE:-2", "SEQUENCE: is not a non-negative integer"),
        ("SEQUENCE:2", "SEQUENCE:2147483648", "SEQUENCE: is not a non-negative integer"),
        ("STATUS:CONFIRMED", "STATUS:DRAFT", "STATUS: is not CONFIRMED or TENTATIVE or CANCELLED"),
        ("TRANSP:OPAQUE", "TRANSP:BUSY", "TRANSP: is not OPAQUE or TRANSPARENT"),
        ("SEQUENCE:2", "ORGANIZER:mailto:a@b.example", "ORGANIZER has no place in a VEVENT"),
        ("SEQUENCE:2", "ATTENDEE:mailto:a@b.example", "ATTENDEE has no place in a VEVENT"),
        ("SEQUENCE:2", "RRULE:FREQ=DAILY", "RRULE has no place in a VEVENT"),
        ("SEQUENCE:2", "ATTACH:https://a.example/", "ATTACH has no place in a VEVENT"),
        ("SEQUENCE:2", "METHOD:PUBLISH", "METHOD has no place in a VEVENT"),
        ("SEQUENCE:2", "DURATION:PT1H", "DURATION has no place in a VEVENT"),
        // Events: times
        ("DTSTART:20250701T112900Z", "DTSTART:20250701T112900", "DTSTART: is floating"),
        ("DTSTART:20250701T112900Z", "DTSTART:20250229T112900Z", "DTSTART: is not a real date"),
        ("DTSTART:20250701T112900Z", "DTSTART:2025-07-01T112900Z", "DTSTART: is not a real date"),
        ("DTSTART:20250701T112900Z", "DTSTART:20250701T242900Z", "DTSTART: is not a real time"),
        ("DTSTART:20250701T112900Z", "DTSTART:20250701T112960Z", "DTSTART: is not a real time"),
        ("DTSTART:20250701T112900Z", "DTSTART:20250701T1129Z", "DTSTART: is not a real time"),
        ("DTSTART:20250701T112900Z", "DTSTART;VALUE=DATE:20250701T112900Z",
            "is a date-time with another VALUE"),
        ("DTSTART:20250701T112900Z", "DTSTART;TZID=Asia/Seoul:20250701T112900Z",
            "is in UTC and has a TZID"),
        ("DTSTART;VALUE=DATE:", "DTSTART:", "DTSTART: is a date without VALUE=DATE"),
        ("DTSTART;VALUE=DATE:", "DTSTART;VALUE=DATE;TZID=Asia/Seoul:", "DTSTART: is a date with a TZID"),
        ("DTEND;TZID=\"Asia/Seoul\":20250915T142000", "DTEND:20250915T052000Z", "differ in type or zone"),
        ("DTEND;VALUE=DATE:20250916", "DTEND:20250916T000000Z", "differ in type or zone"),
        ("DTEND;VALUE=DATE:20250916", "DTEND;VALUE=DATE:20250915", "DTEND is not after DTSTART"),
        ("DTEND:20250701T115900Z", "DTEND:20250701T112859Z", "DTEND is not after DTSTART"),
        ("DTEND:20250701T115900Z", "DTEND:20250701T112959Z", "line 44: is shorter than a minute"),
        // Events: the other values
        ("STATUS:CANCELLED\nTRANSP:TRANSPARENT", "STATUS:CANCELLED\nTRANSP:OPAQUE",
            "is cancelled but not TRANSPARENT"),
        ("CANCELLED: Brain", "Cancelled: Brain", "is cancelled but SUMMARY does not say so"),
        ("SUMMARY:Keynote", "SUMMARY:Keynote, again", "SUMMARY: ',' is not escaped"),
        ("Arbel\\n13", "Arbel; 13", "DESCRIPTION: ';' is not escaped"),
        ("Arbel\\n13", "Arbel\\t13", "DESCRIPTION: a backslash escapes nothing"),
        ("Arbel\\n13", "Arbel\\\\n13", "DESCRIPTION: has an escaped backslash"),
        ("Arbel\\n13", "Arbel\n13", "line 36: 13 has no place in a VEVENT"),
        ("Room 1\\,", "Room 1,", "LOCATION: ',' is not escaped"),
        ("Daejeon\n", "Daejeon\\\n", "LOCATION: a backslash escapes nothing"),
        ("CATEGORIES:Keynote,", "CATEGORIES:Keynote;", "CATEGORIES: ';' is not escaped"),
        ("NAME:Brain and AI\\,", "NAME:Brain and AI,", "line 5: NAME: ',' is not escaped"),
        ("X-WR-CALNAME:Brain and AI\\,", "X-WR-CALNAME:Brain and AI,",
            "X-WR-CALNAME: ',' is not escaped"),
        ("X-WR-CALDESC:Revision 3\\;", "X-WR-CALDESC:Revision 3;", "X-WR-CALDESC: ';' is not escaped"),
        ("GEO:36.375;", "GEO:36.375,", "GEO: is not a latitude;longitude"),
        ("GEO:36.375;", "GEO:90.5;", "GEO: is not a latitude;longitude"),
        ("+127.39", "180.01", "GEO: is not a latitude;longitude"),
        ("+127.39", "1e1", "GEO: is not a latitude;longitude"),
        ("URL:https://allim.example/brain/#", "URL:allim.example/brain/#", "URL: is not a URI"),
        ("URL:https://allim.example/brain/#", "URL:https:///brain/#", "URL: is not a URI"),
        ("URL:https://allim.example/brain/#", "URL:https://allim.example/b rain/#", "URL: is not a URI"),
        ("URL:https://allim.example/brain/#", "URL:ht_tps://allim.example/brain/#", "URL: is not a URI"),
        ("URL:https://allim.example/brain/#", "URL:1https://allim.example/brain/#", "URL: is not a URI"),
        ("SOURCE;VALUE=URI:https:", "SOURCE:", "SOURCE: is not a URI"),
        // Alarms
        ("ACTION:DISPLAY", "ACTION:EMAIL", "ACTION: is not DISPLAY"),
        ("RELATED=END", "RELATED=MIDDLE", "TRIGGER: RELATED is not START or END"),
        ("-P7D", "-7D", "TRIGGER: is not a duration"),
        ("TRIGGER;RELATED=END:-P7D", "TRIGGER;VALUE=DATE-TIME:20250630T000000", "TRIGGER: is not in UTC"),
        ("ACTION:DISPLAY", "ACTION:DISPLAY\nUID:a@b.example", "UID has no place in a VALARM"),
    ];

    #[test]
    fn a_good_calendar_is_clean() {
        assert_eq!(lint(good().as_bytes()), Vec::<String>::new());
    }

    #[test]
    fn every_check_can_fail() {
        for (part, other, expected) in MUTATIONS {
            let (part, other) = (part.replace('\n', "\r\n"), other.replace('\n', "\r\n"));
            let bad = good().replacen(&part, &other, 1);
            assert_ne!(bad, good(), "{part:?} is not in the good calendar");
            let found = lint(bad.as_bytes());
            assert!(
                found.iter().any(|finding| finding.contains(expected)),
                "{part:?} -> {other:?}: expected {expected:?}, found {found:#?}"
            );
        }
    }

    #[test]
    fn what_just_holds_is_clean() {
        for (part, other) in [
            ("NAME:", "NAME;X-A=aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd:"),
            ("SEQUENCE:2", "SEQUENCE:2147483647"),
            ("GEO:36.375;+127.39", "GEO:-90.0;180"),
            ("GEO:36.375;", "GEO:36.37500000000000001;"),
            ("TZOFFSETTO:+0900", "TZOFFSETTO:-123456"),
            ("TZOFFSETTO:+0900", "TZOFFSETTO:+0000"),
            ("DTEND:20250701T115900Z", "DTEND:20250701T113000Z"),
            ("DTSTART:20250701T112900Z", "DTSTART;VALUE=DATE-TIME:20240229T235959Z"),
            ("TRIGGER;RELATED=END:-P7D", "TRIGGER;VALUE=DATE-TIME:20250630T000000Z"),
            ("URL:https://allim.example/brain/#", "URL:mailto:chairs@allim.example?subject=#"),
        ] {
            let edge = good().replacen(part, other, 1);
            assert_ne!(edge, good(), "{part:?} is not in the good calendar");
            assert_eq!(lint(edge.as_bytes()), Vec::<String>::new());
        }
    }

    #[test]
    fn every_line_may_stand_once_and_few_may_be_missing() {
        let good = good();
        let lines: Vec<&str> = good.split_inclusive("\r\n").collect();
        let clean_with = |times: usize| -> Vec<String> {
            let is_clean = |line: &ContentLine| {
                let (head, tail) = (&lines[..line.line - 1], &lines[line.line..]);
                let repeated = lines[line.line - 1].repeat(times);
                lint((head.concat() + &repeated + &tail.concat()).as_bytes()).is_empty()
            };
            let clean = unfold(good.as_bytes()).into_iter().filter(is_clean);
            clean.map(|line| line.name).collect()
        };
        assert_eq!(clean_with(2), Vec::<String>::new());
        assert_eq!(
            clean_with(0).join(" "),
            "CALSCALE URL SOURCE REFRESH-INTERVAL X-PUBLISHED-TTL COLOR X-APPLE-CALENDAR-COLOR \
             LAST-MODIFIED X-WR-TIMEZONE TZNAME DESCRIPTION LOCATION GEO URL CATEGORIES"
        );
    }

    #[test]
    fn a_line_holds_whole_characters() {
        let with = |octets: &[u8]| {
            let good = good();
            let (head, tail) = good.split_once("Revision").expect("it names its revision");
            lint(&[head.as_bytes(), octets, b"Revision", tail.as_bytes()].concat())
        };
        let differ = "line 1: DESCRIPTION and X-WR-CALDESC differ";
        assert_eq!(with(b"\xFF"), [differ, "line 7: is not UTF-8"]);
        assert_eq!(
            with(b"\xEB\r\n \x87\x8C"),
            [differ, "line 7: ends inside a UTF-8 character", "line 8: is not UTF-8"]
        );
    }

    #[test]
    fn a_line_ends_in_crlf() {
        let with_lf = lint(GOOD.as_bytes());
        let expected = |line: usize| format!("line {line}: does not end in CRLF");
        let count = GOOD.lines().count();
        assert_eq!(with_lf, (1..=count).map(expected).collect::<Vec<_>>());
        assert_eq!(lint(good().trim_end().as_bytes()), [expected(count)]);
    }

    #[test]
    fn a_calendar_without_events_holds_one_zone() {
        let (head, _) = GOOD.split_once("BEGIN:VEVENT").expect("it has events");
        let (calendar, zone) = head.split_at(head.find("BEGIN:VTIMEZONE").expect("it has a zone"));
        let with_zones = |zones: &str| {
            let bad = format!("{calendar}{zones}END:VCALENDAR\n");
            lint(bad.replace('\n', "\r\n").as_bytes())
        };
        assert_eq!(with_zones(zone), Vec::<String>::new());
        let count = |found: usize| format!("line 1: {found} VTIMEZONEs and no VEVENT, not one");
        assert_eq!(with_zones(""), [count(0)]);
        let two = zone.to_owned() + &zone.replace("Seoul", "Tokyo");
        assert_eq!(with_zones(&two), [count(2)]);
    }

    #[test]
    fn a_zone_stays_under_200_lines() {
        let with_lines = |more: usize| {
            let name = "TZNAME:KST\r\n".to_owned();
            lint(good().replace(&name, &(name.clone() + &"X-A:b\r\n".repeat(more))).as_bytes())
        };
        assert_eq!(with_lines(190), Vec::<String>::new());
        assert_eq!(with_lines(191), ["line 17: VTIMEZONE of 200 lines or more"]);
    }

    #[test]
    fn dates_and_durations_are_counted() {
        assert_eq!(date("00010101"), Some(0));
        assert_eq!(date("19700101"), Some(719_162));
        assert_eq!(date("20240301"), date("20240228").map(|day| day + 2));
        for unreal in "00000101 20250001 20251301 20250431 19000229 2025+101 2025 é".split(' ') {
            assert_eq!(date(unreal), None, "{unreal}");
        }
        assert_eq!(duration("P2W"), Some(1_209_600));
        assert_eq!(duration("-P1D"), Some(-86_400));
        assert_eq!(duration("+PT15M"), Some(900));
        assert_eq!(duration("P1DT1H1M1S"), Some(90_061));
        for wrong in "P PT P1DT 1D P1H PT1D PT1M1H PT1H1S P1W1D PT1 PTH PT1é".split(' ') {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let good = good();
        let events = components(good.as_bytes(), "VEVENT");
        let first = |lines: &Vec<ContentLine>| (lines[0].value.clone(), lines.len());
        assert_eq!(
            events.iter().map(first).collect::<Vec<_>>(),
            [
                ("session-keynote.brain@allim.example".into(), 15),
                ("deadline-paper.brain@allim.example".into(), 10),
                ("day.brain@allim.example".into(), 10),
            ]
        );
        assert_eq!(
            events[0][6],
            ContentLine {
                line: 33,
                name: "DTEND".into(),
                params: vec![("TZID".into(), "Asia/Seoul".into())],
                value: "20250915T142000".into(),
            }
        );
        assert_eq!(unescape(&events[0][8].value), "Tal Arbel\n13:35-14:20 KST (UTC+9), 뇌와 인공지능; 대전 컨벤션센터");
        assert_eq!(unescape("a\\Nb\\"), "a\nb\\");
        assert_eq!(unfold(good.as_bytes()).len(), GOOD.lines().count() - 1);
        let alarms = components(good.as_bytes(), "VALARM");
        assert_eq!(alarms[0][2].param("RELATED"), Some("END"));
    }

    #[test]
    fn no_octets_make_it_panic_and_no_part_of_a_calendar_is_clean() {
        let good = good();
        for end in 0..good.len() {
            assert!(!lint(&good.as_bytes()[..end]).is_empty(), "cut at {end}");
        }
        let octets = b"\0\t\n\r \",:;\\9AT\x7F\x80\xEB\xFF";
        for (at, octet) in (0..good.len()).zip(octets.iter().cycle()) {
            let mut bad = good.clone().into_bytes();
            bad[at] = *octet;
            for finding in lint(&bad) {
                let (number, _) = finding.split_once(": ").expect("a finding says what is wrong");
                let number = number.strip_prefix("line ").map(str::parse::<usize>);
                assert!(matches!(number, Some(Ok(1..))), "{finding}");
            }
        }
        lint("BEGIN:VEVENT\r\n".repeat(100_000).as_bytes());
    }
}
