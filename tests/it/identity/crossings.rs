//! The checkpoint is lost, and one of several messages of a minute was deleted on the phone: a message that
//! certain evidence excludes is not mistaken for it.

use chrono::TimeDelta;

use super::conversation::{Body, Line, line, me, they, with, without};
use super::outcome::{NOTHING, created, deleted, first, import, only, settled, world};
use super::sources::{Phone, android, export, iphone};
use crate::kit::Side::{Me, They};

/// Three messages of one minute within a conversation.
fn three(bodies: [Body; 3]) -> Vec<Line> {
    let at = |second: u8| format!("2024-03-13 10:15:{second:02}");
    let mut lines = vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:05:40", "when would that be?"),
    ];
    let three = (10..).step_by(2).zip(bodies);
    lines.extend(three.map(|(second, body)| line(&at(second), Me, body)));
    lines.push(they("2024-03-13 10:30:40", "thank you"));
    lines
}

const FIRST: usize = 2;

/// The notice stands before the second message, and the third one behind it: it is not the third one
/// that its sender deleted.
fn third_is_kept(phone: Phone, all: &[Line]) {
    let world = world("deleted_since = \"delete\"");
    only(&world, |folder| export(phone, all).put(folder));
    first(&world, all);
    let noticed = with(all, FIRST, Body::Deleted);
    only(&world, |folder| export(phone, &noticed).put(folder));
    let truth = without(all, FIRST);
    settled(&world, &import(&world), deleted(1), &truth);
    world.forget();
    let noticed = without(&noticed, FIRST + 2);
    only(&world, |folder| export(phone, &noticed).put(folder));
    settled(&world, &import(&world), NOTHING, &truth);
}

#[test]
fn old_deletion_notice_deletes_no_other_message() {
    let texts = ["at seven", "for four", "by the window"].map(|text| Body::Text(text.to_owned()));
    for bodies in [[1, 2, 3].map(Body::Photo), texts] {
        for phone in [Phone::Android, Phone::Iphone] {
            third_is_kept(phone, &three(bodies.clone()));
        }
    }
}

/// The notice stands where Close lacks a message already: it is of that one, and not of the next one, which
/// was deleted on the phone.
#[test]
fn old_deletion_notice_deletes_no_neighbour() {
    for (noticed, removed) in [(FIRST, FIRST + 1), (FIRST + 1, FIRST)] {
        let all = three([1, 2, 3].map(Body::Photo));
        let world = world("deleted_since = \"delete\"");
        only(&world, |folder| android(&all).put(folder));
        first(&world, &all);
        let newer = with(&all, noticed, Body::Deleted);
        only(&world, |folder| android(&newer).put(folder));
        let truth = without(&all, noticed);
        settled(&world, &import(&world), deleted(1), &truth);
        world.forget();
        let newer = without(&newer, removed);
        only(&world, |folder| android(&newer).put(folder));
        settled(&world, &import(&world), NOTHING, &truth);
    }
}

/// Texts of an iPhone a second apart: each keeps the activity of its own words.
#[test]
fn texts_a_second_apart_keep_their_activities() {
    let mut all =
        three(["at seven", "for four", "by the window"].map(|text| Body::Text(text.to_owned())));
    let begin = all[FIRST].at;
    for (line, second) in all[FIRST..].iter_mut().zip(0..3) {
        line.at = begin + TimeDelta::seconds(second);
    }
    let world = world("deleted_since = \"delete\"");
    only(&world, |folder| iphone(&all).put(folder));
    first(&world, &all);
    let newer = with(&all, FIRST, Body::Deleted);
    only(&world, |folder| iphone(&newer).put(folder));
    let truth = without(&all, FIRST);
    settled(&world, &import(&world), deleted(1), &truth);
    world.forget();
    let newer = without(&newer, FIRST + 2);
    only(&world, |folder| iphone(&newer).put(folder));
    settled(&world, &import(&world), NOTHING, &truth);
}

/// With the checkpoint lost and nothing deleted on the phone, the deletion is still carried out.
#[test]
fn deletion_at_its_position_is_carried_out_without_the_checkpoint() {
    for phone in [Phone::Android, Phone::Iphone] {
        let all = three([1, 2, 3].map(Body::Photo));
        let world = world("deleted_since = \"delete\"");
        only(&world, |folder| export(phone, &all).put(folder));
        first(&world, &all);
        world.forget();
        let noticed = with(&all, FIRST + 1, Body::Deleted);
        only(&world, |folder| export(phone, &noticed).put(folder));
        settled(
            &world,
            &import(&world),
            deleted(1),
            &without(&all, FIRST + 1),
        );
    }
}

/// A text was deleted on the phone, and another one of that minute came behind the next one.
#[test]
fn text_after_the_next_one_is_new() {
    let at = |second: u8, text: &str| {
        line(
            &format!("2024-03-13 10:15:{second:02}"),
            They,
            Body::Text(text.to_owned()),
        )
    };
    let before = vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:05:40", "when would that be?"),
        at(5, "yes"),
        at(13, "at seven in the evening"),
    ];
    let mut after = without(&before, 2);
    after.push(at(25, "and by the window"));
    after.push(they("2024-03-14 09:30:40", "is seven still right?"));
    let mut truth = before.clone();
    truth.extend_from_slice(&after[3..]);
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| export(phone, &before).put(folder));
        first(&world, &before);
        world.forget();
        only(&world, |folder| export(phone, &after).put(folder));
        settled(&world, &import(&world), created(2), &truth);
    }
}

/// A text was deleted on the phone, and another one stands in its place: no mark shows that it was edited.
#[test]
fn text_at_the_position_of_another_one_is_undecided() {
    for phone in [Phone::Android, Phone::Iphone] {
        let text = |text: &str| Body::Text(text.to_owned());
        let before = three(["at seven", "for four", "by the window"].map(text));
        let world = world("");
        only(&world, |folder| export(phone, &before).put(folder));
        first(&world, &before);
        world.forget();
        let after = with(&before, FIRST, text("and quiet, if you please"));
        only(&world, |folder| export(phone, &after).put(folder));
        for _ in 0..2 {
            let run = import(&world).exits(0);
            let numbers = ["created", "updated", "undecided"].map(|name| run.number(name));
            assert_eq!(numbers, [0, 0, 1], "{phone:?}: {}", run.stderr);
            assert_eq!(world.server.state.messages().len(), before.len());
        }
    }
}
