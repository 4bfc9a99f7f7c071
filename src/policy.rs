//! The import policy: what becomes of each kind of message, as `[import]` and the flags of a run decide it.
//!
//! Belongs here: one field per decision, the values that it can have, and how flags change it. Never here: paths, pace
//! and limits ([`crate::settings`]), or the words of the file (`config`). One [`Policy`] is made per run, and the
//! transformation, the survey, the plan and the executor borrow it.

use chrono::NaiveDate;

use crate::chat::MediaKind;
use crate::ids::UserId;

/// The decisions of a migration about its messages. Keys are those of `[import]` in chatferry.toml
/// (docs/reference/configuration.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether group chats are imported. Key `groups`, default [`Groups::Skip`].
    pub groups: Groups,
    /// Whether notices are imported. Key `system`, default [`Notices::Skip`].
    pub system: Notices,
    /// Whether calls are imported. Key `calls`, default [`Notices::Skip`].
    pub calls: Notices,
    /// Whether messages that their senders deleted before they were imported get a line. Key `deleted_before_import`,
    /// default [`Notices::Skip`].
    pub deleted_before_import: Notices,
    /// What becomes of imported messages that a newer export shows as deleted. Key `deleted_since`, default
    /// [`DeletedSince::Keep`].
    pub deleted_since: DeletedSince,
    /// What becomes of imported messages that were removed in Close. Key and flag `gone`, default [`Gone::Respect`].
    pub gone: Gone,
    /// What becomes of imported messages that are missing in Close for unknown reasons; `None`: a
    /// person decides. Flag `--gone` only.
    pub gone_in_run: Option<Gone>,
    /// Whether unsteady chats are planned rather than held. Flag `--accept-unsteady` only, default false.
    pub accepts_unsteady: bool,
    /// What becomes of messages that another integration created in Close. Key `existing`, default [`Existing::Hold`].
    pub existing: Existing,
    /// Where the chats of a merged lead go. Key `on_merged`, default [`OnMerged::Follow`].
    pub on_merged: OnMerged,
    /// Who owns the messages of users who left the organisation. Key `inactive_user`, default [`InactiveUser::Hold`].
    pub inactive_user: InactiveUser,
    /// The kinds of files to upload; others leave a placeholder in the text. Key `media`, default
    /// [`Policy::MEDIA`]: all but contact cards.
    pub media: Vec<MediaKind>,
    /// Whether quoted text links replies. Key `replies`, default [`Replies::Quotes`].
    pub replies: Replies,
    /// The form in which WhatsApp ids are written to Close. Key `id_form`, default [`IdForm::Stanza`].
    pub id_form: IdForm,
    /// Whether reactions are shown below their messages. Key `reactions`, default [`Reactions::Skip`].
    pub reactions: Reactions,
    /// The link of each activity: a template with `{chat}` and `{external_id}` that gives an http(s) URL of at most
    /// [`Policy::LINK_LIMIT`] characters. Key `integration_link`, default `None`.
    pub integration_link: Option<String>,
    /// Whether incoming messages create an Inbox notification. Key `send_to_inbox`, default false.
    pub send_to_inbox: bool,
    /// The date of the run in UTC, after which no archive was made; `None` if not known. Not
    /// configurable.
    pub today: Option<NaiveDate>,
}

impl Policy {
    /// The default of [`Policy::media`].
    pub const MEDIA: [MediaKind; 7] = [
        MediaKind::Image,
        MediaKind::Video,
        MediaKind::Voice,
        MediaKind::Audio,
        MediaKind::Document,
        MediaKind::Sticker,
        MediaKind::Gif,
    ];
    /// The maximum length of a link in Close, in characters.
    pub const LINK_LIMIT: usize = 2083;

    /// The policy of a run on this date, in UTC, with these flags.
    pub fn in_run(&self, flags: RunFlags, today: NaiveDate) -> Policy {
        Policy {
            gone: flags.gone.unwrap_or(self.gone),
            gone_in_run: flags.gone,
            accepts_unsteady: flags.accepts_unsteady,
            today: Some(today),
            ..self.clone()
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            groups: Groups::Skip,
            system: Notices::Skip,
            calls: Notices::Skip,
            deleted_before_import: Notices::Skip,
            deleted_since: DeletedSince::Keep,
            gone: Gone::Respect,
            gone_in_run: None,
            accepts_unsteady: false,
            existing: Existing::Hold,
            on_merged: OnMerged::Follow,
            inactive_user: InactiveUser::Hold,
            media: Policy::MEDIA.to_vec(),
            replies: Replies::Quotes,
            id_form: IdForm::Stanza,
            reactions: Reactions::Skip,
            integration_link: None,
            send_to_inbox: false,
            today: None,
        }
    }
}

/// Flags of one run that decide about messages: `--gone` and `--accept-unsteady`. A saved plan contains those it was
/// made with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunFlags {
    /// The value of `--gone`; `None`: not given.
    pub gone: Option<Gone>,
    /// Whether `--accept-unsteady` was given.
    pub accepts_unsteady: bool,
}

/// Whether group chats are imported. Key `groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// Groups are left out, counted under the rule `groups`.
    Skip,
    /// Groups are imported on the lead of the anchor contact that contacts.csv names.
    Anchor,
}

/// Whether a kind of notice is imported. Keys `system`, `calls`, `deleted_before_import`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notices {
    /// Left out and counted.
    Skip,
    /// Imported as a message with the notice as its text.
    Text,
}

/// What becomes of an imported message that a newer export shows as deleted. Key `deleted_since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedSince {
    /// The activity stays.
    Keep,
    /// The activity is deleted.
    Delete,
}

/// What becomes of an imported message that was removed in Close. Key and flag `gone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It stays removed.
    Respect,
    /// It is created again.
    Restore,
}

/// What becomes of a message whose text, direction and minute Close has from another integration. Key `existing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The chat is held until a person decides.
    Hold,
    /// Left out.
    Skip,
    /// Imported anyway.
    Ignore,
}

/// Where the chats of a merged lead go. Key `on_merged`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMerged {
    /// The lead that remains is used.
    Follow,
    /// The chat is held until a person decides.
    Hold,
}

/// Who owns the messages of a user who is no longer active in Close. Key `inactive_user`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InactiveUser {
    /// Their chats are held until a person decides.
    Hold,
    /// The messages are posted as this user's, `user_…`.
    Instead(UserId),
}

/// Whether quoted text links replies. Key `replies`. Links from native ids always apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replies {
    /// A quoted text that matches one earlier message is linked to it.
    Quotes,
    /// No links from quoted texts.
    Off,
}

/// The form in which WhatsApp's ids are written to Close. Key `id_form`. Both forms are recognised as one message,
/// whichever Close has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// The phone's stanza id.
    Stanza,
    /// `wamid.…`, as the WhatsApp Business Platform writes them. Groups have none.
    Wamid,
}

/// Whether reactions are shown below their messages. Key `reactions`. They are not messages of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reactions {
    /// Left out.
    Skip,
    /// A line below the message that they belong to.
    Text,
}
