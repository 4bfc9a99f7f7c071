//! Settings of a migration: validated plain data, defaults included.
//!
//! `config` fills them from `chatferry.toml`; nothing here reads a file, the environment or the command
//! line.

use std::fmt;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::archive;
use crate::chat::{DateOrder, MediaKind};
use crate::ids::UserId;
use crate::phone::Phone;

/// A problem in a file that the user wrote, with its location and the remedy.
///
/// Displayed as `chatferry.toml:12: unknown key …`. Contains no secret and no phone number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file as the user named it; or a flag or variable, if the value came from there.
    pub file: String,
    /// The line, from 1; `None` for the file as a whole.
    pub line: Option<u32>,
    /// Problem and remedy, one line without a full stop.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

impl std::error::Error for Problem {}

/// A validated `chatferry.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Access to Close.
    pub close: CloseSettings,
    /// The devices in the order of the file, at least one; names are distinct.
    pub devices: Vec<Device>,
    /// Import policies.
    pub import: ImportSettings,
    /// Limits of pace, concurrency and archives.
    pub limits: Limits,
    /// The folder of [`Settings::file`]: paths in the file are relative to it.
    pub dir: PathBuf,
    /// The configuration file.
    pub file: PathBuf,
}

impl Settings {
    /// The device with this name.
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.name == name)
    }
}

/// `[close]`. The key is never here: see `config::credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseSettings {
    /// Without a trailing slash. `https`, or `http` to a loopback address. Default
    /// `https://api.close.com/api/v1`.
    pub base_url: String,
    /// If set, keys of other organisations are refused (exit status 5). Default `None`.
    pub organization_id: Option<String>,
}

impl CloseSettings {
    /// The base URL of the real Close.
    pub const BASE_URL: &str = "https://api.close.com/api/v1";
}

impl Default for CloseSettings {
    fn default() -> Self {
        CloseSettings {
            base_url: CloseSettings::BASE_URL.to_owned(),
            organization_id: None,
        }
    }
}

/// One device of one owner: a `[[device]]` block with the defaults of `[source]`, or `[source]` alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// The name in `contacts.csv`, in outputs and for `--device`; [`Device::ALONE`] for `[source]` alone.
    pub name: String,
    /// Files, folders or globs as written, relative to [`Settings::dir`]; at least one.
    pub archives: Vec<String>,
    /// The time zone of the phone at the time of the export.
    pub timezone: chrono_tz::Tz,
    /// `None` is `auto`: determined from the transcript.
    pub date_order: Option<DateOrder>,
    /// The owner's names in the device's exports; empty: inferred.
    pub owner: Vec<String>,
    /// The owner's WhatsApp number. A `me` row's number overrides it.
    pub local_phone: Option<Phone>,
    /// The owner's former numbers: ids stay the same.
    pub former_phones: Vec<Phone>,
    /// The owner's Close user (`user_…`), set on both directions. A `me` row's user overrides it.
    pub user_id: Option<UserId>,
    /// The first local date that is imported.
    pub from: Option<NaiveDate>,
    /// The first local date that is no longer imported; later than `from`.
    pub until: Option<NaiveDate>,
}

impl Device {
    /// The name of the one device of a file without `[[device]]` blocks.
    pub const ALONE: &str = "default";
}

/// `[import]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSettings {
    /// The path of `contacts.csv`, relative to the working directory or absolute. Required in the file.
    pub contacts: PathBuf,
    /// The checkpoint, likewise. Default `chatferry.db` next to the file.
    pub checkpoint: PathBuf,
    /// The date of this run, after which no archive was made; `None` if not known.
    pub today: Option<NaiveDate>,
    /// Group chats. Default [`Groups::Skip`].
    pub groups: Groups,
    /// Notices. Default [`Notices::Skip`].
    pub system: Notices,
    /// Calls. Default [`Notices::Skip`].
    pub calls: Notices,
    /// Messages that their senders deleted before they were imported. Default [`Notices::Skip`].
    pub deleted_before_import: Notices,
    /// Imported messages that a newer export shows as deleted. Default [`DeletedSince::Keep`].
    pub deleted_since: DeletedSince,
    /// Imported messages that were removed in Close. Default [`Gone::Respect`].
    pub gone: Gone,
    /// `--gone`: the same for one run, also for messages that are missing for unknown reasons; never in the
    /// file.
    pub gone_in_run: Option<Gone>,
    /// `--accept-unsteady`: unsteady chats are not held; never in the file.
    pub accepts_unsteady: bool,
    /// Messages that are in Close already from another integration. Default [`Existing::Hold`].
    pub existing: Existing,
    /// Leads that were merged into another. Default [`OnMerged::Follow`].
    pub on_merged: OnMerged,
    /// Messages of users who left the organisation. Default hold.
    pub inactive_user: InactiveUser,
    /// Kinds of files to upload; others leave a placeholder in the text. Default: all but contact cards
    /// ([`ImportSettings::MEDIA`]).
    pub media: Vec<MediaKind>,
    /// Reply links from quoted text. Default [`Replies::Quotes`].
    pub replies: Replies,
    /// The form in which WhatsApp ids are written to Close. Default stanza.
    pub id_form: IdForm,
    /// Reactions. Default skip.
    pub reactions: Reactions,
    /// A template with `{chat}` and `{external_id}` that gives an http(s) URL of at most
    /// [`ImportSettings::LINK_LIMIT`] characters. Default `None`.
    pub integration_link: Option<String>,
    /// Whether incoming messages create an Inbox notification. Default false.
    pub send_to_inbox: bool,
}

impl ImportSettings {
    /// The default of [`ImportSettings::media`].
    pub const MEDIA: [MediaKind; 7] = [
        MediaKind::Image,
        MediaKind::Video,
        MediaKind::Voice,
        MediaKind::Audio,
        MediaKind::Document,
        MediaKind::Sticker,
        MediaKind::Gif,
    ];
    /// The default of [`ImportSettings::checkpoint`], next to the file.
    pub const CHECKPOINT: &str = "chatferry.db";
    /// The maximum length of a link in Close, in characters.
    pub const LINK_LIMIT: usize = 2083;

    /// All defaults, with the path of `contacts.csv`, which has none.
    pub fn with_contacts(contacts: PathBuf) -> Self {
        ImportSettings {
            contacts,
            checkpoint: PathBuf::from(ImportSettings::CHECKPOINT),
            today: None,
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
            media: ImportSettings::MEDIA.to_vec(),
            replies: Replies::Quotes,
            id_form: IdForm::Stanza,
            reactions: Reactions::Skip,
            integration_link: None,
            send_to_inbox: false,
        }
    }
}

/// `groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// Left out.
    Skip,
    /// Imported on the lead of the anchor contact.
    Anchor,
}

/// `system`, `calls`, `deleted_before_import`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notices {
    /// Left out.
    Skip,
    /// Imported as a message with the notice as its text.
    Text,
}

/// `deleted_since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedSince {
    /// The activity stays.
    Keep,
    /// The activity is deleted.
    Delete,
}

/// `gone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It stays removed.
    Respect,
    /// It is created again.
    Restore,
}

/// `existing`: Close has the same text, direction and minute from another integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The chat is held until a person decides.
    Hold,
    /// Left out.
    Skip,
    /// Imported anyway.
    Ignore,
}

/// `on_merged`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMerged {
    /// The lead that remains is used.
    Follow,
    /// The chat is held until a person decides.
    Hold,
}

/// `inactive_user`: the user of messages to be posted is no longer active in Close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InactiveUser {
    /// Their chats are held until a person decides.
    Hold,
    /// The messages are posted as this user's, `user_…`.
    Instead(UserId),
}

/// `replies`. Links from native ids always apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replies {
    /// A quoted text that matches one earlier message is linked to it.
    Quotes,
    /// No links from quoted texts.
    Off,
}

/// `id_form`. Both forms are recognised as one message, whichever Close has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// The phone's stanza id.
    Stanza,
    /// `wamid.…`, as the WhatsApp Business Platform writes them. Groups have none.
    Wamid,
}

/// `reactions`. They are no messages of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reactions {
    /// Left out.
    Skip,
    /// A line below the message that they belong to.
    Text,
}

/// `[limits]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The starting pace of one endpoint group; 0.01 to 100,000. Default 10.
    pub requests_per_second: f64,
    /// The pace up to which the run probes if Close reports no budget; `--max-rate`, never in the file,
    /// where it would be forgotten.
    pub max_rate: Option<f64>,
    /// Concurrent requests; 1 to 1000. Default 8.
    pub concurrency: usize,
    /// Concurrent uploads; 1 to 1000. Default 4.
    pub upload_concurrency: usize,
    /// How long a look-up may miss a write that did happen, in seconds; 0 to 86400. Default 60.
    pub settle_seconds: f64,
    /// The maximum length of an outage of Close or the network that is waited for, in seconds; 0 to 604800.
    /// Default 600.
    pub outage_seconds: f64,
    /// Resource limits of an archive: `archive_entries`, `archive_bytes`, `transcript_bytes` and
    /// `inflate_ratio`.
    pub archives: archive::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            requests_per_second: 10.0,
            max_rate: None,
            concurrency: 8,
            upload_concurrency: 4,
            settle_seconds: 60.0,
            outage_seconds: 600.0,
            archives: archive::Limits::default(),
        }
    }
}
