//! Two entries of one name.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, good};

#[test]
fn same_bytes_twice_are_one_file() {
    let photo = || Part::stored(PHOTO, "a photo");
    let text = || Part::stored(ANN_TXT, ANN);
    let bytes = raw::zip(&[text(), photo(), photo(), text()]);
    golden("twice_same", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn two_different_files_of_one_name_are_not_used() {
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        Part::stored(PHOTO, "a photo"),
        Part::stored(PHOTO, "another"),
    ]);
    golden("twice_different", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn two_different_transcripts_of_one_name_are_refused() {
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        Part::stored(ANN_TXT, ANN.replace("hi", "ho")),
    ]);
    golden("twice_texts", &[(ANN_ZIP, &bytes), (ZOE_ZIP, &good())]);
}

#[test]
fn names_that_differ_in_case_only_are_two_files() {
    let text = format!("{ANN}13/03/2023, 09:08 - Ann: Plan.PDF (file attached)\n");
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, &text),
        Part::stored("plan.pdf", "one"),
        Part::stored("Plan.PDF", "the other one"),
        Part::stored(PHOTO.to_lowercase(), "a photo"),
    ]);
    golden("twice_case", &[(ANN_ZIP, &bytes)]);
}
