//! What axe-core, the checker of WCAG rules, says of a page. It is put in through the browser, so that the pages' policy
//! needs no exception for it.

use std::sync::OnceLock;

use super::visitor::Page;
use crate::house::project;

/// Where `.ci/run` puts it.
const PLACE: &str = ".ci/node_modules/axe-core/axe.min.js";

const RUN: &str = "
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map((found) =>
      `${found.id}: ${found.help}\\n` + found.nodes.slice(0, 6).map((node) =>
        `    ${node.html.slice(0, 160)}\\n    ${node.failureSummary.replaceAll('\\n', ' ')}`).join('\\n')).join('\\n'))
";

/// Its text; none where it is not installed: then a line says so.
fn source() -> Option<&'static str> {
    static SOURCE: OnceLock<Option<String>> = OnceLock::new();
    let source = SOURCE.get_or_init(|| std::fs::read_to_string(project(PLACE)).ok()).as_deref();
    if source.is_none() {
        println!("left out: what axe-core says of the pages, for it is not in {PLACE}");
    }
    source
}

impl Page {
    /// What violates a rule, in light and in dark. Nothing is known of it where no script runs.
    pub fn violations(&self) -> String {
        let Some(source) = source().filter(|_| self.runs_scripts) else { return String::new() };
        self.value(&format!("{source}; true"));
        let mut found = String::new();
        for dark in [false, true] {
            self.darken(dark);
            let said = self.value(RUN);
            let said = said.as_str().expect("a report");
            if !said.is_empty() {
                found.push_str(&format!("{} ({}):\n{said}\n", self.address(), if dark { "dark" } else { "light" }));
            }
        }
        self.darken(false);
        found
    }
}
