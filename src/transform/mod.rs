//! Transforms chats and contacts into desired activities.
//!
//! Pure: chats, settings and contacts in, [`desired::Desired`] out. It does not know what is in Close or in
//! the checkpoint, reads no file and prints nothing.

pub mod age;
mod answers;
mod chat_messages;
mod chats;
mod contradicted_number;
pub mod decision_table;
mod decisions;
mod deleted_texts;
pub mod desired;
pub mod device_zones;
pub mod doubts;
mod evidence;
mod exclusion;
mod group_chats;
mod handover;
pub mod id_form;
pub mod identity;
mod inputs;
mod link;
pub mod long_text;
pub mod markdown;
mod merge;
mod merged_chat;
mod message;
pub mod message_name;
pub mod observe;
mod ordinals;
mod parallel;
mod pasted;
mod people;
mod phrases;
pub mod printable;
mod private_aliases;
mod quotes;
pub mod reading_evidence;
mod render;
mod reply;
pub mod reply_table;
mod resolved;
mod rules;
mod same_contact;
mod same_conversation;
mod same_number;
mod same_phone;
mod senders;
mod showable;
mod source;
pub mod split;
#[cfg(test)]
mod tests;
pub mod time;
mod titles;
pub mod trace;
mod traced;

pub use chats::transform;
pub use inputs::{MessageTables, TransformInputs};
pub(crate) use phrases::VIEW_ONCE;
pub use same_phone::other_archives;
pub(crate) use showable::Showable;
pub use source::Source;
