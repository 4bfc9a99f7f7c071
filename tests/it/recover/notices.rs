//! Plan and import name the command where Close has messages of ours without a record.

use std::fs;

use crate::kit::{World, archive, scenes};

const NOTICE: &str = "`chatferry recover`";

#[test]
fn plan_and_import_without_a_checkpoint_name_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    let first = world.import().exits(0);
    assert!(!first.stderr.contains(NOTICE), "{}", first.stderr);
    world.forget();
    let plan = world.run(&["plan"]).exits(0);
    plan.says(NOTICE);
    plan.says("5 messages of ours are in Close without a record");
    world.import().exits(0).says(NOTICE);
    let again = world.import().exits(0);
    assert!(!again.stderr.contains(NOTICE), "{}", again.stderr);
}

#[test]
fn import_with_an_outdated_checkpoint_names_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    world.import().exits(0);
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    let import = world.import().exits(0);
    import.says("2 messages of ours are in Close without a record");
    import.says(NOTICE);
    assert_eq!(import.number("created"), 0);
}
