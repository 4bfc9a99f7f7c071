//! The states of a message and the table of legal transitions.
//!
//! A state is what is known about a message in Close. Every write of a state goes through [`next`]; an
//! illegal pair is a bug and stops the run.

use std::fmt;

/// The known state of one message on one lead. The numbers are stored in the file and never change their
/// meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The request may have been sent: recorded before it is sent.
    Intent = 1,
    /// The request may have been carried out: its outcome is looked up, and it is never repeated blindly.
    Unknown = 2,
    /// In Close, with its activity id.
    Done = 3,
    /// Refused permanently, with a code; nothing is in Close.
    Failed = 4,
    /// Known not to be in Close: never sent, not found by a conclusive look-up, or deleted in favour of
    /// another lead.
    Absent = 5,
    /// Was in Close and was removed there, by a user or because its sender deleted it.
    Gone = 6,
}

impl State {
    /// Every state, in the order of the file's numbers.
    pub const ALL: [State; 6] = [
        State::Intent,
        State::Unknown,
        State::Done,
        State::Failed,
        State::Absent,
        State::Gone,
    ];

    /// The state with this number in the file, if there is one.
    pub(super) fn from_number(number: i64) -> Option<State> {
        State::ALL
            .into_iter()
            .find(|state| state.number() == number)
    }

    /// The number stored in the file.
    pub(super) fn number(self) -> i64 {
        self as i64
    }
}

/// An event in the life of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The request is about to be sent.
    Intend,
    /// Close responded that the request was carried out.
    Succeed,
    /// Close responded that it rejects the request for good.
    Fail,
    /// No response, or one that does not show the outcome (time-out, reset, 5xx, unreadable 200), or the run
    /// was
    /// killed with the intent open.
    LoseAnswer,
    /// The request was not sent, or was refused before it was carried out, and is not repeated in this run.
    NotSend,
    /// A look-up found the activity of an earlier request, or the activity that a run unknown to
    /// this checkpoint created for a recorded message.
    Find,
    /// A conclusive look-up found nothing.
    Miss,
    /// Close lists it already; it is only recorded.
    Adopt,
    /// A change is about to be sent, or Close applied it. A change can be repeated, so a lost answer leaves
    /// the message in its state; the row records that the change is uncertain.
    Update,
    /// The message is no longer in Close.
    Vanish,
    /// The message was deleted on this lead, since it is on another one now.
    Withdraw,
    /// Close has moved the message to another lead; the record follows.
    Move,
    /// Its sender deleted it before it could be imported, or it was removed from Close after it had been
    /// recorded in a checkpoint that is lost; it is only recorded.
    Note,
    /// Close rejected its change or deletion; it stays in Close as it is.
    Refuse,
    /// Close answered with the message as it stores it; its hashes are recorded.
    Answer,
    /// An archive or the list of Close shows facts that the record lacks.
    Learn,
    /// It was removed from Close, and its chat goes to another lead, has another key or other times.
    Follow,
}

impl Event {
    /// Every event, in the order of the table.
    pub const ALL: [Event; 17] = [
        Event::Intend,
        Event::Succeed,
        Event::Fail,
        Event::LoseAnswer,
        Event::NotSend,
        Event::Find,
        Event::Miss,
        Event::Adopt,
        Event::Update,
        Event::Vanish,
        Event::Withdraw,
        Event::Move,
        Event::Note,
        Event::Refuse,
        Event::Answer,
        Event::Learn,
        Event::Follow,
    ];
}

/// A pair that is not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Illegal {
    /// The recorded state; `None`: no record.
    pub from: Option<State>,
    /// The event.
    pub event: Event,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) => write!(f, "{:?} is not possible in state {from:?}", self.event),
            None => write!(
                f,
                "{:?} is not possible for a message not recorded",
                self.event
            ),
        }
    }
}

/// The table: the state after `event` in state `from` (`None`: no row).
///
/// | from    | Intend | Succeed | Fail   | LoseAnswer | NotSend | Find | Miss   | Adopt |
/// |---------|--------|---------|--------|------------|---------|------|--------|-------|
/// | no row  | Intent |         |        |            |         |      |        | Done  |
/// | Intent  |        | Done    | Failed | Unknown    | Absent  |      |        |       |
/// | Unknown |        |         |        |            |         | Done | Absent | Done  |
/// | Failed  | Intent |         |        |            |         |      |        | Done  |
/// | Absent  | Intent |         |        |            |         |      |        | Done  |
/// | Gone    | Intent |         |        |            |         |      |        | Done  |
///
/// From `Done`: Update, Move, Refuse and Find (with another activity) lead to Done. The absence of a
/// message can be recorded repeatedly: Vanish leads from Done, Absent and Gone to Gone, Withdraw from them
/// to Absent. Note leads from no row and from Absent to Absent. Answer leads from Done to Done, Follow from
/// Gone to Gone. Learn keeps the state of every recorded message.
///
/// Two rules follow from the empty cells: nothing leads from `Unknown` to `Intent` (an unknown request is
/// looked up, never repeated), and nothing leads from `Done` to `Intent` except through a state in which
/// the message is known to be absent.
///
/// # Errors
/// [`Illegal`] for every pair whose cell is empty.
pub fn next(from: Option<State>, event: Event) -> Result<State, Illegal> {
    match (from, event) {
        (None | Some(State::Failed | State::Absent | State::Gone), Event::Intend) => {
            Ok(State::Intent)
        }
        (Some(State::Intent), Event::Succeed) => Ok(State::Done),
        (Some(State::Intent), Event::Fail) => Ok(State::Failed),
        (Some(State::Intent), Event::LoseAnswer) => Ok(State::Unknown),
        (Some(State::Intent), Event::NotSend) => Ok(State::Absent),
        (Some(State::Unknown), Event::Find) => Ok(State::Done),
        (Some(State::Unknown), Event::Miss) => Ok(State::Absent),
        (
            None | Some(State::Unknown | State::Failed | State::Absent | State::Gone),
            Event::Adopt,
        ) => Ok(State::Done),
        (
            Some(State::Done),
            Event::Update | Event::Move | Event::Refuse | Event::Answer | Event::Find,
        ) => Ok(State::Done),
        (Some(state), Event::Learn) => Ok(state),
        (Some(State::Done | State::Absent | State::Gone), Event::Vanish) => Ok(State::Gone),
        (Some(State::Gone), Event::Follow) => Ok(State::Gone),
        (None | Some(State::Absent), Event::Note) => Ok(State::Absent),
        (Some(State::Done | State::Absent | State::Gone), Event::Withdraw) => Ok(State::Absent),
        (from, event) => Err(Illegal { from, event }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transitions_match_the_table() {
        let mut table = String::new();
        for from in std::iter::once(None).chain(State::ALL.map(Some)) {
            for event in Event::ALL {
                let from_text = from.map_or("no row".to_owned(), |s| format!("{s:?}"));
                let to = next(from, event).map_or("-".to_owned(), |s| format!("{s:?}"));
                table.push_str(&format!("{from_text:8} {:10} {to}\n", format!("{event:?}")));
            }
        }
        insta::assert_snapshot!("transitions", table);
    }

    #[test]
    fn unknown_and_done_are_never_sent() {
        for state in [State::Unknown, State::Done, State::Intent] {
            assert!(next(Some(state), Event::Intend).is_err(), "{state:?}");
        }
    }

    #[test]
    fn stored_numbers_are_fixed() {
        let numbers: Vec<i64> = State::ALL.into_iter().map(State::number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
        assert!(
            State::ALL
                .into_iter()
                .all(|s| State::from_number(s.number()) == Some(s))
        );
        assert_eq!(State::from_number(0), None);
        assert_eq!(State::from_number(7), None);
    }
}
