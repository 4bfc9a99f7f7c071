//! Credential of the Close API and its `Authorization` header.
//!
//! Never prints a secret, and never sends one in anything but the `Authorization` header of a request to the base host.
//!
//! See docs/reference/close-api.md, "Authentication".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::error::Error;

/// A credential. `Debug` shows its kind and never its value.
#[derive(Debug, Clone)]
pub enum Auth {
    /// An API key, sent as HTTP Basic with the key as user name and an empty password.
    Key(SecretString),
    /// An OAuth access token, sent as Bearer. It is not refreshed.
    Token(SecretString),
}

impl Auth {
    /// The value of the `Authorization` header, marked sensitive so that no lower layer prints it.
    ///
    /// # Errors
    ///
    /// [`Error::Credential`] if the key or token is empty or contains white space.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let (secret, text) = match self {
            // The colon is required although the password is empty.
            Auth::Key(key) => {
                let key = key.expose_secret();
                (key, format!("Basic {}", STANDARD.encode(format!("{key}:"))))
            }
            Auth::Token(token) => {
                let token = token.expose_secret();
                (token, format!("Bearer {token}"))
            }
        };
        // White space comes from files and copied lines; Close would only respond with 401.
        if secret.is_empty() || secret.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::Credential);
        }
        let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Credential)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_user_name_of_basic_auth_with_its_colon() {
        let header = Auth::Key("api_1.2".into()).header().unwrap();
        assert_eq!(header.to_str().unwrap(), "Basic YXBpXzEuMjo=");
        assert!(header.is_sensitive());
    }

    #[test]
    fn a_token_is_a_bearer() {
        let header = Auth::Token("tok".into()).header().unwrap();
        assert_eq!(header.to_str().unwrap(), "Bearer tok");
    }

    #[test]
    fn empty_or_broken_credentials_are_refused_before_any_request() {
        for bad in ["", " ", "api_1.2\n", "a b", "a\u{7}"] {
            assert!(Auth::Key(bad.into()).header().is_err(), "{bad:?}");
            assert!(Auth::Token(bad.into()).header().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn debug_prints_no_secret() {
        for auth in [Auth::Key("hush".into()), Auth::Token("hush".into())] {
            assert!(!format!("{auth:?}").contains("hush"));
            assert!(!format!("{:?}", auth.header().unwrap()).contains("hush"));
        }
    }
}
