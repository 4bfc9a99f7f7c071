//! The keys of chatferry.toml, in one table: section, name, kind of value, default, description.
//!
//! A key is added here and read in [`super`]. The table drives which keys are known, suggestions for
//! mistyped ones, the values and ranges that are accepted, the file that `init` writes, and
//! docs/reference/configuration.md. Never here: the effect of a value.

use super::word::{Word, names};
use crate::archive::ranges;
use crate::chat::DateOrder;
use crate::policy::{
    DeletedSince, Existing, Gone, Groups, IdForm, Notices, OnMerged, Reactions, Replies,
};

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A text in a form that the description gives.
    Text,
    /// A list of texts.
    List,
    /// A word of an enumeration.
    Word(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Flag,
    /// A whole number, both ends included.
    Count(u64, u64),
    /// A number, both ends included.
    Number(f64, f64),
    /// A date, `"2024-12-31"`.
    Date,
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// As TOML; `None`: the key is required, or has no default.
    pub(super) default: Option<&'static str>,
    /// Its description, for people who edit the file.
    pub(super) doc: &'static str,
}

/// A section.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    pub(super) section: &'static str,
    /// Its header in the file.
    pub(super) header: &'static str,
    pub(super) keys: &'static [Key],
}

const fn key(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        default: Some(default),
        doc,
    }
}

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        default: None,
        doc,
    }
}

const fn word<W: Word>() -> Kind {
    Kind::Word(names::<W>)
}

const CLOSE: &[Key] = &[
    key(
        "base_url",
        Kind::Text,
        "\"https://api.close.com/api/v1\"",
        "Close's API, or a server on this machine; any other needs `--base-url` or CLOSE_BASE_URL.",
    ),
    key(
        "organization_id",
        Kind::Text,
        "\"\"",
        "The organisation (orga_...). If it is set, a key of any other organisation is refused.",
    ),
];

const ARCHIVES: Key = required(
    "archives",
    Kind::List,
    "Files, folders or globs with the exports, relative to this file; or places in object storage, such as \"s3://bucket/anna/\".",
);
const TIMEZONE: Key = required(
    "timezone",
    Kind::Text,
    "The time zone of the phone when it exported, such as \"Europe/Berlin\". An export does not contain it.",
);
const DATE_ORDER: Key = key(
    "date_order",
    word::<Option<DateOrder>>(),
    "\"auto\"",
    "Whether dates are day first (dmy), month first (mdy) or year first (ymd); auto determines it.",
);
const OWNER: Key = key(
    "owner",
    Kind::List,
    "[]",
    "The names of the phone's owner in its exports; [] determines them.",
);
const LOCAL_PHONE: Key = key(
    "local_phone",
    Kind::Text,
    "\"\"",
    "The WhatsApp number of the phone, such as \"+4915112345678\". A `me` row's phone wins.",
);
const USER_ID: Key = key(
    "user_id",
    Kind::Text,
    "\"\"",
    "The owner's user in Close (user_...). A `me` row's user_id wins.",
);

const SOURCE: &[Key] = &[ARCHIVES, TIMEZONE, DATE_ORDER, OWNER, LOCAL_PHONE, USER_ID];

const DEVICE: &[Key] = &[
    required(
        "name",
        Kind::Text,
        "The name of the phone in contacts.csv, in output and for `--device`.",
    ),
    ARCHIVES,
    TIMEZONE,
    DATE_ORDER,
    OWNER,
    LOCAL_PHONE,
    USER_ID,
    key(
        "former_phones",
        Kind::List,
        "[]",
        "Earlier numbers of the owner, the first one first. External ids stay the same.",
    ),
    key(
        "from",
        Kind::Date,
        "\"\"",
        "The first local date that is read.",
    ),
    key(
        "until",
        Kind::Date,
        "\"\"",
        "The first local date that is no longer read.",
    ),
];

const IMPORT: &[Key] = &[
    required(
        "contacts",
        Kind::Text,
        "The table that maps each chat to a lead and a contact in Close.",
    ),
    key(
        "checkpoint",
        Kind::Text,
        "\"chatferry.db\"",
        "The record of what is in Close, which prevents duplicates. Keep this file. Or a database that several machines share: `postgres://USER@HOST/DATABASE`.",
    ),
    key(
        "groups",
        word::<Groups>(),
        "\"skip\"",
        "Group chats: skip, or anchor to import a group to the contact of its row with participant * in contacts.csv.",
    ),
    key(
        "system",
        word::<Notices>(),
        "\"skip\"",
        "Notices by WhatsApp, such as \"Messages are end-to-end encrypted\": skip, or text to import them.",
    ),
    key(
        "calls",
        word::<Notices>(),
        "\"skip\"",
        "Calls: skip, or text to import a line for each.",
    ),
    key(
        "deleted_before_import",
        word::<Notices>(),
        "\"skip\"",
        "Messages that their senders deleted before they were imported: skip, or text to import a line.",
    ),
    key(
        "deleted_since",
        word::<DeletedSince>(),
        "\"keep\"",
        "Imported messages that their senders deleted since: keep, or delete them in Close too.",
    ),
    key(
        "gone",
        word::<Gone>(),
        "\"respect\"",
        "Imported messages that were removed in Close: respect that, or restore them.",
    ),
    key(
        "existing",
        word::<Existing>(),
        "\"hold\"",
        "Chats of which Close has messages from another integration: hold them until you decide, skip those messages, or ignore it.",
    ),
    key(
        "on_merged",
        word::<OnMerged>(),
        "\"follow\"",
        "Leads that were merged into another: follow them there, or hold their chats.",
    ),
    key(
        "inactive_user",
        Kind::Text,
        "\"hold\"",
        "Users who are no longer active in Close: hold their chats, or the id of the user who should own these messages (user_...).",
    ),
    key(
        "media",
        Kind::List,
        "[\"image\", \"video\", \"voice\", \"audio\", \"document\", \"sticker\", \"gif\"]",
        "The kinds of files to upload. The others leave a line in the text.",
    ),
    key(
        "reactions",
        word::<Reactions>(),
        "\"skip\"",
        "Reactions, where the archive has them: skip, or text for a line under the message.",
    ),
    key(
        "id_form",
        word::<IdForm>(),
        "\"stanza\"",
        "How WhatsApp's own ids are written: stanza, as phones have them, or wamid, as the business platform writes them. Close may have either.",
    ),
    key(
        "replies",
        word::<Replies>(),
        "\"quotes\"",
        "Replies that quote an earlier message are linked to it: quotes, or off.",
    ),
    key(
        "new_lead_status",
        Kind::Text,
        "\"\"",
        "The lead status, by name or id, of the leads that `match --create-missing` creates; empty: it prompts. Workflows in Close may start for a new lead by its status.",
    ),
    key(
        "integration_link",
        Kind::Text,
        "\"\"",
        "A web address for each message, with {chat} and {external_id} in it; empty: none.",
    ),
    key(
        "send_to_inbox",
        Kind::Flag,
        "false",
        "true: Close notifies of every incoming message. Old messages should not.",
    ),
];

const LIMITS: &[Key] = &[
    key(
        "requests_per_second",
        Kind::Number(0.01, 100_000.0),
        "10.0",
        "The starting pace in requests per second; it adapts to what Close allows. Rehearsals in the sandbox are not paced unless it is set.",
    ),
    key(
        "concurrency",
        Kind::Count(1, 1000),
        "8",
        "Requests under way at once.",
    ),
    key(
        "upload_concurrency",
        Kind::Count(1, 1000),
        "4",
        "Uploads among them.",
    ),
    key(
        "settle_seconds",
        Kind::Number(0.0, 86_400.0),
        "60.0",
        "How long Close may take to show what was written to it, in seconds.",
    ),
    key(
        "outage_seconds",
        Kind::Number(0.0, 604_800.0),
        "600.0",
        "How long a run waits while Close or the network is out of reach, in seconds; not for status 429.",
    ),
    key(
        "archive_entries",
        count(ranges::ENTRIES),
        "200000",
        "The largest number of files in an archive.",
    ),
    key(
        "archive_bytes",
        count(ranges::BYTES),
        "100000000000",
        "The largest size of an unpacked archive, in bytes.",
    ),
    key(
        "transcript_bytes",
        count(ranges::TRANSCRIPT),
        "536870912",
        "The largest size of a transcript, in bytes.",
    ),
    key(
        "inflate_ratio",
        count(ranges::RATIO),
        "500",
        "The largest ratio of a transcript's size to its compressed size.",
    ),
];

const fn count(range: std::ops::RangeInclusive<u64>) -> Kind {
    Kind::Count(*range.start(), *range.end())
}

/// Every section, in the order of the file.
pub(super) const SECTIONS: &[Keys] = &[
    Keys {
        section: "close",
        header: "[close]",
        keys: CLOSE,
    },
    Keys {
        section: "source",
        header: "[source]",
        keys: SOURCE,
    },
    Keys {
        section: "device",
        header: "[[device]]",
        keys: DEVICE,
    },
    Keys {
        section: "import",
        header: "[import]",
        keys: IMPORT,
    },
    Keys {
        section: "limits",
        header: "[limits]",
        keys: LIMITS,
    },
];

impl Keys {
    /// The section of this name.
    pub(super) fn of(section: &str) -> Option<&'static Keys> {
        SECTIONS.iter().find(|keys| keys.section == section)
    }

    /// A key of it.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}
