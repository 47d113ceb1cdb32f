//! What is kept in the state folder: its backup, and the tokens.

use std::path::Path;
use std::process::ExitCode;

use allim::app::{secret, token};

use super::{Failure, clock_of, in_known_store, in_store, refused};
use crate::arguments::TokenCommand;

/// The database in one file, and beside it the key: without it every link in every mail that was sent is void.
pub(crate) fn backup(state: &Path, file: &Path, key: &Path) -> Result<ExitCode, Failure> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".secret");
    let beside = Path::new(&beside);
    for new in [file, beside] {
        if new.exists() {
            return Err(refused(format!("{} exists already; a backup is a new file", new.display())));
        }
    }
    in_known_store(state, async |store| {
        store.backup(file).await.map_err(refused)?;
        println!("{} holds everything as of now", file.display());
        // A state folder that nobody was served from has none yet.
        if key.exists() {
            secret::copy(key, beside).map_err(refused)?;
            println!("{} holds the key of the links in mails: keep it as secret as the mails", beside.display());
        }
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn tokens(command: TokenCommand) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::New { programme, name, state } => in_store(&state.state, async |store| {
            match token::issue(&store, &programme, &name, clock_of(&state.state)?.now()).await.map_err(refused)? {
                Some(secret) => {
                    eprintln!("this secret is shown once; it publishes {programme} by PUT /{programme}/programme.toml");
                    println!("{secret}");
                    Ok(ExitCode::SUCCESS)
                }
                None => Err(refused(format!("{programme} has a token called {name} already; choose another --name"))),
            }
        }),
        TokenCommand::List { programme, state } => in_store(&state.state, async |store| {
            for token in store.tokens(&programme).await.map_err(refused)? {
                let created = token.created.format("%Y-%m-%d %H:%M");
                let revoked =
                    token.revoked.map_or(String::new(), |at| format!(", revoked {}", at.format("%Y-%m-%d %H:%M")));
                println!("{}: made {created}{revoked} (UTC)", token.name);
            }
            Ok(ExitCode::SUCCESS)
        }),
        TokenCommand::Revoke { programme, name, state } => in_store(&state.state, async |store| {
            if store.revoke_token(&programme, &name, clock_of(&state.state)?.now()).await.map_err(refused)? {
                println!("{name} publishes {programme} no more");
                Ok(ExitCode::SUCCESS)
            } else {
                Err(refused(format!("{programme} has no token called {name}")))
            }
        }),
    }
}
