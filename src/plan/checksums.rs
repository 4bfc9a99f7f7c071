//! Makes file hashes comparable if only one side has checksums: a zip has one of each file, folders and
//! databases have sizes only.
//!
//! Here belongs which file hashes of archives and records cannot be compared, and the sizes in their place;
//! never pairing.

use super::evidence::Records;
use super::{Fingerprint, Known, RecordFacts};
use crate::canonical;
use crate::matching::sequence::Key;
use crate::matching::{Files, Timeline};
use crate::transform::desired::DesiredMessage;

/// Details of the only file of a message.
#[derive(Clone, Copy)]
struct Single {
    /// In bytes.
    size: u64,
    has_checksum: bool,
    /// Whether the size is from Close's list, and no archive of this run had the file.
    is_listed: bool,
}

/// If one timeline has checksums that the other lacks, replaces the hashes of single files by their sizes.
/// Messages with several files keep their hash.
pub(super) fn align(
    (new, wanted): (&mut Timeline, &[DesiredMessage]),
    (old, records): (&mut Timeline, &Records<'_>),
    known: &Known,
) {
    let Some(fingerprint) = &known.fingerprint else {
        return;
    };
    let of_new: Vec<Option<Single>> = wanted.iter().map(desired).collect();
    let is_with = |single: &Option<Single>, has: bool| {
        single.is_some_and(|single| single.has_checksum == has)
    };
    let any = |all: &[Option<Single>], has: bool| all.iter().any(|single| is_with(single, has));
    if !any(&of_new, true) && !any(&of_new, false) {
        return;
    }
    let facts = records.iter().map(|record| &record.facts);
    let of_old: Vec<Option<Single>> = facts.map(|facts| recorded(facts, fingerprint)).collect();
    let is_mixed =
        (any(&of_new, true) && any(&of_old, false)) || (any(&of_new, false) && any(&of_old, true));
    // The hash of a size from Close's list differs from that of the same size in an archive.
    let has_listed = of_old.iter().flatten().any(|single| single.is_listed);
    if is_mixed || has_listed {
        by_size(new, &of_new);
        by_size(old, &of_old);
    }
}

fn desired(message: &DesiredMessage) -> Option<Single> {
    match message.files.as_slice() {
        [file] => Some(Single {
            size: file.size,
            has_checksum: file.crc.is_some(),
            is_listed: false,
        }),
        _ => None,
    }
}

fn recorded(facts: &RecordFacts, fingerprint: &Fingerprint) -> Option<Single> {
    let media = facts.media.filter(|_| facts.files == 1)?;
    let size = u64::from(facts.file_bytes?);
    // Adopted from Close's list, which has sizes only, when the archive had no file.
    let is = |text: String| media == (fingerprint.0)("media", &text);
    let is_listed = is(format!("listed:{size}"));
    Some(Single {
        size,
        has_checksum: !is_listed && !is(format!("{size}:")),
        is_listed,
    })
}

fn by_size(timeline: &mut Timeline, all: &[Option<Single>]) {
    for (index, single) in (0u32..).zip(all) {
        let Some(single) = single else {
            continue;
        };
        if !single.has_checksum {
            timeline.observations[index as usize].files = None;
        }
        timeline.files.push(Files {
            index,
            kind: None,
            sizes: Some(size_key(single.size)),
            caption: None,
        });
    }
}

fn size_key(size: u64) -> Key {
    canonical::key(&format!("size:{size}"))
}
