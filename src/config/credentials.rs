//! The key or token of Close, from the environment or a file of its own.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// The environment variable of an API key.
const KEY_VARIABLE: &str = "CLOSE_API_KEY";
/// The environment variable of an OAuth access token.
const TOKEN_VARIABLE: &str = "CLOSE_ACCESS_TOKEN";
/// The largest key file that is read, in bytes; a key has about 60.
const MOST_BYTES: u64 = 4096;

/// The credentials of requests to Close. `Debug` does not show them.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// An API key: basic auth, with the key as user name and no password.
    Key(SecretString),
    /// An OAuth access token: bearer.
    Token(SecretString),
}

/// Credentials, with a warning about their source.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The key or token.
    pub credentials: Credentials,
    /// A sentence for the user if others can read the key file; `None` if they cannot.
    pub warning: Option<String>,
}

/// Why there are no credentials. No variant contains any part of a secret. Exit status 2.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// None are given.
    #[error(
        "no key for Close; set CLOSE_API_KEY (or CLOSE_ACCESS_TOKEN), or name a file that holds the key with `--api-key-file`"
    )]
    Missing,
    /// Two are given, and neither takes precedence.
    #[error("both CLOSE_API_KEY and CLOSE_ACCESS_TOKEN are set; unset one of them")]
    Both,
    /// The variable or file is empty.
    #[error("{from} is empty; put the key there")]
    Empty {
        /// The name of the variable or the path of the file.
        from: String,
    },
    /// It contains white space or characters that no key has.
    #[error(
        "{from} holds more than one word or characters that no key has; put only the key there"
    )]
    Malformed {
        /// The name of the variable or the path of the file.
        from: String,
    },
    /// A key is its id, a dot and its secret; the secret is missing.
    #[error(
        "{from} has no dot in it: this is the key's id without its secret part; copy the whole key"
    )]
    NoSecretPart {
        /// The name of the variable or the path of the file.
        from: String,
    },
    /// The file of `--api-key-file` cannot be read.
    #[error("{}: the key file cannot be read: {cause}", file.display())]
    File {
        /// The path as given.
        file: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
}

/// Finds the credentials: `--api-key-file` takes precedence over the environment, where either
/// `CLOSE_API_KEY` or `CLOSE_ACCESS_TOKEN` may be set. An empty variable counts as unset if the other one is
/// set. White space around the secret is removed.
///
/// # Errors
///
/// See [`CredentialsError`]. A file that others may read is a warning, not an error.
pub fn credentials(
    env: &dyn Fn(&str) -> Option<String>,
    api_key_file: Option<&Path>,
) -> Result<Loaded, CredentialsError> {
    if let Some(path) = api_key_file {
        let (text, warning) = read(path).map_err(|cause| CredentialsError::File {
            file: path.to_path_buf(),
            cause,
        })?;
        let credentials = Credentials::Key(key(&text, &path.display().to_string())?);
        return Ok(Loaded {
            credentials,
            warning,
        });
    }
    let variable = |name| env(name).map(SecretString::from);
    let filled = |secret: &SecretString| !secret.expose_secret().trim().is_empty();
    let (api_key, token) = (variable(KEY_VARIABLE), variable(TOKEN_VARIABLE));
    let credentials = match (
        api_key.as_ref().filter(|key| filled(key)),
        token.as_ref().filter(|token| filled(token)),
    ) {
        (Some(_), Some(_)) => return Err(CredentialsError::Both),
        (Some(text), None) => Credentials::Key(key(text, KEY_VARIABLE)?),
        (None, Some(text)) => Credentials::Token(one_word(text, TOKEN_VARIABLE)?),
        (None, None) => {
            let from = api_key
                .map(|_| KEY_VARIABLE)
                .or(token.map(|_| TOKEN_VARIABLE));
            return Err(
                from.map_or(CredentialsError::Missing, |from| CredentialsError::Empty {
                    from: from.to_owned(),
                }),
            );
        }
    };
    Ok(Loaded {
        credentials,
        warning: None,
    })
}

/// The API key that a person typed. White space around it is removed.
///
/// # Errors
///
/// The text is no key: [`CredentialsError::Empty`], [`CredentialsError::Malformed`] or [`CredentialsError::NoSecretPart`].
pub fn typed_key(text: &SecretString) -> Result<SecretString, CredentialsError> {
    key(text, "the field")
}

fn read(path: &Path) -> io::Result<(SecretString, Option<String>)> {
    let file = File::open(path)?;
    let warning = readable_by_others(&file)?.then(|| {
        let path = path.display();
        format!("{path}: the key file can be read by others; run `chmod 600 {path}`")
    });
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok((SecretString::from(text), warning))
}

#[cfg(unix)]
fn readable_by_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// A key: one word with a dot between its id and its secret.
fn key(text: &SecretString, from: &str) -> Result<SecretString, CredentialsError> {
    let key = one_word(text, from)?;
    match key.expose_secret().split_once('.') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(key),
        _ => Err(CredentialsError::NoSecretPart {
            from: from.to_owned(),
        }),
    }
}

/// A secret that is valid in a header: visible ASCII without spaces.
fn one_word(text: &SecretString, from: &str) -> Result<SecretString, CredentialsError> {
    let from = || from.to_owned();
    match text.expose_secret().trim().trim_start_matches('\u{FEFF}') {
        "" => Err(CredentialsError::Empty { from: from() }),
        word if word.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(SecretString::from(word)),
        _ => Err(CredentialsError::Malformed { from: from() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)], file: Option<&Path>) -> Result<Loaded, CredentialsError> {
        let env = |name: &str| {
            variables
                .iter()
                .find(|(own, _)| *own == name)
                .map(|(_, value)| (*value).to_owned())
        };
        credentials(&env, file)
    }

    fn secret(loaded: &Loaded) -> (&'static str, &str) {
        match &loaded.credentials {
            Credentials::Key(key) => ("key", key.expose_secret()),
            Credentials::Token(token) => ("token", token.expose_secret()),
        }
    }

    fn error(variables: &[(&str, &str)]) -> String {
        with(variables, None).unwrap_err().to_string()
    }

    #[test]
    fn key_and_token_come_from_the_environment() {
        let loaded = with(&[("CLOSE_API_KEY", "api_sandbox.key\n")], None).unwrap();
        assert_eq!(secret(&loaded), ("key", "api_sandbox.key"));
        let loaded = with(
            &[("CLOSE_ACCESS_TOKEN", "abc"), ("CLOSE_API_KEY", "")],
            None,
        )
        .unwrap();
        assert_eq!(secret(&loaded), ("token", "abc"));
    }

    #[test]
    fn errors_name_the_place_and_never_the_secret() {
        insta::assert_snapshot!(error(&[]), @"no key for Close; set CLOSE_API_KEY (or CLOSE_ACCESS_TOKEN), or name a file that holds the key with `--api-key-file`");
        insta::assert_snapshot!(error(&[("CLOSE_API_KEY", " ")]), @"CLOSE_API_KEY is empty; put the key there");
        insta::assert_snapshot!(error(&[("CLOSE_API_KEY", "api_s3cret")]), @"CLOSE_API_KEY has no dot in it: this is the key's id without its secret part; copy the whole key");
        insta::assert_snapshot!(error(&[("CLOSE_API_KEY", "api_s3cret.")]), @"CLOSE_API_KEY has no dot in it: this is the key's id without its secret part; copy the whole key");
        insta::assert_snapshot!(error(&[("CLOSE_API_KEY", "api.s3cret\nb")]), @"CLOSE_API_KEY holds more than one word or characters that no key has; put only the key there");
        insta::assert_snapshot!(error(&[("CLOSE_API_KEY", "a.b"), ("CLOSE_ACCESS_TOKEN", "c")]), @"both CLOSE_API_KEY and CLOSE_ACCESS_TOKEN are set; unset one of them");
        let loaded = with(&[("CLOSE_API_KEY", "api.s3cret")], None).unwrap();
        assert!(!format!("{loaded:?}").contains("s3cret"));
    }

    #[test]
    fn the_file_wins_over_the_environment() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "api_file.key\r\n").unwrap();
        let loaded = with(
            &[("CLOSE_API_KEY", "a.b"), ("CLOSE_ACCESS_TOKEN", "c")],
            Some(&path),
        )
        .unwrap();
        assert_eq!(secret(&loaded), ("key", "api_file.key"));
        let missing = with(&[], Some(&dir.path().join("none"))).unwrap_err();
        assert!(matches!(missing, CredentialsError::File { .. }));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_a_warning() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "api_file.key").unwrap();
        for (mode, warned) in [(0o600, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(
                with(&[], Some(&path)).unwrap().warning.is_some(),
                warned,
                "{mode:o}"
            );
        }
    }
}
