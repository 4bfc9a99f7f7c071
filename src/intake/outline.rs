//! Text exports of a large migration without their messages.
//!
//! What a chat is, whose it is and where it goes follows from its name, its participants and its format;
//! its messages are needed when it is transformed. In a large migration ([`crate::memory`]) the transcript of
//! a one-to-one chat is therefore released after a first reading and read again then. Belongs here: what is
//! kept of such an archive, and reading it again. Never here: groups, native archives and exports whose
//! dates another archive determines, which stay in memory.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rayon::prelude::*;

use super::opened::digest_of;
use super::{Error, Failure, Opened, parse_one};
use crate::chat::{Chat, DateOrder, Kind, Participant};
use crate::memory;
use crate::parser::text::{self, Decoded};

/// What is kept of a text export whose transcript was released.
#[derive(Debug)]
pub struct Outline {
    /// The chat without its messages.
    pub chat: Chat<'static>,
    /// The number of messages in the transcript, notices included.
    pub messages: u32,
    /// The number of messages of each kind.
    pub kinds: BTreeMap<Kind, u32>,
    /// Whether the last line ends with a line end.
    pub ends_a_line: bool,
    /// The latest local time of a message, on the phone; `None` without messages.
    pub last_time: Option<NaiveDateTime>,
    /// The user's date order for the archive.
    date_order: Option<DateOrder>,
}

/// The transcript of an archive that was released, read again.
#[derive(Debug)]
pub struct Reread {
    /// The transcript.
    pub transcript: Decoded,
    markdown: Option<Decoded>,
}

/// Releases the transcripts of a large migration, and returns for each archive what is kept of it; `None`
/// for an archive that stays in memory. `order` is that of [`super::parse`].
pub fn outline(
    opened: &mut [Opened],
    order: impl Fn(usize) -> Option<DateOrder> + Sync,
) -> Vec<Option<Outline>> {
    let bytes = opened.iter().map(|archive| archive.transcript.len() as u64);
    if !memory::releases_transcripts(bytes.sum()) {
        return Vec::new();
    }
    (opened.par_iter_mut().enumerate())
        .map(|(place, archive)| {
            let outline = Outline::of(archive, order(place))?;
            archive.digest();
            archive.markdown_digest();
            archive.transcript = Decoded::default();
            archive.markdown = archive.markdown.take().map(|_| Decoded::default());
            Some(outline)
        })
        .collect()
}

impl Outline {
    fn of(archive: &Opened, date_order: Option<DateOrder>) -> Option<Outline> {
        if archive.native.is_some() {
            return None;
        }
        let chat = parse_one(archive, date_order, None).ok()?;
        let is_alone = chat.format.evidence.is_settled();
        if chat.is_group() || !is_alone {
            return None;
        }
        let mut kinds = BTreeMap::new();
        for message in &chat.messages {
            *kinds.entry(message.kind).or_insert(0) += 1;
        }
        let participant = |participant: &Participant<'_>| Participant {
            name: participant.name.clone().into_owned().into(),
            number: (participant.number.clone()).map(|number| number.into_owned().into()),
            ..*participant
        };
        Some(Outline {
            messages: u32::try_from(chat.messages.len()).unwrap_or(u32::MAX),
            kinds,
            ends_a_line: archive.transcript.ends_a_line(),
            last_time: chat.messages.iter().map(|message| message.local_time).max(),
            date_order,
            chat: Chat {
                participants: chat.participants.iter().map(participant).collect(),
                messages: Vec::new(),
                platform: chat.platform,
                format: chat.format,
                owner: chat.owner,
                named_by_notices: (chat.named_by_notices).map(|name| name.into_owned().into()),
                group_notices: chat.group_notices,
                oddities: chat.oddities,
                lines: chat.lines,
            },
        })
    }
}

impl Opened {
    /// Reads the transcript of a released archive again; `None` if it can no longer be read or contains
    /// something else now ([`Opened::lost`]).
    pub fn reread(&self) -> Option<Reread> {
        match self.try_reread() {
            Ok(reread) => Some(reread),
            Err(error) => {
                let label = self.label.clone();
                let _ = self.lost.set(Failure { label, error });
                None
            }
        }
    }

    fn try_reread(&self) -> Result<Reread, Error> {
        let changed = || Error::Changed {
            path: self.path.clone(),
        };
        let decode = |number: u32| -> Result<Decoded, Error> {
            let bytes = self.container.read(number)?;
            text::decode(bytes).map_err(|_| changed())
        };
        let transcript = decode(self.numbers.transcript)?;
        // A damaged one is treated as empty, as in the first reading.
        let markdown = (self.numbers.markdown).map(|number| decode(number).unwrap_or_default());
        let is_same = digest_of(&transcript) == self.digest()
            && markdown.as_ref().map(digest_of) == self.markdown_digest();
        match is_same {
            true => Ok(Reread {
                transcript,
                markdown,
            }),
            false => Err(changed()),
        }
    }
}

impl Reread {
    /// Parses the transcript as it was parsed for its outline.
    pub fn parse<'r>(&'r self, archive: &'r Opened, outline: &Outline) -> Option<Chat<'r>> {
        let texts = (&self.transcript, self.markdown.as_ref());
        match super::parse_texts(archive, texts, outline.date_order, None) {
            Ok(chat) => Some(chat),
            Err(failure) => {
                let _ = archive.lost.set(failure);
                None
            }
        }
    }
}
