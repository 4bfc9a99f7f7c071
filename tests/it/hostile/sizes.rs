//! Wrong sizes and contradictory headers: the directory counts, and the data is verified against it.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, good};

#[test]
fn wrong_size_of_the_transcript_is_detected() {
    let size = ANN.len() as u32;
    for (name, lie) in [
        ("sizes_too_small", size - 10),
        ("sizes_too_large", size + 10),
        ("sizes_far_too_large", 400 << 20),
    ] {
        let text = Part {
            size: lie,
            ..Part::stored(ANN_TXT, ANN)
        };
        golden(name, &[(ANN_ZIP, &raw::zip(&[text])), (ZOE_ZIP, &good())]);
    }
}

#[test]
fn local_headers_are_ignored() {
    let text = Part {
        local_size: Some(5),
        local_name: Some(b"somewhere/else.exe".to_vec()),
        ..Part::stored(ANN_TXT, ANN)
    };
    let photo = Part {
        descriptor: true,
        ..Part::stored(PHOTO, "a photo")
    };
    golden("sizes_local", &[(ANN_ZIP, &raw::zip(&[text, photo]))]);
}

#[test]
fn entry_beyond_the_end_fails() {
    let text = Part {
        at: Some(50_000_000),
        ..Part::stored(ANN_TXT, ANN)
    };
    golden(
        "sizes_beyond",
        &[(ANN_ZIP, &raw::zip(&[text])), (ZOE_ZIP, &good())],
    );
}
