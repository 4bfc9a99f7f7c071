//! Events of a run: everything that its [`Summary`](super::Summary) is folded from, and what is shown meanwhile.

use std::time::Duration;

use super::summary::FailedMessage;
use crate::transform::desired::Held;

/// Something that happened in a run. Chats and messages are given by their indexes in the plan; no
/// event has content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Operations were planned: those of the plan, or one more that an earlier run began.
    Planned {
        /// The number of operations.
        operations: u64,
        /// The number of these on messages that no archive has any more.
        follow_ups: u64,
    },
    /// A chat's lead, contact and user go together; its messages follow.
    ChatChecked {
        /// The index of the chat in the plan.
        chat: usize,
    },
    /// A chat is held after its check.
    ChatHeld {
        /// The index of the chat in the plan.
        chat: usize,
        /// Why the chat is held.
        why: Held,
        /// The number of its operations that are not carried out.
        messages: u64,
    },
    /// A chat was stopped after too many consecutive refusals of one kind.
    ChatStopped {
        /// The index of the chat in the plan.
        chat: usize,
        /// The stable code of the rejections.
        code: String,
    },
    /// Messages that Close already has were recorded.
    Adopted {
        /// The index of the chat in the plan.
        chat: usize,
        /// The number of messages.
        count: usize,
    },
    /// Files of a message were uploaded.
    Uploaded {
        /// The number of files.
        files: u64,
        /// The total size of the files, in bytes.
        bytes: u64,
    },
    /// A message is posted without the link to its reply target, which is not in Close.
    Unlinked {
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A message was created in Close.
    Created {
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A message was posted on another lead and deleted where it was.
    Replaced {
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A message was deleted in Close, since its sender deleted it.
    Deleted {
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the deletion among the chat's operations: its messages come first, then its
        /// deletions.
        message: usize,
    },
    /// A message in Close was changed.
    Updated {
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A message to change no longer exists in Close; nothing is done about it.
    Gone {
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// A look-up shows that an earlier request was carried out.
    Found {
        /// The index of the chat in the plan.
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
        /// The index of the chat in the plan.
        chat: usize,
        /// The index of the message in the chat.
        message: usize,
    },
    /// The number of messages whose outcome is looked up has changed. Until the absence of one in a look-up is conclusive,
    /// time has to pass.
    Settling {
        /// The number of messages; 0: no wait is left.
        count: usize,
        /// The longest time until the look-ups are conclusive.
        wait: Duration,
        /// Whether nothing else is left to do, so that the run only waits.
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
        /// The number of operations whose outcome is unknown.
        unknown: u64,
        /// Whether the run stopped before all operations had ended.
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
    /// The message was deleted on its former lead, which ends its move.
    Replaced,
    /// The message was on its lead already.
    Found,
    /// The message was changed in Close.
    Updated,
    /// The message is no longer in Close.
    Gone,
    /// Close rejected the operation for good.
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
