//! Files: byte for byte, and those that are too large.

use crate::kit::Side::{Me, They};
use crate::kit::archive::jpeg;
use crate::kit::{Chat, World};

#[test]
fn three_megabytes_arrive_byte_for_byte() {
    let chat = Chat::android("Dora Quist", 3)
        .say("2024-06-21 08:00", They, "before")
        .send(
            "2024-06-21 08:01",
            Me,
            "IMG-20240621-WA0001.jpg",
            jpeg(3_000_000, 5),
        )
        .send(
            "2024-06-21 08:02",
            They,
            "VID-20240621-WA0002.mp4",
            vec![0; 3_141_592],
        )
        .say("2024-06-21 08:03", They, "after");
    let world = World::new(vec![chat]);
    let output = world.import().exits(0);
    world.assert_whole("large files");
    assert_eq!(output.number("bytes"), 3_000_000 + 3_141_592);
}

#[test]
fn file_over_the_limit_leaves_a_placeholder() {
    let chat = Chat::android("Dora Quist", 3)
        .send(
            "2024-06-21 08:01",
            Me,
            "VID-20240621-WA0001.mp4",
            vec![0; 25_000_001],
        )
        .caption("Too much")
        .arrives_as("Too much\n[video too large for Close (25 MB): VID-20240621-WA0001.mp4]")
        .send(
            "2024-06-21 08:02",
            Me,
            "VID-20240621-WA0002.mp4",
            vec![0; 25_000_000],
        );
    let world = World::new(vec![chat]);
    let output = world.import().exits(0);
    world.assert_whole("a byte over the limit, and at it");
    assert_eq!(output.number("uploads"), 1);
}

#[test]
fn files_with_unusual_names_or_no_bytes_are_imported() {
    let chat = Chat::ios("Cleo Marsh", 2)
        .send(
            "2024-05-20 18:00:01",
            They,
            "00000001-Offer, final (2) ümläut 日本.pdf",
            b"%PDF-1.4\n%%EOF\n".to_vec(),
        )
        .send(
            "2024-05-20 18:00:02",
            They,
            "00000002-quote'd \"name\".pdf",
            b"%PDF-1.5\n%%EOF\n".to_vec(),
        )
        .send(
            "2024-05-20 18:00:03",
            Me,
            "00000003-AUDIO-2024-05-20-18-00-03.opus",
            b"OggS".to_vec(),
        )
        .say("2024-05-20 18:00:04", Me, "after");
    let world = World::new(vec![chat]);
    world.import().exits(0);
    world.assert_whole("difficult names");
}

#[test]
fn many_files_are_uploaded_concurrently() {
    let mut chat = Chat::android("Dora Quist", 3);
    for n in 0..30u8 {
        let name = format!("IMG-20240621-WA{n:04}.jpg");
        chat = chat.send(
            &format!("2024-06-21 09:{n:02}"),
            They,
            &name,
            jpeg(20_000, n),
        );
    }
    let world = World::new(vec![chat]);
    let output = world.import().exits(0);
    world.assert_whole("thirty photos");
    assert_eq!(output.number("uploads"), 30);
}
