//! Canonical bodies for records of older checkpoint formats, read from the lists of their leads.
//!
//! Here belong records that are found in the list by activity id and whose text is unchanged; never a
//! comparison with messages. The text is hashed in memory and recorded nowhere.

use std::collections::HashMap;

use super::lead_list::List;
use super::unrecorded::{Reader, Users};
use crate::close::Listed;
use crate::ids::LeadId;
use crate::matching::Class;
use crate::plan::{Known, RecordFacts};
use crate::transform::desired::DesiredChat;

/// Completes the records of a chat on the lead of `list`; `lead` is its id if the chat goes to another one.
pub(super) fn complete(
    chat: &DesiredChat,
    (list, lead): (&List, Option<&LeadId>),
    users: &Users,
    known: &mut Known,
) {
    let Some(fingerprint) = known.fingerprint.clone() else {
        return;
    };
    if !lacks_content(known) {
        return;
    }
    let by_activity: HashMap<&str, &Listed> = (list.ours.iter())
        .map(|activity| (activity.id.as_str(), activity))
        .collect();
    let reading = Reading {
        reader: Reader::new(chat, &fingerprint, users),
        by_activity,
    };
    let mut is_completed = false;
    if lead.is_none() {
        known.recorded.complete(|activity, facts| {
            is_completed |= reading.complete(activity, facts);
        });
    }
    let others = known.former.iter_mut().chain(&mut known.elsewhere);
    for record in others.filter(|record| record.lead_id.as_ref() == lead) {
        is_completed |= reading.complete(record.activity_id.as_str(), &mut record.facts);
    }
    known.learns_content |= is_completed;
}

struct Reading<'r> {
    reader: Reader<'r>,
    by_activity: HashMap<&'r str, &'r Listed>,
}

impl Reading<'_> {
    /// Completes one record; returns whether it changed.
    fn complete(&self, activity: &str, facts: &mut RecordFacts) -> bool {
        if !lacks(facts) {
            return false;
        }
        let listed = self.by_activity.get(activity);
        let Some(read) = listed.and_then(|listed| self.reader.record(listed, None)) else {
            return false;
        };
        // A text that a person changed in Close is no evidence of the message.
        if read.facts.body != facts.body {
            return false;
        }
        facts.content = read.facts.content;
        facts.class = facts.class.or(read.facts.class);
        true
    }
}

fn lacks_content(known: &Known) -> bool {
    let others = known.former.iter().chain(&known.elsewhere);
    known.recorded.any(lacks) || others.map(|record| &record.facts).any(lacks)
}

fn lacks(facts: &RecordFacts) -> bool {
    let is_text = matches!(facts.class, None | Some(Class::Text));
    facts.content.is_none() && is_text && !facts.deleted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_with_content_lacks_nothing() {
        let facts = RecordFacts {
            content: Some([1; 16]),
            ..RecordFacts::default()
        };
        assert!(!lacks(&facts) && lacks(&RecordFacts::default()));
    }
}
