//! The truth: what happened in a conversation, and what each source records of it. Written from
//! the documents of the formats and of Close, never from the program, whose answers it judges.
//!
//! | file           | holds                                                                  |
//! |----------------|------------------------------------------------------------------------|
//! | `conversation` | [`Conversation`]: people, messages, and what happened to each of them    |
//! | `generate`     | [`Profile`]: a conversation from a seed                                 |
//! | `recorded`     | [`Recorded`]: what a source records about one message, as plain data     |
//! | `sources`      | [`Export`], [`Source`]: which messages a source shows, in which order    |
//! | `android`      | the transcript of an Android phone                                      |
//! | `iphone`       | the transcript of an iPhone                                             |
//! | `web`          | the transcript of WhatsApp Web                                          |
//! | `archive`      | a transcript with its files as a zip                                    |
//! | `msgstore`     | the database of an Android phone                                        |
//! | `close`        | what an import leaves in Close and in the checkpoint                    |
//! | `compatible`   | whether two records can be of one message, and what must have happened   |
//! | `oracle`       | [`oracle::judge`]: every history that explains two short sources         |
//! | `tests`        | tests of all this, on cases worked out by hand                          |

mod android;
mod archive;
mod close;
mod compatible;
mod conversation;
mod generate;
mod iphone;
mod msgstore;
mod oracle;
mod recorded;
mod sources;
mod tests;
mod web;

pub(crate) use conversation::Conversation;
pub(crate) use generate::Profile;
pub(crate) use recorded::Recorded;
pub(crate) use sources::{Export, Source};
