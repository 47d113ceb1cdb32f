//! A table as it is put together, cell by cell: what spans several columns or rows stands in each of them.

use super::outline::Block;
use super::text::Text;

/// A table with more columns than this is laid out with it, not written in it.
const MOST_COLUMNS: usize = 24;

/// A cell that spans more rows than this spans all.
const MOST_ROWS: usize = 200;

/// What is longer is said once, however many rows it spans.
const LONGEST_HANGING: usize = 500;

#[derive(Default)]
pub(super) struct Table {
    pub has_head: bool,
    pub in_cell: bool,
    pub rows: Vec<Vec<Text>>,
    /// How many columns and rows the open cell spans.
    span: (usize, usize),
    /// For each column how many rows its last cell still spans, and what that says.
    hanging: Vec<(usize, Text)>,
}

impl Table {
    pub fn begin_row(&mut self) {
        self.hang();
        self.rows.push(Vec::new());
    }

    /// Begins a cell that spans so many columns and rows.
    pub fn begin_cell(&mut self, (columns, rows): (usize, usize)) {
        self.hang();
        self.in_cell = true;
        self.span = (columns.clamp(1, MOST_COLUMNS), rows.clamp(1, MOST_ROWS));
    }

    pub fn end_cell(&mut self, text: Text) {
        self.in_cell = false;
        if self.rows.is_empty() {
            self.rows.push(Vec::new());
        }
        let (columns, rows) = self.span;
        let row = self.rows.last_mut().expect("there is a row");
        if rows > 1 && text.raw().len() <= LONGEST_HANGING {
            self.hanging.resize_with(self.hanging.len().max(row.len() + 1), Default::default);
            self.hanging[row.len()] = (rows - 1, text.clone());
        }
        row.push(text);
        row.extend((1..columns).map(|_| Text::default()));
    }

    /// The table, without the rows that say nothing; none if there is no other.
    pub fn block(mut self) -> Option<Block> {
        self.rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        (!self.rows.is_empty()).then_some(Block::Table { has_head: self.has_head, rows: self.rows })
    }

    /// What hangs into the open row from above stands in it too.
    fn hang(&mut self) {
        let Some(row) = self.rows.last_mut() else { return };
        while let Some((left, text)) = self.hanging.get_mut(row.len()).filter(|(left, _)| *left > 0) {
            *left -= 1;
            row.push(text.clone());
        }
    }
}
