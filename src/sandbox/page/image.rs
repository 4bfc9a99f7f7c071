//! The images of messages. A file is an image by its first bytes alone, never by its name or type: what a browser could
//! run, as SVG and HTML, is never one.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::super::refusal::Refusal;
use super::super::shared::Shared;
use super::super::store::{Attached, Store};
use super::frame::protect;

/// `GET /_sandbox/file/{message}/{index}`: a file of a message, if it is an image.
pub(in crate::sandbox) async fn image(
    State(shared): State<Arc<Shared>>,
    Path((message, index)): Path<(String, usize)>,
) -> Response {
    let found = {
        let store = shared.store();
        let message = store.messages.get(&message);
        let attached = message.and_then(|message| message.attachments.get(index));
        attached.and_then(|attached| of(&store, attached))
    };
    let Some((media_type, bytes)) = found else {
        return Refusal::no_such_url().into_response();
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    protect(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Media type and bytes of a file that is an image whose bytes are kept.
pub(super) fn of(store: &Store, attached: &Attached) -> Option<(&'static str, Bytes)> {
    let upload = store.files.get(attached.file)?.upload.as_ref()?;
    let bytes = upload.bytes.as_ref()?;
    let known = infer::get(bytes)?.mime_type();
    let media_type = ["image/jpeg", "image/png", "image/webp", "image/gif"]
        .into_iter()
        .find(|shown| *shown == known)?;
    Some((media_type, bytes.clone()))
}
