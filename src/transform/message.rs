//! The messages of one archive as items: ids, instants, directions.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::desired::{Content, Direction, File, Note, SeenIn};
use super::exclusion::Exclusion;
use super::identity::{self, Identity};
use super::markdown::{self, Fate};
use super::observe;
use super::parallel;
use super::printable;
use super::quotes::Quote;
use super::resolved::Resolved;
use super::rules::Rules;
use super::senders::Sender;
use super::source::Source;
use super::time;
use crate::canonical;
use crate::chat::{Attachment, Kind, MediaKind, Message};
use crate::ids::ExternalId;
use crate::matching::Repeat;
use crate::matching::sequence::Key;
use crate::parser::text::sent_name;
use crate::policy::Policy;
use crate::routing::Rule;
use crate::settings::Device;

/// The maximum size of all files of one message in bytes. Close documents 25 MB without defining MB; the
/// smaller reading is safe.
pub(super) const MAX_FILES: u64 = 25_000_000;

/// A message of one archive before it becomes a desired message.
#[derive(Debug, Clone)]
pub(super) struct Item<'s> {
    pub(super) message: &'s Message<'s>,
    pub(super) archive: u32,
    /// All archives that have it.
    pub(super) seen_in: SeenIn,
    /// Assigned last, when every message is in the list once.
    pub(super) external_id: ExternalId,
    /// The WhatsApp id.
    pub(super) native_id: Option<&'s str>,
    /// The WhatsApp id that an archive of the chat has for this and for another message.
    pub(super) shared_id: Option<&'s str>,
    /// The oldest archive's copy, if that is another one: the input of a derived id.
    pub(super) origin: Option<Box<Origin<'s>>>,
    /// The hash of the canonical body, for content that has one.
    pub(super) content: Option<Key>,
    pub(super) direction: Direction,
    pub(super) activity_at: DateTime<Utc>,
    /// Whether `activity_at` is from an archive with instants.
    pub(super) is_exact_time: bool,
    /// By how much it may be later: its local time occurs twice, without evidence of which it is.
    pub(super) repeats: Repeat,
    pub(super) rule: Option<Rule>,
    /// Whether no device that has the message covers its day.
    pub(super) is_outside_dates: bool,
    /// Whether the archive contains the bytes of one of its files.
    pub(super) has_bytes: bool,
    pub(super) notes: Vec<Note>,
    /// The text from another archive of the chat, if that is used.
    pub(super) text: Option<&'s str>,
    /// The author: the archive with the best evidence, and the participant there.
    pub(super) said_by: Option<(u32, u32)>,
    /// Whether an archive marks it as edited.
    pub(super) edited: bool,
    /// The copy in another archive that has reactions, if this one has none.
    pub(super) reacted: Option<&'s Message<'s>>,
    /// The ids under which archives and quotations refer to it.
    pub(super) ids: Vec<&'s str>,
    /// The quotation or id of its reply target, if an archive has one.
    pub(super) quoted: Option<Quote<'s>>,
    /// Whether it could not be determined if another archive has it under another id.
    pub(super) is_undecided: bool,
    /// Whether it has content that another archive may have as a placeholder.
    pub(super) is_contested: bool,
    /// Whether it has the owner's name and may be pasted text ([`Message::may_be_pasted`]).
    pub(super) is_pasted: bool,
}

/// The copy of a message from which its derived id is computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'s> {
    pub(super) archive: u32,
    pub(super) message: &'s Message<'s>,
    pub(super) at: DateTime<Utc>,
}

impl<'s> Item<'s> {
    /// The copy of the oldest archive.
    pub(super) fn origin(&self) -> Origin<'s> {
        match &self.origin {
            Some(origin) => **origin,
            None => Origin {
                archive: self.archive,
                message: self.message,
                at: self.activity_at,
            },
        }
    }

    /// Whether the archive contains instants.
    pub(super) fn is_exact(&self) -> bool {
        self.message.instant().is_some()
    }

    /// This message with the exact instant and author of `other`, if that has them: an export with minutes
    /// and names does not remove them.
    pub(super) fn with_instant_of(mut self, other: &Item<'s>) -> Item<'s> {
        if other.is_exact_time && !self.is_exact_time {
            self.activity_at = other.activity_at;
            self.is_exact_time = true;
            self.said_by = other.said_by;
            self.direction = other.direction;
        }
        self
    }

    /// Merges this copy with an older archive's. Values of the newer copy win; absent ones are taken from
    /// the older: absence is not a change.
    pub(super) fn with_older(mut self, mut older: Item<'s>) -> Item<'s> {
        // A period that is excluded in one archive is excluded in all: chat names and time zones differ
        // between devices.
        for rule in [Rule::Excluded, Rule::Ignored, Rule::Erased] {
            if [self.rule, older.rule].contains(&Some(rule)) {
                self.rule = Some(rule);
            }
        }
        // Not every export has it.
        self.quoted = match (self.quoted, older.quoted) {
            (Some(own), Some(other)) if own.id.is_none() && other.id.is_some() => Some(other),
            (own, other) => own.or(other),
        };
        older.quoted = self.quoted;
        // An edit stays: an archive without it is older.
        let has_latest_edit = older.edited && !self.edited;
        // Programs render cards and locations differently, and databases contain more of them.
        let has_more_detail = older.is_exact()
            && !self.is_exact()
            && self.message.kind != Kind::Text
            && is_rendered_differently(self.message.kind);
        self.edited |= older.edited;
        older.edited = self.edited;
        let reactions_of = |item: &Item<'s>| {
            let own = (!item.message.reactions().is_empty()).then_some(item.message);
            own.or(item.reacted)
        };
        self.reacted = reactions_of(&self).or_else(|| reactions_of(&older));
        older.reacted = self.reacted;
        self = self.with_instant_of(&older);
        if self.is_exact_time && !older.is_exact_time {
            older.activity_at = self.activity_at;
            older.is_exact_time = true;
            older.said_by = self.said_by;
        }
        let files = |item: &Item<'_>| item.message.kind == Kind::Media || item.has_bytes;
        let own = |text: Option<&'s str>, message: &'s Message<'s>| -> &'s str {
            text.unwrap_or(message.text.as_ref())
        };
        let newer_text = own(self.text, self.message);
        let older_text = own(older.text, older.message);
        // Android writes a document's name in place of a caption if the file is omitted.
        let is_name = (older.message.attachments().iter()).any(|a| a.name == newer_text.trim());
        let keeps = newer_text.trim().is_empty() || is_name || has_latest_edit || has_more_detail;
        if older.has_bytes && !self.has_bytes {
            return Item {
                direction: self.direction,
                rule: self.rule,
                text: Some(if keeps { older_text } else { newer_text }),
                ..older
            };
        }
        let is_view_once = self.message.kind == Kind::ViewOnce;
        let may_keep =
            files(&self) || files(&older) || is_view_once || has_latest_edit || has_more_detail;
        if keeps && may_keep && !older_text.trim().is_empty() {
            return Item {
                text: Some(older_text),
                content: older.content,
                ..self
            };
        }
        self
    }
}

/// The messages of one archive.
#[derive(Debug, Default)]
pub(super) struct Items<'s> {
    pub(super) list: Vec<Item<'s>>,
    pub(super) ambiguous_times: u32,
}

/// Hashes of a message that depend on nothing else.
struct Hashes {
    /// The digest of its derived id with the ordinal 0.
    first: Option<identity::Digest>,
    /// [`Item::content`].
    content: Option<Key>,
}

/// Reads one archive of a ready chat. `archive` is its number among the archives of the chat; `shifts`, if
/// any, are the times by which each timestamp is too late. `ids` are for the only archive of a chat;
/// messages of several archives get ids after the merge. `devices` are those of the chat.
pub(super) fn items<'s>(
    resolved: &Resolved<'s>,
    senders: &[Sender],
    archive: u32,
    shifts: &[TimeDelta],
    mut ids: Option<Identity<'_>>,
    (rules, devices): (&Rules<'_>, &[&Device]),
) -> Items<'s> {
    let Source { device, chat, .. } = resolved.source;
    let instants = time::instants(chat, device.timezone);
    let exclusion = Exclusion::new(resolved.source, (rules.policy, rules.contacts), devices);
    let mut stamps = TimestampCounts::default();
    let mut moved = instants.moved.iter().copied().peekable();
    let mut repeated = instants.read_as_first.iter().copied().peekable();
    let mut items = Items {
        list: Vec::with_capacity(chat.messages.len()),
        ambiguous_times: instants.twice_first,
    };
    let shift_of = |index: usize| shifts.get(index).copied().unwrap_or_default();
    let instant_of = |index: usize, message: &Message<'_>| {
        let stamp = || instants.times[index] - shift_of(index);
        message.instant().unwrap_or_else(stamp)
    };
    let sender_of = |message: &Message<'_>| senders.get(message.sender? as usize);
    let minute_of = |instant: DateTime<Utc>| instant.timestamp().div_euclid(60);
    let key = ids.as_ref().map(Identity::chat);
    let hashes = parallel::each(chat.messages.len(), |index, bytes| {
        let message = &chat.messages[index];
        let body = canonical::body(message);
        let derived = key.filter(|_| message.native_id().is_none());
        Hashes {
            first: derived.map(|chat| {
                let minute = minute_of(instant_of(index, message));
                let fields = (field_of(sender_of(message)), minute, body.as_str());
                identity::first_digest(chat, fields, bytes)
            }),
            content: observe::content(message, &body),
        }
    });
    for ((index, message), hashes) in chat.messages.iter().enumerate().zip(hashes) {
        let Hashes { first, content } = hashes;
        let shift = shift_of(index);
        let instant = instant_of(index, message);
        let sender = sender_of(message);
        let by_owner = sender.is_some_and(|sender| sender.outgoing);
        let external_id = match (message.native_id(), &mut ids, first) {
            (Some(native), ..) => native.into(),
            (None, Some(ids), Some(first)) => {
                let fields = (field_of(sender), minute_of(instant));
                ids.id_from(first, fields, || canonical::body(message))
            }
            (None, ..) => "".into(),
        };
        let nth = stamps.next(instant);
        let activity_at = instant + TimeDelta::milliseconds(i64::from(nth));
        let mut notes = Vec::new();
        if moved.next_if_eq(&message.line).is_some() {
            notes.push(Note::TimeMoved);
        }
        let of_sender = sender.and_then(Sender::rule);
        items.list.push(Item {
            message,
            archive,
            seen_in: SeenIn::only(archive),
            external_id,
            native_id: message.native_id(),
            shared_id: message.shared_id(),
            origin: None,
            content,
            direction: side(by_owner),
            activity_at,
            is_exact_time: message.instant().is_some(),
            repeats: (repeated.next_if(|(at, _)| *at == index))
                .map_or(Repeat::NEVER, |(_, repeat)| repeat),
            rule: exclusion.rule(message, shift, of_sender),
            is_outside_dates: exclusion.is_outside_dates(message, shift),
            has_bytes: message.attachments().iter().any(|a| a.entry.is_some()),
            notes,
            // A text export has WhatsApp's phrase in place of a caption.
            text: (message.kind == Kind::ViewOnce && message.instant().is_none()).then_some(""),
            is_undecided: message.copies().is_doubtful,
            is_contested: false,
            is_pasted: by_owner && message.may_be_pasted(),
            said_by: message.sender.map(|sender| (archive, sender)),
            edited: message.edited,
            reacted: None,
            ids: (message.native_id().into_iter())
                .chain(message.known_as().iter().map(String::as_str))
                .collect(),
            quoted: message.quoted().map(|quoted| Quote {
                id: quoted.id.as_deref(),
                by: (quoted.sender)
                    .and_then(|number| senders.get(number as usize))
                    .map(|sender| side(sender.outgoing)),
                text: quoted.text.as_deref(),
                may_be_shown: !quoted.elsewhere
                    && match quoted.sender.and_then(|by| senders.get(by as usize)) {
                        Some(sender) => !sender.ignored,
                        None => !senders.iter().any(|sender| sender.ignored),
                    },
            }),
        });
    }
    items
}

/// Whether programs render the kind in different words.
fn is_rendered_differently(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Contact | Kind::Location | Kind::LiveLocation | Kind::Poll | Kind::Event
    )
}

/// Counts messages per timestamp. Lines are mostly in order of time, so that most need no map.
#[derive(Debug, Default)]
struct TimestampCounts {
    /// Each timestamp that was later than all before it.
    rising: Vec<(DateTime<Utc>, u32)>,
    /// The others.
    late: HashMap<DateTime<Utc>, u32>,
}

impl TimestampCounts {
    /// The number, from 0, of the next message among those of its timestamp.
    fn next(&mut self, instant: DateTime<Utc>) -> u32 {
        let count = match self.rising.last_mut() {
            Some((last, count)) if *last == instant => count,
            Some((last, _)) if *last > instant => {
                match self
                    .rising
                    .binary_search_by_key(&instant, |(stamp, _)| *stamp)
                {
                    Ok(index) => &mut self.rising[index].1,
                    Err(_) => self.late.entry(instant).or_insert(0),
                }
            }
            _ => {
                self.rising.push((instant, 1));
                return 0;
            }
        };
        *count += 1;
        *count - 1
    }
}

/// The third field of a derived id.
fn field_of(sender: Option<&Sender>) -> &str {
    sender.map_or("", |sender| sender.field.as_str())
}

fn side(by_owner: bool) -> Direction {
    if by_owner {
        Direction::Outgoing
    } else {
        Direction::Incoming
    }
}

/// The body and the files of a message, and notes for the report. `container` is the number of its
/// archive's container in the plan.
pub(super) fn render(
    item: &mut Item<'_>,
    source: Source<'_>,
    container: u32,
    policy: &Policy,
) -> (String, Vec<File>) {
    let (message, notes) = (item.message, &mut item.notes);
    let mut files = Vec::new();
    let mut fates = Vec::with_capacity(message.attachments().len());
    let mut total = 0u64;
    for attachment in message.attachments() {
        let (fate, file) = fate(attachment, source, container, policy, total);
        if let Some(file) = file {
            total += file.size;
            files.push(file);
        }
        notes.extend(match fate {
            Fate::Uploaded(_) => None,
            Fate::Missing(..) => Some(Note::Missing),
            Fate::TooLarge(..) => Some(Note::TooLarge),
            Fate::NotWanted(..) => Some(Note::KindNotWanted),
        });
        fates.push(fate);
    }
    if message.kind == Kind::MediaOmitted
        || message.omitted().is_some()
        || message.kind == Kind::ViewOnce
    {
        notes.push(Note::Omitted);
    }
    let markdown = match item.text {
        None => markdown::markdown(message, &fates),
        Some(text) => {
            let text = text.into();
            markdown::markdown(
                &Message {
                    text,
                    ..message.clone()
                },
                &fates,
            )
        }
    };
    (markdown, files)
}

fn fate<'m>(
    attachment: &'m Attachment<'_>,
    source: Source<'_>,
    container: u32,
    policy: &Policy,
    total: u64,
) -> (Fate<'m>, Option<File>) {
    let (media, name) = (attachment.media, attachment.name.as_ref());
    let held = attachment
        .entry
        .and_then(|number| Some((number, source.opened.container.entry(number)?)));
    let Some((entry, held)) = held else {
        return (Fate::Missing(media, name), None);
    };
    // A contact card is a file like any other document.
    let card = media == MediaKind::Contact && policy.media.contains(&MediaKind::Document);
    if !card && !policy.media.contains(&media) {
        return (Fate::NotWanted(media, name), None);
    }
    // The size is what the archive claims, and may be anything.
    if held.size > MAX_FILES.saturating_sub(total) {
        return (Fate::TooLarge(media, name, held.size), None);
    }
    let file = File {
        container,
        entry,
        name: Content::new(printable::name(sent_name(name)).into_owned()),
        size: held.size,
        crc: held.crc,
        media,
    };
    (Fate::Uploaded(media), Some(file))
}

/// Size in bytes and CRC-32, as far as the archive's directory contains them; `None` for a file that the
/// archive does not contain.
pub(super) fn size_and_crc(
    attachment: &Attachment<'_>,
    source: Source<'_>,
) -> Option<(u64, Option<u32>)> {
    let held = source.opened.container.entry(attachment.entry?)?;
    Some((held.size, held.crc))
}

#[cfg(test)]
mod tests {
    use crate::parser::text::sent_name;

    #[test]
    fn messages_are_counted_per_timestamp() {
        let mut stamps = super::TimestampCounts::default();
        let at = |second: i64| chrono::DateTime::from_timestamp(second, 0).unwrap();
        let numbers: Vec<u32> = [5, 5, 9, 5, 7, 7, 9, 12, 7]
            .into_iter()
            .map(|second| stamps.next(at(second)))
            .collect();
        assert_eq!(numbers, [0, 1, 0, 2, 0, 1, 1, 0, 2]);
    }

    #[test]
    fn iphone_number_prefix_is_not_part_of_card_name() {
        assert_eq!(sent_name("00000047-report.pdf"), "report.pdf");
        assert_eq!(sent_name("report-2024.pdf"), "report-2024.pdf");
        assert_eq!(
            sent_name("IMG-20220327-WA0002.jpg"),
            "IMG-20220327-WA0002.jpg"
        );
    }
}
