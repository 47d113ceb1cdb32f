//! Programme files for the benches: made up, and the same on every machine.
//!
//! The texts are words of random syllables, so that they compress about as well as English does and hold the characters
//! that must be escaped. The year lies so far ahead that no run of a bench finds a deadline past.

use std::fmt::Write;

/// How long a session's summary is, in octets.
pub const TEXT: usize = 600;

const SESSIONS_A_DAY: usize = 40;

/// A programme with that many sessions, ten minutes each, and six deadlines.
pub fn source(id: &str, sessions: usize) -> String {
    let mut dice = Dice::new(id);
    let mut file = format!(
        "[programme]\nid = \"{id}\"\ntitle = \"Workshop {id}\"\nshort = \"{id}\"\ntime_zone = \"Asia/Seoul\"\n\
         uid_domain = \"example.org\"\nurl = \"https://example.org/{id}/\"\nsummary = \"\"\"{}\"\"\"\n\n\
         [venue]\nname = \"Convention Center\"\ncity = \"Daejeon\"\nroom = \"Hall 1\"\ngeo = [36.3753, 127.3925]\n\n",
        dice.text(TEXT)
    );
    let kinds = ["abstract", "submission", "notification", "camera-ready", "registration", "other"];
    for (month, kind) in (1..).zip(kinds) {
        let _ = writeln!(
            file,
            "[[deadline]]\nid = \"{kind}\"\nkind = \"{kind}\"\ntitle = \"{}\"\nshort = \"Step {month}\"\n\
             due = 2099-{month:02}-15\nneeds = \"\"\"{}\"\"\"\n",
            dice.text(40),
            dice.text(200),
        );
    }
    for number in 0..sessions {
        let (day, tenth) = (number / SESSIONS_A_DAY, number % SESSIONS_A_DAY);
        let clock = |tenth: usize| format!("{:02}:{:02}:00", 9 + tenth / 6, tenth % 6 * 10);
        let date = format!("2099-{:02}-{:02}", 8 + day / 28, 1 + day % 28);
        let _ = writeln!(
            file,
            "[[session]]\nid = \"talk-{number}\"\nkind = \"oral\"\ntitle = \"{}\"\nstart = {date}T{}\n\
             end = {date}T{}\nspeakers = [{{ name = \"{}\", affiliation = \"{}\" }}]\nsummary = \"\"\"{}\"\"\"\n",
            dice.text(60),
            clock(tenth),
            clock(tenth + 1),
            dice.text(14),
            dice.text(24),
            dice.text(TEXT),
        );
    }
    file
}

/// Random numbers that are the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: &str) -> Dice {
        // Zero would stay zero for ever.
        Dice(seed.bytes().fold(0x9e37_79b9_7f4a_7c15, |seed, octet| (seed ^ u64::from(octet)).wrapping_mul(31)) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    /// A text of exactly that many octets.
    pub fn text(&mut self, octets: usize) -> String {
        const SYLLABLES: [&str; 32] = [
            "an", "ber", "co", "den", "e", "fa", "ger", "hi", "in", "jo", "ka", "ler", "mo", "nis", "o", "pre", "qua",
            "re", "sti", "ta", "un", "ver", "wo", "xi", "yo", "zen", "ing", "al", "ness", "ü", "tion", "gra",
        ];
        let mut text = String::with_capacity(octets + 16);
        while text.len() < octets {
            for _ in 0..=self.roll(4) {
                text.push_str(SYLLABLES[self.roll(SYLLABLES.len())]);
            }
            text.push_str(["; ", ", ", ", ", ". "].get(self.roll(40)).copied().unwrap_or(" "));
        }
        while text.len() > octets || text.ends_with(' ') {
            text.pop();
        }
        text.push_str(&"n".repeat(octets - text.len()));
        text
    }
}
