//! Names of people: told from titles, institutions and everything else that begins with a capital.

use super::text::{among, folded, says, tidy};

/// Somebody who speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Speaker {
    pub name: String,
    pub affiliation: Option<String>,
}

/// The people a text names: `Prof. A Name (Somewhere)`, `A Name, Somewhere`, `A Name and B Name`.
pub(super) fn people(text: &str) -> Vec<Speaker> {
    let text = tidy(text.split('<').next().unwrap_or(text));
    let mut people: Vec<Speaker> = Vec::new();
    for part in parts(&text) {
        let part = ["chair: ", "moderator: ", "Chair: ", "Moderator: "]
            .iter()
            .find_map(|role| part.strip_prefix(role))
            .unwrap_or(&part)
            .to_owned();
        let (bare, inner) = match part.split_once('(') {
            // What they do there is not where they work.
            Some((bare, inner)) => {
                let inner = Some(tidy(inner.trim_end_matches(')')));
                (tidy(bare), inner.filter(|inner| !inner.is_empty() && !says(&folded(inner), PARTS)))
            }
            None => (part, None),
        };
        let name = without_titles(bare.trim_end_matches(['.', ':']));
        if name.is_empty() || ["et al", "et al."].contains(&name.to_lowercase().as_str()) {
            continue;
        }
        if looks_like_a_name(&name) || people.is_empty() && is_a_name_alone(&name) {
            people.push(Speaker { name, affiliation: inner });
        } else if let Some(last) = people.last_mut() {
            // What follows a name and is none is where they work.
            let known = last.affiliation.take().map_or(String::new(), |known| format!("{known}, "));
            let inner = inner.map_or(String::new(), |inner| format!(" ({inner})"));
            last.affiliation = Some(format!("{known}{name}{inner}"));
        } else {
            return Vec::new();
        }
    }
    people
}

/// The parts of a list of people: a comma within brackets ends none.
pub(super) fn parts(text: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0usize, vec![String::new()]);
    let spelled = text.replace(" and ", ", ").replace(" & ", ", ");
    for c in spelled.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' | ';' | '·' | '•' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("a part").push(c);
    }
    let parts = parts.iter().map(|part| tidy(part)).map(|part| part.strip_prefix("and ").unwrap_or(&part).to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

fn is_a_name_alone(name: &str) -> bool {
    !name.is_ascii() && (2..=4).contains(&name.chars().count()) && name.chars().all(char::is_alphabetic)
}

/// What somebody does in a session.
const PARTS: &str = "\
    moderator moderation chair chairs cochair host speaker presenter presenting panelist panellist organizer \
    organiser online remote remotely virtual virtually invited tbc tbd tba";

const TITLES: &str =
    "prof professor dr ir ing dipl mag eng em emeritus hon mr ms mrs assoc asst assistant associate sir md phd dame";

/// A name without what stands before it: `Prof. Dr.`
pub(super) fn without_titles(name: &str) -> String {
    let words = name.split_whitespace().skip_while(|word| among(&word.trim_end_matches('.').to_lowercase(), TITLES));
    words.collect::<Vec<_>>().join(" ")
}

/// Two to five words that begin with capitals, none of which is a word of titles or institutions.
pub(super) fn looks_like_a_name(text: &str) -> bool {
    const NOT_NAMES: &str = "\
        university institute college department hospital center centre school lab laboratory session talk \
        keynote poster posters coffee break lunch welcome opening closing remarks panel discussion round \
        table award awards paper oral learning data model models imaging medical fairness clinical research \
        technology science sciences analysis neural deep workshop invited spotlight networking registration \
        reception dinner ceremony tutorial demo introduction conclusion company google microsoft eth mit epfl kaist postech ucl ucla ucsf nih inria cnrs lmu tum kth dtu nyu usc cmu kcl snu nus ntu iit inc ltd gmbh \
        the college academy foundation group team best tbc tba tbd";
    const PARTICLES: &str = "de van von der den di da la le el al bin dos ter ten del y i";
    let words: Vec<&str> = text.split_whitespace().collect();
    let capital =
        |word: &str| word.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_ascii() && c.is_alphabetic());
    let clean = |word: &str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | '\'' | '’'));
    (2..=5).contains(&words.len())
        && words.iter().all(|word| clean(word) && (capital(word) || among(word, PARTICLES)))
        && words.last().is_some_and(|word| capital(word) && word.chars().filter(|c| c.is_alphabetic()).count() > 1)
        && words.iter().filter(|word| word.chars().count() > 1 && word.chars().all(char::is_uppercase)).count()
            < words.len()
        && !words.iter().any(|word| among(&word.to_lowercase(), NOT_NAMES))
}
