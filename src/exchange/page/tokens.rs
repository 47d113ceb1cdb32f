//! Words, numbers and signs of a text, each with its place: what dates, hours and zones are read from.

use std::ops::Range;

/// A word, a number, or one character that is neither.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Letters, in small letters.
    Word(String),
    /// Digits: their value (at most nine of them), and how many they are.
    Number(u32, usize),
    /// Anything else but a blank.
    Sign(char),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
}

impl Token {
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn number(&self) -> Option<(u32, usize)> {
        match self.kind {
            Kind::Number(value, digits) => Some((value, digits)),
            _ => None,
        }
    }

    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// A hyphen, or one of the dashes people write in its place.
    pub fn is_dash(&self) -> bool {
        matches!(self.kind, Kind::Sign('-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '~'))
    }
}

/// Takes a text apart. `10th` is a number and a word, `9h30` a number, a word and a number.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        if c.is_whitespace() || c == '\u{200b}' {
            continue;
        }
        let alike = |next: char| {
            if c.is_ascii_digit() { next.is_ascii_digit() } else { c.is_alphabetic() && next.is_alphabetic() }
        };
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = rest.next_if(|(_, next)| alike(*next)) {
            end = at + next.len_utf8();
        }
        let piece = &text[start..end];
        let kind = if c.is_ascii_digit() {
            Kind::Number(
                piece.get(..9.min(piece.len())).and_then(|digits| digits.parse().ok()).unwrap_or(0),
                piece.len(),
            )
        } else if c.is_alphabetic() {
            Kind::Word(piece.to_lowercase())
        } else {
            Kind::Sign(c)
        };
        tokens.push(Token { kind, range: start..end });
    }
    tokens
}
