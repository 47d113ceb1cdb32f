//! Names of people: told from titles, institutions and everything else that begins with a capital.

use super::text::{among, tidy};

/// Somebody who speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Speaker {
    pub name: String,
    pub affiliation: Option<String>,
}

/// The people a text names: `Prof. A Name (Somewhere)`, `A Name, Somewhere`, `A Name and B Name`.
pub(super) fn people(text: &str) -> Vec<Speaker> {
    let text = tidy(text.split('<').next().unwrap_or(text));
    let (bare, inner) = match text.split_once('(') {
        Some((head, tail)) => (tidy(head), tail.split(')').next().map(tidy)),
        None => (text, None),
    };
    let mut people: Vec<Speaker> = Vec::new();
    for part in bare.split([',', ';', '&']).flat_map(|part| part.split(" and ")) {
        let part = part.trim();
        let part = ["chair: ", "moderator: ", "Chair: ", "Moderator: "]
            .iter()
            .find_map(|role| part.strip_prefix(role))
            .unwrap_or(part);
        let name = without_titles(part.trim_end_matches(['.', ':']));
        if name.is_empty() || ["et al", "et al."].contains(&name.to_lowercase().as_str()) {
            continue;
        }
        if looks_like_a_name(&name) || people.is_empty() && is_a_name_alone(&name) {
            people.push(Speaker { name, affiliation: None });
        } else if let [only] = people.as_mut_slice() {
            // What follows the first name and is none is where they work.
            let known = only.affiliation.take().map_or(String::new(), |known| format!("{known}, "));
            only.affiliation = Some(format!("{known}{name}"));
        } else {
            return Vec::new();
        }
    }
    if let ([only], Some(inner)) = (people.as_mut_slice(), inner.filter(|inner| !inner.is_empty())) {
        only.affiliation.get_or_insert(inner);
    }
    people
}

fn is_a_name_alone(name: &str) -> bool {
    !name.is_ascii() && (2..=4).contains(&name.chars().count()) && name.chars().all(char::is_alphabetic)
}

const TITLES: &str = "prof professor dr mr ms mrs assoc asst assistant associate sir md phd dame";

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
        reception dinner ceremony tutorial demo introduction conclusion company google microsoft inc ltd gmbh \
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
