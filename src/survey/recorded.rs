//! The checkpoint's records of a chat, as values of the plan. Writes nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::claims::Claims;
use super::links::may_be_in_close;
use super::unfinished::OpenOperations;
use crate::checkpoint::fingerprint::{self, handle, keyed, tombstone};
use crate::checkpoint::{
    self, ArchiveId, ChatId, Hash, HashKey, MessageRow, Origin, ReadStore, State,
};
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId};
use crate::matching::Class;
use crate::matching::tolerance::MAX_DIFFERENCE;
use crate::plan::{
    Answer, Draft, Fingerprint, Known, Record, RecordFacts, Recorded, Records, Tombstone,
    Unfinished,
};
use crate::transform::age::Age;
use crate::transform::desired::{Content, Decision, DesiredChat, DesiredMessage};

/// Whether messages of a chat are recorded as being in Close: under its key or, if `contact` has no other
/// chat, under that contact.
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(crate) fn is_recorded(
    snapshot: &dyn ReadStore,
    chat: &str,
    contact: Option<&ContactId>,
) -> Result<bool, checkpoint::Error> {
    let own = snapshot.chat(&handle(&snapshot.key(), chat))?;
    let of_contact = contact.map(|contact| snapshot.chats_by_contact(contact));
    for row in own
        .into_iter()
        .chain(of_contact.transpose()?.into_iter().flatten())
    {
        let mut is_there = false;
        snapshot.each_message_of(row.id, &mut |row| is_there |= row.state == State::Done)?;
        if is_there {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All records of a chat that goes to `lead`: its messages, and those of the same contact under numbers
/// that no chat of this run has (`handles`). Records on a lead that was merged into `lead` count as on
/// `lead`.
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(super) fn known(
    snapshot: &dyn ReadStore,
    (handles, open, claims): (&HashSet<Hash>, &OpenOperations, &Claims),
    chat: &DesiredChat,
    lead: &LeadId,
) -> Result<Known, checkpoint::Error> {
    let key = snapshot.key();
    let mut known = Known {
        fingerprint: Some(Fingerprint(Arc::new(move |kind, text| {
            keyed(&key, kind, text)
        }))),
        ..Known::default()
    };
    let is_here =
        |row: &MessageRow| row.lead_id == *lead || chat.merged_from.contains(&row.lead_id);
    let own = handle_of(&snapshot.key(), chat);
    let deleted = tombstone(&snapshot.key());
    let mut zone: Option<Box<str>> = None;
    let mut shifts: HashMap<Hash, i64> = HashMap::new();
    let mut moves = Moves::new(open, claims);
    if let Some(row) = own.map(|own| snapshot.chat(&own)).transpose()?.flatten() {
        zone = row.zone;
        known.aliases = snapshot.aliases_of(row.id)?;
        let mut sources = Sources::default();
        sources.add(snapshot, row.id, &mut known.sources)?;
        shifts.extend(shifts_of(snapshot, row.id)?);
        known
            .unfinished_links
            .extend_from_slice(open.links_of(row.id));
        moves.of_chat(row.id);
        snapshot.each_message_of(row.id, &mut |mut row| {
            row.linked |= open.is_relinked(&row);
            answer(&row, &mut known.answers);
            if row.state == State::Absent && row.body_hash == deleted {
                known.tombstones.push(Tombstone {
                    external_id: row.external_id.clone(),
                    at: row.activity_at,
                    outgoing: row.outgoing,
                });
            }
            if claims.chat_of(&row).is_some_and(|chat| Some(*chat) != own) {
                if is_here(&row) {
                    known.taken.insert(row.external_id);
                }
                return;
            }
            moves.of_message(&row);
            if is_here(&row) {
                known.has_found |= is_found(&row);
                if open.is_restored(&row) {
                    known.restoring.insert(row.external_id.clone());
                }
                add(&row, &sources, &mut known.recorded);
            } else if !open.is_source(&row) {
                known.elsewhere.extend(record(row, &sources, true));
            }
        })?;
    }
    let contact = match &chat.standing {
        Decision::Ready(destination) => Some(&destination.contact_id),
        _ => None,
    };
    // Records of a colleague's conversation with the contact are excluded, in this run or not; so are those
    // of the contact's other numbers, unless the chats of both numbers are in the run, so that content can
    // decide.
    let handles_of = |chats: &[Content]| -> HashSet<Hash> {
        (chats.iter())
            .map(|chat| handle(&snapshot.key(), chat.reveal()))
            .collect()
    };
    let keys_of_colleagues = handles_of(&chat.keys_of_colleagues);
    let keys_of_other_numbers = handles_of(&chat.keys_of_other_numbers);
    let of_contact = contact.map(|contact| snapshot.chats_by_contact(contact));
    let mut others = of_contact.transpose()?.unwrap_or_default();
    let linked = claims.linked_with(own).iter();
    others.extend(
        linked
            .filter(|row| !others.iter().any(|known| known.id == row.id))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let mut ids: Option<HashSet<&ExternalId>> = None;
    for row in others {
        let is_shared = claims.is_shared(row.id);
        if Some(row.chat) == own {
            continue;
        }
        // A chat without a pair of numbers is a group. A group is not one of its anchor's own chats, and
        // may be one of the anchor's groups under a new subject.
        let is_of_other_chat = handles.contains(&row.chat);
        let is_elsewhere = is_of_other_chat || keys_of_other_numbers.contains(&row.chat);
        let is_linked = claims.is_linked(&row, own);
        let is_claimed = claims.is_compared(&row, own);
        let is_other =
            (is_elsewhere && !is_shared) || (keys_of_colleagues.contains(&row.chat) && !is_claimed);
        if is_other || row.pairs.is_empty() != chat.is_group {
            continue;
        }
        known.aliases.extend(snapshot.aliases_of(row.id)?);
        let mut sources = Sources::default();
        sources.add(snapshot, row.id, &mut known.sources)?;
        known
            .unfinished_links
            .extend_from_slice(open.links_of(row.id));
        moves.of_chat(row.id);
        let messages = snapshot.messages_of(row.id)?;
        if chat.is_group && !is_linked && !is_renamed(&snapshot.key(), chat, &messages) {
            continue;
        }
        // Number and zone were corrected at once.
        zone = zone.or(row.zone);
        for mut row in messages {
            row.linked |= open.is_relinked(&row);
            let is_own = match claims.chat_of(&row) {
                Some(chat) => Some(*chat) == own,
                None => !is_of_other_chat,
            };
            if !is_own {
                if is_here(&row) {
                    known.taken.insert(row.external_id);
                }
                continue;
            }
            // What it left behind there is no message in Close any more.
            known.renumbered |= may_be_in_close(row.state);
            if matches!(row.state, State::Done | State::Gone) {
                let former_key = (row.external_id.clone(), row.lead_id.clone());
                known.of_former_keys.insert(former_key);
            }
            moves.of_message(&row);
            answer(&row, &mut known.answers);
            let mut is_wanted = |id: &ExternalId| {
                ids.get_or_insert_with(|| {
                    (chat.messages.iter())
                        .map(|message| &message.external_id)
                        .collect()
                })
                .contains(id)
            };
            if is_here(&row) && open.is_restored(&row) {
                known.restoring.insert(row.external_id.clone());
            }
            if is_here(&row) && is_wanted(&row.external_id) {
                known.has_found |= is_found(&row);
                add(&row, &sources, &mut known.recorded);
            } else if is_here(&row) {
                known.former.extend(record(row, &sources, false));
            } else if !open.is_source(&row) {
                known.elsewhere.extend(record(row, &sources, true));
            }
        }
    }
    known.unfinished = moves.into_found();
    known.zone = match &zone {
        Some(zone) => zone.parse().ok(),
        None => Some(chat.zone),
    };
    known.current_zone = Some(chat.zone);
    known.archives_agree = archives_agree(chat, &snapshot.key(), &shifts);
    known.zone_corrected = zone.is_some_and(|zone| *zone != *chat.zone.name());
    Ok(known)
}

/// The shift at which each archive of a recorded chat was read, by digest.
fn shifts_of(
    snapshot: &dyn ReadStore,
    chat: ChatId,
) -> Result<Vec<(Hash, i64)>, checkpoint::Error> {
    let archives = snapshot.archives_of(chat)?.into_iter();
    Ok(archives
        .filter_map(|archive| Some((archive.facts.digest, archive.facts.shift_ms?)))
        .collect())
}

/// Whether recorded archives of different devices are read at one zone now, and were not before. The bytes are the
/// same, so the zone of a device was corrected.
fn archives_agree(chat: &DesiredChat, key: &HashKey, shifts: &HashMap<Hash, i64>) -> bool {
    let mut devices: HashMap<&str, i64> = HashMap::new();
    let mut has_differed = false;
    for (source, zone) in chat.sources.iter().zip(&chat.zones) {
        let Some(shift) = shifts.get(&fingerprint::archive(key, &source.digest)) else {
            continue;
        };
        if source.shift != 0 {
            return false;
        }
        let known = *devices.entry(&zone.device).or_insert(*shift);
        // Of one device, an archive was exported elsewhere.
        if known != *shift {
            return false;
        }
        has_differed |= devices
            .values()
            .any(|other| (other - shift).abs() > MAX_DIFFERENCE);
    }
    has_differed
}

/// The recorded chat whose messages are all of [`Known::recorded`], so that [`read_again`] restores it; `None`
/// where the records of several chats, operations of earlier runs or Close contribute to it.
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(super) fn source_of(
    snapshot: &dyn ReadStore,
    (open, claims): (&OpenOperations, &Claims),
    chat: &DesiredChat,
    known: &Known,
) -> Result<Option<ChatId>, checkpoint::Error> {
    if known.renumbered || known.activities.is_some() || !open.is_empty() {
        return Ok(None);
    }
    let own = handle_of(&snapshot.key(), chat);
    let row = own.map(|own| snapshot.chat(&own)).transpose()?.flatten();
    Ok(row.map(|row| row.id).filter(|id| !claims.is_shared(*id)))
}

/// Reads [`Known::recorded`] of a chat that goes to `lead` again, from its [`source_of`].
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(super) fn read_again(
    snapshot: &dyn ReadStore,
    source: ChatId,
    chat: &DesiredChat,
    lead: &LeadId,
) -> Result<Records, checkpoint::Error> {
    let mut records = Records::default();
    let mut sources = Sources::default();
    sources.add(snapshot, source, &mut Vec::new())?;
    snapshot.each_message_of(source, &mut |row| {
        if row.lead_id == *lead || chat.merged_from.contains(&row.lead_id) {
            add(&row, &sources, &mut records);
        }
    })?;
    Ok(records)
}

/// The interrupted moves of a chat of the run, each once. A move belongs to the chat that has one of its two records,
/// and to the chat for which it was begun: where chats exchanged their rows, the records are in each other's chats.
struct Moves<'o> {
    open: &'o OpenOperations,
    claims: &'o Claims,
    found: Vec<&'o Unfinished>,
    seen: HashSet<(&'o LeadId, &'o ActivityId)>,
}

impl<'o> Moves<'o> {
    fn new(open: &'o OpenOperations, claims: &'o Claims) -> Self {
        Moves {
            open,
            claims,
            found: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Adds those of a recorded chat, unless its messages may belong to several chats of the run.
    fn of_chat(&mut self, chat: ChatId) {
        if !self.claims.is_shared(chat) {
            self.extend(self.open.moves_of(chat));
        }
    }

    /// Adds those of a message of the chat.
    fn of_message(&mut self, row: &MessageRow) {
        self.extend(self.open.moves_at(row));
    }

    fn extend(&mut self, moves: impl Iterator<Item = &'o Unfinished>) {
        for one in moves {
            if self.seen.insert((&one.from, &one.activity_id)) {
                self.found.push(one);
            }
        }
    }

    fn into_found(self) -> Vec<Unfinished> {
        self.found.into_iter().cloned().collect()
    }
}

/// The archives of a recorded chat, each with its index in [`Known::sources`].
#[derive(Default)]
pub(super) struct Sources(HashMap<ArchiveId, u16>);

impl Sources {
    fn add(
        &mut self,
        snapshot: &dyn ReadStore,
        chat: ChatId,
        ages: &mut Vec<Age>,
    ) -> Result<(), checkpoint::Error> {
        for archive in snapshot.archives_of(chat)? {
            let (Some(last), Ok(index)) = (archive.facts.last_at, u16::try_from(ages.len())) else {
                continue;
            };
            let dated = archive.facts.dated_at;
            ages.push(Age { dated, last });
            self.0.insert(archive.id, index);
        }
        Ok(())
    }
}

/// The number of messages that must agree in content and time for a group to be another one under a new
/// subject; if there are fewer, all.
const MIN_AGREEING: usize = 3;

/// Whether a recorded group is `chat` under a former subject: at least half of the messages of the time
/// that both cover agree.
fn is_renamed(key: &HashKey, chat: &DesiredChat, rows: &[MessageRow]) -> bool {
    let mut by_body: HashMap<Hash, Vec<i64>> = HashMap::new();
    for row in rows {
        by_body
            .entry(row.body_hash)
            .or_default()
            .push(row.activity_at);
    }
    for times in by_body.values_mut() {
        times.sort_unstable();
    }
    let (Some(begin), Some(end)) = (
        rows.iter().map(|row| row.activity_at).min(),
        rows.iter().map(|row| row.activity_at).max(),
    ) else {
        return false;
    };
    let at = |message: &DesiredMessage| message.activity_at.timestamp_millis();
    let first = chat.messages.iter().map(at).min().unwrap_or(i64::MAX);
    let last = chat.messages.iter().map(at).max().unwrap_or(i64::MIN);
    let within: Vec<&DesiredMessage> = (chat.messages.iter())
        .filter(|message| (begin - MAX_DIFFERENCE..=end + MAX_DIFFERENCE).contains(&at(message)))
        .collect();
    let recorded = (rows.iter())
        .filter(|row| (first - MAX_DIFFERENCE..=last + MAX_DIFFERENCE).contains(&row.activity_at))
        .count();
    let is_same = |message: &&&DesiredMessage| {
        let body = keyed(key, "body", message.body(message.markdown.reveal()));
        let times = by_body.get(&body).map_or(&[][..], Vec::as_slice);
        let first = times.partition_point(|time| *time < at(message) - MAX_DIFFERENCE);
        (times.get(first)).is_some_and(|time| *time <= at(message) + MAX_DIFFERENCE)
    };
    let same = within.iter().filter(is_same).count();
    let all = within.len().min(recorded);
    same > 0 && same * 2 >= all && (same >= MIN_AGREEING || same == all)
}

fn add(row: &MessageRow, sources: &Sources, records: &mut Records) {
    let facts = facts(row, sources);
    let recorded = match (row.state, &row.activity_id) {
        (State::Gone, _) => Recorded::Gone { facts },
        (State::Done, Some(activity_id)) => Recorded::Done {
            activity_id: activity_id.as_str(),
            facts,
        },
        (State::Intent | State::Unknown | State::Done, _) => Recorded::Unsettled { facts },
        (State::Failed | State::Absent, _) => Recorded::NotThere,
    };
    records.add(row.external_id.as_str(), recorded);
}

/// The record of a message that is, was, or may be in Close; with its lead if that is another one.
fn record(row: MessageRow, sources: &Sources, elsewhere: bool) -> Option<Record> {
    let facts = facts(&row, sources);
    let activity = match row.state {
        State::Done => row.activity_id?,
        State::Gone | State::Intent | State::Unknown => ActivityId::from(""),
        State::Failed | State::Absent => return None,
    };
    Some(Record {
        external_id: row.external_id,
        activity_id: activity,
        lead_id: elsewhere.then_some(row.lead_id),
        facts,
        listed: None,
    })
}

fn answer(row: &MessageRow, answers: &mut Vec<Answer>) {
    // Activities that another key created are never changed.
    if row.origin == Origin::Foreign {
        return;
    }
    if let (Some(to), Some(activity), State::Done) = (&row.response_to, &row.activity_id, row.state)
    {
        answers.push(Answer {
            external_id: row.external_id.clone(),
            activity_id: activity.clone(),
            lead_id: row.lead_id.clone(),
            to: to.clone(),
            at: row.activity_at,
            linked: row.linked,
            refused: row.refused.is_some(),
        });
    }
}

/// True for a message of ours that was found in Close: a run that this checkpoint does not know posted it.
fn is_found(row: &MessageRow) -> bool {
    row.state == State::Done && row.attempts == 0 && row.origin != Origin::Foreign
}

pub(super) fn facts(row: &MessageRow, sources: &Sources) -> RecordFacts {
    RecordFacts {
        at: row.activity_at,
        first_at: row.first_at,
        body: row.body_hash,
        files: row.media_count,
        media: row.media_hash,
        file_bytes: u32::try_from(row.media_bytes)
            .ok()
            .filter(|bytes| row.media_count == 1 && *bytes > 0),
        people: row.people_hash,
        changing: row.changing,
        outgoing: row.outgoing,
        is_media: row.media,
        linked: row.linked,
        adopted: row.origin != Origin::Created,
        foreign: row.origin == Origin::Foreign,
        gone: row.state == State::Gone,
        unsettled: matches!(row.state, State::Intent | State::Unknown),
        refused: row.refused.is_some(),
        link_refused: row.refused.as_deref().is_some_and(checkpoint::is_of_link),
        damaged: row.refused.as_deref().is_some_and(checkpoint::is_damaged),
        content: row.content,
        class: row.class.and_then(class),
        edited: row.edited,
        deleted: row.deleted == Some(true) || row.class == Some(checkpoint::Class::Deleted),
        exact: row.exact,
        seconds: row.seconds,
        source: row
            .source
            .and_then(|source| sources.0.get(&source).copied()),
        run: row.run.number(),
    }
}

/// The class as a value of `matching`; `None` for a placeholder of a deletion.
fn class(class: checkpoint::Class) -> Option<Class> {
    use checkpoint::Class as Recorded;
    match class {
        Recorded::Text => Some(Class::Text),
        Recorded::File => Some(Class::File),
        Recorded::Place => Some(Class::Location),
        Recorded::Card => Some(Class::Card),
        Recorded::Poll => Some(Class::Poll),
        Recorded::Event | Recorded::Call | Recorded::Other => Some(Class::Other),
        Recorded::Deleted => None,
    }
}

/// The handles of all chats.
pub(super) fn handles(snapshot: &dyn ReadStore, chats: &[Draft]) -> HashSet<Hash> {
    let key = snapshot.key();
    chats
        .iter()
        .filter_map(|chat| handle_of(&key, chat))
        .collect()
}

/// The handle of a chat; `None` for a chat without numbers, which is never imported.
fn handle_of(key: &HashKey, chat: &DesiredChat) -> Option<Hash> {
    chat.key.as_ref().map(|chat| handle(key, chat.reveal()))
}
