//! One scenario for each finding: exactly that one.

use std::fs;

use chatferry::sandbox::Fault;
use serde_json::{Value, json};

use super::{assert_counts, change, copy, delete, imported, plain, stored, table, verdict, verify};
use crate::kit::{Built, Chat, Side, When, World, archive, scenes};

#[test]
fn complete_import_is_verified_without_a_difference() {
    let world = imported(scenes::rich());
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 14)]);
    assert_eq!(
        verdict(&output),
        "All 14 messages of 3 chats are in Close, each once; 0 differences; 4 files not compared: add `--files`."
    );
}

#[test]
fn verdict_counts_messages_of_held_chats() {
    let mut built = Built::new(vec![plain(), scenes::dora()]);
    built.contacts = Some(crate::kit::world::contacts(&[plain()]));
    let world = built.world();
    world.import().exits(0);
    let output = verify(&world, &[]).exits(0);
    let held = output.number("held");
    assert!(held > 1, "{}", output.stderr);
    assert_eq!(
        verdict(&output),
        format!(
            "All 6 messages of 1 chat are in Close, each once; 0 differences; {held} messages of 1 chat are held and not in Close (`chatferry plan`)."
        )
    );
}

#[test]
fn deleted_message_is_missing_with_its_user_and_command() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("missing", 1), ("same", 5)]);
    let row = &rows[0];
    assert_eq!(rows.len(), 1);
    assert_eq!(row["finding"], "missing");
    assert_eq!(row["external_id"], message.external_id);
    assert_eq!(row["activity_id"], message.id);
    assert_eq!(row["line"], "3");
    assert!(row["changed_by"].starts_with("user_sandbox"), "{row:?}");
    assert!(row["changed_at"].ends_with('Z'), "{row:?}");
    let next = "`chatferry verify --repair --lead lead_01`";
    assert_eq!(row["next"], next);
    world
        .run(&["import", "--yes", "--lead", "lead_01", "--gone", "restore"])
        .exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

#[test]
fn message_that_was_not_imported_is_missing_until_the_import() {
    let world = World::new(vec![plain()]);
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("missing", 6)]);
    assert_eq!(rows[0]["next"], "`chatferry import --lead lead_01`");
    assert!(!world.path().join("chatferry.db").exists());
    world.import().exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

#[test]
fn second_activity_with_one_external_id_is_double() {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    let (output, rows) = table(&world, &[]);
    let output = output.exits(3);
    assert_counts(&output, &[("double", 1), ("same", 5)]);
    assert_eq!(output.number("double_copies"), 2);
    assert_eq!(output.number("listed"), 7);
    // The recorded activity stays; the copy is named.
    assert_eq!(rows[0]["activity_id"], message.id);
    let messages = world.server.state.messages();
    let copy = messages
        .iter()
        .find(|one| one.external_id == message.external_id && one.id != message.id)
        .expect("the copy");
    let next = "`chatferry verify --repair --lead lead_01 --allow-deletes 1`";
    assert_eq!(rows[0]["next"], next);
    let path = format!("/activity/whatsapp_message/{}/", copy.id);
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

#[test]
fn double_message_can_have_drifted_too() {
    let world = imported(vec![plain()]);
    copy(&world, "word1 number 2");
    let message = stored(&world, "word1 number 2");
    change(&world, "word1 number 2", &json!({"direction": "outgoing"}));
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("double", 1), ("same", 5)]);
    let findings: Vec<(&str, &str)> = (rows.iter())
        .map(|row| (row["finding"].as_str(), row["field"].as_str()))
        .collect();
    assert_eq!(findings, [("double", ""), ("drifted", "direction")]);
    assert_eq!(rows[1]["external_id"], message.external_id);
    // The heading counted no message, above one.
    let shown = world.run(&["verify"]).exits(3).stdout;
    let heading = shown
        .lines()
        .find(|line| line.trim_start().starts_with("drifted"));
    let heading = heading.unwrap_or_else(|| panic!("no heading in {shown}"));
    assert_eq!(heading.split_whitespace().nth(1), Some("1"), "{heading}");
    assert!(heading.ends_with("1 of them double as well"), "{heading}");
}

/// Every finding of the lead had the flag.
#[test]
fn only_findings_that_need_a_deletion_name_its_flag() {
    let world = imported(vec![plain()]);
    copy(&world, "word1 number 2");
    change(&world, "word1 number 4", &json!({"direction": "outgoing"}));
    let (output, rows) = table(&world, &[]);
    assert_counts(
        &output.exits(3),
        &[("double", 1), ("drifted", 1), ("same", 4)],
    );
    let repair = "chatferry verify --repair --lead lead_01";
    assert_eq!(rows[0]["finding"], "double");
    assert_eq!(rows[0]["next"], format!("`{repair} --allow-deletes 1`"));
    assert_eq!(rows[1]["finding"], "drifted");
    let others = "other findings of this lead need `--allow-deletes 1` with it";
    assert_eq!(rows[1]["next"], format!("`{repair}`; {others}"));
}

/// Two imported chats; the lead of the first one was merged into that of the second one.
pub(super) fn merged(import: &str) -> World {
    let mut built = Built::new(vec![plain(), cleo()]);
    built.import = import.to_owned();
    let world = built.world();
    world.import().exits(0);
    let body = json!({"source": "lead_01", "destination": "lead_02"});
    assert_eq!(world.server.call("POST", "/lead/merge/", &body), 200);
    world
}

fn cleo() -> Chat {
    Chat::android("Cleo Marsh", 2)
        .say("2024-03-10 09:00", Side::They, "Is the order ready?")
        .say("2024-03-10 09:05", Side::Me, "On Friday")
}

#[test]
fn messages_of_a_merged_lead_are_verified_on_the_lead_that_is_left() {
    let world = merged("");
    assert_eq!(world.run(&["plan", "--json"]).number("unchanged"), 8);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 8)]);
}

/// Where the activities are decides then.
#[test]
fn messages_of_a_merged_lead_are_verified_without_the_list_of_merges() {
    let world = merged("");
    let output = world.run_under(&["verify", "--json"], |seen, when, _| {
        match seen.path.contains("/activity/lead_merge/") && when == When::Received {
            true => Fault::Status(404, "{\"error\": \"Not found\"}".to_owned()),
            false => Fault::None,
        }
    });
    assert_counts(&output.exits(0), &[("same", 8)]);
}

/// The survey of a plan with something to post finds the merge before any run has recorded it.
#[test]
fn messages_of_a_merged_lead_with_a_newer_archive_are_verified_once() {
    let world = merged("");
    let newer = plain().say("2024-03-20 08:00", Side::They, "and then?");
    archive::put_zip(&newer, &world.exports());
    let output = verify(&world, &[]).exits(3);
    assert_counts(&output, &[("missing", 1), ("same", 8)]);
    world.import().exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 9)]);
}

#[test]
fn messages_of_a_merged_lead_are_elsewhere_where_the_policy_is_to_hold() {
    let world = merged("on_merged = \"hold\"\n");
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("elsewhere", 6), ("same", 2)]);
    assert!(
        rows.iter().all(|row| row["finding"] == "elsewhere"),
        "{rows:?}"
    );
}

/// Neither contacts.csv nor the checkpoint has the lead that is left.
#[test]
fn message_missing_on_the_lead_that_is_left_has_a_next_step_with_the_lead_of_the_row() {
    let mut built = Built::new(vec![plain()]);
    let mut seed =
        chatferry::sandbox::Seed::from_contacts_csv(&crate::kit::world::contacts(&built.chats))
            .expect("a seed");
    seed.leads.push(chatferry::sandbox::SeedLead {
        id: "lead_77".to_owned(),
        name: "Cooper & Co".to_owned(),
    });
    built.seed = Some(seed);
    let world = built.world();
    world.import().exits(0);
    let body = json!({"source": "lead_01", "destination": "lead_77"});
    assert_eq!(world.server.call("POST", "/lead/merge/", &body), 200);
    super::delete(&world, "word1 number 2");
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("missing", 1), ("same", 5)]);
    assert_eq!(
        rows[0]["next"],
        "`chatferry verify --repair --lead lead_01`"
    );
    let repaired = world.run(&["verify", "--repair", "--yes", "--json", "--lead", "lead_01"]);
    assert_counts(&repaired.exits(0), &[("same", 6)]);
    let messages = world.server.state.messages();
    assert!(messages.iter().all(|message| message.lead_id == "lead_77"));
    assert_eq!(messages.len(), 6);
}

#[test]
fn messages_of_a_corrected_lead_are_elsewhere_until_they_are_moved() {
    let world = moved();
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("elsewhere", 6)]);
    let next = "`chatferry verify --repair --lead lead_02 --allow-deletes 6`";
    assert!(rows.iter().all(|row| row["next"] == next), "{rows:?}");
    world
        .run(&[
            "import",
            "--yes",
            "--lead",
            "lead_02",
            "--allow-deletes",
            "6",
        ])
        .exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

/// An imported chat whose lead in contacts.csv was corrected.
pub(super) fn moved() -> World {
    let mut built = Built::new(vec![plain()]);
    let other = Chat {
        lead: "lead_02".to_owned(),
        ..plain()
    };
    let mut seed = chatferry::sandbox::Seed::from_contacts_csv(&crate::kit::world::contacts(
        std::slice::from_ref(&other),
    ))
    .expect("a seed");
    seed.leads.push(chatferry::sandbox::SeedLead {
        id: "lead_01".to_owned(),
        name: "Wrong".to_owned(),
    });
    seed.contacts.push(chatferry::sandbox::SeedContact {
        id: "cont_91".to_owned(),
        lead_id: "lead_01".to_owned(),
        name: "Wrong".to_owned(),
        phones: Vec::new(),
    });
    built.seed = Some(seed);
    // One request at a time: no other message's request is on its way when a test kills the program.
    built.limits += "concurrency = 1\n";
    let wrong = Chat {
        contact: "cont_91".to_owned(),
        ..plain()
    };
    built.contacts = Some(crate::kit::world::contacts(&[wrong]));
    let world = built.world();
    world.import().exits(0);
    world.write("contacts.csv", &crate::kit::world::contacts(&[other]));
    world
}

/// A move posts on the new lead before it deletes on the old one.
#[test]
fn two_copies_of_an_interrupted_move_are_not_double() {
    let world = moved();
    let stopped = world.run_under(
        &["import", "--yes", "--json", "--allow-deletes", "6"],
        |seen, when, running| {
            if seen.method == "DELETE" && when == crate::kit::When::Received {
                running.signal("KILL");
                return chatferry::sandbox::Fault::Drop;
            }
            chatferry::sandbox::Fault::None
        },
    );
    assert_eq!(stopped.code, None);
    let messages = world.server.state.messages();
    assert!(messages.len() > 6, "no copy is left");
    let output = verify(&world, &[]).exits(3);
    assert_eq!(output.number("double"), 0, "{}", output.stderr);
    assert_eq!(output.number("missing"), 0, "{}", output.stderr);
    assert!(output.number("same") > 0, "{}", output.stderr);
    world
        .run(&["import", "--yes", "--allow-deletes", "6"])
        .exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

#[test]
fn message_that_stays_removed_is_information() {
    let world = imported(vec![plain()]);
    delete(&world, "word1 number 2");
    world
        .run(&["import", "--yes", "--gone", "respect"])
        .exits(0);
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("removed", 1), ("same", 5)]);
    assert_eq!(
        verdict(&output),
        "5 of 6 messages of 1 chat are in Close, each once; 0 differences; 1 removed in Close stay removed."
    );
}

#[test]
fn message_that_a_run_deleted_is_removed_by_us() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    // As a run records a message that it deletes and that may come again.
    let path = world.path().join("chatferry.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    let changed = file.execute(
        "UPDATE message SET state = 5, activity_id = NULL WHERE external_id = ?1",
        [&message.external_id],
    );
    assert_eq!(changed.expect("changed"), 1);
    drop(file);
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("removed_by_us", 1), ("same", 5)]);
    assert_eq!(rows[0]["severity"], "warning");
    assert_eq!(rows[0]["next"], "`chatferry import --lead lead_01`");
    world.import().exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

#[test]
fn activity_of_another_integration_is_foreign() {
    let world = imported(vec![plain()]);
    let body = json!({
        "activity_at": "2024-03-01T10:00:00.000Z", "contact_id": "cont_01", "lead_id": "lead_01",
        "direction": "incoming", "local_phone": "+4915112345678", "remote_phone": "+353861234501",
        "message_markdown": "from the help desk", "external_whatsapp_message_id": "helpdesk-1",
    });
    let status = world
        .server
        .call("POST", "/activity/whatsapp_message/", &body);
    assert!(matches!(status, 200 | 201), "{status}");
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("foreign", 1), ("same", 6)]);
    assert_eq!(output.number("listed"), 7);
}

#[test]
fn newer_export_is_no_drift() {
    let chat = scenes::dora();
    let world = imported(vec![chat.clone()]);
    let longer = chat.say("2024-06-21 09:00", Side::They, "See you");
    archive::put_zip(&longer, &world.exports());
    let output = verify(&world, &[]).exits(3);
    assert_counts(&output, &[("missing", 1), ("same", 4)]);
}

#[test]
fn empty_folder_has_nothing_to_verify() {
    let world = World::new(vec![plain()]);
    fs::write(
        world.path().join("contacts.csv"),
        crate::kit::world::contacts(&[]),
    )
    .expect("written");
    let output = verify(&world, &[]).exits(0);
    assert!(
        verdict(&output).starts_with("Nothing to verify"),
        "{}",
        output.stderr
    );
}
