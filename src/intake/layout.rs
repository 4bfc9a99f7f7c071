//! The folders of a container and the files in the folder of each transcript.
//!
//! Never here: which entries are transcripts (`transcripts`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::archive::{Container, Entry};
use crate::parser::MediaIndex;

/// The entries of a container by folder, without the files that operating systems add.
#[derive(Debug)]
pub(super) struct Layout<'c> {
    container: &'c Container,
    folders: BTreeMap<&'c str, Vec<u32>>,
    by_name: HashMap<&'c str, u32>,
}

/// The files of a folder, shared by all of its chats.
#[derive(Debug, Default)]
pub(super) struct Media {
    /// Index of all of them, transcripts included: one may have been sent in another chat.
    pub(super) index: MediaIndex,
    /// Those that are not transcripts.
    pub(super) numbers: Arc<[u32]>,
}

impl<'c> Layout<'c> {
    pub(super) fn of(container: &'c Container) -> Self {
        let mut layout = Layout {
            container,
            folders: BTreeMap::new(),
            by_name: HashMap::new(),
        };
        for (number, entry) in (0u32..).zip(container.entries()) {
            if !entry.is_system_file() {
                let folder = layout.folders.entry(entry.folder()).or_default();
                folder.push(number);
                layout.by_name.entry(&entry.name).or_insert(number);
            }
        }
        layout
    }

    pub(super) fn container(&self) -> &'c Container {
        self.container
    }

    /// Folders with their entries, by name.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&'c str, &[u32])> {
        let folders = self.folders.iter();
        folders.map(|(folder, numbers)| (*folder, numbers.as_slice()))
    }

    /// The first entry with this full name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// The entry with this file name in the folder of another entry.
    pub(super) fn sibling(&self, own: &Entry, name: &str) -> Option<u32> {
        match own.folder() {
            "" => self.find(name),
            folder => self.find(&format!("{folder}/{name}")),
        }
    }

    /// The files of `folder` and of its `media` folder. A folder may contain thousands of transcripts: they share
    /// one index, and none is counted as a file of another chat.
    pub(super) fn media(&self, folder: &str, transcripts: &HashSet<u32>) -> Media {
        let inner = match folder {
            "" => "media".to_owned(),
            folder => format!("{folder}/media"),
        };
        let all: Vec<u32> = [folder, &inner]
            .into_iter()
            .filter_map(|folder| self.folders.get(folder))
            .flatten()
            .copied()
            .collect();
        let entries = self.container.entries();
        let named = || {
            all.iter()
                .map(|number| (*number, &entries[*number as usize]))
        };
        let index = MediaIndex::with_other_names(
            named().map(|(number, entry)| (number, entry.file_name())),
            named().flat_map(|(number, entry)| {
                let others = entry.other_names.iter();
                others.map(move |name| (number, file_name(name)))
            }),
        );
        let media = all
            .into_iter()
            .filter(|number| !transcripts.contains(number));
        Media {
            index,
            numbers: media.collect(),
        }
    }
}

fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, name)| name)
}
