//! The checkpoint: what is in Close, as far as we know.
//!
//! For: remembering every step before the next one depends on it, so that a run can be killed at
//! any moment and another go on (design.md invariants 4 and 5). One SQLite file, the only state
//! of the program, and this room its only writer. It knows nothing of plans, parsers or HTTP, and
//! must never hold message text, names or phone numbers (invariant 6): see [`Change`], which is
//! all that can get in.
//!
//! | file       | holds                                                        |
//! |------------|--------------------------------------------------------------|
//! | `open`     | [`Checkpoint`]: open, peek, close                            |
//! | `lock`     | one import at a time                                         |
//! | `schema`   | formats of the file and the steps between them (`v1.sql`)    |
//! | `meta`     | [`Binding`]: organisation, base URL, hash key                |
//! | `hash`     | [`HashKey`]                                                  |
//! | `ids`      | ids as columns of the file                                   |
//! | `fingerprint` | what the hashes are of                                  |
//! | `states`   | [`State`], [`Event`] and the one table of transitions        |
//! | `steps`    | [`OperationKind`], [`Step`] and the one table of legal steps |
//! | `class`    | [`Class`] of a message                                       |
//! | `facts`    | [`Facts`] of a message, [`ChatFacts`]                        |
//! | `change`   | [`Change`]: what can be recorded                             |
//! | `recorder` | [`Recorder`]: the writing thread, group commit               |
//! | `apply`    | one change as SQL                                            |
//! | `archives` | archives matched with a chat, and the inputs of a chat       |
//! | `evidence` | files, neighbours of deleted messages, what Close answered   |
//! | `operations` | operations of several steps, as rows                       |
//! | `relinks`  | links of answers whose target has another activity           |
//! | `runs`     | what a run is; erased persons; facts of the organisation     |
//! | `rows`     | [`Snapshot`]: reading                                        |
//! | `stamp`    | whether a checkpoint says the same as before                 |
//! | `error`    | [`Error`]                                                    |

use std::future::Future;

use crate::ids::{ExternalId, LeadId};

mod apply;
mod archives;
mod change;
mod class;
mod error;
mod evidence;
mod facts;
pub mod fingerprint;
mod hash;
mod ids;
mod lock;
mod message_ids;
mod meta;
mod open;
mod operations;
mod recorder;
mod relinks;
mod rows;
mod runs;
mod schema;
mod stamp;
mod states;
mod steps;
#[cfg(test)]
mod tests;

pub use archives::{ArchiveFacts, ArchiveId, ArchiveRow, InputDigest};
pub use change::{Change, Counts, Creator, DAMAGED, MessageKey, RunOutcome};
pub use class::Class;
pub use error::Error;
pub use evidence::{Answered, Neighbours};
pub use facts::{ChatFacts, Facts, FileFact, SentParts};
pub use hash::{Hash, HashKey};
pub use meta::{Binding, IDENTITY_VERSION};
pub use open::Checkpoint;
pub use operations::{Begun, OperationKey, OperationRow, Reached, Subject};
pub use recorder::Recorder;
pub use rows::{
    ChatId, ChatRow, DoneAs, MessageRow, Origin, RunId, RunRow, Snapshot, Standing, Unsettled,
};
pub use runs::{LEADS_MADE, RunFacts};
pub use states::{Event, Illegal, State, next};
pub use steps::{IllegalStep, OperationKind, Step, next_step};

/// A place that keeps the state of one run. [`Checkpoint`] is one file on one machine; a store
/// shared by several workers is to come behind the same words.
///
/// The contract:
/// - [`Store::record`] returns `Ok` only when all its changes are durable and every later read
///   sees them; it applies all of them, in their order, or none. Callers at the same time do not
///   disturb one another.
/// - Every change of a message is one of the table of [`next`]; another one is refused with
///   [`Error::IllegalTransition`] and changes nothing. Every step of an operation is one of the
///   table of [`next_step`]; another one is refused with [`Error::IllegalStep`].
/// - A key (external id, lead) has one row, ever.
/// - An intent whose run is gone is [`State::Unknown`] to the next run. It is never sent again
///   before it is settled.
/// - What is kept has no content: no text, name or number (design.md invariant 6).
pub trait Store: Send + Sync {
    /// Records changes, all or none.
    ///
    /// # Errors
    /// See [`Recorder::record`].
    fn record(&self, changes: Vec<Change>) -> impl Future<Output = Result<(), Error>> + Send;

    /// The key of this store's hashes.
    fn key(&self) -> HashKey;

    /// The chat whose own key has this hash.
    ///
    /// # Errors
    /// See [`Snapshot::chat`].
    fn chat(&self, chat: &Hash) -> Result<Option<ChatRow>, Error>;

    /// The messages of a chat, in the order first recorded.
    ///
    /// # Errors
    /// See [`Snapshot::chat`].
    fn messages_of(&self, chat: ChatId) -> Result<Vec<MessageRow>, Error>;

    /// One message.
    ///
    /// # Errors
    /// See [`Snapshot::chat`].
    fn lookup(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Option<MessageRow>, Error>;

    /// The messages whose fate is not known.
    ///
    /// # Errors
    /// See [`Snapshot::chat`].
    fn unsettled(&self) -> Result<Vec<Unsettled>, Error>;
}

impl Store for Checkpoint {
    async fn record(&self, changes: Vec<Change>) -> Result<(), Error> {
        self.recorder().record_all(changes).await
    }

    fn key(&self) -> HashKey {
        self.reader().key()
    }

    fn chat(&self, chat: &Hash) -> Result<Option<ChatRow>, Error> {
        self.reader().chat(chat)
    }

    fn messages_of(&self, chat: ChatId) -> Result<Vec<MessageRow>, Error> {
        self.reader().messages_of(chat)
    }

    fn lookup(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Option<MessageRow>, Error> {
        self.reader().lookup(external_id, lead_id)
    }

    fn unsettled(&self) -> Result<Vec<Unsettled>, Error> {
        self.reader().unsettled()
    }
}
