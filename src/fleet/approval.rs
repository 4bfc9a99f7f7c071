//! Which plans a person has to approve: those that delete or move, and those that change much.
//!
//! Never here: the decision of a person.

use serde::{Deserialize, Serialize};

use super::job::Counts;

/// More updates than this need approval.
const UPDATES: u64 = 100;
/// As do more of those recorded than one in this number.
const SHARE: u64 = 100;

/// Why a plan needs approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It deletes messages in Close.
    Deletes,
    /// It moves messages to another lead.
    Replaces,
    /// It updates more than 100 messages, or more than 1 % of those recorded.
    Updates,
}

/// Why this plan needs approval; `None` if it does not.
pub(super) fn reason(counts: &Counts) -> Option<Reason> {
    let recorded = counts.unchanged + counts.updated + counts.replaced;
    match counts {
        counts if counts.deleted > 0 => Some(Reason::Deletes),
        counts if counts.replaced > 0 => Some(Reason::Replaces),
        counts if counts.updated > UPDATES => Some(Reason::Updates),
        counts if counts.updated.saturating_mul(SHARE) > recorded => Some(Reason::Updates),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_that_adds_needs_no_approval() {
        let counts = Counts {
            created: 50_000,
            unchanged: 10,
            ..Counts::default()
        };
        assert_eq!(reason(&counts), None);
        assert_eq!(reason(&Counts::default()), None);
    }

    #[test]
    fn deletions_and_moves_need_approval() {
        let one = |set: &dyn Fn(&mut Counts)| {
            let mut counts = Counts {
                unchanged: 1_000_000,
                ..Counts::default()
            };
            set(&mut counts);
            reason(&counts)
        };
        assert_eq!(one(&|c| c.deleted = 1), Some(Reason::Deletes));
        assert_eq!(one(&|c| c.replaced = 1), Some(Reason::Replaces));
    }

    #[test]
    fn updates_need_approval_above_both_bounds() {
        let of = |updated: u64, recorded: u64| {
            reason(&Counts {
                updated,
                unchanged: recorded - updated,
                ..Counts::default()
            })
        };
        assert_eq!(of(100, 10_000), None);
        assert_eq!(of(101, 1_000_000), Some(Reason::Updates));
        assert_eq!(of(10, 1_000), None);
        assert_eq!(of(11, 1_000), Some(Reason::Updates));
        assert_eq!(of(1, 50), Some(Reason::Updates));
    }
}
