//! What a browser makes of the pages: Chromium, where there is one, visits a service or a folder of files as people do.
//!
//! Stories look for roles and names, as a screen reader does, and not for the pages' own classes: what looks different
//! reads the same.

mod axe;
mod calendar;
mod console;
mod front;
mod leash;
mod looks;
mod mail;
mod mine;
mod organizers;
mod visitor;

use visitor::{Page, Visitor};

use crate::house::{Service, Way, read, walk};

/// A service that a browser can reach, with the programme in `data/`.
fn faimi(now: &str) -> Service {
    started(&["data/faimi-2025.toml"], now)
}

/// The same with the example of several rooms, days and hosts.
fn pacific(now: &str) -> Service {
    started(&["data/examples/pacific-2027.toml"], now)
}

fn started(files: &[&str], now: &str) -> Service {
    let named = |file: &&str| (file.rsplit('/').next().expect("a name").to_owned(), read(file));
    let files: Vec<(String, String)> = files.iter().map(named).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, source)| (name.as_str(), source.as_str())).collect();
    Service::start_by(Way { direct: true, ..Way::default() }, &files, now)
}

impl Service {
    /// The address of a path, for a browser.
    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// The first link to what is below a path in any mail that went out, once there is one.
fn mailed(service: &Service, below: &str) -> String {
    let marker = service.at(below);
    let found = |service: &Service| {
        let folder = service.state.join("outbox");
        let files = if folder.is_dir() { walk(&folder) } else { Vec::new() };
        files.iter().filter_map(|file| std::fs::read(file).ok()).find_map(|octets| {
            let mail = mail_parser::MessageParser::default().parse(&octets)?.body_text(0)?.into_owned();
            let (_, rest) = mail.split_once(&marker)?;
            Some(format!("{marker}{}", rest.split_whitespace().next()?))
        })
    };
    service.until(&format!("a mail with a link to {marker}"), |service| found(service).is_some());
    found(service).expect("found")
}
