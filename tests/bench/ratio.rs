//! Figures measured side by side: medians, ratios, and the line they make.
//!
//! A ratio is taken within each round, where both sides met the same weather, and the median is taken of the ratios.
//! Beside it stand the bounds of their middle half: a machine that others use makes outliers, which say nothing.

/// What a ratio is held to.
#[derive(Clone, Copy)]
pub enum Hold {
    /// Ours over theirs.
    AtMost(f64),
    /// Theirs over ours.
    AtLeast(f64),
}

/// Two things measured in turn.
#[derive(Default)]
pub struct Pair {
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Pair {
    /// One round.
    pub fn push(&mut self, ours: f64, theirs: f64) {
        self.ours.push(ours);
        self.theirs.push(theirs);
    }

    /// The line of the table. A ratio that is held to nothing is ours over theirs.
    pub fn print(&self, what: &str, hold: Option<Hold>) {
        let mut ratios: Vec<f64> = self.ours.iter().zip(&self.theirs).map(|(ours, theirs)| ours / theirs).collect();
        if let Some(Hold::AtLeast(_)) = hold {
            ratios.iter_mut().for_each(|ratio| *ratio = 1.0 / *ratio);
        }
        let ratio = quantile(&ratios, 2);
        let (lower, upper) = (quantile(&ratios, 1), quantile(&ratios, 3));
        let (held, bound) = match hold {
            Some(Hold::AtMost(bound)) => (ratio <= bound, format!("<= {bound}")),
            Some(Hold::AtLeast(bound)) => (ratio >= bound, format!(">= {bound}")),
            None => (true, "-".to_owned()),
        };
        let mark = if held { "" } else { "  MISSED" };
        let places = if ratio < 20.0 { 2 } else { 0 };
        let spread = format!("{lower:.places$}-{upper:.places$}");
        let (ours, theirs) = (quantile(&self.ours, 2), quantile(&self.theirs, 2));
        println!("{what:<46} {ours:>9.2} {theirs:>9.2} {ratio:>8.places$} {spread:>12}  {bound}{mark}");
    }
}

/// The head of the table.
pub fn head(what: &str) {
    println!("{what:<46} {:>9} {:>9} {:>8} {:>12}  hold", "allim", "other", "ratio", "half of them");
}

/// So many quarters of the values lie below it: 2 is the median.
fn quantile(values: &[f64], quarters: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * quarters / 4]
}
