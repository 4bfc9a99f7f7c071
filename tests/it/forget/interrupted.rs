//! An erasure that is killed, and a dry run.

use std::sync::Mutex;

use chatferry::sandbox::Fault;

use super::{BEN, FORGET, add_to_never, all, forget, imported, of_others};
use crate::kit::{Running, When, World};

/// Kills the erasure at its n-th deletion, before or after Close carried it out.
fn kill_at(world: &World, number: usize, after: bool) {
    let count = Mutex::new(0);
    let killed = world.run_under(FORGET, move |seen, when, running: &Running| {
        let is_moment = match when {
            When::Received => !after,
            When::Processed(_) => after,
        };
        if seen.method != "DELETE" || !is_moment {
            return Fault::None;
        }
        let mut count = count.lock().expect("a number");
        *count += 1;
        if *count != number {
            return Fault::None;
        }
        running.kill();
        Fault::Drop
    });
    assert_eq!(killed.code, None, "{}", killed.stderr);
}

#[test]
fn erasure_continues_after_a_kill() {
    for after in [false, true] {
        for number in [1, 4, 8] {
            let world = imported();
            add_to_never(&world);
            let others = of_others(&world);
            kill_at(&world, number, after);
            forget(&world).exits(0);
            assert_eq!(all(&world), others);
            let open = world.recorded("SELECT count(*) FROM operation WHERE open = 1");
            assert_eq!(open, 0);
            forget(&world).exits(0).says("Nothing to do");
        }
    }
}

#[test]
fn import_after_a_kill_posts_nothing_of_the_person() {
    let world = imported();
    let before = all(&world).len();
    kill_at(&world, 3, true);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0, "{}", output.stderr);
    let left = all(&world).len();
    assert!(left < before);
    forget(&world).exits(3);
    assert_eq!(all(&world), of_others(&world));
}

#[test]
fn dry_run_writes_nothing() {
    let world = imported();
    let before = (all(&world), world.server.writes(), world.listing());
    let output = world.run(&["forget", "--phone", BEN, "--dry-run", "--json"]);
    let output = output.exits(3);
    assert_eq!(output.number("deleted"), 8);
    assert_eq!((all(&world), world.server.writes()), (before.0, before.1));
    let mut after = world.listing();
    after.retain(|path, _| path.extension().is_none_or(|ending| ending != "lock"));
    let mut expected = before.2;
    expected.retain(|path, _| path.extension().is_none_or(|ending| ending != "lock"));
    assert!(after == expected, "a dry run changed a file");
}
