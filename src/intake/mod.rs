//! From paths to chats: opens archives, finds their transcripts and parses them on all cores.
//!
//! It connects `archive`, which returns bytes, with `parser`, which does no I/O, and `native`. An archive
//! that cannot be read is a [`Failure`] and does not affect the others.

mod attached_texts;
mod attached_zips;
mod chat_name;
mod devices;
mod file_names;
mod formats;
mod layout;
mod native_archives;
mod order_from_device;
mod order_from_instants;
mod outline;
mod same_name;
#[cfg(test)]
mod tests;
mod transcripts;
mod web;

pub use devices::{DeviceArchive, DeviceError, DeviceIntake, open_devices, open_devices_with};
pub use file_names::{is_chat_named, names_in};
pub use native_archives::{NativeArchive, describe_counts, remarks};
pub use order_from_device::device_of_path;
pub use outline::{Outline, Reread, outline};
pub use same_name::texts_of;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::NaiveDateTime;
use rayon::prelude::*;

use crate::archive::{self, Container, Discovered, Limits};
use crate::chat::{Chat, DateOrder, Evidence};
use crate::coded::Coded;
use crate::native::{self, Keys, NativeChat, NoKeys};
use crate::parser::text::{self, ArchiveName, Decoded};
use crate::parser::{Context, Hints, MediaIndex, NotATranscript};

/// An archive with its transcript in memory, ready to be parsed.
#[derive(Debug)]
pub struct Opened {
    /// The archive's name in every output: the name of the file or folder, followed by that of the transcript
    /// if a container has several.
    pub label: String,
    /// The zip, folder or file on disk.
    pub path: PathBuf,
    /// The name of the transcript's entry in its container, with folders.
    pub entry: String,
    /// The chat's name, derived from the archive's name.
    pub name: ArchiveName,
    /// The container of the attachments; their entry numbers are numbers of this container.
    pub container: Arc<Container>,
    /// Index of the files in the transcript's folder, by name.
    pub media: MediaIndex,
    /// Numbers of the files in the transcript's folder, shared by its transcripts. Empty for a native archive,
    /// which names its files itself.
    pub files: Arc<[u32]>,
    /// The number of files of the zip that belong to no chat, because their folders contain no transcript. Set
    /// for the first chat of a zip only.
    pub files_without_chat: u32,
    /// The local time of the export, if the archive is a zip that contains it.
    pub exported: Option<NaiveDateTime>,
    /// The number of the chat among those of the same name, and its numbered name; set by [`parse`].
    numbered: OnceLock<(u32, String)>,
    /// The chat's name in another archive, if the archive was renamed by a person.
    renamed: OnceLock<String>,
    /// The transcript; empty once it is released ([`outline`]).
    pub transcript: Decoded,
    /// The `chat.md` of a Web export, with the same messages.
    pub markdown: Option<Decoded>,
    /// The chat of a native archive; `None` for a text export.
    pub native: Option<NativeChat>,
    /// The entries of transcript and Markdown in the container.
    numbers: TextNumbers,
    /// See [`Opened::digest`].
    digest: OnceLock<[u8; 32]>,
}

/// The numbers of the entries of a container that a chat is read from.
#[derive(Debug, Clone, Copy, Default)]
struct TextNumbers {
    transcript: u32,
    markdown: Option<u32>,
}

/// An archive that could not be read.
#[derive(Debug)]
pub struct Failure {
    /// The archive's name in every output.
    pub label: String,
    /// The cause and the remedy.
    pub error: Error,
}

/// Why an archive could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The container could not be opened or an entry could not be read.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A native archive could not be read.
    #[error(transparent)]
    Native(#[from] native::Error),
    /// The file is not a transcript.
    #[error("{path}: {reason}")]
    NotATranscript {
        /// The file.
        path: PathBuf,
        /// What the file contains instead.
        reason: NotATranscript,
    },
    /// An archive that was read twice and is another one by now.
    #[error("{path}: was changed while chatferry read it; run the command again")]
    Changed {
        /// The archive.
        path: PathBuf,
    },
    /// A zip or folder without a transcript.
    #[error(
        "{path}: contains no WhatsApp transcript (text files checked: {texts}); pass an export of a chat"
    )]
    NoTranscript {
        /// The zip or folder.
        path: PathBuf,
        /// The number of text files that were checked.
        texts: usize,
    },
}

impl Coded for Error {
    fn code(&self) -> &str {
        match self {
            Error::Archive(error) => error.code(),
            Error::Native(error) => error.code(),
            Error::NotATranscript { .. } => "not_a_transcript",
            Error::Changed { .. } => "changed",
            Error::NoTranscript { .. } => "no_transcript",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Error::Archive(error) => error.path(),
            Error::Native(error) => error.path(),
            Error::NotATranscript { path, .. }
            | Error::Changed { path }
            | Error::NoTranscript { path, .. } => Some(path),
        }
    }
}

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
    let discovery = archive::discover(paths, &formats::Formats);
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
    let native = native_archives::read(&native, limits, keys);
    for (place, one) in alone.into_iter().chain(texts).chain(native) {
        read[place] = one;
    }
    let mut results = Vec::with_capacity(read.len());
    for read in read {
        intake.stores.extend(read.seen);
        results.push(read.opened);
    }
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
    if intake.opened.is_empty() && intake.failures.is_empty() && intake.stores.is_empty() {
        let is_none = |failure: &Failure| matches!(failure.error, Error::NoTranscript { .. });
        (intake.failures, intake.ignored) = intake.ignored.into_iter().partition(is_none);
    }
    intake
}

/// Parses opened archives on all cores and returns the chats in the order of `opened`.
///
/// `order` returns the user's date order for the archive at an index, and `device` its device. If the dates of
/// an archive are ambiguous, its order is determined by a native archive of the same chat ([`order_from_instants`]),
/// else by other archives of the device ([`order_from_device`]).
pub fn parse<'o>(
    opened: &'o [Opened],
    order: impl Fn(usize) -> Option<DateOrder> + Sync,
    device: impl Fn(usize) -> usize + Copy,
) -> Vec<Result<Chat<'o>, Failure>> {
    parse_outlined(opened, &[], order, device)
}

/// [`parse`] after [`outline`]: the chat of an archive with an outline is without its messages.
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
            let reread = opened[place].reread().ok()?;
            let chat = reread.parse(&opened[place], outline).ok()?;
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

impl Opened {
    /// The chat's name in every output and in contacts.csv: that of the archive, with a number if several
    /// chats of the device have the same name. The number is known after [`parse`].
    pub fn chat_name(&self) -> &str {
        match self.numbered.get() {
            Some((_, name)) => name,
            None => self.title(),
        }
    }

    /// The number of files in the transcript's folder.
    pub fn media_files(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// BLAKE3 hash of its content: the transcript, or the messages of a native archive.
    pub fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| match &self.native {
            None => *blake3::hash(self.transcript.text().as_bytes()).as_bytes(),
            Some(native) => native.digest(),
        })
    }

    /// The chat's name without a number; several chats of a device may have the same title.
    pub fn title(&self) -> &str {
        self.renamed.get().unwrap_or(&self.name.chat)
    }

    /// Sets the title of a chat whose archive was renamed by a person. Later calls have no effect.
    pub fn rename(&self, title: &str) {
        let _ = self.renamed.set(title.to_owned());
    }

    /// Its label, preceded by its folders: what people write where several archives have the same label.
    pub fn place(&self) -> String {
        let first = self.label.split('/').next().unwrap_or_default();
        let own = self
            .path
            .ancestors()
            .find(|path| path.file_name().is_some_and(|n| n == first));
        match own.and_then(Path::parent) {
            Some(folder) => folder.join(&self.label).to_string_lossy().into_owned(),
            None => self.label.clone(),
        }
    }

    /// Whether another chat of the device has the same title.
    pub fn has_shared_title(&self) -> bool {
        self.numbered.get().is_some()
    }
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
            other_archives: determined,
        },
        file_name: archive.entry.rsplit('/').next(),
        markdown: markdown.map(Decoded::text),
    };
    text::parse(transcript, &context).map_err(|reason| Failure {
        label: archive.label.clone(),
        error: Error::NotATranscript {
            path: archive.path.clone(),
            reason,
        },
    })
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
        numbered: OnceLock::new(),
        renamed: OnceLock::new(),
        transcript,
        markdown,
        native: None,
        numbers: TextNumbers {
            transcript: pick.transcript,
            markdown: pick.markdown,
        },
        digest: OnceLock::new(),
    })
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn label_of(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.or_else(|| {
        path.canonicalize()
            .ok()?
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
    })
    .unwrap_or_else(|| path.display().to_string())
}
