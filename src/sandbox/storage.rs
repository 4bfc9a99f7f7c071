//! The imitation of S3: parses an upload form and verifies all of it.
//!
//! Required are every field of the ticket, verbatim, and no other one; the file last; a known length; a
//! ticket that has not expired. Errors are S3's. An upload is hashed while it is received; its bytes are
//! kept only if the options request it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use md5::Digest as _;

use super::files::{ACCESS_KEY, File, Upload, percent, signature_of};
use super::server::Shared;

/// The maximum length of a form field's value, in bytes (S3's limit on everything before the file).
const MAX_FIELD: usize = 20_000;

/// An error in S3's format.
struct S3Error {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl S3Error {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        S3Error {
            status,
            code,
            message: message.into(),
        }
    }

    fn denied(message: &str) -> Self {
        S3Error::new(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            format!("Invalid according to Policy: {message}"),
        )
    }

    fn malformed() -> Self {
        let text = "The body of your POST request is not well-formed multipart/form-data.";
        S3Error::new(StatusCode::BAD_REQUEST, "MalformedPOSTRequest", text)
    }

    fn argument(message: &str) -> Self {
        S3Error::new(StatusCode::BAD_REQUEST, "InvalidArgument", message)
    }
}

const XML: [(HeaderName, HeaderValue); 1] =
    [(CONTENT_TYPE, HeaderValue::from_static("application/xml"))];
const XML_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

impl IntoResponse for S3Error {
    fn into_response(self) -> Response {
        let message = escape(&self.message);
        let body = format!(
            "{XML_HEAD}<Error><Code>{}</Code><Message>{message}</Message></Error>",
            self.code
        );
        (self.status, XML, body).into_response()
    }
}

/// `POST /_storage/`: an upload form.
pub(super) async fn upload(State(shared): State<Arc<Shared>>, mut request: Request) -> Response {
    if !request.headers().contains_key(CONTENT_LENGTH) {
        drain(request).await;
        let text = "You must provide the Content-Length HTTP header.";
        return S3Error::new(StatusCode::LENGTH_REQUIRED, "MissingContentLength", text)
            .into_response();
    }
    if request.headers().contains_key(AUTHORIZATION) {
        // A Close key must not be sent here. S3 allows one kind of signature only.
        drain(request).await;
        return S3Error::argument(
            "Only one auth mechanism allowed; the Authorization header is not",
        )
        .into_response();
    }
    DefaultBodyLimit::disable().apply(&mut request);
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        let text = "Bucket POST must be of the enclosure-type multipart/form-data";
        return S3Error::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", text)
            .into_response();
    };
    let outcome = take(&shared, &mut form).await;
    // The rest is read also after an error, so that the client can read the response.
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(_)) = field.chunk().await {}
    }
    match outcome {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn drain(request: Request) {
    let mut stream = request.into_body().into_data_stream();
    while let Some(Ok(_)) = stream.next().await {}
}

async fn take(shared: &Shared, form: &mut Multipart) -> Result<Response, S3Error> {
    let mut given: Vec<(String, String)> = Vec::new();
    loop {
        let field = form.next_field().await.map_err(|_| S3Error::malformed())?;
        let Some(field) = field else {
            return Err(S3Error::argument(
                "POST requires exactly one file upload per request.",
            ));
        };
        let Some(name) = field.name().map(str::to_owned) else {
            return Err(S3Error::malformed());
        };
        if name == "file" {
            let key = check(shared, &given)?;
            let upload = receive(shared, field).await?;
            if form
                .next_field()
                .await
                .map_err(|_| S3Error::malformed())?
                .is_some()
            {
                // S3 would ignore what follows the file; here it is an error.
                return Err(S3Error::argument(
                    "The file must be the last field of the form.",
                ));
            }
            return Ok(keep(shared, &key, upload));
        }
        given.push((name, text(field).await?));
    }
}

async fn text(mut field: Field<'_>) -> Result<String, S3Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| S3Error::malformed())? {
        if bytes.len() + chunk.len() > MAX_FIELD {
            let text = "Your POST request fields preceding the upload file were too large.";
            return Err(S3Error::new(
                StatusCode::BAD_REQUEST,
                "MaxPostPreDataLengthExceeded",
                text,
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| S3Error::malformed())
}

/// Compares the form with the ticket; returns the object key.
fn check(shared: &Shared, given: &[(String, String)]) -> Result<String, S3Error> {
    let by_name: HashMap<&str, &str> = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if by_name.len() != given.len() {
        return Err(S3Error::argument("A form field stands twice."));
    }
    let get = |name: &str| by_name.get(name).copied();
    let Some(key) = get("key") else {
        return Err(S3Error::argument(
            "Bucket POST must contain a field named 'key'. If it is specified, please check the order of the fields.",
        ));
    };
    if get("AWSAccessKeyId") != Some(ACCESS_KEY) {
        let text = "The AWS Access Key Id you provided does not exist in our records.";
        return Err(S3Error::new(
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId",
            text,
        ));
    }
    let store = shared.store();
    let Some(file) = store.files.by_key(key) else {
        return Err(S3Error::denied(
            "Policy Condition failed: [\"eq\", \"$key\"]",
        ));
    };
    let wanted: HashMap<&str, &str> = file
        .fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    for name in ["policy", "signature"] {
        if get(name) != wanted.get(name).copied() {
            let text =
                "The request signature we calculated does not match the signature you provided.";
            return Err(S3Error::new(
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                text,
            ));
        }
    }
    let age = store.elapsed().saturating_sub(file.issued);
    if age > Duration::from_secs(shared.options.ticket_seconds) {
        return Err(S3Error::denied("Policy expired."));
    }
    for (name, value) in &file.fields {
        if get(name) != Some(value.as_str()) {
            return Err(S3Error::denied(&format!(
                "Policy Condition failed: [\"eq\", \"${name}\"]"
            )));
        }
    }
    if let Some((extra, _)) = given
        .iter()
        .find(|(name, _)| !wanted.contains_key(name.as_str()))
    {
        return Err(S3Error::denied(&format!("Extra input fields: {extra}")));
    }
    Ok(key.to_owned())
}

async fn receive(shared: &Shared, mut field: Field<'_>) -> Result<Upload, S3Error> {
    let mut hasher = blake3::Hasher::new();
    let mut md5 = md5::Md5::new();
    let room = match shared.options.keep_bytes && !shared.options.discard {
        true => (shared.options.most_bytes).saturating_sub(shared.store().files.kept()),
        false => 0,
    };
    let mut kept = (room > 0).then(Vec::new);
    let mut size = 0_u64;
    while let Some(chunk) = field.chunk().await.map_err(|_| S3Error::malformed())? {
        hasher.update(&chunk);
        md5.update(&chunk);
        size += chunk.len() as u64;
        // Concurrent uploads may exceed the limit a little.
        match &mut kept {
            Some(_) if size > room => kept = None,
            Some(kept) => kept.extend_from_slice(&chunk),
            None => {}
        }
    }
    let at = shared.options.clock.elapsed();
    Ok(Upload {
        size,
        hash: hasher.finalize(),
        md5: md5.finalize().into(),
        bytes: kept.map(Bytes::from),
        at,
    })
}

/// S3 responds with the status that the form requests, which was checked to be 201. The `ETag` is the MD5
/// of the content, or another value of the same form: S3 promises MD5 for some objects only.
fn keep(shared: &Shared, key: &str, upload: Upload) -> Response {
    let tag = match shared.options.etag_is_md5 {
        true => data_encoding::HEXLOWER.encode(&upload.md5),
        false => upload.hash.to_hex()[..32].to_owned(),
    };
    let etag = format!("\"{tag}\"");
    shared.store().files.uploaded(key, upload);
    let path: Vec<String> = key.split('/').map(percent).collect();
    let location = escape(&format!("{}/_storage/{}", shared.base, path.join("/")));
    let body = format!(
        "{XML_HEAD}<PostResponse><Location>{location}</Location><Bucket>close-sandbox-files</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>",
        escape(key),
        escape(&etag),
    );
    let mut response = (StatusCode::CREATED, XML, body).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// `GET /_storage/KEY?Signature=…`: the file behind a redirect.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if headers.contains_key(AUTHORIZATION) {
        // The API key must be omitted on the redirect.
        return S3Error::argument("Only one auth mechanism allowed").into_response();
    }
    let store = shared.store();
    let signed = |file: &&File| {
        query
            .get("Signature")
            .is_some_and(|given| *given == signature_of(file))
    };
    let Some(file) = store.files.by_key(&key).filter(signed) else {
        return S3Error::new(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied")
            .into_response();
    };
    let content_type = file
        .fields
        .iter()
        .find(|(name, _)| *name == "Content-Type")
        .map(|(_, value)| value.clone());
    match file.upload.as_ref().and_then(|upload| upload.bytes.clone()) {
        Some(bytes) => {
            let kind = content_type.and_then(|kind| HeaderValue::from_str(&kind).ok());
            let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            (StatusCode::OK, [(CONTENT_TYPE, kind)], bytes).into_response()
        }
        None => S3Error::new(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "This sandbox has not kept the bytes of this file.",
        )
        .into_response(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
