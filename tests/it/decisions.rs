//! `decisions.csv`: a person settles what a plan leaves undecided.

use std::fs;

use crate::kit::Side::{Me, They};
use crate::kit::{Chat, Output, World, archive};

const HEAD: &str = "message,decision,of\n";

/// Three texts of one minute are in Close. The newer export has one of them edited beyond
/// recognition and lacks the others.
fn undecided() -> World {
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before");
    let chat = ["one", "two", "three"]
        .iter()
        .fold(chat, |chat, text| chat.say("2024-03-13 10:20", They, text));
    let world = World::new(vec![chat.say("2024-03-13 10:30", Me, "after")]);
    world.import().exits(0);
    let edited = "quite different <This message was edited>";
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:20", They, edited)
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&newer, &world.exports());
    world
}

fn decide(world: &World, rows: &str) {
    world.write("decisions.csv", &format!("{HEAD}{rows}"));
}

fn texts(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages.into_iter().map(|m| m.markdown).collect()
}

fn activity(world: &World, text: &str) -> String {
    let mut messages = world.server.state.messages().into_iter();
    messages.find(|m| m.markdown == text).expect("a message").id
}

/// The rows that a plan prints.
fn rows(plan: &Output) -> Vec<String> {
    let is_row = |line: &&str| {
        ["new,", "leave,", "same,"]
            .iter()
            .any(|word| line.contains(&format!(",{word}")))
    };
    let lines = plan.stdout.lines().map(str::trim).filter(is_row);
    lines.map(str::to_owned).collect()
}

const EDITED: &str = "WhatsApp Chat with Ben Cooper.zip:2";

#[test]
fn same_updates_the_named_activity() {
    let world = undecided();
    let two = activity(&world, "two");
    decide(&world, &format!("{EDITED},same,{two}\n"));
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("undecided")), (1, 0));
    assert_eq!(
        texts(&world),
        ["before", "one", "quite different", "three", "after"]
    );
    assert_eq!(activity(&world, "quite different"), two);
}

#[test]
fn same_accepts_an_external_id() {
    let world = undecided();
    let messages = world.server.state.messages();
    let one = messages.iter().find(|m| m.markdown == "one").unwrap();
    decide(&world, &format!("{EDITED},same,{}\n", one.external_id));
    assert_eq!(world.import().exits(0).number("updated"), 1);
    assert_eq!(
        texts(&world),
        ["before", "quite different", "two", "three", "after"]
    );
}

#[test]
fn second_run_after_same_is_empty() {
    let world = undecided();
    let two = activity(&world, "two");
    decide(&world, &format!("{EDITED},same,{two}\n"));
    world.import().exits(0);
    let again = world.import().exits(0);
    assert_eq!((again.number("updated"), again.number("undecided")), (0, 0));
}

#[test]
fn new_creates_the_message_once() {
    let world = undecided();
    decide(&world, &format!("{EDITED},new,\n"));
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("undecided")), (1, 0));
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("undecided")), (0, 0));
    assert_eq!(texts(&world).len(), 6);
}

#[test]
fn leave_leaves_the_message_out_by_a_named_rule() {
    let world = undecided();
    decide(&world, &format!("{EDITED},leave,\n"));
    world.run(&["plan", "--details"]).exits(0).says("1 decided");
    let run = world.import().exits(0);
    let of = |name: &str| run.number(name);
    assert_eq!((of("created"), of("undecided"), of("skipped")), (0, 0, 1));
    assert_eq!(texts(&world).len(), 5);
}

#[test]
fn plan_prints_rows_that_settle_the_message() {
    let printed = rows(&undecided().run(&["plan", "--details"]).exits(0));
    // Three candidates, `new` and `leave`.
    assert_eq!(printed.len(), 5, "{printed:?}");
    for (number, row) in printed.iter().enumerate() {
        let world = undecided();
        // Activity ids differ from world to world, so each prints its own.
        let own = rows(&world.run(&["plan", "--details"]).exits(0));
        decide(&world, &format!("{}\n", own[number]));
        let run = world.import().exits(0);
        assert_eq!(run.number("undecided"), 0, "{row}");
    }
}

#[test]
fn row_of_a_renamed_archive_still_applies_by_id() {
    let world = undecided();
    let printed = rows(&world.run(&["plan", "--details"]).exits(0));
    let leave = printed.iter().find(|row| row.contains(",leave,")).unwrap();
    decide(&world, &format!("{leave}\n"));
    let exports = world.exports();
    std::fs::rename(
        exports.join("WhatsApp Chat with Ben Cooper.zip"),
        exports.join("WhatsApp Chat with Ben Cooper (1).zip"),
    )
    .expect("renamed");
    let run = world.import().exits(0);
    assert_eq!((run.number("skipped"), run.number("undecided")), (1, 0));
}

#[test]
fn offline_plan_applies_decisions() {
    let world = undecided();
    let two = activity(&world, "two");
    decide(&world, &format!("{EDITED},same,{two}\n"));
    world
        .run(&["plan", "--offline", "--details"])
        .exits(0)
        .says("1 to update");
}

#[test]
fn inapplicable_row_ends_with_its_line() {
    let one = |world: &World| activity(world, "one");
    type Rows = Box<dyn Fn(&World) -> String>;
    let cases: [(Rows, u32); 9] = [
        (Box::new(|_| format!("{EDITED},sam,\n")), 2),
        (Box::new(|_| format!("{EDITED},same,\n")), 2),
        (Box::new(|_| format!("{EDITED},same,acti_unknown\n")), 2),
        (Box::new(|_| format!("{EDITED},new,\n{EDITED},leave,\n")), 3),
        (
            Box::new(|_| format!("{EDITED},new,\nBen.zip:1,leave,\n")),
            3,
        ),
        (
            Box::new(|_| "WhatsApp Chat with Ben Cooper.zip:9,new,\n".to_owned()),
            2,
        ),
        (
            Box::new(|_| "cf1-aaaaaaaaaaaaaaaaaaaaaaaaaa,leave,\n".to_owned()),
            2,
        ),
        // "before" is that message, and is in the same archive.
        (
            Box::new(|world| format!("{EDITED},same,{}\n", activity(world, "before"))),
            2,
        ),
        (
            Box::new(move |world| format!("{EDITED},new,{}\n", one(world))),
            2,
        ),
    ];
    for (rows, line) in cases {
        let world = undecided();
        let rows = rows(&world);
        decide(&world, &rows);
        let before = texts(&world);
        for arguments in [&["plan"][..], crate::kit::world::IMPORT] {
            let run = world.run(arguments).exits(2);
            run.says(&format!("decisions.csv:{line}: "));
        }
        assert_eq!(texts(&world), before, "{rows}");
    }
}

#[test]
fn row_about_a_settled_message_has_no_effect() {
    let world = World::new(vec![crate::kit::scenes::ben()]);
    world.import().exits(0);
    let place = "WhatsApp Chat with Ben Cooper.zip:2";
    decide(&world, &format!("{place},new,\n"));
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (0, 6));
}

/// The export that [`undecided`] imported first, put next to the newer one under another name.
fn put_older(world: &World) {
    let zip = archive::zip(&world.chats[0]);
    std::fs::write(world.exports().join(OLDER), zip).expect("written");
}

fn take_older(world: &World) {
    std::fs::remove_file(world.exports().join(OLDER)).expect("removed");
}

const OLDER: &str = "WhatsApp Chat with Ben Cooper (1).zip";

const DECIDED: [&str; 5] = ["before", "one", "quite different", "three", "after"];

#[track_caller]
fn assert_decided(world: &World, when: &str) {
    for run in ["first", "second"] {
        let output = world.import().exits(0);
        assert_eq!(
            texts(world),
            DECIDED,
            "{when}, {run} run\n{}",
            output.stderr
        );
        for number in ["created", "undecided", "held", "failed"] {
            assert_eq!(output.number(number), 0, "{when}, {run} run: {number}");
        }
        let updated = output.number("updated");
        assert!(
            run == "first" || updated == 0,
            "{when}, second run: {updated} updated"
        );
    }
}

#[test]
fn older_export_restored_after_same_posts_nothing() {
    let world = undecided();
    let two = activity(&world, "two");
    decide(&world, &format!("{EDITED},same,{two}\n"));
    assert_decided(&world, "the newer export alone");
    put_older(&world);
    assert_decided(&world, "the older export is put back");
    take_older(&world);
    assert_decided(&world, "the older export is removed again");
    put_older(&world);
    std::fs::remove_file(world.path().join("decisions.csv")).expect("removed");
    assert_decided(&world, "put back without the decision");
}

#[test]
fn older_export_alone_after_same_posts_nothing() {
    let world = undecided();
    let two = activity(&world, "two");
    decide(&world, &format!("{EDITED},same,{two}\n"));
    assert_decided(&world, "the newer export alone");
    std::fs::remove_file(world.exports().join("WhatsApp Chat with Ben Cooper.zip"))
        .expect("removed");
    put_older(&world);
    world.write("decisions.csv", HEAD);
    assert_decided(&world, "the older export alone");
}

/// The older export is still there when the decision is made.
#[test]
fn same_edits_the_named_activity_while_the_older_export_is_there() {
    let world = undecided();
    put_older(&world);
    let two = activity(&world, "two");
    decide(&world, &format!("{EDITED},same,{two}\n"));
    assert_decided(&world, "both exports");
    take_older(&world);
    assert_decided(&world, "the newer export alone");
    put_older(&world);
    assert_decided(&world, "both exports again");
}

/// Nothing is in Close yet, and the decision names a message of the older export.
#[test]
fn same_between_two_exports_of_a_first_import_posts_the_edited_text() {
    let imported = undecided();
    let messages = imported.server.state.messages();
    let two = messages.iter().find(|m| m.markdown == "two").unwrap();
    let older = imported.chats[0].clone();
    let world = World::new(vec![older]);
    put_older(&world);
    std::fs::copy(
        imported.exports().join("WhatsApp Chat with Ben Cooper.zip"),
        world.exports().join("WhatsApp Chat with Ben Cooper.zip"),
    )
    .expect("copied");
    decide(
        &world,
        &format!(
            "WhatsApp Chat with Ben Cooper.zip:2,same,{}\n",
            two.external_id
        ),
    );
    assert_eq!(world.import().exits(0).number("created"), 5);
    assert_decided(&world, "first import");
    take_older(&world);
    assert_decided(&world, "the newer export alone");
    put_older(&world);
    assert_decided(&world, "both exports again");
}

/// Two edited messages of one export, and two rows that give both one activity.
#[test]
fn two_rows_that_name_one_activity_are_refused() {
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before");
    let chat = ["one", "two", "three"]
        .iter()
        .fold(chat, |chat, text| chat.say("2024-03-13 10:20", They, text));
    let world = World::new(vec![chat.say("2024-03-13 10:30", Me, "after")]);
    world.import().exits(0);
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "quite different <This message was edited>",
        )
        .say(
            "2024-03-13 10:20",
            They,
            "very different <This message was edited>",
        )
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&newer, &world.exports());
    let zip = "WhatsApp Chat with Ben Cooper.zip";
    let messages = world.server.state.messages();
    let two = messages.iter().find(|m| m.markdown == "two").unwrap();
    let before = texts(&world);
    for (first, second) in [(&two.id, &two.id), (&two.id, &two.external_id)] {
        decide(
            &world,
            &format!("{zip}:2,same,{first}\n{zip}:3,same,{second}\n"),
        );
        for arguments in [&["plan"][..], crate::kit::world::IMPORT] {
            let run = world.run(arguments).exits(2);
            run.says("decisions.csv:3: line 2 names the same message");
        }
        assert_eq!(texts(&world), before);
    }
    // One of them was followed before the second row was added.
    decide(&world, &format!("{zip}:2,same,{}\n", two.id));
    world.import();
    decide(
        &world,
        &format!("{zip}:2,same,{0}\n{zip}:3,same,{0}\n", two.id),
    );
    world
        .run(&["plan"])
        .exits(2)
        .says("decisions.csv:3: line 2 names the same message");
}

#[test]
fn plan_file_is_refused_after_a_decision() {
    let world = undecided();
    world.run(&["plan", "--out", "plan.jsonl"]).exits(0);
    decide(&world, &format!("{EDITED},new,\n"));
    let run = world
        .run(&["import", "--yes", "--plan", "plan.jsonl"])
        .exits(2);
    run.says("changed");
}

/// The archive that a row names cannot be read any more: that is its failure, and no mistake in the row.
#[test]
fn row_about_an_unreadable_archive_refuses_nothing() {
    let world = undecided();
    decide(&world, &format!("{EDITED},new,\n"));
    let path = world.exports().join("WhatsApp Chat with Ben Cooper.zip");
    let bytes = fs::read(&path).expect("a zip");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
    let other = Chat::android("Cleo Marsh", 2).say("2024-03-13 10:10", They, "hello");
    archive::put_zip(&other, &world.exports());
    let run = world.import().exits(3);
    run.says("damaged zip");
    assert!(
        !run.stderr.contains("no message begins at this line"),
        "{}",
        run.stderr
    );
}
