//! chatferry carries WhatsApp chat history into the Close CRM.
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
//!
//! # Library
//!
//! A migration is opened, planned and imported; an [`Observer`] receives what happens.
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

mod app;
mod archive;
mod canonical;
mod chat;
mod checkpoint;
mod cli;
mod clock;
mod close;
mod coded;
mod config;
mod digest;
mod display_text;
mod execute;
mod fault_point;
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
mod regular_file;
mod report;
mod routing;
pub mod sandbox;
mod settings;
mod sqlite_copy;
mod stop_reason;
mod survey;
mod table_cell;
mod transform;
mod web;

pub use app::{
    Account, Answer, Check, Choice, Chosen, Error, Exit, Finding, Finished, Grade, Import,
    MessagePlace, Migration, Notice, Numbers, Observer, Order, Outcome, PilotMessage, PlanFile,
    PlanOrder, PlanOutcome, Planned, PlannedRepair, Question, Redactor, RepairOperation, Result,
    Severity, Start, Unattended, Unrepaired, account, client, import, plan,
};
pub use cli::main;
pub use clock::{SharedClock, System};
pub use close::{Auth, Client};
pub use config::Overrides;
pub use execute::{Event, Events, Stop, Stopper, Summary};
pub use native::NoKeys;
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
        archive canonical chat checkpoint clock close config execute ids intake matching native parser people plan policy
        report routing settings transform
    }
}
