//! Names that mean to be paths, and names that are hard to write.

use std::fs;

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, compare, exports, golden, inspect};

#[test]
fn names_never_become_paths() {
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        Part::stored(PHOTO, "a photo"),
        Part::stored("../../outside.txt", "outside"),
        Part::stored("/etc/chatferry.txt", "outside"),
        Part::stored("C:\\Windows\\outside.txt", "outside"),
    ]);
    let folder = exports(&[(ANN_ZIP, &bytes)]);
    compare("names_paths", &inspect(folder.path(), &["exports"]));
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|item| item.expect("an item").file_name())
        .collect();
    assert_eq!(left, ["exports"], "something was written");
}

#[test]
fn transcript_with_an_escaping_path_is_read_in_place() {
    for (name, folder) in [("names_dots", "../../"), ("names_absolute", "/tmp/x/")] {
        let bytes = raw::zip(&[
            Part::stored(format!("{folder}{ANN_TXT}"), ANN),
            Part::stored(format!("{folder}{PHOTO}"), "a photo"),
        ]);
        golden(name, &[(ANN_ZIP, &bytes)]);
    }
}

#[test]
fn backslashes_are_folders_in_a_windows_zip() {
    let bytes = raw::zip(&[
        Part::stored(format!("WhatsApp Chat with Ann\\{ANN_TXT}"), ANN),
        Part::stored(format!("WhatsApp Chat with Ann\\{PHOTO}"), "a photo"),
    ]);
    golden("names_backslashes", &[("my chat.zip", &bytes)]);
    let text = format!("{ANN}13/03/2023, 09:08 - Ann: AC\\DC.pdf (file attached)\n");
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, &text),
        Part::stored(PHOTO, "a photo"),
        Part::stored("AC\\DC.pdf", "a score"),
    ]);
    golden("names_backslash_of_a_document", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let name = "WhatsApp Chat with A\u{1b}[31mnn\u{7}.txt";
    let bytes = raw::zip(&[
        Part::stored(name, ANN),
        Part::stored("WhatsApp Chat with Bob\u{202e}.txt", ANN),
    ]);
    let folder = exports(&[("chats.zip", &bytes)]);
    let output = inspect(folder.path(), &["exports"]);
    for text in [&output.stdout, &output.stderr] {
        let raw = |c: char| c != '\n' && c.is_control();
        assert!(!text.contains(raw), "{text:?}");
    }
    compare("names_control", &output);
}

#[test]
fn name_of_a_thousand_bytes_is_accepted() {
    let long = format!("{}.pdf", "plan ".repeat(200));
    let text = format!("{ANN}13/03/2023, 09:08 - Ann: {long} (file attached)\n");
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, &text),
        Part::stored(PHOTO, "a photo"),
        Part::stored(&long, "a plan"),
    ]);
    golden("names_long", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn both_unicode_forms_of_an_accent_are_one_name() {
    let text = format!(
        "{ANN}13/03/2023, 09:08 - Ann: R\u{e9}sum\u{e9}.pdf (file attached)\n\
         13/03/2023, 09:09 - Ann: Cafe\u{301}.pdf (file attached)\n"
    );
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, &text),
        Part::stored(PHOTO, "a photo"),
        Part::stored("Re\u{301}sume\u{301}.pdf", "a life"),
        Part::stored("Caf\u{e9}.pdf", "a menu"),
    ]);
    golden("names_accents", &[(ANN_ZIP, &bytes)]);
}
