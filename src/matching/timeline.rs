//! Timelines: what one source records about one conversation, as evidence.
//!
//! Here belong the plain data that the engine compares, and the distance of two timestamps; never their
//! origin (an archive, the checkpoint, Close) and what follows from a match.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::sequence::Key;
use super::tolerance::{JITTER, MAX_DIFFERENCE, MINUTE, QUARTER, SECOND, quarters};

/// How precisely a source records an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Precision {
    /// To the minute, seconds truncated (Android exports).
    Minute,
    /// To the second, plus or minus [`JITTER`] (iPhone and Web exports).
    Second,
    /// The instant itself (databases, the Cloud API).
    Exact,
}

/// The coarse kind of a message, as far as all sources distinguish it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Ordinary text.
    Text,
    /// A file, or its placeholder.
    File,
    /// A location, shared once or live.
    Location,
    /// A contact card.
    Card,
    /// A poll.
    Poll,
    /// Any other message of a participant: an event, a call, a message that could not be shown.
    Other,
    /// A notice; for a deleted message, the notice of its deletion, if the other source is known to show
    /// that too.
    Notice,
    /// Anything but a file, if no more is recorded.
    NoFile,
}

impl Class {
    /// Whether a message of one class may be of the other.
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

/// Whether programs render a text equally. A mention has a name in one and a number in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wording {
    /// They do.
    Fixed,
    /// They do not; the hash of the part that they render equally.
    Varies(Key),
    /// The source does not record it.
    Unknown,
}

impl Wording {
    /// Whether two programs may have rendered one text so differently.
    pub(super) fn may_agree(self, other: Wording) -> bool {
        match (self, other) {
            (Wording::Varies(one), Wording::Varies(other)) => one == other,
            (Wording::Varies(_), Wording::Unknown) | (Wording::Unknown, Wording::Varies(_)) => true,
            _ => false,
        }
    }
}

/// The time after which a local time occurs again when clocks are set back; zero if it occurs once. Most
/// zones set them back by an hour, Australia/Lord_Howe by half of one.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Repeat {
    quarters: u8,
}

impl Repeat {
    /// The value for a local time that occurs once.
    pub const NEVER: Repeat = Repeat { quarters: 0 };

    /// From a difference in milliseconds. Rounded to the nearest quarter of an hour; [`NEVER`](Repeat::NEVER) if out of
    /// range.
    pub fn of_millis(by: i64) -> Repeat {
        Repeat {
            quarters: u8::try_from(quarters(by)).unwrap_or(0),
        }
    }

    /// The time between the two occurrences, in milliseconds; 0 if there is one only.
    pub fn millis(self) -> i64 {
        i64::from(self.quarters) * QUARTER
    }

    /// Whether the time occurs twice.
    pub fn is_some(self) -> bool {
        self != Repeat::NEVER
    }
}

/// The kind of program that wrote the text of a message: two kinds may render one message differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Program {
    /// A text export of a phone or of Web.
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
    /// If the local time occurs twice (end of daylight saving time): by how much the instant may be later
    /// than `at`, which is the first of the two.
    pub repeats: Repeat,
    /// Whether an owner sent it; `None` if the source does not record the direction.
    pub outgoing: Option<bool>,
    /// The author, as a number of the source; `None` if not known, or if the direction is enough.
    pub author: Option<u32>,
    /// The class; `None` if the source does not record it.
    pub class: Option<Class>,
    /// The hash of the canonical body; `None` for content without one (mostly files).
    pub body: Option<Key>,
    /// Whether other programs may render the body differently.
    pub wording: Wording,
    /// The hash of the sizes and CRCs of all its files; `None` if it has none or they are unknown.
    pub files: Option<Key>,
    /// The hash of the name of its file; `None` if the source has none.
    pub name: Option<Key>,
    /// What had happened to the message when the source recorded it.
    pub state: State,
    /// The kind of program that rendered it; `None` if unknown.
    pub program: Option<Program>,
    /// Whether its WhatsApp id is known.
    pub is_named: bool,
    /// The derived id that the message has, or would have, as a hash: a hint, never evidence.
    pub hint: Option<u64>,
}

impl Observation {
    /// An observation with a known instant and nothing else, in Unix milliseconds.
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

    /// The first and the last instant that the message may have, in Unix milliseconds, without
    /// jitter.
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

    /// Whether it is a deletion that the other source is known to show as a notice, never as the message.
    pub(super) fn is_shown_notice(&self) -> bool {
        self.state == State::Deleted && self.class == Some(Class::Notice)
    }

    /// Whether a participant sent the message, rather than WhatsApp.
    pub fn is_sent(&self) -> bool {
        self.class != Some(Class::Notice)
    }
}

/// How well two timestamps agree; smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// They may be one instant.
    Same,
    /// They differ by no more than two exports of one phone do.
    Tight,
    /// They differ by no more than two sources ever do for one message.
    Loose,
}

/// How well the timestamps of `new` and `old` agree, where `new` is read `shift` milliseconds earlier;
/// `None` if they cannot be of one message.
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
    } else if apart <= MAX_DIFFERENCE {
        Some(Closeness::Loose)
    } else {
        None
    }
}

/// The maximum difference between timestamps of one message. Seconds are rounded or truncated; a minute is
/// always truncated, so that two sources with minutes, or minutes and instants, agree on it.
fn jitter(new: &Observation, old: &Observation) -> i64 {
    let precisions = [new.precision, old.precision];
    let is_cut = precisions.contains(&Precision::Minute);
    match is_cut && !precisions.contains(&Precision::Second) {
        true => 0,
        false => JITTER,
    }
}

/// The shortest time between the possible instants of `new` and those of `old`.
fn distance(new: &Observation, shift: i64, old: &Observation) -> i64 {
    let ((from, to), (old_from, old_to)) = (new.span(), old.span());
    let (from, to) = (from - shift, to - shift);
    // Two exports that truncate seconds truncate the same instant: it has no jitter.
    if new.precision == Precision::Minute && old.precision == Precision::Minute {
        return (from - old_from).abs();
    }
    (from - old_to).max(old_from - to).max(0)
}

/// One conversation as one source records it.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// In the source's own order, which is the order of messages with one timestamp.
    pub observations: Vec<Observation>,
    /// WhatsApp ids, as hashes, with the index of the message that has each.
    pub ids: Vec<Id>,
    /// Details of files besides [`Observation::files`], in order of index, each index once.
    pub files: Vec<Files>,
    /// The number of observations at the end that are in order of their instants only: messages left out as
    /// deleted.
    pub unplaced: usize,
    /// The zone in which the local times of the source were read; `None` if it has instants, or several zones.
    pub zone: Option<Tz>,
}

/// Details of the files of a message besides their checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// The index of the message in [`Timeline::observations`].
    pub index: u32,
    /// The kind; `None` if it is unknown, or if programs classify it differently (stickers).
    pub kind: Option<FileKind>,
    /// The hash of the sizes of all files; `None` if one is unknown.
    pub sizes: Option<Key>,
    /// The hash of the canonical caption; `None` without one, or if it is unknown.
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

/// An id under which a source has a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id {
    /// The hash of the id, its first 16 bytes.
    pub key: Key,
    /// The index of the message in [`Timeline::observations`].
    pub index: u32,
    /// Whether WhatsApp assigned the id. False for one that is unique within its source only, such as a row
    /// number.
    pub is_own: bool,
}

impl Timeline {
    /// The first and the last instant that the source covers, in Unix milliseconds; `None` without
    /// messages.
    pub fn span(&self) -> Option<(i64, i64)> {
        let spans = || self.observations.iter().map(Observation::span);
        let from = spans().map(|(from, _)| from).min()?;
        let to = spans().map(|(_, to)| to).max()?;
        Some((from, to))
    }

    /// Indexes in order of time; messages of one instant in the source's order.
    pub fn by_time(&self) -> Vec<u32> {
        let count = u32::try_from(self.observations.len()).unwrap_or(u32::MAX);
        let mut indexes: Vec<u32> = (0..count).collect();
        indexes.sort_by_key(|index| self.observations[*index as usize].at);
        indexes
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
    fn repeated_hour_is_never_earlier_than_its_first_occurrence() {
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

    /// One phone records when a message was sent, another one when the server received it.
    #[test]
    fn two_phones_may_differ_by_a_minute() {
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
