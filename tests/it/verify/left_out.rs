//! Messages that were imported, removed in Close, and that a rule leaves out now.

use super::{assert_counts, delete, imported, plain, table, verify};

#[test]
fn removed_message_that_a_rule_leaves_out_is_information() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    verify(&world, &[]).exits(3);
    let expected = [("removed", 1), ("same", 5)];
    let decided = format!("message,decision,of\n{},leave,\n", message.external_id);
    world.write("decisions.csv", &decided);
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(0), &expected);
    assert_eq!(
        rows[0]["next"],
        "nothing; left out: `leave` in decisions.csv"
    );
    std::fs::remove_file(world.path().join("decisions.csv")).expect("removed");
    let periods = "chat,from,until\nBen Cooper,2020-01-01,2030-01-01\n";
    world.write("exclude.csv", periods);
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(0), &expected);
    let next = "nothing; left out: in an excluded period of exclude.csv";
    assert_eq!(rows[0]["next"], next);
    std::fs::remove_file(world.path().join("exclude.csv")).expect("removed");
    let contacts = crate::kit::world::contacts(&world.chats);
    for choice in ["no", "private"] {
        let left = contacts.replace(",cont_01,,\n", &format!(",cont_01,,{choice}\n"));
        assert_ne!(left, contacts);
        world.write("contacts.csv", &left);
        assert_counts(&verify(&world, &[]).exits(0), &expected);
    }
    let repair = ["verify", "--repair", "--yes", "--gone", "restore"];
    let writes = world.server.writes();
    world.run(&repair).exits(0);
    assert_eq!(world.server.writes(), writes);
}
