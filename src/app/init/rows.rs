//! The text of `contacts.csv`: a new one, and rows at the end of an existing one.

use std::collections::BTreeSet;

use super::found::{Found, FoundChat, OnePhone};
use crate::app::Result;
use crate::name::name_key;
use crate::people::contacts::{COLUMNS, Contacts, Role, Row, line, line_end};
use crate::phone::Phone;
use crate::settings::{Device, Problem, Settings};

/// A new `contacts.csv`: the owner, and a row for each chat.
pub(super) fn file(found: &Found) -> Result<String> {
    let mut header = vec!["device".to_owned()];
    header.extend(COLUMNS.map(str::to_owned));
    header.push("import".to_owned());
    let mut text = header.join(",");
    text.push('\n');
    for phone in &found.phones {
        text.push_str(&line(&header, b',', "\n", |column| me(phone, column))?);
    }
    for (phone, chat) in found.chats() {
        text.push_str(&line(&header, b',', "\n", |column| {
            contact(phone, chat, column)
        })?);
    }
    Ok(text)
}

/// The bytes of a `contacts.csv` with rows for the chats that it lacks, in its own format, and the names of
/// those chats. Errors are those of the existing file.
pub(super) fn append(
    bytes: &[u8],
    file: &str,
    found: &Found,
) -> Result<(Vec<u8>, Vec<String>), Vec<Problem>> {
    let contacts = Contacts::from_bytes(bytes, file)?;
    let problem = |text: String| {
        vec![Problem {
            file: file.to_owned(),
            line: None,
            text,
        }]
    };
    let delimiter = u8::try_from(contacts.delimiter()).unwrap_or(b',');
    let end = line_end(bytes);
    let mut new = bytes.to_vec();
    if !bytes.ends_with(b"\n") && !bytes.ends_with(end.as_bytes()) {
        new.extend_from_slice(end.as_bytes());
    }
    let mut added = Vec::new();
    let mut owners = 0;
    for phone in &found.phones {
        let is_new = phone.chats.iter().any(|chat| !chat.is_there);
        // The table has no row of a device that was added to the configuration since.
        let is_added = |device: &&str| {
            let of_it = |row: &Row| row.device.as_deref() == Some(*device);
            !contacts.rows().iter().any(of_it)
        };
        let Some(device) = phone.device.as_deref().filter(|_| is_new).filter(is_added) else {
            continue;
        };
        // `match` fills the owner's user into this row.
        if contacts.me_for(device, "").is_none() {
            let row = line(contacts.header(), delimiter, end, |column| {
                me(phone, column)
            })
            .map_err(|error| problem(error.to_string()))?;
            new.extend_from_slice(row.as_bytes());
            owners += 1;
        }
    }
    for (phone, chat) in found.chats() {
        if chat.is_there {
            continue;
        }
        let row = line(contacts.header(), delimiter, end, |column| {
            contact(phone, chat, column)
        })
        .map_err(|error| problem(error.to_string()))?;
        new.extend_from_slice(row.as_bytes());
        added.push(chat.name.clone());
    }
    // An unclosed quotation mark would hide what follows it.
    let after = Contacts::from_bytes(&new, file)?;
    let old = contacts.rows();
    if after.rows().len() != old.len() + owners + added.len() || after.rows()[..old.len()] != *old {
        return Err(problem(
            "cannot be extended; check for an unclosed quotation mark".to_owned(),
        ));
    }
    Ok((new, added))
}

/// Marks the chats that a row of any role names, for their device or for every one, and returns notes on
/// rows that do not name one of several phones.
///
/// A row without a device applies to every phone. One that was written when there was only one phone
/// applies to that one only: it does not cover a chat of this name on a later phone, where it may be
/// another person's.
pub(super) fn mark(
    contacts: &Contacts,
    settings: Option<&Settings>,
    found: &mut Found,
) -> Vec<String> {
    let devices: &[Device] = match settings {
        Some(settings) if settings.devices.len() > 1 => &settings.devices,
        _ => &[],
    };
    let written = Written::of(contacts, devices, found);
    let names_of = |device: &str, found: &Found| -> BTreeSet<String> {
        let place = devices.iter().position(|one| one.name == device);
        let configured = place.and_then(|place| found.configured.get(place));
        let seen = (found.phones.iter())
            .filter(|phone| phone.device.as_deref() == Some(device))
            .flat_map(|phone| phone.chats.iter().map(|chat| name_key(&chat.name)));
        configured
            .into_iter()
            .flatten()
            .cloned()
            .chain(seen)
            .collect()
    };
    let names: Vec<(&str, BTreeSet<String>)> = (devices.iter())
        .map(|device| (device.name.as_str(), names_of(&device.name, found)))
        .collect();
    let is_on = |device: &str, key: &str| {
        let mut of = names.iter().filter(|(name, _)| *name == device);
        of.any(|(_, names)| names.contains(key))
    };
    let has_column = contacts
        .header()
        .iter()
        .any(|name| name.trim().eq_ignore_ascii_case("device"));
    let (mut added, mut stuck) = (Vec::new(), Vec::new());
    for phone in &mut found.phones {
        let own = phone.device.as_deref();
        for chat in &mut phone.chats {
            let key = name_key(&chat.name);
            let of_chat = |row: &&Row| row.chat.is(&key);
            let mut rows = contacts.rows().iter().filter(of_chat);
            let is_its = |row: &Row| match (&row.device, own) {
                (Some(row), Some(own)) => row == own,
                _ => true,
            };
            if rows
                .clone()
                .any(|row| is_its(row) && (row.device.is_some() || own.is_none()))
            {
                chat.is_there = true;
                continue;
            }
            if !rows.any(is_its) {
                continue;
            }
            // What is left are rows without a device, and a phone with a name.
            let own = own.unwrap_or_default();
            let others = || devices.iter().filter(|device| device.name != own);
            let is_anothers = match &written {
                Written::ForAll => false,
                Written::For(home) => home != own && is_on(home, &key),
                Written::ForOne => others().any(|device| is_on(&device.name, &key)),
            };
            chat.is_there = !is_anothers || !has_column;
            if is_anothers {
                let list = if has_column { &mut added } else { &mut stuck };
                list.push(format!("{} ({own})", chat.name));
            }
        }
    }
    let mut notes = Vec::new();
    if !added.is_empty() {
        notes.push(format!(
            "A row without device applies to every phone, and one name may be two people on two phones. For chats that another phone has too, a row with its device was added; fill it in, or they are held: {}",
            added.join(", ")
        ));
    }
    if !stuck.is_empty() {
        notes.push(format!(
            "The table has no column device, so rows of one phone apply to chats of the same name on the other, which may be another person's. Add the column device, set it in the existing rows, and run this again: {}",
            stuck.join(", ")
        ));
    }
    notes
}

/// The phones that the rows without a device were written for.
enum Written {
    /// All of them, as far as known.
    ForAll,
    /// The one whose owner the row `me` without a device names.
    For(String),
    /// One that is not known.
    ForOne,
}

impl Written {
    fn of(contacts: &Contacts, devices: &[Device], found: &Found) -> Written {
        let mut me = (contacts.rows().iter())
            .filter(|row| row.role == Role::Me && row.device.is_none() && row.chat.is_any())
            .peekable();
        if devices.is_empty() || me.peek().is_none() {
            return Written::ForAll;
        }
        let names: Vec<&str> = me.flat_map(|row| row.participant.keys()).collect();
        let is_owner = |device: &&Device| {
            let seen = (found.phones.iter())
                .filter(|phone| phone.device.as_deref() == Some(device.name.as_str()))
                .filter_map(|phone| phone.owner.as_ref());
            let mut owners = device.owner.iter().chain(seen);
            owners.any(|owner| names.contains(&name_key(owner).as_str()))
        };
        let owned: Vec<&Device> = devices.iter().filter(is_owner).collect();
        match owned.as_slice() {
            [one] => Written::For(one.name.clone()),
            // The row names the owners of several: it was written for all of them.
            [_, ..] => Written::ForAll,
            [] => Written::ForOne,
        }
    }
}

fn me<'p>(phone: &'p OnePhone, column: &str) -> &'p str {
    match column {
        "device" => phone.device.as_deref().unwrap_or_default(),
        "chat" => "*",
        "participant" => phone.owner.as_deref().unwrap_or("*"),
        "role" => Role::Me.word(),
        _ => "",
    }
}

fn contact<'c>(phone: &'c OnePhone, chat: &'c FoundChat, column: &str) -> &'c str {
    match column {
        "device" => phone.device.as_deref().unwrap_or_default(),
        "chat" => &chat.name,
        "participant" => &chat.participant,
        "role" => Role::Contact.word(),
        "phone" => chat.phone.as_ref().map_or("", Phone::e164),
        _ => "",
    }
}
