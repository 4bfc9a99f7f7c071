//! One message at different precision: Android cuts seconds, an iPhone rounds them, a database has line
//! ends and marks that a text export lacks, and messages arrive later than they were sent.

use chrono::TimeDelta;

use super::conversation::{Body, Line, and, edited, line, me, they, with};
use super::outcome::{
    Expected, NOTHING, clear, created, empty, first, import, only, settled, settled_exactly,
    updated, world,
};
use super::sources::{Phone, android, database, export, iphone};
use crate::kit::Side::They;
use crate::kit::{Output, World};

/// Ends at 08:03:59, which Android writes as 08:03.
fn morning() -> Vec<Line> {
    vec![
        they("2024-03-13 07:41:10", "is the shop open?"),
        me("2024-03-13 07:45:02", "from eight on"),
        they("2024-03-13 08:03:59", "I stand before it"),
    ]
}

/// The export of the iPhone begins with the last known message, at 08:04:00, and goes on.
fn from_eight() -> (Vec<Line>, Vec<Line>) {
    let mut truth = morning();
    truth.push(me("2024-03-13 08:05:30", "one minute please"));
    truth.push(they("2024-03-13 08:06:12", "no hurry"));
    let mut seen = truth[2..].to_vec();
    seen[0].at += TimeDelta::seconds(1);
    (truth, seen)
}

#[test]
fn android_ends_at_second_59_then_iphone_begins_with_it() {
    let (truth, seen) = from_eight();
    let world = world("");
    only(&world, |folder| android(&morning()).put(folder));
    first(&world, &morning());
    only(&world, |folder| iphone(&seen).put(folder));
    settled(&world, &import(&world), created(2), &truth);
}

#[test]
fn android_ends_at_second_59_together_with_iphone() {
    let (truth, seen) = from_eight();
    let world = world("");
    clear(&world);
    android(&morning()).put(&world.exports().join("one"));
    iphone(&seen).put(&world.exports().join("two"));
    first(&world, &truth);
}

#[test]
fn iphone_begins_at_the_full_minute_then_android() {
    let (truth, seen) = from_eight();
    let world = world("");
    only(&world, |folder| iphone(&seen).put(folder));
    first(&world, &seen);
    only(&world, |folder| android(&truth).put(folder));
    settled(&world, &import(&world), created(2), &truth);
}

/// A text in a database, and the same as a text export has it.
fn words_of_a_database(stored: &str, exported: &str) -> (Vec<Line>, Vec<Line>) {
    let conversation = |text: &str| {
        vec![
            they("2024-03-13 10:02:14", "where do I send it?"),
            me("2024-03-13 10:05:40", text),
            they("2024-03-13 10:11:32", "it is on its way"),
            me("2024-03-13 10:12:05", "thank you"),
        ]
    };
    (conversation(stored), conversation(exported))
}

const PLAIN: &str = "Harbour Road 4";
const MARKED: &str = "\u{200e}Harbour Road 4";
const LF: &str = "Harbour Road 4\n2nd floor";
const CRLF: &str = "Harbour Road 4\r\n2nd floor";

/// What is wrong in Close and with the numbers of a run, or nothing.
fn wrong(world: &World, run: &Output, created: u64) -> Option<String> {
    let messages = world.server.state.messages();
    let texts: Vec<&str> = messages.iter().map(|m| m.markdown.as_str()).collect();
    let count = texts.iter().filter(|text| text.contains(PLAIN)).count();
    let counts = [
        "created",
        "replaced",
        "deleted",
        "held",
        "undecided",
        "failed",
    ];
    let counts = counts.map(|name| run.number(name));
    let is_right = (run.code, texts.len(), count) == (Some(0), 4, 1);
    let is_right = is_right && counts == [created, 0, 0, 0, 0, 0];
    (!is_right).then(|| format!("exit {:?}, {counts:?}, {texts:?}", run.code))
}

/// A database has the text in one form and a text export in the other: it is one message, in whatever
/// order both come, and then together.
#[track_caller]
fn one_text(phone: Phone, stored: &str, exported: &str) {
    let (stored, exported) = words_of_a_database(stored, exported);
    let mut faults = Vec::new();
    for store_first in [true, false] {
        let world = world("");
        let put = |is_store: bool| match is_store {
            true => database(&world.exports(), &stored),
            false => export(phone, &exported).put(&world.exports()),
        };
        put(store_first);
        let mut runs = vec![wrong(&world, &import(&world), 4)];
        clear(&world);
        put(!store_first);
        runs.push(wrong(&world, &import(&world), 0));
        let again = import(&world);
        runs.push(wrong(&world, &again, 0));
        assert_eq!(again.number("updated"), 0, "{}", again.stderr);
        put(store_first);
        runs.push(wrong(&world, &import(&world), 0));
        let fault = runs.into_iter().enumerate().find_map(|(run, fault)| {
            fault.map(|fault| format!("database first: {store_first}, run {run}: {fault}"))
        });
        faults.extend(fault);
    }
    let world = world("");
    database(&world.exports(), &stored);
    export(phone, &exported).put(&world.exports());
    let fault = wrong(&world, &import(&world), 4);
    faults.extend(fault.map(|fault| format!("together: {fault}")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    empty(&world);
}

#[test]
fn crlf_in_a_database_only() {
    one_text(Phone::Android, CRLF, LF);
}

#[test]
fn crlf_in_a_database_and_an_iphone_export() {
    one_text(Phone::Iphone, CRLF, LF);
}

#[test]
fn crlf_in_a_database_and_the_export() {
    one_text(Phone::Android, CRLF, CRLF);
}

#[test]
fn leading_direction_mark_in_a_database_only() {
    one_text(Phone::Android, MARKED, PLAIN);
}

#[test]
fn leading_direction_mark_in_a_database_and_an_iphone_export() {
    one_text(Phone::Iphone, MARKED, PLAIN);
}

#[test]
fn leading_direction_mark_in_a_database_and_the_export() {
    one_text(Phone::Android, MARKED, MARKED);
}

/// Two texts of one side, 47 seconds from each other: the second one was edited since, and is the first
/// line of the export, which was cut between them.
#[test]
fn edited_first_line_of_a_cut_iphone_export() {
    let known = vec![
        they("2024-03-13 14:20:03", "which size do you need?"),
        me("2024-03-13 14:31:28", "I have to measure"),
        they("2024-03-13 14:36:52", "the width alone will do"),
        they("2024-03-13 14:37:39", "and the height"),
        me("2024-03-13 14:45:16", "ninety by two hundred"),
        they("2024-03-13 14:46:01", "that fits"),
    ];
    let world = world("");
    only(&world, |folder| iphone(&known).put(folder));
    first(&world, &known);
    let newer = with(&known, 3, edited("and the height, in centimetres"));
    let newer = and(&newer, me("2024-03-14 09:03:44", "when can I have it?"));
    only(&world, |folder| iphone(&newer[3..]).put(folder));
    let expected = Expected {
        updated: Some(1),
        ..created(1)
    };
    settled(&world, &import(&world), expected, &newer);
}

/// The exact second is that of a database.
#[test]
fn edited_first_line_of_a_cut_iphone_export_after_a_database() {
    let known = vec![
        me("2024-03-13 14:31:28", "I have to measure"),
        they("2024-03-13 14:36:52", "the width alone will do"),
        they("2024-03-13 14:37:39", "and the height"),
        me("2024-03-13 14:45:16", "ninety by two hundred"),
    ];
    let world = world("");
    only(&world, |folder| database(folder, &known));
    let run = import(&world);
    settled_exactly(&world, &run, created(4), &known);
    let newer = with(&known, 2, edited("and the height, in centimetres"));
    only(&world, |folder| iphone(&newer[2..]).put(folder));
    settled(&world, &import(&world), updated(1), &newer);
}

/// Sent at 10:05 and received after 10:20: Android lists it where it was received, with its own time.
fn received_late() -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "are you there?"),
        me("2024-03-13 10:20:31", "now I am"),
        they("2024-03-13 10:05:50", "I leave at half past ten"),
        me("2024-03-13 10:24:08", "I come down"),
        they("2024-03-13 10:27:45", "ok"),
    ]
}

#[test]
fn message_received_late() {
    let world = world("");
    only(&world, |folder| android(&received_late()).put(folder));
    first(&world, &received_late());
    world.forget();
    settled(&world, &import(&world), NOTHING, &received_late());
    let newer = and(
        &received_late(),
        me("2024-03-14 08:01:19", "thank you again"),
    );
    only(&world, |folder| android(&newer).put(folder));
    settled(&world, &import(&world), created(1), &newer);
}

/// Two files of one sender and minute come late, and the export leaves files out: their lines repeat
/// those of the files before them and are no copy of a conversation.
#[test]
fn files_received_late_are_not_text_of_the_message_before_them() {
    let omitted = |stamp: &str| line(stamp, They, Body::Omitted);
    let lines = [
        omitted("2024-03-13 10:16:01"),
        omitted("2024-03-13 10:16:04"),
        me("2024-03-13 10:17:12", "are there more?"),
        omitted("2024-03-13 10:16:07"),
        omitted("2024-03-13 10:16:12"),
    ];
    let world = world("");
    only(&world, |folder| android(&lines).put(folder));
    first(&world, &lines);
}

/// The first export was made before it arrived.
#[test]
fn message_received_late_between_two_exports() {
    let world = world("");
    only(&world, |folder| android(&received_late()[..2]).put(folder));
    first(&world, &received_late()[..2]);
    only(&world, |folder| android(&received_late()).put(folder));
    settled(&world, &import(&world), created(3), &received_late());
}

/// The late one has the words of another a minute before; both are true.
#[test]
fn message_received_late_with_the_text_of_another() {
    let mut all = received_late();
    all[0] = line("2024-03-13 10:04:50", They, all[2].body.clone());
    let world = world("");
    only(&world, |folder| android(&all[..2]).put(folder));
    first(&world, &all[..2]);
    only(&world, |folder| android(&all).put(folder));
    settled(&world, &import(&world), created(3), &all);
}

/// The export is cut, and begins with the late one, whose time is before that of the line cut off.
#[test]
fn cut_export_begins_with_a_message_received_late() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| export(phone, &received_late()).put(folder));
        first(&world, &received_late());
        let newer = and(
            &received_late(),
            me("2024-03-14 08:01:19", "thank you again"),
        );
        only(&world, |folder| export(phone, &newer[2..]).put(folder));
        settled(&world, &import(&world), created(1), &newer);
    }
}
