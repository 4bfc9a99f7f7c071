//! A chat whose timeline was opened: the document, and its files to save.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::app::{Conversation, Result};
use crate::report::html;

/// A chat whose timeline was opened.
pub(super) struct OpenedChat {
    timeline: String,
    files: Vec<(String, u64)>,
    conversation: Mutex<Conversation>,
}

impl OpenedChat {
    /// Makes the timeline of a conversation.
    ///
    /// # Errors
    ///
    /// Of writing it.
    pub(super) fn of(conversation: Conversation) -> Result<OpenedChat> {
        let mut bytes = Vec::new();
        html::write_conversation(&conversation, &mut bytes)?;
        let files = conversation.files();
        let files = files
            .iter()
            .map(|file| (file.name.reveal().to_owned(), file.size));
        Ok(OpenedChat {
            timeline: String::from_utf8_lossy(&bytes).into_owned(),
            files: files.collect(),
            conversation: Mutex::new(conversation),
        })
    }

    /// The timeline as a document.
    pub(super) fn timeline(&self) -> &str {
        &self.timeline
    }

    /// Names and sizes of its files, in bytes.
    pub(super) fn files(&self) -> &[(String, u64)] {
        &self.files
    }

    /// The conversation, for the bytes of its files.
    pub(super) fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
