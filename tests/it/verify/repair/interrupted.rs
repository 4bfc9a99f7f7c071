//! A repair that is killed, denied or cut off at any request, and run again.

use chatferry::sandbox::Fault;
use serde_json::json;

use super::super::{change, copy, delete, imported};
use super::{assert_clean, repair, verify};
use crate::kit::{When, World, scenes};

const REPAIR: [&str; 6] = [
    "verify",
    "--repair",
    "--yes",
    "--json",
    "--allow-deletes",
    "1",
];

/// A migration with one finding of each kind that is repaired by a request.
fn damaged() -> World {
    let world = imported(scenes::rich());
    copy(&world, "Thanks");
    delete(&world, "Any is fine.");
    delete(&world, "Nice");
    change(&world, "ok", &json!({"direction": "outgoing"}));
    change(&world, "Agreed", &json!({"response_to_id": null}));
    world
}

/// Whether a request writes a message.
fn is_write(method: &str, path: &str) -> bool {
    method != "GET" && path.contains("/activity/whatsapp_message/")
}

/// A repair that meets `fault` at its write number `at`, and at all later ones.
fn broken(world: &World, at: usize, moment: Moment) -> Option<i32> {
    let before = std::sync::atomic::AtomicUsize::new(0);
    let output = world.run_under(&REPAIR, move |seen, when, running| {
        let is_moment = match moment {
            Moment::KillBefore | Moment::Deny | Moment::CutOff => when == When::Received,
            Moment::KillAfter => matches!(when, When::Processed(_)),
        };
        if !is_write(&seen.method, &seen.path) || !is_moment {
            return Fault::None;
        }
        let number = before.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if number < at {
            return Fault::None;
        }
        match moment {
            Moment::KillBefore | Moment::KillAfter => {
                running.signal("KILL");
                Fault::Drop
            }
            Moment::Deny => Fault::Status(403, "{\"error\": \"Forbidden\"}".to_owned()),
            Moment::CutOff => Fault::Drop,
        }
    });
    output.code
}

#[derive(Clone, Copy, PartialEq)]
enum Moment {
    KillBefore,
    KillAfter,
    Deny,
    CutOff,
}

#[track_caller]
fn assert_finishes(world: &World, when: &str) {
    repair(world, &["--allow-deletes", "1"]).exits(0);
    world.assert_whole(when);
    assert_clean(world);
}

#[test]
fn killed_before_any_write_is_finished_by_the_next_repair() {
    for at in 0..6 {
        let world = damaged();
        assert_eq!(broken(&world, at, Moment::KillBefore), None, "{at}");
        assert_finishes(&world, &format!("killed before write {at}"));
    }
}

#[test]
fn killed_after_any_write_is_finished_by_the_next_repair() {
    for at in 0..6 {
        let world = damaged();
        assert_eq!(broken(&world, at, Moment::KillAfter), None, "{at}");
        assert_finishes(&world, &format!("killed after write {at}"));
    }
}

/// An import finishes what the repair began; the rest is found by the next comparison.
#[test]
fn killed_repair_and_import_leave_no_duplicate() {
    for at in [2, 3] {
        let world = damaged();
        broken(&world, at, Moment::KillAfter);
        world
            .run(&["import", "--yes", "--gone", "restore"])
            .exits(0);
        assert_finishes(&world, &format!("killed after write {at}, imported"));
    }
}

#[test]
fn denied_midway_ends_with_status_5_and_continues_later() {
    let world = damaged();
    assert_eq!(broken(&world, 2, Moment::Deny), Some(5));
    verify(&world, &[]).exits(3);
    assert_finishes(&world, "denied");
}

#[test]
fn outage_midway_ends_with_status_4_and_continues_later() {
    let world = damaged();
    assert_eq!(broken(&world, 2, Moment::CutOff), Some(4));
    assert_finishes(&world, "cut off");
}

/// Lists lack what was posted a moment ago.
#[test]
fn late_lists_are_waited_for() {
    let mut built = crate::kit::Built::new(scenes::rich());
    built.limits =
        "settle_seconds = 5.0\nrequests_per_second = 1000.0\noutage_seconds = 0.0\n".to_owned();
    built.options = Box::new(|options| options.list_lag = std::time::Duration::from_secs(1));
    let world = built.world();
    world.import().exits(0);
    verify(&world, &[]).exits(0);
    delete(&world, "Nice");
    repair(&world, &[]).exits(0);
    world.assert_whole("repaired");
}
