//! What happens during a run, for whoever watches: terminal, report, tests.

use std::time::Duration;

use crate::transform::desired::Held;

/// Something that happened. Chats are places in the plan; no event holds content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A chat's lead, contact and user go together; its messages follow.
    ChatChecked {
        /// Which chat.
        chat: usize,
    },
    /// A chat is held after all.
    ChatHeld {
        /// Which chat.
        chat: usize,
        /// Why.
        why: Held,
    },
    /// A chat was stopped after too many refusals of one kind.
    ChatStopped {
        /// Which chat.
        chat: usize,
        /// The stable code of the refusals.
        code: String,
    },
    /// Messages that Close held already were recorded.
    Adopted {
        /// Which chat.
        chat: usize,
        /// How many.
        count: usize,
    },
    /// A file is up.
    Uploaded {
        /// Its bytes.
        bytes: u64,
    },
    /// A file turned out to be damaged in its archive; the message goes without it.
    FileDamaged {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
    },
    /// A message is in Close.
    Created {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
    },
    /// A message in Close was changed, moved to another lead or taken away.
    Updated {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
    },
    /// A message that was to be changed is no longer in Close; it is left alone.
    Gone {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
    },
    /// An earlier request turned out to have been carried out.
    Found {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
        /// How many copies Close holds; more than one is a duplicate that somebody else made.
        copies: usize,
    },
    /// A message was refused for good.
    Failed {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
        /// A stable code.
        code: String,
    },
    /// No answer came; the message will be asked for.
    Unknown {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
    },
    /// The run waits for look-ups to be believable.
    Settling {
        /// Messages that are asked for.
        count: usize,
        /// How long at most.
        wait: Duration,
    },
    /// Close or the network is out of reach; everything waits.
    Outage,
    /// Close answers again.
    Back,
    /// No more work is started.
    Stopping,
}

/// Takes events. Called from one task, in order.
pub trait Events: Send {
    /// Something happened.
    fn event(&mut self, event: Event);
}

impl Events for Vec<Event> {
    fn event(&mut self, event: Event) {
        self.push(event);
    }
}
