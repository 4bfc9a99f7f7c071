//! The states of a message and the one table of legal transitions.
//!
//! For: saying what we know about a message in Close (design.md invariants 4 and 5). It must never
//! be worked around: whoever writes a state goes through [`next`]; an illegal pair is a bug and
//! stops the run.

use std::fmt;

/// What we know about one message on one lead. The numbers are those of the file and never change
/// their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The request may be on its way: written down before it left (design.md invariant 4).
    Intent = 1,
    /// The request may or may not have been carried out: to be asked, never to be sent again.
    Unknown = 2,
    /// In Close, with its activity id.
    Done = 3,
    /// Refused for good, with a code; nothing is in Close.
    Failed = 4,
    /// Known not to be in Close: never sent, asked after and not found once the wait was over, or
    /// taken away again to be put somewhere else.
    Absent = 5,
    /// Was in Close and was removed there: by somebody, or by us since its sender deleted it.
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

    /// The state that the file writes as `number`, if there is one.
    pub(super) fn from_number(number: i64) -> Option<State> {
        State::ALL
            .into_iter()
            .find(|state| state.number() == number)
    }

    /// How the file writes this state.
    pub(super) fn number(self) -> i64 {
        self as i64
    }
}

/// Something that happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// We are about to send it.
    Intend,
    /// Close answered: carried out.
    Succeed,
    /// Close answered: refused for good.
    Fail,
    /// No answer, or one that says nothing (time-out, reset, 5xx, unreadable 200), or the run died
    /// with the intent open.
    LoseAnswer,
    /// The request never left, or was refused before it was carried out, and is not tried again
    /// now.
    NotSend,
    /// A look-up found what our own earlier request made, or the activity that a run which this
    /// checkpoint does not know of made of a recorded message.
    Find,
    /// A look-up, late enough to be believed, found nothing (design.md, "Outcomes of a request").
    Miss,
    /// Close's list already holds it; we only take note.
    Adopt,
    /// We are about to change it, or Close took the change. A change can be sent again, so one
    /// whose answer was lost leaves the message where it is; the row says that it is unsure.
    Update,
    /// It is no longer in Close.
    Vanish,
    /// We took it away from this lead, since it is on another one by now.
    Withdraw,
    /// Close has moved it to another lead.
    Move,
    /// Its sender had deleted it before it could be imported, or somebody removed it in Close after a
    /// lost checkpoint had recorded it; we only take note.
    Note,
    /// Close refused to change it, or to take it away; it stays as it is there.
    Refuse,
    /// Close answered with the message as it holds it; its hashes are recorded.
    Answer,
    /// An archive, or Close's list, gave knowledge of it that the record lacks.
    Learn,
}

impl Event {
    /// Every event, in the order of the table.
    pub const ALL: [Event; 16] = [
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
    ];
}

/// A pair that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Illegal {
    /// Where the message stood; `None`: not recorded at all.
    pub from: Option<State>,
    /// What was said to have happened.
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
/// and from `Done`: Update, Move, Refuse and Find (under another activity) to Done. What is not there can be said to be so, any
/// number of times: Vanish leads from Done, Absent and Gone to Gone, Withdraw from them to Absent.
/// Note leads from no row, and from Absent, to Absent. Answer leads from Done to Done; Learn leaves
/// every recorded message in its state.
///
/// Two things it says by what is not there: nothing leads from `Unknown` to `Intent` (unknown is
/// asked, never resent), and nothing leads from `Done` to `Intent` but by way of what is known not
/// to be there any more.
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
        (None | Some(State::Absent), Event::Note) => Ok(State::Absent),
        (Some(State::Done | State::Absent | State::Gone), Event::Withdraw) => Ok(State::Absent),
        (from, event) => Err(Illegal { from, event }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_the_table() {
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
    fn the_numbers_of_the_file_are_fixed() {
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
