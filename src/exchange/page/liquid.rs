//! What Jekyll takes out of a page before anybody sees it: Liquid's tags, `{% include allim.html %}` and
//! `{{ site.baseurl }}`, and kramdown's attribute lists, `{:.no_toc}`.
//!
//! What a tag would put in its place is not known here and not asked: above all not the fragment that was made of this
//! very page. What stands in a comment of Liquid's is gone with it.

use std::ops::Range;

/// A page without its tags, and where each octet of it stood.
pub(super) struct Seen {
    pub text: String,
    /// Where something was taken out, in `text`, and how many octets up to there.
    cuts: Vec<(usize, usize)>,
}

impl Seen {
    /// Where octets of the text stand in the page.
    pub fn place(&self, span: &Range<usize>) -> Range<usize> {
        let taken = |fits: &dyn Fn(usize) -> bool| {
            let cuts = self.cuts.partition_point(|(at, _)| fits(*at));
            cuts.checked_sub(1).map_or(0, |last| self.cuts[last].1)
        };
        let start = span.start + taken(&|at| at <= span.start);
        let end = if span.is_empty() { start } else { span.end + taken(&|at| at < span.end) };
        start..end
    }
}

/// A page as its readers get to see it. The front matter stays: Jekyll does not look for tags there.
pub(super) fn seen(source: &str) -> Seen {
    let mut seen = Seen { text: String::with_capacity(source.len()), cuts: Vec::new() };
    let (mut at, mut taken) = (0, 0);
    let mut next = Tags { source, from: behind_front_matter(source), ends: [true; 2], comments_end: true };
    while let Some(tag) = next.tag() {
        let tag = if next.opens_comment(&tag) { next.whole_comment(tag) } else { tag };
        seen.text.push_str(&source[at..tag.start.max(at)]);
        taken += tag.end - tag.start.max(at);
        seen.cuts.push((seen.text.len(), taken));
        at = tag.end;
    }
    seen.text.push_str(&source[at..]);
    seen
}

fn behind_front_matter(source: &str) -> usize {
    let is_line = |line: &str, marks: &[&str]| marks.contains(&line.trim_end());
    let mut lines = source.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| is_line(line, &["---"])) else { return 0 };
    let mut end = first.len();
    for line in lines {
        end += line.len();
        if is_line(line, &["---", "..."]) {
            return end;
        }
    }
    0
}

/// How Liquid's tags begin and end.
const LIQUID: [(&str, &str); 2] = [("{%", "%}"), ("{{", "}}")];

/// The tags of a page, one after the other.
struct Tags<'s> {
    source: &'s str,
    from: usize,
    /// Whether a tag of a sort may still end somewhere: a page of opened ones is not searched to its end each time.
    ends: [bool; 2],
    comments_end: bool,
}

impl Tags<'_> {
    fn tag(&mut self) -> Option<Range<usize>> {
        loop {
            let start = self.from + self.source[self.from..].find('{')?;
            self.from = start + 1;
            let rest = &self.source[start..];
            // An attribute list is one line, and holds no brace.
            if let Some(list) = rest.strip_prefix("{:") {
                let end = list.find(['}', '{', '\n']).filter(|end| list[*end..].starts_with('}'));
                let Some(end) = end.map(|end| start + 2 + end + 1) else { continue };
                self.from = end;
                return Some(start..end);
            }
            let Some(kind) = LIQUID.iter().position(|(open, _)| rest.starts_with(open)) else { continue };
            if self.ends[kind] {
                match rest[2..].find(LIQUID[kind].1) {
                    Some(length) => {
                        self.from = start + 2 + length + 2;
                        return Some(self.with_blanks(start..self.from));
                    }
                    None => self.ends[kind] = false,
                }
            }
        }
    }

    /// A hyphen inside a tag takes the blanks outside it away.
    fn with_blanks(&mut self, tag: Range<usize>) -> Range<usize> {
        let inside = &self.source[tag.start + 2..tag.end];
        let (mut start, mut end) = (tag.start, tag.end);
        if inside.starts_with('-') {
            start = self.source[..start].trim_end().len();
        }
        if inside.ends_with("-%}") || inside.ends_with("-}}") {
            end = self.source.len() - self.source[end..].trim_start().len();
            self.from = end;
        }
        start..end
    }

    fn word(&self, tag: &Range<usize>) -> &str {
        let tag = self.source[tag.clone()].trim();
        tag.strip_prefix("{%")
            .unwrap_or_default()
            .trim_start_matches('-')
            .trim_end_matches("%}")
            .trim_matches([' ', '-'])
    }

    fn opens_comment(&self, tag: &Range<usize>) -> bool {
        self.comments_end && self.word(tag) == "comment"
    }

    fn whole_comment(&mut self, tag: Range<usize>) -> Range<usize> {
        while let Some(next) = self.tag() {
            if self.word(&next) == "endcomment" {
                return tag.start..next.end;
            }
        }
        // Never ended: that is an error to Jekyll, and the rest is shown here.
        self.comments_end = false;
        self.from = tag.end;
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> String {
        let seen = seen(source);
        // Every octet that is left stands where it is said to stand.
        for (at, c) in seen.text.char_indices() {
            let place = seen.place(&(at..at + c.len_utf8()));
            assert_eq!(source[place].chars().next(), Some(c), "{at} of {source:?}");
        }
        seen.text
    }

    #[test]
    fn tags_are_no_text() {
        for (page, text) in [
            ("a {% include allim.html %}b {{ site.title | upcase }}c", "a b c"),
            ("[x]({{ site.baseurl }}/y)", "[x](/y)"),
            ("# Head\n{:.no_toc}\n", "# Head\n\n"),
            ("| a |\n{%- if b -%}\n| c |", "| a || c |"),
            ("a{% comment %}- 1 May {{ x }}{% if y %}{% endcomment %}b", "ab"),
            ("a{%- comment -%} b {%- endcomment -%} c", "ac"),
            ("a {% b", "a {% b"),
            ("a {{ b }", "a {{ b }"),
            ("{% comment %} 한국 {{ x }}", " 한국 "),
            ("{%\n  include x\n%}é{", "é{"),
            ("---\ntitle: \"{{ x }}\"\n---\n{{ x }}", "---\ntitle: \"{{ x }}\"\n---\n"),
            ("---\n{{ x }}", "---\n"),
            ("{%%}{{}}{:}{{{%", "{{{%"),
        ] {
            assert_eq!(told(page), text, "{page:?}");
        }
    }

    #[test]
    fn whatever_a_page_holds_each_octet_is_told_where_it_stood() {
        const PIECES: [&str; 13] =
            ["{%", "%}", "{{", "}}", "{:", "}", "-", " comment ", " endcomment ", "\n", "é", "a", "---\n"];
        let mut seed: u64 = 1;
        for _ in 0..20_000 {
            let mut page = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                page.push_str(PIECES[(seed >> 33) as usize % PIECES.len()]);
            }
            told(&page);
        }
    }
}
