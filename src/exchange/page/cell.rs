//! What the cells of a slot say: what it is, what it is called, who speaks.
//!
//! A page writes speaker and title in one cell or in two, in either order, with a label in front or none.

use super::names::{Speaker, looks_like_a_name, people, without_titles};
use super::slots::Slot;
use super::text::{Text, among, folded, says, tidy};
use super::tokens::{Kind, Token, tokens};
use super::when::is_open;
use crate::domain::programme::SessionKind;

/// What the cells of a slot say.
pub(super) struct Cell {
    pub kind: Option<SessionKind>,
    pub title: String,
    pub speakers: Vec<Speaker>,
}

impl Cell {
    pub fn of(slot: &Slot) -> Cell {
        // What is struck out altogether was on the programme once.
        let what = Some(slot.what.standing()).filter(|what| !what.is_empty()).unwrap_or_else(|| slot.what.clone());
        let (label, rest) = label(&what);
        let mut kind = label.as_deref().and_then(kind_by_words);
        if let Some(who) = &slot.who {
            let names = Some(who.standing()).filter(|who| !who.is_empty()).unwrap_or_else(|| who.clone()).plain();
            let affiliation = slot.affiliation.as_ref().map(Text::plain);
            let mut speakers = people(&names);
            if let [only] = speakers.as_mut_slice() {
                only.affiliation = affiliation.or(only.affiliation.take());
            }
            let title = unquoted(&rest.plain());
            if speakers.is_empty() || is_nobody(&names) {
                return Cell { kind: kind.or_else(|| kind_by_words(&title)), title, speakers: Vec::new() };
            }
            kind = kind.or_else(|| kind_of_who(&names)).or_else(|| led(&title));
            return Cell { kind, title, speakers };
        }
        let (speakers, title) = speaker_and_title(&rest);
        if let (true, Some(label), Some(kind)) = (speakers.is_empty(), &label, kind)
            && let Some(cell) = named_only(kind, label, &rest.plain())
        {
            return cell;
        }
        if speakers.is_empty() {
            // `Talks: data that must not be open` is called so as a whole.
            let whole = if matches!(kind, None | Some(SessionKind::Oral | SessionKind::Poster | SessionKind::Break)) {
                what.plain()
            } else {
                rest.plain()
            };
            let title = unquoted(&whole);
            let kind = kind.or_else(|| kind_by_words(&title));
            // A label alone is the title: `Keynote:`.
            let title = if title.is_empty() { label.unwrap_or_default() } else { title };
            return Cell { kind, title, speakers };
        }
        let title = unquoted(&title);
        Cell { kind: kind.or_else(|| led(&title)), title, speakers }
    }
}

/// `Keynote: A Name (Somewhere)`, `Panel: A Name, B Name and the chairs`: people, and no title yet.
fn named_only(kind: SessionKind, label: &str, rest: &str) -> Option<Cell> {
    let speakers = match kind {
        SessionKind::Keynote => people(rest),
        SessionKind::Panel => {
            let parts = rest.split([',', ';']).flat_map(|part| part.split(" and "));
            let each =
                parts.map(|part| part.trim_start_matches("and ")).filter_map(|part| people(part).into_iter().next());
            each.filter(|speaker| looks_like_a_name(&speaker.name)).collect()
        }
        _ => return None,
    };
    let first = speakers.first().filter(|first| looks_like_a_name(&first.name))?;
    let title = if kind == SessionKind::Panel { label.to_owned() } else { String::new() };
    without_titles(rest).starts_with(&first.name).then_some(Cell { kind: Some(kind), title, speakers })
}

/// A part of the programme that somebody leads: its title is no talk's, though a name stands with it.
fn led(title: &str) -> Option<SessionKind> {
    let words = folded(title);
    let count = words.split(' ').count();
    // `Our panel: what nobody asks`
    let found = kind_by_words(title.split(':').next().unwrap_or(title))?;
    let is_plain = count <= 3 || says(&words, "award awards panel");
    let is_led = matches!(found, SessionKind::Ceremony | SessionKind::Break | SessionKind::Panel | SessionKind::Poster);
    (is_plain && is_led).then_some(found)
}

/// The first text in quotation marks, with what stands before and behind it.
fn quoted(plain: &str) -> Option<(&str, &str, &str)> {
    let open = plain.find(['"', '“', '„', '«'])?;
    let width = plain[open..].chars().next().map_or(1, char::len_utf8);
    let inner = &plain[open + width..];
    let close = inner.find(['"', '”', '“', '»'])?;
    let after = close + inner[close..].chars().next().map_or(1, char::len_utf8);
    Some((&plain[..open], &inner[..close], &inner[after..]))
}

/// The words in front that say what it is, when they are set off: `**Keynote speaker:** ...`, `Invited talk 2. ...`,
/// `**Keynote** A Name: ...`.
fn label(text: &Text) -> (Option<String>, Text) {
    const WORDS: &str = "\
        keynote invited plenary talk talks speaker speech panel discussion session sessions poster posters \
        oral orals spotlight spotlights lightning round table contributed paper papers presentation \
        presentations lecture";
    let raw = text.raw();
    let tokens = tokens(&raw);
    let counts = |token: &Token| match &token.kind {
        Kind::Word(word) => among(word, WORDS),
        Kind::Number(_, digits) => *digits <= 2,
        Kind::Sign(sign) => *sign == '#',
    };
    // A picture or a quotation mark may stand in front.
    let lead = tokens.iter().take_while(|token| matches!(token.kind, Kind::Sign(sign) if sign != '#')).count();
    let tokens = &tokens[lead..];
    let mut length = tokens.iter().take_while(|token| counts(token)).count();
    // `Session 1A`
    let joined = |at: usize| tokens.get(at).is_some_and(|next| next.range.start == tokens[at - 1].range.end);
    if length > 0 && joined(length) && tokens[length].word().is_some_and(|word| word.len() == 1) {
        length += 1;
    }
    let none = (None, text.clone());
    if length == 0 || tokens[0].word().is_none() {
        return none;
    }
    let end = tokens[length - 1].range.end;
    let head = text.part(tokens[0].range.start..end);
    let set_off =
        tokens.get(length).is_some_and(|next| next.is(':') || next.is('.') || next.is_dash() && !joined(length));
    // `Keynote by A Name: ...`
    let set_off = set_off || tokens.get(length).is_some_and(|next| next.word() == Some("by"));
    let rest_start = if set_off { tokens[length].range.end } else { end };
    let rest = text.part(rest_start..raw.len());
    // Without a sign only where the label alone is bold.
    let is_bold = |text: &Text| text.0.iter().all(|run| run.style.bold || run.text.trim().is_empty());
    let bold_alone = is_bold(&head) && !rest.is_empty() && !rest.0.iter().any(|run| run.style.bold);
    if set_off || bold_alone { (Some(head.plain()), rest) } else { none }
}

/// Speakers and title of a cell that holds both.
fn speaker_and_title(text: &Text) -> (Vec<Speaker>, String) {
    let plain = text.plain();
    // `A Name, et al. A title`
    // In small letters of ASCII alone, every octet keeps its place.
    let lower = plain.to_ascii_lowercase();
    if let Some(at) = lower.find("et al") {
        let after = plain[at + 5..].trim_start_matches(['.', ':', ',', ' ', '-', '–']);
        let names = people(plain[..at].trim_end_matches([',', ' ']));
        if !names.is_empty() && !after.is_empty() {
            return (names, tidy(after));
        }
    }
    // `A Name, "A title"`, `"A title" -- A Name, B Name`
    if let Some((before, quoted, after)) = quoted(&plain) {
        for who in [before, after] {
            let who = who.trim_matches([',', ':', '-', '–', '—', ' ', '.']);
            let names = people(who);
            if !names.is_empty() && names.iter().all(|speaker| looks_like_a_name(&speaker.name)) {
                return (names, tidy(quoted));
            }
        }
    }
    // A title in italics, or on a line of its own.
    let slanted = text.groups(|run| run.style.italic);
    if let [title] = slanted.as_slice() {
        let rest = text.only(|run| !run.style.italic).plain();
        let names = people(rest.trim_matches([':', ',', '-', '–', ' ', '.', '"', '“', '”']));
        if !names.is_empty() {
            return (names, title.plain());
        }
    }
    let lines = text.lines();
    if let [first, second] = lines.as_slice() {
        for (who, title) in [(second, first), (first, second)] {
            let names = people(&who.plain());
            if !names.is_empty() && names.iter().all(|speaker| looks_like_a_name(&speaker.name)) {
                return (names, title.plain());
            }
        }
    }
    for separator in [" - ", " – ", " — ", ": ", " | "] {
        let Some((left, right)) = plain.split_once(separator) else { continue };
        for (who, title) in [(left, right), (right, left)] {
            let names = people(who);
            if !names.is_empty() && names.iter().all(|speaker| looks_like_a_name(&speaker.name)) {
                return (names, tidy(title));
            }
        }
    }
    // `Opening, A Name`
    if let Some((title, who)) = plain.split_once(", ") {
        let names = people(who);
        if led(title).is_some() && !names.is_empty() && names.iter().all(|speaker| looks_like_a_name(&speaker.name)) {
            return (names, tidy(title));
        }
    }
    // `A title (A Name, Somewhere)`, `A title by A Name`
    let inner = plain.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    // Who chairs a session is not who speaks in it.
    let leads = |inner: &str| says(&folded(inner), "chair chairs moderator host");
    if let Some((title, inner)) = inner.filter(|(_, inner)| !leads(inner)) {
        let names = people(inner);
        if !names.is_empty() && names.iter().all(|speaker| looks_like_a_name(&speaker.name)) {
            return (names, tidy(title));
        }
    }
    if let Some((title, who)) = plain.rsplit_once(" by ") {
        let names = people(who);
        if !names.is_empty() && names.iter().all(|speaker| looks_like_a_name(&speaker.name)) {
            return (names, tidy(title));
        }
    }
    (Vec::new(), plain)
}

fn is_nobody(names: &str) -> bool {
    let folded = folded(names);
    folded.is_empty()
        || ["all", "everyone", "organizers", "organisers", "chairs", "n a"].contains(&folded.as_str())
        || is_open(names)
}

fn kind_of_who(names: &str) -> Option<SessionKind> {
    folded(names).split(' ').any(|word| word == "keynote").then_some(SessionKind::Keynote)
}

const BREAKS: &str = "\
    coffee lunch break tea refreshments reception dinner networking social excursion trip walk drinks \
    party pause kaffeepause mittagspause mittagessen abendessen empfang kaffee 휴식 커피브레이크 점심 점심식사 중식 만찬 저녁식사";

/// What a session is, by the words of its title or label; none for what may be a talk.
pub(super) fn kind_by_words(text: &str) -> Option<SessionKind> {
    // What stands in brackets is about it, not its name.
    let folded = folded(text.split('(').next().filter(|head| !head.trim().is_empty()).unwrap_or(text));
    let any = |list: &str| says(&folded, list);
    let few = folded.split(' ').count() <= 8;
    if any("keynote keynotes plenary hauptvortrag 기조강연 초청강연") || folded.starts_with("invited") {
        Some(SessionKind::Keynote)
    } else if few && any(BREAKS) {
        Some(SessionKind::Break)
    } else if few
        && any("poster posters posterausstellung 포스터 포스터세션")
        && !any("award awards prize closing opening")
    {
        Some(SessionKind::Poster)
    } else if few
        && (any("panel roundtable discussion debate podiumsdiskussion 패널 패널토론 토론")
            || folded.contains("round table"))
    {
        Some(SessionKind::Panel)
    } else if few
        && any(
            "welcome opening closing remarks awards award prize ceremony farewell goodbye hello introduction wrap registration begrüßung eröffnung \
             abschluss schlusswort preisverleihung registrierung anmeldung 개회 개회사 폐회 폐회사 등록 시상식",
        )
    {
        Some(SessionKind::Ceremony)
    } else if few
        && any(
            "oral orals talk talks spotlight spotlights contributed presentation presentations paper vortrag vorträge 발표 구두발표",
        )
    {
        Some(SessionKind::Oral)
    } else {
        None
    }
}

fn unquoted(text: &str) -> String {
    let text = tidy(text);
    let text = text.trim_matches(['"', '“', '”', '„', '«', '»', ' ']).trim_matches(['-', '–', ' ']);
    // A picture in front is no part of a title.
    text.trim_start_matches(|c: char| c as u32 >= 0x2190 && !c.is_alphanumeric()).trim().to_owned()
}
