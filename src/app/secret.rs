//! The key that links in mails are signed with: a file of its own, that nobody but the service reads.
//!
//! It is made at the first start and stays: with another key every link in every mail that was sent is void. A backup is
//! only whole with it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::domain::link::{Key, hex};
use crate::store::make_folder;

/// Its file in the state folder.
pub const FILE: &str = "secret";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct SecretError {
    path: PathBuf,
    why: String,
}

/// Where the key lies: where it was told, or in the state folder.
pub fn place(state: &Path, told: Option<&Path>) -> PathBuf {
    told.map_or_else(|| state.join(FILE), Path::to_owned)
}

/// The key of a file, which is made where there is none.
///
/// # Errors
/// When the file cannot be read or made, or holds something else.
pub fn load(path: &Path) -> Result<Key, SecretError> {
    let failed = |why: String| SecretError { path: path.to_owned(), why };
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path).map_err(|error| failed(error.to_string()))?;
            fs::read_to_string(path)
        }
        read => read,
    };
    let text = text.map_err(|error| failed(error.to_string()))?;
    octets(text.trim()).map(Key::new).ok_or_else(|| failed("it holds no key: 64 hexadecimal figures".to_owned()))
}

/// Copies the key beside a backup, readable to its owner alone.
///
/// # Errors
/// When it cannot be read, or the copy exists.
pub fn copy(from: &Path, to: &Path) -> Result<(), SecretError> {
    let failed = |error: io::Error| SecretError { path: to.to_owned(), why: error.to_string() };
    let text = fs::read(from).map_err(|error| SecretError { path: from.to_owned(), why: error.to_string() })?;
    write(to, &text).map_err(failed)
}

/// Whoever comes first makes it: it is written beside its place and linked there, whole, only if nothing is there.
fn make(path: &Path) -> io::Result<()> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let beside = path.with_extension(format!("{}.new", hex(&random[..4])));
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    write(&beside, format!("{}\n", hex(&random)).as_bytes())?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

fn octets(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return None;
    }
    let mut octets = [0; 32];
    for (octet, at) in octets.iter_mut().zip((0..).step_by(2)) {
        *octet = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::Purpose;
    use crate::domain::subscription::SubscriberId;

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("var/secret");
        let token = |key: Key| key.token(Purpose::Manage, SubscriberId(1), "", 0);
        let first = token(load(&path).unwrap());
        assert_eq!(token(load(&path).unwrap()), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path().join("var")).unwrap().count(), 1);
        let copied = folder.path().join("backup.secret");
        copy(&path, &copied).unwrap();
        assert_eq!(token(load(&copied).unwrap()), first);
        assert!(copy(&path, &copied).is_err(), "a backup is a new file");
        fs::write(&path, "half a key").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("64 hexadecimal"));
    }
}
