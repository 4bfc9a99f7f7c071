//! What the page has read, while something else changes the files.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::kit::{World, scenes};

/// Changes the time of a file over and over while `work` is done, as another process that writes it would.
fn while_written<T>(path: PathBuf, work: impl FnOnce() -> T) -> T {
    let file = File::options().write(true).open(path).expect("it is there");
    let is_done = AtomicBool::new(false);
    let (touched, is_touched) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let done = &is_done;
        scope.spawn(move || {
            let mut at = SystemTime::UNIX_EPOCH;
            while !done.load(Ordering::Relaxed) {
                at += Duration::from_millis(1);
                file.set_modified(at).expect("a time");
                touched.send(()).ok();
                std::thread::yield_now();
            }
        });
        is_touched.recv().expect("written");
        // Also where an assertion fails, or the other thread would go on for ever.
        let result = catch_unwind(AssertUnwindSafe(work));
        is_done.store(true, Ordering::Relaxed);
        result.unwrap_or_else(|failure| resume_unwind(failure))
    })
}

#[test]
fn pages_are_shown_while_another_process_writes_the_checkpoint() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let page = world.page();
    page.settled("/archives").is(200);
    while_written(world.path().join("chatferry.db"), || {
        for path in ["/archives", "/people?state=all", "/left-out", "/"] {
            let shown = page.get(path).is(200);
            shown.hides("are being read");
        }
    });
    page.settled("/").is(200).shows("Compare them with Close");
}

/// A run that waits for an answer, an archive that is being copied, and a configuration that was edited in between. The page
/// shows either nothing yet, or values with the digest of the file that they are from.
#[test]
fn shown_answers_do_not_overwrite_an_edit() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan");
    let run = page.settled("/run").is(200);
    page.press(&run, "Start the run", &[]).is(303);
    page.settled("/run").shows("Your answer is needed");
    page.settled("/archives")
        .shows("list=\"zones\" value=\"Europe/Berlin\"");
    let file = world.path().join("chatferry.toml");
    let text = std::fs::read_to_string(&file).expect("chatferry.toml");
    let edited = text.replace("Europe/Berlin", "Europe/Vienna");
    world.write("chatferry.toml", &edited);
    let archive = world.exports().join("WhatsApp Chat with Ben Cooper.zip");
    let shown = while_written(archive, || page.get("/archives").is(200));
    if shown
        .text()
        .contains("list=\"zones\" value=\"Europe/Berlin\"")
    {
        page.press(&shown, "Save", &[]).is(409);
    }
    page.settled("/archives")
        .shows("list=\"zones\" value=\"Europe/Vienna\"");
    let now = std::fs::read_to_string(&file).expect("chatferry.toml");
    assert_eq!(now, edited);
}
