//! Symbolic links, in zips and in folders.

use std::fs;
use std::os::unix::fs::symlink;

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, compare, exports, golden, good, inspect};

#[test]
fn link_in_a_zip_is_left_out_and_reported() {
    let link = Part {
        mode: 0o120_777,
        ..Part::stored(PHOTO, "/etc/passwd")
    };
    let bytes = raw::zip(&[Part::stored(ANN_TXT, ANN), link]);
    golden("links_in_zip", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn links_in_a_folder_are_not_followed() {
    let folder = exports(&[(ZOE_ZIP, &good())]);
    let exports = folder.path().join("exports");
    fs::create_dir(exports.join("phone")).expect("made");
    symlink(&exports, exports.join("phone/again")).expect("a link");
    symlink(exports.join(ZOE_ZIP), exports.join("linked.zip")).expect("a link");
    symlink("itself.zip", exports.join("itself.zip")).expect("a link");
    compare("links_in_folder", &inspect(folder.path(), &["exports"]));
    // A link that is named is meant.
    let named = inspect(folder.path(), &["exports/linked.zip"]);
    compare("links_named", &named);
}
