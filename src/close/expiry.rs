//! Expiry of an OAuth access token.
//!
//! Belongs here: what is known of it without a request. Never here: refreshing a token.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::auth::Auth;

/// Lifetime of an access token from its issue (Close's documentation of OAuth, `expires_in`).
const LIFETIME: Duration = Duration::from_secs(3600);

/// When an access token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At this instant, which the token contains.
    At(DateTime<Utc>),
    /// At most this time from now: the token does not contain the instant.
    Within(Duration),
}

impl Expiry {
    /// The expiry of a credential; `None`: an API key, which does not expire.
    pub(super) fn of(auth: &Auth) -> Option<Expiry> {
        match auth {
            Auth::Key(_) => None,
            Auth::Token(token) => {
                let instant = instant_in(token.expose_secret());
                Some(instant.map_or(Expiry::Within(LIFETIME), Expiry::At))
            }
        }
    }
}

/// The claim `exp` of a JSON Web Token, in seconds since the Unix epoch (RFC 7519, section 4.1.4). Its
/// signature is not checked: Close rejects an invalid token.
fn instant_in(token: &str) -> Option<DateTime<Utc>> {
    let mut parts = token.split('.');
    let (_, claims) = (parts.next()?, parts.next()?);
    parts.next()?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    let expiry = claims.get("exp")?.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "out of range saturates")]
    let seconds = expiry as i64;
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expiry(token: &str) -> Option<Expiry> {
        Expiry::of(&Auth::Token(token.into()))
    }

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn key_does_not_expire() {
        assert_eq!(Expiry::of(&Auth::Key("api_1.2".into())), None);
    }

    #[test]
    fn json_web_token_contains_its_expiry() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).expect("an instant");
        for claims in [
            r#"{"sub": "user", "exp": 1700000000}"#,
            r#"{"exp": 1700000000.5}"#,
        ] {
            assert_eq!(expiry(&jwt(claims)), Some(Expiry::At(at)), "{claims}");
        }
    }

    #[test]
    fn other_tokens_live_an_hour_at_most() {
        let within = Some(Expiry::Within(LIFETIME));
        for token in ["opaque", "a.b", "a.b.c", "..", &jwt("{}"), &jwt("[1]")] {
            assert_eq!(expiry(token), within, "{token}");
        }
        assert_eq!(expiry(&jwt(r#"{"exp": 1e300}"#)), within);
    }
}
