//! The checkpoint: the recorded state of Close.
//!
//! Every step is recorded before the next one depends on it, so that a run can be killed at any moment
//! and another one continues. One SQLite file is the only state of the program, or the log of its changes in a database,
//! and this module its only writer. It does not depend on plans, parsers or HTTP, and the file contains no message text, names or
//! phone numbers: [`Change`] is everything that can be recorded.
//!
//! | file          | holds                                                          |
//! |---------------|----------------------------------------------------------------|
//! | `open`        | [`Checkpoint`]: open, peek, close                              |
//! | `connection`  | connections to the file, and its creation                      |
//! | `lock`        | one import at a time                                           |
//! | `schema`      | formats of the file and the migrations between them (`v1.sql`) |
//! | `meta`        | [`Binding`]: organisation, base URL, hash key                  |
//! | `hash`        | [`HashKey`]                                                    |
//! | `ids`         | numbers of rows; conversion of ids to and from columns         |
//! | `fingerprint` | inputs of the keyed hashes                                     |
//! | `states`      | [`State`], [`Event`] and the table of transitions              |
//! | `steps`       | [`OperationKind`], [`Step`] and the table of legal steps       |
//! | `class`       | [`Class`] of a message                                         |
//! | `facts`       | [`Facts`] of a message, [`ChatFacts`]                          |
//! | `key`         | [`MessageKey`]; formats of ids and words that may be recorded  |
//! | `change`      | [`Change`]: everything that can be recorded                    |
//! | `store`       | [`Store`], [`ReadStore`], [`Recorder`]: what survey and executor use |
//! | `memory`      | the same in memory, for tests                                  |
//! | `rebuild`     | a new checkpoint in place of a lost or outdated one            |
//! | `recorder`    | the writing thread, group commit                               |
//! | `remote`      | a store: the log of changes in PostgreSQL                      |
//! | `shared`      | a store's checkpoint as a private file                         |
//! | `apply`       | one change as SQL                                              |
//! | `archives`    | archives matched with a chat, and the inputs of a chat         |
//! | `evidence`    | files, neighbours of deleted messages, Close's answers         |
//! | `operations`  | multi-step operations, as rows                                 |
//! | `relinks`     | links of replies whose target has another activity             |
//! | `runs`        | facts about runs; erased persons                               |
//! | `organization` | facts about the organisation                                  |
//! | `rows`        | rows as plain values                                           |
//! | `snapshot`    | [`Snapshot`]: reading                                          |
//! | `contents`    | [`Contents`]: counts for `checkpoint info`                     |
//! | `found`       | messages by the beginning of an id, for `explain`              |
//! | `audit`       | [`Invariant`]s and their [`Violation`]s                        |
//! | `dump`        | every row as plain values, without the hash key                |
//! | `prune`       | removal of history that no command needs                       |
//! | `transfer`    | copies between a file and a store                              |
//! | `words`       | words of states, origins, operations and steps in output       |
//! | `undone`      | what undo reads beyond single messages; the list of runs       |
//! | `stamp`       | a digest of the recorded state                                 |
//! | `error`       | [`Error`]                                                      |

mod apply;
mod archives;
mod audit;
mod change;
mod class;
mod connection;
mod contents;
mod dump;
mod error;
mod evidence;
mod facts;
pub mod fingerprint;
mod found;
mod hash;
mod ids;
mod key;
mod lock;
#[cfg(test)]
mod memory;
mod message_ids;
mod meta;
mod open;
mod operations;
mod organization;
mod own_file;
mod prune;
mod rebuild;
mod recorder;
mod relinks;
mod remote;
mod rows;
mod runs;
mod schema;
mod shared;
mod snapshot;
mod stamp;
mod states;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod transfer;
mod undone;
mod words;

pub use archives::{ArchiveFacts, ArchiveId, ArchiveRow, InputDigest};
pub use audit::{Invariant, Violation};
pub use change::{Change, Creator, DAMAGED, is_damaged, is_of_link};
pub use class::Class;
pub use contents::{Contents, NewestRun};
pub use dump::{DumpedRow, DumpedValue};
pub use error::Error;
pub use evidence::{Answered, Neighbours};
pub use facts::{ChatFacts, Facts, FileFact, SentParts};
pub use found::{FoundRow, RunTimes};
pub use hash::{Hash, HashKey};
pub use ids::{ChatId, RunId};
pub use key::MessageKey;
#[cfg(test)]
pub(crate) use memory::Memory;
pub use meta::{Binding, IDENTITY_VERSION};
pub use open::Checkpoint;
pub use operations::{Begun, OperationKey, OperationRow, Reached, Subject};
pub use own_file::FormerMode;
pub use prune::{Pruned, prune};
pub use rebuild::{Carried, Carry, Erasures, Former, Rebuild};
pub use remote::StoreProblem;
#[cfg(feature = "cloud")]
pub(crate) use remote::database;
pub use rows::{ChatRow, DoneAs, MessageRow, Origin, RunRow, Standing, Unsettled};
pub use runs::{
    CREATED, Counted, Counts, LEADS_MADE, NOTHING_SENT, RECOVERED, RunFacts, RunOutcome,
};
pub use snapshot::Snapshot;
pub use states::{Event, Illegal, State, next};
pub use steps::{IllegalStep, OperationKind, Step, next_step};
pub use store::{ReadStore, Recorder, Store};
pub use transfer::copy;
pub use undone::RecordedRun;
