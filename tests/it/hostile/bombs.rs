//! Small archives that would become large ones.

use std::io::{Cursor, Write as _};

use super::raw::{self, Part};
use super::{ANN, ANN_TXT, ANN_ZIP, PHOTO, ZOE_ZIP, golden, golden_with, good};

/// A deflated entry of `megabytes` that pack to a thousandth.
fn inflating(name: &str, megabytes: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file(name, options).expect("entry");
    zip.write_all(ANN.as_bytes()).expect("bytes");
    let megabyte = vec![b'a'; 1 << 20];
    for _ in 0..megabytes {
        zip.write_all(&megabyte).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

#[test]
fn transcript_with_extreme_compression_is_refused() {
    let bomb = inflating(ANN_TXT, 40);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    golden("bomb_ratio", &[(ANN_ZIP, &bomb), (ZOE_ZIP, &good())]);
    golden_with(
        "bomb_ratio_raised",
        &[(ANN_ZIP, &bomb)],
        &["--inflate-ratio", "2000"],
    );
}

#[test]
fn exceeded_limit_is_named() {
    let ann = raw::zip(&[Part::stored(ANN_TXT, ANN), Part::stored(PHOTO, [7; 500])]);
    let archives = [(ANN_ZIP, ann.as_slice()), (ZOE_ZIP, &good())];
    golden_with("bomb_entries", &archives, &["--archive-entries", "1"]);
    golden_with("bomb_bytes", &archives, &["--archive-bytes", "600"]);
    golden_with("bomb_transcript", &archives, &["--transcript-bytes", "100"]);
}

#[test]
fn overflowing_sizes_are_refused() {
    // Two entries of 16 exabytes each, in zip64's field: their sum has no room in 64 bits.
    let mut extra = vec![1, 0, 8, 0];
    extra.extend((u64::MAX - 1).to_le_bytes());
    let huge = |name: &str| Part {
        size: u32::MAX,
        extra: extra.clone(),
        ..Part::stored(name, "x")
    };
    let bytes = raw::zip(&[Part::stored(ANN_TXT, ANN), huge("a.jpg"), huge("b.jpg")]);
    golden("bomb_sum", &[(ANN_ZIP, &bytes), (ZOE_ZIP, &good())]);
}

#[test]
fn entries_that_share_bytes_are_not_read() {
    // The second and third entry are the first one's bytes under other names.
    let again = |name: &str, at: u32| Part {
        at: Some(at),
        ..Part::stored(name, "a photo")
    };
    let text = Part::stored(ANN_TXT, ANN);
    let at = (30 + text.name.len() + text.packed.len()) as u32;
    let bytes = raw::zip(&[
        text,
        Part::stored(PHOTO, "a photo"),
        again("IMG-20230313-WA0002.jpg", at),
        again("IMG-20230313-WA0003.jpg", at),
    ]);
    golden("bomb_overlapping_files", &[(ANN_ZIP, &bytes)]);
    let text = Part::stored(ANN_TXT, ANN);
    let bytes = raw::zip(&[
        text.clone(),
        Part {
            at: Some(0),
            name: b"WhatsApp Chat with Bob.txt".to_vec(),
            ..text
        },
    ]);
    golden(
        "bomb_overlapping_texts",
        &[(ANN_ZIP, &bytes), (ZOE_ZIP, &good())],
    );
}
