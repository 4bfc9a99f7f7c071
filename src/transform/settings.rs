//! What a migration is told: plain data, with every default in place.
//!
//! `config` fills it from `chatferry.toml`; nothing here reads a file, the environment or the
//! command line. Names, words and defaults are those of contract.md, "Files of a migration".

use std::fmt;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::archive;
use crate::chat::{DateOrder, MediaKind};
use crate::ids::UserId;
use crate::phone::Phone;

/// Something wrong in a file that the user wrote, with the place and what to do.
///
/// Shown as `chatferry.toml:12: unknown key …`. Holds no secret and no phone number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file as the user named it; or a flag or variable, when the value came from there.
    pub file: String,
    /// The line, counted from 1; `None` when it is about the file as a whole.
    pub line: Option<u32>,
    /// What is wrong and what to do, one line without a full stop.
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

/// A whole `chatferry.toml`, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which Close, and whose.
    pub close: CloseSettings,
    /// The devices in the order of the file, at least one; names are distinct.
    pub devices: Vec<Device>,
    /// What is imported and how.
    pub import: ImportSettings,
    /// How fast.
    pub limits: Limits,
    /// The folder of [`Settings::file`]: paths in the file are relative to it.
    pub dir: PathBuf,
    /// The file that the settings came from.
    pub file: PathBuf,
}

impl Settings {
    /// The device of that name.
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.name == name)
    }
}

/// `[close]`. The key is never here: see `config::credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseSettings {
    /// Without a slash at the end. `https`, or `http` to a loopback address.
    /// Default `https://api.close.com/api/v1`.
    pub base_url: String,
    /// When set, a key of any other organisation is refused (exit 5). Default `None`.
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

/// One phone of one owner: a `[[device]]` block over the defaults of `[source]`, or `[source]`
/// alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its name in `contacts.csv`, in outputs and for `--device`; [`Device::ALONE`] for `[source]`
    /// alone.
    pub name: String,
    /// Files, folders or globs as written, relative to [`Settings::dir`]; at least one.
    pub archives: Vec<String>,
    /// The zone of the phone when it exported.
    pub timezone: chrono_tz::Tz,
    /// `None` is `auto`: found in the transcript.
    pub date_order: Option<DateOrder>,
    /// How the owner is shown in the device's exports; empty: infer.
    pub owner: Vec<String>,
    /// The owner's WhatsApp number. A `me` row's phone wins over it.
    pub local_phone: Option<Phone>,
    /// The owner's earlier numbers: ids stay the same.
    pub former_phones: Vec<Phone>,
    /// The owner's Close user (`user_…`), set on both directions. A `me` row's wins over it.
    pub user_id: Option<UserId>,
    /// The first local date that is read.
    pub from: Option<NaiveDate>,
    /// The first local date that is no longer read; later than `from`.
    pub until: Option<NaiveDate>,
}

impl Device {
    /// The name of the one device of a file without `[[device]]` blocks.
    pub const ALONE: &str = "default";
}

/// `[import]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSettings {
    /// `contacts.csv`, made relative to the working folder or absolute. Required in the file.
    pub contacts: PathBuf,
    /// The checkpoint, likewise. Default `chatferry.db` beside the file.
    pub checkpoint: PathBuf,
    /// The day of this run, after which no archive was made; `None` where no day is known.
    pub today: Option<NaiveDate>,
    /// Group chats. Default [`Groups::Skip`].
    pub groups: Groups,
    /// Notices by WhatsApp. Default [`Notices::Skip`].
    pub system: Notices,
    /// Calls. Default [`Notices::Skip`].
    pub calls: Notices,
    /// Messages that their sender deleted before they were ever imported. Default
    /// [`Notices::Skip`].
    pub deleted_before_import: Notices,
    /// Messages imported earlier and deleted in a newer export. Default [`DeletedSince::Keep`].
    pub deleted_since: DeletedSince,
    /// Messages imported earlier that somebody removed in Close. Default [`Gone::Respect`].
    pub gone: Gone,
    /// `--gone`: the same for one run, also for messages that are missing for unknown reasons; never
    /// in the file.
    pub gone_in_run: Option<Gone>,
    /// `--accept-unsteady`: a chat whose plan is not empty although its inputs are complete is not
    /// held; never in the file.
    pub accepts_unsteady: bool,
    /// Messages that Close already holds from elsewhere. Default [`Existing::Hold`].
    pub existing: Existing,
    /// Leads that were merged into another. Default [`OnMerged::Follow`].
    pub on_merged: OnMerged,
    /// What becomes of the messages of users who left. Default hold.
    pub inactive_user: InactiveUser,
    /// Kinds of files to upload; the others leave a line in the text. Default: all but contact
    /// cards ([`ImportSettings::MEDIA`]).
    pub media: Vec<MediaKind>,
    /// Reply links found by quoted text. Default [`Replies::Quotes`].
    pub replies: Replies,
    /// In which form WhatsApp's own ids are written to Close. Default stanza.
    pub id_form: IdForm,
    /// What becomes of reactions. Default skip.
    pub reactions: Reactions,
    /// A template with `{chat}` and `{external_id}` that gives an http(s) URL of at most
    /// [`ImportSettings::LINK_LIMIT`] characters. Default `None`.
    pub integration_link: Option<String>,
    /// True: an Inbox notification per incoming message. Default false.
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
    /// The default of [`ImportSettings::checkpoint`], beside the file.
    pub const CHECKPOINT: &str = "chatferry.db";
    /// The longest link that Close takes, in characters.
    pub const LINK_LIMIT: usize = 2083;

    /// Every default, with the path of the file that has none.
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

/// `existing`: Close holds the same text, side and minute from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Held back until a person decides.
    Hold,
    /// Left out.
    Skip,
    /// Imported all the same.
    Ignore,
}

/// `on_merged`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMerged {
    /// The import goes on with the lead that is left.
    Follow,
    /// Held back until a person decides.
    Hold,
}

/// `inactive_user`: a user whose messages are to be posted is not active in Close any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InactiveUser {
    /// Their chats are held back until a person decides.
    Hold,
    /// The messages are posted in the name of this user, `user_…`.
    Instead(UserId),
}

/// `replies`. Links from native ids always apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replies {
    /// A quoted text that fits one earlier message is linked to it.
    Quotes,
    /// No links from quoted texts.
    Off,
}

/// `id_form`. Both forms are known as one message, whichever Close has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// The phone's own.
    Stanza,
    /// `wamid.…`, as the business platform writes them (`native-sources.md` 6.2). Groups have none.
    Wamid,
}

/// `reactions`. They are no messages of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reactions {
    /// Left out.
    Skip,
    /// A line under the message that they belong to.
    Text,
}

/// `[limits]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The starting pace of one endpoint group; 0.01 to 100,000. Default 10.
    pub requests_per_second: f64,
    /// The pace up to which it is probed where Close names no budget; `--max-rate`, never in the
    /// file: nobody should find it there a year later.
    pub max_rate: Option<f64>,
    /// Requests under way at once; 1 to 1000. Default 8.
    pub concurrency: usize,
    /// Uploads under way at once; 1 to 1000. Default 4.
    pub upload_concurrency: usize,
    /// How long a look-up may miss a write that did happen, in seconds; 0 to 86400. Default 60.
    pub settle_seconds: f64,
    /// How long an outage of Close or of the network is waited out, in seconds; 0 to 604800.
    /// Default 600.
    pub outage_seconds: f64,
    /// What an archive may make the program do: `archive_entries`, `archive_bytes`,
    /// `transcript_bytes` and `inflate_ratio`.
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
