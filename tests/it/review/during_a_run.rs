//! Decisions while a run of the page is under way: refused, since the run posts by the tables as they were when it began.

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use chatferry::sandbox::Fault;

use crate::kit::page::{Page, Response};
use crate::kit::server::is_post;
use crate::kit::{When, World, scenes};

fn tables(world: &World) -> [Option<String>; 3] {
    let names = ["contacts.csv", "never.txt", "exclude.csv"];
    names.map(|name| fs::read_to_string(world.path().join(name)).ok())
}

/// Makes the plan and starts the run, up to its question.
fn asked(page: &Page) -> Response {
    page.submit("/plan", &[]);
    page.settled("/plan").is(200).shows("Go on to the run");
    let shown = page.settled("/run");
    page.press(&shown, "Start the run", &[]).is(303);
    page.settled("/run").shows("Your answer is needed")
}

/// Holds the first post until the test lets it go on.
fn held(world: &World) -> (Receiver<()>, Sender<()>) {
    let (reached, is_reached) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let state = Mutex::new(Some((reached, may_go_on)));
    world.server.rule(move |seen, when| {
        let is_first = is_post(seen) && when == When::Received;
        let first = is_first.then(|| state.lock().expect("state").take());
        if let Some((reached, may_go_on)) = first.flatten() {
            reached.send(()).expect("the test waits");
            may_go_on.recv().ok();
        }
        Fault::None
    });
    (is_reached, go_on)
}

/// Every form that makes a chat private or leaves it out.
#[track_caller]
fn assert_refused(page: &Page, (card, left_out): (&Response, &Response)) {
    let seen = left_out.field("seen");
    let add = |path: &str, name: &str| {
        let fields = [("seen", seen.as_str()), (name, "Dora Quist")];
        page.post(path, &fields)
    };
    let refused = [
        page.press(card, "Private", &[]),
        page.press(card, "Do not import", &[]),
        page.press(card, "Decide again", &[]),
        add("/left-out/never", "who"),
        add("/left-out/exclude", "chat"),
    ];
    for response in refused {
        let response = response.is(409).shows("Run is running");
        response
            .shows("stop it on its page first")
            .shows("href=\"/run\">To Run</a>");
    }
}

#[test]
fn decision_during_a_run_is_refused() {
    let world = World::new(scenes::rich());
    let page = world.page();
    let card = page.settled("/people?state=ready&q=Dora").is(200);
    let left_out = page.settled("/left-out").is(200);
    let before = tables(&world);
    let question = asked(&page);
    // The run has read the tables when it asks.
    assert_refused(&page, (&card, &left_out));
    let (is_reached, go_on) = held(&world);
    page.press(&question, "Yes", &[]).is(303);
    is_reached.recv().expect("a post");
    assert_refused(&page, (&card, &left_out));
    assert_eq!(tables(&world), before);
    go_on.send(()).expect("held");
    page.settled("/run").shows("created");
    world.assert_whole("a run without a decision");
    page.press(&card, "Private", &[]).is(303);
}

/// What the last decision was is not changed either.
#[test]
fn decision_is_not_taken_back_during_a_run() {
    let world = World::new(scenes::rich());
    let page = world.page();
    let card = page.settled("/people?state=ready&q=Dora").is(200);
    page.press(&card, "Do not import", &[]).is(303);
    let decided = page.get("/people").is(200);
    let before = tables(&world);
    let question = asked(&page);
    page.press(&decided, "Take back", &[])
        .is(409)
        .shows("Run is running");
    assert_eq!(tables(&world), before);
    page.press(&question, "No, stop here", &[]).is(303);
    page.settled("/run").shows("Result");
    page.press(&decided, "Take back", &[]).is(303);
    assert_ne!(tables(&world), before);
}
