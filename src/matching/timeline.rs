//! What one source records about one conversation, as evidence.
//!
//! Belongs here: the plain data that the engine compares, and how close two stamps are. Never
//! here: where it comes from (an archive, the checkpoint, Close) and what follows from a match.

use serde::{Deserialize, Serialize};

use super::sequence::Key;
use super::tolerance::{JITTER, MINUTE, NEAR, QUARTER, SECOND, quarters};

/// How precisely a source records an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Precision {
    /// To the minute, with the seconds cut off (Android exports).
    Minute,
    /// To the second, give or take [`JITTER`] (iPhone and Web exports).
    Second,
    /// The instant itself (databases, the Cloud API).
    Exact,
}

/// What kind of content a message has, as far as every source tells it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Text.
    Text,
    /// A file, or the line that stands for one.
    File,
    /// A place, shared once or live.
    Place,
    /// A contact card.
    Card,
    /// A poll.
    Poll,
    /// Anything else that somebody sent: an event, a call, a message that could not be shown.
    Other,
    /// A notice of WhatsApp; of a deleted message, the notice of its deletion, where the other source
    /// is known to show that too.
    Notice,
    /// Anything but a file, where no more is recorded.
    NoFile,
}

impl Class {
    /// True where a message of one class may be of the other.
    pub(super) fn may_be(self, other: Class) -> bool {
        match (self, other) {
            (Class::NoFile, other) | (other, Class::NoFile) => other != Class::File,
            (one, other) => one == other,
        }
    }
}

/// What happened to a message before the source recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// As first sent: the source marks what was edited.
    Plain,
    /// As first sent or edited: the source does not mark edits (WhatsApp Web, Close's list).
    Unmarked,
    /// Edited: an older source may have another text.
    Edited,
    /// Deleted by its sender: an older source may have any content.
    Deleted,
}

/// Whether programs render a text in the same words. A mention has a name in one and a number in
/// the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wording {
    /// They do.
    Fixed,
    /// They do not; the hash is that of the part that they render alike.
    Varies(Key),
    /// The source does not record it.
    Unknown,
}

impl Wording {
    /// True where two programs may have rendered one text so differently.
    pub(super) fn may_agree(self, other: Wording) -> bool {
        match (self, other) {
            (Wording::Varies(one), Wording::Varies(other)) => one == other,
            (Wording::Varies(_), Wording::Unknown) | (Wording::Unknown, Wording::Varies(_)) => true,
            _ => false,
        }
    }
}

/// By how much later a local time occurs again, where clocks were put back; zero where it occurs once.
/// Most zones put them back by an hour, Australia/Lord_Howe by half of one.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Repeat {
    quarters: u8,
}

impl Repeat {
    /// The time occurs once.
    pub const NEVER: Repeat = Repeat { quarters: 0 };

    /// Of a difference in milliseconds, in whole quarters of an hour.
    pub fn of_millis(by: i64) -> Repeat {
        Repeat {
            quarters: u8::try_from(quarters(by)).unwrap_or(0),
        }
    }

    /// The difference in milliseconds.
    pub fn millis(self) -> i64 {
        i64::from(self.quarters) * QUARTER
    }

    /// True where the time occurs twice.
    pub fn is_some(self) -> bool {
        self != Repeat::NEVER
    }
}

/// Which programs wrote the text of a message: two programs may render one message differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Program {
    /// A phone's or Web's text export.
    Export,
    /// A reader of a database or of JSON.
    Database,
}

/// What one source records about one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The instant in Unix milliseconds, as recorded.
    pub at: i64,
    /// How precise `at` is.
    pub precision: Precision,
    /// The local time occurs twice (end of daylight saving time): by how much the instant may be
    /// later than `at`, which is the first of the two.
    pub repeats: Repeat,
    /// True for the device owner's side; `None` where the source does not record it.
    pub outgoing: Option<bool>,
    /// The author, as a number of the source's own; `None` where nothing tells, or where the side
    /// is enough.
    pub author: Option<u32>,
    /// The class; `None` where the source does not record it.
    pub class: Option<Class>,
    /// The hash of the canonical body; `None` for content without one (files, most of all).
    pub body: Option<Key>,
    /// Whether other programs may render the body in other words.
    pub wording: Wording,
    /// The hash of the sizes and CRCs of all its files; `None` where it has none or they are
    /// unknown.
    pub files: Option<Key>,
    /// The hash of the name of its file, where the source has one.
    pub name: Option<Key>,
    /// What happened to it.
    pub state: State,
    /// Which program rendered it; `None` where unknown.
    pub program: Option<Program>,
    /// WhatsApp's own id is known.
    pub is_named: bool,
    /// The derived id that the message has, or would have, as a hash: a hint, never proof.
    pub hint: Option<u64>,
}

impl Observation {
    /// An observation of which only the instant is known, in Unix milliseconds.
    pub fn of_instant(at: i64, precision: Precision) -> Observation {
        Observation {
            at,
            precision,
            repeats: Repeat::NEVER,
            outgoing: None,
            author: None,
            class: None,
            body: None,
            wording: Wording::Fixed,
            files: None,
            name: None,
            state: State::Plain,
            program: None,
            is_named: false,
            hint: None,
        }
    }

    /// The first and the last instant that the record may mean, without jitter.
    pub fn span(&self) -> (i64, i64) {
        match self.precision {
            Precision::Minute => {
                let from = self.at - self.at.rem_euclid(MINUTE);
                (from, from + MINUTE - 1)
            }
            Precision::Second => {
                let from = self.at - self.at.rem_euclid(SECOND);
                (from, from + SECOND - 1)
            }
            Precision::Exact => (self.at, self.at),
        }
    }

    /// True for a deleted message that the other source is known to show as a notice, never as what
    /// it was.
    pub(super) fn is_shown_notice(&self) -> bool {
        self.state == State::Deleted && self.class == Some(Class::Notice)
    }

    /// True where the message was sent by somebody and not made by WhatsApp.
    pub fn is_said(&self) -> bool {
        self.class != Some(Class::Notice)
    }
}

/// How well two stamps agree; the smaller, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// The stamps may mean one instant.
    Same,
    /// They are off by what two exports of one phone differ by.
    Tight,
    /// They are as far apart as two sources ever put one message.
    Loose,
}

/// How well the stamps of `new` and `old` agree, where `new` is read `shift` milliseconds earlier;
/// `None` where they cannot be of one message.
pub fn closeness(new: &Observation, shift: i64, old: &Observation) -> Option<Closeness> {
    let apart = distance(new, shift, old);
    // A time that occurs twice is read as its first occurrence: such a message may be later.
    let later = [-new.repeats.millis(), old.repeats.millis()];
    let apart = (later.into_iter().filter(|by| *by != 0))
        .map(|by| distance(new, shift + by, old))
        .fold(apart, i64::min);
    if apart == 0 {
        Some(Closeness::Same)
    } else if apart <= jitter(new, old) {
        Some(Closeness::Tight)
    } else if apart <= NEAR {
        Some(Closeness::Loose)
    } else {
        None
    }
}

/// By how much stamps of one message may be off. Seconds are rounded or cut; a minute is always cut,
/// so that two sources that hold minutes, or minutes and instants, agree on it.
fn jitter(new: &Observation, old: &Observation) -> i64 {
    let precisions = [new.precision, old.precision];
    let is_cut = precisions.contains(&Precision::Minute);
    match is_cut && !precisions.contains(&Precision::Second) {
        true => 0,
        false => JITTER,
    }
}

/// The shortest time between an instant that `new` may mean and one that `old` may mean.
fn distance(new: &Observation, shift: i64, old: &Observation) -> i64 {
    let ((from, to), (old_from, old_to)) = (new.span(), old.span());
    let (from, to) = (from - shift, to - shift);
    // Two exports that cut the seconds off cut the same instant: it has no jitter.
    if new.precision == Precision::Minute && old.precision == Precision::Minute {
        return (from - old_from).abs();
    }
    (from - old_to).max(old_from - to).max(0)
}

/// One conversation as one source records it.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// In the source's own order: the order of messages of one stamp.
    pub observations: Vec<Observation>,
    /// WhatsApp's own ids, as hashes, with the place of the message that has each.
    pub ids: Vec<Id>,
    /// What is known of files beside [`Observation::files`], in order of place, each place once.
    pub files: Vec<Files>,
    /// So many observations at the end are in no order but that of their instants: what is left out
    /// as deleted.
    pub unplaced: usize,
}

/// What a source records of the files of a message beside their checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// The place of the message in [`Timeline::observations`].
    pub place: u32,
    /// The kind; `None` where it is unknown, or where programs classify it differently (stickers).
    pub kind: Option<FileKind>,
    /// The hash of the sizes of all files; `None` where one is unknown.
    pub sizes: Option<Key>,
    /// The hash of the canonical caption; `None` without one, or where it is unknown.
    pub caption: Option<Key>,
}

/// The kinds of files that all sources distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A picture.
    Image,
    /// A video, or an animation, which some programs store as one.
    Video,
    /// A voice message or another sound file.
    Audio,
    /// Any other file.
    Document,
}

/// An id by which a source knows a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id {
    /// The hash of the id.
    pub key: Key,
    /// The place of the message in [`Timeline::observations`].
    pub place: u32,
    /// True for an id that WhatsApp gave the message. False for one that is unique in its source
    /// alone, such as the number of a database row.
    pub is_own: bool,
}

impl Timeline {
    /// The first and the last instant that the source covers.
    pub fn span(&self) -> Option<(i64, i64)> {
        let spans = || self.observations.iter().map(Observation::span);
        let from = spans().map(|(from, _)| from).min()?;
        let to = spans().map(|(_, to)| to).max()?;
        Some((from, to))
    }

    /// Places in order of time; messages of one instant in the source's order.
    pub fn by_time(&self) -> Vec<u32> {
        let count = u32::try_from(self.observations.len()).unwrap_or(u32::MAX);
        let mut places: Vec<u32> = (0..count).collect();
        places.sort_by_key(|place| self.observations[*place as usize].at);
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tolerance::HOUR;

    fn of(at: i64, precision: Precision) -> Observation {
        Observation {
            outgoing: Some(true),
            class: Some(Class::File),
            program: Some(Program::Export),
            ..Observation::of_instant(at, precision)
        }
    }

    /// 2:47 of the night in which it occurs twice is never 1:47, and may be the second 2:47.
    #[test]
    fn an_hour_that_occurs_twice_is_never_earlier_than_its_first_occurrence() {
        let twice = Observation {
            repeats: Repeat::of_millis(HOUR),
            ..of(47 * MINUTE, Precision::Minute)
        };
        for (minute, expected) in [
            (-13, None),
            (47, Some(Closeness::Same)),
            (107, Some(Closeness::Same)),
        ] {
            let once = of(minute * MINUTE, Precision::Minute);
            assert_eq!(closeness(&once, 0, &twice), expected, "{minute}");
            assert_eq!(closeness(&twice, 0, &once), expected, "{minute}");
        }
    }

    /// One phone shows when a message was sent, another one when it came to the server.
    #[test]
    fn two_phones_may_stamp_a_message_a_minute_apart() {
        for (apart, expected) in [
            (0, Some(Closeness::Same)),
            (JITTER, Some(Closeness::Tight)),
            (JITTER + 1, Some(Closeness::Loose)),
            (MINUTE, Some(Closeness::Loose)),
            (MINUTE + SECOND, Some(Closeness::Loose)),
            (MINUTE + SECOND + 1, None),
        ] {
            let (one, other) = (of(0, Precision::Exact), of(apart, Precision::Exact));
            assert_eq!(closeness(&one, 0, &other), expected, "{apart}");
            assert_eq!(closeness(&other, 0, &one), expected, "{apart}");
        }
    }
}
