//! Requests before they are sent: endpoint, id, query and body.
//!
//! Never here: the base URL and the credential, which [`super::Client`] adds.

use bytes::Bytes;

use crate::close::error::Failure;
use crate::close::outcome::RequestKind;

/// A request to be sent. `endpoint` is method and path template with at most one `{id}`; it identifies the rate
/// limiter and the place in errors.
pub(crate) struct Call<'a> {
    /// Whether the request may be sent twice.
    pub(crate) kind: RequestKind,
    /// Method and path template, such as `GET /lead/{id}/`.
    pub(crate) endpoint: &'static str,
    /// The id that replaces `{id}`; `None` for a template without it.
    pub(crate) id: Option<&'a str>,
    /// The names and values of the query, which are escaped when the request is built.
    pub(crate) query: Vec<(&'static str, &'a str)>,
    /// The JSON body; `None` without one.
    pub(crate) body: Option<Bytes>,
}

impl<'a> Call<'a> {
    /// A request without id, query and body.
    pub(crate) fn new(kind: RequestKind, endpoint: &'static str) -> Call<'a> {
        Call {
            kind,
            endpoint,
            id: None,
            query: Vec::new(),
            body: None,
        }
    }

    /// Sets the id that replaces `{id}` in the path.
    pub(crate) fn id(mut self, id: &'a str) -> Call<'a> {
        self.id = Some(id);
        self
    }

    /// Adds a name with its value to the query.
    pub(crate) fn query(mut self, name: &'static str, value: &'a str) -> Call<'a> {
        self.query.push((name, value));
        self
    }

    /// Sets the body: `body` as JSON.
    ///
    /// # Errors
    ///
    /// [`Failure::Internal`] if it cannot be serialised, which is a bug.
    pub(crate) fn json(mut self, body: &impl serde::Serialize) -> Result<Call<'a>, Failure> {
        let bytes = serde_json::to_vec(body).map_err(|_| Failure::Internal {
            endpoint: self.endpoint,
            what: "body",
        })?;
        self.body = Some(bytes.into());
        Ok(self)
    }
}
