//! Decodes the bytes of an address book.

use super::BookError;

/// The decoded text, and whether Windows-1252 was assumed for some line.
///
/// UTF-8 and UTF-16 are detected by byte order marks or by validity. A line that is not UTF-8 is decoded as
/// Windows-1252, which Outlook writes: line by line, since a file may contain both.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, bool), BookError> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes)
        && encoding != encoding_rs::UTF_8
    {
        let (text, is_bad) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return match is_bad || text.is_empty() {
            true => Err(BookError::Encoding),
            false => Ok((text.into_owned(), false)),
        };
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.to_owned(), false));
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match std::str::from_utf8(line) {
            Ok(line) => text.push_str(line),
            Err(_) => {
                let (line, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(line);
                // Control characters show another encoding, or no text.
                if line.chars().any(|c| c.is_control() && !c.is_whitespace()) {
                    return Err(BookError::Encoding);
                }
                text.push_str(&line);
            }
        }
    }
    Ok((text, true))
}
