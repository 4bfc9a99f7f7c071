//! Activities of ours without a record, as evidence for a plan.
//!
//! Here belongs which activities are ours, and how the files of one are read; never how its text is read
//! (`equal_texts`), or which message of an archive one is. A text is compared in memory and recorded nowhere.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::equal_texts::{EqualTexts, Shown};
use crate::canonical;
use crate::close::{self, Listed};
use crate::ids::{ExternalId, LeadId, UserId};
use crate::matching::Class;
use crate::matching::sequence::Key;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE, SECOND};
use crate::plan::{Fingerprint, ListedPeople, Record, RecordFacts, files_text};
use crate::transform::desired::{DesiredChat, DesiredMessage};
use crate::transform::split::{Context, split};

/// The users who created activities of ours: those of the checkpoint's runs, and that of this key.
pub(crate) type Users = BTreeSet<UserId>;

/// Whether chatferry posted an activity, as far as Close shows: its external id is derived, or has the form
/// of a WhatsApp id and one of `users` created it.
pub(crate) fn is_ours(activity: &Listed, users: &Users) -> bool {
    is_ours_by(&activity.external_id, activity.created_by.as_ref(), users)
}

/// As [`is_ours`], for an external id and the creator of its activity.
pub(super) fn is_ours_by(id: &ExternalId, created_by: Option<&UserId>, users: &Users) -> bool {
    let by_us = created_by.is_some_and(|by| users.contains(by));
    id.is_derived() || (by_us && has_native_form(id.as_str()))
}

/// Whether the creator of an activity is a user whose key this checkpoint never had.
pub(crate) fn is_by_another_user(activity: &Listed, users: &Users) -> bool {
    (activity.created_by.as_ref()).is_some_and(|by| !users.contains(by))
}

/// The lengths of WhatsApp ids, in hexadecimal digits: 16 on old phones, 32 on Android (observed).
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 16..=40;

/// Whether a text has the form of a WhatsApp id.
fn has_native_form(id: &str) -> bool {
    ID_LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The files of a desired message.
struct SentFiles {
    at: i64,
    names: Vec<Key>,
    /// The keyed hash of all of them.
    media: Key,
}

/// Reads activities as messages of one chat.
pub(super) struct Reader<'c> {
    fingerprint: &'c Fingerprint,
    users: &'c Users,
    is_group: bool,
    texts: EqualTexts,
    files: Vec<SentFiles>,
    /// Indexes in `files` by the files' sizes.
    by_sizes: HashMap<Vec<u64>, Vec<u32>>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(chat: &DesiredChat, fingerprint: &'c Fingerprint, users: &'c Users) -> Self {
        let mut reader = Reader {
            texts: EqualTexts::with_capacity(chat.messages.len()),
            ..Reader::without_messages(chat.is_group, fingerprint, users)
        };
        for message in &chat.messages {
            reader.texts.add(message);
            reader.add_files(message);
        }
        reader
    }

    /// A reader for activities that no archive has.
    pub(super) fn without_messages(
        is_group: bool,
        fingerprint: &'c Fingerprint,
        users: &'c Users,
    ) -> Self {
        Reader {
            fingerprint,
            users,
            is_group,
            texts: EqualTexts::default(),
            files: Vec::new(),
            by_sizes: HashMap::new(),
        }
    }

    fn add_files(&mut self, message: &DesiredMessage) {
        let files = message.files.iter();
        if message.files.is_empty() {
            return;
        }
        let index = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let sizes = files.clone().map(|file| file.size).collect();
        self.by_sizes.entry(sizes).or_default().push(index);
        self.files.push(SentFiles {
            at: message.activity_at.timestamp_millis(),
            names: files
                .map(|file| canonical::key(file.name.reveal()))
                .collect(),
            media: (self.fingerprint.0)("media", &files_text(&message.files)),
        });
    }

    /// The record of an activity that has none; `None` without a time or direction. `lead_id`: its lead, if
    /// that is not the one that the chat goes to.
    pub(super) fn record(&self, activity: &Listed, lead_id: Option<LeadId>) -> Option<Record> {
        let at = activity.activity_at?.timestamp_millis();
        let direction = activity.direction?;
        let text = activity.message_markdown.as_str();
        let context = Context {
            is_group: self.is_group,
            files: activity.attachments.len(),
        };
        let readings = split(text, context);
        let shown = Shown {
            id: &activity.external_id,
            text,
            files: context.files,
            at,
        };
        let read = self.texts.read(shown, &readings);
        // With a derived id and another user's key: paired, so that it is not posted twice, but never
        // changed.
        let is_by_another_user = is_by_another_user(activity, self.users);
        let (seconds, exact) = precision(&activity.external_id, at);
        Some(Record {
            external_id: activity.external_id.clone(),
            activity_id: activity.id.clone(),
            lead_id,
            facts: RecordFacts {
                at,
                first_at: at,
                body: (self.fingerprint.0)("body", read.body),
                files: u32::try_from(activity.attachments.len()).unwrap_or(u32::MAX),
                media: self.media(activity, at),
                file_bytes: match activity.attachments.as_slice() {
                    [file] => file.size.and_then(|size| u32::try_from(size).ok()),
                    _ => None,
                },
                outgoing: Some(direction == close::Direction::Outgoing),
                is_media: Some(read.class == Some(Class::File)),
                linked: activity.response_to_id.is_some(),
                adopted: is_by_another_user,
                foreign: is_by_another_user,
                content: read.content.map(|body| self.fingerprint.content(&body)),
                class: read.class,
                deleted: read.class.is_none(),
                exact,
                seconds,
                ..RecordFacts::default()
            },
            listed: Some(Arc::new(ListedPeople {
                contact_id: activity.contact_id.clone(),
                user_id: activity.user_id.clone(),
                local_phone: activity.local_phone.clone(),
                remote_phone: activity.remote_phone.clone(),
                is_linked: activity.response_to_id.is_some(),
            })),
        })
    }

    /// The keyed hash of the files of a message, if the activity has these: Close shows sizes and names,
    /// and no content. `None` if several messages have files like these.
    fn media(&self, activity: &Listed, at: i64) -> Option<Key> {
        if activity.attachments.is_empty() {
            return None;
        }
        let sizes: Option<Vec<u64>> = activity.attachments.iter().map(|file| file.size).collect();
        let sizes = sizes?;
        let Some(indexes) = self.by_sizes.get(&sizes) else {
            // Of several files some may have been damaged or too large.
            let shown = format!("listed:{}", sizes[0]);
            return (sizes.len() == 1).then(|| (self.fingerprint.0)("media", &shown));
        };
        let names: Vec<Key> = (activity.attachments.iter())
            .map(|file| canonical::key(&file.filename))
            .collect();
        let all: Vec<&SentFiles> = (indexes.iter())
            .map(|index| &self.files[*index as usize])
            .collect();
        let near = |one: &&&SentFiles| (one.at - at).abs() <= MAX_DIFFERENCE + MINUTE;
        let named = |one: &&&SentFiles| one.names == names;
        common_hash(all.iter())
            .or_else(|| common_hash(all.iter().filter(named)))
            .or_else(|| common_hash(all.iter().filter(near).filter(named)))
            .or_else(|| common_hash(all.iter().filter(near)))
    }
}

/// The hash that all of them have in common.
fn common_hash<'w>(all: impl Iterator<Item = &'w &'w SentFiles>) -> Option<Key> {
    let mut all = all.map(|one| one.media);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// Whether a listed instant has seconds, and whether it is exact; `None` if that is not known. An instant
/// at the full minute, with the milliseconds that keep equal timestamps in order, may be truncated.
fn precision(external_id: &ExternalId, at: i64) -> (Option<bool>, Option<bool>) {
    let is_full = at.rem_euclid(MINUTE) < SECOND;
    match (external_id.is_native(), is_full) {
        (true, false) => (Some(true), Some(true)),
        (true, true) => (Some(false), None),
        (false, is_full) => (Some(!is_full), Some(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_whatsapp_is_hexadecimal() {
        for (id, native) in [
            ("3EB0C5A9D27F4E8B1036", true),
            ("3A00000000000000BB01", true),
            ("AC3F0E2B5D7A41C88E90B1D2F3A4C5E6", true),
            ("helpdesk-000017", false),
            ("000017", false),
            ("", false),
        ] {
            assert_eq!(has_native_form(id), native, "{id}");
        }
    }

    #[test]
    fn a_derived_activity_at_the_full_minute_has_no_seconds() {
        let derived = "cf1-hcgogbgen4yqg6qfytbmcmlwdq".into();
        assert_eq!(precision(&derived, 60_003), (Some(false), Some(false)));
        assert_eq!(precision(&derived, 61_000), (Some(true), Some(false)));
        let native = "3EB0C5A9D27F4E8B1036".into();
        assert_eq!(precision(&native, 61_000), (Some(true), Some(true)));
        assert_eq!(precision(&native, 60_000), (Some(false), None));
    }
}
