//! A job as data: its schedule, its last turn, and the counts of a plan.
//!
//! Never here: where it is stored.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approval;

/// How often a job runs: at least a second, at most a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Every(u64);

const YEAR: u64 = 366 * 86_400;

impl Every {
    /// A number of seconds; out of range, the nearest one in it.
    pub(super) fn seconds(seconds: u64) -> Every {
        Every(seconds.clamp(1, YEAR))
    }

    pub(super) fn as_seconds(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

/// A whole number with `s`, `m`, `h`, `d` or `w`, as `1d`.
impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Every, String> {
        let problem = || "write a whole number with s, m, h, d or w, as 12h or 1d".to_owned();
        let unit = text.chars().next_back().ok_or_else(problem)?;
        let number = &text[..text.len() - unit.len_utf8()];
        let number: u64 = number.parse().map_err(|_| problem())?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(problem()),
        };
        match number.checked_mul(seconds) {
            Some(all @ 1..=YEAR) => Ok(Every(all)),
            _ => Err("an interval is at least a second and at most a year".to_owned()),
        }
    }
}

/// In the largest unit that gives a whole number.
impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
        let unit = units
            .iter()
            .find(|(seconds, _)| self.0.is_multiple_of(*seconds));
        let (seconds, name) = unit.copied().unwrap_or((1, "s"));
        write!(f, "{}{name}", self.0 / seconds)
    }
}

/// What a job does or waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It waits for its time.
    Waiting,
    /// Its time has come, and no worker has taken it.
    Due,
    /// A worker runs it.
    Running,
    /// A person has to approve its plan.
    NeedsApproval,
    /// The next worker carries out the approved plan.
    Approved,
}

/// The summary of a plan, or of an import, as far as the fleet uses it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) replaced: u64,
    pub(crate) deleted: u64,
    pub(crate) unchanged: u64,
    pub(crate) held: u64,
    pub(crate) undecided: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// Of the summary object of `--json`; what it lacks is 0.
    pub(super) fn of(summary: &Value) -> Counts {
        serde_json::from_value(summary.clone()).unwrap_or_default()
    }

    /// The number of deletions that an import needs permission for.
    pub(super) fn deletions(&self) -> u64 {
        self.deleted + self.replaced
    }
}

/// The last turn of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LastTurn {
    pub(crate) at: DateTime<Utc>,
    /// The exit status of its last command; `None` if that crashed.
    pub(crate) exit: Option<i32>,
    /// What it did; `None` if it did not come to an import.
    pub(crate) counts: Option<Counts>,
    /// The digest of the configuration and the tables, keyed with the store's key.
    pub(crate) digest: Option<String>,
    /// What prevented it.
    pub(crate) problem: Option<String>,
}

/// A worker that cannot read the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Unreadable {
    pub(crate) worker: String,
    pub(crate) problem: String,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Job {
    pub(crate) id: i32,
    /// A path that every worker mounts, or an `s3://` place.
    pub(crate) folder: String,
    #[serde(rename = "every_seconds")]
    pub(crate) every: Every,
    pub(crate) standing: Standing,
    pub(crate) next_at: DateTime<Utc>,
    /// The organisation, once a worker has read the folder.
    pub(crate) organization_id: Option<String>,
    /// The worker that runs it.
    pub(crate) worker: Option<String>,
    pub(crate) last: Option<LastTurn>,
    /// The counts of the plan that needs approval, or is approved.
    pub(crate) plan: Option<Counts>,
    /// Why it needs approval.
    pub(crate) approval: Option<approval::Reason>,
    /// The number of chats that a person has to decide about.
    pub(crate) waiting_chats: u64,
    pub(crate) unreadable_by: Vec<Unreadable>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_and_shown() {
        for (text, seconds, shown) in [
            ("1d", 86_400, "1d"),
            ("24h", 86_400, "1d"),
            ("90m", 5_400, "90m"),
            ("2w", 1_209_600, "14d"),
            ("30s", 30, "30s"),
        ] {
            let every: Every = text.parse().expect("an interval");
            assert_eq!((every.0, every.to_string().as_str()), (seconds, shown));
        }
        for text in [
            "",
            "d",
            "0d",
            "1",
            "1.5h",
            "-1d",
            "1y",
            "400d",
            "99999999999999999999d",
            "1é",
        ] {
            assert!(text.parse::<Every>().is_err(), "{text}");
        }
    }
}
