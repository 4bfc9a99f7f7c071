//! Files that were uploaded for a message which Close has not confirmed: its next attempt refers to them again.
//!
//! In scope: uploads of this run. Out of scope: the checkpoint, since the address of an upload contains the
//! name of its file, which is content.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
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

impl UploadedFiles {
    /// The upload of a file, and when it began, while it is usable.
    pub(super) fn get(
        &self,
        message: &MessageKey,
        file: &File,
        clock: &SharedClock,
    ) -> Option<(Moment, FileLink)> {
        let uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = uploads.get(&of(message, file));
        upload
            .filter(|(began, _)| began.age(clock) < UPLOAD_LIFETIME)
            .cloned()
    }

    /// Keeps an upload for a further attempt.
    pub(super) fn keep(&self, message: &MessageKey, file: &File, began: Moment, link: &FileLink) {
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.insert(of(message, file), (began, link.clone()));
    }

    /// Forgets the uploads of a message whose outcome is known.
    pub(super) fn forget(&self, message: &MessageKey, files: &[File]) {
        if files.is_empty() {
            return;
        }
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files {
            uploads.remove(&of(message, file));
        }
    }
}
