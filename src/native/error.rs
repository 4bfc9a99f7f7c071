//! Why an archive with native ids cannot be read; each says what to do.

use std::path::{Path, PathBuf};

/// Why an archive with native ids cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file does not read.
    #[error("{path}: cannot be read: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The database is damaged, or is none.
    #[error(
        "{path}: the database cannot be read ({reason}); nothing of it is imported: copy it from the phone again, together with the file of the same name that ends in -wal, while WhatsApp is closed"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says, which holds no content.
        reason: String,
    },
    /// A database of another program or of a version that is not known.
    #[error(
        "{path}: is a database, but not one of WhatsApp that is understood: it has no {missing}"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The table or column that is missing.
        missing: String,
    },
    /// An encrypted backup without its key.
    #[error(
        "{path}: is encrypted; put the 64 digits of its key into a file {key} beside it (WhatsApp shows them under Settings, Chats, Chat backup, End-to-end encrypted backup)"
    )]
    NoKey {
        /// The backup.
        path: PathBuf,
        /// The name of the file that the key is looked for in.
        key: String,
    },
    /// A key file that holds something else.
    #[error("{path}: holds no key: write the 64 digits (0 to 9 and a to f) and nothing else")]
    BadKey {
        /// The key's file.
        path: PathBuf,
    },
    /// The key does not fit, or the file is damaged; the two look the same from outside.
    #[error(
        "{path}: does not open with this key: either it is the key of another backup (it changes when end-to-end encryption is switched on again), or the file is damaged; compare the 64 digits, and copy the backup again"
    )]
    WrongKey {
        /// The backup.
        path: PathBuf,
    },
    /// The checksum at the file's end differs, so it is not whole.
    #[error("{path}: is not whole: its checksum does not fit; copy the backup again")]
    NotWhole {
        /// The backup.
        path: PathBuf,
    },
    /// Protected by a password or passkey, which only WhatsApp can open.
    #[error(
        "{path}: is protected by a password or a passkey, which only WhatsApp itself can open; on the phone switch end-to-end encrypted backup to the 64-digit key, back up again, and copy that file"
    )]
    Password {
        /// The backup.
        path: PathBuf,
    },
    /// An older form of backup, whose key only a rooted phone gives out.
    #[error(
        "{path}: is a backup of a kind whose key stays in the phone; on the phone switch on end-to-end encrypted backup with a 64-digit key, back up again, and copy the .crypt15 file"
    )]
    OldBackup {
        /// The backup.
        path: PathBuf,
    },
    /// JSON that does not read, or of another shape.
    #[error("{path}:{line}: is not what the rest of the file says that it is: {reason}")]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; 0 where it is the whole.
        line: usize,
        /// What is wrong, without content.
        reason: String,
    },
    /// There is no chat in it.
    #[error("{path}: holds no chat with messages")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    /// A stable word for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Io { .. } => "unreadable",
            Error::Damaged { .. } => "database_damaged",
            Error::Schema { .. } => "database_not_understood",
            Error::NoKey { .. } => "backup_key_missing",
            Error::BadKey { .. } => "backup_key_unreadable",
            Error::WrongKey { .. } => "backup_key_wrong",
            Error::NotWhole { .. } => "backup_not_whole",
            Error::Password { .. } => "backup_by_password",
            Error::OldBackup { .. } => "backup_too_old",
            Error::Json { .. } => "json_not_understood",
            Error::Empty { .. } => "no_chats",
        }
    }

    pub(super) fn io(path: &Path, source: std::io::Error) -> Error {
        Error::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn damaged(path: &Path, error: &rusqlite::Error) -> Error {
        // Never the statement or a value: the code says enough.
        let reason = match error {
            rusqlite::Error::SqliteFailure(code, _) => code.to_string(),
            rusqlite::Error::InvalidColumnType(_, name, kind) => {
                format!("the column {name} holds {kind}")
            }
            _ => "an unexpected answer".to_owned(),
        };
        Error::Damaged {
            path: path.to_owned(),
            reason,
        }
    }
}
