//! Requests before they are sent: endpoint, id, query and body.
//!
//! Never here: the base URL and the credential, which [`super::Client`] adds.

use bytes::Bytes;

use crate::close::error::Failure;
use crate::close::outcome::RequestKind;

/// A request to be sent. `endpoint` is method and path template with at most one `{id}`; it identifies the rate
/// limiter and the place in errors.
pub(crate) struct Call<'a> {
    pub(crate) kind: RequestKind,
    pub(crate) endpoint: &'static str,
    pub(crate) id: Option<&'a str>,
    pub(crate) query: Vec<(&'static str, &'a str)>,
    pub(crate) body: Option<Bytes>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(kind: RequestKind, endpoint: &'static str) -> Call<'a> {
        Call {
            kind,
            endpoint,
            id: None,
            query: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn id(mut self, id: &'a str) -> Call<'a> {
        self.id = Some(id);
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: &'a str) -> Call<'a> {
        self.query.push((name, value));
        self
    }

    /// Sets a JSON body.
    pub(crate) fn json(mut self, body: &impl serde::Serialize) -> Result<Call<'a>, Failure> {
        let bytes = serde_json::to_vec(body).map_err(|_| Failure::Internal {
            endpoint: self.endpoint,
            what: "body",
        })?;
        self.body = Some(bytes.into());
        Ok(self)
    }
}
