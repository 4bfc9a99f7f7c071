//! No network, and a network that goes away and comes back.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chatferry::sandbox::Fault;

use crate::kit::world::{IMPORT, KEY};
use crate::kit::{Built, Running, When, World, is_post, scenes};

#[test]
fn closed_port_stops_the_run() {
    let world = World::new(scenes::rich());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api/v1", listener.local_addr().expect("bound"));
    drop(listener);
    let environment = [("CLOSE_BASE_URL", url.as_str()), ("CLOSE_API_KEY", KEY)];
    let output = Running::start(IMPORT, world.path(), &environment)
        .wait()
        .exits(4);
    output.says(&format!("error: {url}: GET /me/ failed"));
    output.says("nothing listening at this address; start the server (`chatferry sandbox`)");
    world.import().exits(0);
    world.assert_whole("once there is a network");
}

#[test]
fn server_that_dies_in_the_middle_stops_the_run() {
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

/// Somebody answers in Close's place: nothing is said to him.
#[test]
fn untrusted_server_receives_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let heard = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&heard);
    std::thread::spawn(move || {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = include_bytes!("kit/tls/certificate.der").to_vec();
        let key = include_bytes!("kit/tls/key.der").to_vec();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key.try_into().expect("a key"))
            .expect("a certificate");
        let config = Arc::new(config);
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config));
            let mut stream =
                rustls::StreamOwned::new(connection.expect("a connection"), stream.expect("one"));
            let read = stream.read(&mut [0; 64]).unwrap_or(0);
            count.fetch_add(u32::try_from(read).expect("few"), Ordering::SeqCst);
        }
    });
    let world = World::new(scenes::rich());
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{port}/api/v1");
        let environment = [("CLOSE_BASE_URL", url.as_str()), ("CLOSE_API_KEY", KEY)];
        let output = Running::start(IMPORT, world.path(), &environment).wait();
        output.exits(4).says("TLS certificate is not trusted");
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

/// A sandbox that does not answer so many requests.
fn with_an_outage(limit: &str, requests: u32) -> World {
    let mut built = Built::new(scenes::rich());
    built.limits = built.limits.replace("outage_seconds = 0.0", limit);
    let world = built.world();
    let count = AtomicU32::new(0);
    world.server.rule(move |_, _| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        if (24..24 + requests).contains(&number) {
            Fault::Drop
        } else {
            Fault::None
        }
    });
    world
}

#[test]
fn outage_is_waited_out() {
    let world = with_an_outage("outage_seconds = 300.0", 7);
    let output = world.import().exits(0);
    world.assert_whole("after an outage");
    output.says("Close does not respond. The run waits");
    output.says("Close responds again. The run continues.");
    assert_eq!(output.number("failed"), 0);
}

/// An outage while Close is asked what it holds, before there is a plan.
#[test]
fn outage_before_the_plan_is_reported() {
    let mut built = Built::new(scenes::rich());
    built.limits = built
        .limits
        .replace("outage_seconds = 0.0", "outage_seconds = 300.0");
    let world = built.world();
    let count = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        let is_list = seen.method == "GET" && seen.path.ends_with("/whatsapp_message/");
        if is_list && when == When::Received && count.fetch_add(1, Ordering::SeqCst) < 5 {
            return Fault::Drop;
        }
        Fault::None
    });
    let output = world.import().exits(0);
    let told = output.stderr.find("Close does not respond").expect("told");
    assert!(told < output.stderr.find("To import").expect("a plan"));
    world.assert_whole("after it");
}

#[test]
fn outage_that_lasts_stops_the_run() {
    let world = with_an_outage("outage_seconds = 0.5", 1000);
    let output = world.import().exits(4);
    output.says("check the network");
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("once it is back");
}

/// While an outage is on nothing leaves but probes, also of what stood in line for its turn when it
/// began; and what never left is not unknown.
#[test]
fn nothing_is_sent_during_an_outage() {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 60)]);
    built.limits = built
        .limits
        .replace("outage_seconds = 0.0", "outage_seconds = 300.0")
        .replace("requests_per_second = 1000.0", "requests_per_second = 25.0");
    let world = built.world();
    let (posts, dropped, probes) = (
        AtomicU32::new(0),
        Arc::new(AtomicU32::new(0)),
        AtomicU32::new(0),
    );
    let lost = Arc::clone(&dropped);
    let output = world.import_under(move |seen, when, running| {
        if when != When::Received {
            return Fault::None;
        }
        if is_post(seen) && posts.fetch_add(1, Ordering::SeqCst) >= 10 {
            lost.fetch_add(1, Ordering::SeqCst);
            return Fault::Drop;
        }
        if lost.load(Ordering::SeqCst) == 0 {
            return Fault::None;
        }
        if seen.path.ends_with("/me/") && probes.fetch_add(1, Ordering::SeqCst) == 1 {
            running.signal("INT");
        }
        Fault::Drop
    });
    let output = output.exits(4);
    let dropped = u64::from(dropped.load(Ordering::SeqCst));
    // Five requests are the outage; one more may have been on its way.
    assert!((1..=6).contains(&dropped), "{dropped} went into the void");
    assert_eq!(output.number("unknown"), dropped);
    assert_eq!(output.number("created"), 10);
    assert_eq!(output.number("not_reached"), 60 - 10 - dropped);
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("once it is back");
}
