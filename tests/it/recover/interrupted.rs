//! The program is killed: the former checkpoint is there, and a second recovery completes.

use std::fs;

use super::{RECOVER, assert_all_recorded, assert_idle, assert_plans, recover, word};
use crate::kit::{World, archive, scenes};

use chatferry::sandbox::Fault;

fn outdated() -> (World, Vec<u8>) {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4), scenes::cleo()]);
    world.import().exits(0);
    let path = world.path().join("chatferry.db");
    let copy = fs::read(&path).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    world.import().exits(0);
    world.forget();
    fs::write(&path, &copy).expect("put back");
    (world, copy)
}

#[test]
fn killed_at_every_request_it_completes_the_next_time() {
    let (world, copy) = outdated();
    let path = world.path().join("chatferry.db");
    for number in 1.. {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let output = world.run_under(RECOVER, move |_, when, running| {
            let is_before = when == crate::kit::When::Received;
            let seen = count.fetch_add(usize::from(is_before), std::sync::atomic::Ordering::SeqCst);
            if is_before && seen + 1 == number {
                running.kill();
                return Fault::Drop;
            }
            Fault::None
        });
        if output.code.is_some() {
            output.exits(0);
            assert!(number > 5, "only {number} requests");
            break;
        }
        assert!(
            fs::read(&path).expect("a checkpoint") == copy,
            "the former checkpoint changed before request {number}"
        );
    }
    assert_all_recorded(&world, world.server.state.messages().len());
    assert_plans(&world, 0);
    assert_idle(&world);
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "nothing");
    assert!(!world.path().join("chatferry.recovered.db").exists());
}

/// An import was killed before the checkpoint was looked at: its log is next to it, and one message is without an answer.
#[test]
fn checkpoint_of_a_killed_import_is_recovered_with_its_log() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let killed = world.import_until(
        |seen, when| {
            crate::kit::is_post(seen)
                && matches!(when, crate::kit::When::Processed(_))
                && seen.number > 8
        },
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    assert_eq!(killed.code, None);
    let before = world.listing();
    let output = recover(&world, &[]);
    assert!(matches!(output.code, Some(0)), "{}", output.stderr);
    if word(&output, "ending") == "swapped" {
        let log = world.path().join("chatferry.db-wal");
        let kept = world.path().join("chatferry.former.db-wal");
        assert!(
            !log.exists(),
            "the former log is next to the new checkpoint"
        );
        assert!(
            before
                .get(&log)
                .is_none_or(|log| fs::read(kept).is_ok_and(|kept| kept == *log))
        );
    }
    world.import().exits(0);
    world.assert_whole("after recover and import");
    assert_idle(&world);
}

/// Only the checkpoint of an interrupted move shows what may be deleted on the former lead: it is kept, and the next import
/// finishes the move.
#[test]
fn checkpoint_of_an_interrupted_move_is_kept() {
    use crate::moves;

    let world = moves::world(scenes::dora(), "");
    world.import().exits(0);
    moves::correct_lead(&world);
    let arguments = ["import", "--yes", "--json", "--allow-deletes", "100"];
    let killed = world.run_under(&arguments, |seen, _, running| {
        match seen.method == "DELETE" {
            true => {
                running.kill();
                Fault::Drop
            }
            false => Fault::None,
        }
    });
    assert_eq!(killed.code, None);
    let output = recover(&world, &[]);
    assert_eq!(word(&output, "ending"), "nothing", "{}", output.stderr);
    moves::import_allowing(&world, 100).exits(0);
    world.assert_rows(&moves::on_new_lead(&world), "after recover and import");
}

/// The program dies before and after each step of the replacement.
#[cfg(feature = "fault-points")]
#[test]
fn dying_at_every_step_it_completes_the_next_time() {
    use crate::kit::Running;
    use crate::kit::world::KEY;

    for point in [
        "checkpoint: before its format#1",
        "checkpoint: after its format#1",
        "checkpoint: before a run#1",
        "checkpoint: after a commit#2",
        "checkpoint: before its end#1",
        "recover: before the copy#1",
        "recover: before the swap#1",
        "recover: before the rename#1",
        "recover: after the swap#1",
    ] {
        let (world, copy) = outdated();
        let environment = [
            ("CLOSE_API_KEY", KEY),
            ("CLOSE_BASE_URL", world.server.base_url.as_str()),
            ("CHATFERRY_FAULT_POINT", point),
        ];
        let died = Running::start(RECOVER, world.path(), &environment).wait();
        assert_eq!(died.code, None, "{point}: {}", died.stderr);
        let former = ["chatferry.db", "chatferry.former.db"];
        let is_there =
            |name: &&str| fs::read(world.path().join(name)).is_ok_and(|file| file == copy);
        assert!(former.iter().any(is_there), "{point}");
        recover(&world, &[]).exits(0);
        assert_all_recorded(&world, world.server.state.messages().len());
        assert_plans(&world, 0);
        assert!(
            !world.path().join("chatferry.recovered.db").exists(),
            "{point}"
        );
    }
}
