//! From chats and contacts to desired activities.

pub mod contacts;
pub mod names;
pub mod phone;
pub mod settings;
