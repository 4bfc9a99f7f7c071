//! Ctrl-C, once and twice, and two runs at once.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use chatferry::sandbox::Fault;

use crate::kit::program::WATCHDOG;
use crate::kit::world::IMPORT;
use crate::kit::{Running, When, World, is_post, scenes};

/// A gate that holds requests until it is opened.
#[derive(Default)]
struct Gate {
    state: Mutex<(u32, bool)>,
    changed: Condvar,
}

impl Gate {
    /// Holds the caller until the gate is opened.
    fn hold(&self) {
        let mut state = self.state.lock().expect("gate");
        state.0 += 1;
        self.changed.notify_all();
        let (_state, _) = self
            .changed
            .wait_timeout_while(state, WATCHDOG, |state| !state.1)
            .expect("gate");
    }

    /// Waits until so many are held.
    fn held(&self, count: u32) {
        let state = self.state.lock().expect("gate");
        let (_state, late) = self
            .changed
            .wait_timeout_while(state, WATCHDOG, |state| state.0 < count)
            .expect("gate");
        assert!(!late.timed_out(), "nothing is in flight");
    }

    fn open(&self) {
        self.state.lock().expect("gate").1 = true;
        self.changed.notify_all();
    }
}

/// Opens the gate also when a test fails, so that the sandbox can end.
struct Opened(Arc<Gate>);

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
fn ctrl_c_finishes_what_is_in_flight() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 40)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(8);
    running.signal("INT");
    // The signal is on its way; the answers may come before it is heard, and then a few more
    // messages go out. Either way none is lost.
    gate.open();
    let output = running.wait().exits(4);
    output.says("stopped as asked");
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
    let before = world.server.count("POST", "/activity/whatsapp_message/") as u64;
    assert_eq!(before, created);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 40 - created);
    world.assert_whole("after Ctrl-C");
}

#[test]
fn a_second_ctrl_c_exits_at_once() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 40)]);
    let (running, gate) = held_import(&world);
    let _opened = Opened(Arc::clone(&gate));
    gate.held(8);
    running.signal("INT");
    running.signal("INT");
    // The posts are held all the time: only the second signal can end the run before the ten
    // seconds of the first are over, and the signals of one kind may melt into one on the way.
    let again = running.clone();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let repeat = std::thread::spawn(move || {
        while stopped.recv_timeout(Duration::from_millis(20)).is_err() {
            again.signal("INT");
        }
    });
    let output = running.wait();
    stop.send(()).expect("it listens");
    repeat.join().expect("it ends");
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
fn a_request_to_terminate_is_one_to_stop() {
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
fn two_runs_at_once_on_one_checkpoint() {
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
