//! Reading the state in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::operation::Operation;
use super::{Memory, Records, Run, key};
use crate::checkpoint::archives::{ArchiveRow, InputDigest};
use crate::checkpoint::error::Error;
use crate::checkpoint::hash::{Hash, HashKey};
use crate::checkpoint::ids::{ChatId, RunId};
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::operations::OperationRow;
use crate::checkpoint::rows::{ChatRow, DoneAs, MessageRow, RunRow, Standing, Unsettled};
use crate::checkpoint::runs::{LEADS_MADE, NOTHING_SENT};
use crate::checkpoint::states::State;
use crate::checkpoint::steps::Step;
use crate::checkpoint::store::ReadStore;
use crate::ids::{ContactId, ExternalId, LeadId, UserId};
use crate::organization::Facts;

impl ReadStore for Memory {
    fn key(&self) -> HashKey {
        key()
    }

    fn facts(&self) -> Result<Facts, Error> {
        Ok(Facts::new(self.records().facts.values().cloned().collect()))
    }

    fn chat(&self, chat: &Hash) -> Result<Option<ChatRow>, Error> {
        let records = self.records();
        Ok(records.chats.iter().find(|row| row.chat == *chat).cloned())
    }

    fn chats_by_contact(&self, contact_id: &ContactId) -> Result<Vec<ChatRow>, Error> {
        let records = self.records();
        let rows = records.chats.iter();
        Ok(rows
            .filter(|row| row.contact_id.as_ref() == Some(contact_id))
            .cloned()
            .collect())
    }

    fn all_chats(&self) -> Result<Vec<ChatRow>, Error> {
        Ok(self.records().chats.clone())
    }

    fn each_message_of(&self, chat: ChatId, row: &mut dyn FnMut(MessageRow)) -> Result<(), Error> {
        self.records().of_chat(chat).cloned().for_each(row);
        Ok(())
    }

    fn each_id_of(
        &self,
        chat: ChatId,
        take: &mut dyn FnMut(&str, State, i64),
    ) -> Result<(), Error> {
        for row in self.records().of_chat(chat) {
            take(row.external_id.as_str(), row.state, row.activity_at);
        }
        Ok(())
    }

    fn messages_in(&self, chat: ChatId) -> Result<u64, Error> {
        Ok(self.records().of_chat(chat).count() as u64)
    }

    fn lookup(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Option<MessageRow>, Error> {
        let key = MessageKey::new(external_id.clone(), lead_id.clone());
        Ok(self.records().find(&key).cloned())
    }

    fn aliases_of(&self, chat: ChatId) -> Result<HashMap<ExternalId, ExternalId>, Error> {
        let records = self.records();
        let mut known: BTreeMap<&ExternalId, BTreeSet<&ExternalId>> = BTreeMap::new();
        for (native_id, message) in &records.aliases {
            let row = records.messages.get(message);
            if let Some(row) = row.filter(|row| row.chat == chat) {
                known.entry(native_id).or_default().insert(&row.external_id);
            }
        }
        let unique = known.into_iter().filter(|(_, ids)| ids.len() == 1);
        let pairs = unique.filter_map(|(id, ids)| Some((id.clone(), (*ids.first()?).clone())));
        Ok(pairs.collect())
    }

    fn done_as(&self, id: &ExternalId) -> Result<Vec<DoneAs>, Error> {
        let records = self.records();
        let is_named = |row: &&MessageRow| {
            row.external_id == *id || records.aliases.contains(&(id.clone(), row.id))
        };
        let rows = records.messages.values().filter(is_named);
        let done = rows.filter(|row| row.state == State::Done);
        Ok(done
            .filter_map(|row| {
                let activity_id = row.activity_id.clone()?;
                Some((row.external_id.clone(), row.lead_id.clone(), activity_id))
            })
            .collect())
    }

    fn standing(&self) -> Result<Standing, Error> {
        let mut standing = Standing::default();
        let mut chats = BTreeSet::new();
        for row in self.records().messages.values() {
            match row.state {
                State::Done => {
                    standing.done += 1;
                    chats.insert(row.chat);
                }
                State::Failed => standing.failed += 1,
                State::Intent | State::Unknown => standing.unknown += 1,
                State::Gone => standing.gone += 1,
                State::Absent => {}
            }
            standing.refused += u64::from(row.refused.is_some());
        }
        standing.chats = chats.len() as u64;
        Ok(standing)
    }

    fn unsettled(&self) -> Result<Vec<Unsettled>, Error> {
        let records = self.records();
        let rows = records.messages.values();
        let open = rows.filter(|row| matches!(row.state, State::Intent | State::Unknown));
        Ok(open
            .map(|row| Unsettled {
                id: row.id,
                external_id: row.external_id.clone(),
                lead_id: row.lead_id.clone(),
                since_this_run: row.run == records.run,
            })
            .collect())
    }

    fn knows_lead(&self, lead_id: &LeadId) -> Result<bool, Error> {
        let records = self.records();
        Ok(records.chats.iter().any(|row| row.lead_id == *lead_id))
    }

    fn merged_into(&self, lead_id: &LeadId) -> Result<Option<LeadId>, Error> {
        Ok(self.records().leads.get(lead_id).cloned().flatten())
    }

    fn archives_of(&self, chat: ChatId) -> Result<Vec<ArchiveRow>, Error> {
        let records = self.records();
        let rows = records.archives.iter().filter(|row| row.chat == chat);
        Ok(rows.copied().collect())
    }

    fn archives_by_digest(&self, digest: &Hash) -> Result<Vec<ArchiveRow>, Error> {
        let records = self.records();
        let rows = records.archives.iter();
        Ok(rows
            .filter(|row| row.facts.digest == *digest)
            .copied()
            .collect())
    }

    fn digest_of(&self, chat: ChatId) -> Result<Option<(InputDigest, RunId)>, Error> {
        Ok(self.records().digests.get(&chat).copied())
    }

    fn users_of_runs(&self) -> Result<BTreeSet<UserId>, Error> {
        let records = self.records();
        let runs = records.runs.iter();
        Ok(runs.filter_map(|run| run.user_id.clone()).collect())
    }

    fn last_run(&self) -> Result<Option<RunRow>, Error> {
        let records = self.records();
        let is_import = |run: &&Run| {
            let is_none = [LEADS_MADE, NOTHING_SENT];
            run.command.as_deref() == Some("import")
                && !(is_none.iter()).any(|name| run.row.counts.contains_key(*name))
        };
        let mut before = records
            .runs
            .iter()
            .rev()
            .filter(|run| run.row.id < records.run);
        Ok(before.find(is_import).map(|run| run.row.clone()))
    }

    fn lead_created_for(&self, number: &Hash) -> Result<Option<OperationRow>, Error> {
        let records = self.records();
        let last = records.last_for_number(number);
        Ok(last
            .filter(|row| row.step != Step::GivenUp)
            .map(|row| records.shown(row)))
    }

    fn open_operations(&self) -> Result<Vec<OperationRow>, Error> {
        let records = self.records();
        let open = records
            .operations
            .iter()
            .filter(|one: &&Operation| one.is_open);
        Ok(open.map(|one| records.shown(&one.row)).collect())
    }
}

impl Records {
    fn of_chat(&self, chat: ChatId) -> impl Iterator<Item = &MessageRow> {
        self.messages.values().filter(move |row| row.chat == chat)
    }

    /// An operation with the lead that its target lead was merged into.
    fn shown(&self, row: &OperationRow) -> OperationRow {
        let mut row = row.clone();
        row.target_lead = row.target_lead.map(|lead| self.current_lead(&lead));
        row
    }
}
