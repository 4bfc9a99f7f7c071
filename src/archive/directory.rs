//! The central directory of a zip: its entries, and which of them cannot be read.
//!
//! Only the central directory is used, never the local headers next to the data, so that there is one
//! source for what an archive contains. Contradictions are detected while reading (`zipped`) or here:
//! overlapping entries, duplicate names, the directory of a nested zip.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use zip::CompressionMethod;
use zip::read::{Config, OwnedZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::entry_name::{self, EntryNames};
use super::remote::Need;
use super::shared_file::SharedFile;
use super::{Entry, Error, Limits, Remark};

/// The content of a zip. `entries`, `zipped` and `overlapping` have the same length and order.
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    pub(super) zipped: Vec<OwnedZipFileEntry>,
    /// Whether the entry's bytes overlap those of another entry.
    pub(super) overlapping: Vec<bool>,
    pub(super) remarks: Vec<Remark>,
}

/// Reads the directory.
///
/// # Errors
///
/// [`Error::Damaged`], [`Error::Unsupported`], [`Error::TooManyEntries`] (before the entries are
/// read), [`Error::TooManyBytes`], [`Error::Io`].
#[expect(clippy::disallowed_methods, reason = "the module that opens archives")]
pub(super) fn read(path: &Path, file: &SharedFile, limits: &Limits) -> Result<Directory, Error> {
    let damaged = |error: ZipError| damaged(path, file, error);
    // The directory is at the end of the file.
    let need = Need {
        until: file.length(),
        again: false,
    };
    let mut zip = ZipIterable::try_new(file.needing(need), Config::default()).map_err(damaged)?;
    let count = zip.len() as u64;
    if count > limits.entries {
        return Err(Error::TooManyEntries {
            path: path.to_owned(),
            count,
            limit: limits.entries,
        });
    }
    let listed: Vec<OwnedZipFileEntry> = zip
        .files()
        .map_err(damaged)?
        .map(|entry| entry.map(OwnedZipFileEntry::from))
        .collect::<Result<_, _>>()
        .map_err(damaged)?;
    // What these look at may be unreadable at present, which they treat as absent.
    let readable = || match file.problem() {
        Some(problem) => Err(Error::Storage {
            path: path.to_owned(),
            problem,
        }),
        None => Ok(()),
    };
    let is_nested = belongs_to_nested_zip(file, &listed);
    readable()?;
    let is_more = lists_more_than_counted(file, &listed);
    readable()?;
    if is_nested {
        return Err(Error::Damaged {
            path: path.to_owned(),
            reason: "it is truncated, and what is left ends with a zip that was sent in the chat"
                .to_owned(),
        });
    }
    if is_more {
        return Err(Error::Unsupported {
            path: path.to_owned(),
            reason: "its directory lists more files than its end record counts".to_owned(),
        });
    }
    let total = listed
        .iter()
        .try_fold(0u64, |total, entry| total.checked_add(entry.size()));
    match total {
        Some(total) if total <= limits.bytes => {}
        _ => {
            return Err(Error::TooManyBytes {
                path: path.to_owned(),
                limit: limits.bytes,
            });
        }
    }
    Ok(list(listed))
}

fn list(listed: Vec<OwnedZipFileEntry>) -> Directory {
    let mut directory = Directory {
        entries: Vec::with_capacity(listed.len()),
        zipped: Vec::with_capacity(listed.len()),
        overlapping: Vec::new(),
        remarks: Vec::new(),
    };
    let raw: Vec<&[u8]> = listed.iter().map(OwnedZipFileEntry::name_raw).collect();
    let EntryNames { names, legacy } = entry_name::read(&raw);
    if let Some((count, page)) = legacy {
        directory.remarks.push(Remark::LegacyNames(count, page));
    }
    let overlapping = overlaps(&listed);
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut links, mut duplicates, mut same_name) = (0, 0, 0);
    for ((zipped, name), overlaps) in listed.into_iter().zip(names).zip(overlapping) {
        if name.is_folder() {
            continue;
        }
        if zipped.is_symlink() {
            links += 1;
            continue;
        }
        let entry = Entry {
            size: zipped.size(),
            crc: Some(zipped.crc32()),
            unique: true,
            name: name.name,
            other_names: name.others,
        };
        if let Some(first) = places.get(&entry.name) {
            let first: &mut Entry = &mut directory.entries[*first];
            if (first.size, first.crc) == (entry.size, entry.crc) {
                duplicates += 1;
                continue;
            }
            same_name += 1 + u64::from(first.unique);
            first.unique = false;
            directory.entries.push(Entry {
                unique: false,
                ..entry
            });
        } else {
            places.insert(entry.name.clone(), directory.entries.len());
            directory.entries.push(entry);
        }
        directory.zipped.push(zipped);
        directory.overlapping.push(overlaps);
    }
    let count = |what: &dyn Fn(&OwnedZipFileEntry) -> bool| {
        directory.zipped.iter().filter(|entry| what(entry)).count() as u64
    };
    let encrypted = count(&|entry| entry.encrypted());
    let method = count(&|entry| !is_supported(entry) && !entry.encrypted());
    let shared = directory.overlapping.iter().filter(|is| **is).count() as u64;
    let remarks = [
        (links, Remark::SymbolicLinks as fn(u64) -> Remark),
        (duplicates, Remark::Duplicates),
        (same_name, Remark::SameName),
        (encrypted, Remark::Encrypted),
        (method, Remark::UnsupportedMethod),
        (shared, Remark::Overlapping),
    ];
    directory.remarks.extend(
        remarks
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, remark)| remark(count)),
    );
    directory
}

/// Whether the entry has one of the two compression methods that WhatsApp uses and chatferry supports.
pub(super) fn is_supported(entry: &OwnedZipFileEntry) -> bool {
    matches!(
        entry.compression(),
        CompressionMethod::Stored | CompressionMethod::Deflated
    )
}

/// Which entries overlap another one. An entry occupies at least its fixed header of 30 bytes
/// (APPNOTE.TXT 4.3.7) and its compressed bytes. The length of its name is not counted, so that valid
/// archives are never reported.
fn overlaps(listed: &[OwnedZipFileEntry]) -> Vec<bool> {
    const HEADER: u64 = 30;
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_unstable_by_key(|place| listed[*place].header_start());
    let mut overlapping = vec![false; listed.len()];
    // The entry that ends last so far, and its end.
    let mut farthest: Option<(usize, u64)> = None;
    for place in order {
        let start = listed[place].header_start();
        let end = start
            .saturating_add(HEADER)
            .saturating_add(listed[place].compressed_size());
        if let Some((other, reach)) = farthest
            && start < reach
        {
            overlapping[other] = true;
            overlapping[place] = true;
        }
        if farthest.is_none_or(|(_, reach)| end > reach) {
            farthest = Some((place, end));
        }
    }
    overlapping
}

/// Whether the directory belongs to a zip inside the zip: a copy that was truncated behind an attached
/// zip ends with the directory of the attachment. Bytes before a zip are allowed, but an unlisted entry
/// before the first listed one shows that the entries belong to a different zip.
fn belongs_to_nested_zip(file: &SharedFile, listed: &[OwnedZipFileEntry]) -> bool {
    let first = listed.iter().map(OwnedZipFileEntry::header_start).min();
    first.is_some_and(|start| start > 0) && begins_with(file, b"PK\x03\x04")
}

/// Whether the directory continues after the entries that the end record counts. Without zip64 the
/// count is limited to 65,535, and some programs write only its remainder (APPNOTE.TXT 4.4.22). The
/// other entries would be lost silently.
fn lists_more_than_counted(file: &SharedFile, listed: &[OwnedZipFileEntry]) -> bool {
    let Some(last) = listed.last() else {
        return false;
    };
    has_header_after(file, last.central_header_start()).unwrap_or(false)
}

/// Whether another directory header follows the one at `start`.
fn has_header_after(file: &SharedFile, start: u64) -> std::io::Result<bool> {
    let mut file = file.clone();
    let mut header = [0; 46];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut header)?;
    // The lengths of name, extra field and comment.
    let rest = [28, 30, 32].map(|at| i64::from(u16::from_le_bytes([header[at], header[at + 1]])));
    file.seek(SeekFrom::Current(rest.iter().sum()))?;
    let mut next = [0; 4];
    file.read_exact(&mut next)?;
    Ok(&next == b"PK\x01\x02")
}

fn begins_with(file: &SharedFile, magic: &[u8]) -> bool {
    let mut file = file.clone();
    let mut start = vec![0; magic.len()];
    file.seek(SeekFrom::Start(0)).is_ok() && file.read_exact(&mut start).is_ok() && start == magic
}

/// Prefix of the zip crate's message for missing bytes; the names of its own types follow.
pub(super) const ENDS_TOO_EARLY: &str = "Unexpected end of";

/// The error for a zip whose directory cannot be parsed; the first bytes of the file determine the
/// cause where they can.
fn damaged(path: &Path, file: &SharedFile, error: ZipError) -> Error {
    use std::io::ErrorKind;
    if let Some(problem) = file.problem() {
        return Error::Storage {
            path: path.to_owned(),
            problem,
        };
    }
    let reason = match error {
        ZipError::Io(source)
            if !matches!(
                source.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput
            ) =>
        {
            return Error::Io {
                path: path.to_owned(),
                source,
            };
        }
        ZipError::UnsupportedArchive(what) => {
            return Error::Unsupported {
                path: path.to_owned(),
                reason: what.to_owned(),
            };
        }
        ZipError::InvalidArchive(text) if text.contains("Multi-disk") => {
            return Error::Unsupported {
                path: path.to_owned(),
                reason: "it is split into several files".to_owned(),
            };
        }
        ZipError::InvalidArchive(text) => text.into_owned(),
        other => other.to_string(),
    };
    if file.length() == 0 {
        return Error::Damaged {
            path: path.to_owned(),
            reason: "it is empty".to_owned(),
        };
    }
    if !begins_with(file, b"PK") {
        return Error::NotAZip {
            path: path.to_owned(),
        };
    }
    let reason = if reason.contains("EOCD") || reason.starts_with(ENDS_TOO_EARLY) {
        "its end is missing; the copy is incomplete".to_owned()
    } else {
        reason
    };
    Error::Damaged {
        path: path.to_owned(),
        reason,
    }
}
