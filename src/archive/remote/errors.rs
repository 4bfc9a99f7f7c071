//! Errors of the crate object_store as problems, without the addresses that its messages contain.

use std::error::Error as _;

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use super::StorageProblem;

/// What the request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// A place that a person named.
    Place,
    /// An object that was listed.
    Object,
}

/// The problem that a failed request shows. `None`: there is no such object.
pub(super) fn problem_of(error: &Error, subject: Subject) -> Option<StorageProblem> {
    // The service's own code is in the body, which the message contains.
    let message = error.to_string();
    let code = between(&message, "<Code>", "</Code>").unwrap_or_default();
    let is_region = message.contains("incorrectly configured region")
        || matches!(
            code,
            "PermanentRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException"
        );
    let status = status(&message);
    let is_denied = matches!(
        error,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. }
    ) || matches!(status.as_str(), "401" | "403");
    Some(match (error, subject) {
        _ if matches!(code, "NoSuchBucket" | "ContainerNotFound") => StorageProblem::NoBucket,
        _ if is_region => StorageProblem::Region,
        (Error::NotFound { .. }, Subject::Place) => return None,
        (Error::NotFound { .. }, Subject::Object) => StorageProblem::Deleted,
        (Error::Precondition { .. } | Error::NotModified { .. }, _) => StorageProblem::Changed,
        (_, Subject::Place) if is_denied => StorageProblem::PlaceDenied,
        (_, Subject::Object) if is_denied => StorageProblem::ObjectDenied,
        // A range beyond the end of a shorter object.
        (_, Subject::Object) if status == "416" => StorageProblem::Changed,
        (Error::NotSupported { .. }, _) => StorageProblem::NoRanges,
        (Error::InvalidPath { .. }, _) => {
            StorageProblem::Place("a key in this place has characters that are not supported")
        }
        _ => StorageProblem::Unreachable(reason(error, &status, code)),
    })
}

/// Why no usable response came: a kind of failure or a status, never an address.
fn reason(error: &Error, status: &str, code: &str) -> String {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            let kind = match error.kind() {
                HttpErrorKind::Connect => "no connection",
                HttpErrorKind::Timeout => "no response in time",
                HttpErrorKind::Interrupted => "the connection was interrupted",
                HttpErrorKind::Decode => "an unreadable response",
                _ => "the request failed",
            };
            return kind.to_owned();
        }
        cause = error.source();
    }
    let is_word = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (status, is_word) {
        ("", false) => "an unexpected response".to_owned(),
        ("", true) => code.to_owned(),
        (status, false) => format!("status {status}"),
        (status, true) => format!("status {status}, {code}"),
    }
}

/// The status of the response that an error is about; empty without one. Errors of listings do not have it as a value.
fn status(message: &str) -> String {
    let status = between(message, "status code: ", ":").unwrap_or_default();
    status.chars().take_while(char::is_ascii_digit).collect()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic {
            store: "S3",
            source: text.into(),
        }
    }

    #[test]
    fn addresses_and_signatures_are_not_repeated() {
        let text = "Error performing GET https://h/c?sig=s3cret in 1s - Server returned non-2xx status code: 503: <Error><Code>SlowDown</Code></Error>";
        let problem = problem_of(&generic(text), Subject::Object);
        let expected = StorageProblem::Unreachable("status 503, SlowDown".to_owned());
        assert_eq!(problem, Some(expected));
        let problem = problem_of(&generic("https://h/c?sig=s3cret"), Subject::Place);
        assert!(!format!("{problem:?}").contains("s3cret"));
    }

    #[test]
    fn denied_listing_is_no_outage() {
        let text = "Error performing list request: Server returned non-2xx status code: 403 Forbidden: <Error><Code>AccessDenied</Code></Error>";
        let problem = problem_of(&generic(text), Subject::Place);
        assert_eq!(problem, Some(StorageProblem::PlaceDenied));
    }

    #[test]
    fn missing_bucket_and_missing_object_differ() {
        let missing = |text: &str| Error::NotFound {
            path: "a".to_owned(),
            source: text.into(),
        };
        let bucket = missing("status code: 404 Not Found: <Code>NoSuchBucket</Code>");
        assert_eq!(
            problem_of(&bucket, Subject::Place),
            Some(StorageProblem::NoBucket)
        );
        assert_eq!(problem_of(&missing(""), Subject::Place), None);
        assert_eq!(
            problem_of(&missing(""), Subject::Object),
            Some(StorageProblem::Deleted)
        );
    }
}
