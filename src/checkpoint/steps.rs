//! The steps of multi-step operations and the table of legal steps.
//!
//! An interrupted operation is finished from its row. Every write of a step goes through [`next_step`]; an
//! illegal one is a bug and stops the run. Requests and SQL are out of scope.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of an operation. The numbers are stored in the file and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OperationKind {
    /// Posts a message on another lead or under another id, and deletes it at its previous location.
    Replace = 1,
    /// Posts a message again that is no longer in Close.
    Restore = 2,
    /// Sets the link of a reply whose target has another activity.
    Relink = 3,
    /// Creates a lead with a contact for a phone number and writes it into the table of contacts.
    CreateLead = 4,
    /// Deletes a message that a run created; a later import may post it again.
    Undo = 5,
    /// Deletes a message permanently, since its sender deleted it.
    Remove = 6,
}

impl OperationKind {
    /// Every kind, in the order of the file's numbers.
    pub const ALL: [OperationKind; 6] = [
        OperationKind::Replace,
        OperationKind::Restore,
        OperationKind::Relink,
        OperationKind::CreateLead,
        OperationKind::Undo,
        OperationKind::Remove,
    ];

    /// The kind with this number in the file, if there is one.
    pub(super) fn from_number(number: i64) -> Option<OperationKind> {
        let mut all = OperationKind::ALL.into_iter();
        all.find(|kind| kind.number() == number)
    }

    /// The number stored in the file.
    pub(super) fn number(self) -> i64 {
        self as i64
    }
}

/// The last step of an operation that is known to be completed. The numbers are stored in the file and
/// never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// The operation is recorded; no request has been sent.
    Planned = 1,
    /// The message is at its target, with an activity id.
    Posted = 2,
    /// It is deleted at its source.
    Deleted = 3,
    /// Close does not have the message that is to be posted again, as a look-up shows; or it is about to be deleted
    /// at its source before it is posted.
    Cleared = 4,
    /// The link of the reply is set in Close.
    Linked = 5,
    /// The lead is in Close.
    Created = 6,
    /// The table of contacts has a row for the lead.
    Written = 7,
    /// Given up: nothing was changed in Close, and nothing remains to be done.
    GivenUp = 8,
}

impl Step {
    /// Every step, in the order of the file's numbers.
    pub const ALL: [Step; 8] = [
        Step::Planned,
        Step::Posted,
        Step::Deleted,
        Step::Cleared,
        Step::Linked,
        Step::Created,
        Step::Written,
        Step::GivenUp,
    ];

    /// The step with this number in the file, if there is one.
    pub(super) fn from_number(number: i64) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.number() == number)
    }

    /// The number stored in the file.
    pub(super) fn number(self) -> i64 {
        self as i64
    }

    /// True when this step finishes an operation of `kind`.
    pub fn finishes(self, kind: OperationKind) -> bool {
        match self {
            Step::Planned | Step::Cleared | Step::Created => false,
            Step::Posted => kind == OperationKind::Restore,
            Step::Deleted | Step::Linked | Step::Written | Step::GivenUp => true,
        }
    }
}

/// A step that is not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalStep {
    /// The kind of the operation.
    pub kind: OperationKind,
    /// The last completed step; `None`: no operation of this kind is open.
    pub from: Option<Step>,
    /// The step that was to be recorded.
    pub to: Step,
}

impl fmt::Display for IllegalStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IllegalStep { kind, from, to } = self;
        match from {
            Some(from) => write!(f, "step {to:?} of {kind:?} is not possible after {from:?}"),
            None => write!(f, "step {to:?} of {kind:?} is not possible: none is open"),
        }
    }
}

/// The table: whether an operation of `kind` may go from `from` (`None`: none is open) to `to`.
///
/// | kind        | steps                        | may be given up after |
/// |-------------|------------------------------|-----------------------|
/// | Replace     | Planned → Posted → Deleted   | Planned               |
/// |             | Planned → Cleared → Deleted  | Cleared               |
/// | Restore     | Planned → Cleared → Posted   | Planned, Cleared      |
/// | Relink      | Planned → Linked             | Planned               |
/// | Create lead | Planned → Created → Written  | Planned               |
/// | Undo        | Planned → Deleted            | Planned               |
/// | Remove      | Planned → Deleted            | Planned               |
///
/// The last step of each row, and giving up, finish the operation. A replacement whose message is posted
/// cannot be given up, since the message would stay on two leads. Nothing is deleted that was not posted
/// first, except where Close keeps ids unique in the organisation: the message is then posted as a new one.
///
/// # Errors
/// [`IllegalStep`] for every other pair.
pub fn next_step(kind: OperationKind, from: Option<Step>, to: Step) -> Result<Step, IllegalStep> {
    use OperationKind::{CreateLead, Relink, Remove, Replace, Restore, Undo};
    match (kind, from, to) {
        (_, None, Step::Planned)
        | (_, Some(Step::Planned), Step::GivenUp)
        | (Replace, Some(Step::Planned), Step::Posted)
        | (Replace, Some(Step::Posted), Step::Deleted)
        | (Replace, Some(Step::Planned), Step::Cleared)
        | (Replace, Some(Step::Cleared), Step::Deleted | Step::GivenUp)
        | (Restore, Some(Step::Planned), Step::Cleared)
        | (Restore, Some(Step::Cleared), Step::Posted | Step::GivenUp)
        | (Relink, Some(Step::Planned), Step::Linked)
        | (CreateLead, Some(Step::Planned), Step::Created)
        | (CreateLead, Some(Step::Created), Step::Written)
        | (Undo | Remove, Some(Step::Planned), Step::Deleted) => Ok(to),
        (kind, from, to) => Err(IllegalStep { kind, from, to }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_steps_match_the_table() {
        let mut table = String::new();
        for kind in OperationKind::ALL {
            for from in std::iter::once(None).chain(Step::ALL.map(Some)) {
                for to in Step::ALL {
                    let verdict = match next_step(kind, from, to) {
                        Ok(step) if step.finishes(kind) => "finished",
                        Ok(_) => "open",
                        Err(_) => "-",
                    };
                    let kind = format!("{kind:?}");
                    let from = from.map_or("none".to_owned(), |step| format!("{step:?}"));
                    let to = format!("{to:?}");
                    table.push_str(&format!("{kind:10} {from:8} {to:8} {verdict}\n"));
                }
            }
        }
        insta::assert_snapshot!("steps", table);
    }

    #[test]
    fn every_kind_finishes_from_every_reachable_step() {
        for kind in OperationKind::ALL {
            let mut reached = vec![Step::Planned];
            for at in 0.. {
                let Some(&from) = reached.get(at) else { break };
                let onward: Vec<Step> = Step::ALL
                    .into_iter()
                    .filter(|to| next_step(kind, Some(from), *to).is_ok())
                    .collect();
                // A finished operation has no further step, and an open one always has one.
                assert_eq!(onward.is_empty(), from.finishes(kind), "{kind:?} {from:?}");
                reached.extend(onward);
            }
        }
    }

    #[test]
    fn stored_numbers_are_fixed() {
        let kinds = OperationKind::ALL.map(OperationKind::number);
        assert_eq!(kinds, [1, 2, 3, 4, 5, 6]);
        let steps = Step::ALL.map(Step::number);
        assert_eq!(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(
            kinds.map(OperationKind::from_number),
            OperationKind::ALL.map(Some)
        );
        assert_eq!(steps.map(Step::from_number), Step::ALL.map(Some));
        assert_eq!(
            (OperationKind::from_number(7), Step::from_number(9)),
            (None, None)
        );
    }
}
