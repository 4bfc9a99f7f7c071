//! Records that hold messages of each other's chats, since the chats' rows had each other's numbers.
//!
//! Here belongs what shows that without any content: an interrupted move from one record to the other, and an archive that
//! is recorded in both. Never here: which of the two chats a message belongs to ([`super::division`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::unfinished::OpenOperations;
use crate::checkpoint::{self, ChatId, ChatRow, Hash, ReadStore};

/// The pairs of such records, each once. Both are records of chats of the run, by their handles.
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(super) fn pairs(
    snapshot: &dyn ReadStore,
    of_run: &HashMap<Hash, usize>,
    open: &OpenOperations,
) -> Result<Vec<[ChatRow; 2]>, checkpoint::Error> {
    let mut records: BTreeMap<i64, ChatRow> = BTreeMap::new();
    for handle in of_run.keys() {
        if let Some(row) = snapshot.chat(handle)? {
            records.insert(row.id.number(), row);
        }
    }
    let mut pairs: BTreeSet<[i64; 2]> = BTreeSet::new();
    let mut add = |one: ChatId, other: ChatId| {
        let (one, other) = (one.number(), other.number());
        if one != other && records.contains_key(&one) && records.contains_key(&other) {
            pairs.insert([one.min(other), one.max(other)]);
        }
    };
    for one in open.moves() {
        let source = snapshot.lookup(&one.external_id, &one.from)?;
        let target = snapshot.lookup(&one.target_id, &one.to)?;
        if let (Some(source), Some(target)) = (source, target) {
            add(source.chat, target.chat);
        }
    }
    for row in records.values() {
        for archive in snapshot.archives_of(row.id)? {
            for other in snapshot.archives_by_digest(&archive.facts.digest)? {
                add(row.id, other.chat);
            }
        }
    }
    let record = |number: i64| records.get(&number).cloned();
    Ok((pairs.into_iter())
        .filter_map(|[one, other]| Some([record(one)?, record(other)?]))
        .collect())
}
