//! The content of a native archive.

use std::collections::{BTreeMap, HashMap};

use super::chat::NativeChat;
use super::media::Media;
use super::row_type::LeftOut;

/// Label of messages that an archive has several times under one id.
pub(super) const DELIVERED_AGAIN: &str = "delivered again";

/// The content of a native archive.
#[derive(Debug)]
pub struct Store {
    /// The chats of the archive, in the order of their titles.
    pub chats: Vec<NativeChat>,
    /// What was left out: label and number. Labels continue "left out: 3 ".
    pub left_out: Vec<(&'static str, u64)>,
    /// The number of rows of unknown types without text and file, by type number.
    pub unknown_types: BTreeMap<i64, u64>,
    /// The attachments that were found on disk.
    pub media: Media,
    /// What a person should know of the archive as a whole, with the remedy, in sentences.
    pub remarks: Vec<&'static str>,
}

impl Store {
    pub(super) fn new(
        chats: Vec<NativeChat>,
        left_out: HashMap<&'static str, u64>,
        media: Media,
    ) -> Store {
        let mut left_out: Vec<_> = left_out.into_iter().collect();
        left_out.sort_unstable();
        Store {
            chats,
            left_out,
            unknown_types: BTreeMap::new(),
            remarks: Vec::new(),
            media,
        }
    }

    /// Counts what was left out under a label.
    pub(super) fn leave_out(&mut self, label: &'static str, count: u64) {
        if count == 0 {
            return;
        }
        match self.left_out.iter_mut().find(|(known, _)| *known == label) {
            Some((_, known)) => *known += count,
            None => {
                self.left_out.push((label, count));
                self.left_out.sort_unstable();
            }
        }
    }

    pub(super) fn of_rows(chats: Vec<NativeChat>, left_out: LeftOut, media: Media) -> Store {
        let (by_label, unknown_types) = left_out.into_counts();
        Store {
            unknown_types,
            ..Store::new(chats, by_label, media)
        }
    }
}
