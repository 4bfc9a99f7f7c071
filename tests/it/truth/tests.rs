//! Tests of the net itself, on cases that were worked out by hand.

mod archives;
mod clocks;
mod conversations;
mod evidence;
mod generated;
mod oracle;
mod records;
mod transcripts;

use chrono::DateTime;

use super::conversation::{Content, Conversation, Event};
use super::oracle::Verdict;
use super::recorded::Recorded;
use super::sources::{Export, Program, Source};

/// Milliseconds of `2024-03-13T10:15:20+01:00`.
fn at(text: &str) -> i64 {
    let instant = DateTime::parse_from_rfc3339(text).expect("an instant");
    instant.timestamp_millis()
}

/// An instant after everything else.
fn later() -> i64 {
    at("2025-06-01T12:00:00Z")
}

/// Long before [`later`], after everything that was sent.
fn earlier() -> i64 {
    at("2025-01-01T12:00:00Z")
}

/// An instant between the two.
fn between() -> i64 {
    at("2025-03-01T12:00:00Z")
}

fn export(program: Program) -> Export {
    Export::new(program, later())
}

fn before(program: Program) -> Export {
    Export::new(program, earlier())
}

fn archive(of: &Conversation, export: Export) -> Vec<Recorded> {
    Source::Export(export).recorded(of)
}

/// The pairing of a verdict that leaves no doubt.
#[track_caller]
fn certain(verdict: &Verdict) -> &[Option<usize>] {
    verdict
        .certain()
        .unwrap_or_else(|| panic!("not certain: {verdict:?}"))
}
