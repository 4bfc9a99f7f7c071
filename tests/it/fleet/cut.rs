//! The connection to the database is cut while Close stays reachable: the one case in which two machines could write.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::line::Line;
use super::postgres::{Database, Postgres};
use super::setting::{Fleet, SECRET, seeds, without_secret};
use crate::kit::setting::is_thorough;
use crate::kit::world::IMPORT;
use crate::kit::{Running, scenes};

/// A migration whose first machine reaches the database through a line, and whose other machines reach it directly.
fn behind_line(postgres: &Postgres) -> (Fleet, Arc<Line>) {
    let line = Arc::new(Line::to(postgres.port));
    let database = postgres.database();
    let behind = Database {
        port: line.port,
        name: database.name.clone(),
    };
    (
        Fleet::at(&behind.address(SECRET), database, scenes::rich()),
        line,
    )
}

/// A further machine, which reaches the database directly.
fn direct_machine(fleet: &Fleet, line: &Line) -> tempfile::TempDir {
    let machine = fleet.machine();
    let file = machine.path().join("chatferry.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let (behind, direct) = (
        format!(":{}/", line.port),
        format!(":{}/", fleet.database.port),
    );
    std::fs::write(&file, text.replace(&behind, &direct)).expect("written");
    machine
}

/// The epoch that recorded the intent of a message first.
fn epoch_of(database: &Database, external_id: &str) -> i64 {
    database.number(&format!(
        "SELECT max(epoch) FROM chatferry.change_log \
         WHERE body LIKE '%\"Intent\":{{\"key\":{{\"external_id\":\"{external_id}\"%'"
    ))
}

/// The run behind the line stops at the cut. A second machine, which reaches the database directly, takes over at once.
#[test]
fn no_write_of_cut_run_follows_write_of_next_run() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    for seed in seeds() {
        let when = format!("seed {seed}");
        let (fleet, line) = behind_line(postgres);
        let machine = direct_machine(&fleet, &line);

        let posts: Arc<Mutex<Vec<String>>> = Arc::default();
        let number = fastrand::Rng::with_seed(seed).u64(1..=4);
        let (seen, count, cut) = (Arc::clone(&posts), AtomicU64::new(0), Arc::clone(&line));
        fleet.world.proxy().change(move |asked, close| {
            if asked.is_post() {
                seen.lock()
                    .expect("posts")
                    .push(asked.external_id().to_owned());
                if count.fetch_add(1, Ordering::SeqCst) + 1 == number {
                    cut.cut();
                }
            }
            close(asked)
        });
        let first: Running = fleet.spawn_in(fleet.world.path(), IMPORT);
        // Refused until the session of the first run has ended.
        let second = loop {
            if !line.is_cut() && first.is_alive() {
                std::thread::yield_now();
                continue;
            }
            let second = fleet.run_in(machine.path(), IMPORT);
            if second.code != Some(4) {
                break second;
            }
        };
        second.exits(0);
        let stopped = without_secret(first.wait()).exits(4);
        stopped.says("run the same command to resume");
        fleet.world.server.settle();
        fleet.world.assert_whole(&when);

        let epochs: Vec<i64> = posts
            .lock()
            .expect("posts")
            .iter()
            .map(|id| epoch_of(&fleet.database, id))
            .collect();
        assert!(epochs.is_sorted(), "{when}: {epochs:?}");
        assert!(
            epochs.contains(&1) && epochs.contains(&2),
            "{when}: {epochs:?}"
        );
    }
}

/// The database got the statement, and its answer was lost: it may be committed.
#[test]
fn commit_without_answer_stops_run() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let (probe, line) = behind_line(postgres);
    probe.import().exits(0);
    let pieces = line.passed();
    for seed in seeds() {
        let (fleet, line) = behind_line(postgres);
        // Group commits differ from run to run: not the last quarter, which may not be reached.
        let number = fastrand::Rng::with_seed(seed).u64(1..=pieces * 3 / 4);
        line.cut_after(number);
        fleet.import().exits(4);
        let machine = direct_machine(&fleet, &line);
        fleet.run_in(machine.path(), IMPORT).exits(0);
        fleet.world.server.settle();
        fleet
            .world
            .assert_whole(&format!("seed {seed}: cut after {number}"));
    }
}

/// The network is silent: no end of the connection arrives. It takes as long as the run waits for the database.
#[test]
fn silent_network_stops_run() {
    let Some(postgres) = Postgres::shared().filter(|_| is_thorough()) else {
        return;
    };
    let (fleet, line) = behind_line(postgres);
    let (posts, silent) = (AtomicU64::new(0), Arc::clone(&line));
    let output = fleet.import_under(move |seen, when, _| {
        let is_answered = crate::kit::is_post(seen) && when != crate::kit::When::Received;
        if is_answered && posts.fetch_add(1, Ordering::SeqCst) == 2 {
            silent.silence();
        }
        chatferry::sandbox::Fault::None
    });
    output.exits(4);
    // As the keepalives of a dead machine would.
    line.cut();
    let machine = direct_machine(&fleet, &line);
    let second = loop {
        let second = fleet.run_in(machine.path(), IMPORT);
        if second.code != Some(4) {
            break second;
        }
    };
    second.exits(0);
    fleet.world.assert_whole("after the silence");
}
