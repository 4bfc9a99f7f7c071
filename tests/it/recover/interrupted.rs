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
