//! Multi-step operations that an earlier run began: resumed from their rows, and finished before
//! anything else begins.
//!
//! In scope: which operations a run has to finish, and what look-ups decide about them. Out of scope: archives and
//! the content of messages.
//!
//! | file     | contains                                    |
//! |----------|---------------------------------------------|
//! | `resume` | the rows, and which of them a run continues |
//! | `finish` | the last steps and their outcomes           |

mod finish;
mod resume;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::{MessageIndex, Run, UnknownRequest};
use crate::checkpoint::{MessageKey, OperationKey, OperationKind, Subject};
use crate::execute::Event;
use crate::execute::follow_ups::FollowUp;
use crate::execute::leftover::{Leftover, Source};
use crate::execute::refusals::Refusals;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::{self, Action};

/// The last step of an operation.
pub(super) struct PendingStep {
    /// The message of the plan that represents the operation.
    at: Option<MessageIndex>,
    step_left: FinalStep,
    refusals: Arc<Refusals>,
    /// An earlier run began the operation, so the operations of the plan wait for it.
    is_first: bool,
}

impl PendingStep {
    pub(super) fn at(&self) -> Option<MessageIndex> {
        self.at
    }
}

/// The step that remains.
#[derive(Clone)]
enum FinalStep {
    /// Delete the message of a move at its previous location.
    Delete(Arc<Leftover>),
    /// Give up the deletion of a message that nothing in the plan posts again.
    Abandon(Arc<Leftover>),
    /// Link a reply.
    Link(Arc<FollowUp>),
}

impl FinalStep {
    fn message(&self) -> Option<&MessageKey> {
        match self {
            FinalStep::Delete(leftover) | FinalStep::Abandon(leftover) => {
                match &leftover.operation.subject {
                    Subject::Message(key) => Some(key),
                    Subject::Number(_) => None,
                }
            }
            FinalStep::Link(link) => Some(&link.key),
        }
    }
}

/// Operations of earlier runs, as far as this run is to finish them.
pub(super) struct Unfinished {
    /// Moves that no message of the plan represents.
    planned: Vec<plan::Unfinished>,
    /// Links to set.
    links: Vec<plan::UnfinishedLink>,
    /// Operations with only the last step left.
    waiting: VecDeque<PendingStep>,
    under_way: usize,
    /// The number of waiting and running operations that earlier runs began.
    first: usize,
    /// Moves whose requests got no response; the new activity is still to be looked up.
    open: HashMap<OperationKey, Leftover>,
    /// Operations by the message that is, or may be, posted.
    by_target: HashMap<MessageKey, OperationKey>,
    /// Messages that are known to be removed and that an earlier run began to restore.
    restored: HashSet<MessageKey>,
    /// Moves whose message is to be deleted before it is posted, by the message of the plan that posts it.
    clearing: HashMap<MessageIndex, Arc<Leftover>>,
    /// The refusal counter of moves that no message of the plan represents.
    refusals: Arc<Refusals>,
}

impl Unfinished {
    /// `refusals` consecutive refusals of one kind stop them.
    pub(super) fn new(
        planned: Vec<plan::Unfinished>,
        links: Vec<plan::UnfinishedLink>,
        refusals: u32,
    ) -> Self {
        Unfinished {
            planned,
            links,
            waiting: VecDeque::new(),
            under_way: 0,
            first: 0,
            open: HashMap::new(),
            by_target: HashMap::new(),
            restored: HashSet::new(),
            clearing: HashMap::new(),
            refusals: Arc::new(Refusals::new(refusals)),
        }
    }

    /// The number of operations that have not ended.
    pub(super) fn left(&self) -> u64 {
        (self.waiting.len() + self.under_way) as u64
    }

    /// True for a message that an earlier run began to restore.
    pub(super) fn is_restored(&self, external_id: &ExternalId, lead_id: &LeadId) -> bool {
        !self.restored.is_empty()
            && (self.restored).contains(&MessageKey::new(external_id, lead_id))
    }

    /// The message on its previous lead, where an earlier run was about to delete it before its post.
    pub(super) fn clearing_of(&self, at: MessageIndex) -> Option<Arc<Leftover>> {
        self.clearing.get(&at).cloned()
    }

    /// Whether an earlier run was about to delete the message before its post.
    pub(super) fn is_clearing(&self, at: MessageIndex) -> bool {
        self.clearing.contains_key(&at)
    }

    /// The operation that an unanswered request of an earlier run is part of.
    pub(super) fn operation_of(&self, message: &MessageKey) -> Option<OperationKey> {
        self.by_target.get(message).cloned()
    }
}

impl Run<'_> {
    fn enqueue(&mut self, at: Option<MessageIndex>, step_left: FinalStep, is_first: bool) {
        let refusals = match at {
            Some((chat, _)) => &self.refusals[chat],
            None => &self.unfinished.refusals,
        };
        self.unfinished.waiting.push_back(PendingStep {
            at,
            refusals: Arc::clone(refusals),
            step_left,
            is_first,
        });
        self.unfinished.first += usize::from(is_first);
    }

    /// Handles a look-up that found the message of a move: its last step is next. False for any other
    /// operation.
    pub(super) fn found(&mut self, request: &UnknownRequest, posted_id: &ActivityId) -> bool {
        let Some(operation) = &request.request.operation else {
            return false;
        };
        let (OperationKind::Replace, Subject::Message(key)) = (operation.kind, &operation.subject)
        else {
            return false;
        };
        let planned = (request.at).map(|(chat, index)| &self.chats[chat].messages[index].action);
        let begun = match (self.unfinished.open.remove(operation), planned) {
            (Some(begun), _) => begun,
            (None, Some(Action::Replace(replacement))) => Leftover {
                operation: operation.clone(),
                source: Some(Source::done(key.clone())),
                activity_id: replacement.activity_id.clone(),
                posted_id: ActivityId::from(""),
            },
            (None, _) => return false,
        };
        if request.at.is_none() {
            self.plan_follow_ups(1);
        }
        let posted_id = posted_id.clone();
        let step_left = FinalStep::Delete(Arc::new(Leftover { posted_id, ..begun }));
        self.enqueue(request.at, step_left, false);
        true
    }

    /// Handles a look-up that found nothing: the operation is given up, and a further post is a new one.
    pub(super) fn not_found(&mut self, request: &UnknownRequest) {
        self.unfinished.restored.remove(&request.request.key);
        self.unfinished.by_target.remove(&request.request.key);
        if let Some(operation) = &request.request.operation {
            self.unfinished.open.remove(operation);
        }
    }

    /// Whether a request that Close has not carried out was part of a move that the plan does not continue: its message is
    /// in Close on its previous lead, and a post would double it. The next plan moves it.
    pub(super) fn stays_on_previous_lead(&self, request: &UnknownRequest) -> bool {
        let operation = request.request.operation.as_ref();
        let is_move = operation.is_some_and(|one| one.kind == OperationKind::Replace);
        let planned = (request.at).map(|(chat, index)| &self.chats[chat].messages[index].action);
        is_move && !matches!(planned, Some(Action::Replace(_)))
    }

    /// Operations that earlier runs began and this one finishes; their messages are in no archive of the plan.
    fn plan_follow_ups(&mut self, count: u64) {
        if count > 0 {
            self.emit(Event::Planned {
                operations: count,
                follow_ups: count,
            });
        }
    }
}
