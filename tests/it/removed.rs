//! Messages deleted by their senders in WhatsApp, or removed in Close.

use serde_json::json;

use crate::kit::Side::{Me, They};
use crate::kit::proxy::Answer;
use crate::kit::world::IMPORT;
use crate::kit::{Built, Chat, Output, World, archive, scenes};

fn world(chat: Chat, import: &str) -> World {
    let mut built = Built::new(vec![chat]);
    built.import = import.to_owned();
    built.world()
}

fn texts(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages.into_iter().map(|m| m.markdown).collect()
}

fn import_allowing(world: &World, deletes: u64) -> Output {
    let number = deletes.to_string();
    world.run(&["import", "--yes", "--json", "--allow-deletes", &number])
}

/// What was deleted is in Close no more, whatever the chat's lead is by then.
#[test]
fn deleted_message_is_not_reported_as_kept() {
    let world = world(told(&[]), "deleted_since = \"delete\"\n");
    world.import().exits(0);
    archive::put_zip(&told(&[1]), &world.exports());
    import_allowing(&world, 1).exits(0);
    let path = world.path().join("contacts.csv");
    let table = std::fs::read_to_string(path).expect("a file");
    world.write("contacts.csv", &table.replace("lead_01", "lead_02"));
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("4 to replace");
    assert!(
        !plan.stdout.contains("no longer contain"),
        "{}",
        plan.stdout
    );
}

/// Three messages of one minute, of which these are deleted.
fn told(deleted: &[usize]) -> Chat {
    let texts = ["one", "two", "three"];
    let mut chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before");
    for (n, text) in texts.iter().enumerate() {
        let text = if deleted.contains(&n) {
            "This message was deleted"
        } else {
            text
        };
        chat = chat.say("2024-03-13 10:20", They, text);
    }
    chat.say("2024-03-13 10:30", Me, "after")
}

#[test]
fn message_deleted_since_is_deleted_by_policy() {
    let world = world(told(&[]), "deleted_since = \"delete\"\n");
    world.import().exits(0);
    archive::put_zip(&told(&[1]), &world.exports());
    import_allowing(&world, 0)
        .exits(2)
        .says("--allow-deletes 1");
    let run = import_allowing(&world, 1).exits(0);
    assert_eq!((run.number("deleted"), run.number("created")), (1, 0));
    assert_eq!(texts(&world), ["before", "one", "three", "after"]);
    // And again nothing is left to do, and nothing comes back with the old export.
    assert_eq!(import_allowing(&world, 0).exits(0).number("deleted"), 0);
    archive::put_zip(&told(&[]), &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 0);
    assert_eq!(texts(&world), ["before", "one", "three", "after"]);
}

#[test]
fn two_messages_of_one_minute_are_deleted() {
    let world = world(told(&[]), "deleted_since = \"delete\"\n");
    world.import().exits(0);
    archive::put_zip(&told(&[0, 2]), &world.exports());
    assert_eq!(import_allowing(&world, 2).exits(0).number("deleted"), 2);
    assert_eq!(texts(&world), ["before", "two", "after"]);
}

#[test]
fn message_deleted_since_stays_by_default() {
    for policy in ["", "deleted_before_import = \"text\"\n"] {
        let world = world(told(&[]), policy);
        world.import().exits(0);
        archive::put_zip(&told(&[1]), &world.exports());
        let run = world.import().exits(0);
        assert_eq!((run.number("deleted"), run.number("created")), (0, 0));
        assert_eq!(texts(&world), ["before", "one", "two", "three", "after"]);
    }
}

/// With `deleted_before_import = "text"` a deletion before the first import is a text, and one
/// after it is no second message.
#[test]
fn deletion_placeholder_replaces_its_message() {
    let import = "deleted_since = \"delete\"\ndeleted_before_import = \"text\"\n";
    let world = world(told(&[0]), import);
    world.import().exits(0);
    assert_eq!(texts(&world).len(), 5);
    archive::put_zip(&told(&[0, 1]), &world.exports());
    let run = import_allowing(&world, 1).exits(0);
    assert_eq!((run.number("deleted"), run.number("created")), (1, 0));
    assert_eq!(texts(&world).len(), 4);
    assert_eq!(import_allowing(&world, 1).exits(0).number("deleted"), 0);
}

/// One mark of a deletion besides that of the deletion which is known, and two messages that are
/// missing: nobody knows which it was.
#[test]
fn ambiguous_deletion_is_left_alone_and_reported() {
    let world = world(told(&[]), "deleted_since = \"delete\"\n");
    world.import().exits(0);
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:20", They, "two")
        .say("2024-03-13 10:20", They, "This message was deleted")
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&newer, &world.exports());
    let run = import_allowing(&world, 9).exits(0);
    assert_eq!(run.number("deleted"), 1, "only what comes after \"two\"");
    assert_eq!(texts(&world), ["before", "one", "two", "after"]);
    let vague = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:20", They, "This message was deleted")
        .say("2024-03-13 10:20", They, "This message was deleted")
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&vague, &world.exports());
    let allowing = [
        "import",
        "--yes",
        "--json",
        "--details",
        "--allow-deletes",
        "9",
    ];
    let run = world.run(&allowing).exits(0);
    run.says("1 deletion: the message in Close could not be determined");
    assert_eq!(run.number("deleted"), 0);
    assert_eq!(texts(&world).len(), 4);
}

/// Edited, and others of the minute are missing: not posted a second time.
#[test]
fn ambiguous_edit_is_undecided() {
    let world = world(told(&[]), "");
    world.import().exits(0);
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "quite different <This message was edited>",
        )
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&newer, &world.exports());
    let run = world.run(&[IMPORT, &["--details"]].concat()).exits(0);
    assert_eq!((run.number("undecided"), run.number("created")), (1, 0));
    run.says("undecided: 1 message");
    assert_eq!(texts(&world).len(), 5);
}

/// Two edits in one minute are both put where they belong.
#[test]
fn two_edits_of_one_minute_are_applied_in_order() {
    let world = world(told(&[]), "");
    world.import().exits(0);
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:20", They, "ONE <This message was edited>")
        .say("2024-03-13 10:20", They, "two")
        .say("2024-03-13 10:20", They, "THREE <This message was edited>")
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&newer, &world.exports());
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("created")), (2, 0));
    assert_eq!(texts(&world), ["before", "ONE", "two", "THREE", "after"]);
}

fn remove(world: &World, text: &str) {
    let messages = world.server.state.messages();
    let message = messages.iter().find(|m| m.markdown.ends_with(text));
    let id = &message.expect("a message").id;
    let path = format!("/activity/whatsapp_message/{id}/");
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
}

#[test]
fn activity_removed_in_close_is_not_restored() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    remove(&world, "Agreed");
    let newer = scenes::ben().say("2024-03-14 10:00", Me, "more");
    archive::put_zip(&newer, &world.exports());
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (1, 6));
    assert_eq!(texts(&world).len(), 6);
}

#[test]
fn activity_removed_in_close_is_restored_by_policy() {
    let world = world(scenes::ben(), "gone = \"restore\"\n");
    world.import().exits(0);
    // One that is answered, and whose answer is linked to nothing then.
    remove(&world, "Which day suits you?\nAny is fine.");
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("1 of them removed in Close");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("updated")), (1, 1));
    world.assert_whole("brought back, and linked again");
    let again = world.import().exits(0);
    assert_eq!(again.number("created") + again.number("updated"), 0);
}

/// Found out only when it was to be changed: from then on it is known, and not tried again.
#[test]
fn removed_message_is_not_updated_repeatedly() {
    let chat = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let world = world(chat("Tuesday"), "");
    world.import().exits(0);
    remove(&world, "Tuesday");
    let edited = chat("Tuesday at eight <This message was edited>");
    archive::put_zip(&edited, &world.exports());
    let puts = || {
        world
            .server
            .count("PUT", "/activity/whatsapp_message/{id}/")
    };
    world.import().exits(0);
    assert_eq!(puts(), 1);
    let run = world.import().exits(0);
    assert_eq!((puts(), run.number("created")), (1, 0));
    assert_eq!(texts(&world), ["before"]);
}

/// The removal was found by a change that was on its way: posting the message again leaves nothing of it.
#[test]
fn restored_message_is_not_updated_again() {
    let chat = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let world = world(chat("Tuesday"), "");
    world.import().exits(0);
    remove(&world, "Tuesday");
    let edited = chat("Tuesday at eight <This message was edited>");
    archive::put_zip(&edited, &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 0);
    let restore = ["import", "--yes", "--json", "--gone", "restore"];
    assert_eq!(world.run(&restore).exits(0).number("created"), 1);
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
    assert_eq!(texts(&world), ["before", "Tuesday at eight"]);
}

/// Deleted before the first import, and beside it a message that is missing later: it was not the
/// one that the mark stands for, in this minute or, since stamps move by a second, in the next.
#[test]
fn old_deletion_is_not_that_of_a_missing_message() {
    for minute in ["20", "21"] {
        let chat = |deleted: &str, texts: &[&str]| {
            let mut chat = Chat::android("Ben Cooper", 1)
                .say("2024-03-13 10:10", They, "before")
                .say(
                    &format!("2024-03-13 10:{deleted}"),
                    They,
                    "This message was deleted",
                );
            for text in texts {
                chat = chat.say("2024-03-13 10:21", They, text);
            }
            chat.say("2024-03-13 10:30", Me, "after")
        };
        let world = world(chat("20", &["one"]), "deleted_since = \"delete\"\n");
        world.import().exits(0);
        archive::put_zip(&chat(minute, &[]), &world.exports());
        let run = import_allowing(&world, 9).exits(0);
        assert_eq!(run.number("deleted"), 0, "{minute}");
        assert_eq!(texts(&world), ["before", "one", "after"]);
        // An edit beside the old mark is plain.
        archive::put_zip(
            &chat(minute, &["ONE <This message was edited>"]),
            &world.exports(),
        );
        let run = import_allowing(&world, 9).exits(0);
        assert_eq!((run.number("updated"), run.number("undecided")), (1, 0));
    }
}

/// The line about a deletion, imported as text, is not taken away because its stamp moved.
#[test]
fn deletion_placeholder_stays_when_its_time_shifts() {
    let chat = |when: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:10", They, "before")
            .say(when, They, "This message was deleted")
            .say("2024-03-13 10:30", Me, "after")
    };
    let import = "deleted_since = \"delete\"\ndeleted_before_import = \"text\"\n";
    let world = world(chat("2024-03-13 10:20"), import);
    world.import().exits(0);
    archive::put_zip(&chat("2024-03-13 10:21"), &world.exports());
    let run = import_allowing(&world, 9).exits(0);
    assert_eq!((run.number("deleted"), run.number("created")), (0, 0));
    assert_eq!(texts(&world).len(), 3);
}

/// Killed between the message that was brought back and the link of its answer, which the export
/// has, or has not any more.
#[test]
fn unset_link_is_set_by_the_next_run() {
    for is_shorter in [false, true] {
        let chat = Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "Which day suits you?")
            .say("2024-03-13 10:16", They, "Any other question?")
            .answer("2024-03-13 10:17", Me, 0, "Monday");
        let world = world(chat.clone(), "gone = \"restore\"\n");
        world.import().exits(0);
        remove(&world, "Which day suits you?");
        if is_shorter {
            let mut shorter = chat;
            shorter.lines.truncate(2);
            archive::put_zip(&shorter, &world.exports());
        }
        world.import_until(
            |seen, when| seen.method == "PUT" && when == crate::kit::When::Received,
            |running| {
                running.kill();
                chatferry::sandbox::Fault::Drop
            },
        );
        assert_eq!(world.import().exits(0).number("updated"), 1);
        world.assert_whole("linked again");
        assert_eq!(world.import().exits(0).number("updated"), 0);
    }
}

/// Close rejects the link to a message that it has: the reply is posted without it, which is reported, and no plain import
/// asks for the link again.
#[test]
fn reply_whose_link_is_rejected_is_posted_without_it() {
    let question = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Which day suits you?")
        .say("2024-03-13 10:16", They, "Any other question?");
    let world = world(question.clone(), "");
    world.proxy();
    world.import().exits(0);
    let answered = question.answer("2024-03-13 10:17", Me, 0, "Monday");
    archive::put_zip(&answered, &world.exports());
    world.proxy().change(
        |asked, close| match asked.body["response_to_id"].is_string() {
            true => Answer::field("response_to_id", "Object does not exist."),
            false => close(asked),
        },
    );
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("failed")),
        (1, 0),
        "{}",
        run.stderr
    );
    run.says("1 without a link to their reply target");
    assert_eq!(texts(&world).len(), 3);
    let writes = world.server.writes();
    let again = world.import().exits(0);
    let numbers = ["created", "updated", "failed"].map(|name| again.number(name));
    assert_eq!((numbers, world.server.writes()), ([0, 0, 0], writes));
    // Asked for again on request, once Close takes it.
    world.proxy().calm();
    let retry = world
        .run(&["import", "--yes", "--json", "--retry-failed"])
        .exits(0);
    assert_eq!((retry.number("created"), retry.number("updated")), (0, 1));
    assert_eq!(texts(&world).len(), 3);
    let linked = world.server.state.messages();
    assert_eq!(
        linked.iter().filter(|m| m.response_to_id.is_some()).count(),
        1
    );
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// Somebody deletes the target of a reply while the reply is posted.
#[test]
fn reply_whose_target_is_removed_during_the_run_is_reported() {
    let question = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Which day suits you?")
        .say("2024-03-13 10:16", They, "Any other question?");
    let world = world(question.clone(), "");
    world.proxy();
    world.import().exits(0);
    let answered = question.answer("2024-03-13 10:17", Me, 0, "Monday");
    archive::put_zip(&answered, &world.exports());
    world.proxy().change(|asked, close| {
        if let Some(target) = asked.body["response_to_id"].as_str() {
            let mut deletion = asked.to_read();
            deletion.method = "DELETE".to_owned();
            deletion.path = format!("/activity/whatsapp_message/{target}/");
            close(deletion);
        }
        close(asked)
    });
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 1, "{}", run.stderr);
    run.says("1 without a link to their reply target");
    assert_eq!(texts(&world).len(), 2, "{:?}", texts(&world));
    world.proxy().calm();
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
}
