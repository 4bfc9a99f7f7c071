//! Error responses in Close's formats.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A response other than 200.
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

    /// 401. Assumed: no `WWW-Authenticate`.
    pub(super) fn unauthorized() -> Self {
        Refusal::error(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// 404 of a known address with an unknown id. Assumed wording, that of Close's older endpoints.
    pub(super) fn missing(kind: &str, id: &str) -> Self {
        Refusal::error(
            StatusCode::NOT_FOUND,
            &format!("Empty query: {kind}.objects(id={id:?})"),
        )
    }

    /// 404 of an unknown address.
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
