//! The end of messages and of a run: events, the reason to stop, and what was not reached.

use std::sync::atomic::Ordering;

use super::Run;
use crate::execute::queue::MessageIndex;
use crate::execute::{Event, Summary};
use crate::stop_reason::StopReason;

impl Run<'_> {
    /// Records that no request for a message remains.
    pub(super) fn ended(&mut self, at: MessageIndex) {
        self.starts.remove(&at);
        self.queue.ended(at);
    }

    pub(super) fn stop_for(&mut self, reason: StopReason) {
        if self.stopping.is_none() {
            self.emit(Event::Stopping);
            self.stopping = Some(reason);
            self.drain_until = Some(self.tools.clock.elapsed() + self.limits.drain);
        }
    }

    /// Applies an event to the summary and passes it on.
    pub(super) fn emit(&mut self, event: Event) {
        self.summary.apply(&event);
        self.events.event(event);
    }

    pub(super) fn not_reached(&mut self, count: u64) {
        if count > 0 {
            self.emit(Event::NotReached { count });
        }
    }

    /// The summary, and why the run stopped. `is_idle`: no task was cancelled. A request to stop that arrived
    /// while the last requests were in progress has stopped nothing.
    pub(super) fn finish(mut self, is_idle: bool) -> (Summary, Option<StopReason>) {
        let mut unknown = std::mem::take(&mut self.settling);
        let mut not_reached = self.queue.not_started() + self.unfinished.left();
        for (at, sent) in std::mem::take(&mut self.started) {
            if sent.load(Ordering::SeqCst) {
                unknown.insert(at);
            } else if !unknown.contains(&at) {
                // Its files were on their way, or it waited for its turn: Close has nothing of it.
                not_reached += 1;
            }
        }
        self.not_reached(not_reached);
        let unknown = unknown.len() as u64;
        let is_complete = is_idle && unknown + self.summary.not_reached == 0;
        if is_complete && matches!(self.stopping, Some(StopReason::Interrupted)) {
            self.stopping = None;
        }
        self.emit(Event::Ended {
            unknown,
            is_stopped: self.stopping.is_some(),
        });
        (self.summary, self.stopping)
    }
}
