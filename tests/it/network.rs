//! No network, and a network that goes away and comes back.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

use chatferry::sandbox::Fault;

use crate::kit::world::{IMPORT, KEY};
use crate::kit::{Built, Running, World, scenes};

#[test]
fn a_closed_port_stops_the_run() {
    let world = World::new(scenes::rich());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api/v1", listener.local_addr().expect("bound"));
    drop(listener);
    let environment = [("CLOSE_BASE_URL", url.as_str()), ("CLOSE_API_KEY", KEY)];
    let output = Running::start(IMPORT, world.path(), &environment)
        .wait()
        .exits(4);
    output.says("check the network");
    world.import().exits(0);
    world.assert_whole("once there is a network");
}

#[test]
fn a_server_that_dies_in_the_middle_stops_the_run() {
    let world = World::new(scenes::rich());
    let count = AtomicU32::new(0);
    world.server.rule(move |_, _| {
        if count.fetch_add(1, Ordering::SeqCst) < 24 {
            Fault::None
        } else {
            Fault::Drop
        }
    });
    world.import().exits(4);
    world.server.calm();
    let before = world.server.state.message_count();
    assert!(before < world.expected().len(), "it died in the middle");
    world.import().exits(0);
    world.assert_whole("once it is back");
}

/// A sandbox that answers nothing for a while.
fn with_an_outage(limit: &str) -> World {
    let mut built = Built::new(scenes::rich());
    built.limits = built.limits.replace("outage_seconds = 0.0", limit);
    let world = built.world();
    let count = AtomicU32::new(0);
    world.server.rule(move |_, _| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        if (24..36).contains(&number) {
            Fault::Drop
        } else {
            Fault::None
        }
    });
    world
}

#[test]
fn an_outage_is_waited_out() {
    let world = with_an_outage("outage_seconds = 300.0");
    let output = world.import().exits(0);
    world.assert_whole("after an outage");
    output.says("Close does not answer. The run waits");
    output.says("Close answers again. The run goes on.");
    assert_eq!(output.number("failed"), 0);
}

#[test]
fn an_outage_that_lasts_stops_the_run() {
    let world = with_an_outage("outage_seconds = 0.5");
    let output = world.import().exits(4);
    output.says("check the network");
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("once it is back");
}
