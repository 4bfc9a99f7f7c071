//! Guesses the type of a file from its first bytes, for error messages.

use std::path::Path;

use super::reader::head;

/// Bytes that are examined.
const SNIFF_LEN: u64 = 512;

/// Describes the type of a file in a few words.
pub(super) fn describe_file(path: &Path) -> &'static str {
    head(path, SNIFF_LEN).map_or("an unreadable file", |head| describe(&head))
}

pub(super) fn describe(head: &[u8]) -> &'static str {
    let is_text = |bytes: &[u8]| {
        let plain = |b: &u8| !b.is_ascii_control() || b.is_ascii_whitespace();
        // The examined part may end inside a character.
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none(),
        };
        valid && bytes.iter().all(plain)
    };
    match head {
        [] => "an empty file",
        _ if head.starts_with(super::sqlite::MAGIC) => "a database",
        _ if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") => "a zip",
        _ if head.starts_with(&[0x1f, 0x8b]) => "a gzip file",
        _ if head.starts_with(b"%PDF") => "a PDF document",
        _ if head.starts_with(b"{") || head.starts_with(b"[") => "JSON",
        _ if is_text(head) => "a text",
        _ => "an unknown or damaged file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_types_are_detected_by_first_bytes() {
        for (head, found) in [
            (&b""[..], "an empty file"),
            (b"PK\x03\x04..", "a zip"),
            (b"hello \xc3", "a text"),
            (b"{\"a\": 1}", "JSON"),
            (b"\x00\x01\xff", "an unknown or damaged file"),
        ] {
            assert_eq!(describe(head), found);
        }
    }
}
