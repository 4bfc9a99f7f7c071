//! The progress of a run for a page: counts, pace and time left.

use std::sync::Arc;
use std::time::Duration;

use super::job::Job;
use crate::clock::SharedClock;
use crate::close::Allowance;
use crate::execute::{Event, Events};
use crate::quantity::{bytes, count, duration};

/// Where a run is.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Progress {
    /// The number of operations.
    pub(super) total: u64,
    /// Those that ended.
    pub(super) done: u64,
    /// Those of them that failed.
    pub(super) failed: u64,
    bytes: u64,
    began: Duration,
    now: Duration,
    allowed: f64,
    paused: Duration,
    is_out: bool,
    settling: usize,
}

impl Progress {
    /// The part that is done, in percent.
    pub(super) fn percent(&self) -> u64 {
        self.done * 100 / self.total.max(1)
    }

    fn count(&mut self, event: &Event) {
        match event {
            Event::Created { .. }
            | Event::Replaced { .. }
            | Event::Deleted { .. }
            | Event::Updated { .. }
            | Event::Gone { .. }
            | Event::Found { .. } => self.done += 1,
            Event::Failed(_) => {
                self.done += 1;
                self.failed += 1;
            }
            Event::Uploaded { bytes, .. } => self.bytes += bytes,
            // Emitted whenever the number changes.
            Event::Settling { count, .. } => self.settling = *count,
            Event::Outage => self.is_out = true,
            Event::Back => self.is_out = false,
            Event::ChatChecked { .. }
            | Event::ChatHeld { .. }
            | Event::ChatStopped { .. }
            | Event::Adopted { .. }
            | Event::Unlinked { .. }
            | Event::Planned { .. }
            | Event::FollowUpEnded(_)
            | Event::NotReached { .. }
            | Event::Stopping
            | Event::Ended { .. }
            | Event::Unknown { .. } => {}
        }
    }

    /// Counts, pace and time left in words.
    pub(super) fn describe(&self) -> String {
        let mut parts = vec![format!(
            "{} of {}",
            self.done,
            count(self.total, "operation")
        )];
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        if self.bytes > 0 {
            parts.push(format!("{} uploaded", bytes(self.bytes)));
        }
        let seconds = self.now.saturating_sub(self.began).as_secs_f64();
        if self.done > 0 && self.done < self.total && seconds > 0.0 {
            let rate = self.done as f64 / seconds;
            let left = (self.total - self.done) as f64 / rate;
            parts.push(format!("{rate:.1} a second, about {} left", duration(left)));
        }
        parts.join("; ")
    }

    /// What the run waits for.
    pub(super) fn waits_for(&self) -> Option<String> {
        if self.is_out {
            return Some(
                "Close cannot be reached; the run waits and goes on by itself.".to_owned(),
            );
        }
        if self.settling > 0 {
            let messages = count(self.settling as u64, "message");
            return Some(format!(
                "{messages} got no answer from Close; the run looks up whether they arrived."
            ));
        }
        (self.paused >= Duration::from_secs(1)).then(|| {
            format!(
                "Close requires a wait of {}.",
                duration(self.paused.as_secs_f64())
            )
        })
    }
}

/// Counts the events of a run.
pub(super) struct Counter {
    pub(super) job: Arc<Job>,
    pub(super) clock: SharedClock,
    pub(super) allowance: Box<dyn Fn() -> Allowance + Send>,
}

impl Counter {
    /// The counter of a run with this number of operations.
    pub(super) fn new(
        job: &Arc<Job>,
        clock: &SharedClock,
        operations: u64,
        allowance: Box<dyn Fn() -> Allowance + Send>,
    ) -> Counter {
        let now = clock.elapsed();
        job.state().progress = Some(Progress {
            total: operations,
            began: now,
            now,
            ..Progress::default()
        });
        Counter {
            job: Arc::clone(job),
            clock: SharedClock::clone(clock),
            allowance,
        }
    }
}

impl Events for Counter {
    fn event(&mut self, event: Event) {
        let allowance = (self.allowance)();
        let mut state = self.job.state();
        let Some(progress) = &mut state.progress else {
            return;
        };
        progress.now = self.clock.elapsed();
        progress.allowed = allowance.per_second;
        progress.paused = allowance.paused;
        progress.count(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of messages is emitted when it changes, and other operations end in between.
    #[test]
    fn wait_for_an_answer_is_shown_while_other_operations_end() {
        let mut progress = Progress::default();
        progress.count(&Event::Settling {
            count: 2,
            wait: Duration::from_secs(60),
            is_alone: false,
        });
        progress.count(&Event::Deleted {
            chat: 0,
            message: 0,
        });
        assert!(
            progress
                .waits_for()
                .is_some_and(|text| text.starts_with("2 messages"))
        );
    }
}
