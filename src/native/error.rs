//! Why an archive with native ids cannot be read; each says what to do.

use std::path::{Path, PathBuf};

use crate::coded::Coded;

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
    /// Called like a database, and none.
    #[error(
        "{path}: is called like a database of WhatsApp and is none: it seems to be {looks_like}; copy it from the phone again"
    )]
    NoDatabase {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        looks_like: &'static str,
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
        "{path}: is encrypted; put the 64 digits of its key into a file {key} beside it, or call chatferry in a terminal, where it asks for them (WhatsApp shows them under Settings, Chats, Chat backup, End-to-end encrypted backup)"
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
    /// What was typed is no key.
    #[error(
        "{path}: what was typed is no key, which is 64 digits (0 to 9 and a to f); call chatferry again, or put them into a file {key} beside it"
    )]
    BadDigits {
        /// The backup.
        path: PathBuf,
        /// The name of the file that the key is looked for in.
        key: String,
    },
    /// The file is whole, and the key does not fit.
    #[error(
        "{path}: does not open with this key, and the file is whole: it is the key of another backup (it changes when end-to-end encryption is switched on again); compare the 64 digits"
    )]
    WrongKey {
        /// The backup.
        path: PathBuf,
    },
    /// The key does not fit or the file is damaged: where the checksum fits neither, nothing tells.
    #[error(
        "{path}: is damaged, or not whole: its checksum does not fit, and it does not open with this key; copy the backup again, and then compare the 64 digits"
    )]
    NotWhole {
        /// The backup.
        path: PathBuf,
    },
    /// It opened, and what is in it is no database.
    #[error(
        "{path}: opens with this key, and what is in it cannot be read: it seems to be {looks_like}; back up again on the phone, and copy that file"
    )]
    Payload {
        /// The backup.
        path: PathBuf,
        /// What it looks like.
        looks_like: &'static str,
    },
    /// Called like a backup, and none.
    #[error(
        "{path}: is called like a backup of WhatsApp and is none: it seems to be {looks_like}; copy it from the phone again"
    )]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        looks_like: &'static str,
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
    /// A backup of an iPhone that is encrypted.
    #[error(
        "{path}: is an encrypted backup of an iPhone, which is not read; in the Finder (or iTunes) switch \"Encrypt local backup\" off for this phone, back up again, and name that folder"
    )]
    EncryptedBackup {
        /// Its folder.
        path: PathBuf,
    },
    /// A backup of an iPhone on which WhatsApp is not.
    #[error(
        "{path}: is a backup of an iPhone, and WhatsApp is not in it; back up the phone that has WhatsApp, and name that folder"
    )]
    NoWhatsApp {
        /// Its folder.
        path: PathBuf,
    },
    /// A backup of an iPhone whose database of chats is not where its list says.
    #[error(
        "{path}: is a backup of an iPhone with WhatsApp, and its database ChatStorage.sqlite ({file}) is not in it; copy the whole folder again, or back up again"
    )]
    NoChatStorage {
        /// Its folder.
        path: PathBuf,
        /// Where in the folder the database has to be.
        file: String,
    },
    /// An export of Telegram.
    #[error(
        "{path}: is an export of Telegram, and not of WhatsApp; Close takes it for no WhatsApp message, so it is not read"
    )]
    Telegram {
        /// The file.
        path: PathBuf,
    },
    /// JSON that ends in the middle.
    #[error(
        "{path}:{line}: ends in the middle of a value: the file is not whole; copy it again, or export again"
    )]
    CutJson {
        /// The file.
        path: PathBuf,
        /// Its last line, counted from 1.
        line: usize,
    },
    /// JSON that does not read, or of another shape.
    #[error(
        "{path}:{line}: is not what the rest of the file says that it is: {reason}; copy the file again, or export again"
    )]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; 0 where it is the whole.
        line: usize,
        /// What is wrong, without content.
        reason: String,
    },
}

impl Error {
    pub(super) fn io(path: &Path, source: std::io::Error) -> Error {
        Error::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn json(path: &Path, error: &serde_json::Error) -> Error {
        let path = path.to_owned();
        if error.is_eof() {
            return Error::CutJson {
                path,
                line: error.line(),
            };
        }
        // What serde says names types and places, and no content; its sort is enough.
        let reason = match error.classify() {
            serde_json::error::Category::Syntax => "that is no JSON",
            _ => "a value of another type stands there",
        };
        Error::Json {
            path,
            line: error.line(),
            reason: reason.to_owned(),
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

impl Coded for Error {
    fn code(&self) -> &str {
        match self {
            Error::Io { .. } => "unreadable",
            Error::Damaged { .. } => "database_damaged",
            Error::NoDatabase { .. } => "no_database",
            Error::Schema { .. } => "database_not_understood",
            Error::NoKey { .. } => "backup_key_missing",
            Error::BadKey { .. } | Error::BadDigits { .. } => "backup_key_unreadable",
            Error::WrongKey { .. } => "backup_key_wrong",
            Error::NotWhole { .. } => "backup_not_whole",
            Error::Payload { .. } => "backup_not_understood",
            Error::NoBackup { .. } => "no_backup",
            Error::EncryptedBackup { .. } => "iphone_backup_encrypted",
            Error::NoWhatsApp { .. } => "iphone_backup_without_whatsapp",
            Error::NoChatStorage { .. } => "iphone_backup_without_chats",
            Error::Telegram { .. } => "telegram_export",
            Error::CutJson { .. } => "json_not_whole",
            Error::Password { .. } => "backup_by_password",
            Error::OldBackup { .. } => "backup_too_old",
            Error::Json { .. } => "json_not_understood",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Error::Io { path, .. }
            | Error::Damaged { path, .. }
            | Error::NoDatabase { path, .. }
            | Error::Schema { path, .. }
            | Error::NoKey { path, .. }
            | Error::BadKey { path, .. }
            | Error::BadDigits { path, .. }
            | Error::WrongKey { path, .. }
            | Error::NotWhole { path, .. }
            | Error::Payload { path, .. }
            | Error::NoBackup { path, .. }
            | Error::EncryptedBackup { path, .. }
            | Error::NoWhatsApp { path, .. }
            | Error::NoChatStorage { path, .. }
            | Error::Telegram { path, .. }
            | Error::CutJson { path, .. }
            | Error::Password { path, .. }
            | Error::OldBackup { path, .. }
            | Error::Json { path, .. } => Some(path),
        }
    }
}
