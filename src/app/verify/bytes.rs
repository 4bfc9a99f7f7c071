//! Bytes of files in Close, compared with those of the archives or with the checkpoint's hashes of size and checksum.
//!
//! A file is streamed, never kept. The credential goes to Close's host only (`close::download`).

use std::sync::Arc;

use super::items::Item;
use crate::archive::Container;
use crate::checkpoint::HashKey;
use crate::checkpoint::fingerprint::keyed;
use crate::close::{Client, Failure, FileChecksum, StoredFile, Unread};
use crate::ids::ActivityId;
use crate::transform::desired::File;

/// The files whose bytes are downloaded from Close and compared.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum FilesToRead {
    /// No file; names and sizes are compared all the same.
    #[default]
    None,
    /// The files of this percentage of the messages with files, the same ones in every run.
    Sample(f64),
    /// The files of every message.
    All,
}

impl FilesToRead {
    /// Whether the files of an activity are downloaded.
    pub(super) fn includes(self, activity: &ActivityId) -> bool {
        match self {
            FilesToRead::None => false,
            FilesToRead::All => true,
            FilesToRead::Sample(percent) => {
                let share = f64::from(crc32fast::hash(activity.as_str().as_bytes()));
                share / f64::from(u32::MAX) * 100.0 < percent
            }
        }
    }
}

/// The result for the files of a message.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The number of files that were compared.
    pub(super) compared: u64,
    /// Whether one of them differs.
    pub(super) differs: bool,
    /// The files that could not be downloaded, and why the first of them could not.
    pub(super) failed: FailedDownloads,
}

/// Files that could not be downloaded: nothing is concluded from them, also where Close does not have them now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FailedDownloads {
    /// The number of these files.
    pub(crate) number: u64,
    /// Why the first of them could not be downloaded, in words.
    pub(crate) why: String,
}

impl FailedDownloads {
    /// Adds files.
    pub(super) fn join(&mut self, other: &FailedDownloads) {
        if self.number == 0 {
            self.why.clone_from(&other.why);
        }
        self.number += other.number;
    }
}

/// Compares the files of an activity. `known`: the key of the checkpoint's hashes, and the containers of the archives.
///
/// # Errors
///
/// Close has been unreachable for too long, or denied access.
pub(super) async fn compare(
    client: &Client,
    known: (Option<HashKey>, &[Arc<Container>]),
    item: &Item,
    files: &[StoredFile],
) -> Result<Compared, Failure> {
    let mut known = Known::of(known, item);
    let mut result = Compared::default();
    for file in files {
        let sum = match client.file_sum(&file.url).await? {
            Ok(sum) => sum,
            Err(unread) => {
                let why = match unread {
                    Unread::Absent => "Close does not have a file that it lists".to_owned(),
                    Unread::Unreadable => "a file has an address of another kind".to_owned(),
                    Unread::Failed(why) => why,
                };
                result.failed.join(&FailedDownloads { number: 1, why });
                continue;
            }
        };
        if let Some(is_equal) = known.take(&file.filename, sum).await {
            result.compared += 1;
            result.differs |= !is_equal;
        }
    }
    Ok(result)
}

/// The files of a message, as archives and checkpoint have them.
struct Known<'k> {
    key: Option<HashKey>,
    files: Vec<(&'k File, Arc<Container>)>,
    hashes: Vec<[u8; 16]>,
}

impl<'k> Known<'k> {
    fn of((key, containers): (Option<HashKey>, &[Arc<Container>]), item: &'k Item) -> Known<'k> {
        let files = item
            .planned
            .iter()
            .flat_map(|(planned, _)| &planned.message.files);
        let files = files.filter_map(|file| {
            let container = containers.get(file.container as usize)?;
            Some((file, Arc::clone(container)))
        });
        Known {
            key,
            files: files.collect(),
            hashes: item
                .record
                .as_ref()
                .map_or_else(Vec::new, |record| record.files.clone()),
        }
    }

    /// Whether a file in Close is one of these, each of which is used once; `None` if nothing is known of its bytes.
    async fn take(&mut self, name: &str, sum: FileChecksum) -> Option<bool> {
        // As recorded when it was sent, where the archive's directory has checksums.
        let text = format!("{}:{:08x}", sum.bytes, sum.crc);
        let hash = self.key.as_ref().map(|key| keyed(key, "file", &text));
        if let Some(index) = self.hashes.iter().position(|known| Some(*known) == hash) {
            self.hashes.swap_remove(index);
            return Some(true);
        }
        let without_checksum = format!("{}:", sum.bytes);
        let hash = self
            .key
            .as_ref()
            .map(|key| keyed(key, "file", &without_checksum));
        let is_size_known = self.hashes.iter().any(|known| Some(*known) == hash);
        let mut is_compared = false;
        // Files of this name are compared first.
        self.files
            .sort_by_key(|(file, _)| file.name.reveal() != name);
        for index in 0..self.files.len() {
            let (file, container) = &self.files[index];
            let own = match file.crc {
                Some(crc) => Some(FileChecksum {
                    bytes: file.size,
                    crc,
                }),
                None => streamed(Arc::clone(container), file.entry).await,
            };
            is_compared |= own.is_some();
            if own == Some(sum) {
                self.files.swap_remove(index);
                return Some(true);
            }
        }
        // The record of a folder's file has a size alone.
        let is_recorded = !self.hashes.is_empty() && self.files.is_empty() && !is_size_known;
        (is_compared || is_recorded).then_some(false)
    }
}

/// Size and checksum of a file of an archive; `None` if it cannot be read.
pub(in crate::app) async fn streamed(
    container: Arc<Container>,
    entry: u32,
) -> Option<FileChecksum> {
    let read = tokio::task::spawn_blocking(move || {
        let (mut bytes, mut crc) = (0, crc32fast::Hasher::new());
        let read = container.stream(entry, &mut |piece| {
            bytes += piece.len() as u64;
            crc.update(&piece);
            true
        });
        read.ok().map(|()| FileChecksum {
            bytes,
            crc: crc.finalize(),
        })
    });
    read.await.ok().flatten()
}
