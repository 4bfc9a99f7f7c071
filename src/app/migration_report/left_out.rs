//! What a report lists next to the chats: messages that are left out, by reason, and files, by whether they are there.
//!
//! Numbers alone: nothing here names a chat, so that private chats are counted too.

use std::collections::BTreeMap;

use super::failed::Failures;
use super::months::is_in_close;
use super::sums::not_adding_up;
use crate::app::error::Result;
use crate::plan::{Action, Plan, PlannedChat, Totals};
use crate::routing::Rule;
use crate::transform::desired::{Decision, Note};

/// Messages or files with one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByReason {
    /// The reason in words.
    pub(crate) why: &'static str,
    /// The number of messages or files.
    pub(crate) number: u64,
}

/// The numbers of files of messages that belong in Close.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The number of files that an archive has, of messages that are recorded in Close.
    pub(crate) in_close: u64,
    /// The number of files that an archive has, of messages that are not in Close.
    pub(crate) to_post: u64,
    /// The number of files that are damaged in their archives: their messages are in Close without them.
    pub(crate) damaged: u64,
    /// The numbers of files without bytes, by reason: the text of the message has a placeholder
    /// line for each.
    pub(crate) absent: Vec<ByReason>,
}

/// The messages that rules leave out, by rule. `all`: their number in the table of chats.
///
/// # Errors
///
/// An internal error: the numbers do not add up.
pub(super) fn left_out(plan: &Plan, all: u64) -> Result<Vec<ByReason>> {
    let mut rules: BTreeMap<Rule, u64> = BTreeMap::new();
    for planned in selected(plan) {
        for (rule, number) in Totals::of_chat(planned).left_out {
            *rules.entry(rule).or_default() += number;
        }
    }
    match rules.values().sum::<u64>() == all {
        true => Ok(by_reason(rules.into_iter(), Rule::describe)),
        false => Err(not_adding_up("left out = sum of its reasons")),
    }
}

/// The files of a plan whose messages keep their files.
pub(super) fn files(plan: &Plan, failures: &Failures) -> Files {
    let mut files = Files::default();
    let mut absent: BTreeMap<Note, u64> = BTreeMap::new();
    for planned in selected(plan).filter(|planned| planned.chat.standing.is_ready()) {
        planned.messages.with(|messages| {
            for one in messages {
                let number = one.message.files.len() as u64;
                match &one.action {
                    Action::LeftOut(_) => {}
                    action if is_in_close(action) => {
                        let damaged = failures.damaged_files(planned, one).min(number);
                        files.damaged += damaged;
                        files.in_close += number - damaged;
                    }
                    _ => files.to_post += number,
                }
            }
        });
        for (_, _, note) in &planned.chat.notes {
            if is_of_file(*note) {
                *absent.entry(*note).or_default() += 1;
            }
        }
    }
    files.absent = by_reason(absent.into_iter(), Note::describe);
    files
}

fn selected(plan: &Plan) -> impl Iterator<Item = &PlannedChat> {
    let chats = plan.chats.iter();
    chats.filter(|planned| !matches!(planned.chat.standing, Decision::LeftOut(Rule::NotSelected)))
}

fn is_of_file(note: Note) -> bool {
    match note {
        Note::Omitted | Note::Missing | Note::TooLarge | Note::KindNotWanted => true,
        Note::TimeMoved
        | Note::ReplyOpen
        | Note::EditConflict
        | Note::UnknownHalfDay
        | Note::AfterArchive => false,
    }
}

fn by_reason<K>(
    numbers: impl Iterator<Item = (K, u64)>,
    describe: fn(K) -> &'static str,
) -> Vec<ByReason> {
    let numbers = numbers.filter(|(_, number)| *number > 0);
    let numbers = numbers.map(|(key, number)| ByReason {
        why: describe(key),
        number,
    });
    numbers.collect()
}
