//! Kinds of zip that phones write seldom or never.

use zip::CompressionMethod;

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, good};
use crate::kit::{archive, scenes};

#[test]
fn zip64_is_a_zip() {
    let bytes = archive::zip_with(&scenes::ben(), CompressionMethod::Deflated, true);
    golden(
        "kinds_zip64",
        &[("WhatsApp Chat with Ben Cooper.zip", &bytes)],
    );
}

#[test]
fn unsupported_compression_methods_are_named() {
    // bzip2.
    let method = |part: Part| Part { method: 12, ..part };
    let text = raw::zip(&[method(Part::stored(ANN_TXT, ANN))]);
    golden("kinds_method", &[(ANN_ZIP, &text), (ZOE_ZIP, &good())]);
    let file = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        method(Part::stored(PHOTO, "a photo")),
    ]);
    golden("kinds_method_of_a_file", &[(ANN_ZIP, &file)]);
}

#[test]
fn part_of_a_split_zip_is_refused() {
    let mut bytes = raw::zip(&[Part::stored(ANN_TXT, ANN)]);
    let end = bytes.len() - 22;
    // This disk is the second one, the directory begins on the first.
    bytes[end + 4] = 1;
    golden("kinds_parts", &[(ANN_ZIP, &bytes), (ZOE_ZIP, &good())]);
}
