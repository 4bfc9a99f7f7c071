//! What a client waits for at present, for a line of progress.
//!
//! Belongs here: the longest pause that Close required, and how long a response is overdue. Never here: waiting, wording.

use std::sync::PoisonError;
use std::time::Duration;

use super::client::Client;

/// The time without a response after which it is overdue.
const OVERDUE: Duration = Duration::from_secs(3);

/// The shortest pause that is named.
const NOTICEABLE: Duration = Duration::from_secs(1);

/// What a client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Close required a pause (429), of which this time is left.
    Pause(Duration),
    /// A request was sent this long ago, and has no response.
    Response(Duration),
}

impl Client {
    /// What the client, and its clones, wait for at present; `None`: for nothing that takes long.
    pub fn wait(&self) -> Option<Wait> {
        let inner = &*self.inner;
        let gates = inner.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let pauses = gates.values().map(|gate| gate.allowance().paused);
        let pause = pauses.max().unwrap_or_default();
        drop(gates);
        if pause >= NOTICEABLE {
            return Some(Wait::Pause(pause));
        }
        let silence = inner.in_flight.silence(inner.clock.elapsed());
        silence
            .filter(|silence| *silence >= OVERDUE)
            .map(Wait::Response)
    }
}
