//! Upload tickets and downloads of files.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::auth;
use super::params::Body;
use super::refusal::Refusal;
use super::schema::Reader;
use super::server::Shared;
use super::store::Store;

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

/// `POST /files/upload/`: a ticket for one file.
pub(super) async fn ticket(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut reader = Reader::new(&body);
    reader.only(&["filename", "content_type"]);
    let filename = reader.required("filename");
    let content_type = reader.required("content_type");
    // Assumed: both must be non-empty strings.
    for (name, value) in [("filename", filename), ("content_type", content_type)] {
        if value.is_some_and(str::is_empty) {
            reader
                .errors
                .add(name, "String should have at least 1 character");
        }
    }
    reader.finish()?;
    let (filename, content_type) = (
        filename.unwrap_or_default(),
        content_type.unwrap_or_default(),
    );
    let expires = shared.options.clock.now()
        + TimeDelta::seconds(shared.options.ticket_seconds.try_into().unwrap_or(60));
    let mut store = shared.store();
    let token = store.ids.token(22);
    let safe = safe_name(filename);
    let Addresses { key, url } = addresses(&store.me, &token, &safe);
    let disposition = format!("inline; filename=\"{}\"", safe.replace('"', "_"));
    // Assumed: the policy contains no content-length-range.
    let policy = STANDARD.encode(
        json!({
            "expiration": expires.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "conditions": [
                { "bucket": "close-sandbox-files" }, { "key": key }, { "success_action_status": "201" },
                { "Content-Type": content_type }, { "Content-Disposition": disposition },
            ],
        })
        .to_string(),
    );
    let signature =
        STANDARD.encode(&blake3::hash(format!("{token} {policy}").as_bytes()).as_bytes()[..20]);
    let fields = vec![
        ("AWSAccessKeyId", ACCESS_KEY.to_owned()),
        ("Content-Disposition", disposition),
        ("Content-Type", content_type.to_owned()),
        ("key", key.clone()),
        ("policy", policy),
        ("signature", signature),
        ("success_action_status", "201".to_owned()),
    ];
    let form: Map<String, Value> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let issued = store.elapsed();
    store.files.insert(File {
        url: url.clone(),
        key,
        fields,
        issued,
        upload: None,
    });
    let upload = format!("{}/_storage/", shared.base);
    Ok(Json(
        json!({ "download": { "url": url }, "upload": { "url": upload, "fields": form } }),
    ))
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

/// `GET /go/file/…`: 302 to the storage (observed), for callers with a key or token.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if auth::caller(&headers, &shared.options).is_none() {
        return Err(Refusal::unauthorized());
    }
    let store = shared.store();
    let file = index_of_path(&store, &path)
        .and_then(|index| store.files.get(index))
        .filter(|file| file.upload.is_some());
    let Some(file) = file else {
        return Err(Refusal::no_such_url());
    };
    let key: Vec<String> = file.key.split('/').map(percent).collect();
    let location = format!(
        "{}/_storage/{}?Signature={}",
        shared.base,
        key.join("/"),
        signature_of(file)
    );
    let value = HeaderValue::from_str(&location).map_err(|_| Refusal::no_such_url())?;
    Ok((StatusCode::FOUND, [(LOCATION, value)]).into_response())
}

/// The signature in the redirect to a file.
pub(super) fn signature_of(file: &File) -> String {
    blake3::hash(format!("get {} {}", file.key, file.url).as_bytes())
        .to_hex()
        .to_string()
}

/// The index of the file at a path. The path is decoded, the addresses are encoded: compared segment by
/// segment.
fn index_of_path(store: &Store, path: &str) -> Option<usize> {
    let encoded: Vec<String> = path.split('/').map(percent).collect();
    let url = format!("{ADDRESS}{}", encoded.join("/"));
    store
        .files
        .by_url(&url)
        .or_else(|| store.files.persisted(&url).map(|(_, index)| index))
}
