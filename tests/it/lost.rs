//! Responses that never arrive. A create is looked up before it is sent again; idempotent requests are
//! retried.

use std::collections::HashMap;
use std::sync::Mutex;

use chatferry::sandbox::{Fault, Seen};

use crate::kit::{Built, When, World, is_post, scenes};

fn refusal(status: u16) -> Fault {
    Fault::Status(status, "<html>bad gateway</html>".to_owned())
}

/// Breaks the first `times` requests of each kind for which `chosen` says so.
fn first_of_each(
    times: u32,
    chosen: impl Fn(&Seen, When) -> bool + Send + Sync,
    fault: Fault,
) -> impl Fn(&Seen, When) -> Fault + Send + Sync {
    let broken: Mutex<HashMap<String, u32>> = Mutex::default();
    move |seen, when| {
        if !chosen(seen, when) {
            return Fault::None;
        }
        let mut broken = broken.lock().expect("counts");
        let count = broken
            .entry(format!("{} {}", seen.method, seen.path))
            .or_insert(0);
        *count += 1;
        if *count <= times {
            fault.clone()
        } else {
            Fault::None
        }
    }
}

/// Every fault on every third POST of a message, before or after Close carried it out.
fn posts(when_broken: fn(When) -> bool, name: &str) {
    let faults = [
        Fault::Drop,
        refusal(500),
        refusal(502),
        refusal(503),
        refusal(504),
        Fault::Status(200, "{\"id\":".to_owned()),
    ];
    for fault in faults {
        let world = World::new(scenes::rich());
        let count = Mutex::new(0u32);
        let broken = fault.clone();
        world.server.rule(move |seen, when| {
            if !is_post(seen) || !when_broken(when) {
                return Fault::None;
            }
            let mut count = count.lock().expect("count");
            *count += 1;
            if *count % 3 == 1 {
                broken.clone()
            } else {
                Fault::None
            }
        });
        let moment = format!("{name}, {fault:?}");
        let output = world.import().exits(0);
        world.server.calm();
        world.assert_whole(&moment);
        assert_eq!(
            output.number("created"),
            world.server.state.message_count() as u64,
            "{moment}: created by this run, whatever the answer was"
        );
        let writes = world.server.writes();
        world.import().exits(0);
        assert_eq!(world.server.writes(), writes, "{moment}");
    }
}

#[test]
fn post_carried_out_without_response_is_found() {
    posts(|when| matches!(when, When::Processed(_)), "carried out");
}

#[test]
fn post_not_carried_out_without_response_is_sent_again() {
    posts(|when| when == When::Received, "not carried out");
}

#[test]
fn post_without_response_is_looked_up_before_retry() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 1)]);
    world.server.rule(first_of_each(
        1,
        |seen, when| is_post(seen) && when == When::Received,
        Fault::Drop,
    ));
    world.import().exits(0);
    world.assert_whole("sent again");
    let order: Vec<String> = world
        .server
        .state
        .requests()
        .iter()
        .filter(|line| line.template == "/activity/whatsapp_message/")
        .map(|line| line.method.clone())
        .collect();
    // The list of the lead, the message on whatever lead, the post, the question, the post.
    assert_eq!(order, ["GET", "GET", "POST", "GET", "POST"]);
}

#[test]
fn other_requests_that_fail_once_are_retried() {
    let faults = [Fault::Drop, refusal(500), refusal(503)];
    for fault in faults {
        for processed in [false, true] {
            let world = World::new(scenes::rich());
            world.server.rule(first_of_each(
                1,
                move |seen, when| !is_post(seen) && (when == When::Received) != processed,
                fault.clone(),
            ));
            let moment = format!("{fault:?}, processed: {processed}");
            let output = world.import().exits(0);
            world.server.calm();
            world.assert_whole(&moment);
            assert!(output.number("retries") > 0, "{moment}");
        }
    }
}

#[test]
fn expired_tickets_and_slow_storage_are_retried() {
    let xml = |code: &str| {
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>x</Message></Error>")
    };
    let faults = [
        Fault::Status(403, xml("AccessDenied")),
        Fault::Status(403, xml("ExpiredToken")),
        Fault::Status(503, xml("SlowDown")),
        Fault::Status(500, xml("InternalError")),
        Fault::Drop,
    ];
    for fault in faults {
        let world = World::new(vec![scenes::cleo(), scenes::dora()]);
        let broken = fault.clone();
        let first = Mutex::new(0u32);
        world.server.rule(move |seen, when| {
            if !seen.path.starts_with("/_storage/") || when != When::Received {
                return Fault::None;
            }
            let mut first = first.lock().expect("count");
            *first += 1;
            if *first <= 2 {
                broken.clone()
            } else {
                Fault::None
            }
        });
        let output = world.import().exits(0);
        world.assert_whole(&format!("storage: {fault:?}"));
        assert_eq!(output.number("uploads"), 4, "{fault:?}");
        let tickets = world.server.count("POST", "/files/upload/");
        assert!(
            tickets >= 6,
            "{fault:?}: a new ticket for each attempt, {tickets}"
        );
    }
}

#[test]
fn file_stored_with_wrong_bytes_is_uploaded_again() {
    let world = World::new(vec![scenes::cleo(), scenes::dora()]);
    let count = Mutex::new(0u32);
    world.server.rule(move |seen, when| {
        if !seen.path.starts_with("/_storage/") || when == When::Received {
            return Fault::None;
        }
        let mut count = count.lock().expect("count");
        *count += 1;
        // The first, of which nobody knows yet whether tags are MD5s, and one when that is known.
        if matches!(*count, 1 | 4) {
            let tag = "ffffffffffffffffffffffffffffffff";
            let xml = format!("<PostResponse><ETag>&quot;{tag}&quot;</ETag></PostResponse>");
            return Fault::Status(201, xml);
        }
        Fault::None
    });
    let output = world.import().exits(0);
    world.assert_whole("two files were damaged on the way");
    assert_eq!(output.number("uploads"), 4);
    assert_eq!(world.server.count("POST", "/files/upload/"), 6);
}

#[test]
fn storage_without_md5_tags_costs_a_download() {
    let mut built = Built::new(vec![scenes::cleo(), scenes::dora()]);
    built.options = Box::new(|options| options.etag_is_md5 = false);
    built.limits = format!("upload_concurrency = 1\n{}", built.limits);
    let world = built.world();
    let output = world.import().exits(0);
    world.assert_whole("tags of another kind");
    assert_eq!(output.number("uploads"), 4);
    assert_eq!(world.server.count("POST", "/files/upload/"), 5);
}
