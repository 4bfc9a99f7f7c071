//! Three machines at once, a network and a Close on their bad days, and attacks by seed: every message once, and nothing
//! is sent by a run after the first write of a later one.
//!
//! Four seeds by default; more with
//! `CHATFERRY_FLEET=200 cargo test --release --features fault-points,cloud --test it fleet::attacks`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use chatferry::sandbox::{Observer as _, Schedule};

use super::postgres::Postgres;
use super::setting::{Fleet, seeds, without_secret};
use crate::kit::world::IMPORT;
use crate::kit::{Running, When, scenes};

const MACHINES: usize = 3;

/// Rounds that are attacked; the one after them is calm.
const ROUNDS: u64 = 4;

/// What happens to one of the programs, or to the database.
#[derive(Debug, Clone, Copy)]
enum Attack {
    Kill,
    /// Stopped until the other programs have ended.
    Stop,
    /// Immediately, without a word to its clients.
    Restart,
}

/// What happened in all rounds.
#[derive(Default)]
struct Met {
    attacks: u64,
    refused: u64,
}

/// Starts a program on each machine, and attacks once at a random request.
fn round(
    (fleet, postgres): (&Fleet, &Arc<Postgres>),
    machines: &[tempfile::TempDir],
    (schedule, random): (Schedule, &mut fastrand::Rng),
    met: &mut Met,
) {
    let attack = [Attack::Kill, Attack::Stop, Attack::Restart][random.usize(..3)];
    let (victim, at) = (random.usize(..MACHINES), random.u64(3..60));
    let programs: Arc<OnceLock<Vec<Running>>> = Arc::default();
    let (slot, server) = (Arc::clone(&programs), Arc::clone(postgres));
    let (count, done) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
    let attacked = Arc::clone(&done);
    // No program is stopped after it was continued.
    let is_continued = Arc::new(Mutex::new(false));
    let continued = Arc::clone(&is_continued);
    fleet.world.server.rule(move |seen, when| {
        if count.fetch_add(1, Ordering::SeqCst) + 1 == at {
            attacked.store(1, Ordering::SeqCst);
            let victim = &slot.wait()[victim];
            match attack {
                Attack::Kill => victim.kill(),
                Attack::Stop => {
                    let is_continued = continued.lock().expect("continued");
                    if !*is_continued {
                        victim.signal("STOP");
                    }
                }
                Attack::Restart => server.restart(),
            }
        }
        match when {
            When::Received => schedule.received(seen),
            When::Processed(status) => schedule.processed(seen, status),
        }
    });
    let started = machines
        .iter()
        .map(|machine| fleet.spawn_in(machine.path(), IMPORT));
    programs.set(started.collect()).expect("set once");
    let programs = programs.wait();
    // A stopped program goes on when the others have ended.
    let others = (programs.iter().enumerate()).filter(|(index, _)| *index != victim);
    let mut outputs: Vec<_> = others.map(|(_, program)| program.wait()).collect();
    *is_continued.lock().expect("continued") = true;
    programs[victim].signal("CONT");
    outputs.push(programs[victim].wait());
    met.attacks += done.load(Ordering::SeqCst);
    for output in outputs {
        let output = without_secret(output);
        assert!(
            matches!(output.code, None | Some(0 | 3 | 4)),
            "{:?}\n{}",
            output.code,
            output.stderr
        );
        met.refused += u64::from(output.stderr.contains("[checkpoint.locked]"));
    }
    fleet.world.server.settle();
    fleet.world.server.calm();
    assert_eq!(
        fleet.world.server.state.duplicates(),
        0,
        "{attack:?} at {at}"
    );
}

/// The epochs that recorded an intent of each message, rising.
fn epochs_of_intents(fleet: &Fleet) -> BTreeMap<String, Vec<i64>> {
    let rows = fleet.database.query(
        "SELECT DISTINCT change -> 'Intent' -> 'key' ->> 'external_id' AS id, epoch \
         FROM chatferry.change_log, jsonb_array_elements(body::jsonb -> 'Changes') AS change \
         WHERE body LIKE '{\"Changes\"%' AND change ? 'Intent' ORDER BY id, epoch",
    );
    let mut epochs: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let [Some(id), Some(epoch)] = &row[..] else {
            panic!("a column is empty");
        };
        let epoch = epoch.parse().expect("a number");
        epochs.entry(id.clone()).or_default().push(epoch);
    }
    epochs
}

/// Each post belongs to an epoch that recorded its intent, and no post belongs to an earlier epoch than the one before.
#[track_caller]
fn assert_epochs_rise(fleet: &Fleet, posts: &[String], when: &str) {
    let epochs = epochs_of_intents(fleet);
    let mut current = 0;
    for id in posts {
        let own = epochs.get(id).map_or(&[][..], Vec::as_slice);
        let next = own.iter().find(|epoch| **epoch >= current);
        current = *next.unwrap_or_else(|| {
            panic!("{when}: {id} was posted after a write of epoch {current}; its own are {own:?}")
        });
    }
}

fn attacked(seed: u64, postgres: &Arc<Postgres>, met: &mut Met) {
    let fleet = Fleet::on(postgres, scenes::rich());
    let posts: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&posts);
    fleet.world.proxy().change(move |asked, close| {
        if asked.is_post() {
            seen.lock()
                .expect("posts")
                .push(asked.external_id().to_owned());
        }
        close(asked)
    });
    let machines: Vec<_> = (0..MACHINES).map(|_| fleet.machine()).collect();
    let mut random = fastrand::Rng::with_seed(seed);
    for number in 0..ROUNDS {
        let schedule = Schedule::new(seed * ROUNDS + number, random.u8(1..15));
        round((&fleet, postgres), &machines, (schedule, &mut random), met);
    }
    let when = format!("seed {seed}");
    let output = fleet.import().exits(0);
    assert_eq!(
        output.number("failed") + output.number("undecided"),
        0,
        "{when}"
    );
    fleet.assert_sound(&when);
    assert_epochs_rise(&fleet, &posts.lock().expect("posts"), &when);
    let writes = fleet.world.server.writes();
    fleet.import().exits(0);
    assert_eq!(
        fleet.world.server.writes(),
        writes,
        "{when}: one more run writes"
    );
}

#[test]
fn attacked_machines_post_every_message_once() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let postgres = Arc::new(postgres);
    let mut met = Met::default();
    for seed in seeds() {
        attacked(seed, &postgres, &mut met);
    }
    let rounds = seeds().end * ROUNDS;
    assert!(
        met.attacks >= rounds / 3,
        "{} attacks in {rounds} rounds",
        met.attacks
    );
    assert!(
        met.refused >= rounds / 2,
        "{} programs were refused",
        met.refused
    );
}
