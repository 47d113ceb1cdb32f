//! A finding: what was looked at, how it is, and what to do about it. One line each.

use super::kind::Named;

/// How something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, with a limit or a risk that is told.
    Warn,
    /// It does not work, or mail would not arrive.
    Fail,
}

impl Named for Level {
    const ALL: &'static [(&'static str, Level)] = &[("ok", Level::Ok), ("warn", Level::Warn), ("fail", Level::Fail)];
}

impl Level {
    /// `ok`, `warn`, `fail`.
    pub fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }
}

/// A finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How it is.
    pub level: Level,
    /// What was looked at.
    pub check: &'static str,
    /// What was seen.
    pub says: String,
    /// What to do, where something is to be done.
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { level: Level::Ok, check, says: says.into(), advice: None }
    }

    /// It works, but.
    pub fn warn(check: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding { level: Level::Warn, check, says: says.into(), advice: Some(advice.into()) }
    }

    /// It does not work.
    pub fn fail(check: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding { level: Level::Fail, check, says: says.into(), advice: Some(advice.into()) }
    }

    /// On one line; nothing in it reaches a terminal but letters.
    pub fn line(&self) -> String {
        let advice = self.advice.as_ref().map_or_else(String::new, |advice| format!(": {advice}"));
        let line = format!("{:<4}  {}: {}{advice}", self.level.name(), self.check, self.says);
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}
