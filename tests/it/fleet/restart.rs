//! The database restarts during a run: its sessions are gone, and with them the lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chatferry::sandbox::Fault;

use super::postgres::Postgres;
use super::setting::{Fleet, seeds};
use crate::kit::{When, is_post, scenes};

#[test]
fn restart_of_database_stops_run() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let postgres = Arc::new(postgres);
    for seed in seeds() {
        let fleet = Fleet::on(&postgres, scenes::rich());
        let number = fastrand::Rng::with_seed(seed).u64(1..=4);
        let (server, posts) = (Arc::clone(&postgres), AtomicU64::new(0));
        let output = fleet.import_under(move |seen, when, _| {
            let is_answered = is_post(seen) && matches!(when, When::Processed(_));
            if is_answered && posts.fetch_add(1, Ordering::SeqCst) + 1 == number {
                server.restart();
            }
            Fault::None
        });
        let output = output.exits(4);
        output.says("run the same command to resume");
        let when = format!("seed {seed}: after post {number}");
        fleet.import().exits(0);
        fleet.assert_sound(&when);
    }
}
