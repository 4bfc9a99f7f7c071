//! An opened archive: one chat with its container, before it is parsed.
//!
//! Never here: how archives are opened, and what their transcripts contain.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{NaiveDate, NaiveDateTime};

use crate::archive::Container;
use crate::clock::System;
use crate::native::NativeChat;
use crate::parser::MediaIndex;
use crate::parser::text::{ArchiveName, Decoded};

use super::failure::Failure;

/// The current day in UTC.
pub(super) fn today() -> NaiveDate {
    System::shared().now().date_naive()
}

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
    /// The local time of the export on the phone; `None` unless the archive is a zip that contains
    /// it.
    pub exported: Option<NaiveDateTime>,
    /// The day on which it was opened, in UTC.
    pub opened_on: NaiveDate,
    /// The number of the chat among those of the same name, and its numbered name; set by [`parse`](super::parse).
    pub(super) numbered: OnceLock<(u32, String)>,
    /// The chat's name in another archive, if the archive was renamed by a person.
    pub(super) renamed: OnceLock<String>,
    /// The transcript; empty once it is released ([`outline`](super::outline())).
    pub transcript: Decoded,
    /// The `chat.md` of a Web export, with the same messages; `None` if there is none.
    pub markdown: Option<Decoded>,
    /// The chat of a native archive; `None` for a text export.
    pub native: Option<NativeChat>,
    /// The entries of transcript and Markdown in the container.
    pub(super) numbers: TextNumbers,
    /// See [`Opened::digest`].
    pub(super) digest: OnceLock<[u8; 32]>,
    /// See [`Opened::markdown_digest`].
    pub(super) markdown_digest: OnceLock<Option<[u8; 32]>>,
    /// Why it could not be read again.
    pub(super) lost: OnceLock<Failure>,
}

/// The numbers of the entries of a container that a chat is read from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextNumbers {
    pub(super) transcript: u32,
    pub(super) markdown: Option<u32>,
}

impl Opened {
    /// The chat's name in every output and in contacts.csv: that of the archive, with a number if several
    /// chats of the device have the same name. The number is known after [`parse`](super::parse).
    pub fn chat_name(&self) -> &str {
        match self.numbered.get() {
            Some((_, name)) => name,
            None => self.title(),
        }
    }

    /// WhatsApp's id of a chat with one person whose number is not known, by which contacts.csv may
    /// name it; `None` for every other chat.
    pub fn id_without_number(&self) -> Option<&str> {
        let native = self.native.as_ref()?;
        (!native.group && native.phone.is_none()).then_some(native.jid.as_str())
    }

    /// Forgets the number of the chat, before it is parsed again as of another device.
    pub fn forget_number(&mut self) {
        self.numbered = OnceLock::new();
    }

    /// The number of files in the transcript's folder.
    pub fn media_files(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// The BLAKE3 hash of the archive's content: of the transcript, or of the messages of a native
    /// archive.
    pub fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| match &self.native {
            None => digest_of(&self.transcript),
            Some(native) => native.digest(),
        })
    }

    /// BLAKE3 hash of the text of `chat.md`, if there is one.
    pub fn markdown_digest(&self) -> Option<[u8; 32]> {
        *(self.markdown_digest).get_or_init(|| self.markdown.as_ref().map(digest_of))
    }

    /// Why its transcript could not be read again after it was released; `None` if it could. What
    /// was made of it since is not to be used.
    pub fn lost(&self) -> Option<&Failure> {
        self.lost.get()
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

/// The archive's name in output: the last part of its path.
pub(super) fn label_of(path: &Path) -> String {
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

pub(super) fn digest_of(text: &Decoded) -> [u8; 32] {
    *blake3::hash(text.text().as_bytes()).as_bytes()
}
