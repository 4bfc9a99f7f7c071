//! The format of a transcript's timestamps, and the evidence for the order of day and month. Reading it
//! belongs to the parser.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::quantity;

/// The order of day, month and year in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
            DateOrder::Ymd => "ymd",
        })
    }
}

/// The format of a transcript's timestamps, as inferred.
#[derive(Debug, Clone)]
pub struct Format {
    /// The format as a pattern for people, such as `[DD.MM.YY, HH:MM:SS]`.
    pub pattern: String,
    /// The order of day, month and year.
    pub date_order: DateOrder,
    /// The evidence for the order. With [`Evidence::Open`] `date_order` is only the usual one for this format,
    /// and the chat must be held.
    pub evidence: Evidence,
    /// Whether the timestamps have seconds; Android exports have minutes only.
    pub seconds: bool,
    /// The form of the timestamps without the order of day and month.
    pub form: Form,
}

/// The properties that the timestamps of two exports of one phone share, independent of the order of day and
/// month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Everything but order and padding.
    pub shape: String,
    /// For each number of the date, whether numbers below ten have a leading zero; `None` if the file has none
    /// below ten.
    pub padding: [Option<bool>; 3],
}

impl Form {
    /// Whether `self` and `other` can come from one format.
    pub fn fits(&self, other: &Form) -> bool {
        let agree = |(one, other): (&Option<bool>, &Option<bool>)| {
            one.is_none() || other.is_none() || one == other
        };
        self.shape == other.shape && self.padding.iter().zip(&other.padding).all(agree)
    }
}

/// The evidence for the order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The year comes first, or the format allows one order only.
    Shape,
    /// A number over 12, which can only be a day.
    OverTwelve {
        /// The number of lines with such a number.
        count: u32,
        /// The first of these lines, from 1.
        line: u32,
    },
    /// In one order times go forward, in the other they jump back.
    LineOrder {
        /// The number of steps back of over a day in the chosen order.
        chosen: u32,
        /// The number of steps back of over a day in the other order.
        other: u32,
    },
    /// The dates in the names of media files agree with one order only.
    MediaNames {
        /// The number of files that agree.
        count: u32,
    },
    /// In the other order messages would be later than the archive.
    ExportDate {
        /// The number of such messages.
        count: u32,
    },
    /// The file has no evidence, and all other archives of the device whose timestamps have the same form and
    /// that have evidence agree.
    SameDevice {
        /// The number of these archives.
        archives: u32,
    },
    /// An archive with instants has the same texts, and they agree with one order only.
    ExactTimes {
        /// The number of texts that agree.
        count: u32,
    },
    /// `date_order` in the configuration, or `--date-order`.
    Configured,
    /// There is no evidence.
    Open,
    /// The order is known, but the timestamps have no year and nothing determines it: exports from before 2014
    /// in a bare text file. The chat must be held.
    NoYear,
}

impl Evidence {
    /// Whether the dates are certain. If not, nothing of the chat may be imported.
    pub fn is_settled(self) -> bool {
        !matches!(self, Evidence::Open | Evidence::NoYear)
    }

    /// The evidence in words.
    pub fn describe(self) -> String {
        match self {
            Evidence::Shape => "the shape of the dates allows no other".to_owned(),
            Evidence::OverTwelve { count, line } => {
                let dates = quantity::count(u64::from(count), "date");
                format!("{dates} with a number over 12, the first in line {line}")
            }
            Evidence::LineOrder { chosen, other } => format!(
                "in the other order, time would go back {other} times; in this one, {chosen}"
            ),
            Evidence::MediaNames { count } => format!(
                "the dates in the names of {}",
                quantity::count(u64::from(count), "file")
            ),
            Evidence::ExportDate { count } => {
                let messages = quantity::count(u64::from(count), "message");
                format!("in the other order, {messages} would be later than the archive")
            }
            Evidence::SameDevice { archives: 1 } => {
                "from one other archive of this device; not determined by the file itself"
                    .to_owned()
            }
            Evidence::SameDevice { archives } => format!(
                "from {archives} other archives of this device, which agree; not determined by the file itself"
            ),
            Evidence::ExactTimes { count } => format!(
                "a native archive contains {} of the same day",
                quantity::count(u64::from(count), "text")
            ),
            Evidence::Configured => "set by you".to_owned(),
            Evidence::Open => "could not be determined from the file".to_owned(),
            Evidence::NoYear => {
                "the month is a word, but the year could not be determined".to_owned()
            }
        }
    }
}
