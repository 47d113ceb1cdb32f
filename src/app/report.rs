//! Problems as people and machines read them: a frame of the file with the words underlined, or a JSON line.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level as Sign, Renderer, Snippet};
use serde::Serialize;

use crate::domain::file::{Level, Problem, position};
use crate::exchange::page::is_page;

/// A longer line is shown in part: nobody reads a frame of a mebibyte.
const LONGEST_SHOWN: usize = 100;

/// The problems of one file.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file, as it was named.
    pub file: String,
    /// Its text.
    pub source: String,
    /// In the order of the file.
    pub problems: Vec<Problem>,
}

/// How a report is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Drawing {
    /// ASCII only.
    Plain,
    /// For a terminal, in colour.
    Colour,
}

#[derive(Serialize)]
struct Line<'r> {
    level: &'static str,
    file: &'r str,
    line: usize,
    column: usize,
    what: &'r str,
    help: Option<&'r str>,
    doubt: Option<&'r str>,
}

impl Report {
    /// How many problems of a level there are.
    pub fn count(&self, level: Level) -> usize {
        self.problems.iter().filter(|problem| problem.level == level).count()
    }

    /// Whether the file may be published as it is.
    pub fn is_publishable(&self) -> bool {
        self.problems.iter().all(|problem| problem.level == Level::Note)
    }

    /// Only what blocks: among many notes nobody finds it.
    pub fn blocking(&self) -> Report {
        let problems = self.problems.iter().filter(|problem| problem.level != Level::Note).cloned().collect();
        Report { problems, ..self.clone() }
    }

    /// What must be mended, with its frames; nothing where nothing must.
    pub fn errors(&self) -> String {
        let errors = self.problems.iter().filter(|problem| problem.level == Level::Error);
        errors.map(|problem| format!("{}\n", self.frame(problem, Drawing::Plain))).collect::<Vec<_>>().join("\n")
    }

    /// Every problem with its frame, a line that accepts all doubts, and one that counts.
    pub fn text(&self, drawing: Drawing) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            out.push_str(&self.frame(problem, drawing));
            out.push_str("\n\n");
        }
        out.extend(self.acceptance());
        out.push_str(&self.summary());
        out.push('\n');
        if self.count(Level::Error) > 0 {
            out.push_str("doubts are asked once the errors are mended\n");
        }
        out
    }

    /// Several doubts at once, ready to copy: each tells its own name, and a key can stand in a file only once.
    fn acceptance(&self) -> Option<String> {
        let names: Vec<&str> = self.problems.iter().filter_map(|problem| problem.doubt.as_deref()).collect();
        if names.len() < 2 {
            return None;
        }
        if is_page(&self.file) {
            // A name may hold blanks, so each has a line of its own.
            let names: Vec<String> = names.iter().map(|name| format!("  {name}\n")).collect();
            return Some(format!(
                "if all of it is meant, write into the page:\n<!-- allim: accept\n{}-->\n\n",
                names.concat()
            ));
        }
        let names: Vec<String> =
            names.iter().map(|name| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))).collect();
        let names = names.join(", ");
        let is_accept =
            |line: &str| line.trim_start().strip_prefix("accept").is_some_and(|rest| rest.trim().starts_with('='));
        Some(if self.source.lines().any(is_accept) {
            format!("if all of it is meant, add to accept in [programme]: {names}\n\n")
        } else {
            format!("if all of it is meant, add below [programme]: accept = [{names}]\n\n")
        })
    }

    /// `data/faimi-2025.toml: 1 error, 2 notes`.
    pub fn summary(&self) -> String {
        let counts = [Level::Error, Level::Doubt, Level::Note].map(|level| (level, self.count(level)));
        let words: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(level, count)| format!("{count} {}{}", level.word(), if *count == 1 { "" } else { "s" }))
            .collect();
        format!("{}: {}", self.file, if words.is_empty() { "no problems".to_owned() } else { words.join(", ") })
    }

    /// One JSON object a line.
    pub fn json_lines(&self) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            let (line, column) = position(&self.source, problem.span.start);
            let line = Line {
                level: problem.level.word(),
                file: &self.file,
                line,
                column,
                what: &problem.what,
                help: problem.help.as_deref(),
                doubt: problem.doubt.as_deref(),
            };
            out.push_str(&serde_json::to_string(&line).expect("plain data"));
            out.push('\n');
        }
        out
    }

    fn frame(&self, problem: &Problem, drawing: Drawing) -> String {
        let excerpt = Excerpt::new(&self.source, problem);
        let sign = match problem.level {
            Level::Error => Sign::ERROR,
            Level::Doubt => Sign::WARNING.with_name("doubt"),
            Level::Note => Sign::NOTE,
        };
        let snippet = Snippet::source(excerpt.text.as_str())
            .line_start(excerpt.first_line)
            .path(self.file.as_str())
            .annotation(AnnotationKind::Primary.span(excerpt.span.clone()));
        let mut group = sign.primary_title(problem.what.as_str()).element(snippet);
        if let Some(help) = &problem.help {
            group = group.element(Sign::HELP.message(help.as_str()));
        }
        let renderer = match drawing {
            Drawing::Plain => Renderer::plain().decor_style(DecorStyle::Ascii),
            Drawing::Colour => Renderer::styled().decor_style(DecorStyle::Unicode),
        };
        renderer.render(&[group])
    }
}

/// The first line of what is wrong, cut to a length that can be read.
struct Excerpt {
    text: String,
    first_line: usize,
    span: std::ops::Range<usize>,
}

impl Excerpt {
    fn new(source: &str, problem: &Problem) -> Excerpt {
        let boundary = |mut octet: usize| {
            octet = octet.min(source.len());
            while !source.is_char_boundary(octet) {
                octet -= 1;
            }
            octet
        };
        let start = boundary(problem.span.start);
        let end = boundary(problem.span.end.max(start));
        let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |newline| start + newline);
        // A column is only true when the line is shown from its beginning, so a long line loses its end, not its head.
        let shown_end = boundary(line_end.min(start.max(line_start) + LONGEST_SHOWN));
        let text = source[line_start..shown_end].trim_end_matches('\r').to_owned();
        let span = (start - line_start).min(text.len())..(end.min(shown_end) - line_start).min(text.len());
        Excerpt { first_line: position(source, start).0, text, span }
    }
}
