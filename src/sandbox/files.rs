//! Upload tickets and downloads (`close-api.md`, sections 1.9 and 2.1).

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

/// What every address of a file begins with (section 1.9).
pub(super) const ADDRESS: &str = "https://app.close.com/go/file/";
/// The key id in the form fields.
pub(super) const ACCESS_KEY: &str = "AKIASANDBOX000000000";

/// All files, with their tickets.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// How many bytes of uploads are kept.
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
    /// The key in the storage.
    pub(super) key: String,
    /// Every form field, in order, that the upload must repeat.
    pub(super) fields: Vec<(&'static str, String)>,
    /// The clock's `elapsed` when the ticket was given.
    pub(super) issued: Duration,
    pub(super) upload: Option<Upload>,
}

/// What was uploaded.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) size: u64,
    pub(super) hash: blake3::Hash,
    pub(super) md5: [u8; 16],
    /// With [`super::Options::keep_bytes`].
    pub(super) bytes: Option<Bytes>,
    /// The clock's `elapsed` at its end.
    pub(super) at: Duration,
}

impl Files {
    pub(super) fn get(&self, place: usize) -> Option<&File> {
        self.rows.get(place)
    }

    pub(super) fn by_url(&self, url: &str) -> Option<usize> {
        self.by_url.get(url).copied()
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&File> {
        self.rows.get(*self.by_key.get(key)?)
    }

    /// The file behind the address of an attachment, and the message that it is on.
    pub(super) fn persisted(&self, url: &str) -> Option<(&str, usize)> {
        self.persisted
            .get(url)
            .map(|(message, place)| (message.as_str(), *place))
    }

    pub(super) fn persist(&mut self, url: String, message: String, place: usize) {
        self.persisted.insert(url, (message, place));
    }

    /// Stores an upload; a second one to the same ticket takes the place of the first, as in S3.
    pub(super) fn uploaded(&mut self, key: &str, upload: Upload) {
        if let Some(file) = self
            .by_key
            .get(key)
            .and_then(|place| self.rows.get_mut(*place))
        {
            let length = |upload: &Upload| upload.bytes.as_ref().map_or(0, Bytes::len) as u64;
            self.kept += length(&upload);
            let before = file.upload.replace(upload);
            self.kept -= before.as_ref().map_or(0, length);
        }
    }

    /// How many bytes of uploads are kept.
    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &File> {
        self.rows.iter()
    }

    /// Adds a file and gives its position.
    pub(super) fn insert(&mut self, file: File) -> usize {
        let place = self.rows.len();
        self.by_url.insert(file.url.clone(), place);
        self.by_key.insert(file.key.clone(), place);
        self.rows.push(file);
        place
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
    // A46 (close-api.md section 8): non-empty strings.
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
    let Places { key, url } = places(&store.me, &token, &safe);
    let disposition = format!("inline; filename=\"{}\"", safe.replace('"', "_"));
    // A45: no content-length-range in the policy.
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

/// Where a file lies before it is on a message.
pub(super) struct Places {
    /// In the storage.
    pub(super) key: String,
    /// The temporary address.
    pub(super) url: String,
}

/// The places of the file of this user, token and name.
pub(super) fn places(user: &str, token: &str, safe_name: &str) -> Places {
    Places {
        key: format!("temporary/user/{user}/{token}/{safe_name}"),
        url: format!("{ADDRESS}temporary/{user}/{token}/{}/", percent(safe_name)),
    }
}

/// A46: `/` and control characters are replaced in the key.
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

/// `GET /go/file/…`: 302 to the storage (LIVE, section 1.9), for callers with a key or token.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if auth::caller(&headers, &shared.options).is_none() {
        return Err(Refusal::unauthorized());
    }
    let store = shared.store();
    let file = place(&store, &path)
        .and_then(|place| store.files.get(place))
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

/// What the redirect to a file is signed with.
pub(super) fn signature_of(file: &File) -> String {
    blake3::hash(format!("get {} {}", file.key, file.url).as_bytes())
        .to_hex()
        .to_string()
}

/// The path comes decoded, the addresses are encoded: compared segment by segment.
fn place(store: &Store, path: &str) -> Option<usize> {
    let encoded: Vec<String> = path.split('/').map(percent).collect();
    let url = format!("{ADDRESS}{}", encoded.join("/"));
    store
        .files
        .by_url(&url)
        .or_else(|| store.files.persisted(&url).map(|(_, place)| place))
}
