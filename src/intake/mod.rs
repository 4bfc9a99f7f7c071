//! From paths to chats: opens archives, finds their transcripts, reads them on all cores.
//!
//! Between `archive`, which knows bytes, and `parser`, which does no I/O. One archive that cannot
//! be read is a [`Failure`] and the others go on (design.md, invariant 10).

mod attached;
mod chat_name;
mod choose;
mod devices;
mod exact;
mod layout;
mod recognize;
mod same_device;
mod same_name;
mod sent;
mod stores;
#[cfg(test)]
mod tests;
mod web;

pub use devices::{DeviceError, DeviceIntake, OfDevice, open_devices, open_devices_with};
pub use same_device::device_of_path;
pub use same_name::texts_of;
pub use stores::{StoreSeen, listed, remarks};

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use rayon::prelude::*;

use crate::archive::{self, Container, Discovered, Limits};
use crate::chat::{Chat, DateOrder, Evidence};
use crate::coded::Coded;
use crate::native::{self, Keys, NativeChat, NoTerminal};
use crate::parser::text::{self, ArchiveName, Decoded};
use crate::parser::{Context, Hints, MediaIndex, NotATranscript};

/// An archive with its transcript in memory, ready to be parsed.
#[derive(Debug)]
pub struct Opened {
    /// The archive's name in every output: the file's or folder's name, with the transcript's
    /// where a container holds several.
    pub label: String,
    /// The zip, folder or file on disk.
    pub path: PathBuf,
    /// The name of the transcript's entry in its container, with folders.
    pub entry: String,
    /// Name of the chat, from the archive's name.
    pub name: ArchiveName,
    /// Where the media are; entry numbers of attachments are numbers of this container.
    pub container: Arc<Container>,
    /// The files beside the transcript, by name.
    pub media: MediaIndex,
    /// The numbers of the files beside the transcript; transcripts of one folder share them. Empty
    /// for a source with ids, which names its files itself.
    pub files: Arc<[u32]>,
    /// How many files of the zip lie in folders without a transcript, and so belong to no chat.
    /// Said of the first chat of a zip only.
    pub elsewhere: u32,
    /// The day of the export, where the archive is a zip that tells it.
    pub exported: Option<NaiveDate>,
    /// What [`parse`] found out: the number of the chat among those of its name, and the name that
    /// it has therefore.
    apart: OnceLock<(u32, String)>,
    /// The name of the chat, where the archive's own name was none and the other writer shows it.
    renamed: OnceLock<String>,
    /// The transcript.
    pub transcript: Decoded,
    /// The `chat.md` of a Web export, which tells the same chat.
    pub markdown: Option<Decoded>,
    /// What it holds, for one that is no transcript and has WhatsApp's own ids.
    pub native: Option<NativeChat>,
    /// See [`Opened::digest`].
    digest: OnceLock<[u8; 32]>,
}

/// An archive that could not be read.
#[derive(Debug)]
pub struct Failure {
    /// The archive's name in every output.
    pub label: String,
    /// What happened and what to do.
    pub error: Error,
}

/// Why an archive could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The container did not open or an entry did not read.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// An archive with native ids did not read.
    #[error(transparent)]
    Native(#[from] native::Error),
    /// The transcript is none.
    #[error("{path}: {reason}")]
    NotATranscript {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        reason: NotATranscript,
    },
    /// A zip or folder without a transcript in it.
    #[error(
        "{path}: holds no WhatsApp transcript (text files looked at: {texts}); is it an export of a chat?"
    )]
    NoTranscript {
        /// The zip or folder.
        path: PathBuf,
        /// How many text files were looked at.
        texts: usize,
    },
}

impl Coded for Error {
    fn code(&self) -> &str {
        match self {
            Error::Archive(error) => error.code(),
            Error::Native(error) => error.code(),
            Error::NotATranscript { .. } => "not_a_transcript",
            Error::NoTranscript { .. } => "no_transcript",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Error::Archive(error) => error.path(),
            Error::Native(error) => error.path(),
            Error::NotATranscript { path, .. } | Error::NoTranscript { path, .. } => Some(path),
        }
    }
}

/// What was opened and what was not, each in the order of its path.
#[derive(Debug, Default)]
pub struct Intake {
    /// Archives that opened.
    pub opened: Vec<Opened>,
    /// Archives that did not.
    pub failures: Vec<Failure>,
    /// Folders with texts among which no transcript is (notes that lie beside archives), empty
    /// folders, and links in folders.
    pub ignored: Vec<Failure>,
    /// The archives with native ids among those that opened, also those in which no chat is.
    pub stores: Vec<StoreSeen>,
}

/// Opens all archives under `paths`; nobody is asked for a key.
pub fn open(paths: &[PathBuf], limits: &Limits) -> Intake {
    open_with(paths, limits, &NoTerminal)
}

/// Opens all archives under `paths`, which are of one device as far as logs are concerned; `keys` are
/// asked for those of encrypted backups.
pub fn open_with(paths: &[PathBuf], limits: &Limits, keys: &dyn Keys) -> Intake {
    let discovery = archive::discover(paths, &recognize::Formats);
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
    // Logs are read together, and so are texts of one folder that a person named.
    let mut logs = Vec::new();
    let mut named: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    let mut others = Vec::new();
    for (place, found) in discovered.iter().enumerate() {
        match found {
            Discovered::Store(path) if stores::is_log(path) => logs.push((place, path.clone())),
            Discovered::File(path) => named.entry(folder_of(path)).or_default().push(place),
            _ => others.push(place),
        }
    }
    let mut read: Vec<stores::Read> = Vec::new();
    read.resize_with(discovered.len(), stores::Read::default);
    let alone: Vec<(usize, stores::Read)> = (others.into_par_iter())
        .map(|place| match &discovered[place] {
            Discovered::Store(path) => (place, stores::read(path, limits, keys)),
            found => (place, open_one(found, limits).into()),
        })
        .collect();
    let texts = named.into_par_iter().flat_map_iter(|(folder, places)| {
        let files: Vec<&Path> = places
            .iter()
            .map(|place| discovered[*place].path())
            .collect();
        let opened = open_named(folder, &files, limits).into_iter();
        let read = opened.map(|result| stores::Read::from(vec![result]));
        places.into_iter().zip(read).collect::<Vec<_>>()
    });
    let texts: Vec<(usize, stores::Read)> = texts.collect();
    let (places, paths): (Vec<usize>, Vec<PathBuf>) = logs.into_iter().unzip();
    let logs = places.into_iter().zip(stores::read_logs(&paths, limits));
    for (place, one) in alone.into_iter().chain(texts).chain(logs) {
        read[place] = one;
    }
    let mut results = Vec::with_capacity(read.len());
    for read in read {
        intake.stores.extend(read.seen);
        results.push(read.opened);
    }
    let attached = attached::attached(&discovered, &results);
    for (place, (found, results)) in discovered.iter().zip(results).enumerate() {
        if attached.binary_search(&place).is_ok() {
            continue;
        }
        for result in results {
            match result {
                Ok(opened) => intake.opened.push(opened),
                // A note that lies among the archives makes its folder no archive.
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

/// Parses opened archives on all cores, in their order.
///
/// `order` gives what the user said about the date order of the archive at a place of the list,
/// and `device` the device that it is of: archives of one device settle each other's date order
/// where nothing in them does ([`same_device`]), and one that holds instants that of its chat
/// ([`exact`]).
pub fn parse<'o>(
    opened: &'o [Opened],
    order: impl Fn(usize) -> Option<DateOrder> + Sync,
    device: impl Fn(usize) -> usize + Copy,
) -> Vec<Result<Chat<'o>, Failure>> {
    let mut chats: Vec<_> = opened
        .par_iter()
        .enumerate()
        .map(|(place, archive)| parse_one(archive, order(place), None))
        .collect();
    let mut settled = exact::settle(opened, &chats, device);
    let told: Vec<usize> = settled.iter().map(|(place, _)| *place).collect();
    let others = same_device::settle(&chats, device).into_iter();
    settled.extend(
        others
            .filter(|(place, _)| !told.contains(place))
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
    // What WhatsApp itself keys is told apart already.
    let is_text = |place: usize| opened[place].native.is_none();
    let read: Vec<Option<&Chat<'_>>> = (chats.iter().enumerate())
        .map(|(place, chat)| chat.as_ref().ok().filter(|_| is_text(place)))
        .collect();
    for (archive, number) in opened.iter().zip(same_name::numbers(opened, &read, device)) {
        if let Some(number) = number {
            let name = match number {
                1 => archive.name.chat.clone(),
                number => format!("{} #{number}", archive.name.chat),
            };
            // Said once: an archive is parsed once.
            let _ = archive.apart.set((number, name));
        }
    }
    chats
}

impl Opened {
    /// The name of the chat in every output and in contacts.csv: that of the archive, with a number
    /// where several chats of the device have it. Known once the archive is parsed.
    pub fn chat_name(&self) -> &str {
        match self.apart.get() {
            Some((_, name)) => name,
            None => self.title(),
        }
    }

    /// How many files there are beside the transcript.
    pub fn media_files(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// The digest of its content: of the transcript, or of the messages of a source with ids.
    pub fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| match &self.native {
            None => *blake3::hash(self.transcript.text().as_bytes()).as_bytes(),
            Some(native) => native.digest(),
        })
    }

    /// The title of the chat, which several chats of a device may have.
    pub fn title(&self) -> &str {
        self.renamed.get().unwrap_or(&self.name.chat)
    }

    /// Gives the chat of a renamed archive the name of its other writer. The first name stays.
    pub fn rename(&self, title: &str) {
        let _ = self.renamed.set(title.to_owned());
    }

    /// Its label behind the folders that it lies in: what people write where a label alone would be
    /// several archives'.
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

    /// True when there is another chat of this name.
    pub fn is_one_of_several(&self) -> bool {
        self.apart.get().is_some()
    }
}

fn parse_one(
    archive: &Opened,
    date_order: Option<DateOrder>,
    elsewhere: Option<(DateOrder, Evidence)>,
) -> Result<Chat<'_>, Failure> {
    if let Some(native) = &archive.native {
        return Ok(native.chat());
    }
    let context = Context {
        chat_name: Some(archive.name.chat.as_str()),
        media: &archive.media,
        date_order,
        hints: Hints {
            exported: archive.exported,
            elsewhere,
        },
        file_name: archive.entry.rsplit('/').next(),
        markdown: archive.markdown.as_ref().map(Decoded::text),
    };
    text::parse(&archive.transcript, &context).map_err(|reason| Failure {
        label: archive.label.clone(),
        error: Error::NotATranscript {
            path: archive.path.clone(),
            reason,
        },
    })
}

/// Opens a zip or folder.
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
    let chosen = choose::transcripts(&container, path);
    let several = chosen.picks.len() > 1;
    // A folder may hold thousands of bare texts.
    let mut results: Vec<_> = (chosen.picks.par_iter())
        .map(|pick| load(&container, pick, several).map_err(fail))
        .collect();
    results.extend(chosen.errors.into_iter().map(|error| Err(fail(error))));
    if let Some(first) = results.iter_mut().flatten().next() {
        first.elsewhere = chosen.elsewhere;
    }
    results
}

/// Opens texts of one folder that a person named, each by itself. A person may name thousands of
/// them: the folder is listed once.
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
    let picks = choose::named(&container, files).into_par_iter();
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

fn load(container: &Arc<Container>, pick: &choose::Pick, several: bool) -> Result<Opened, Error> {
    let path = &pick.path;
    let bytes = container.read(pick.transcript)?;
    let transcript = text::decode(bytes).map_err(|reason| Error::NotATranscript {
        path: path.clone(),
        reason,
    })?;
    // It adds only what the transcript lacks. A damaged one counts as empty, and the parser says
    // that it differs.
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
        elsewhere: 0,
        exported: container.modified_on(pick.transcript),
        apart: OnceLock::new(),
        renamed: OnceLock::new(),
        transcript,
        markdown,
        native: None,
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
