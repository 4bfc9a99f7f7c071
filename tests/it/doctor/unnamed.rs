//! Archives of no device, next to archives that a device names one by one.

use std::fs;

use crate::kit::{World, archive, scenes};

/// A world whose configuration names one of two archives.
fn world() -> World {
    let world = World::new(vec![scenes::ben()]);
    archive::put_zip(&scenes::cleo(), &world.exports());
    let path = world.path().join("chatferry.toml");
    let config = fs::read_to_string(&path).expect("a file");
    let named = "archives = [\"exports/WhatsApp Chat with Ben Cooper.zip\"]";
    world.write(
        "chatferry.toml",
        &config.replace("archives = [\"exports\"]", named),
    );
    world
}

const NAMED: &str = "exports/WhatsApp Chat - Cleo Marsh.zip is of no device and not imported";

#[test]
fn doctor_names_an_archive_of_no_device() {
    let doctor = world().run(&["doctor"]).exits(0);
    let line = format!("look archives      {NAMED}");
    assert!(doctor.stdout.contains(&line), "{}", doctor.stdout);
}

#[test]
fn plan_names_an_archive_of_no_device() {
    for arguments in [&["plan"][..], &["plan", "--offline"]] {
        let plan = world().run(arguments).exits(0);
        assert!(plan.stderr.contains(NAMED), "{}", plan.stderr);
    }
}

/// Its output is kept: the archive is named without the chat.
#[test]
fn import_reports_an_archive_of_no_device() {
    let import = world().import().exits(0);
    import.says("of no device and not imported");
    assert!(!import.stderr.contains("Cleo"), "{}", import.stderr);
    let shown = world().run(&["import", "--yes", "--json", "--show-content"]);
    shown.exits(0).says(NAMED);
}

#[test]
fn status_counts_archives_of_no_device() {
    let world = world();
    let status = || world.run(&["status"]).exits(0);
    status().says("Archives              1 archive of no device; `chatferry plan` names them");
    let json = world.run(&["status", "--json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["unnamed"], 1);
    // Nor is nothing left once the rest is in Close.
    world.import().exits(0);
    status().says("Next: 1 archive of no device: `chatferry plan` names them");
}

#[test]
fn archive_of_a_named_folder_is_of_its_device() {
    let world = World::new(vec![scenes::ben(), scenes::cleo()]);
    for command in ["doctor", "plan", "status"] {
        let output = world.run(&[command]).exits(0);
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains("of no device"), "{all}");
    }
}

#[test]
fn archive_of_a_private_chat_of_no_device_is_not_named() {
    let world = world();
    world.write("never.txt", "Cleo Marsh\n");
    let doctor = world.run(&["doctor"]).exits(0);
    doctor.says("1 archive is of no device");
    for output in [
        doctor,
        world.run(&["plan"]).exits(0),
        world.run(&["status"]),
    ] {
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains("Cleo"), "{all}");
    }
}
