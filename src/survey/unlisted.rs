//! Recorded messages that a lead's list lacks: what Close can tell of each.
//!
//! Reads only. A deletion in the event log proves a removal. A list may be behind, or a message may
//! have been moved to another lead, so that where few are missing each of the others is looked up.

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use crate::close::{Client, Failure};
use crate::ids::ActivityId;
use crate::plan::{Known, is_never_posted, unlisted};
use crate::stop_reason::{StopReason, stop_for};
use crate::transform::desired::DesiredChat;

/// How many look-ups are under way at once; the pace is Close's.
const AT_ONCE: usize = 8;

/// The deletions of the last 30 days, read once in a run and only where a message is missing.
#[derive(Debug, Default)]
pub(super) struct Deletions(OnceCell<HashSet<ActivityId>>);

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
            .filter(|id| deleted.contains(*id))
            .cloned()
            .collect();
        if is_never_posted(chat, known) {
            return Ok(());
        }
        let open = missing.iter().filter(|id| !deleted.contains(*id));
        let found: Vec<Option<ActivityId>> = stream::iter(open)
            .map(|id| async move {
                match client.get_message(id).await {
                    Ok(message) => Ok(message.map(|_| id.clone())),
                    // What cannot be looked up stays missing.
                    Err(failure) => stop_for(failure).map(|_| None),
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        if let Some(listed) = &mut known.activities {
            listed.extend(found.into_iter().flatten());
        }
        Ok(())
    }
}

async fn read(client: &Client) -> Result<HashSet<ActivityId>, StopReason> {
    match client.deleted_messages().await {
        Ok(deleted) => Ok(deleted),
        // Not every key may read the log: then there is no proof.
        Err(Failure::Rejected { .. }) => Ok(HashSet::new()),
        Err(failure) => stop_for(failure).map(|_| HashSet::new()),
    }
}
