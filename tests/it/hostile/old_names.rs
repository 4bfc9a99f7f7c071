//! File names in legacy code pages, as Windows programs write them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use super::raw::{self, Part, crc32};
use crate::kit::Running;

use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, compare, exports, golden, inspect};

/// A transcript that names these files as sent.
fn naming(files: &[&str]) -> String {
    files.iter().fold(ANN.to_owned(), |text, name| {
        format!("{text}13/03/2023, 09:08 - Ann: {name} (file attached)\n")
    })
}

#[test]
fn undeclared_utf8_names_are_utf8() {
    let name = "R\u{e9}sum\u{e9}.pdf";
    let bytes = raw::zip(&[
        Part::stored(ANN_TXT, naming(&[name])),
        Part::stored(PHOTO, "a photo"),
        Part::stored(name, "a life"),
    ]);
    golden("old_names_utf8", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn unicode_path_field_applies_if_it_matches_the_name() {
    let field = |of: &[u8], name: &str| {
        let mut field = vec![0x75, 0x70];
        field.extend((5 + name.len() as u16).to_le_bytes());
        field.push(1);
        field.extend(crc32(of).to_le_bytes());
        field.extend(name.as_bytes());
        field
    };
    let plain = b"_____.pdf".as_slice();
    let stale = b"plan.pdf".as_slice();
    let bytes = raw::zip(&[
        Part::stored(
            ANN_TXT,
            naming(&["\u{43f}\u{43b}\u{430}\u{43d}.pdf", "plan.pdf"]),
        ),
        Part::stored(PHOTO, "a photo"),
        Part {
            extra: field(plain, "\u{43f}\u{43b}\u{430}\u{43d}.pdf"),
            ..Part::stored(plain, "a plan")
        },
        // The entry was renamed and the field was not.
        Part {
            extra: field(b"draft.pdf", "draft.pdf"),
            ..Part::stored(stale, "another")
        },
    ]);
    golden("old_names_field", &[(ANN_ZIP, &bytes)]);
}

#[test]
fn code_pages_are_detected_and_files_matched() {
    // `João` in CP850, where CP437 has a box, and the transcript's own name with it.
    let western = raw::zip(&[
        Part::stored(
            b"WhatsApp Chat with Jo\xc6o.txt",
            naming(&["or\u{e7}amento Jo\u{e3}o.pdf"]),
        ),
        Part::stored(PHOTO, "a photo"),
        Part::stored(b"or\x87amento Jo\xc6o.pdf", "a price"),
    ]);
    golden("old_names_cp850", &[("chat.zip", &western)]);
    let cyrillic = raw::zip(&[
        Part::stored(ANN_TXT, naming(&["\u{43f}\u{43b}\u{430}\u{43d}.pdf"])),
        Part::stored(PHOTO, "a photo"),
        Part::stored(b"\xaf\xab\xa0\xad.pdf", "a plan"),
    ]);
    golden("old_names_cp866", &[(ANN_ZIP, &cyrillic)]);
    let chinese = raw::zip(&[
        Part::stored(ANN_TXT, naming(&["\u{4f60}\u{597d}.pdf"])),
        Part::stored(PHOTO, "a photo"),
        Part::stored(b"\xc4\xe3\xba\xc3.pdf", "a plan"),
    ]);
    golden("old_names_gbk", &[(ANN_ZIP, &chinese)]);
}

#[test]
fn zip_name_determines_the_encoding_of_the_transcript_name() {
    // Any page may be meant by so short a name; the zip's own name is in Unicode.
    let bytes = raw::zip(&[Part::stored(b"WhatsApp Chat with M\xfcller.txt", ANN)]);
    golden(
        "old_names_zip",
        &[("WhatsApp Chat with M\u{fc}ller.zip", &bytes)],
    );
    golden(
        "old_names_other_zip",
        &[("WhatsApp Chat with Ann.zip", &bytes)],
    );
}

#[test]
fn file_is_matched_by_any_code_page_never_by_similarity() {
    // One name in CP437 and one in Windows-1252: no page reads both as they are meant.
    let mixed = raw::zip(&[
        Part::stored(
            ANN_TXT,
            naming(&["Ren\u{e9} M.pdf", "Zo\u{eb} B.pdf", "Ren\u{e8} M.pdf"]),
        ),
        Part::stored(PHOTO, "a photo"),
        Part::stored(b"Ren\x82 M.pdf", "one"),
        Part::stored(b"Zo\xeb B.pdf", "two"),
    ]);
    golden("old_names_mixed", &[(ANN_ZIP, &mixed)]);
}

#[test]
fn folder_files_with_equal_decoded_names_are_two_chats() {
    let folder = exports(&[]);
    let named = |name: &[u8]| {
        let name = [b"WhatsApp Chat with Ren".as_slice(), name, b".txt"].concat();
        folder.path().join("exports").join(OsStr::from_bytes(&name))
    };
    for (name, text) in [
        (b"\xe9".as_slice(), "one"),
        (b"\xe8".as_slice(), "two"),
        ("\u{e9}".as_bytes(), "three"),
        (b"\xff".as_slice(), "four"),
    ] {
        let text = format!("12/03/2023, 09:08 - Ren: {text}\n");
        fs::write(named(name), text).expect("written");
    }
    let all = inspect(folder.path(), &["exports"]);
    compare("old_names_alike", &all);
    // A pattern finds the same files.
    let source = "[source]\narchives = [\"exports/*.txt\"]\ntimezone = \"Europe/Berlin\"\n\
                  date_order = \"dmy\"\n[import]\ncontacts = \"contacts.csv\"\n";
    let header = "chat,participant,role,phone,lead_id,contact_id,user_id\n";
    fs::write(folder.path().join("chatferry.toml"), source).expect("written");
    fs::write(folder.path().join("contacts.csv"), header).expect("written");
    let plan = Running::start(&["plan", "--offline", "--json"], folder.path(), &[]).wait();
    assert_eq!(plan.number("held"), 4, "{}{}", plan.stdout, plan.stderr);
}
