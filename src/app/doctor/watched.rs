//! Reports findings while checks wait for Close, and what they wait for.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::finding::Finding;
use crate::app::{Notice, Observer};
use crate::close::Client;

/// Time without a usable response after which a request is named.
const NAMED_AFTER: Duration = Duration::from_secs(3);

/// Findings on their way to the observer.
pub(super) struct Reported {
    /// Findings that are not reported yet.
    pub(super) coming: UnboundedReceiver<Finding>,
    /// Those that were reported, in their order.
    pub(super) findings: Vec<Finding>,
}

impl Reported {
    /// Reports the findings so far.
    pub(super) fn catch_up(&mut self, observer: &mut dyn Observer) {
        while let Ok(finding) = self.coming.try_recv() {
            self.report(finding, observer);
        }
    }

    fn report(&mut self, finding: Finding, observer: &mut dyn Observer) {
        observer.finding(&finding);
        self.findings.push(finding);
    }

    /// Does `work`, and reports its findings as they become known, requests that take long, and outages.
    pub(super) async fn during<T>(
        &mut self,
        client: &Client,
        observer: &mut dyn Observer,
        work: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                Some(finding) = self.coming.recv() => self.report(finding, observer),
                result = &mut work => {
                    self.catch_up(observer);
                    return result;
                }
                slow = client.slow_request(NAMED_AFTER) => observer.notice(Notice::Waiting(slow)),
                is_out = client.outage_changed() => observer.notice(Notice::Outage { is_out }),
            }
        }
    }
}
