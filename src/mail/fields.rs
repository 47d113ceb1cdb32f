//! Fields of a header, as text: unfolded, found by name whatever its case. For what came from outside.

use mail_parser::Message;

/// Messages can stand within messages, and the parser's memory of them is freed by recursion: no report says the words
/// that open one as often as this.
const MOST_NESTED: usize = 256;

/// A group of fields, `Name: value`, lines that go on joined.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The groups of a text, with an empty line between each and the next.
    pub(super) fn groups(text: &str) -> Vec<Fields> {
        let mut groups = vec![Fields::default()];
        for line in text.lines() {
            let last = groups.last_mut().expect("there is one from the start");
            match line.split_once(':') {
                _ if line.trim().is_empty() => groups.push(Fields::default()),
                _ if line.starts_with([' ', '\t']) => {
                    if let Some((_, value)) = last.0.last_mut() {
                        value.push(' ');
                        value.push_str(line.trim());
                    }
                }
                Some((name, value)) => last.0.push((name.trim().to_owned(), value.trim().to_owned())),
                None => {}
            }
        }
        groups.retain(|group| !group.0.is_empty());
        groups
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The values of a header's name, each on one line, in the order of the message.
pub(super) fn header_texts(message: &Message<'_>, name: &str) -> impl Iterator<Item = String> {
    let raw = message.headers_raw().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
    raw.map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The addresses of a header's value, as far as they have an @.
pub(super) fn addresses(value: &str) -> Vec<String> {
    let words = value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"' | '(' | ')'));
    words.filter(|word| word.contains('@')).map(str::to_owned).collect()
}

/// Whether messages may be nested so deeply that reading them would exhaust the stack.
pub(super) fn deep(octets: &[u8]) -> bool {
    let times = |word: &[u8]| octets.windows(word.len()).filter(|window| window.eq_ignore_ascii_case(word)).count();
    times(b"message") > MOST_NESTED || times(b"digest") > MOST_NESTED
}
