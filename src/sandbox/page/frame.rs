//! What every page has: a policy that forbids scripts and other hosts, and one host name.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::refusal::Refusal;
use super::super::shared::Shared;

/// The style of all pages; `head.html` includes the same file.
const STYLE: &str = include_str!("../../../templates/page/style.css");

/// This style alone, images of the sandbox itself, nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.trim().as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    // Base64 and the rest are ASCII.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A rendered page with its policy.
pub(super) fn respond(page: &impl Template) -> Response {
    let Ok(html) = page.render() else {
        let text = "The page could not be rendered.";
        return Refusal::error(StatusCode::INTERNAL_SERVER_ERROR, text).into_response();
    };
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    protect(headers);
    response
}

/// Headers for everything that a page consists of: it is not kept, and its type is not guessed.
pub(super) fn protect(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
}

/// Refuses requests that name another host: a page of another site whose name resolves to this machine would
/// otherwise read what is here.
pub(in crate::sandbox) async fn only_here(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let address = shared.base.trim_start_matches("http://");
    let port = address.rsplit_once(':').map_or("", |(_, port)| port);
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    let is_here = host.is_some_and(|host| {
        host == address.as_bytes() || host == format!("localhost:{port}").as_bytes()
    });
    match is_here {
        true => next.run(request).await,
        false => Refusal::error(
            StatusCode::MISDIRECTED_REQUEST,
            "This page is served under its own address only.",
        )
        .into_response(),
    }
}
