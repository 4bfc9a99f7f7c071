//! Bytes that are not those that were packed.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, good};

#[test]
fn transcript_with_a_wrong_checksum_fails_alone() {
    let wrong = Part {
        crc: 0xdead_beef,
        ..Part::stored(ANN_TXT, ANN)
    };
    let bytes = raw::zip(&[wrong, Part::stored(PHOTO, "a photo")]);
    golden("checksum", &[(ANN_ZIP, &bytes), (ZOE_ZIP, &good())]);
}
