//! Reply targets outside the reply's chat: a private reply to a group's message, or a message that no
//! archive contains.
//!
//! A quotation of a message of another chat would import its content, so it is kept only if no archive has
//! the message: a message in an archive is linked, or was left out by a rule.

use std::collections::{HashMap, HashSet};

use super::desired::{Answers, Decision, DesiredChat, DesiredMessage, Note};
use super::source::Source;
use crate::ids::{ExternalId, LeadId};

/// Searches the other chats for reply targets by id. Desired targets are linked; messages that are not
/// desired are not quoted either.
pub(super) fn across(chats: &mut [DesiredChat], sources: &[Source<'_>]) {
    let mut wanted: HashSet<ExternalId> = HashSet::new();
    let mut want = |message: &DesiredMessage| {
        if let Some(Answers::Named { id, .. }) = message.answers.as_deref() {
            wanted.insert(id.clone());
        }
    };
    for chat in chats.iter().filter(|chat| chat.answers_by_id) {
        (chat.messages).with(|messages| messages.iter().for_each(&mut want));
    }
    if wanted.is_empty() {
        return;
    }
    let here = in_archives(&wanted, sources);
    let indexes = indexes(&wanted, chats);
    for number in 0..chats.len() {
        let lead = lead_of(&chats[number]).cloned();
        if !chats[number].answers_by_id {
            continue;
        }
        for index in 0..chats[number].messages.len() {
            let own = &chats[number].messages[index];
            let Some(Answers::Named { id, .. }) = own.answers.as_deref() else {
                continue;
            };
            // As within a chat: earlier, or a message that is no reply itself, so that waiting ends.
            let has_end = |target: &&(usize, usize)| {
                let other = &chats[target.0].messages[target.1];
                let is_first = other.reply_to.is_none() && other.answers.is_none();
                is_first || (other.activity_at, **target) < (own.activity_at, (number, index))
            };
            let fitting = indexes.get(id).into_iter().flatten().filter(has_end);
            // Prefer the same lead; the first of several.
            let target = fitting.min_by_key(|target| {
                (
                    lead_of(&chats[target.0]) != lead.as_ref(),
                    target.0,
                    target.1,
                )
            });
            let found = target.and_then(|(chat, message)| {
                Some(Answers::Planned {
                    chat: u32::try_from(*chat).ok()?,
                    message: u32::try_from(*message).ok()?,
                    external_id: chats[*chat].messages[*message].external_id.clone(),
                })
            });
            let found = match found {
                Some(found) => found,
                // An archive has it, and it is not imported: neither linked nor quoted, nor looked up.
                None if here.contains(id) => {
                    let message = &mut chats[number].messages.open()[index];
                    message.answers = None;
                    let note = (message.archive, message.line, Note::ReplyOpen);
                    chats[number].notes.push(note);
                    continue;
                }
                None => continue,
            };
            chats[number].messages.open()[index].answers = Some(Box::new(found));
        }
    }
    for chat in chats {
        chat.messages.close();
    }
}

fn lead_of(chat: &DesiredChat) -> Option<&LeadId> {
    match &chat.standing {
        Decision::Ready(to) => Some(&to.lead_id),
        _ => None,
    }
}

/// Those of these ids that messages of the archives have, imported or not.
fn in_archives(wanted: &HashSet<ExternalId>, sources: &[Source<'_>]) -> HashSet<ExternalId> {
    let messages = sources.iter().flat_map(|source| &source.chat.messages);
    let ids = messages.flat_map(|message| {
        let known_as = message.known_as().iter().map(String::as_str);
        message.native_id().into_iter().chain(known_as)
    });
    let here = ids.filter(|id| wanted.contains(*id));
    here.map(ExternalId::from).collect()
}

/// The desired messages with these ids: chat and index.
fn indexes(
    wanted: &HashSet<ExternalId>,
    chats: &[DesiredChat],
) -> HashMap<ExternalId, Vec<(usize, usize)>> {
    let mut indexes: HashMap<ExternalId, Vec<(usize, usize)>> = HashMap::new();
    for (number, chat) in chats.iter().enumerate() {
        chat.messages.with(|messages| {
            for (index, message) in messages.iter().enumerate() {
                if wanted.contains(&message.external_id) {
                    let at = indexes.entry(message.external_id.clone()).or_default();
                    at.push((number, index));
                }
            }
        });
    }
    indexes
}
