//! Whether a plan has nothing to pair: every record has its message under its own id, and nothing contradicts that.
//!
//! Costs no more than looking each message up.

use super::{Known, RecordFacts, Recorded, aliases};
use crate::chat::Kind;
use crate::ids::ExternalId;
use crate::matching::Precision;
use crate::matching::tolerance::{JITTER, MAX_DIFFERENCE, MINUTE, SECOND};
use crate::transform::desired::{Deleted, DesiredMessage};

/// Whether the plan has nothing to do, or is a first one: every record has its message under its own id,
/// and no evidence contradicts it; or there is no record. Must not cost more than looking each message up.
pub(super) fn is_in_place(wanted: &[DesiredMessage], deleted: &[Deleted], known: &Known) -> bool {
    let is_listed = !known.unrecorded.is_empty() || !known.copies.is_empty();
    let is_moved = !known.former.is_empty() || !known.elsewhere.is_empty();
    if is_listed || is_moved || known.zone_corrected {
        return false;
    }
    let there = known.recorded.may_be_there();
    let is_there = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let (mut found, mut lacks_files) = (0, false);
    for message in wanted {
        let facts = match known.recorded.get(&message.external_id) {
            Some(
                Recorded::Done { facts, .. }
                | Recorded::Gone { facts }
                | Recorded::Unsettled { facts },
            ) => facts,
            _ => continue,
        };
        if !is_consistent(message, &facts, known) {
            return false;
        }
        lacks_files |= message.files.is_empty() && facts.files > 0;
        found += 1;
    }
    // The file that is recorded under the id of a placeholder may be one of those without a record.
    found == there
        && (found == wanted.len() || !lacks_files)
        && (found == 0 || known.tombstones.is_empty() || wanted.len() == found)
        && !deleted.iter().any(|m| is_there(&m.external_id))
}

/// Whether no property recorded under a message's own id contradicts that it is that message. An equal id
/// is a hint: a body without content has the same id as its neighbour.
fn is_consistent(message: &DesiredMessage, facts: &RecordFacts, known: &Known) -> bool {
    let at = message.activity_at.timestamp_millis();
    // Equal texts of a minute are numbered in the order of their export, which may be truncated.
    let has_seconds =
        facts.seconds == Some(true) && message.evidence.precision != Precision::Minute;
    let apart = match has_seconds {
        true => (at.div_euclid(SECOND) - facts.at.div_euclid(SECOND)).abs() * SECOND,
        false => (at - facts.at).abs(),
    };
    let reach = match (has_seconds, message.evidence.content) {
        (true, Some(_)) => JITTER,
        // A file has the id of the one that followed it in a cut export.
        (true, None) => 0,
        (false, _) => MAX_DIFFERENCE + MINUTE,
    };
    if apart > reach {
        return false;
    }
    // An equal text that was sent after it has its derived id.
    if facts.deleted && facts.class.is_some() && message.kind != Kind::Deleted {
        return false;
    }
    let Some(fingerprint) = &known.fingerprint else {
        return true;
    };
    if message.external_id.is_native() {
        let content = || {
            message
                .evidence
                .content
                .map(|content| fingerprint.content(&content))
        };
        return !aliases::is_shared(message, known)
            || (content().is_some() && content() == facts.content);
    }
    if !message.files.is_empty()
        && facts.files > 0
        && let Some(media) = facts.media
    {
        return (fingerprint.0)("media", &super::files_text(&message.files)) == media;
    }
    // The derivation covers the text, so an equal id is an equal text, unless it was edited.
    let is_line = facts.deleted && facts.class.is_none();
    let may_differ = message.edited || facts.edited == Some(true) || is_line;
    match (message.evidence.content, facts.content) {
        (Some(content), Some(recorded)) if may_differ || message.kind != Kind::Text => {
            fingerprint.content(&content) == recorded
        }
        _ => !is_line || message.kind == Kind::Deleted,
    }
}
