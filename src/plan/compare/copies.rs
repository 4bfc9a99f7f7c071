//! Which of several activities of one message stays.
//!
//! The one that replies are linked to; all of them, if several are. Else the recorded one, else the oldest. An activity
//! that another program may have created is never redundant.

use chrono::{DateTime, Utc};

/// An activity of a message that has several.
#[derive(Debug, Clone)]
pub struct ListedCopy {
    /// Its time of creation in Close.
    pub created: DateTime<Utc>,
    /// Whether an activity is linked to it.
    pub is_linked: bool,
    /// Whether the checkpoint names it.
    pub is_recorded: bool,
    /// Whether chatferry created it, as far as Close shows.
    pub is_ours: bool,
}

/// The result for the activities of one message, as indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptCopies {
    /// The activity that stands for the message.
    pub kept: usize,
    /// The activities to delete.
    pub redundant: Vec<usize>,
    /// The number of activities that others are linked to.
    pub linked: usize,
}

/// Chooses among the activities of one message; there is at least one, and an older one is first.
pub fn keep(copies: &[ListedCopy]) -> KeptCopies {
    let all = || copies.iter().enumerate();
    let linked = all().filter(|(_, copy)| copy.is_linked).count();
    let rank = |copy: &ListedCopy| {
        let is_linked = linked > 0 && copy.is_linked;
        (!is_linked, !copy.is_recorded, copy.created)
    };
    // The first of several that were created at one time.
    let kept = all().min_by_key(|(_, copy)| rank(copy));
    let kept = kept.map_or(0, |(index, _)| index);
    let is_redundant =
        |index: usize, copy: &ListedCopy| index != kept && copy.is_ours && !copy.is_linked;
    KeptCopies {
        kept,
        redundant: all()
            .filter(|(index, copy)| is_redundant(*index, copy))
            .map(|(index, _)| index)
            .collect(),
        linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Activities, each created later than the one before: `r` recorded, `l` linked, `x` of another program.
    fn kept(marks: &[&str]) -> KeptCopies {
        let copies: Vec<ListedCopy> = (marks.iter().zip(0..))
            .map(|(marks, second)| ListedCopy {
                created: DateTime::from_timestamp(second, 0).expect("a date"),
                is_linked: marks.contains('l'),
                is_recorded: marks.contains('r'),
                is_ours: !marks.contains('x'),
            })
            .collect();
        keep(&copies)
    }

    #[track_caller]
    fn assert_kept(marks: &[&str], stays: usize, redundant: &[usize]) {
        let result = kept(marks);
        assert_eq!(
            (result.kept, &*result.redundant),
            (stays, redundant),
            "{marks:?}"
        );
    }

    #[test]
    fn oldest_stays_without_a_record() {
        assert_kept(&["", "", ""], 0, &[1, 2]);
    }

    #[test]
    fn recorded_one_stays() {
        assert_kept(&["", "r"], 1, &[0]);
    }

    #[test]
    fn linked_one_stays_whatever_is_recorded() {
        assert_kept(&["r", "l"], 1, &[0]);
    }

    #[test]
    fn linked_ones_all_stay() {
        assert_kept(&["rl", "l"], 0, &[]);
        assert_kept(&["r", "l", "l"], 1, &[0]);
        assert_eq!(kept(&["l", "l"]).linked, 2);
    }

    #[test]
    fn activity_of_another_program_is_not_redundant() {
        assert_kept(&["r", "x"], 0, &[]);
        assert_kept(&["x", "", ""], 0, &[1, 2]);
    }
}
