//! What an import or `recover` found in Close and did not post.

use super::{assert_counts, imported, undo};
use crate::kit::scenes;
use crate::recover::ours::native;

#[test]
fn found_message_with_an_id_of_whatsapps_stays() {
    let world = native();
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (0, 3));
    let output = undo(&world, &[]).exits(0);
    output.says("3 messages are recorded in Close, and no import of this checkpoint created them");
    assert_eq!(world.server.state.message_count(), 3);
}

#[test]
fn found_message_with_a_derived_id_is_deleted() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    world.forget();
    assert_eq!(world.import().exits(0).number("created"), 0);
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", 6)]);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn claimed_message_is_deleted() {
    let world = native();
    world.run(&["recover", "--yes", "--claim"]).exits(0);
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", 3)]);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn created_message_with_an_id_of_whatsapps_is_deleted() {
    let world = native();
    world.run(&["recover", "--yes", "--claim"]).exits(0);
    undo(&world, &[]).exits(0);
    assert_eq!(world.import().exits(0).number("created"), 3);
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", 3)]);
}
