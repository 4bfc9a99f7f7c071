//! What becomes of the facts of a message: the counterpart of the SQL of `put`, `update` and `learned`.

use super::Records;
use crate::checkpoint::change::Change;
use crate::checkpoint::error::Error;
use crate::checkpoint::facts::{Facts, SentParts};
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::rows::{MessageRow, Origin};
use crate::checkpoint::states::State;
use crate::checkpoint::steps::Step;

impl Records {
    /// Writes a message that is about to be sent, is adopted or noted, in place of what was recorded. Exact instants stay.
    pub(super) fn put(
        &mut self,
        key: &MessageKey,
        facts: &Facts,
        to: State,
        change: &Change,
    ) -> Result<(), Error> {
        self.know_lead(&key.lead_id);
        let chat = self.chat_of(&facts.chat)?;
        let source = self.source_of(chat, facts.source.as_ref())?;
        let before = self.find(key).cloned();
        let (origin, activity_id, linked, attempts) = match change {
            Change::Adopt {
                activity_id,
                linked,
                creator,
                ..
            } => {
                let origin = creator.origin(facts.identity);
                (origin, Some(activity_id.clone()), *linked, 0)
            }
            Change::Noted { .. } => (Origin::Adopted, None, false, 0),
            _ => (Origin::Created, None, false, 1),
        };
        let created_run = change.is_creation().then_some(self.run);
        let next_id = self.messages.last_key_value().map_or(1, |(id, _)| id + 1);
        let mut row = MessageRow {
            id: next_id,
            external_id: key.external_id.clone(),
            lead_id: key.lead_id.clone(),
            chat,
            state: to,
            origin,
            activity_id,
            activity_at: facts.activity_at,
            first_at: facts.activity_at,
            body_hash: facts.body_hash,
            media_count: facts.media_count,
            media_bytes: facts.media_bytes,
            media_hash: facts.media_hash,
            people_hash: facts.people_hash,
            changing: false,
            response_to: facts.response_to.clone(),
            linked,
            failure: None,
            refused: None,
            attempts,
            identity: facts.identity,
            run: self.run,
            outgoing: Some(facts.outgoing),
            media: Some(facts.media),
            content: facts.content,
            class: facts.class,
            edited: facts.edited,
            deleted: facts.deleted,
            exact: facts.exact,
            seconds: facts.seconds,
            author: facts.author,
            source,
            created_run,
        };
        if let Some(before) = before {
            keep(&mut row, &before);
        }
        self.messages.insert(row.id, row);
        Ok(())
    }

    /// Writes what a message in Close is now, as far as it was sent.
    pub(super) fn update(
        &mut self,
        key: &MessageKey,
        facts: &Facts,
        sent: SentParts,
    ) -> Result<(), Error> {
        let chat = self.chat_of(&facts.chat)?;
        let source = self.source_of(chat, facts.source.as_ref())?;
        let run = self.run;
        let row = self.row(key)?;
        let is_same_text = facts.body_hash == row.body_hash;
        let keeps_instant = row.exact == Some(true) && facts.exact != Some(true);
        let is_same_instant = row.activity_at == facts.activity_at;
        (row.seconds, row.exact) = match (is_same_instant, keeps_instant) {
            (true, _) => (row.seconds.or(facts.seconds), row.exact.or(facts.exact)),
            (false, true) => (row.seconds, row.exact),
            (false, false) => (facts.seconds.or(row.seconds), facts.exact.or(row.exact)),
        };
        if !keeps_instant {
            row.activity_at = facts.activity_at;
        }
        if sent.text {
            row.content = facts.content.or(row.content.filter(|_| is_same_text));
            row.source = source.or(row.source.filter(|_| is_same_text));
            row.edited = facts.edited.or(row.edited);
            row.body_hash = facts.body_hash;
        } else {
            row.content = row.content.or(facts.content.filter(|_| is_same_text));
        }
        if sent.files {
            row.media_count = facts.media_count;
            row.media_bytes = facts.media_bytes;
            row.media_hash = facts.media_hash;
        }
        if sent.people {
            row.people_hash = facts.people_hash;
        }
        if sent.link {
            row.linked = facts.response_to.is_some();
            row.response_to.clone_from(&facts.response_to);
        }
        row.run = run;
        row.chat = chat;
        row.changing = false;
        row.refused = None;
        row.outgoing = Some(facts.outgoing);
        row.media = Some(facts.media);
        row.class = facts.class.or(row.class);
        row.deleted = deleted(row.deleted, facts.deleted);
        row.author = facts.author.or(row.author);
        match sent.link {
            true => self.end_relink(key, Step::Linked),
            false => Ok(()),
        }
    }

    /// Fills in what the record of a message lacks.
    pub(super) fn learn(&mut self, key: &MessageKey, facts: &Facts) -> Result<(), Error> {
        let chat = self.chat_of(&facts.chat)?;
        let source = self.source_of(chat, facts.source.as_ref())?;
        let row = self.row(key)?;
        row.content = row.content.or(facts.content);
        row.class = row.class.or(facts.class);
        row.edited = match row.edited {
            Some(true) => Some(true),
            known => facts.edited.or(known),
        };
        row.deleted = deleted(row.deleted, facts.deleted);
        if row.activity_at == facts.activity_at {
            row.seconds = row.seconds.or(facts.seconds);
            if row.exact != Some(true) {
                row.exact = facts.exact.or(row.exact);
            }
        }
        row.author = row.author.or(facts.author);
        row.source = row.source.or(source);
        row.chat = chat;
        Ok(())
    }

    fn row(&mut self, key: &MessageKey) -> Result<&mut MessageRow, Error> {
        let id = self.find(key).map(|row| row.id);
        let row = id.and_then(|id| self.messages.get_mut(&id));
        row.ok_or(Error::NoMessage)
    }
}

/// Keeps what an earlier record of the message knows.
fn keep(row: &mut MessageRow, before: &MessageRow) {
    let is_same_text = row.body_hash == before.body_hash;
    let keeps_instant = before.exact == Some(true) && row.exact != Some(true);
    row.id = before.id;
    row.changing = before.changing;
    row.attempts += before.attempts;
    if keeps_instant {
        row.activity_at = before.activity_at;
        row.first_at = before.first_at;
        row.seconds = before.seconds;
    } else {
        row.seconds = row.seconds.or(before.seconds);
    }
    row.exact = match before.exact {
        Some(true) => Some(true),
        known => row.exact.or(known),
    };
    row.content = row.content.or(before.content.filter(|_| is_same_text));
    row.source = row.source.or(before.source.filter(|_| is_same_text));
    row.class = row.class.or(before.class);
    row.edited = row.edited.or(before.edited);
    row.deleted = deleted(before.deleted, row.deleted);
    row.author = row.author.or(before.author);
    // A request whose outcome was unknown is found to be carried out.
    if row.created_run.is_none() && before.state == State::Unknown && row.origin != Origin::Foreign
    {
        row.created_run = before.created_run;
    }
}

/// A deletion by the sender is never forgotten.
fn deleted(known: Option<bool>, new: Option<bool>) -> Option<bool> {
    match known {
        Some(true) => Some(true),
        known => new.or(known),
    }
}
