//! How the date order of an archive was determined, in words.

use crate::chat::{Chat, Evidence};

/// The evidence for the date order.
pub(super) fn evidence(chat: &Chat<'_>) -> String {
    chat.date_order_evidence()
}

/// What to do about a date order that could not be determined.
pub(super) fn remedy(chat: &Chat<'_>) -> &'static str {
    match chat.format.evidence {
        Evidence::NoYear => "put the text into a zip whose entry has the date of the export",
        _ => {
            "set date_order = \"dmy\" or \"mdy\" for this device in chatferry.toml (here: `--date-order`)"
        }
    }
}
