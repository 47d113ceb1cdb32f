//! Settings of the service: flags, then `ALLIM_*` variables, then `allim.toml`, then defaults. Read once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

/// The settings file, in the folder the service is started in.
pub const FILE: &str = "allim.toml";

/// How mail leaves where nothing else is said: a file for each message, below the state folder.
const MAIL: &str = "file:outbox";

/// Settings as one source gives them: flags and variables, or the file.
#[derive(Clone, Default, Deserialize, clap::Args)]
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
    /// How mail leaves: file:FOLDER below the state folder, smtp://USER:PASSWORD@HOST:PORT, smtps://... [default: file:outbox]
    #[arg(long, env = "ALLIM_MAIL", hide_env_values = true, value_name = "URL")]
    pub mail: Option<String>,
    /// A file that holds the same, so that a password need not stand in a command or a variable
    #[arg(long, env = "ALLIM_MAIL_FILE", hide_env_values = true, value_name = "FILE")]
    pub mail_file: Option<PathBuf>,
    /// Mails a day that the relay takes [default: any number]
    #[arg(long, env = "ALLIM_MAIL_PER_DAY", hide_env_values = true, value_name = "NUMBER")]
    pub mail_per_day: Option<u32>,
    /// Sessions with the relay at once [default: 4]
    #[arg(long, env = "ALLIM_MAIL_SESSIONS", hide_env_values = true, value_name = "NUMBER")]
    pub mail_sessions: Option<usize>,
    /// The address mail is from [default: allim at the base URL's host]
    #[arg(long, env = "ALLIM_FROM", hide_env_values = true, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// Domain of bounce addresses, whose mail is piped into allim bounce
    #[arg(long, env = "ALLIM_BOUNCE_DOMAIN", hide_env_values = true, value_name = "DOMAIN")]
    pub bounce_domain: Option<String>,
    /// Folder of mail templates that stand in for ours
    #[arg(long, env = "ALLIM_TEMPLATES", hide_env_values = true, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Proxies whose word about a client's address is taken
    #[arg(long, env = "ALLIM_TRUSTED_PROXIES", hide_env_values = true, value_name = "NETWORK", value_delimiter = ',',
          value_parser = network)]
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
    /// Organizers, who are told what they should know: ADDRESS, or PROGRAMME:ADDRESS [default: each programme's contact]
    #[arg(long, env = "ALLIM_ORGANIZERS", hide_env_values = true, value_name = "ADDRESS", value_delimiter = ',')]
    #[serde(default)]
    pub organizers: Vec<String>,
    /// DNS server that doctor asks [default: the system's]
    #[arg(long, env = "ALLIM_RESOLVER", hide_env_values = true, value_name = "ADDR")]
    pub resolver: Option<SocketAddr>,
    /// File of the key that links in mails are signed with [default: secret in the state folder]
    #[arg(long, env = "ALLIM_SECRET_FILE", hide_env_values = true, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Confirmations an hour for one network before they are delayed [default: 300]
    #[arg(long, env = "ALLIM_SIGN_UPS_PER_HOUR", hide_env_values = true, value_name = "NUMBER")]
    pub sign_ups_per_hour: Option<u32>,
}

/// A network, or one address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().ok().or_else(|| one().ok());
    network.ok_or_else(|| format!("{text:?} is no network: write it as 10.0.0.0/8, or an address as 127.0.0.1"))
}

/// The settings of a service, complete.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Programme files.
    pub data: PathBuf,
    /// What it must remember.
    pub state: PathBuf,
    /// Its address for people, where it was given.
    pub base_url: Option<Url>,
    /// How mail leaves: a URL, which may hold a password.
    pub mail: SecretString,
    /// Files that hold a password.
    pub holding_secrets: Vec<PathBuf>,
    /// Mails a day that the relay takes.
    pub mail_per_day: Option<u32>,
    /// Sessions with the relay at once.
    pub mail_sessions: usize,
    /// The address mail is from, where it was given.
    pub from: Option<String>,
    /// Domain of bounce addresses.
    pub bounce_domain: Option<String>,
    /// Mail templates that stand in for ours.
    pub templates: Option<PathBuf>,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Organizers, as they were named.
    pub organizers: Vec<String>,
    /// DNS server that doctor asks.
    pub resolver: Option<SocketAddr>,
    /// File of the key that links are signed with, where it is not the state folder's.
    pub secret_file: Option<PathBuf>,
    /// Confirmations an hour for one network before they are delayed.
    pub sign_ups_per_hour: u32,
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
    /// The file with the mail URL cannot be read.
    #[error("{}: {message}", path.display())]
    Mail {
        /// Which file.
        path: PathBuf,
        /// Why.
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
        // A password in the settings file can be read there even where something else is used.
        let has_password = |mail: &str| Url::parse(mail).is_ok_and(|url| url.password().is_some());
        let mut holding_secrets = Vec::new();
        holding_secrets.extend(written.mail.as_deref().filter(|mail| has_password(mail)).map(|_| file.to_owned()));
        let mail_file = given.mail_file.or(written.mail_file);
        holding_secrets.extend(mail_file.clone());
        let mail = match mail_file {
            Some(path) => {
                let text = std::fs::read_to_string(&path);
                text.map_err(|error| ConfigError::Mail { path, message: error.to_string() })?.trim().to_owned()
            }
            None => given.mail.or(written.mail).unwrap_or_else(|| MAIL.to_owned()),
        };
        let proxies = if given.trusted_proxies.is_empty() { written.trusted_proxies } else { given.trusted_proxies };
        let organizers = if given.organizers.is_empty() { written.organizers } else { given.organizers };
        Ok(Config {
            organizers,
            mail: mail.into(),
            holding_secrets,
            mail_per_day: given.mail_per_day.or(written.mail_per_day),
            mail_sessions: given.mail_sessions.or(written.mail_sessions).unwrap_or(4).clamp(1, 64),
            from: given.from.or(written.from),
            bounce_domain: given.bounce_domain.or(written.bounce_domain),
            templates: given.templates.or(written.templates),
            trusted_proxies: proxies,
            resolver: given.resolver.or(written.resolver),
            secret_file: given.secret_file.or(written.secret_file),
            sign_ups_per_hour: given.sign_ups_per_hour.or(written.sign_ups_per_hour).unwrap_or(300),
            listen: given.listen.or(written.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            data: given.data.or(written.data).unwrap_or_else(|| "data".into()),
            state: given.state.or(written.state).unwrap_or_else(|| "var".into()),
            base_url,
        })
    }
}

impl Config {
    /// The address for people, without a slash at its end: the one given, or where it listens.
    pub fn base(&self) -> String {
        let base = self.base_url.as_ref().map_or_else(|| format!("http://{}", self.listen), ToString::to_string);
        base.trim_end_matches('/').to_owned()
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
        assert_eq!(config.listen, "127.0.0.1:2".parse().unwrap());
        assert_eq!((config.data, config.state, config.base_url), ("data".into(), "here".into(), None));
        assert_eq!((config.mail_sessions, config.mail_per_day), (4, None));
    }

    #[test]
    fn a_password_is_in_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let given = Settings { mail: Some("smtp://me:hunter2@relay.example".to_owned()), ..Settings::default() };
        let config = Config::load(given, &folder.path().join(FILE)).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
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
