//! The files of a store: tickets, uploads and their addresses.
//!
//! Never here: requests (`files`, `storage`).

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Bytes;

/// The prefix of all addresses of files.
pub(super) const ADDRESS: &str = "https://app.close.com/go/file/";
/// The access key id in the form fields.
pub(super) const ACCESS_KEY: &str = "AKIASANDBOX000000000";

/// All files, with their tickets.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Total size of the kept uploads, in bytes.
    kept: u64,
    rows: Vec<File>,
    by_url: HashMap<String, usize>,
    by_key: HashMap<String, usize>,
    /// Addresses of files on messages: the message, and the file.
    persisted: HashMap<String, (String, usize)>,
}

/// A ticket, and the file once it was uploaded.
#[derive(Debug)]
pub(super) struct File {
    /// The temporary address, `https://app.close.com/go/file/temporary/…/`.
    pub(super) url: String,
    /// The object key in the storage.
    pub(super) key: String,
    /// Every form field, in order, that the upload must repeat.
    pub(super) fields: Vec<(&'static str, String)>,
    /// The clock's `elapsed` when the ticket was issued.
    pub(super) issued: Duration,
    pub(super) upload: Option<Upload>,
}

/// An uploaded file.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) size: u64,
    pub(super) hash: blake3::Hash,
    pub(super) md5: [u8; 16],
    /// The bytes; only with [`super::Options::keep_bytes`].
    pub(super) bytes: Option<Bytes>,
    /// The clock's `elapsed` when the upload ended.
    pub(super) at: Duration,
}

impl Files {
    pub(super) fn get(&self, index: usize) -> Option<&File> {
        self.rows.get(index)
    }

    pub(super) fn by_url(&self, url: &str) -> Option<usize> {
        self.by_url.get(url).copied()
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&File> {
        self.rows.get(*self.by_key.get(key)?)
    }

    /// The message that an attachment is on, and the index of its file, by the address of the attachment.
    pub(super) fn persisted(&self, url: &str) -> Option<(&str, usize)> {
        self.persisted
            .get(url)
            .map(|(message, index)| (message.as_str(), *index))
    }

    pub(super) fn persist(&mut self, url: String, message: String, index: usize) {
        self.persisted.insert(url, (message, index));
    }

    /// Stores an upload; a second one to the same ticket replaces the first, as in S3.
    pub(super) fn uploaded(&mut self, key: &str, upload: Upload) {
        if let Some(file) = self
            .by_key
            .get(key)
            .and_then(|index| self.rows.get_mut(*index))
        {
            let length = |upload: &Upload| upload.bytes.as_ref().map_or(0, Bytes::len) as u64;
            self.kept += length(&upload);
            let before = file.upload.replace(upload);
            self.kept -= before.as_ref().map_or(0, length);
        }
    }

    /// Total size of the kept uploads, in bytes.
    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &File> {
        self.rows.iter()
    }

    /// Adds a file and returns its index.
    pub(super) fn insert(&mut self, file: File) -> usize {
        let index = self.rows.len();
        self.by_url.insert(file.url.clone(), index);
        self.by_key.insert(file.key.clone(), index);
        self.rows.push(file);
        index
    }
}

/// The addresses of a file before it is attached to a message.
pub(super) struct Addresses {
    /// The object key in the storage.
    pub(super) key: String,
    /// The temporary address.
    pub(super) url: String,
}

/// The addresses for this user, token and file name.
pub(super) fn addresses(user: &str, token: &str, safe_name: &str) -> Addresses {
    Addresses {
        key: format!("temporary/user/{user}/{token}/{safe_name}"),
        url: format!("{ADDRESS}temporary/{user}/{token}/{}/", percent(safe_name)),
    }
}

/// Assumed: `/` and control characters are replaced in the key.
pub(super) fn safe_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c == '/' || c == '\\' || c.is_control() {
                '_'
            } else {
                c
            }
        })
        .collect()
}

/// Percent-encodes all but unreserved characters.
pub(super) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The signature in the redirect to a file.
pub(super) fn signature_of(file: &File) -> String {
    blake3::hash(format!("get {} {}", file.key, file.url).as_bytes())
        .to_hex()
        .to_string()
}
