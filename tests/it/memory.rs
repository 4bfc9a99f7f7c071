//! Memory does not grow with media (ARCHITECTURE.md, "Invariants"): what takes them into memory, or
//! reads them where nobody asked for their bytes, fails here. With messages it grows by little.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chatferry::sandbox::Fault;
use serde_json::Value;

use crate::kit::{Built, Chat, When, World, archive, is_post, peak, scenes, sparse};

const VIDEO: &str = "VID-20240313-WA0000.mp4";
const LARGE: u64 = 10 << 30;
/// KiB that a run may need more for a large file than for a small one.
const MORE: u64 = 20_000;

/// A chat of many messages, each of which names a file that is not there, and of one that is:
/// enough for an output that no pipe holds.
fn transcript(name: &str) -> String {
    let mut text = format!("13/03/2024, 10:00 - {name}: {VIDEO} (file attached)\n");
    for n in 1..8000 {
        let (hour, minute) = (10 + n / 60 % 12, n % 60);
        let _ = writeln!(
            text,
            "13/03/2024, {hour}:{minute:02} - {name}: IMG-20240313-WA{n:04}.jpg (file attached)"
        );
    }
    text
}

/// A world whose only archive has a video of this size.
fn world(size: u64) -> World {
    let chat = Chat::android("Ben Cooper", 1);
    let name = format!("{}.zip", archive::name(&chat));
    let text = transcript(&chat.name);
    let entry = archive::transcript_name(&chat);
    let world = Built::new(vec![chat]).world();
    let path = world.exports().join(name);
    sparse::write(&path, (&entry, &text), (VIDEO, size));
    world
}

/// The outputs of a run over the small and over the large file, once the peaks are alike.
#[track_caller]
fn alike(arguments: &[&str]) -> [String; 2] {
    let [small, large] = [1_000, LARGE].map(|size| peak::of_run(arguments, world(size).path()));
    assert!(
        large.1 < small.1 + MORE,
        "{} KiB for a kilobyte, {} KiB for ten gigabytes",
        small.1,
        large.1
    );
    [small.0, large.0]
}

#[test]
fn inspect_of_ten_gigabytes_is_bounded_in_memory() {
    let outputs = alike(&["inspect", "exports", "--json"]);
    for (output, size) in outputs.iter().zip([1_000, LARGE]) {
        let said: Value = serde_json::from_str(output).expect("JSON");
        let media = &said["archives"][0]["media"];
        assert_eq!(media["present"], 1);
        assert_eq!(media["bytes"], size, "the file was seen");
    }
}

#[test]
fn plan_of_ten_gigabytes_is_bounded_in_memory() {
    let [small, large] = alike(&["plan", "--offline", "--payloads"]);
    assert!(small.contains(VIDEO));
    assert!(
        large.contains("[video too large for Close (10737 MB)"),
        "the file was seen"
    );
}

/// Imports chats of as many messages each into a sandbox that forgets them, then again, and returns the
/// most memory that the first import had resident, in KiB.
fn peak_of_import(chats: u32, messages: u32) -> u64 {
    let names = (1..=chats).map(|number| (format!("Ben Cooper {number}"), number));
    let chats = names.map(|(name, number)| scenes::plain(&name, number, messages));
    let mut built = Built::new(chats.collect());
    built.limits += "concurrency = 16\n";
    built.limits = built.limits.replace("= 1000.0", "= 50000.0");
    built.options = Box::new(|options| options.discard = true);
    let world = built.world();
    let highest = Arc::new(AtomicU64::new(0));
    let posts = AtomicU64::new(0);
    let seen_highest = Arc::clone(&highest);
    let first = world.import_under(move |seen, when, running| {
        let is_sample = is_post(seen)
            && when == When::Received
            && posts.fetch_add(1, Ordering::Relaxed).is_multiple_of(100);
        if is_sample {
            seen_highest.fetch_max(peak::so_far(running.pid()), Ordering::Relaxed);
        }
        Fault::None
    });
    world.server.calm();
    let all = world.chats.len() as u64 * u64::from(messages);
    assert_eq!(first.exits(0).number("created"), all);
    let second = world.import().exits(0);
    assert_eq!(
        (second.number("created"), second.number("unchanged")),
        (0, all)
    );
    highest.load(Ordering::Relaxed)
}

/// `CHATFERRY_MEMORY=3000` imports so many chats of 1,000 messages.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run is asked for in the environment"
)]
fn import_is_bounded_in_memory() {
    let asked = std::env::var("CHATFERRY_MEMORY").ok();
    let (chats, messages) = match asked.map(|chats| chats.parse().expect("a number of chats")) {
        Some(chats) => (chats, 1_000),
        None => (4, 100),
    };
    let peak = peak_of_import(chats, messages);
    let all = u64::from(chats) * u64::from(messages);
    // 500 MB of 3,000,000 messages.
    let most = 140_000 + all * 120 / 1_000;
    assert!((1..most).contains(&peak), "{peak} KiB for {all} messages");
}
