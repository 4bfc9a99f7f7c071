//! The person erased by `forget`: which chats are theirs, and which activities of groups they wrote.
//!
//! In a group the author of a message is not recorded, so Close decides: an incoming activity with the person's number is
//! theirs. Where the group is imported on this person as its anchor, every activity without a number of its own has that
//! number, and only those that archives attribute to the person are theirs. What archives attribute to another sender is
//! never theirs. Never here: requests.

use std::collections::HashSet;

use crate::checkpoint::{Hash, HashKey, fingerprint};
use crate::close::{Direction, Listed};
use crate::ids::ExternalId;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::settings::Settings;
use crate::transform::identity::chat_of_pair;

/// A person to erase.
pub(crate) struct Person {
    number: Phone,
    /// The external ids of their messages in groups, as archives give them.
    ids: HashSet<ExternalId>,
    /// The external ids of the messages of others in groups.
    ids_of_others: HashSet<ExternalId>,
}

impl Person {
    /// The person with this number. `ids`: their messages in groups and those of others, as far as archives show them.
    pub(crate) fn new(
        number: Phone,
        (ids, ids_of_others): (HashSet<ExternalId>, HashSet<ExternalId>),
    ) -> Person {
        Person {
            number,
            ids,
            ids_of_others,
        }
    }

    /// The number.
    pub(super) fn number(&self) -> &Phone {
        &self.number
    }

    /// Both forms of the number that WhatsApp may have.
    pub(super) fn numbers(&self) -> Vec<Phone> {
        let twin = self.number.twin();
        std::iter::once(self.number.clone()).chain(twin).collect()
    }

    /// The recorded handles of the one-to-one chats with every number of ours.
    pub(super) fn chats(
        &self,
        settings: &Settings,
        contacts: &Contacts,
        key: &HashKey,
    ) -> HashSet<Hash> {
        let of_devices = settings.devices.iter().flat_map(|device| {
            let former = device.former_phones.iter();
            former.chain(&device.local_phone)
        });
        let of_rows = contacts.rows().iter().filter_map(|row| row.phone.as_ref());
        // A row may give the owner another number in one chat, so the numbers of all rows count.
        let own: HashSet<&Phone> = of_devices.chain(of_rows).collect();
        let numbers = self.numbers();
        let pairs = (own.iter())
            .flat_map(|own| (numbers.iter()).map(|number| chat_of_pair(own.e164(), number.e164())));
        pairs.map(|pair| fingerprint::handle(key, &pair)).collect()
    }

    /// Whether archives attribute this message of a group to the person.
    pub(super) fn has(&self, id: &ExternalId) -> bool {
        self.ids.contains(id)
    }

    /// Whether archives attribute this message of a group to another sender.
    pub(super) fn is_of_other(&self, id: &ExternalId) -> bool {
        self.ids_of_others.contains(id) && !self.ids.contains(id)
    }

    /// Whether an activity has the person's number.
    pub(super) fn is_in(&self, activity: &Listed) -> bool {
        let remote = activity.remote_phone.as_deref().unwrap_or_default();
        self.numbers()
            .iter()
            .any(|number| number.is_written_as(remote))
    }

    /// Whether an activity of a group is the person's; `is_anchor`: the group is imported on this person.
    pub(super) fn wrote(&self, activity: &Listed, is_anchor: bool) -> bool {
        !is_anchor && activity.direction == Some(Direction::Incoming) && self.is_in(activity)
    }
}
