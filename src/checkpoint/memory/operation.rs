//! Multi-step operations in memory: the counterpart of the SQL of [`operations`](super::super::operations) and
//! [`relinks`](super::super::relinks).

use super::Records;
use crate::checkpoint::error::Error;
use crate::checkpoint::hash::Hash;
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::operations::{Begun, OperationKey, OperationRow, Reached, Subject};
use crate::checkpoint::rows::Origin;
use crate::checkpoint::states::State;
use crate::checkpoint::steps::{OperationKind, Step, next_step};
use crate::ids::{ActivityId, ExternalId, LeadId};

/// An operation. Its target lead is as recorded, before merges.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) row: OperationRow,
    pub(super) is_open: bool,
}

impl Records {
    pub(super) fn begin_operation(&mut self, begun: &Begun) -> Result<(), Error> {
        let chat = begun.chat.as_ref().map(|chat| self.chat_of(chat));
        let chat = chat.transpose()?;
        if let Subject::Message(key) = &begun.operation.subject {
            self.know_lead(&key.lead_id);
        }
        if let Some(lead) = &begun.target_lead {
            self.know_lead(lead);
        }
        self.next_step(&begun.operation, Step::Planned)?;
        self.operations.push(Operation {
            row: OperationRow {
                operation: begun.operation.clone(),
                step: Step::Planned,
                chat,
                source_activity: begun.source_activity.clone(),
                target_id: begun.target_id.clone(),
                target_lead: begun.target_lead.clone(),
                target_activity: begun.target_activity.clone(),
                target_contact: None,
                created_run: self.run,
                updated_run: self.run,
            },
            is_open: true,
        });
        Ok(())
    }

    pub(super) fn take_step(
        &mut self,
        key: &OperationKey,
        step: Step,
        target: Option<&Reached>,
    ) -> Result<(), Error> {
        match (step, target) {
            (Step::Posted, Some(Reached::Activity(_)))
            | (Step::Created, Some(Reached::Lead { .. })) => {}
            (Step::Posted | Step::Created, _) | (_, Some(_)) => {
                let what = "the target of a step";
                return Err(Error::Malformed { what });
            }
            (_, None) => {}
        }
        if let Some(Reached::Lead { lead_id, .. }) = target {
            self.know_lead(lead_id);
        }
        let replaced = self.step(key, step, target)?;
        let (Some(Reached::Activity(activity)), Subject::Message(source)) = (target, &key.subject)
        else {
            return Ok(());
        };
        match replaced {
            Some(posted) if key.kind == OperationKind::Replace => {
                self.relink_to(&posted, activity, Some(&source.lead_id))
            }
            _ => Ok(()),
        }
    }

    /// Takes a step of an open operation; returns the message at its target.
    fn step(
        &mut self,
        key: &OperationKey,
        step: Step,
        target: Option<&Reached>,
    ) -> Result<Option<MessageKey>, Error> {
        let Some(position) = self.next_step(key, step)? else {
            return Ok(None);
        };
        let run = self.run;
        let operation = &mut self.operations[position];
        operation.is_open = !step.finishes(key.kind);
        let row = &mut operation.row;
        row.step = step;
        row.updated_run = run;
        match target {
            Some(Reached::Activity(activity)) => row.target_activity = Some(activity.clone()),
            Some(Reached::Lead {
                lead_id,
                contact_id,
            }) => {
                row.target_lead = Some(lead_id.clone());
                row.target_contact = Some(contact_id.clone());
            }
            None => {}
        }
        let row = &self.operations[position].row;
        Ok(match (&row.operation.subject, &row.target_lead) {
            (Subject::Message(source), Some(lead)) => Some(MessageKey {
                external_id: (row.target_id.clone()).unwrap_or_else(|| source.external_id.clone()),
                lead_id: self.current_lead(lead),
            }),
            _ => None,
        })
    }

    /// The position of the open operation that takes this step; `None` if the step begins it.
    fn next_step(&self, key: &OperationKey, to: Step) -> Result<Option<usize>, Error> {
        let position = self.open_operation(key);
        let from = position.map(|position| self.operations[position].row.step);
        next_step(key.kind, from, to).map_err(|illegal| Error::IllegalStep {
            kind: illegal.kind,
            from: illegal.from,
            to: illegal.to,
            subject: match &key.subject {
                Subject::Message(key) => key.external_id.as_str().into(),
                Subject::Number(_) => "a number".into(),
            },
        })?;
        Ok(position)
    }

    fn open_operation(&self, key: &OperationKey) -> Option<usize> {
        let mut operations = self.operations.iter();
        operations.position(|one| one.is_open && one.row.operation == *key)
    }

    /// The last operation for a number.
    pub(super) fn last_for_number(&self, number: &Hash) -> Option<&OperationRow> {
        let is_for = |one: &&Operation| match &one.row.operation.subject {
            Subject::Number(hash) => hash == number,
            Subject::Message(_) => false,
        };
        let last = self.operations.iter().rev().find(is_for);
        last.map(|one| &one.row)
    }

    /// Begins a relink for each answer that is not linked to this activity. `from`: the lead on which the target had
    /// another activity until now.
    pub(super) fn relink_to(
        &mut self,
        target: &MessageKey,
        activity: &ActivityId,
        from: Option<&LeadId>,
    ) -> Result<(), Error> {
        let is_done_on = |lead: &LeadId| {
            let on_lead = MessageKey::new(target.external_id.clone(), lead.clone());
            self.find(&on_lead)
                .is_some_and(|row| row.state == State::Done)
        };
        let answers: Vec<i64> = (self.messages.values())
            .filter(|row| row.response_to.as_ref() == Some(&target.external_id))
            .filter(|row| row.state == State::Done && row.origin != Origin::Foreign)
            .filter(|row| !row.linked || from.is_some())
            .filter(|row| {
                row.lead_id == target.lead_id
                    || Some(&row.lead_id) == from
                    || !is_done_on(&row.lead_id)
            })
            .map(|row| row.id)
            .collect();
        for id in answers {
            let Some(row) = self.messages.get_mut(&id) else {
                continue;
            };
            row.linked = false;
            let (chat, source_activity) = (row.chat, row.activity_id.clone());
            let key = relink(MessageKey {
                external_id: row.external_id.clone(),
                lead_id: row.lead_id.clone(),
            });
            let run = self.run;
            if let Some(position) = self.open_operation(&key) {
                let row = &mut self.operations[position].row;
                row.target_activity = Some(activity.clone());
                row.target_lead = Some(target.lead_id.clone());
                row.updated_run = run;
                continue;
            }
            self.begin_operation(&Begun {
                operation: key,
                chat: None,
                source_activity,
                target_id: Some(target.external_id.clone()),
                target_lead: Some(target.lead_id.clone()),
                target_activity: Some(activity.clone()),
            })?;
            if let Some(begun) = self.operations.last_mut() {
                begun.row.chat = Some(chat);
            }
        }
        Ok(())
    }

    /// Ends the open relink of an answer, if there is one.
    pub(super) fn end_relink(&mut self, answer: &MessageKey, step: Step) -> Result<(), Error> {
        let key = relink(answer.clone());
        match self.open_operation(&key) {
            Some(_) => self.step(&key, step, None).map(|_| ()),
            None => Ok(()),
        }
    }

    /// A message is no longer in Close: nothing is linked to its activity. `is_elsewhere`: it may be in Close on another
    /// lead.
    pub(super) fn unlink_from(
        &mut self,
        key: &MessageKey,
        is_elsewhere: bool,
    ) -> Result<(), Error> {
        let mut all = self.messages.values();
        let is_anywhere =
            all.any(|row| row.external_id == key.external_id && row.state == State::Done);
        for row in self.messages.values_mut() {
            let is_answer = row.response_to.as_ref() == Some(&key.external_id);
            let is_here = !is_elsewhere && row.lead_id == key.lead_id;
            if is_answer && (is_here || !is_anywhere) {
                row.linked = false;
            }
        }
        if is_elsewhere {
            return Ok(());
        }
        let is_waiting = |id: &Option<ExternalId>, lead: &Option<LeadId>| {
            id.as_ref() == Some(&key.external_id) && lead.as_ref() == Some(&key.lead_id)
        };
        let waiting: Vec<MessageKey> = (self.operations.iter())
            .filter(|one| one.is_open && is_waiting(&one.row.target_id, &one.row.target_lead))
            .filter_map(|one| relinked(&one.row.operation).cloned())
            .collect();
        for answer in waiting {
            self.end_relink(&answer, Step::GivenUp)?;
        }
        Ok(())
    }

    /// The record of an answer goes to another lead, and its relink with it.
    pub(super) fn move_relink(&mut self, answer: &MessageKey, to: &LeadId) {
        let target = MessageKey::new(answer.external_id.clone(), to.clone());
        if self.open_operation(&relink(target.clone())).is_none()
            && let Some(position) = self.open_operation(&relink(answer.clone()))
        {
            self.operations[position].row.operation = relink(target);
        }
    }

    /// As [`Records::move_relink`], for all answers on a lead.
    pub(super) fn move_relinks(&mut self, from: &LeadId, into: &LeadId) {
        let on_lead: Vec<MessageKey> = (self.operations.iter())
            .filter(|one| one.is_open)
            .filter_map(|one| relinked(&one.row.operation))
            .filter(|answer| answer.lead_id == *from)
            .cloned()
            .collect();
        for answer in on_lead {
            self.move_relink(&answer, into);
        }
    }
}

fn relink(answer: MessageKey) -> OperationKey {
    OperationKey {
        kind: OperationKind::Relink,
        subject: Subject::Message(answer),
    }
}

/// The answer of a relink.
fn relinked(operation: &OperationKey) -> Option<&MessageKey> {
    match (operation.kind, &operation.subject) {
        (OperationKind::Relink, Subject::Message(answer)) => Some(answer),
        _ => None,
    }
}
