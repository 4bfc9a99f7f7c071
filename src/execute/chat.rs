//! What the checkpoint is told of a chat, and when it is told the zone.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::knowledge;
use crate::chat::Kind;
use crate::checkpoint::{ArchiveFacts, Change, ChatFacts, Facts, Hash, HashKey, fingerprint};
use crate::plan::{Learned, PlannedChat};
use crate::transform::desired::{Deleted, Direction};

/// The record of one chat of a plan, shared by the tasks of its messages.
pub(super) struct ChatRecord {
    facts: ChatFacts,
    /// Its archives, in the order of the plan.
    archives: Vec<ArchiveFacts>,
    /// Messages whose time is still to be corrected.
    times_left: AtomicUsize,
}

impl ChatRecord {
    /// `None` for a chat that goes nowhere.
    pub(super) fn new(key: &HashKey, planned: &PlannedChat) -> Option<Self> {
        let to = planned.destination.as_ref()?;
        let handle = fingerprint::handle(key, planned.chat.key.as_ref()?.reveal());
        Some(ChatRecord {
            facts: ChatFacts {
                chat: handle,
                pairs: match planned.chat.is_group {
                    true => Vec::new(),
                    false => {
                        let chat = &planned.chat;
                        vec![handle, fingerprint::name(key, &chat.device, &chat.name)]
                    }
                },
                lead_id: to.lead_id.clone(),
                contact_id: Some(to.contact_id.as_str().into()),
                zone: Some(planned.chat.zone.name().into()),
            },
            archives: (planned.chat.sources.iter())
                .map(|source| ArchiveFacts {
                    digest: fingerprint::archive(key, &source.digest),
                    shift_ms: Some(-source.shift),
                    dated_at: source.age.dated,
                    last_at: Some(source.age.last),
                })
                .collect(),
            times_left: AtomicUsize::new(planned.times_to_correct()),
        })
    }

    /// The chat's handle in the checkpoint.
    pub(super) fn handle(&self) -> Hash {
        self.facts.chat
    }

    /// What is recorded of a message that was deleted before it could be imported.
    pub(super) fn deleted(&self, key: &HashKey, deleted: &Deleted) -> Facts {
        Facts {
            chat: self.facts.chat,
            activity_at: deleted.activity_at.timestamp_millis(),
            outgoing: deleted.direction == Direction::Outgoing,
            ..knowledge::of(key, Kind::Deleted, false, &deleted.evidence)
        }
    }

    /// What is recorded of a message that is in Close and whose record lacks it.
    pub(super) fn learned(&self, key: &HashKey, learned: &Learned) -> Facts {
        let facts = knowledge::of(key, learned.kind, learned.edited, &learned.evidence);
        Facts {
            chat: self.facts.chat,
            // The record keeps the class of what was deleted since.
            class: facts.class.filter(|_| learned.kind != Kind::Deleted),
            ..facts
        }
    }

    /// The digest of an archive of the plan.
    pub(super) fn archive(&self, number: u32) -> Option<Hash> {
        self.archives.get(number as usize).map(|facts| facts.digest)
    }

    /// What is recorded before a message of the chat is: the chat and its archives.
    pub(super) fn changes(&self) -> Vec<Change> {
        let archives = self.archives.iter().map(|archive| Change::Archive {
            chat: self.facts.chat,
            archive: *archive,
        });
        std::iter::once(Change::Chat(self.facts()))
            .chain(archives)
            .collect()
    }

    /// True when no time of it is to be corrected any more.
    pub(super) fn times_are_right(&self) -> bool {
        self.times_left.load(Ordering::SeqCst) == 0
    }

    /// What is to be recorded now. The old zone stands until the last time is corrected, so that a
    /// run that was broken off is taken up by the next one.
    pub(super) fn facts(&self) -> ChatFacts {
        let mut facts = self.facts.clone();
        if !self.times_are_right() {
            facts.zone = None;
        }
        facts
    }

    /// A time was corrected; what is to be recorded with it if it was the last.
    pub(super) fn time_corrected(&self) -> Option<ChatFacts> {
        (self.times_left.fetch_sub(1, Ordering::SeqCst) == 1).then(|| self.facts.clone())
    }
}
