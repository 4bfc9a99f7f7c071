//! A job as data: its schedule, its last turn, and the counts of a plan.
//!
//! Never here: where it is stored.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approval;

/// The interval of a job in seconds: at least a second, at most a year.
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

/// What a job is doing, or waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It waits for its next time.
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

/// The counts of a plan or import that the fleet uses, in messages: to be done in a plan, done in
/// an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    /// Messages created in Close.
    pub(crate) created: u64,
    /// Messages updated in Close.
    pub(crate) updated: u64,
    /// Messages posted on another lead and deleted on the former one.
    pub(crate) replaced: u64,
    /// Messages deleted in Close.
    pub(crate) deleted: u64,
    /// Messages in Close as desired.
    pub(crate) unchanged: u64,
    /// Messages of held chats.
    pub(crate) held: u64,
    /// Messages left alone because their counterpart in Close is uncertain.
    pub(crate) undecided: u64,
    /// Messages that Close rejected, or that are impossible; 0 in a plan.
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

/// The result of a job's last turn: one planning and import of its migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LastTurn {
    /// When the turn ended, in UTC.
    pub(crate) at: DateTime<Utc>,
    /// The exit status of the turn's last command; `None` if that crashed.
    pub(crate) exit: Option<i32>,
    /// What the import did; `None` if the turn did not come to one.
    pub(crate) counts: Option<Counts>,
    /// The digest of the configuration and the tables, keyed with the store's key; `None` if they
    /// were not read.
    pub(crate) digest: Option<String>,
    /// What prevented the turn, in words without content; `None` if nothing did.
    pub(crate) problem: Option<String>,
}

/// A worker that cannot read the folder of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Unreadable {
    /// The name of the worker.
    pub(crate) worker: String,
    /// Why it cannot read the folder, in words.
    pub(crate) problem: String,
}

/// A migration of a fleet, as the store has it. The fields are the keys of `fleet status --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Job {
    /// The id of the job in the store.
    pub(crate) id: i32,
    /// A path that every worker mounts, or an `s3://` place.
    pub(crate) folder: String,
    /// The interval between two turns.
    #[serde(rename = "every_seconds")]
    pub(crate) every: Every,
    /// What the job is doing, or waiting for.
    pub(crate) standing: Standing,
    /// When the next turn is due, in UTC.
    pub(crate) next_at: DateTime<Utc>,
    /// The organisation of the migration, `orga_…`; `None` until a worker has read the folder.
    pub(crate) organization_id: Option<String>,
    /// The name of the worker that runs it; `None` if none does.
    pub(crate) worker: Option<String>,
    /// The result of the last turn; `None` before the first one.
    pub(crate) last: Option<LastTurn>,
    /// The counts of the plan that needs approval, or is approved; `None` if no plan waits.
    pub(crate) plan: Option<Counts>,
    /// Why that plan needs approval; `None` if no plan waits.
    pub(crate) approval: Option<approval::Reason>,
    /// The number of chats that wait for a person's decision.
    pub(crate) waiting_chats: u64,
    /// The workers that cannot read the folder.
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
