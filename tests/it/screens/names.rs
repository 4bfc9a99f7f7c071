//! Names that are wider than their column: shortened, so that one chat stays one line.

use std::fs;

use super::phones::{rename_rita, world};
use super::{columns, run};
use crate::kit::World;

/// Twenty letters of two columns, 60 letters without a blank, many words, and one from right to left.
const NAMES: [&str; 4] = [
    "陳陳陳陳陳大大大大大文文文文文會會會會會",
    "Hotelreservierungsbestaetigungsabteilungsleiterinnenkonferenz",
    "Maria Oliveira of the pilgrim hostel on the north side of the river",
    "דנה כהן מהסניף הצפוני של החברה ליד הנמל הישן של חיפה",
];

/// The migration of 18 archives, or without the large one, in which a chat has this name.
fn named(name: &'static str, is_large: bool) -> World {
    let world = world(is_large);
    rename_rita(&world, name);
    world
}

/// `inspect` of 18 archives was 46 lines with one such name.
#[test]
fn inspect_with_a_long_name_is_one_screen() {
    for name in NAMES {
        let world = named(name, true);
        fs::remove_file(world.path().join("chatferry.toml")).expect("removed");
        let shown = run(&world, &["inspect", "exports"], "80", false)
            .exits(0)
            .stdout;
        assert!(shown.lines().count() <= 30, "{shown}");
        assert_narrow(&shown);
        assert!(shown.contains('…'), "{shown}");
        assert!(!shown.contains(name), "{shown}");
        let details = run(&world, &["inspect", "exports", "--details"], "999", false);
        assert!(details.stdout.contains(name), "{}", details.stdout);
    }
}

#[test]
fn plan_with_a_long_name_is_one_screen() {
    for name in NAMES {
        let world = named(name, true);
        let plan = run(&world, &["plan"], "80", false).exits(0);
        let shown = format!("{}{}", plan.stderr, plan.stdout);
        assert!(shown.lines().count() <= 40, "{shown}");
        assert_narrow(&shown);
        let row = plan.stdout.lines().filter(|line| line.contains("emily: "));
        let rows = row.filter(|line| line.trim_end().ends_with("45")).count();
        assert_eq!(rows, 1, "{shown}");
    }
}

#[track_caller]
fn assert_narrow(shown: &str) {
    for line in shown.lines() {
        assert!(columns(line) <= 80, "{line}\n{shown}");
    }
}

#[test]
fn other_commands_with_a_long_name_fit_the_screen() {
    for name in NAMES {
        let world = named(name, false);
        world.run(crate::kit::world::IMPORT).exits(0);
        for arguments in [
            &["status"][..],
            &["match", "--dry-run"],
            &["undo", "--dry-run", "--device", "emily"],
            &["verify"],
        ] {
            let output = run(&world, arguments, "80", false).exits(0);
            assert_narrow(&format!("{}{}", output.stderr, output.stdout));
        }
    }
}
