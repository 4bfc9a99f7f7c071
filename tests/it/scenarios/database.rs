//! One chat with WhatsApp's own ids, exported as text and read from databases in turn.
//!
//! Here belongs which source comes when and how much of the chat it has; never how a source is
//! written, which is `native::build`.

use std::fs;
use std::path::Path;

use fastrand::Rng;

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, World, scenes};
use crate::native::build::{self, messages};

use super::Scenario;

/// The sources of a series, first to last.
const SERIES: [&[&str]; 4] = [
    &["msgstore.db", "text", "text and msgstore.db"],
    &["text", "msgstore.db", "text and msgstore.db"],
    &["text", "text and msgstore.db", "ChatStorage.sqlite"],
    &["webhooks.jsonl", "text", "legacy/msgstore.db"],
];

/// One series.
pub(crate) struct Databases {
    rng: Rng,
    sources: &'static [&'static str],
    step: usize,
    /// How many messages of the chat the phone has by now.
    there: usize,
}

impl Databases {
    /// How many series there are; a further number repeats one with other lengths.
    pub(crate) const SERIES: u64 = SERIES.len() as u64;

    pub(crate) fn new(seed: u64) -> Databases {
        let place = usize::try_from(seed % Self::SERIES).expect("a place");
        Databases {
            rng: Rng::with_seed(seed),
            sources: SERIES[place],
            step: 0,
            there: 0,
        }
    }

    /// Puts the source of this step into the exports, in place of the one before.
    fn put(&mut self, world: &World) -> &'static str {
        let source = self.sources[self.step.min(self.sources.len() - 1)];
        self.step += 1;
        let all = messages();
        let more = self.rng.usize(3..6);
        self.there = (self.there + more).min(all.len());
        let sent = &all[..self.there];
        let exports = world.exports();
        fs::remove_dir_all(&exports).expect("removed");
        fs::create_dir(&exports).expect("made");
        let (text, store) = match source {
            "text" => (true, None),
            "text and msgstore.db" => (true, Some("msgstore.db")),
            store => (false, Some(store)),
        };
        if text {
            build::text(&exports, sent);
        }
        if let Some(store) = store {
            let path = exports.join(store);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("made");
            build::store(&path, sent);
        }
        source
    }
}

impl Scenario for Databases {
    fn world(&mut self) -> World {
        let mut built = Built::new(Vec::new());
        let table = format!("{HEADER}{}{}", me(), scenes::ben().contact_row());
        built.contacts = Some(table);
        let world = built.world();
        self.put(&world);
        world
    }

    fn advance(&mut self, world: &World) -> Vec<&'static str> {
        vec![self.put(world)]
    }
}
