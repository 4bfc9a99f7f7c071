//! Updates: what a newer export has more of than Close.
//!
//! Absence is not a change: a newer export never removes a text, a file or a caption of an older one.
//! Messages with one derived id have equal texts, apart from names of mentioned people, so texts are
//! compared only if they were edited.

use std::cell::RefCell;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fingerprint, ListedPeople, RecordFacts};
use crate::chat::Kind;
use crate::ids::{ActivityId, UserId};
use crate::matching::Precision;
use crate::matching::tolerance::MAX_DIFFERENCE;
use crate::transform::VIEW_ONCE;
use crate::transform::age::{Age, Newer};
use crate::transform::desired::{DesiredMessage, Destination, Direction, File, SourceArchive};
use crate::transform::observe::Evidence;

/// Which of contact, user and numbers an update sends: those that are true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleParts {
    /// Whether the contact is sent.
    pub contact: bool,
    /// Whether the user is sent.
    pub user: bool,
    /// Whether the user's own number is sent.
    pub local_phone: bool,
    /// Whether the contact's number is sent.
    pub remote_phone: bool,
}

impl PeopleParts {
    /// Contact, user and both numbers.
    pub const ALL: PeopleParts = PeopleParts {
        contact: true,
        user: true,
        local_phone: true,
        remote_phone: true,
    };
}

/// An update of a message in Close.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The id of the activity that is updated.
    pub activity_id: ActivityId,
    /// The time of the message after the update, in Unix milliseconds.
    pub activity_at: i64,
    /// Whether the time changes.
    pub time: bool,
    /// Whether the text changes.
    pub text: bool,
    /// Whether files are added.
    pub files: bool,
    /// Whether contact, user or numbers change.
    pub people: bool,
    /// With `people`: the parts that a repair sends; `None`: all of them.
    pub parts: Option<PeopleParts>,
    /// Whether the direction changes, incoming or outgoing.
    pub side: bool,
    /// Whether the reply target is now in Close, or under another activity; of a message that answers nothing: its link
    /// is removed.
    pub link: bool,
    /// Whether the link of the template `integration_link` is set again; of a repair.
    #[serde(default)]
    pub integration_link: bool,
    /// Whether an earlier update was interrupted, so that all fields are sent.
    pub again: bool,
    /// Of a message that is in Close without files which were damaged in their archive: what it has.
    // Always written: packed lists have no names of fields.
    /// What Close has of a message without files that were damaged in their archive; `None` for
    /// every other message.
    #[serde(default)]
    pub lacks_damaged: Option<Incomplete>,
}

impl Edit {
    /// Whether it adds files, with the text that belongs to them, or a reply link, and changes nothing else.
    pub fn only_adds(&self) -> bool {
        let changes = self.time || self.people || self.side || self.integration_link || self.again;
        !changes && (self.files || (self.link && !self.text))
    }
}

/// What Close has of a message without some of its files, which were damaged in their archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// The number of files that the message has there.
    pub files: u32,
    /// The keyed hash of the text that the message has there, with a line for each missing file.
    pub body: [u8; 16],
}

/// A plan file contains a hash of this text, so that it stays as it is for updates without `parts`.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Edit");
        text.field("activity_id", &self.activity_id)
            .field("activity_at", &self.activity_at)
            .field("time", &self.time)
            .field("text", &self.text)
            .field("files", &self.files)
            .field("people", &self.people)
            .field("side", &self.side)
            .field("link", &self.link)
            .field("again", &self.again);
        if let Some(parts) = &self.parts {
            text.field("parts", parts);
        }
        if self.integration_link {
            text.field("integration_link", &true);
        }
        if let Some(files) = &self.lacks_damaged {
            text.field("lacks_damaged", &files.files);
        }
        text.finish()
    }
}

impl Edit {
    /// An update of nothing.
    pub(super) fn none(activity_id: ActivityId, activity_at: i64) -> Self {
        Edit {
            activity_id,
            activity_at,
            time: false,
            text: false,
            files: false,
            people: false,
            parts: None,
            side: false,
            link: false,
            integration_link: false,
            again: false,
            lacks_damaged: None,
        }
    }

    /// Whether it only adds files of which some were damaged in their archive.
    pub(crate) fn is_of_damaged_files(&self) -> bool {
        let others = [self.time, self.people, self.side, self.link, self.again];
        self.files && self.lacks_damaged.is_some() && !others.contains(&true)
    }

    /// An update of the reply link only.
    pub(super) fn of_link(activity_id: ActivityId, activity_at: i64) -> Self {
        Edit {
            link: true,
            ..Edit::none(activity_id, activity_at)
        }
    }

    /// The reasons of the update: stable words for reports.
    pub fn reasons(&self) -> Vec<&'static str> {
        if self.again {
            return vec!["broken_off"];
        }
        let all = [
            (self.files && self.lacks_damaged.is_none(), "media_arrived"),
            (self.files && self.lacks_damaged.is_some(), "damaged_file"),
            (self.text && !self.files, "edited"),
            (self.time, "zone"),
            (self.people || self.side, "mapping"),
            (self.link || self.integration_link, "link"),
        ];
        all.into_iter()
            .filter_map(|(is, word)| is.then_some(word))
            .collect()
    }
}

/// Whether the recorded time is wrong. Differences within the tolerance of exports do not count. With equal
/// ids a larger one is that of a correction that was interrupted and reverted.
pub(super) fn differs_in_time(message: &DesiredMessage, facts: &RecordFacts) -> bool {
    let at = message.activity_at.timestamp_millis();
    is_apart(at, &message.evidence, facts)
}

/// The same for an instant (Unix milliseconds) with the evidence of its archive.
pub(super) fn is_apart(at: i64, evidence: &Evidence, facts: &RecordFacts) -> bool {
    // An exact instant is never replaced by one from a transcript.
    let is_rounded = evidence.precision != Precision::Exact;
    // The archive does not show which of the two times it means.
    let later = evidence.repeats.millis();
    let is_other_hour = later > 0 && (facts.at - at - later).abs() <= MAX_DIFFERENCE;
    (at - facts.at).abs() > MAX_DIFFERENCE
        && !(facts.exact == Some(true) && is_rounded)
        && !is_other_hour
}

/// The compared properties of the files: sizes and CRCs, in order. Names change between exports.
pub fn files_text(files: &[File]) -> String {
    let files = files.iter().map(|file| match file.crc {
        Some(crc) => format!("{}:{crc:08x}", file.size),
        None => format!("{}:", file.size),
    });
    files.collect::<Vec<_>>().join(",")
}

/// The compared properties of the people: contact, user and numbers.
pub fn people_text(to: &Destination) -> String {
    format!(
        "{}|{}|{}|{}",
        to.contact_id,
        to.user_id.as_ref().map_or("", UserId::as_str),
        to.local_phone.e164(),
        to.remote_phone.e164()
    )
}

/// Compares a message with its record.
pub(super) struct Comparison<'k> {
    fingerprint: &'k Fingerprint,
    to: &'k Destination,
    people: [u8; 16],
    empty: [u8; 16],
    /// The hash of a view-once message without a caption.
    view_once: [u8; 16],
    /// The ages of the archives of the run, and of those that are recorded as sources.
    ages: (&'k [SourceArchive], &'k [Age]),
    /// Edits of which the newer one could not be determined: archive and line.
    pub(super) conflicts: RefCell<Vec<(u32, u32)>>,
}

impl<'k> Comparison<'k> {
    /// The comparison for a chat that goes to `to`.
    pub(super) fn new(
        fingerprint: &'k Fingerprint,
        to: &'k Destination,
        ages: (&'k [SourceArchive], &'k [Age]),
    ) -> Self {
        Comparison {
            fingerprint,
            to,
            people: (fingerprint.0)("people", &people_text(to)),
            empty: (fingerprint.0)("body", ""),
            view_once: (fingerprint.0)("body", VIEW_ONCE),
            ages,
            conflicts: RefCell::default(),
        }
    }

    /// The update that `message` requires, if any.
    pub(super) fn edit(
        &self,
        message: &DesiredMessage,
        activity_id: &ActivityId,
        facts: &RecordFacts,
    ) -> Option<Edit> {
        // Deleted by its sender: an older archive does not restore it.
        if facts.deleted && message.kind != Kind::Deleted {
            return None;
        }
        if facts.changing {
            // Never fewer files than the archives have, never a placeholder in place of a file.
            let has_files = !message.files.is_empty();
            return Some(Edit {
                activity_id: activity_id.clone(),
                activity_at: message.activity_at.timestamp_millis(),
                time: true,
                text: has_files || message.kind == Kind::Text,
                files: has_files,
                people: true,
                parts: None,
                side: message.evidence.two_sided,
                link: message.reply_to.is_some() || message.answers.is_some(),
                integration_link: false,
                again: true,
                lacks_damaged: None,
            });
        }
        // An intact copy of a damaged file looks the same in a zip's directory: only reading it shows the difference.
        let is_new = || self.media_differs(message, facts) || facts.damaged;
        let files = message.files.len() > facts.files as usize && is_new();
        let at = message.activity_at.timestamp_millis();
        let time = differs_in_time(message, facts);
        let outgoing = message.direction == Direction::Outgoing;
        let side = message.evidence.two_sided && facts.outgoing == Some(!outgoing);
        // The name at the start of a member's text depends on the direction.
        let has_text = message.kind == Kind::Text || !message.files.is_empty();
        let name = side && has_text && (message.edited || facts.edited != Some(true));
        let edit = Edit {
            activity_id: activity_id.clone(),
            activity_at: if time { at } else { facts.at },
            time,
            text: files || name || self.text_differs(message, facts),
            files,
            people: facts
                .people
                .is_some_and(|people| people != self.people(message)),
            parts: None,
            side,
            link: false,
            integration_link: false,
            again: false,
            lacks_damaged: facts.damaged.then_some(Incomplete {
                files: facts.files,
                body: facts.body,
            }),
        };
        (edit.text || edit.files || edit.people || edit.side || edit.time).then_some(edit)
    }

    /// The hash of the message's contact, user and numbers.
    fn people(&self, message: &DesiredMessage) -> [u8; 16] {
        match &message.between {
            None => self.people,
            Some(between) => {
                let to = self.to.between(Some(between));
                (self.fingerprint.0)("people", &people_text(&to))
            }
        }
    }

    /// The hash of a listed activity's contact, user and numbers, if it is `message`. Values that Close
    /// does not show, and a user that is not set, count as equal.
    pub(super) fn listed_people(
        &self,
        message: &DesiredMessage,
        listed: &ListedPeople,
    ) -> [u8; 16] {
        let to = self.to.between(message.between.as_deref());
        (self.fingerprint.0)("people", &listed.text(&to))
    }

    /// False if the same files were sent before and some were found damaged.
    fn media_differs(&self, message: &DesiredMessage, facts: &RecordFacts) -> bool {
        facts.media != Some((self.fingerprint.0)("media", &files_text(&message.files)))
    }

    /// False if Close has the newer one of two edits, or that could not be determined.
    fn is_newer(&self, message: &DesiredMessage, facts: &RecordFacts) -> bool {
        let newer = self.age(message, facts);
        if newer == Newer::Conflict {
            let index = (message.archive, message.line);
            self.conflicts.borrow_mut().push(index);
        }
        newer == Newer::First
    }

    /// The newer one of two edits: the first is that of the archives of the run.
    fn age(&self, message: &DesiredMessage, facts: &RecordFacts) -> Newer {
        let own = self.ages.0.get(message.archive as usize);
        let recorded = facts.source.and_then(|at| self.ages.1.get(usize::from(at)));
        match (own, recorded) {
            (Some(own), Some(recorded)) if facts.edited == Some(true) => own.age.newer(*recorded),
            _ => Newer::First,
        }
    }

    fn text_differs(&self, message: &DesiredMessage, facts: &RecordFacts) -> bool {
        let text = message.body(message.markdown.reveal());
        if message.kind == Kind::Text {
            return message.edited
                && (self.fingerprint.0)("body", text) != facts.body
                && self.is_newer(message, facts);
        }
        // A caption that the source of the record did not have.
        if message.kind == Kind::ViewOnce {
            return facts.body == self.view_once && text != VIEW_ONCE;
        }
        // A caption that an older export omitted, or that was edited; never in place of a file that this
        // export does not have.
        message.kind == Kind::Media
            && message.files.len() == facts.files as usize
            && !message.files.is_empty()
            && !text.is_empty()
            && (message.edited || facts.body == self.empty)
            && (self.fingerprint.0)("body", text) != facts.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed_vec::PackedVec;

    /// In a large migration the messages of a plan are packed.
    #[test]
    fn update_is_the_same_after_it_was_packed() {
        let incomplete = Incomplete {
            files: 2,
            body: [7; 16],
        };
        let updates = [None, Some(incomplete)].map(|lacks_damaged| Edit {
            time: true,
            lacks_damaged,
            ..Edit::none("acti_1".into(), 1_700_000_000_000)
        });
        let mut list = PackedVec::from(updates.to_vec());
        list.allow_packing();
        list.close();
        assert!(list.take() == updates);
    }
}
