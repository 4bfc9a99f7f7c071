//! Activities of ours without a record, as evidence for a plan.
//!
//! Here belongs which activities are ours, and how the text and the files of one are read; never which
//! message of an archive one is. A text is compared in memory and recorded nowhere.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::canonical;
use crate::close::{self, Listed};
use crate::ids::{ExternalId, LeadId, UserId};
use crate::matching::Class;
use crate::matching::sequence::Key;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE, SECOND};
use crate::plan::{Fingerprint, ListedPeople, Record, RecordFacts, files_text};
use crate::transform::desired::{DesiredChat, DesiredMessage};
use crate::transform::reading_evidence;
use crate::transform::split::{Context, Reading, split};

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

/// A desired message by its properties that can be compared with a listed activity.
struct Comparable {
    at: i64,
    class: Option<Class>,
    content: Option<Key>,
    names: Vec<Key>,
    media: Key,
}

/// Reads activities as messages of one chat.
pub(super) struct Reader<'c> {
    fingerprint: &'c Fingerprint,
    users: &'c Users,
    is_group: bool,
    messages: Vec<Comparable>,
    /// Indexes in `messages` by the text as posted, without sender's name and quotation.
    by_body: HashMap<Key, Vec<u32>>,
    /// Indexes by canonical body.
    by_content: HashMap<Key, Vec<u32>>,
    /// Indexes of messages with files, by the files' sizes.
    by_sizes: HashMap<Vec<u64>, Vec<u32>>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(chat: &DesiredChat, fingerprint: &'c Fingerprint, users: &'c Users) -> Self {
        let mut reader = Reader {
            fingerprint,
            users,
            is_group: chat.is_group,
            messages: Vec::with_capacity(chat.messages.len()),
            by_body: HashMap::new(),
            by_content: HashMap::new(),
            by_sizes: HashMap::new(),
        };
        for (index, message) in (0u32..).zip(&chat.messages) {
            reader.add(index, message);
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
            messages: Vec::new(),
            by_body: HashMap::new(),
            by_content: HashMap::new(),
            by_sizes: HashMap::new(),
        }
    }

    fn add(&mut self, index: u32, message: &DesiredMessage) {
        let body = message.body(message.markdown.reveal()).trim();
        let indexes = self.by_body.entry(canonical::key(body)).or_default();
        indexes.push(index);
        if let Some(content) = message.evidence.content {
            self.by_content.entry(content).or_default().push(index);
        }
        let mut names = Vec::new();
        if !message.files.is_empty() {
            let sizes = message.files.iter().map(|file| file.size).collect();
            self.by_sizes.entry(sizes).or_default().push(index);
            let files = message.files.iter();
            names.extend(files.map(|file| canonical::key(file.name.reveal())));
        }
        self.messages.push(Comparable {
            at: message.activity_at.timestamp_millis(),
            class: message.evidence.class,
            content: message.evidence.content,
            names,
            media: match message.files.is_empty() {
                true => Key::default(),
                false => (self.fingerprint.0)("media", &files_text(&message.files)),
            },
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
        let read = self.read(text, &readings, at);
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

    /// The reading that agrees with a message, the nearest in time if there are several; else the most
    /// probable.
    fn read<'t>(&self, text: &'t str, readings: &[Reading<'t>], at: i64) -> TextReading<'t> {
        let bodies = readings
            .iter()
            .map(|reading| reading_evidence::body(text, reading));
        let equal = bodies.filter_map(|body| {
            let indexes = self.by_body.get(&canonical::key(body.trim()))?;
            Some((body, self.nearest(indexes, at)?))
        });
        let by_content = readings.iter().filter_map(|reading| {
            let indexes = self.by_content.get(&reading_evidence::content(reading)?)?;
            Some((
                reading_evidence::body(text, reading),
                self.nearest(indexes, at)?,
            ))
        });
        // Near in time before far: a typed text may have the same reading as another one.
        let all: Vec<(&'t str, &Comparable)> = equal.chain(by_content).collect();
        let near = all
            .iter()
            .find(|(_, one)| (one.at - at).abs() <= MAX_DIFFERENCE);
        if let Some((body, messages)) = near.or(all.first()) {
            return TextReading {
                body,
                class: messages.class,
                content: messages.content,
            };
        }
        let first = readings.first();
        TextReading {
            body: first.map_or(text, |reading| reading_evidence::body(text, reading)),
            class: first.and_then(reading_evidence::class_of),
            content: first.and_then(reading_evidence::content),
        }
    }

    fn nearest(&self, indexes: &[u32], at: i64) -> Option<&Comparable> {
        let behind = indexes.partition_point(|index| self.messages[*index as usize].at < at);
        let around = [behind.checked_sub(1), Some(behind)];
        (around.into_iter().flatten())
            .filter_map(|index| self.messages.get(*indexes.get(index)? as usize))
            .min_by_key(|one| (one.at - at).abs())
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
        let all: Vec<&Comparable> = (indexes.iter())
            .map(|index| &self.messages[*index as usize])
            .collect();
        let near = |one: &&&Comparable| (one.at - at).abs() <= MAX_DIFFERENCE + MINUTE;
        let named = |one: &&&Comparable| one.names == names;
        common_hash(all.iter())
            .or_else(|| common_hash(all.iter().filter(named)))
            .or_else(|| common_hash(all.iter().filter(near).filter(named)))
            .or_else(|| common_hash(all.iter().filter(near)))
    }
}

/// The hash that all of them have in common.
fn common_hash<'w>(all: impl Iterator<Item = &'w &'w Comparable>) -> Option<Key> {
    let mut all = all.map(|one| one.media);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// One reading of an activity, in comparable form.
struct TextReading<'t> {
    body: &'t str,
    class: Option<Class>,
    content: Option<Key>,
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
