//! The MIME type of a file, from its first bytes and then from its name.

/// The number of leading bytes that are examined.
pub(super) const HEAD: usize = 8 * 1024;

/// The MIME type of a file with these first bytes and this name.
pub(super) fn content_type(head: &[u8], name: &str) -> String {
    let by_bytes = infer::get(head).map(|kind| kind.mime_type());
    let by_name = mime_guess::from_path(name).first_raw();
    match (by_bytes, by_name) {
        // Office files are ZIP archives, and older ones show nothing more specific in their first bytes.
        (Some("application/zip"), Some(named)) => named.to_owned(),
        (Some(mime), _) => mime.to_owned(),
        (None, Some(named)) => named.to_owned(),
        (None, None) => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::content_type;

    #[test]
    fn bytes_win_over_names() {
        assert_eq!(
            content_type(b"\x89PNG\r\n\x1a\n....", "photo.jpg"),
            "image/png"
        );
        assert_eq!(content_type(b"%PDF-1.7", "x"), "application/pdf");
        assert_eq!(content_type(b"BEGIN:VCARD", "Rita.vcf"), "text/x-vcard");
        assert_eq!(content_type(b"hello", "notes"), "application/octet-stream");
        assert_eq!(
            content_type(b"PK\x03\x04..........", "a.docx"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        );
    }
}
