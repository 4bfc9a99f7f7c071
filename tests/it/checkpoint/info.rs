//! `checkpoint info`: counts that equal the rows.

use chatferry::sandbox::Fault;

use super::{imported, json};
use crate::kit::{World, is_post, scenes};

#[test]
fn counts_equal_the_rows() {
    let world = imported();
    let value = json(&world.run(&["checkpoint", "info", "--json"]).exits(0));
    let rows = |query| world.recorded(query);
    assert_eq!(
        value["messages"]["done"],
        rows("SELECT count(*) FROM message WHERE state = 3")
    );
    let states = value["messages"].as_object().expect("states").values();
    let all: i64 = states
        .map(|number| number.as_i64().expect("a number"))
        .sum();
    assert_eq!(all, rows("SELECT count(*) FROM message"));
    assert_eq!(value["chats"], rows("SELECT count(*) FROM chat"));
    assert_eq!(value["leads"], rows("SELECT count(*) FROM lead"));
    assert_eq!(value["runs"], rows("SELECT count(*) FROM run"));
    assert_eq!(value["format"], rows("PRAGMA user_version"));
    assert_eq!(value["format"], value["newest_format"]);
    assert_eq!(value["created_by"], env!("CARGO_PKG_VERSION"));
    assert_eq!(value["base_url"], world.server.base_url);
    assert!(
        value["organization_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("orga_"))
    );
    assert_eq!(value["last_run"]["command"], "import");
    assert_eq!(value["last_run"]["outcome"], "complete");
    let size = std::fs::metadata(world.path().join("chatferry.db")).expect("a file");
    assert_eq!(value["bytes"], size.len());
    let text = world.run(&["checkpoint", "info"]).exits(0);
    text.says("format ").says("in Close").says("run 1, import");
}

#[test]
fn interrupted_run_is_shown_with_unknown_messages() {
    let world = World::new(scenes::rich());
    let killed = world.import_until(
        |seen, _| is_post(seen) && seen.number > 12,
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    assert_eq!(killed.code, None);
    let output = world.run(&["checkpoint", "info", "--json"]).exits(0);
    let value = json(&output);
    assert_eq!(value["last_run"]["outcome"], "interrupted");
    assert!(
        value["messages"]["intent"]
            .as_u64()
            .is_some_and(|number| number > 0),
        "{value}"
    );
    let check = world.run(&["checkpoint", "check"]).exits(0);
    check.says("the next import finishes this first");
}
