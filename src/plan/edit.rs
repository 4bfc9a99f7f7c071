//! What a newer export has more of than Close: the change to one message that is there.
//!
//! Absence is not a change (design.md): a newer export never takes away a text, a file or a
//! caption that an older one gave. A text whose message has the same id says the same, whatever
//! the names of those mentioned are by now, so it is compared only where it was edited.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::{Fingerprint, ListedPeople, Trace};
use crate::chat::Kind;
use crate::ids::{ActivityId, UserId};
use crate::matching::Precision;
use crate::matching::tolerance::NEAR;
use crate::transform::age::{Age, Newer};
use crate::transform::desired::{DesiredMessage, Destination, Direction, File, SourceArchive};

/// A change to a message that Close holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Close's id of the message.
    pub activity_id: ActivityId,
    /// Its time from now on, Unix milliseconds.
    pub activity_at: i64,
    /// The time changes.
    pub time: bool,
    /// The text changes.
    pub text: bool,
    /// Files come that were not there.
    pub files: bool,
    /// Contact, user or numbers change.
    pub people: bool,
    /// The side changes.
    pub side: bool,
    /// What it answers is there by now, or under another activity.
    pub link: bool,
    /// An earlier change was broken off, so everything is put as it should be.
    pub again: bool,
}

impl Edit {
    /// A change of the link to what the message answers, and of nothing else.
    pub(super) fn of_link(activity_id: ActivityId, activity_at: i64) -> Self {
        Edit {
            activity_id,
            activity_at,
            time: false,
            text: false,
            files: false,
            people: false,
            side: false,
            link: true,
            again: false,
        }
    }

    /// Why the message is changed: stable words for reports.
    pub fn reasons(&self) -> Vec<&'static str> {
        if self.again {
            return vec!["broken_off"];
        }
        let all = [
            (self.files, "media_arrived"),
            (self.text && !self.files, "edited"),
            (self.time, "zone"),
            (self.people || self.side, "mapping"),
            (self.link, "link"),
        ];
        all.into_iter()
            .filter_map(|(is, word)| is.then_some(word))
            .collect()
    }
}

/// Whether the recorded time is wrong. A difference below what exports agree on is none. Where ids
/// are equal a larger one is that of a correction which was broken off and taken back.
pub(super) fn differs_in_time(message: &DesiredMessage, trace: &Trace) -> bool {
    let at = message.activity_at.timestamp_millis();
    // An exact instant is never replaced by one that is read from a transcript.
    let is_rounded = message.evidence.precision != Precision::Exact;
    // The archive does not show which of the two times it means.
    let later = message.evidence.repeats.millis();
    let is_other_hour = later > 0 && (trace.at - at - later).abs() <= NEAR;
    (at - trace.at).abs() > NEAR && !(trace.exact == Some(true) && is_rounded) && !is_other_hour
}

/// What is compared of the files: sizes and CRCs, in their order. Names change between exports.
pub fn files_text(files: &[File]) -> String {
    let files = files.iter().map(|file| match file.crc {
        Some(crc) => format!("{}:{crc:08x}", file.size),
        None => format!("{}:", file.size),
    });
    files.collect::<Vec<_>>().join(",")
}

/// What is compared of the people: contact, user and numbers.
pub fn people_text(to: &Destination) -> String {
    format!(
        "{}|{}|{}|{}",
        to.contact_id,
        to.user_id.as_ref().map_or("", UserId::as_str),
        to.local_phone.e164(),
        to.remote_phone.e164()
    )
}

/// What a message and its record are compared by.
pub(super) struct Comparison<'k> {
    fingerprint: &'k Fingerprint,
    to: &'k Destination,
    people: [u8; 16],
    empty: [u8; 16],
    /// Files that were damaged are tried again.
    retries: bool,
    /// The ages of the archives at hand, and of those that are recorded as sources.
    ages: (&'k [SourceArchive], &'k [Age]),
    /// Edits of which nobody can tell the newer one: archive and line.
    pub(super) conflicts: RefCell<Vec<(u32, u32)>>,
}

impl<'k> Comparison<'k> {
    /// The comparison for a chat that goes to `to`.
    /// With `retries`, files that were damaged in their archive are sent again: a whole copy looks
    /// the same in a zip's directory, so that nothing else tells.
    pub(super) fn new(
        fingerprint: &'k Fingerprint,
        to: &'k Destination,
        retries: bool,
        ages: (&'k [SourceArchive], &'k [Age]),
    ) -> Self {
        Comparison {
            fingerprint,
            to,
            people: (fingerprint.0)("people", &people_text(to)),
            empty: (fingerprint.0)("body", ""),
            retries,
            ages,
            conflicts: RefCell::default(),
        }
    }

    /// The change that `message` asks for, if it asks for one.
    pub(super) fn edit(
        &self,
        message: &DesiredMessage,
        activity_id: &ActivityId,
        trace: &Trace,
    ) -> Option<Edit> {
        // Its sender deleted it: an older archive does not bring it back.
        if trace.deleted && message.kind != Kind::Deleted {
            return None;
        }
        if trace.changing {
            // Never less than what the archives hold, never a line in place of what they lack.
            let has_files = !message.files.is_empty();
            return Some(Edit {
                activity_id: activity_id.clone(),
                activity_at: message.activity_at.timestamp_millis(),
                time: true,
                text: has_files || message.kind == Kind::Text,
                files: has_files,
                people: true,
                side: message.evidence.two_sided,
                link: message.reply_to.is_some() || message.answers.is_some(),
                again: true,
            });
        }
        let is_new = || self.media_differs(message, trace) || (self.retries && trace.damaged);
        let files = message.files.len() > trace.files as usize && is_new();
        let at = message.activity_at.timestamp_millis();
        let time = differs_in_time(message, trace);
        let outgoing = message.direction == Direction::Outgoing;
        let side = message.evidence.two_sided && trace.outgoing == Some(!outgoing);
        // The name that a member's text begins with goes with the side.
        let has_text = message.kind == Kind::Text || !message.files.is_empty();
        let name = side && has_text && (message.edited || trace.edited != Some(true));
        let edit = Edit {
            activity_id: activity_id.clone(),
            activity_at: if time { at } else { trace.at },
            time,
            text: files || name || self.text_differs(message, trace),
            files,
            people: trace
                .people
                .is_some_and(|people| people != self.people(message)),
            side,
            link: false,
            again: false,
        };
        (edit.text || edit.files || edit.people || edit.side || edit.time).then_some(edit)
    }

    /// The hash of whom the message is between.
    fn people(&self, message: &DesiredMessage) -> [u8; 16] {
        match &message.between {
            None => self.people,
            Some(between) => {
                let to = self.to.between(Some(between));
                (self.fingerprint.0)("people", &people_text(&to))
            }
        }
    }

    /// The hash of whom a listed activity is between, if it is `message`. What Close does not show,
    /// and a user that is not set, agrees.
    pub(super) fn listed_people(
        &self,
        message: &DesiredMessage,
        listed: &ListedPeople,
    ) -> [u8; 16] {
        let to = self.to.between(message.between.as_deref());
        (self.fingerprint.0)("people", &listed.text(&to))
    }

    /// False where the very files were sent before and some were found damaged.
    fn media_differs(&self, message: &DesiredMessage, trace: &Trace) -> bool {
        trace.media != Some((self.fingerprint.0)("media", &files_text(&message.files)))
    }

    /// False where Close has the newer one of two edits, or nobody can tell.
    fn is_newer(&self, message: &DesiredMessage, trace: &Trace) -> bool {
        let newer = self.age(message, trace);
        if newer == Newer::Conflict {
            let index = (message.archive, message.line);
            self.conflicts.borrow_mut().push(index);
        }
        newer == Newer::First
    }

    /// Which of two edits is the newer one: that of the archives at hand is the first.
    fn age(&self, message: &DesiredMessage, trace: &Trace) -> Newer {
        let own = self.ages.0.get(message.archive as usize);
        let recorded = trace.source.and_then(|at| self.ages.1.get(usize::from(at)));
        match (own, recorded) {
            (Some(own), Some(recorded)) if trace.edited == Some(true) => own.age.newer(*recorded),
            _ => Newer::First,
        }
    }

    fn text_differs(&self, message: &DesiredMessage, trace: &Trace) -> bool {
        let text = message.said(message.markdown.reveal());
        if message.kind == Kind::Text {
            return message.edited
                && (self.fingerprint.0)("body", text) != trace.body
                && self.is_newer(message, trace);
        }
        // A caption that an older export left out, or that was edited; never in place of a file
        // that this export does not have.
        message.kind == Kind::Media
            && message.files.len() == trace.files as usize
            && !message.files.is_empty()
            && !text.is_empty()
            && (message.edited || trace.body == self.empty)
            && (self.fingerprint.0)("body", text) != trace.body
    }
}
