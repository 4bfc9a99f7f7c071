//! `chatferry report`: numbers that add up, nothing private, one file that needs nothing else.

mod conversation;
mod page;
mod private;
mod table;
mod whole;

use std::fs;

use crate::kit::{Output, World};

/// Runs `report --out r.html` with these flags, without a request, and returns the page.
#[track_caller]
fn page(world: &World, flags: &[&str], exit: i32) -> String {
    written(world, flags, exit).1
}

/// The same, with the output of the run.
#[track_caller]
fn written(world: &World, flags: &[&str], exit: i32) -> (Output, String) {
    let requests = world.server.state.requests().len();
    let flags: Vec<&str> = [&["report", "--out", "r.html"], flags].concat();
    let output = world.run(&flags).exits(exit);
    assert_eq!(
        world.server.state.requests().len(),
        requests,
        "a report sends no request"
    );
    let page = fs::read_to_string(world.path().join("r.html")).expect("r.html");
    (output, page)
}

/// What a person reads: the page without tags and style, white space collapsed.
fn text(page: &str) -> String {
    let body = page.split_once("<body>").expect("a body").1;
    let mut text = String::new();
    for part in body.split('<') {
        text.push(' ');
        text.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (text.replace("&lt;", "<").replace("&#60;", "<"))
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

/// How often a page contains a text.
fn count(page: &str, what: &str) -> usize {
    page.matches(what).count()
}
