//! A machine dies at any moment, and another one goes on: every message once.

use std::sync::atomic::{AtomicU64, Ordering};

use chatferry::sandbox::Fault;

use super::setting::{Fleet, seeds};
use crate::kit::world::IMPORT;
use crate::kit::{When, scenes};

/// Kills the run on the first machine at its request `number`, before or after it is carried out. False if it ended before.
fn is_killed(fleet: &Fleet, number: u64, after: bool) -> bool {
    let seen_now = AtomicU64::new(0);
    let output = fleet.import_under(move |_, when, running| {
        let is_stage = match when {
            When::Received => !after,
            When::Processed(_) => after,
        };
        if is_stage && seen_now.fetch_add(1, Ordering::SeqCst) + 1 == number {
            running.kill();
            return if after { Fault::None } else { Fault::Drop };
        }
        Fault::None
    });
    output.code.is_none()
}

#[test]
fn killed_run_is_continued_on_another_machine() {
    let Some(probe) = Fleet::new(scenes::rich()) else {
        return;
    };
    probe.import().exits(0);
    let requests = probe.world.server.state.requests().len() as u64;
    for seed in seeds() {
        let mut random = fastrand::Rng::with_seed(seed);
        let fleet = Fleet::new(scenes::rich()).expect("a server");
        let (number, after) = (random.u64(2..=requests), random.bool());
        let when = format!("seed {seed}: request {number}, after: {after}");
        assert!(
            is_killed(&fleet, number, after),
            "{when}: nothing was killed"
        );
        let machine = fleet.machine();
        fleet.run_in(machine.path(), IMPORT).exits(0);
        fleet.assert_sound(&when);
        let writes = fleet.world.server.writes();
        fleet.import().exits(0);
        assert_eq!(
            fleet.world.server.writes(),
            writes,
            "{when}: a third run writes"
        );
    }
}

/// The program dies between the commit of the log and that of its file, or before both.
#[cfg(feature = "fault-points")]
#[test]
fn run_that_dies_between_both_commits_is_continued() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    drop(fleet);
    for seed in seeds() {
        let mut random = fastrand::Rng::with_seed(seed);
        for point in ["store: before a commit", "store: after a commit"] {
            let fleet = Fleet::new(scenes::rich()).expect("a server");
            let at = format!("{point}#{}", random.u64(1..=12));
            let [key, url] = fleet.world.environment();
            let store = ("CHATFERRY_STORE_KEY", super::setting::STORE_KEY);
            let environment = [key, url, store, ("CHATFERRY_FAULT_POINT", at.as_str())];
            let dead = crate::kit::Running::start(IMPORT, fleet.world.path(), &environment).wait();
            assert_eq!(dead.code, None, "{at}: {}", dead.stderr);
            fleet.world.server.settle();
            let machine = fleet.machine();
            fleet.run_in(machine.path(), IMPORT).exits(0);
            fleet.assert_sound(&at);
        }
    }
}

/// The disk of this machine is full: the log has the changes, its copy does not. They were appended a second time.
#[cfg(feature = "fault-points")]
#[test]
fn changes_whose_copy_fails_are_in_the_log_once() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    fleet.run(&["import", "--yes", "--limit", "1"]).exits(0);
    let [key, url] = fleet.world.environment();
    let store = ("CHATFERRY_STORE_KEY", super::setting::STORE_KEY);
    let full = ("CHATFERRY_FAULT_FAIL", "checkpoint: a commit");
    let failed = crate::kit::Running::start(IMPORT, fleet.world.path(), &[key, url, store, full]);
    failed
        .wait()
        .exits(4)
        .says("its copy on this machine could not be written");
    let twice = "SELECT count(*) FROM (SELECT 1 FROM chatferry.change_log WHERE body::text ILIKE '%changes%' \
                 GROUP BY epoch, body::text HAVING count(*) > 1) AS twice";
    assert_eq!(fleet.database.number(twice), 0);
    let machine = fleet.machine();
    fleet.run_in(machine.path(), IMPORT).exits(0);
    fleet.assert_sound("after a full disk");
}

/// The disk of the database is full, as it answers: the run stops, and the next one goes on.
#[test]
fn commit_that_database_refuses_stops_run() {
    let Some(probe) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    drop(probe);
    for seed in seeds() {
        let fleet = Fleet::new(scenes::rich()).expect("a server");
        fleet.run(&["import", "--yes", "--limit", "1"]).exits(0);
        let last = fleet
            .database
            .number("SELECT max(seq) FROM chatferry.change_log");
        let seq = last + fastrand::Rng::with_seed(seed).i64(2..=8);
        fleet.database.query(&format!(
            "CREATE FUNCTION chatferry.refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$; \
             CREATE TRIGGER refuse BEFORE INSERT ON chatferry.change_log \
             FOR EACH ROW WHEN (NEW.seq = {seq}) EXECUTE FUNCTION chatferry.refuse()"
        ));
        fleet.import().exits(4).says("SQLSTATE 53100");
        fleet
            .database
            .query("DROP TRIGGER refuse ON chatferry.change_log");
        fleet.import().exits(0);
        fleet.assert_sound(&format!("seed {seed}: entry {seq}"));
    }
}
