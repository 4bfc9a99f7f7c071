//! The inputs with which chats were imported completely: recorded after a run, removed before one that
//! changes something.

use super::error::Result;
use crate::checkpoint::{Change, Checkpoint, Hash, InputDigest};
use crate::execute::Summary;
use crate::plan::{Counts, Plan, Selection, Totals};
use crate::survey::{recorded_as, recorded_as_lacking};

/// The inputs of the chats of a plan, before it is carried out: index of the chat in the plan, its
/// handle, what is to be recorded, and whether the run changes it.
pub(super) struct Completed {
    chats: Vec<(usize, Hash, InputDigest, bool)>,
    /// The chats of which Close lacks messages without a known cause.
    lacking: Vec<Hash>,
    /// What is recorded for them.
    as_lacking: InputDigest,
    /// Whether only a part of the archives, or of a chat, was selected: that is no complete import.
    is_filtered: bool,
}

impl Completed {
    pub(super) fn of(plan: &Plan, selection: &Selection, checkpoint: &Checkpoint) -> Completed {
        let key = checkpoint.reader().key();
        let lacking = (plan.chats.iter())
            .filter(|planned| planned.counts().missing > 0)
            .filter_map(|planned| recorded_as(&key, &planned.chat, planned.inputs.as_ref()))
            .map(|(handle, _)| handle)
            .collect();
        let chats = (plan.chats.iter().enumerate())
            .filter(|(_, planned)| planned.destination.is_some())
            // What the run settles is only planned for by the next one.
            .filter(|(_, planned)| !is_settled_now(planned.counts()))
            .filter_map(|(place, planned)| {
                let (handle, digest) = recorded_as(&key, &planned.chat, planned.inputs.as_ref())?;
                let totals = Totals::of_chat(planned);
                Some((
                    place,
                    handle,
                    digest,
                    totals.operations() + totals.adopt > 0,
                ))
            })
            .collect();
        let Selection {
            device,
            chat,
            lead,
            leads,
            limit,
            failed,
        } = selection;
        Completed {
            chats,
            lacking,
            as_lacking: recorded_as_lacking(&key),
            is_filtered: plan.is_pilot
                || *failed
                || limit.is_some()
                || device.is_some()
                || chat.is_some()
                || lead.is_some()
                || !leads.is_empty(),
        }
    }

    /// Removes the inputs of the chats that the run is about to change: until it is complete they prove
    /// nothing. Notes the chats that lack messages at the same time, so that a run that is killed does not lose the note.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be written.
    pub(super) async fn begin(&self, checkpoint: &Checkpoint) -> Result<()> {
        let changed = self.chats.iter().filter(|(.., is_changed)| *is_changed);
        let changed = changed.filter(|(_, chat, ..)| !self.lacking.contains(chat));
        let changed = changed.map(|(_, chat, ..)| (*chat, None));
        record(checkpoint, self.noted().chain(changed)).await
    }

    /// Records the chats of which Close lacks messages without a known cause, so that the next run reads their leads again,
    /// where the run removed that.
    ///
    /// # Errors
    ///
    /// A checkpoint that cannot be written.
    pub(super) async fn note_lacking(&self, checkpoint: &Checkpoint) -> Result<()> {
        record(checkpoint, self.noted()).await
    }

    fn noted(&self) -> impl Iterator<Item = (Hash, Option<InputDigest>)> {
        (self.lacking.iter()).map(|chat| (*chat, Some(self.as_lacking)))
    }

    /// Records the inputs after a run with exit status 0.
    ///
    /// # Errors
    ///
    /// A checkpoint that cannot be written.
    pub(super) async fn end(&self, checkpoint: &Checkpoint, summary: &Summary) -> Result<()> {
        if self.is_filtered {
            return Ok(());
        }
        let is_held = |place: usize| summary.held.iter().any(|held| held.chat == place);
        let complete = self.chats.iter().filter(|(place, ..)| !is_held(*place));
        let complete = complete.map(|(_, chat, digest, _)| (*chat, Some(*digest)));
        record(checkpoint, complete).await
    }
}

/// Whether the run establishes what became of earlier requests.
fn is_settled_now(counts: &Counts) -> bool {
    counts.settle + counts.unsettled + counts.begun > 0
}

async fn record(
    checkpoint: &Checkpoint,
    chats: impl Iterator<Item = (Hash, Option<InputDigest>)>,
) -> Result<()> {
    let mut changes = Vec::new();
    for (chat, digest) in chats {
        // A chat whose messages are all left out has no row.
        let reader = checkpoint.reader();
        let row = reader.chat(&chat)?;
        let Some(row) = row else { continue };
        let known = reader.digest_of(row.id)?;
        // An ordinary run over the same inputs writes nothing.
        if known.map(|(known, _)| known) != digest {
            changes.push(Change::ChatDigest { chat, digest });
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    checkpoint.recorder().record_all(changes).await?;
    Ok(())
}
