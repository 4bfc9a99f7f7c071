//! The result of a run as a serializable view: what was held or failed, and the messages by outcome.
//!
//! Made from the totals of the plan and the summary of the run, here alone.

use std::collections::HashMap;

use serde::Serialize;

use crate::app::Finished;
use crate::execute::{FailedMessage, Limits, Summary};
use crate::plan::{Locations, Totals};
use crate::report::places::Places;

/// The number of locations that are kept per failure.
const SHOWN: usize = 50;

/// Everything that output shows of a run.
#[derive(Debug, Serialize)]
pub(crate) struct RunView {
    /// Chats that were held after their check.
    pub(super) held: Vec<HeldView>,
    /// Chats that were stopped after rejections.
    pub(super) stopped: Vec<StoppedView>,
    /// Failed messages by cause: an error in a mapping fails a whole chat.
    pub(super) failures: Vec<FailureView>,
    pub(super) copies: Vec<CopiesView>,
    /// Activities in Close that repeat another one of their lead.
    pub(super) duplicates: u64,
    /// Activities in Close that repeat one of another lead.
    pub(super) repeated_elsewhere: u64,
    pub(super) counts: Counts,
    /// The duration.
    pub(super) seconds: f64,
}

/// A chat that was held after its check.
#[derive(Debug, Serialize)]
pub(super) struct HeldView {
    /// Device and name; without them for a private chat.
    pub(super) chat: String,
    pub(super) messages: u64,
    pub(super) code: &'static str,
    /// The cause and the remedy.
    pub(super) why: String,
}

/// A chat that was stopped.
#[derive(Debug, Serialize)]
pub(super) struct StoppedView {
    pub(super) chat: String,
    pub(super) code: String,
    /// The number of rejections in a row.
    pub(super) rejections: u32,
}

/// Messages that failed for the same cause.
#[derive(Debug, Serialize)]
pub(super) struct FailureView {
    pub(super) code: String,
    /// The cause and the remedy.
    pub(super) text: String,
    pub(super) places: Places,
}

/// A message that Close has several times.
#[derive(Debug, Serialize)]
pub(super) struct CopiesView {
    pub(super) location: String,
    pub(super) copies: usize,
}

/// Messages of the run by outcome.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) created: u64,
    /// Files uploaded, and their size.
    pub(super) uploads: u64,
    pub(super) upload_bytes: u64,
    pub(super) updated: u64,
    pub(super) replaced: u64,
    pub(super) deleted: u64,
    pub(super) unchanged: u64,
    /// Found in Close and recorded.
    pub(super) adopted: u64,
    /// Left out by a rule other than the selection.
    pub(super) left_out: u64,
    pub(super) not_selected: u64,
    pub(super) held: u64,
    pub(super) undecided: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
    pub(super) not_reached: u64,
    /// To be updated, but removed in Close.
    pub(super) gone: u64,
    /// Created without a link to their reply target.
    pub(super) unlinked: u64,
}

impl RunView {
    /// The view of a run.
    pub(crate) fn of(finished: &Finished<'_>) -> RunView {
        let (totals, summary, locations) = (finished.totals, finished.summary, finished.locations);
        let held = summary.held.iter().map(|held| HeldView {
            chat: locations.chat(held.chat),
            messages: held.messages,
            code: held.why.code(),
            why: held.why.to_string(),
        });
        let stopped = summary
            .stopped_chats
            .iter()
            .map(|(chat, code)| StoppedView {
                chat: locations.chat(*chat),
                code: code.clone(),
                rejections: Limits::REFUSALS,
            });
        let copies = (summary.copies.iter()).map(|(chat, message, copies)| CopiesView {
            location: locations.message(*chat, *message),
            copies: *copies,
        });
        RunView {
            held: held.collect(),
            stopped: stopped.collect(),
            failures: failures(&summary.failed, locations),
            copies: copies.collect(),
            duplicates: totals.duplicates,
            repeated_elsewhere: totals.repeated_elsewhere,
            counts: Counts::of(totals, summary),
            seconds: finished.seconds,
        }
    }
}

impl Counts {
    fn of(totals: &Totals, summary: &Summary) -> Counts {
        let not_selected = totals.not_selected();
        Counts {
            created: summary.created,
            uploads: summary.uploads,
            upload_bytes: summary.upload_bytes,
            updated: summary.updated,
            replaced: summary.replaced,
            deleted: summary.deleted,
            unchanged: totals.unchanged + summary.found,
            adopted: summary.adopted + summary.found,
            left_out: totals.skipped() - not_selected,
            not_selected,
            held: totals.held + summary.held_messages(),
            undecided: totals.undecided,
            failed: summary.failed.len() as u64,
            unknown: summary.unknown,
            not_reached: summary.not_reached,
            gone: summary.gone,
            unlinked: summary.unlinked,
        }
    }
}

/// One entry per text, in the order of the first failure of each.
fn failures(failed: &[FailedMessage], locations: &Locations) -> Vec<FailureView> {
    let mut views: Vec<FailureView> = Vec::new();
    let mut by_text: HashMap<String, usize> = HashMap::new();
    for failure in failed {
        let index = *by_text.entry(failure.text.to_string()).or_insert_with(|| {
            views.push(FailureView {
                code: failure.code.clone(),
                text: failure.text.to_string(),
                places: Places::default(),
            });
            views.len() - 1
        });
        let location = || locations.message(failure.chat, failure.message);
        views[index].places.add(SHOWN, location);
    }
    views
}
