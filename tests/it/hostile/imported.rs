//! What of odd archives reaches Close: the right bytes, or a line in their place.

use std::fs;

use super::raw::{self, Part};
use crate::kit::Side::{Me, They};
use crate::kit::archive::{self, jpeg};
use crate::kit::{Chat, World};

#[test]
fn unreadable_file_leaves_a_placeholder_and_old_name_is_matched() {
    let (locked, squeezed) = ("IMG-20240621-WA0001.jpg", "IMG-20240621-WA0002.jpg");
    let line = |name: &str| format!("[image]\n[image damaged in the archive: {name}]");
    let plan = "or\u{e7}amento Jo\u{e3}o.pdf";
    let chat = Chat::android("Dora Quist", 3)
        .send("2024-06-21 08:00", They, locked, jpeg(900, 1))
        .arrives_as(&line(locked))
        .send("2024-06-21 08:01", They, squeezed, jpeg(900, 2))
        .arrives_as(&line(squeezed))
        .send("2024-06-21 08:02", Me, plan, b"%PDF-1.7 a price".to_vec())
        .say("2024-06-21 08:03", Me, "last");
    let bytes = raw::zip(&[
        Part::stored(archive::transcript_name(&chat), archive::transcript(&chat)),
        Part {
            flags: 1,
            ..Part::stored(locked, jpeg(900, 1))
        },
        Part {
            method: 12,
            ..Part::stored(squeezed, jpeg(900, 2))
        },
        Part::stored(b"or\x87amento Jo\xc6o.pdf", "%PDF-1.7 a price"),
    ]);
    let world = World::new(vec![chat.clone()]);
    let path = world
        .exports()
        .join(format!("{}.zip", archive::name(&chat)));
    fs::write(path, bytes).expect("written");
    let run = world.import().exits(3);
    assert_eq!((run.number("created"), run.number("failed")), (2, 2));
    world.assert_whole("the first import");
    let writes = world.server.writes();
    // The two files are still missing: failed, and nothing is sent.
    world.import().exits(3);
    assert_eq!(world.server.writes(), writes, "a rerun writes");
}

#[test]
fn configured_limits_apply_to_an_import() {
    let chat = crate::kit::scenes::ben();
    let mut built = crate::kit::Built::new(vec![chat]);
    built.limits += "transcript_bytes = 50\n";
    let world = built.world();
    let output = world.import().exits(3);
    output.says("larger than the limit of 50 bytes");
    output.says("raise transcript_bytes under [limits]");
    assert_eq!(world.server.writes(), 0);
}
