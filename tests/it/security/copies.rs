//! Copies of the checkpoint that `plan` reads after a killed run: they have no name.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chatferry::sandbox::Fault;

use crate::kit::world::KEY;
use crate::kit::{Running, When, World, is_post, scenes};

/// A world whose last import was killed, so that its checkpoint has a log.
fn killed() -> World {
    let world = World::new(scenes::rich());
    world.import_until(
        |seen, when| is_post(seen) && seen.number > 20 && when == When::Received,
        |running| {
            running.kill();
            Fault::None
        },
    );
    assert!(
        world.path().join("chatferry.db-wal").exists(),
        "a log is left"
    );
    world.server.calm();
    world
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn copy_of_the_checkpoint_has_no_name_while_it_is_read() {
    let world = killed();
    let temporary = world.path().join("temporary");
    fs::create_dir(&temporary).expect("made");
    let seen: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (record, folder) = (Arc::clone(&seen), temporary.clone());
    // The first request about messages comes once the checkpoint is read.
    world.server.rule(move |request, when| {
        if request.path.contains("whatsapp_message") && when == When::Received {
            record.lock().expect("seen").push(files(&folder));
        }
        Fault::None
    });
    let before = world.listing();
    let environment = [
        ("CLOSE_API_KEY", KEY),
        ("CLOSE_BASE_URL", world.server.base_url.as_str()),
        ("TMPDIR", temporary.to_str().expect("text")),
    ];
    let running = Running::start(&["plan"], world.path(), &environment);
    running.wait().exits(0);
    let seen = seen.lock().expect("seen");
    assert!(!seen.is_empty(), "Close was asked");
    assert!(seen.iter().all(|files| *files == 0), "{seen:?}");
    assert_eq!(files(&temporary), 0);
    assert_eq!(world.listing(), before);
}
