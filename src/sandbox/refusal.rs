//! The answers that say no, in Close's envelopes (`close-api.md`, section 5.2).

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer other than 200.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    /// `{"error": text}`.
    pub(super) fn error(status: StatusCode, text: &str) -> Self {
        Refusal {
            status,
            body: json!({ "error": text }),
        }
    }

    /// 400 `{"error": text}`: a protocol error.
    pub(super) fn protocol(text: &str) -> Self {
        Refusal::error(StatusCode::BAD_REQUEST, text)
    }

    /// 401 with the text of section 5.3. A37 (close-api.md section 8): no `WWW-Authenticate`.
    pub(super) fn unauthorized() -> Self {
        Refusal::error(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// 404 of a known address with an unknown id. A35: the old engine's wording.
    pub(super) fn missing(kind: &str, id: &str) -> Self {
        Refusal::error(
            StatusCode::NOT_FOUND,
            &format!("Empty query: {kind}.objects(id={id:?})"),
        )
    }

    /// 404 of an address that does not exist (section 5.2).
    pub(super) fn no_such_url() -> Self {
        Refusal::error(
            StatusCode::NOT_FOUND,
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.",
        )
    }

    /// 400 with one entry in `field-errors`.
    pub(super) fn field(name: &str, text: &str) -> Self {
        Refusal::fields(BTreeMap::from([(name.to_owned(), Value::from(text))]))
    }

    /// 400 with several entries in `field-errors`.
    pub(super) fn fields(errors: BTreeMap<String, Value>) -> Self {
        Refusal {
            status: StatusCode::BAD_REQUEST,
            body: json!({ "errors": [], "field-errors": errors }),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
