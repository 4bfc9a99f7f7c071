//! How the date order of an archive was determined, in words.

use crate::chat::{Chat, Evidence};
use crate::quantity;

/// The evidence for the date order.
pub(super) fn evidence(chat: &Chat<'_>) -> String {
    if chat.platform.is_native() {
        return "the archive contains instants".to_owned();
    }
    match chat.format.evidence {
        Evidence::Shape => "the shape of the dates allows no other".to_owned(),
        Evidence::OverTwelve { count, line } => {
            let dates = quantity::count(u64::from(count), "date");
            format!("{dates} with a number over 12, the first in line {line}")
        }
        Evidence::LineOrder { chosen, other } => {
            format!("in the other order, time would go back {other} times; in this one, {chosen}")
        }
        Evidence::MediaNames { count } => format!(
            "the dates in the names of {}",
            quantity::count(u64::from(count), "file")
        ),
        Evidence::ExportDate { count } => {
            let messages = quantity::count(u64::from(count), "message");
            format!("in the other order, {messages} would be later than the archive")
        }
        Evidence::SameDevice { archives: 1 } => {
            "from one other archive of this device; not determined by the file itself".to_owned()
        }
        Evidence::SameDevice { archives } => format!(
            "from {archives} other archives of this device, which agree; not determined by the file itself"
        ),
        Evidence::ExactTimes { count } => {
            format!(
                "a native archive contains {} of the same day",
                quantity::count(u64::from(count), "text")
            )
        }
        Evidence::Configured => "set by you".to_owned(),
        Evidence::Open => "could not be determined from the file".to_owned(),
        Evidence::NoYear => "the month is a word, but the year could not be determined".to_owned(),
    }
}

/// What to do about a date order that is not settled.
pub(super) fn remedy(chat: &Chat<'_>) -> &'static str {
    match chat.format.evidence {
        Evidence::NoYear => "put the text into a zip whose entry has the date of the export",
        _ => {
            "set date_order = \"dmy\" or \"mdy\" for this device in chatferry.toml (here: --date-order)"
        }
    }
}
