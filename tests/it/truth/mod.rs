//! The truth: what happened in a conversation, and what each source records of it. Written from
//! the documents of the formats and of Close, never from the program, whose answers it judges.
//!
//! | file           | holds                                                                  |
//! |----------------|------------------------------------------------------------------------|
//! | `conversation` | [`Conversation`]: people, messages, and what happened to each of them    |
//! | `generate`     | [`Profile`]: a conversation from a seed                                 |
//! | `recorded`     | [`Recorded`]: what a source records about one message, as plain data     |
//! | `sources`      | [`Export`], [`Source`]: which messages a source shows, in which order    |
//! | `record`       | what an export records of each                                          |
//! | `android`      | the transcript of an Android phone                                      |
//! | `iphone`       | the transcript of an iPhone                                             |
//! | `web`          | the transcript of WhatsApp Web                                          |
//! | `archive`      | a transcript with its files as a zip                                    |
//! | `msgstore`     | the database of an Android phone                                        |
//! | `close`        | what an import leaves in Close and in the checkpoint                    |
//! | `compatible`   | whether two records can be of one message, and what must have happened   |
//! | `history`      | one history that explains two sources, and its cost                     |
//! | `oracle`       | [`oracle::judge`]: all of them, and what they make of each message       |
//! | `tests`        | tests of all this, on cases worked out by hand                          |
//!
//! A test of an engine takes two [`Source`]s of one [`Conversation`], maps their [`Recorded`] to the
//! engine's input, and holds its answers against `oracle::Verdict::fault` (short sources) or
//! against `Recorded::truth` (any length; by then only ambiguous answers need the oracle's opinion).
//! An in-process test needs no archive; one with the program writes `archive::zip` or `msgstore::put`.

mod android;
pub(crate) mod archive;
mod close;
mod compatible;
pub(crate) mod conversation;
pub(crate) mod generate;
mod history;
mod iphone;
pub(crate) mod msgstore;
pub(crate) mod oracle;
mod record;
pub(crate) mod recorded;
pub(crate) mod sources;
mod tests;
mod web;

pub(crate) use conversation::Conversation;
pub(crate) use generate::Profile;
pub(crate) use recorded::Recorded;
pub(crate) use sources::{Export, Source};
