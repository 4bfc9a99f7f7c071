//! A checkpoint with lost rows is recovered after an erasure: the person stays erased.

use super::{BEN, forget};
use crate::kit::{Output, World, scenes};

/// A world whose messages with Ben are erased, and not those with Cleo.
fn erased() -> World {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 4),
        scenes::plain("Cleo Marsh", 2, 5),
    ]);
    world.import().exits(0);
    forget(&world).exits(3);
    assert_eq!(world.server.state.message_count(), 5);
    world
}

/// Another program changes the checkpoint.
fn damage(world: &World, sql: &str) {
    let path = world.path().join("chatferry.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("opened");
    file.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}"))
        .expect("damaged");
}

fn recover(world: &World) -> Output {
    world.run(&["recover", "--yes", "--json"])
}

#[test]
fn recovery_of_a_checkpoint_with_lost_rows_keeps_erasures() {
    for lost in [
        "DELETE FROM run WHERE id = (SELECT min(id) FROM run)",
        "DELETE FROM run WHERE id = (SELECT run FROM erasure)",
        "DELETE FROM lead WHERE id = (SELECT max(id) FROM lead)",
    ] {
        let world = erased();
        damage(&world, lost);
        let output = recover(&world).exits(0);
        output.says("cannot be read (checkpoint.damaged)");
        output.says("recorded: 1 person as erased");
        let import = world.import().exits(0);
        assert_eq!(import.number("created"), 0, "{lost}: {}", import.stderr);
        assert_eq!(world.server.state.message_count(), 5, "{lost}");
        let check = world.run(&["checkpoint", "check"]);
        check.exits(0);
        // Under the same key: the person is known as erased.
        let again = world.run(&["forget", "--phone", BEN, "--yes", "--json"]);
        assert_eq!(again.number("deleted"), 0, "{lost}");
        assert_eq!(world.recorded("SELECT count(*) FROM erasure"), 1, "{lost}");
    }
}

#[test]
fn recovery_names_erasures_that_cannot_be_read() {
    let world = erased();
    world.write("chatferry.db", "no database");
    let output = recover(&world).exits(3);
    output.says("which persons `forget` erased");
    output.says("never.txt");
}
