//! Records activities that Close lists and the checkpoint lacks, as they are in Close. Changes to them
//! follow as for any recorded message.

use super::Run;
use crate::checkpoint::{Change, Creator, Facts, MessageKey};
use crate::execute::queue::MessageIndex;
use crate::ids::LeadId;
use crate::plan::{Action, Record, RecordFacts};

/// The difference in milliseconds below which two instants are the same: messages with one displayed
/// timestamp are a millisecond apart.
const SAME_INSTANT_MS: i64 = 1_000;

impl Run<'_> {
    /// The record of the activity that Close lists for a message.
    pub(super) fn adopt_listed(&self, at: MessageIndex) -> Option<Change> {
        let planned = self.chats.get(at.0)?.messages.get(at.1)?;
        let adoption = planned.adoption.as_deref()?;
        let record = &adoption.record;
        let job = self.job(at)?;
        let is_rewritten = matches!(&planned.action, Action::Update(edit) if edit.text);
        let planned_facts = job.facts(&self.tools.key);
        let content = match is_rewritten {
            true => record.facts.content,
            false => planned_facts.content.or(record.facts.content),
        };
        let facts = Facts {
            content,
            body_hash: adoption.sent_body.unwrap_or(record.facts.body),
            ..as_listed(planned_facts, &record.facts)
        };
        Some(self.adopt_record(record, &job.to.lead_id, facts))
    }

    /// The records of the activities of messages that their senders deleted later.
    pub(super) fn adopt_deletions(&self, chat: usize) -> Vec<Change> {
        let planned = &self.chats[chat];
        let (Some(of_chat), Some(to)) = (&self.records[chat], &planned.destination) else {
            return Vec::new();
        };
        (planned.adopted_deletions.iter())
            .filter_map(|(index, record)| {
                let deleted = planned.chat.deleted.get(*index)?;
                let facts = of_chat.deleted(&self.tools.key, deleted);
                let facts = Facts {
                    content: record.facts.content,
                    class: None,
                    ..as_listed(facts, &record.facts)
                };
                Some(self.adopt_record(record, &to.lead_id, facts))
            })
            .collect()
    }

    fn adopt_record(&self, record: &Record, lead_id: &LeadId, facts: Facts) -> Change {
        Change::Adopt {
            key: MessageKey::new(
                &record.external_id,
                record.lead_id.as_ref().unwrap_or(lead_id),
            ),
            facts,
            activity_id: record.activity_id.clone(),
            linked: record.facts.linked,
            // Of the activities that Close lists, only our own and those with a derived id are recorded.
            creator: match (record.facts.foreign, record.external_id.is_derived()) {
                (true, _) => Creator::Other,
                // The id itself shows who posted it.
                (false, true) => Creator::Unknown,
                (false, false) => self.creator_of_ours,
            },
        }
    }
}

/// The planned facts of a message, with those that Close shows in their place.
fn as_listed(planned_facts: Facts, facts: &RecordFacts) -> Facts {
    let is_same_time = (planned_facts.activity_at - facts.at).abs() < SAME_INSTANT_MS;
    let has_files = facts.media.is_some() && facts.media == planned_facts.media_hash;
    Facts {
        activity_at: facts.at,
        body_hash: facts.body,
        media_count: facts.files,
        media_bytes: match has_files {
            true => planned_facts.media_bytes,
            false => facts.file_bytes.map_or(0, u64::from),
        },
        media_hash: facts.media,
        people_hash: facts.people,
        outgoing: facts.outgoing.unwrap_or(planned_facts.outgoing),
        exact: if is_same_time {
            planned_facts.exact
        } else {
            facts.exact
        },
        seconds: if is_same_time {
            planned_facts.seconds
        } else {
            facts.seconds
        },
        files: if has_files {
            planned_facts.files
        } else {
            Vec::new()
        },
        ..planned_facts
    }
}
