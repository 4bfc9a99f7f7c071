//! Recorded messages that the list of their lead lacks: evidence of removal in Close.
//!
//! Reads only. A deletion in the event log proves a removal. A list may be outdated, or a message may have
//! been moved to another lead; if few are missing, each of the others is looked up.

use std::collections::{HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use crate::close::{Client, Deletion, Failure};
use crate::ids::{ActivityId, LeadId};
use crate::plan::{
    Deletions as OnLead, Known, Recorded, has_unrecorded_gap, is_never_posted, unlisted,
};
use crate::stop_reason::{StopReason, stop_for, stop_unless_rejected};
use crate::transform::desired::DesiredChat;
use crate::transform::id_form::read as read_id;

/// Concurrent look-ups; the pace is Close's.
const CONCURRENCY: usize = 8;

/// The deletions of the last 30 days, read once per run and only if a message is missing.
#[derive(Debug, Default)]
pub(super) struct Deletions(OnceCell<HashMap<ActivityId, Deletion>>);

impl Deletions {
    /// Completes what is known of a chat whose list was read.
    pub(super) async fn complete(
        &self,
        client: &Client,
        chat: &DesiredChat,
        known: &mut Known,
    ) -> Result<(), StopReason> {
        let missing = unlisted(chat, known);
        if missing.is_empty() {
            return Ok(());
        }
        let deleted = self.0.get_or_try_init(|| read(client)).await?;
        known.removed = missing
            .iter()
            .filter(|id| deleted.contains_key(*id))
            .cloned()
            .collect();
        if is_never_posted(chat, known) {
            return Ok(());
        }
        let open = missing.iter().filter(|id| !deleted.contains_key(*id));
        let found: Vec<Option<ActivityId>> = stream::iter(open)
            .map(|id| async move {
                match client.get_message(id).await {
                    Ok(message) => Ok(message.map(|_| id.clone())),
                    // What cannot be looked up stays missing.
                    Err(failure) => stop_for(failure).map(|_| None),
                }
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        if let Some(listed) = &mut known.activities {
            listed.extend(found.into_iter().flatten());
        }
        Ok(())
    }

    /// Completes what is known of a chat whose checkpoint was lost or is an older copy: which activities of
    /// its lead were deleted, where the list lacks messages among others of the chat.
    pub(super) async fn complete_unrecorded(
        &self,
        client: &Client,
        (chat, lead): (&DesiredChat, &LeadId),
        known: &mut Known,
    ) -> Result<(), StopReason> {
        if !has_unrecorded_gap(chat, known) {
            return Ok(());
        }
        let deleted = self.0.get_or_try_init(|| read(client)).await?;
        let mut recorded: HashSet<&str> = HashSet::new();
        let mut removed = 0usize;
        for (_, record) in known.recorded.iter() {
            match record {
                Recorded::Done { activity_id, .. } => drop(recorded.insert(activity_id)),
                Recorded::Gone { .. } => removed += 1,
                Recorded::Unsettled { .. } | Recorded::NotThere => {}
            }
        }
        let on_lead = (deleted.iter()).filter(|(id, deletion)| {
            deletion.lead_id.as_ref() == Some(lead)
                && !recorded.contains(id.as_str())
                // What undo deleted is posted again.
                && !client.is_known_deleted(id)
        });
        let mut found = OnLead::default();
        for (_, deletion) in on_lead {
            match &deletion.external_id {
                Some(id) => drop(found.of.insert(read_id(id))),
                None => found.unnamed += 1,
            }
        }
        // The record of a removal has no activity id.
        found.unnamed = found.unnamed.saturating_sub(removed);
        known.deletions = found;
        Ok(())
    }
}

async fn read(client: &Client) -> Result<HashMap<ActivityId, Deletion>, StopReason> {
    match client.deleted_messages().await {
        Ok(deleted) => Ok(deleted),
        // Not every key may read the log: then there is no proof.
        Err(Failure::Rejected { .. }) => Ok(HashMap::new()),
        Err(failure) if failure.status() == Some(403) => Ok(HashMap::new()),
        Err(failure) => stop_unless_rejected(failure).map(|_| HashMap::new()),
    }
}
