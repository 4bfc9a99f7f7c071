//! `--from verify.csv`.

use serde_json::json;

use super::super::{change, delete, imported, plain, stored, table};
use super::{assert_counts, assert_planned, repair, summary, verify};
use crate::kit::{Output, World, scenes};

fn from(world: &World, text: &str) -> Output {
    world.write("rows.csv", text);
    repair(world, &["--from", "rows.csv"])
}

#[test]
fn rows_of_the_table_are_repaired_and_no_others() {
    let world = imported(scenes::rich());
    let gone = delete(&world, "Monday");
    change(&world, "Thanks", &json!({"direction": "outgoing"}));
    table(&world, &["--show-content"]).0.exits(3);
    let text = std::fs::read_to_string(world.path().join("verify.csv")).expect("a table");
    let kept: Vec<&str> = (text.lines())
        .filter(|line| line.starts_with("finding") || line.contains(&gone.external_id))
        .collect();
    let since = world.server.state.requests().len();
    let output = from(&world, &format!("{}\n", kept.join("\n"))).exits(0);
    assert_planned(&output, &[("post", 1)]);
    let requests = world.server.state.requests();
    let is_other =
        |line: &&chatferry::sandbox::RequestLine| format!("{line:?}").contains("lead_id=lead_03");
    assert_eq!(requests[since..].iter().filter(is_other).count(), 0);
    assert_counts(
        &verify(&world, &[]).exits(3),
        &[("drifted", 1), ("same", 13)],
    );
}

#[test]
fn unknown_columns_and_spreadsheet_forms_are_accepted() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    let text = format!(
        "\u{feff}note;lead_id;external_id;finding;field\r\nplease;lead_01;{};missing;\r\n",
        message.external_id
    );
    let output = from(&world, &text).exits(0);
    assert_planned(&output, &[("post", 1)]);
}

#[test]
fn finding_that_is_over_is_named() {
    let world = imported(vec![plain()]);
    let message = stored(&world, "word1 number 2");
    let text = format!(
        "finding,external_id,lead_id,field\nmissing,{},lead_01,\n",
        message.external_id
    );
    let writes = world.server.writes();
    let output = from(&world, &text).exits(0);
    output.says("rows.csv:2: `missing` no longer holds");
    assert_eq!(summary(&output)["skipped"], 1);
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn mistakes_are_named_with_their_line() {
    let world = imported(vec![plain()]);
    let id = stored(&world, "word1 number 2").external_id;
    let head = "finding,external_id,lead_id,field";
    for (text, place) in [
        (
            "external_id,lead_id,field\n".to_owned(),
            "rows.csv:1: has no column `finding`",
        ),
        (
            format!("{head}\nlost,{id},lead_01,\n"),
            "rows.csv:2: `lost` is no finding",
        ),
        (
            format!("{head}\nforeign,{id},lead_01,\n"),
            "rows.csv:2: `foreign` is no finding",
        ),
        (
            format!("{head}\nmissing,,lead_01,\n"),
            "rows.csv:2: has no external_id",
        ),
        (
            format!("{head}\ndrifted,{id},lead_01,colour\n"),
            "rows.csv:2: `colour` is no field",
        ),
        (
            format!("{head}\nmissing,{id},lead_01,\nmissing,cf1-other,lead_01,\n"),
            "rows.csv:3: no message of this migration",
        ),
        (
            format!("{head}\nmissing,{id},lead_nope,\n"),
            "rows.csv:2: no message of this migration",
        ),
    ] {
        let output = from(&world, &text).exits(2);
        output.says(place);
    }
    repair(&world, &["--from", "absent.csv"])
        .exits(2)
        .says("absent.csv");
}

#[test]
fn rows_of_chats_that_are_not_selected_are_named() {
    let world = imported(scenes::rich());
    delete(&world, "Monday");
    delete(&world, "Thanks");
    table(&world, &["--show-content"]).0.exits(3);
    let flags = ["--from", "verify.csv", "--chat", "Ben Cooper"];
    let output = repair(&world, &flags).exits(0);
    assert_planned(&output, &[("post", 1)]);
    output.says("is not in the selection of this command");
    assert!(
        !output.stderr.contains("no longer holds"),
        "{}",
        output.stderr
    );
}

#[test]
fn declared_delimiter_is_accepted() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    let text = format!(
        "sep=;\nfinding;external_id;lead_id;field\nmissing;{};lead_01;\n",
        message.external_id
    );
    let output = from(&world, &text).exits(0);
    assert_planned(&output, &[("post", 1)]);
}

#[test]
fn flags_of_a_repair_need_it() {
    let world = imported(vec![plain()]);
    for flags in [
        ["verify", "--from", "verify.csv"],
        ["verify", "--allow-deletes", "1"],
        ["verify", "--gone", "restore"],
    ] {
        world.run(&flags).exits(2);
    }
    // There is no terminal.
    world.run(&["verify", "--repair"]).exits(2).says("--yes");
}
