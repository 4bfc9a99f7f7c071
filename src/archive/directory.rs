//! A zip's directory: what is in it, and what of it cannot be read, before any of it is.
//!
//! Only the directory at the zip's end is believed, never the headers beside the data: one place
//! says what an archive holds. Its own lies are found while reading (`zipped.rs`) or here: entries
//! that share bytes, names that are there twice, a directory that is another zip's.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use zip::CompressionMethod;
use zip::read::{Config, OwnedZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::entry_name::{self, Naming};
use super::shared_file::SharedFile;
use super::{Entry, Error, Limits, Remark};

/// What a zip holds. The three lists of one length go together.
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    pub(super) zipped: Vec<OwnedZipFileEntry>,
    /// Entries that share bytes with another one.
    pub(super) overlapping: Vec<bool>,
    pub(super) remarks: Vec<Remark>,
}

/// Reads the directory.
///
/// # Errors
///
/// [`Error::Damaged`], [`Error::TooManyEntries`] (before they are read), [`Error::TooMuch`],
/// [`Error::Io`].
#[expect(
    clippy::disallowed_methods,
    reason = "this is the room that opens archives"
)]
pub(super) fn read(path: &Path, file: &SharedFile, limits: &Limits) -> Result<Directory, Error> {
    let damaged = |error: ZipError| damaged(path, file, error);
    let mut zip = ZipIterable::try_new(file.clone(), Config::default()).map_err(damaged)?;
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
    if is_of_another_zip(file, &listed) {
        return Err(Error::Damaged {
            path: path.to_owned(),
            reason:
                "its end is missing, and what is left ends with a zip that was sent in the chat"
                    .to_owned(),
        });
    }
    if lists_more(file, &listed) {
        return Err(Error::Unsupported {
            path: path.to_owned(),
            reason: "its directory lists more files than its end says".to_owned(),
        });
    }
    let total = listed
        .iter()
        .try_fold(0u64, |total, entry| total.checked_add(entry.size()));
    match total {
        Some(total) if total <= limits.bytes => {}
        _ => {
            return Err(Error::TooMuch {
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
    let Naming { names, old } = entry_name::read(&raw);
    if let Some((count, page)) = old {
        directory.remarks.push(Remark::OldNames(count, page));
    }
    let overlapping = overlaps(&listed);
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut links, mut twins, mut same_name) = (0, 0, 0);
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
                twins += 1;
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
    let method = count(&|entry| !is_read(entry) && !entry.encrypted());
    let shared = directory.overlapping.iter().filter(|is| **is).count() as u64;
    let remarks = [
        (links, Remark::Links as fn(u64) -> Remark),
        (twins, Remark::Twins),
        (same_name, Remark::SameName),
        (encrypted, Remark::Encrypted),
        (method, Remark::Method),
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

/// True for the two methods that phones use and this program reads.
pub(super) fn is_read(entry: &OwnedZipFileEntry) -> bool {
    matches!(
        entry.compression(),
        CompressionMethod::Stored | CompressionMethod::Deflated
    )
}

/// Which entries share bytes with another one. An entry takes at least its fixed header of 30
/// bytes (APPNOTE.TXT 4.3.7) and its packed bytes; names are left out of the count, so that
/// nothing is accused wrongly.
fn overlaps(listed: &[OwnedZipFileEntry]) -> Vec<bool> {
    const HEADER: u64 = 30;
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_unstable_by_key(|place| listed[*place].header_start());
    let mut overlapping = vec![false; listed.len()];
    // The entry that reaches farthest so far, and how far.
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

/// True where the directory is that of a zip within the zip: a copy that was cut behind an
/// attached zip ends with that one's directory. Bytes before a zip are no harm; an entry that no
/// directory lists, before the first one that is listed, tells that they are another zip's.
fn is_of_another_zip(file: &SharedFile, listed: &[OwnedZipFileEntry]) -> bool {
    let first = listed.iter().map(OwnedZipFileEntry::header_start).min();
    first.is_some_and(|start| start > 0) && begins_with(file, b"PK\x03\x04")
}

/// True where the directory goes on behind the entries that the end record counts: without zip64
/// the count has room for 65,535, and some programs write the rest of it only (APPNOTE.TXT
/// 4.4.22). What is behind would be lost without a word.
fn lists_more(file: &SharedFile, listed: &[OwnedZipFileEntry]) -> bool {
    let Some(last) = listed.last() else {
        return false;
    };
    follows(file, last.central_header_start()).unwrap_or(false)
}

/// True where another header of the directory follows the one at `start`.
fn follows(file: &SharedFile, start: u64) -> std::io::Result<bool> {
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

/// How the zip crate begins to say that bytes are missing; it goes on with its own types' names.
pub(super) const ENDS_TOO_EARLY: &str = "Unexpected end of";

/// What is wrong with a zip whose directory does not read, in words for people where its first
/// bytes tell.
fn damaged(path: &Path, file: &SharedFile, error: ZipError) -> Error {
    use std::io::ErrorKind;
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
                reason: "it is in several parts".to_owned(),
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
        return Error::NoZip {
            path: path.to_owned(),
        };
    }
    let reason = if reason.contains("EOCD") || reason.starts_with(ENDS_TOO_EARLY) {
        "its end is missing: the copy was cut".to_owned()
    } else {
        reason
    };
    Error::Damaged {
        path: path.to_owned(),
        reason,
    }
}
