//! Authentication: an API key as HTTP Basic, or a Bearer token.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::options::Options;

/// The credential of a request; its number selects its bucket in the limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The API key.
    Key = 0,
    /// The access token.
    Token = 1,
}

impl Caller {
    /// `integration_name` of messages that this caller creates. Assumed for tokens.
    pub(super) fn integration_name(self) -> &'static str {
        match self {
            Caller::Key => "API",
            Caller::Token => "Sandbox OAuth app",
        }
    }
}

/// The caller, or `None` for a 401. The API key is the user name; its colon must be present and the
/// password empty.
pub(super) fn caller(headers: &HeaderMap, options: &Options) -> Option<Caller> {
    let (scheme, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = STANDARD.decode(rest).ok()?;
        let key = decoded.strip_suffix(b":")?;
        return (key == options.key.as_bytes()).then_some(Caller::Key);
    }
    let token = options.token.as_deref()?;
    (scheme.eq_ignore_ascii_case("bearer") && rest == token).then_some(Caller::Token)
}
