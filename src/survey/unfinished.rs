//! Open operations of earlier runs, as values of the plan. Reads the checkpoint only: no archive, and
//! nothing of Close.

use std::collections::{HashMap, HashSet};

use super::recorded::{Sources, facts};
use crate::checkpoint::{
    self, ChatId, MessageKey, MessageRow, OperationKind, OperationRow, ReadStore, State, Step,
    Subject,
};
use crate::ids::{ActivityId, LeadId};
use crate::plan::{Known, Selection, Unfinished, UnfinishedLink};

/// All open operations of a checkpoint.
#[derive(Debug, Default)]
pub(super) struct OpenOperations {
    /// Moves, each with the chat for which it was begun.
    moves: Vec<(Option<ChatId>, Unfinished)>,
    /// Their indexes by the records of the message: where the move began, and where it leads.
    moves_by_record: HashMap<MessageKey, Vec<usize>>,
    /// Links by the chat that their reply is recorded in.
    links: HashMap<Option<ChatId>, Vec<UnfinishedLink>>,
    /// The replies of these links.
    answers: HashSet<MessageKey>,
    /// The keys that moving messages had before the move.
    sources: HashSet<MessageKey>,
    /// Messages that are known not to be in Close and are to be restored.
    restored: HashSet<MessageKey>,
}

impl OpenOperations {
    /// Reads the open operations. A move that is known to have posted nothing is omitted.
    pub(super) fn of(snapshot: &dyn ReadStore) -> Result<OpenOperations, checkpoint::Error> {
        let mut open = OpenOperations::default();
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
                    let target = MessageKey::new(one.target_id.clone(), &one.to);
                    for record in [key.clone(), target] {
                        let moves = open.moves_by_record.entry(record).or_default();
                        moves.push(open.moves.len());
                    }
                    open.moves.push((row.chat, one));
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

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.answers.is_empty() && self.restored.is_empty()
    }

    /// All interrupted moves.
    pub(super) fn moves(&self) -> impl Iterator<Item = &Unfinished> {
        self.moves.iter().map(|(_, one)| one)
    }

    /// The moves that were begun for a recorded chat.
    pub(super) fn moves_of(&self, chat: ChatId) -> impl Iterator<Item = &Unfinished> {
        let moves = self.moves.iter();
        moves
            .filter(move |(of, _)| *of == Some(chat))
            .map(|(_, one)| one)
    }

    /// The moves that begin at a record, or lead to it.
    pub(super) fn moves_at(&self, row: &MessageRow) -> impl Iterator<Item = &Unfinished> {
        self.indexes_at(row).map(|index| &self.moves[*index].1)
    }

    fn indexes_at(&self, row: &MessageRow) -> impl Iterator<Item = &usize> {
        let indexes = match self.moves.is_empty() {
            true => None,
            false => self.moves_by_record.get(&key_of(row)),
        };
        indexes.into_iter().flatten()
    }

    /// The links of replies that are recorded in a chat.
    pub(super) fn links_of(&self, chat: ChatId) -> &[UnfinishedLink] {
        self.links.get(&Some(chat)).map_or(&[], Vec::as_slice)
    }

    /// Whether an earlier run began to link this reply.
    pub(super) fn is_relinked(&self, row: &MessageRow) -> bool {
        !self.answers.is_empty() && self.answers.contains(&key_of(row))
    }

    /// Whether a move began at this message: it is about to be deleted there.
    pub(super) fn is_source(&self, row: &MessageRow) -> bool {
        !self.sources.is_empty() && self.sources.contains(&key_of(row))
    }

    /// Whether the message was removed in Close and an earlier run began to restore it.
    pub(super) fn is_restored(&self, row: &MessageRow) -> bool {
        !self.restored.is_empty()
            && row.state == State::Gone
            && self.restored.contains(&key_of(row))
    }

    /// The moves and links of messages in none of the surveyed chats. They belong to a run without
    /// selection only.
    pub(super) fn into_unclaimed<'k>(
        self,
        selection: &Selection,
        known: impl Iterator<Item = &'k Known> + Clone,
    ) -> (Vec<Unfinished>, Vec<UnfinishedLink>) {
        let is_whole = selection.device.is_none()
            && selection.chat.is_none()
            && selection.lead.is_none()
            && selection.leads.is_empty()
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
        let mut into_unclaimed: Vec<Unfinished> = (self.moves.into_iter())
            .map(|(_, one)| one)
            .filter(|one| !taken.contains(&(&one.from, &one.activity_id)))
            .collect();
        into_unclaimed.sort_by(|a, b| (&a.to, &a.target_id).cmp(&(&b.to, &b.target_id)));
        (into_unclaimed, links)
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
    let source = snapshot.lookup(&key.external_id, &key.lead_id)?;
    let target = snapshot.lookup(target_id, to)?;
    let on_new_lead = match (row.step, target.map(|row| (row.state, row.activity_id))) {
        (Step::Posted, _) => row.target_activity.clone(),
        // It is deleted first, and posted as a new message.
        (Step::Cleared, _) => None,
        (_, Some((State::Done, activity))) => activity,
        (_, Some((State::Intent | State::Unknown, _))) => None,
        // Nothing was posted: the message is on its former lead.
        _ => return Ok(None),
    };
    Ok(Some(Unfinished {
        external_id: key.external_id.clone(),
        from: key.lead_id.clone(),
        activity_id: activity.clone(),
        target_id: target_id.clone(),
        to: to.clone(),
        on_new_lead,
        is_clearing: row.step == Step::Cleared,
        refused: source.as_ref().is_some_and(|row| row.refused.is_some()),
        source: source.map(|row| facts(&row, &Sources::default())),
    }))
}
