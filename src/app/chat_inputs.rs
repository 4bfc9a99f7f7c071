//! The digest of a chat's inputs: archives, rows of tables, settings.
//!
//! Here belongs everything local that a plan depends on. A superfluous input only makes a comparison rarer;
//! a missing one would hold a chat for no reason. Media are not read: names, sizes and CRCs of the
//! directory stand for them. Never here: Close, the checkpoint, or a keyed hash.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::migration::Migration;
use super::tables;
use crate::digest::Digest;
use crate::ids::{ContactId, LeadId, UserId};
use crate::intake::Opened;
use crate::people::contacts::{Role, Row};
use crate::regular_file;
use crate::transform::Source;
use crate::transform::decision_table::{DecidedMessage, Target};
use crate::transform::desired::Desired;

/// Files that chatferry writes, which may be in one folder with transcripts: their names begin so.
const WRITTEN: [&str; 3] = ["failures.csv", "candidates.csv", "contacts.csv"];

/// The digest of every chat, by its index; `None` where nothing can be compared later. `sources` are all archives that
/// were read.
pub(super) fn digests(
    migration: &Migration,
    sources: &[Source<'_>],
    desired: &Desired,
) -> Vec<Option<[u8; 32]>> {
    // Without a configuration on disk nothing can be compared later.
    let none = || vec![None; desired.chats.len()];
    let Ok(configuration) = regular_file::read(&migration.file) else {
        return none();
    };
    let Ok(tables) = tables::digested_apart_from_decisions(&migration.settings.dir) else {
        return none();
    };
    let import = &migration.settings.import;
    let checkpoint = import.checkpoint.file().unwrap_or(&migration.file);
    let own = [checkpoint, &import.contacts, &migration.file];
    let own: Vec<String> = (own.iter())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .chain(WRITTEN.map(str::to_owned))
        .collect();
    let by_place = by_place(sources);
    let rows = Rows::of(migration.contacts.rows());
    let decisions = by_chat(&desired.decisions.rows);
    let desired_decisions = &desired.decisions.rows;
    let all_rows = {
        let mut digest = Digest::default();
        for contact in migration.contacts.rows() {
            row(&mut digest, contact);
        }
        digest.finish()
    };
    let mut listings = Listings::default();
    let mut digests = Vec::with_capacity(desired.chats.len());
    for (number, chat) in desired.chats.iter().enumerate() {
        let mut digest = Digest::default();
        digest.add(&configuration);
        digest.add(&tables);
        let erased = migration.contacts.erased();
        if !erased.is_empty() {
            digest.add(erased.digested());
        }
        let key = chat.key.as_ref().map_or("", |key| key.reveal());
        for text in [key, chat.zone.name(), &chat.device, &chat.name] {
            digest.add(text.as_bytes());
        }
        for colleague in &chat.keys_of_colleagues {
            digest.add(colleague.reveal().as_bytes());
        }
        let of_chat: Vec<&Source<'_>> = (chat.paths.iter())
            .filter_map(|path| by_place.get(path))
            .flatten()
            .map(|number| &sources[*number])
            .collect();
        if chat.is_group {
            // Rows of other chats give numbers to its members.
            digest.add(all_rows);
        }
        for source in &of_chat {
            digest.add(source.device.name.as_bytes());
            // Other archives of the device may have determined it.
            let format = &source.chat.format;
            digest.add(format!("{:?}|{:?}", format.date_order, format.form).as_bytes());
            archive(&mut digest, source.opened, &mut listings, &own);
            people(&mut digest, source);
        }
        let names: Vec<&str> = (of_chat.iter())
            .map(|source| source.opened.chat_name())
            .chain([chat.name.as_str()])
            .collect();
        for place in rows.about(&names, key) {
            row(&mut digest, &migration.contacts.rows()[place]);
        }
        let of_chat = decisions.get(&Some(number)).into_iter();
        let mut of_chat: Vec<usize> = of_chat
            .chain(decisions.get(&None))
            .flatten()
            .copied()
            .collect();
        of_chat.sort_unstable();
        for place in of_chat {
            let decided = &desired_decisions[place];
            digest.add(format!("{:?}|{:?}", decided.target, decided.decision).as_bytes());
        }
        digests.push(Some(digest.finish()));
    }
    digests
}

/// The archives by the path that a chat names.
fn by_place(sources: &[Source<'_>]) -> HashMap<String, Vec<usize>> {
    let mut by_place: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, source) in sources.iter().enumerate() {
        let place = source.opened.place();
        by_place.entry(place).or_default().push(number);
    }
    by_place
}

/// Decisions by their chat; those about an id may be about any chat.
fn by_chat(rows: &[DecidedMessage]) -> HashMap<Option<usize>, Vec<usize>> {
    let mut decisions: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (place, decided) in rows.iter().enumerate() {
        let chat = match &decided.target {
            Target::Place(chat, _) => Some(*chat),
            Target::Id(_) => None,
        };
        decisions.entry(chat).or_default().push(place);
    }
    decisions
}

/// The names and numbers of an archive's participants: `wa.db` next to a database changes them.
fn people(digest: &mut Digest, source: &Source<'_>) {
    for person in &source.chat.participants {
        digest.add(person.name.as_bytes());
        digest.add(person.number.as_deref().unwrap_or_default().as_bytes());
    }
}

fn archive(digest: &mut Digest, opened: &Opened, listings: &mut Listings, own: &[String]) {
    for text in [
        &opened.label,
        &opened.entry,
        &opened.name.chat,
        opened.chat_name(),
    ] {
        digest.add(text.as_bytes());
    }
    digest.add(format!("{:?}", opened.exported).as_bytes());
    digest.add(opened.digest());
    digest.add(opened.markdown_digest().unwrap_or_default());
    digest.add(listings.of(opened, own));
}

/// The digests of names, sizes and CRCs of files, by folder: a folder may hold the files of
/// thousands of transcripts.
#[derive(Default)]
struct Listings(HashMap<(usize, usize), [u8; 32]>);

impl Listings {
    fn of(&mut self, opened: &Opened, own: &[String]) -> [u8; 32] {
        let is_own = |name: &str| {
            !opened.container.is_zip() && own.iter().any(|own| name.starts_with(own.as_str()))
        };
        // Shared lists are one in memory, as long as the archives are.
        let list = (
            Arc::as_ptr(&opened.container).addr(),
            opened.files.as_ptr().addr(),
        );
        *self.0.entry(list).or_insert_with(|| {
            let mut digest = Digest::default();
            let numbers: Vec<u32> = match &opened.native {
                None => opened.files.to_vec(),
                Some(_) => (0u32..)
                    .zip(opened.container.entries())
                    .map(|(n, _)| n)
                    .collect(),
            };
            let entries = (numbers.into_iter()).filter_map(|number| opened.container.entry(number));
            for entry in entries.filter(|entry| !is_own(&entry.name)) {
                digest.add(format!("{}|{}|{:?}", entry.name, entry.size, entry.crc).as_bytes());
            }
            digest.finish()
        })
    }
}

/// The rows of contacts.csv by the chats that they apply to.
struct Rows<'r> {
    by_name: HashMap<&'r str, Vec<usize>>,
    by_key: HashMap<&'r str, Vec<usize>>,
    /// Rows that apply to every chat, and those of the owner.
    always: Vec<usize>,
}

impl<'r> Rows<'r> {
    fn of(rows: &'r [Row]) -> Self {
        let mut index = Rows {
            by_name: HashMap::new(),
            by_key: HashMap::new(),
            always: Vec::new(),
        };
        for (place, row) in rows.iter().enumerate() {
            match row.chat.text() {
                Some(name) if row.role != Role::Me => {
                    index.by_name.entry(name).or_default().push(place);
                    if let Some(key) = &row.chat_key {
                        index.by_key.entry(key).or_default().push(place);
                    }
                }
                _ => index.always.push(place),
            }
        }
        index
    }

    /// The rows for a chat with these names and this key, in the order of the file.
    fn about(&self, names: &[&str], key: &str) -> BTreeSet<usize> {
        let named = names.iter().filter_map(|name| self.by_name.get(name));
        let found = named.chain(self.by_key.get(key)).flatten();
        found.chain(&self.always).copied().collect()
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
