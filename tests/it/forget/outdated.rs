//! An old copy of the checkpoint is put back before an erasure.

use std::fs;

use super::{BEN, add_to_never, all, forget, receipt};
use crate::kit::{World, archive, scenes};

#[test]
fn messages_without_a_record_are_named_and_erased_after_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    let path = world.path().join("chatferry.db");
    let copy = fs::read(&path).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 2);
    world.forget();
    fs::write(&path, copy).expect("put back");
    add_to_never(&world);
    let output = forget(&world).exits(3);
    output.says("lead_01: 2 messages of ours in Close without a record");
    output.says("Next: `chatferry recover`");
    let first = receipt(&output);
    assert_eq!(
        (&first["deleted"], &first["unrecorded"]),
        (&4.into(), &2.into())
    );
    assert_eq!(first["not_ours"], serde_json::json!([]));
    world.run(&["recover", "--yes"]);
    let output = forget(&world).exits(0);
    assert_eq!(receipt(&output)["deleted"], 2, "{}", output.stderr);
    assert_eq!(all(&world), Vec::<String>::new());
    let again = world.run(&["forget", "--phone", BEN, "--yes"]).exits(0);
    assert!(!again.stderr.contains("without a record"));
}

/// One next step, whatever is left: the receipt's is not printed besides that of the result.
#[test]
fn erasure_prints_one_next_step() {
    for is_in_never in [false, true] {
        let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
        world.import().exits(0);
        let path = world.path().join("chatferry.db");
        let copy = fs::read(&path).expect("a checkpoint");
        archive::put_zip(&scenes::plain("Ben Cooper", 1, 5), &world.exports());
        world.import().exits(0);
        world.forget();
        fs::write(&path, copy).expect("put back");
        if is_in_never {
            add_to_never(&world);
        }
        let output = forget(&world).exits(3);
        let next: Vec<&str> = (output.stderr.lines())
            .filter(|line| line.contains("Next: "))
            .collect();
        let [next] = next.as_slice() else {
            panic!("{}", output.stderr);
        };
        assert!(next.contains("`chatferry recover`"), "{next}");
        assert_eq!(next.contains("never.txt"), !is_in_never, "{next}");
    }
}
