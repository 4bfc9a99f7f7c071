//! A source: an archive with the chat that was read from it and the device it belongs to.
//!
//! Belongs here: access to what the archive has, also where its transcript was released from memory. Never here: rules.

use chrono::NaiveDateTime;

use super::doubts::Extent;
use crate::chat::{Chat, Kind, Platform};
use crate::intake::{Opened, Outline, Reread};
use crate::parser::text::Decoded;
use crate::routing::{ExportId, Subject};
use crate::settings::Device;

/// An archive with the chat that was read from it and the device it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// The device that the archive belongs to.
    pub device: &'s Device,
    /// The opened archive.
    pub opened: &'s Opened,
    /// The chat that was read from it; without messages if there is an outline.
    pub chat: &'s Chat<'s>,
    /// The text that `chat` was read from.
    pub transcript: &'s Decoded,
    /// The summary of an archive whose transcript was released from memory; `None` while it is
    /// there.
    pub outline: Option<&'s Outline>,
}

impl<'s> Source<'s> {
    /// Wraps an archive whose transcript is in memory.
    pub fn new(device: &'s Device, opened: &'s Opened, chat: &'s Chat<'s>) -> Self {
        Source {
            device,
            opened,
            chat,
            transcript: &opened.transcript,
            outline: None,
        }
    }

    /// The number of its messages.
    pub(super) fn count(&self) -> u32 {
        match self.outline {
            Some(outline) => outline.messages,
            None => u32::try_from(self.chat.messages.len()).unwrap_or(u32::MAX),
        }
    }

    /// What doubts are judged by.
    pub(super) fn extent(&self) -> Extent {
        match self.outline {
            Some(outline) => Extent {
                messages: outline.messages as usize,
                notices: outline.kinds.get(&Kind::System).map_or(0, |n| *n as usize),
                has_files: outline.kinds.contains_key(&Kind::Media),
                ends_a_line: outline.ends_a_line,
            },
            None => Extent::of(self.chat, self.transcript),
        }
    }

    /// The latest local time of a message.
    pub(super) fn last_time(&self) -> Option<NaiveDateTime> {
        match self.outline {
            Some(outline) => outline.last_time,
            None => self.chat.messages.iter().map(|m| m.local_time).max(),
        }
    }

    /// Calls `f` with the chat and its messages, which are read again if they were released. A chat that
    /// cannot be read again has none, and nothing is done with the result ([`Opened::lost`]).
    pub fn with_messages<R>(&self, f: impl FnOnce(&Chat<'_>) -> R) -> R {
        let text = self.reread();
        let chat = text.as_ref().and_then(|text| self.parse_again(text));
        f(chat.as_ref().unwrap_or(self.chat))
    }

    /// Reads the transcript of a released archive again; `None` if it was not released or cannot be read.
    pub(super) fn reread(&self) -> Option<Reread> {
        self.outline.and_then(|_| self.opened.reread())
    }

    /// The chat in a transcript that was read again.
    pub(super) fn parse_again<'r>(&self, text: &'r Reread) -> Option<Chat<'r>>
    where
        's: 'r,
    {
        text.parse(self.opened, self.outline?)
    }
}

impl Source<'_> {
    /// The name of the chat in outputs and in contacts.csv.
    pub(super) fn name(&self) -> &str {
        self.opened.chat_name()
    }

    /// The name in the archive: of the contact, or of the group. Several chats may have it.
    pub(super) fn title(&self) -> &str {
        self.opened.title()
    }
}

impl<'s> Source<'s> {
    /// The facts that routing needs.
    pub fn subject(&self) -> Subject<'s> {
        let native = self.opened.native.as_ref();
        // An export of WhatsApp Web calls the owner "You" in the language of the browser (observed), and a native
        // archive marks the owner's messages.
        let is_determined = self.chat.platform == Platform::Web || self.chat.platform.is_native();
        let shown = self
            .chat
            .owner
            .and_then(|at| self.chat.participants.get(at as usize));
        let shown = shown.map(|participant| participant.name.as_ref());
        Subject {
            device: self.device,
            name: self.opened.chat_name(),
            title: self.opened.title(),
            has_certain_title: self.opened.name.certain,
            has_shared_title: self.opened.has_shared_title(),
            participants: &self.chat.participants,
            is_group: self.chat.is_group(),
            owner: shown.filter(|_| is_determined),
            named_by_notices: (shown.filter(|_| !is_determined))
                .or(self.chat.named_by_notices.as_deref()),
            number: native.and_then(|native| native.phone.as_deref()),
            evidence: self.chat.format.evidence,
            export: self.export_id(),
        }
    }

    /// What copies of one export share.
    pub(super) fn export_id(&self) -> ExportId {
        ExportId {
            content: self.opened.digest(),
            exported: self.opened.exported,
            files: self.opened.media_files(),
        }
    }
}
