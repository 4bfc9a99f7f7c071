//! Places in object storage as a person writes them: `s3://bucket/anna/`.
//!
//! Never here: requests.

use std::path::{Path, PathBuf};

use super::StorageProblem;

/// The services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Service {
    /// Amazon S3, and services with its API.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
    /// A web server, for one zip.
    Web,
}

/// A place: a service, a bucket and a part of the keys in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) service: Service,
    /// Scheme and bucket, `s3://bucket`; for a web server scheme and host.
    pub(super) root: String,
    /// Bucket or container; for a web server the host.
    pub(super) bucket: String,
    /// The key, prefix or pattern, without slashes at its ends. Decoded where the place is a web address.
    pub(super) key: String,
    /// Whether it is a folder by its spelling: it ends with a slash, or is the whole bucket.
    pub(super) is_folder: bool,
}

const PATTERN: [char; 3] = ['*', '?', '['];

/// The scheme of a text that begins with one. A single letter is a drive of Windows.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some((scheme, rest))
}

/// Whether the path is a place in object storage or another address, and not a path on disk.
pub fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(|text| scheme(text).is_some())
}

/// Checks a place of the configuration; a path on disk is always accepted.
///
/// # Errors
///
/// [`StorageProblem::Place`], [`StorageProblem::NotBuilt`]. No request is sent.
pub fn check_place(text: &str) -> Result<(), StorageProblem> {
    match Place::parse(text) {
        None => Ok(()),
        Some(Err(problem)) => Err(problem),
        Some(Ok(_)) if cfg!(feature = "cloud") => Ok(()),
        Some(Ok(_)) => Err(StorageProblem::NotBuilt),
    }
}

/// The path that a pattern of the configuration in `folder` means: a place is never relative to it.
pub fn place_in(folder: &Path, pattern: &str) -> PathBuf {
    match is_remote(Path::new(pattern)) {
        true => PathBuf::from(pattern),
        false => folder.join(pattern),
    }
}

/// The folder that newer exports of a place are put into; `None` for a path on disk.
pub fn folder_of_place(pattern: &str) -> Option<PathBuf> {
    let place = match Place::parse(pattern)? {
        Ok(place) => place,
        Err(_) => return Some(PathBuf::from(pattern)),
    };
    let is_file = !place.is_folder && place.has_extension();
    let folder = match place.key.rsplit_once('/') {
        Some((folder, _)) if is_file => folder,
        None if is_file => "",
        _ => place.fixed_folder(),
    };
    match place.service {
        Service::Web => Some(PathBuf::from(pattern)),
        _ => Some(PathBuf::from(format!("{}/", place.url(folder)))),
    }
}

impl Place {
    /// Reads a place; `None` for a path on disk.
    pub(super) fn parse(text: &str) -> Option<Result<Place, StorageProblem>> {
        let (scheme, rest) = scheme(text)?;
        let service = match scheme {
            "s3" => Service::S3,
            "gs" => Service::Google,
            "az" => Service::Azure,
            "https" | "http" => Service::Web,
            _ => return Some(Err(StorageProblem::Place("unknown kind of place"))),
        };
        Some(match service {
            Service::Web => web(scheme, rest),
            service => bucket(service, scheme, rest),
        })
    }

    /// The place of an object, or of the bucket without a key.
    pub(super) fn url(&self, key: &str) -> String {
        match key {
            "" => self.root.clone(),
            key => format!("{}/{key}", self.root),
        }
    }

    /// Whether the last part of the key has the ending of an archive.
    pub(super) fn has_extension(&self) -> bool {
        let ending = Path::new(&self.key).extension().unwrap_or_default();
        ["zip", "txt", "md"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    }

    /// Whether the key may be a glob pattern.
    pub(super) fn is_pattern(&self) -> bool {
        self.service != Service::Web && self.key.contains(PATTERN)
    }

    /// The folders of the key before its first part with a wildcard; the whole key without one.
    pub(super) fn fixed_folder(&self) -> &str {
        if !self.is_pattern() {
            return &self.key;
        }
        let before = self.key.split(PATTERN).next().unwrap_or_default();
        before.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

fn bucket(service: Service, scheme: &str, rest: &str) -> Result<Place, StorageProblem> {
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if bucket.contains('@') || bucket.contains(':') {
        return Err(StorageProblem::Place(
            "a place must not contain credentials, which belong into the environment",
        ));
    }
    if bucket.is_empty() || !bucket.chars().all(is_name) {
        return Err(StorageProblem::Place("no bucket of this name can exist"));
    }
    Ok(Place {
        service,
        root: format!("{scheme}://{bucket}"),
        bucket: bucket.to_owned(),
        is_folder: key.is_empty() || key.ends_with('/'),
        key: checked_key(key.trim_end_matches('/'))?,
    })
}

fn web(scheme: &str, rest: &str) -> Result<Place, StorageProblem> {
    let (host, key) = rest.split_once('/').unwrap_or((rest, ""));
    if host.contains('@') || rest.contains(['?', '#']) {
        return Err(StorageProblem::Place(
            "a web address must not contain credentials, a query or a fragment",
        ));
    }
    if scheme == "http" && !is_loopback(host) {
        return Err(StorageProblem::Place(
            "a web address without TLS is accepted for this machine only",
        ));
    }
    if host.is_empty() || key.is_empty() || key.ends_with('/') {
        return Err(StorageProblem::Place(
            "a web address must name one zip, since web servers list no folders",
        ));
    }
    let bytes = percent_decoded(key.as_bytes());
    let key = String::from_utf8(bytes)
        .map_err(|_| StorageProblem::Place("a web address must be UTF-8"))?;
    Ok(Place {
        service: Service::Web,
        root: format!("{scheme}://{host}"),
        bucket: host.to_owned(),
        key: checked_key(&key)?,
        is_folder: false,
    })
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        match (first, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

fn checked_key(key: &str) -> Result<String, StorageProblem> {
    let is_odd = |part: &str| matches!(part, "" | "." | "..") || part.contains(char::is_control);
    if !key.is_empty() && key.split('/').any(is_odd) {
        return Err(StorageProblem::Place(
            "empty parts, `.`, `..` and control characters are not supported in a key",
        ));
    }
    Ok(key.to_owned())
}

/// Whether a host, with or without a port, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Place {
        Place::parse(text).expect("a place").expect("a valid one")
    }

    #[test]
    fn places_are_read_as_written() {
        let place = parsed("s3://exports/anna/WhatsApp Chat with Rita.zip");
        assert_eq!(place.root, "s3://exports");
        assert_eq!(place.key, "anna/WhatsApp Chat with Rita.zip");
        assert!(!place.is_folder);
        let place = parsed("az://box/");
        assert!(place.is_folder && place.key.is_empty());
        assert_eq!(
            parsed("https://example.com/a/WhatsApp%20Chat%20with%20J%C3%BCrgen.zip").key,
            "a/WhatsApp Chat with Jürgen.zip"
        );
        for local in [
            "exports",
            "C://exports",
            "/s3/a.zip",
            "a:b",
            "://a",
            "é3://a",
        ] {
            assert!(Place::parse(local).is_none(), "{local}");
            assert_eq!(check_place(local), Ok(()), "{local}");
        }
    }

    #[test]
    fn unusable_places_are_refused_without_their_secrets() {
        for text in [
            "ftp://host/a.zip",
            "S3://bucket/a",
            "s3:///a",
            "s3://key:s3cret@bucket/a",
            "s3://bucket/a//b",
            "s3://bucket/../b",
            "https://user:s3cret@host/a.zip",
            "https://host/a.zip?X-Amz-Signature=s3cret",
            "https://host/folder/",
            "https://host",
            "http://example.com/a.zip",
            "http://127.0.0.1.example.com/a.zip",
        ] {
            let problem = check_place(text).expect_err(text);
            assert_eq!(problem.code(), "storage_place", "{text}");
            assert!(!problem.to_string().contains("s3cret"), "{text}");
        }
        for host in ["127.0.0.1:9000", "localhost", "[::1]:80", "127.8.9.1"] {
            assert!(is_loopback(host), "{host}");
        }
        assert!(!is_loopback("10.0.0.1:80"));
    }

    #[test]
    fn folders_before_a_wildcard_are_listed() {
        let folder = |text: &str| parsed(text).fixed_folder().to_owned();
        assert_eq!(folder("s3://b/anna/2024*/x.zip"), "anna");
        assert_eq!(folder("s3://b/*.zip"), "");
        assert_eq!(folder("s3://b/anna/"), "anna");
        let next = |text: &str| folder_of_place(text).map(|path| path.display().to_string());
        assert_eq!(next("s3://b/anna/*.zip").as_deref(), Some("s3://b/anna/"));
        assert_eq!(next("s3://b/anna/a.zip").as_deref(), Some("s3://b/anna/"));
        assert_eq!(next("s3://b/a.zip").as_deref(), Some("s3://b/"));
        assert_eq!(next("s3://b/anna").as_deref(), Some("s3://b/anna/"));
        assert_eq!(next("exports"), None);
    }
}
