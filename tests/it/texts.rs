//! Texts that Close would not take as they are: control characters, and more than it allows.

use chatferry::sandbox::StoredMessage;

use crate::kit::Side::{Me, They};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, World, archive};

/// Nothing is sent by a further import, and nothing is posted again without the checkpoint.
#[track_caller]
fn assert_steady(world: &World) {
    let count = world.server.state.message_count();
    for moment in ["again", "without the checkpoint", "and again"] {
        let writes = world.server.writes();
        let run = world.import().exits(0);
        assert_eq!(
            (run.number("created"), run.number("updated")),
            (0, 0),
            "{moment}"
        );
        assert_eq!(world.server.writes(), writes, "{moment}");
        assert_eq!(world.server.state.message_count(), count, "{moment}");
        if moment == "again" {
            world.forget();
        }
    }
}

#[test]
fn control_characters_never_reach_close() {
    let chat = Chat::android("Ben Cooper", 1)
        .say(
            "2024-03-13 10:15",
            They,
            "one\0 two\u{1b}[31m three\u{9b}four\u{7f}",
        )
        .arrives_as("one two[31m threefour")
        .say("2024-03-13 10:16", Me, "tab\tstays\u{b}and so does a line")
        .arrives_as("tab\tstays\nand so does a line")
        .say("2024-03-13 10:17", They, "plain");
    let world = World::new(vec![chat]);
    world.import().exits(0);
    world.assert_whole("without control characters");
    let messages = world.server.state.messages();
    let is_clean = |text: &str| text.chars().all(|c| !c.is_control() || "\t\n".contains(c));
    assert!(messages.iter().all(|message| is_clean(&message.markdown)));
    assert_steady(&world);
}

const ENDING: &str = "… (full text attached)";

/// The text of so many words of nine letters.
fn words(count: usize) -> String {
    let words: Vec<String> = (0..count)
        .map(|number| format!("word{number:05}"))
        .collect();
    words.join(" ")
}

fn world_of(text: &str, max_text: usize) -> World {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "before")
        .say("2024-03-13 10:16", They, text)
        .say("2024-03-13 10:17", Me, "after");
    let other = Chat::android("Cleo Marsh", 2).contact_row();
    let table = format!("{HEADER}{}{}{other}", me(), chat.contact_row());
    let mut built = Built::new(vec![chat]);
    built.contacts = Some(table);
    built.options = Box::new(move |options| {
        options.max_text = max_text;
        options.keep_bytes = true;
    });
    built.world()
}

/// The one message of the sandbox that was cut.
#[track_caller]
fn the_cut_one(world: &World, whole: &str, max_text: usize) -> StoredMessage {
    let messages = world.server.state.messages();
    assert_eq!(messages.len(), 3);
    let mut cut = messages
        .into_iter()
        .filter(|one| one.markdown.ends_with(ENDING));
    let cut = cut.next().expect("a text that was cut");
    let length = cut.markdown.chars().count();
    assert!(length <= max_text && length + 10 > max_text, "{length}");
    let kept = cut.markdown.trim_end_matches(ENDING);
    assert!(whole.starts_with(kept) && whole[kept.len()..].starts_with(' '));
    assert_eq!(cut.attachments.len(), 1);
    let file = &cut.attachments[0];
    assert_eq!(file.filename, "full-text.txt");
    assert_eq!(file.size, whole.len() as u64);
    cut
}

#[test]
fn text_over_the_limit_is_one_message_with_the_whole_as_a_file() {
    let text = words(8_000);
    let world = world_of(&text, 65_536);
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("failed")), (3, 0));
    the_cut_one(&world, &text, 65_536);
    assert_steady(&world);
}

#[test]
fn explain_compares_the_whole_of_a_text_that_was_cut() {
    let text = words(8_000);
    let world = world_of(&text, 65_536);
    world.import().exits(0);
    let cut = the_cut_one(&world, &text, 65_536);
    let output = world.run(&["explain", &cut.external_id, "--json", "--ask"]);
    let explained: serde_json::Value =
        serde_json::from_str(output.exits(0).stdout.trim()).expect("an object");
    let close = &explained["close"];
    assert_eq!(close["differs"], serde_json::json!([]), "{close}");
    assert_eq!(close["not_compared"], serde_json::Value::Null, "{close}");
}

#[test]
fn lower_limit_that_close_names_is_kept_to() {
    let text = words(1_000);
    let world = world_of(&text, 4_000);
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("failed")), (3, 0));
    the_cut_one(&world, &text, 4_000);
    // The refused text, and the three messages.
    assert_eq!(world.server.count("POST", "/activity/whatsapp_message/"), 4);
    assert_steady(&world);
}

/// The whole of a text that was cut is no longer attached when an edit makes the text short, whichever run edits it.
#[test]
fn edit_within_the_limit_removes_the_file_with_the_whole() {
    let edited = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say(
                "2024-03-13 10:16",
                They,
                &format!("{text} <This message was edited>"),
            )
            .say("2024-03-13 10:17", Me, "after")
    };
    let files = |world: &World| -> Vec<usize> {
        let mut messages = world.server.state.messages();
        messages.sort_by_key(|message| message.activity_at);
        messages.iter().map(|one| one.attachments.len()).collect()
    };
    let world = world_of(&words(1_000), 4_000);
    world.proxy();
    world.import().exits(0);
    assert_eq!(files(&world), [0, 1, 0]);
    archive::put_zip(&edited("in short"), &world.exports());
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("updated")), (0, 1));
    assert_eq!(files(&world), [0, 0, 0]);
    assert_steady(&world);
    // Long, and short again.
    archive::put_zip(&edited(&words(900)), &world.exports());
    assert_eq!(world.import().exits(0).number("updated"), 1);
    assert_eq!(files(&world), [0, 1, 0]);
    archive::put_zip(&edited("in short"), &world.exports());
    // The answer to the first request is lost: the next run finishes the update.
    world.proxy().change(|asked, close| {
        let is_first = asked.method == "PUT" && asked.body["message_markdown"] == "in short";
        let answer = close(asked);
        match is_first {
            true => crate::kit::Answer::new(400, serde_json::json!({"error": "no"})),
            false => answer,
        }
    });
    world.import().exits(3);
    world.proxy().calm();
    world.import().exits(0);
    assert_eq!(files(&world), [0, 0, 0]);
    assert_steady(&world);
}

/// What a run found out, the next one begins with, whatever it was that was refused.
#[test]
fn found_text_limit_is_kept_for_the_next_run() {
    let posts = |world: &World| world.server.count("POST", "/activity/whatsapp_message/");
    let world = world_of(&words(1_000), 4_000);
    world.import().exits(0);
    let fact = "SELECT value = '4000' FROM facts WHERE name = 'text_limit'";
    assert_eq!((posts(&world), world.recorded(fact)), (4, 1));
    let next = Chat::android("Cleo Marsh", 2).say("2024-03-14 10:15", They, &words(2_000));
    archive::put_zip(&next, &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 1);
    assert_eq!(posts(&world), 5, "no text is refused again");
    let doctor = world.run(&["doctor"]).exits(0);
    doctor.says("texts have at most 4000 characters");
}

#[test]
fn edit_over_the_limit_is_an_update_with_the_whole_as_a_file() {
    let world = world_of("short", 4_000);
    world.import().exits(0);
    let text = words(1_000);
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "before")
        .say(
            "2024-03-13 10:16",
            They,
            &format!("{text} <This message was edited>"),
        )
        .say("2024-03-13 10:17", Me, "after");
    archive::put_zip(&newer, &world.exports());
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("updated")), (0, 1));
    the_cut_one(&world, &text, 4_000);
    let writes = world.server.writes();
    world.import().exits(0);
    assert_eq!(world.server.writes(), writes);
}
