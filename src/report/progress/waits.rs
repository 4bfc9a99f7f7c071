//! What a run waits for, in words of the line: look-ups, a pause that Close requires, a late response.

use std::time::Duration;

use crate::close::Wait;
use crate::quantity::count;

/// The shortest wait for look-ups that is reported.
const NOTICEABLE: Duration = Duration::from_millis(500);

/// The shortest pause that a log names.
const LONG_PAUSE: Duration = Duration::from_secs(3);

/// The shortest time without a response that a log names.
const LONG_SILENCE: Duration = Duration::from_secs(5);

/// A wait for look-ups.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookUps {
    pub(super) count: usize,
    pub(super) wait: Duration,
    /// Nothing else is left to do.
    pub(super) is_alone: bool,
}

impl LookUps {
    /// Whether there is anything to wait for.
    pub(super) fn is_noticeable(&self) -> bool {
        self.count > 0 && self.wait >= NOTICEABLE
    }

    /// The whole sentence, for a log.
    pub(super) fn message(&self) -> String {
        format!(
            "{} got no answer: asking Close whether {} arrived, up to {} s",
            count(self.count as u64, "message"),
            if self.count == 1 { "it" } else { "they" },
            self.seconds()
        )
    }

    pub(super) fn seconds(&self) -> f64 {
        self.wait.as_secs_f64().ceil()
    }
}

/// The wait in a few words.
pub(super) fn phrase(wait: Wait) -> String {
    match wait {
        Wait::Pause(left) => format!("Close requires a wait of {} s", left.as_secs_f64().ceil()),
        Wait::Response(since) => format!("no response from Close for {} s", since.as_secs()),
    }
}

/// Whether a log names the wait.
pub(super) fn is_long(wait: Wait) -> bool {
    match wait {
        Wait::Pause(left) => left >= LONG_PAUSE,
        Wait::Response(since) => since >= LONG_SILENCE,
    }
}
