//! The Python that other calendar services are made of, installed once below the target folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What stands beside this file: the Flask application and the loop around Python's icalendar.
pub const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/peers.py");

const PACKAGES: [&str; 4] = ["radicale", "flask", "icalendar", "waitress"];

/// A Python with the packages; without it, why.
pub fn python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let python = folder.join("bin/python");
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let imports = format!("import {}", PACKAGES.join(", "));
    if run(&python, &["-c", &imports]) {
        return Ok(python);
    }
    let place = folder.to_string_lossy();
    if !run(Path::new("python3"), &["-m", "venv", &place]) {
        return Err("python3 makes no venv".to_owned());
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
    if !run(&python, &[&install[..], &PACKAGES].concat()) {
        return Err(format!("pip cannot install {}", PACKAGES.join(", ")));
    }
    Ok(python)
}
