//! kill -9 at every moment of a run, and again during the run after it: every message once. A plain run of the tests has a part
//! of the moments.

use std::sync::atomic::{AtomicU64, Ordering};

use chatferry::sandbox::Fault;

use crate::kit::setting::some_of;
use crate::kit::{When, World, scenes};

/// Requests that an undisturbed run of [`scenes::rich`] makes.
fn requests() -> u64 {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    world.server.state.requests().len() as u64
}

/// Kills a run when the request `number` (of this run) is at `stage`; before it is carried out
/// nothing of it happens, after it Close has done it and the answer is lost. True if the run was
/// killed, false if it ended before.
fn killed(world: &World, number: u64, after: bool) -> bool {
    let seen_now = AtomicU64::new(0);
    let output = world.import_until(
        move |_, when| match when {
            When::Received => seen_now.fetch_add(1, Ordering::SeqCst) + 1 == number && !after,
            // The n-th answer: as many requests have come in by then, or more.
            When::Processed(_) => {
                after && seen_now.fetch_add(1 << 32, Ordering::SeqCst) >> 32 == number - 1
            }
        },
        move |running| {
            running.kill();
            if after { Fault::None } else { Fault::Drop }
        },
    );
    if output.code.is_some() {
        assert_eq!(output.code, Some(0), "{}", output.stderr);
    }
    output.code.is_none()
}

#[test]
fn killed_at_every_request_before_and_after() {
    let total = requests();
    assert!(total >= 20, "the world is too small: {total} requests");
    let mut kills: u64 = 0;
    let moments = [false, true].into_iter();
    let moments = moments.flat_map(|after| (1..=total).map(move |number| (after, number)));
    for (after, number) in some_of(3, moments) {
        let world = World::new(scenes::rich());
        let moment = format!("request {number}, after: {after}");
        assert!(
            killed(&world, number, after),
            "{moment}: nothing was killed"
        );
        kills += 1;
        let output = world.import().exits(0);
        world.assert_whole(&moment);
        assert_eq!(output.number("failed") + output.number("unknown"), 0);
        // What the killed run's last request made is no duplicate of itself.
        let reported = output.stderr.contains("duplicate");
        assert!(!reported, "{moment}: {}", output.stderr);
        if kills.is_multiple_of(4) {
            let writes = world.server.writes();
            world.import().exits(0);
            assert_eq!(
                world.server.writes(),
                writes,
                "{moment}: a third run writes"
            );
        }
    }
    assert!(kills >= 2 * total / 3, "{kills} moments");
}

#[test]
fn killed_twice_in_a_row() {
    let total = requests();
    let mut twice = 0;
    for number in some_of(2, (4..=total).step_by(3)) {
        let world = World::new(scenes::rich());
        let after = number % 2 == 0;
        assert!(killed(&world, number, after));
        // The rerun is killed early and late, and the one after that, too.
        twice += u32::from(killed(&world, 2 + number % 7, !after));
        killed(&world, 3 + number % 5, after);
        let moment = format!("killed twice, first at request {number}");
        world.import().exits(0);
        world.assert_whole(&moment);
    }
    assert!(twice >= 3, "{twice} reruns were killed");
}
