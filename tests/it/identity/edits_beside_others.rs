//! The checkpoint is lost, an archive ends with an edited text, and another one begins in the same minute: a
//! text of the other one is a message of its own, and not the edited text as first sent.

use super::conversation::{Body, Line, edited, line, me, they};
use super::outcome::{created, first, import, settled, world};
use super::sources::{Phone, export};
use crate::kit::Side::Me;

/// The archive that is in Close; in `is_deleted` its owner has taken a text back.
fn earlier(is_deleted: bool) -> Vec<Line> {
    let mut lines = vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:46:28", "when would that be?"),
    ];
    if is_deleted {
        lines.push(line("2024-03-13 10:46:34", Me, Body::Deleted));
    }
    let text = edited("we are closed on Monday");
    lines.push(line("2024-03-13 10:46:38", Me, text));
    lines
}

/// The other archive, which WhatsApp cut: it begins after the earlier one ends.
fn later() -> Vec<Line> {
    vec![
        they("2024-03-13 10:46:48", "tomorrow evening"),
        me("2024-03-13 10:46:57", "at seven or at eight?"),
        they("2024-03-13 10:47:30", "at seven"),
    ]
}

fn is_posted(phone: Phone, other: Phone, is_deleted: bool, is_lost: bool) {
    let (earlier, later) = (earlier(is_deleted), later());
    let sent = |line: &&Line| line.body != Body::Deleted;
    let sent: Vec<Line> = earlier.iter().filter(sent).cloned().collect();
    let world = world("");
    export(phone, &earlier).put(&world.exports().join("one"));
    first(&world, &sent);
    if is_lost {
        world.forget();
    }
    export(other, &later).put(&world.exports().join("two"));
    let run = import(&world);
    settled(&world, &run, created(3), &[sent, later].concat());
}

#[test]
fn text_of_another_archive_is_not_an_edited_one_as_first_sent() {
    is_posted(Phone::Iphone, Phone::Android, true, true);
    is_posted(Phone::Iphone, Phone::Android, true, false);
    is_posted(Phone::Iphone, Phone::Android, false, true);
}
