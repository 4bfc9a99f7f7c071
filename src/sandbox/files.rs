//! Upload tickets and downloads of files.

use std::sync::Arc;

use axum::Json;
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
pub(super) use super::uploads::{
    ACCESS_KEY, ADDRESS, Addresses, File, Upload, addresses, percent, safe_name, signature_of,
};

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
