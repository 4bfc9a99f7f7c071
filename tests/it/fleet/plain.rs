//! A run with a shared checkpoint is one like with a file.

use std::sync::mpsc;
use std::sync::{Mutex, atomic::AtomicBool, atomic::Ordering};

use chatferry::sandbox::Fault;

use super::setting::{Fleet, STORE_KEY, without_secret};
use crate::kit::world::IMPORT;
use crate::kit::{When, World, is_post, scenes};

#[test]
fn messages_are_posted_once_from_two_machines() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    let created = fleet.import().exits(0).number("created");
    fleet.assert_sound("after the first machine");
    let writes = fleet.world.server.writes();
    let machine = fleet.machine();
    let again = fleet.run_in(machine.path(), IMPORT).exits(0);
    assert_eq!(
        (again.number("created"), again.number("unchanged")),
        (0, created)
    );
    assert_eq!(fleet.world.server.writes(), writes);
    fleet.assert_sound("after the second machine");
}

#[test]
fn no_file_of_checkpoint_stays_on_machine() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let before: Vec<_> = fleet.world.listing().into_keys().collect();
    fleet.import().exits(0);
    let after: Vec<_> = fleet.world.listing().into_keys().collect();
    assert_eq!(before, after);
}

#[test]
fn commands_show_store_without_its_password() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    fleet.import().exits(0);
    let address = format!("postgres://tester@127.0.0.1:{}/", fleet.database.port);
    fleet.run(&["status"]).exits(0).says(&address);
    fleet.run(&["checkpoint", "info"]).exits(0).says(&address);
    fleet.run(&["runs"]).exits(0).says("1 run");
    fleet.run(&["doctor"]).exits(0).says(&address);
    fleet.run(&["plan"]).exits(0).says("Nothing to do");
    fleet.run(&["verify"]).exits(0);
}

#[test]
fn run_that_is_stopped_by_signal_keeps_lock() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    let (stopped, is_stopped) = mpsc::channel();
    let stopped = Mutex::new(stopped);
    let has_stopped = AtomicBool::new(false);
    let slot: std::sync::Arc<std::sync::OnceLock<crate::kit::Running>> = Default::default();
    let inner = std::sync::Arc::clone(&slot);
    fleet.world.server.rule(move |seen, when| {
        if is_post(seen) && when == When::Received && !has_stopped.swap(true, Ordering::SeqCst) {
            inner.wait().signal("STOP");
            stopped.lock().expect("a sender").send(()).expect("awaited");
        }
        Fault::None
    });
    let running = fleet.spawn_in(fleet.world.path(), IMPORT);
    slot.set(running.clone()).expect("set once");
    is_stopped.recv().expect("a post");
    let machine = fleet.machine();
    let second = fleet.run_in(machine.path(), IMPORT).exits(4);
    second.says("another chatferry is using it (process ");
    fleet.run(&["checkpoint", "info"]).exits(0);
    running.signal("CONT");
    without_secret(running.wait()).exits(0);
    fleet.assert_sound("after both");
}

/// A checkpoint in a file has the same rows, but for times and the random key.
#[test]
fn store_records_what_file_records() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    fleet.import().exits(0);
    let file = World::new(scenes::rich());
    file.import().exits(0);
    let tables = |exported: crate::kit::Output| {
        let summary = exported.exits(0).stdout.lines().last().map(str::to_owned);
        let summary: serde_json::Value =
            serde_json::from_str(&summary.expect("a line")).expect("JSON");
        summary["tables"].clone()
    };
    let export = &["checkpoint", "export", "--json"];
    assert_eq!(tables(fleet.run(export)), tables(file.run(export)));
}

#[test]
fn wrong_store_key_is_refused() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    fleet.import().exits(0);
    let writes = fleet.world.server.writes();
    let [key, url] = fleet.world.environment();
    let other = STORE_KEY.replace('0', "1");
    for (value, words) in [
        (
            Some(other.as_str()),
            "is not the key that the first run used",
        ),
        (Some("abc"), "is not a key of 64 hexadecimal digits"),
        (None, "CHATFERRY_STORE_KEY: is not set"),
    ] {
        let variable = value.map(|value| ("CHATFERRY_STORE_KEY", value));
        let environment: Vec<_> = [Some(key), Some(url), variable]
            .into_iter()
            .flatten()
            .collect();
        let running = crate::kit::Running::start(IMPORT, fleet.world.path(), &environment);
        without_secret(running.wait()).exits(2).says(words);
    }
    assert_eq!(fleet.world.server.writes(), writes);
}
