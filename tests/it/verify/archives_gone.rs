//! Without archives, Close is compared with the checkpoint's hashes.

use std::fs;

use serde_json::json;

use super::{assert_counts, change, delete, plain, table, verify};
use crate::kit::{World, scenes};

/// An imported migration whose archives are gone.
fn gone(chats: Vec<crate::kit::Chat>) -> World {
    let world = super::imported(chats);
    fs::remove_dir_all(world.exports()).expect("removed");
    world
}

#[test]
fn records_are_compared_without_archives() {
    let world = gone(scenes::rich());
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 14)]);
    output.says("compared with the checkpoint alone");
    assert!(!output.stderr.contains("contacts.csv"), "{}", output.stderr);
    assert_counts(
        &verify(&world, &["--lead", "lead_02"]).exits(0),
        &[("same", 4)],
    );
    verify(&world, &["--lead", "lead_99"]).exits(2);
}

#[test]
fn each_field_drifts_without_archives() {
    for (patch, field) in [
        (json!({"message_markdown": "another text"}), "text"),
        (json!({"activity_at": "2024-02-14T11:00:00.000Z"}), "time"),
        (json!({"direction": "outgoing"}), "direction"),
        (json!({"local_phone": "+4915112345679"}), "people"),
        (json!({"remote_phone": "+353861234599"}), "people"),
    ] {
        let world = gone(vec![plain()]);
        let message = change(&world, "word1 number 2", &patch);
        let (output, rows) = table(&world, &[]);
        assert_counts(&output.exits(3), &[("drifted", 1), ("same", 5)]);
        assert_eq!(rows[0]["field"], field);
        assert_eq!(rows[0]["external_id"], message.external_id);
        assert_eq!(rows[0]["archive"], "");
    }
}

#[test]
fn links_and_files_are_compared_without_archives() {
    let world = gone(vec![scenes::ben()]);
    change(&world, "Monday", &json!({"response_to_id": null}));
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("drifted", 1), ("same", 5)]);
    assert_eq!(rows[0]["field"], "link");
    let world = gone(vec![scenes::dora()]);
    change(&world, "[image]", &json!({"attachments": []}));
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("drifted", 1), ("same", 3)]);
    assert_eq!(rows[0]["field"], "file_names");
}

#[test]
fn missing_message_needs_its_archive_back() {
    let world = gone(vec![plain()]);
    delete(&world, "word1 number 2");
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("missing", 1), ("same", 5)]);
    assert!(
        rows[0]["next"].starts_with("put its archive back"),
        "{rows:?}"
    );
}

#[test]
fn nothing_to_compare_with_is_a_usage_error() {
    let world = World::new(vec![plain()]);
    fs::remove_dir_all(world.exports()).expect("removed");
    verify(&world, &[])
        .exits(2)
        .says("no file matches archives");
}
