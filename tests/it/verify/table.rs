//! verify.csv: its columns, and what it never contains.

use std::fs;

use super::{delete, imported, imported_by_proxy, verify};
use crate::kit::{World, scenes};

const HEADER: &str = "finding,severity,device,chat,archive,line,external_id,lead_id,activity_id,field,changed_by,changed_at,next";

fn written(world: &World, flags: &[&str]) -> String {
    let flags: Vec<&str> = [flags, &["--out", "verify.csv"]].concat();
    verify(world, &flags);
    fs::read_to_string(world.path().join("verify.csv")).expect("verify.csv")
}

#[test]
fn table_without_findings_has_its_header() {
    let world = imported(vec![scenes::ben()]);
    assert_eq!(written(&world, &[]), format!("{HEADER}\n"));
}

#[test]
fn table_has_no_names_unless_requested() {
    let world = imported(vec![scenes::ben()]);
    delete(&world, "Monday");
    let redacted = written(&world, &[]);
    assert!(redacted.starts_with(HEADER), "{redacted}");
    assert!(!redacted.contains("Cooper"), "{redacted}");
    assert!(redacted.contains("[chat 1]"), "{redacted}");
    let shown = written(&world, &["--show-content"]);
    assert!(
        shown.contains("WhatsApp Chat with Ben Cooper.zip"),
        "{shown}"
    );
    assert!(!shown.contains("Monday"), "{shown}");
}

#[test]
fn private_chat_is_named_nowhere() {
    let world = imported(vec![scenes::ben(), scenes::cleo()]);
    delete(&world, "Nice");
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(path).expect("a file");
    world.write(
        "contacts.csv",
        &table.replace("cont_02,,\n", "cont_02,,private\n"),
    );
    let output = verify(&world, &["--show-content", "--out", "verify.csv"]).exits(0);
    let table = fs::read_to_string(world.path().join("verify.csv")).expect("verify.csv");
    assert!(table.contains("removed,note,,,,0,"), "{table}");
    for text in [&table, &output.stdout, &output.stderr] {
        assert!(!text.contains("Cleo"), "{text}");
    }
}

#[test]
fn table_never_replaces_a_file_of_the_migration() {
    let world = imported(vec![scenes::ben()]);
    verify(&world, &["--out", "contacts.csv"]).exits(2);
}

/// An id that Close answered is no formula.
#[test]
fn cells_with_ids_are_never_formulas() {
    let world = imported_by_proxy(vec![scenes::ben()]);
    world.forget();
    world.proxy().change(|asked, close| {
        let is_list = asked.is_list();
        let mut answer = close(asked);
        if is_list && let Some(rows) = answer.body["data"].as_array_mut() {
            let place = rows
                .iter()
                .position(|row| row.to_string().contains("Monday"));
            let place = place.expect("the message");
            let mut second = rows[place].clone();
            second["id"] = "=HYPERLINK(2)".into();
            rows[place]["id"] = "=HYPERLINK(1)".into();
            rows.push(second);
        }
        answer
    });
    let table = written(&world, &[]);
    assert!(table.contains(",'=HYPERLINK("), "{table}");
    assert!(!table.contains(",=HYPERLINK("), "{table}");
}

/// Standard output is kept as well when it is piped.
#[test]
fn piped_output_has_no_names_unless_requested() {
    let world = imported(vec![scenes::ben()]);
    delete(&world, "Monday");
    let arguments = ["verify", "--out", "verify.csv"];
    let output = world.run(&arguments).exits(3);
    output.says("WhatsApp Chat with [chat 1].zip:");
    output.says("verify.csv: the table of findings");
    assert!(!output.stdout.contains("Cooper"), "{}", output.stdout);
    let shown = [&arguments, &["--show-content"][..]].concat();
    let output = world.run(&shown).exits(3);
    assert!(output.stdout.contains("WhatsApp Chat with Ben Cooper.zip:"));
}
