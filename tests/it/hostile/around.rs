//! Bytes before and behind a zip, as mail and download programs leave them.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, golden};

fn ann() -> Vec<u8> {
    raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        Part::stored(super::PHOTO, "a photo"),
    ])
}

#[test]
fn bytes_before_and_after_a_zip_are_ignored() {
    let before = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &ann()].concat();
    golden("around_before", &[(ANN_ZIP, &before)]);
    let behind = [ann().as_slice(), &[0; 3_000]].concat();
    golden("around_behind", &[(ANN_ZIP, &behind)]);
}
