//! Which chat is read from Close at present, for a line that shows that a command is at work.
//!
//! Never here: when such a line is shown.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::transform::desired::{Content, DesiredChat};

/// The chat that is read at present.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    chat: Mutex<Option<Content>>,
    changed: Notify,
}

impl Steps {
    /// Goes on to a chat.
    pub(crate) fn at(&self, chat: Content) {
        *self.chat.lock().unwrap_or_else(PoisonError::into_inner) = Some(chat);
        self.changed.notify_one();
    }

    /// Waits for the next chat. Cancel-safe.
    pub(crate) async fn next(&self) -> Content {
        loop {
            self.changed.notified().await;
            let mut chat = self.chat.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(chat) = chat.take() {
                return chat;
            }
        }
    }
}

/// Device and name of a chat; a private one is not named.
pub(crate) fn label(chat: &DesiredChat) -> Content {
    match chat.private {
        true => Content::new("a private chat"),
        false => Content::new(format!("{}: {}", chat.device, chat.name)),
    }
}
