//! Authors' lists, as CMT, OpenReview and others export them: who is to be invited, once each.
//!
//! Only addresses are taken, no names: nothing else is needed to ask somebody. Which columns hold authors' addresses is
//! told by their names ("Author Emails", "Primary Contact Author Email"); reviewers' and chairs' never count. A cell may
//! hold several, as `Ada (Institute)* <ada@example.org>; bob@example.org`. Whatever is left out is told with its line.

use std::collections::HashMap;
use std::fmt::Write;

use super::table::{BadTable, Delimiter, Row, Table, is_formula};
use crate::domain::mailbox::{BadMailbox, Mailbox};

/// Above the header there may be a title and an empty row.
const HEADER_WITHIN: usize = 10;

/// So many rows without a header tell which column holds addresses.
const SAMPLE_ROWS: usize = 50;

/// Somebody to invite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invited {
    /// Their address, as it was first written.
    pub mailbox: Mailbox,
    /// The line it was first found in.
    pub line: u64,
}

/// Something that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// The line of its row.
    pub line: u64,
    /// Its beginning, without control characters.
    pub what: String,
    /// Why.
    pub why: Why,
}

/// Why something was left out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Why {
    /// The row's cells for addresses are empty or hold none.
    #[error("no address in it")]
    NoAddress,
    /// `~Ada_Lovelace1`: OpenReview's own name for somebody.
    #[error("an OpenReview profile, whose address is not in the export: write to it through OpenReview")]
    Profile,
    /// What a spreadsheet would compute.
    #[error("a formula, not an address")]
    Formula,
    /// An address that is none.
    #[error("{0}")]
    Bad(#[from] BadMailbox),
}

/// A list, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorsList {
    /// Whom to invite, in the order of the file.
    pub invited: Vec<Invited>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// How often an address that another line had was met again.
    pub repeated: usize,
    /// The rows below the header.
    pub rows: usize,
    /// The columns addresses were taken from, by name or by number.
    pub columns: Vec<String>,
    /// The file's encoding.
    pub encoding: &'static str,
    /// What stands between its cells.
    pub delimiter: Delimiter,
}

/// A file that is no authors' list.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadList {
    /// It is no table.
    #[error(transparent)]
    Table(#[from] BadTable),
    /// There is no column of that name.
    #[error("there is no column \"{wanted}\"; there are {}", names(.there))]
    NoSuchColumn {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        there: Vec<String>,
    },
    /// No column is known to hold addresses.
    #[error(
        "no column is called \"Author Emails\", \"Primary Contact Author Email\", \"authorids\" or \"email\"; there are \
         {}: name the one that holds authors' addresses (--column NAME)",
        names(.there)
    )]
    NoColumn {
        /// The names, or first cells, there are.
        there: Vec<String>,
    },
    /// Several columns hold addresses and have no names.
    #[error("there is no line with names, and addresses stand in columns {}: which are the authors'?", names(.columns))]
    WhichColumn {
        /// Their numbers.
        columns: Vec<String>,
    },
}

/// Reads a list. `column` names the column of addresses where its name is none of the known.
///
/// # Errors
/// When the file is no table, or no column of it is surely that of the authors' addresses.
pub fn read(octets: &[u8], column: Option<&str>) -> Result<AuthorsList, BadList> {
    let wanted = column.map(plain);
    let known = |name: &str| match &wanted {
        Some(wanted) => plain(name) == *wanted,
        None => names_authors_addresses(name),
    };
    let table = Table::read(octets, known)?;
    let header = table.rows.iter().take(HEADER_WITHIN).position(|row| row.cells.iter().any(|cell| known(cell)));
    let (columns, names, rows) = match (header, column) {
        (Some(at), _) => {
            let header = &table.rows[at];
            let columns: Vec<usize> = (0..header.cells.len()).filter(|n| known(&header.cells[*n])).collect();
            let names = columns.iter().map(|column| excerpt(&header.cells[*column])).collect();
            let names_too = |column: usize| plain(&header.cells[column]).starts_with("authors");
            let columns = columns.into_iter().map(|column| (column, names_too(column))).collect();
            (columns, names, &table.rows[at + 1..])
        }
        (None, Some(wanted)) => {
            return Err(BadList::NoSuchColumn { wanted: wanted.to_owned(), there: first_cells(&table) });
        }
        (None, None) => {
            let column = only_column(&table)?;
            (vec![(column, false)], vec![format!("column {}", column + 1)], &table.rows[..])
        }
    };
    let mut gathered = Gathered::default();
    for row in rows {
        gathered.row(row, &columns);
    }
    let (encoding, delimiter) = (table.encoding, table.delimiter);
    let Gathered { invited, skipped, repeated, .. } = gathered;
    Ok(AuthorsList { invited, skipped, repeated, rows: rows.len(), columns: names, encoding, delimiter })
}

/// Whether a column of this name holds authors' addresses.
fn names_authors_addresses(name: &str) -> bool {
    let name = plain(name);
    let address = ["email", "emails", "emailaddress", "emailaddresses", "mail", "mailaddress"];
    let whose = ["author", "authors", "contactauthor", "correspondingauthor", "primarycontactauthor", "primarycontact"];
    let alone =
        ["preferredemail", "authors", "authorids", "authorid", "authorcontactinfo", "authorscontactinfo", "이메일"];
    address.contains(&name.as_str())
        || alone.contains(&name.as_str())
        || address.iter().any(|end| name.strip_suffix(end).is_some_and(|start| whose.contains(&start)))
}

/// A name by its letters and figures.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The one column that holds addresses, in a table without names.
fn only_column(table: &Table) -> Result<usize, BadList> {
    let sample = &table.rows[..table.rows.len().min(SAMPLE_ROWS)];
    let width = sample.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let holds = |row: &Row, column: usize| row.cells.get(column).is_some_and(|cell| holds_address(cell));
    let columns: Vec<usize> = (0..width).filter(|column| sample.iter().any(|row| holds(row, *column))).collect();
    // A first row without an address is a line of names, and none of them is known.
    let named = table.rows.first().is_none_or(|row| !row.cells.iter().any(|cell| holds_address(cell)));
    match columns[..] {
        [column] if !named => Ok(column),
        [_, _, ..] if !named => {
            Err(BadList::WhichColumn { columns: columns.iter().map(|column| (column + 1).to_string()).collect() })
        }
        _ => Err(BadList::NoColumn { there: first_cells(table) }),
    }
}

fn first_cells(table: &Table) -> Vec<String> {
    let cells = table.rows.first().map(|row| row.cells.iter().take(40).map(|cell| excerpt(cell)).collect());
    cells.unwrap_or_default()
}

fn holds_address(cell: &str) -> bool {
    addresses(cell).any(|word| word.parse::<Mailbox>().is_ok())
}

/// The words of a cell that have an @, without what CMT and mail programs write around them.
fn addresses(cell: &str) -> impl Iterator<Item = &str> {
    words(cell).filter(|word| word.contains('@'))
}

fn words(cell: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '|' | '<' | '>' | '(' | ')' | '[' | ']' | '"');
    let words = cell.split(between).map(|word| word.trim_matches(['*', '\'']));
    words.map(|word| word.strip_prefix("mailto:").unwrap_or(word)).filter(|word| !word.is_empty())
}

#[derive(Default)]
struct Gathered {
    invited: Vec<Invited>,
    skipped: Vec<Skipped>,
    repeated: usize,
    /// The line each was last met in, by address in small letters.
    met: HashMap<String, u64>,
}

impl Gathered {
    fn row(&mut self, row: &Row, columns: &[(usize, bool)]) {
        let mut found = false;
        for (cell, names_too) in columns.iter().filter_map(|(column, names)| Some((row.cells.get(*column)?, names))) {
            found |= self.cell(row.line, cell, *names_too);
        }
        if !found {
            let what = columns.iter().filter_map(|(column, _)| row.cells.get(*column)).find(|cell| !cell.is_empty());
            self.skip(row.line, what.map_or("", String::as_str), Why::NoAddress);
        }
    }

    /// Takes what a cell holds, of which names may be a part; false when there was nothing to tell of it.
    fn cell(&mut self, line: u64, cell: &str, names_too: bool) -> bool {
        if cell.starts_with(['=', '@']) || (cell.starts_with(['+', '-']) && !cell.contains('@')) {
            self.skip(line, cell, Why::Formula);
            return true;
        }
        let mut found = false;
        for piece in cell.split([';', '|', '\n']).map(str::trim).filter(|piece| !piece.is_empty()) {
            let taken = self.piece(line, piece);
            if !taken && !names_too {
                self.skip(line, piece, if is_formula(piece) { Why::Formula } else { Why::NoAddress });
            }
            found |= taken || !names_too;
        }
        found
    }

    fn piece(&mut self, line: u64, piece: &str) -> bool {
        let mut found = false;
        for word in words(piece) {
            match word {
                // Only OpenReview begins a word so, and its ids end with a figure.
                profile if profile.starts_with('~') && profile.ends_with(|c: char| c.is_ascii_digit()) => {
                    self.skip(line, profile, Why::Profile);
                }
                address if address.contains('@') => self.address(line, address),
                _ => continue,
            }
            found = true;
        }
        found
    }

    fn address(&mut self, line: u64, word: &str) {
        match word.parse::<Mailbox>() {
            Ok(mailbox) => match self.met.insert(mailbox.to_string().to_lowercase(), line) {
                Some(last) => self.repeated += usize::from(last != line),
                None => self.invited.push(Invited { mailbox, line }),
            },
            Err(error) => self.skip(line, word, error.into()),
        }
    }

    fn skip(&mut self, line: u64, what: &str, why: Why) {
        let skipped = Skipped { line, what: excerpt(what), why };
        // The same thing in two columns of a row is told once.
        if !self.skipped.iter().rev().take_while(|other| other.line == line).any(|other| *other == skipped) {
            self.skipped.push(skipped);
        }
    }
}

impl AuthorsList {
    /// What was taken, and what was left out and why, in lines; at most `most` of the latter.
    pub fn report(&self, most: usize) -> String {
        let mut out = String::new();
        let (rows, between, columns) = (self.rows, self.delimiter.name(), names(&self.columns));
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        let _ = writeln!(out, "read {rows} as {}, {between} between cells, addresses from {columns}", self.encoding);
        let _ = match self.invited.len() {
            1 => write!(out, "1 address"),
            several => write!(out, "{several} addresses"),
        };
        let _ = match self.repeated {
            0 => writeln!(out),
            1 => writeln!(out, "; 1 repetition was folded"),
            more => writeln!(out, "; {more} repetitions were folded"),
        };
        for Skipped { line, what, why } in self.skipped.iter().take(most) {
            let _ = if what.is_empty() {
                writeln!(out, "line {line}: left out: {why}")
            } else {
                writeln!(out, "line {line}: left out \"{what}\": {why}")
            };
        }
        if self.skipped.len() > most {
            let _ = writeln!(out, "and {} more left out", self.skipped.len() - most);
        }
        out
    }
}

fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
}

/// The beginning of a cell, harmless on a terminal.
fn excerpt(cell: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut out: String = cell.chars().take(60).map(clean).collect();
    if cell.chars().nth(60).is_some() {
        out.push_str("...");
    }
    out
}
