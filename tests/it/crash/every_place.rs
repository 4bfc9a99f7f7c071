//! A story whose run dies at each place where it could, one after the other.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use crate::kit::world::KEY;
use crate::kit::{Output, Running, World};

/// The places of a command that writes to Close.
pub(super) const OF_A_RUN: &[&str] = &[
    "checkpoint: before a commit",
    "checkpoint: after a commit",
    "checkpoint: before a run",
    "checkpoint: after a run",
    "checkpoint: before its end",
    "checkpoint: after its end",
    "request: before it leaves",
    "request: after its answer",
];

pub(super) const ALLOWED: &[&str] = &["import", "--yes", "--json", "--allow-deletes", "100"];

/// Runs an import. `point` is `NAME#n`, or nothing for a run that lives.
pub(super) fn import(world: &World, point: &str) -> Output {
    run(world, ALLOWED, point)
}

pub(super) fn run(world: &World, arguments: &[&str], point: &str) -> Output {
    let trace = world.path().join("trace");
    let environment = [
        ("CLOSE_API_KEY", KEY),
        ("CLOSE_BASE_URL", world.server.base_url.as_str()),
        ("CHATFERRY_FAULT_POINT", point),
        ("CHATFERRY_FAULT_TRACE", trace.to_str().expect("a path")),
    ];
    Running::start(arguments, world.path(), &environment).wait()
}

/// How a story begins, before the run that dies, and what Close holds in the end.
pub(super) struct Story {
    pub(super) begin: fn() -> World,
    /// The command that dies.
    pub(super) command: &'static [&'static str],
    /// The command of the next run, which does the rest.
    pub(super) next: &'static [&'static str],
    /// Numbers of its summary that are zero in the end.
    pub(super) zero: &'static [&'static str],
    pub(super) whole: fn(&World, &str),
    /// Names of places that its run must go through.
    pub(super) kinds: &'static [&'static str],
    /// The least number of places that its run goes through.
    pub(super) least: usize,
}

fn begin(story: &Story) -> World {
    let world = (story.begin)();
    slow_down(&world);
    world
}

/// One thing at a time, so that the places come in the same order in every run.
pub(super) fn slow_down(world: &World) {
    let path = world.path().join("chatferry.toml");
    let text = fs::read_to_string(&path).expect("a file");
    let slow = "concurrency = 1\nupload_concurrency = 1\nsettle_seconds";
    fs::write(&path, text.replace("settle_seconds", slow)).expect("written");
}

/// The places that a run of the story goes through, each by its name and number. Uploads go
/// on beside posts, so that another run may have a commit or two more: those are tried too,
/// and a run that does not get there lives.
fn places(story: &Story) -> Vec<String> {
    let world = begin(story);
    run(&world, story.command, "").exits(0);
    traced(&world, 2)
}

/// The places in the trace of a run, and this number more of each name.
pub(super) fn traced(world: &World, more: usize) -> Vec<String> {
    let trace = fs::read_to_string(world.path().join("trace")).unwrap_or_default();
    let mut counts = BTreeMap::<&str, usize>::new();
    for name in trace.lines() {
        *counts.entry(name).or_default() += 1;
    }
    let all = counts.into_iter().flat_map(|(name, count)| {
        let numbers = 1..=count + more;
        numbers.map(move |number| format!("{name}#{number}"))
    });
    all.collect()
}

pub(super) fn dies_everywhere(story: &Story) {
    let places = Mutex::new(places(story));
    let next = || places.lock().expect("no panic").pop();
    let part = || {
        let mut kinds = BTreeMap::<String, usize>::new();
        loop {
            let Some(point) = next() else {
                return kinds;
            };
            let world = begin(story);
            let output = run(&world, story.command, &point);
            let moment = format!("fault point {point}");
            if output.code.is_some() {
                // This run did not get there.
                output.exits(0);
                if story.next == story.command {
                    (story.whole)(&world, &moment);
                    continue;
                }
            } else {
                let (name, _) = point.split_once('#').expect("a number");
                *kinds.entry(name.to_owned()).or_default() += 1;
            }
            let output = run(&world, story.next, "").exits(0);
            for name in story.zero {
                assert_eq!(output.number(name), 0, "{moment}: {name}");
            }
            (story.whole)(&world, &moment);
            let writes = world.server.writes();
            run(&world, story.next, "").exits(0);
            assert_eq!(
                world.server.writes(),
                writes,
                "{moment}: a third run writes"
            );
        }
    };
    let mut kinds = BTreeMap::<String, usize>::new();
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..2).map(|_| scope.spawn(part)).collect();
        for part in parts {
            for (name, count) in part.join().expect("no panic") {
                *kinds.entry(name).or_default() += count;
            }
        }
    });
    let total: usize = kinds.values().sum();
    assert!(total >= story.least, "{total} places: {kinds:?}");
    for name in story.kinds {
        assert!(kinds.contains_key(*name), "{name} was never met: {kinds:?}");
    }
}
