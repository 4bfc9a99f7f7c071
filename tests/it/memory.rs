//! Memory does not grow with media (ARCHITECTURE.md, invariant 9): what takes them into memory, or
//! reads them where nobody asked for their bytes, fails here.

use std::fmt::Write as _;

use serde_json::Value;

use crate::kit::{Built, Chat, World, archive, peak, sparse};

const VIDEO: &str = "VID-20240313-WA0000.mp4";
const LARGE: u64 = 10 << 30;
/// KiB that a run may need more for a large file than for a small one.
const MORE: u64 = 20_000;

/// A chat of many messages, each of which names a file that is not there, and of one that is:
/// enough for an output that no pipe holds.
fn transcript(name: &str) -> String {
    let mut text = format!("13/03/2024, 10:00 - {name}: {VIDEO} (file attached)\n");
    for n in 1..8000 {
        let (hour, minute) = (10 + n / 60 % 12, n % 60);
        let _ = writeln!(
            text,
            "13/03/2024, {hour}:{minute:02} - {name}: IMG-20240313-WA{n:04}.jpg (file attached)"
        );
    }
    text
}

/// A world whose only archive has a video of this size.
fn world(size: u64) -> World {
    let chat = Chat::android("Ben Cooper", 1);
    let name = format!("{}.zip", archive::name(&chat));
    let text = transcript(&chat.name);
    let entry = archive::transcript_name(&chat);
    let world = Built::new(vec![chat]).world();
    let path = world.exports().join(name);
    sparse::write(&path, (&entry, &text), (VIDEO, size));
    world
}

/// The outputs of a run over the small and over the large file, once the peaks are alike.
#[track_caller]
fn alike(arguments: &[&str]) -> [String; 2] {
    let [small, large] = [1_000, LARGE].map(|size| peak::of_run(arguments, world(size).path()));
    assert!(
        large.1 < small.1 + MORE,
        "{} KiB for a kilobyte, {} KiB for ten gigabytes",
        small.1,
        large.1
    );
    [small.0, large.0]
}

#[test]
fn inspect_of_ten_gigabytes_is_bounded_in_memory() {
    let outputs = alike(&["inspect", "exports", "--json"]);
    for (output, size) in outputs.iter().zip([1_000, LARGE]) {
        let said: Value = serde_json::from_str(output).expect("JSON");
        let media = &said["archives"][0]["media"];
        assert_eq!(media["present"], 1);
        assert_eq!(media["bytes"], size, "the file was seen");
    }
}

#[test]
fn plan_of_ten_gigabytes_is_bounded_in_memory() {
    let [small, large] = alike(&["plan", "--offline", "--payloads"]);
    assert!(small.contains(VIDEO));
    assert!(
        large.contains("[video too large for Close (10737 MB)"),
        "the file was seen"
    );
}
