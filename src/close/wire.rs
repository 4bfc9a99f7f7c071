//! JSON shapes that several resources share: pages, dates, ids.
//!
//! Decoding is lenient: unknown fields are ignored, since Close adds fields without notice.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer};

/// One page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    /// The items of the page.
    pub(crate) data: Vec<T>,
    /// Whether a further page follows.
    pub(crate) has_more: bool,
}

/// Whether `id` has the form of an id of Close. Anything else is never put into a path, where a slash or a dot would
/// address another resource.
pub(crate) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 128
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Parses a date in Close's format: RFC 3339, or without an offset, which means UTC. `None` for any
/// other text.
pub(crate) fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .map(|d| d.with_timezone(&Utc))
        .ok()
        .or_else(|| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .ok()
                .map(|d| d.and_utc())
        })
}

/// Decodes a required date.
///
/// # Errors
///
/// It is absent, or not in Close's format.
pub(crate) fn date<'de, D: Deserializer<'de>>(d: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(d)?;
    parse_date(&text).ok_or_else(|| serde::de::Error::custom("not a date"))
}

/// Decodes a date that may be null; an invalid one counts as null.
///
/// # Errors
///
/// The value is neither a text nor null.
pub(crate) fn maybe_date<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(Option::<String>::deserialize(d)?
        .as_deref()
        .and_then(parse_date))
}

/// Decodes a text that may be null, which is then empty.
///
/// # Errors
///
/// The value is neither a text nor null.
pub(crate) fn text<'de, D: Deserializer<'de>, T: From<String>>(d: D) -> Result<T, D::Error> {
    Ok(Option::<String>::deserialize(d)?.unwrap_or_default().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_and_without_offset() {
        let expected = "2026-02-11T09:00:00.512Z".parse::<DateTime<Utc>>().unwrap();
        for text in [
            "2026-02-11T09:00:00.512000+00:00",
            "2026-02-11T10:00:00.512+01:00",
            "2026-02-11T09:00:00.512000",
        ] {
            assert_eq!(parse_date(text), Some(expected));
        }
        assert_eq!(parse_date("yesterday"), None);
    }

    #[test]
    fn ids_cannot_change_the_path() {
        assert!(is_id("lead_kfvj1Q1T6pQYFWTLWUDbzz0B8nePca9jncXtdD4Rjv6"));
        for bad in ["", ".", "..", "a/b", "a?b", "a b", "ä"] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
