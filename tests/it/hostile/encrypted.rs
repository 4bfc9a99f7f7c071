//! Entries behind a password.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, good};

fn locked(part: Part) -> Part {
    Part { flags: 1, ..part }
}

#[test]
fn encrypted_transcript_is_refused() {
    let bytes = raw::zip(&[
        locked(Part::stored(ANN_TXT, ANN)),
        locked(Part::stored(PHOTO, "a photo")),
    ]);
    golden("encrypted", &[(ANN_ZIP, &bytes), (ZOE_ZIP, &good())]);
}

#[test]
fn encrypted_file_is_reported() {
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        locked(Part::stored(PHOTO, "a photo")),
    ]);
    golden("encrypted_file", &[(ANN_ZIP, &bytes)]);
}
