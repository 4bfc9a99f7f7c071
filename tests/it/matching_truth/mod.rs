//! The matching engine against true conversations: random pairs of sources, each answer compared
//! with the truth and, where it differs, with the oracle of small worlds.
//!
//! | file       | holds                                                                     |
//! |------------|---------------------------------------------------------------------------|
//! | `evidence` | records of a source as observations, as the adapters of the program map them |
//! | `cases`    | a conversation and two sources of it from a seed                            |
//! | `check`    | what is wrong with the answers for one case                               |
//!
//! Here: how many cases are run, and what they may show in all. Never here: a run of the program.
//!
//! `CHATFERRY_MATCHING=1000000 cargo test --release --test it -- matching_truth` runs more cases;
//! `CHATFERRY_MATCHING_FROM` is the seed of the first one.

mod cases;
mod check;
mod evidence;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use cases::Case;
use check::Report;

use crate::kit::setting::is_thorough;

/// Cases of a thorough run. They take some twenty seconds: with fewer, the kinds of evidence that are rare do not meet.
const CASES: u64 = 20_000;

/// Cases of a plain run.
const SOME: u64 = 4_000;

/// The part of [`CASES`] below which a count says nothing.
const FEW: u64 = 1_000;

/// Cases with faults that are printed; the others are counted.
const SHOWN: usize = 12;

#[allow(clippy::disallowed_methods)] // The number of cases comes from outside.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Checks the cases of these seeds on all cores.
fn run(from: u64, cases: u64) -> (Report, Vec<Fault>) {
    let next = AtomicU64::new(from);
    let total = Mutex::new((Report::default(), Vec::new()));
    let work = || {
        let mut report = Report::default();
        let mut faults = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + cases {
                break;
            }
            let case = Case::of(seed);
            for fault in check::check(&case, &mut report) {
                faults.push((case.length(), seed, fault));
            }
        }
        let mut total = total.lock().expect("no panic before");
        total.0.add(&report);
        total.1.extend(faults);
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let (report, mut faults) = total.into_inner().expect("no panic before");
    faults.sort();
    (report, faults)
}

/// The length of the case, its seed, and what is wrong.
type Fault = (usize, u64, String);

/// The shortest cases with all that is wrong with them.
fn shown(faults: &[Fault]) -> String {
    let mut text = String::new();
    let mut cases = 0;
    let mut faults = faults.iter().peekable();
    while let Some((_, seed, fault)) = faults.next() {
        text.push_str(&format!("seed {seed}: {fault}\n"));
        if faults.peek().is_none_or(|(_, next, _)| next != seed) {
            text.push_str(&Case::of(*seed).describe());
            cases += 1;
        }
        if cases == SHOWN {
            break;
        }
    }
    text
}

#[test]
fn pairs_of_random_sources_are_true_or_as_plausible() {
    let usual = if is_thorough() { CASES } else { SOME };
    let cases = number("CHATFERRY_MATCHING").unwrap_or(usual);
    let from = number("CHATFERRY_MATCHING_FROM").unwrap_or(0);
    let (report, faults) = run(from, cases);
    assert!(
        faults.is_empty(),
        "{} faults in {cases} cases from {from}: {report:?}\n{}",
        faults.len(),
        shown(&faults)
    );
    if cases < FEW {
        return;
    }
    // The cases exercise what they are for.
    assert!(report.known > report.messages / 4, "{report:?}");
    assert!(report.new > report.messages / 50, "{report:?}");
    // A chat of a few messages that was exported abroad is held; one at home is held by chance only.
    assert!(report.held < report.new / 12, "{report:?}");
    assert!(report.held_at_home < report.new / 100, "{report:?}");
    assert!(report.differs_from_truth > 0, "{report:?}");
}
