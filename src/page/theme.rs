//! A workshop's own colour, as far as it can be read: light and dark enough on either paper (WCAG 2.2, 1.4.3).

use csscolorparser::Color;

/// The papers of the style sheet, and its accent where a workshop names none.
const LIGHT: Paper = Paper { paper: "#f3f1eb", darker: true };
const DARK: Paper = Paper { paper: "#1d2426", darker: false };

/// 4.5 is asked of text; a little more leaves room for rounding.
const CONTRAST: f32 = 4.6;

struct Paper {
    paper: &'static str,
    darker: bool,
}

/// The style sheet that turns the accent into a workshop's colour; none for a name that is no colour.
pub fn colors(name: &str) -> Option<String> {
    let color = csscolorparser::parse(name).ok()?;
    let [light, dark] = [LIGHT, DARK].map(|on| readable(&color, &on));
    let rule = |accent: &Color| format!(":root{{--accent:{};--on-accent:{}}}", hex(accent), on(accent));
    Some(format!("{}\n@media (prefers-color-scheme:dark){{{}}}\n", rule(&light), rule(&dark)))
}

/// The colour itself, or the nearest of its hue that is read on that paper.
fn readable(color: &Color, on: &Paper) -> Color {
    let paper = csscolorparser::parse(on.paper).unwrap_or_default();
    let end = if on.darker { [0.0; 3] } else { [1.0; 3] };
    let mixed = |part: f32| {
        let mix = |from: f32, to: f32| from + (to - from) * part;
        Color::new(mix(color.r, end[0]), mix(color.g, end[1]), mix(color.b, end[2]), 1.0)
    };
    let steps = (0u8..=50).map(|step| mixed(f32::from(step) / 50.0));
    steps.into_iter().find(|mixed| contrast(mixed, &paper) >= CONTRAST).unwrap_or_else(|| mixed(1.0))
}

/// What is read on it: white where that is readable, else black.
fn on(accent: &Color) -> &'static str {
    let white = Color::new(1.0, 1.0, 1.0, 1.0);
    if contrast(accent, &white) >= CONTRAST { "#fff" } else { "#000" }
}

fn hex(color: &Color) -> String {
    color.to_css_hex().to_string()
}

fn contrast(one: &Color, other: &Color) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance (WCAG 2.2).
fn luminance(color: &Color) -> f32 {
    let linear = |part: f32| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_there_is_can_be_read_on_either_paper() {
        for name in csscolorparser::NAMED_COLORS.keys() {
            let color = csscolorparser::parse(name.as_str()).unwrap();
            for paper in [LIGHT, DARK] {
                let accent = readable(&color, &paper);
                let behind = csscolorparser::parse(paper.paper).unwrap();
                assert!(contrast(&accent, &behind) >= 4.5, "{name} on {}", paper.paper);
                let above = csscolorparser::parse(on(&accent)).unwrap();
                assert!(contrast(&accent, &above) >= 4.5, "{name} under {}", on(&accent));
            }
        }
        assert_eq!(colors("no colour"), None);
    }
}
