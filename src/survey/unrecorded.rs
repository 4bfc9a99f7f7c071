//! Activities of ours that Close lists and the checkpoint does not record, as evidence for a plan.
//!
//! Belongs here: which activities are ours, and how the text and the files of one are read. Never
//! here: which message of an archive one is. A text is compared in memory and recorded nowhere.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::canonical;
use crate::close::{self, Listed};
use crate::ids::{ExternalId, LeadId, UserId};
use crate::matching::Class;
use crate::matching::sequence::Key;
use crate::matching::tolerance::{MINUTE, NEAR, SECOND};
use crate::plan::{Fingerprint, ListedPeople, Record, Trace, files_text};
use crate::transform::desired::{DesiredChat, DesiredMessage};
use crate::transform::listed;
use crate::transform::split::{Context, Reading, split};

/// The users whose keys posted what is ours: those of the checkpoint's runs, and that of this key.
pub(super) type Users = BTreeSet<UserId>;

/// True for an activity that chatferry posted, as far as Close shows: its external id is derived,
/// or has the form of WhatsApp's own and one of `users` created it.
pub(super) fn is_ours(activity: &Listed, users: &Users) -> bool {
    let by_us = (activity.created_by.as_ref()).is_some_and(|by| users.contains(by));
    activity.external_id.is_derived() || (by_us && looks_native(activity.external_id.as_str()))
}

/// True for an activity that a user created whose key this checkpoint never had.
pub(super) fn is_by_others(activity: &Listed, users: &Users) -> bool {
    (activity.created_by.as_ref()).is_some_and(|by| !users.contains(by))
}

/// The lengths of WhatsApp's own ids: 16 hexadecimal digits on old phones, 32 on Android.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 16..=40;

/// True for a text in the form of WhatsApp's own ids.
fn looks_native(id: &str) -> bool {
    ID_LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A desired message by what can be compared with a listed activity.
struct Wanted {
    at: i64,
    class: Option<Class>,
    content: Option<Key>,
    names: Vec<Key>,
    media: Key,
}

/// Reads activities in the words of one chat's messages.
pub(super) struct Reader<'c> {
    fingerprint: &'c Fingerprint,
    users: &'c Users,
    is_group: bool,
    wanted: Vec<Wanted>,
    /// Places in `wanted` by the text as it is posted, without what stands around it.
    by_body: HashMap<Key, Vec<u32>>,
    /// By canonical body.
    by_content: HashMap<Key, Vec<u32>>,
    /// Those with files, by the sizes of them.
    by_sizes: HashMap<Vec<u64>, Vec<u32>>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(chat: &DesiredChat, fingerprint: &'c Fingerprint, users: &'c Users) -> Self {
        let mut reader = Reader {
            fingerprint,
            users,
            is_group: chat.is_group,
            wanted: Vec::with_capacity(chat.messages.len()),
            by_body: HashMap::new(),
            by_content: HashMap::new(),
            by_sizes: HashMap::new(),
        };
        for (place, message) in (0u32..).zip(&chat.messages) {
            reader.add(place, message);
        }
        reader
    }

    fn add(&mut self, place: u32, message: &DesiredMessage) {
        let body = message.said(message.markdown.reveal()).trim();
        let places = self.by_body.entry(canonical::key(body)).or_default();
        places.push(place);
        if let Some(content) = message.evidence.content {
            self.by_content.entry(content).or_default().push(place);
        }
        let mut names = Vec::new();
        if !message.files.is_empty() {
            let sizes = message.files.iter().map(|file| file.size).collect();
            self.by_sizes.entry(sizes).or_default().push(place);
            let files = message.files.iter();
            names.extend(files.map(|file| canonical::key(file.name.reveal())));
        }
        self.wanted.push(Wanted {
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

    /// The record of an activity that has none; `None` without a time or side. `lead_id`: the lead
    /// that it is on, where that is not the one that the chat goes to.
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
        // With a derived id and another user's key: paired, so that it is not posted twice, but
        // never changed.
        let is_by_others = is_by_others(activity, self.users);
        let (seconds, exact) = precision(&activity.external_id, at);
        Some(Record {
            external_id: activity.external_id.clone(),
            activity_id: activity.id.clone(),
            lead_id,
            trace: Trace {
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
                adopted: is_by_others,
                foreign: is_by_others,
                content: read.content.map(|body| self.fingerprint.content(&body)),
                class: read.class,
                deleted: read.class.is_none(),
                exact,
                seconds,
                ..Trace::default()
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

    /// The reading that agrees with a message, the one of the nearest time if there are several;
    /// else the most probable.
    fn read<'t>(&self, text: &'t str, readings: &[Reading<'t>], at: i64) -> Read<'t> {
        let bodies = readings.iter().map(|reading| listed::body(text, reading));
        let equal = bodies.filter_map(|body| {
            let places = self.by_body.get(&canonical::key(body.trim()))?;
            Some((body, self.nearest(places, at)?))
        });
        let by_content = readings.iter().filter_map(|reading| {
            let places = self.by_content.get(&listed::content(reading)?)?;
            Some((listed::body(text, reading), self.nearest(places, at)?))
        });
        // What is near in time before what is far: a text that was typed may read like another one.
        let all: Vec<(&'t str, &Wanted)> = equal.chain(by_content).collect();
        let near = all.iter().find(|(_, one)| (one.at - at).abs() <= NEAR);
        if let Some((body, wanted)) = near.or(all.first()) {
            return Read {
                body,
                class: wanted.class,
                content: wanted.content,
            };
        }
        let first = readings.first();
        Read {
            body: first.map_or(text, |reading| listed::body(text, reading)),
            class: first.and_then(listed::class_of),
            content: first.and_then(listed::content),
        }
    }

    fn nearest(&self, places: &[u32], at: i64) -> Option<&Wanted> {
        let behind = places.partition_point(|place| self.wanted[*place as usize].at < at);
        let around = [behind.checked_sub(1), Some(behind)];
        (around.into_iter().flatten())
            .filter_map(|place| self.wanted.get(*places.get(place)? as usize))
            .min_by_key(|one| (one.at - at).abs())
    }

    /// The keyed hash of the files of a message, if the activity has these: Close shows sizes and
    /// names, and no content. `None` where several messages have files like these.
    fn media(&self, activity: &Listed, at: i64) -> Option<Key> {
        if activity.attachments.is_empty() {
            return None;
        }
        let sizes: Option<Vec<u64>> = activity.attachments.iter().map(|file| file.size).collect();
        let sizes = sizes?;
        let Some(places) = self.by_sizes.get(&sizes) else {
            // Of several files some may have been damaged or too large.
            let shown = format!("listed:{}", sizes[0]);
            return (sizes.len() == 1).then(|| (self.fingerprint.0)("media", &shown));
        };
        let names: Vec<Key> = (activity.attachments.iter())
            .map(|file| canonical::key(&file.filename))
            .collect();
        let all: Vec<&Wanted> = (places.iter())
            .map(|place| &self.wanted[*place as usize])
            .collect();
        let near = |one: &&&Wanted| (one.at - at).abs() <= NEAR + MINUTE;
        let named = |one: &&&Wanted| one.names == names;
        only(all.iter())
            .or_else(|| only(all.iter().filter(named)))
            .or_else(|| only(all.iter().filter(near).filter(named)))
            .or_else(|| only(all.iter().filter(near)))
    }
}

/// The hash that all of them have.
fn only<'w>(all: impl Iterator<Item = &'w &'w Wanted>) -> Option<Key> {
    let mut all = all.map(|one| one.media);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// One reading of an activity, as it is compared.
struct Read<'t> {
    body: &'t str,
    class: Option<Class>,
    content: Option<Key>,
}

/// Whether a listed instant has seconds, and whether it is exact; `None` where that is not known. An
/// instant at the full minute, with the milliseconds that keep equal stamps in order, may have its
/// seconds cut off.
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
            assert_eq!(looks_native(id), native, "{id}");
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
