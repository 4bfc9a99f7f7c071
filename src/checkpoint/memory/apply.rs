//! One change, applied to the state in memory: the counterpart of the SQL in [`apply`](super::super::apply).

use super::Records;
use crate::checkpoint::archives::{ArchiveFacts, ArchiveId, ArchiveRow, InputDigest};
use crate::checkpoint::change::Change;
use crate::checkpoint::error::Error;
use crate::checkpoint::facts::ChatFacts;
use crate::checkpoint::hash::Hash;
use crate::checkpoint::ids::ChatId;
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::rows::{ChatRow, MessageRow};
use crate::checkpoint::runs::{CREATED, RunFacts};
use crate::checkpoint::states::State;
use crate::checkpoint::steps::Step;
use crate::ids::{ExternalId, LeadId};
use crate::organization::Learned;

impl Records {
    /// Applies a change at `now` (Unix milliseconds). After an error the caller discards the state.
    pub(super) fn apply(&mut self, now: i64, change: &Change) -> Result<(), Error> {
        change.check()?;
        let Some((key, event)) = change.event() else {
            return self.apply_other(now, change);
        };
        let known = self.find(key).map(|row| (row.id, row.state));
        let from = known.map(|(_, state)| state);
        let Some(to) = change.next_state((key, event), from)? else {
            return Ok(());
        };
        match change {
            Change::Intent { facts, .. } | Change::Adopt { facts, .. } => {
                self.put(key, facts, to, change)?;
                match change {
                    Change::Adopt { activity_id, .. } => self.relink_to(key, activity_id, None),
                    _ => Ok(()),
                }
            }
            Change::Noted { facts, .. } => self.put(key, facts, to, change),
            Change::Updated { facts, sent, .. } => self.update(key, facts, *sent),
            Change::Learned { facts, .. } => self.learn(key, facts),
            Change::Moved { to, .. } => self.move_message(key, to),
            Change::Followed {
                to,
                chat,
                activity_at,
                ..
            } => self.follow(key, to, (chat, *activity_at)),
            // Not shown by any reader.
            Change::Answered { .. } => Ok(()),
            Change::Updating { .. } => self.change(key, |row| row.changing = true),
            Change::Linked { .. } => {
                self.change(key, |row| {
                    row.linked = true;
                    row.refused = None;
                })?;
                self.end_relink(key, Step::Linked)
            }
            Change::Refused { code, .. } => {
                self.change(key, |row| row.refused = Some(code.clone()))
            }
            Change::Mended { .. } => self.change(key, |row| row.refused = None),
            _ => self.settle(key, to, change),
        }
    }

    /// Applies a change after which the message is in Close or not.
    fn settle(&mut self, key: &MessageKey, to: State, change: &Change) -> Result<(), Error> {
        let (activity_id, is_linked, failure) = match change {
            Change::Done {
                activity_id,
                linked,
                ..
            }
            | Change::Found {
                activity_id,
                linked,
                ..
            } => (Some(activity_id.clone()), *linked, None),
            Change::Failed { code, .. } => (None, false, Some(code.clone())),
            _ => (None, false, None),
        };
        let is_removed = matches!(change, Change::Gone { .. } | Change::Withdrawn { .. });
        self.change(key, |row| {
            row.state = to;
            row.activity_id = activity_id.clone();
            row.linked = is_linked;
            row.failure = failure;
            row.refused = None;
            row.changing &= !is_removed;
        })?;
        if is_removed {
            self.end_relink(key, Step::GivenUp)?;
            self.unlink_from(key, matches!(change, Change::Withdrawn { .. }))?;
        }
        match activity_id {
            Some(activity) => self.relink_to(key, &activity, None),
            None => Ok(()),
        }
    }

    fn apply_other(&mut self, now: i64, change: &Change) -> Result<(), Error> {
        match change {
            Change::Chat(facts) => self.put_chat(facts),
            Change::Merged { from, into } => self.merge(from, into),
            Change::Alias { key, native_id } => self.alias(key, native_id),
            Change::Deletion { key, .. } => self.find(key).map(|_| ()).ok_or(Error::NoMessage),
            Change::Archive { chat, archive } => self.put_archive(chat, archive),
            Change::ChatDigest { chat, digest } => self.put_digest(chat, *digest),
            Change::OperationBegun(begun) => self.begin_operation(begun),
            Change::OperationStep {
                operation,
                step,
                target,
            } => self.take_step(operation, *step, target.as_ref()),
            Change::RunIs(facts) => self.run_is(facts),
            Change::Fact(fact) => {
                let (fact, learned_at) = (fact.clone(), now);
                self.facts.insert(fact.name(), Learned { fact, learned_at });
                Ok(())
            }
            Change::Counted(what) => {
                if let Some(run) = self.runs.last_mut() {
                    *run.row.counts.entry(what.as_str().to_owned()).or_default() += 1;
                }
                Ok(())
            }
            Change::RunEnded { outcome, counts } => {
                if let Some(run) = self.runs.last_mut() {
                    run.row.ended = Some((now, *outcome));
                    run.row.counts.clone_from(counts);
                }
                Ok(())
            }
            // Not shown by any reader.
            _ => Ok(()),
        }
    }

    /// The record of a message.
    pub(super) fn find(&self, key: &MessageKey) -> Option<&MessageRow> {
        let mut rows = self.messages.values();
        rows.find(|row| row.external_id == key.external_id && row.lead_id == key.lead_id)
    }

    /// Changes the record of a message in this run.
    fn change(&mut self, key: &MessageKey, set: impl FnOnce(&mut MessageRow)) -> Result<(), Error> {
        let id = self.find(key).map(|row| row.id);
        let row = id.and_then(|id| self.messages.get_mut(&id));
        let row = row.ok_or(Error::NoMessage)?;
        set(row);
        row.run = self.run;
        Ok(())
    }

    pub(super) fn chat_of(&self, chat: &Hash) -> Result<ChatId, Error> {
        let row = self.chats.iter().find(|row| row.chat == *chat);
        row.map(|row| row.id).ok_or(Error::NoChat)
    }

    pub(super) fn source_of(
        &self,
        chat: ChatId,
        digest: Option<&Hash>,
    ) -> Result<Option<ArchiveId>, Error> {
        let Some(digest) = digest else {
            return Ok(None);
        };
        let mut archives = self.archives.iter();
        let found = archives.find(|row| row.chat == chat && row.facts.digest == *digest);
        found.map(|row| Some(row.id)).ok_or(Error::NoArchive)
    }

    fn put_chat(&mut self, facts: &ChatFacts) -> Result<(), Error> {
        self.know_lead(&facts.lead_id);
        let position = match self.chats.iter().position(|row| row.chat == facts.chat) {
            Some(position) => position,
            None => {
                let number = i64::try_from(self.chats.len()).unwrap_or(i64::MAX) + 1;
                self.chats.push(ChatRow {
                    id: ChatId(number),
                    chat: facts.chat,
                    pairs: Vec::new(),
                    lead_id: facts.lead_id.clone(),
                    contact_id: None,
                    zone: None,
                });
                self.chats.len() - 1
            }
        };
        let row = &mut self.chats[position];
        row.lead_id = facts.lead_id.clone();
        row.contact_id = facts.contact_id.clone().or(row.contact_id.take());
        row.zone = facts.zone.clone().or(row.zone.take());
        row.pairs.extend(&facts.pairs);
        row.pairs.sort_unstable();
        row.pairs.dedup();
        Ok(())
    }

    fn put_archive(&mut self, chat: &Hash, facts: &ArchiveFacts) -> Result<(), Error> {
        let chat = self.chat_of(chat)?;
        let mut archives = self.archives.iter_mut();
        let found = archives.find(|row| row.chat == chat && row.facts.digest == facts.digest);
        match found {
            Some(row) => {
                row.facts.shift_ms = facts.shift_ms.or(row.facts.shift_ms);
                row.facts.dated_at = facts.dated_at.or(row.facts.dated_at);
                row.facts.last_at = facts.last_at.or(row.facts.last_at);
            }
            None => {
                let id = ArchiveId::from_number(self.archives.len() + 1);
                self.archives.push(ArchiveRow {
                    id: id.ok_or(Error::NoArchive)?,
                    chat,
                    facts: *facts,
                    first_run: self.run,
                });
            }
        }
        Ok(())
    }

    fn put_digest(&mut self, chat: &Hash, digest: Option<InputDigest>) -> Result<(), Error> {
        let chat = self.chat_of(chat)?;
        match digest {
            Some(digest) => self.digests.insert(chat, (digest, self.run)),
            None => self.digests.remove(&chat),
        };
        Ok(())
    }

    fn run_is(&mut self, facts: &RunFacts) -> Result<(), Error> {
        if let Some(run) = self.runs.last_mut() {
            run.user_id = facts.user_id.clone().or(run.user_id.take());
            run.command = facts.command.clone().or(run.command.take());
            run.row.counts.entry(CREATED.to_owned()).or_default();
        }
        Ok(())
    }

    fn alias(&mut self, key: &MessageKey, native_id: &ExternalId) -> Result<(), Error> {
        let id = self.find(key).map(|row| row.id).ok_or(Error::NoMessage)?;
        self.aliases.insert((native_id.clone(), id));
        Ok(())
    }

    pub(super) fn know_lead(&mut self, lead_id: &LeadId) {
        self.leads.entry(lead_id.clone()).or_default();
    }

    /// Removes a record, with everything that refers to it.
    fn remove(&mut self, id: i64) {
        self.messages.remove(&id);
        self.aliases.retain(|(_, message)| *message != id);
    }

    /// Moves a record to the lead to which Close has moved its message. A record of it there that is not in Close is
    /// removed; if the message is recorded there, the old record becomes absent.
    fn move_message(&mut self, key: &MessageKey, to: &LeadId) -> Result<(), Error> {
        self.know_lead(to);
        let id = self.find(key).map(|row| row.id).ok_or(Error::NoMessage)?;
        self.move_relink(key, to);
        let target = MessageKey::new(key.external_id.clone(), to.clone());
        let there = self.find(&target).map(|row| (row.id, row.state));
        let is_free = match there {
            Some((other, _)) if other == id => true,
            Some((other, State::Failed | State::Absent | State::Gone)) => {
                self.remove(other);
                true
            }
            Some(_) => false,
            None => true,
        };
        self.change(key, |row| {
            row.refused = None;
            if is_free {
                row.lead_id = to.clone();
            } else {
                row.state = State::Absent;
                row.activity_id = None;
            }
        })
    }

    /// Moves the record of a removed message to the lead, the chat and the time that its chat has.
    fn follow(
        &mut self,
        key: &MessageKey,
        to: &LeadId,
        (chat, activity_at): (&Hash, i64),
    ) -> Result<(), Error> {
        let id = self.find(key).map(|row| row.id).ok_or(Error::NoMessage)?;
        let is_moved = *to != key.lead_id;
        if is_moved {
            self.move_message(key, to)?;
        }
        let (chat, run) = (self.chat_of(chat)?, self.run);
        if let Some(row) = self.messages.get_mut(&id) {
            row.chat = chat;
            row.activity_at = activity_at;
            if is_moved {
                row.first_at = activity_at;
            }
            row.run = run;
        }
        Ok(())
    }

    /// Moves everything of a lead to the lead that it was merged into. A message that both have stays where it is.
    fn merge(&mut self, from: &LeadId, into: &LeadId) -> Result<(), Error> {
        self.know_lead(from);
        self.know_lead(into);
        self.move_relinks(from, into);
        let on = |lead: &LeadId, row: &MessageRow| row.lead_id == *lead;
        let replaced: Vec<i64> = (self.messages.values())
            .filter(|row| on(into, row))
            .filter(|row| matches!(row.state, State::Failed | State::Absent | State::Gone))
            .filter(|row| {
                let mut others = self.messages.values();
                others.any(|other| {
                    on(from, other)
                        && other.external_id == row.external_id
                        && other.state == State::Done
                })
            })
            .map(|row| row.id)
            .collect();
        for id in replaced {
            self.remove(id);
        }
        let moved: Vec<i64> = (self.messages.values())
            .filter(|row| on(from, row))
            .filter(|row| {
                let target = MessageKey::new(row.external_id.clone(), into.clone());
                self.find(&target).is_none_or(|other| other.id == row.id)
            })
            .map(|row| row.id)
            .collect();
        for id in moved {
            if let Some(row) = self.messages.get_mut(&id) {
                row.lead_id = into.clone();
                row.run = self.run;
            }
        }
        for chat in self.chats.iter_mut().filter(|row| row.lead_id == *from) {
            chat.lead_id = into.clone();
        }
        for (lead, merged) in &mut self.leads {
            if lead == into {
                *merged = None;
            } else if lead == from || merged.as_ref() == Some(from) {
                *merged = Some(into.clone());
            }
        }
        Ok(())
    }

    /// The lead of a lead's messages: the one that it was merged into, if any.
    pub(super) fn current_lead(&self, lead_id: &LeadId) -> LeadId {
        let merged = self.leads.get(lead_id).and_then(Option::as_ref);
        merged.unwrap_or(lead_id).clone()
    }
}
