//! Archives are gone: what no archive has is recorded from Close's list, and found again when its archive is back.

use std::fs;
use std::path::PathBuf;

use super::{assert_all_recorded, assert_idle, assert_plans, lost, recover, word};
use crate::kit::{World, archive, scenes};

/// Takes the archive of this chat away.
fn take_away(world: &World, name: &str) -> (PathBuf, Vec<u8>) {
    let entries = fs::read_dir(world.exports()).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let path = (paths.into_iter())
        .find(|path| path.display().to_string().contains(name))
        .expect("an archive");
    let bytes = fs::read(&path).expect("bytes");
    fs::remove_file(&path).expect("removed");
    (path, bytes)
}

#[test]
fn messages_of_missing_archives_are_recorded_from_the_list() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let activities = world.server.state.messages().len();
    let of_cleo = scenes::cleo().rows().len() as u64;
    world.forget();
    let (path, bytes) = take_away(&world, "Cleo");
    let output = recover(&world, &[]).exits(3);
    assert_eq!(word(&output, "ending"), "swapped");
    assert_eq!(lost(&output, "from_list"), of_cleo);
    assert_all_recorded(&world, activities);
    assert_plans(&world, 0);
    assert_idle(&world);
    fs::write(path, bytes).expect("put back");
    assert_idle(&world);
    world.assert_whole("after the archive is back");
}

#[test]
fn older_half_of_a_chat_is_found_again_when_its_archive_is_back() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 8)]);
    world.import().exits(0);
    world.forget();
    let mut newer = scenes::plain("Ben Cooper", 1, 8);
    newer.lines.drain(..4);
    archive::put_zip(&newer, &world.exports());
    let output = recover(&world, &[]).exits(3);
    assert_eq!(lost(&output, "from_list"), 4);
    assert_all_recorded(&world, 8);
    assert_plans(&world, 0);
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 8), &world.exports());
    assert_idle(&world);
    assert_eq!(world.server.state.messages().len(), 8);
}

#[test]
fn without_any_archive_the_list_alone_is_recorded() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.import().exits(0);
    world.forget();
    let (path, bytes) = take_away(&world, "Ben");
    let output = recover(&world, &[]).exits(3);
    assert_eq!(lost(&output, "from_list"), 5);
    assert_all_recorded(&world, 5);
    fs::write(path, bytes).expect("put back");
    assert_plans(&world, 0);
    assert_idle(&world);
}

/// The checkpoint of an earlier moment knows the messages whose archive is gone.
#[test]
fn records_of_missing_archives_are_taken_over() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    let mut more = scenes::ben();
    more = more.chatter("2024-09-01 09:00", 2, "later");
    archive::put_zip(&more, &world.exports());
    world.import().exits(0);
    let activities = world.server.state.messages().len();
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    take_away(&world, "Cleo");
    let output = recover(&world, &[]).exits(0);
    assert_eq!(lost(&output, "from_list"), 0);
    assert_all_recorded(&world, activities);
    let of_first_run = "SELECT count(*) FROM message WHERE created_run = 1";
    let expected = activities as i64 - 2;
    assert_eq!(world.recorded(of_first_run), expected);
    assert_plans(&world, 0);
}

/// Two owners and other members wrote in a group on a lead of its own; nobody but the owners shows no name there.
#[test]
fn group_is_found_again_when_its_archives_are_back() {
    let world = samples();
    world.import().exits(0);
    let activities = world.server.state.messages().len();
    world.forget();
    let mut away = Vec::new();
    for owner in ["anna", "ben"] {
        for entry in fs::read_dir(world.path().join(owner)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.display().to_string().contains("Harbour Walks") {
                away.push((path.clone(), fs::read(&path).expect("bytes")));
                fs::remove_file(&path).expect("removed");
            }
        }
    }
    assert_eq!(away.len(), 2);
    let output = recover(&world, &[]).exits(3);
    assert!(lost(&output, "from_list") > 0, "{}", output.stderr);
    assert_all_recorded(&world, activities);
    let groups = "SELECT count(*) FROM chat WHERE id NOT IN (SELECT chat FROM chat_pair)";
    assert_eq!(world.recorded(groups), 1);
    assert_plans(&world, 0);
    for (path, bytes) in away {
        fs::write(path, bytes).expect("put back");
    }
    assert_plans(&world, 0);
    assert_idle(&world);
    assert_eq!(world.server.state.messages().len(), activities);
}

/// The samples: two phones, groups, names with marks.
fn samples() -> World {
    let folder = crate::kit::folder();
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    crate::samples::copy(&samples, folder.path());
    let contacts = fs::read_to_string(folder.path().join("contacts.csv")).expect("contacts");
    let seed = chatferry::sandbox::Seed::from_contacts_csv(&contacts).expect("a seed");
    World::of_folder(folder, seed)
}

#[test]
fn samples_are_recovered() {
    let world = samples();
    world.import().exits(0);
    let activities = world.server.state.messages().len();
    world.forget();
    recover(&world, &[]).exits(0);
    assert_all_recorded(&world, activities);
    assert_plans(&world, 0);
    assert_idle(&world);
}
