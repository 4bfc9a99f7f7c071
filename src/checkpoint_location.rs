//! Where the checkpoint is: a file, or a store in PostgreSQL.
//!
//! Belongs here: the address of a store as the configuration names it, with its secrets, and its form for output, which has
//! none. Never here: connections.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

/// The schemes of a store's address.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Where the checkpoint of a migration is.
#[derive(Clone, PartialEq, Eq)]
pub enum CheckpointLocation {
    /// A file on this machine.
    File(PathBuf),
    /// A store that several machines share.
    Store(StoreLocation),
}

impl CheckpointLocation {
    /// The path of the file; `None` for a store.
    pub fn file(&self) -> Option<&Path> {
        match self {
            CheckpointLocation::File(path) => Some(path),
            CheckpointLocation::Store(_) => None,
        }
    }

    /// The path of a table of the migration next to the checkpoint; for a store, next to chatferry.toml.
    pub fn with_file_name(&self, name: &str) -> PathBuf {
        match self {
            CheckpointLocation::File(path) => path.with_file_name(name),
            CheckpointLocation::Store(store) => store.folder.join(name),
        }
    }

    /// The same without folder, user and host, for files that are given to others.
    pub fn name(&self) -> CheckpointLocation {
        match self {
            CheckpointLocation::File(path) => {
                let name = path.file_name().map_or(path.as_path(), Path::new);
                CheckpointLocation::from(name)
            }
            CheckpointLocation::Store(store) => {
                let name = store.shown.rsplit('/').next().unwrap_or_default();
                CheckpointLocation::Store(StoreLocation {
                    shown: name.to_owned(),
                    ..store.clone()
                })
            }
        }
    }

    /// Whether the checkpoint is in a store that several machines share.
    pub fn is_store(&self) -> bool {
        matches!(self, CheckpointLocation::Store(_))
    }
}

impl fmt::Debug for CheckpointLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointLocation::File(path) => path.fmt(f),
            CheckpointLocation::Store(store) => store.fmt(f),
        }
    }
}

/// The path, or the address without its secrets.
impl fmt::Display for CheckpointLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointLocation::File(path) => path.display().fmt(f),
            CheckpointLocation::Store(store) => f.write_str(&store.shown),
        }
    }
}

impl From<&Path> for CheckpointLocation {
    fn from(path: &Path) -> CheckpointLocation {
        CheckpointLocation::File(path.to_owned())
    }
}

impl From<&PathBuf> for CheckpointLocation {
    fn from(path: &PathBuf) -> CheckpointLocation {
        CheckpointLocation::File(path.clone())
    }
}

impl From<&CheckpointLocation> for CheckpointLocation {
    fn from(location: &CheckpointLocation) -> CheckpointLocation {
        location.clone()
    }
}

/// A store: a database, and one organisation in it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreLocation {
    address: StoreSecret,
    shown: String,
    /// The organisation (`orga_…`) whose checkpoint is meant: a store has one of each.
    pub organization_id: String,
    /// The path of the folder of the migration.
    pub folder: PathBuf,
    /// The password; `None` if it is in the address, or none is needed.
    pub password: Option<StoreSecret>,
    /// The key that seals the hash key; `None` if it is not set, and then the store cannot be
    /// opened.
    pub key: Option<StoreKey>,
}

impl StoreLocation {
    /// Whether a value of the configuration is the address of a store.
    pub fn is_address(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// Reads an address, as `postgres://user@host:5432/database`, for a migration in this folder.
    ///
    /// # Errors
    ///
    /// The problem and its remedy, without a secret.
    pub fn parse(text: &str, folder: &Path) -> Result<StoreLocation, String> {
        let shown = shown(text).ok_or(
            "checkpoint is not the address of a database; write postgres://USER@HOST/DATABASE",
        )?;
        Ok(StoreLocation {
            address: StoreSecret::new(text),
            shown,
            organization_id: String::new(),
            folder: folder.to_owned(),
            password: None,
            key: None,
        })
    }

    /// The address with its password, for connections alone.
    #[cfg_attr(
        not(feature = "cloud"),
        expect(dead_code, reason = "no store is opened")
    )]
    pub(crate) fn address(&self) -> &str {
        self.address.reveal()
    }

    /// The address without secrets, in place of a path in output.
    pub fn shown(&self) -> &Path {
        Path::new(&self.shown)
    }
}

impl fmt::Debug for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreLocation").field(&self.shown).finish()
    }
}

/// The address without password and parameters; `None` without a host or a database.
fn shown(text: &str) -> Option<String> {
    let scheme = SCHEMES.iter().find(|scheme| text.starts_with(**scheme))?;
    let rest = &text[scheme.len()..];
    let (rest, _) = rest.split_once('?').unwrap_or((rest, ""));
    // A password may contain characters that belong to the address otherwise: the last `@` ends it.
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (user.split(':').next(), place),
        None => (None, rest),
    };
    let (host, database) = place.split_once('/')?;
    let is_plain =
        |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '/');
    if !is_plain(host) || !is_plain(database) {
        return None;
    }
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    Some(format!("postgres://{user}{host}/{database}"))
}

/// A password, or an address with one; its `Debug` shows nothing.
#[derive(Clone)]
pub struct StoreSecret(SecretString);

impl StoreSecret {
    /// Wraps a text that contains a secret.
    pub fn new(text: &str) -> StoreSecret {
        StoreSecret(SecretString::from(text.to_owned()))
    }

    /// The text with the secret: for connections alone, never for output.
    pub(crate) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for StoreSecret {
    fn eq(&self, other: &StoreSecret) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for StoreSecret {}

impl fmt::Debug for StoreSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreSecret")
    }
}

/// The 32 bytes that seal the hash key of a store; its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// The key that 64 hexadecimal digits give; `None` for any other text.
    pub fn of_hex(text: &str) -> Option<StoreKey> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
        Some(StoreKey(bytes.ok()?.try_into().ok()?))
    }

    /// The bytes; for no other use than sealing.
    #[cfg_attr(
        not(feature = "cloud"),
        expect(dead_code, reason = "no store is opened")
    )]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_address_has_no_secret() {
        for (address, expected) in [
            (
                "postgres://anna:s3cret@db.example/crm",
                "postgres://anna@db.example/crm",
            ),
            (
                "postgres://anna:s3@cret/x@db.example/crm",
                "postgres://anna@db.example/crm",
            ),
            (
                "postgresql://db.example:6432/crm?password=s3cret",
                "postgres://db.example:6432/crm",
            ),
            ("postgres://%2Fvar%2Frun/crm", "postgres://%2Fvar%2Frun/crm"),
        ] {
            let store = StoreLocation::parse(address, Path::new("")).unwrap();
            assert_eq!(store.shown(), Path::new(expected));
            assert!(!format!("{store:?}").contains("s3"), "{store:?}");
        }
    }

    #[test]
    fn address_without_host_or_database_is_refused() {
        for address in [
            "postgres://",
            "postgres://db.example",
            "postgres:///crm",
            "postgres://h/",
        ] {
            let problem = StoreLocation::parse(address, Path::new("")).unwrap_err();
            assert!(
                problem.contains("postgres://USER@HOST/DATABASE"),
                "{problem}"
            );
        }
    }

    #[test]
    fn store_key_has_64_digits_and_no_debug_output() {
        let key = StoreKey::of_hex(&"0aF9".repeat(16)).unwrap();
        assert_eq!(format!("{key:?}"), "StoreKey");
        assert_eq!(StoreKey::of_hex(&"0a".repeat(31)), None);
        assert_eq!(StoreKey::of_hex(&"zz".repeat(32)), None);
    }
}
