//! Messages in Close of chats that are left out now: a row was changed to `private` or `no`, or the person was put on
//! never.txt, after the import.
//!
//! Belongs here: counting them by their records. Never here: their removal, which is a person's.

use std::collections::HashSet;

use crate::checkpoint::fingerprint::handle;
use crate::checkpoint::{self, ReadStore, State};
use crate::plan::{Drafts, LeftBehind};
use crate::transform::desired::Decision;

/// What the checkpoint records as in Close of chats that are left out, by chat and lead.
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(crate) fn left_behind(
    store: &dyn ReadStore,
    drafts: &Drafts,
) -> Result<Vec<LeftBehind>, checkpoint::Error> {
    let key = store.key();
    let mut found: Vec<LeftBehind> = Vec::new();
    // A row of another name or device may import the same chat: its messages are not left behind.
    let mut seen: HashSet<&str> = (drafts.chats.iter())
        .filter(|draft| !matches!(draft.standing, Decision::LeftOut(_)))
        .filter_map(|draft| draft.key.as_ref().map(|key| key.reveal()))
        .collect();
    for (chat, draft) in drafts.chats.iter().enumerate() {
        let Some(imported_as) = &draft.imported_as else {
            continue;
        };
        if !seen.insert(imported_as.reveal()) {
            continue;
        }
        let Some(row) = store.chat(&handle(&key, imported_as.reveal()))? else {
            continue;
        };
        let start = found.len();
        store.each_message_of(row.id, &mut |row| {
            if row.state != State::Done {
                return;
            }
            let known = found[start..]
                .iter()
                .position(|one| one.lead_id == row.lead_id);
            let at = known.map_or_else(
                || {
                    found.push(LeftBehind::new(chat, None, &row.lead_id));
                    found.len() - 1
                },
                |at| start + at,
            );
            found[at].add(row.external_id);
        })?;
    }
    Ok(found)
}
