//! The first and the last screen of a person: the demonstration, the sandbox, a wrong key, Ctrl-C.

use std::sync::Arc;

use chatferry::sandbox::Fault;

use super::phones::world;
use super::{assert_screen_of, begin};
use crate::kit::program::WATCHDOG;
use crate::kit::world::IMPORT;
use crate::kit::{Running, When, is_post};
use crate::stop::{Gate, Opened};

/// Waits until a text is on stderr.
#[track_caller]
fn until_said(running: &Running, text: &str) {
    let begun = std::time::Instant::now();
    while !running.has_said(text) {
        assert!(begun.elapsed() < WATCHDOG, "{text}");
        std::thread::yield_now();
    }
}

#[test]
fn demo_shows_an_import_end_to_end() {
    let world = world(false);
    assert_screen_of("demo", &["demo"], &|columns, colours| {
        begin(&world, &["demo"], columns, colours, &[])
            .wait()
            .exits(0)
    });
}

#[test]
fn sandbox_shows_its_address_and_the_command_of_a_rehearsal() {
    let world = world(false);
    let sandbox = ["sandbox", "--port", "0", "--contacts", "contacts.csv"];
    assert_screen_of("sandbox", &sandbox, &|columns, colours| {
        let running = begin(&world, &sandbox, columns, colours, &[]);
        until_said(&running, "lead by lead: http");
        running.signal("INT");
        running.wait().exits(0)
    });
}

#[test]
fn wrong_key_is_named_with_its_remedy() {
    let world = world(false);
    let wrong = [("CLOSE_API_KEY", "api_wrong.key")];
    assert_screen_of("wrong_key", &["import", "--yes"], &|columns, colours| {
        begin(&world, &["import", "--yes"], columns, colours, &wrong)
            .wait()
            .exits(5)
    });
}

#[test]
fn ctrl_c_is_no_error() {
    // One chat, whose first messages start together: the numbers are the same in each run.
    let import = ["import", "--yes", "--chat", "Rita Sol"];
    assert_screen_of("interrupted", &import, &|columns, colours| {
        let world = world(false);
        let gate = Arc::new(Gate::default());
        let inside = Arc::clone(&gate);
        world.server.rule(move |seen, when| {
            if is_post(seen) && when == When::Received {
                inside.hold();
            }
            Fault::None
        });
        let _opened = Opened(Arc::clone(&gate));
        let running = begin(&world, &import, columns, colours, &[]);
        gate.held(1);
        running.signal("INT");
        until_said(&running, "Stopping");
        gate.open();
        running.wait().exits(4)
    });
}

/// Its two sentences were one line of 111 columns.
#[test]
fn sentence_about_a_stop_is_wrapped() {
    let world = world(false);
    let gate = Arc::new(Gate::default());
    let inside = Arc::clone(&gate);
    world.server.rule(move |seen, when| {
        if is_post(seen) && when == When::Received {
            inside.hold();
        }
        Fault::None
    });
    let _opened = Opened(Arc::clone(&gate));
    let running = begin(&world, IMPORT, "80", false, &[]);
    gate.held(1);
    running.signal("INT");
    until_said(&running, "resumes.");
    gate.open();
    let output = running.wait().exits(4);
    for line in output.stderr.lines() {
        assert!(super::fits(line, 80), "{line}");
    }
}
