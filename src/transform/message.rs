//! One archive's messages: ids, instants, sides.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::ahead;
use super::desired::{Content, Direction, File, Note, Rule};
use super::identity::{self, Identity};
use super::left_out::LeftOut;
use super::markdown::{self, Fate};
use super::observe;
use super::quotes::Quote;
use super::resolve::{Resolved, Rules, Source};
use super::senders::Sender;
use super::settings::ImportSettings;
use super::time;
use crate::canonical;
use crate::chat::{Attachment, Kind, MediaKind, Message};
use crate::ids::ExternalId;
use crate::matching::Repeat;
use crate::matching::sequence::Key;
use crate::parser::text::sent_name;

/// The most bytes of files in one message. Close says 25 MB and not which (`close-api.md` 1.9,
/// A20); the smaller reading is safe.
pub(super) const MAX_FILES: u64 = 25_000_000;

/// A message of one archive, on its way to being desired.
#[derive(Debug, Clone)]
pub(super) struct Item<'s> {
    pub(super) message: &'s Message<'s>,
    pub(super) archive: u32,
    /// Given last, when every message is known once.
    pub(super) external_id: ExternalId,
    /// WhatsApp's own id.
    pub(super) native_id: Option<&'s str>,
    /// The copy of the oldest archive, where that is another one: what a derived id is made of.
    pub(super) origin: Option<Box<Origin<'s>>>,
    /// The hash of the canonical body, for content that has one.
    pub(super) content: Option<Key>,
    pub(super) direction: Direction,
    pub(super) activity_at: DateTime<Utc>,
    /// `activity_at` is from an archive that holds instants.
    pub(super) is_exact_time: bool,
    /// By how much it may be later: its local time occurs twice, and nothing shows which it is.
    pub(super) repeats: Repeat,
    pub(super) rule: Option<Rule>,
    /// True when the archive holds the bytes of a file of it.
    pub(super) has_bytes: bool,
    pub(super) notes: Vec<Note>,
    /// The text, where another archive of the chat has it.
    pub(super) text: Option<&'s str>,
    /// Who says it: the archive that tells it best, and the participant there.
    pub(super) said_by: Option<(u32, u32)>,
    /// An archive marks it as edited.
    pub(super) edited: bool,
    /// The copy of it in another archive that tells of reactions, where this one does not.
    pub(super) reacted: Option<&'s Message<'s>>,
    /// What archives and quotations call it by.
    pub(super) ids: Vec<&'s str>,
    /// What it answers, where an archive tells.
    pub(super) quoted: Option<Quote<'s>>,
    /// Nobody can tell whether another archive has it under another id.
    pub(super) is_undecided: bool,
    /// It has what another archive may have as a placeholder.
    pub(super) is_contested: bool,
    /// It bears the owner's name and may be pasted text ([`Message::may_be_pasted`]).
    pub(super) is_pasted: bool,
}

/// The copy of a message that its derived id is made of.
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

    /// True for what comes from an archive that holds instants.
    pub(super) fn is_exact(&self) -> bool {
        self.message.instant().is_some()
    }

    /// This message with the instant and the number of `other`, if that has them: an export that has
    /// minutes and names does not take them away.
    pub(super) fn at_instant_of(mut self, other: &Item<'s>) -> Item<'s> {
        if other.is_exact_time && !self.is_exact_time {
            self.activity_at = other.activity_at;
            self.is_exact_time = true;
            self.said_by = other.said_by;
            self.direction = other.direction;
        }
        self
    }

    /// What this message becomes, given what an older archive says of it. What the newer one says
    /// wins; what it does not say any more stays (design.md, "Absence is not a change").
    pub(super) fn over(mut self, mut older: Item<'s>) -> Item<'s> {
        // A passage is left out by whatever archive says that it is one: the names of chats and the
        // zones of phones differ.
        for rule in [Rule::Excluded, Rule::Ignored] {
            if [self.rule, older.rule].contains(&Some(rule)) {
                self.rule = Some(rule);
            }
        }
        // Not every export tells it, and one that does not takes nothing away.
        self.quoted = match (self.quoted, older.quoted) {
            (Some(own), Some(other)) if own.id.is_none() && other.id.is_some() => Some(other),
            (own, other) => own.or(other),
        };
        older.quoted = self.quoted;
        // What is edited stays so: an archive that does not say it was made before.
        let has_last_words = older.edited && !self.edited;
        // Programs tell cards and places in other words, and a database tells more of them.
        let tells_more = older.is_exact()
            && !self.is_exact()
            && self.message.kind != Kind::Text
            && is_rendered_differently(self.message.kind);
        self.edited |= older.edited;
        older.edited = self.edited;
        let tells = |item: &Item<'s>| {
            let own = (!item.message.reactions().is_empty()).then_some(item.message);
            own.or(item.reacted)
        };
        self.reacted = tells(&self).or_else(|| tells(&older));
        older.reacted = self.reacted;
        self = self.at_instant_of(&older);
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
        // Without its file Android gives a document's name where a caption stands.
        let is_name = (older.message.attachments().iter()).any(|a| a.name == newer_text.trim());
        let keeps = newer_text.trim().is_empty() || is_name || has_last_words || tells_more;
        if older.has_bytes && !self.has_bytes {
            return Item {
                direction: self.direction,
                rule: self.rule,
                text: Some(if keeps { older_text } else { newer_text }),
                ..older
            };
        }
        let may_keep = files(&self) || files(&older) || has_last_words || tells_more;
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

/// What is hashed of a message, from it alone.
struct Hashes {
    /// The digest that its derived id begins from.
    first: Option<identity::Digest>,
    /// [`Item::content`].
    content: Option<Key>,
}

/// Reads one archive of a ready chat. `archive` is its number among the archives of the chat;
/// `shifts`, where there are any, are by how much each of its messages is too late. `ids` are for
/// the only archive of a chat; messages of several get their ids once they are merged.
pub(super) fn items<'s>(
    resolved: &Resolved<'s>,
    senders: &[Sender],
    archive: u32,
    shifts: &[TimeDelta],
    mut ids: Option<Identity<'_>>,
    rules: &Rules<'_>,
) -> Items<'s> {
    let Source { device, chat, .. } = resolved.source;
    let instants = time::instants(chat, device.timezone);
    let left_out = LeftOut::new(resolved.source, rules);
    let mut stamps = Stamps::default();
    let mut moved = instants.moved.iter().copied().peekable();
    let mut repeated = instants.read_as_first.iter().copied().peekable();
    let mut items = Items {
        list: Vec::with_capacity(chat.messages.len()),
        ambiguous_times: instants.twice_first,
    };
    let shift_of = |place: usize| shifts.get(place).copied().unwrap_or_default();
    let instant_of = |place: usize, message: &Message<'_>| {
        let stamp = || instants.times[place] - shift_of(place);
        message.instant().unwrap_or_else(stamp)
    };
    let sender_of = |message: &Message<'_>| senders.get(message.sender? as usize);
    let minute_of = |instant: DateTime<Utc>| instant.timestamp().div_euclid(60);
    let key = ids.as_ref().map(Identity::chat);
    let hashes = ahead::each(chat.messages.len(), |place, bytes| {
        let message = &chat.messages[place];
        let body = canonical::body(message);
        let derived = key.filter(|_| message.native_id().is_none());
        Hashes {
            first: derived.map(|chat| {
                let minute = minute_of(instant_of(place, message));
                let fields = (field_of(sender_of(message)), minute, body.as_str());
                identity::first(chat, fields, bytes)
            }),
            content: observe::content(message, &body),
        }
    });
    for ((place, message), hashes) in chat.messages.iter().enumerate().zip(hashes) {
        let Hashes { first, content } = hashes;
        let shift = shift_of(place);
        let instant = instant_of(place, message);
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
        let is_ignored = sender.is_some_and(|sender| sender.ignored);
        items.list.push(Item {
            message,
            archive,
            external_id,
            native_id: message.native_id(),
            origin: None,
            content,
            direction: side(by_owner),
            activity_at,
            is_exact_time: message.instant().is_some(),
            repeats: (repeated.next_if(|(at, _)| *at == place))
                .map_or(Repeat::NEVER, |(_, repeat)| repeat),
            rule: left_out.rule(message, shift, is_ignored),
            has_bytes: message.attachments().iter().any(|a| a.entry.is_some()),
            notes,
            text: None,
            is_undecided: false,
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

/// True for what programs render in words of their own.
fn is_rendered_differently(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Contact | Kind::Location | Kind::LiveLocation | Kind::Poll | Kind::Event
    )
}

/// How many messages there were of each stamp. Lines are mostly in order of time, so that most need
/// no look-up.
#[derive(Debug, Default)]
struct Stamps {
    /// Each stamp that was later than all before it.
    rising: Vec<(DateTime<Utc>, u32)>,
    /// The others.
    late: HashMap<DateTime<Utc>, u32>,
}

impl Stamps {
    /// The number, from 0, of the next message among those of its stamp.
    fn next(&mut self, instant: DateTime<Utc>) -> u32 {
        let count = match self.rising.last_mut() {
            Some((last, count)) if *last == instant => count,
            Some((last, _)) if *last > instant => {
                match self
                    .rising
                    .binary_search_by_key(&instant, |(stamp, _)| *stamp)
                {
                    Ok(place) => &mut self.rising[place].1,
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

/// The body and the files of a message, and what the report has to say of them. `container` is
/// the number of its archive's container in the plan.
pub(super) fn render(
    item: &mut Item<'_>,
    source: Source<'_>,
    container: u32,
    settings: &ImportSettings,
) -> (String, Vec<File>) {
    let (message, notes) = (item.message, &mut item.notes);
    let mut files = Vec::new();
    let mut fates = Vec::with_capacity(message.attachments().len());
    let mut total = 0u64;
    for attachment in message.attachments() {
        let (fate, file) = fate(attachment, source, container, settings, total);
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
    settings: &ImportSettings,
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
    let card = media == MediaKind::Contact && settings.media.contains(&MediaKind::Document);
    if !card && !settings.media.contains(&media) {
        return (Fate::NotWanted(media, name), None);
    }
    // The size is what the archive claims, and may be anything.
    if held.size > MAX_FILES.saturating_sub(total) {
        return (Fate::TooLarge(media, name, held.size), None);
    }
    let file = File {
        container,
        entry,
        name: Content::new(sent_name(name)),
        size: held.size,
        crc: held.crc,
        media,
    };
    (Fate::Uploaded(media), Some(file))
}

/// Size in bytes and CRC-32, as far as the archive's directory has it; `None` for a file that the
/// archive does not hold.
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
    fn each_stamp_counts_its_own_messages() {
        let mut stamps = super::Stamps::default();
        let at = |second: i64| chrono::DateTime::from_timestamp(second, 0).unwrap();
        let numbers: Vec<u32> = [5, 5, 9, 5, 7, 7, 9, 12, 7]
            .into_iter()
            .map(|second| stamps.next(at(second)))
            .collect();
        assert_eq!(numbers, [0, 1, 0, 2, 0, 1, 1, 0, 2]);
    }

    #[test]
    fn iphone_numbers_are_no_part_of_a_name() {
        assert_eq!(sent_name("00000047-report.pdf"), "report.pdf");
        assert_eq!(sent_name("report-2024.pdf"), "report-2024.pdf");
        assert_eq!(
            sent_name("IMG-20220327-WA0002.jpg"),
            "IMG-20220327-WA0002.jpg"
        );
    }
}
