//! The accepted papers, and which of them a talk presents.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::MOST_ENTRIES;
use super::names::{looks_like_a_name, people};
use super::outline::Block;
use super::section::{Section, Topic};
use super::text::{Text, among, folded, tidy};

/// An accepted paper.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Paper {
    pub title: String,
    /// As the page names them, `et al.` among them.
    pub authors: Vec<String>,
    pub url: Option<String>,
    pub at: Range<usize>,
}

pub(super) fn papers(sections: &[Section<'_>]) -> Vec<Paper> {
    let (mut papers, mut known): (Vec<Paper>, HashSet<String>) = (Vec::new(), HashSet::new());
    for section in sections.iter().filter(|section| section.topic == Topic::Papers) {
        for block in &section.blocks {
            let found: Vec<Paper> = match block {
                Block::Heading(..) => Vec::new(),
                Block::Table { has_head, rows } => {
                    rows.iter().skip(usize::from(*has_head)).filter_map(|row| from_row(row)).collect()
                }
                Block::Paragraph(text) | Block::Item(text) => from_text(text),
            };
            for paper in found {
                if papers.len() < MOST_ENTRIES && known.insert(folded(&paper.title)) {
                    papers.push(paper);
                }
            }
        }
    }
    papers
}

/// A paper on a line, or on several: the title first, the authors below.
fn from_text(text: &Text) -> Vec<Paper> {
    let lines = text.lines();
    let each: Vec<Option<Paper>> = lines.iter().map(from_line).collect();
    if each.iter().all(Option::is_some) {
        return each.into_iter().flatten().collect();
    }
    match lines.as_slice() {
        [title, authors] if authors_of(&authors.plain()).is_some() => {
            let paper = |authors| new(&title.plain(), authors, title);
            authors_of(&authors.plain()).and_then(paper).into_iter().collect()
        }
        _ => from_line(text).into_iter().chain(each.into_iter().flatten()).take(lines.len()).collect(),
    }
}

fn from_row(row: &[Text]) -> Option<Paper> {
    let cells: Vec<&Text> = row.iter().filter(|cell| cell.plain().len() > 3).collect();
    let title = cells.iter().max_by_key(|cell| (authors_of(&cell.plain()).is_none(), cell.plain().len()))?;
    let authors = cells.iter().filter(|cell| cell != &title).find_map(|cell| authors_of(&cell.plain()));
    new(&title.plain(), authors.unwrap_or_default(), title)
}

fn from_line(line: &Text) -> Option<Paper> {
    let line = line.standing();
    // `[Link]`, `[PDF]`: where the paper is, and no part of its title.
    let leads_there = |run: &super::text::Run| {
        run.link.is_some() && among(&folded(&run.text), "link pdf paper arxiv openreview doi code poster video slides")
    };
    let address = line.0.iter().find(|run| leads_there(run)).and_then(|run| run.link.clone());
    let line = line.only(|run| !leads_there(run));
    let mut paper = titled(&line)?;
    paper.url = paper.url.or_else(|| Some(address?.to_string()));
    Some(paper)
}

fn titled(line: &Text) -> Option<Paper> {
    // The title is set off: in italics, bold or as a link; the rest is who wrote it.
    for set_off in [
        |run: &super::text::Run| run.style.italic,
        |run: &super::text::Run| run.style.bold,
        |run: &super::text::Run| run.link.is_some(),
    ] {
        let groups = line.groups(set_off);
        let Some(title) = groups.iter().max_by_key(|group| group.plain().len()) else { continue };
        let rest = line.only(|run| !title.0.contains(run)).plain();
        if title.plain().split(' ').count() < 3 {
            continue;
        }
        if let Some(authors) = authors_of(&rest) {
            return new_at(&title.plain(), authors, line, title);
        }
        if rest.chars().filter(|c| c.is_alphabetic()).count() < 4 {
            return new_at(&title.plain(), Vec::new(), line, title);
        }
    }
    let plain = line.plain();
    if let Some((_, rest)) = plain.split_once(['"', '“'])
        && let Some((title, after)) = rest.split_once(['"', '”'])
    {
        let before = plain.split(['"', '“']).next().unwrap_or("");
        let authors = authors_of(before).or_else(|| authors_of(after)).unwrap_or_default();
        return new(title, authors, line);
    }
    for separator in [": ", ". ", " - ", " – ", " — "] {
        let Some((left, right)) = plain.split_once(separator) else { continue };
        if let Some(authors) = authors_of(left) {
            return new(right, authors, line);
        }
        if let Some((title, last)) = plain.rsplit_once(separator)
            && let Some(authors) = authors_of(last)
        {
            return new(title, authors, line);
        }
    }
    if let Some((title, inner)) = plain.strip_suffix(')').and_then(|text| text.rsplit_once('('))
        && let Some(authors) = authors_of(inner)
    {
        return new(title, authors, line);
    }
    None
}

fn new(title: &str, authors: Vec<String>, at: &Text) -> Option<Paper> {
    new_at(title, authors, at, at)
}

/// A paper whose title stands apart: a link of an author's is not the paper's.
fn new_at(title: &str, authors: Vec<String>, at: &Text, linked: &Text) -> Option<Paper> {
    let title = tidy(title);
    let title = title.trim_end_matches("[]").trim_end_matches("()");
    let title = title.trim_matches(['"', '“', '”', ' ', ',', ':', '*', '|']).trim_end_matches('.').to_owned();
    let url = linked.leads_to();
    (title.split(' ').count() >= 2).then(|| Paper { title, authors, url, at: at.span() })
}

/// The authors a text lists, if it is such a list.
pub(super) fn authors_of(text: &str) -> Option<Vec<String>> {
    let text = tidy(text);
    let text = text.trim_matches([':', ',', '.', '-', '–', '—', ' ', '(', ')', '|', '·']);
    let text = text.strip_prefix("by ").unwrap_or(text);
    // How it is presented is not who wrote it.
    let shown = ["(oral", "(poster", "(spotlight"].iter().find_map(|how| text.find(how));
    let text = shown.and_then(|at| text.get(..at)).unwrap_or(text).trim_end_matches([' ', ',']);
    let mut authors = Vec::new();
    for part in text.split([',', ';', '&']).flat_map(|part| part.split(" and ")) {
        let name = tidy(part);
        let name = name.trim_matches(['.', ' ', '*']).to_owned();
        if name.is_empty() {
            continue;
        }
        if name.eq_ignore_ascii_case("et al") {
            authors.push("et al.".to_owned());
        } else if let Some(first) =
            name.to_ascii_lowercase().strip_suffix(" et al").map(|first| name[..first.len()].to_owned())
        {
            authors.extend([first, "et al.".to_owned()]);
        } else if looks_like_a_name(&name) || initials_and_name(&name) {
            authors.push(name);
        } else {
            return None;
        }
    }
    (!authors.is_empty()).then_some(authors)
}

/// `A. Author`, `Author A.B.`
fn initials_and_name(name: &str) -> bool {
    let words: Vec<&str> = name.split(' ').collect();
    let initial = |word: &&str| word.len() <= 6 && word.chars().all(|c| c.is_uppercase() || c == '.' || c == '-');
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase) && word.chars().count() > 1;
    (2..=4).contains(&words.len())
        && words.iter().any(initial)
        && words.iter().any(capital)
        && words.iter().all(|word| initial(word) || capital(word))
}

/// The papers, ready to be compared with every talk.
pub(super) struct Presentable {
    /// By each word of their titles: where it stands among the papers, as often as it does.
    words: HashMap<String, Vec<usize>>,
    each: Vec<Comparable>,
}

struct Comparable {
    words: usize,
    joined: String,
    surnames: HashSet<String>,
}

/// Of so many papers that have most of their words in common with a talk, the letters are compared too.
const MOST_COMPARED: usize = 4;

/// More words of a title tell it from others no better.
const MOST_WORDS: usize = 40;

fn title_words(title: &str) -> Vec<String> {
    folded(title).split(' ').take(MOST_WORDS).map(str::to_owned).collect()
}

fn folded_surname(name: &str) -> String {
    folded(super::ids::surname(name))
}

impl Presentable {
    pub fn new(papers: &[Paper]) -> Presentable {
        let mut words: HashMap<String, Vec<usize>> = HashMap::new();
        let each = papers.iter().enumerate().map(|(index, paper)| {
            let own = title_words(&paper.title);
            let count = own.len();
            own.into_iter().for_each(|word| words.entry(word).or_default().push(index));
            let surnames = paper.authors.iter().map(|author| folded_surname(author)).collect();
            Comparable { words: count, joined: joined(&paper.title), surnames }
        });
        let each = each.collect();
        Presentable { words, each }
    }

    /// The paper a talk presents, as its index: a title alike, or nearly so with the same name in front.
    pub fn by(&self, title: &str, speaker: Option<&str>) -> Option<usize> {
        let wanted = joined(title);
        let speaker = speaker.map(folded_surname);
        let words = title_words(title);
        let mut common = vec![0usize; self.each.len()];
        let distinct: HashSet<&String> = words.iter().collect();
        for index in distinct.into_iter().filter_map(|word| self.words.get(word)).flatten() {
            common[*index] += 1;
        }
        // Two spellings of a title have most of their words in common.
        let near = |index: &usize| 2 * common[*index] >= words.len().min(self.each[*index].words);
        let same_name =
            |index: usize| speaker.as_ref().is_some_and(|speaker| self.each[index].surnames.contains(speaker));
        let mut candidates: Vec<usize> = (0..self.each.len()).filter(near).collect();
        candidates.sort_by_key(|index| Reverse(common[*index] + if same_name(*index) { MOST_WORDS } else { 0 }));
        candidates.truncate(MOST_COMPARED);
        candidates.sort_unstable();
        let scored = candidates.into_iter().map(|index| {
            let known = &self.each[index].joined;
            let shorter = wanted.len().min(known.len());
            let alike = if shorter > 20 && (known.starts_with(&wanted) || wanted.starts_with(known)) {
                0.95
            } else {
                strsim::normalized_levenshtein(known, &wanted)
            };
            (index, alike + if same_name(index) { 0.2 } else { 0.0 })
        });
        scored.filter(|(_, score)| *score >= 0.85).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
    }
}

/// A title's letters and digits alone: `Auto - weighted` and `Auto-weighted` are one.
pub(super) fn joined(title: &str) -> String {
    // Similarity costs the product of the lengths.
    title.to_lowercase().chars().filter(|c| c.is_alphanumeric()).take(200).collect()
}

/// The author as the paper writes the speaker's name.
pub(super) fn spelled<'p>(paper: &'p Paper, speaker: &str) -> Option<&'p str> {
    let wanted = folded_surname(speaker);
    let author = paper.authors.iter().find(|author| folded_surname(author) == wanted)?;
    // Initials say less than the name in the schedule.
    let says_less = author.split_whitespace().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() == 1)
        && !speaker.split_whitespace().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() == 1)
        && speaker.split_whitespace().count() > 1;
    (!says_less && !people(author).is_empty()).then_some(author.as_str())
}
