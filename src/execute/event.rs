//! Events of a run: everything that its [`Summary`](super::Summary) is folded from, and what is shown meanwhile.

use std::time::Duration;

use super::summary::FailedMessage;
use crate::transform::desired::Held;

/// Something that happened. Chats and messages are places in the plan; no event holds content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Operations were planned: those of the plan, or one more that an earlier run began.
    Planned {
        /// The number of operations.
        operations: u64,
        /// Those of them on messages that no archive has any more.
        follow_ups: u64,
    },
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
        /// Its operations that are not carried out.
        messages: u64,
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
    /// Files of a message were uploaded.
    Uploaded {
        /// The number of files.
        files: u64,
        /// Their bytes, together.
        bytes: u64,
    },
    /// A file turned out to be damaged in its archive; the message goes without it.
    FileDamaged(FailedMessage),
    /// A message is posted without the link to what it answers, which is not in Close.
    Unlinked {
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
    /// A message was posted on another lead and deleted where it was.
    Replaced {
        /// Which chat.
        chat: usize,
        /// Which message of it.
        message: usize,
    },
    /// A message was deleted in Close, since its sender deleted it.
    Deleted {
        /// Which chat.
        chat: usize,
        /// Which operation of it.
        message: usize,
    },
    /// A message in Close was changed.
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
        /// What the look-up found.
        found: Found,
    },
    /// A message was refused for good.
    Failed(FailedMessage),
    /// An operation that an earlier run began has ended; its message is in no archive of this run.
    FollowUpEnded(FollowUpEnd),
    /// Operations were not started, or not sent after all.
    NotReached {
        /// The number of operations.
        count: u64,
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
    /// The run has ended. No event follows.
    Ended {
        /// Operations whose outcome is unknown.
        unknown: u64,
    },
}

/// What a look-up found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// What an earlier run posted.
    Earlier,
    /// What this run posted.
    Created,
    /// The first step of an operation that goes on.
    Begun,
}

/// How an operation of an earlier run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUpEnd {
    /// The message was deleted where it was.
    Replaced,
    /// The message was where it should be.
    Found,
    /// The message was changed.
    Updated,
    /// The message is no longer in Close.
    Gone,
    /// It was refused for good.
    Failed(FailedMessage),
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
