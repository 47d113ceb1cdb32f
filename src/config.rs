//! Settings of the service: flags, then `ALLIM_*` variables, then `allim.toml`, then defaults. Read once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

/// The settings file, in the folder the service is started in.
pub const FILE: &str = "allim.toml";

/// Settings as one source gives them: flags and variables, or the file.
#[derive(Clone, Debug, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "ALLIM_LISTEN", hide_env_values = true, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Folder of programme files [default: data]
    #[arg(long, env = "ALLIM_DATA", hide_env_values = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder for what the service must remember [default: var]
    #[arg(long, env = "ALLIM_STATE", hide_env_values = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Address at which people reach the service [default: http:// and the listen address]
    #[arg(long, env = "ALLIM_BASE_URL", hide_env_values = true, value_name = "URL")]
    pub base_url: Option<Url>,
}

/// The settings of a service, complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Programme files.
    pub data: PathBuf,
    /// What it must remember.
    pub state: PathBuf,
    /// Its address for people, where it was given.
    pub base_url: Option<Url>,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file is not what it should be.
    #[error("{}: {message}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The base URL is no place pages can be found at.
    #[error("the base URL {0} must begin with http:// or https:// and have no query")]
    BaseUrl(Url),
}

impl Config {
    /// The settings that `given` (flags and variables) leave open are taken from `file`, if it exists.
    ///
    /// # Errors
    /// When the file has an unknown key or a value that cannot be used.
    pub fn load(given: Settings, file: &Path) -> Result<Config, ConfigError> {
        let failed = |message: String| ConfigError::File { path: file.to_owned(), message };
        let written: Settings = match std::fs::read_to_string(file) {
            Ok(text) => toml::from_str(&text).map_err(|error| failed(error.to_string()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Settings::default(),
            Err(error) => return Err(failed(error.to_string())),
        };
        let base_url = given.base_url.or(written.base_url);
        if let Some(url) = base_url.as_ref().filter(|url| !usable(url)) {
            return Err(ConfigError::BaseUrl(url.clone()));
        }
        Ok(Config {
            listen: given.listen.or(written.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            data: given.data.or(written.data).unwrap_or_else(|| "data".into()),
            state: given.state.or(written.state).unwrap_or_else(|| "var".into()),
            base_url,
        })
    }
}

/// Whether pages can be found below an address.
pub fn usable(base: &Url) -> bool {
    matches!(base.scheme(), "http" | "https") && base.has_host() && base.query().is_none() && base.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_the_file_and_the_file_beats_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "listen = \"127.0.0.1:1\"\nstate = \"here\"\n").unwrap();
        let given = Settings { listen: Some("127.0.0.1:2".parse().unwrap()), ..Settings::default() };
        let config = Config::load(given, &file).unwrap();
        let expected = Config {
            listen: "127.0.0.1:2".parse().unwrap(),
            data: "data".into(),
            state: "here".into(),
            base_url: None,
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "lisen = \"127.0.0.1:1\"\n").unwrap();
        let error = Config::load(Settings::default(), &file).unwrap_err().to_string();
        assert!(error.contains("lisen") && error.contains("allim.toml"), "{error}");
    }
}
