//! Scenarios: seeded series of exports, imported one after another, that the differential tests
//! (`golden`, `old_checkpoints`) run through the real program.
//!
//! Here belongs how the inputs of a series come about; never what the program should make of them,
//! which stands in `sequences`, `native` and `groups`.
//!
//! | file       | series                                                                  |
//! |------------|-------------------------------------------------------------------------|
//! | `database` | one chat as text export, as databases, as messages of the platform      |
//! | `group`    | one group on two phones that grows and changes its subject               |
//!
//! The series of text exports of one chat is [`History`], of `sequences`.

mod database;
mod group;

use crate::kit::World;
use crate::sequences::History;

pub(crate) use database::Databases;
pub(crate) use group::Group;

/// A series of exports.
pub(crate) trait Scenario {
    /// The world with the first export in it.
    fn world(&mut self) -> World;

    /// Puts the next export into the world; the names of what changed.
    fn advance(&mut self, world: &World) -> Vec<&'static str>;
}

impl Scenario for History {
    fn world(&mut self) -> World {
        History::world(self)
    }

    fn advance(&mut self, world: &World) -> Vec<&'static str> {
        History::advance(self, world)
    }
}
