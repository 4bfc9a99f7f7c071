//! Messages of others that quote the person.

use std::sync::Mutex;

use chatferry::sandbox::Fault;
use serde_json::json;

use super::{BEN, FORGET, add_to_never};
use crate::kit::store::{Row, msgstore};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Running, When, World, scenes};

const BEN_ID: &str = "353861234501@s.whatsapp.net";
const CLEO_ID: &str = "353861234502@s.whatsapp.net";
const GROUP: &str = "120363000000000001@g.us";
const NAMES: [(&str, &str); 3] = [
    (BEN_ID, "Ben Cooper"),
    (CLEO_ID, "Cleo Marsh"),
    (GROUP, "Roof"),
];

/// A group in which Ben wrote, and Anna answers a message of his that no archive has.
pub(crate) fn imported() -> World {
    imported_with(&["AC00000000000000AA02"])
}

/// The same, with these answers of Anna's.
fn imported_with(answers: &[&'static str]) -> World {
    let mut built = Built::new(Vec::new());
    let cleo = scenes::cleo().contact_row();
    let anchor = cleo.replace("Cleo Marsh,Cleo Marsh", "Roof,*");
    built.contacts = Some(format!("{HEADER}{}{anchor}", me()));
    built.import = "groups = \"anchor\"".to_owned();
    let world = built.world();
    let mut rows = vec![Row {
        by: Some(BEN_ID),
        ..Row::they(GROUP, "3A00000000000000AA01", 5, "good morning")
    }];
    rows.extend((65..).zip(answers.iter().copied()).map(|(at, id)| Row {
        quotes: Some(("3A00000000000000AA09", "who can bring\nthe ladder?", GROUP)),
        ..Row::i(GROUP, id, at, "I can")
    }));
    rows.push(Row {
        by: Some(CLEO_ID),
        ..Row::they(GROUP, "3A00000000000000AA03", 90, "> fine\nwith me")
    });
    msgstore(&world.exports(), &rows, &NAMES);
    world.import().exits(0);
    world
}

pub(crate) fn texts(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|one| one.activity_at);
    messages.into_iter().map(|one| one.markdown).collect()
}

#[test]
fn message_that_quotes_the_person_is_rendered_without_the_quotation() {
    let world = imported();
    add_to_never(&world);
    let before = texts(&world);
    assert_eq!(before[1], "> who can bring\n> the ladder?\nI can");
    let preview = world.run(&["forget", "--phone", BEN, "--dry-run"]).exits(0);
    preview.says("1 message of others with a quotation or a reaction of this person");
    assert_eq!(texts(&world), before);
    let output = world.run(FORGET).exits(0);
    assert_eq!(output.number("updated"), 1);
    let receipt = super::receipt(&output);
    assert_eq!(receipt["rewritten"].as_array().map(Vec::len), Some(1));
    assert_eq!(receipt["not_rewritten"], json!([]));
    assert_eq!(texts(&world), ["I can".to_owned(), before[2].clone()]);
    let again = world.run(FORGET).exits(0);
    again.says("Nothing to do");
    let import = world.import().exits(0);
    assert_eq!((import.number("created"), import.number("updated")), (0, 0));
    world.run(&["verify"]).exits(0);
}

/// Two answers quote the person; the erasure is killed at the update of the first or the second, before or after it.
#[test]
fn rewriting_that_was_killed_is_finished_by_the_next_run() {
    for number in [1, 2] {
        for after in [false, true] {
            let world = imported_with(&["AC00000000000000AA02", "AC00000000000000AA04"]);
            add_to_never(&world);
            let by_cleo = texts(&world)[3].clone();
            let count = Mutex::new(0);
            let killed = world.run_under(FORGET, move |seen, when, running: &Running| {
                let is_moment = matches!(when, When::Processed(_)) == after;
                if seen.method != "PUT" || !is_moment {
                    return Fault::None;
                }
                let mut count = count.lock().expect("a number");
                *count += 1;
                if *count != number {
                    return Fault::None;
                }
                running.kill();
                Fault::Drop
            });
            assert_eq!(killed.code, None, "{}", killed.stderr);
            world.run(FORGET).exits(0);
            let left = ["I can", "I can", &*by_cleo];
            assert_eq!(texts(&world), left, "{number} {after}");
            world.run(FORGET).exits(0).says("Nothing to do");
            let import = world.import().exits(0);
            assert_eq!((import.number("created"), import.number("updated")), (0, 0));
        }
    }
}

#[test]
fn message_that_was_changed_in_close_loses_the_quotation_only() {
    let world = imported();
    add_to_never(&world);
    let messages = world.server.state.messages();
    let answer = messages.iter().find(|one| one.markdown.contains("ladder"));
    let path = format!("/activity/whatsapp_message/{}/", answer.expect("one").id);
    let patch = json!({"message_markdown": "> who can bring\n> the ladder?\nI can, tomorrow"});
    assert_eq!(world.server.call("PUT", &path, &patch), 200);
    world.run(FORGET).exits(0);
    assert_eq!(texts(&world)[0], "I can, tomorrow");
}
