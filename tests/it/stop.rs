//! Ctrl-C, once and twice, and two runs at once.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use chatferry::sandbox::Fault;

use crate::kit::program::WATCHDOG;
use crate::kit::world::IMPORT;
use crate::kit::{Built, Running, When, World, is_post, scenes};

/// A gate that holds requests until it is opened.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<(u32, bool)>,
    changed: Condvar,
}

impl Gate {
    /// Holds the caller until the gate is opened.
    pub(crate) fn hold(&self) {
        let mut state = self.state.lock().expect("gate");
        state.0 += 1;
        self.changed.notify_all();
        let (_state, _) = self
            .changed
            .wait_timeout_while(state, WATCHDOG, |state| !state.1)
            .expect("gate");
    }

    /// Waits until so many are held.
    pub(crate) fn held(&self, count: u32) {
        let state = self.state.lock().expect("gate");
        let (_state, late) = self
            .changed
            .wait_timeout_while(state, WATCHDOG, |state| state.0 < count)
            .expect("gate");
        assert!(!late.timed_out(), "nothing is in flight");
    }

    pub(crate) fn open(&self) {
        self.state.lock().expect("gate").1 = true;
        self.changed.notify_all();
    }
}

/// Opens the gate also when a test fails, so that the sandbox can end.
pub(crate) struct Opened(pub(crate) Arc<Gate>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// An import whose posts are held, from the one on that `from` says.
fn held_import(world: &World) -> (Running, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let inside = Arc::clone(&gate);
    world.server.rule(move |seen, when| {
        if is_post(seen) && when == When::Received {
            inside.hold();
        }
        Fault::None
    });
    let running = world.spawn(IMPORT);
    (running, gate)
}

#[test]
fn ctrl_c_finishes_requests_in_progress() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 40)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(8);
    running.signal("INT");
    // The signal is on its way; the answers may come before it is heard, and then a few more
    // messages go out. Either way none is lost.
    gate.open();
    let output = running.wait().exits(4);
    output.says(
        "Stopping: requests in progress are finished (up to 10 s); Ctrl-C again stops at once",
    );
    world.server.calm();
    let created = output.number("created");
    assert!(created >= 8, "{created} created");
    assert_eq!(
        output.number("unknown"),
        0,
        "what was in flight was finished"
    );
    assert_eq!(created, world.server.state.message_count() as u64);
    assert_eq!(output.number("not_reached"), 40 - created);
    output.says(&format!(
        "Stopped. {created} messages done, {} left; run the same command again to resume",
        40 - created
    ));
    assert!(!output.stderr.contains("error:"), "{}", output.stderr);
    let before = world.server.count("POST", "/activity/whatsapp_message/") as u64;
    assert_eq!(before, created);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 40 - created);
    world.assert_whole("after Ctrl-C");
}

/// The last requests are in progress: nothing is left to resume.
#[test]
fn ctrl_c_during_last_requests_ends_as_done() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(3);
    running.signal("INT");
    while running.is_alive() && !running.has_said("Stopping") {
        std::thread::yield_now();
    }
    gate.open();
    let output = running.wait().exits(0);
    let numbers = ["created", "unknown", "not_reached"].map(|name| output.number(name));
    assert_eq!(numbers, [3, 0, 0]);
    assert!(!output.stderr.contains("Stopped."), "{}", output.stderr);
    world.assert_whole("after Ctrl-C");
}

#[test]
fn second_ctrl_c_exits_at_once() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 40)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(8);
    // The posts are held all the time: only a second signal can end the run before the ten
    // seconds of the first are over. Signals that are sent together may melt into one.
    while running.is_alive() {
        running.signal("INT");
    }
    let output = running.wait();
    assert_eq!(output.code, Some(4), "{}", output.stderr);
    assert_eq!(
        world.server.state.message_count(),
        0,
        "nothing was answered"
    );
    assert_eq!(output.number("unknown"), 8);
    gate.open();
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("after two of them");
}

#[test]
fn sigterm_stops_like_ctrl_c() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 30)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(8);
    running.signal("TERM");
    gate.open();
    running.wait().exits(4);
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("after SIGTERM");
}

#[test]
fn second_run_on_a_locked_checkpoint_is_refused() {
    let world = World::new(scenes::rich());
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(1);
    let second = world.import().exits(4);
    second.says(&running.pid().to_string());
    gate.open();
    running.wait().exits(0);
    world.assert_whole("the first of two");
}

/// Takes the ten seconds: they are counted by the program's own clock.
#[test]
fn requests_in_progress_get_ten_seconds() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 20)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(8);
    running.signal("INT");
    // Never answered; the run ends all the same.
    let output = running.wait().exits(4);
    assert_eq!(output.number("unknown"), 8);
    assert_eq!(output.number("not_reached"), 12);
    gate.open();
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("after ten seconds");
}

#[test]
fn ctrl_c_does_not_wait_for_settling() {
    let mut built = Built::new(scenes::rich());
    built.limits = "settle_seconds = 600.0\nrequests_per_second = 1000.0\n".to_owned();
    let world = built.world();
    let lost = AtomicBool::new(false);
    let output = world.import_under(move |seen, when, running| {
        if is_post(seen) && when == When::Received && !lost.swap(true, Ordering::SeqCst) {
            return Fault::Drop;
        }
        let is_look_up = seen.query.contains("external_whatsapp_message_id=");
        if is_look_up && when != When::Received && lost.load(Ordering::SeqCst) {
            running.signal("INT");
        }
        Fault::None
    });
    let output = output.exits(4);
    assert_eq!(output.number("unknown"), 1);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("config");
    world.write("chatferry.toml", &config.replace("600.0", "0.0"));
    world.import().exits(0);
    world.assert_whole("settled by the next run");
}

#[test]
fn selected_run_settles_requests_of_another_run() {
    let world = World::new(scenes::rich());
    let posts = AtomicU32::new(0);
    let output = world.import_under(move |seen, when, running| {
        if is_post(seen) && when != When::Received && posts.fetch_add(1, Ordering::SeqCst) == 2 {
            running.kill();
        }
        Fault::None
    });
    assert_eq!(output.code, None, "killed");
    world
        .run(&["import", "--yes", "--json", "--chat", "Dora Quist"])
        .exits(0);
    world.import().exits(0);
    world.assert_whole("a part, then the rest");
}
