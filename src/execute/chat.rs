//! The checkpoint record of one chat, and when its time zone is recorded.

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
    /// Messages whose time is still to be corrected in Close.
    times_left: AtomicUsize,
}

impl ChatRecord {
    /// `None` for a chat without a destination.
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

    /// The facts of a message that its sender deleted before it was imported.
    pub(super) fn deleted(&self, key: &HashKey, deleted: &Deleted) -> Facts {
        Facts {
            chat: self.facts.chat,
            activity_at: deleted.activity_at.timestamp_millis(),
            outgoing: deleted.direction == Direction::Outgoing,
            ..knowledge::of(key, Kind::Deleted, false, &deleted.evidence)
        }
    }

    /// The facts of a message in Close that its record lacks.
    pub(super) fn learned(&self, key: &HashKey, learned: &Learned) -> Facts {
        let facts = knowledge::of(key, learned.kind, learned.edited, &learned.evidence);
        Facts {
            chat: self.facts.chat,
            // The record keeps the class of a message that was deleted later.
            class: facts.class.filter(|_| learned.kind != Kind::Deleted),
            ..facts
        }
    }

    /// The digest of an archive of the plan.
    pub(super) fn archive(&self, number: u32) -> Option<Hash> {
        self.archives.get(number as usize).map(|facts| facts.digest)
    }

    /// The changes that precede the first message of the chat: the chat and its archives.
    pub(super) fn changes(&self) -> Vec<Change> {
        // The shifts of a zone that is being corrected show the next run that it was, as the zone does.
        let is_known = self.times_are_right();
        let archives = self.archives.iter().map(|archive| Change::Archive {
            chat: self.facts.chat,
            archive: ArchiveFacts {
                shift_ms: archive.shift_ms.filter(|_| is_known),
                ..*archive
            },
        });
        std::iter::once(Change::Chat(self.facts()))
            .chain(archives)
            .collect()
    }

    /// True when no time of the chat remains to be corrected.
    pub(super) fn times_are_right(&self) -> bool {
        self.times_left.load(Ordering::SeqCst) == 0
    }

    /// The facts to record now. The previous time zone remains recorded until the last time is corrected,
    /// so that the next run continues after an interruption.
    pub(super) fn facts(&self) -> ChatFacts {
        let mut facts = self.facts.clone();
        if !self.times_are_right() {
            facts.zone = None;
        }
        facts
    }

    /// Counts a corrected time; after the last one, returns the facts to record with it.
    pub(super) fn time_corrected(&self) -> Option<ChatFacts> {
        (self.times_left.fetch_sub(1, Ordering::SeqCst) == 1).then(|| self.facts.clone())
    }
}
