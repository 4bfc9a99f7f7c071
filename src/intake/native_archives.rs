//! Opening native archives: each of their chats becomes an [`Opened`] archive, and what is left out is
//! counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::opened::label_of;
use super::{Error, Failure, Opened};
use crate::archive::{Container, Limits};
use crate::native::{self, Archive, Claim, Format, IdCounts, Keys, READERS, Reading, Store};
use crate::parser::MediaIndex;
use crate::parser::text::{ArchiveName, Decoded};
use crate::quantity::number;

/// Remark on archives in which messages share an id.
const LOST_IDS: &str = "several messages have one id and different texts: all are kept, and all but the first of each id get a derived id";

/// A native archive as a whole.
#[derive(Debug)]
pub struct NativeArchive {
    /// The archive's name in every output: that of the file or folder.
    pub label: String,
    /// The path of the file on disk, or of the folder of a backup.
    pub path: PathBuf,
    /// The format of the archive.
    pub format: Format,
    /// The number of chats in it; may be 0.
    pub chats: usize,
    /// The numbers of its messages by the origin of their ids.
    pub ids: IdCounts,
    /// Restrictions of its ids that a person should know of.
    pub remarks: Vec<&'static str>,
    /// What its reader left out: a label and a number of rows each.
    pub left_out: Vec<(Cow<'static, str>, u64)>,
}

/// The result of opening one path.
#[derive(Debug, Default)]
pub(super) struct Opening {
    pub(super) opened: Vec<Result<Opened, Failure>>,
    pub(super) seen: Vec<NativeArchive>,
}

impl From<Vec<Result<Opened, Failure>>> for Opening {
    fn from(opened: Vec<Result<Opened, Failure>>) -> Self {
        Opening {
            opened,
            seen: Vec::new(),
        }
    }
}

/// Reads the native archives at `paths` of one device, each with its reader, and returns what was read at each place.
/// Archives of one format are read together. `known` are claims that need not be repeated.
pub(super) fn read(
    paths: &[(usize, &Path)],
    mut known: HashMap<PathBuf, Claim>,
    limits: &Limits,
    keys: &dyn Keys,
) -> Vec<(usize, Opening)> {
    let known: Vec<Option<Claim>> = paths.iter().map(|(_, path)| known.remove(*path)).collect();
    let claims = paths.par_iter().zip(known);
    let claims = claims.filter_map(|((place, path), known)| {
        let claim = known.or_else(|| native::claim(path, true, path.is_dir()))?;
        Some((*place, claim))
    });
    let claims: Vec<(usize, Claim)> = claims.collect();
    let mut of_reader: Vec<(Vec<usize>, Vec<Archive>)> = Vec::new();
    of_reader.resize_with(READERS.len(), Default::default);
    for (place, claim) in claims {
        let (places, archives) = &mut of_reader[claim.reader];
        places.push(place);
        archives.push(claim.archive);
    }
    let formats = READERS.par_iter().zip(of_reader);
    let read = formats.flat_map_iter(|(reader, (places, archives))| {
        let paths: Vec<PathBuf> = archives.iter().map(|one| one.path.clone()).collect();
        let readings = native::read(*reader, archives, keys);
        let opened = paths.iter().zip(readings).map(|(archive, readings)| {
            let mut opening = Opening::default();
            for reading in readings {
                opening.add(archive, reader.format(), reading, limits);
            }
            opening
        });
        places.into_iter().zip(opened).collect::<Vec<_>>()
    });
    read.collect()
}

impl Opening {
    fn add(&mut self, archive: &Path, format: Format, reading: Reading, limits: &Limits) {
        let label = label_of(archive) + reading.label;
        let store = match reading.store {
            Ok(store) => store,
            Err(error) => {
                let error = Error::Native(error);
                return self.opened.push(Err(Failure { label, error }));
            }
        };
        let mut seen = NativeArchive {
            label: label.clone(),
            path: archive.to_owned(),
            format,
            chats: store.chats.len(),
            ids: IdCounts::default(),
            remarks: store.remarks.clone(),
            left_out: left_out(&store),
        };
        for chat in &store.chats {
            seen.ids.add(chat.ids());
            seen.remarks.extend(chat.quality.remark());
            if chat.messages.iter().any(|message| message.has_lost_id) {
                seen.remarks.push(LOST_IDS);
            }
        }
        seen.remarks.sort_unstable();
        seen.remarks.dedup();
        self.seen.push(seen);
        let files = store.media.into_files();
        let container = Arc::new(Container::from_files(&reading.file, files, limits));
        self.opened.extend(store.chats.into_iter().map(|chat| {
            Ok(Opened {
                label: format!("{label}/{}", chat.title),
                path: archive.to_owned(),
                entry: chat.jid.clone(),
                name: ArchiveName {
                    chat: chat.title.clone(),
                    certain: true,
                },
                container: Arc::clone(&container),
                media: MediaIndex::default(),
                files: Arc::default(),
                files_without_chat: 0,
                exported: None,
                opened_on: super::opened::today(),
                numbered: OnceLock::new(),
                renamed: OnceLock::new(),
                transcript: Decoded::default(),
                markdown: None,
                native: Some(chat),
                numbers: super::opened::TextNumbers::default(),
                digest: OnceLock::new(),
                markdown_digest: OnceLock::new(),
                lost: OnceLock::new(),
            })
        }));
    }
}

/// What a reader left out: label and number.
fn left_out(store: &Store) -> Vec<(Cow<'static, str>, u64)> {
    let labels = store.left_out.iter();
    let labels = labels.map(|(label, count)| (Cow::Borrowed(*label), *count));
    let types = store.unknown_types.iter();
    let types = types.map(|(number, count)| (format!("of unknown type {number}").into(), *count));
    labels.chain(types).collect()
}

/// The numbers of rows that the readers of all native archives left out, by label.
pub fn total_left_out(stores: &[NativeArchive]) -> BTreeMap<&str, u64> {
    let mut total: BTreeMap<&str, u64> = BTreeMap::new();
    for (label, count) in stores.iter().flat_map(|store| &store.left_out) {
        *total.entry(label).or_default() += count;
    }
    total
}

/// What a person should know of the native archives, in sentences without duplicates. They name no
/// archive, because an archive of one chat usually has the name of a person.
pub fn remarks(stores: &[NativeArchive]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut by_remark: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for store in stores {
        for remark in &store.remarks {
            *by_remark
                .entry((store.format.description, remark))
                .or_default() += 1;
        }
    }
    for ((kind, remark), count) in by_remark {
        let files = match count {
            1 => String::new(),
            count => format!(" ({count} files)"),
        };
        lines.push(format!("{kind}{files}: {remark}"));
    }
    let left_out = total_left_out(stores);
    if !left_out.is_empty() {
        lines.push(format!(
            "left out of native archives: {}",
            describe_counts(left_out.into_iter())
        ));
    }
    lines
}

/// Formats counts with their labels: `3 of channels, 1 with an impossible time`.
pub fn describe_counts<'w>(counts: impl Iterator<Item = (&'w str, u64)>) -> String {
    let each: Vec<String> = counts
        .map(|(what, count)| format!("{} {what}", number(count)))
        .collect();
    each.join(", ")
}
