//! From paths to chats: opens archives, finds their transcripts and parses them on all cores.
//!
//! It connects `archive`, which returns bytes, with `parser`, which does no I/O, and `native`. An archive
//! that cannot be read is a [`Failure`] and does not affect the others.

mod attached_texts;
mod attached_zips;
mod cards;
mod chat_name;
mod devices;
mod failure;
mod file_names;
mod formats;
mod layout;
mod native_archives;
mod opened;
mod order_from_device;
mod order_from_instants;
mod outline;
mod same_name;
#[cfg(test)]
mod tests;
mod transcripts;
mod unnamed;
mod web;

pub use devices::{
    DeviceArchive, DeviceError, DeviceIntake, open_devices, open_devices_with, open_shared,
};
pub use failure::{Error, Failure};
pub use file_names::{is_chat_named, names_in};
pub use native_archives::{NativeArchive, describe_counts, remarks, total_left_out};
pub use opened::Opened;
pub use order_from_device::device_of_path;
pub use outline::{Outline, Reread, outline};
pub use same_name::texts_of;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use opened::label_of;
use rayon::prelude::*;

use crate::archive::{self, Container, Discovered, Limits, RealPaths};
use crate::chat::{Chat, DateOrder, Evidence};
use crate::coded::Coded;
use crate::native::{self, Keys, NoKeys};
use crate::parser::text::{self, Decoded};
use crate::parser::{Context, Hints};

/// The opened archives and the failures, each sorted by path.
#[derive(Debug, Default)]
pub struct Intake {
    /// Archives that were opened.
    pub opened: Vec<Opened>,
    /// Archives that could not be opened.
    pub failures: Vec<Failure>,
    /// Folders whose text files are not transcripts (notes next to archives), empty folders, and symbolic links
    /// in folders.
    pub ignored: Vec<Failure>,
    /// The native archives among those that were opened, including those without a chat.
    pub stores: Vec<NativeArchive>,
}

/// Opens all archives under `paths` without prompting for keys.
pub fn open(paths: &[PathBuf], limits: &Limits) -> Intake {
    open_with(paths, limits, &NoKeys)
}

/// Opens all archives under `paths`, treating them as one device where webhook logs are concerned; `keys`
/// provides the keys of encrypted backups.
pub fn open_with(paths: &[PathBuf], limits: &Limits, keys: &dyn Keys) -> Intake {
    open_resolving(paths, limits, keys, &mut RealPaths::default())
}

/// As [`open_with`], with the canonical paths of this run.
fn open_resolving(
    paths: &[PathBuf],
    limits: &Limits,
    keys: &dyn Keys,
    real_paths: &mut RealPaths,
) -> Intake {
    let formats = formats::Formats::default();
    let discovery = archive::discover(paths, &formats, real_paths);
    let discovered = discovery.found;
    let fail = |error: archive::Error| Failure {
        label: error.path().map(label_of).unwrap_or_default(),
        error: error.into(),
    };
    let mut intake = Intake {
        opened: Vec::new(),
        failures: discovery.errors.into_iter().map(fail).collect(),
        ignored: discovery.ignored.into_iter().map(fail).collect(),
        stores: Vec::new(),
    };
    // Native archives of one device are read together, and so are named text files of one folder.
    let mut native = Vec::new();
    let mut named: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    let mut others = Vec::new();
    for (place, found) in discovered.iter().enumerate() {
        match found {
            Discovered::Native(path) => native.push((place, path.as_path())),
            Discovered::File(path) => named.entry(folder_of(path)).or_default().push(place),
            _ => others.push(place),
        }
    }
    let mut read: Vec<native_archives::Opening> = Vec::new();
    read.resize_with(discovered.len(), native_archives::Opening::default);
    let alone: Vec<(usize, native_archives::Opening)> = (others.into_par_iter())
        .map(|place| (place, open_one(&discovered[place], limits).into()))
        .collect();
    let texts = named.into_par_iter().flat_map_iter(|(folder, places)| {
        let files: Vec<&Path> = places
            .iter()
            .map(|place| discovered[*place].path())
            .collect();
        let opened = open_named(folder, &files, limits).into_iter();
        let read = opened.map(|result| native_archives::Opening::from(vec![result]));
        places.into_iter().zip(read).collect::<Vec<_>>()
    });
    let texts: Vec<(usize, native_archives::Opening)> = texts.collect();
    let native = native_archives::read(&native, formats.into_claims(), limits, keys);
    for (place, one) in alone.into_iter().chain(texts).chain(native) {
        read[place] = one;
    }
    let mut results = Vec::with_capacity(read.len());
    for read in read {
        intake.stores.extend(read.seen);
        results.push(read.opened);
    }
    intake.opened.reserve(results.iter().map(Vec::len).sum());
    let attached = attached_zips::attached(&discovered, &results);
    for (place, (found, results)) in discovered.iter().zip(results).enumerate() {
        if attached.binary_search(&place).is_ok() {
            continue;
        }
        for result in results {
            match result {
                Ok(opened) => intake.opened.push(opened),
                // Text files that are not transcripts do not make their folder an archive.
                Err(failure)
                    if matches!(failure.error, Error::NoTranscript { .. })
                        && matches!(found, Discovered::Folder(_)) =>
                {
                    intake.ignored.push(failure);
                }
                Err(failure) => intake.failures.push(failure),
            }
        }
    }
    if intake.opened.is_empty() && intake.failures.is_empty() {
        intake.failures = intake.stores.iter().map(no_messages).collect();
    }
    if intake.opened.is_empty() && intake.failures.is_empty() {
        let is_none = |failure: &Failure| matches!(failure.error, Error::NoTranscript { .. });
        (intake.failures, intake.ignored) = intake.ignored.into_iter().partition(is_none);
    }
    let ignored = intake.ignored.into_iter();
    intake.ignored = ignored.flat_map(Failure::of_each_file).collect();
    intake
}

/// The failure of a native archive without a chat. Among others it is only counted.
fn no_messages(store: &NativeArchive) -> Failure {
    let path = store.path.clone();
    Failure {
        label: store.label.clone(),
        error: native::Error::NoMessages { path }.into(),
    }
}

/// Parses opened archives on all cores. Returns the chats in the order of `opened`, each or why its
/// transcript could not be read.
///
/// `order` returns the user's date order for the archive at an index, and `device` its device. If
/// the dates of an archive are ambiguous, its order is determined by a native archive of the same
/// chat ([`order_from_instants`]), else by other archives of the device ([`order_from_device`]).
pub fn parse<'o>(
    opened: &'o [Opened],
    order: impl Fn(usize) -> Option<DateOrder> + Sync,
    device: impl Fn(usize) -> usize + Copy,
) -> Vec<Result<Chat<'o>, Failure>> {
    parse_outlined(opened, &[], order, device)
}

/// As [`parse`], after [`outline()`]: the chat of an archive with an outline is without its
/// messages.
pub fn parse_outlined<'o>(
    opened: &'o [Opened],
    outlines: &[Option<Outline>],
    order: impl Fn(usize) -> Option<DateOrder> + Sync,
    device: impl Fn(usize) -> usize + Copy,
) -> Vec<Result<Chat<'o>, Failure>> {
    let mut chats: Vec<_> = opened
        .par_iter()
        .enumerate()
        .map(|(place, archive)| match outlines.get(place) {
            Some(Some(outline)) => Ok(outline.chat.clone()),
            _ => parse_one(archive, order(place), None),
        })
        .collect();
    let mut settled = order_from_instants::determine(opened, &chats, device);
    let by_instants: Vec<usize> = settled.iter().map(|(place, _)| *place).collect();
    let others = order_from_device::determine(&chats, device).into_iter();
    settled.extend(
        others
            .filter(|(place, _)| !by_instants.contains(place))
            .map(|(place, (order, archives))| (place, (order, Evidence::SameDevice { archives }))),
    );
    let again: Vec<_> = settled
        .par_iter()
        .map(|(place, found)| {
            let chat = parse_one(&opened[*place], order(*place), Some(*found));
            (*place, chat)
        })
        .collect();
    for (place, chat) in again {
        chats[place] = chat;
    }
    // Chats of native archives have unique titles already.
    let texts = |place: usize| match outlines.get(place) {
        Some(Some(outline)) => {
            let reread = opened[place].reread()?;
            let chat = reread.parse(&opened[place], outline)?;
            Some(texts_of(&chat))
        }
        _ => chats[place].as_ref().ok().map(texts_of),
    };
    let has_messages = |place: usize| match (outlines.get(place), &chats[place]) {
        (Some(Some(outline)), _) => outline.messages > 0,
        (_, Ok(chat)) => opened[place].native.is_none() && !chat.messages.is_empty(),
        (_, Err(_)) => false,
    };
    let numbers = same_name::numbers(opened, has_messages, texts, device);
    for (archive, number) in opened.iter().zip(numbers) {
        if let Some(number) = number {
            let name = match number {
                1 => archive.name.chat.clone(),
                number => format!("{} #{number}", archive.name.chat),
            };
            // Already set if the archive is parsed again.
            let _ = archive.numbered.set((number, name));
        }
    }
    chats
}

fn parse_one(
    archive: &Opened,
    date_order: Option<DateOrder>,
    determined: Option<(DateOrder, Evidence)>,
) -> Result<Chat<'_>, Failure> {
    if let Some(native) = &archive.native {
        return Ok(native.chat());
    }
    let texts = (&archive.transcript, archive.markdown.as_ref());
    parse_texts(archive, texts, date_order, determined)
}

/// Parses a transcript with its Markdown as that of `archive`.
fn parse_texts<'t>(
    archive: &'t Opened,
    (transcript, markdown): (&'t Decoded, Option<&'t Decoded>),
    date_order: Option<DateOrder>,
    determined: Option<(DateOrder, Evidence)>,
) -> Result<Chat<'t>, Failure> {
    let context = Context {
        chat_name: Some(archive.name.chat.as_str()),
        media: &archive.media,
        date_order,
        hints: Hints {
            exported: archive.exported.map(|at| at.date()),
            today: Some(archive.opened_on),
            other_archives: determined,
        },
        file_name: archive.entry.rsplit('/').next(),
        markdown: markdown.map(Decoded::text),
    };
    let mut chat = text::parse(transcript, &context).map_err(|reason| Failure {
        label: archive.label.clone(),
        error: Error::NotATranscript {
            path: archive.path.clone(),
            reason,
        },
    })?;
    cards::read(&mut chat, &archive.container);
    // A card that could not be read at present would be another message than it is.
    match archive.container.problem() {
        None => Ok(chat),
        Some(error) => Err(Failure {
            label: archive.label.clone(),
            error: error.into(),
        }),
    }
}

/// Opens the archives of a zip or folder.
fn open_one(found: &Discovered, limits: &Limits) -> Vec<Result<Opened, Failure>> {
    let path = found.path();
    let container = match found {
        Discovered::Zip(path) => Container::open_zip(path, limits),
        _ => Container::open_folder(path, limits),
    };
    let fail = |error: Error| Failure {
        label: label_of(path),
        error,
    };
    let container = match container {
        Ok(container) => Arc::new(container),
        Err(error) => return vec![Err(fail(error.into()))],
    };
    let chosen = transcripts::transcripts(&container, path);
    let several = chosen.picks.len() > 1;
    // A folder may contain thousands of text exports.
    let mut results: Vec<_> = (chosen.picks.par_iter())
        .map(|pick| load(&container, pick, several).map_err(fail))
        .collect();
    results.extend(chosen.errors.into_iter().map(|error| Err(fail(error))));
    if let Some(first) = results.iter_mut().flatten().next() {
        first.files_without_chat = chosen.files_without_chat;
    }
    results
}

/// Opens named text files of one folder, each as its own archive. The folder is listed once, since a person
/// may name thousands of files.
fn open_named(folder: &Path, files: &[&Path], limits: &Limits) -> Vec<Result<Opened, Failure>> {
    let container = match Container::open_folder(folder, limits) {
        Ok(container) => Arc::new(container),
        Err(error) => {
            let (kind, why) = match &error {
                archive::Error::Io { source, .. } => (source.kind(), source.to_string()),
                error => (io::ErrorKind::Other, error.to_string()),
            };
            let fail = |file: &&Path| {
                Err(Failure {
                    label: label_of(file),
                    error: Error::Archive(archive::Error::Io {
                        path: folder.to_owned(),
                        source: io::Error::new(kind, why.clone()),
                    }),
                })
            };
            return files.iter().map(fail).collect();
        }
    };
    let picks = transcripts::of_named_files(&container, files).into_par_iter();
    picks
        .zip(files)
        .map(|(pick, path)| {
            let opened = pick.and_then(|pick| load(&container, &pick, false));
            opened.map_err(|error| Failure {
                label: label_of(path),
                error,
            })
        })
        .collect()
}

fn load(
    container: &Arc<Container>,
    pick: &transcripts::ChosenTranscript,
    several: bool,
) -> Result<Opened, Error> {
    let path = &pick.path;
    let bytes = container.read(pick.transcript)?;
    let transcript = text::decode(bytes).map_err(|reason| Error::NotATranscript {
        path: path.clone(),
        reason,
    })?;
    // The Markdown only adds what the transcript lacks. If it is damaged it is treated as empty, and the parser
    // reports the difference.
    let markdown = pick.markdown.map(|number| {
        let bytes = container.read(number).ok();
        bytes
            .and_then(|bytes| text::decode(bytes).ok())
            .unwrap_or_default()
    });
    let label = if several {
        format!("{}/{}", label_of(path), pick.entry_name)
    } else {
        label_of(path)
    };
    Ok(Opened {
        label,
        path: path.clone(),
        entry: pick.entry_name.clone(),
        name: pick.name.clone(),
        container: Arc::clone(container),
        media: (pick.media.index).without(
            [Some(pick.transcript), pick.markdown],
            !pick.media.numbers.is_empty(),
        ),
        files: Arc::clone(&pick.media.numbers),
        files_without_chat: 0,
        exported: container.modified_at(pick.transcript),
        opened_on: opened::today(),
        numbered: OnceLock::new(),
        renamed: OnceLock::new(),
        transcript,
        markdown,
        native: None,
        numbers: opened::TextNumbers {
            transcript: pick.transcript,
            markdown: pick.markdown,
        },
        digest: OnceLock::new(),
        markdown_digest: OnceLock::new(),
        lost: OnceLock::new(),
    })
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
