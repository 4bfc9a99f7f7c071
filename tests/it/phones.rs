//! Archives in the folder of another phone: what `init`, `inspect` and `doctor` report first.

use std::fs;
use std::path::Path;

use chatferry::sandbox::Seed;

use crate::kit::{World, folder};
use crate::samples::copy;

/// The samples in a world of their own.
fn samples() -> World {
    let dir = folder();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    copy(&own, dir.path());
    let contacts = fs::read_to_string(own.join("contacts.csv")).expect("a table");
    World::of_folder(dir, Seed::from_contacts_csv(&contacts).expect("a seed"))
}

/// The samples with one of Ben's archives in Anna's folder, and a row for it.
fn samples_with_a_moved_archive() -> World {
    let world = samples();
    let name = "WhatsApp Chat - Rita Sol.zip";
    let zip = |folder: &str| world.path().join(folder).join(name);
    fs::copy(zip("ben"), zip("anna")).expect("copied");
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let row = table.lines().find(|line| line.starts_with("ben,Rita Sol"));
    let row = row.expect("a row").replacen("ben", "anna", 1);
    world.write("contacts.csv", &format!("{table}{row}\n"));
    world
}

/// What the plan, too, prints of that archive.
const MOVED: &str =
    "written by Ben Ortiz, the owner of ben, not of anna: move the file to the archives of ben";

#[test]
fn doctor_reports_an_archive_of_another_phone_first() {
    let world = samples_with_a_moved_archive();
    let doctor = world.run(&["doctor"]).exits(3);
    let first = doctor.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(&format!("BAD  phones        anna: Rita Sol: {MOVED}")),
        "{}",
        doctor.stdout
    );
    world.run(&["plan", "--offline"]).exits(0).says(MOVED);
    assert_eq!(world.server.writes(), 0);
}

#[test]
fn doctor_of_correct_folders_reports_no_phone() {
    let doctor = samples().run(&["doctor"]);
    assert!(!doctor.stdout.contains("phones"), "{}", doctor.stdout);
}

#[test]
fn inspect_reports_an_archive_of_another_phone_first() {
    let world = samples_with_a_moved_archive();
    let inspect = world.run(&["inspect", "."]).exits(0);
    let first = inspect.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(&format!("LOOK  anna: Rita Sol: {MOVED}")),
        "{}",
        inspect.stdout
    );
    let json = world.run(&["inspect", ".", "--json"]).exits(0).stdout;
    let view: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(view["phones"][0]["code"], "not_of_this_device");
}

#[test]
fn inspect_of_one_folder_names_the_writer_who_is_not_its_owner() {
    let world = samples_with_a_moved_archive();
    let inspect = world.run(&["inspect", "anna"]).exits(0);
    let first = inspect.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("LOOK  Ben Ortiz writes in 1 archive of anna and is not its owner: "),
        "{}",
        inspect.stdout
    );
}

#[test]
fn inspect_of_correct_folders_reports_no_phone() {
    let inspect = samples().run(&["inspect", "."]).exits(0);
    assert!(
        inspect.stdout.starts_with("Theo, first try"),
        "{}",
        inspect.stdout
    );
}

#[test]
fn inspect_never_merges_chats_of_two_phones() {
    let inspect = samples().run(&["inspect", "."]).exits(0);
    assert!(
        !inspect.stdout.contains("3 archives of this chat"),
        "{}",
        inspect.stdout
    );
    // Anna's two archives of one chat.
    inspect.says(
        "  chat          Theo Marsh\n  folder        anna\n                2 archives of this chat",
    );
    inspect.says("  chat          Theo Marsh\n  folder        ben\n  kind");
}
