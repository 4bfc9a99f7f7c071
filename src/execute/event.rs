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
        /// The index of the chat.
        chat: usize,
    },
    /// A chat is held after its check.
    ChatHeld {
        /// The index of the chat.
        chat: usize,
        /// The reason.
        why: Held,
        /// Its operations that are not carried out.
        messages: u64,
    },
    /// A chat was stopped after too many consecutive refusals of one kind.
    ChatStopped {
        /// The index of the chat.
        chat: usize,
        /// The stable code of the refusals.
        code: String,
    },
    /// Messages that Close already has were recorded.
    Adopted {
        /// The index of the chat.
        chat: usize,
        /// The number of messages.
        count: usize,
    },
    /// Files of a message were uploaded.
    Uploaded {
        /// The number of files.
        files: u64,
        /// Their bytes, together.
        bytes: u64,
    },
    /// A message is posted without the link to what it answers, which is not in Close.
    Unlinked {
        /// Which chat.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A message was created in Close.
    Created {
        /// The index of the chat.
        chat: usize,
        /// The index of the message in the chat.
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
        /// The index of the chat.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A message to change no longer exists in Close; nothing is done about it.
    Gone {
        /// The index of the chat.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A look-up shows that an earlier request was carried out.
    Found {
        /// The index of the chat.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
        /// The number of copies in Close; each one beyond the first is a duplicate made outside this run.
        copies: usize,
        /// What the look-up found.
        found: Found,
    },
    /// A message was refused for good, was in Close after none of its attempts, or is in Close without a file
    /// that is damaged in its archive.
    Failed(FailedMessage),
    /// An operation that an earlier run began has ended; its message is in no archive of this run.
    FollowUpEnded(FollowUpEnd),
    /// Operations were not started, or not sent after all.
    NotReached {
        /// The number of operations.
        count: u64,
    },
    /// A request got no response; a look-up will determine its outcome.
    Unknown {
        /// The index of the chat.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// The number of messages whose outcome is looked up has changed. Until the absence of one in a look-up is conclusive,
    /// time has to pass.
    Settling {
        /// The number of messages; 0: no wait is left.
        count: usize,
        /// The maximum wait.
        wait: Duration,
        /// Nothing else is left to do, so the run waits.
        is_alone: bool,
    },
    /// Close or the network is unreachable; all work waits.
    Outage,
    /// Close answers again.
    Back,
    /// The run starts no further work.
    Stopping,
    /// The run has ended. No event follows.
    Ended {
        /// Operations whose outcome is unknown.
        unknown: u64,
        /// Whether it stopped before its end.
        is_stopped: bool,
    },
}

/// What the look-up of an unknown request found in Close.
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

/// Receives events, in order and from one task.
pub trait Events: Send {
    /// Receives one event.
    fn event(&mut self, event: Event);
}

impl Events for Vec<Event> {
    fn event(&mut self, event: Event) {
        self.push(event);
    }
}
