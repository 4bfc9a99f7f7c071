//! The words of a caption are those of a text as well, and the checkpoint is lost: Close's list shows which is which by the
//! attachments of each.

use std::fs;

use crate::kit::Side::{Me, They};
use crate::kit::{Chat, World, archive};

const PHOTO: &str = "IMG-20240305-WA0002.jpg";
const PHOTO_OF_IPHONE: &str = "00000003-PHOTO-2024-03-05-14-40-25.jpg";

const EDITED: &str = " <This message was edited>";
const EDITED_ON_IPHONE: &str = " \u{200e}<This message was edited>";

fn photo() -> Vec<u8> {
    archive::jpeg(900, 1)
}

/// Replaces all archives by this one.
fn only(world: &World, chat: &Chat) {
    fs::remove_dir_all(world.exports()).expect("removed");
    fs::create_dir(world.exports()).expect("made");
    archive::put_zip(chat, &world.exports());
}

/// The activities with their texts and the number of their files.
fn activities(world: &World) -> Vec<(String, String, usize)> {
    let messages = world.server.state.messages().into_iter();
    let mut all: Vec<_> = messages
        .map(|one| (one.id, one.markdown, one.attachments.len()))
        .collect();
    all.sort();
    all
}

/// The import creates so many messages, changes no other one, and has nothing to do afterwards.
#[track_caller]
fn adds(world: &World, created: u64, updated: u64, when: &str) {
    let run = world.import().exits(0);
    let numbers = ["created", "updated", "deleted", "held", "undecided"];
    let found = numbers.map(|name| run.number(name));
    assert_eq!(found, [created, updated, 0, 0, 0], "{when}: {}", run.stderr);
    let again = world.import().exits(0);
    let found = numbers.map(|name| again.number(name));
    assert_eq!(found, [0; 5], "{when}, again: {}", again.stderr);
}

/// Within a minute: a text, a photo with the words of the next text, that text, and another one.
fn one_minute(is_android: bool, caption: &str, mark: &str) -> Chat {
    let time = |second: u8| match is_android {
        true => "2024-03-05 14:40".to_owned(),
        false => format!("2024-03-05 14:40:{second:02}"),
    };
    let chat = match is_android {
        true => Chat::android("Ben Cooper", 1),
        false => Chat::ios("Ben Cooper", 1),
    };
    let name = if is_android { PHOTO } else { PHOTO_OF_IPHONE };
    chat.say(&time(0), They, "good morning")
        .say(&time(20), Me, "the price is 20")
        .send(&time(25), They, name, photo())
        .caption(caption)
        .say(&time(26), They, &format!("ok{mark}"))
        .say(&time(31), They, "see you")
}

/// The export of an Android phone was imported; the complete one of an iPhone comes when the checkpoint is lost.
#[test]
fn text_equal_to_the_caption_of_its_minute_keeps_its_activity() {
    for (is_kept, is_edited) in [(true, true), (true, false), (false, true), (false, false)] {
        let marks = match is_edited {
            true => [EDITED, EDITED_ON_IPHONE],
            false => ["", ""],
        };
        let world = World::new(vec![one_minute(true, "ok", marks[0])]);
        assert_eq!(world.import().exits(0).number("created"), 5);
        let before = activities(&world);
        world.forget();
        let iphone = one_minute(false, "ok", marks[1]);
        match is_kept {
            true => archive::put_zip(&iphone, &world.exports()),
            false => only(&world, &iphone),
        }
        let when = format!("first export kept: {is_kept}, text edited: {is_edited}");
        adds(&world, 0, 0, &when);
        assert_eq!(activities(&world), before, "{when}");
    }
}

/// A photo with a caption is in Close. The newer export leaves the photo out, with or without its caption, and has the words
/// of the caption as a text, hours later.
#[test]
fn placeholder_of_a_captioned_photo_is_that_photo() {
    let with = |count: usize, chat: Chat| match count {
        0 => chat,
        count => chat.chatter(
            "2024-03-05 10:00",
            u32::try_from(count).expect("few"),
            "text",
        ),
    };
    let is_recovered = [false, true];
    let placeholders = [
        "\u{200e}image omitted",
        "Here is the contract \u{200e}image omitted",
    ];
    for (placeholder, is_recovered) in placeholders
        .into_iter()
        .flat_map(|one| is_recovered.map(|is| (one, is)))
    {
        for (count, side, mark) in [(0, Me, ""), (8, They, ""), (8, Me, EDITED_ON_IPHONE)] {
            let first = with(count, Chat::ios("Ben Cooper", 1))
                .send("2024-03-05 14:40:25", They, PHOTO_OF_IPHONE, photo())
                .caption("Here is the contract");
            let newer = with(count, Chat::ios("Ben Cooper", 1))
                .say("2024-03-05 14:40:25", They, placeholder)
                .say(
                    "2024-03-05 19:12:40",
                    side,
                    &format!("Here is the contract{mark}"),
                );
            let world = World::new(vec![first]);
            world.import().exits(0);
            let before = activities(&world);
            world.forget();
            only(&world, &newer);
            if is_recovered {
                world.run(&["recover", "--yes"]).exits(0);
            }
            let when = format!("{placeholder}, {count} before, by {side:?}{mark}");
            adds(&world, 1, 0, &format!("{when}, recovered: {is_recovered}"));
            let after = activities(&world);
            assert!(before.iter().all(|one| after.contains(one)), "{when}");
            assert_eq!(after.len(), before.len() + 1, "{when}");
        }
    }
}

/// The same of an Android phone, whose export without files may keep the caption.
#[test]
fn placeholder_on_android_is_the_captioned_photo() {
    for placeholder in ["<Media omitted>", "<Media omitted>\nok"] {
        let begin = || Chat::android("Ben Cooper", 1).say("2024-03-05 14:00", Me, "and?");
        let first = begin()
            .send("2024-03-05 14:40", They, PHOTO, photo())
            .caption("ok");
        let newer =
            begin()
                .say("2024-03-05 14:40", They, placeholder)
                .say("2024-03-05 19:12", They, "ok");
        let world = World::new(vec![first]);
        assert_eq!(world.import().exits(0).number("created"), 2);
        world.forget();
        only(&world, &newer);
        adds(&world, 1, 0, placeholder);
    }
}

/// A text is in Close as it was first sent. The newer export has it in other words, and a photo whose caption are those that it
/// had.
#[test]
fn text_that_was_edited_since_is_not_a_captioned_photo() {
    for later in ["2024-03-05 14:41:20", "2024-03-05 19:12:40"] {
        let begin = || Chat::ios("Ben Cooper", 1).say("2024-03-05 14:00:12", Me, "and?");
        let first = begin().say("2024-03-05 14:40:50", They, "ok");
        let newer = begin()
            .say(
                "2024-03-05 14:40:50",
                They,
                &format!("ok, on Friday{EDITED_ON_IPHONE}"),
            )
            .send(later, They, PHOTO_OF_IPHONE, photo())
            .caption("ok");
        let world = World::new(vec![first]);
        assert_eq!(world.import().exits(0).number("created"), 2);
        let before = activities(&world);
        world.forget();
        only(&world, &newer);
        adds(&world, 1, 1, later);
        let after = activities(&world);
        let text_of = |id: &str| after.iter().find(|one| one.0 == id).map(|one| &*one.1);
        let edited = before.iter().find(|one| one.1 == "ok").expect("the text");
        assert_eq!(text_of(&edited.0), Some("ok, on Friday"), "{later}");
    }
}
