//! Copies that were cut: the end of the zip, of its directory, of the transcript.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, good};

fn ann() -> Vec<u8> {
    raw::zip(&[Part::stored(ANN_TXT, ANN), Part::stored(PHOTO, "a photo")])
}

#[test]
fn truncated_zip_is_refused_at_any_length() {
    let whole = ann();
    let directory = whole
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .expect("a directory");
    for (name, end) in [
        ("cut_in_data", 100),
        ("cut_in_directory", directory + 60),
        ("cut_in_end", whole.len() - 1),
    ] {
        golden(name, &[(ANN_ZIP, &whole[..end]), (ZOE_ZIP, &good())]);
    }
}

#[test]
fn truncated_zip_is_never_a_smaller_chat() {
    let whole = ann();
    let names: Vec<String> = (0..whole.len()).map(|end| format!("{end}.zip")).collect();
    let cuts: Vec<(&str, &[u8])> = names
        .iter()
        .enumerate()
        .map(|(end, name)| (name.as_str(), &whole[..end]))
        .collect();
    let folder = super::exports(&cuts);
    let output = super::inspect(folder.path(), &["exports"]).exits(3);
    let last = output.stdout.lines().nth_back(1).expect("a sum");
    let sum = format!(
        "0 archives with 0 messages in all; {} archives could not be read",
        cuts.len()
    );
    assert_eq!(last, sum);
}

#[test]
fn zip_truncated_after_an_attached_zip_is_not_mistaken_for_it() {
    let inner = raw::zip(&[Part::stored(
        "WhatsApp Chat with Bob.txt",
        "14/03/2023, 10:00 - Bob: not meant for this lead\n",
    )]);
    let outer = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        Part::stored("plans.zip", &inner),
        Part::stored(PHOTO, "a photo"),
    ]);
    let end = outer
        .windows(inner.len())
        .position(|bytes| bytes == inner)
        .expect("stored as it is")
        + inner.len();
    golden(
        "cut_behind_a_zip",
        &[(ANN_ZIP, &outer[..end]), (ZOE_ZIP, &good())],
    );
}

#[test]
fn truncated_transcript_is_read_to_its_end() {
    let text = format!("{ANN}13/03/2023, 09:08 - Ann: a caf\u{e9}");
    // In the middle of a header, of a line, of a character.
    for (name, end) in [
        ("cut_in_a_header", ANN.len() + 9),
        ("cut_in_a_line", text.len() - 4),
        ("cut_in_a_character", text.len() - 1),
    ] {
        let bytes = raw::zip(&[
            Part::stored(ANN_TXT, &text.as_bytes()[..end]),
            Part::stored(PHOTO, "a photo"),
        ]);
        golden(name, &[(ANN_ZIP, &bytes)]);
    }
}
