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
//! Arrows go one way: `cli` → `app` → `report` → `execute` → `plan` → `transform` → `intake` → `native` →
//! `parser` → `archive`, with [`chat`], [`ids`], [`name`] and [`phone`] below them all. `survey` reads
//! `checkpoint` and `close` for the plan; these two know nothing of plans and parsers.
//! ARCHITECTURE.md has the whole map, and `tests/it/layers.rs` checks the arrows.

pub mod app;
pub mod archive;
pub mod canonical;
pub mod chat;
pub mod checkpoint;
pub mod cli;
pub mod clock;
pub mod close;
pub mod coded;
pub mod config;
pub mod digest;
pub mod execute;
mod fault_point;
pub mod ids;
pub mod intake;
pub mod matching;
pub mod name;
pub mod native;
pub mod parser;
pub mod phone;
pub mod plan;
pub mod report;
pub mod sandbox;
pub mod stop_reason;
pub mod survey;
pub mod transform;
