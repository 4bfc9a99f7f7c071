//! Archives with nothing in them, and things that are none.

use std::fs;

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, compare, exports, golden, good, inspect};

#[test]
fn empty_zip_and_empty_file_are_refused() {
    golden(
        "nothing_empty",
        &[(ANN_ZIP, &raw::zip(&[])), (ZOE_ZIP, &good())],
    );
    golden("nothing_no_bytes", &[(ANN_ZIP, b""), (ZOE_ZIP, &good())]);
}

#[test]
fn html_page_named_zip_is_refused() {
    let page = b"<html>Please log in to download</html>";
    golden("nothing_page", &[(ANN_ZIP, page), (ZOE_ZIP, &good())]);
}

#[test]
fn zip_without_a_transcript_is_refused() {
    let bytes = raw::zip(&[
        Part::stored(PHOTO, "a photo"),
        Part::stored("notes.txt", "buy milk\n"),
    ]);
    golden(
        "nothing_of_a_chat",
        &[("photos.zip", &bytes), (ZOE_ZIP, &good())],
    );
}

#[test]
fn folder_that_is_called_like_a_zip_is_a_folder() {
    let folder = exports(&[]);
    let export = folder.path().join("exports").join(ANN_ZIP);
    fs::create_dir(&export).expect("made");
    fs::write(export.join(ANN_TXT), ANN).expect("written");
    let named = format!("exports/{ANN_ZIP}");
    compare("nothing_folder", &inspect(folder.path(), &[&named]));
    // The transcript of an iPhone leaves the chat's name to the zip.
    fs::rename(export.join(ANN_TXT), export.join("_chat.txt")).expect("renamed");
    compare("nothing_folder_iphone", &inspect(folder.path(), &[&named]));
}

#[test]
fn empty_folder_is_reported() {
    let folder = exports(&[]);
    compare("nothing_there", &inspect(folder.path(), &["exports"]));
}
