//! Random histories: imports of growing exports, an undo that dies at any of its places, then an import. Close equals a
//! fresh import, and nothing else was touched.
//!
//! | variable              | effect                                                  |
//! |-----------------------|---------------------------------------------------------|
//! | `CHATFERRY_UNDO`      | histories up to this seed, instead of [`FEW`]            |
//! | `CHATFERRY_UNDO_FROM` | the first seed, 0 by default                             |
//! | `CHATFERRY_UNDO_ALL`  | the undo of each history dies at every place, not at [`PLACES`] of them |

use std::collections::BTreeMap;
use std::sync::Mutex;

use chatferry::sandbox::StoredMessage;
use fastrand::Rng;

use super::every_place::{ALLOWED, run, slow_down, traced};
use crate::kit::{Chat, World, archive, scenes, setting};
use crate::undo::{delete, post_beside, stored};

/// Seeds of a plain run.
const FEW: u64 = 6;
/// Places at which the undo of one history dies, each in a history of its own.
const PLACES: usize = 2;

fn number(name: &str, default: u64) -> u64 {
    let value = setting(name).and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

/// Some imports, and what other programs posted next to them.
struct Imported {
    world: World,
    /// The next export of the second chat.
    newer: Chat,
    foreign: Vec<StoredMessage>,
    undo: &'static [&'static str],
}

fn imported(seed: u64) -> Imported {
    let mut rng = Rng::with_seed(seed);
    let first = match rng.u32(0..3) {
        0 => scenes::ben(),
        1 => scenes::dora(),
        _ => scenes::plain("Ben Cooper", 1, rng.u32(1..6)),
    };
    let second = |count| scenes::plain("Cleo Marsh", 2, count);
    let mut count = rng.u32(1..5);
    let mut world = World::new(vec![first, second(count)]);
    slow_down(&world);
    world.import().exits(0);
    post_beside(&world, "word2 number 0", "from the help desk", false);
    let mut foreign = vec!["from the help desk"];
    if rng.bool() {
        post_beside(&world, "word2 number 0", "a reply of the help desk", true);
        foreign.push("a reply of the help desk");
    }
    for _ in 0..rng.u32(0..3) {
        count += rng.u32(1..4);
        world.chats[1] = second(count);
        archive::put_zip(&world.chats[1], &world.exports());
        world.import().exits(0);
    }
    let undo: &[&str] = match rng.u32(0..4) {
        0 => &["undo", "--yes", "--json", "--run", "latest"],
        1 => &["undo", "--yes", "--json", "--run", "1"],
        2 => &["undo", "--yes", "--json", "--chat", "Cleo Marsh"],
        _ => &["undo", "--yes", "--json"],
    };
    Imported {
        newer: second(count + rng.u32(0..3)),
        foreign: foreign.iter().map(|text| stored(&world, text)).collect(),
        world,
        undo,
    }
}

/// Undoes at one place of a history, imports a newer export and compares.
fn dies_at(seed: u64, point: &str, kinds: &Mutex<BTreeMap<String, usize>>) {
    let Imported {
        mut world,
        newer,
        foreign,
        undo,
    } = imported(seed);
    let moment = format!("seed {seed}, fault point {point}");
    let died = run(&world, undo, point);
    match died.code {
        None => {
            let (name, _) = point.split_once('#').expect("a number");
            let mut kinds = kinds.lock().expect("no panic");
            *kinds.entry(name.to_owned()).or_default() += 1;
        }
        // Messages that others replied to stay.
        code => assert!(matches!(code, Some(0 | 3)), "{moment}: {}", died.stderr),
    }
    world.chats[1] = newer;
    archive::put_zip(&world.chats[1], &world.exports());
    run(&world, ALLOWED, "").exits(0);
    let open = world.recorded("SELECT count(*) FROM operation WHERE open = 1");
    assert_eq!(open, 0, "{moment}: an operation is open");
    for before in foreign {
        let text = before.markdown.clone();
        assert_eq!(stored(&world, &text), before, "{moment}");
        delete(&world, &text);
    }
    world.assert_whole(&moment);
    let writes = world.server.writes();
    run(&world, ALLOWED, "").exits(0);
    assert_eq!(
        world.server.writes(),
        writes,
        "{moment}: a third run writes"
    );
}

/// The places at which the undo of a history dies.
fn places(seed: u64) -> Vec<String> {
    let whole = imported(seed);
    run(&whole.world, whole.undo, "");
    let mut places = traced(&whole.world, 0);
    if setting("CHATFERRY_UNDO_ALL").is_none() {
        Rng::with_seed(seed).shuffle(&mut places);
        places.truncate(PLACES);
    }
    places
}

#[test]
fn import_after_an_undo_that_died_equals_a_fresh_import() {
    let seeds = Mutex::new(number("CHATFERRY_UNDO_FROM", 0)..number("CHATFERRY_UNDO", FEW));
    let kinds = Mutex::new(BTreeMap::<String, usize>::new());
    let next = || seeds.lock().expect("no panic").next();
    let part = || {
        while let Some(seed) = next() {
            for point in places(seed) {
                dies_at(seed, &point, &kinds);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(part);
        }
    });
    let kinds = kinds.into_inner().expect("no panic");
    let deaths: usize = kinds.values().sum();
    assert!(deaths > 6, "{kinds:?}");
    assert!(kinds.len() > 2, "{kinds:?}");
}
