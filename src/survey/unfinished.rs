//! Operations that earlier runs began and did not finish, as values of the plan. Reads the rows of
//! the checkpoint alone: no archive, and nothing of Close.

use std::collections::{HashMap, HashSet};

use crate::checkpoint::{
    self, ChatId, MessageKey, MessageRow, OperationKind, OperationRow, ReadStore, State, Step,
    Subject,
};
use crate::ids::{ActivityId, LeadId};
use crate::plan::{Known, Selection, Unfinished, UnfinishedLink};

/// Everything that is open in a checkpoint.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Moves by the chat that their message is recorded in.
    moves: HashMap<Option<ChatId>, Vec<Unfinished>>,
    /// Links by the chat that their answer is recorded in.
    links: HashMap<Option<ChatId>, Vec<UnfinishedLink>>,
    /// Their answers.
    answers: HashSet<MessageKey>,
    /// Where the messages were that move.
    sources: HashSet<MessageKey>,
    /// Messages of which it is known that they are not in Close and are to be posted again.
    restored: HashSet<MessageKey>,
}

impl Open {
    /// Reads what is open. A move of which it is known that nothing was posted is none any more.
    pub(super) fn of(snapshot: &dyn ReadStore) -> Result<Open, checkpoint::Error> {
        let mut open = Open::default();
        for row in snapshot.open_operations()? {
            let Subject::Message(key) = &row.operation.subject else {
                continue;
            };
            match (row.operation.kind, row.step) {
                (OperationKind::Replace, _) => {
                    let Some(one) = unfinished(snapshot, key, &row)? else {
                        continue;
                    };
                    open.sources.insert(key.clone());
                    open.moves.entry(row.chat).or_default().push(one);
                }
                (OperationKind::Relink, _) => {
                    let Some(activity) = &row.source_activity else {
                        continue;
                    };
                    open.answers.insert(key.clone());
                    let links = open.links.entry(row.chat).or_default();
                    links.push(UnfinishedLink {
                        external_id: key.external_id.clone(),
                        lead_id: key.lead_id.clone(),
                        activity_id: activity.clone(),
                    });
                }
                (OperationKind::Restore, Step::Cleared) => {
                    open.restored.insert(key.clone());
                }
                _ => {}
            }
        }
        Ok(open)
    }

    /// The moves of messages that are recorded in a chat.
    pub(super) fn moves_of(&self, chat: ChatId) -> &[Unfinished] {
        self.moves.get(&Some(chat)).map_or(&[], Vec::as_slice)
    }

    /// The links of answers that are recorded in a chat.
    pub(super) fn links_of(&self, chat: ChatId) -> &[UnfinishedLink] {
        self.links.get(&Some(chat)).map_or(&[], Vec::as_slice)
    }

    /// True for an answer whose link an earlier run began to set.
    pub(super) fn is_relinked(&self, row: &MessageRow) -> bool {
        !self.answers.is_empty() && self.answers.contains(&key_of(row))
    }

    /// True for a message where a move began: it is about to be deleted there.
    pub(super) fn is_source(&self, row: &MessageRow) -> bool {
        !self.sources.is_empty() && self.sources.contains(&key_of(row))
    }

    /// True for a message that was removed in Close and that an earlier run began to post again.
    pub(super) fn is_restored(&self, row: &MessageRow) -> bool {
        !self.restored.is_empty()
            && row.state == State::Gone
            && self.restored.contains(&key_of(row))
    }

    /// The moves and links of messages that are in none of the chats that were looked at. They are
    /// part of a run of everything alone.
    pub(super) fn left<'k>(
        self,
        selection: &Selection,
        known: impl Iterator<Item = &'k Known> + Clone,
    ) -> (Vec<Unfinished>, Vec<UnfinishedLink>) {
        let is_whole = selection.device.is_none()
            && selection.chat.is_none()
            && selection.lead.is_none()
            && selection.limit.is_none();
        if !is_whole {
            return (Vec::new(), Vec::new());
        }
        let taken: HashSet<&ActivityId> = (known.clone())
            .flat_map(|known| &known.unfinished_links)
            .map(|one| &one.activity_id)
            .collect();
        let mut links: Vec<UnfinishedLink> = (self.links.into_values().flatten())
            .filter(|one| !taken.contains(&one.activity_id))
            .collect();
        links.sort_by(|a, b| (&a.lead_id, &a.external_id).cmp(&(&b.lead_id, &b.external_id)));
        let taken: HashSet<(&LeadId, &ActivityId)> = known
            .flat_map(|known| &known.unfinished)
            .map(|one| (&one.from, &one.activity_id))
            .collect();
        let mut left: Vec<Unfinished> = (self.moves.into_values().flatten())
            .filter(|one| !taken.contains(&(&one.from, &one.activity_id)))
            .collect();
        left.sort_by(|a, b| (&a.to, &a.target_id).cmp(&(&b.to, &b.target_id)));
        (left, links)
    }
}

fn key_of(row: &MessageRow) -> MessageKey {
    MessageKey::new(row.external_id.clone(), &row.lead_id)
}

fn unfinished(
    snapshot: &dyn ReadStore,
    key: &MessageKey,
    row: &OperationRow,
) -> Result<Option<Unfinished>, checkpoint::Error> {
    let (Some(to), Some(activity)) = (&row.target_lead, &row.source_activity) else {
        return Ok(None);
    };
    let target_id = row.target_id.as_ref().unwrap_or(&key.external_id);
    let target = snapshot.lookup(target_id, to)?;
    let there = match (row.step, target.map(|row| (row.state, row.activity_id))) {
        (Step::Posted, _) => row.target_activity.clone(),
        (_, Some((State::Done, activity))) => activity,
        (_, Some((State::Intent | State::Unknown, _))) => None,
        // It was not posted: the message is where it was.
        _ => return Ok(None),
    };
    let source = snapshot.lookup(&key.external_id, &key.lead_id)?;
    Ok(Some(Unfinished {
        external_id: key.external_id.clone(),
        from: key.lead_id.clone(),
        activity_id: activity.clone(),
        target_id: target_id.clone(),
        to: to.clone(),
        there,
        refused: source.is_some_and(|row| row.refused.is_some()),
    }))
}
