//! The content of a native archive.

use std::collections::HashMap;

use super::chat::NativeChat;
use super::media::Media;

/// The content of a native archive.
#[derive(Debug)]
pub struct Store {
    /// Its chats, in the order of their titles.
    pub chats: Vec<NativeChat>,
    /// What was left out: label and number. Labels continue "left out: 3 ".
    pub left_out: Vec<(&'static str, u64)>,
    /// Its attachments.
    pub media: Media,
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
            media,
        }
    }
}
