//! The world of one conversation, and what a run must leave in Close: every true message once, with
//! its own bytes, and a second run that changes nothing.
//!
//! Nothing here knows how an archive is written; that is in [`super::sources`].

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chatferry::sandbox::StoredMessage;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::conversation::{Body, Line};
use super::sources::{card_name, photo_bytes, place_mark};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Output, Side, World, scenes};

/// A cut stamp and a stamp that moved by a second are this near to the true instant.
const NEAR: TimeDelta = TimeDelta::seconds(61);

/// An empty folder of exports, the row of Ben, and these lines under `[import]`.
pub(super) fn world(import: &str) -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(format!("{HEADER}{}{}", me(), scenes::ben().contact_row()));
    built.import = import.to_owned();
    built.world()
}

/// Takes all archives away.
pub(super) fn clear(world: &World) {
    fs::remove_dir_all(world.exports()).expect("removed");
    fs::create_dir(world.exports()).expect("made");
}

/// Takes all archives away and has `put` write others.
pub(super) fn only(world: &World, put: impl FnOnce(&Path)) {
    clear(world);
    put(&world.exports());
}

/// Sets a key of `[import]` in the configuration, which did not have it.
pub(super) fn set(world: &World, line: &str) {
    let path = world.path().join("chatferry.toml");
    let text = fs::read_to_string(path).expect("a file");
    world.write(
        "chatferry.toml",
        &text.replace("[import]\n", &format!("[import]\n{line}\n")),
    );
}

/// An import that may take away as much as it likes: what it takes away shows in Close.
pub(super) fn import(world: &World) -> Output {
    import_allowing(world, 99)
}

pub(super) fn import_allowing(world: &World, deletes: u64) -> Output {
    let number = deletes.to_string();
    world.run(&["import", "--yes", "--json", "--allow-deletes", &number])
}

/// The numbers of a summary, as far as they are there.
fn numbers(run: &Output) -> [Option<u64>; 7] {
    let line = run.stdout.lines().last().unwrap_or_default();
    let summary: Value = serde_json::from_str(line).unwrap_or_default();
    NUMBERS.map(|name| summary[name].as_u64())
}

const NUMBERS: [&str; 7] = [
    "created",
    "updated",
    "replaced",
    "deleted",
    "held",
    "undecided",
    "failed",
];

/// What a run is to report. All else is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) created: u64,
    /// `None`: any number.
    pub(super) updated: Option<u64>,
    pub(super) deleted: u64,
}

/// Nothing is done.
pub(super) const NOTHING: Expected = Expected {
    created: 0,
    updated: Some(0),
    deleted: 0,
};

/// So many new messages, and nothing else.
pub(super) fn created(created: u64) -> Expected {
    Expected { created, ..NOTHING }
}

/// So many changes, and nothing else.
pub(super) fn updated(updated: u64) -> Expected {
    Expected {
        updated: Some(updated),
        ..NOTHING
    }
}

/// So many new messages, and as many changes as it takes to make the others right.
pub(super) fn corrected(created: u64) -> Expected {
    Expected {
        created,
        updated: None,
        deleted: 0,
    }
}

/// So many deletions, and nothing else.
pub(super) fn deleted(deleted: u64) -> Expected {
    Expected { deleted, ..NOTHING }
}

/// One message of Close without its time: who wrote it, and what it is.
type Label = (Direction, String);

/// It with its time.
type Timed = (Label, DateTime<Utc>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    In,
    Out,
}

fn label_of(line: &Line) -> Label {
    let what = match &line.body {
        Body::Text(text) | Body::Edited(text) => text.clone(),
        Body::Photo(number) => format!("photo {number}"),
        Body::Omitted => "omitted".to_owned(),
        Body::Place(number) => format!("place {number}"),
        Body::Card(number) => format!("card {number}"),
        Body::Deleted => "deleted".to_owned(),
    };
    let direction = match line.side {
        Side::Me => Direction::Out,
        _ => Direction::In,
    };
    (direction, what)
}

/// A picture is what its bytes are, a location what its coordinates are, a card whose it is.
fn label_in_close(message: &StoredMessage) -> Label {
    let direction = match message.direction.as_str() {
        "outgoing" => Direction::Out,
        _ => Direction::In,
    };
    let text = &message.markdown;
    let photo = |hash: &str| {
        (0..64).find(|number| blake3::hash(&photo_bytes(*number)).to_hex().as_str() == hash)
    };
    let what = match message.attachments.as_slice() {
        [file] if !is_card(&file.filename) => match photo(&file.blake3) {
            Some(number) => format!("photo {number}"),
            None => format!("unknown bytes {}", file.filename),
        },
        files if files.len() > 1 => format!("{} files", files.len()),
        _ => {
            let place = (0..64).find(|number| text.contains(&place_mark(*number)));
            let card = (0..4).find(|number| text.contains(card_name(*number)));
            let is_notice = text.to_lowercase().contains("deleted");
            match (place, card) {
                (Some(place), _) => format!("place {place}"),
                (_, Some(card)) => format!("card {card}"),
                _ if is_notice => "deleted".to_owned(),
                _ if text.starts_with('[') => "omitted".to_owned(),
                _ => text.clone(),
            }
        }
    };
    (direction, what)
}

fn is_card(name: &str) -> bool {
    name.to_lowercase().ends_with(".vcf")
}

/// Everything in Close with its time, by time.
fn held(world: &World) -> Vec<Timed> {
    let messages = world.server.state.messages();
    let mut held: Vec<_> = messages
        .iter()
        .map(|message| (label_in_close(message), message.activity_at))
        .collect();
    held.sort_by_key(|(label, at)| (*at, label.clone()));
    held
}

/// Who wrote what, in the order of Close.
fn shown(held: &[Timed]) -> String {
    let mut text = String::new();
    for ((direction, what), at) in held {
        let at = at.format("%m-%d %H:%M:%S%.3fZ");
        write!(text, "\n  {at} {direction:?} {what}").expect("a string");
    }
    text
}

/// What differs between Close and the truth, or nothing.
fn difference(world: &World, truth: &[Line], near: TimeDelta) -> Option<String> {
    let by_label = |mut all: Vec<Timed>| {
        all.sort();
        all
    };
    let held = held(world);
    let wanted: Vec<_> = truth.iter().map(|line| (label_of(line), line.at)).collect();
    let (found, wanted) = (by_label(held.clone()), by_label(wanted));
    let labels =
        |all: &[Timed]| -> Vec<Label> { all.iter().map(|(label, _)| label.clone()).collect() };
    let is_near = |(left, right): (&Timed, &Timed)| (left.1 - right.1).abs() <= near;
    let are_there = labels(&found) == labels(&wanted);
    if are_there && found.iter().zip(&wanted).all(is_near) {
        return None;
    }
    let why = if are_there { "wrong times" } else { "wrong" };
    let (found, wanted) = (found.len(), wanted.len());
    Some(format!(
        "Close is {why}: {found} messages, {wanted} are true; it holds{}",
        shown(&held)
    ))
}

/// The run ended well and did exactly this, Close holds the truth, and the same import again does
/// nothing.
#[track_caller]
pub(super) fn settled(world: &World, run: &Output, expected: Expected, truth: &[Line]) {
    settled_within(world, run, expected, truth, NEAR);
}

/// As [`settled`], with every instant to the second: the milliseconds order equal stamps.
#[track_caller]
pub(super) fn settled_exactly(world: &World, run: &Output, expected: Expected, truth: &[Line]) {
    settled_within(world, run, expected, truth, TimeDelta::milliseconds(999));
}

#[track_caller]
fn settled_within(
    world: &World,
    run: &Output,
    expected: Expected,
    truth: &[Line],
    near: TimeDelta,
) {
    let first = (run.code, numbers(run));
    let wanted = |expected: Expected, numbers: [Option<u64>; 7]| {
        let changed = expected.updated.or(numbers[1]);
        let (created, deleted) = (Some(expected.created), Some(expected.deleted));
        let none = Some(0);
        [created, changed, none, deleted, none, none, none]
    };
    let first_difference = difference(world, truth, near);
    let again = import(world);
    let second = (again.code, numbers(&again));
    let second_difference = difference(world, truth, near);
    let is_right = first == (Some(0), wanted(expected, first.1))
        && second == (Some(0), wanted(NOTHING, second.1))
        && first_difference.is_none()
        && second_difference.is_none();
    let plain = |(code, numbers): (Option<i32>, [Option<u64>; 7])| {
        let numbers: Vec<String> = NUMBERS
            .iter()
            .zip(numbers)
            .filter(|(_, number)| *number != Some(0))
            .map(|(name, number)| format!("{name} {number:?}"))
            .collect();
        format!("exit {code:?}, {}", numbers.join(", "))
    };
    assert!(
        is_right,
        "expected {expected:?}\nthe run: {}\n{}\nthe same again: {}\n{}\nstderr of the run:\n{}\nand of the second:\n{}",
        plain(first),
        first_difference.as_deref().unwrap_or("Close is right"),
        plain(second),
        second_difference.as_deref().unwrap_or("Close is right"),
        run.stderr,
        again.stderr,
    );
}

/// The same import again does nothing at all.
#[track_caller]
pub(super) fn empty(world: &World) {
    let run = import(world).exits(0);
    assert_eq!(numbers(&run), [Some(0); 7], "{NUMBERS:?}\n{}", run.stderr);
}

/// A first import that must be right, whatever comes after it.
#[track_caller]
pub(super) fn first(world: &World, truth: &[Line]) {
    let run = import(world);
    settled(world, &run, created(truth.len() as u64), truth);
}
