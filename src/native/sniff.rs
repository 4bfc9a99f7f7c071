//! Guesses the type of a file from its first bytes, for error messages.

use std::path::Path;

use super::head;

/// How much of a file is looked at.
const LOOK: u64 = 512;

/// In a word or two, for people.
pub(super) fn describe_file(path: &Path) -> &'static str {
    head(path, LOOK).map_or("a file that does not read", |head| describe(&head))
}

pub(super) fn describe(head: &[u8]) -> &'static str {
    let is_text = |bytes: &[u8]| {
        let plain = |b: &u8| !b.is_ascii_control() || b.is_ascii_whitespace();
        // The end may lie within a character.
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
        _ if head.starts_with(&[0x1f, 0x8b]) => "a packed file (gzip)",
        _ if head.starts_with(b"%PDF") => "a PDF document",
        _ if head.starts_with(b"{") || head.starts_with(b"[") => "JSON",
        _ if is_text(head) => "a text",
        _ => "something else, or damaged from its first byte",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_beginning() {
        for (head, found) in [
            (&b""[..], "an empty file"),
            (b"PK\x03\x04..", "a zip"),
            (b"hello \xc3", "a text"),
            (b"{\"a\": 1}", "JSON"),
            (
                b"\x00\x01\xff",
                "something else, or damaged from its first byte",
            ),
        ] {
            assert_eq!(describe(head), found);
        }
    }
}
