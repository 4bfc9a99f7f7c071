//! What a chat's plan is made of, as one digest: archives, rows of tables, settings.
//!
//! Belongs here: everything local that a plan depends on. What is too much only makes a comparison
//! rarer; what is missing would hold a chat for no reason. Media are not read: names, sizes and CRCs
//! of the directory stand for them. Never here: Close, the checkpoint, or a keyed hash.

use std::collections::HashMap;
use std::fs;

use super::lists;
use super::setup::Setup;
use crate::digest::Digest;
use crate::ids::{ContactId, LeadId, UserId};
use crate::intake::Opened;
use crate::transform::Source;
use crate::transform::contacts::{Role, Row};
use crate::transform::decision_table::Target;
use crate::transform::desired::Desired;

/// Files that chatferry writes, which may be in one folder with transcripts: their names begin so.
const WRITTEN: [&str; 3] = ["failures.csv", "candidates.csv", "contacts.csv"];

/// Sets the digest of every chat. `sources` are all archives that were read.
pub(super) fn set(setup: &Setup, sources: &[Source<'_>], desired: &mut Desired) {
    // Without a configuration on disk nothing can be compared later.
    let Ok(configuration) = fs::read(&setup.file) else {
        return;
    };
    let Ok(lists) = lists::digested_apart_from_decisions(&setup.settings.dir) else {
        return;
    };
    let own = [
        setup.settings.import.checkpoint.as_path(),
        &setup.settings.import.contacts,
        &setup.file,
    ];
    let own: Vec<String> = (own.iter())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .chain(WRITTEN.map(str::to_owned))
        .collect();
    let mut by_place: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, source) in sources.iter().enumerate() {
        let place = source.opened.place();
        by_place.entry(place).or_default().push(number);
    }
    for (number, chat) in desired.chats.iter_mut().enumerate() {
        let mut digest = Digest::default();
        digest.add(&configuration);
        digest.add(&lists);
        let key = chat.key.as_ref().map_or("", |key| key.reveal());
        for text in [key, chat.zone.name(), &chat.device, &chat.name] {
            digest.add(text.as_bytes());
        }
        for colleague in &chat.of_colleagues {
            digest.add(colleague.reveal().as_bytes());
        }
        let of_chat: Vec<&Source<'_>> = (chat.paths.iter())
            .filter_map(|path| by_place.get(path))
            .flatten()
            .map(|number| &sources[*number])
            .collect();
        for source in &of_chat {
            digest.add(source.device.name.as_bytes());
            archive(&mut digest, source.opened, &own);
        }
        let names: Vec<&str> = (of_chat.iter())
            .map(|source| source.opened.chat_name())
            .chain([chat.name.as_str()])
            .collect();
        for contact in setup.contacts.rows() {
            let is_of_chat = match contact.chat.text() {
                Some(name) => names.contains(&name) || contact.chat_key.as_deref() == Some(key),
                None => true,
            };
            if is_of_chat || contact.role == Role::Me {
                row(&mut digest, contact);
            }
        }
        for decided in &desired.decisions.rows {
            let is_of_chat = match &decided.target {
                Target::Place(chat, _) => *chat == number,
                Target::Id(_) => true,
            };
            if is_of_chat {
                digest.add(format!("{:?}|{:?}", decided.target, decided.decision).as_bytes());
            }
        }
        chat.inputs = Some(digest.finish());
    }
}

fn archive(digest: &mut Digest, opened: &Opened, own: &[String]) {
    let markdown = opened.markdown.as_ref().map_or("", |text| text.text());
    for text in [
        &opened.label,
        &opened.entry,
        &opened.name.chat,
        opened.chat_name(),
        markdown,
    ] {
        digest.add(text.as_bytes());
    }
    digest.add(format!("{:?}", opened.exported).as_bytes());
    digest.add(opened.digest());
    let is_own = |name: &str| {
        !opened.container.is_zip() && own.iter().any(|own| name.starts_with(own.as_str()))
    };
    let entries = opened.container.entries().iter();
    for entry in entries.filter(|entry| !is_own(&entry.name)) {
        digest.add(format!("{}|{}|{:?}", entry.name, entry.size, entry.crc).as_bytes());
    }
}

fn row(digest: &mut Digest, row: &Row) {
    let phone = row.phone.as_ref().map(|phone| phone.e164());
    for cell in [
        row.device.as_deref(),
        row.chat.text(),
        row.participant.text(),
        Some(row.role.word()),
        phone,
        row.lead_id.as_ref().map(LeadId::as_str),
        row.contact_id.as_ref().map(ContactId::as_str),
        row.user_id.as_ref().map(UserId::as_str),
        row.chat_key.as_deref(),
    ] {
        digest.add(cell.unwrap_or("\0").as_bytes());
    }
    digest.add(format!("{:?}", row.import).as_bytes());
}
