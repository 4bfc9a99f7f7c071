//! Turns archives into desired chats: groups the archives of a migration by chat.
//!
//! In scope: which archives are one chat, the order of chats, and what concerns all of them. Out of scope: one chat
//! (`merged_chat`), routing of one archive (`resolve`), and the pairing of messages of several archives (`merge`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::age::Age;
use super::answers;
use super::contradicted_number;
use super::decision_table::is_archive;
use super::desired::{Content, Desired, DesiredChat};
use super::group_chats;
use super::identity;
use super::inputs::TransformInputs;
use super::merged_chat::{chat_with_released, with_texts};
use super::private_aliases;
use super::resolved::Resolved;
use super::rules::Rules;
use super::same_contact;
use super::same_conversation;
use super::same_number;
use super::source::Source;
use crate::archive::Container;
use crate::chat::Chat;
use crate::intake::Reread;
use crate::memory;
use crate::name::name_key;
use crate::people::contacts::Role;
use crate::settings::Device;

/// Turns archives into the activities that should be in Close.
///
/// The result depends neither on the order of [`TransformInputs::sources`] nor on the number of threads.
pub fn transform(inputs: &TransformInputs<'_>) -> Desired {
    let TransformInputs {
        sources,
        policy,
        contacts,
        devices,
        tables,
        unread,
        trace,
    } = *inputs;
    let rules = Rules::new(policy, contacts, devices, sources).traced(trace);
    let mut resolved: Vec<Resolved<'_>> = sources
        .iter()
        .map(|source| rules.resolve(*source))
        .collect();
    private_aliases::hide(&mut resolved);
    // Groups are compared by their messages, which may have been released for a group with two senders.
    let texts: Vec<Option<Reread>> = (resolved.iter())
        .map(|r| r.is_group().then(|| r.source.reread()).flatten())
        .collect();
    let chats: Vec<Option<Chat<'_>>> = (resolved.iter().zip(&texts))
        .map(|(r, text)| r.source.parse_again(text.as_ref()?))
        .collect();
    let mut all = with_texts(resolved, &texts, &chats);
    group_chats::settle(&mut all, contacts);
    same_contact::join(&mut all);
    contradicted_number::hold(&mut all, contacts);
    same_conversation::settle(&mut all, contacts);
    let mut groups: BTreeMap<GroupKey, Vec<Resolved<'_>>> = BTreeMap::new();
    for resolved in all {
        groups
            .entry(group_key(&resolved))
            .or_default()
            .push(resolved);
    }
    let mut containers = Containers::default();
    let mut groups: Vec<(Vec<Resolved<'_>>, Vec<u32>)> = groups
        .into_values()
        .flat_map(|archives| same_number::apart(archives, &rules))
        .map(|mut archives| {
            // Oldest first: values of the newest archive take precedence.
            archives.sort_by_cached_key(|r| {
                let age = Age::of(r.source.last_time(), r.source.opened.exported, policy.today);
                (
                    age.order(),
                    r.source.last_time(),
                    r.source.opened.label.clone(),
                )
            });
            let numbers = archives
                .iter()
                .map(|r| containers.index_of(&r.source.opened.container))
                .collect();
            (archives, numbers)
        })
        .collect();
    // The order of outputs: by device and name, not by number.
    groups.sort_by_cached_key(|(archives, _)| {
        let first = archives[archives.len() - 1].source;
        (first.device.name.clone(), name_key(first.name()))
    });
    let read: usize = sources.iter().map(|source| source.count() as usize).sum();
    let packs = memory::packs_chats(read);
    let mut chats: Vec<DesiredChat> = groups
        .par_iter()
        .map(|(archives, numbers)| {
            let mut chat = chat_with_released(archives, numbers, &rules);
            if packs && memory::packs_chat(chat.messages.len()) {
                chat.messages.allow_packing();
                chat.messages.close();
            }
            chat
        })
        .collect();
    answers::across(&mut chats, sources);
    let unused_replies = tables.replies.apply(&mut chats);
    Desired {
        decisions: (tables.decisions)
            .resolve(&chats, |file, line| begins_at(file, line, sources, unread)),
        unused_replies,
        chats,
        containers: containers.all,
        rows: keys_of_rows(&rules, devices),
    }
}

/// Whether a message begins at this line of the archive that a row names, or the archive could not be read.
fn begins_at(file: &str, line: u32, sources: &[Source<'_>], unread: &[&str]) -> bool {
    let has_line = |chat: &Chat<'_>| chat.messages.iter().any(|message| message.line == line);
    let mut named = (sources.iter()).filter(|source| is_archive(file, &source.opened.place()));
    unread.iter().any(|label| is_archive(file, label))
        || named.any(|source| source.with_messages(has_line))
}

/// The keys of the one-to-one chats that contacts.csv names on each device.
fn keys_of_rows(rules: &Rules<'_>, devices: &[Device]) -> Vec<Content> {
    let contacts = rules.contacts;
    let mut keys = Vec::new();
    for device in devices {
        let rows = (contacts.rows().iter())
            .filter(|row| row.role == Role::Contact && !rules.is_of_group(row))
            .filter(|row| row.device.as_deref().is_none_or(|own| own == device.name));
        for row in rows {
            let me = contacts.me_for(&device.name, row.chat.text().unwrap_or_default());
            let local = me
                .and_then(|me| me.phone)
                .or_else(|| device.local_phone.clone());
            let own = device.former_phones.first().or(local.as_ref());
            if let (Some(own), Some(phone)) = (own, &row.phone) {
                let key = identity::chat_of_pair(own.e164(), phone.e164());
                keys.push(Content::new(key));
            }
        }
    }
    keys
}

/// The key by which archives are grouped into chats: the two numbers if known, else device and name.
type GroupKey = (Option<String>, String, String);

fn group_key(resolved: &Resolved<'_>) -> GroupKey {
    match &resolved.numbers {
        Some(numbers) => (Some(identity::chat(numbers)), String::new(), String::new()),
        None => (
            None,
            resolved.source.device.name.clone(),
            name_key(resolved.source.name()),
        ),
    }
}

/// The containers of a run, each once.
#[derive(Default)]
struct Containers {
    all: Vec<Arc<Container>>,
    /// Their indexes, by address.
    indexes: HashMap<*const Container, u32>,
}

impl Containers {
    /// The index of a container.
    fn index_of(&mut self, container: &Arc<Container>) -> u32 {
        *(self.indexes.entry(Arc::as_ptr(container))).or_insert_with(|| {
            self.all.push(Arc::clone(container));
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }
}
