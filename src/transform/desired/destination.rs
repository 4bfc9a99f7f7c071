//! The differences of a message from the destination of its chat, which [`crate::routing`] determines.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::phone::Phone;
use crate::routing::Destination;

/// The differences of a group message from the [`Destination`] of its chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The number of the colleague who wrote it; `None` if it is that of the chat.
    pub local_phone: Option<Phone>,
    /// The number of the participant who wrote it; `None` if it is that of the chat.
    pub remote_phone: Option<Phone>,
    /// The colleague's Close user; `None` if it is that of the chat.
    pub user_id: Option<UserId>,
}

impl Destination {
    /// The destination of a message with these differences.
    pub fn between(&self, between: Option<&Between>) -> Destination {
        let mut to = self.clone();
        if let Some(Between {
            local_phone,
            remote_phone,
            user_id,
        }) = between.cloned()
        {
            to.user_id = user_id.or_else(|| to.user_id.take().filter(|_| local_phone.is_none()));
            to.local_phone = local_phone.unwrap_or(to.local_phone);
            to.remote_phone = remote_phone.unwrap_or(to.remote_phone);
        }
        to
    }
}
