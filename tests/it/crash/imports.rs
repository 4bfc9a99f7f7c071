//! Stories of imports, and of `match --create`.

use std::fs;

use super::every_place::{ALLOWED, OF_A_RUN, Story, dies_everywhere, import};
use crate::kit::Side::They;
use crate::kit::{World, scenes};
use crate::recovery::relinks;
use crate::{missing, moves, updates};

#[test]
fn first_import_survives_every_fault_point() {
    dies_everywhere(&Story {
        command: ALLOWED,
        next: ALLOWED,
        zero: &["failed", "undecided"],
        begin: || World::new(vec![scenes::ben(), scenes::dora()]),
        whole: |world, moment| world.assert_whole(moment),
        kinds: OF_A_RUN,
        least: 80,
    });
}

#[test]
fn changing_import_survives_every_fault_point() {
    dies_everywhere(&Story {
        command: ALLOWED,
        next: ALLOWED,
        zero: &["failed", "undecided"],
        begin: || {
            let world = World::new(vec![updates::with_photo(false)]);
            import(&world, "").exits(0);
            let newer = updates::with_photo(true).say("2024-03-13 10:31", They, "new");
            updates::export_again(&world, &newer);
            fs::remove_file(world.path().join("trace")).expect("a trace");
            world
        },
        whole: |world, moment| {
            let newer = updates::with_photo(true).say("2024-03-13 10:31", They, "new");
            let mut rows = newer.rows();
            rows.sort();
            world.assert_rows(&rows, moment);
        },
        kinds: OF_A_RUN,
        least: 25,
    });
}

#[test]
fn move_to_another_lead_survives_every_fault_point() {
    dies_everywhere(&Story {
        command: ALLOWED,
        next: ALLOWED,
        zero: &["failed", "undecided"],
        begin: || {
            let world = moves::world(scenes::dora(), "");
            import(&world, "").exits(0);
            moves::correct_lead(&world);
            fs::remove_file(world.path().join("trace")).expect("a trace");
            world
        },
        whole: |world, moment| world.assert_rows(&moves::on_new_lead(world), moment),
        kinds: OF_A_RUN,
        least: 50,
    });
}

#[test]
fn lead_creation_survives_every_fault_point() {
    dies_everywhere(&Story {
        command: missing::CREATE,
        next: missing::CREATE,
        zero: &["failed", "questions", "not_found"],
        begin: missing::ben_is_missing,
        whole: |world, moment| {
            missing::assert_ben(world, moment);
            let open = "SELECT count(*) FROM operation WHERE open = 1";
            assert_eq!(world.recorded(open), 0, "{moment}: an operation is open");
        },
        kinds: OF_A_RUN,
        least: 20,
    });
}

#[test]
fn relinking_survives_every_fault_point() {
    dies_everywhere(&Story {
        command: ALLOWED,
        next: ALLOWED,
        zero: &["failed", "undecided"],
        begin: relinks::about_to_move,
        whole: |world, moment| {
            assert_eq!(relinks::wrong(world), None, "{moment}");
            let open = "SELECT count(*) FROM operation WHERE open = 1";
            assert_eq!(world.recorded(open), 0, "{moment}: an operation is open");
        },
        kinds: OF_A_RUN,
        least: 40,
    });
}
