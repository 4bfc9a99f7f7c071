//! The result of a run as text.

use std::fmt::Write;

use super::{bytes, count, duration};
use crate::execute::{FailedMessage, Summary};
use crate::plan::{Planned, PlannedChat, Totals};
use crate::transform::desired::Content;

/// The number of locations listed per failure.
const SHOWN: usize = 50;

/// Where the messages of a plan were read: `(archive, line)` by the indexes of chat and message. Collected
/// before the plan is carried out, which consumes it.
#[derive(Debug, Default)]
pub struct Locations {
    chats: Vec<ChatLocations>,
}

#[derive(Debug)]
struct ChatLocations {
    device: String,
    name: Content,
    private: bool,
    archives: Vec<String>,
    lines: Vec<(u32, u32)>,
}

impl Locations {
    /// The locations of all messages of a plan.
    pub fn of(chats: &[PlannedChat]) -> Self {
        let chats = chats
            .iter()
            .map(|planned| ChatLocations {
                device: planned.chat.device.clone(),
                name: Content::new(planned.chat.name.clone()),
                private: planned.chat.private,
                archives: planned.chat.archives.clone(),
                lines: lines(planned),
            })
            .collect();
        Locations { chats }
    }

    /// Archive and line of a message.
    pub fn location(&self, chat: usize, message: usize) -> (&str, u32) {
        let found = self.chats.get(chat).and_then(|locations| {
            let (archive, line) = locations.lines.get(message)?;
            Some((locations.archives.get(*archive as usize)?.as_str(), *line))
        });
        found.unwrap_or_default()
    }

    /// `archive:line` of a message.
    fn message(&self, chat: usize, message: usize) -> String {
        match self.location(chat, message) {
            ("", 0) => "in no archive of this run".to_owned(),
            (archive, line) => format!("{archive}:{line}"),
        }
    }

    /// `device: name` of a chat.
    fn chat(&self, chat: usize) -> String {
        match self.chats.get(chat) {
            Some(locations) if !locations.private => {
                format!("{}: {}", locations.device, locations.name.reveal())
            }
            _ => "a chat".to_owned(),
        }
    }
}

/// The location of each operation, in the order in which the run numbers them: messages, deletions, and
/// links, which have the location of their target.
fn lines(planned: &PlannedChat) -> Vec<(u32, u32)> {
    planned
        .messages
        .with(|messages| lines_of(planned, messages))
}

fn lines_of(chat: &PlannedChat, messages: &[Planned]) -> Vec<(u32, u32)> {
    let of = |planned: &Planned| (planned.message.archive, planned.message.line);
    let removals = chat.removals.iter().map(|r| (r.archive, r.line));
    let relinks = chat.relinks.iter().map(|relink| {
        let target = messages.get(relink.target as usize);
        target.map_or((0, 0), of)
    });
    let own = messages.iter().map(of);
    own.chain(removals).chain(relinks).collect()
}

/// The run as text.
pub fn text(totals: &Totals, summary: &Summary, locations: &Locations, seconds: f64) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_text(totals, summary, locations, seconds, &mut text);
    text
}

fn write_text(
    totals: &Totals,
    summary: &Summary,
    locations: &Locations,
    seconds: f64,
    text: &mut String,
) -> std::fmt::Result {
    for held in &summary.held {
        writeln!(
            text,
            "held: {} ({}): {}",
            locations.chat(held.chat),
            count(held.messages, "message"),
            held.why
        )?;
    }
    for (chat, code) in &summary.stopped_chats {
        writeln!(
            text,
            "stopped: {}: Close rejected {} messages in a row for the same reason ({code}); correct it and run again",
            locations.chat(*chat),
            crate::execute::Limits::REFUSALS
        )?;
    }
    failures(&summary.failed, locations, text)?;
    for (chat, message, copies) in &summary.copies {
        writeln!(
            text,
            "duplicate: {}: Close holds {copies} copies; none was added",
            locations.message(*chat, *message)
        )?;
    }
    if totals.duplicates > 0 {
        writeln!(
            text,
            "duplicates: {} in Close repeat another message of their lead; none was deleted",
            count(totals.duplicates, "message")
        )?;
    }
    if totals.repeated_elsewhere > 0 {
        writeln!(
            text,
            "duplicates: {} in Close repeat a message of another lead; none was deleted",
            count(totals.repeated_elsewhere, "message")
        )?;
    }
    let parts = counts(totals, summary);
    write!(text, "{}, in {}", parts.join(", "), duration(seconds))
}

/// The messages of the run by outcome.
fn counts(totals: &Totals, summary: &Summary) -> Vec<String> {
    let mut parts = vec![format!("{} created", summary.created)];
    if summary.uploads > 0 {
        parts.push(format!(
            "{} uploaded ({})",
            count(summary.uploads, "file"),
            bytes(summary.upload_bytes)
        ));
    }
    for (number, what) in [
        (summary.updated, "updated"),
        (summary.replaced, "replaced"),
        (summary.deleted, "deleted"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let unchanged = totals.unchanged + summary.found;
    let adopted = if summary.adopted + summary.found > 0 {
        format!(" ({} found in Close)", summary.adopted + summary.found)
    } else {
        String::new()
    };
    parts.push(format!("{unchanged} unchanged{adopted}"));
    let held = totals.held + summary.held_messages();
    let not_selected = super::plan::not_selected(totals);
    for (number, what) in [
        (totals.skipped() - not_selected, "left out"),
        (not_selected, "not selected"),
        (held, "held"),
        (totals.undecided, "undecided"),
        (summary.failed.len() as u64, "failed"),
        (summary.unknown, "unknown"),
        (summary.not_reached, "not reached"),
        (summary.gone, "no longer in Close and left alone"),
        (summary.unlinked, "without a link to their reply target"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    parts
}

/// One entry per cause, with all its locations: an error in a mapping fails a whole chat.
fn failures(
    failed: &[FailedMessage],
    locations: &Locations,
    text: &mut String,
) -> std::fmt::Result {
    let mut reasons: Vec<(&FailedMessage, Vec<String>)> = Vec::new();
    for failure in failed {
        let location = locations.message(failure.chat, failure.message);
        match reasons
            .iter_mut()
            .find(|(known, _)| known.text == failure.text)
        {
            Some((_, all)) => all.push(location),
            None => reasons.push((failure, vec![location])),
        }
    }
    for (failure, all) in reasons {
        // Most texts begin with their code, or with that of the kind of failure.
        writeln!(
            text,
            "failed: {}: {}: {}",
            count(all.len() as u64, "message"),
            failure.code,
            failure.text
        )?;
        let more = match all.len().checked_sub(SHOWN) {
            Some(more @ 1..) => format!(" and {more} more"),
            _ => String::new(),
        };
        writeln!(
            text,
            "    {}{more}",
            all.iter()
                .take(SHOWN)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        )?;
    }
    Ok(())
}
