//! Inputs of a request: query parameters, the method override, the JSON body.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::dates;
use super::refusal::Refusal;

/// The parameters of a request, from its query and, with a method override, from `_params`.
#[derive(Debug, Default, Clone)]
pub(super) struct Params(Vec<(String, String)>);

/// The `_params` of a POST that overrides its method to GET; set by the server.
#[derive(Debug, Clone)]
pub(super) struct Overridden(pub(super) Vec<(String, String)>);

impl Overridden {
    /// Reads `{"_params": {…}}`. Lists become comma-separated, as in a query.
    pub(super) fn read(body: &[u8]) -> Result<Overridden, Refusal> {
        let object = read_object(body)?;
        let params = match object.get("_params") {
            None => return Ok(Overridden(Vec::new())),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Refusal::protocol("_params must be a dict.")),
        };
        let pairs = params
            .iter()
            .map(|(name, value)| (name.clone(), flat(value)));
        Ok(Overridden(pairs.collect()))
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let Query(mut pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Refusal::protocol("The query string cannot be read."))?;
        if let Some(Overridden(more)) = parts.extensions.get::<Overridden>() {
            pairs.extend(more.iter().cloned());
        }
        Ok(Params(pairs))
    }
}

impl Params {
    /// The value of a parameter; the last one if it occurs several times.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A comma-separated parameter.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let value = self.get(name)?;
        Some(
            value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect(),
        )
    }

    /// A boolean, as query strings write it.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None | Some("false" | "False" | "0") => Ok(false),
            Some("true" | "True" | "1") => Ok(true),
            Some(_) => Err(Refusal::field(
                name,
                "Input should be a valid boolean, unable to interpret input",
            )),
        }
    }

    /// A number from 0 to `max`; the wording is Pydantic's (observed).
    pub(super) fn number(&self, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        match text.parse::<i64>() {
            Err(_) => Err(Refusal::field(
                name,
                "Input should be a valid integer, unable to parse string as an integer",
            )),
            Ok(number) if number < 0 => Err(Refusal::field(
                name,
                "Input should be greater than or equal to 0",
            )),
            Ok(number) => match usize::try_from(number) {
                Ok(number) if number <= max => Ok(number),
                _ => Err(Refusal::field(
                    name,
                    &format!("Input should be less than or equal to {max}"),
                )),
            },
        }
    }

    /// The four date filters of one field. Assumed: a bad date is a 400.
    pub(super) fn dates(&self, field: &str) -> Result<DateFilter, Refusal> {
        let bound = |suffix: &str| -> Result<Option<DateTime<Utc>>, Refusal> {
            let name = format!("{field}__{suffix}");
            match self.get(&name) {
                None => Ok(None),
                Some(text) => dates::read_filter(text).map(Some).ok_or_else(|| {
                    Refusal::field(&name, "Input should be a valid datetime or date")
                }),
            }
        };
        Ok(DateFilter {
            gt: bound("gt")?,
            gte: bound("gte")?,
            lt: bound("lt")?,
            lte: bound("lte")?,
        })
    }
}

/// The bounds of one date field.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct DateFilter {
    gt: Option<DateTime<Utc>>,
    gte: Option<DateTime<Utc>>,
    lt: Option<DateTime<Utc>>,
    lte: Option<DateTime<Utc>>,
}

impl DateFilter {
    /// Whether it restricts nothing.
    pub(super) fn is_open(&self) -> bool {
        self.gt.is_none() && self.gte.is_none() && self.lt.is_none() && self.lte.is_none()
    }

    pub(super) fn allows(&self, at: DateTime<Utc>) -> bool {
        self.gt.is_none_or(|bound| at > bound)
            && self.gte.is_none_or(|bound| at >= bound)
            && self.lt.is_none_or(|bound| at < bound)
            && self.lte.is_none_or(|bound| at <= bound)
    }
}

/// A JSON object as body. Assumed: without a content type 400, with another than JSON 415.
#[derive(Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        check_content_type(kind)?;
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Refusal::protocol("The request body could not be read."))?;
        read_object(&bytes).map(Body)
    }
}

/// Rejects content types other than `application/json`.
pub(super) fn check_content_type(kind: Option<&str>) -> Result<(), Refusal> {
    let essence = kind.map(|kind| {
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    });
    match essence.as_deref() {
        Some("application/json") => Ok(()),
        None | Some("") => Err(Refusal::protocol(
            "Please send valid JSON with a 'Content-Type: application/json' header.",
        )),
        Some(_) => Err(Refusal::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported media type.",
        )),
    }
}

fn read_object(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::protocol("JSON data must be a dict.")),
        Err(_) => Err(Refusal::protocol("The request contains invalid JSON.")),
    }
}

/// Errors of several fields, collected so that one response reports all of them.
#[derive(Debug, Default)]
pub(super) struct FieldErrors(BTreeMap<String, Value>);

impl FieldErrors {
    /// Adds an error; the first one of a field stays.
    pub(super) fn add(&mut self, name: &str, text: impl Into<Value>) {
        self.0.entry(name.to_owned()).or_insert(text.into());
    }

    /// The errors as a nested object, if there are any.
    pub(super) fn into_value(self) -> Option<Value> {
        (!self.0.is_empty()).then(|| json!({ "errors": [], "field-errors": self.0 }))
    }

    /// Returns an error if there are any.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::fields(self.0))
        }
    }
}
