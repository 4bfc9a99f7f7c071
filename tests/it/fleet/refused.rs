//! Databases that a run must not rely on.

use chatferry::sandbox::Fault;

use super::postgres::Postgres;
use super::setting::{Fleet, SECRET};
use crate::kit::{When, scenes};

/// The import is refused with this status and these words, and nothing is sent to Close.
#[track_caller]
fn assert_refused(fleet: &Fleet, code: i32, words: &str) {
    let writes = fleet.world.server.writes();
    fleet.import().exits(code).says(words);
    assert_eq!(fleet.world.server.writes(), writes);
}

#[test]
fn server_that_forgets_commits_is_refused() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let name = &fleet.database.name;
    (fleet.database).query(&format!(
        "ALTER DATABASE {name} SET synchronous_commit = off"
    ));
    assert_refused(&fleet, 2, "turn synchronous_commit on");
    (fleet.database).query(&format!("ALTER DATABASE {name} RESET synchronous_commit"));
    fleet.import().exits(0);
    fleet.assert_sound("with synchronous_commit");
}

#[test]
fn restored_or_promoted_server_needs_recovery() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    fleet.import().exits(0);
    for change in [
        "timeline = timeline - 1",
        "system_identifier = system_identifier + 1",
    ] {
        (fleet.database).query(&format!("UPDATE chatferry.organization SET {change}"));
        assert_refused(&fleet, 2, "run `chatferry recover`");
        fleet.run(&["recover", "--yes"]).exits(0);
        let output = fleet.import().exits(0);
        assert_eq!(output.number("created"), 0);
        fleet.assert_sound(change);
    }
}

/// A run that was killed left a deletion to finish, which only the store records: it does not prevent the recovery.
#[test]
fn unfinished_operation_does_not_prevent_recovery_after_failover() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    fleet.import().exits(0);
    let arguments = ["undo", "--run", "latest", "--yes"];
    let undo = fleet.run_under(&arguments, |seen, when, running| {
        if seen.method == "DELETE" && when == When::Received {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    assert_eq!(undo.code, None, "{}", undo.stderr);
    (fleet.database).query("UPDATE chatferry.organization SET timeline = timeline - 1");
    assert_refused(&fleet, 2, "run `chatferry recover`");
    fleet.run(&["recover", "--yes"]).exits(0);
    fleet.import().exits(0);
    fleet.assert_sound("after recovery and import");
}

#[test]
fn unreachable_database_stops_command() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let mut database = postgres.database();
    // A port that nothing listens to.
    database.port = 1;
    let address = database.address(SECRET);
    let fleet = Fleet::at(&address, database, vec![scenes::ben()]);
    assert_refused(&fleet, 4, "could not be reached");
}

#[test]
fn absent_database_is_named() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let file = fleet.world.path().join("chatferry.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let text = text.replace(&format!("/{}\"", fleet.database.name), "/nowhere\"");
    std::fs::write(&file, text).expect("written");
    assert_refused(&fleet, 2, "no database of this name");
}

#[test]
fn missing_organization_is_named() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let file = fleet.world.path().join("chatferry.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    std::fs::write(&file, text.replace("organization_id", "# organization_id")).expect("written");
    assert_refused(&fleet, 2, "set organization_id in [close]");
}
