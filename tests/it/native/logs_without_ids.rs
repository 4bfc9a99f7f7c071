//! Webhook logs whose messages have no ids: parts of one stream, and overlapping exports of it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::build::{Told, store};
use super::webhooks::OWN;
use super::world;
use crate::kit::{Output, World};

const BEN: &str = "353861234501";
/// 2026-06-21T00:00:00Z.
const START: i64 = 1_782_000_000;

/// A text of Ben, without an id.
fn said(second: i64, words: &str) -> Value {
    json!({"from": BEN, "timestamp": (START + second).to_string(), "type": "text", "text": {"body": words}})
}

/// The texts of a stream: one each minute.
fn texts(numbers: std::ops::RangeInclusive<i64>) -> Vec<Value> {
    numbers
        .map(|n| said(n * 60, &format!("text {n}")))
        .collect()
}

/// Writes a log of these messages, a webhook a line.
fn put(world: &World, name: &str, messages: &[Value]) {
    let line = |message: &Value| {
        let value = json!({"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": OWN, "phone_number_id": "9"},
            "contacts": [{"profile": {"name": "Ben Cooper"}, "wa_id": BEN}], "messages": [message]});
        let changes = json!([{"field": "messages", "value": value}]);
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
            .to_string()
    };
    let lines: Vec<String> = messages.iter().map(line).collect();
    fs::write(world.exports().join(name), lines.join("\n")).expect("written");
}

fn remove(world: &World, name: &str) {
    fs::remove_file(world.exports().join(name)).expect("removed");
}

/// How often each text is in Close.
fn in_close(world: &World) -> BTreeMap<String, usize> {
    let mut texts = BTreeMap::new();
    for message in world.server.state.messages() {
        *texts.entry(message.markdown).or_default() += 1;
    }
    texts
}

fn assert_once(world: &World, count: usize) {
    let texts = in_close(world);
    assert_eq!(texts.len(), count, "{texts:?}");
    assert!(texts.values().all(|times| *times == 1), "{texts:?}");
}

fn imported(world: &World, created: u64, unchanged: u64) -> Output {
    let run = world.import().exits(0);
    let numbers = ["created", "unchanged", "updated", "undecided"].map(|name| run.number(name));
    assert_eq!(numbers, [created, unchanged, 0, 0], "{}", run.stderr);
    run
}

#[test]
fn overlapping_logs_without_ids_are_posted_once() {
    let world = world();
    put(&world, "a.jsonl", &texts(1..=10));
    put(&world, "b.jsonl", &texts(6..=15));
    imported(&world, 15, 0);
    assert_once(&world, 15);
    imported(&world, 0, 15);
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("20 read = 15 distinct + 5 seen again");
}

#[test]
fn newer_overlapping_log_without_ids_adds_new_messages_only() {
    let world = world();
    put(&world, "a.jsonl", &texts(1..=10));
    imported(&world, 10, 0);
    put(&world, "b.jsonl", &texts(6..=15));
    imported(&world, 5, 10);
    remove(&world, "a.jsonl");
    imported(&world, 0, 10);
    put(&world, "c.jsonl", &texts(11..=20));
    imported(&world, 5, 10);
    remove(&world, "b.jsonl");
    put(&world, "a.jsonl", &texts(1..=12));
    imported(&world, 0, 20);
    assert_once(&world, 20);
}

#[test]
fn three_overlapping_logs_without_ids_are_posted_once() {
    for names in [
        ["a", "b", "c"],
        ["c", "b", "a"],
        ["b", "a", "c"],
        ["b", "c", "a"],
    ] {
        let world = world();
        let logs = [texts(1..=10), texts(6..=15), texts(9..=20)];
        for (name, messages) in names.iter().zip(&logs) {
            put(&world, &format!("{name}.jsonl"), messages);
        }
        imported(&world, 20, 0);
        assert_once(&world, 20);
        imported(&world, 0, 20);
    }
}

#[test]
fn text_sent_twice_in_both_logs_is_posted_twice() {
    // "ok" twice in one minute, "yes" twice in one second.
    let repeated = [
        said(600, "ok"),
        said(605, "yes"),
        said(605, "yes"),
        said(640, "ok"),
    ];
    let first = [texts(1..=5), repeated.to_vec()].concat();
    let second = [repeated.to_vec(), texts(15..=18)].concat();
    let world = world();
    put(&world, "a.jsonl", &first);
    put(&world, "b.jsonl", &second);
    imported(&world, 13, 0);
    imported(&world, 0, 13);
    let texts = in_close(&world);
    assert_eq!((texts["ok"], texts["yes"]), (2, 2));
    assert_eq!(texts.len(), 11);
}

/// The second log has a text once that the first one has twice.
#[test]
fn text_is_posted_as_often_as_in_the_log_that_has_it_most_often() {
    let world = world();
    let first = [texts(1..=3), vec![said(200, "ok"), said(200, "ok")]].concat();
    put(&world, "a.jsonl", &first);
    put(
        &world,
        "b.jsonl",
        &[texts(2..=3), vec![said(200, "ok")], texts(4..=5)].concat(),
    );
    imported(&world, 7, 0);
    assert_eq!(in_close(&world)["ok"], 2);
    imported(&world, 0, 7);
}

#[test]
fn database_next_to_overlapping_logs_without_ids_adds_no_copy() {
    const IDS: [&str; 6] = [
        "3A000000000000000001",
        "3A000000000000000002",
        "3A000000000000000003",
        "3A000000000000000004",
        "3A000000000000000005",
        "3A000000000000000006",
    ];
    const WORDS: [&str; 6] = ["text 1", "text 2", "text 3", "text 4", "text 5", "text 6"];
    let rows: Vec<Told> = (1i64..)
        .zip(IDS.iter().zip(WORDS))
        .map(|(n, (id, words))| Told::text(id, false, START + n * 60, words))
        .collect();
    let logs = |world: &World| {
        put(world, "a.jsonl", &texts(1..=4));
        put(world, "b.jsonl", &texts(3..=6));
    };
    let together = world();
    store(&together.exports().join("msgstore.db"), &rows);
    logs(&together);
    imported(&together, 6, 0);
    imported(&together, 0, 6);
    let mut ids: Vec<String> = (together.server.state.messages().into_iter())
        .map(|message| message.external_id)
        .collect();
    ids.sort();
    assert_eq!(ids, IDS);

    let later = world();
    logs(&later);
    imported(&later, 6, 0);
    store(&later.exports().join("msgstore.db"), &rows);
    imported(&later, 0, 6);
    assert_once(&later, 6);
}

/// A customer with one message in each of two overlapping logs.
#[test]
fn overlap_of_logs_is_found_across_customers() {
    let world = world();
    let mut of_rita = said(300, "from Rita");
    of_rita["from"] = "447700900101".into();
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let row = "+447700900101,+447700900101,contact,+447700900101,lead_2,cont_2,,\n";
    world.write("contacts.csv", &(table + row));
    let of_both = |mut messages: Vec<Value>| {
        messages.insert(2, of_rita.clone());
        messages
    };
    // The webhook names Ben as the only contact.
    let log = |name: &str, messages: Vec<Value>| {
        let lines: Vec<String> = (messages.iter())
            .map(|message| {
                json!({"messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": OWN}, "messages": [message]})
                .to_string()
            })
            .collect();
        fs::write(world.exports().join(name), lines.join("\n")).expect("written");
    };
    log("a.jsonl", of_both(texts(1..=4)));
    log("b.jsonl", of_both(texts(3..=6)));
    let row = format!("+{BEN},+{BEN},contact,+{BEN},lead_3,cont_3,,\n");
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    world.write("contacts.csv", &(table + &row));
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("10 read = 7 distinct + 3 seen again");
}

/// One common message may be an overlap, or a text that was sent twice in the second at which the log was split.
#[test]
fn single_common_message_of_two_logs_is_undecided() {
    let world = world();
    put(&world, "a.jsonl", &texts(1..=5));
    put(&world, "b.jsonl", &texts(5..=9));
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("equal to one message of another log");
    plan.says(",new,");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("undecided")), (9, 1));
    let again = world.import().exits(0);
    let numbers = ["created", "unchanged", "undecided"].map(|name| again.number(name));
    assert_eq!(numbers, [0, 9, 1], "{}", again.stderr);
    assert_once(&world, 9);

    let decided = "message,decision,of\nb.jsonl/Ben Cooper:1,new,\n";
    world.write("decisions.csv", decided);
    imported(&world, 1, 9);
    imported(&world, 0, 10);
    assert_eq!(in_close(&world)["text 5"], 2);
}

/// The logs come one after the other, in either order: what was imported of the first one stays the only copy.
#[track_caller]
fn one_after_the_other([first, second]: [&[Value]; 2], names: [&str; 2], is_lost: bool) {
    let world = world();
    put(&world, names[0], first);
    imported(&world, first.len() as u64, 0);
    if is_lost {
        world.forget();
    }
    put(&world, names[1], second);
    let (own, new) = (first.len() as u64, second.len() as u64 - 1);
    let all = own + new;
    for expected in [[new, own, 1], [0, all, 1]] {
        let run = world.import().exits(0);
        let numbers = ["created", "unchanged", "undecided"].map(|name| run.number(name));
        assert_eq!(numbers, expected, "{}", run.stderr);
        assert_once(&world, first.len() + second.len() - 1);
    }
}

#[test]
fn newer_log_with_a_single_common_message_leaves_it_undecided() {
    let logs = [&texts(1..=9)[..], &texts(9..=11)];
    one_after_the_other(logs, ["a.jsonl", "b.jsonl"], false);
}

#[test]
fn older_log_with_a_single_common_message_leaves_it_undecided() {
    let logs = [&texts(9..=11)[..], &texts(1..=9)];
    one_after_the_other(logs, ["b.jsonl", "a.jsonl"], false);
}

#[test]
fn newer_log_with_a_single_common_message_leaves_it_undecided_after_the_checkpoint_was_lost() {
    let logs = [&texts(1..=9)[..], &texts(9..=11)];
    one_after_the_other(logs, ["a.jsonl", "b.jsonl"], true);
}

/// The second log lost the id of a message that the others have with it.
#[test]
fn copy_without_id_is_posted_once_with_the_message_that_has_one() {
    let with_id = |number: i64| {
        let mut text = said(number * 60, &format!("text {number}"));
        text["id"] = format!("3A0000000000000000C{number}").into();
        text
    };
    let world = world();
    put(&world, "a.jsonl", &[with_id(1), with_id(3)]);
    put(
        &world,
        "b.jsonl",
        &[texts(3..=3), vec![with_id(4)]].concat(),
    );
    put(&world, "c.jsonl", &[1, 3, 5].map(with_id));
    imported(&world, 4, 0);
    assert_once(&world, 4);
    imported(&world, 0, 4);
}

/// A log of the whole period shows that the common message of two others is one.
#[test]
fn log_that_covers_both_settles_a_single_common_message() {
    let world = world();
    put(&world, "a.jsonl", &texts(1..=5));
    put(&world, "b.jsonl", &texts(5..=9));
    put(&world, "c.jsonl", &texts(1..=9));
    imported(&world, 9, 0);
    assert_once(&world, 9);
}

#[test]
fn pictures_of_one_second_are_told_apart_by_their_file() {
    let picture = |file: &str| {
        json!({"from": BEN, "timestamp": (START + 300).to_string(), "type": "image",
            "image": {"id": file, "mime_type": "image/jpeg"}})
    };
    let world = world();
    put(
        &world,
        "a.jsonl",
        &[texts(3..=4), vec![picture("1"), picture("2")]].concat(),
    );
    put(
        &world,
        "b.jsonl",
        &[texts(4..=4), vec![picture("2"), picture("3")], texts(6..=6)].concat(),
    );
    imported(&world, 6, 0);
    imported(&world, 0, 6);
}
