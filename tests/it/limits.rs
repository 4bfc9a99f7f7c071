//! 429: the run waits as long as the response requires, finishes, and posts nothing twice.

use std::sync::Mutex;
use std::time::Duration;

use chatferry::sandbox::{Fault, HeaderStyle};

use crate::kit::{Built, When, is_post, scenes};

fn small(style: HeaderStyle) -> Built {
    let mut built = Built::new(vec![
        scenes::plain("Ben Cooper", 1, 20),
        scenes::plain("Dora Quist", 3, 10),
    ]);
    built.options = Box::new(move |options| {
        options.limits_off = false;
        options.requests_per_second = 8.0;
        options.window_seconds = 1;
        options.rate_header = style;
    });
    built
}

#[test]
fn small_allowance_with_header_is_respected() {
    for style in [HeaderStyle::Comma, HeaderStyle::Semicolon] {
        let world = small(style).world();
        let output = world.import().exits(0);
        world.assert_whole("with a header");
        assert_eq!(output.number("created"), 30);
    }
}

#[test]
fn small_allowance_known_only_by_429_is_respected() {
    let world = small(HeaderStyle::None).world();
    let output = world.import().exits(0);
    world.assert_whole("without a header");
    assert!(output.number("retries") > 0, "the limit was met");
    let refused = world.server.state.requests();
    assert!(refused.iter().any(|line| line.sent == Some(429)));
}

#[test]
fn status_429_without_hint_is_waited_out() {
    let world = Built::new(vec![scenes::plain("Ben Cooper", 1, 3)]).world();
    let first = Mutex::new(true);
    world.server.rule(move |seen, when| {
        let mut first = first.lock().expect("first");
        if *first && is_post(seen) && when == When::Received {
            *first = false;
            return Fault::Status(429, "{\"error\": \"Too many requests\"}".to_owned());
        }
        Fault::None
    });
    world.import().exits(0);
    world.assert_whole("after a bare 429");
}

/// The line of progress stood still for as long as Close required.
#[cfg(target_os = "linux")]
#[test]
fn line_of_progress_names_a_pause_that_close_requires() {
    let world = Built::new(vec![scenes::plain("Ben Cooper", 1, 3)]).world();
    let first = Mutex::new(true);
    world.server.rule(move |seen, when| {
        let mut first = first.lock().expect("first");
        if *first && is_post(seen) && when == When::Received {
            *first = false;
            return Fault::Limited(Duration::from_secs(3));
        }
        Fault::None
    });
    let drawn = world.run_at_drawing_terminal(&["import", "--yes"]).stdout;
    assert!(drawn.contains("Close requires a wait of "), "{drawn}");
    world.assert_whole("after a pause");
}
