//! A network, a storage and a Close on their bad days, kills in between: in the end every message
//! is there once, with its link and its bytes.
//!
//! Twenty seeds in each run of `.ci/run`; more with
//! `CHATFERRY_ADVERSARY=500 cargo test --release --features fault-points --test it adversary`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;

use chatferry::sandbox::{Fault, Observer, Schedule, Seen};

use crate::kit::model::found;
use crate::kit::server::caller;
use crate::kit::{Built, When, World, scenes};
use crate::moves;

/// Runs that may be broken before everything has to be calm.
const RUNS: u64 = 4;

/// At no moment may Close hold a message twice, or one that is not in the archives.
fn legal(world: &World, moment: &str) {
    assert_eq!(world.server.state.duplicates(), 0, "{moment}: duplicates");
    let expected = world.expected();
    let found = found(&world.server.state);
    assert!(found.len() <= expected.len(), "{moment}: too many");
    for row in found {
        // A reply whose target failed in that run is linked by a later one.
        let is_there = expected.iter().any(|wanted| row.is_or_becomes(wanted));
        assert!(is_there, "{moment}: nobody sent {row:?}");
    }
}

/// What happened to the runs: faults and kills.
#[derive(Default)]
struct Met {
    faults: u64,
    kills: u64,
}

fn bad_days(seed: u64, met: &mut Met) {
    let mut built = Built::new(scenes::rich());
    let lags = seed % 2 == 1;
    built.options = Box::new(move |options| {
        if lags {
            options.list_lag = Duration::from_millis(150);
        }
    });
    if lags {
        built.limits = built
            .limits
            .replace("settle_seconds = 0.0", "settle_seconds = 0.5");
    }
    if seed % 3 == 1 {
        built.limits = built
            .limits
            .replace("outage_seconds = 0.0", "outage_seconds = 60.0");
    }
    let world = built.world();
    let mut chance = fastrand::Rng::with_seed(seed);
    for run in 0..RUNS {
        let schedule = Schedule::new(seed * RUNS + run, chance.u8(1..20));
        // Half of the runs are killed, somewhere.
        let kill = if chance.bool() {
            chance.u64(5..60)
        } else {
            u64::MAX
        };
        let count = AtomicU64::new(0);
        let faults = Arc::new(AtomicU64::new(0));
        let broken = Arc::clone(&faults);
        let output = world.import_under(move |seen: &Seen, when, running| {
            let fault = match when {
                When::Received => schedule.received(seen),
                When::Processed(status) => schedule.processed(seen, status),
            };
            broken.fetch_add(u64::from(fault != Fault::None), Ordering::SeqCst);
            if count.fetch_add(1, Ordering::SeqCst) + 1 == kill {
                running.kill();
                return Fault::Drop;
            }
            fault
        });
        met.faults += faults.load(Ordering::SeqCst);
        met.kills += u64::from(output.code.is_none());
        let moment = format!("seed {seed}, run {run}");
        assert!(
            matches!(output.code, None | Some(0 | 3 | 4)),
            "{moment}: {:?}\n{}",
            output.code,
            output.stderr
        );
        legal(&world, &moment);
    }
    let output = world.import().exits(0);
    let moment = format!("seed {seed}");
    world.assert_whole(&moment);
    assert_eq!(output.number("failed") + output.number("undecided"), 0);
    let writes = world.server.writes();
    world.import().exits(0);
    assert_eq!(
        world.server.writes(),
        writes,
        "{moment}: one more run writes"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a longer run is asked for in the environment"
)]
fn count() -> u64 {
    let asked = std::env::var("CHATFERRY_ADVERSARY").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(20)
}

fn part(number: u64) {
    let seeds: Vec<u64> = (0..count()).filter(|seed| seed % 2 == number).collect();
    let mut met = Met::default();
    for seed in &seeds {
        bad_days(*seed, &mut met);
    }
    let least = seeds.len() as u64;
    assert!(met.faults >= least * 5, "{} faults are too few", met.faults);
    assert!(met.kills >= least / 4, "{} kills are too few", met.kills);
}

/// Somebody merges the lead into another while one of the runs is at work.
fn a_merge_on_a_bad_day(seed: u64) {
    let world = moves::world(scenes::ben(), "");
    let mut chance = fastrand::Rng::with_seed(seed);
    let merges = (chance.u64(0..RUNS), chance.u64(2..30));
    let expected = moves::merged(&world.chats[0]);
    let merged = Arc::new(AtomicBool::new(false));
    for run in 0..RUNS {
        let schedule = Schedule::new(seed * RUNS + run, chance.u8(1..15));
        let count = AtomicU64::new(0);
        let kill = if chance.bool() {
            chance.u64(5..60)
        } else {
            u64::MAX
        };
        let call = caller(&world.server.base_url);
        let lead = world.chats[0].lead.clone();
        let done = Arc::clone(&merged);
        let output = world.import_under(move |seen: &Seen, when, running| {
            if seen.path.ends_with("/lead/merge/") {
                return Fault::None;
            }
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            if (run, number) == merges {
                let body = json!({"source": lead, "destination": moves::NEW_LEAD});
                assert_eq!(call("POST", "/lead/merge/", &body), 200);
                done.store(true, Ordering::SeqCst);
            }
            if number == kill {
                running.kill();
                return Fault::Drop;
            }
            match when {
                When::Received => schedule.received(seen),
                When::Processed(status) => schedule.processed(seen, status),
            }
        });
        let moment = format!("seed {seed}, run {run}, merged at {merges:?}");
        assert!(
            matches!(output.code, None | Some(0 | 3 | 4)),
            "{moment}: {:?}\n{}",
            output.code,
            output.stderr
        );
        assert_eq!(world.server.state.duplicates(), 0, "{moment}: duplicates");
        for row in found(&world.server.state) {
            let mut row = row;
            moves::NEW_LEAD.clone_into(&mut row.lead);
            let is_there = expected.iter().any(|wanted| row.is_or_becomes(wanted));
            assert!(is_there, "{moment}: nobody sent {row:?}");
        }
    }
    let moment = format!("seed {seed}, merged at {merges:?}");
    world.import();
    world.import().exits(0);
    // A run of few requests may have ended before that.
    match merged.load(Ordering::SeqCst) {
        true => world.assert_rows(&expected, &moment),
        false => world.assert_whole(&moment),
    }
    let writes = world.server.writes();
    let output = world.import().exits(0);
    assert_eq!(output.number("held"), 0, "{moment}\n{}", output.stderr);
    assert_eq!(world.server.writes(), writes, "{moment}");
    assert_eq!(world.server.state.message_count(), expected.len());
}

#[test]
fn faults_with_a_merged_lead_lose_and_duplicate_nothing() {
    for seed in 0..count() / 2 {
        a_merge_on_a_bad_day(seed);
    }
}

#[test]
fn faults_of_even_seeds_lose_and_duplicate_nothing() {
    part(0);
}

#[test]
fn faults_of_odd_seeds_lose_and_duplicate_nothing() {
    part(1);
}
