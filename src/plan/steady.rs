//! Steadiness: a chat whose inputs were imported completely has an empty plan.
//!
//! Here belongs which operations of a plan contradict that, and what explains one; never the digest of the
//! inputs, or what is done about a contradiction.

use super::{Action, Known, Planned, RecordFacts, Recorded, Removal};
use crate::transform::desired::DesiredChat;

/// Version of the parser: raise it when equal bytes give other messages than before.
pub const PARSER: u32 = 2;

/// Version of matching and rendering: raise it when equal messages give another plan than before.
pub const MATCHING: u32 = 8;

/// The maximum number of differences that are named.
const MAX_NAMED: usize = 3;

/// The comparison of a chat's inputs with those of its last complete import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Inputs {
    /// No import of the chat is recorded as complete since a run changed it: a correction may be half done.
    #[default]
    Incomplete,
    /// Recorded messages of the chat were missing in Close, and the cause was not known: the list of its lead is read again.
    Lacking,
    /// They differ, or something else explains why the plan is not empty.
    Changed,
    /// They are the same, and the same versions of parser and matching read them.
    Same,
    /// They are the same, and this version reads them with another parser or matching.
    OtherVersion,
}

impl Inputs {
    /// Whether they are those of the last complete import.
    pub fn are_equal(self) -> bool {
        matches!(self, Inputs::Same | Inputs::OtherVersion)
    }
}

/// Operations that contradict the steadiness of a chat.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// Up to three, as archive and line.
    pub(super) places: Vec<String>,
    pub(super) count: u32,
}

/// The operations of a chat with equal inputs that nothing explains.
pub(super) fn differences(
    chat: &DesiredChat,
    messages: &[Planned],
    removals: &[Removal],
    known: &Known,
) -> Differences {
    let mut found = Differences::default();
    if !known.inputs.are_equal() || has_open_work(known) {
        return found;
    }
    let changed = (messages.iter())
        .filter(|planned| is_unexplained(planned, messages, known))
        .map(|planned| (planned.message.archive, planned.message.line));
    let removed = removals
        .iter()
        .map(|removal| (removal.archive, removal.line));
    for (archive, line) in changed.chain(removed) {
        found.count = found.count.saturating_add(1);
        if found.places.len() < MAX_NAMED {
            let label = chat.archives.get(archive as usize);
            let label = label.map_or("", String::as_str);
            found.places.push(format!("{label}:{line}"));
        }
    }
    found
}

/// Whether a message is created, changed or replaced although its chat was complete, and it was not removed
/// in Close.
fn is_unexplained(planned: &Planned, messages: &[Planned], known: &Known) -> bool {
    match &planned.action {
        Action::Create => !matches!(
            known.recorded.get(&planned.message.external_id),
            Some(Recorded::Gone { .. })
        ),
        Action::Update(edit) if edit.text || edit.files || edit.people || edit.time => true,
        // The reply target may be in Close only now, if it is in another chat or in Close only, and a
        // removed message is created again under another activity.
        Action::Update(_) => {
            let target = planned.message.reply_to;
            let target = target.and_then(|index| messages.get(index as usize));
            planned.message.answers.is_none()
                && target.is_some_and(|target| matches!(target.action, Action::Unchanged(_)))
        }
        Action::Replace(replacement) => replacement.on_new_lead.is_none(),
        _ => false,
    }
}

/// Whether an earlier run left operations to settle, retry or finish, or messages were removed in Close.
fn has_open_work(known: &Known) -> bool {
    let is_open = |facts: &RecordFacts| facts.refused || facts.changing || facts.unsettled;
    let is_tombstone =
        |id: &str| (known.tombstones.iter()).any(|tombstone| tombstone.external_id == id);
    let others = known.former.iter().chain(&known.elsewhere);
    others.map(|record| &record.facts).any(is_open)
        || (known.recorded.iter()).any(|(id, recorded)| match recorded {
            Recorded::Done { facts, .. } | Recorded::Gone { facts } => is_open(&facts),
            Recorded::Unsettled { .. } => true,
            Recorded::NotThere => !is_tombstone(id),
        })
}
