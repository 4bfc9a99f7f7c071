//! Identification of transcripts and their files, on real zips and folders.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Intake, open, parse};
use crate::archive::Limits;
use crate::chat::{DateOrder, Evidence};
use crate::coded::Coded;

const ANN: &str = "13/03/2023, 09:05 - Ann: hi\n13/03/2023, 09:06 - Me: ho\n";
const BOB: &str = "14/03/2023, 09:05 - Bob: hi\n14/03/2023, 09:06 - Me: ho\n";

fn zip(path: &Path, entries: &[(&str, &str)]) -> PathBuf {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in entries {
        if name.ends_with('/') {
            zip.add_directory(*name, options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
    }
    zip.finish().unwrap();
    path.to_owned()
}

fn names(intake: &Intake) -> Vec<&str> {
    intake.opened.iter().map(|o| o.name.chat.as_str()).collect()
}

fn from_zip(name: &str, entries: &[(&str, &str)]) -> Intake {
    let folder = tempfile::tempdir().unwrap();
    let path = zip(&folder.path().join(name), entries);
    open(&[path], &Limits::default())
}

#[test]
fn zips_of_both_platforms_have_one_transcript_each() {
    let android = from_zip(
        "WhatsApp Chat with Ann.zip",
        &[
            ("WhatsApp Chat with Ann.txt", ANN),
            ("IMG-20230313-WA0001.jpg", "x"),
            ("notes.txt", "13/03/2023, 10:00 - a line of a note\n"),
        ],
    );
    assert_eq!(names(&android), ["Ann"]);
    assert_eq!(android.opened[0].media_files(), 2);
    let iphone = from_zip(
        "WhatsApp Chat - Ann (1).zip",
        &[
            ("__MACOSX/._chat.txt", "x"),
            (".DS_Store", "x"),
            ("_chat.txt", "[13.03.23, 09:05:00] Ann: hi\r\n"),
            ("00000002-a.txt", BOB),
        ],
    );
    assert_eq!(names(&iphone), ["Ann"]);
    assert_eq!(iphone.opened[0].media_files(), 1);
}

#[test]
fn nested_folder_and_backslashes_are_resolved() {
    let nested = from_zip(
        "any.zip",
        &[
            ("WhatsApp Chat - Ann/", ""),
            ("WhatsApp Chat - Ann/_chat.txt", ANN),
            ("WhatsApp Chat - Ann/a.jpg", "x"),
        ],
    );
    assert_eq!(names(&nested), ["Ann"]);
    assert_eq!(nested.opened[0].media.find("a.jpg"), Some(1));
    let windows = from_zip(
        "any.zip",
        &[
            ("WhatsApp Chat - Ann\\_chat.txt", ANN),
            ("WhatsApp Chat - Ann\\a.jpg", "x"),
        ],
    );
    assert_eq!(names(&windows), ["Ann"]);
    assert_eq!(windows.opened[0].media.find("a.jpg"), Some(1));
}

#[test]
fn zip_with_several_transcripts_yields_several_chats() {
    let both = from_zip(
        "my chats.zip",
        &[
            ("WhatsApp Chat with Ann.txt", ANN),
            ("WhatsApp Chat with Bob.txt", BOB),
        ],
    );
    assert_eq!(names(&both), ["Ann", "Bob"]);
}

#[test]
fn transcript_sent_in_a_chat_is_an_attachment() {
    let sent =
        format!("{ANN}13/03/2023, 09:07 - Ann: WhatsApp Chat with Bob.txt (file attached)\n");
    let intake = from_zip(
        "WhatsApp Chat with Ann.zip",
        &[
            ("WhatsApp Chat with Bob.txt", BOB),
            ("WhatsApp Chat with Ann.txt", &sent),
        ],
    );
    assert_eq!(names(&intake), ["Ann"]);
    assert_eq!(intake.opened[0].media_files(), 1);
}

#[test]
fn transcript_without_export_name_is_found_by_content() {
    let intake = from_zip(
        "Ann.zip",
        &[("readme.txt", "hello\n"), ("renamed.TXT", ANN)],
    );
    assert_eq!(names(&intake), ["Ann"]);
    let none = from_zip("Ann.zip", &[("readme.txt", "hello\n")]);
    assert!(none.opened.is_empty());
    assert_eq!(none.failures[0].error.code(), "no_transcript");
}

#[test]
fn all_exports_of_a_folder_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("_chat.txt", ANN),
        ("WhatsApp Chat with Bob.txt", BOB),
        ("Cem renamed.txt", BOB),
        ("todo.txt", "buy milk\n13/03/2023, 10:00 - call Ann\n"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    zip(
        &folder.path().join("WhatsApp Chat - Dan.zip"),
        &[("_chat.txt", ANN)],
    );
    zip(
        &folder.path().join("00000012-sent.zip"),
        &[("plan.pdf", "x")],
    );
    let intake = open(&[folder.path().to_owned()], &Limits::default());
    assert!(intake.failures.is_empty());
    let mut found = names(&intake);
    found.retain(|name| ["Bob", "Cem renamed", "Dan"].contains(name));
    assert_eq!(found.len(), 3);
    assert_eq!(intake.opened.len(), 4);
}

#[test]
fn damaged_archive_does_not_affect_others() {
    let folder = tempfile::tempdir().unwrap();
    let good = zip(
        &folder.path().join("WhatsApp Chat - Ann.zip"),
        &[("_chat.txt", ANN)],
    );
    let bytes = fs::read(&good).unwrap();
    fs::write(
        folder.path().join("WhatsApp Chat - Bob.zip"),
        &bytes[..bytes.len() / 2],
    )
    .unwrap();
    fs::write(folder.path().join("WhatsApp Chat - Cem.zip"), "").unwrap();
    let intake = open(&[folder.path().to_owned()], &Limits::default());
    assert_eq!(names(&intake), ["Ann"]);
    assert_eq!(intake.failures.len(), 2);
}

#[cfg(unix)]
#[test]
fn symbolic_links_in_a_folder_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(folder.path().join("_chat.txt"), ANN).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("IMG-1.jpg")).unwrap();
    let intake = open(&[folder.path().join("_chat.txt")], &Limits::default());
    assert_eq!(intake.opened[0].media_files(), 0);
    let link = outside.path().with_extension("link.txt");
    std::os::unix::fs::symlink(folder.path().join("_chat.txt"), &link).unwrap();
    let named = open(std::slice::from_ref(&link), &Limits::default());
    fs::remove_file(&link).unwrap();
    assert_eq!(named.opened.len(), 1);
}

#[test]
fn mentioned_file_name_is_not_an_attachment() {
    let folder = tempfile::tempdir().unwrap();
    let talk = format!("{ANN}13/03/2023, 09:07 - Ann: did you read Bob.txt ?\n");
    fs::write(folder.path().join("WhatsApp Chat with Ann.txt"), talk).unwrap();
    fs::write(folder.path().join("Bob.txt"), BOB).unwrap();
    let intake = open(&[folder.path().to_owned()], &Limits::default());
    assert_eq!(names(&intake), ["Bob", "Ann"]);
}

/// The order and evidence of each archive of a folder, by the chat's name.
fn evidence(exports: &[(&str, &str)]) -> Vec<(String, DateOrder, Evidence)> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in exports {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let intake = open(&[folder.path().to_owned()], &Limits::default());
    let chats = parse(&intake.opened, |_| None, |_| 0);
    let mut found: Vec<_> = intake
        .opened
        .iter()
        .zip(&chats)
        .map(|(opened, chat)| {
            let format = &chat.as_ref().unwrap().format;
            (opened.name.chat.clone(), format.date_order, format.evidence)
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

const AMBIGUOUS: (&str, &str) = ("WhatsApp Chat with Ann.txt", "3/4/23, 09:05 - Ann: hi\n");

#[test]
fn date_order_is_taken_from_archives_of_same_device() {
    let found = evidence(&[
        AMBIGUOUS,
        ("WhatsApp Chat with Bob.txt", "2/13/23, 09:05 - Bob: hi\n"),
        ("WhatsApp Chat with Cem.txt", "2/14/23, 09:05 - Cem: hi\n"),
    ]);
    let same_device = Evidence::SameDevice { archives: 2 };
    assert_eq!(found[0], ("Ann".to_owned(), DateOrder::Mdy, same_device));
    assert!(matches!(found[1].2, Evidence::OverTwelve { .. }));
}

#[test]
fn date_order_stays_ambiguous_if_archives_disagree_or_formats_differ() {
    for others in [
        // Exported before and after the language of the phone was changed.
        ["2/13/23, 09:05 - B: hi\n", "14/2/23, 09:05 - C: hi\n"],
        // Different padding, clock, length of the year, platform.
        [
            "02/13/23, 09:05 - B: hi\n02/01/23, 09:05 - B: hi\n",
            "2/13/23, 9:05 PM - C: hi\n",
        ],
        ["2/13/2023, 09:05 - B: hi\n", "[2/13/23, 09:05:00] C: hi\n"],
    ] {
        let [bob, cem] = others;
        let found = evidence(&[
            AMBIGUOUS,
            ("WhatsApp Chat with Bob.txt", bob),
            ("WhatsApp Chat with Cem.txt", cem),
        ]);
        assert_eq!(found[0].2, Evidence::Open, "{others:?}");
    }
}

#[test]
fn export_date_is_read_from_zip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("WhatsApp Chat with Ann.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let day = zip::DateTime::from_date_and_time(2023, 3, 10, 12, 0, 0).unwrap();
    let options = zip::write::SimpleFileOptions::default().last_modified_time(day);
    zip.start_file("WhatsApp Chat with Ann.txt", options)
        .unwrap();
    zip.write_all(b"3/9/23, 09:05 - Ann: hi\n").unwrap();
    zip.finish().unwrap();
    let intake = open(&[path], &Limits::default());
    let chats = parse(&intake.opened, |_| None, |_| 0);
    let format = &chats[0].as_ref().unwrap().format;
    assert_eq!(format.date_order, DateOrder::Mdy);
    assert_eq!(format.evidence, Evidence::ExportDate { count: 1 });
    // The first date that a zip can contain means "unknown".
    let none = from_zip("Ann.zip", &[("_chat.txt", "3/9/23, 09:05 - Ann: hi\n")]);
    assert_eq!(none.opened[0].exported, None);
}

const WEB: &str = "Messages and calls are end-to-end encrypted.\n\
                   [9/18/26, 9:52:07 AM] Ann: hi\n[9/18/26, 9:53:07 AM] You: ho\n";
const WEB_MD: &str = "# WhatsApp Chat Export: Ann: new?\n\n## September 18, 2026\n\n\
                      [9:52 AM] **Ann:** hi\n[9:53 AM] **You:** ho\n";

#[test]
fn web_export_is_one_chat_with_media_folder() {
    let entries = [
        ("chat.txt", WEB),
        ("chat.md", WEB_MD),
        ("media/notes.txt", "13/03/2023, 10:00 - a line of a note\n"),
        ("media/other.md", WEB_MD),
        ("media/WhatsApp Image 2026-09-18 at 9.52.07 AM.jpeg", "x"),
    ];
    let zipped = from_zip("Ann_ new_.zip", &entries);
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in entries {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let unpacked = open(&[folder.path().to_owned()], &Limits::default());
    let named = open(&[folder.path().join("chat.md")], &Limits::default());
    for intake in [&zipped, &unpacked, &named] {
        assert!(intake.failures.is_empty() && intake.ignored.is_empty());
        // The title contains characters that the name of a zip must not have.
        assert_eq!(names(intake), ["Ann: new?"]);
        let opened = &intake.opened[0];
        assert_eq!(
            (opened.entry.as_str(), opened.media_files()),
            ("chat.txt", 3)
        );
        let chats = parse(&intake.opened, |_| None, |_| 0);
        let chat = chats[0].as_ref().unwrap();
        assert_eq!(chat.platform, crate::chat::Platform::Web);
        assert_eq!(chat.messages.len(), 2);
    }
}

#[test]
fn markdown_export_is_found_among_other_markdown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Ann.md"), WEB_MD).unwrap();
    fs::write(folder.path().join("README.md"), "# Chats\n\nof 2026\n").unwrap();
    let intake = open(&[folder.path().to_owned()], &Limits::default());
    assert_eq!(names(&intake), ["Ann: new?"]);
    assert!(intake.failures.is_empty() && intake.ignored.is_empty());
    let chats = parse(&intake.opened, |_| None, |_| 0);
    assert!(!chats[0].as_ref().unwrap().format.seconds);
    let only_notes = tempfile::tempdir().unwrap();
    fs::write(only_notes.path().join("README.md"), "# Chats\n").unwrap();
    let none = open(&[only_notes.path().to_owned()], &Limits::default());
    assert!(none.opened.is_empty());
}

#[test]
fn web_export_sent_in_a_chat_is_an_attachment() {
    let sent = format!("{ANN}13/03/2023, 09:07 - Ann: Old.md (file attached)\n");
    let entries = [
        ("WhatsApp Chat with Ann.txt", sent.as_str()),
        ("Old.md", WEB_MD),
    ];
    let zipped = from_zip("WhatsApp Chat with Ann.zip", &entries);
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in entries {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let unpacked = open(&[folder.path().to_owned()], &Limits::default());
    for intake in [zipped, unpacked] {
        assert_eq!(names(&intake), ["Ann"]);
        assert_eq!(intake.opened[0].media_files(), 1);
    }
}

#[test]
fn text_that_is_not_a_transcript_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("WhatsApp Chat with Ann.txt");
    fs::write(text, "Call Ann on Monday.\nBuy stamps.\n").unwrap();
    let intake = open(&[folder.path().to_owned()], &Limits::default());
    let parsed = parse(&intake.opened, |_| None, |_| 0);
    let unparsed = parsed.iter().filter(|chat| chat.is_err()).count();
    assert_eq!(intake.failures.len() + unparsed, 1, "{:?}", intake.failures);
}

/// The text files of a folder share one list of files without the transcripts: otherwise time and memory would
/// be quadratic in the size of the folder.
#[test]
fn transcripts_of_a_folder_share_one_file_list() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["Ann", "Bob", "Cleo"].map(|name| format!("WhatsApp Chat with {name}.txt"));
    for name in &names {
        fs::write(folder.path().join(name), ANN).unwrap();
    }
    fs::write(folder.path().join("IMG-20230313-WA0001.jpg"), "x").unwrap();
    let whole = vec![folder.path().to_owned()];
    let one_by_one = names.map(|name| folder.path().join(name)).to_vec();
    for paths in [whole, one_by_one] {
        let intake = open(&paths, &Limits::default());
        assert_eq!(intake.opened.len(), 3);
        for opened in &intake.opened {
            assert_eq!(opened.media_files(), 1);
            assert!(Arc::ptr_eq(&opened.files, &intake.opened[0].files));
            assert!(opened.media.shares_names(&intake.opened[0].media));
            // It may have been sent in another chat, but never in itself.
            let ann = opened.media.find("WhatsApp Chat with Ann.txt");
            assert_eq!(ann.is_some(), opened.name.chat != "Ann");
        }
    }
}
