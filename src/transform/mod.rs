//! From chats to desired activities.
pub mod time;
