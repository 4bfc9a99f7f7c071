//! The checkpoint's records by lead: what was sent, and what Close returned.
//!
//! Belongs here: reading the checkpoint for a comparison with Close. Never here: Close, or archives.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::app::error::Result;
use crate::app::present_leads::PresentLeads;
use crate::checkpoint::{ChatId, MessageRow, Snapshot, State};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::compare::{Answered, Sent};

/// A record of a message.
#[derive(Clone)]
pub(in crate::app) struct Record {
    pub(in crate::app) row: MessageRow,
    pub(in crate::app) answered: Answered,
    /// The sizes of its files, if recorded.
    sizes: Option<Vec<u64>>,
    /// The keyed hashes of size and checksum of its files, in order; empty if not recorded.
    pub(super) files: Vec<[u8; 16]>,
}

impl Record {
    /// Passes each record of a chat to `take`, in the order of first recording. `take` must not read from the snapshot.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(in crate::app) fn each_of(
        snapshot: &Snapshot,
        chat: ChatId,
        mut take: impl FnMut(Record),
    ) -> Result<()> {
        let answers = snapshot.answers_of(chat)?;
        let mut files: HashMap<i64, (Vec<u64>, Vec<[u8; 16]>)> = HashMap::new();
        snapshot.each_file_of(chat, |message, file| {
            let (sizes, hashes) = files.entry(message).or_default();
            sizes.push(file.size);
            hashes.push(file.hash);
        })?;
        snapshot.each_message_of(chat, |row| {
            let answered = answers
                .get(&row.id)
                .map_or_else(Answered::default, |answer| Answered {
                    text: answer.text,
                    numbers: answer.people,
                    files: answer.files,
                    at: answer.at,
                });
            let (sizes, hashes) = files.remove(&row.id).unwrap_or_default();
            let is_complete = sizes.len() == row.media_count as usize;
            take(Record {
                answered,
                sizes: is_complete.then_some(sizes),
                files: hashes,
                row,
            });
        })?;
        Ok(())
    }

    /// Whether a run of this checkpoint sent it, so that Close's answer is recorded where it differed.
    pub(in crate::app) fn is_created(&self) -> bool {
        self.row.created_run.is_some() && self.row.attempts > 0
    }

    /// What was sent.
    pub(in crate::app) fn sent(&self) -> Sent {
        let row = &self.row;
        Sent {
            body: row.body_hash,
            at: row.activity_at,
            outgoing: row.outgoing,
            people: row.people_hash,
            files: row.media_count as usize,
            sizes: self.sizes.clone(),
            changing: row.changing,
        }
    }
}

/// Which recorded chats have messages on which lead. A lead that was merged into another one counts as that.
#[derive(Default)]
pub(super) struct RecordedLeads {
    chats: BTreeMap<LeadId, BTreeSet<ChatId>>,
    present: PresentLeads,
}

impl RecordedLeads {
    /// The recorded chats.
    pub(super) fn chats(&self) -> impl Iterator<Item = ChatId> {
        self.chats.values().flatten().copied()
    }

    /// Reads which leads the checkpoint has messages on.
    pub(super) fn read(snapshot: &Snapshot) -> Result<RecordedLeads> {
        let mut found: BTreeMap<LeadId, BTreeSet<ChatId>> = BTreeMap::new();
        let mut last = None;
        snapshot.each_message(|row| {
            let key = (row.lead_id.clone(), row.chat);
            // Messages of a chat are recorded in runs of many. Those that are not in Close count too: their records show why.
            if last.as_ref() != Some(&key) {
                found.entry(row.lead_id).or_default().insert(row.chat);
                last = Some(key);
            }
        })?;
        let mut leads = RecordedLeads::default();
        for (lead, chats) in found {
            let present = leads.present.follow(&lead, snapshot)?;
            leads.chats.entry(present).or_default().extend(chats);
        }
        Ok(leads)
    }

    /// Notes the present lead of a lead that was merged into another one.
    pub(super) fn follow(&mut self, lead: &LeadId, snapshot: &Snapshot) -> Result<()> {
        self.present.follow(lead, snapshot).map(drop)
    }

    /// Notes that Close has merged a lead into another one.
    pub(super) fn merge(&mut self, from: &LeadId, into: &LeadId) {
        let into = self.present(into).clone();
        if into == *from {
            return;
        }
        if let Some(chats) = self.chats.remove(from) {
            self.chats.entry(into.clone()).or_default().extend(chats);
        }
        self.present.merge(from, into);
    }

    /// The present lead of a lead.
    pub(super) fn present<'l>(&'l self, lead: &'l LeadId) -> &'l LeadId {
        self.present.of(lead)
    }

    /// The leads with messages.
    pub(super) fn leads(&self) -> impl Iterator<Item = &LeadId> {
        self.chats.keys()
    }

    /// The records of the messages on a lead, by external id; of those in `moving`, which the plan expects on another
    /// lead, none.
    pub(super) fn of(
        &self,
        lead: &LeadId,
        moving: &HashSet<ActivityId>,
        snapshot: &Snapshot,
    ) -> Result<HashMap<ExternalId, Record>> {
        let mut records = HashMap::new();
        for chat in self.chats.get(lead).into_iter().flatten() {
            Record::each_of(snapshot, *chat, |record| {
                let row = &record.row;
                let is_moving = (row.activity_id.as_ref()).is_some_and(|id| moving.contains(id));
                if self.present(&row.lead_id) == lead && !is_moving {
                    add(&mut records, record);
                }
            })?;
        }
        Ok(records)
    }
}

/// Adds a record. Of two with one id, as after a merge of leads, the one that is in Close counts.
fn add(records: &mut HashMap<ExternalId, Record>, record: Record) {
    let known = records.get(&record.row.external_id);
    if known.is_none_or(|known| known.row.state != State::Done) {
        records.insert(record.row.external_id.clone(), record);
    }
}
