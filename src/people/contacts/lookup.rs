//! Look-ups for one chat of one device. The more specific row wins.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::{Contacts, Name, Role, Row};
use crate::ids::{ContactId, LeadId, UserId};
use crate::name::{borrowed_key, name_key};
use crate::phone::Phone;

/// The contact of a chat according to all rows. `None` means that no row has the value, which holds
/// the chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The contact's number.
    pub phone: Option<Phone>,
    /// The lead, from the same row as `contact_id`: a contact belongs to one lead.
    pub lead_id: Option<LeadId>,
    /// The contact on that lead.
    pub contact_id: Option<ContactId>,
    /// The user's own key of the chat; a chat without one is not held.
    pub chat_key: Option<String>,
    /// The lines of two equally specific rows for different participants of the chat that give
    /// different values; `None` if no two do. The first was used; the chat must not be imported on
    /// that basis.
    pub conflict: Option<(u32, u32)>,
    /// The lines that were used, the most specific first.
    pub lines: Vec<u32>,
}

/// The owner of a chat according to the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnerMapping {
    /// The owner's number, which takes precedence over `local_phone`; `None` if no row has it.
    pub phone: Option<Phone>,
    /// The owner's Close user, which takes precedence over the device's `user_id`; `None` if no row
    /// has one.
    pub user_id: Option<UserId>,
}

impl Contacts {
    /// The line of the row that gives a one-to-one chat this number; `None` if none does.
    pub fn line_of_number(&self, device: &str, chat: &str, number: &Phone) -> Option<u32> {
        let mapping = self.contact_for(device, chat, &[])?;
        let gives = |line: &u32| {
            let mut rows = self.rows.iter().filter(|row| row.line == *line);
            rows.any(|row| row.phone.as_ref().is_some_and(|own| own.is_same_as(number)))
        };
        mapping.lines.into_iter().find(gives)
    }

    /// The contact of a chat, merged from the `contact` rows that match.
    ///
    /// `participants` are the names of the contact as the export shows them; the chat's own name counts as
    /// one. A row matches if its device, chat and participant do; `*` matches all. For a group's anchor
    /// contact pass no names: then only rows with `*` (or the group's own name) as participant match.
    ///
    /// For each value the most specific row that has it wins: device and chat, then chat, then device, then
    /// neither; of these, a row that names the participant before one with `*`. Lead and contact come from
    /// the same row. `None` if no row matches.
    ///
    /// A row that names device and chat and has neither number nor lead nor contact is open, as `init`
    /// writes it for a device that was added later: rows of other devices for a chat of this name do not
    /// fill it, since one name may be two people on two phones.
    pub fn contact_for(&self, device: &str, chat: &str, participants: &[&str]) -> Option<Mapping> {
        let chat_key = borrowed_key(chat);
        let keys = participants.iter().map(|name| borrowed_key(name));
        let mut keys: Vec<Cow<'_, str>> = keys.collect();
        keys.push(chat_key.clone());
        let mut rows: Vec<(u8, &Row)> = self
            .fitting(device, &chat_key, Role::Contact)
            .filter_map(|(rank, row)| match row.participant.is_any() {
                true => Some((rank * 2, row)),
                false => keys
                    .iter()
                    .any(|name| row.participant.is(name))
                    .then_some((rank * 2 + 1, row)),
            })
            .collect();
        let mut of_device = (rows.iter())
            .filter(|(_, row)| row.device.is_some() && !row.chat.is_any())
            .peekable();
        if of_device.peek().is_some() && of_device.all(|(_, row)| row.is_open()) {
            rows.retain(|(_, row)| row.device.is_some() || row.chat.is_any());
        }
        rows.sort_by_key(|&(rank, _)| Reverse(rank));
        if rows.is_empty() {
            return None;
        }
        let mut conflict = None;
        let ids = |row: &Row| {
            let ids = (row.lead_id.clone(), row.contact_id.clone());
            (ids.0.is_some() || ids.1.is_some()).then_some(ids)
        };
        let (lead_id, contact_id) = first_value(&rows, ids, &mut conflict).unwrap_or_default();
        let phone = first_value(&rows, |row| row.phone.clone(), &mut conflict);
        Some(Mapping {
            phone,
            lead_id,
            contact_id,
            chat_key: self.chat_key(device, chat).map(str::to_owned),
            conflict,
            lines: rows.iter().map(|(_, row)| row.line).collect(),
        })
    }

    /// The number of one participant, from `contact` rows that name that participant, else from `ignore` rows, so that
    /// messages that were imported before the role was changed are known as the participant's; `None` if none has one. A
    /// group's row has the anchor's number, which does not count.
    pub fn participant_phone(&self, device: &str, chat: &str, participant: &str) -> Option<&Phone> {
        let (chat, participant) = (borrowed_key(chat), borrowed_key(participant));
        let of_role = |role| {
            self.best(device, &chat, role, |row| {
                (row.participant.is(&participant))
                    .then_some(row.phone.as_ref())
                    .flatten()
            })
        };
        of_role(Role::Contact).or_else(|| of_role(Role::Ignore))
    }

    /// The number that rows of other chats of the device give to a participant of this name; `None` if none
    /// does, or two disagree. On one phone a name is one person; on two it may be two.
    pub fn phone_by_name(&self, device: &str, participant: &str) -> Option<&Phone> {
        let participant = borrowed_key(participant);
        let mut phones = (self.index.naming_participant(&participant).iter())
            .map(|place| &self.rows[*place])
            .filter(|row| row.role == Role::Contact)
            .filter(|row| row.device.as_deref().is_none_or(|own| own == device))
            .filter_map(|row| row.phone.as_ref());
        let first = phones.next()?;
        phones.all(|phone| phone == first).then_some(first)
    }

    /// The anchor of a group, from the row with `*` for the participant that names the group;
    /// `None` without one. A row for every chat is not an anchor.
    pub fn anchor_for(&self, device: &str, chat: &str) -> Option<Mapping> {
        let mut rows = self.anchor_rows(device, chat).peekable();
        rows.peek()?;
        // From one row, and only from one of this chat: a missing value holds the group.
        let filled = |row: &&Row| row.lead_id.is_some() && row.contact_id.is_some();
        let row = rows.find(filled)?;
        Some(Mapping {
            phone: row.phone.clone(),
            lead_id: row.lead_id.clone(),
            contact_id: row.contact_id.clone(),
            chat_key: self.chat_key(device, chat).map(str::to_owned),
            conflict: None,
            lines: vec![row.line],
        })
    }

    /// The rows that set the anchor of this chat.
    pub(crate) fn anchor_rows<'c>(
        &'c self,
        device: &str,
        chat: &str,
    ) -> impl Iterator<Item = &'c Row> {
        let key = borrowed_key(chat);
        let rows: Vec<&Row> = (self.fitting(device, &key, Role::Contact))
            .map(|(_, row)| row)
            .filter(|row| !row.chat.is_any() && row.participant.is_any())
            .collect();
        rows.into_iter()
    }

    /// The owner of a chat, from the `me` rows, each value from the most specific row that has it. `None`
    /// if no row matches.
    pub fn me_for(&self, device: &str, chat: &str) -> Option<OwnerMapping> {
        let chat = borrowed_key(chat);
        let rows: Vec<(u8, &Row)> = self.fitting(device, &chat, Role::Me).collect();
        rows.first()?;
        Some(OwnerMapping {
            phone: best(&rows, |row| row.phone.clone()),
            user_id: best(&rows, |row| row.user_id.clone()),
        })
    }

    /// The line of the `me` row for every chat that gives the owner of a device this name; `None`
    /// if none does.
    pub fn line_of_me(&self, device: &str, name: &str) -> Option<u32> {
        let key = name_key(name);
        let mut rows = self.fitting(device, "", Role::Me);
        rows.find(|(_, row)| !row.participant.is_any() && row.participant.is(&key))
            .map(|(_, row)| row.line)
    }

    /// The names of the owner in a chat according to `me` rows.
    pub fn me_names(&self, device: &str, chat: &str) -> Vec<&str> {
        self.fitting(device, &borrowed_key(chat), Role::Me)
            .flat_map(|(_, row)| match &row.participant {
                Name::Any => [None, None],
                Name::Is {
                    text, marked_key, ..
                } => [Some(text.as_str()), marked_key.as_deref()],
            })
            .flatten()
            .collect()
    }

    /// Whether a group's participant is left out: as [`Contacts::ignored`], but the anchor's row, with `*`
    /// for the participant, does not apply to the others.
    pub fn ignored_in_group(&self, device: &str, chat: &str, participant: &str) -> bool {
        let (chat, participant) = (borrowed_key(chat), borrowed_key(participant));
        let strongest = |role: Role| {
            self.fitting(device, &chat, role)
                .filter(|(_, row)| row.participant.is(&participant))
                .map(|(rank, _)| rank)
                .max()
        };
        let other = strongest(Role::Me).max(strongest(Role::Contact));
        strongest(Role::Ignore).is_some_and(|ignore| other.is_none_or(|other| ignore >= other))
    }

    /// Whether a participant's messages are left out. A more specific row with another role overrides that.
    pub fn ignored(&self, device: &str, chat: &str, participant: &str) -> bool {
        let chat = borrowed_key(chat);
        let participant = borrowed_key(participant);
        let strongest = |role: Role| {
            self.fitting(device, &chat, role)
                .filter_map(|(rank, row)| match row.participant.is_any() {
                    true => Some(rank * 2),
                    false => (row.participant.is(&participant)).then_some(rank * 2 + 1),
                })
                .max()
        };
        let other = strongest(Role::Me).max(strongest(Role::Contact));
        strongest(Role::Ignore).is_some_and(|ignore| other.is_none_or(|other| ignore >= other))
    }

    /// The rows that name a chat, for its device or for every device.
    pub(crate) fn naming_chat<'c>(
        &'c self,
        device: &str,
        chat: &str,
    ) -> impl Iterator<Item = &'c Row> {
        let rows = self.index.naming_chat(&borrowed_key(chat)).iter();
        rows.map(|place| &self.rows[*place])
            .filter(move |row| row.device.as_deref().is_none_or(|own| own == device))
    }

    /// The `chat_key` of a chat, from the most specific row that has one; `None` if none has.
    pub fn chat_key(&self, device: &str, chat: &str) -> Option<&str> {
        self.of_chat(device, chat, |row| row.chat_key.as_deref())
    }

    /// Rows of one role that match a chat, with their specificity.
    pub(super) fn fitting<'c>(
        &'c self,
        device: &str,
        chat: &str,
        role: Role,
    ) -> impl Iterator<Item = (u8, &'c Row)> {
        self.index
            .of_chat(chat)
            .map(|place| &self.rows[place])
            .filter(move |row| row.role == role)
            .filter_map(move |row| rank(row, device, chat).map(|rank| (rank, row)))
    }

    /// The value of the most specific row of one role that has one, the first of equals.
    fn best<'c, T>(
        &'c self,
        device: &str,
        chat: &str,
        role: Role,
        value: impl Fn(&'c Row) -> Option<T>,
    ) -> Option<T> {
        let rows: Vec<(u8, &Row)> = self.fitting(device, chat, role).collect();
        best(&rows, value)
    }

    /// As [`Contacts::best`], over rows of every role: for values of the chat.
    pub(super) fn of_chat<'c, T>(
        &'c self,
        device: &str,
        chat: &str,
        value: impl Fn(&'c Row) -> Option<T>,
    ) -> Option<T> {
        let chat = borrowed_key(chat);
        self.index
            .of_chat(&chat)
            .map(|place| &self.rows[place])
            .filter_map(|row| Some((rank(row, device, &chat)?, row.line, value(row)?)))
            .max_by_key(|&(rank, line, _)| (rank, Reverse(line)))
            .map(|(_, _, value)| value)
    }
}

/// The specificity of a row for a chat: 3 device and chat, 2 chat, 1 device, 0 neither. `None` if it names
/// another chat or device.
fn rank(row: &Row, device: &str, chat: &str) -> Option<u8> {
    let device = match row.device.as_deref() {
        None => 0,
        Some(own) => (own == device).then_some(1)?,
    };
    let chat = match row.chat.is_any() {
        true => 0,
        false => row.chat.is(chat).then_some(2)?,
    };
    Some(device + chat)
}

/// The value of the most specific of these rows that has one, the first of equals.
fn best<'c, T>(rows: &[(u8, &'c Row)], value: impl Fn(&'c Row) -> Option<T>) -> Option<T> {
    (rows.iter())
        .filter_map(|&(rank, row)| value(row).map(|value| (rank, row.line, value)))
        .max_by_key(|&(rank, line, _)| (rank, Reverse(line)))
        .map(|(_, _, value)| value)
}

/// The first value of rows that are sorted by specificity; sets `conflict` on a different value of equal
/// specificity.
fn first_value<T: PartialEq>(
    rows: &[(u8, &Row)],
    value: impl Fn(&Row) -> Option<T>,
    conflict: &mut Option<(u32, u32)>,
) -> Option<T> {
    let mut given = rows
        .iter()
        .filter_map(|&(rank, row)| Some((rank, row.line, value(row)?)));
    let (rank, line, first) = given.next()?;
    let other = given.find(|(other_rank, _, other)| *other_rank == rank && *other != first);
    if let Some((_, other_line, _)) = other {
        conflict.get_or_insert((line, other_line));
    }
    Some(first)
}
