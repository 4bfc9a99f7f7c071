//! One archive's messages: ids, instants, sides.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::desired::{Content, Direction, File, Note, OtherIds, Rule};
use super::identity::Identity;
use super::left_out::LeftOut;
use super::markdown::{self, Fate};
use super::markers::is_told_differently;
use super::quotes::Quote;
use super::resolve::{Numbers, Resolved, Rules, Source};
use super::senders::Sender;
use super::settings::ImportSettings;
use super::{canonical, time};
use crate::chat::{Attachment, Kind, MediaKind, Message};
use crate::parser::text::sent_name;

/// The most bytes of files in one message. Close says 25 MB and not which (`close-api.md` 1.9,
/// A20); the smaller reading is safe.
pub(super) const MAX_FILES: u64 = 25_000_000;

/// A message of one archive, on its way to being desired.
#[derive(Debug)]
pub(super) struct Item<'s> {
    pub(super) message: &'s Message<'s>,
    pub(super) archive: u32,
    pub(super) external_id: String,
    pub(super) direction: Direction,
    pub(super) activity_at: DateTime<Utc>,
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
    /// External ids that it has in other archives.
    pub(super) other_ids: Option<Box<OtherIds>>,
    /// What quotations may call it by.
    pub(super) ids: Vec<&'s str>,
    /// What it answers, where an archive tells.
    pub(super) quoted: Option<Quote<'s>>,
    /// Nobody can tell whether another archive has it under another id.
    pub(super) is_undecided: bool,
}

impl<'s> Item<'s> {
    /// True for what comes from an archive that holds instants.
    pub(super) fn is_exact(&self) -> bool {
        self.message.instant().is_some()
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
            && is_told_differently(self.message.kind, "");
        self.edited |= older.edited;
        older.edited = self.edited;
        let tells = |item: &Item<'s>| {
            let own = (!item.message.reactions().is_empty()).then_some(item.message);
            own.or(item.reacted)
        };
        self.reacted = tells(&self).or_else(|| tells(&older));
        older.reacted = self.reacted;
        // Instants and numbers are not taken away by an export that has minutes and names.
        if older.is_exact() && !self.is_exact() {
            self.activity_at = older.activity_at;
            self.said_by = older.said_by;
            self.direction = older.direction;
        } else if self.is_exact() && !older.is_exact() {
            older.activity_at = self.activity_at;
            older.said_by = self.said_by;
        }
        let ids = std::mem::take(&mut older.ids);
        self.ids.extend(ids);
        older.ids.clone_from(&self.ids);
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
                ..self
            };
        }
        self
    }
}

/// Messages that an archive of the chat lacks in its first minute: what begins in the middle of a
/// minute counts its equal messages from there, and its ids must still be those of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    sender: String,
    minute: i64,
    body: String,
    count: u32,
}

/// What each of the archives lacks, by what the others hold.
pub(super) fn missing(archives: &[Resolved<'_>], senders: &[Vec<Sender>]) -> Vec<Vec<Missing>> {
    if archives.len() < 2 {
        return vec![Vec::new(); archives.len()];
    }
    let minutes: Vec<Vec<i64>> = archives
        .iter()
        .map(|r| {
            let times = time::instants(r.source.chat, r.source.device.timezone).times;
            let instants = r.source.chat.messages.iter().zip(times);
            instants
                .map(|(m, local)| m.instant().unwrap_or(local).timestamp().div_euclid(60))
                .collect()
        })
        .collect();
    // The messages of one minute of one archive, counted.
    let counted = |archive: usize, minute: i64| {
        let source = archives[archive].source;
        let mut counts: HashMap<(String, String), u32> = HashMap::new();
        for (message, at) in source.chat.messages.iter().zip(&minutes[archive]) {
            if *at != minute || message.native_id().is_some() {
                continue;
            }
            let Some(number) = message.sender else {
                continue;
            };
            let sender = &senders[archive][number as usize];
            let key = (sender.field.clone(), canonical::body(message));
            *counts.entry(key).or_insert(0) += 1;
        }
        counts
    };
    (0..archives.len())
        .map(|own| {
            let messages = &archives[own].source.chat.messages;
            let said = messages.iter().position(|m| m.sender.is_some());
            let Some(minute) = said.map(|at| minutes[own][at]) else {
                return Vec::new();
            };
            let mine = counted(own, minute);
            let mut lacks: HashMap<(String, String), u32> = HashMap::new();
            for (other, of_other) in minutes.iter().enumerate() {
                // Only who goes further back has the whole minute.
                if other == own || !of_other.iter().any(|m| *m < minute) {
                    continue;
                }
                for (key, count) in counted(other, minute) {
                    let Some(held) = mine.get(&key).filter(|held| count > **held) else {
                        continue;
                    };
                    let most = lacks.entry(key).or_insert(0);
                    *most = (*most).max(count - held);
                }
            }
            lacks
                .into_iter()
                .map(|((sender, body), count)| Missing {
                    sender,
                    minute,
                    body,
                    count,
                })
                .collect()
        })
        .collect()
}

/// The messages of one archive.
#[derive(Debug, Default)]
pub(super) struct Items<'s> {
    pub(super) list: Vec<Item<'s>>,
    pub(super) ambiguous_times: u32,
}

/// Reads one archive of a ready chat. `archive` is its number among the archives of the chat;
/// `shifts`, where there are any, are by how much each of its messages is too late.
pub(super) fn items<'s>(
    resolved: &Resolved<'s>,
    numbers: &Numbers,
    senders: &[Sender],
    archive: u32,
    missing: &[Missing],
    shifts: &[TimeDelta],
    rules: &Rules<'_>,
) -> Items<'s> {
    let Source { device, chat, .. } = resolved.source;
    let instants = time::instants(chat, device.timezone);
    let left_out = LeftOut::new(resolved.source, rules);
    let key = numbers.chat();
    let mut ids = Identity::new(&key);
    for lack in missing {
        ids.skip(&lack.sender, lack.minute, &lack.body, lack.count);
    }
    let mut stamps = Stamps::default();
    let mut moved = instants.moved.iter().copied().peekable();
    let mut items = Items {
        list: Vec::with_capacity(chat.messages.len()),
        ambiguous_times: instants.twice_first,
    };
    for (place, message) in chat.messages.iter().enumerate() {
        let shift = shifts.get(place).copied().unwrap_or_default();
        let instant = message.instant().unwrap_or(instants.times[place] - shift);
        let sender = message
            .sender
            .and_then(|number| senders.get(number as usize));
        let by_owner = sender.is_some_and(|sender| sender.outgoing);
        let field = sender.map_or("", |sender| sender.field.as_str());
        let external_id = match message.native_id() {
            Some(native) => native.to_owned(),
            None => ids.id(
                field,
                instant.timestamp().div_euclid(60),
                &canonical::body(message),
            ),
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
            direction: side(by_owner),
            activity_at,
            rule: left_out.rule(message, shift, is_ignored),
            has_bytes: message.attachments().iter().any(|a| a.entry.is_some()),
            notes,
            text: None,
            is_undecided: false,
            said_by: message.sender.map(|sender| (archive, sender)),
            edited: message.edited,
            reacted: None,
            other_ids: None,
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

fn side(by_owner: bool) -> Direction {
    if by_owner {
        Direction::Outgoing
    } else {
        Direction::Incoming
    }
}

/// The text and the files of a message, and what the report has to say of them. `container` is
/// the number of its archive's container in the plan.
pub(super) fn render(
    item: &mut Item<'_>,
    source: Source<'_>,
    container: u32,
    settings: &ImportSettings,
) -> (Content, Vec<File>) {
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
    (Content::new(markdown), files)
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
