//! Look-ups for one chat of one device. The more specific row wins.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use super::{Contacts, ImportChoice, Name, Role, Row};
use crate::ids::{ContactId, LeadId, UserId};
use crate::name::{name_key, nearest};
use crate::people::never::is_name_mentioned_in;
use crate::phone::Phone;

/// The contact of a chat according to all rows. A missing value holds the chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The number.
    pub phone: Option<Phone>,
    /// The lead. From the same row as `contact_id`: a contact belongs to one lead.
    pub lead_id: Option<LeadId>,
    /// The contact on that lead.
    pub contact_id: Option<ContactId>,
    /// The chat's own key.
    pub chat_key: Option<String>,
    /// Lines of two equally specific rows for different participants of the chat that give different
    /// values. The first was used; the chat must not be imported on that basis.
    pub conflict: Option<(u32, u32)>,
    /// The lines that were used, the most specific first.
    pub lines: Vec<u32>,
}

/// The owner of a chat according to the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnerMapping {
    /// The number; wins over `local_phone`.
    pub phone: Option<Phone>,
    /// The Close user; wins over the device's `user_id`.
    pub user_id: Option<UserId>,
}

/// A row that matches no chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The file's name.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// The device that it names.
    pub device: Option<String>,
    /// The chat that it names; `None` for `*`, and for `private` rows, whose names are not shown.
    pub chat: Option<String>,
    /// Whether the configuration has no device of that name.
    pub is_unknown_device: bool,
    /// Other devices that have a chat of this name, never a `private` one.
    pub elsewhere: Vec<String>,
    /// The most similar chat, never a `private` one; of an unknown device, the most similar device.
    pub nearest: Option<String>,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        match (&self.chat, &self.device) {
            (_, Some(device)) if self.is_unknown_device => {
                write!(f, "no such device \"{device}\"")?;
            }
            (chat, device) => {
                match chat {
                    Some(chat) => write!(f, "no chat \"{chat}\"")?,
                    None => f.write_str("matches no chat")?,
                }
                if let Some(device) = device {
                    write!(f, " on the device \"{device}\"")?;
                }
            }
        }
        if let [first, more @ ..] = self.elsewhere.as_slice() {
            let (noun, verb) = match more {
                [] => ("device", "has"),
                _ => ("devices", "have"),
            };
            write!(f, "; the {noun} \"{first}\"")?;
            for device in more {
                write!(f, ", \"{device}\"")?;
            }
            return write!(
                f,
                " {verb} one of this name: correct `device` in this row, or add rows with `chatferry init --update`"
            );
        }
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean \"{nearest}\"?"),
            None => Ok(()),
        }
    }
}

/// The maximum number of unmatched rows with a suggestion. Each costs a comparison with every chat.
const SUGGESTIONS: usize = 100;

impl Contacts {
    /// The line of the row that gives a one-to-one chat this number.
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
        let chat_key = name_key(chat);
        let mut keys: Vec<String> = participants.iter().map(|name| name_key(name)).collect();
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

    /// The number of one participant, from `contact` rows that name that participant: a group's row has the
    /// anchor's number.
    pub fn participant_phone(&self, device: &str, chat: &str, participant: &str) -> Option<&Phone> {
        let participant = name_key(participant);
        self.best(device, &name_key(chat), Role::Contact, |row| {
            (row.participant.is(&participant))
                .then_some(row.phone.as_ref())
                .flatten()
        })
    }

    /// The number that rows of other chats of the device give to a participant of this name; `None` if none
    /// does, or two disagree. On one phone a name is one person; on two it may be two.
    pub fn phone_by_name(&self, device: &str, participant: &str) -> Option<&Phone> {
        let participant = name_key(participant);
        let mut phones = (self.index.naming_participant(&participant).iter())
            .map(|place| &self.rows[*place])
            .filter(|row| row.role == Role::Contact)
            .filter(|row| row.device.as_deref().is_none_or(|own| own == device))
            .filter_map(|row| row.phone.as_ref());
        let first = phones.next()?;
        phones.all(|phone| phone == first).then_some(first)
    }

    /// The anchor of a group: the row with `*` for the participant that names the group. A row for every
    /// chat is not an anchor.
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
        let key = name_key(chat);
        self.fitting(device, &key, Role::Contact)
            .map(|(_, row)| row)
            .filter(|row| !row.chat.is_any() && row.participant.is_any())
    }

    /// The owner of a chat, from the `me` rows, each value from the most specific row that has it. `None`
    /// if no row matches.
    pub fn me_for(&self, device: &str, chat: &str) -> Option<OwnerMapping> {
        let chat = name_key(chat);
        self.fitting(device, &chat, Role::Me).next()?;
        Some(OwnerMapping {
            phone: self.best(device, &chat, Role::Me, |row| row.phone.clone()),
            user_id: self.best(device, &chat, Role::Me, |row| row.user_id.clone()),
        })
    }

    /// The names of the owner in a chat according to `me` rows.
    pub fn me_names(&self, device: &str, chat: &str) -> Vec<&str> {
        self.fitting(device, &name_key(chat), Role::Me)
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
        let (chat, participant) = (name_key(chat), name_key(participant));
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
        let chat = name_key(chat);
        let participant = name_key(participant);
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

    /// The import choice for a chat, from the most specific row of any role that has one. A chat that
    /// never.txt names, by its name or by the number that a row gives to it, is private; so is one whose number a row
    /// makes private under another name.
    pub fn choice(&self, device: &str, chat: &str) -> Option<ImportChoice> {
        if self.is_never(device, chat) || self.has_private_number(device, chat) {
            return Some(ImportChoice::Private);
        }
        self.own_choice(device, chat)
    }

    /// The import choice for a group: as [`Contacts::choice`], but the number of its anchor is not its own.
    pub(crate) fn choice_of_group(&self, device: &str, chat: &str) -> Option<ImportChoice> {
        if self.never.name(device, chat) {
            return Some(ImportChoice::Private);
        }
        self.own_choice(device, chat)
    }

    /// The import choice by the rows of the chat's own name.
    pub(super) fn own_choice(&self, device: &str, chat: &str) -> Option<ImportChoice> {
        self.of_chat(device, chat, |row| row.import)
    }

    /// Whether never.txt names the chat itself.
    fn is_never(&self, device: &str, chat: &str) -> bool {
        if self.has_no_private_people() {
            return false;
        }
        self.never.name(device, chat)
            || Phone::parse(chat).is_some_and(|number| self.erased.has(&number))
            || self
                .numbers_of_chat(device, chat)
                .any(|number| self.is_never_number(Some(number)))
    }

    /// The numbers that rows give to a whole chat, or to the person whose name it has.
    fn numbers_of_chat<'c>(
        &'c self,
        device: &'c str,
        chat: &str,
    ) -> impl Iterator<Item = &'c Phone> {
        let key = name_key(chat);
        let rows: Vec<&Row> = (self.fitting(device, &key, Role::Contact))
            .map(|(_, row)| row)
            .filter(|row| {
                let is_its = row.participant.is_any() || row.participant.is(&key);
                !row.chat.is_any() && is_its
            })
            .collect();
        rows.into_iter().filter_map(|row| row.phone.as_ref())
    }

    /// Whether never.txt names no person and no person is erased.
    fn has_no_private_people(&self) -> bool {
        self.never.is_empty() && self.erased.is_empty()
    }

    /// Whether the person of this number was erased.
    pub(crate) fn is_erased_number(&self, number: Option<&Phone>) -> bool {
        number.is_some_and(|number| self.erased.has(number))
    }

    /// Whether a one-to-one chat is, by its name or by rows, one with an erased person.
    pub(crate) fn is_erased_chat(&self, device: &str, chat: &str) -> bool {
        !self.erased.is_empty()
            && (self.is_erased_number(Phone::parse(chat).as_ref())
                || self
                    .numbers_of_chat(device, chat)
                    .any(|number| self.erased.has(number)))
    }

    /// Whether a participant is erased, by the number in place of a name or by the number that a row gives.
    pub(crate) fn is_erased_participant(&self, device: &str, chat: &str, name: &str) -> bool {
        !self.erased.is_empty()
            && (self.is_erased_number(Phone::parse(name).as_ref())
                || self.is_erased_number(self.participant_phone(device, chat, name))
                || self.is_erased_number(self.phone_by_name(device, name)))
    }

    /// Whether never.txt contains this name for this device.
    pub(crate) fn is_listed(&self, device: &str, name: &str) -> bool {
        self.never.name(device, name)
    }

    /// Whether never.txt contains this number, or its person was erased.
    pub(crate) fn is_never_number(&self, number: Option<&Phone>) -> bool {
        number.is_some_and(|number| self.never.contains_number(number) || self.erased.has(number))
    }

    /// Whether a notice contains the name or number of a person on never.txt, also under another name with
    /// the same number in a row.
    pub(crate) fn mentions_never(&self, device: &str, text: &str) -> bool {
        !self.has_no_private_people()
            && (self.never.is_mentioned_in(device, text)
                || (self.rows.iter())
                    .filter(|row| row.device.as_deref().is_none_or(|own| own == device))
                    .filter(|row| !row.participant.is_any())
                    .filter(|row| self.is_never_number(row.phone.as_ref()))
                    .flat_map(|row| [&row.chat, &row.participant])
                    .flat_map(Name::keys)
                    .any(|name| is_name_mentioned_in(name, text)))
    }

    /// Whether never.txt names a participant, by name or by the number that a row gives.
    pub(crate) fn is_never_participant(&self, device: &str, chat: &str, name: &str) -> bool {
        !self.has_no_private_people()
            && (self.never.name(device, name)
                || self.is_erased_number(Phone::parse(name).as_ref())
                || self.is_never_number(self.participant_phone(device, chat, name))
                || self.is_never_number(self.phone_by_name(device, name)))
    }

    /// The `chat_key` of a chat, from the most specific row that has one.
    pub fn chat_key(&self, device: &str, chat: &str) -> Option<&str> {
        self.of_chat(device, chat, |row| row.chat_key.as_deref())
    }

    /// The rows that match none of the known chats, given as device and chat name, each with the most
    /// similar chat's name. A row for every chat of every device always matches. `configured`: the names of
    /// all devices, with archives or without. `is_hidden`: whether a known chat is private for a reason other
    /// than its own rows, such as its participants.
    pub fn unmatched(
        &self,
        known: &[(&str, &str)],
        configured: &[&str],
        is_hidden: impl Fn(&str, &str) -> bool,
    ) -> Vec<Unmatched> {
        let devices: HashSet<&str> = known.iter().map(|(device, _)| *device).collect();
        let keys: Vec<(&str, String)> = known
            .iter()
            .map(|&(device, chat)| (device, name_key(chat)))
            .collect();
        let mut of_chat: HashMap<&str, Vec<&str>> = HashMap::new();
        for (device, chat) in &keys {
            of_chat.entry(chat).or_default().push(device);
        }
        let matches = |row: &Row| {
            let is_its = |device: &str| row.device.as_deref().is_none_or(|own| own == device);
            match (&row.chat, &row.device) {
                (Name::Any, None) => true,
                (Name::Any, Some(device)) => devices.contains(device.as_str()),
                (name, _) => name.keys().any(|key| {
                    let devices = of_chat.get(key).into_iter().flatten();
                    devices.into_iter().any(|device| is_its(device))
                }),
            }
        };
        let is_private = |row: &Row| {
            row.import == Some(ImportChoice::Private) || self.is_never_number(row.phone.as_ref())
        };
        let open: Vec<(&str, &str)> = known
            .iter()
            .copied()
            .filter(|(device, chat)| {
                self.choice(device, chat) != Some(ImportChoice::Private) && !is_hidden(device, chat)
            })
            .collect();
        let mut open_devices: HashMap<String, BTreeSet<&str>> = HashMap::new();
        for (device, chat) in &open {
            let devices = open_devices.entry(name_key(chat)).or_default();
            devices.insert(device);
        }
        let mut unmatched = Vec::new();
        for row in &self.rows {
            if matches(row) {
                continue;
            }
            let name = match &row.chat {
                Name::Is { text, key, .. } if !is_private(row) && !self.makes_private(key) => {
                    Some((text, key))
                }
                _ => None,
            };
            let open = open
                .iter()
                .filter(|(device, _)| row.device.as_deref().is_none_or(|own| own == *device))
                .map(|&(_, chat)| chat);
            let unknown = (row.device.as_deref()).filter(|device| !configured.contains(device));
            let devices = name
                .filter(|_| row.device.is_some() && unknown.is_none())
                .and_then(|(_, key)| open_devices.get(key));
            let elsewhere = devices.into_iter().flatten();
            let elsewhere = elsewhere.map(|device| (*device).to_owned()).collect();
            let nearest = match (unknown, name) {
                _ if unmatched.len() >= SUGGESTIONS => None,
                (Some(device), _) => nearest(device, configured.iter().copied()),
                (None, Some((_, key))) => nearest(key, open),
                (None, None) => None,
            };
            unmatched.push(Unmatched {
                file: self.file.clone(),
                line: row.line,
                device: row.device.clone(),
                chat: name.map(|(text, _)| text.clone()),
                is_unknown_device: unknown.is_some(),
                elsewhere,
                nearest: nearest.map(str::to_owned),
            });
        }
        unmatched
    }

    /// Whether a row makes a chat of this name private, on any device. For names whose device is not known.
    pub fn is_private_anywhere(&self, chat: &str) -> bool {
        self.never.name_anywhere(chat) || self.makes_private(&name_key(chat))
    }

    /// Whether a row or never.txt makes a chat of this name private.
    fn makes_private(&self, key: &str) -> bool {
        self.never.name_anywhere(key)
            || self.index.naming_chat(key).iter().any(|place| {
                let row = &self.rows[*place];
                let device = row.device.as_deref().unwrap_or_default();
                row.import == Some(ImportChoice::Private)
                    || (!row.participant.is_any() && self.is_never_number(row.phone.as_ref()))
                    || (row.chat.text()).is_some_and(|chat| self.has_private_number(device, chat))
            })
    }

    /// Rows of one role that match a chat, with their specificity.
    pub(super) fn fitting<'c>(
        &'c self,
        device: &str,
        chat: &str,
        role: Role,
    ) -> impl Iterator<Item = (u8, &'c Row)> + use<'c> {
        (self.index.of_chat(chat).into_iter())
            .map(|place| &self.rows[place])
            .filter(|row| row.role == role)
            .filter_map(|row| rank(row, device, chat).map(|rank| (rank, row)))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The value of the most specific row of one role that has one, the first of equals.
    fn best<'c, T>(
        &'c self,
        device: &str,
        chat: &str,
        role: Role,
        value: impl Fn(&'c Row) -> Option<T>,
    ) -> Option<T> {
        self.fitting(device, chat, role)
            .filter_map(|(rank, row)| value(row).map(|value| (rank, row.line, value)))
            .max_by_key(|&(rank, line, _)| (rank, Reverse(line)))
            .map(|(_, _, value)| value)
    }

    /// As [`Contacts::best`], over rows of every role: for values of the chat.
    fn of_chat<'c, T>(
        &'c self,
        device: &str,
        chat: &str,
        value: impl Fn(&'c Row) -> Option<T>,
    ) -> Option<T> {
        let chat = name_key(chat);
        (self.index.of_chat(&chat).into_iter())
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
