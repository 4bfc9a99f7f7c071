//! The tables about people: contacts.csv, never.txt, exclude.csv, and address books.
//!
//! Belongs here: reading and checking these files, and the look-ups in them by chat, participant and number. Never
//! here: decisions about a chat, which [`crate::routing`] makes from them, and archives.

pub mod address_book;
pub mod contacts;
pub(crate) mod delimiter;
pub(crate) mod erased;
pub mod exclude;
pub mod never;
pub mod small_table;
