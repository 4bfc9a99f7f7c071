//! What a user changed in Close of an activity that is paired with its message for the first time.
//!
//! Without a record nothing shows what was sent. Where the archives give no reason for a difference (an edit, a file that
//! arrived, a corrected zone), what they want is what was sent, and the difference is a change in Close: recorded as if
//! Close's value had been sent, it would be found by nothing later, and an undo would delete it. Never here: which activity
//! is which message.

use std::collections::HashMap;

use super::edit::{differs_in_time, files_text};
use super::reconciled::Reconciled;
use super::record::{Fingerprint, RecordFacts};
use crate::chat::Kind;
use crate::ids::ExternalId;
use crate::matching::Class;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::transform::desired::{DesiredMessage, Direction};

/// Offsets of zones are multiples of this.
const QUARTER: i64 = 15 * MINUTE;

/// The differences of time of a chat that a corrected zone explains: several activities have them, or all.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    /// The number of activities by difference, in quarters of an hour.
    by_difference: HashMap<i64, usize>,
    /// The number of activities without a record.
    all: usize,
}

impl Corrections {
    /// Those of the activities without a record that are paired with `wanted`.
    pub(super) fn of(wanted: &[DesiredMessage], found: &Reconciled) -> Corrections {
        let mut corrections = Corrections::default();
        for message in wanted {
            let record = found.matched.get(&message.external_id);
            let Some(record) = record.filter(|record| record.listed.is_some()) else {
                continue;
            };
            corrections.all += 1;
            if differs_in_time(message, &record.facts)
                && let Some(difference) = zone_difference(message, &record.facts)
            {
                *corrections.by_difference.entry(difference).or_default() += 1;
            }
        }
        corrections
    }

    fn explain(&self, message: &DesiredMessage, facts: &RecordFacts) -> bool {
        let difference = zone_difference(message, facts);
        let alike = difference.and_then(|difference| self.by_difference.get(&difference));
        alike.is_some_and(|alike| *alike > 1 || *alike == self.all)
    }
}

/// The difference of two times in quarters of an hour, if that may be a difference of zones.
fn zone_difference(message: &DesiredMessage, facts: &RecordFacts) -> Option<i64> {
    let difference = facts.at - message.activity_at.timestamp_millis();
    let quarters = (difference + QUARTER / 2).div_euclid(QUARTER);
    ((difference - quarters * QUARTER).abs() <= MAX_DIFFERENCE).then_some(quarters)
}

/// The facts of a listed activity with time, direction and files as they were sent.
pub(super) fn as_sent(
    message: &DesiredMessage,
    own_id: &ExternalId,
    listed: (&ExternalId, RecordFacts),
    corrections: &Corrections,
    fingerprint: &Fingerprint,
) -> RecordFacts {
    let (external_id, mut facts) = listed;
    if differs_in_time(message, &facts) && !corrections.explain(message, &facts) {
        facts.at = message.activity_at.timestamp_millis();
        facts.first_at = facts.at;
    }
    let outgoing = message.direction == Direction::Outgoing;
    // A derived id covers the sender, so that it proves the direction of a message whose archives leave it open.
    let is_proved = external_id.is_derived() && external_id == own_id;
    if facts.outgoing == Some(!outgoing) && (is_proved || !message.evidence.two_sided) {
        facts.outgoing = Some(outgoing);
    }
    if has_other_files(message, &facts) {
        facts.files = u32::try_from(message.files.len()).unwrap_or(u32::MAX);
        facts.media = Some((fingerprint.0)("media", &files_text(&message.files)));
        facts.file_bytes = match message.files.as_slice() {
            [file] => u32::try_from(file.size).ok(),
            _ => None,
        };
    }
    facts
}

/// Whether an activity has files that the archives do not explain. Fewer files may arrive later.
fn has_other_files(message: &DesiredMessage, facts: &RecordFacts) -> bool {
    let (wanted, present) = (message.files.len(), facts.files as usize);
    if wanted == 0 {
        // A text never had one; of a placeholder an earlier export may have had the file.
        return message.kind == Kind::Text && present > 0;
    }
    let has_other_size = || match (message.files.as_slice(), facts.file_bytes) {
        ([file], Some(bytes)) => file.size != u64::from(bytes),
        _ => false,
    };
    present > wanted || (present == wanted && has_other_size())
}

/// Whether the text of a listed activity is neither that of its message nor explained by the archives. An update of the
/// text explains it as well.
pub(super) fn is_text_changed(
    message: &DesiredMessage,
    facts: &RecordFacts,
    fingerprint: &Fingerprint,
) -> bool {
    if message.edited || message.kind == Kind::Deleted || facts.deleted {
        return false;
    }
    let body = message.body(message.markdown.reveal());
    if (fingerprint.0)("body", body) == facts.body {
        return false;
    }
    // Programs render names of mentioned people and blanks differently.
    let content = (message.evidence.content).map(|content| fingerprint.content(&content));
    if content.is_some() && content == facts.content {
        return false;
    }
    match message.kind {
        Kind::Text => true,
        // A database has the words of a card, and an export its file.
        Kind::Contact => facts.class == Some(Class::Text),
        _ if !message.files.is_empty() => facts.files as usize == message.files.len(),
        // Placeholders depend on what an export knows of a message; words do not replace one.
        _ => facts.class == Some(Class::Text),
    }
}
