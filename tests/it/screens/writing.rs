//! Screens of commands that write: to Close, to the tables, or to a report.

use std::fs;

use super::phones::world;
use super::{assert_screen, run};
use crate::kit::World;
use crate::kit::world::IMPORT;

/// The migration, imported.
pub(super) fn imported() -> World {
    let world = world(false);
    world.run(IMPORT).exits(0);
    world
}

/// The imported migration, of which a person removed a message in Close.
fn with_one_removed() -> World {
    let world = imported();
    let gone = world.server.state.messages()[0].id.clone();
    let path = format!("/activity/whatsapp_message/{gone}/");
    let status = world.server.call("DELETE", &path, &serde_json::Value::Null);
    assert_eq!(status, 200);
    world
}

/// The imported migration, in which nothing waits: no chat is held, and none was in Close before.
fn complete() -> World {
    let world = world(false);
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let rows = table.lines().map(|line| match line {
        line if line.starts_with("jonas,Nina Vogt") || line.starts_with("emily,+44") => {
            format!("{}no", line)
        }
        line => line.to_owned(),
    });
    let table: Vec<String> = rows.collect();
    world.write("contacts.csv", &(table.join("\n") + "\n"));
    world.run(IMPORT).exits(0);
    world
}

#[test]
fn import_ends_with_what_it_did_and_the_next_command() {
    let import = ["import", "--yes", "--device", "bruna"];
    assert_screen("import", &import, 0, &|| world(false));
}

#[test]
fn pilot_is_a_table_below_the_address_of_each_lead() {
    let pilot = ["import", "--yes", "--pilot", "--device", "bruna"];
    assert_screen("pilot", &pilot, 0, &|| world(false));
}

#[test]
fn import_with_nothing_to_do_has_a_line_for_each_kind_that_waits() {
    assert_screen("import_held", &["import", "--yes"], 0, &imported);
    // Destination, what waits with its reason, result, next step.
    let plan = run(&imported(), &["plan"], "400", false).exits(0);
    assert_eq!(plan.stdout.lines().count(), 4, "{}", plan.stdout);
}

/// Twelve held chats took ten lines. They are of two kinds: without all values in their rows, and of a colleague's name.
#[test]
fn held_chats_of_a_plan_with_nothing_to_do_are_a_line_for_each_kind() {
    let world = imported();
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let rows = table.lines().filter(|line| {
        let is_owner = line.contains(",me,");
        is_owner || line.starts_with("device,") || line.starts_with("emily,Theo Marsh")
    });
    let rows: Vec<&str> = rows.collect();
    world.write("contacts.csv", &(rows.join("\n") + "\n"));
    let plan = run(&world, &["plan"], "800", false).exits(0).stdout;
    let held = plan
        .lines()
        .filter(|line| line.starts_with("Held, until you decide: "));
    assert_eq!((held.count(), plan.lines().count()), (2, 5), "{plan}");
}

#[test]
fn plan_with_nothing_to_do_and_nothing_waiting_is_three_lines() {
    assert_screen("plan_nothing", &["plan"], 0, &complete);
    let plan = run(&complete(), &["plan"], "80", false).exits(0);
    assert_eq!(plan.stdout.lines().count(), 3, "{}", plan.stdout);
}

#[test]
fn match_shows_names_in_groups() {
    let world = || {
        let world = world(false);
        let path = world.path().join("contacts.csv");
        let table = fs::read_to_string(&path).expect("a table");
        // Theo Marsh and Ines Kappel are filled in, Nina Vogt is not in Close.
        let table = table
            .replace("lead_theo,cont_theo", ",")
            .replace("lead_ines,cont_ines", ",");
        world.write("contacts.csv", &table);
        world
    };
    assert_screen("match", &["match", "--dry-run"], 0, &world);
}

#[test]
fn verify_ends_with_the_verdict_and_the_next_command() {
    assert_screen("verify", &["verify"], 0, &imported);
}

#[test]
fn verify_of_a_difference_shows_what_to_do() {
    assert_screen("verify_differs", &["verify"], 3, &with_one_removed);
}

#[test]
fn repair_shows_what_it_would_correct() {
    let repair = ["verify", "--repair", "--dry-run"];
    assert_screen("verify_repair", &repair, 3, &with_one_removed);
}

#[test]
fn repair_shows_what_it_corrected() {
    let repair = ["verify", "--repair", "--yes"];
    assert_screen("verify_repaired", &repair, 0, &with_one_removed);
}

/// An undone migration: a repair leaves it as it is, an import posts it again.
#[test]
fn verify_after_an_undo_leads_to_an_import() {
    let world = || {
        let world = imported();
        world.run(&["undo", "--yes"]).exits(0);
        world
    };
    assert_screen("verify_undone", &["verify"], 3, &world);
    let verify = run(&world(), &["verify"], "120", false);
    verify.says("Next: `chatferry import` posts what Close lacks");
}

/// The next step of a trial that corrects nothing is no repair.
#[test]
fn trial_of_a_repair_that_corrects_nothing_does_not_lead_to_itself() {
    let world = imported();
    world.run(&["undo", "--yes"]).exits(0);
    let trial = ["verify", "--repair", "--dry-run"];
    let trial = run(&world, &trial, "120", false).exits(3);
    trial.says("Next: `chatferry import` posts what Close lacks");
}

#[test]
fn runs_are_a_table() {
    assert_screen("runs", &["runs"], 0, &imported);
}

#[test]
fn runs_with_details_break_no_word() {
    let world = || {
        let world = imported();
        world.run(&["undo", "--yes", "--device", "bruna"]).exits(0);
        world
    };
    assert_screen("runs_details", &["runs", "--details"], 0, &world);
}

#[test]
fn undo_shows_what_it_deleted() {
    let undo = ["undo", "--device", "bruna", "--yes"];
    assert_screen("undo_done", &undo, 0, &imported);
}

#[test]
fn forget_shows_its_receipt() {
    let world = || {
        let world = imported();
        world.write("never.txt", "+447700900104\n");
        world
    };
    let forget = ["forget", "--phone", "+447700900104", "--yes"];
    assert_screen("forget_done", &forget, 0, &world);
}

#[test]
fn recover_shows_what_it_recorded() {
    let world = || {
        let world = imported();
        world.forget();
        world
    };
    assert_screen("recover_done", &["recover", "--yes"], 0, &world);
}

#[test]
fn undo_shows_what_it_would_delete() {
    assert_screen(
        "undo",
        &["undo", "--run", "latest", "--dry-run"],
        0,
        &imported,
    );
}

#[test]
fn forget_shows_what_it_would_erase() {
    let forget = ["forget", "--phone", "+447700900104", "--dry-run"];
    // 3: never.txt lacks the person.
    assert_screen("forget", &forget, 3, &imported);
}

#[test]
fn recover_shows_what_is_recorded() {
    let world = || {
        let world = imported();
        world.forget();
        world
    };
    assert_screen("recover", &["recover", "--dry-run"], 0, &world);
}

#[test]
fn checklist_ends_with_the_next_step() {
    let world = || {
        let world = world(false);
        world.write(
            "emily.vcf",
            "BEGIN:VCARD\nVERSION:3.0\nFN:Theo Marsh\nTEL:+447700900103\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:Ines Kappel\nTEL:+4915112345001\nEND:VCARD\n",
        );
        world
    };
    let checklist = [
        "checklist",
        "--device",
        "emily",
        "--address-book",
        "emily.vcf",
    ];
    assert_screen("checklist", &checklist, 0, &world);
}

#[test]
fn init_ends_with_the_next_steps() {
    let world = || {
        let world = world(false);
        for file in ["chatferry.toml", "contacts.csv"] {
            fs::remove_file(world.path().join(file)).expect("removed");
        }
        world
    };
    assert_screen("init", &["init", "exports"], 0, &world);
}

#[test]
fn report_names_its_file_and_the_next_step() {
    assert_screen("report", &["report"], 0, &imported);
}

#[test]
fn wrapped_log_contains_no_part_of_a_name() {
    let world = world(false);
    let import = run(&world, &["import", "--yes", "--details"], "40", true).exits(0);
    for name in [
        "Theo",
        "Marsh",
        "Kappel",
        "陳大文",
        "דנה",
        "כהן",
        "Silva",
        "7700 900",
    ] {
        assert!(!import.stderr.contains(name), "{name}: {}", import.stderr);
    }
    assert!(import.stderr.contains("[chat 1]"), "{}", import.stderr);
}
