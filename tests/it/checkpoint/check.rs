//! `checkpoint check`: one violation of each invariant is exactly that finding, and nothing is changed.

use std::fs;

use serde_json::Value;

use super::{bytes, database, imported, json};
use crate::kit::World;

/// The invariants that are violated after `damage`, which another program does to the file.
#[track_caller]
fn violated(damage: &str) -> Vec<String> {
    let world = imported();
    let file = database(&world);
    file.execute_batch(damage).expect("damaged");
    drop(file);
    findings(&world)
        .iter()
        .map(|finding| finding["invariant"].as_str().expect("a word").to_owned())
        .collect()
}

/// The findings, each with a next command; the file stays as it is.
#[track_caller]
fn findings(world: &World) -> Vec<Value> {
    let before = bytes(world);
    let output = world.run(&["checkpoint", "check", "--json"]);
    assert!(bytes(world) == before, "the check changed the file");
    let value = json(&output);
    let findings = value["findings"].as_array().expect("findings").clone();
    let code = match findings.is_empty() {
        true => 0,
        false => 3,
    };
    assert_eq!(output.code, Some(code), "{}", output.stderr);
    assert_eq!(value["sound"], findings.is_empty());
    for finding in &findings {
        let next = finding["next"].as_str().expect("a text");
        assert!(next.contains("`chatferry "), "{next}");
        assert!(finding["rows"].as_u64().is_some_and(|rows| rows > 0));
    }
    findings
}

#[test]
fn checkpoint_after_an_import_is_sound() {
    let world = imported();
    assert!(findings(&world).is_empty());
    let output = world.run(&["checkpoint", "check"]).exits(0);
    output.says("is sound: 13 invariants hold.");
}

#[test]
fn state_that_contradicts_the_row_is_found() {
    for damage in [
        "UPDATE message SET state = 4 WHERE id = 3",
        "UPDATE message SET activity_id = NULL WHERE id = 3",
        "UPDATE message SET origin = 9 WHERE id = 3",
    ] {
        assert_eq!(violated(damage), ["states"], "{damage}");
    }
}

#[test]
fn changed_schema_is_found() {
    for damage in [
        "DROP INDEX message_chat",
        "CREATE TABLE notes (text TEXT)",
        "ALTER TABLE chat ADD COLUMN note TEXT",
    ] {
        assert_eq!(violated(damage), ["schema"], "{damage}");
    }
}

#[test]
fn absent_row_that_another_refers_to_is_found() {
    assert_eq!(
        violated(
            "DELETE FROM chat_digest; DELETE FROM chat_pair; UPDATE message SET chat = 999 WHERE chat = 1"
        ),
        ["references"]
    );
}

#[test]
fn refusal_of_a_message_that_is_not_in_close_is_found() {
    let damage =
        "UPDATE message SET state = 5, activity_id = NULL, refused = 'close_400' WHERE id = 3";
    assert_eq!(violated(damage), ["states"]);
}

#[test]
fn activity_that_is_recorded_twice_is_found() {
    let damage = "UPDATE message SET activity_id = (SELECT activity_id FROM message WHERE id = 3) WHERE id = 4";
    assert_eq!(violated(damage), ["activities"]);
}

/// As an import left it whose move to another lead was interrupted before the message was deleted on its former lead.
#[test]
fn message_on_two_leads_is_found() {
    let damage = "INSERT INTO lead (lead_id) VALUES ('lead_other'); \
        INSERT INTO message (external_id, lead, chat, state, origin, activity_id, activity_at, \
        body_hash, media_count, media_bytes, linked, attempts, identity, run, side) \
        SELECT external_id, (SELECT max(id) FROM lead), chat, state, origin, 'acti_other', \
        activity_at, body_hash, media_count, media_bytes, linked, attempts, identity, run, side \
        FROM message WHERE state = 3 AND external_id GLOB 'cf1-*' LIMIT 1";
    assert_eq!(violated(damage), ["messages"]);
}

#[test]
fn alternate_id_without_text_is_found() {
    let damage = "INSERT INTO alias (native_id, message) VALUES ('', 3)";
    assert_eq!(violated(damage), ["aliases"]);
}

#[test]
fn malformed_id_is_found() {
    let damage = "UPDATE message SET external_id = 'cf1-short' WHERE id = 3";
    assert_eq!(violated(damage), ["ids"]);
}

#[test]
fn more_files_than_the_message_has_are_found() {
    let damage = "INSERT INTO message_file (message, ordinal, file_hash, size) \
                  SELECT id, media_count + 3, body_hash, 1 FROM message WHERE id = 3";
    assert_eq!(violated(damage), ["files"]);
}

#[test]
fn leads_that_were_merged_in_a_circle_are_found() {
    let damage = "UPDATE lead SET merged_into = 2 WHERE id = 1; UPDATE lead SET merged_into = 1 WHERE id = 2";
    assert_eq!(violated(damage), ["leads"]);
}

#[test]
fn unknown_outcome_of_a_run_is_found() {
    assert_eq!(violated("UPDATE run SET outcome = 'perfect'"), ["runs"]);
}

#[test]
fn two_violations_are_two_findings() {
    let damage = "UPDATE run SET outcome = 'perfect'; \
                  UPDATE message SET activity_id = (SELECT activity_id FROM message WHERE id = 3) WHERE id = 4";
    assert_eq!(violated(damage), ["activities", "runs"]);
}

/// A page of the disk is lost.
#[test]
fn damaged_page_is_a_finding() {
    let world = imported();
    let path = world.path().join("chatferry.db");
    let mut file = fs::read(&path).expect("a checkpoint");
    let pages = file.len() / 4096;
    for page in pages / 2..pages {
        file[page * 4096..page * 4096 + 64].fill(0xFF);
    }
    fs::write(&path, file).expect("written");
    let findings = findings(&world);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["invariant"], "integrity");
    let next = findings[0]["next"].as_str().expect("a text");
    assert!(
        next.contains("backup") && next.contains("chatferry recover"),
        "{next}"
    );
}

#[test]
fn next_command_selects_the_same_migration() {
    let world = imported();
    fs::copy(
        world.path().join("chatferry.toml"),
        world.path().join("other.toml"),
    )
    .expect("copied");
    database(&world)
        .execute_batch("UPDATE run SET outcome = 'perfect'")
        .expect("damaged");
    let output = world
        .run(&["checkpoint", "check", "--config", "other.toml"])
        .exits(3);
    output.says("`chatferry import --config other.toml`");
    output.says("is not sound: 1 finding. Nothing was changed.");
}
