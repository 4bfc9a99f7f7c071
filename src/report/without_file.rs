//! The words for messages that are in Close without a file.

use crate::checkpoint::DAMAGED;

/// What this number of messages lacks, with the code of failures.csv.
pub(super) fn without_file(messages: u64) -> String {
    let what = match messages {
        1 => "its file",
        _ => "their files",
    };
    format!("without {what} ({DAMAGED})")
}
