//! A table as spreadsheets and submission systems write it: CSV (RFC 4180) with commas, semicolons or tabs, in UTF-8,
//! UTF-16 or what Windows wrote before. Which of them it is, is found out and said; what is no table at all is told.
//!
//! A cell is text and never a formula: what a spreadsheet would compute is written behind an apostrophe, and the
//! apostrophe is taken off again when it is read.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The most octets that are read.
pub const MOST_OCTETS: usize = 32 << 20;

/// The most rows that are read.
pub const MOST_ROWS: usize = 250_000;

/// A quoted cell over more lines than this was never closed.
const LONGEST_RECORD: u64 = 500;

/// How much of a text, and how many of its rows, tell the delimiter and the header.
const SAMPLE: usize = 64 << 10;
const SAMPLE_ROWS: usize = 30;

/// A row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its first line in the file, counted from one.
    pub line: u64,
    /// Its cells, without the guard of formulas.
    pub cells: Vec<String>,
}

/// A table, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// The encoding's name, as the WHATWG has it.
    pub encoding: &'static str,
    /// What stands between its cells.
    pub delimiter: Delimiter,
    /// Its rows, those without any text left out.
    pub rows: Vec<Row>,
}

/// What stands between cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the character of that name")]
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
}

impl Delimiter {
    const ALL: [Delimiter; 3] = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab];

    fn octet(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
        }
    }

    /// In the plural, for people.
    pub fn name(self) -> &'static str {
        match self {
            Delimiter::Comma => "commas",
            Delimiter::Semicolon => "semicolons",
            Delimiter::Tab => "tabs",
        }
    }
}

/// Octets that are no table.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadTable {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// More than is read.
    #[error("the file is larger than {} MiB or has more than {MOST_ROWS} rows: split it", MOST_OCTETS >> 20)]
    TooLarge,
    /// A workbook, a page, a PDF.
    #[error("the file is {0}, not CSV: open it and save it as \"CSV UTF-8\"")]
    AnotherFormat(&'static str),
    /// Octets that are no text.
    #[error("line {line} is no text in UTF-8, nor in {guess}: save the file as \"CSV UTF-8\"")]
    Encoding {
        /// The first such line.
        line: usize,
        /// What it looks like.
        guess: &'static str,
    },
    /// Mostly UTF-8, but not all of it.
    #[error(
        "line {line} is not in UTF-8 as the rest is: two files were joined, or one was cut; save it as \"CSV UTF-8\""
    )]
    Mixed {
        /// The first such line.
        line: usize,
    },
    /// A quotation mark without its partner.
    #[error("the quotation mark that opens a cell in line {line} is never closed")]
    Quote {
        /// The line it stands in.
        line: u64,
    },
}

impl Table {
    /// Reads a table. `known` says which texts are column names one hopes for: they tell the delimiter.
    ///
    /// # Errors
    /// When the octets are no table.
    pub fn read(octets: &[u8], known: impl Fn(&str) -> bool) -> Result<Table, BadTable> {
        if octets.len() > MOST_OCTETS {
            return Err(BadTable::TooLarge);
        }
        if let Some(format) = another_format(octets) {
            return Err(BadTable::AnotherFormat(format));
        }
        let (text, encoding) = decode(octets)?;
        if text.contains('\0') {
            return Err(BadTable::AnotherFormat("no text"));
        }
        let (said, text, before) = separator_line(&text);
        let delimiter = said.unwrap_or_else(|| likely_delimiter(text, &known));
        let rows = rows(text, delimiter, before)?;
        if rows.is_empty() { Err(BadTable::Empty) } else { Ok(Table { encoding: encoding.name(), delimiter, rows }) }
    }
}

/// The line of a quotation mark that opens a cell which no other closes, counted from the first of the text.
fn never_closed(text: &str, delimiter: Delimiter) -> Option<u64> {
    let (mut line, mut opened, mut begins) = (0, None, true);
    let mut octets = text.bytes().peekable();
    while let Some(octet) = octets.next() {
        line += u64::from(octet == b'\n');
        match (opened, octet) {
            // Two in a quoted cell stand for one.
            (Some(_), b'"') if octets.peek() == Some(&b'"') => {
                octets.next();
            }
            (Some(_), b'"') => opened = None,
            (None, b'"') if begins => opened = Some(line),
            _ => {}
        }
        begins = opened.is_none() && (octet == delimiter.octet() || octet == b'\n' || octet == b'\r');
    }
    opened
}

fn rows(text: &str, delimiter: Delimiter, before: u64) -> Result<Vec<Row>, BadTable> {
    if let Some(line) = never_closed(text, delimiter) {
        return Err(BadTable::Quote { line: before + 1 + line });
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut reader = reader(text, delimiter);
    let mut record = StringRecord::new();
    let mut lines = Lines { octets: text.as_bytes(), at: 0, line: before + 1 };
    // The text is a str and the reader flexible: nothing is left that could fail.
    while reader.read_record(&mut record).unwrap_or(false) {
        let first = lines.beginning(record.position().map_or(0, csv::Position::byte));
        if lines.until(reader.position().byte()) > first + LONGEST_RECORD {
            return Err(BadTable::Quote { line: first });
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == MOST_ROWS {
            return Err(BadTable::TooLarge);
        }
        let cells = record.iter().map(|cell| unguarded(cell.trim()).to_owned()).collect();
        rows.push(Row { line: first, cells });
    }
    Ok(rows)
}

/// Counts lines. The reader's own count is one short where a line ends with CRLF: it stops between the two.
struct Lines<'t> {
    octets: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a record that begins at an octet, or behind the line ends there.
    fn beginning(&mut self, at: u64) -> u64 {
        self.until(at);
        while let Some(b'\r' | b'\n') = self.octets.get(self.at) {
            self.until(self.at as u64 + 1);
        }
        self.line
    }

    fn until(&mut self, at: u64) -> u64 {
        let end = usize::try_from(at).unwrap_or(usize::MAX).clamp(self.at, self.octets.len());
        self.line += self.octets[self.at..end].iter().filter(|octet| **octet == b'\n').count() as u64;
        self.at = end;
        self.line
    }
}

fn reader(text: &str, delimiter: Delimiter) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter.octet()).from_reader(text.as_bytes())
}

/// The line `sep=;` with which Excel is told the delimiter.
fn separator_line(text: &str) -> (Option<Delimiter>, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said = first.trim_end_matches('\r').strip_prefix("sep=");
    let said = said.and_then(|said| Delimiter::ALL.into_iter().find(|one| said.as_bytes() == [one.octet()]));
    if said.is_some() { (said, rest, 1) } else { (None, text, 0) }
}

/// The delimiter under which most names are known; then the one that cuts the rows into equally many cells.
fn likely_delimiter(text: &str, known: &impl Fn(&str) -> bool) -> Delimiter {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = &text[..end];
    let merit = |delimiter: Delimiter| {
        let records = reader(sample, delimiter).into_records().take(SAMPLE_ROWS).flatten().collect::<Vec<_>>();
        let names = records.iter().map(|record| record.iter().filter(|cell| known(cell.trim())).count()).max();
        let widths: Vec<usize> = records.iter().map(StringRecord::len).filter(|width| *width > 1).collect();
        let agreeing = |width: usize| widths.iter().filter(|other| **other == width).count();
        let most = widths.iter().map(|width| agreeing(*width)).max().unwrap_or(0);
        (names.unwrap_or(0), most)
    };
    // The last of equals wins in `max_by_key`, and a comma is the first guess.
    Delimiter::ALL.into_iter().rev().max_by_key(|delimiter| merit(*delimiter)).unwrap_or(Delimiter::Comma)
}

fn another_format(octets: &[u8]) -> Option<&'static str> {
    let start = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets).trim_ascii_start();
    let word = |word: &str| start.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    match () {
        () if octets.starts_with(b"PK\x03\x04") => Some("a workbook (.xlsx or .ods)"),
        () if octets.starts_with(b"\xd0\xcf\x11\xe0") => Some("an old Excel workbook (.xls)"),
        () if octets.starts_with(b"%PDF") => Some("a PDF"),
        () if word("<?xml") => Some("XML, such as Excel's workbook of one file"),
        () if word("<!doctype") || word("<html") => Some("a web page"),
        () if word("{\\rtf") => Some("a text with formatting (RTF)"),
        () => None,
    }
}

fn decode(octets: &[u8]) -> Result<(Cow<'_, str>, &'static Encoding), BadTable> {
    let (encoding, octets) = match Encoding::for_bom(octets) {
        Some((encoding, mark)) => (Some(encoding), &octets[mark..]),
        None => (sixteen_bits(octets), octets),
    };
    if octets.trim_ascii().is_empty() {
        return Err(BadTable::Empty);
    }
    let encoding = match encoding {
        Some(encoding) => encoding,
        None if std::str::from_utf8(octets).is_ok() => UTF_8,
        None if mostly_utf8(octets) => return Err(BadTable::Mixed { line: first_fault(octets) }),
        None => guess(octets),
    };
    match encoding.decode_without_bom_handling_and_without_replacement(octets) {
        Some(text) => Ok((text, encoding)),
        None if encoding == UTF_8 => Err(BadTable::Mixed { line: first_fault(octets) }),
        None => Err(BadTable::Encoding { line: first_fault(octets), guess: encoding.name() }),
    }
}

/// UTF-16 without its mark: every other octet of what is mostly ASCII is zero.
fn sixteen_bits(octets: &[u8]) -> Option<&'static Encoding> {
    let sample = &octets[..octets.len().min(1024) & !1];
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|octet| **octet == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 4);
    match () {
        () if sample.is_empty() => None,
        () if odd > half && even <= half / 8 => Some(UTF_16LE),
        () if even > half && odd <= half / 8 => Some(UTF_16BE),
        () => None,
    }
}

/// Sequences of UTF-8 are next to impossible by chance: a file that has more of them than faults was meant as one.
fn mostly_utf8(octets: &[u8]) -> bool {
    let (mut good, mut faults) = (0, 0);
    for chunk in octets.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    good > faults
}

/// The line of the first octet that is no UTF-8, counted from one.
fn first_fault(octets: &[u8]) -> usize {
    let valid = octets.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    octets[..valid].iter().filter(|octet| **octet == b'\n').count() + 1
}

fn guess(octets: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(octets, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Whether a spreadsheet would compute a cell that begins so.
pub fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that no spreadsheet computes.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if is_formula(cell.trim_start_matches('\'')) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The cell as it was before it was guarded.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest.trim_start_matches('\''))).unwrap_or(cell)
}
