//! A page as a list of blocks: headings, paragraphs, list items, tables, whether written in Markdown or in HTML.
//!
//! Two parsers take the page apart (CommonMark with GitHub's tables and strike-through, and WHATWG HTML for what is
//! HTML inside it), and both feed one builder: what a page means does not depend on which of the two its author used.
//! Every run of text knows where in the page it stands. Pictures, scripts and styles are not text,
//! nor is what Jekyll would take out.

use std::ops::Range;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::liquid::seen;
use super::text::{Run, Style, Text};

/// A table with more columns than this is laid out with it, not written in it.
const MOST_COLUMNS: usize = 24;

/// A block of more pieces is cut.
const MOST_RUNS: usize = 4000;

/// Elements deeper than this are nobody's page.
const DEEPEST: usize = 256;

/// CommonMark with what GitHub adds.
const MARKDOWN: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_TASKLISTS);

/// One block of a page.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Block {
    /// A heading, 1 to 6.
    Heading(u8, Text),
    /// A paragraph, or whatever else is set off from the rest.
    Paragraph(Text),
    /// An item of a list.
    Item(Text),
    /// A table: its rows, the head first where it has one.
    Table { has_head: bool, rows: Vec<Vec<Text>> },
}

impl Block {
    /// Its words; those of a table cell by cell.
    pub fn text(&self) -> Text {
        match self {
            Block::Heading(_, text) | Block::Paragraph(text) | Block::Item(text) => text.clone(),
            Block::Table { rows, .. } => Text(rows.iter().flatten().flat_map(|cell| cell.0.clone()).collect()),
        }
    }
}

/// A page taken apart.
#[derive(Default, Debug)]
pub(super) struct Outline {
    /// The YAML between the first two lines of hyphens, and where it stands.
    pub front_matter: Option<(String, Range<usize>)>,
    /// Everything visible, in order.
    pub blocks: Vec<Block>,
    /// HTML comments.
    pub comments: Vec<(String, Range<usize>)>,
}

/// Takes a page apart. Whatever it holds, this neither fails nor panics.
pub(super) fn outline(page: &str) -> Outline {
    let seen = seen(page);
    let mut outline = parsed(&seen.text);
    let texts = outline.blocks.iter_mut().flat_map(|block| match block {
        Block::Heading(_, text) | Block::Paragraph(text) | Block::Item(text) => vec![text],
        Block::Table { rows, .. } => rows.iter_mut().flatten().collect(),
    });
    let spans = texts.flat_map(|text| &mut text.0).map(|run| &mut run.span);
    let others = outline.comments.iter_mut().chain(&mut outline.front_matter).map(|(_, span)| span);
    spans.chain(others).for_each(|span| *span = seen.place(span));
    outline
}

fn parsed(source: &str) -> Outline {
    let options = MARKDOWN.union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS);
    let mut builder = Builder::default();
    // HTML that belongs together comes in pieces, and is tokenized as one.
    let mut html: Option<Range<usize>> = None;
    for (event, span) in Parser::new_ext(source, options).into_offset_iter() {
        if matches!(event, Event::Html(_) | Event::InlineHtml(_)) {
            html = match html {
                Some(before) if before.end == span.start => Some(before.start..span.end),
                Some(before) => {
                    builder.html(&source[before.clone()], before.start);
                    Some(span)
                }
                None => Some(span),
            };
            continue;
        }
        if let Some(span) = html.take() {
            builder.html(&source[span.clone()], span.start);
        }
        builder.markdown(event, span);
    }
    if let Some(span) = html {
        builder.html(&source[span.clone()], span.start);
    }
    builder.flush();
    builder.end_table();
    builder.outline
}

/// What the open block will become.
#[derive(Clone, Copy, PartialEq, Default)]
enum Kind {
    #[default]
    Paragraph,
    Heading(u8),
    Item,
}

/// An HTML element that is open, with what it does to the text within.
struct Element {
    name: String,
    style: Style,
    link: Option<String>,
    silent: bool,
}

#[derive(Default)]
struct Builder {
    outline: Outline,
    kind: Kind,
    runs: Vec<Run>,
    /// Emphasis and links of Markdown that are open.
    bold: u32,
    italic: u32,
    strike: u32,
    links: Vec<String>,
    /// Depth of what is not text: pictures, footnotes, front matter.
    silent: u32,
    in_front_matter: bool,
    elements: Vec<Element>,
    table: Option<Table>,
}

#[derive(Default)]
struct Table {
    has_head: bool,
    rows: Vec<Vec<Text>>,
    in_cell: bool,
    /// How many columns the open cell spans.
    span: usize,
}

impl Builder {
    fn markdown(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_front_matter => {
                let front = self.outline.front_matter.get_or_insert_with(|| (String::new(), span.clone()));
                front.0.push_str(&text);
                front.1.end = span.end;
            }
            Event::Text(text) | Event::Code(text) => self.text(&text, span),
            Event::SoftBreak | Event::HardBreak => self.text("\n", span),
            Event::Rule => self.flush(),
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.begin(Kind::Heading(depth(level))),
            Tag::Paragraph if self.kind == Kind::Item && self.runs.is_empty() => {}
            Tag::Paragraph | Tag::CodeBlock(_) | Tag::BlockQuote(_) | Tag::List(_) => self.begin(Kind::Paragraph),
            Tag::Item => self.begin(Kind::Item),
            Tag::Table(_) => self.begin_table(),
            Tag::TableHead => {
                self.begin_row();
                self.table.iter_mut().for_each(|table| table.has_head = true);
            }
            Tag::TableRow => self.begin_row(),
            Tag::TableCell => self.begin_cell(1),
            Tag::Strong => self.bold += 1,
            Tag::Emphasis => self.italic += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::Image { .. } | Tag::FootnoteDefinition(_) => self.silent += 1,
            Tag::MetadataBlock(_) => self.in_front_matter = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::Item | TagEnd::List(_) => self.flush(),
            TagEnd::BlockQuote(_) => self.flush(),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Table => self.end_table(),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link => drop(self.links.pop()),
            TagEnd::Image | TagEnd::FootnoteDefinition => self.silent = self.silent.saturating_sub(1),
            TagEnd::MetadataBlock(_) => self.in_front_matter = false,
            _ => {}
        }
    }

    fn html(&mut self, source: &str, offset: usize) {
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(source, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    let attribute = |name: &str| {
                        let found = tag.attributes.iter().find(|(key, _)| key.as_slice() == name.as_bytes());
                        found.map(|(_, value)| String::from_utf8_lossy(&value.value).into_owned())
                    };
                    let span = attribute("colspan").and_then(|span| span.parse().ok()).unwrap_or(1);
                    let is_struck = attribute("style").is_some_and(|style| style.contains("line-through"));
                    self.open(&name, attribute("href"), is_struck, span, tag.span.start + offset);
                }
                Token::EndTag(tag) => self.close(&String::from_utf8_lossy(&tag.name)),
                Token::String(text) => {
                    let span = text.span.start + offset..text.span.end + offset;
                    // Between elements Jekyll reads Markdown on, where CommonMark waits for an empty line.
                    if self.elements.is_empty() && self.table.is_none() && text.value.contains(&b'\n') {
                        self.between(source.get(text.span.start..text.span.end).unwrap_or_default(), span.start);
                        continue;
                    }
                    // In HTML a line end is a blank like others; `<br>` ends a line.
                    self.text(&String::from_utf8_lossy(&text.value).replace(['\n', '\r'], " "), span);
                }
                Token::Comment(text) => {
                    let span = text.span.start + offset..text.span.end + offset;
                    self.outline.comments.push((String::from_utf8_lossy(&text.value).into_owned(), span));
                }
                Token::Doctype(_) | Token::Error(_) => {}
            }
        }
    }

    fn between(&mut self, source: &str, offset: usize) {
        for (event, span) in Parser::new_ext(source, MARKDOWN).into_offset_iter() {
            self.markdown(event, span.start + offset..span.end + offset);
        }
    }

    fn open(&mut self, name: &str, href: Option<String>, is_struck: bool, span: usize, at: usize) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.begin(Kind::Heading(name.as_bytes()[1] - b'0')),
            "li" | "dd" | "summary" => self.begin(Kind::Item),
            "p" if self.kind == Kind::Item && self.runs.iter().all(|run| run.text.trim().is_empty()) => {}
            "table" => self.begin_table(),
            "tr" => self.begin_row(),
            "td" | "th" => {
                self.begin_cell(span);
                if name == "th" {
                    self.table.iter_mut().filter(|table| table.rows.len() == 1).for_each(|table| table.has_head = true);
                }
            }
            "br" => return self.text("\n", at..at),
            "hr" => return self.flush(),
            "img" | "input" | "meta" | "link" | "wbr" | "source" | "area" | "base" | "col" | "embed" => return,
            _ if is_block(name) => self.begin(Kind::Paragraph),
            _ => {}
        }
        if self.elements.len() >= DEEPEST {
            return;
        }
        // What is open around it holds for it too.
        let outer = self.elements.last();
        let of = outer.map(|element| element.style).unwrap_or_default();
        let style = Style {
            bold: of.bold || matches!(name, "b" | "strong" | "th"),
            italic: of.italic || matches!(name, "i" | "em" | "cite"),
            strike: of.strike || is_struck || matches!(name, "s" | "del" | "strike"),
        };
        let is_silent = outer.is_some_and(|element| element.silent);
        let link = href.filter(|_| name == "a").or_else(|| outer.and_then(|element| element.link.clone()));
        let silent = matches!(name, "script" | "style" | "template" | "noscript" | "head" | "svg" | "iframe" | "sup");
        self.elements.push(Element { name: name.to_owned(), style, link, silent: silent || is_silent });
    }

    fn close(&mut self, name: &str) {
        if let Some(open) = self.elements.iter().rposition(|element| element.name == name) {
            self.elements.truncate(open);
        }
        match name {
            "td" | "th" => self.end_cell(),
            "table" => self.end_table(),
            "li" | "dd" | "summary" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.flush(),
            _ if is_block(name) => self.flush(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, span: Range<usize>) {
        if self.silent > 0 || self.elements.last().is_some_and(|element| element.silent) {
            return;
        }
        // A block with more pieces is no text anybody reads.
        if self.runs.len() >= MOST_RUNS {
            return;
        }
        let inner = self.elements.last();
        let of = inner.map(|element| element.style).unwrap_or_default();
        let style = Style {
            bold: self.bold > 0 || of.bold,
            italic: self.italic > 0 || of.italic,
            strike: self.strike > 0 || of.strike,
        };
        let link = inner.and_then(|element| element.link.clone()).or_else(|| self.links.last().cloned());
        self.runs.push(Run { text: text.to_owned(), style, link, span });
    }

    fn is_in_cell(&self) -> bool {
        self.table.as_ref().is_some_and(|table| table.in_cell)
    }

    fn begin(&mut self, kind: Kind) {
        // A block within a cell is a line of it.
        if self.is_in_cell() {
            return self.break_line();
        }
        self.flush();
        self.kind = kind;
    }

    fn break_line(&mut self) {
        if let Some(last) = self.runs.last().filter(|run| !run.text.ends_with('\n')) {
            let at = last.span.end;
            self.runs.push(Run { text: "\n".to_owned(), style: Style::default(), link: None, span: at..at });
        }
    }

    /// Ends the open block.
    fn flush(&mut self) {
        if self.is_in_cell() {
            return self.break_line();
        }
        let kind = std::mem::take(&mut self.kind);
        let text = Text(std::mem::take(&mut self.runs)).trimmed();
        if text.is_empty() {
            return;
        }
        self.outline.blocks.push(match kind {
            Kind::Heading(level) => Block::Heading(level, text),
            Kind::Item => Block::Item(text),
            Kind::Paragraph => Block::Paragraph(text),
        });
    }

    fn begin_table(&mut self) {
        self.flush();
        self.end_table();
        self.table = Some(Table::default());
    }

    fn begin_row(&mut self) {
        self.end_cell();
        self.flush();
        self.table.iter_mut().for_each(|table| table.rows.push(Vec::new()));
    }

    fn begin_cell(&mut self, span: usize) {
        self.end_cell();
        self.flush();
        if let Some(table) = &mut self.table {
            table.in_cell = true;
            table.span = span.clamp(1, MOST_COLUMNS);
        }
    }

    fn end_cell(&mut self) {
        let Some(table) = self.table.as_mut().filter(|table| table.in_cell) else { return };
        table.in_cell = false;
        let text = Text(std::mem::take(&mut self.runs)).trimmed();
        if table.rows.is_empty() {
            table.rows.push(Vec::new());
        }
        let row = table.rows.last_mut().expect("there is a row");
        row.push(text);
        row.extend((1..table.span).map(|_| Text::default()));
    }

    fn end_table(&mut self) {
        self.end_cell();
        let Some(Table { has_head, mut rows, .. }) = self.table.take() else { return };
        rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        if !rows.is_empty() {
            self.outline.blocks.push(Block::Table { has_head, rows });
        }
    }
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "aside"
            | "nav"
            | "blockquote"
            | "figure"
            | "figcaption"
            | "center"
            | "details"
            | "dl"
            | "dt"
            | "ul"
            | "ol"
            | "pre"
            | "address"
            | "form"
    )
}
