//! What is counted of the messages of a planned chat.
//!
//! A plan is summed up, checked, estimated and shown, each time by numbers alone. Belongs here: those
//! numbers, counted once when a chat is planned, so that its messages stay packed. Never here: the numbers
//! that other parts of a plan have ([`super::Totals`]).

use std::collections::BTreeMap;

use super::{Action, Planned, Undecided};
use crate::routing::Rule;

/// The numbers of messages of one chat by planned action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that should be in Close: neither left out nor held.
    pub desired: u64,
    /// Messages to be posted, those of `settle` and `restore` included.
    pub create: u64,
    /// The number among `create` that an earlier run may have posted: they are looked up first.
    pub settle: u64,
    /// The number among `create` that were in Close before, and were removed there.
    pub restore: u64,
    /// Messages in Close to be updated.
    pub update: u64,
    /// The reasons of these updates, each with the number of messages.
    pub reasons: BTreeMap<&'static str, u64>,
    /// The number among `update` whose time is corrected.
    pub times: usize,
    /// Messages to be posted on another lead and deleted where they are.
    pub replace: u64,
    /// The number among `replace` that an earlier run began.
    pub begun: u64,
    /// Messages in Close as desired, or removed there and not posted again.
    pub unchanged: u64,
    /// The number among `unchanged` that are only to be recorded.
    pub adopt: u64,
    /// Activities of ours in Close without a record, whatever is planned for their messages.
    pub unrecorded: u64,
    /// The number among `unchanged` that were removed in Close.
    pub gone: u64,
    /// Messages left alone because their counterpart in Close is uncertain.
    pub undecided: u64,
    /// The number among `undecided` that Close lacks for an unknown reason.
    pub missing: u64,
    /// The number among `undecided` whose earlier request this run looks up.
    pub unsettled: u64,
    /// Messages that this run leaves out, by rule.
    pub left_out: BTreeMap<Rule, u64>,
    /// The number of files to upload.
    pub files: u64,
    /// The total size of these files, in bytes.
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

    /// The number of messages for which at least one request is sent.
    pub fn sent(&self) -> u64 {
        self.create + self.update + self.replace
    }

    /// Whether at least one request is sent for one of the messages.
    pub fn sends(&self) -> bool {
        self.sent() > 0
    }
}

/// A number of messages, capped at the largest that a plan counts.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
