//! The text of a run: problems first, then the messages by outcome.

use std::fmt::{Result, Write};

use super::RunView;
use super::view::Counts;
use crate::quantity::{bytes, count, duration};

/// The run as text.
pub(crate) fn text(view: &RunView) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_text(view, &mut text);
    text
}

fn write_text(view: &RunView, text: &mut String) -> Result {
    for held in &view.held {
        let messages = count(held.messages, "message");
        writeln!(text, "held: {} ({messages}): {}", held.chat, held.why)?;
    }
    for stopped in &view.stopped {
        writeln!(
            text,
            "stopped: {}: Close rejected {} messages in a row for the same reason ({}); correct it and run again",
            stopped.chat, stopped.rejections, stopped.code
        )?;
    }
    for failure in &view.failures {
        // Most texts begin with their code, or with that of the kind of failure.
        let messages = count(failure.places.count(), "message");
        writeln!(
            text,
            "failed: {messages}: {}: {}",
            failure.code, failure.text
        )?;
        writeln!(text, "    {}", failure.places.text())?;
    }
    for one in &view.copies {
        writeln!(
            text,
            "duplicate: {}: Close holds {} copies; none was added",
            one.location, one.copies
        )?;
    }
    for (number, what) in [
        (view.duplicates, "another message of their lead"),
        (view.repeated_elsewhere, "a message of another lead"),
    ] {
        if number > 0 {
            let messages = count(number, "message");
            writeln!(
                text,
                "duplicates: {messages} in Close repeat {what}; none was deleted"
            )?;
        }
    }
    let parts = outcomes(&view.counts);
    write!(text, "{}, in {}", parts.join(", "), duration(view.seconds))
}

/// The messages of the run by outcome.
fn outcomes(counts: &Counts) -> Vec<String> {
    let mut parts = vec![format!("{} created", counts.created)];
    if counts.uploads > 0 {
        let files = count(counts.uploads, "file");
        parts.push(format!("{files} uploaded ({})", bytes(counts.upload_bytes)));
    }
    parts.extend(nonzero(&[
        (counts.updated, "updated"),
        (counts.replaced, "replaced"),
        (counts.deleted, "deleted"),
    ]));
    let adopted = match counts.adopted {
        0 => String::new(),
        adopted => format!(" ({adopted} found in Close)"),
    };
    parts.push(format!("{} unchanged{adopted}", counts.unchanged));
    parts.extend(nonzero(&[
        (counts.left_out, "left out"),
        (counts.not_selected, "not selected"),
        (counts.held, "held"),
        (counts.undecided, "undecided"),
        (counts.failed, "failed"),
        (counts.unknown, "unknown"),
        (counts.not_reached, "not reached"),
        (counts.gone, "no longer in Close and left alone"),
        (counts.unlinked, "without a link to their reply target"),
    ]));
    parts
}

/// The counts that are not zero, each with its meaning.
fn nonzero<'c>(counts: &'c [(u64, &str)]) -> impl Iterator<Item = String> + 'c {
    let nonzero = counts.iter().filter(|(number, _)| *number > 0);
    nonzero.map(|(number, what)| format!("{number} {what}"))
}
