//! Archives that are read without a configuration, for `inspect`, `parse` and programs that only read.
//!
//! Belongs here: from paths to chats, in one call each. Never here: zones, contacts and Close, which a
//! [`Migration`](super::Migration) has.

use std::path::PathBuf;

use crate::archive::Limits;
use crate::chat::{Attachment, Chat, DateOrder};
use crate::intake::{self, Failure, NativeArchive, Opened};
use crate::native::{Keys, NoKeys};

/// Opened archives.
///
/// The chats borrow from them, so that a million messages cost their positions and not their text.
pub struct Archives {
    /// The archives that were opened, one for each chat, in the order of their paths.
    pub(crate) opened: Vec<Opened>,
    /// The device of each archive: equal numbers mean equal devices.
    pub(crate) devices: Vec<usize>,
    /// The native archives among them, each as a whole with the chats that it has.
    pub(crate) stores: Vec<NativeArchive>,
    failures: Vec<Failure>,
    ignored: Vec<Failure>,
}

impl Archives {
    /// Opens the archives at `paths`: files, or folders with all that is below them. A file or
    /// folder that cannot be read does not affect the others; it is among the
    /// [failures](Archives::failures). Encrypted backups are failures too: they need a key
    /// ([`Archives::open_with`]).
    pub fn open(paths: &[PathBuf]) -> Archives {
        Archives::open_with(paths, &Limits::default(), &NoKeys)
    }

    /// As [`Archives::open`], with limits against damaged and hostile archives, and with a source
    /// of keys of encrypted backups.
    pub fn open_with(paths: &[PathBuf], limits: &Limits, keys: &dyn Keys) -> Archives {
        let intake = intake::open_with(paths, limits, keys);
        let archives = intake.opened.iter().map(|opened| opened.path.as_path());
        Archives {
            devices: intake::device_of_path(paths, archives),
            opened: intake.opened,
            stores: intake.stores,
            failures: intake.failures,
            ignored: intake.ignored,
        }
    }

    /// Files and folders that could not be read, each with its path, the cause and the remedy.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Files and folders that are not archives: notes, empty folders, symbolic links.
    pub fn ignored(&self) -> &[Failure] {
        &self.ignored
    }

    /// Parses all archives, on all cores, in the order of their paths. A text export does not state whether its dates begin
    /// with the day or the month; the order is inferred from its dates, from other archives of its folder, and at last
    /// assumed ([`Chat::format`] has the evidence).
    ///
    /// # Errors
    ///
    /// Of an archive: its transcript could not be read.
    pub fn chats(&self) -> Vec<Result<ArchivedChat<'_>, Failure>> {
        let parsed = self.parse(None).into_iter();
        let chats = parsed.zip(&self.opened);
        chats
            .map(|(chat, opened)| {
                Ok(ArchivedChat {
                    opened,
                    chat: chat?,
                })
            })
            .collect()
    }

    /// The chats in the order of `opened`, with the date order of a person, if any.
    pub(crate) fn parse(&self, order: Option<DateOrder>) -> Vec<Result<Chat<'_>, Failure>> {
        intake::parse(&self.opened, |_| order, |index| self.devices[index])
    }

    /// The failures, for a command that adds others to them.
    pub(crate) fn take_failures(&mut self) -> Vec<Failure> {
        std::mem::take(&mut self.failures)
    }
}

/// A chat of an archive.
pub struct ArchivedChat<'a> {
    opened: &'a Opened,
    chat: Chat<'a>,
}

impl<'a> ArchivedChat<'a> {
    /// The chat's name: the person's or the group's, as the archive has it.
    pub fn name(&self) -> &str {
        self.opened.chat_name()
    }

    /// The archive's name in output: the name of the file or folder, followed by that of the
    /// transcript if a container has several.
    pub fn archive(&self) -> &str {
        &self.opened.label
    }

    /// Participants, messages, the format of the timestamps, and lines that may have been misread.
    pub fn chat(&self) -> &Chat<'a> {
        &self.chat
    }

    /// The chat, to be changed: [`Chat::in_zone`] converts the instants of a database to a phone's
    /// local time.
    pub fn chat_mut(&mut self) -> &mut Chat<'a> {
        &mut self.chat
    }

    /// Reads a file that a message names, as a whole, into memory. `None` if the archive lacks the
    /// file: the export left it out, or is incomplete.
    ///
    /// # Errors
    ///
    /// The entry is damaged (its checksum is wrong), is encrypted, exceeds [`Limits::transcript`]
    /// or the ratio of [`Limits`], or the archive can no longer be read.
    pub fn file(&self, attachment: &Attachment<'_>) -> Option<Result<Vec<u8>, Failure>> {
        let entry = attachment.entry?;
        let bytes = self.opened.container.read(entry);
        Some(bytes.map_err(|error| Failure {
            label: self.opened.label.clone(),
            error: error.into(),
        }))
    }
}
