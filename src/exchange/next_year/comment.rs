//! Comments in a TOML document: beside a value, in place of one, above a table.
//!
//! What is commented out stays on its line's place. TOML hangs a comment on what follows it; here a line that takes
//! the place of a value hangs on the value before, so that it does not move to the next table with the last key.

use toml_edit::{Decor, Item, RawString, Table, Value};

/// A line of a comment.
pub(super) fn line(text: &str) -> String {
    if text.is_empty() { "#".to_owned() } else { format!("# {text}") }
}

/// Every line of a text as a comment.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(|one| line(one.trim_end()) + "\n").collect()
}

/// Says something beside a value, before what is said there already.
pub(super) fn beside(value: &mut Value, remark: &str) {
    let (said, hanging) = said_beside(value);
    let rest = if said.is_empty() { String::new() } else { format!("; {said}") };
    value.decor_mut().set_suffix(format!("  # {remark}{rest}{hanging}"));
}

/// Says something beside the value of a key, if there is such a value.
pub(super) fn beside_key(table: &mut Table, key: &str, remark: &str) {
    if let Some(value) = table.get_mut(key).and_then(Item::as_value_mut) {
        beside(value, remark);
    }
}

/// Another value in the same place, with what is said beside it.
pub(super) fn replace(table: &mut Table, key: &str, new: impl Into<Value>) {
    if let Some(value) = table.get_mut(key).and_then(Item::as_value_mut) {
        let decor = value.decor().clone();
        *value = new.into();
        *value.decor_mut() = decor;
    }
}

/// Takes a value out and leaves it in sight, as a comment in the same place.
pub(super) fn out(table: &mut Table, key: &str, remark: &str) {
    let before = table.iter().take_while(|(name, _)| *name != key).filter(|(_, item)| item.is_value()).last();
    let before = before.map(|(name, _)| name.to_owned());
    let above = table.key(key).map_or("", |key| text(key.leaf_decor().prefix()));
    let above: String = above.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("\n{line}")).collect();
    let Some(Item::Value(mut value)) = table.remove(key) else { return };
    let (said, hanging) = said_beside(&value);
    let rest = if said.is_empty() { String::new() } else { format!("; {said}") };
    *value.decor_mut() = Decor::new("", "");
    let shown = lines(&format!("{key} = {value}  # {remark}{rest}"));
    let shown = format!("{above}\n{}{hanging}", shown.trim_end());
    match before.and_then(|name| table.get_mut(&name)).and_then(Item::as_value_mut) {
        Some(value) => below(value.decor_mut(), &shown),
        None => below(table.decor_mut(), &shown),
    }
}

/// Hangs lines, each with its line break before it, right below a value or a table's own line.
fn below(decor: &mut Decor, shown: &str) {
    let suffix = text(decor.suffix()).to_owned();
    let (beside, hanging) = suffix.split_at(suffix.find('\n').unwrap_or(suffix.len()));
    decor.set_suffix(format!("{}{hanging}{shown}", beside.trim_end()));
}

/// Says something on a line of its own below a table's own line.
pub(super) fn below_header(table: &mut Table, shown: &str) {
    below(table.decor_mut(), &format!("\n{}", lines(shown).trim_end()));
}

/// What is said beside a value, and the lines that hang below it.
fn said_beside(value: &Value) -> (String, String) {
    let suffix = text(value.decor().suffix());
    let (beside, hanging) = suffix.split_at(suffix.find('\n').unwrap_or(suffix.len()));
    (beside.trim().trim_start_matches('#').trim().to_owned(), hanging.to_owned())
}

/// What a document says between two things.
pub(super) fn text(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or("")
}

/// A comment without the lines that begin as `ours` do.
pub(super) fn without(comment: &str, ours: &[&str]) -> String {
    let is_ours = |said: &str| ours.iter().any(|begin| said.starts_with(&line(begin)));
    comment.split_inclusive('\n').filter(|line| !is_ours(line)).collect()
}

/// What stands above a table: what is said right below the table before it, and the rest.
pub(super) fn below_and_above(prefix: &str) -> (&str, &str) {
    let blank = offsets(prefix).find(|(_, line)| line.trim().is_empty());
    prefix.split_at(blank.map_or(prefix.len(), |(at, _)| at))
}

/// What stands above a table: what is said of a section, and what is said of the table alone.
pub(super) fn section_and_own(prefix: &str) -> (&str, &str) {
    let blank = offsets(prefix).filter(|(_, line)| line.trim().is_empty()).last();
    prefix.split_at(blank.map_or(0, |(at, line)| at + line.len()))
}

/// The lines of a text, and where they begin.
fn offsets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |end, line| {
        let at = *end;
        *end += line.len();
        Some((at, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_two_tables_belongs_to_either() {
        let between = "# below\n\n# A section\n\n# own\n";
        assert_eq!(below_and_above(between), ("# below\n", "\n# A section\n\n# own\n"));
        assert_eq!(section_and_own("\n# A section\n\n# own\n"), ("\n# A section\n\n", "# own\n"));
        assert_eq!(below_and_above("# below\n"), ("# below\n", ""));
        assert_eq!(below_and_above("\n"), ("", "\n"));
        assert_eq!(section_and_own("# own\n"), ("", "# own\n"));
    }

    #[test]
    fn what_is_commented_out_stays_in_its_place() {
        let mut document: toml_edit::DocumentMut =
            "[a]\n# why\nx = 1  # one\ny = \"\"\"\nb\nc\"\"\"  # two\nz = 3\n\n[b]\n".parse().unwrap();
        let table = document["a"].as_table_mut().unwrap();
        out(table, "y", "old");
        out(table, "x", "older");
        out(table, "none", "nothing");
        assert_eq!(
            document.to_string(),
            "[a]\n# why\n# x = 1  # older; one\n# y = \"\"\"\n# b\n# c\"\"\"  # old; two\nz = 3\n\n[b]\n"
        );
    }
}
