//! One wrong byte, anywhere: the chat is read as it was, or its archive is refused.

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, PHOTO};

#[test]
fn flipped_byte_is_harmless_or_detected() {
    let whole = raw::zip(&[
        Part::stored(ANN_TXT, ANN),
        Part::stored(PHOTO, "a photo"),
        Part::stored("notes.pdf", "a note"),
    ]);
    let folder = crate::kit::folder();
    let path = folder.path().join("flipped.zip");
    let mut silent = Vec::new();
    for place in 0..whole.len() {
        for wrong in [1, 2, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[place] ^= wrong;
            std::fs::write(&path, &bytes).expect("written");
            let limits = chatferry::internals::archive::Limits::default();
            let intake = chatferry::internals::intake::open(std::slice::from_ref(&path), &limits);
            assert_eq!(intake.opened.len() + intake.failures.len(), 1, "at {place}");
            for opened in &intake.opened {
                let same = opened.transcript.text() == ANN;
                let told = !opened.container.remarks().is_empty() || opened.files_without_chat > 0;
                if !same || (opened.media_files() != 2 && !told) {
                    silent.push((place, wrong, same, opened.media_files()));
                }
            }
        }
    }
    assert_eq!(silent, [], "of {} bytes", whole.len());
}
