//! The facts about one archive that routing needs. Taking them from an archive belongs to `transform`.

use chrono::NaiveDateTime;

use super::owner::Owner;
use crate::chat::{Evidence, Participant};
use crate::name::borrowed_key;
use crate::phone::Phone;
use crate::settings::Device;

/// One archive of a chat, with everything that the decision about it depends on.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// The device whose archives it is among.
    pub device: &'s Device,
    /// The name of the chat in outputs and in contacts.csv.
    pub name: &'s str,
    /// The name in the archive: of the contact, or of the group. Several chats may have it.
    pub title: &'s str,
    /// Whether WhatsApp named the chat; a person may have named a zip or folder.
    pub has_certain_title: bool,
    /// Whether several chats of the device have this title.
    pub has_shared_title: bool,
    /// Everyone who sent a message.
    pub participants: &'s [Participant<'s>],
    /// Whether it is a group.
    pub is_group: bool,
    /// The owner's name; `None` unless the format determines it, as an export of WhatsApp Web and a
    /// native archive do.
    pub owner: Option<&'s str>,
    /// The name that notices of the transcript give the phone's owner ("You deleted this message",
    /// "You added …"); `None` without such notices. On Android a participant can type the former.
    pub named_by_notices: Option<&'s str>,
    /// The contact's number, E.164, as a native archive has it; `None` if it has none, and in text
    /// exports.
    pub number: Option<&'s str>,
    /// The evidence for the order of day and month.
    pub evidence: Evidence,
    /// The export of which it is a copy.
    pub export: ExportId,
}

/// What copies of one export share. Two phones can export a group with equal texts, at different times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExportId {
    /// BLAKE3 hash of the content.
    pub content: [u8; 32],
    /// The local time of the export on the phone; `None` if the archive does not contain it.
    pub exported: Option<NaiveDateTime>,
    /// The number of files next to the transcript.
    pub files: u32,
}

impl<'s> Subject<'s> {
    /// Whether the owner is among the senders.
    pub(super) fn has_owner(&self, owner: &Owner) -> bool {
        self.participants.iter().any(|p| owner.is(&p.name))
    }

    /// The senders who are not the owner.
    pub fn others(&self, owner: &Owner) -> impl Iterator<Item = &'s str> {
        let names = self.participants.iter().map(|p| p.name.as_ref());
        names.filter(|name| !owner.is(name))
    }

    /// Whether a name is the title.
    pub(super) fn is_title(&self, name: &str) -> bool {
        borrowed_key(name) == borrowed_key(self.title)
    }

    /// Whether a sender has the title as name.
    pub(super) fn has_title_as_sender(&self) -> bool {
        let title = borrowed_key(self.title);
        self.participants
            .iter()
            .any(|p| borrowed_key(&p.name) == title)
    }

    /// The number that identifies the contact independently of contacts.csv.
    pub(super) fn named_number(&self) -> Option<Phone> {
        (self.number.and_then(Phone::parse)).or_else(|| Phone::parse(self.title))
    }

    /// Whether the direction of every message of a one-to-one chat is known: the owner is among the senders, or
    /// one of them has the chat's name. If owner and contact have the same name, their messages cannot be
    /// distinguished.
    pub(super) fn has_known_directions(&self, owner: &Owner) -> bool {
        if owner.is(self.title) {
            return self.participants.is_empty();
        }
        match self.participants {
            [] => true,
            // A sender with neither the owner's name nor the chat's is rejected if WhatsApp named the chat: it
            // may be the owner under a former name.
            [one] => {
                owner.is(&one.name)
                    || self.is_title(&one.name)
                    || (!owner.is_unknown() && !self.has_certain_title)
            }
            _ => self.has_owner(owner) || self.has_title_as_sender(),
        }
    }

    /// Whether the participant `name` of a one-to-one chat is the owner.
    pub fn is_owner(&self, owner: &Owner, name: &str) -> bool {
        if !owner.is_unknown() && self.has_owner(owner) {
            return owner.is(name);
        }
        // The owner is not among the senders, or is not known: a participant without the chat's name is the
        // owner, provided that another participant has the chat's name.
        self.has_title_as_sender() && !self.is_title(name)
    }
}
