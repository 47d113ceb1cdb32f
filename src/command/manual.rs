//! Completions and the manual page, made from the arguments themselves.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Failure;
use crate::arguments::Arguments;

pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "allim", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// One manual page for all commands: what each takes stands below it, not on a page that nobody installs.
pub(crate) fn manual() -> Result<ExitCode, Failure> {
    const REST: &str = ".SH \"EXIT STATUS\"\n0: done. 1: refused, with reasons. 2: wrong usage.\n\
        .SH FILES\n.TP\nallim.toml\nSettings of the service, in the folder it is started in: listen, data, state, \
        base_url, as its flags are called. A flag or a variable beats it.\n\
        .TP\ndata/*.toml\nProgramme files.\n.TP\nvar/allim.db\nWhat was published.\n";
    let command = Arguments::command();
    let page = clap_mangen::Man::new(command.clone());
    let mut out = Vec::new();
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    for command in command.get_subcommands() {
        describe(command, "allim", &mut out)?;
    }
    out.write_all(REST.as_bytes())?;
    page.render_version_section(&mut out)?;
    std::io::stdout().lock().write_all(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn describe(command: &clap::Command, parent: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    let page = clap_mangen::Man::new(command.clone().display_name(name.clone()).bin_name(name.clone()));
    let mut sections = Vec::new();
    page.render_description_section(&mut sections)?;
    page.render_synopsis_section(&mut sections)?;
    page.render_options_section(&mut sections)?;
    writeln!(out, ".SH \"{name}\"")?;
    out.write_all(String::from_utf8_lossy(&sections).replace(".SH ", ".SS ").as_bytes())?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(below, &name, out)?;
    }
    Ok(())
}
