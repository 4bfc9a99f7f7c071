//! Errors of native archives, with their remedies.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::coded::{self, Coded, Explanation};

/// Why a native archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The database is damaged, or the file is not a database.
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's error, which contains no content.
        reason: String,
    },
    /// A file that is named like a database and is not one.
    NoDatabase {
        /// The file.
        path: PathBuf,
        /// What the file contains instead, in words.
        looks_like: &'static str,
    },
    /// A database of another program or of an unknown version.
    Schema {
        /// The file.
        path: PathBuf,
        /// The name of the table or column that is missing.
        missing: String,
    },
    /// An encrypted backup without a key.
    NoKey {
        /// The backup.
        path: PathBuf,
        /// The name of the expected key file.
        key: String,
    },
    /// An invalid key file.
    BadKey {
        /// The path of the key file.
        path: PathBuf,
    },
    /// The typed key is invalid.
    BadDigits {
        /// The backup.
        path: PathBuf,
        /// The name of the expected key file.
        key: String,
    },
    /// The file is complete, but encrypted with another key.
    WrongKey {
        /// The backup.
        path: PathBuf,
    },
    /// Neither the checksum nor the key fits: the file is damaged, or it is one of several and the key is wrong.
    NotWhole {
        /// The backup.
        path: PathBuf,
    },
    /// Decryption succeeded, but the payload is not a database.
    Payload {
        /// The backup.
        path: PathBuf,
        /// What the payload contains instead, in words.
        looks_like: &'static str,
    },
    /// A file that is named like a backup and is not one.
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What the file contains instead, in words.
        looks_like: &'static str,
    },
    /// Encrypted with a password or passkey, so that only WhatsApp can decrypt it.
    Password {
        /// The backup.
        path: PathBuf,
    },
    /// An older backup format, whose key is only accessible on a rooted phone.
    OldBackup {
        /// The backup.
        path: PathBuf,
    },
    /// An encrypted iPhone backup.
    EncryptedBackup {
        /// Its folder.
        path: PathBuf,
    },
    /// An iPhone backup that does not contain WhatsApp's files.
    NoWhatsApp {
        /// Its folder.
        path: PathBuf,
    },
    /// An iPhone backup that lists WhatsApp's database but does not contain it.
    NoChatStorage {
        /// Its folder.
        path: PathBuf,
        /// The path at which the folder should have the database.
        file: String,
    },
    /// An export of Telegram.
    Telegram {
        /// The file.
        path: PathBuf,
    },
    /// JSON of the Cloud API, or what looks like it, without a webhook.
    NoWebhook {
        /// The file.
        path: PathBuf,
        /// What the file contains instead, in words.
        looks_like: &'static str,
    },
    /// An archive in which no chat has a message.
    NoMessages {
        /// The file.
        path: PathBuf,
    },
    /// A JSON file that ends early, as after an interrupted copy.
    CutJson {
        /// The file.
        path: PathBuf,
        /// The last line, counted from 1.
        line: usize,
    },
    /// Invalid JSON, or JSON with unexpected types.
    Json {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; 0 for the file as a whole.
        line: usize,
        /// The cause, without content.
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
        // serde's message contains types and values; its category is sufficient and contains no content.
        let reason = match error.classify() {
            serde_json::error::Category::Syntax => "invalid JSON",
            _ => "a value of an unexpected type",
        };
        Error::Json {
            path,
            line: error.line(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn damaged(path: &Path, error: &rusqlite::Error) -> Error {
        // Never the statement or a value: the code is sufficient.
        let reason = match error {
            rusqlite::Error::SqliteFailure(code, _) => code.to_string(),
            rusqlite::Error::InvalidColumnType(_, name, kind) => {
                format!("column {name} contains {kind}")
            }
            _ => "unexpected result".to_owned(),
        };
        Error::Damaged {
            path: path.to_owned(),
            reason,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        coded::fmt(self, f)
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
            Error::NoWebhook { .. } => "no_webhook",
            Error::NoMessages { .. } => "no_messages",
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
            | Error::NoWebhook { path, .. }
            | Error::NoMessages { path, .. }
            | Error::CutJson { path, .. }
            | Error::Password { path, .. }
            | Error::OldBackup { path, .. }
            | Error::Json { path, .. } => Some(path),
        }
    }

    fn explanation(&self) -> Explanation {
        match self {
            Error::Io { source, .. } => {
                Explanation::without_remedy(format!("cannot be read: {source}"))
            }
            Error::Damaged { reason, .. } => Explanation::new(
                format!("damaged database ({reason})"),
                "nothing is imported from it: close WhatsApp and copy the file again, together with the file of the same name that ends in -wal",
            ),
            Error::NoDatabase { looks_like, .. } => Explanation::new(
                format!("not a WhatsApp database despite its name (found {looks_like})"),
                "copy it from the phone again",
            ),
            Error::Schema { missing, .. } => {
                Explanation::without_remedy(format!("unknown database: it has no {missing}"))
            }
            Error::NoKey { key, .. } => Explanation::new(
                "encrypted backup",
                format!(
                    "write the 64 digits of its key into the file {key} next to it, or run chatferry in a terminal to be prompted (WhatsApp shows the key under Settings, Chats, Chat backup, End-to-end encrypted backup)"
                ),
            ),
            Error::BadKey { .. } => Explanation::new(
                "not a key file",
                "it must contain 64 digits (0 to 9 and a to f) and nothing else",
            ),
            Error::BadDigits { key, .. } => Explanation::new(
                "the typed key is invalid: it must have 64 digits (0 to 9 and a to f)",
                format!("try again, or write them into the file {key} next to the backup"),
            ),
            Error::WrongKey { .. } => Explanation::new(
                "wrong key",
                "the file is complete, so this is the key of another backup (the key changes when end-to-end encryption is switched on again): compare the 64 digits",
            ),
            Error::NotWhole { .. } => Explanation::new(
                "damaged or incomplete: its checksum is wrong and the key does not decrypt it",
                "copy the backup again, then compare the 64 digits",
            ),
            Error::Payload { looks_like, .. } => Explanation::new(
                format!("decrypted, but its content is not a database (found {looks_like})"),
                "make a new backup on the phone and copy that file",
            ),
            Error::NoBackup { looks_like, .. } => Explanation::new(
                format!("not a WhatsApp backup despite its name (found {looks_like})"),
                "copy it from the phone again",
            ),
            Error::Password { .. } => Explanation::new(
                "protected by a password or passkey, which only WhatsApp can open",
                "on the phone, switch end-to-end encrypted backup to the 64-digit key, back up again and copy that file",
            ),
            Error::OldBackup { .. } => Explanation::new(
                "the key of this kind of backup never leaves the phone",
                "on the phone, switch on end-to-end encrypted backup with a 64-digit key, back up again and copy the .crypt15 file",
            ),
            Error::EncryptedBackup { .. } => Explanation::new(
                "encrypted iPhone backups are not supported",
                "in Finder (or iTunes) switch off \"Encrypt local backup\" for this phone, back up again and pass that folder",
            ),
            Error::NoWhatsApp { .. } => Explanation::new(
                "this iPhone backup does not contain WhatsApp",
                "back up the phone that has WhatsApp and pass that folder",
            ),
            Error::NoChatStorage { file, .. } => Explanation::new(
                format!(
                    "this iPhone backup lists WhatsApp's database ChatStorage.sqlite ({file}) but does not contain it"
                ),
                "copy the whole folder again, or back up again",
            ),
            Error::Telegram { .. } => Explanation::new(
                "an export of Telegram, not of WhatsApp",
                "Telegram is not supported",
            ),
            Error::NoWebhook { looks_like, .. } => Explanation::new(
                format!("contains no webhook of WhatsApp (found {looks_like})"),
                "pass the log of what the Cloud API sent to the webhook's address",
            ),
            Error::NoMessages { .. } => Explanation::new(
                "contains no messages of chats",
                "copy the file again, or export again",
            ),
            Error::CutJson { .. } => Explanation::new(
                "the file ends inside a JSON value",
                "copy it again, or export again",
            ),
            Error::Json { reason, .. } => Explanation::new(
                format!("unexpected content ({reason})"),
                "copy the file again, or export again",
            ),
        }
    }

    fn line(&self) -> Option<usize> {
        match self {
            Error::CutJson { line, .. } | Error::Json { line, .. } => Some(*line),
            _ => None,
        }
    }
}
