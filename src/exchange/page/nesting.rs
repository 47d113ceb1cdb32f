//! How deep a page nests its lists and quotations.
//!
//! The Markdown parser goes through all that are open with every line that follows: of a line that opens thousands of
//! them, a page of nothing else takes minutes. It is asked before the parser sees the page.

/// Where the first line begins that opens more than so many, or stands as far to the right.
pub(super) fn too_deep(source: &str, deepest: usize) -> Option<usize> {
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let mut octets = line.bytes().peekable();
        let (mut depth, mut columns, mut digits) = (0, 0, 0);
        while let Some(octet) = octets.next() {
            let ends = octets.peek().is_none_or(u8::is_ascii_whitespace);
            match octet {
                b' ' => columns += 1,
                b'\t' => columns += 4,
                b'>' => depth += 1,
                b'-' | b'+' | b'*' if ends => depth += 1,
                b'0'..=b'9' if digits < 9 => {
                    digits += 1;
                    continue;
                }
                b'.' | b')' if ends && digits > 0 => depth += 1,
                _ => break,
            }
            digits = 0;
        }
        if depth > deepest || columns > 4 * deepest && !line.trim().is_empty() {
            return Some(start);
        }
        start += line.len();
    }
    None
}
