//! One row as a message: its kind, sender, text, file and quotation.
//!
//! Never here: which kind a type number is (`row_types`), and how a quotation is encoded (`metadata`).

use chrono::{DateTime, Utc};

use super::reading::Reading;
use super::receipts::Receipts;
use super::row_types::row_type;
use super::{metadata, texts};
use crate::chat::{Kind, MediaKind};
use crate::native::card::card_text;
use crate::native::directory::is_number;
use crate::native::normalize::{NO_TIME, has_visible_text, instant_of};
use crate::native::parts::with_parts;
use crate::native::people::{
    Jid, event_text, is_foreign, jid_kind, location_text, participant, poll_text,
};
use crate::native::row_type::RowType;
use crate::native::sqlite::{number, real, text};
use crate::native::{NativeFile, NativeMessage, NativeQuote, media};

/// Core Data epoch (2001-01-01), in seconds since the Unix epoch.
const EPOCH: f64 = 978_307_200.0;

impl Reading {
    pub(super) fn add_row(
        &mut self,
        row: &rusqlite::Row<'_>,
        receipts: &Receipts,
    ) -> rusqlite::Result<()> {
        let found = match self.chat(row)? {
            Ok(chat) => (real(row, 3)?.and_then(instant))
                .map(|at| (chat, at))
                .ok_or(NO_TIME),
            Err(what) => Err(what),
        };
        let (chat, at) = match found {
            Ok(found) => found,
            Err(what) => {
                self.left_out.add(what, 1);
                return Ok(());
            }
        };
        let key = number(row, 0)?.unwrap_or_default();
        let mut message = NativeMessage::new(u32::try_from(key).unwrap_or(u32::MAX), at);
        message.id = text(row, 1)?.filter(|id| !id.is_empty());
        let type_number = number(row, 4)?.unwrap_or_default();
        let has_text = text(row, 10)?.is_some_and(|text| has_visible_text(&text));
        let mut row_type = row_type(type_number, number(row, 21)?, has_text);
        let (mut kind, mut media_kind) = row_type.kind();
        if row_type.may_have_file()
            && let Some(path) = text(row, 13)?.filter(|path| !path.is_empty())
        {
            let detected = media::kind(text(row, 15)?.as_deref(), media::file_name(&path));
            (kind, media_kind) = (Kind::Media, Some(detected));
        }
        message.kind = kind;
        if kind != Kind::System && !(kind == Kind::Call && self.chats[chat].group) {
            message.sender = self.sender(chat, row)?;
        }
        let (local, title) = (text(row, 13)?, text(row, 14)?);
        let vcard = text(row, 15)?;
        message.text = text(row, 10)?.unwrap_or_default();
        let preview = title.clone().filter(|_| row_type == RowType::Text);
        let blob: Option<Vec<u8>> = match row.get_ref(18)? {
            rusqlite::types::ValueRef::Blob(bytes) => Some(bytes.to_owned()),
            _ => None,
        };
        let poll = receipts.polls.get(&key).filter(|_| {
            // Some versions store polls under the number of a vote (exporter).
            matches!(row_type, RowType::Poll | RowType::Vote)
        });
        if poll.is_some() {
            (kind, row_type) = (Kind::Poll, RowType::Poll);
            message.kind = kind;
            message.sender = self.sender(chat, row)?;
        }
        message.is_auxiliary = row_type.is_auxiliary();
        match kind {
            Kind::Contact => {
                let card = vcard.as_deref().map(card_text).unwrap_or_default();
                message.has_vcards = !card.is_empty();
                let name = || text(row, 23).ok().flatten();
                if let Some(card) = Some(card).filter(|card| !card.is_empty()).or_else(name) {
                    message.text = card;
                }
            }
            // For images these columns contain sizes.
            Kind::Location => {
                message.text = location_text(
                    &[
                        title,
                        text(row, 23)?,
                        Some(std::mem::take(&mut message.text)),
                    ],
                    None,
                    real(row, 16)?.zip(real(row, 17)?),
                );
            }
            Kind::Deleted => message.text.clear(),
            Kind::Poll => {
                let (question, options) = match poll {
                    Some(poll) => (&poll.question, poll.options.as_slice()),
                    None => (&message.text, &[][..]),
                };
                message.text = poll_text(question, options);
            }
            Kind::Event => message.text = event_text(&message.text),
            // A view-once file is never attached.
            Kind::ViewOnce if !has_visible_text(&message.text) => {
                message.text = title.unwrap_or_default();
            }
            Kind::Media => {
                if let Some(media) = media_kind {
                    self.file(&mut message, media, local, title, vcard);
                }
            }
            _ => {}
        }
        let is_without_text = || !has_visible_text(&message.text);
        let has_parts =
            row_type.may_have_file() || (row_type == RowType::Text && is_without_text());
        if let Some(metadata) = blob.as_deref() {
            match row_type {
                _ if has_parts => with_parts(&mut message.text, texts::texts(metadata)),
                // A template with a picture or video as its heading.
                RowType::File(_) => {
                    with_parts(&mut message.text, texts::of_templates(metadata));
                }
                _ => {}
            }
        }
        // A link without words of the sender has the title of its preview.
        if let Some(preview) = preview.filter(|_| !has_visible_text(&message.text)) {
            message.text = preview;
        }
        if !row_type.keeps(&message) {
            self.left_out.add_unknown(type_number);
            return Ok(());
        }
        message.name_mentions(|digits| self.people.mention(digits));
        let quote = blob.as_deref().and_then(metadata::quote);
        let parent = text(row, 19)?.filter(|id| !id.is_empty());
        if parent.is_some() || quote.is_some() {
            let (id, text, by) = quote.map_or((None, None, None), |quote| {
                (Some(quote.id), quote.text, quote.by)
            });
            let group = self.chats[chat].group;
            let foreign = by.as_ref().filter(|jid| {
                let mapped = self.people.jid_of_number(jid);
                is_foreign(&self.chats[chat], jid, &mapped)
            });
            if let Some(jid) = foreign {
                let place = self.chats[chat].messages.len();
                self.foreign_quotes.push((chat, place, jid.clone()));
            }
            message.quoted = Some(NativeQuote {
                elsewhere: foreign.is_some(),
                sender: (by.filter(|_| group)).and_then(|jid| self.participant(chat, &jid, None)),
                ..NativeQuote::in_same_chat(parent.or(id), text)
            });
        }
        message.reactions = receipts.reactions.get(&key).cloned().unwrap_or_default();
        self.chats[chat].messages.push(message);
        Ok(())
    }

    fn sender(&mut self, chat: usize, row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<u32>> {
        if number(row, 2)? == Some(1) {
            return Ok(Some(0));
        }
        if !self.chats[chat].group {
            return Ok(Some(1));
        }
        let member = text(row, 11)?.filter(|jid| jid_kind(jid) != Jid::Group);
        let from = text(row, 20)?.filter(|jid| jid_kind(jid) != Jid::Group);
        let Some(jid) = member.or(from) else {
            return Ok(None);
        };
        let own = text(row, 12)?.filter(|name| !is_number(name));
        Ok(self.participant(chat, &jid, own))
    }

    /// Index of a person among the participants of a group; `own` is the name that the group shows.
    fn participant(&mut self, chat: usize, jid: &str, own: Option<String>) -> Option<u32> {
        let phone = self.people.number(jid);
        let name = self.people.sender_name(own.as_deref(), jid);
        participant(&mut self.chats[chat].participants, name, phone)
    }

    fn file(
        &mut self,
        message: &mut NativeMessage,
        kind: MediaKind,
        local: Option<String>,
        title: Option<String>,
        mime: Option<String>,
    ) {
        let local = local.filter(|path| !path.is_empty());
        let base = local
            .as_deref()
            .map(|path| media::file_name(path).to_owned());
        let is_document = kind == MediaKind::Document;
        // The title of a document is its name; for other files it is the caption.
        let title = title.filter(|title| !title.trim().is_empty());
        if !is_document && message.text.is_empty() {
            message.text = title.clone().unwrap_or_default();
        }
        let name = title.filter(|_| is_document).or(base);
        let Some(name) = name else {
            message.kind = Kind::MediaOmitted;
            message.omitted = Some(kind);
            return;
        };
        let entry = local.as_deref().and_then(|path| {
            let in_backup = self.files.get(&format!("Message/{path}")).cloned();
            match in_backup {
                Some(real) => self.media.add(path, real),
                None => self.media.find(path),
            }
        });
        let detected = media::kind(mime.as_deref(), &name);
        let media = match kind {
            MediaKind::Audio if detected == MediaKind::Voice => MediaKind::Voice,
            kind => kind,
        };
        message.files.push(NativeFile { name, entry, media });
    }
}

fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    instant_of((seconds + EPOCH) * 1000.0)
}
