//! Other contents of archives: zips, texts, system files, folders, other chats.

use std::fs;

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, compare, exports, golden, good, inspect};

/// A transcript that names a zip and a text as sent.
fn with_files() -> String {
    format!(
        "{ANN}13/03/2023, 09:08 - Ann: plans.zip (file attached)\n\
         13/03/2023, 09:09 - Ann: WhatsApp Chat with Zoe.txt (file attached)\n"
    )
}

#[test]
fn zip_in_a_zip_is_a_file() {
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, with_files()),
        Part::stored(PHOTO, "a photo"),
        Part::stored("plans.zip", good()),
        Part::stored(
            "WhatsApp Chat with Zoe.txt",
            "14/03/2023, 10:00 - Zoe: sent\n",
        ),
    ]);
    golden("inside_zip", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn zip_in_an_unpacked_export_is_a_file() {
    let folder = exports(&[]);
    let export = folder.path().join("exports/WhatsApp Chat with Ann");
    fs::create_dir(&export).expect("made");
    let zoe = "14/03/2023, 10:00 - Zoe: sent\n";
    for (name, bytes) in [
        (ANN_TXT, with_files().as_bytes()),
        (PHOTO, b"a photo"),
        ("plans.zip", &good()),
        ("WhatsApp Chat with Zoe.txt", zoe.as_bytes()),
    ] {
        fs::write(export.join(name), bytes).expect("written");
    }
    compare("inside_folder", &inspect(folder.path(), &["exports"]));
}

#[test]
fn system_files_and_an_enclosing_folder_are_ignored() {
    let bytes = raw::zip(&[
        Part::stored("WhatsApp Chat with Ann/", ""),
        Part::stored(format!("WhatsApp Chat with Ann/{ANN_TXT}"), ANN),
        Part::stored(
            format!("__MACOSX/WhatsApp Chat with Ann/._{ANN_TXT}"),
            "\0\u{5}\u{16}\u{7}",
        ),
        Part::stored("WhatsApp Chat with Ann/.DS_Store", "litter"),
        Part::stored(format!("WhatsApp Chat with Ann/{PHOTO}"), "a photo"),
    ]);
    golden("inside_litter", &[("Archive.zip", &bytes)]);
}

#[test]
fn several_chats_in_one_zip_are_all_read() {
    let zoe = "14/03/2023, 10:00 - Zoe: still here\n";
    let bytes = raw::zip(&[
        Part::stored(format!("Ann/{ANN_TXT}"), ANN),
        Part::stored(format!("Ann/{PHOTO}"), "a photo"),
        Part::stored("Zoe/WhatsApp Chat with Zoe.txt", zoe),
        Part::stored("Zoe/notes.txt", "buy milk\n"),
    ]);
    golden("inside_several", &[("chats.zip", &bytes)]);
}
