//! Desired messages: one message as it should be in Close.
//!
//! Belongs here: the message with its files, ids and reply target. Never here: the chat that it belongs to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::content::Content;
use super::destination::Between;
use super::seen_in::SeenIn;
use crate::chat::{Kind, MediaKind};
use crate::ids::{ActivityId, ExternalId};
use crate::packed_vec;
use crate::transform::evidence::Evidence;
use crate::transform::render::{self, Parts};

/// A message as it should be in Close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredMessage {
    /// The external id under which Close is to have it.
    pub external_id: ExternalId,
    /// Its other ids; `None` for most messages.
    pub ids: Option<Box<OtherIds>>,
    /// The evidence of its archive, for [`crate::matching`].
    pub evidence: Evidence,
    /// What the message is: text, file, notice and so on.
    pub kind: Kind,
    /// Whether the archive marks it as edited.
    pub edited: bool,
    /// Whether another archive of the chat may have the same message with a different text, so that
    /// the evidence does not decide.
    pub undecided: bool,
    /// Whether it has no id and equals one message of another log, which may be the same one.
    pub repeated: bool,
    /// Whether it is a file whose placeholder may be in another archive of the chat, as an
    /// undecided message.
    pub contested: bool,
    /// Whether it has the owner's name and may be text that a contact pasted.
    pub pasted: bool,
    /// Whether the contact or the user sent it.
    pub direction: Direction,
    /// The instant; added milliseconds keep messages with equal timestamps in order.
    #[serde(with = "packed_vec::instant")]
    pub activity_at: DateTime<Utc>,
    /// The rendered text, in WhatsApp's markdown.
    pub markdown: Content,
    /// The length in bytes of the part before the body: the sender's name in a group, and the quotation of
    /// the reply target.
    pub prefix_len: u32,
    /// The length in bytes of the part after the body: the reactions, if they are shown.
    pub suffix_len: u32,
    /// Differences from the destination of the chat; `None` if there are none.
    pub between: Option<Box<Between>>,
    /// Files to upload, at most 25,000,000 bytes in total.
    pub files: Vec<File>,
    /// The reply target: index into [`super::DesiredChat::messages`]. Either smaller than the index of this
    /// message, or the index of a message that is no reply, so that waiting for reply targets ends.
    pub reply_to: Option<u32>,
    /// The reply target, if the archive names it by an id that no message of this chat has.
    pub answers: Option<Box<Answers>>,
    /// The URL made from the template `integration_link`; `None` without a template.
    pub link: Option<String>,
    /// The archive of the chat that it was read from: index into [`super::DesiredChat::archives`].
    pub archive: u32,
    /// The line in that archive's transcript, from 1; in a native archive the position of the
    /// record.
    pub line: u32,
    /// All archives of the chat that have it.
    pub seen_in: SeenIn,
}

impl DesiredMessage {
    /// The body within `text`, a rendered text of this message: `text` without the sender's name, the
    /// quotation and the reactions. Those differ between archives, so a difference in them is no change.
    pub fn body<'t>(&self, text: &'t str) -> &'t str {
        let text = text.get(self.prefix_len as usize..).unwrap_or(text);
        let own = self.markdown.reveal();
        let suffix_start = own.len().checked_sub(self.suffix_len as usize);
        let reactions = suffix_start
            .and_then(|from| own.get(from..))
            .unwrap_or_default();
        text.strip_suffix(reactions).unwrap_or(text)
    }

    /// The ids under which other archives know the same message.
    pub fn alternate_ids(&self) -> &[ExternalId] {
        self.ids.as_ref().map_or(&[], |ids| &ids.alternate)
    }

    /// Inserts a quotation of its reply target before its body.
    pub fn quote(&mut self, quote: &str) {
        let own = self.markdown.reveal();
        let (name, body) = own
            .split_at_checked(self.prefix_len as usize)
            .unwrap_or(("", own));
        let rendered = render::render(Parts {
            name_line: name,
            quotation: quote,
            body: body.to_owned(),
            ..Parts::default()
        });
        self.prefix_len = u32::try_from(rendered.prefix_len).unwrap_or(self.prefix_len);
        self.markdown = Content::new(rendered.markdown);
    }
}

/// The direction of a message, with the values of Close's field `direction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the contact to the user.
    Incoming,
    /// From the user to the contact.
    Outgoing,
}

/// A file of a desired message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Index into [`super::Desired::containers`].
    pub container: u32,
    /// Number of the entry in that container.
    pub entry: u32,
    /// The file's name in the archive, which is content.
    pub name: Content,
    /// The file's size in bytes.
    pub size: u64,
    /// The CRC-32 of the bytes, from the container's directory; `None` if that has none.
    pub crc: Option<u32>,
    /// What kind of file it is.
    pub media: MediaKind,
}

/// The ids of a message in addition to its external id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherIds {
    /// The alternate ids of the message: it may be recorded under one of them.
    pub alternate: Vec<ExternalId>,
    /// The native id of the message, if it is recorded under another id and the native id is not
    /// recorded yet; else `None`. Set by the plan.
    pub alias: Option<ExternalId>,
    /// The native id that an archive has for this and for another message; `None` for every other
    /// message. It identifies neither, although one of them has it as its external id.
    pub shared: Option<ExternalId>,
    /// For a deleted message of a group: the derived ids that it has if its text was one that another member wrote in its
    /// minute. A record under one of them is of this message.
    pub by_text: Vec<ExternalId>,
    /// Whether the external id is that of the record that was found by one of these ids.
    pub recognized: bool,
}

/// A reply target that is not a message of the same chat in these archives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answers {
    /// A native id, not looked up yet. It is looked up in the other chats, the checkpoint and Close before
    /// planning.
    Named {
        /// The native id of the target.
        id: ExternalId,
        /// The text of the target, quoted if the look-ups do not find it; empty if it must not be
        /// quoted.
        quote: Content,
    },
    /// A message of another chat of this run.
    Planned {
        /// Index into [`super::Desired::chats`].
        chat: u32,
        /// Index into the messages of that chat.
        message: u32,
        /// The external id of the target.
        external_id: ExternalId,
    },
    /// A message in Close.
    InClose {
        /// The external id of the target.
        external_id: ExternalId,
        /// The activity id of the target.
        activity_id: ActivityId,
    },
}

impl Answers {
    /// The external id of the reply target; `None` if it has not been found in the run or in Close.
    pub fn external_id(&self) -> Option<&ExternalId> {
        match self {
            Answers::Named { .. } => None,
            Answers::Planned { external_id, .. } | Answers::InClose { external_id, .. } => {
                Some(external_id)
            }
        }
    }
}
