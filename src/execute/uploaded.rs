//! Files that were uploaded for a message which Close has not confirmed: its next attempt refers to them again.
//!
//! In scope: uploads of this run. Out of scope: the checkpoint, since the address of an upload contains the
//! name of its file, which is content.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::checkpoint::MessageKey;
use crate::clock::{Moment, SharedClock};
use crate::close::FileLink;
use crate::transform::desired::File;

/// The age below which an uploaded file is still usable. Close deletes a file that no activity refers to
/// 24 hours after the upload (documented); one hour of them is reserved for the request.
pub(super) const UPLOAD_LIFETIME: Duration = Duration::from_secs(23 * 3600);

/// Uploads by message, and by container and entry of their file: two messages never share an upload.
#[derive(Default)]
pub(super) struct UploadedFiles(Mutex<HashMap<FileOfMessage, (Moment, FileLink)>>);

type FileOfMessage = (MessageKey, u32, u32);

fn of(message: &MessageKey, file: &File) -> FileOfMessage {
    (message.clone(), file.container, file.entry)
}

/// The whole text of a message, which is in no container.
fn text_of(message: &MessageKey) -> FileOfMessage {
    (message.clone(), u32::MAX, u32::MAX)
}

impl UploadedFiles {
    /// The upload of a file, and when it began, while it is usable.
    pub(super) fn get(
        &self,
        message: &MessageKey,
        file: &File,
        clock: &SharedClock,
    ) -> Option<(Moment, FileLink)> {
        self.usable(&of(message, file), clock)
    }

    /// The same for the whole text of a message.
    pub(super) fn get_text(
        &self,
        message: &MessageKey,
        clock: &SharedClock,
    ) -> Option<(Moment, FileLink)> {
        self.usable(&text_of(message), clock)
    }

    /// Keeps an upload for a further attempt.
    pub(super) fn keep(&self, message: &MessageKey, file: &File, began: Moment, link: &FileLink) {
        self.uploads()
            .insert(of(message, file), (began, link.clone()));
    }

    /// The same for the whole text of a message.
    pub(super) fn keep_text(&self, message: &MessageKey, began: Moment, link: &FileLink) {
        self.uploads()
            .insert(text_of(message), (began, link.clone()));
    }

    /// Forgets the uploads of a message whose outcome is known.
    pub(super) fn forget(&self, message: &MessageKey, files: &[File]) {
        let mut uploads = self.uploads();
        if uploads.is_empty() {
            return;
        }
        uploads.remove(&text_of(message));
        for file in files {
            uploads.remove(&of(message, file));
        }
    }

    fn usable(&self, file: &FileOfMessage, clock: &SharedClock) -> Option<(Moment, FileLink)> {
        let uploads = self.uploads();
        let upload = uploads.get(file);
        upload
            .filter(|(began, _)| began.age(clock) < UPLOAD_LIFETIME)
            .cloned()
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<FileOfMessage, (Moment, FileLink)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
