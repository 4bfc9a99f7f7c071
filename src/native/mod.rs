//! Native archives: databases of phones and the Mac app, JSON of exporting programs, webhook logs of the business
//! platform.
//!
//! Each format is a [`Reader`] in [`READERS`]. It is read completely into [`NativeChat`]s, which convert to the same
//! [`Chat`](crate::chat::Chat) as a transcript, so that no other module depends on the format. Databases are opened read-only and never changed. Columns and tables
//! that a version lacks are tolerated. No id is invented here: a truncated id links replies within its archive and
//! has no other use.

mod android;
mod apple;
mod backup;
pub(crate) mod card;
mod chat;
mod cloud;
mod crypt;
mod directory;
mod error;
mod exporter;
mod json;
mod keys;
mod media;
mod mentions;
mod normalize;
mod parts;
mod people;
#[cfg(test)]
mod random;
mod reader;
mod readers;
mod row_type;
mod sniff;
mod sqlite;
mod store;
mod wamid;

pub use apple::any_metadata;
pub use chat::{
    IdCounts, IdQuality, NativeChat, NativeFile, NativeMessage, NativeParticipant, NativeQuote,
    Reaction,
};
pub use error::Error;
pub use keys::{KeyPrompt, Keys, NoKeys};
pub use media::Media;
pub use reader::{Archive, Candidate, Format, NamesInFile, Reader, Reading, Redacted};
pub use readers::{Claim, READERS, claim, names_in, read};
pub use store::Store;
pub use wamid::{of_stanza as wamid_of, stanza as stanza_of};
