//! Snapshots in place of the log.

use super::setting::{Fleet, ORGANIZATION};
use crate::kit::{Chat, Side, scenes};

/// A chat whose log is long enough for a snapshot during the run.
fn long() -> Chat {
    let mut chat = Chat::android("Ben Cooper", 1);
    for number in 0..1500 {
        let (hour, minute) = (8 + number / 60 % 12, number % 60);
        let day = 1 + number / 720;
        let side = if number % 3 == 0 {
            Side::Me
        } else {
            Side::They
        };
        let at = format!("2024-03-{day:02} {hour:02}:{minute:02}");
        chat = chat.say(&at, side, &format!("message {number}"));
    }
    chat
}

/// What the last run's own file recorded, as the store returns it, equals the whole log replayed from nothing.
#[test]
fn log_replayed_from_nothing_equals_file_of_last_run() {
    let Some(fleet) = Fleet::new(vec![long()]) else {
        return;
    };
    // The first run creates the tables; from then on nothing of the log is lost to this test.
    fleet.run(&["import", "--yes", "--limit", "3"]).exits(0);
    fleet.database.query(
        "CREATE TABLE chatferry.kept (LIKE chatferry.change_log); \
         CREATE FUNCTION chatferry.keep() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO chatferry.kept SELECT OLD.*; RETURN OLD; END $$; \
         CREATE TRIGGER keep BEFORE DELETE ON chatferry.change_log \
         FOR EACH ROW EXECUTE FUNCTION chatferry.keep()",
    );
    fleet.import().exits(0);
    fleet.assert_sound("after the import");
    let snapshots = "SELECT count(DISTINCT seq) FROM chatferry.snapshot";
    assert_eq!(fleet.database.number(snapshots), 1);
    let export = &["checkpoint", "export"];
    let with_snapshot = fleet.run(export).exits(0).stdout;
    fleet.database.query(
        "ALTER TABLE chatferry.change_log DISABLE TRIGGER keep; \
         INSERT INTO chatferry.change_log SELECT * FROM chatferry.kept; \
         DELETE FROM chatferry.snapshot; \
         UPDATE chatferry.organization SET snapshot_seq = 0, snapshot_parts = 0",
    );
    assert_eq!(
        fleet
            .database
            .number("SELECT min(seq) FROM chatferry.change_log"),
        1
    );
    let replayed = fleet.run(export).exits(0).stdout;
    assert!(replayed == with_snapshot, "the replayed log differs");
    assert_eq!(fleet.import().exits(0).number("created"), 0);
}

#[test]
fn damaged_store_is_recovered() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    fleet.import().exits(0);
    let writes = fleet.world.server.writes();
    for damage in [
        "DELETE FROM chatferry.change_log WHERE seq = 5",
        "UPDATE chatferry.snapshot SET body = set_byte(body, 5000, 255 - get_byte(body, 5000))",
        "DELETE FROM chatferry.snapshot",
        "UPDATE chatferry.change_log SET body = left(body, 20)",
    ] {
        fleet.database.query(damage);
        fleet.import().exits(2).says("run `chatferry recover`");
        let recovered = fleet.run(&["recover", "--yes"]).exits(3);
        recovered.says("which persons `forget` erased");
        let again = fleet.import().exits(0);
        assert_eq!(
            (again.number("created"), fleet.world.server.writes()),
            (0, writes),
            "{damage}"
        );
        fleet.assert_sound(damage);
    }
}

/// A standby that lagged behind has lost the last records: what Close has is recorded again, and nothing posted twice.
#[test]
fn lost_records_are_recovered_after_failover() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    fleet.import().exits(0);
    let writes = fleet.world.server.writes();
    let last = fleet
        .database
        .number("SELECT max(seq) FROM chatferry.change_log");
    fleet.database.query(&format!(
        "DELETE FROM chatferry.change_log WHERE seq > {}; \
         UPDATE chatferry.organization SET timeline = timeline - 1",
        last / 2
    ));
    fleet.import().exits(2).says("run `chatferry recover`");
    fleet.run(&["recover", "--yes"]).exits(0);
    assert_eq!(fleet.import().exits(0).number("created"), 0);
    assert_eq!(fleet.world.server.writes(), writes);
    fleet.assert_sound("after the recovery");
}

#[test]
fn newer_entry_is_refused() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    fleet.import().exits(0);
    fleet.database.query(
        "UPDATE chatferry.change_log SET body = '{\"Unheard\":1}' \
         WHERE seq = (SELECT max(seq) FROM chatferry.change_log)",
    );
    fleet.import().exits(2).says("a newer version of chatferry");
}

#[test]
fn history_of_store_is_pruned() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    for _ in 0..3 {
        fleet.import().exits(0);
    }
    fleet.run(&["runs"]).says("3 runs");
    fleet
        .run(&["checkpoint", "prune", "--keep-runs", "1", "--dry-run"])
        .exits(0);
    fleet.run(&["runs"]).says("3 runs");
    fleet
        .run(&["checkpoint", "prune", "--keep-runs", "1", "--yes"])
        .exits(0);
    fleet.run(&["runs"]).says("2 runs");
    assert_eq!(fleet.import().exits(0).number("created"), 0);
    let row = "SELECT count(*) FROM chatferry.organization WHERE id = ";
    assert_eq!(fleet.database.number(&format!("{row}'{ORGANIZATION}'")), 1);
    fleet.assert_sound("after pruning");
}
