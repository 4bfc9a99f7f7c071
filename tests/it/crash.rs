//! The program dies at every place where it could: before and after each commit of the checkpoint
//! and each request, all of them, one after the other. After each the next run leaves every message,
//! link and byte once.
//!
//! `cargo test --features fault-points --test it crash`; the ordinary build has no such places.

use crate::kit::World;

#[cfg(not(feature = "fault-points"))]
mod ordinary {
    use std::fs;

    use super::World;
    use crate::kit::world::{IMPORT, KEY};
    use crate::kit::{Running, scenes};

    #[test]
    fn default_build_has_no_fault_points() {
        let world = World::new(vec![scenes::ben()]);
        let trace = world.path().join("trace");
        let environment = [
            ("CLOSE_API_KEY", KEY),
            ("CLOSE_BASE_URL", world.server.base_url.as_str()),
            ("CHATFERRY_FAULT_POINT", "1"),
            ("CHATFERRY_FAULT_TRACE", trace.to_str().expect("a path")),
        ];
        Running::start(IMPORT, world.path(), &environment)
            .wait()
            .exits(0);
        assert!(!trace.exists());
        let program = fs::read(env!("CARGO_BIN_EXE_chatferry")).expect("read");
        let name = b"CHATFERRY_FAULT";
        assert!(!program.windows(name.len()).any(|window| window == name));
    }
}

#[cfg(feature = "fault-points")]
mod every_place {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::Mutex;

    use super::World;
    use crate::kit::world::KEY;
    use crate::kit::{Output, Running, scenes};
    use crate::recovery::relinks;
    use crate::{missing, moves, updates};

    const ALLOWED: &[&str] = &["import", "--yes", "--json", "--allow-deletes", "100"];

    /// `point` is `NAME#n`, or nothing for a run that lives.
    fn import(world: &World, point: &str) -> Output {
        run(world, ALLOWED, point)
    }

    fn run(world: &World, arguments: &[&str], point: &str) -> Output {
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
    struct Story {
        begin: fn() -> World,
        /// The command that dies, and does the rest in the next run.
        command: &'static [&'static str],
        /// Numbers of its summary that are zero in the end.
        zero: &'static [&'static str],
        whole: fn(&World, &str),
        /// The least number of places that its run goes through.
        least: usize,
    }

    /// One thing at a time, so that the places come in the same order in every run.
    fn begin(story: &Story) -> World {
        let world = (story.begin)();
        let path = world.path().join("chatferry.toml");
        let text = fs::read_to_string(&path).expect("a file");
        let slow = "concurrency = 1\nupload_concurrency = 1\nsettle_seconds";
        fs::write(&path, text.replace("settle_seconds", slow)).expect("written");
        world
    }

    /// The places that a run of the story goes through, each by its name and number. Uploads go
    /// on beside posts, so that another run may have a commit or two more: those are tried too,
    /// and a run that does not get there lives.
    fn places(story: &Story) -> Vec<String> {
        let world = begin(story);
        run(&world, story.command, "").exits(0);
        let trace = fs::read_to_string(world.path().join("trace")).expect("a trace");
        let mut counts = BTreeMap::<&str, usize>::new();
        for name in trace.lines() {
            *counts.entry(name).or_default() += 1;
        }
        let more = |(name, count): (&str, usize)| {
            (1..=count + 2)
                .map(|number| format!("{name}#{number}"))
                .collect::<Vec<_>>()
        };
        counts.into_iter().flat_map(more).collect()
    }

    fn dies_everywhere(story: &Story) {
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
                    (story.whole)(&world, &moment);
                    continue;
                }
                let (name, _) = point.split_once('#').expect("a number");
                *kinds.entry(name.to_owned()).or_default() += 1;
                let output = run(&world, story.command, "").exits(0);
                for name in story.zero {
                    assert_eq!(output.number(name), 0, "{moment}: {name}");
                }
                (story.whole)(&world, &moment);
                let writes = world.server.writes();
                run(&world, story.command, "").exits(0);
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
        for name in [
            "checkpoint: before a commit",
            "checkpoint: after a commit",
            "checkpoint: before a run",
            "checkpoint: after a run",
            "checkpoint: before its end",
            "checkpoint: after its end",
            "request: before it leaves",
            "request: after its answer",
        ] {
            assert!(kinds.contains_key(name), "{name} was never met: {kinds:?}");
        }
    }

    #[test]
    fn first_import_survives_every_fault_point() {
        dies_everywhere(&Story {
            command: ALLOWED,
            zero: &["failed", "undecided"],
            begin: || World::new(vec![scenes::ben(), scenes::dora()]),
            whole: |world, moment| world.assert_whole(moment),
            least: 80,
        });
    }

    #[test]
    fn changing_import_survives_every_fault_point() {
        dies_everywhere(&Story {
            command: ALLOWED,
            zero: &["failed", "undecided"],
            begin: || {
                let world = World::new(vec![updates::with_photo(false)]);
                import(&world, "").exits(0);
                let newer = updates::with_photo(true).say(
                    "2024-03-13 10:31",
                    crate::kit::Side::They,
                    "new",
                );
                updates::export_again(&world, &newer);
                fs::remove_file(world.path().join("trace")).expect("a trace");
                world
            },
            whole: |world, moment| {
                let newer = updates::with_photo(true).say(
                    "2024-03-13 10:31",
                    crate::kit::Side::They,
                    "new",
                );
                let mut rows = newer.rows();
                rows.sort();
                world.assert_rows(&rows, moment);
            },
            least: 25,
        });
    }

    #[test]
    fn move_to_another_lead_survives_every_fault_point() {
        dies_everywhere(&Story {
            command: ALLOWED,
            zero: &["failed", "undecided"],
            begin: || {
                let world = moves::world(scenes::dora(), "");
                import(&world, "").exits(0);
                moves::correct_lead(&world);
                fs::remove_file(world.path().join("trace")).expect("a trace");
                world
            },
            whole: |world, moment| world.assert_rows(&moves::on_new_lead(world), moment),
            least: 50,
        });
    }

    #[test]
    fn lead_creation_survives_every_fault_point() {
        dies_everywhere(&Story {
            command: missing::CREATE,
            zero: &["failed", "questions", "not_found"],
            begin: missing::ben_is_missing,
            whole: |world, moment| {
                missing::assert_ben(world, moment);
                let open = "SELECT count(*) FROM operation WHERE open = 1";
                assert_eq!(world.recorded(open), 0, "{moment}: an operation is open");
            },
            least: 20,
        });
    }

    #[test]
    fn relinking_survives_every_fault_point() {
        dies_everywhere(&Story {
            command: ALLOWED,
            zero: &["failed", "undecided"],
            begin: relinks::about_to_move,
            whole: |world, moment| {
                assert_eq!(relinks::wrong(world), None, "{moment}");
                let open = "SELECT count(*) FROM operation WHERE open = 1";
                assert_eq!(world.recorded(open), 0, "{moment}: an operation is open");
            },
            least: 40,
        });
    }
}
