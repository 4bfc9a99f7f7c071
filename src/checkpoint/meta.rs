//! The organisation and base URL that a file belongs to: its one row of `meta`.
//!
//! In scope: rejecting the file of another organisation or base URL before any read or write. The columns
//! read here are in every format version.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Error, Fault};
use super::hash::HashKey;
use super::snapshot::Snapshot;

/// The highest version of derived external ids that a file of this program may contain. A file with a
/// higher one is rejected: its ids could not be derived again.
pub const IDENTITY_VERSION: u16 = 1;

/// The organisation and base URL that a checkpoint is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    organization_id: String,
    base_url: String,
}

impl Binding {
    /// The organisation id (`orga_…`) from Close, and the base URL of the API. Trailing slashes of the URL
    /// are ignored; the URL is stored in the file, so it must not contain credentials.
    pub fn new(organization_id: impl Into<String>, base_url: &str) -> Binding {
        Binding {
            organization_id: organization_id.into(),
            base_url: plain_url(base_url),
        }
    }

    /// The organisation id.
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// Rejects the checkpoint at `path`, which is bound to this, for a run that is bound to `wanted`.
    #[cfg(feature = "cloud")]
    pub(super) fn check_base_url(&self, wanted: &Binding, path: &Path) -> Result<(), Error> {
        match self.base_url == wanted.base_url {
            true => Ok(()),
            false => Err(Error::OtherBaseUrl {
                path: path.to_owned(),
                found: self.base_url.clone(),
                wanted: wanted.base_url.clone(),
            }),
        }
    }

    /// The base URL, without trailing slashes.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// The form in which a base URL is stored and compared.
pub(super) fn plain_url(base_url: &str) -> String {
    base_url.trim_end_matches('/').to_owned()
}

/// The row of `meta`.
#[derive(Debug)]
pub(super) struct Meta {
    organization_id: String,
    base_url: String,
    identity: i64,
    pub(super) key: HashKey,
}

impl Meta {
    /// Reads the row.
    pub(super) fn read(connection: &Connection) -> Result<Meta, Fault> {
        connection
            .query_row(
                "SELECT organization_id, base_url, identity_version, hash_key FROM meta",
                [],
                |row| {
                    Ok(Meta {
                        organization_id: row.get(0)?,
                        base_url: row.get(1)?,
                        identity: row.get(2)?,
                        key: HashKey::from_bytes(row.get(3)?),
                    })
                },
            )
            .optional()?
            .ok_or_else(|| Fault::Damaged("its own description is missing".to_owned()))
    }

    /// Writes the row of a new file, with a new random key; `now` in Unix milliseconds.
    pub(super) fn create(
        connection: &Connection,
        path: &Path,
        binding: &Binding,
        now: i64,
    ) -> Result<(), Fault> {
        let key = HashKey::random().ok_or_else(|| Error::Io {
            path: path.to_owned(),
            source: Arc::new(io::Error::other(
                "the operating system returned no random numbers",
            )),
        })?;
        Meta::insert(connection, binding, &key, (now, env!("CARGO_PKG_VERSION")))
    }

    /// Writes the row of a new file with this key, created then by this version of the program.
    pub(super) fn insert(
        connection: &Connection,
        binding: &Binding,
        key: &HashKey,
        (now, program): (i64, &str),
    ) -> Result<(), Fault> {
        connection.execute(
            "INSERT INTO meta (id, identity_version, organization_id, base_url, hash_key, \
             created_at, created_by) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                IDENTITY_VERSION,
                binding.organization_id,
                binding.base_url,
                key.bytes(),
                now,
                program,
            ],
        )?;
        Ok(())
    }

    /// Gives a file its key.
    #[cfg(feature = "cloud")]
    pub(super) fn set_key(connection: &Connection, key: &HashKey) -> Result<(), Fault> {
        connection.execute("UPDATE meta SET hash_key = ?1", [key.bytes()])?;
        Ok(())
    }

    /// Removes the key from a file, of which nothing stays in its free bytes.
    #[cfg(feature = "cloud")]
    pub(super) fn clear_key(connection: &Connection) -> Result<(), Fault> {
        connection
            .execute_batch("PRAGMA secure_delete = ON; UPDATE meta SET hash_key = zeroblob(32);")?;
        Ok(())
    }

    /// Rejects a file that is bound to another organisation (`None`: not known yet, not compared) or base
    /// URL, or that contains ids of a newer version.
    pub(super) fn check(
        &self,
        path: &Path,
        organization_id: Option<&str>,
        base_url: &str,
    ) -> Result<(), Error> {
        self.check_identity(path)?;
        let path = || path.to_owned();
        if self.base_url != base_url {
            let (found, wanted) = (self.base_url.clone(), base_url.to_owned());
            return Err(Error::OtherBaseUrl {
                path: path(),
                found,
                wanted,
            });
        }
        match organization_id {
            Some(wanted) if wanted != self.organization_id => Err(Error::OtherOrganization {
                path: path(),
                found: self.organization_id.clone(),
                wanted: wanted.to_owned(),
            }),
            _ => Ok(()),
        }
    }
    /// Rejects a file with ids of a newer version.
    pub(super) fn check_identity(&self, path: &Path) -> Result<(), Error> {
        match self.identity > i64::from(IDENTITY_VERSION) {
            true => Err(Error::Newer {
                path: path.to_owned(),
                what: "identity",
                found: self.identity,
                known: i64::from(IDENTITY_VERSION),
            }),
            false => Ok(()),
        }
    }
}

impl Snapshot {
    /// The organisation and base URL that the file belongs to.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn binding(&self) -> Result<Binding, Error> {
        self.read(|inner| {
            let row = "SELECT organization_id, base_url FROM meta";
            (inner.connection).query_row(row, [], |row| {
                Ok(Binding {
                    organization_id: row.get(0)?,
                    base_url: row.get(1)?,
                })
            })
        })
    }
}
