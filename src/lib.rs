//! chatferry imports WhatsApp chat history into the Close CRM, and reads it without Close.
//!
//! # Read archives
//!
//! [`Archives::open`] takes files, and folders with everything below them:
//!
//! | source                    | paths                                                                  |
//! |---------------------------|------------------------------------------------------------------------|
//! | text exports              | `WhatsApp Chat with NAME.zip`, its unpacked folder, a bare `_chat.txt`, `chat.md` of Web |
//! | databases                 | `msgstore.db`, `ChatStorage.sqlite`, a folder of an iPhone backup      |
//! | encrypted backups         | `msgstore.db.crypt15` with a key file next to it, or with [`Archives::open_with`] and [`Keys`] |
//! | exporters                 | JSON of WhatsApp Chat Exporter                                         |
//! | Cloud API                 | JSON or JSON lines of webhooks                                         |
//! | object storage (feature `cloud`) | text exports at `s3://bucket/folder/`, `gs://`, `az://` and `https://` |
//!
//! Each ends up as the same [`Chat`]: participants, and messages in file order.
//!
//! ```
//! use std::path::PathBuf;
//!
//! use chatferry::{Archives, Kind};
//!
//! let archives = Archives::open(&[PathBuf::from("samples/anna")]);
//! assert!(archives.failures().is_empty());
//! for read in archives.chats() {
//!     let read = match read {
//!         Ok(read) => read,
//!         Err(failure) => {
//!             eprintln!("{}: {}", failure.label, failure.error);
//!             continue;
//!         }
//!     };
//!     let chat = read.chat();
//!     println!("{}: {} messages", read.name(), chat.messages.len());
//!     for message in &chat.messages {
//!         let sender = chat.sender_of(message).map_or("", |sender| &sender.name);
//!         match message.kind {
//!             Kind::Text => println!("{} {sender}: {}", message.local_time, message.text),
//!             // Notices, calls, polls, deleted messages.
//!             other => println!("{} {sender} [{}]", message.local_time, other.word()),
//!         }
//!         for file in message.attachments() {
//!             // Read from the archive on request.
//!             let bytes = read.file(file).and_then(Result::ok).map(|bytes| bytes.len());
//!             println!("  {} {bytes:?}", file.name);
//!         }
//!     }
//! }
//! ```
//!
//! What differs between sources is in the messages:
//!
//! | source          | time                                       | ids and replies                        |
//! |-----------------|--------------------------------------------|----------------------------------------|
//! | text export     | [`Message::local_time`] of the phone, to the minute (Android) or second | none; Web: [`Message::quoted`], by text |
//! | database, JSON, Cloud API | [`Message::instant`], and `local_time` in UTC until [`Chat::in_zone`] converts it | [`Message::native_id`], [`Message::quoted`] |
//!
//! A text export does not state its language, date order, owner or time zone. [`Chat::format`] has the date order and its
//! evidence, [`Chat::owner`] the owner if the export identifies one, [`Chat::oddities`] the lines that may have been
//! misread. `examples/read_archive.rs` is a whole program.
//!
//! An encrypted backup needs a key, and a database the zone of the phone:
//!
//! ```no_run
//! use std::path::{Path, PathBuf};
//!
//! use chatferry::{Archives, KeyPrompt, Keys, Limits};
//!
//! /// The 64 hexadecimal digits, from a variable.
//! struct Variable;
//!
//! impl Keys for Variable {
//!     fn prompt(&self, _backup: &Path) -> KeyPrompt {
//!         match std::env::var("BACKUP_KEY") {
//!             Ok(digits) => KeyPrompt::Typed(digits.into()),
//!             Err(_) => KeyPrompt::Unavailable,
//!         }
//!     }
//! }
//!
//! let paths = [PathBuf::from("msgstore.db.crypt15")];
//! let archives = Archives::open_with(&paths, &Limits::default(), &Variable);
//! for mut read in archives.chats().into_iter().flatten() {
//!     read.chat_mut().in_zone(chrono_tz::Europe::Berlin);
//!     println!("{}: {} messages", read.name(), read.chat().messages.len());
//! }
//! ```
//!
//! # Import into Close
//!
//! A migration is a folder with `chatferry.toml` and `contacts.csv`. It is opened, planned and imported; an [`Observer`]
//! receives what happens and answers questions.
//!
//! ```
//! use std::path::Path;
//!
//! use chatferry::{Migration, NoKeys, Overrides, PlanOrder, RunFlags, Selection, Unattended};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut observer = Unattended::default();
//! let file = Path::new("samples/chatferry.toml");
//! let mut migration = Migration::open(file, &Overrides::default(), &NoKeys, &mut observer)?;
//! let order = PlanOrder {
//!     flags: RunFlags::default(),
//!     selection: Selection::default(),
//!     out: None,
//!     offline: true,
//! };
//! let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let outcome = runtime.block_on(chatferry::plan(&mut migration, order, None, &mut observer))?;
//! assert!(outcome.plan.chats.iter().any(|chat| chat.destination.is_some()));
//! # Ok(())
//! # }
//! ```
//!
//! [`import`] carries a plan out; `examples/import_folder.rs` does it for a folder. An [`Error`] has the
//! exit status and a stable code. [`sandbox`] imitates Close's API on this machine, for tests and
//! rehearsals.
//!
//! # Structure
//!
//! What flows where:
//!
//! ```text
//! archives --archive--> bytes --parser--> Chat --transform--> desired activities
//!                                                                   |
//!             checkpoint + Close's list --plan--> operations  <-----+
//!                                                    |
//!                             execute --close--> Close, every step in the checkpoint
//! ```
//!
//! Arrows go one way: `cli` → `report` → `app` → `execute` → `plan` → `transform` → `intake` → `native` →
//! `parser` → `archive`, with `chat`, `ids`, `name` and `phone` below them all. `survey` reads
//! `checkpoint` and `close` for the plan; these two know nothing of plans and parsers.
//! ARCHITECTURE.md has the whole map, and `tests/it/layers.rs` checks the arrows.

mod app;
mod archive;
mod canonical;
mod chat;
mod checkpoint;
mod checkpoint_location;
mod cli;
mod clock;
mod close;
mod coded;
mod config;
mod digest;
mod display_text;
mod execute;
mod fault_point;
mod fence;
#[cfg(feature = "cloud")]
mod fleet;
mod ids;
mod intake;
mod matching;
mod memory;
mod name;
mod native;
mod organization;
mod packed_vec;
mod pages;
mod parser;
mod people;
mod phone;
mod plan;
mod policy;
mod quantity;
#[cfg(test)]
mod random_cases;
mod regular_file;
mod report;
mod root_certificates;
mod routing;
pub mod sandbox;
mod settings;
mod sqlite_copy;
mod stop_reason;
mod survey;
mod table_cell;
mod transform;
mod version;
mod web;

pub use app::{
    Account, Answer, ArchivedChat, Archives, Check, Choice, Chosen, Error, Exit, Finding, Finished,
    Grade, Import, MessagePlace, Migration, Notice, Numbers, Observer, Order, Outcome, PilotKind,
    PilotMessage, PlanFile, PlanOrder, PlanOutcome, Planned, PlannedRepair, Question, Redactor,
    RepairOperation, Result, Severity, Start, Unattended, Unrepaired, account, client, import,
    plan,
};
pub use archive::Limits;
pub use chat::{
    Attachment, Chat, Copies, DateOrder, Evidence, Extra, Form, Format, Kind, LineCount, MediaKind,
    Message, NativePlatform, Oddity, OddityKind, Participant, Platform, Quoted,
};
pub use cli::main;
pub use clock::{SharedClock, System};
pub use close::{Auth, Client};
pub use config::Overrides;
pub use execute::{Event, Events, Stop, Stopper, Summary};
pub use intake::{Error as ArchiveError, Failure};
pub use native::{KeyPrompt, Keys, NoKeys};
pub use plan::{Plan, Selection, Totals};
pub use policy::{Gone, RunFlags};

/// Modules for benches, fuzzing, examples and the integration tests. Nothing here is stable.
#[doc(hidden)]
pub mod internals {
    macro_rules! modules {
        ($($name:ident)*) => {
            $(pub mod $name {
                pub use crate::$name::*;
            })*
        };
    }

    modules! {
        archive canonical chat checkpoint checkpoint_location clock close config execute fence ids intake matching native parser people plan
        policy report routing settings transform
    }
}
