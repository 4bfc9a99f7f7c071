//! Random histories of one chat with the real program: exports, databases, corrected tables, lost
//! checkpoints and interrupted moves, one after the other, each imported twice.
//!
//! The true conversation and the steps alone determine what Close must hold after each step; the
//! second import must write nothing. See `ledger` for the rules and their few exceptions.
//!
//! | variable                   | effect                                                          |
//! |----------------------------|-----------------------------------------------------------------|
//! | `CHATFERRY_HISTORIES`      | histories up to this seed, instead of [`FEW`]                    |
//! | `CHATFERRY_HISTORIES_FROM` | the first seed, 0 by default                                     |
//! | `CHATFERRY_HISTORIES_SHRINK` | attempts to shorten each history that fails, instead of [`SHRINK`] |
//!
//! `CHATFERRY_HISTORIES=2000 cargo test --test it -- histories::` plays 2,000 histories and lists
//! every one that fails, with its steps, what differs, and the same history shortened.
//!
//! | module    | holds                                                              |
//! |-----------|--------------------------------------------------------------------|
//! | `story`   | `Story`: a true conversation and the steps of its history, as data |
//! | `random`  | a story from a seed                                                 |
//! | `folder`  | the migration: archives, tables, checkpoint, runs                   |
//! | `ledger`  | what Close must hold of each message after a step                   |
//! | `fits`    | whether a message of Close is what the ledger expects               |
//! | `compare` | the ledger against all that Close holds                             |
//! | `play`    | a story played to its end, or to the first step that goes wrong     |
//! | `shrink`  | a shorter story that goes wrong as well                             |
//!
//! Never here: expectations that are read from the program, or histories written by hand, which
//! belong in `identity` and `recovery`.

mod compare;
mod fits;
mod folder;
mod ledger;
mod play;
mod random;
mod shrink;
mod story;

use std::fmt::Write as _;

use crate::kit::setting::{is_thorough, setting};

/// Seeds of a plain run.
const FEW: u64 = 3;
/// Seeds of a thorough run.
const MORE: u64 = 8;
/// Attempts to shorten a history that fails.
const SHRINK: u64 = 60;

fn number(name: &str, default: u64) -> u64 {
    let value = setting(name).and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

type Play = fn(&story::Story) -> Result<(), play::Wrong>;

/// Plays the history of a seed; what is wrong with it.
fn failure(seed: u64, play: Play) -> Option<String> {
    let story = random::story(seed);
    let wrong = play(&story).err()?;
    let mut text = format!("seed {seed}\n{story}{wrong}\n");
    let attempts = number("CHATFERRY_HISTORIES_SHRINK", SHRINK);
    if let Some((shorter, wrong)) = shrink::shrink(play, &story, &wrong, attempts) {
        write!(text, "shortened:\n{shorter}{wrong}\n").expect("a string");
    }
    Some(text)
}

#[expect(
    clippy::print_stderr,
    reason = "a long run may be ended before its last history"
)]
fn show(text: &str) {
    eprintln!("{text}");
}

/// The histories whose seed divided by two leaves this remainder.
#[track_caller]
fn half(remainder: u64, play: Play) {
    let usual = if is_thorough() { MORE } else { FEW };
    let seeds = number("CHATFERRY_HISTORIES_FROM", 0)..number("CHATFERRY_HISTORIES", usual);
    let seeds: Vec<u64> = seeds.filter(|seed| seed % 2 == remainder).collect();
    let mut failed = Vec::new();
    for seed in &seeds {
        if let Some(text) = failure(*seed, play) {
            show(&text);
            failed.push(text);
        }
    }
    let (all, count) = (seeds.len(), failed.len());
    assert!(
        failed.is_empty(),
        "{count} of {all} histories fail\n{}",
        failed.join("\n")
    );
}

#[test]
fn even_seeds_keep_every_message_once() {
    half(0, play::play);
}

#[test]
fn odd_seeds_keep_every_message_once() {
    half(1, play::play);
}

#[test]
fn even_seeds_are_recovered() {
    half(0, play::play_and_recover);
}

#[test]
fn odd_seeds_are_recovered() {
    half(1, play::play_and_recover);
}
