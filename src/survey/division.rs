//! Divides the messages of recorded chats among the chats of the run that may have messages of them.
//!
//! Here belongs the evidence for one message, in this order: WhatsApp's id of it; the archive that it was read from; its
//! content. Where none of these names one chat, the message goes with others: those that the same run posted into the
//! record, since a run posts the messages of one chat into it; those of the same archive in any record, since an archive
//! has one chat; all others of the record. Never here: which chats may have messages of a record ([`super::claims`]).

use std::collections::{HashMap, HashSet};

use super::links::may_be_in_close;
use crate::canonical;
use crate::checkpoint::fingerprint::{archive, handle, keyed};
use crate::checkpoint::{ArchiveId, ChatId, Hash, HashKey, MessageRow, RunId};
use crate::matching::sequence::Key;
use crate::matching::tolerance::{FARTHEST_ZONE, MAX_DIFFERENCE, QUARTER};
use crate::plan::files_text;
use crate::transform::desired::{DesiredChat, DesiredMessage};

/// A chat of the run, with what shows that a record is a message of it.
pub(super) struct Claimant {
    pub(super) handle: Hash,
    /// The times of each of its contents, in order.
    contents: HashMap<Hash, Vec<i64>>,
    /// WhatsApp's own ids of its messages.
    ids: HashSet<Key>,
    /// The digests of its archives.
    archives: HashSet<Hash>,
}

impl Claimant {
    /// `None` for a chat without numbers.
    pub(super) fn of(key: &HashKey, chat: &DesiredChat) -> Option<Claimant> {
        let mut claimant = Claimant {
            handle: handle(key, chat.key.as_ref()?.reveal()),
            contents: HashMap::new(),
            ids: HashSet::new(),
            archives: (chat.sources.iter())
                .map(|source| archive(key, &source.digest))
                .collect(),
        };
        chat.messages
            .with(|messages| messages.iter().for_each(|one| claimant.add(key, one)));
        claimant
            .contents
            .values_mut()
            .for_each(|times| times.sort_unstable());
        Some(claimant)
    }

    fn add(&mut self, key: &HashKey, message: &DesiredMessage) {
        let at = message.activity_at.timestamp_millis();
        let mut add = |content| self.contents.entry(content).or_default().push(at);
        add(match message.files.is_empty() {
            false => keyed(key, "media", &files_text(&message.files)),
            true => keyed(key, "body", message.body(message.markdown.reveal())),
        });
        if let Some(body) = message.evidence.content {
            let body = data_encoding::HEXLOWER.encode(&body);
            add(keyed(key, "content", &body));
        }
        let ids = std::iter::once(&message.external_id).chain(message.alternate_ids());
        let native = ids.filter(|id| id.is_native());
        self.ids
            .extend(native.map(|id| canonical::key(id.as_str())));
    }

    /// Whether the chat has the content of a record, at its time or, with `is_shifted`, at a zone shift.
    fn contains(&self, row: &MessageRow, is_shifted: bool) -> bool {
        let hash = match row.media_hash {
            Some(files) if row.media_count > 0 => files,
            _ => row.body_hash,
        };
        let is_at = |hash: &Hash| {
            let times = self.contents.get(hash).map_or(&[][..], Vec::as_slice);
            match is_shifted {
                true => has_at_zone_shift(times, row.activity_at),
                false => has_within(
                    times,
                    row.activity_at - MAX_DIFFERENCE,
                    row.activity_at + MAX_DIFFERENCE,
                ),
            }
        };
        is_at(&hash) || row.content.as_ref().is_some_and(is_at)
    }
}

/// Whether one of `times`, which are in order, is from `first` to `last`.
fn has_within(times: &[i64], first: i64, last: i64) -> bool {
    let index = times.partition_point(|time| *time < first);
    times.get(index).is_some_and(|time| *time <= last)
}

/// Whether one of `times`, which are in order, is a zone shift away from `at`
/// ([`is_zone_shift`](crate::matching::tolerance::is_zone_shift)). Thousands of equal texts would be compared with each other
/// if each time was looked at.
fn has_at_zone_shift(times: &[i64], at: i64) -> bool {
    let farthest = FARTHEST_ZONE / QUARTER;
    (-farthest..=farthest).any(|quarters| {
        let shift = quarters * QUARTER;
        let first = (shift - MAX_DIFFERENCE).max(-FARTHEST_ZONE);
        let last = (shift + MAX_DIFFERENCE).min(FARTHEST_ZONE);
        has_within(times, at + first, at + last)
    })
}

/// Messages of which most belong to one chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    /// Those that a run posted into a record.
    Run(ChatId, RunId),
    /// Those of an archive, by its digest.
    Archive(Hash),
    /// Those of a record.
    Record(ChatId),
}

/// A recorded message that no evidence of its own assigns to one chat.
struct Doubtful {
    id: i64,
    groups: [Option<Group>; 3],
    /// The indexes of the chats that it may belong to.
    candidates: Vec<usize>,
}

/// The division of all records that several chats may have messages of.
#[derive(Default)]
pub(super) struct Division {
    /// The index of the chat of each recorded message, by row number.
    of_row: HashMap<i64, usize>,
    doubtful: Vec<Doubtful>,
    /// The number of messages of a group that belong to a chat, by the chat's index.
    counts: HashMap<Group, HashMap<usize, usize>>,
}

impl Division {
    /// Assigns the messages of a record that evidence of their own assigns to one of `claimants`, each with the index of
    /// its chat. `archives` are the digests of the record's archives.
    pub(super) fn add(
        &mut self,
        claimants: &[(usize, &Claimant)],
        rows: &[MessageRow],
        archives: &HashMap<ArchiveId, Hash>,
    ) {
        // A chat that has nothing of the record at its time may have it at another zone: the zone was
        // corrected in the same run, or the export was made abroad.
        let is_shifted: Vec<bool> = (claimants.iter())
            .map(|(_, chat)| {
                let mut there = rows.iter().filter(|row| may_be_in_close(row.state));
                !there.any(|row| chat.contains(row, false))
            })
            .collect();
        for row in rows {
            let archive = row.source.and_then(|source| archives.get(&source));
            let id = canonical::key(row.external_id.as_str());
            let having = |is_of: &dyn Fn(&Claimant, bool) -> bool| -> Vec<usize> {
                (claimants.iter().zip(&is_shifted))
                    .filter(|((_, chat), is_shifted)| is_of(chat, **is_shifted))
                    .map(|((index, _), _)| *index)
                    .collect()
            };
            let is_there = may_be_in_close(row.state);
            // What a chat left behind on a former lead does not count for the record.
            let groups = [
                row.created_run.map(|run| Group::Run(row.chat, run)),
                archive.copied().map(Group::Archive),
                is_there.then_some(Group::Record(row.chat)),
            ];
            let having_id =
                having(&|chat, _| row.external_id.is_native() && chat.ids.contains(&id));
            let having_archive =
                having(&|chat, _| archive.is_some_and(|archive| chat.archives.contains(archive)));
            let having_content = having(&|chat, is_shifted| chat.contains(row, is_shifted));
            let single = [&having_id, &having_archive, &having_content]
                .into_iter()
                .find_map(|having| match having[..] {
                    [index] => Some(index),
                    _ => None,
                });
            match single {
                Some(index) => {
                    self.of_row.insert(row.id, index);
                    for group in groups.into_iter().flatten() {
                        *(self.counts.entry(group).or_default())
                            .entry(index)
                            .or_default() += 1;
                    }
                }
                None if is_there => self.doubtful.push(Doubtful {
                    id: row.id,
                    groups,
                    candidates: match having_content.is_empty() {
                        true => claimants.iter().map(|(index, _)| *index).collect(),
                        false => having_content,
                    },
                }),
                None => {}
            }
        }
    }

    /// The index of the chat of each recorded message that belongs to one, by row number.
    pub(super) fn into_chats(mut self) -> HashMap<i64, usize> {
        for one in &self.doubtful {
            let groups = one.groups.iter().flatten();
            let index = groups
                .filter_map(|group| self.counts.get(group))
                .find_map(|counts| most(counts, &one.candidates));
            if let Some(index) = index {
                self.of_row.insert(one.id, index);
            }
        }
        self.of_row
    }
}

/// The candidate with the largest count, if there is only one of it.
fn most(counts: &HashMap<usize, usize>, candidates: &[usize]) -> Option<usize> {
    let counts = || (candidates.iter()).filter_map(|index| Some((*index, *counts.get(index)?)));
    let most = counts().map(|(_, count)| count).max()?;
    let mut first = counts().filter(|(_, count)| *count == most);
    match (first.next(), first.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::tolerance::is_zone_shift;

    proptest! {
        /// Times near the bounds: whole quarters of an hour, the tolerance, and the farthest zone.
        #[test]
        fn times_are_found_as_one_by_one(
            near in prop::collection::vec(
                (-106..=106_i64, -1..=1_i64, -2..=2_i64),
                0..6,
            ),
            at in any::<i32>(),
        ) {
            let at = i64::from(at) * 1_000;
            let mut times: Vec<i64> = (near.iter())
                .map(|(quarters, sides, rest)| at + quarters * QUARTER + sides * MAX_DIFFERENCE + rest)
                .collect();
            times.sort_unstable();
            let mut apart = times.iter().map(|time| time - at);
            prop_assert_eq!(has_at_zone_shift(&times, at), apart.clone().any(is_zone_shift));
            prop_assert_eq!(
                has_within(&times, at - MAX_DIFFERENCE, at + MAX_DIFFERENCE),
                apart.any(|apart| apart.abs() <= MAX_DIFFERENCE)
            );
        }
    }
}
