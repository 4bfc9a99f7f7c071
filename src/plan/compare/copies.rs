//! Which of several activities of one message stays.
//!
//! The one that replies are linked to; all of them, if several are. Else the recorded one, else the oldest. An activity
//! that another program may have created is never redundant, nor is one with a value that its deletion would lose.

use chrono::{DateTime, Utc};

use super::field::{Comparison, Expected, Field, InClose, differences};

/// An activity of a message that has several.
#[derive(Debug, Clone)]
pub struct ListedCopy {
    /// The time of its creation in Close, in UTC.
    pub created: DateTime<Utc>,
    /// Whether a reply in Close is linked to it.
    pub is_linked: bool,
    /// Whether the checkpoint records it as the message's activity.
    pub is_recorded: bool,
    /// Whether chatferry created it, as far as Close shows.
    pub is_ours: bool,
}

/// The result for the activities of one message, as indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptCopies {
    /// The index of the activity that stands for the message.
    pub kept: usize,
    /// The indexes of the activities to delete.
    pub redundant: Vec<usize>,
    /// The number of activities that replies are linked to.
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

/// Whether `copy` has no value of its own: each is expected of the message, or is that of `kept`, the activity that
/// stands for it. A missing link or file is no value. A text that could not be read may be any.
pub fn is_repetition(
    copy: &InClose,
    kept: &InClose,
    expected: &Expected<'_>,
    comparison: &Comparison<'_>,
) -> bool {
    let is_of_kept = |field: Field| match field {
        Field::Text => copy.text == kept.text,
        Field::Time => copy.at == kept.at,
        Field::Direction => copy.outgoing == kept.outgoing,
        Field::Contact | Field::User | Field::LocalPhone | Field::RemotePhone | Field::People => {
            copy.people == kept.people
        }
        Field::Link => copy.link.is_none() || copy.link == kept.link,
        // Made from a template, so that it has no value of its own.
        Field::IntegrationLink => true,
        Field::FileNames | Field::FileSizes | Field::FileBytes => {
            copy.files.iter().all(|file| kept.files.contains(file))
        }
    };
    let differing = differences(expected, copy, comparison);
    copy.text.is_some() && differing.into_iter().all(is_of_kept)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{
        AT, comparison, destination, expected, fingerprint, in_close, message,
    };
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

    /// Whether a copy with one change is a repetition, next to the unchanged activity and next to one with that change.
    fn is_repetition_with(change: &dyn Fn(&mut InClose)) -> (bool, bool) {
        let (message, to, hash) = (message("The gate"), destination(), fingerprint());
        let expected = expected(&message, &to);
        let mut copy = in_close("The gate");
        change(&mut copy);
        let is_of = |kept: &InClose| is_repetition(&copy, kept, &expected, &comparison(&hash));
        (is_of(&in_close("The gate")), is_of(&copy))
    }

    #[test]
    fn equal_activity_is_a_repetition() {
        assert_eq!(is_repetition_with(&|_| ()), (true, true));
    }

    #[test]
    fn activity_with_a_value_of_its_own_is_no_repetition() {
        let changes: [&dyn Fn(&mut InClose); 10] = [
            &|m| m.text = Some("The gate, at nine".to_owned()),
            &|m| m.at = Some(AT + 60_000),
            &|m| m.outgoing = Some(false),
            &|m| m.people.contact_id = Some("cont_2".into()),
            &|m| m.people.user_id = Some("user_2".into()),
            &|m| m.people.local_phone = Some("+4915112345679".to_owned()),
            &|m| m.people.remote_phone = Some("+353861234502".to_owned()),
            &|m| m.link = Some("acti_other".into()),
            &|m| m.files[0].name = "door.jpg".to_owned(),
            &|m| m.files[0].size = Some(401),
        ];
        for (number, change) in changes.iter().enumerate() {
            assert_eq!(is_repetition_with(change), (false, true), "{number}");
        }
    }

    #[test]
    fn missing_link_or_file_is_no_value() {
        assert!(is_repetition_with(&|m| m.link = None).0);
        assert!(is_repetition_with(&|m| m.files.clear()).0);
    }

    #[test]
    fn activity_whose_text_could_not_be_read_is_no_repetition() {
        assert_eq!(is_repetition_with(&|m| m.text = None), (false, false));
    }
}
