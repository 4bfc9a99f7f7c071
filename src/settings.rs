//! Settings of a migration: validated plain data, defaults included.
//!
//! `config` fills them from `chatferry.toml`; nothing here reads a file, the environment or the command
//! line.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;

use crate::archive;
use crate::chat::DateOrder;
use crate::checkpoint_location::CheckpointLocation;
use crate::ids::UserId;
use crate::phone::Phone;
use crate::policy::Policy;

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
    /// The keys of `[close]`: server and organisation.
    pub close: CloseSettings,
    /// The devices in the order of the file, at least one; names are distinct.
    pub devices: Vec<Device>,
    /// The keys of `[import]`: what is imported, and how.
    pub import: ImportSettings,
    /// The keys of `[limits]`: pace, concurrency, waits, and the size of archives.
    pub limits: Limits,
    /// The folder of [`Settings::file`]: paths in the file are relative to it.
    pub dir: PathBuf,
    /// The path of the configuration file, as given.
    pub file: PathBuf,
}

impl Settings {
    /// The device with this name; `None` if the configuration has none.
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.name == name)
    }
}

/// `[close]`. The key is never here: see `config::credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseSettings {
    /// The base URL of the API, without a trailing slash: `https`, or `http` to a loopback address.
    /// Default `https://api.close.com/api/v1`.
    pub base_url: String,
    /// The organisation (`orga_…`) whose keys alone are accepted; others are refused with exit
    /// status 5. Default `None`: any.
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
    /// Files, folders or globs as written, relative to [`Settings::dir`], and places in object storage; at least one.
    pub archives: Vec<String>,
    /// The time zone of the phone at the time of the export.
    pub timezone: chrono_tz::Tz,
    /// Whether `chatferry init` guessed the zone and the comment that asks a person to check it is still there.
    pub zone_is_default: bool,
    /// The order of day, month and year in text exports; `None` is `auto`: determined from the
    /// transcript.
    pub date_order: Option<DateOrder>,
    /// The owner's names in the device's exports; empty: inferred.
    pub owner: Vec<String>,
    /// The owner's WhatsApp number; `None` if it is not configured. A `me` row's number overrides
    /// it.
    pub local_phone: Option<Phone>,
    /// The owner's former numbers: ids stay the same.
    pub former_phones: Vec<Phone>,
    /// The owner's Close user (`user_…`), set on messages of both directions; `None`: the key's
    /// user. A `me` row's user overrides it.
    pub user_id: Option<UserId>,
    /// The first local date that is imported; `None`: from the beginning.
    pub from: Option<NaiveDate>,
    /// The first local date that is no longer imported, later than `from`; `None`: to the end.
    pub until: Option<NaiveDate>,
}

impl Device {
    /// The name of the one device of a file without `[[device]]` blocks.
    pub const ALONE: &str = "default";

    /// Whether `from` and `until` include a local date.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Whether `from` and `until` of the two devices have no day in common: they may have been one phone.
    pub fn is_separated_from(&self, other: &Device) -> bool {
        let ends_before = |until: Option<NaiveDate>, from: Option<NaiveDate>| matches!((until, from), (Some(until), Some(from)) if until <= from);
        ends_before(self.until, other.from) || ends_before(other.until, self.from)
    }
}

/// The keys of `[import]` (docs/reference/configuration.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSettings {
    /// The path of `contacts.csv`, relative to the working directory or absolute. Required in the file.
    pub contacts: PathBuf,
    /// The checkpoint: a path likewise, or a store. Default `chatferry.db` next to the file.
    pub checkpoint: CheckpointLocation,
    /// The status of leads that `match` creates, as name or id (`stat_…`). Default `None`: a person
    /// chooses.
    pub new_lead_status: Option<String>,
    /// What the file decides about messages. A run imports by [`Policy::in_run`] of it.
    pub policy: Policy,
}

impl ImportSettings {
    /// The default of [`ImportSettings::checkpoint`], next to the file.
    pub const CHECKPOINT: &str = "chatferry.db";

    /// All defaults, with the path of `contacts.csv`, which has none.
    pub fn with_contacts(contacts: PathBuf) -> Self {
        ImportSettings {
            contacts,
            checkpoint: CheckpointLocation::File(PathBuf::from(ImportSettings::CHECKPOINT)),
            new_lead_status: None,
            policy: Policy::default(),
        }
    }
}

/// The keys of `[limits]`: pace, concurrency, waiting times and archive limits
/// (docs/reference/configuration.md).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The starting pace of one endpoint group, in requests per second; 0.01 to 100,000. Default
    /// 10.
    pub requests_per_second: f64,
    /// Whether the file sets [`Limits::requests_per_second`]; otherwise a rehearsal in the sandbox
    /// is not paced.
    pub is_pace_set: bool,
    /// The pace up to which the run probes if Close reports no budget, in requests per second;
    /// `None`: no probing. `--max-rate`, never in the file, where it would be forgotten.
    pub max_rate: Option<f64>,
    /// The maximum number of concurrent requests; 1 to 1000. Default 8.
    pub concurrency: usize,
    /// The maximum number of concurrent uploads; 1 to 1000. Default 4.
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
            is_pace_set: false,
            max_rate: None,
            concurrency: 8,
            upload_concurrency: 4,
            settle_seconds: 60.0,
            outage_seconds: 600.0,
            archives: archive::Limits::default(),
        }
    }
}

impl Limits {
    /// [`Limits::settle_seconds`] as a duration, for clients and executors.
    pub fn settle(&self) -> Duration {
        Duration::from_secs_f64(self.settle_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(from: Option<&str>, until: Option<&str>) -> Device {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a date");
        Device {
            name: "anna".to_owned(),
            archives: Vec::new(),
            timezone: chrono_tz::Europe::Berlin,
            zone_is_default: false,
            date_order: None,
            owner: Vec::new(),
            local_phone: None,
            former_phones: Vec::new(),
            user_id: None,
            from: from.map(day),
            until: until.map(day),
        }
    }

    #[test]
    fn devices_are_separated_where_one_ends_before_the_other_begins() {
        let until = |day| device(None, Some(day));
        let from = |day| device(Some(day), None);
        for (one, other, is_separated) in [
            (until("2024-03-05"), from("2024-03-05"), true),
            (until("2024-03-05"), from("2024-04-01"), true),
            (until("2024-03-06"), from("2024-03-05"), false),
            (until("2024-03-05"), device(None, None), false),
            (device(None, None), device(None, None), false),
        ] {
            assert_eq!(one.is_separated_from(&other), is_separated);
            assert_eq!(other.is_separated_from(&one), is_separated);
        }
    }

    #[test]
    fn until_is_exclusive() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a date");
        let device = device(Some("2024-03-05"), Some("2024-03-06"));
        let covered =
            ["2024-03-04", "2024-03-05", "2024-03-06"].map(|text| device.covers(day(text)));
        assert_eq!(covered, [false, true, false]);
    }
}
