//! Records activities that Close lists and the checkpoint lacks, as they are in Close: what is to be
//! changed of them is changed afterwards, like anything else that is recorded.

use super::Run;
use crate::checkpoint::{Change, Creator, Facts, MessageKey};
use crate::execute::queue::At;
use crate::ids::LeadId;
use crate::plan::{Action, Record, Trace};

/// The difference below which two instants are the same one: messages of one stamp are a
/// millisecond apart.
const STAMP: i64 = 1_000;

impl Run<'_> {
    /// The record of the activity that Close lists of a message.
    pub(super) fn adopt_listed(&self, at: At) -> Option<Change> {
        let planned = self.chats.get(at.0)?.messages.get(at.1)?;
        let record = planned.adoption.as_deref()?;
        let job = self.job(at)?;
        let is_rewritten = matches!(&planned.action, Action::Update(edit) if edit.text);
        let wanted = job.facts(&self.tools.key);
        let content = match is_rewritten {
            true => record.trace.content,
            false => wanted.content.or(record.trace.content),
        };
        let facts = Facts {
            content,
            ..as_listed(wanted, &record.trace)
        };
        Some(adopt(record, &job.to.lead_id, facts))
    }

    /// The records of the activities of messages that their senders deleted since.
    pub(super) fn adopt_deletions(&self, chat: usize) -> Vec<Change> {
        let planned = &self.chats[chat];
        let (Some(of_chat), Some(to)) = (&self.records[chat], &planned.destination) else {
            return Vec::new();
        };
        (planned.adopted_deletions.iter())
            .filter_map(|(place, record)| {
                let deleted = planned.chat.deleted.get(*place)?;
                let facts = of_chat.deleted(&self.tools.key, deleted);
                let facts = Facts {
                    content: record.trace.content,
                    class: None,
                    ..as_listed(facts, &record.trace)
                };
                Some(adopt(record, &to.lead_id, facts))
            })
            .collect()
    }
}

fn adopt(record: &Record, lead_id: &LeadId, facts: Facts) -> Change {
    Change::Adopt {
        key: MessageKey::new(
            &record.external_id,
            record.lead_id.as_ref().unwrap_or(lead_id),
        ),
        facts,
        activity_id: record.activity_id.clone(),
        linked: record.trace.linked,
        // Of what Close lists only what is ours, or has a derived id, becomes a record.
        creator: match record.trace.foreign {
            true => Creator::Other,
            false => Creator::Own,
        },
    }
}

/// What is wanted of a message, with what Close shows in its place.
fn as_listed(wanted: Facts, trace: &Trace) -> Facts {
    let is_same_time = (wanted.activity_at - trace.at).abs() < STAMP;
    let has_files = trace.media.is_some() && trace.media == wanted.media_hash;
    Facts {
        activity_at: trace.at,
        body_hash: trace.body,
        media_count: trace.files,
        media_bytes: match has_files {
            true => wanted.media_bytes,
            false => trace.file_bytes.map_or(0, u64::from),
        },
        media_hash: trace.media,
        people_hash: trace.people,
        outgoing: trace.outgoing.unwrap_or(wanted.outgoing),
        exact: if is_same_time {
            wanted.exact
        } else {
            trace.exact
        },
        seconds: if is_same_time {
            wanted.seconds
        } else {
            trace.seconds
        },
        files: if has_files { wanted.files } else { Vec::new() },
        ..wanted
    }
}
