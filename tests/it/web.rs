//! The export of WhatsApp Web: files by kind and second, replies from `chat.md`, the owner who is
//! called "You", and the same chat from a phone.

use std::fs;

use crate::kit::Side::{Me, Notice, They};
use crate::kit::archive::{self, jpeg};
use crate::kit::{Chat, World};

const QUESTION: &str = "Could you send me the plans of the ground floor?";

/// A chat whose picture is named in the text by its kind only.
fn chat() -> Chat {
    Chat::web("Dora Quist", 3)
        .say("2024-06-21 09:52:01", They, QUESTION)
        .say("2024-06-21 21:52:07", Notice, "[Call: 12 min]")
        .send(
            "2024-06-21 21:52:07",
            Me,
            "WhatsApp Image 2024-06-21 at 9.52.07 PM.jpeg",
            jpeg(20_000, 5),
        )
        .caption("the ground floor")
        .answer(
            "2024-06-22 00:00:30",
            Me,
            0,
            "There they are.\nMore on Monday",
        )
        .say("2024-06-22 08:01:00", They, "thanks")
        .answer("2024-06-22 08:02:00", Me, 4, "any time")
}

#[test]
fn pictures_and_replies_are_imported() {
    let world = World::new(vec![chat()]);
    let output = world.import().exits(0);
    world.assert_whole("a Web export");
    assert_eq!(output.number("uploads"), 1);
    let again = world.import().exits(0);
    assert_eq!(again.number("created"), 0);
}

#[test]
fn without_its_markdown_the_picture_is_found_by_kind_and_second() {
    let chat = chat();
    let world = World::new(vec![chat.clone()]);
    // Unpacked by hand, and chat.md is lost: what messages answer is not told any more.
    let zip = world.exports().join("Dora Quist.zip");
    fs::remove_file(&zip).expect("removed");
    archive::put_folder(&chat, &world.exports());
    fs::remove_file(world.exports().join("Dora Quist/chat.md")).expect("removed");
    world.import().exits(0);
    let mut rows = world.expected();
    for row in &mut rows {
        row.answers = None;
    }
    world.assert_rows(&rows, "by kind and second");
    let [image] = rows
        .iter()
        .filter(|row| !row.files.is_empty())
        .collect::<Vec<_>>()[..]
    else {
        panic!("one picture")
    };
    assert_eq!(image.text, "the ground floor");
}

/// The phone's export brings nothing twice, and takes no link and no file away.
#[test]
fn phone_export_of_the_same_chat_adds_new_messages() {
    let world = World::new(vec![chat()]);
    let phone = Chat::android("Dora Quist", 3)
        .say("2024-06-21 09:52", They, QUESTION)
        .say("2024-06-22 00:00", Me, "There they are.\nMore on Monday")
        .say("2024-06-22 08:01", They, "thanks")
        .say("2024-06-22 08:02", Me, "any time")
        .say("2024-06-22 10:30", They, "Monday at nine");
    world.import().exits(0);
    archive::put_zip(&phone, &world.exports());
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 1);
    assert_eq!(world.server.state.messages().len(), 6);
    let links = world.server.state.messages();
    assert_eq!(
        links.iter().filter(|m| m.response_to_id.is_some()).count(),
        2
    );
}

#[test]
fn inspect_and_parse_identify_a_web_export() {
    let world = World::new(vec![chat()]);
    let inspect = world.run(&["inspect", "exports", "--details"]).exits(0);
    for words in [
        "Web",
        "Dora Quist",
        "[M/D/YY, h:MM:SS AM]",
        "the shape of the dates allows no other",
    ] {
        assert!(
            inspect.stdout.contains(words),
            "{words}: {}",
            inspect.stdout
        );
    }
    let parse = world.run(&["parse", "exports", "--strict"]).exits(0);
    let lines: Vec<serde_json::Value> = (parse.stdout.lines())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[1]["kind"], "call");
    assert_eq!(lines[2]["attachments"][0]["present"], true);
    assert_eq!(lines[3]["quoted"]["text"], QUESTION);
    assert_eq!(lines[3]["sender"], "You");
    assert_eq!(lines[3]["local_time"], "2024-06-22T00:00:30");
}
