//! Random histories: imports of growing exports, an undo that is killed at a random deletion, then an import. Close equals a
//! fresh import, and nothing else was touched.

use std::sync::Mutex;

use chatferry::sandbox::Fault;
use fastrand::Rng;

use super::{post_beside, stored, undo};
use crate::kit::{Running, When, World, archive, scenes};

/// Runs an undo with these flags that is killed at its n-th deletion, if it gets there.
fn undo_until(world: &World, flags: &[&str], number: usize, after: bool) {
    let arguments: Vec<&str> = ["undo", "--yes"].iter().chain(flags).copied().collect();
    let count = Mutex::new(0);
    let output = world.run_under(&arguments, move |seen, when, running: &Running| {
        if seen.method != "DELETE" || matches!(when, When::Processed(_)) != after {
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
    assert!(
        matches!(output.code, None | Some(0 | 3)),
        "{}",
        output.stderr
    );
}

fn play(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut first = scenes::plain("Ben Cooper", 1, rng.u32(1..6));
    if rng.bool() {
        first = scenes::ben();
    }
    let second = |count| scenes::plain("Cleo Marsh", 2, count);
    let mut count = rng.u32(1..5);
    let mut world = World::new(vec![first, second(count)]);
    world.import().exits(0);
    post_beside(&world, "word2 number 0", "from the help desk", false);
    let foreign = stored(&world, "from the help desk");
    for _ in 0..rng.u32(0..3) {
        count += rng.u32(1..4);
        world.chats[1] = second(count);
        archive::put_zip(&world.chats[1], &world.exports());
        world.import().exits(0);
    }
    for _ in 0..rng.u32(1..3) {
        let flags: &[&str] = match rng.u32(0..4) {
            0 => &["--run", "latest"],
            1 => &["--run", "1"],
            2 => &["--chat", "Cleo Marsh"],
            _ => &[],
        };
        undo_until(&world, flags, rng.usize(1..12), rng.bool());
    }
    if rng.bool() {
        undo(&world, &[]);
    }
    world.import().exits(0);
    assert_eq!(stored(&world, "from the help desk"), foreign, "seed {seed}");
    let path = format!("/activity/whatsapp_message/{}/", foreign.id);
    world.server.call("DELETE", &path, &serde_json::Value::Null);
    world.assert_whole(&format!("seed {seed}"));
    let open = world.recorded("SELECT count(*) FROM operation WHERE open = 1");
    assert_eq!(open, 0, "seed {seed}: an operation is open");
}

#[test]
fn import_after_a_killed_undo_equals_a_fresh_import() {
    for seed in 0..12 {
        play(seed);
    }
}
