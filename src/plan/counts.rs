//! What is counted of the messages of a planned chat.
//!
//! A plan is summed up, checked, estimated and shown, each time by numbers alone. Belongs here: those
//! numbers, counted once when a chat is planned, so that its messages stay packed. Never here: the numbers
//! that other parts of a plan have ([`super::Totals`]).

use std::collections::BTreeMap;

use super::{Action, Planned, Undecided};
use crate::routing::Rule;

/// The numbers of the messages of one chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that are desired: neither left out nor held.
    pub desired: u64,
    /// To be posted, settled and restored ones among them.
    pub create: u64,
    /// Of those to be posted: asked about first.
    pub settle: u64,
    /// Of those to be posted: in Close before, and removed there.
    pub restore: u64,
    /// To be changed.
    pub update: u64,
    /// Why they are changed, each reason with its number.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Of those to be changed: their time is corrected.
    pub times: usize,
    /// To be posted on another lead and deleted where they are.
    pub replace: u64,
    /// Of those: an earlier run began.
    pub begun: u64,
    /// In Close as desired, or removed there and respected.
    pub unchanged: u64,
    /// Of those: to be recorded.
    pub adopt: u64,
    /// Of those that are in Close, whatever is done about them: activities of ours without a record.
    pub unrecorded: u64,
    /// Of those: removed in Close.
    pub gone: u64,
    /// Left alone.
    pub undecided: u64,
    /// Of those: missing in Close, cause unknown.
    pub missing: u64,
    /// Of those: an earlier request that this run settles.
    pub unsettled: u64,
    /// Left out in this run, by rule.
    pub left_out: BTreeMap<Rule, u64>,
    /// Files to upload.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Counts {
    /// Counts messages.
    pub fn of(messages: &[Planned]) -> Counts {
        let mut counts = Counts::default();
        for planned in messages {
            counts.add(planned);
        }
        counts
    }

    fn add(&mut self, planned: &Planned) {
        if let Action::LeftOut(rule) = &planned.action {
            *self.left_out.entry(*rule).or_insert(0) += 1;
            return;
        }
        self.desired += 1;
        self.unrecorded += u64::from(planned.adoption.is_some());
        match &planned.action {
            Action::Create | Action::Settle | Action::Restore(_) => {
                self.create += 1;
                self.settle += u64::from(planned.action == Action::Settle);
                self.restore += u64::from(matches!(planned.action, Action::Restore(_)));
                self.upload(planned);
            }
            Action::Replace(replacement) => {
                self.replace += 1;
                self.begun += u64::from(replacement.begun);
                if replacement.on_new_lead.is_none() {
                    self.upload(planned);
                }
            }
            Action::Update(edit) => {
                self.update += 1;
                self.times += usize::from(edit.time);
                for reason in edit.reasons() {
                    *self.reasons.entry(reason).or_insert(0) += 1;
                }
                if edit.files {
                    self.upload(planned);
                }
            }
            Action::Adopt(_) | Action::Moved(..) | Action::Unchanged(_) => {
                self.unchanged += 1;
                self.adopt += u64::from(!matches!(planned.action, Action::Unchanged(_)));
            }
            Action::Gone => {
                self.unchanged += 1;
                self.gone += 1;
            }
            Action::Undecided(why) => {
                self.undecided += 1;
                self.missing += u64::from(*why == Undecided::Missing);
                self.unsettled += u64::from(*why == Undecided::Unsettled);
            }
            Action::LeftOut(_) => {}
        }
    }

    fn upload(&mut self, planned: &Planned) {
        self.files += planned.message.files.len() as u64;
        self.bytes += planned.message.files.iter().map(|f| f.size).sum::<u64>();
    }

    /// The number of messages that a request leaves for.
    pub fn sent(&self) -> u64 {
        self.create + self.update + self.replace
    }

    /// Whether a request leaves for one of the messages.
    pub fn sends(&self) -> bool {
        self.sent() > 0
    }
}

/// A number of messages, capped at the largest that a plan counts.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
