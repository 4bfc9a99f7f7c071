//! What an erasure decides otherwise: the verdicts and findings that only `forget` needs.
//!
//! Belongs here: which messages of groups are the person's, and which activities with the person's number no import created.
//! Never here: who the person is (`person`).

use std::collections::{HashMap, HashSet};

use super::Prepared;
use super::verdict::Verdict;
use crate::app::undo::examine::List;
use crate::app::undo::result::KeptWhy;
use crate::app::undo::select::Message;
use crate::close::{Direction, Listed};
use crate::ids::{ActivityId, LeadId};

impl Prepared<'_> {
    /// An erasure outweighs a change in Close: the message is deleted, and shown as changed.
    pub(super) fn note_changed(&mut self, index: usize) {
        if self.person.is_none() {
            return;
        }
        if let Verdict::Keep(Some(activity), KeptWhy::Changed(_) | KeptWhy::UpdateUnfinished) =
            &self.verdicts[index]
        {
            self.verdicts[index] = Verdict::Delete(activity.clone());
            self.changed.insert(index);
        }
    }

    /// Whether archives attribute a message of a group to the person who is erased.
    pub(super) fn is_by_archives(&self, message: &Message) -> bool {
        (self.person).is_some_and(|person| person.has(&message.key.external_id))
    }

    /// Whether a message of a group is not by the person who is erased, as far as Close shows.
    pub(super) fn is_of_other(
        &self,
        message: &Message,
        by_activity: &HashMap<&ActivityId, usize>,
        list: &List,
    ) -> bool {
        let Some(person) = self.person.filter(|_| message.is_of_group) else {
            return false;
        };
        let at = (message.activity_id.as_ref()).and_then(|id| by_activity.get(id));
        let is_anchor = self.anchored.contains(&message.lead);
        let wrote = |at: &usize| person.wrote(&list.activities[*at], is_anchor);
        let is_attributed = person.is_of_other(&message.key.external_id);
        is_attributed || (!self.is_by_archives(message) && !at.is_some_and(wrote))
    }

    /// Notes a lead on which our own activities of a group have the person's number.
    pub(super) fn note_anchor(&mut self, lead: &LeadId, list: &List) {
        let Some(person) = self.person else { return };
        let of_group: HashSet<&ActivityId> = (self.selected.messages.iter())
            .filter(|message| message.is_of_group && message.lead == *lead)
            .filter_map(|message| message.activity_id.as_ref())
            .collect();
        let is_sent_to = |activity: &Listed| {
            of_group.contains(&activity.id)
                && activity.direction == Some(Direction::Outgoing)
                && person.is_in(activity)
        };
        if list.activities.iter().any(is_sent_to) {
            self.anchored.insert(lead.clone());
        }
    }

    /// Notes activities with the person's number that no import created.
    pub(super) fn note_not_ours(
        &mut self,
        lead: &LeadId,
        (indexes, without_record): (&[usize], &[ActivityId]),
        list: &List,
    ) {
        let Some(person) = self.person else { return };
        let messages = indexes.iter().map(|index| &self.selected.messages[*index]);
        let ours: HashSet<&ActivityId> = messages
            .filter_map(|message| message.activity_id.as_ref())
            .chain(self.not_ours.iter().map(|(activity, _)| activity))
            .chain(without_record)
            .collect();
        let others = (list.activities.iter())
            .filter(|activity| person.is_in(activity) && !ours.contains(&activity.id))
            .map(|activity| (activity.id.clone(), lead.clone()))
            .collect::<Vec<_>>();
        self.not_ours.extend(others);
    }
}
