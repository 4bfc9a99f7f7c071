//! The messages to verify on one lead: those that the plan wants there, and those that only the checkpoint has.
//!
//! Never here: Close.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::records::{Record, RecordedLeads};
use crate::app::error::Result;
use crate::checkpoint::{
    ChatId, OperationKey, OperationKind, Origin, Snapshot, State, Subject, fingerprint, is_damaged,
};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::{Action, Plan, Planned, PlannedChat};
use crate::routing::Rule;
use crate::transform::desired::{Decision, DesiredMessage, Destination};

/// A message to verify.
#[derive(Clone)]
pub(super) struct Item {
    /// Its chat: index into [`Plan::chats`]; `None` if no archive has the chat any more.
    pub(super) chat: Option<usize>,
    /// Its external id.
    pub(super) external_id: ExternalId,
    /// Its activity id, if known.
    pub(super) activity_id: Option<ActivityId>,
    /// What is known of it.
    pub(super) standing: Standing,
    /// The message of the archives, and where it goes.
    pub(super) planned: Option<(Planned, Destination)>,
    /// The external id of its reply target in the archives.
    pub(super) target: Option<ExternalId>,
    /// Its record.
    pub(super) record: Option<Record>,
}

/// What is known of a message before Close is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// In Close.
    Posted,
    /// Not in Close yet.
    NotPosted,
    /// Close rejected it.
    Failed,
    /// The outcome of its request is unknown.
    Unsettled,
    /// Removed in Close.
    Removed,
    /// Removed in Close; an earlier run began to post it again.
    Restoring,
    /// Deleted by a run.
    RemovedByUs,
    /// Deleted by `undo`, in the run of this number.
    Undone(u32),
    /// To be moved from another lead.
    OnOtherLead,
}

impl Item {
    /// Archive and line; `None` if no archive has it any more.
    pub(super) fn location(&self) -> Option<(u32, u32)> {
        let (planned, _) = self.planned.as_ref()?;
        Some((planned.message.archive, planned.message.line))
    }

    /// Whether its text may begin with a sender's name. `chat`: its chat in the plan, which shows whether the message was
    /// sent as one of a group only if the plan wants the message.
    pub(super) fn may_name_sender(&self, chat: Option<&PlannedChat>) -> bool {
        self.planned.is_none() || chat.is_none_or(|chat| chat.chat.is_group)
    }

    /// Whether fields that drifted can be corrected.
    pub(super) fn is_repairable(&self) -> Result<(), NotRepairable> {
        let record = self.record.as_ref().map(|record| &record.row);
        if record.is_some_and(|row| row.origin == Origin::Foreign) {
            return Err(NotRepairable::OfOther);
        }
        match &self.planned {
            Some((planned, _)) if planned.foreign => Err(NotRepairable::OfOther),
            Some(_) => Ok(()),
            None => Err(NotRepairable::NoArchive),
        }
    }

    /// Whether it was posted without a file that is damaged in its archive.
    pub(super) fn is_without_file(&self) -> bool {
        let row = self.record.as_ref().map(|record| &record.row);
        let refused = row.and_then(|row| row.refused.as_deref());
        refused.is_some_and(is_damaged)
    }

    /// Whether the next import updates it.
    pub(super) fn is_outdated(&self) -> bool {
        let planned = self.planned.as_ref();
        planned.is_some_and(|(planned, _)| matches!(planned.action, Action::Update(_)))
    }
}

/// Why fields that drifted cannot be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotRepairable {
    /// No archive has the message any more.
    NoArchive,
    /// Another user's key created it, so that it is never changed.
    OfOther,
}

impl NotRepairable {
    /// An explanation for the user.
    pub(super) fn describe(self) -> &'static str {
        match self {
            NotRepairable::NoArchive => {
                "no archive has it any more, and the checkpoint has no content; put its archive back"
            }
            NotRepairable::OfOther => {
                "another user's key created it; such a message is never changed"
            }
        }
    }
}

/// The chats of the plan by their lead, and what the checkpoint has of each lead.
pub(super) struct Leads<'p> {
    plan: &'p Plan,
    restoring: HashSet<(ExternalId, LeadId)>,
    recorded: RecordedLeads,
    by_lead: HashMap<LeadId, Vec<usize>>,
    /// The chats of the plan by their number in the checkpoint.
    chats: HashMap<ChatId, usize>,
    /// Activities on a former lead of messages that the plan moves.
    moving: HashSet<ActivityId>,
    /// The runs of `undo`.
    undo_runs: BTreeSet<u32>,
    /// Only recorded chats of the plan are verified.
    is_limited_to_chats: bool,
}

/// The messages to verify on a lead.
pub(super) struct OfLead {
    pub(super) items: Vec<Item>,
    /// External ids of recorded messages on the lead that are not selected.
    pub(super) not_selected: HashSet<ExternalId>,
    /// The number of messages that the plan leaves undecided.
    pub(super) undecided: u64,
}

impl<'p> Leads<'p> {
    /// `is_limited_to_chats`: only some devices or chats are selected.
    pub(super) fn of(
        plan: &'p Plan,
        snapshot: Option<&Snapshot>,
        is_limited_to_chats: bool,
    ) -> Result<Leads<'p>> {
        let mut leads = Leads {
            plan,
            restoring: snapshot.map_or_else(|| Ok(HashSet::new()), restoring)?,
            recorded: snapshot.map_or_else(|| Ok(RecordedLeads::default()), RecordedLeads::read)?,
            by_lead: HashMap::new(),
            chats: HashMap::new(),
            moving: HashSet::new(),
            undo_runs: snapshot.map_or_else(|| Ok(BTreeSet::new()), Snapshot::undo_runs)?,
            is_limited_to_chats,
        };
        for (index, planned) in plan.chats.iter().enumerate() {
            if let Some(to) = &planned.destination {
                if let Some(snapshot) = snapshot {
                    leads.recorded.follow(&to.lead_id, snapshot)?;
                }
                let lead = leads.recorded.present(&to.lead_id).clone();
                leads.by_lead.entry(lead).or_default().push(index);
            }
            planned.messages.with(|messages| {
                let moved = messages.iter().filter_map(|message| match &message.action {
                    Action::Replace(replacement) => Some(replacement.activity_id.clone()),
                    _ => None,
                });
                leads.moving.extend(moved);
            });
            let key = planned
                .chat
                .key
                .as_ref()
                .or(planned.chat.imported_as.as_ref());
            let is_selected = !is_not_selected(planned);
            if let (Some(snapshot), Some(key), true) = (snapshot, key, is_selected) {
                let handle = fingerprint::handle(&snapshot.key(), key.reveal());
                if let Some(row) = snapshot.chat(&handle)? {
                    leads.chats.entry(row.id).or_insert(index);
                }
            }
        }
        // Merges that the survey found, and that no run has recorded yet.
        for (from, into) in followed(plan) {
            leads.merge(from, into);
        }
        Ok(leads)
    }

    /// Notes that Close has merged a lead into another one: its messages are verified there.
    pub(super) fn merge(&mut self, from: &LeadId, into: &LeadId) {
        self.recorded.merge(from, into);
        let present = self.recorded.present(from).clone();
        if present == *from {
            return;
        }
        if let Some(chats) = self.by_lead.remove(from) {
            let all = self.by_lead.entry(present).or_default();
            all.extend(chats);
            all.sort_unstable();
        }
    }

    /// The present lead of a lead.
    pub(super) fn present<'l>(&'l self, lead: &'l LeadId) -> &'l LeadId {
        self.recorded.present(lead)
    }

    /// The leads with messages to verify, in order. `only`: this lead alone.
    pub(super) fn all(&self, only: Option<&LeadId>) -> Vec<LeadId> {
        let only = only.map(|lead| self.recorded.present(lead));
        let planned = self.by_lead.keys();
        let mut leads: Vec<LeadId> = (planned.chain(self.recorded.leads()))
            .filter(|lead| only.is_none_or(|only| only == *lead))
            .cloned()
            .collect();
        leads.sort_unstable();
        leads.dedup();
        leads
    }

    /// Whether the plan moves an activity to another lead.
    pub(super) fn is_moving(&self, activity: &ActivityId) -> bool {
        self.moving.contains(activity)
    }

    /// Whether anything is known of a lead.
    pub(super) fn has(&self, lead: &LeadId) -> bool {
        let present = self.recorded.present(lead);
        self.by_lead.contains_key(present) || self.recorded.leads().any(|one| one == present)
    }

    /// The chats of the plan that the checkpoint has.
    pub(super) fn recorded_chats(&self) -> HashSet<usize> {
        self.chats.values().copied().collect()
    }

    /// Whether every recorded chat is one of the plan: a chat without a complete row has no key, so that its record is not
    /// known as its own.
    pub(super) fn are_all_planned(&self) -> bool {
        (self.recorded.chats()).all(|chat| self.chats.contains_key(&chat))
    }

    /// The messages to verify on a lead.
    pub(super) fn of_lead(&self, lead: &LeadId, snapshot: Option<&Snapshot>) -> Result<OfLead> {
        let mut records = match snapshot {
            Some(snapshot) => self.recorded.of(lead, &self.moving, snapshot)?,
            None => HashMap::new(),
        };
        let mut of_lead = OfLead {
            items: Vec::new(),
            not_selected: HashSet::new(),
            undecided: 0,
        };
        for index in self.by_lead.get(lead).into_iter().flatten() {
            let chat = &self.plan.chats[*index];
            let Some(to) = &chat.destination else {
                continue;
            };
            // Copied, so that the messages of a large migration stay packed.
            chat.messages.with(|messages| {
                for planned in messages {
                    let record = records.remove(&planned.message.external_id);
                    let is_restoring = self.is_restoring(record.as_ref());
                    let found = standing(planned, record.as_ref(), is_restoring);
                    let undone = self.undone(record.as_ref());
                    let Some((standing, activity_id)) = found else {
                        let is_undecided = matches!(planned.action, Action::Undecided(_));
                        of_lead.undecided += u64::from(is_undecided);
                        continue;
                    };
                    of_lead.items.push(Item {
                        chat: Some(*index),
                        external_id: planned.message.external_id.clone(),
                        activity_id,
                        standing: match (&standing, undone) {
                            (Standing::NotPosted | Standing::RemovedByUs, Some(run)) => {
                                Standing::Undone(run)
                            }
                            _ => standing,
                        },
                        target: target(&planned.message, messages),
                        planned: Some((
                            planned.clone(),
                            to.between(planned.message.between.as_deref()),
                        )),
                        record,
                    });
                }
            });
        }
        let mut rest: Vec<Record> = records.into_values().collect();
        rest.sort_unstable_by_key(|record| record.row.id);
        for record in rest {
            let chat = self.chats.get(&record.row.chat).copied();
            if self.is_limited_to_chats && chat.is_none() {
                of_lead.not_selected.insert(record.row.external_id);
                continue;
            }
            let standing = match record.row.state {
                State::Done => Standing::Posted,
                State::Gone if self.is_restoring(Some(&record)) => Standing::Restoring,
                State::Gone => Standing::Removed,
                // Nothing wants it to be there.
                State::Intent | State::Unknown | State::Failed | State::Absent => continue,
            };
            of_lead.items.push(Item {
                chat,
                external_id: record.row.external_id.clone(),
                activity_id: record.row.activity_id.clone(),
                standing,
                planned: None,
                target: None,
                record: Some(record),
            });
        }
        Ok(of_lead)
    }
}

/// The merged leads that a plan follows, each with the lead that is left.
pub(super) fn followed(plan: &Plan) -> impl Iterator<Item = (&LeadId, &LeadId)> {
    plan.chats.iter().flat_map(|planned| {
        let into = planned.destination.as_ref().map(|to| &to.lead_id);
        let from = planned.chat.merged_from.iter();
        from.filter_map(move |from| Some((from, into?)))
    })
}

impl Leads<'_> {
    /// The run of `undo` that deleted a message, unless it is in Close again.
    fn undone(&self, record: Option<&Record>) -> Option<u32> {
        let row = record.map(|record| &record.row)?;
        let run = row.run.number();
        (row.state == State::Absent && self.undo_runs.contains(&run)).then_some(run)
    }

    fn is_restoring(&self, record: Option<&Record>) -> bool {
        let Some(row) = record.map(|record| &record.row) else {
            return false;
        };
        !self.restoring.is_empty()
            && (self.restoring).contains(&(row.external_id.clone(), row.lead_id.clone()))
    }
}

/// The messages that a run found removed in Close and began to post again.
fn restoring(snapshot: &Snapshot) -> Result<HashSet<(ExternalId, LeadId)>> {
    let open = snapshot.open_operations()?.into_iter();
    let restores = open.filter_map(|row| match row.operation {
        OperationKey {
            kind: OperationKind::Restore,
            subject: Subject::Message(key),
        } => Some((key.external_id, key.lead_id)),
        _ => None,
    });
    Ok(restores.collect())
}

/// The external id of the reply target of a message; `messages` are those of its chat.
fn target(message: &DesiredMessage, messages: &[Planned]) -> Option<ExternalId> {
    let own = message
        .reply_to
        .and_then(|index| messages.get(index as usize));
    match own {
        Some(target) => Some(target.message.external_id.clone()),
        None => message.answers.as_deref()?.external_id().cloned(),
    }
}

/// What is known of a message of the plan, and its activity; `None` if it is not to be in Close.
fn standing(
    planned: &Planned,
    record: Option<&Record>,
    is_restoring: bool,
) -> Option<(Standing, Option<ActivityId>)> {
    let row = record.map(|record| &record.row);
    let known = row.and_then(|row| row.activity_id.clone());
    let standing = match (&planned.action, row.map(|row| row.state)) {
        (Action::LeftOut(_), None | Some(State::Failed | State::Absent)) => return None,
        (_, Some(State::Done)) => Standing::Posted,
        (_, Some(State::Gone)) if is_restoring => Standing::Restoring,
        (_, Some(State::Gone)) => Standing::Removed,
        (Action::LeftOut(_) | Action::Undecided(_), Some(State::Intent | State::Unknown)) => {
            return None;
        }
        // Until its move is known to have posted it, it is on its former lead.
        (Action::Replace(replacement), Some(State::Intent | State::Unknown)) => {
            let activity = Some(replacement.activity_id.clone());
            return Some((Standing::OnOtherLead, activity));
        }
        (_, Some(State::Intent | State::Unknown)) => Standing::Unsettled,
        (Action::Undecided(_), _) => return None,
        // Once created, and deleted since.
        (
            Action::Create | Action::Restore(_) | Action::Settle | Action::Gone,
            Some(State::Absent),
        ) if row.is_some_and(|row| row.created_run.is_some()) => Standing::RemovedByUs,
        (Action::Gone, _) => Standing::Removed,
        (Action::Replace(replacement), _) => {
            let activity = Some(replacement.activity_id.clone());
            return Some((Standing::OnOtherLead, activity));
        }
        (Action::Adopt(activity) | Action::Unchanged(activity) | Action::Moved(activity, _), _) => {
            return Some((Standing::Posted, Some(activity.clone())));
        }
        (Action::Update(edit), _) => {
            return Some((Standing::Posted, Some(edit.activity_id.clone())));
        }
        (_, Some(State::Failed)) => Standing::Failed,
        _ => Standing::NotPosted,
    };
    Some((standing, known))
}

/// Whether a chat is left out since it is not selected.
fn is_not_selected(planned: &PlannedChat) -> bool {
    matches!(planned.chat.standing, Decision::LeftOut(Rule::NotSelected))
}
