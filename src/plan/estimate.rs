//! Estimates of a plan: requests, bytes and time at the configured pace.

use std::collections::HashSet;

use super::{Plan, Totals};

/// Expected requests, uploads, bytes and seconds of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Requests to Close; uploads to its file storage do not count towards Close's rate limits.
    pub requests: u64,
    /// The number of files to upload.
    pub uploads: u64,
    /// Total size of these files, in bytes.
    pub bytes: u64,
    /// Seconds at the configured pace. Posts and upload tickets are separate endpoint groups with a rate
    /// limit each, so the longer of the two counts.
    pub seconds: f64,
}

impl Estimate {
    /// The estimate of a plan at `requests_per_second` in each endpoint group.
    pub fn of(plan: &Plan, requests_per_second: f64) -> Estimate {
        let totals = Totals::of_plan(plan);
        let mut users = HashSet::new();
        let mut checks = 0u64;
        for chat in &plan.chats {
            if let (true, Some(destination)) = (chat.has_operations(), &chat.destination) {
                // Its lead and its contact; each user once.
                checks += 2;
                users.extend(&destination.user_id);
            }
        }
        // A replacement is read, posted and deleted.
        let requests = totals.operations() + totals.restore + 2 * totals.replace;
        let longest = requests.max(totals.files);
        Estimate {
            requests: requests + totals.settle + totals.files + checks + users.len() as u64,
            uploads: totals.files,
            bytes: totals.bytes,
            seconds: to_f64(longest) / requests_per_second.max(f64::MIN_POSITIVE),
        }
    }
}

/// Exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn to_f64(number: u64) -> f64 {
    number as f64
}
