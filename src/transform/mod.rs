//! Transforms chats and contacts into desired activities.
//!
//! Pure: chats, settings and contacts in, [`desired::Desired`] out. It does not know what is in Close or in
//! the checkpoint, reads no file and prints nothing.

pub mod address_book;
pub mod age;
mod answers;
mod chats;
pub mod contacts;
pub mod decision_table;
mod decisions;
pub mod desired;
pub mod doubts;
mod evidence;
pub mod exclude;
mod exclusion;
mod group_chats;
pub mod id_form;
pub mod identity;
pub mod long_text;
pub mod markdown;
mod merge;
mod message;
pub mod message_name;
pub mod never;
pub mod observe;
mod ordinals;
pub mod owner;
mod parallel;
mod pasted;
mod people;
mod phrases;
pub mod printable;
mod quotes;
pub mod reading_evidence;
mod render;
mod reply;
pub mod reply_table;
mod resolve;
mod same_contact;
mod same_number;
mod senders;
pub mod settings;
mod small_table;
pub mod split;
#[cfg(test)]
mod tests;
pub mod time;
mod titles;
mod under_other_name;

pub use chats::transform;
pub use resolve::Source;
