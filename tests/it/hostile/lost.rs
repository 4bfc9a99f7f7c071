//! Chats that must not vanish behind another one of the same zip.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, golden};

const BOB_TXT: &str = "WhatsApp Chat with Bob.txt";
const BOB: &str = "14/03/2023, 09:05 - Bob: hi\n14/03/2023, 09:06 - Ben: ho\n";

/// The chat with Ann, and beside it what should be the chat with Bob.
fn beside(bob: Part) -> Vec<u8> {
    let ann = Part::stored(ANN_TXT, ANN);
    raw::zip(&[ann, Part::stored(PHOTO, "a photo"), bob])
}

fn damaged() -> Part {
    Part {
        crc: 1,
        ..Part::stored(BOB_TXT, BOB)
    }
}

#[test]
fn unreadable_transcript_is_reported_next_to_a_readable_one() {
    golden("lost_damaged", &[("chats.zip", &beside(damaged()))]);
    let encrypted = Part {
        flags: 1,
        ..Part::stored(BOB_TXT, BOB)
    };
    golden("lost_encrypted", &[("chats.zip", &beside(encrypted))]);
    let letter = Part::stored(BOB_TXT, "Dear Sir or Madam,\n");
    golden("lost_letter", &[("chats.zip", &beside(letter))]);
}

#[test]
fn sent_text_file_is_not_a_chat() {
    let ann = format!("{ANN}13/03/2023, 09:08 - Ann: {BOB_TXT} (file attached)\n");
    for (name, text) in [
        ("lost_sent_damaged", damaged()),
        ("lost_sent_letter", Part::stored(BOB_TXT, "Dear Sir,\n")),
    ] {
        let bytes = raw::zip(&[
            Part::stored(ANN_TXT, &ann),
            Part::stored(PHOTO, "a photo"),
            text,
        ]);
        golden(name, &[(ANN_ZIP, &bytes)]);
    }
}

#[test]
fn directory_with_more_entries_than_declared_is_refused() {
    let mut bytes = beside(Part::stored(BOB_TXT, BOB));
    let end = bytes.len() - 22;
    // Both counts of entries: on this disk, and in all.
    bytes[end + 8] = 2;
    bytes[end + 10] = 2;
    golden("lost_count", &[("chats.zip", &bytes)]);
}

#[test]
fn markdown_of_a_web_export_is_not_a_stray_file() {
    let text = "Messages and calls are end-to-end encrypted.\n\
        [3/13/24, 9:05:10 AM] Ann: hello\n";
    let markdown = "# WhatsApp Chat Export: Ann\n";
    let bytes = raw::zip(&[
        Part::stored("chat.txt", text),
        Part::stored("chat.md", markdown),
        Part::stored("other/notes.pdf", "a note"),
    ]);
    golden("lost_web", &[("Ann.zip", &bytes)]);
}
